"""An error's body, read as botocore reads it."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import responses
from typing import Any

# botocore ships no types.
from botocore.awsrequest import HeadersDict  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.model import OperationNotFoundError  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError, create_parser  # type: ignore[import-untyped]

from mizzle.transports.answers import Received

__all__ = ["UNREADABLE", "refusal", "refusal_by_status"]

UNREADABLE: tuple[type[Exception], ...] = (
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    ResponseParserError,
)
"""What botocore's parser raises for a body that is not DynamoDB's."""


def refusal(service: Any, operation: str, received: Received) -> Exception:
    """Give the `ClientError` for a refusal; binary values in it are bytes.

    If something else than DynamoDB wrote the body, so that it cannot be read, the status has to do.

    Args:
        service: botocore's model of DynamoDB.
        operation: What was refused.
        received: The answer.
    """
    try:
        parsed = _parse(service, operation, received)
    except UNREADABLE:
        return refusal_by_status(operation, received.status, received.headers)
    error: Exception = ClientError(parsed, operation)
    return error


def refusal_by_status(operation: str, status: int, headers: Mapping[str, str]) -> Exception:
    """Give the `ClientError` for a refusal of which only the head can be read.

    Args:
        operation: What was refused.
        status: The HTTP status.
        headers: A name in small letters finds its header.
    """
    # As botocore does with a page of HTML.
    error = {"Code": str(status), "Message": responses.get(status, "")}
    metadata = {"HTTPStatusCode": status, "RequestId": headers.get("x-amzn-requestid")}
    found: Exception = ClientError({"Error": error, "ResponseMetadata": metadata}, operation)
    return found


def _parse(service: Any, operation: str, received: Received) -> dict[str, Any]:
    parser: Any = create_parser("json")
    answer = {
        "status_code": received.status,
        "headers": HeadersDict(received.headers.items()),
        "body": received.content,
        "context": {"operation_name": operation},
    }
    parsed: dict[str, Any] = parser.parse(answer, _output_of(service, operation))
    # The fields that an error has of its own are read in a second pass, as botocore does.
    shape = service.shape_for_error_code(parsed.get("Error", {}).get("Code"))
    if shape is not None:
        parsed.update(parser.parse(answer, shape))
    return parsed


def _output_of(service: Any, operation: str) -> Any:
    try:
        return service.operation_model(operation).output_shape
    except OperationNotFoundError:
        return None
