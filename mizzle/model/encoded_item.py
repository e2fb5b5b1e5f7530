"""An item on its way to DynamoDB: written as JSON, and a dict only for who asks."""

from __future__ import annotations

from typing import cast

from mizzle.request import Item, from_json, to_json

__all__ = ["EncodedItem"]


class EncodedItem:
    """An item as it is stored.

    Attributes:
        json: The item as a JSON object.
        key: Its key attributes.
        marks: The ids of writes that it bears.

    Args:
        bare: The item without ids of writes, as a JSON object.
        key: See above.
        marks: See above.
    """

    __slots__ = ("_bare", "json", "key", "marks")

    def __init__(self, bare: str, key: Item, marks: Item) -> None:
        self._bare = bare
        self.json = f"{bare[:-1]},{to_json(marks)[1:]}" if marks else bare
        self.key = key
        self.marks = marks

    @property
    def item(self) -> Item:
        """The attributes."""
        return cast("Item", from_json(self.json.encode()))

    def marked(self, marks: Item) -> EncodedItem:
        """Give it with other ids of writes."""
        return EncodedItem(self._bare, self.key, marks)
