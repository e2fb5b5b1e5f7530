"""Selects, drawn: conditions that a key serves, conditions that none serves, and how to ask."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import Any, Literal, NamedTuple, TypeAlias

from hypothesis import strategies as st

from mizzle import select
from mizzle.expressions import AttributePath, Condition, Value
from tests.oracle.conditions import conditions, keyed, probe_of
from tests.oracle.data import Row
from tests.oracle.evaluator import Evaluator
from tests.oracle.keys import Access
from tests.oracle.models import Common
from tests.oracle.picks import NESTED
from tests.oracle.shapes import Shape

__all__ = ["Question", "Way", "questions", "twins"]

Way: TypeAlias = Literal["list", "stream", "count", "first", "one", "only", "page"]
"""In which form the answer is asked for, beside the list."""


class Question(NamedTuple):
    """A select, and how its answer is asked for."""

    cls: type[Common]
    conditions: tuple[Condition, ...]
    using: str | None = None
    is_descending: bool = False
    is_consistent: bool = False
    page_size: int | None = None
    limit: int | None = None
    way: Way = "list"
    size: int = 1
    only: tuple[str, ...] = ()
    segments: int | None = None

    def statement(self) -> Any:
        """Build the select."""
        built: Any = select(self.cls)
        for condition in self.conditions:
            built = built.where(condition)
        if self.using is not None:
            built = built.using(getattr(self.cls, self.using, self.using))
        if self.is_descending:
            built = built.descending()
        if self.is_consistent:
            built = built.consistent()
        if self.segments is not None:
            built = built.scan(segments=self.segments)
        return built if self.page_size is None else built.page_size(self.page_size)

    def __repr__(self) -> str:
        where = ", ".join(map(repr, self.conditions))
        options = ", ".join(
            f"{name}={value!r}"
            for name, value in zip(self._fields[2:], self[2:], strict=True)
            if value not in {None, False, ()}
        )
        return f"select({self.cls.__name__}).where({where}) [{options}]"


_WAYS: list[Way] = ["stream", "count", "first", "one", "only", "page", "list"]


@st.composite
def questions(draw: st.DrawFn, shape: Shape, rows: list[Row]) -> Question:
    """Draw a select on a table; most are served by a key, and find an item."""
    cls = draw(st.sampled_from(shape.entities))
    access = draw(st.sampled_from(shape.accesses[cls]))
    own = [row for row in rows if row.read_as(cls) is not None]
    anchor = draw(st.sampled_from(own)) if own and draw(st.integers(0, 4)) else None
    is_keyed = draw(st.integers(0, 9)) < 9
    found = draw(_keyed(cls, access, anchor)) if is_keyed else []
    found += draw(_others(cls, anchor, most=2 if is_keyed else 3))
    using = draw(st.sampled_from([None] * 3 + _named(access))) if is_keyed else None
    is_global = using is not None and access.index is not None and not access.is_local
    segments = draw(st.sampled_from([None] * 19 + [1, 2, 3]))
    return Question(
        cls,
        tuple(draw(_arranged(found))),
        using=using,
        is_descending=draw(st.booleans()) and segments is None,
        is_consistent=draw(st.integers(0, 4)) == 4 and not is_global,
        page_size=draw(st.sampled_from([None, None, 1, 2, 3, 7])),
        limit=draw(st.sampled_from([None, 1, 2, 3, 5, 100])),
        way=draw(st.sampled_from(_WAYS)),
        size=draw(st.sampled_from([1, 2, 3, 5, 10, 100])),
        only=tuple(
            draw(st.lists(st.sampled_from(_selectable(cls, access)), min_size=1, max_size=3))
        ),
        segments=segments,
    )


@st.composite
def twins(draw: st.DrawFn, question: Question) -> Question:
    """Draw a select that differs in its values only: what is remembered of one must suit the other."""
    return question._replace(
        conditions=tuple(draw(_revalued(question.cls, each)) for each in question.conditions)
    )


@st.composite
def _revalued(draw: st.DrawFn, cls: type[Common], condition: Condition) -> Condition:
    op, operands = condition.op, condition.operands
    if op in {"and", "or", "not"}:
        return Condition(op, tuple(draw(_revalued(cls, part)) for part in operands))
    subject, *others = operands
    is_plain = isinstance(subject, AttributePath) and len(subject.steps) == 1
    if not is_plain or op not in _VALUED or not all(isinstance(o, Value) for o in others):
        return condition
    probe = probe_of(subject.owner, subject.steps[0])
    drawn = probe.values if op in {"=", "<>", "in"} else probe.present()
    return Condition(op, (subject, *(Value(draw(drawn)) for _ in others)))


_VALUED = {"=", "<>", "<", "<=", ">", ">=", "in", "between", "begins_with"}


def _named(access: Access) -> list[str]:
    """Name a key for `using`; one without templates has a name only if it is an index's."""
    if access.index is not None:
        return [access.index]
    return ["primary"] if any(part.template for part in access.parts) else []


