"""Conditions, drawn: every operator on every kind of path, alone and combined."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import cache
from itertools import permutations
from typing import Any, NamedTuple

from hypothesis import strategies as st

from mizzle.expressions import Condition
from tests.oracle.models import Common
from tests.oracle.pools import INTEGERS, SIZES, TEXTS, members_of, values_of

__all__ = ["EQUALITIES", "ORDERINGS", "conditions", "keyed", "probe_of"]

Draws = st.SearchStrategy[Any]

EQUALITIES: list[Callable[..., Any]] = [operator.eq, operator.ne]
ORDERINGS: list[Callable[..., Any]] = [operator.lt, operator.le, operator.gt, operator.ge]
_TYPES = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]


class Probe(NamedTuple):
    """A path with what it can be compared with.

    Attributes:
        path: The path.
        kind: What it holds; paths of one kind can be compared.
        values: Values of its type.
        members: Values of its members, for a set or a list.
    """

    path: Any
    kind: str
    values: Draws
    members: Draws | None = None

    @property
    def is_ordered(self) -> bool:
        return self.kind in _ORDERED

    @property
    def is_sized(self) -> bool:
        return self.kind in _SIZED

    @property
    def has_beginnings(self) -> bool:
        return self.kind in {"text", "bytes"}

    def present(self) -> Draws:
        """Draw a value other than None."""
        return self.values.filter(lambda value: value is not None)


_ORDERED = {"text", "bytes", "int", "Decimal", "float", "time", "Kind", "Grade"}
_SIZED = {"text", "bytes", "words", "numbers", "list", "texts", "place", "places", "map"}
_KINDS = {
    "text": ("text", "nick", "asked", "box", "folder", "name", "owner", "topic", "mark", "label"),
    "int": ("num", "many", "five", "rank", "n", "extra", "unit", "shard"),
    "Decimal": ("dec", "price", "score"),
    "float": ("flt",),
    "flag": ("flag",),
    "bytes": ("blob", "digest"),
    "time": ("at", "seen", "placed"),
    "Kind": ("kind", "slot"),
    "Grade": ("grade",),
    "place": ("home",),
    "map": ("limits",),
    "words": ("tags", "labels", "maybe"),
    "numbers": ("nums",),
    "list": ("ints",),
    "texts": ("words",),
    "places": ("stops",),
}
_KIND_OF = {field: kind for kind, fields in _KINDS.items() for field in fields}
_WITH_MEMBERS = {"words", "numbers", "list", "texts", "places"}


def probe_of(cls: type[Common], field: str) -> Probe:
    """Make the probe of a field."""
    kind = _KIND_OF.get(field, "")
    if field == "seq":
        kind = "int" if cls.model_fields["seq"].annotation is int else "Decimal"
    members = members_of(field) if kind in _WITH_MEMBERS else None
    return Probe(getattr(cls, field), kind, values_of(field), members)


@cache
def _probes(cls: type[Common]) -> list[Probe]:
    own = [probe_of(cls, field) for field in cls.model_fields]
    # Whoever asks for a parent may compare what only its children have.
    extra = [probe_of(child, "extra") for child in cls.__subclasses__()]
    return [*own, *_nested(cls), *extra]


def _nested(cls: Any) -> Iterator[Probe]:
    """Make probes of what lies inside of fields; some items have it and some do not."""
    words = st.sets(members_of("tags"), max_size=2)
    yield Probe(cls.home.fields.city, "text", st.sampled_from(TEXTS[:3]))
    yield Probe(cls.home.fields.zip, "int", st.sampled_from([None, 0, 1, 5]))
    yield Probe(cls.home.fields.by, "text", st.sampled_from([None, "a", "b"]))
    yield Probe(cls.home.fields.marks, "words", words, members_of("tags"))
    yield Probe(cls.ints[0], "int", st.sampled_from(INTEGERS[:4]))
    yield Probe(cls.words[1], "text", st.sampled_from(TEXTS[:4]))
    yield Probe(cls.stops[0].fields.city, "text", st.sampled_from(TEXTS[:3]))
    yield Probe(cls.stops[1].fields.zip, "int", st.sampled_from([None, 0, 1, 5]))
    yield Probe(cls.limits["k"], "int", st.sampled_from(INTEGERS[:4]))
    yield Probe(cls.limits["a.b"], "int", st.sampled_from(INTEGERS[:4]))


def keyed(probe: Probe, value: Any = None) -> Draws:
    """Draw an equality, an `is_in` or a range on the field of a key.

    Args:
        probe: The field's.
        value: A value that an item has, to find it by; None for any.
    """
    values = probe.present() if value is None else st.just(value) | probe.present()
    return st.one_of(
        values.map(lambda found: probe.path == found),
        st.lists(values, max_size=4).map(probe.path.is_in),
        _ranges(probe, values),
    )


def _ranges(probe: Probe, values: Draws) -> Draws:
    path = probe.path
    if not probe.is_ordered:
        return st.nothing()
    found = [
        st.builds(lambda op, value: op(path, value), st.sampled_from(ORDERINGS), values),
        st.builds(path.between, values, values),
    ]
    if probe.has_beginnings:
        found.append(values.flatmap(_beginnings).map(path.begins_with))
    return st.one_of(found)


def _beginnings(value: Any) -> Draws:
    return st.integers(0, len(value)).map(lambda end: value[:end])


@cache
def _leaves(cls: type[Common]) -> Draws:
    """Draw a condition with one operator."""
    return st.one_of(
        st.sampled_from(_probes(cls)).flatmap(_on),
        st.sampled_from(_pairs(cls)).flatmap(_between_paths),
        st.sampled_from([p for p in _probes(cls) if p.is_sized]).flatmap(
            lambda probe: _sizes(cls, probe)
        ),
    )


def _on(probe: Probe) -> Draws:
    path = probe.path
    found = [
        st.builds(lambda op, value: op(path, value), st.sampled_from(EQUALITIES), probe.values),
        st.lists(probe.values, max_size=4).map(path.is_in),
        st.sampled_from([path.exists(), path.missing()]),
        st.sampled_from(_TYPES).map(path.is_type),
        _ranges(probe, probe.present()),
    ]
    if probe.members is not None:
        found.append(probe.members.map(path.contains))
    if probe.has_beginnings:
        found.append(probe.present().flatmap(_parts).map(path.contains))
    return st.one_of(found)


def _parts(value: Any) -> Draws:
    return st.builds(lambda start, end: value[start:end], st.integers(0, 1), st.integers(0, 3))


@cache
def _pairs(cls: type[Common]) -> list[tuple[Probe, Probe]]:
    return [(a, b) for a, b in permutations(_probes(cls), 2) if a.kind == b.kind]


def _between_paths(pair: tuple[Probe, Probe]) -> Draws:
    left, right = pair
    signs = EQUALITIES + ORDERINGS * left.is_ordered
    return st.sampled_from(signs).map(lambda op: op(left.path, right.path))


def _sizes(cls: type[Common], probe: Probe) -> Draws:
    other = [p.path.size() for p in _probes(cls) if p.is_sized and p is not probe]
    numbers = [p.path for p in _probes(cls) if p.kind == "int"]
    counts = st.sampled_from(SIZES)
    operands = st.one_of(counts, counts, st.sampled_from(other), st.sampled_from(numbers))
    measured = st.builds(
        lambda op, operand: op(probe.path.size(), operand),
        st.sampled_from(EQUALITIES + ORDERINGS),
        operands,
    )
    turned = st.builds(
        lambda op, number: op(number, probe.path.size()),
        st.sampled_from(EQUALITIES + ORDERINGS),
        st.sampled_from(numbers),
    )
    return st.one_of(measured, turned)


@cache
def conditions(cls: type[Common], depth: int = 3) -> st.SearchStrategy[Condition]:
    """Draw a condition of this depth at most."""
    if depth == 1:
        return _leaves(cls)
    inner = conditions(cls, depth - 1)
    return st.one_of(
        _leaves(cls),
        st.builds(operator.and_, inner, inner),
        st.builds(operator.or_, inner, inner),
        inner.map(operator.invert),
    )
