"""What holds for an item: each operator, and each case that reads otherwise than one might think."""

from __future__ import annotations

import subprocess
import sys
from decimal import localcontext
from typing import Any

import pytest

from mizzle.evaluator import holds
from mizzle.expressions import AttributePath, Condition, Size, Value

ASTRAL = "\U0001d11e"
LAST_BELOW_ASTRAL = "\uffff"
NINES = "9" * 38
ALMOST_NINES = "9" * 37 + "8"

ITEM: dict[str, Any] = {
    "text": {"S": "abc"},
    "empty": {"S": ""},
    "accented": {"S": "é"},
    "astral": {"S": ASTRAL},
    "one": {"N": "1"},
    "one again": {"N": "1.0"},
    "zero": {"N": "-0"},
    "thousand": {"N": "1E3"},
    "negative": {"N": "-2"},
    "nines": {"N": NINES},
    "small": {"N": "1E-130"},
    "bytes": {"B": "AAH/"},
    "no bytes": {"B": ""},
    "true": {"BOOL": True},
    "null": {"NULL": True},
    "texts": {"SS": ["b", "a"]},
    "numbers": {"NS": ["1E1", NINES]},
    "binaries": {"BS": ["AAE=", "/w=="]},
    "list": {"L": [{"S": "x"}, {"N": "10"}, {"L": [{"N": "2.50"}]}, {"M": {"k": {"S": "deep"}}}]},
    "pair": {"L": [{"S": "a"}, {"S": "b"}]},
    "no members": {"L": []},
    "map": {"M": {"a.b": {"N": "7"}, "s": {"SS": ["p", "q"]}, "l": {"L": [{"BOOL": False}]}}},
    "no names": {"M": {}},
}


def path(*steps: str | int) -> AttributePath[Any]:
    return AttributePath(object, steps)


def operand(part: Any) -> Any:
    """Read the tables' shorthand: a text or a tuple is a path, a dict a constant."""
    if isinstance(part, dict):
        return Value(part)
    if isinstance(part, Size | Condition):
        return part
    return path(*part) if isinstance(part, tuple) else path(part)


def size(*steps: str | int) -> Size:
    return Size(path(*steps))


def condition(op: str, *parts: Any) -> Condition:
    return Condition(op, tuple(map(operand, parts)))


def number(text: str) -> dict[str, str]:
    return {"N": text}


def text(value: str) -> dict[str, str]:
    return {"S": value}


