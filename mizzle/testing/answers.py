"""What DynamoDB answers when it refuses a request, and what Mizzle raises for it and for no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mizzle.errors import (
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    ServiceError,
    ThrottledError,
    TransactionConflictError,
)
from mizzle.request import Request
from mizzle.testing.plan import Fault

__all__ = ["REFUSALS", "Refusal", "error_of"]

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})

_REQUEST_ID = "INJECTED-BY-MIZZLE-TESTING"


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


def error_of(fault: Fault, request: Request) -> ServiceError:
    """Make the error that the transport over boto3 raises for a fault."""
    subject = request.subject
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
        f"{request.subject}: {refusal.code}: {text}.",
        code=refusal.code,
        status=refusal.status,
        request_id=_REQUEST_ID,
        reasons=refusal.throttling_reasons(request),
    )


def _arn_of(table: str) -> str:
    if table.startswith("arn:"):
        return table
    return f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
