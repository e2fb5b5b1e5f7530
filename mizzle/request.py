"""The waist of the library: what goes to DynamoDB and what comes back, as wire JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self, TypeAlias, cast

_orjson: Any = None
# The extra `fast`.
with suppress(ImportError):
    import orjson

    _orjson = orjson

__all__ = ["Answer", "AttributeValue", "Item", "Request", "count_bytes", "from_json", "to_json"]

AttributeValue: TypeAlias = dict[str, Any]
"""One wire attribute value, such as `{"S": "u1"}`; binary is base64 text."""

Item: TypeAlias = dict[str, AttributeValue]
"""Attribute name to attribute value."""


def to_json(value: Any) -> str:
    """Write JSON as it is sent: compact, in UTF-8."""
    if _orjson is None:
        return _by_standard_library(value)
    try:
        text: str = _orjson.dumps(value).decode()
    except TypeError:
        # Of whole numbers it takes only those of 64 bits.
        return _by_standard_library(value)
    return text


def from_json(content: bytes) -> Any:
    """Read JSON as it was sent.

    Raises:
        ValueError: If it is none.
    """
    return json.loads(content) if _orjson is None else _orjson.loads(content)


def _by_standard_library(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def count_bytes(text: str) -> int:
    """Give the length of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


class Request:
    """One request, exactly as DynamoDB receives it.

    Attributes:
        operation: DynamoDB's name for it, such as `GetItem`.

    Args:
        operation: See above.
        body: The JSON body.
    """

    __slots__ = ("_body", "_json", "_tables", "operation")

    operation: str
    _body: Mapping[str, Any] | None
    _json: bytes | None
    _tables: tuple[str, ...] | None

    def __init__(self, operation: str, body: Mapping[str, Any]) -> None:
        _set_operation(self, operation)
        _set_body(self, body)
        _set_json(self, None)
        _set_tables(self, None)

    @classmethod
    def written(cls, operation: str, json: str, tables: tuple[str, ...]) -> Self:
        """Make a request whose JSON has been written already.

        Args:
            operation: See above.
            json: The body.
            tables: The names of the tables that it concerns.
        """
        request = cls.__new__(cls)
        _set_operation(request, operation)
        _set_body(request, None)
        _set_json(request, json.encode())
        _set_tables(request, tables)
        return request

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
        return f"Request({self.operation!r}, tables={self.tables})"

    @property
    def body(self) -> Mapping[str, Any]:
        """The JSON body, as it is parsed."""
        body = self._body
        if body is None:
            body = from_json(self._json or b"{}")
            _set_body(self, body)
        return body

    def to_json(self) -> bytes:
        """Give the bytes of the body, made once."""
        found = self._json
        if found is None:
            found = to_json(self.body).encode()
            _set_json(self, found)
        return found

    @property
    def subject(self) -> str:
        """What it does and to which tables, for messages."""
        names = ", ".join(map(repr, self.tables))
        noun = "table" if len(self.tables) == 1 else "tables"
        return f"{self.operation} on {noun} {names}" if names else self.operation

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that it concerns."""
        found = self._tables
        if found is None:
            found = _tables_of(self.body)
            _set_tables(self, found)
        return found


# Through their slots, as a request is frozen.
_set_operation: Any = Request.__dict__["operation"].__set__
_set_body: Any = Request.__dict__["_body"].__set__
_set_json: Any = Request.__dict__["_json"].__set__
_set_tables: Any = Request.__dict__["_tables"].__set__


def _tables_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    name = body.get("TableName")
    if name is not None:
        return (name,)
    if "RequestItems" in body:
        return tuple(body["RequestItems"])
    parts = [part for action in body.get("TransactItems", ()) for part in action.values()]
    return tuple(dict.fromkeys(part["TableName"] for part in parts if "TableName" in part))


class Answer:
    """The bytes that DynamoDB sent for one request.

    Attributes:
        content: The body as it came.
        elapsed_seconds: How long the statement had been running when it came.
    """

    __slots__ = ("_data", "content", "elapsed_seconds")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.elapsed_seconds = 0.0
        self._data: dict[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The body, parsed at the first access."""
        data = self._data
        if data is None:
            data = self._data = cast("dict[str, Any]", from_json(self.content or b"{}"))
        return data

    def take(self) -> dict[str, Any]:
        """Give the body, parsed, without keeping it: whoever takes it can let go of parts of it."""
        data, self._data = self.data, None
        return data

    @property
    def consumed_capacity(self) -> list[dict[str, Any]]:
        """What the request consumed, one entry per table; empty if it was not asked for.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
        """
        found: Any = self.data.get("ConsumedCapacity") or []
        return cast("list[dict[str, Any]]", found if isinstance(found, list) else [found])
