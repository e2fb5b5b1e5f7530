"""What the linter must know of a table: its keys, its indexes and what they project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.linter.values import check_value, comparable, only_type
from tests.linter.violation import GUIDE, REFERENCE, require

__all__ = ["IndexShape", "KeyShape", "TableShape"]

_LIMITS_PAGE = GUIDE + "Constraints.html"
_KEYS_PAGE = GUIDE + "HowItWorks.CoreComponents.html"
_PUT_PAGE = REFERENCE + "API_PutItem.html"
_MAX_PARTITION_KEY_BYTES = 2048
_MAX_SORT_KEY_BYTES = 1024


class KeyShape:
    """The key schema of a table or an index.

    Attributes:
        partition: The attribute's name.
        sort: The attribute's name, or None.
    """

    def __init__(self, schema: Any) -> None:
        by_role = {part["KeyType"]: part["AttributeName"] for part in schema}
        self.partition: str = by_role["HASH"]
        self.sort: str | None = by_role.get("RANGE")

    @property
    def names(self) -> set[str]:
        return {self.partition} | ({self.sort} if self.sort else set())


class IndexShape:
    """A secondary index.

    Attributes:
        key: Its key schema.
        is_local: Whether it shares the table's partition key.
        projected: The attributes beside the keys, or None for all.
    """

    def __init__(self, description: Mapping[str, Any], *, is_local: bool) -> None:
        self.key = KeyShape(description["KeySchema"])
        self.is_local = is_local
        projection = description.get("Projection", {})
        self.projected: set[str] | None = None
        if projection.get("ProjectionType", "ALL") != "ALL":
            self.projected = set(projection.get("NonKeyAttributes", ()))


class TableShape:
    """A table, from what creates or describes it.

    Attributes:
        key: Its key schema.
        indexes: By name.
        types: The types of all key attributes.
    """

    def __init__(self, description: Mapping[str, Any]) -> None:
        self.key = KeyShape(description["KeySchema"])
        self.indexes = {
            index["IndexName"]: IndexShape(index, is_local=field.startswith("Local"))
            for field in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            for index in description.get(field) or ()
        }
        self.types: dict[str, str] = {
            definition["AttributeName"]: definition["AttributeType"]
            for definition in description.get("AttributeDefinitions", ())
        }

    def check_key(self, key: Mapping[str, Any]) -> None:
        """Check that a key has the key attributes, all and nothing else."""
        require(
            set(key) == self.key.names,
            f"a key has the attributes {sorted(self.key.names)}, not {sorted(key)}",
            _KEYS_PAGE,
        )
        self.check_key_values(key)

    def check_start_key(self, key: Mapping[str, Any], index: IndexShape | None) -> None:
        """Check an ExclusiveStartKey: the table's key attributes and the index's."""
        expected = self.key.names | (index.key.names if index else set())
        require(
            set(key) == expected,
            f"an ExclusiveStartKey has the attributes {sorted(expected)}, not {sorted(key)}",
            REFERENCE + "API_Query.html",
        )
        self.check_key_values(key)

    def check_item(self, item: Mapping[str, Any]) -> None:
        """Check an item's key attributes, those of indexes included."""
        missing = sorted(self.key.names - set(item))
        require(not missing, f"the item has no {', '.join(missing)}", _PUT_PAGE)
        self.check_key_values(item)

    def check_key_values(self, attributes: Mapping[str, Any]) -> None:
        """Check those attributes that are part of any key."""
        for name in self.types.keys() & attributes.keys():
            self._check_key_value(name, attributes[name])

    def _check_key_value(self, name: str, wire: Mapping[str, Any]) -> None:
        check_value(wire)
        kind, expected = only_type(wire), self.types[name]
        require(kind == expected, f"key attribute {name} is {expected}, not {kind}", _PUT_PAGE)
        if kind == "N":
            return
        size_bytes = len(comparable(wire))
        require(size_bytes, f"key attribute {name} is empty", _PUT_PAGE)
        limit = self._limit_bytes(name)
        require(
            size_bytes <= limit,
            f"key attribute {name} has {size_bytes:,} bytes, more than {limit:,}",
            _LIMITS_PAGE,
        )

    def _limit_bytes(self, name: str) -> int:
        keys = [self.key, *(index.key for index in self.indexes.values())]
        sorts = any(key.sort == name for key in keys)
        return _MAX_SORT_KEY_BYTES if sorts else _MAX_PARTITION_KEY_BYTES
