"""An item on its way to DynamoDB: written as JSON, and a dict only for who asks."""

from __future__ import annotations

from typing import cast

from mizzle.request import Item, count_bytes, from_json, to_json

__all__ = ["EncodedItem"]


class EncodedItem:
    """An item as it is stored.

    Attributes:
        key: Its key attributes.
        marks: The ids of writes that it bears.

    Args:
        json: The item without ids of writes, as a JSON object.
        key: See above.
        marks: See above.
    """

    __slots__ = ("_json", "key", "marks")

    def __init__(self, json: str, key: Item, marks: Item) -> None:
        self._json = json
        self.key = key
        self.marks = marks

    @property
    def json(self) -> str:
        """The whole item as a JSON object."""
        return f"{self._json[:-1]},{to_json(self.marks)[1:]}" if self.marks else self._json

    @property
    def json_bytes(self) -> int:
        """The length of the JSON; the item itself is always shorter."""
        return count_bytes(self.json)

    @property
    def item(self) -> Item:
        """The attributes."""
        return cast("Item", from_json(self._json.encode())) | self.marks

    def marked(self, marks: Item) -> EncodedItem:
        """Give it with other ids of writes."""
        return EncodedItem(self._json, self.key, marks)
