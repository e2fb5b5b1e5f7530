"""A request as a person reads it."""

from __future__ import annotations

import json
import re
from typing import Any

from mizzle.request import Request

__all__ = ["consistency", "explain", "explain_request", "filled", "show_item"]

_EXPRESSIONS = {
    "UpdateExpression": "update",
    "ConditionExpression": "condition",
}
_MARK = re.compile(r"[#:]\w+")


def explain(compiled: Request | list[Request]) -> str:
    """Write what a statement compiles to."""
    if isinstance(compiled, Request):
        return explain_request(compiled)
    if not compiled:
        return "No request: the batch is empty."
    names = dict.fromkeys(name for request in compiled for name in request.tables)
    parts = sum(
        _count(part) for request in compiled for part in request.body["RequestItems"].values()
    )
    return (
        f"{compiled[0].operation} on table {', '.join(names)}\n"
        f"  {_number(parts, 'item')} in {_number(len(compiled), 'request')}"
    )


def _count(part: Any) -> int:
    # The keys of a BatchGetItem stand beside their options.
    return len(part["Keys"]) if "Keys" in part else len(part)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def explain_request(request: Request) -> str:
    """Write a request with its names and values in place."""
    body = request.body
    if request.operation == "TransactWriteItems":
        ((kind, action),) = body["TransactItems"][0].items()
        shown = explain_request(Request(kind, action)).replace("\n", "\n  ")
        return f"TransactWriteItems of one action, applied once\n  {shown}"
    lines = [f"{request.operation} on table {body['TableName']}"]
    lines += [f"{n.lower()}: {show_item(body[n])}" for n in ("Key", "Item") if n in body]
    lines += [f"{label}: {filled(body[n], body)}" for n, label in _EXPRESSIONS.items() if n in body]
    if request.operation == "GetItem":
        lines.append(consistency(is_consistent="ConsistentRead" in body))
    return "\n  ".join(lines)


def consistency(*, is_consistent: bool) -> str:
    """Write the line about a read's consistency."""
    return f"consistency: {'strong' if is_consistent else 'eventual'}"


def show_item(item: Any) -> str:
    """Write an item or a key with its values in place."""
    return ", ".join(f"{name} = {_show(value)}" for name, value in item.items())


def filled(text: str, body: Any) -> str:
    """Put names and values into an expression where its placeholders are."""
    names = body.get("ExpressionAttributeNames", {})
    values = body.get("ExpressionAttributeValues", {})

    def fill(match: re.Match[str]) -> str:
        mark = match.group()
        return str(names[mark]) if mark in names else _show(values[mark])

    return _MARK.sub(fill, text)


def _show(value: Any) -> str:
    ((kind, raw),) = value.items()
    if kind == "M":
        return "{" + ", ".join(f"{name}: {_show(member)}" for name, member in raw.items()) + "}"
    if kind == "L":
        return "[" + ", ".join(map(_show, raw)) + "]"
    if kind in {"SS", "NS", "BS"}:
        return "{" + ", ".join(raw) + "}"
    if kind == "S":
        return json.dumps(raw, ensure_ascii=False)
    return "NULL" if kind == "NULL" else str(raw)
