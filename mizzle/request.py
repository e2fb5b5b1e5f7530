"""The waist of the library: what goes to DynamoDB and what comes back, as wire JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = ["Answer", "AttributeValue", "Item", "Request"]

AttributeValue: TypeAlias = dict[str, Any]
"""One wire attribute value, such as `{"S": "u1"}`; binary is base64 text."""

Item: TypeAlias = dict[str, AttributeValue]
"""Attribute name to attribute value."""


class Request:
    """One request, exactly as DynamoDB receives it.

    Attributes:
        operation: DynamoDB's name for it, such as `GetItem`.
        body: The JSON body.
    """

    __slots__ = ("_json", "body", "operation")

    operation: str
    body: Mapping[str, Any]
    _json: bytes | None

    def __init__(self, operation: str, body: Mapping[str, Any]) -> None:
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "body", body)
        object.__setattr__(self, "_json", None)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"a Request is frozen: {name} cannot be set"
        raise AttributeError(message)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return self.operation == other.operation and self.body == other.body

    __hash__ = None  # type: ignore[assignment]  # the body is a dict

    def __repr__(self) -> str:
        # The body holds item values, and a repr ends up in logs.
        return f"Request({self.operation!r}, table={self.body.get('TableName')!r})"

    def to_json(self) -> bytes:
        """Give the bytes of the body, made once."""
        if self._json is None:
            text = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
            object.__setattr__(self, "_json", text.encode())
        assert self._json is not None  # noqa: S101  # set above
        return self._json


class Answer:
    """The bytes that DynamoDB sent for one request.

    Attributes:
        content: The body as it came.
    """

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def data(self) -> dict[str, Any]:
        """The body, parsed anew at each access."""
        parsed: dict[str, Any] = json.loads(self.content) if self.content else {}
        return parsed