HOLDS = {
    "equal texts": ("=", "text", text("abc")),
    "a constant may stand first": ("=", text("abc"), "text"),
    "one number in two writings": ("=", "one", number("1.00")),
    "two paths to one number": ("=", "one", "one again"),
    "a negative zero": ("=", "zero", number("0")),
    "an exponent": ("=", "thousand", number("1000")),
    "38 digits": ("=", "nines", number(NINES)),
    "binaries": ("=", "bytes", {"B": "AAH/"}),
    "flags": ("=", "true", {"BOOL": True}),
    "nulls": ("=", "null", {"NULL": True}),
    "sets of texts in any order": ("=", "texts", {"SS": ["a", "b"]}),
    "sets of numbers by value": ("=", "numbers", {"NS": [NINES, "10.0"]}),
    "sets of binaries in any order": ("=", "binaries", {"BS": ["/w==", "AAE="]}),
    "lists member by member": (
        "=",
        "list",
        {"L": [text("x"), number("1E1"), {"L": [number("2.5")]}, {"M": {"k": text("deep")}}]},
    ),
    "maps name by name": (
        "=",
        "map",
        {
            "M": {
                "l": {"L": [{"BOOL": False}]},
                "s": {"SS": ["q", "p"]},
                "a.b": number("7.0"),
            }
        },
    ),
    "an empty text is a text": ("=", "empty", text("")),
    "<> of another text": ("<>", "text", text("ab")),
    "<> of another type": ("<>", "one", text("1")),
    "<> of a missing attribute": ("<>", "nowhere", number("1")),
    "<> of two missing attributes": ("<>", "nowhere", "no less"),
    "<> of numbers that a float cannot tell apart": ("<>", "nines", number(ALMOST_NINES)),
    "<> of lists of two lengths": ("<>", "no members", {"L": [{"NULL": True}]}),
    "<> of maps with two names": ("<>", ("list", 3), {"M": {"j": text("deep")}}),
    "<> of an empty list and an empty map": ("<>", "no members", "no names"),
    "< of numbers, not of their texts": ("<", "one", number("10")),
    "< of negative numbers": ("<", "negative", number("-1")),
    "< of 38 digits": ("<", number(ALMOST_NINES), "nines"),
    "< of a number next to zero": ("<", "zero", "small"),
    "< of texts by code point": ("<", text(LAST_BELOW_ASTRAL), "astral"),
    "< of binaries by their bytes, not in base64": ("<", "bytes", {"B": "/w=="}),
    "< of an empty binary": ("<", "no bytes", {"B": "AA=="}),
    "<= of equal numbers": ("<=", "one", number("1.0")),
    ">= of equal texts": (">=", "text", text("abc")),
    "> of a longer text": (">", "text", text("ab")),
    "> of two paths": (">", ("list", 1), ("map", "a.b")),
    "between its own bounds": ("between", "one", number("1.0"), number("1")),
    "between texts": ("between", "text", text("a"), text("b")),
    "between binaries": ("between", "bytes", {"B": "AAE="}, {"B": "AQ=="}),
    "between two attributes": ("between", number("5"), "one", ("map", "a.b")),
    "a size between": ("between", size("text"), number("1"), number("3")),
    "in": ("in", "one", text("1"), number("1.0")),
    "in a set, as a whole": ("in", "texts", {"SS": ["a", "b"]}),
    "in attributes": ("in", number("1"), "nowhere", "one again"),
    "begins_with a text": ("begins_with", "text", text("ab")),
    "begins_with itself": ("begins_with", "text", "text"),
    "begins_with nothing": ("begins_with", "text", text("")),
    "begins_with bytes that base64 does not begin with": ("begins_with", "bytes", {"B": "AAE="}),
    "contains a part of a text": ("contains", "text", text("bc")),
    "contains no text": ("contains", "text", text("")),
    "contains a part of a binary": ("contains", "bytes", {"B": "Af8="}),
    "contains a text of a set": ("contains", "texts", text("a")),
    "contains a number of a set": ("contains", "numbers", number("10")),
    "contains a binary of a set": ("contains", "binaries", {"B": "/w=="}),
    "contains a member of a list": ("contains", "list", number("10.0")),
    "contains a list of a list": ("contains", "list", {"L": [number("2.5")]}),
    "contains an attribute": ("contains", {"S": "xabcx"}, "text"),
    "contains its size": ("contains", {"L": [number("3")]}, size("text")),
    "is_type S": ("is_type", "empty", text("S")),
    "is_type NULL": ("is_type", "null", text("NULL")),
    "is_type M": ("is_type", ("list", 3), text("M")),
    "exists": ("exists", "text"),
    "exists though null": ("exists", "null"),
    "exists in a list": ("exists", ("list", 2, 0)),
    "exists in a map in a list": ("exists", ("list", 3, "k")),
    "missing": ("missing", "nowhere"),
    "missing below what is missing": ("missing", ("nowhere", "at", 0)),
    "missing past the end of a list": ("missing", ("list", 4)),
    "missing name of a map": ("missing", ("map", "b")),
    "a dot in a name is no step": ("missing", ("map", "a", "b")),
    "missing name of a list": ("missing", ("list", "k")),
    "missing position of a map": ("missing", ("map", 0)),
    "missing position of a set": ("missing", ("texts", 0)),
    "missing step below a text": ("missing", ("text", "a")),
    "size of a text": ("=", size("text"), number("3")),
    "size of an empty text": ("=", size("empty"), number("0")),
    "size of an accented text": ("=", size("accented"), number("1")),
    "size of an astral text in UTF-16": ("=", size("astral"), number("2")),
    "size of a binary in bytes": ("=", size("bytes"), number("3")),
    "size of a set of texts": ("=", size("texts"), number("2")),
    "size of a set of numbers": ("=", size("numbers"), number("2")),
    "size of a set of binaries": ("=", size("binaries"), number("2")),
    "size of a list": ("=", number("4.0"), size("list")),
    "size of a map": ("=", size("map"), size("text")),
    "size of a member": ("=", size("list", 3, "k"), number("4")),
    "size and an attribute": ("<", "one", size("texts")),
    "<> of a size and a text": ("<>", size("text"), text("3")),
    "<> of the size of a number": ("<>", size("one"), number("1")),
    "<> of the size of a missing attribute": ("<>", size("nowhere"), number("1")),
    "and": ("and", condition("exists", "text"), condition("exists", "one")),
    "or": ("or", condition("exists", "nowhere"), condition("exists", "one")),
    "not": ("not", condition("exists", "nowhere")),
    "not < of a missing attribute": ("not", condition("<", "nowhere", number("1"))),
    "not < of two types": ("not", condition("<", "one", text("1"))),
    "not between of a missing attribute": (
        "not",
        condition("between", "nowhere", number("1"), number("2")),
    ),
    "not contains of a missing attribute": ("not", condition("contains", "nowhere", text("a"))),
    "not > of a missing size": ("not", condition(">", size("nowhere"), number("1"))),
}

