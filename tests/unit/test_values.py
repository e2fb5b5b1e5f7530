"""Python values as attribute values, and the size of an item."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

import pytest

from mizzle.errors import EncodingError
from mizzle.limits import MAX_ITEM_BYTES
from mizzle.values import (
    calculate_item_size,
    datetime_text,
    decode_value,
    encode_value,
    largest_attributes,
    map_key_text,
    number_text,
    parse_timedelta,
    timedelta_text,
)
from tests.support.ids import shown


class Colour(StrEnum):
    RED = "red"


class Level(Enum):
    LOW = 1


ID = UUID("12345678-ABCD-4234-8234-123456789ABC")
PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {"S": ""}),
        ("é", {"S": "é"}),
        (0, {"N": "0"}),
        (-12, {"N": "-12"}),
        (10**38, {"N": "100000000000000000000000000000000000000"}),
        (10**50, {"N": "1E50"}),
        (1.5, {"N": "1.5"}),
        (2.0, {"N": "2"}),
        (-0.0, {"N": "0"}),
        (1e-7, {"N": "0.0000001"}),
        (1e-100, {"N": "1E-100"}),
        (Decimal("9.90"), {"N": "9.9"}),
        (Decimal("-1.25E-60"), {"N": "-1.25E-60"}),
        (True, {"BOOL": True}),
        (None, {"NULL": True}),
        (b"\x00\xff", {"B": "AP8="}),
        (bytearray(b"x"), {"B": "eA=="}),
        ([1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
        ((), {"L": []}),
        ({"a": {}}, {"M": {"a": {"M": {}}}}),
        ({1: "a"}, {"M": {"1": {"S": "a"}}}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        (frozenset({2, 1.5}), {"NS": ["1.5", "2"]}),
        ({b"x"}, {"BS": ["eA=="]}),
        (set(), {"L": []}),
        ({True}, {"L": [{"BOOL": True}]}),
        ({1, "a"}, {"L": [{"N": "1"}, {"S": "a"}]}),
        (datetime(26, 1, 2, 3, 4, 5, tzinfo=PARIS), {"S": "0026-01-02T02:04:05.000000Z"}),
        (datetime(2026, 11, 24), {"S": "2026-11-24T00:00:00.000000"}),
        (date(2026, 11, 24), {"S": "2026-11-24"}),
        (time(9, 30), {"S": "09:30:00.000000"}),
        (time(9, 30, tzinfo=PARIS), {"S": "09:30:00.000000+01:00"}),
        (timedelta(days=-1, microseconds=1), {"N": "-86399.999999"}),
        (ID, {"S": "12345678-abcd-4234-8234-123456789abc"}),
        (Colour.RED, {"S": "red"}),
        (Level.LOW, {"N": "1"}),
    ],
    ids=shown,
)
def test_a_value_is_stored_by_its_own_type(value: Any, expected: dict[str, Any]) -> None:
    assert encode_value(value) == expected


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "NaN"),
        (float("-inf"), "infinite"),
        (Decimal("sNaN"), "NaN"),
        (Decimal("Infinity"), "infinite"),
        (int("1" * 39), "39 significant digits"),
        (Decimal("1." + "1" * 38), "39 significant digits"),
        (1e126, "between"),
        (Decimal("1E-131"), "between"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        (object(), "type object"),
        ({(1, 2): 3}, "key of type tuple"),
        ({1: "a", "1": "b"}, "two keys"),
        ({ID, str(ID)}, "two members"),
        (datetime.min.replace(tzinfo=PARIS), "UTC"),
    ],
    ids=lambda part: part if isinstance(part, str) and part.isascii() else None,
)
def test_what_dynamodb_cannot_hold_is_refused(value: Any, why: str) -> None:
    with pytest.raises(EncodingError, match=why):
        encode_value(value)


def test_an_int_too_long_to_be_written_is_refused() -> None:
    with pytest.raises(EncodingError, match="between"):
        encode_value(10**5000)


def nested(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"k": value} if level % 2 else [value]
    return value


def test_32_levels_are_stored_and_33_refused() -> None:
    assert decode_value(encode_value(nested(32))) == nested(32)
    with pytest.raises(EncodingError, match="32 levels"):
        encode_value(nested(33))


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"N": "12"}, 12),
        ({"N": "-12"}, -12),
        ({"N": "1E3"}, 1000),
        ({"N": "9007199254740993"}, 9007199254740993),
        ({"N": "0.1"}, 0.1),
        ({"N": "0.10"}, 0.1),
        ({"N": "0.1234567890123456789"}, Decimal("0.1234567890123456789")),
        ({"SS": ["a", "b"]}, {"a", "b"}),
        ({"NS": ["1", "1.5"]}, {1, 1.5}),
        ({"BS": ["eA=="]}, {b"x"}),
        ({"B": ""}, b""),
        ({"M": {"a": {"NULL": True}}}, {"a": None}),
        ({"L": [{"BOOL": False}]}, [False]),
    ],
    ids=shown,
)
def test_a_stored_value_is_read_by_its_wire_type(stored: dict[str, Any], expected: Any) -> None:
    found = decode_value(stored)
    assert found == expected
    assert type(found) is type(expected)


MALFORMED: list[Any] = [
    {},
    {"S": "a", "N": "1"},
    {"X": 1},
    {"S": 1},
    {"N": 1},
    {"N": "x"},
    {"N": "1e"},
    {"B": "?"},
    {"BOOL": "true"},
    {"NULL": False},
    {"SS": "ab"},
    {"SS": [1]},
    {"L": {}},
    {"M": []},
    "text",
]


@pytest.mark.parametrize("value", MALFORMED, ids=shown)
def test_what_is_no_attribute_value_is_refused(value: Any) -> None:
    with pytest.raises(EncodingError):
        decode_value(value)
    with pytest.raises(EncodingError):
        calculate_item_size({"a": value})


@pytest.fixture
def narrow_context() -> Iterator[None]:
    with decimal.localcontext() as context:
        context.prec = 3
        context.traps[decimal.Inexact] = True
        context.traps[decimal.FloatOperation] = True
        yield


@pytest.mark.usefixtures("narrow_context")
@pytest.mark.parametrize("value", [Decimal("1." + "1" * 37), 10**37 + 1, 0.1, Decimal("1E125")])
def test_the_decimal_context_of_the_process_plays_no_part(value: Any) -> None:
    found = decode_value(encode_value(value))
    assert repr(found) == repr(value) or int(found) == int(value)


def test_durations_are_exact_to_the_microsecond() -> None:
    for value in (timedelta.min, timedelta.max, timedelta(0), timedelta(microseconds=-1)):
        assert parse_timedelta(timedelta_text(value)) == value


def test_one_instant_has_one_text() -> None:
    there = datetime(2026, 11, 24, 1, tzinfo=PARIS)
    assert datetime_text(there) == datetime_text(there.astimezone(UTC))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", "a"),
        (1, "1"),
        (True, "true"),
        (1.5, "1.5"),
        (Decimal("2.50"), "2.5"),
        (ID, str(ID)),
        (Colour.RED, "red"),
        (Level.LOW, "1"),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00.000000Z"),
    ],
    ids=shown,
)
def test_a_map_key_is_text(key: Any, expected: str) -> None:
    assert map_key_text(key) == expected


def test_a_bool_is_not_a_number() -> None:
    with pytest.raises(EncodingError):
        number_text(True)


SIZES: list[tuple[dict[str, Any], int]] = [
    ({"S": ""}, 0),
    ({"S": "abc"}, 3),
    ({"S": "€"}, 3),
    ({"S": "😀"}, 4),
    ({"B": "AP8="}, 2),
    ({"B": ""}, 0),
    ({"NULL": True}, 1),
    ({"BOOL": False}, 1),
    ({"N": "0"}, 1),
    ({"N": "0.00"}, 1),
    ({"N": "1"}, 2),
    ({"N": "12"}, 2),
    ({"N": "-12"}, 3),
    ({"N": "123"}, 3),
    ({"N": "120"}, 3),
    ({"N": "1200"}, 2),
    ({"N": "1.5"}, 3),
    ({"N": "3.14159"}, 5),
    ({"N": "0.012"}, 3),
    ({"N": "1E125"}, 2),
    ({"N": "1" * 38}, 20),
    ({"N": "-1." + "1" * 37}, 21),
    ({"SS": ["a", "€"]}, 4),
    ({"NS": ["1", "123"]}, 5),
    ({"BS": ["AP8=", "eA=="]}, 3),
    ({"L": []}, 3),
    ({"L": [{"S": "ab"}, {"NULL": True}]}, 3 + 1 + 2 + 1 + 1),
    ({"M": {}}, 3),
    ({"M": {"é": {"N": "12"}}}, 3 + 1 + 2 + 2),
    ({"L": [{"M": {"a": {"L": []}}}]}, 3 + 1 + 3 + 1 + 1 + 3),
]


@pytest.mark.parametrize(("value", "expected"), SIZES, ids=shown)
def test_the_size_of_a_value_is_dynamodbs(value: dict[str, Any], expected: int) -> None:
    """The table of design.md, section 4."""
    assert calculate_item_size({"ñ": value}) == 2 + expected


def test_the_largest_item_that_engines_accept_is_exactly_at_the_limit() -> None:
    ascii_item = {"pk": {"S": "k"}, "p": {"S": "x" * 409_596}}
    numbers: dict[str, dict[str, Any]] = {"pk": {"S": "k"}, "l": {"L": [{"N": "1"}] * 136_531}}
    assert calculate_item_size(ascii_item) == MAX_ITEM_BYTES
    assert calculate_item_size(numbers) == MAX_ITEM_BYTES


def test_the_largest_attributes_come_first() -> None:
    item: dict[str, dict[str, Any]] = {
        "a": {"S": "x"},
        "bio": {"S": "x" * 50},
        "avatar": {"B": "AP8="},
        "n": {"N": "1"},
    }
    assert largest_attributes(item, n=2) == [("bio", 53), ("avatar", 8)]
