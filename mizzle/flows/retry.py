"""The one retry layer: exponential backoff with full jitter, and no write applied twice by it."""

from __future__ import annotations

import random as _random
from collections.abc import Callable, Iterator
from itertools import count

from mizzle.config import RetryConfig
from mizzle.errors import ConditionFailedError, ServiceError, WriteOutcomeUnknownError
from mizzle.flows.steps import Flow, Sleep, call
from mizzle.request import Answer, Request

__all__ = ["delays", "send"]


def delays(retry: RetryConfig, random: Callable[[], float] = _random.random) -> Iterator[float]:
    """Give the seconds to wait before the second attempt, the third, and so on without end.

    The n-th is random between 0 and `min(max_delay, base_delay * 2 ** (n - 1))`.

    Args:
        retry: The base and the cap.
        random: Gives a number in [0, 1); pass `lambda: 1.0` to see the upper bounds.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    ceiling = retry.base_delay
    while True:
        yield random() * ceiling
        ceiling = min(retry.max_delay, ceiling * 2)


def send(
    request: Request,
    retry: RetryConfig,
    *,
    repeatable: bool,
    writes: bool = False,
    random: Callable[[], float] = _random.random,
) -> Flow[Answer]:
    """Send a request until it is answered, refused for good, or out of attempts.

    Args:
        request: What to send, the same bytes each time.
        retry: How often and how patiently.
        repeatable: Whether a request that may have been applied may be sent again; true for reads.
        writes: Whether it changes anything. What is not repeatable does.
        random: Gives a number in [0, 1), for the jitter.

    Raises:
        WriteOutcomeUnknownError: If a write may have been applied, and no later attempt told.
        ServiceError: What the last attempt said, with `attempts` set. A `ConditionFailedError`
            that followed an attempt which may have been applied has `outcome_open` set: the
            condition may have failed because of that attempt.
    """
    writes = writes or not repeatable
    open_since_start = False
    waits = delays(retry, random)
    for attempt in count(1):
        try:
            return (yield from call(request))
        except ServiceError as error:
            error.attempts = attempt
            open_since_start = open_since_start or (writes and error.outcome_open)
            stuck = open_since_start and not repeatable
            if error.retryable and attempt < retry.max_attempts and not stuck:
                pass
            elif open_since_start:
                _raise_open(request, error)
            else:
                _tell_attempts(error)
                raise
        yield Sleep(next(waits))
    raise AssertionError  # pragma: no cover  # count() does not end


def _raise_open(request: Request, error: ServiceError) -> None:
    """Raise what a write ends with if one of its attempts may have been applied."""
    # These two are verdicts on the item itself. A transaction is only repeated with its token, so
    # its cancellation settles the earlier attempts; a failed condition needs a look at the item.
    if error.code == "TransactionCanceledException":
        raise error
    if isinstance(error, ConditionFailedError):
        error.outcome_open = True
        raise error
    raise _outcome_unknown(request, error) from error


def _outcome_unknown(request: Request, error: ServiceError) -> WriteOutcomeUnknownError:
    unknown = WriteOutcomeUnknownError(
        f"{request.operation}: the write may or may not have been applied "
        f"({_requests(error.attempts)} sent). Read the item before writing it again. "
        f"The last failure was: {error}",
        code=error.code,
        status=error.status,
        request_id=error.request_id,
        item=error.item,
        reasons=error.reasons,
    )
    unknown.attempts = error.attempts
    return unknown


def _tell_attempts(error: ServiceError) -> None:
    if error.retryable:
        error.args = (f"{error} Gave up after {_requests(error.attempts)}.",)


def _requests(attempts: int) -> str:
    return "1 request" if attempts == 1 else f"{attempts} requests"
