"""Ranges of a key attribute, and where they meet: against every value there is to try."""

from __future__ import annotations

from base64 import b64decode, b64encode
from itertools import product
from typing import Any

import pytest

from mizzle.evaluator import holds
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import AttributePath, Value
from mizzle.model.ranges import EMPTY, Empty, KeyRange
from mizzle.planner.intervals import EVERYTHING, Interval, key_size_bytes, meet, native_interval

LIMIT = 4
PATH: AttributePath[Any] = AttributePath(object, ("k",))


def text(value: str) -> dict[str, str]:
    return {"S": value}


def binary(value: bytes) -> dict[str, str]:
    return {"B": b64encode(value).decode()}


TEXTS = [text("".join(c)) for n in range(3) for c in product("ab\U0010ffff", repeat=n)] + [
    text(each)
    for each in ("aaaa", "aaab", "aaaaa", "aaa\x7f\x7f", "\x7f" * 5, "aaé", "aaaé", "é" * 3)
]
BINARIES = [binary(bytes(c)) for n in range(3) for c in product([0, 97, 255], repeat=n)] + [
    binary(each) for each in (b"aaaa", b"aaab", b"aaaaa", b"aaa\xff\xff", b"\xff" * 4, b"\xff" * 5)
]
NUMBERS = [{"N": str(n)} for n in (-10, -1.5, 0, 1, 9, 10, "1E+2")]
KINDS = {"S": TEXTS, "N": NUMBERS, "B": BINARIES}
OPERATORS = ["<", "<=", ">", ">=", "between", "begins_with"]


def keys_of(kind: str) -> list[Any]:
    """List the values that a key of this type can have: neither empty nor too long."""
    return [value for value in KINDS[kind] if 1 <= key_size_bytes(value) <= LIMIT]


def said(op: str, *operands: Any) -> Condition:
    return Condition(op, (PATH, *map(Value, operands)))


def is_in(value: Any, interval: Interval | Empty) -> bool:
    if isinstance(interval, Empty):
        return False
    condition = interval.condition(PATH)
    return condition is None or holds(condition, {"k": value})


def check_operands(interval: Interval) -> None:
    """DynamoDB takes no operand of a key that is empty, or longer than any key."""
    condition = interval.condition(PATH)
    for operand in () if condition is None else condition.operands[1:]:
        assert 1 <= key_size_bytes(operand.value) <= LIMIT


@pytest.mark.parametrize(
    ("kind", "op"), [pair for pair in product(KINDS, OPERATORS) if pair != ("N", "begins_with")]
)
def test_an_interval_holds_every_key_that_its_condition_holds_for(kind: str, op: str) -> None:
    keys = keys_of(kind)
    for operands in product(KINDS[kind], repeat=2 if op == "between" else 1):
        if op == "between" and not holds(said("<=", operands[1]), {"k": operands[0]}):
            continue
        interval = native_interval(op, operands, LIMIT)
        wanted = [holds(said(op, *operands), {"k": key}) for key in keys]
        found = [is_in(key, interval) for key in keys]
        assert all(found[n] for n, is_wanted in enumerate(wanted) if is_wanted), operands
        if isinstance(interval, Empty):
            continue
        check_operands(interval)
        if interval.is_exact:
            assert found == wanted, operands


SOME = {
    "S": [text(each) for each in ("", "a", "ab", "b", "\U0010ffff", "bbbbb")],
    "N": NUMBERS[::2],
    "B": [binary(each) for each in (b"", b"a", b"a\xff", b"\xff\xff", b"aaaaa")],
}


@pytest.mark.parametrize("kind", KINDS)
def test_where_intervals_meet_is_all_that_each_of_them_holds(kind: str) -> None:
    """What of it is not exact has to be asked again; what is, has not."""
    ops = [op for op in OPERATORS if op != "between" and (kind, op) != ("N", "begins_with")]
    singles = [
        (said(op, operand), interval)
        for op, operand in product(ops, SOME[kind])
        if isinstance(interval := native_interval(op, [operand], LIMIT), Interval)
    ]
    keys = keys_of(kind)
    for (one, first), (other, second) in product(singles, repeat=2):
        met = meet([first, second], 1024)
        both = [all(holds(each, {"k": key}) for each in (one, other)) for key in keys]
        if isinstance(met, Empty):
            assert not any(both), (one, other)
            continue
        interval, exact = met
        check_operands(interval)
        asked = [each for each, is_exact in zip((one, other), exact, strict=True) if not is_exact]
        found = [
            is_in(key, interval) and all(holds(each, {"k": key}) for each in asked) for key in keys
        ]
        assert found == both, (one, other)


