"""Items, drawn: of the entities of a table, and strangers in the same partitions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, TypeAlias, get_args

from hypothesis import strategies as st

from tests.oracle.keys import index_attributes, is_storable, primary_key
from tests.oracle.models import Common
from tests.oracle.pools import values_of, variant
from tests.oracle.shapes import Shape
from tests.oracle.wire import encode, encode_fields, field_of

__all__ = ["Quirk", "Row", "make", "plainest", "rows", "shown"]

Quirk: TypeAlias = Literal[
    "put", "stripped", "explicit", "keyless", "untyped", "ghost", "mistyped", "stray"
]
"""How an item got into the table.

`put` by the library; the others past it: without attributes that have defaults (`stripped`), with
NULL and [] where the library leaves them out (`explicit`), with the fields of its key in the key only
(`keyless`), without a type (`untyped`), with a type that nobody knows (`ghost`) or that is no text
(`mistyped`), with a key that no entity has (`stray`).
"""

_STRIPPED = ("nums", "ints", "limits", "five", "stops")


@dataclass(frozen=True, repr=False)
class Row:
    """An item, and what it reads as."""

    shape: Shape
    entity: Common
    quirk: Quirk
    key: dict[str, Any]

    @cached_property
    def item(self) -> dict[str, Any]:
        """The item as it is stored."""
        if self.quirk == "stray":
            return self.key | {"text": encode(self.entity.text), "num": encode(self.entity.num)}
        item = encode_fields(self.entity)
        if self.quirk == "stripped":
            item = {name: value for name, value in item.items() if name not in _STRIPPED}
        if self.quirk == "explicit":
            item = _absences(self.entity) | item
        if self.quirk == "keyless":
            item = {name: value for name, value in item.items() if name not in self._key_fields}
        for access in self.shape.accesses[type(self.entity)][1:]:
            item |= index_attributes(access, self.entity)
            item = _without_absent_keys(access, self.entity, item)
        return item | self.key | self._type()

    @cached_property
    def seen(self) -> dict[str, Any]:
        """The item as conditions see it: a field that stands in the key only is read from there."""
        if self.quirk != "keyless":
            return self.item
        return self.item | {name: encode(getattr(self.entity, name)) for name in self._key_fields}

    @property
    def _key_fields(self) -> tuple[str, ...]:
        return self.shape.accesses[type(self.entity)][0].fields

    def _type(self) -> dict[str, Any]:
        if not self.shape.has_types or self.quirk == "untyped":
            return {}
        kinds = {"ghost": {"S": "Ghost"}, "mistyped": {"N": "1"}}
        return {"_type": kinds.get(self.quirk, {"S": type(self.entity).__name__})}

    def read_as(self, cls: type[Common]) -> Common | None:
        """Give the entity as which a select of a class returns the item; None if it does not."""
        own = type(self.entity)
        if self.quirk in {"ghost", "mistyped", "stray"}:
            return None
        values = {name: getattr(self.entity, name) for name in own.model_fields}
        if self.quirk == "stripped":
            values = {name: value for name, value in values.items() if name not in _STRIPPED}
        if issubclass(own, cls):
            return make(own, values)
        # Whoever shares the key's template knows no better.
        mine, theirs = (self.shape.accesses[each][0] for each in (own, cls))
        is_taken = self.quirk == "untyped" and issubclass(cls, own) and mine == theirs
        return make(cls, values) if is_taken else None

    def _repr_pretty_(self, printer: Any, cycle: Any) -> None:
        # Hypothesis would show every part of a dataclass.
        printer.text(repr(self))

    def __repr__(self) -> str:
        if self.quirk == "stray":
            return f"stray({self.item})"
        return f"{self.quirk}({shown(self.entity)})"


def make(cls: type[Common], values: dict[str, Any]) -> Common:
    """Make an entity from values by field name."""
    return cls(**{field_of(cls, name).attribute: value for name, value in values.items()})


def _absences(entity: Common) -> dict[str, Any]:
    fields = [field_of(type(entity), name) for name in type(entity).model_fields]
    return {field.attribute: field.absence for field in fields if field.absence is not None}


def _without_absent_keys(access: Any, entity: Common, item: dict[str, Any]) -> dict[str, Any]:
    """Take out NULL where an index wants a key: the service would refuse it."""
    absent = {
        part.attribute
        for part in access.parts
        if part.template is None and part.value(entity) is None
    }
    return {name: value for name, value in item.items() if name not in absent}


def shown(entity: Common) -> str:
    """Write an entity without the fields that have their plainest value."""
    plain = plainest()
    values = {name: getattr(entity, name) for name in type(entity).model_fields}
    parts = [f"{n}={v!r}" for n, v in values.items() if n not in plain or plain[n] != v]
    return f"{type(entity).__name__}: {', '.join(parts)}"


_GROUPS = (
    ("text", "num", "many", "dec"),
    ("flt", "flag", "blob", "at", "kind", "grade"),
    ("labels", "tags", "nums", "maybe"),
    ("ints", "words", "limits", "stops", "home"),
    ("nick", "asked", "five", "seen"),
)


@cache
def _values(cls: type[Common]) -> st.SearchStrategy[dict[str, Any]]:
    own = [name for name in cls.model_fields if name not in Common.model_fields]
    numbers = st.tuples(*[st.integers(0, 99)] * len(_GROUPS))
    keys = st.fixed_dictionaries({name: values_of(name) for name in own})
    return st.builds(_joined, numbers, keys)


def plainest() -> dict[str, Any]:
    """Give the plainest value of each field that all entities have."""
    return _joined((0,) * len(_GROUPS), {})


def _joined(numbers: tuple[int, ...], own: dict[str, Any]) -> dict[str, Any]:
    groups = (variant(*pair) for pair in zip(_GROUPS, numbers, strict=True))
    return {name: value for group in (*groups, own) for name, value in group.items()}


@st.composite
def rows(draw: st.DrawFn, shape: Shape, most: int = 60) -> list[Row]:
    """Draw the items of a table, one for each key."""
    few, many = st.lists(_row(shape), max_size=8), st.lists(_row(shape), min_size=10, max_size=most)
    drawn = draw(few | many | many)
    found = {str(row.key): row for row in drawn if row is not None}
    return list(found.values())


@st.composite
def _row(draw: st.DrawFn, shape: Shape) -> Row | None:
    quirk = draw(st.sampled_from(_quirks(shape)))
    cls = draw(st.sampled_from(shape.entities))
    entity = make(cls, draw(_values(cls)))
    if quirk == "stray":
        return Row(shape, entity, quirk, draw(st.sampled_from(shape.stray)))
    is_vague = quirk == "untyped" and not _is_told_by_key(shape, cls)
    if is_vague or not is_storable(shape.accesses[cls], entity):
        return None
    return Row(shape, entity, quirk, primary_key(shape.accesses[cls][0], entity))


def _is_told_by_key(shape: Shape, cls: type[Common]) -> bool:
    """Tell whether an item without a type has all keys of every entity that takes it for its own."""
    if cls.__bases__[0] is not Common:
        return False
    mine = shape.accesses[cls]
    family = (shape.accesses[other] for other in shape.entities if issubclass(other, cls))
    return all(keys == mine or keys[0] != mine[0] for keys in family)


def _quirks(shape: Shape) -> list[Quirk]:
    often: list[Quirk] = ["put"] * 8
    return often + [quirk for quirk in get_args(Quirk) if _is_possible(shape, quirk)]


def _is_possible(shape: Shape, quirk: Quirk) -> bool:
    if quirk == "stray":
        return bool(shape.stray)
    if quirk == "keyless":
        return not shape.has_types
    return shape.has_types or quirk not in {"untyped", "ghost", "mistyped"}
