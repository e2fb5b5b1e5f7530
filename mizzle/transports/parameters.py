"""Between wire JSON and the parameters and results of boto3's client methods.

They differ in binary values (base64 text on the wire, `bytes` in boto3) and in timestamps.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from mizzle.request import Answer, Item, Request

__all__ = ["answer_of", "full_parameters", "item_of", "placeholders"]


def placeholders(request: Request) -> dict[str, Any] | None:
    """Give the smallest parameters that botocore accepts for a data operation.

    They keep the real names of the tables, which tracing shows and endpoint rules read.

    Returns:
        The parameters, or None for an operation that is sent with its own.
    """
    build = _PLACEHOLDERS.get(request.operation)
    return None if build is None else build(request.tables)


def _with_key(tables: Sequence[str]) -> dict[str, Any]:
    return {"TableName": tables[0], "Key": {}}


def _with_item(tables: Sequence[str]) -> dict[str, Any]:
    return {"TableName": tables[0], "Item": {}}


def _with_table(tables: Sequence[str]) -> dict[str, Any]:
    return {"TableName": tables[0]}


def _with_keys_per_table(tables: Sequence[str]) -> dict[str, Any]:
    return {"RequestItems": {table: {"Keys": [{}]} for table in tables}}


def _with_write_per_table(tables: Sequence[str]) -> dict[str, Any]:
    return {"RequestItems": {table: [{}] for table in tables}}


def _with_put_per_table(tables: Sequence[str]) -> dict[str, Any]:
    return {"TransactItems": [{"Put": {"TableName": table, "Item": {}}} for table in tables]}


def _with_get_per_table(tables: Sequence[str]) -> dict[str, Any]:
    return {"TransactItems": [{"Get": {"TableName": table, "Key": {}}} for table in tables]}


_PLACEHOLDERS: dict[str, Callable[[Sequence[str]], dict[str, Any]]] = {
    "GetItem": _with_key,
    "PutItem": _with_item,
    "UpdateItem": _with_key,
    "DeleteItem": _with_key,
    "Query": _with_table,
    "Scan": _with_table,
    "BatchGetItem": _with_keys_per_table,
    "BatchWriteItem": _with_write_per_table,
    "TransactGetItems": _with_get_per_table,
    "TransactWriteItems": _with_put_per_table,
}


def full_parameters(request: Request) -> dict[str, Any]:
    """Give a request's body as boto3 takes it: binary values as bytes."""
    return {name: _with_bytes(part) for name, part in request.body.items()}


def _with_bytes(part: Any) -> Any:
    if isinstance(part, Mapping):
        return _mapping_with_bytes(cast("Mapping[str, Any]", part))
    if isinstance(part, (list, tuple)):
        return [_with_bytes(value) for value in cast("Sequence[Any]", part)]
    return part


def _mapping_with_bytes(part: Mapping[str, Any]) -> dict[str, Any]:
    # An attribute or a table may be called "B" or "BS" too, but then what it holds is an object,
    # or a list of objects; text stands there in a binary attribute value only.
    match part:
        case {"B": str(text)} if len(part) == 1:
            return {"B": base64.b64decode(text)}
        case {"BS": [str(), *_] as members} if len(part) == 1:
            return {"BS": [base64.b64decode(member) for member in cast("list[str]", members)]}
        case _:
            return {name: _with_bytes(value) for name, value in part.items()}


def answer_of(parsed: Mapping[str, Any]) -> Answer:
    """Give the answer that botocore has parsed its wire form back, timestamps as ISO text."""
    body = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    return Answer(_dump(body))


def item_of(parsed: Any) -> Item | None:
    """Give an item that botocore has parsed its wire form back."""
    if not parsed:
        return None
    item: Item = json.loads(_dump(parsed))
    return item


def _dump(parsed: Any) -> bytes:
    text = json.dumps(parsed, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return text.encode()


def _plain(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    # The only other thing that botocore's parser makes is a datetime.
    text: str = value.isoformat()
    return text
