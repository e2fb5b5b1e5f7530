"""DynamoDB's failures, for tests of the code that has to live with them.

A `FaultPlan` decides which requests fail, and how; a `FaultyTransport` fails them as DynamoDB, or the
way to it, would. Failures come before or after a request has been applied, and to the caller of a
write these two often look the same.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from mizzle.errors import ServiceError
from mizzle.request import Answer, Request, to_json
from mizzle.testing.answers import error_of
from mizzle.testing.plan import APPLIED, Fault, FaultPlan
from mizzle.testing.unprocessed import part_batch, with_unprocessed

if TYPE_CHECKING:
    from mizzle.transports import Transport

__all__ = ["FaultyTransport", "faults"]


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
        raise error_of(fault, request)

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
        return Answer(to_json(body).encode())


class _HasTransport(Protocol):
    """A `Mizzle`, as far as its requests are concerned."""

    @property
    def transport(self) -> Transport: ...

    @transport.setter
    def transport(self, transport: Transport) -> None: ...


@contextmanager
def faults(
    db: _HasTransport,
    *,
    seed: int = 0,
    script: Sequence[Fault | str | None] | None = None,
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
        db: The client; its siblings (`with_options`) meet the faults as well.
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