def test_one_interval_meets_itself_as_it_is() -> None:
    for exact in (True, False):
        beginning = Interval(prefix=text("a"), is_exact=exact)
        assert meet([beginning], 1024) == (beginning, [exact])


def test_the_exclusive_one_of_two_equal_bounds_is_the_narrower() -> None:
    above, at_least = Interval(text("a"), excludes_low=True), Interval(text("a"))
    below, at_most = Interval(None, text("b"), excludes_high=True), Interval(None, text("b"))
    assert meet([above, at_least], 1024) == (above, [True, True])
    assert meet([at_least, above], 1024) == (above, [True, True])
    assert meet([below, at_most], 1024) == (below, [True, True])
    assert meet([at_most, below], 1024) == (below, [True, True])


def test_between_leaves_no_bound_out() -> None:
    above, below = Interval(text("a"), excludes_low=True), Interval(None, text("b"))
    assert meet([above, below], 1024) == (Interval(text("a"), text("b")), [False, True])
    assert meet([above, Interval(text("aa")), below], 1024) == (
        Interval(text("aa"), text("b")),
        [True, True, True],
    )


def test_intervals_that_do_not_meet_are_empty() -> None:
    assert meet([Interval(text("b")), Interval(None, text("a"))], 1024) is EMPTY
    assert meet([Interval(prefix=text("b")), Interval(None, text("a"))], 1024) is EMPTY


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (EVERYTHING, None),
        (Interval(prefix=text("a")), said("begins_with", text("a"))),
        (Interval(text("a"), text("b")), said("between", text("a"), text("b"))),
        (Interval(text("a"), text("a")), said("=", text("a"))),
        (Interval(text("a")), said(">=", text("a"))),
        (Interval(text("a"), excludes_low=True), said(">", text("a"))),
        (Interval(None, text("b")), said("<=", text("b"))),
        (Interval(None, text("b"), excludes_high=True), said("<", text("b"))),
    ],
)
def test_an_interval_writes_one_condition(interval: Interval, expected: Any) -> None:
    assert interval.condition(PATH) == expected


@pytest.mark.parametrize(
    ("op", "low", "high", "expected"),
    [
        ("=", "a", None, Interval(text("a"), text("a"))),
        ("begins_with", "a", None, Interval(prefix=text("a"))),
        ("BETWEEN", "a", "b", Interval(text("a"), text("b"))),
        (">", "a", None, Interval(text("a"), excludes_low=True)),
        (">=", "a", None, Interval(text("a"))),
        ("<", None, "b", Interval(None, text("b"), excludes_high=True)),
        ("<=", None, "b", Interval(None, text("b"))),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_a_range_of_composed_keys_is_an_interval(
    op: Any, low: str | None, high: str | None, expected: Interval, *, exact: bool
) -> None:
    found = Interval.of_range(KeyRange(op, low, high, exact=exact, foreign=False))
    assert found == expected._replace(is_exact=exact)


@pytest.mark.parametrize(
    ("interval", "is_within"),
    [
        (Interval(prefix=text("ORDER#")), True),
        (Interval(prefix=text("ORDER#2026")), True),
        (Interval(prefix=text("ORDER")), False),
        (Interval(text("ORDER#a"), text("ORDER#b")), True),
        (Interval(text("ORDER#a"), text("ORDER$")), False),
        (Interval(text("ORDER#a")), False),
        (Interval(None, text("ORDER#b")), False),
        (EVERYTHING, False),
    ],
)
def test_an_interval_is_within_a_literal_if_both_ends_are(
    interval: Interval, *, is_within: bool
) -> None:
    assert interval.is_within("ORDER#") is is_within


def test_keys_are_measured_in_bytes_and_numbers_never_too_long() -> None:
    assert key_size_bytes(text("aé")) == 3
    assert key_size_bytes(binary(b"abc")) == 3
    assert key_size_bytes({"N": "1" * 38}) == 1
    assert b64decode(binary(b"abc")["B"]) == b"abc"


def test_where_intervals_meet_no_bound_is_longer_than_a_key() -> None:
    beginning = Interval(prefix=text("a" * 1023 + "\x7f"))
    assert meet([beginning, Interval(text("a"))], 1024) == (
        Interval(beginning.prefix, text("a" * 1022 + "b")),
        [False, True],
    )
