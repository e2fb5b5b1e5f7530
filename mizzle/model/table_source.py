"""A table as something to select from: every entity of it at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from mizzle.errors import ItemDecodeError, StatementError
from mizzle.model.keys import KeyPart, show_key
from mizzle.model.schema import EntitySchema, schema_of

if TYPE_CHECKING:
    from mizzle.model.codecs import DocumentCodec
    from mizzle.model.entity import Entity
    from mizzle.model.keys import AccessKey
    from mizzle.model.table import Table
    from mizzle.request import AttributeValue, Item

__all__ = ["TableSource"]


class TableSource:
    """All entities of a table.

    A condition is about the attribute of that name in every item, whichever entity it is of; each item
    is decoded by the model of its own.

    Attributes:
        table: The table.
        label: The table's name.
        paths: The paths to fields that have been followed before.
        key_names: The names of its primary key's attributes.
        key_parts: The parts of its primary key.
    """

    entity: type[Entity] | None = None

    def __init__(self, table: Table) -> None:
        self.table = table
        self.label = table.name
        self.paths: dict[Any, Any] = {}
        self.key_names = tuple([attribute.name for attribute in table.primary_key])
        self.key_parts = tuple(
            KeyPart(attribute, template=None, field=None, fields=(), is_sort=bool(position))
            for position, attribute in enumerate(table.primary_key)
        )
        entities = dict(table.entities)
        self._schemas = {name: schema_of(cls) for name, cls in entities.items()}

    @property
    def read_from_keys(self) -> frozenset[str]:
        """The attributes that other programs may have stored in the primary key only."""
        return frozenset[str]().union(*(schema.read_from_keys for schema in self._schemas.values()))

    def codec_of(self, owner: type, path: object) -> DocumentCodec:
        """Find the codec of the class that an attribute path starts from.

        Raises:
            StatementError: If that is no entity of the table.
        """
        for schema in self._schemas.values():
            if schema.cls is owner:
                return schema.codec
        message = f"{path} is not an attribute of an entity of table {self.label}"
        raise StatementError(message)

    def is_optional(self, name: str) -> bool:
        """Tell whether a field can be None; a table has none of its own."""
        del name
        return False

    def whole_attributes(self) -> frozenset[str] | None:
        """List the attributes that an item can have; nobody can tell."""
        return None

    def type_names(self) -> list[str]:
        """List what the type attribute of an item can be; it can be anything."""
        return []

    @property
    def known_types(self) -> Collection[str]:
        """What the type attribute says of items of its entities, as far as it is there."""
        return self._schemas.keys()

    def is_partial(self, access: AccessKey | None) -> bool:
        """Tell whether items may hold fields in key attributes only."""
        del access
        return bool(self.read_from_keys)

    def completed(self, item: Item, access: AccessKey | None) -> Item:
        """Add the fields that an item holds only in its key attributes."""
        owner = self._owner(item)
        return item if owner is None else owner.completed(item, access)

    def describe(self, key: Mapping[str, AttributeValue]) -> str:
        """Write an item's key for a message."""
        return f"{self.label}({show_key(key)})"

    def primary_of(self, item: Item) -> Item:
        """Take the primary key's attributes out of an item."""
        return {name: item[name] for name in self.key_names}

    def owns(self, item: Item) -> bool:
        """Tell whether an item is of an entity of the table."""
        return self._owner(item) is not None

    def decode(self, item: Item) -> Any:
        """Read an item that an entity of the table owns.

        Raises:
            ItemDecodeError: If the item does not validate.
        """
        owner = self._owner(item)
        assert owner is not None  # noqa: S101  # only items that are owned are read
        return owner.items.read(item)

    def unreadable(self, item: Item, error: Exception) -> ItemDecodeError:
        """Say that an item does not validate."""
        owner = self._owner(item)
        assert owner is not None  # noqa: S101  # only items that are owned are read
        return owner.unreadable(item, error)

    def _owner(self, item: Item) -> EntitySchema | None:
        kind = item.get(self.table.type_attribute or "")
        if kind is not None:
            return self._schemas.get(kind.get("S", ""))
        return next((schema for schema in self._schemas.values() if schema.owns(item)), None)
