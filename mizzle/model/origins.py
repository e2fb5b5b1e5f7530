"""What an entity remembers of the item that it was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from mizzle.model.table import WRITE_IDS
from mizzle.request import Item

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["ReadKey", "origin_of", "read_key", "read_marks", "remember", "remember_marks"]


ReadKey: TypeAlias = Item | tuple[str, ...]
"""The key attributes that an entity was read with: only their raw values, partition first, if they are of the
types that the table gives them. A page's entities hold thousands."""


def read_key(entity: Entity) -> ReadKey | None:
    """Give the key that an entity was read with; None if it was made in memory."""
    found: ReadKey | None = _held(entity, "__mizzle_key__")
    return found


def read_marks(entity: Entity) -> Item:
    """Give the write ids of the item that an entity was read from."""
    return _held(entity, "__mizzle_marks__") or {}


def _held(entity: Entity, name: str) -> Any:
    try:
        # What is not there is looked for no further, as a model would.
        return object.__getattribute__(entity, name)
    except AttributeError:
        return None


def origin_of(entity: Entity) -> dict[str, Any]:
    """Give all that is remembered of the item that an entity was read from."""
    found: dict[str, Any] = {
        "__mizzle_key__": read_key(entity),
        "__mizzle_marks__": read_marks(entity),
    }
    return {name: part for name, part in found.items() if part}


def remember_marks(entity: Entity, item: Item) -> None:
    """Keep the write ids of the item that an entity was read from."""
    remember(entity, __mizzle_marks__={name: item[name] for name in WRITE_IDS if name in item})


def remember(entity: Entity, **origin: ReadKey) -> None:
    """Keep the key or the write ids of the item that an entity was read from."""
    for name, part in origin.items():
        object.__setattr__(entity, name, part)
