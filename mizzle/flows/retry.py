"""The one retry layer: exponential backoff with full jitter, and no write applied twice by it."""

from __future__ import annotations

from collections.abc import Iterator

from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import (
    ConditionFailedError,
    ConfigurationError,
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
    share = retry.random()
    # A source that gives anything else must not cost the outcome of what is under way.
    share = share if 0 <= share <= 1 else 1.0
    return share * min(retry.max_delay, retry.base_delay * 2.0**doublings)


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
            `ConditionFailedError` that followed an attempt which may have been applied has that
            one's error as `opening`: the condition may have failed because of that attempt.
    """
    attempts: _Attempts | None = None
    while True:
        try:
            return (yield from call(request))
        except Exception as error:  # what it means is the business of the attempts
            attempts = attempts or _Attempts(request, config, rule)
            wait = attempts.wait_after(error)
            if wait is None:
                ended = attempts.end(error)
                if ended is error:
                    raise
                raise ended from ended.__cause__
        yield Sleep(wait)


class _Attempts:
    """The attempts of one request.

    Attributes:
        last: What the last one failed with.
        opening: What the first failed with after which nobody knows whether the write was applied.
    """

    def __init__(self, request: Request, config: MizzleConfig, rule: Rule) -> None:
        self.last: ServiceError | None = None
        self.opening: ServiceError | None = None
        self._request = request
        self._config = config
        self._rule = rule
        self._backoff = Backoff(config.retry)

    def wait_after(self, error: Exception) -> float | None:
        """Take a failure in; give the seconds to wait, or None if there is no further attempt."""
        if not isinstance(error, ServiceError) or isinstance(error, DeadlineExceededError):
            return None
        wait = self._next_wait(error)
        if wait is not None:
            self._config.tell(_retry(self._request, error, wait))
        return wait

    def _next_wait(self, error: ServiceError) -> float | None:
        self.last = error
        if self._rule.writes and error.outcome_open and self.opening is None:
            self.opening = error
        wait = self._backoff.next_wait(error.elapsed_seconds)
        error.attempts = self._backoff.failures
        stuck = self.opening is not None and not self._rule.is_sent_again
        if wait is None or stuck or not error.retryable:
            return None
        return wait if error.elapsed_seconds + wait <= self._rule.max_seconds else None

    def end(self, error: Exception) -> Exception:
        """Give the error that the request ends with, after this failure."""
        if isinstance(error, DeadlineExceededError):
            # Nothing was sent: what the last attempt said is what there is to say.
            error.attempts = 0
            return self._end(self.last or error)
        if isinstance(error, ServiceError):
            return self._end(error)
        return error if self.opening is None else self._end_unknown(error)

    def _end(self, error: ServiceError) -> ServiceError:
        # These two are verdicts on the item itself. A transaction is only repeated with its token, so
        # its cancellation settles the earlier attempts; a failed condition needs a look at the item.
        if isinstance(error, ConditionFailedError):
            error.opening = self.opening
        if isinstance(error, (ConditionFailedError, TransactionCanceledError)):
            return error
        if error.retryable or self.opening is not None:
            self._config.tell(exhausted(self._request, error))
        if self.opening is not None:
            return outcome_unknown(error, self.opening, self._request.operation)
        # What a read leaves open is nobody's concern.
        error.outcome_open = False
        tell_attempts(error, self._config.retry)
        return error

    def _end_unknown(self, error: Exception) -> ServiceError:
        """Give the error that the request ends with if it ends with an exception that is none of ours."""
        last = as_service_error(error)
        last.attempts = self._backoff.failures
        if not isinstance(error, ConfigurationError):
            # It may have been sent once more.
            last.attempts += 1
        if self.last is not None:
            last.elapsed_seconds = self.last.elapsed_seconds
        return self._end(last)


def outcome_unknown(
    last: ServiceError, opening: ServiceError, what: str
) -> WriteOutcomeUnknownError:
    """Make the error for a write that may or may not have been applied.

    Args:
        last: What its last attempt failed with.
        opening: What the attempt failed with that may have been applied.
        what: The operation.
    """
    why = (
        f"The last failure was: {last}"
        if last is opening
        else f"No answer came to an earlier attempt: {opening} The last failure was: {last}"
    )
    unknown = opening.turned_into(
        WriteOutcomeUnknownError,
        f"{what}: the write may or may not have been applied "
        f"({_requests(last)} sent in {last.elapsed_seconds:.2f} s). "
        f"Read what is stored before writing it again. {why}",
    )
    unknown.attempts, unknown.elapsed_seconds = last.attempts, last.elapsed_seconds
    unknown.item = last.item
    unknown.__cause__ = opening
    return unknown


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


def tell_attempts(error: ServiceError, retry: RetryConfig) -> None:
    """Say in the message of an error how often and how long a later attempt was hoped for."""
    if error.retryable and error.attempts:
        took = f"{_requests(error)} in {error.elapsed_seconds:.2f} s"
        is_early = retry.deadline is not None and error.attempts < retry.max_attempts
        why = f", as the deadline is {retry.deadline:g} s" if is_early else ""
        error.args = (f"{error} Gave up after {took}{why}.",)


def _requests(error: ServiceError) -> str:
    return "1 request" if error.attempts == 1 else f"{error.attempts} requests"
