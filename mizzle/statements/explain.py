"""A request as a person reads it."""

from __future__ import annotations

import re
from typing import Any

from mizzle.request import Request

__all__ = ["explain", "explain_request"]

_EXPRESSIONS = {
    "KeyConditionExpression": "key condition",
    "UpdateExpression": "update",
    "ConditionExpression": "condition",
    "FilterExpression": "filter",
    "ProjectionExpression": "projection",
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


def explain_request(request: Request, reason: str | None = None) -> str:
    """Write a request with its names and values in place."""
    body = request.body
    if request.operation == "TransactWriteItems":
        ((kind, action),) = body["TransactItems"][0].items()
        shown = explain_request(Request(kind, action)).replace("\n", "\n  ")
        return f"TransactWriteItems of one action, applied once\n  {shown}"
    index = f", index {body['IndexName']}" if "IndexName" in body else ""
    lines = [f"{request.operation} on table {body['TableName']}{index}"]
    if reason:
        lines.append(f"why: {reason}")
    for name in ("Key", "Item"):
        if name in body:
            shown = ", ".join(f"{k} = {_show(v)}" for k, v in body[name].items())
            lines.append(f"{name.lower()}: {shown}")
    for name, label in _EXPRESSIONS.items():
        if name in body:
            lines.append(f"{label}: {_filled(body[name], body)}")
    return "\n  ".join(lines + _reading(request))


def _reading(request: Request) -> list[str]:
    """Describe how a read goes about it."""
    body = request.body
    lines: list[str] = []
    if "Limit" in body:
        lines.append(f"page size: {body['Limit']}")
    if body.get("ScanIndexForward") is False:
        lines.append("order: descending")
    if request.operation in {"GetItem", "Query", "Scan"}:
        read = "strong" if body.get("ConsistentRead") else "eventual"
        lines.append(f"consistency: {read}")
    if "FilterExpression" in body:
        lines.append("warning: the filter reads (and bills) items that it does not return")
    return lines


def _filled(text: str, body: Any) -> str:
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
        return f'"{raw}"'
    return "NULL" if kind == "NULL" else str(raw)
