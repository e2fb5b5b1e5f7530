"""The table of bounds, row by row; tests/properties holds the brute force."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from mizzle.errors import EncodingError
from mizzle.model.ranges import EMPTY, Empty, KeyRange, next_field, sort_range, succ
from mizzle.model.templates import BoundTemplate, kind_for, parse_template


class Grade(StrEnum):
    """One character each."""

    A = "a"
    B = "b"


class Last(StrEnum):
    """The greatest character there is."""

    TOP = "\U0010ffff"


TYPES: dict[str, type] = {
    "s": str, "r": str, "at": datetime, "id": UUID, "n": int, "p": int,
    "total": Decimal, "g": Grade, "last": Last,
}  # fmt: skip

T = datetime(2026, 1, 2, tzinfo=UTC)
TEXT = "2026-01-02T00:00:00.000000Z"
LAST = "9999-12-31T23:59:59.999999Z"


def bound(text: str) -> BoundTemplate:
    template = parse_template(text)
    return template.bind({f: kind_for(TYPES[f], spec) for f, spec in template.specs.items()})


def exactly(
    op: Any, low: str | None, high: str | None = None, *, foreign: bool = False
) -> KeyRange:
    return KeyRange(op, low, high, exact=True, foreign=foreign)


def nearly(op: Any, low: str | None, high: str | None = None, *, foreign: bool = False) -> KeyRange:
    return KeyRange(op, low, high, exact=False, foreign=foreign)


ORDER = "ORDER#{at}#{id}"
ROWS: list[tuple[str, tuple[str, tuple[Any, ...]] | None, KeyRange | Empty | None]] = [
    # No condition, or all fields fixed.
    ("PROFILE", None, exactly("=", "PROFILE")),
    (ORDER, None, exactly("begins_with", "ORDER#")),
    ("{at}", None, None),
    # (a) A segment of fixed width and a literal.
    (ORDER, ("=", (T,)), exactly("begins_with", f"ORDER#{TEXT}#")),
    (ORDER, ("<", (T,)), exactly("BETWEEN", "ORDER#", f"ORDER#{TEXT}")),
    (ORDER, ("<=", (T,)), exactly("BETWEEN", "ORDER#", f"ORDER#{TEXT}$")),
    (ORDER, (">", (T,)), exactly("BETWEEN", f"ORDER#{TEXT}$", f"ORDER#{LAST}$")),
    (ORDER, (">=", (T,)), exactly("BETWEEN", f"ORDER#{TEXT}", f"ORDER#{LAST}$")),
    (ORDER, ("between", (T, T)), exactly("BETWEEN", f"ORDER#{TEXT}", f"ORDER#{TEXT}$")),
    (ORDER, ("begins_with", ("2026",)), nearly("begins_with", "ORDER#")),
    ("{at}#{id}", ("<", (T,)), exactly("<", None, TEXT, foreign=True)),
    ("{at}#{id}", ("<=", (T,)), exactly("<=", None, f"{TEXT}$", foreign=True)),
    # (b) A text of varying width and a literal.
    ("S#{s}#", ("=", ("a!",)), exactly("=", "S#a!#")),
    ("S#{s}#{r}", ("=", ("a!",)), exactly("begins_with", "S#a!#")),
    ("S#{s}#{r}", ("=", ("a#",)), EMPTY),
    ("S#{s}#{r}", ("<", ("a!",)), nearly("BETWEEN", "S#", "S#a$")),
    ("S#{s}#{r}", ("<", ("b",)), nearly("BETWEEN", "S#", "S#b")),
    ("S#{s}#{r}", ("<", ("",)), EMPTY),
    ("S#{s}#{r}", ("<=", ("a!",)), nearly("BETWEEN", "S#", "S#a$")),
    ("S#{s}#{r}", ("<=", ("b",)), nearly("BETWEEN", "S#", "S#b$")),
    ("S#{s}#{r}", (">", ("a",)), nearly("BETWEEN", "S#a", "S$", foreign=True)),
    ("S#{s}#{r}", (">=", ("a",)), nearly("BETWEEN", "S#a", "S$", foreign=True)),
    ("S#{s}#{r}", ("between", ("a", "b")), nearly("BETWEEN", "S#a", "S#b$")),
    ("S#{s}#{r}", ("begins_with", ("ab",)), exactly("begins_with", "S#ab")),
    ("S#{s}##{r}", ("begins_with", ("a#",)), nearly("begins_with", "S#a#")),
    ("S#{s}#{r}", ("begins_with", ("a#",)), EMPTY),
    ("{s}#{r}", ("<=", ("b",)), nearly("<=", None, "b$", foreign=True)),
    ("{s}#{r}", (">", ("b",)), nearly(">=", "b", foreign=True)),
    # (c) The last segment, of varying width.
    ("S#{s}", ("=", ("a",)), exactly("=", "S#a")),
    ("S#{s}", ("<", ("a",)), nearly("BETWEEN", "S#", "S#a")),
    ("S#{s}", ("<=", ("a",)), exactly("BETWEEN", "S#", "S#a")),
    ("S#{s}", (">", ("a",)), exactly("BETWEEN", "S#a\0", "S$", foreign=True)),
    ("S#{s}", (">=", ("a",)), exactly("BETWEEN", "S#a", "S$", foreign=True)),
    ("S#{s}", ("between", ("a", "b")), exactly("BETWEEN", "S#a", "S#b")),
    ("S#{s}", ("between", ("b", "a")), EMPTY),
    ("S#{s}", ("begins_with", ("a#",)), exactly("begins_with", "S#a#")),
    ("S#{s}", ("begins_with", ("",)), exactly("begins_with", "S#")),
    ("{s}", ("=", ("",)), EMPTY),
    ("{s}", ("<", ("a",)), exactly("<", None, "a", foreign=True)),
    ("{s}", ("<=", ("a",)), exactly("<=", None, "a", foreign=True)),
    ("{s}", ("<=", ("",)), EMPTY),
    ("{s}", (">", ("a",)), exactly(">", "a", foreign=True)),
    ("{s}", (">", ("",)), None),
    ("{s}", (">=", ("a",)), exactly(">=", "a", foreign=True)),
    ("{s}", ("between", ("", "b")), exactly("<=", None, "b", foreign=True)),
    ("{s}", ("begins_with", ("",)), None),
    # A last segment of fixed width.
    ("S#{g}", ("<", (Grade.B,)), exactly("BETWEEN", "S#", "S#a")),
    ("S#{g}", (">", (Grade.A,)), exactly("BETWEEN", "S#a\0", "S#b")),
    ("S#{g}", (">", (Grade.B,)), EMPTY),
    ("S#{g}", (">=", (Grade.A,)), exactly("BETWEEN", "S#a", "S#b")),
    ("S#{g}", ("begins_with", ("a",)), exactly("begins_with", "S#a")),
    # A segment of fixed width with nothing after it but another.
    ("{g}{s}", ("<=", (Grade.A,)), nearly("<=", None, "b", foreign=True)),
    ("{g}{id}", ("<=", (Grade.A,)), exactly("<=", None, "b", foreign=True)),
    # Padded numbers are clamped.
    ("N#{p:02}", ("=", (100,)), EMPTY),
    ("N#{p:02}", ("=", (-1,)), EMPTY),
    ("N#{p:02}", ("<", (-1,)), EMPTY),
    ("N#{p:02}", ("<=", (100,)), exactly("begins_with", "N#")),
    ("N#{p:02}", (">", (-1,)), exactly("begins_with", "N#")),
    ("N#{p:02}", (">=", (100,)), EMPTY),
    ("N#{p:02}", ("between", (-5, 7)), exactly("BETWEEN", "N#", "N#07")),
    ("N#{p:02}", ("between", (7, 500)), exactly("BETWEEN", "N#07", "N#99")),
    ("N#{p:02}", ("between", (-5, 500)), exactly("begins_with", "N#")),
    ("N#{p:02}", ("between", (-5, -1)), EMPTY),
    ("N#{p:02}", ("between", (100, 500)), EMPTY),
    # Text order is not value order.
    ("N#{n}", ("=", (-1,)), exactly("=", "N#-1")),
    ("N#{n}", ("<", (5,)), nearly("begins_with", "N#")),
    ("{total}", (">", (Decimal(5),)), None),
    ("S#{s:quote}#{r}", ("begins_with", ("a#",)), exactly("begins_with", "S#a%23")),
    ("S#{s:quote}#{r}", ("<", ("a",)), nearly("begins_with", "S#")),
]


@pytest.mark.parametrize(("text", "condition", "expected"), ROWS)
def test_a_condition_becomes_a_range(text: str, condition: Any, expected: Any) -> None:
    assert sort_range(bound(text), {}, condition) == expected


def test_equal_fields_stand_before_the_range() -> None:
    template = bound("{g}#{at}#{s}")
    assert next_field(template, {"g"}) == "at"
    assert next_field(template, {"g", "at", "s"}) is None
    assert sort_range(template, {"g": Grade.A, "s": "x"}, None) == exactly(
        "begins_with", "a#", foreign=True
    )
    assert sort_range(template, {"g": Grade.A}, ("<", (T,))) == exactly(
        "BETWEEN", "a#", f"a#{TEXT}", foreign=True
    )
    assert sort_range(template, {"g": Grade.A, "at": T, "s": "x"}) == exactly("=", f"a#{TEXT}#x")


def test_an_upper_bound_that_is_an_own_key_is_not_used() -> None:
    """Above every `a...` comes `b`, which is the key of another grade with an empty text."""
    assert sort_range(bound("{g}{s}"), {"g": Grade.A}, (">", ("x",))) == nearly(
        "begins_with", "a", foreign=True
    )


@pytest.mark.parametrize(
    ("text", "condition", "expected"),
    [
        ("S#{s}", ("=", ("abc",)), EMPTY),
        ("S#{s}", ("begins_with", ("abc",)), EMPTY),
        ("S#{s}", ("<", ("abc",)), nearly("BETWEEN", "S#", "S#ac")),
        ("S#{s}", (">", ("abc",)), nearly("BETWEEN", "S#ab", "S$", foreign=True)),
        ("S#{s}", (">", ("ab",)), nearly("BETWEEN", "S#ab", "S$", foreign=True)),
        ("S#{s}", ("<=", ("a\x7fc",)), nearly("BETWEEN", "S#", "S#b")),
        ("S#{s}", (">=", ("a\u00e4",)), nearly("BETWEEN", "S#a", "S$", foreign=True)),
        ("LONG#{s}", None, EMPTY),
        ("LONG#{s}", ("<", ("a",)), EMPTY),
        ("\x7f\x7f\x7f\x7f{s}", (">", ("",)), nearly("begins_with", "\x7f\x7f\x7f\x7f")),
    ],
)
def test_bounds_over_the_limit_are_cut(text: str, condition: Any, expected: Any) -> None:
    assert sort_range(bound(text), {}, condition, limit_bytes=4) == expected


def test_a_bound_that_cannot_be_cut_leaves_the_prefix() -> None:
    assert sort_range(bound("\x7f{s}"), {}, ("<", ("a",)), limit_bytes=1) == nearly(
        "begins_with", "\x7f"
    )


def test_nothing_is_above_the_last_value() -> None:
    """The least text above the greatest key is outside the prefix."""
    assert sort_range(bound("S#{last}\U0010ffff"), {}, (">", (Last.TOP,))) is EMPTY


def test_the_limit_is_dynamodbs() -> None:
    start = "S#" + "a" * 1022
    assert sort_range(bound("S#{s}"), {}, ("=", (start[2:],))) == exactly("=", start)
    assert sort_range(bound("S#{s}"), {}, ("=", (start,))) is EMPTY
    found = sort_range(bound("S#{s}#{r}"), {}, ("<=", ("a" * 10**6,)))
    assert found == nearly("BETWEEN", "S#", "S#" + "a" * 1021 + "b")


@pytest.mark.parametrize("condition", [("=", (1,)), ("<", (1,)), ("begins_with", (1,))])
def test_an_operand_of_another_type_is_refused(condition: Any) -> None:
    with pytest.raises(EncodingError):
        sort_range(bound("S#{s}"), {}, condition)


def test_a_naive_datetime_is_refused_by_its_field() -> None:
    naive = T.replace(tzinfo=None)
    with pytest.raises(EncodingError, match=r"^at in the key template"):
        sort_range(bound(ORDER), {}, (">", (naive,)))


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("a", "b"),
        ("a\U0010ffff", "b"),
        ("\ud7ff", "\ue000"),
        ("\U0010ffff", None),
        ("", None),
    ],
)
def test_succ_skips_what_cannot_be_a_character(text: str, above: str | None) -> None:
    assert succ(text) == above


def test_a_range_tells_what_it_holds() -> None:
    assert exactly("BETWEEN", "a", "b").operands == ("a", "b")
    assert exactly("<", None, "b").operands == ("b",)
    assert exactly(">", "a").holds("a\0")
    assert not exactly(">", "a").holds("a")
    assert not exactly("<", None, "b").holds("b")
    assert exactly("begins_with", "a").holds("ab")


def test_there_is_one_empty_range() -> None:
    assert repr(EMPTY) == "EMPTY"
    assert copy.deepcopy(EMPTY) is EMPTY
    assert pickle.loads(pickle.dumps(EMPTY)) is EMPTY  # our own bytes
