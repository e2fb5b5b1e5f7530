"""What can fail on the way to DynamoDB and back: one table, by error code and by exception type.

Exceptions are known by their names, so that nothing is imported to recognise them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    InvalidRequestError,
    ItemCollectionTooLargeError,
    ServiceError,
    TableExistsError,
    TableNotFoundError,
    ThrottledError,
    TransactionCanceledError,
    TransactionConflictError,
)

__all__ = [
    "FAILURES",
    "Failure",
    "classify",
    "failure_of",
    "is_about_credentials",
    "of_reason",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A kind of failure.

    Attributes:
        what: Its name, for people.
        error: The error that Mizzle raises for it.
        codes: The service's error codes.
        statuses: The HTTP statuses, for an answer whose code is not known.
        exceptions: The types of exceptions, with their modules.
        reasons: The codes of a transaction's cancellation reasons.
        is_open: Whether a write may have been applied although it failed.
    """

    what: str
    error: type[ServiceError]
    codes: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    exceptions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    is_open: bool = False

    @property
    def is_retried(self) -> bool:
        """Whether the same request may succeed later."""
        return self.error.retryable


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
FAILURES: tuple[Failure, ...] = (
    Failure(
        what="throttled",
        error=ThrottledError,
        codes=(
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
        ),
        reasons=("ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded"),
    ),
    Failure(
        what="held by a transaction",
        error=TransactionConflictError,
        codes=("TransactionConflictException", "TransactionInProgressException"),
        reasons=("TransactionConflict",),
    ),
    Failure(
        what="failed inside DynamoDB, or on the way to it",
        error=InternalServiceError,
        codes=("InternalServerError", "ServiceUnavailable"),
        statuses=(500, 502, 503, 504),
        is_open=True,
    ),
    Failure(
        what="not connected",
        error=ConnectionFailedError,
        exceptions=("botocore.exceptions.ConnectionError", "builtins.ConnectionRefusedError"),
    ),
    Failure(
        what="connection broken, or no answer in time",
        error=ConnectionFailedError,
        exceptions=(
            "botocore.exceptions.HTTPClientError",
            # Of botocore's connection errors, the one that can come later than the handshake.
            "botocore.exceptions.SSLError",
            # A proxy may have passed the request on before it broke off. Whether it could not even
            # be reached, or refused to connect, is seen from the cause: see `_is_before_sending`.
            "botocore.exceptions.ProxyConnectionError",
            "builtins.ConnectionError",
            "builtins.TimeoutError",
        ),
        is_open=True,
    ),
    Failure(
        what="answer damaged",
        error=DamagedAnswerError,
        exceptions=(
            "botocore.exceptions.ChecksumError",
            "botocore.exceptions.IncompleteReadError",
            "botocore.parsers.ResponseParserError",
        ),
        is_open=True,
    ),
    Failure(
        what="condition not met",
        error=ConditionFailedError,
        codes=("ConditionalCheckFailedException",),
        reasons=("ConditionalCheckFailed",),
    ),
    Failure(
        what="request refused",
        error=InvalidRequestError,
        codes=("ValidationException", "SerializationException"),
        reasons=("ValidationError",),
    ),
    Failure(
        what="access denied, or credentials expired",
        error=AccessDeniedError,
        codes=(
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "MissingAuthenticationTokenException",
            "UnrecognizedClientException",
        ),
    ),
    Failure(
        what="no such table or index",
        error=TableNotFoundError,
        codes=("ResourceNotFoundException",),
    ),
    Failure(
        what="table exists already",
        error=TableExistsError,
        codes=("ResourceInUseException",),
    ),
    Failure(
        what="item collection too large",
        error=ItemCollectionTooLargeError,
        codes=("ItemCollectionSizeLimitExceededException",),
        reasons=("ItemCollectionSizeLimitExceeded",),
    ),
    Failure(
        what="transaction cancelled",
        error=TransactionCanceledError,
        codes=("TransactionCanceledException",),
    ),
)
"""Every kind of failure that Mizzle knows; any other is a `ServiceError`, and not retried."""

