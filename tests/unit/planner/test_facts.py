"""What conditions say of single fields."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import Attr, Entity, PrimaryKey, StatementError, Table, attr
from mizzle.expressions.conditions import Condition
from mizzle.model.binding import bind_condition
from mizzle.model.schema import schema_of
from mizzle.planner.facts import Contradiction, Facts, attributes_of, conjuncts_of

facts_table = Table("facts", partition_key="pk")


class Thing(Entity, table=facts_table):
    id: Attr[str]
    n: Attr[int]
    m: Attr[int]
    name: Attr[str] = attr(alias="title", default="")
    note: Attr[str | None] = attr(default=None)
    mark: Attr[int | None] = attr(default=7)
    tags: Attr[set[str]] = attr(default_factory=set)

    primary = PrimaryKey("THING#{id}")


THING = schema_of(Thing)


def facts(*conditions: Condition) -> Facts:
    return Facts(THING, conjuncts_of(conditions))


def values(found: Facts, name: str) -> list[Any]:
    return [choice.value for choice in found.choices.get(name, [])]


def test_conditions_are_taken_apart_at_every_and() -> None:
    a, b, c = Thing.n > 1, Thing.m > 2, (Thing.n > 3) | (Thing.m > 4)
    assert facts(a & (b & c)).conjuncts == (a, b, c)
    assert facts(~(a & b)).conjuncts == (~(a & b),)
    assert facts().conjuncts == ()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Thing.n == 1, [1]),
        (Thing.n.is_in([3, 1, 2]), [3, 1, 2]),
        ((Thing.n == 2) | (Thing.n == 1), [2, 1]),
        ((Thing.n == 2) | Thing.n.is_in([1, 3]), [2, 1, 3]),
        (((Thing.n == 2) | (Thing.n == 1)) | (Thing.n == 3), [2, 1, 3]),
        (Thing.n.is_in([1, 1, 2, 2]), [1, 2]),
        ((Thing.n == 1) & (Thing.n == 1), [1]),
        (Thing.n.is_in([1, 2, 3]) & (Thing.n > 1), [2, 3]),
        (Thing.n.is_in([1, 2, 3]) & Thing.n.is_in([3, 4, 2]), [2, 3]),
        (Thing.n.is_in([1, 2, 3]) & ~(Thing.n == 2), [1, 3]),
        (Thing.n.is_in([1, 2, 3]) & ((Thing.n < 2) | (Thing.n > 2)), [1, 3]),
        # These say nothing certain.
        ((Thing.n == 1) | (Thing.m == 1), []),
        ((Thing.n == 1) | (Thing.n > 5), []),
        (~(Thing.n == 1), []),
        (Thing.n == Thing.m, []),
        (Thing.n != 1, []),
        (Thing.note == None, []),  # noqa: E711  # a condition
        (Thing.note.is_in(["a", None]), []),
    ],
    ids=str,
)
def test_the_values_that_a_field_can_have(condition: Condition, expected: list[int]) -> None:
    found = facts(condition)
    name = "note" if "note" in str(condition) else "n"
    assert values(found, name) == expected


def test_sets_and_maps_are_no_choices() -> None:
    """They can be no key."""
    assert not facts(Thing.tags == {"a"}).choices


def test_what_decides_a_field_is_all_that_is_said_of_it_alone() -> None:
    found = facts(Thing.m > 0, Thing.n.is_in([1, 2]), Thing.n > 1, (Thing.n > 0) | (Thing.m > 0))
    assert found.decided == {"n": [1, 2]}


def test_fields_are_known_by_name_and_attributes_by_how_they_are_stored() -> None:
    found = facts(Thing.name == "x", Thing.name.size() > Thing.n, Thing.tags.contains("a"))
    assert values(found, "name") == ["x"]
    assert found.attributes == (
        frozenset({"title"}),
        frozenset({"title", "n"}),
        frozenset({"tags"}),
    )


def test_ranges_are_kept_by_field() -> None:
    found = facts(Thing.n > 1, Thing.m.between(1, 2), Thing.n < 9, Thing.name.begins_with("x"))
    assert found.ranges == {"n": [0, 2], "m": [1], "name": [3]}
    assert not facts(Thing.n > Thing.m, ~(Thing.n > 1), Thing.name.size() > 1).ranges


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([Thing.n.is_in([])], "in no value of an empty list"),
        ([Thing.n.between(3, 1)], "wrong way round"),
        ([Thing.n == 1, Thing.n == 2], "cannot have any of the values"),
        ([Thing.n == 1, Thing.n > 1], "cannot have any of the values"),
        ([Thing.n == 1, Thing.n.missing()], "cannot have any of the values"),
        ([Thing.n.is_in([1, 2]), ~Thing.n.exists()], "cannot have any of the values"),
        ([Thing.n > 5, Thing.n < 5, Thing.n < 4], "above one bound and below a lesser"),
        ([Thing.n.between(1, 3), Thing.n.between(4, 6)], "above one bound and below a lesser"),
        ([Thing.name >= "b", Thing.name <= "a"], "above one bound and below a lesser"),
        ([Thing.name == "a", Thing.name.begins_with("b")], "cannot have any of the values"),
    ],
)
def test_contradictions(conditions: list[Condition], words: str) -> None:
    with pytest.raises(Contradiction, match=words):
        facts(*conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        [Thing.n >= 5, Thing.n <= 5],
        [Thing.n > 5, Thing.n > 9],
        [Thing.name.begins_with("b"), Thing.name > "a"],
        [Thing.n == 1, Thing.m == 2],
        [Thing.n.is_in([1, 2]), Thing.n == 2],
    ],
)
def test_no_contradictions(conditions: list[Condition]) -> None:
    assert facts(*conditions).conjuncts == tuple(conditions)


@pytest.mark.parametrize(
    ("condition", "left_out", "stored"),
    [
        (Thing.note == "a", True, True),
        (Thing.note > "a", True, True),
        (Thing.note.contains("a"), True, True),
        # Where None is stored as NULL, the attribute exists for it.
        (Thing.note.exists(), True, False),
        (Thing.note != None, True, False),  # noqa: E711  # a condition
        ((Thing.note.exists()) & (Thing.note != None), True, True),  # noqa: E711  # a condition
        (Thing.note != "a", False, False),
        (~Thing.note.missing(), False, False),
        (Thing.note.missing(), False, False),
        ((Thing.note == "a") | (Thing.n == 1), False, False),
        ((Thing.note == "a") | (Thing.note == "b"), True, True),
        (Thing.note.is_in(["a", None]), False, False),
    ],
    ids=str,
)
def test_whether_a_field_has_a_value(condition: Condition, *, left_out: bool, stored: bool) -> None:
    found = facts(condition)
    assert found.is_present("note", is_left_out_if_none=True) is left_out
    assert found.is_present("note", is_left_out_if_none=False) is stored


def test_the_attributes_that_a_condition_reads() -> None:
    condition = ((Thing.n > Thing.m) | ~Thing.name.exists()) & (Thing.tags.size() > 1)
    assert attributes_of(bind_condition(THING, condition)) == {"n", "m", "title", "tags"}


def test_a_condition_that_does_not_suit_the_model_is_refused() -> None:
    with pytest.raises(StatementError):
        facts(Thing.tags > {"a"})
