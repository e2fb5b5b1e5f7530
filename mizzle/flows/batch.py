"""Batches that account for every part: chunks, rounds, splitting, and what to give up on.

A round goes through everything that is left, in as many requests as that takes. What DynamoDB holds
back, and what a passing failure hits, is left for the next round, after a delay that grows while rounds
make no progress. After `max_attempts` rounds without progress, what is left has failed. A request that
is refused as a whole is split, by table and then in halves, until the culprits stand alone.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from copy import copy
from itertools import chain
from typing import Any, Protocol

from mizzle.classification import is_about_credentials
from mizzle.config import MizzleConfig
from mizzle.errors import (
    ConfigurationError,
    DeadlineExceededError,
    MizzleError,
    ServiceError,
    TableNotFoundError,
    UnprocessedError,
)
from mizzle.events import BatchEvent, ExhaustedEvent, RetryEvent
from mizzle.flows.outcomes import Rule
from mizzle.flows.retry import Backoff, as_service_error, outcome_unknown, tell_attempts
from mizzle.flows.steps import Flow, Outcome, Sleep, call_all
from mizzle.limits import MAX_BATCH_BYTES
from mizzle.request import Answer, Request, count_bytes

__all__ = ["Batch", "BatchRun", "Part", "chunks"]

# What a request is besides its parts is far below this.
_ENVELOPE_BYTES = 10_000


class Part:
    """One key of a batch, with what is to be done about it.

    Attributes:
        table: The table's name in the account.
        identity: Tells the key from every other of the batch.
        entry: What stands for it in a request's body.
        json: The entry as it is sent.
        weight: How many of the caller's items it stands for.
        attempts: How many requests have carried it.
        is_open: Whether one of them may have written it although it failed.
        error: What it failed with most recently, and at last; None if it was held back.
    """

    __slots__ = ("attempts", "entry", "error", "identity", "is_open", "json", "table", "weight")

    def __init__(
        self, table: str, identity: Hashable, entry: Any, json: str, *, weight: int = 1
    ) -> None:
        self.table = table
        self.identity = identity
        self.entry = entry
        self.json = json
        self.weight = weight
        self.attempts = 0
        self.is_open = False
        self.error: Exception | None = None


class Batch(Protocol):
    """One of DynamoDB's two batch operations.

    Attributes:
        operation: Its name.
        max_parts: How many parts a request takes at most.
        rule: What may be done after an open outcome.
    """

    operation: str
    max_parts: int
    rule: Rule

    def request(self, parts: Sequence[Part], config: MizzleConfig) -> Request:
        """Put a request for these parts together."""
        ...

    def unprocessed(self, parts: Sequence[Part], answer: Answer) -> list[Part]:
        """Take in an answer, and give the parts that it says nothing of."""
        ...


def chunks(parts: Iterable[Part], max_parts: int) -> Iterator[list[Part]]:
    """Cut parts, in order, into what one request can carry."""
    chunk: list[Part] = []
    size_bytes = _ENVELOPE_BYTES
    for part in parts:
        part_bytes = count_bytes(part.json)
        if chunk and (len(chunk) == max_parts or size_bytes + part_bytes > MAX_BATCH_BYTES):
            yield chunk
            chunk, size_bytes = [], _ENVELOPE_BYTES
        chunk.append(part)
        size_bytes += part_bytes
    if chunk:
        yield chunk


class BatchRun:
    """One execution of a batch; afterwards each part is done or has an error.

    Attributes:
        failed: The parts that have failed for good.
        requests: How many requests were sent.
        consumed_capacity: Units by table, if they were asked for.
    """

    def __init__(
        self, batch: Batch, parts: Sequence[Part], config: MizzleConfig, concurrency: int = 1
    ) -> None:
        self.failed: list[Part] = []
        self.requests = 0
        self.consumed_capacity: dict[str, float] = {}
        self._batch = batch
        self._parts = parts
        self._config = config
        self._concurrency = concurrency
        self._backoff = Backoff(config.retry)
        self._total = _weight(parts)
        self._done = 0
        self._failed_weight = 0
        self._round = 0
        self._elapsed_seconds = 0.0
        self._waiting: deque[list[Part]] = deque()
        self._left: list[Part] = []
        # How many parts the last request left, until that is told.
        self._untold: int | None = None

    def flow(self) -> Flow[None]:
        """Send everything until it is done or has failed for good.

        Raises:
            ConfigurationError: If nothing can be sent with these settings, and nothing was.
        """
        pending = self._parts
        while pending:
            self._round += 1
            self._waiting.extend(chunks(pending, self._batch.max_parts))
            self._left = []
            done = self._done
            yield from self._go_through()
            pending = self._left
            if not pending:
                self._tell()
                return
            if self._done > done:
                self._backoff.reset()
                wait = self._backoff.pause(self._elapsed_seconds)
            else:
                wait = self._backoff.next_wait(self._elapsed_seconds)
            if wait is None:
                self._give_up(pending)
                return
            self._tell()
            yield self._sleep(wait, pending)

    def _go_through(self) -> Flow[None]:
        """Send all that is waiting once; what has to be sent again is left."""
        while self._waiting:
            count = min(self._concurrency, len(self._waiting))
            sent = [self._waiting.popleft() for _ in range(count)]
            for part in chain.from_iterable(sent):
                part.attempts += 1
            requests = [self._batch.request(parts, self._config) for parts in sent]
            outcomes = yield from call_all(requests)
            self._raise_if_unusable(outcomes)
            moved = [self._take(*pair) for pair in zip(sent, outcomes, strict=True)]
            if self._waiting:
                self._tell()
                # Whoever answers nothing but "later" is not asked again at once.
                wait = self._next_pause(needed=not any(moved))
                if wait is None:
                    self._left += chain.from_iterable(self._waiting)
                    self._waiting.clear()
                elif wait:
                    yield self._sleep(wait, sent[-1])

    def _next_pause(self, *, needed: bool) -> float | None:
        """Give the seconds to wait before the round goes on; None if the deadline is there."""
        if needed:
            return self._backoff.pause(self._elapsed_seconds)
        return self._backoff.within_deadline(0.0, self._elapsed_seconds)

    def _raise_if_unusable(self, outcomes: Sequence[Outcome]) -> None:
        """Raise what says that nothing can be sent, if nothing has been."""
        first = outcomes[0]
        if not isinstance(first, ConfigurationError):
            return
        is_open = any(part.is_open for part in self._parts)
        if all(isinstance(each, ConfigurationError) for each in outcomes) and not (
            self._done or self.failed or is_open
        ):
            raise first

    def _take(self, parts: list[Part], outcome: Outcome) -> bool:
        """Put down what became of one request; tell whether it moved anything on."""
        self._tell()
        self.requests += 1
        if isinstance(outcome, Answer):
            moved, left = self._answered(parts, outcome)
        else:
            moved, left = self._failed(parts, outcome)
        self._left += left
        self._untold = _weight(left)
        return moved

    def _answered(self, parts: list[Part], answer: Answer) -> tuple[bool, list[Part]]:
        self._elapsed_seconds = max(self._elapsed_seconds, answer.elapsed_seconds)
        # Some engines tell without being asked.
        for consumed in answer.consumed_capacity if self._config.capacity else ():
            table = consumed["TableName"]
            units = self.consumed_capacity.get(table, 0.0) + consumed["CapacityUnits"]
            self.consumed_capacity[table] = units
        left = self._batch.unprocessed(parts, answer)
        for part in left:
            part.error = None
        self._done += _weight(parts) - _weight(left)
        return len(left) < len(parts), left

    def _failed(self, parts: list[Part], error: Exception) -> tuple[bool, list[Part]]:
        is_open = _leaves_open(error) and self._batch.rule.writes
        for part in parts:
            part.error = error
            part.is_open = part.is_open or is_open
        if isinstance(error, ServiceError):
            self._elapsed_seconds = max(self._elapsed_seconds, error.elapsed_seconds)
            if error.retryable:
                return False, parts
        smaller = _split(parts, error)
        if smaller:
            # To the front, so that the order of the caller is kept.
            self._waiting.extendleft(reversed(smaller))
        else:
            self._fail(parts)
        return True, []

    def _fail(self, parts: Sequence[Part]) -> None:
        for part in parts:
            part.error = self._verdict(part)
        self.failed += parts
        self._failed_weight += _weight(parts)

    def _verdict(self, part: Part) -> MizzleError:
        """Give a part an error of its own, which other parts of the request do not share."""
        error = part.error or self._held_back(part)
        own = copy(error) if isinstance(error, MizzleError) else as_service_error(error)
        own.__cause__ = error.__cause__ if isinstance(error, MizzleError) else error
        if isinstance(own, ServiceError):
            own.attempts, own.elapsed_seconds = part.attempts, self._elapsed_seconds
        if part.is_open:
            unknown = outcome_unknown(as_service_error(own), self._batch.operation)
            unknown.__cause__ = own
            return unknown
        if isinstance(own, ServiceError):
            own.outcome_open = False
            tell_attempts(own)
        return own

    def _held_back(self, part: Part) -> MizzleError:
        if not part.attempts:
            message = f"{self._batch.operation}: the deadline passed before this part was sent."
            return DeadlineExceededError(message)
        message = f"{self._batch.operation}: DynamoDB held this part back each time."
        return UnprocessedError(message, code="Unprocessed")

    def _give_up(self, parts: Sequence[Part]) -> None:
        event = ExhaustedEvent(
            operation=self._batch.operation,
            tables=_tables(parts),
            attempts=self._backoff.failures,
            seconds=self._elapsed_seconds,
            error=_last_error(parts),
        )
        self._fail(parts)
        self._config.tell(event)
        self._untold = 0
        self._tell()

    def _tell(self) -> None:
        """Tell of the last request, once it is known what becomes of what it left."""
        if self._untold is None:
            return
        self._config.tell(
            BatchEvent(
                operation=self._batch.operation,
                round=self._round,
                done=self._done,
                failed=self._failed_weight,
                total=self._total,
                unprocessed=self._untold,
            )
        )
        self._untold = None

    def _sleep(self, wait: float, parts: Sequence[Part]) -> Sleep:
        self._config.tell(
            RetryEvent(
                operation=self._batch.operation,
                tables=_tables(parts),
                attempt=max(self._backoff.failures, 1),
                error=_last_error(parts),
                delay_seconds=wait,
            )
        )
        return Sleep(wait)


def _leaves_open(error: Exception) -> bool:
    if isinstance(error, ServiceError):
        return error.outcome_open
    # Of an exception that nobody knows, nobody knows what it left behind either.
    return not isinstance(error, MizzleError)


def _split(parts: list[Part], error: Exception) -> list[list[Part]]:
    """Divide a request that was refused as a whole, unless it is known whom the refusal concerns."""
    if len(parts) == 1 or not isinstance(error, ServiceError) or is_about_credentials(error):
        return []
    by_table: dict[str, list[Part]] = {}
    for part in parts:
        by_table.setdefault(part.table, []).append(part)
    if len(by_table) > 1:
        return list(by_table.values())
    if isinstance(error, TableNotFoundError):
        return []
    middle = len(parts) // 2
    return [parts[:middle], parts[middle:]]


def _weight(parts: Iterable[Part]) -> int:
    return sum(part.weight for part in parts)


def _tables(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.table for part in parts))


def _last_error(parts: Iterable[Part]) -> Exception | None:
    return next((part.error for part in parts if part.error is not None), None)
