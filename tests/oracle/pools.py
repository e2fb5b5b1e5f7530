"""The values that stand in items and in conditions: few, so that they meet, and nasty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.oracle.models import Grade, Kind, Place

__all__ = ["INTEGERS", "SIZES", "TEXTS", "members_of", "values_of", "variant"]

_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

TEXTS: list[Any] = [
    "a", "b", "", "a#", "a!", "ab", "a-", "a--b", "a/", "A", "a\0", "\0", "\uffff", "\U0001f600",
    "\U0010ffff", "a\U0010ffff", "é", "a" * 1100,
]  # fmt: skip
INTEGERS: list[Any] = [1, 0, 2, 5, 9, 10, -1, 999, 1000, 9999, 10000, 10**37]
SIZES: list[Any] = [0, 1, 2, 3, -1]

_BOXES: list[Any] = ["p", "q", "p#", "p", "q", "p" * 2100]
_NAMES: list[Any] = [text for text in TEXTS if text]
_INDEXED: list[Any] = ["a", "b", "a#"]
_TIMES: list[Any] = [
    _NOON,
    _NOON + timedelta(microseconds=1),
    _NOON - timedelta(seconds=1),
    _NOON.astimezone(timezone(timedelta(hours=5, minutes=30))),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]
_DECIMALS: list[Any] = [
    Decimal(text) for text in ("1", "1.0", "1.5", "1.50", "0", "-2", "10", "9.99", "1E+2", "-0.001")
]
_FLOATS: list[Any] = [1.0, 0.5, -2.5, 0.1, 0.0, 1e10]
_WORDS: list[Any] = ["a", "b", "", "a#", "\U0010ffff"]
_PLACES: list[Any] = [
    Place(city="a", by=None),
    Place(city="a", by="b", zip=1),
    Place(city="b", by=None, zip=5, marks={"a"}),
    Place(city="", by="a", zip=0, marks={"a", "b"}),
]

_SCALARS: dict[str, list[Any]] = {
    "text": TEXTS,
    "num": INTEGERS,
    "many": INTEGERS,
    "dec": _DECIMALS,
    "flt": _FLOATS,
    "flag": [False, True],
    "blob": [b"", b"a", b"ab", b"\0", b"\xff", b"\xff\0"],
    "at": _TIMES,
    "kind": list(Kind),
    "grade": list(Grade),
    "home": [None, *_PLACES],
    "nick": [None, *TEXTS[:5]],
    "asked": [None, *TEXTS[:5]],
    "five": [5, None, 0, 1],
    "seen": [None, *_TIMES],
    "box": _BOXES,
    "folder": _NAMES[:8],
    "name": _NAMES,
    "owner": _INDEXED,
    "topic": [None, *_INDEXED],
    "rank": [None, 1, 0, 10, 999],
    "placed": _TIMES,
    "n": [0, 1, 9, 10, 99, 9999],
    "mark": ["", "a", "0", "#", "\U0010ffff"],
    "extra": [None, 1, 5],
    "unit": INTEGERS,
    "price": _DECIMALS,
    "slot": list(Kind),
    "label": _NAMES,
    "score": [None, *_DECIMALS],
    "seq": [*range(-3, 6), 10, 10**37],
    "shard": [0, 1, -1],
    "digest": [b"a", b"ab", b"a\0", b"\0", b"\xff", b"\xff\xff", b"b", b"a" * 2100],
}  # fmt: skip
_MEMBERS: dict[str, list[Any]] = {
    "tags": _WORDS,
    "labels": _WORDS,
    "maybe": _WORDS,
    "nums": INTEGERS[:6],
    "ints": INTEGERS[:6],
    "words": _WORDS,
    "stops": _PLACES,
}
_LISTS = ("ints", "words", "stops")
_KEYS = ["k", "", "a.b"]
_COUNTS = INTEGERS[:6]


def values_of(field: str) -> st.SearchStrategy[Any]:
    """Draw a value that a field may hold, the plain ones first."""
    if field in _SCALARS:
        return st.sampled_from(_SCALARS[field])
    if field == "limits":
        return st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_COUNTS), max_size=2)
    members = st.lists(st.sampled_from(_MEMBERS[field]), max_size=3)
    if field in _LISTS:
        return members
    return st.none() | members.map(set) if field == "maybe" else members.map(set)


def members_of(field: str) -> st.SearchStrategy[Any]:
    """Draw a value that a set or a list may contain."""
    return st.sampled_from(_MEMBERS[field])


@cache
def variant(fields: tuple[str, ...], number: int) -> dict[str, Any]:
    """Choose values for some fields, the same for a number each time: plain ones for 0.

    Drawing every field of every item would make examples too large to shrink.
    """
    rng = Random(f"{fields}{number}")
    return {field: _chosen(field, rng if number else None) for field in fields}


def _chosen(field: str, rng: Random | None) -> Any:
    if field in _SCALARS:
        return rng.choice(_SCALARS[field]) if rng else _SCALARS[field][0]
    if field == "limits":
        return {key: rng.choice(_COUNTS) for key in _KEYS if rng.random() < 0.3} if rng else {}
    members = rng.choices(_MEMBERS[field], k=rng.choice([0, 1, 2, 3])) if rng else []
    if field == "maybe" and not members:
        return None if rng is None or rng.random() < 0.5 else set()
    return members if field in _LISTS else set(members)
