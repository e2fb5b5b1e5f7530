"""An error's body, read as botocore reads it."""

from __future__ import annotations

from typing import Any

# botocore ships no types.
from botocore.awsrequest import HeadersDict  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.model import OperationNotFoundError  # type: ignore[import-untyped]
from botocore.parsers import create_parser  # type: ignore[import-untyped]

from mizzle.transports.answers import Received

__all__ = ["refusal"]


def refusal(service: Any, operation: str, received: Received) -> Exception:
    """Give the `ClientError` for a refusal; binary values in it are bytes.

    Args:
        service: botocore's model of DynamoDB.
        operation: What was refused.
        received: The answer.
    """
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
    error: Exception = ClientError(parsed, operation)
    return error


def _output_of(service: Any, operation: str) -> Any:
    try:
        return service.operation_model(operation).output_shape
    except OperationNotFoundError:
        return None
