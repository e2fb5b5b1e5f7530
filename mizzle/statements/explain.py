"""A request as a person reads it."""

from __future__ import annotations

import re
from typing import Any

from mizzle.request import Request

__all__ = ["explain_request"]

_EXPRESSIONS = {
    "KeyConditionExpression": "key condition",
    "UpdateExpression": "update",
    "ConditionExpression": "condition",
    "FilterExpression": "filter",
    "ProjectionExpression": "projection",
}
_MARK = re.compile(r"[#:]\w+")


def explain_request(request: Request, reason: str | None = None) -> str:
    """Write a request with its names and values in place."""
    body = request.body
    index = f", index {body['IndexName']}" if "IndexName" in body else ""
    lines = [f"{request.operation} on table {body['TableName']}{index}"]
    if reason:
        lines.append(f"  why: {reason}")
    for name in ("Key", "Item"):
        if name in body:
            shown = ", ".join(f"{k} = {_show(v)}" for k, v in body[name].items())
            lines.append(f"  {name.lower()}: {shown}")
    for name, label in _EXPRESSIONS.items():
        if name in body:
            lines.append(f"  {label}: {_filled(body[name], body)}")
    if "Limit" in body:
        lines.append(f"  page size: {body['Limit']}")
    if body.get("ScanIndexForward") is False:
        lines.append("  order: descending")
    if request.operation in {"GetItem", "Query", "Scan"}:
        read = "strong" if body.get("ConsistentRead") else "eventual"
        lines.append(f"  consistency: {read}")
    if "FilterExpression" in body:
        lines.append("  warning: the filter reads (and bills) items that it does not return")
    return "\n".join(lines)


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
