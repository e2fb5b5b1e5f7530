"""What an entity remembers of the item that it was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mizzle.request import Item

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["origin_of", "read_key", "read_marks", "remember"]


def read_key(entity: Entity) -> Item | None:
    """Give the key attributes that an entity was read with; None if it was made in memory."""
    return getattr(entity, "__mizzle_key__", None)


def read_marks(entity: Entity) -> Item:
    """Give the write ids of the item that an entity was read from."""
    return getattr(entity, "__mizzle_marks__", {})


def origin_of(entity: Entity) -> dict[str, Item]:
    """Give all that is remembered of the item that an entity was read from."""
    found = {"__mizzle_key__": read_key(entity), "__mizzle_marks__": read_marks(entity)}
    return {name: part for name, part in found.items() if part}


def remember(entity: Entity, **origin: Item) -> None:
    """Keep the key or the write ids of the item that an entity was read from."""
    for name, part in origin.items():
        object.__setattr__(entity, name, part)