def _selectable(cls: type[Common], access: Access) -> list[str]:
    """Prefer the fields that an index of keys knows by heart."""
    return [*access.fields, "text", "tags", "num", *cls.model_fields, *NESTED]


@st.composite
def _keyed(
    draw: st.DrawFn, cls: type[Common], access: Access, anchor: Row | None
) -> list[Condition]:
    """Draw conditions on the fields of a key, from its partition onward."""
    partition, *sorts = access.parts
    found = []
    for field in partition.fields:
        found += draw(_on_partition(cls, field, _value(anchor, field)))
    for field in (f for part in sorts for f in part.fields if f not in partition.fields):
        on_field = draw(_on_sort(cls, field, _value(anchor, field)))
        found += on_field
        if not on_field or (on_field[0].op != "=" and draw(st.booleans())):
            break
    # Two of three that would miss the item go.
    return [each for each in found if _holds(each, anchor) or draw(st.integers(0, 2)) == 2]


def _value(anchor: Row | None, field: str) -> Any:
    return None if anchor is None else getattr(anchor.entity, field, None)


def _holds(condition: Condition, anchor: Row | None) -> bool:
    return anchor is None or Evaluator(anchor.seen).holds(condition)


@st.composite
def _others(draw: st.DrawFn, cls: type[Common], anchor: Row | None, most: int) -> list[Condition]:
    """Draw any conditions; most of those that would miss the item are turned round."""
    drawn = draw(st.lists(conditions(cls), max_size=most))
    return [
        each if _holds(each, anchor) or draw(st.integers(0, 3)) == 3 else ~each for each in drawn
    ]


@st.composite
def _on_partition(draw: st.DrawFn, cls: type[Common], field: str, value: Any) -> list[Condition]:
    probe = probe_of(cls, field)
    kind = draw(st.sampled_from(["equal"] * 8 + ["in"] * 4 + ["any", "two"]))
    if kind == "in":
        given = draw(st.lists(probe.present(), max_size=4))
        return [probe.path.is_in(given if value is None else [*given[:1], value, *given[1:]])]
    if kind == "equal":
        return [probe.path == (draw(probe.present()) if value is None else value)]
    return draw(st.lists(keyed(probe, value), min_size=1, max_size=2 if kind == "two" else 1))


@st.composite
def _on_sort(draw: st.DrawFn, cls: type[Common], field: str, value: Any) -> list[Condition]:
    probe = probe_of(cls, field)
    if value is not None and draw(st.booleans()):
        return [probe.path == value]
    return draw(st.lists(keyed(probe, value), max_size=2))


@st.composite
def _arranged(draw: st.DrawFn, found: list[Condition]) -> list[Condition]:
    """Put conditions in any order, some of them into one, some of them into alternatives."""
    mixed = draw(st.permutations(found))
    how = draw(st.integers(0, 9))
    if len(mixed) > 1 and how == 0:
        return [reduce(and_, mixed)]
    if len(mixed) > 2 and how == 1:
        return [mixed[0], reduce(or_, mixed[1:])]
    return list(mixed)