FAILS = {
    "= of a missing attribute": ("=", "nowhere", number("1")),
    "= of a missing attribute and null": ("=", "nowhere", {"NULL": True}),
    "= of two missing attributes": ("=", "nowhere", "no less"),
    "= of a number and a text": ("=", "one", text("1")),
    "= of true and one": ("=", "true", number("1")),
    "= of true and false": ("=", "true", {"BOOL": False}),
    "= of texts in two cases": ("=", "text", text("ABC")),
    "= of a composed and a decomposed text": ("=", "accented", text("e\u0301")),
    "= of a list and a set": ("=", "texts", {"L": [text("b"), text("a")]}),
    "= of lists in another order": ("=", "pair", {"L": [text("b"), text("a")]}),
    "= of other members": ("=", ("map", "l"), {"L": [{"BOOL": True}]}),
    "= of a part of a set": ("=", "texts", {"SS": ["a"]}),
    "= of maps with one other value": (
        "=",
        "map",
        {"M": {**ITEM["map"]["M"], "l": {"L": [{"BOOL": True}]}}},
    ),
    "= of 38 digits": ("=", "nines", number(ALMOST_NINES)),
    "<> of one number in two writings": ("<>", "one", number("1.0")),
    "<> of sets in another order": ("<>", "texts", {"SS": ["a", "b"]}),
    "< of a missing attribute": ("<", "nowhere", number("1")),
    "> of a missing attribute": (">", "nowhere", number("1")),
    "<= of two missing attributes": ("<=", "nowhere", "no less"),
    "< of two types": ("<", "one", text("2")),
    "<= of flags": ("<=", "true", "true"),
    "<= of equal lists": ("<=", "no members", "no members"),
    "<= of equal sets": ("<=", "texts", "texts"),
    "< of equal numbers": ("<", "one", number("1.0")),
    "between of a missing attribute": ("between", "nowhere", number("0"), number("9")),
    "between missing bounds": ("between", "one", "nowhere", number("9")),
    "between of another type": ("between", "one", text("0"), text("9")),
    "between bounds of two types": ("between", "one", number("0"), "text"),
    "between inverted bounds": ("between", "one", "thousand", "zero"),
    "between of a list": ("between", "list", number("0"), number("9")),
    "in none": ("in", "one", number("2"), text("1")),
    "in of a missing attribute": ("in", "nowhere", number("2"), "no less"),
    "in the members of a set": ("in", text("a"), "texts"),
    "begins_with more": ("begins_with", "text", text("abcd")),
    "begins_with of a missing attribute": ("begins_with", "nowhere", text("")),
    "begins_with of another type": ("begins_with", "text", {"B": ""}),
    "begins_with of a number": ("begins_with", "one", "one"),
    "begins_with of a set": ("begins_with", "texts", text("b")),
    "contains of a missing attribute": ("contains", "nowhere", text("")),
    "contains a missing attribute": ("contains", "list", "nowhere"),
    "contains of another type": ("contains", "text", {"B": ""}),
    "contains a part of a member": ("contains", "texts", text("")),
    "contains a set in a set": ("contains", "texts", {"SS": ["a"]}),
    "contains a name of a map": ("contains", "map", text("s")),
    "contains a part of a number": ("contains", "thousand", number("1")),
    "contains digits of a member": ("contains", "numbers", number(ALMOST_NINES)),
    "contains a member of another type": ("contains", "list", text("10")),
    "is_type of another type": ("is_type", "one", text("S")),
    "is_type of a missing attribute": ("is_type", "nowhere", text("NULL")),
    "exists": ("exists", "nowhere"),
    "missing though null": ("missing", "null"),
    "size of an astral text in characters": ("=", size("astral"), number("1")),
    "size of an accented text in bytes": ("=", size("accented"), number("2")),
    "size of a number": (">=", size("one"), number("0")),
    "size of a flag": ("=", size("true"), number("1")),
    "size of null": ("=", size("null"), number("1")),
    "size of a missing attribute": ("=", size("nowhere"), number("0")),
    "size of a missing attribute, between": (
        "between",
        size("nowhere"),
        number("0"),
        number("9"),
    ),
    "= of missing sizes": ("=", size("nowhere"), size("no less")),
    "size and a text": ("<", size("text"), text("9")),
    "and": ("and", condition("exists", "text"), condition("exists", "nowhere")),
    "or": ("or", condition("exists", "nowhere"), condition("exists", "no less")),
    "not": ("not", condition("exists", "text")),
    "not <> of a missing attribute": ("not", condition("<>", "nowhere", number("1"))),
}


