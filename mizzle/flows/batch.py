"""Batches that account for every part: chunks, rounds, splitting, and what to give up on.

A round goes through everything that is left, in as many requests as that takes. What DynamoDB holds
back, and what a passing failure hits, is left for the next round, after a delay that grows while rounds
make no progress. After `max_attempts` rounds without progress, what is left has failed. A request that
is refused as a whole is split, by table and then in halves, until the culprits stand alone.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from itertools import chain
from typing import Protocol

from mizzle.config import MizzleConfig
from mizzle.errors import (
    AccessDeniedError,
    ConfigurationError,
    ConnectionFailedError,
    DeadlineExceededError,
    MizzleError,
    ServiceError,
)
from mizzle.events import BatchEvent, ExhaustedEvent, RetryEvent
from mizzle.flows.outcomes import Rule
from mizzle.flows.parts import Part, by_failure, chunks, split, tables_of, weigh
from mizzle.flows.retry import Backoff, as_service_error
from mizzle.flows.steps import Flow, Outcome, Sleep, call_all
from mizzle.flows.verdicts import verdict
from mizzle.request import Answer, Request

__all__ = ["Batch", "BatchRun"]


# So many requests in a row have to be lost before a round ends: one is no proof that there is no way.
_LOST = 4


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
        self._total = weigh(parts)
        self._done = 0
        self._failed_weight = 0
        self._round = 0
        self._elapsed_seconds = 0.0
        self._waiting: deque[list[Part]] = deque()
        self._left: list[Part] = []
        # Parts to which access was denied on their own, and tables that have answered, by table.
        self._denied: Counter[str] = Counter()
        self._served: set[str] = set()
        # How many parts the last request left, until that is told.
        self._untold: int | None = None
        # What kept the parts from being sent that were not.
        self._obstacle: ConnectionFailedError | None = None

    def flow(self) -> Flow[None]:
        """Send everything until it is done or has failed for good.

        Raises:
            ConfigurationError: If nothing can be sent with these settings, and nothing was.
        """
        pending = self._parts
        while pending:
            self._round += 1
            self._obstacle = None
            self._waiting.extend(chunks(pending, self._batch.max_parts))
            self._left = []
            done = self._done
            yield from self._go_through()
            # What was not sent in this round comes first in the next.
            pending = [*chain.from_iterable(self._waiting), *self._left]
            self._waiting.clear()
            if not pending:
                break
            if self._done > done:
                self._backoff.reset()
                wait = self._backoff.pause(self._elapsed_seconds)
            else:
                wait = self._backoff.next_wait(self._elapsed_seconds)
            if wait is None:
                self._give_up(pending)
                break
            self._tell()
            yield self._sleep(wait, pending)
        self._tell()

    def _go_through(self) -> Flow[None]:
        """Send what is waiting once, unless there is no getting through."""
        unreachable = 0
        while self._waiting:
            count = min(self._concurrency, len(self._waiting))
            sent = [self._waiting.popleft() for _ in range(count)]
            requests = [self._batch.request(parts, self._config) for parts in sent]
            outcomes = yield from call_all(requests)
            self._raise_if_unusable(outcomes)
            moved = [self._take(*pair) for pair in zip(sent, outcomes, strict=True)]
            if not self._waiting:
                return
            lost = [each for each in outcomes if isinstance(each, ConnectionFailedError)]
            unreachable = unreachable + len(lost) if len(lost) == len(outcomes) else 0
            if unreachable >= max(_LOST, self._config.retry.max_attempts):
                # It says nothing of the items: to go on with others would not help.
                self._obstacle = lost[-1]
                return
            wait = self._next_pause(needed=not any(moved))
            if wait is None:
                return
            self._tell()
            if wait:
                yield self._sleep(wait, sent[-1])

    def _next_pause(self, *, needed: bool) -> float | None:
        """Give the seconds to wait before the round goes on; None if the deadline is there."""
        if needed:
            # Whoever answers nothing but "later" is not asked again at once.
            return self._backoff.pause(self._elapsed_seconds)
        return self._backoff.within_deadline(0.0, self._elapsed_seconds)

    def _raise_if_unusable(self, outcomes: Sequence[Outcome]) -> None:
        """Raise what says that nothing can be sent, if nothing has been."""
        first = outcomes[0]
        if not isinstance(first, ConfigurationError):
            return
        is_open = any(part.opening is not None for part in self._parts)
        if all(isinstance(each, ConfigurationError) for each in outcomes) and not (
            self._done or self.failed or is_open
        ):
            raise first

    def _take(self, parts: list[Part], outcome: Outcome) -> bool:
        """Put down what became of one request; tell whether it moved anything on."""
        if isinstance(outcome, DeadlineExceededError):
            # It was not sent, and no other will be.
            self._elapsed_seconds = max(self._elapsed_seconds, outcome.elapsed_seconds)
            self._left += parts
            return False
        self._tell()
        if not isinstance(outcome, ConfigurationError):
            self.requests += 1
            for part in parts:
                part.attempts += 1
        moved, left = self._read(parts, outcome)
        self._left += left
        self._untold = weigh(left)
        return moved

    def _read(self, parts: list[Part], outcome: Outcome) -> tuple[bool, list[Part]]:
        """Tell whether a request moved anything on, and what of it has to be sent again."""
        if isinstance(outcome, Answer):
            try:
                return self._answered(parts, outcome)
            except Exception as error:  # noqa: BLE001  # an answer that cannot be read is a failure, too
                outcome = error
        return self._failed(parts, outcome)

    def _answered(self, parts: list[Part], answer: Answer) -> tuple[bool, list[Part]]:
        self._elapsed_seconds = max(self._elapsed_seconds, answer.elapsed_seconds)
        left = self._batch.unprocessed(parts, answer)
        # Some engines tell without being asked.
        for consumed in answer.consumed_capacity if self._config.capacity else ():
            table, units = consumed.get("TableName", ""), consumed.get("CapacityUnits", 0.0)
            self.consumed_capacity[table] = self.consumed_capacity.get(table, 0.0) + units
        for part in left:
            part.error = None
        self._done += weigh(parts) - weigh(left)
        if len(left) < len(parts):
            self._served |= set(tables_of(parts))
        return len(left) < len(parts), left

    def _failed(self, parts: list[Part], error: Exception) -> tuple[bool, list[Part]]:
        is_open = _leaves_open(error) and self._batch.rule.writes
        for part in parts:
            part.error = error
            if is_open and part.opening is None:
                part.opening = as_service_error(error)
        if isinstance(error, ServiceError):
            self._elapsed_seconds = max(self._elapsed_seconds, error.elapsed_seconds)
            if error.retryable:
                return False, parts
        smaller = [] if self._is_denied(parts, error) else split(parts, error)
        if smaller:
            # To the front, so that the order of the caller is kept.
            self._waiting.extendleft(reversed(smaller))
        else:
            self._fail(parts)
        return True, []

    def _is_denied(self, parts: list[Part], error: Exception) -> bool:
        """Tell whether access is denied to a whole table, so that splitting would be for nothing."""
        if not isinstance(error, AccessDeniedError):
            return False
        tables = tables_of(parts)
        if len(parts) == 1:
            self._denied[tables[0]] += 1
        # A policy can deny single keys, but hardly all those of a whole request.
        return len(tables) == 1 and (
            self._denied[tables[0]] >= self._batch.max_parts and tables[0] not in self._served
        )

    def _fail(self, parts: Sequence[Part]) -> None:
        for part in parts:
            part.error = verdict(
                part,
                self._batch.operation,
                self._config.retry,
                obstacle=self._obstacle,
                elapsed_seconds=self._elapsed_seconds,
            )
        self.failed += parts
        self._failed_weight += weigh(parts)

    def _give_up(self, parts: Sequence[Part]) -> None:
        # Each kind of failure is told once.
        events = [
            ExhaustedEvent(
                operation=self._batch.operation,
                tables=tables_of(own),
                attempts=self._backoff.failures,
                seconds=self._elapsed_seconds,
                error=own[0].error,
            )
            for own in by_failure([part for part in parts if part.attempts] or parts)
        ]
        self._fail(parts)
        for event in events:
            self._config.tell(event)
        self._untold = 0

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
                tables=tables_of(parts),
                attempt=max(self._backoff.failures, 1),
                error=by_failure(parts)[0][0].error,
                delay_seconds=wait,
            )
        )
        return Sleep(wait)


def _leaves_open(error: Exception) -> bool:
    if isinstance(error, ServiceError):
        return error.outcome_open
    # Of an exception that nobody knows, nobody knows what it left behind either.
    return not isinstance(error, MizzleError)
