"""What is measured, and what DynamoDB answers to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["OPERATIONS", "Operation"]

# How a library stores an instance, as attribute values.
ItemOf = Callable[[Any], dict[str, Any]]


class Operation(NamedTuple):
    """One operation on some items.

    Attributes:
        name: What the tables call it.
        method: The contenders' method.
        action: DynamoDB's name for it.
        count: How many items it is about; 0 is a page of 1 MB.
        repeats: How often it runs between two looks at the clock.
        turns: How many turns make a round; many short ones are disturbed less than a long one.
    """

    name: str
    method: str
    action: str
    count: int
    repeats: int
    turns: int

    def instances(self, shape: Shape) -> list[Any]:
        """Make what the operation is about."""
        return [shape.make(n) for n in range(self.count or shape.page)]

    def answer(self, shape: Shape, item_of: ItemOf) -> bytes:
        """Write the body of DynamoDB's answer."""
        return json.dumps(self._content(shape, item_of), separators=(",", ":")).encode()

    def _content(self, shape: Shape, item_of: ItemOf) -> dict[str, Any]:
        items = [item_of(each) for each in self.instances(shape)]
        match self.action:
            case "GetItem":
                return {"Item": items[0]}
            case "UpdateItem":
                changed = shape.make(0).model_copy(update=shape.changes)
                return {"Attributes": item_of(changed)}
            case "Query":
                return {"Items": items, "Count": len(items), "ScannedCount": len(items)}
            case "BatchGetItem":
                return {"Responses": {TABLE: items}, "UnprocessedKeys": {}}
            case "BatchWriteItem":
                return {"UnprocessedItems": {}}
            case _:
                return {}


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("GetItem", "get_item", "GetItem", 1, 20, 3),
        Operation("PutItem", "put_item", "PutItem", 1, 20, 3),
        Operation("UpdateItem", "update_item", "UpdateItem", 1, 20, 3),
        Operation("Query 100", "query", "Query", 100, 8, 2),
        Operation("Query 1 MB", "query", "Query", 0, 1, 2),
        Operation("BatchGetItem 100", "batch_get_item", "BatchGetItem", 100, 8, 2),
        Operation("BatchWriteItem 25", "batch_write_item", "BatchWriteItem", 25, 8, 2),
    )
}
