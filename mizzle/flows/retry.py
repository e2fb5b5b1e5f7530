"""The one retry layer: exponential backoff with full jitter, and no write applied twice by it."""

from __future__ import annotations

from collections.abc import Iterator

from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import (
    ConditionFailedError,
    DeadlineExceededError,
    ServiceError,
    TransactionCanceledError,
    WriteOutcomeUnknownError,
)
from mizzle.events import ExhaustedEvent, RetryEvent
from mizzle.flows.outcomes import Rule
from mizzle.flows.steps import Flow, Sleep, call
from mizzle.request import Answer, Request

__all__ = [
    "Backoff",
    "as_service_error",
    "delays",
    "exhausted",
    "outcome_unknown",
    "send",
    "tell_attempts",
]

# A ceiling of 2 ** 60 base delays is beyond any cap; 2 ** 1024 would be beyond a float.
_MOST_DOUBLINGS = 60


def delays(retry: RetryConfig) -> Iterator[float]:
    """Give the seconds to wait before the second attempt, the third, and so on to the last.

    The n-th is random between 0 and `min(max_delay, base_delay * 2 ** (n - 1))`.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    for failures in range(1, retry.max_attempts):
        yield _delay(retry, failures)


def _delay(retry: RetryConfig, failures: int) -> float:
    doublings = min(failures - 1, _MOST_DOUBLINGS)
    return retry.random() * min(retry.max_delay, retry.base_delay * 2.0**doublings)


class Backoff:
    """Counts failures in a row, and says how long to wait and when to give up.

    Attributes:
        failures: How many there have been since the start or the last success.
    """

    __slots__ = ("_retry", "failures")

    def __init__(self, retry: RetryConfig) -> None:
        self._retry = retry
        self.failures = 0

    def next_wait(self, elapsed_seconds: float) -> float | None:
        """Count a failure; give the seconds to wait, or None to give up.

        Args:
            elapsed_seconds: How long the statement has been running, for the deadline.
        """
        self.failures += 1
        if self.failures >= self._retry.max_attempts:
            return None
        return self.within_deadline(_delay(self._retry, self.failures), elapsed_seconds)

    def pause(self, elapsed_seconds: float) -> float | None:
        """Give the seconds to wait at the level reached so far, without counting a failure."""
        return self.within_deadline(_delay(self._retry, self.failures + 1), elapsed_seconds)

    def within_deadline(self, wait: float, elapsed_seconds: float) -> float | None:
        """Give a wait back, or None if the deadline would pass in it."""
        deadline = self._retry.deadline
        return wait if deadline is None or elapsed_seconds + wait < deadline else None

    def reset(self) -> None:
        """Begin again after a success."""
        self.failures = 0


def send(request: Request, config: MizzleConfig, rule: Rule) -> Flow[Answer]:
    """Send a request until it is answered, refused for good, or out of attempts or time.

    Args:
        request: What to send, the same bytes each time.
        config: How often and how patiently, and who is told.
        rule: What may be done after an attempt that left the outcome open.

    Raises:
        WriteOutcomeUnknownError: If a write may have been applied, and no later attempt told.
        ServiceError: What the last attempt said, with `attempts` and `elapsed_seconds` set. A
            `ConditionFailedError` that followed an attempt which may have been applied has
            `outcome_open` set: the condition may have failed because of that attempt.
    """
    backoff = Backoff(config.retry)
    is_open = False
    last: ServiceError | None = None
    while True:
        try:
            return (yield from call(request))
        except DeadlineExceededError as late:
            # Nothing was sent: what the last attempt said is what there is to say.
            late.attempts = 0
            ended = _ended(request, last or late, config, is_open=is_open)
            raise ended from ended.__cause__
        except ServiceError as error:
            last = error
            is_open = is_open or (rule.writes and error.outcome_open)
            wait = _next_wait(error, rule, backoff, is_open=is_open)
            error.attempts = backoff.failures
            if wait is None:
                ended = _ended(request, error, config, is_open=is_open)
                raise ended from ended.__cause__
            config.tell(_retry(request, error, wait))
        except Exception as error:
            if last is not None and is_open:
                raise outcome_unknown(last, request.operation) from error
            raise
        yield Sleep(wait)


def _next_wait(error: ServiceError, rule: Rule, backoff: Backoff, *, is_open: bool) -> float | None:
    wait = backoff.next_wait(error.elapsed_seconds)
    if wait is None or not error.retryable or (is_open and not rule.is_sent_again):
        return None
    return wait if error.elapsed_seconds + wait <= rule.max_seconds else None


def _ended(
    request: Request, error: ServiceError, config: MizzleConfig, *, is_open: bool
) -> ServiceError:
    """Give the error that a request ends with."""
    if error.retryable:
        config.tell(exhausted(request, error))
    if not is_open:
        # What a read leaves open is nobody's concern.
        error.outcome_open = False
        tell_attempts(error)
        return error
    # These two are verdicts on the item itself. A transaction is only repeated with its token, so
    # its cancellation settles the earlier attempts; a failed condition needs a look at the item.
    if isinstance(error, TransactionCanceledError):
        return error
    if isinstance(error, ConditionFailedError):
        error.outcome_open = True
        return error
    unknown = outcome_unknown(error, request.operation)
    unknown.__cause__ = error
    return unknown


def outcome_unknown(error: ServiceError, what: str) -> WriteOutcomeUnknownError:
    """Make the error for a write that may or may not have been applied.

    Args:
        error: What its last attempt failed with.
        what: The operation.
    """
    return error.turned_into(
        WriteOutcomeUnknownError,
        f"{what}: the write may or may not have been applied "
        f"({_requests(error)} sent in {error.elapsed_seconds:.2f} s). "
        f"Read what is stored before writing it again. The last failure was: {error}",
    )


def exhausted(request: Request, error: ServiceError) -> ExhaustedEvent:
    """Tell of a request that is not sent again though a later attempt might succeed."""
    return ExhaustedEvent(
        operation=request.operation,
        tables=request.tables,
        attempts=error.attempts,
        seconds=error.elapsed_seconds,
        error=error,
    )


def _retry(request: Request, error: ServiceError, wait: float) -> RetryEvent:
    return RetryEvent(
        operation=request.operation,
        tables=request.tables,
        attempt=error.attempts,
        error=error,
        delay_seconds=wait,
    )


def as_service_error(error: Exception) -> ServiceError:
    """Give an exception that is none of ours the form of one."""
    if isinstance(error, ServiceError):
        return error
    found = ServiceError(str(error) or type(error).__name__, code=type(error).__name__)
    found.__cause__ = error
    return found


def tell_attempts(error: ServiceError) -> None:
    """Say in the message of an error how often and how long a later attempt was hoped for."""
    if error.retryable and error.attempts:
        took = f"{error.elapsed_seconds:.2f} s"
        error.args = (f"{error} Gave up after {_requests(error)} in {took}.",)


def _requests(error: ServiceError) -> str:
    return "1 request" if error.attempts == 1 else f"{error.attempts} requests"
