"""What happened on the way, for `on_event` hooks and the `mizzle` logger; never an item's values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = [
    "AnswerEvent",
    "BatchEvent",
    "Event",
    "EventHook",
    "ExhaustedEvent",
    "RequestEvent",
    "RetryEvent",
    "is_watched",
    "tell",
]

logger = logging.getLogger("mizzle")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvent:
    """A request is about to be sent.

    Attributes:
        operation: DynamoDB's name for it, such as `PutItem`.
        tables: The tables it concerns, by their names in the account.

    Example:
        ```python
        from mizzle import Mizzle, RequestEvent, get

        events = []
        watched = db.with_options(on_event=events.append)
        watched.execute(get(User, id=ADA))
        assert events[0] == RequestEvent(operation="GetItem", tables=("app",))
        ```
    """

    operation: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEvent:
    """A request was answered, or failed.

    Attributes:
        operation: DynamoDB's name for it.
        tables: The tables it concerns.
        seconds: How long it took.
        error: What it failed with, or None.
        consumed_capacity: The answer's own, one entry per table, if `capacity` asks for it.

    Example:
        ```python
        from mizzle import AnswerEvent, get


        def count(event):
            if isinstance(event, AnswerEvent):
                print(event.operation, event.seconds, event.consumed_capacity)


        db.with_options(on_event=count, capacity="total").execute(get(User, id=ADA))
        ```
    """

    operation: str
    tables: tuple[str, ...]
    seconds: float
    error: Exception | None = None
    consumed_capacity: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent:
    """A request, or what is left of a batch, will be sent again; or a batch pauses before it goes on.

    Attributes:
        operation: DynamoDB's name for it.
        tables: The tables it concerns.
        attempt: How many attempts, or rounds without progress, there have been.
        error: What the last one failed with; None for a batch of which parts were held back.
        delay_seconds: How long it waits first.

    Example:
        ```python
        from mizzle import RetryEvent, get


        def warn(event):
            if isinstance(event, RetryEvent):
                print(f"attempt {event.attempt} of {event.operation} failed: {event.error}")


        db.with_options(on_event=warn).execute(get(User, id=ADA))
        ```
    """

    operation: str
    tables: tuple[str, ...]
    attempt: int
    error: Exception | None
    delay_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhaustedEvent:
    """A request, or what is left of a batch, has failed for good after attempts that might have helped.

    Attributes:
        operation: DynamoDB's name for it.
        tables: The tables it concerns.
        attempts: How many attempts, or rounds without progress, there were.
        seconds: How long the statement had been running.
        error: What the last one failed with; None for a batch of which parts were held back.

    Example:
        ```python
        from mizzle import ExhaustedEvent, get


        def alarm(event):
            if isinstance(event, ExhaustedEvent):
                print(f"gave up on {event.operation} after {event.seconds:.1f} s")


        db.with_options(on_event=alarm).execute(get(User, id=ADA))
        ```
    """

    operation: str
    tables: tuple[str, ...]
    attempts: int
    seconds: float
    error: Exception | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEvent:
    """A request of a batch is finished; or what was not sent before the deadline is given up.

    Attributes:
        operation: `BatchWriteItem` or `BatchGetItem`.
        round: The how-manieth time what is left is gone through, from 1.
        done: How many of the batch's items or keys are settled, those not found included.
        failed: How many have failed for good.
        total: How many there are.
        unprocessed: How many of this request will have to be sent again.

    Example:
        ```python
        from mizzle import BatchEvent, batch_write, put


        def show(event):
            if isinstance(event, BatchEvent):
                print(f"{event.done} of {event.total}")


        db.with_options(on_event=show).execute(batch_write([put(ada())]))
        ```
    """

    operation: str
    round: int
    done: int
    failed: int
    total: int
    unprocessed: int


Event: TypeAlias = RequestEvent | AnswerEvent | RetryEvent | ExhaustedEvent | BatchEvent
"""Anything that an `on_event` hook is called with."""

EventHook: TypeAlias = Callable[[Event], object]
"""Called with each event, in the thread where it happened."""


def is_watched(hook: EventHook | None) -> bool:
    """Tell whether anyone would see the events of each request."""
    return hook is not None or logger.isEnabledFor(logging.DEBUG)


def tell(hook: EventHook | None, event: Event) -> None:
    """Log an event and hand it to the hook."""
    level = _level(event)
    if logger.isEnabledFor(level):
        logger.log(level, *_line(event))
    if hook is None:
        return
    try:
        hook(event)
    except Exception:  # a watcher that stumbles must not cost the outcome of what it watches
        logger.exception("the on_event hook failed on %s", type(event).__name__)


def _level(event: Event) -> int:
    if isinstance(event, RetryEvent):
        return logging.INFO
    return logging.WARNING if isinstance(event, ExhaustedEvent) else logging.DEBUG


def _line(event: Event) -> tuple[Any, ...]:
    """Give a logging format and its arguments; an error's text may hold values, its name does not."""
    match event:
        case RequestEvent():
            return "%s on %s", event.operation, _names(event.tables)
        case AnswerEvent():
            return (
                "%s on %s: %s in %.3f s",
                event.operation,
                _names(event.tables),
                _name(event.error) or "answered",
                event.seconds,
            )
        case RetryEvent():
            return (
                "%s on %s: attempt %d: %s; again in %.3f s",
                event.operation,
                _names(event.tables),
                event.attempt,
                _name(event.error) or "unprocessed",
                event.delay_seconds,
            )
        case ExhaustedEvent():
            return (
                "%s on %s: gave up at attempt %d after %.3f s: %s",
                event.operation,
                _names(event.tables),
                event.attempts,
                event.seconds,
                _name(event.error) or "unprocessed",
            )
        case BatchEvent():
            return (
                "%s round %d: %d of %d done, %d failed, %d unprocessed",
                event.operation,
                event.round,
                event.done,
                event.total,
                event.failed,
                event.unprocessed,
            )


def _names(tables: tuple[str, ...]) -> str:
    return ", ".join(tables) or "no table"


def _name(error: Exception | None) -> str:
    if error is None:
        return ""
    return getattr(error, "code", "") or type(error).__name__
