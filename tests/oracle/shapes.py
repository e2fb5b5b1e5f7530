"""A table of the oracle: its entities, and how their keys are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from mizzle import Table
from tests.oracle.keys import Access, Part
from tests.oracle.models import Common

__all__ = ["Shape", "Templates", "accesses", "stray_keys"]

Templates: TypeAlias = dict[str | None, tuple[str | None, ...]]
"""The templates of an entity by index, those of the primary key under None.

A template is None where the key attribute is a plain field.
"""


class Shape(NamedTuple):
    """A table with its entities.

    Attributes:
        table: The table.
        accesses: The keys of each entity, the primary key first.
        stray: Primary keys that no template of the table writes.
        has_types: Whether items carry their entity's name.
    """

    table: Table
    accesses: Mapping[type[Common], tuple[Access, ...]]
    stray: tuple[dict[str, Any], ...] = ()
    has_types: bool = True

    @property
    def entities(self) -> list[type[Common]]:
        return list(self.accesses)

    @property
    def key_names(self) -> list[str]:
        primary, *_ = self.accesses[self.entities[0]]
        return [part.attribute for part in primary.parts]

    def __repr__(self) -> str:
        return f"<shape {self.table.name}>"


def accesses(table: Table, templates: Templates) -> tuple[Access, ...]:
    """Join an entity's templates with the key attributes that the table declares."""
    return tuple(_access(table, index, texts) for index, texts in templates.items())


def _access(table: Table, name: str | None, texts: tuple[str | None, ...]) -> Access:
    if name is None:
        keys = [table.partition_key, table.sort_key]
        return Access(None, _parts(keys, texts))
    index = table.indexes[name]
    keys = [index.partition_key or table.partition_key, index.sort_key]
    return Access(name, _parts(keys, texts), is_local=index.local)


def _parts(keys: Iterable[Any], texts: Iterable[str | None]) -> tuple[Part, ...]:
    names = [key.name for key in keys if key is not None]
    return tuple(Part(name, text) for name, text in zip(names, texts, strict=True))


def stray_keys(*sorts: str) -> tuple[dict[str, Any], ...]:
    """Make keys that no template writes, in the partitions that the entities share."""
    boxes = ("BOX#p", "BOX#q")
    return tuple({"pk": {"S": box}, "sk": {"S": sort}} for box in boxes for sort in sorts)
