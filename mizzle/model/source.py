"""What a select reads from: one entity, or a whole table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mizzle.errors import ItemDecodeError
    from mizzle.model.codecs import DocumentCodec
    from mizzle.model.entity import Entity
    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.table import Table
    from mizzle.request import AttributeValue, Item

__all__ = ["Source"]


class Source(Protocol):
    """Items that can be told from others, and what is known of them."""

    @property
    def label(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def entity(self) -> type[Entity] | None:
        """The entity's class; None if there are several."""
        ...

    @property
    def table(self) -> Table:
        """The table that the items are in."""
        ...

    @property
    def paths(self) -> dict[Any, Any]:
        """The paths to fields that have been followed before."""
        ...

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the primary key's attributes, partition first."""
        ...

    @property
    def key_parts(self) -> tuple[KeyPart, ...]:
        """The parts of the primary key."""
        ...

    @property
    def read_from_keys(self) -> frozenset[str]:
        """The attributes that other programs may have stored in the primary key only."""
        ...

    def codec_of(self, owner: type, path: object) -> DocumentCodec:
        """Find the codec of the class that an attribute path starts from."""
        ...

    def is_optional(self, name: str) -> bool:
        """Tell whether a field can be None."""
        ...

    def whole_attributes(self) -> frozenset[str] | None:
        """List the attributes that an item can have; None if nobody can tell."""
        ...

    def type_names(self) -> list[str]:
        """List what the type attribute of an item can be; empty if anything."""
        ...

    @property
    def known_types(self) -> Collection[str]:
        """What the type attribute says of each that is one of them, as far as it is there."""
        ...

    def is_partial(self, access: AccessKey | None) -> bool:
        """Tell whether items that are read by a key may hold fields in key attributes only."""
        ...

    def completed(self, item: Item, access: AccessKey | None) -> Item:
        """Add the fields that an item holds only in its key attributes."""
        ...

    def describe(self, key: Mapping[str, AttributeValue]) -> str:
        """Write an item's key for a message."""
        ...

    def primary_of(self, item: Item) -> Item:
        """Take the primary key's attributes out of an item."""
        ...

    def owns(self, item: Item) -> bool:
        """Tell whether an item is one of them."""
        ...

    @property
    def decode(self) -> Callable[[Item], Any]:
        """What reads items as their entities; asked for once for many."""
        ...

    def unreadable(self, item: Item, error: Exception) -> ItemDecodeError:
        """Say that an item does not validate."""
        ...
