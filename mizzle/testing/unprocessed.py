"""Batches of which DynamoDB leaves a part unprocessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from mizzle.request import Request

__all__ = ["count_items", "part_batch", "with_unprocessed"]

# What DynamoDB calls the part of a batch that it leaves to be sent again.
_UNPROCESSED = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}

# And what else each of its answers has.
_ALWAYS_THERE: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"Responses": {}},
    "BatchWriteItem": {},
}

_Body: TypeAlias = Mapping[str, Any]

# BatchWriteItem lists a table's requests, BatchGetItem puts its keys beside other members.
_Entry: TypeAlias = Sequence[Any] | Mapping[str, Any]


def count_items(request: Request) -> int:
    """Say how many items a batch asks for; 0 for what is no batch."""
    if request.operation not in _UNPROCESSED:
        return 0
    return sum(len(_items_of(entry)) for entry in request.body["RequestItems"].values())


def part_batch(request: Request, unprocessed: Sequence[bool]) -> tuple[Request | None, _Body]:
    """Part a batch into what is processed and what is not.

    Args:
        request: A `BatchGetItem` or `BatchWriteItem`.
        unprocessed: For each of its items, in order, whether it is left unprocessed.

    Returns:
        The request for the others, or None if there are none; and the unprocessed, as `RequestItems`.
    """
    marks = iter(unprocessed)
    processed: dict[str, Any] = {}
    held_back: dict[str, Any] = {}
    for table, entry in request.body["RequestItems"].items():
        marked = [(item, next(marks)) for item in _items_of(entry)]
        for parts, wanted in ((processed, False), (held_back, True)):
            items = [item for item, mark in marked if mark is wanted]
            if items:
                parts[table] = _with_items(entry, items)
    if not processed:
        return None, held_back
    return Request(request.operation, {**request.body, "RequestItems": processed}), held_back


def with_unprocessed(
    operation: str, answer: _Body, held_back: _Body, *, keep_fields: bool = True
) -> dict[str, Any]:
    """Add what was held back from a batch to its answer.

    Args:
        operation: `BatchGetItem` or `BatchWriteItem`.
        answer: The answer's body, which may hold unprocessed items of its own; empty if nothing
            was processed.
        held_back: As `part_batch` gives it.
        keep_fields: Whether unprocessed keys keep the request's projection and consistency.
    """
    name = _UNPROCESSED[operation]
    merged: dict[str, Any] = dict(answer.get(name) or {})
    for table, entry in held_back.items():
        own: Sequence[Any] = _items_of(merged[table]) if table in merged else []
        merged[table] = _with_items(entry, [*own, *_items_of(entry)])
    if not keep_fields and operation == "BatchGetItem":
        merged = {table: {"Keys": _items_of(entry)} for table, entry in merged.items()}
    return {**_ALWAYS_THERE[operation], **answer, name: merged}


def _items_of(entry: _Entry) -> Sequence[Any]:
    return entry["Keys"] if isinstance(entry, Mapping) else entry


def _with_items(entry: _Entry, items: list[Any]) -> _Entry:
    return {**entry, "Keys": items} if isinstance(entry, Mapping) else items