_BY_CODE = {code: failure for failure in FAILURES for code in failure.codes}
_BY_STATUS = {status: failure for failure in FAILURES for status in failure.statuses}
_BY_EXCEPTION = {name: failure for failure in FAILURES for name in failure.exceptions}
_BY_REASON = {code: failure for failure in FAILURES for code in failure.reasons}

_NOT_CONNECTED = _BY_EXCEPTION["botocore.exceptions.ConnectionError"]
# What urllib3 or Python raises before there is a connection to send anything over.
_BEFORE_CONNECTING = {
    "builtins.ConnectionRefusedError",
    "socket.gaierror",
    "urllib3.exceptions.ConnectTimeoutError",
    "urllib3.exceptions.NewConnectionError",
}
# http.client's words for a CONNECT that the proxy answers with another status than 200.
_TUNNEL_REFUSED = "Tunnel connection failed"
_BAD_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"

_OTHER = Failure(what="any other refusal", error=ServiceError)


def classify(code: str, status: int | None, reasons: Sequence[Any] = ()) -> type[ServiceError]:
    """Find the error for what the service answered.

    Args:
        code: Its error code.
        status: The HTTP status, which counts if the code is not known.
        reasons: Why a transaction was cancelled, one reason per action.
    """
    return (_find(code, status, reasons) or _OTHER).error


def failure_of(error: BaseException) -> Failure | None:
    """Find the failure for an exception that is none of ours; None if it is not one of the table.

    Args:
        error: An exception of botocore's or of Python's own.
    """
    response: Any = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        parsed = cast("dict[str, Any]", response)
        return _find(
            parsed["Error"].get("Code", ""),
            parsed.get("ResponseMetadata", {}).get("HTTPStatusCode"),
            parsed.get("CancellationReasons", ()),
        )
    for name in _names(error):
        found = _BY_EXCEPTION.get(name)
        if found is not None:
            is_proxys = name == "botocore.exceptions.ProxyConnectionError"
            return _NOT_CONNECTED if is_proxys and _is_before_sending(error) else found
    return None


def is_about_credentials(error: ServiceError) -> bool:
    """Tell whether a refusal is about who asks, and so concerns every item alike."""
    return isinstance(error, AccessDeniedError) and error.code != "AccessDeniedException"


def of_reason(code: str) -> type[ServiceError]:
    """Find the error for one reason of a cancelled transaction."""
    return _BY_REASON.get(code, _OTHER).error


def _names(error: BaseException) -> list[str]:
    return [f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__]


def _is_before_sending(error: Any) -> bool:
    """Tell whether a proxy certainly took no request, from what botocore wraps."""
    cause: Any = error.kwargs.get("error")
    # urllib3's ProxyError keeps what it stands for.
    cause = getattr(cause, "original_error", cause)
    if not isinstance(cause, BaseException):
        return False
    is_refused = isinstance(cause, OSError) and str(cause).startswith(_TUNNEL_REFUSED)
    # A certificate is checked in the handshake.
    is_refused = is_refused or _BAD_CERTIFICATE in str(cause)
    return is_refused or not _BEFORE_CONNECTING.isdisjoint(_names(cause))


def _find(code: str, status: int | None, reasons: Sequence[Any]) -> Failure | None:
    found = _BY_CODE.get(code) or _BY_STATUS.get(status or 0)
    if found is None or found.error is not TransactionCanceledError:
        return found
    # A whole transaction may succeed later if each of its reasons is of that kind.
    causes = [_BY_REASON.get(code, _OTHER) for code in map(_code_of, reasons) if code]
    is_passing = bool(causes) and all(cause.is_retried for cause in causes)
    return causes[0] if is_passing else found


def _code_of(reason: Any) -> str | None:
    """Give the code of a cancellation reason; None for an action that is not to blame."""
    code: str | None = reason.get("Code")
    return None if code == "None" else code
