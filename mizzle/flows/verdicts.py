"""What a part of a batch has failed with in the end."""

from __future__ import annotations

from mizzle.config import RetryConfig
from mizzle.errors import (
    ConnectionFailedError,
    DeadlineExceededError,
    MizzleError,
    ServiceError,
    UnprocessedError,
)
from mizzle.flows.parts import Part
from mizzle.flows.retry import as_service_error, outcome_unknown, tell_attempts

__all__ = ["verdict"]


def verdict(
    part: Part,
    operation: str,
    retry: RetryConfig,
    *,
    obstacle: ConnectionFailedError | None,
    elapsed_seconds: float,
) -> MizzleError:
    """Give a part an error of its own, which other parts of its requests do not share.

    Args:
        part: The part.
        operation: DynamoDB's name for the batch.
        retry: Its settings.
        obstacle: What kept it from being sent, if it never was.
        elapsed_seconds: How long the statement has been running.
    """
    error = part.error or _not_done(part, operation, obstacle)
    own = error.clone() if isinstance(error, MizzleError) else as_service_error(error)
    if part.opening is not None:
        last = as_service_error(own)
        last.attempts, last.elapsed_seconds = part.attempts, elapsed_seconds
        is_same = str(last) == str(part.opening)
        return outcome_unknown(last, last if is_same else part.opening, operation)
    if isinstance(own, ServiceError):
        own.attempts, own.elapsed_seconds = part.attempts, elapsed_seconds
        # What a read leaves open is nobody's concern.
        own.outcome_open = False
        tell_attempts(own, retry)
    return own


def _not_done(part: Part, operation: str, obstacle: ConnectionFailedError | None) -> ServiceError:
    if part.attempts:
        message = f"{operation}: DynamoDB held this part back each time."
        return UnprocessedError(message, code="Unprocessed")
    if obstacle is not None:
        message = f"{operation}: this part was not sent, as others were not answered: {obstacle}"
        found = obstacle.turned_into(type(obstacle), message)
        found.__cause__ = obstacle
        return found
    message = f"{operation}: the deadline passed before this part was sent."
    return DeadlineExceededError(message, code="DeadlineExceeded")
