"""DynamoDB's failures, for tests of the code that has to live with them.

A `FaultPlan` decides which requests fail, and how; a `FaultyTransport` fails them as DynamoDB, or the
way to it, would. Failures come before or after a request has been applied, and to the caller of a
write these two often look the same.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, get_args

from mizzle.errors import (
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    ServiceError,
    ThrottledError,
    TransactionConflictError,
)
from mizzle.request import Answer, Request

if TYPE_CHECKING:
    from mizzle.transports import Transport

__all__ = [
    "APPLIED",
    "DATA_OPERATIONS",
    "FAULTS",
    "REFUSALS",
    "Fault",
    "FaultPlan",
    "FaultyTransport",
    "Refusal",
    "faults",
    "part_batch",
    "with_unprocessed",
]

Fault: TypeAlias = Literal[
    "throttle",
    "throttling",
    "request_limit",
    "conflict",
    "error_before",
    "error_after",
    "unavailable",
    "bad_gateway",
    "reset_before",
    "reset_after",
    "hang",
    "damaged",
]
"""One way for a request to fail; `faults` says what each is."""

FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

APPLIED: Final[frozenset[Fault]] = frozenset({"error_after", "reset_after", "hang", "damaged"})
"""The faults that come after the request has been applied."""

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})

DATA_OPERATIONS: Final = _WRITES | _READS
"""The operations that meet faults."""

# What DynamoDB calls the part of a batch that it leaves to be sent again.
_UNPROCESSED = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}

# And what else each of its answers has.
_ALWAYS_THERE: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"Responses": {}},
    "BatchWriteItem": {},
}

_REQUEST_ID = "INJECTED-BY-MIZZLE-TESTING"

_Body: TypeAlias = Mapping[str, Any]

# BatchWriteItem lists a table's requests, BatchGetItem puts its keys beside other members.
_Entry: TypeAlias = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error answer of DynamoDB.

    Attributes:
        status: The HTTP status.
        kind: What the answer's `__type` says.
        message: What its `message` says.
        error: What it is to a caller of Mizzle.
        limit: The limit that was reached, in the words of a throttling reason; empty for an error
            that is no throttle.
        reasons: The name of the member that holds throttling reasons.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """

    status: int
    kind: str
    message: str
    error: type[ServiceError]
    limit: str = ""
    reasons: str = "ThrottlingReasons"

    @property
    def code(self) -> str:
        """The error code: what follows the namespace in the type."""
        return self.kind.rpartition("#")[2]

    def throttling_reasons(self, request: Request) -> list[dict[str, str]]:
        """Give the reasons that DynamoDB would name for a request; none if it is no throttle."""
        if not self.limit:
            return []
        direction = "Write" if request.operation in _WRITES else "Read"
        reason = f"Table{direction}{self.limit}Exceeded"
        return [{"reason": reason, "resource": _arn_of(table)} for table in request.tables[:1]]

    def body(self, request: Request) -> dict[str, Any]:
        """Give the JSON body of the answer to a request."""
        body: dict[str, Any] = {"__type": self.kind, "message": self.message}
        reasons = self.throttling_reasons(request)
        return body | {self.reasons: reasons} if reasons else body


_NAMESPACE = "com.amazonaws.dynamodb.v20120810"

_SERVER_FAULT = Refusal(
    status=500,
    kind=f"{_NAMESPACE}#InternalServerError",
    message="Internal server error",
    error=InternalServiceError,
)

REFUSALS: Final[Mapping[Fault, Refusal]] = {
    "throttle": Refusal(
        status=400,
        kind=f"{_NAMESPACE}#ProvisionedThroughputExceededException",
        message=(
            "The level of configured provisioned throughput for the table was exceeded. Consider "
            "increasing your provisioning level with the UpdateTable API."
        ),
        error=ThrottledError,
        limit="ProvisionedThroughput",
    ),
    # DynamoDB spells this one's reasons with a small t.
    "throttling": Refusal(
        status=400,
        kind="com.amazon.coral.availability#ThrottlingException",
        message=(
            "Throughput exceeds the current capacity of your table or index. DynamoDB is "
            "automatically scaling your table or index so please try again shortly."
        ),
        error=ThrottledError,
        limit="KeyRangeThroughput",
        reasons="throttlingReasons",
    ),
    "request_limit": Refusal(
        status=400,
        kind=f"{_NAMESPACE}#RequestLimitExceeded",
        message="Throughput exceeds the current throughput limit for your account.",
        error=ThrottledError,
        limit="AccountLimit",
    ),
    "conflict": Refusal(
        status=400,
        kind=f"{_NAMESPACE}#TransactionConflictException",
        message="Transaction is ongoing for the item",
        error=TransactionConflictError,
    ),
    "error_before": _SERVER_FAULT,
    "error_after": _SERVER_FAULT,
    "unavailable": Refusal(
        status=503,
        kind="ServiceUnavailable",
        message="Service is unavailable. Try again later.",
        error=InternalServiceError,
    ),
}
"""The faults that are error answers of DynamoDB itself."""

