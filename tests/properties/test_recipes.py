"""What a select compiles to does not depend on which selects were planned before it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import PlainSerializer

from mizzle import (
    Attr,
    Entity,
    Index,
    IndexKey,
    KeyAttribute,
    MizzleError,
    PrimaryKey,
    Table,
    attr,
    select,
)
from mizzle.model.schema import schema_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def serialized(value: str) -> Any:
    """Give a list for some values, and nothing that can be stored for others."""
    if value.startswith("x"):
        return [value]
    return object() if value.startswith("a#") else value


composed = Table(
    "composed",
    partition_key="pk",
    sort_key="sk",
    indexes=[
        Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk"),
        Index("lsi1", sort_key="colour", local=True),
    ],
)
mixed = Table("mixed", partition_key="who", sort_key="sk", type_attribute=None)
native = Table(
    "native",
    partition_key="id",
    sort_key=KeyAttribute("n", "N"),
    indexes=[Index("by_data", partition_key=KeyAttribute("data", "B"), sort_key="at")],
)
family = Table("family", partition_key="pk", sort_key="sk")


class Visit(Entity, table=composed):
    who: Attr[str]
    n: Attr[int]
    at: Attr[datetime]
    colour: Attr[Colour]
    note: Attr[str | None] = attr(default=None)

    primary = PrimaryKey("WHO#{who}", "{at}#{n:03}")
    by_colour = IndexKey("gsi1", "COLOUR#{colour}", "{n:03}#{who}")


class Line(Entity, table=mixed):
    who: Attr[str]
    n: Attr[int]
    day: Attr[date]

    primary = PrimaryKey(sort="LINE#{who}#{n:03}#{day}")


class Reading(Entity, table=native):
    id: Attr[UUID]
    n: Attr[int]
    data: Attr[bytes]
    at: Attr[datetime]


class Pet(Entity, table=family):
    kind: Attr[str]
    raw: Attr[Annotated[str, PlainSerializer(serialized, return_type=Any)]]

    primary = PrimaryKey("PET#{kind}", "{raw}")


class Dog(Pet):
    kind: Attr[Literal["dog", "puppy"]]
    left: Attr[int] = attr(default=0, alias="data")


class Cat(Pet):
    right: Attr[int] = attr(default=0, alias="data")


TEXTS = [
    "",
    "a",
    "ada",
    "dog",
    "puppy",
    "a#b",
    "xx",
    "z" * 1_020,
    "z" * 2_040,
    "\U0010ffff",
    "\ud800",
]
NUMBERS = [0, 5, 999, 1_000, -1, 10**40, 10**130, True]
MOMENTS = [
    datetime(2026, 11, 24, 12, tzinfo=UTC),
    datetime(2026, 11, 25, tzinfo=UTC),
    datetime(2026, 11, 24, 12),  # it is refused
    datetime.max.replace(tzinfo=UTC),
]
VALUES: dict[str, list[Any]] = {
    "who": TEXTS,
    "n": NUMBERS,
    "at": MOMENTS,
    "colour": [*Colour, "red", "green"],
    "note": TEXTS,
    "day": [date(2026, 11, 24), date.max, MOMENTS[0]],
    "id": [UUID(int=0), UUID(int=1)],
    "data": [b"", b"a", b"\xff", b"z" * 1_025],
    "kind": TEXTS,
    "raw": TEXTS,
    "left": NUMBERS,
    "right": NUMBERS,
}
FIELDS: list[tuple[type[Any], list[Any]]] = [
    (Visit, [Visit.who, Visit.n, Visit.at, Visit.colour, Visit.note]),
    (Line, [Line.who, Line.n, Line.day]),
    (Reading, [Reading.id, Reading.n, Reading.data, Reading.at]),
    (Pet, [Pet.kind, Pet.raw, Dog.kind, Dog.left, Cat.right]),
]
OPERATORS = ["==", "==", "==", "<", ">=", "between", "begins_with"]


def compared(path: Any, op: str, values: list[Any]) -> Any:
    match op:
        case "==":
            return path == values[0]
        case "<":
            return path < values[0]
        case ">=":
            return path >= values[0]
        case "between":
            return path.between(*values)
        case _:
            return path.begins_with(values[0])


@st.composite
def alike(draw: st.DrawFn) -> tuple[type[Any], list[Any]]:
    """Draw three selects that differ in their values only."""
    cls, paths = draw(st.sampled_from(FIELDS))
    chosen = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4, unique_by=str))
    ops = [draw(st.sampled_from(OPERATORS)) for _ in chosen]
    is_descending = draw(st.booleans())
    found: list[Any] = []
    for _ in range(3):
        conditions = []
        for path, op in zip(chosen, ops, strict=True):
            pool = st.sampled_from(VALUES[str(path.steps[0])])
            conditions.append(compared(path, op, [draw(pool), draw(pool)]))
        statement = select(cls).where(*conditions)
        found.append(statement.descending() if is_descending else statement)
    return cls, found


def outcome(statement: Any) -> Any:
    try:
        return statement.compile()
    except MizzleError as error:
        return type(error), str(error)


@settings(max_examples=400)
@given(alike())
def test_it_does_not_depend_on_what_was_planned_before(given_: tuple[type[Any], list[Any]]) -> None:
    cls, statements = given_
    recipes = schema_of(cls).recipes
    alone: list[Any] = []
    for statement in statements:
        recipes.clear()
        alone.append(outcome(statement))
    for first in statements:
        recipes.clear()
        outcome(first)
        assert [outcome(statement) for statement in statements] == alone