@pytest.mark.parametrize("parts", HOLDS.values(), ids=HOLDS)
def test_it_holds(parts: tuple[Any, ...]) -> None:
    assert holds(condition(*parts), ITEM)


@pytest.mark.parametrize("parts", FAILS.values(), ids=FAILS)
def test_it_does_not_hold(parts: tuple[Any, ...]) -> None:
    assert not holds(condition(*parts), ITEM)


@pytest.mark.parametrize("op", ["=", "<", "<=", ">", ">="])
def test_nothing_is_compared_with_a_missing_attribute_on_either_side(op: str) -> None:
    assert not holds(condition(op, "one", "nowhere"), ITEM)
    assert not holds(condition(op, "nowhere", "one"), ITEM)


@pytest.mark.parametrize("parts", [HOLDS["< of 38 digits"], HOLDS["sets of numbers by value"]])
def test_the_decimal_context_does_not_matter(parts: tuple[Any, ...]) -> None:
    with localcontext(prec=3, Emax=3, Emin=-3):
        assert holds(condition(*parts), ITEM)


def test_conditions_are_joined_as_users_join_them() -> None:
    young = path("age") < Value(number("18"))
    named = path("name").exists()
    assert holds(young & ~named, {"age": number("5")})
    assert not holds(young & ~named, {"age": number("5"), "name": text("n")})
    assert holds(young | named, {"name": text("n")})


def test_it_needs_neither_pydantic_nor_boto3() -> None:
    code = (
        "import sys; import mizzle.evaluator; "
        "print([m for m in ('pydantic', 'boto3', 'botocore') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