# The names are those of botocore's exceptions, as in the errors of the transport over boto3.
_BROKEN: dict[Fault, tuple[str, str]] = {
    "reset_before": ("ConnectionClosedError", "the connection was closed"),
    "reset_after": ("ConnectionClosedError", "the connection was closed"),
    "hang": ("ReadTimeoutError", "it did not come in time"),
}


class FaultPlan:
    """Which requests fail, and how; decided by chance, the same for the same seed, or by a script.

    It can be shared between threads; which of them meets which fault then depends on who comes first.

    Args:
        rates: How often each fault happens: its probability per request, from 0 to 1.
        script: The faults of the next requests, in order, None for a request that meets none;
            after the last, nothing fails. Either rates or a script.
        unprocessed: The probability for each item of a batch to be left unprocessed.
        keep_fields: Whether unprocessed keys come with the request's projection and consistency,
            as DynamoDB returns them.
        seed: Where chance starts.

    Raises:
        ConfigurationError: If a fault is unknown or a probability is none.

    Example:
        ```python
        from mizzle import Mizzle, put
        from mizzle.testing import FaultPlan, FaultyTransport

        plan = FaultPlan({"throttle": 0.2}, seed=7)
        shaky = Mizzle(transport=FaultyTransport(db.transport, plan))
        shaky.execute(put(ada()))
        print(plan.requests, plan.counts)
        ```
    """

    def __init__(
        self,
        rates: Mapping[Fault, float] | None = None,
        *,
        script: Sequence[Fault | None] | None = None,
        unprocessed: float = 0.0,
        keep_fields: bool = True,
        seed: int = 0,
    ) -> None:
        rates = dict(rates or {})
        _check_rates(rates, unprocessed)
        if script is not None:
            _check_script(script, rates)
        self.keep_fields = keep_fields
        self._script = None if script is None else iter(tuple(script))
        self._outcomes: list[Fault | None] = [*rates, None]
        self._weights = [*rates.values(), max(0.0, 1 - math.fsum(rates.values()))]
        self._unprocessed = unprocessed
        self._random = Random(seed)  # noqa: S311  # chance that can be repeated, and no secret
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._requests = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many requests met each fault so far, and under `unprocessed`, how many items did."""
        with self._lock:
            return dict(self._counts)

    @property
    def requests(self) -> int:
        """How many requests for data have arrived so far."""
        with self._lock:
            return self._requests

    def decide(self, operation: str) -> Fault | None:
        """Take note of a request, and say which fault it meets.

        Args:
            operation: DynamoDB's name for it. What is no operation on data, such as `CreateTable`,
                is neither counted nor met by faults.
        """
        if operation not in DATA_OPERATIONS:
            return None
        with self._lock:
            self._requests += 1
            fault = self._next()
            if fault is not None:
                self._counts[fault] += 1
        return fault

    def choose_unprocessed(self, request: Request) -> list[bool]:
        """Say for each item of a batch whether to leave it unprocessed.

        Returns:
            One answer per item, in the request's order; nothing if there is nothing to leave.
        """
        if not self._unprocessed or request.operation not in _UNPROCESSED:
            return []
        size = sum(len(_items_of(entry)) for entry in request.body["RequestItems"].values())
        with self._lock:
            chosen = [self._random.random() < self._unprocessed for _ in range(size)]
            if any(chosen):
                self._counts["unprocessed"] += sum(chosen)
        return chosen

    def _next(self) -> Fault | None:
        if self._script is not None:
            return next(self._script, None)
        return self._random.choices(self._outcomes, self._weights)[0]


def _check_rates(rates: Mapping[Fault, float], unprocessed: float) -> None:
    _check_names(rates)
    for name, rate in (*rates.items(), ("unprocessed", unprocessed)):
        if not 0 <= rate <= 1:
            message = f"{name}={rate!r} is not a probability; give a number from 0 to 1"
            raise ConfigurationError(message)
    total = math.fsum(rates.values())
    # Tenths are not exact: ten of them may be a little more than 1.
    if total > 1 and not math.isclose(total, 1):
        message = (
            f"{_spelled(rates)} add up to {total:g}. A request meets one fault at most, so the "
            "probabilities may add up to no more than 1."
        )
        raise ConfigurationError(message)


def _check_script(script: Sequence[Fault | None], rates: Mapping[Fault, float]) -> None:
    _check_names(name for name in script if name is not None)
    if any(rates.values()):
        message = (
            "a script alone decides which requests fail; "
            f"leave out {_spelled(rates)}, or the script"
        )
        raise ConfigurationError(message)


def _check_names(names: Iterable[Fault]) -> None:
    for name in names:
        if name not in FAULTS:
            message = f"{name!r} is not a fault; there are {', '.join(FAULTS)}"
            raise ConfigurationError(message)


def _spelled(rates: Mapping[Fault, float]) -> str:
    return ", ".join(f"{name}={rate}" for name, rate in rates.items() if rate)


def part_batch(request: Request, unprocessed: Sequence[bool]) -> tuple[Request | None, _Body]:
    """Part a batch into what is processed and what is not.

    Args:
        request: A `BatchGetItem` or `BatchWriteItem`.
        unprocessed: For each of its items, in order, whether it is left unprocessed.

    Returns:
        The request for the others, or None if there are none; and the unprocessed, as `RequestItems`.
    """
    marks = iter(unprocessed)
    processed: dict[str, Any] = {}
    held_back: dict[str, Any] = {}
    for table, entry in request.body["RequestItems"].items():
        marked = [(item, next(marks)) for item in _items_of(entry)]
        for parts, wanted in ((processed, False), (held_back, True)):
            items = [item for item, mark in marked if mark is wanted]
            if items:
                parts[table] = _with_items(entry, items)
    if not processed:
        return None, held_back
    return Request(request.operation, {**request.body, "RequestItems": processed}), held_back


def with_unprocessed(
    operation: str, answer: _Body, held_back: _Body, *, keep_fields: bool = True
) -> dict[str, Any]:
    """Add what was held back from a batch to its answer.

    Args:
        operation: `BatchGetItem` or `BatchWriteItem`.
        answer: The answer's body, which may hold unprocessed items of its own; empty if nothing
            was processed.
        held_back: As `part_batch` gives it.
        keep_fields: Whether unprocessed keys keep the request's projection and consistency.
    """
    name = _UNPROCESSED[operation]
    merged: dict[str, Any] = dict(answer.get(name) or {})
    for table, entry in held_back.items():
        own: Sequence[Any] = _items_of(merged[table]) if table in merged else []
        merged[table] = _with_items(entry, [*own, *_items_of(entry)])
    if not keep_fields and operation == "BatchGetItem":
        merged = {table: {"Keys": _items_of(entry)} for table, entry in merged.items()}
    return {**_ALWAYS_THERE[operation], **answer, name: merged}


def _items_of(entry: _Entry) -> Sequence[Any]:
    return entry["Keys"] if isinstance(entry, Mapping) else entry


def _with_items(entry: _Entry, items: list[Any]) -> _Entry:
    return {**entry, "Keys": items} if isinstance(entry, Mapping) else items


class FaultyTransport:
    """A transport whose requests fail as a plan says.

    Attributes:
        plan: Decides and counts.

    Args:
        transport: Sends what is sent.
        plan: Decides and counts.
    """

    def __init__(self, transport: Transport, plan: FaultPlan) -> None:
        self._transport = transport
        self.plan = plan

    def send(self, request: Request) -> Answer:
        """Send a request, or fail as DynamoDB would: before sending it or after.

        Raises:
            ServiceError: If the plan wants it, or the transport failed by itself.
        """
        fault = self.plan.decide(request.operation)
        if fault is None:
            return self._send(request)
        if fault in APPLIED:
            # Whatever the answer was, a refusal too, the caller does not see it.
            with suppress(ServiceError):
                self._transport.send(request)
        raise _error_of(fault, request)

    def close(self) -> None:
        """Close the transport that sends."""
        self._transport.close()

    def _send(self, request: Request) -> Answer:
        chosen = self.plan.choose_unprocessed(request)
        if not any(chosen):
            return self._transport.send(request)
        processed, held_back = part_batch(request, chosen)
        answer = {} if processed is None else self._transport.send(processed).data
        body = with_unprocessed(
            request.operation, answer, held_back, keep_fields=self.plan.keep_fields
        )
        return Answer(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())


def _error_of(fault: Fault, request: Request) -> ServiceError:
    """Make the error that the transport over boto3 raises for a fault."""
    subject = _subject(request)
    if fault in REFUSALS:
        return _refused(REFUSALS[fault], request)
    if fault == "bad_gateway":
        message = f"{subject}: 502: Bad Gateway."
        return InternalServiceError(message, code="502", status=502)
    if fault == "damaged":
        message = f"{subject}: the answer arrived damaged (its checksum is wrong)."
        return DamagedAnswerError(message, code="ChecksumError")
    code, what = _BROKEN[fault]
    message = f"{subject}: no whole answer came ({what})."
    return ConnectionFailedError(message, code=code, outcome_open=True)


def _refused(refusal: Refusal, request: Request) -> ServiceError:
    text = refusal.message.rstrip(".")
    return refusal.error(
        f"{_subject(request)}: {refusal.code}: {text}.",
        code=refusal.code,
        status=refusal.status,
        request_id=_REQUEST_ID,
        reasons=refusal.throttling_reasons(request),
    )


def _subject(request: Request) -> str:
    table = request.body.get("TableName")
    return request.operation if table is None else f"{request.operation} on table {table!r}"


def _arn_of(table: str) -> str:
    if table.startswith("arn:"):
        return table
    return f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"


class _HasTransport(Protocol):
    """A `Mizzle`, as far as its requests are concerned."""

    transport: Transport


@contextmanager
def faults(
    db: _HasTransport,
    *,
    seed: int = 0,
    script: Sequence[Fault | None] | None = None,
    unprocessed: float = 0.0,
    keep_fields: bool = True,
    throttle: float = 0.0,
    throttling: float = 0.0,
    request_limit: float = 0.0,
    conflict: float = 0.0,
    error_before: float = 0.0,
    error_after: float = 0.0,
    unavailable: float = 0.0,
    bad_gateway: float = 0.0,
    reset_before: float = 0.0,
    reset_after: float = 0.0,
    hang: float = 0.0,
    damaged: float = 0.0,
) -> Generator[FaultPlan, None, None]:
    """Let requests of a `Mizzle` fail within a `with` block, by chance or by a script.

    Each fault is given by its probability per request, from 0 to 1; a request meets one at most.
    Operations on tables, such as `db.create_table`, meet none. What the retries make of it is up to
    the `RetryConfig` of `db`: each attempt is a request.

    Args:
        db: The client.
        seed: Where chance starts; the same requests with the same seed fail in the same way.
        script: The faults of the next requests by name, in order, None for a request that meets
            none; after the last, nothing fails. It stands in place of the probabilities.
        unprocessed: The probability for each item of a `BatchGetItem` or `BatchWriteItem` to be
            neither read nor written, but returned as unprocessed; in requests that meet no fault.
        keep_fields: Whether unprocessed keys come with the request's projection and consistency, as
            DynamoDB returns them.
        throttle: `ProvisionedThroughputExceededException`; the request is not applied.
        throttling: `ThrottlingException`; not applied.
        request_limit: `RequestLimitExceeded`; not applied.
        conflict: `TransactionConflictException`; not applied.
        error_before: Status 500, `InternalServerError`; not applied.
        error_after: The same, but the request has been applied.
        unavailable: Status 503; not applied.
        bad_gateway: Status 502, as from a proxy in between; not applied.
        reset_before: The connection breaks; not applied.
        reset_after: The connection breaks; the request has been applied.
        hang: The answer does not come in time (there is no waiting for it); applied.
        damaged: The answer does not match its checksum; applied.

    Yields:
        The plan, whose `counts` say what happened.

    Raises:
        ConfigurationError: If a fault is unknown, a probability is none, or they exceed 1 together.

    Example:
        ```python
        from mizzle import get, put
        from mizzle.testing import faults

        with faults(db, script=["throttle", None, "reset_after"]) as injected:
            db.execute(put(ada()))
            user = db.execute(get(User, id=ADA))
        print(user, injected.counts)

        with faults(db, throttle=0.2, error_after=0.1, seed=1) as injected:
            for number in range(10):
                db.execute(put(ada(logins=number)))
        print(injected.requests, injected.counts)
        ```
    """
    rates: dict[Fault, float] = {
        "throttle": throttle,
        "throttling": throttling,
        "request_limit": request_limit,
        "conflict": conflict,
        "error_before": error_before,
        "error_after": error_after,
        "unavailable": unavailable,
        "bad_gateway": bad_gateway,
        "reset_before": reset_before,
        "reset_after": reset_after,
        "hang": hang,
        "damaged": damaged,
    }
    plan = FaultPlan(
        rates, script=script, unprocessed=unprocessed, keep_fields=keep_fields, seed=seed
    )
    untouched = db.transport
    db.transport = FaultyTransport(untouched, plan)
    try:
        yield plan
    finally:
        db.transport = untouched
