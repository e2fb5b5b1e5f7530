"""Cursors: what they say, whose they are, and what is none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta, timezone
from decimal import Decimal
from itertools import product
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import pytest

from mizzle import MizzleConfig, select
from mizzle.cursors import fingerprint, read_cursor, write_cursor
from mizzle.errors import ConfigurationError, InvalidCursorError
from tests.models import ADA, NOON, ONE, Order, Status, User, app

SECRET = "sixteen bytes ab"
OTHER = b"another 16 bytes"
POSITION = {"places": [{"pk": {"S": "a"}, "sk": {"N": "1"}}, None, True], "returned": 7}


def raw(content: bytes) -> str:
    """Write bytes the way cursors are written."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(content: Any) -> str:
    return raw(b"1p" + json.dumps(content).encode())


def content_of(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


@pytest.mark.parametrize("secret", [None, SECRET, SECRET.encode(), "ü" * 16])
def test_a_position_is_read_back(secret: Any) -> None:
    cursor = write_cursor(POSITION, "s", secret)
    assert read_cursor(cursor, "s", secret) == POSITION
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)


def test_a_cursor_has_a_version_and_says_whether_it_is_signed() -> None:
    plain, signed = (content_of(write_cursor(POSITION, "s", key)) for key in (None, SECRET))
    assert plain == b"1p" + json.dumps(["s", POSITION], separators=(",", ":")).encode()
    assert signed[:2] == b"1s"
    assert signed[2:-16] == plain[2:]


def test_text_and_bytes_are_the_same_secret() -> None:
    assert write_cursor(POSITION, "s", SECRET) == write_cursor(POSITION, "s", SECRET.encode())


def test_a_cursor_of_another_statement_is_refused() -> None:
    for secret in (None, SECRET):
        cursor = write_cursor(POSITION, "s", secret)
        with pytest.raises(InvalidCursorError, match="another statement"):
            read_cursor(cursor, "t", secret)


@pytest.mark.parametrize(
    ("written", "read", "words"),
    [
        (None, SECRET, "not signed, and here cursors are"),
        (SECRET, None, "no cursor_secret here"),
        (SECRET, OTHER, "signature is wrong"),
    ],
    ids=["unsigned", "nothing to check with", "another secret"],
)
def test_what_is_signed_otherwise_is_refused(written: Any, read: Any, words: str) -> None:
    cursor = write_cursor(POSITION, "s", written)
    with pytest.raises(InvalidCursorError, match=words):
        read_cursor(cursor, "s", read)


def test_an_unsigned_cursor_cannot_be_passed_off_as_signed() -> None:
    content = content_of(write_cursor(POSITION, "s", None))
    for made_up in (b"1s" + content[2:], b"1s" + content[2:] + bytes(16), b"1s", b"1s" + bytes(9)):
        with pytest.raises(InvalidCursorError, match="signature is wrong"):
            read_cursor(raw(made_up), "s", SECRET)


MALFORMED = {
    "nothing": "",
    "no text": None,
    "bytes": b"MXA",
    "a character that is none of base64": "MXA*",
    "not ASCII": "MXAü",
    "half a surrogate pair": "MXA\ud800",
    "one character": "M",
    "too long": "A" * 65_537,
    "another version": raw(b'2p["s",{"returned":0,"places":[]}]'),
    "another kind": raw(b'1x["s",{"returned":0,"places":[]}]'),
    "no content": raw(b"1p"),
    "no JSON": raw(b"1p["),
    "no UTF-8": raw(b'1p["\xff",{"returned":0}]'),
    "JSON too deep": raw(b"1p" + b"[" * 40_000),
    "a number": unsigned(1),
    "a text of two characters": unsigned("ab"),
    "an object of two members": unsigned({"a": 1, "b": 2}),
    "too few": unsigned(["s"]),
    "too many": unsigned(["s", POSITION, 1]),
    "a position that is no object": unsigned(["s", [1]]),
    "no number of items": unsigned(["s", {"places": []}]),
    "a number that is a text": unsigned(["s", {"places": [], "returned": "1"}]),
    "a number that is a bool": unsigned(["s", {"places": [], "returned": True}]),
    "a number that is not whole": unsigned(["s", {"places": [], "returned": 1.0}]),
    "a number below 0": unsigned(["s", {"places": [], "returned": -1}]),
    "a number of 5,000 digits": raw(b'1p["s",{"places":[],"returned":' + b"9" * 5000 + b"}]"),
}


@pytest.mark.parametrize("cursor", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_cursor_is_refused(cursor: Any) -> None:
    with pytest.raises(InvalidCursorError, match="is not one that a page"):
        read_cursor(cursor, "s", None)


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param(unsigned([1, POSITION]), id="a statement that is no text"),
        pytest.param(
            unsigned(["\ud800", POSITION]),
            id="half a surrogate pair as the statement",
        ),
        pytest.param(
            unsigned(["s", {"returned": 0}]),
            id="no places",
        ),
        pytest.param(
            write_cursor(POSITION, "s", None) + "!!!!",
            id="characters of no meaning at the end",
        ),
        pytest.param(
            write_cursor({"places": ["?>?>?>"], "returned": 0}, "s", None)
            .replace("-", "+")
            .replace("_", "/"),
            id="the other alphabet of base64",
        ),
    ],
)
def test_what_is_not_written_like_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursorError):
        read_cursor(cursor, "s", None)


def signed_of_length(remainder: int) -> str:
    """Sign a cursor whose last group of four characters has so many."""
    made = (write_cursor({"places": ["x" * n], "returned": 1}, "s", SECRET) for n in range(9))
    return next(cursor for cursor in made if len(cursor) % 4 == remainder)


@pytest.mark.parametrize("remainder", [0, 2, 3])
def test_every_other_character_of_a_signed_cursor_is_refused(remainder: int) -> None:
    cursor = signed_of_length(remainder)
    for at, other in product(range(len(cursor)), f"{ascii_letters}{digits}-_*="):
        changed = cursor[:at] + other + cursor[at + 1 :]
        if changed != cursor:
            with pytest.raises(InvalidCursorError):
                read_cursor(changed, "s", SECRET)


@pytest.mark.parametrize("remainder", [0, 2, 3])
def test_every_other_bit_of_a_signed_cursor_is_refused(remainder: int) -> None:
    cursor = signed_of_length(remainder)
    content = content_of(cursor)
    for at, bit in product(range(len(content)), range(8)):
        changed = bytearray(content)
        changed[at] ^= 1 << bit
        with pytest.raises(InvalidCursorError):
            read_cursor(raw(bytes(changed)), "s", SECRET)
    for length in range(len(cursor)):
        with pytest.raises(InvalidCursorError):
            read_cursor(cursor[:length], "s", SECRET)
    for changed in (cursor[1:], f"A{cursor}", f"{cursor}A", f"{cursor}AAAA", cursor + cursor):
        with pytest.raises(InvalidCursorError):
            read_cursor(changed, "s", SECRET)


@pytest.mark.parametrize("secret", ["", "x" * 15, b"x" * 15, "\ud800" * 16, 16, Ellipsis], ids=repr)
def test_a_secret_that_can_be_guessed_is_refused(secret: Any) -> None:
    with pytest.raises(ConfigurationError, match="16 bytes at least"):
        MizzleConfig(cursor_secret=secret)


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(MizzleConfig(cursor_secret=SECRET))


def fingerprint_of(statement: Any) -> str:
    found: str = statement.run(MizzleConfig())._fingerprint()
    return found


of_ada = select(Order).where(Order.user_id == ADA)
DIFFERENT = {
    "an item collection": of_ada,
    "another item collection": select(Order).where(Order.user_id == ONE),
    "descending": of_ada.descending(),
    "limited": of_ada.limit(5),
    "limited otherwise": of_ada.limit(6),
    "values of a path": of_ada.only(Order.total),
    "values of another path": of_ada.only(Order.status),
    "values of two paths": of_ada.only(Order.total, Order.status),
    "a condition": of_ada.where(Order.total > 5),
    "another operand": of_ada.where(Order.total > 6),
    "another operator": of_ada.where(Order.total >= 5),
    "another attribute": of_ada.where(Order.id > ONE),
    "a negation": of_ada.where(~(Order.total > 5)),
    "a disjunction": of_ada.where((Order.total > 5) | (Order.total > 6)),
    "a conjunction": of_ada.where((Order.total > 5) & (Order.total > 6)),
    "a range of the key": of_ada.where(Order.placed_at > NOON),
    "an index": select(Order).where(Order.user_id == ADA, Order.status == Status.NEW),
    "asked for an index": select(Order)
    .where(Order.user_id == ADA, Order.status == Status.NEW)
    .using(Order.by_status),
    "a scan": select(Order).scan(),
    "a scan in segments": select(Order).scan(segments=1).where(Order.user_id == ADA),
    "a scan in more segments": select(Order).scan(segments=2).where(Order.user_id == ADA),
    "another entity": select(User).scan(),
    "the whole table": select(app).scan(),
    "two item collections": select(Order).where(Order.user_id.is_in([ADA, ONE])),
    "the same the other way round": select(Order).where(Order.user_id.is_in([ONE, ADA])),
    "a set": select(User).where(User.tags == {"a"}).scan(),
    "another set": select(User).where(User.tags == {"b"}).scan(),
    "the empty set": select(User).where(User.tags == set()).scan(),
    "a map": select(User).where(User.limits == {"a": 1}).scan(),
    "another map": select(User).where(User.limits == {"a": 2}).scan(),
    "None": select(User).where(User.home == None).scan(),  # noqa: E711  # a condition
    "size": select(User).where(User.name.size() == 1).scan(),
    "the size of another": select(User).where(User.email.size() == 1).scan(),
    "path against path": select(User).where(User.name == User.email).scan(),
}


def test_statements_that_read_otherwise_have_fingerprints_of_their_own() -> None:
    found = {name: fingerprint_of(statement) for name, statement in DIFFERENT.items()}
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("name", ["SS", "NS", "BS"])
def test_a_map_may_have_a_member_that_is_called_like_a_type_of_sets(name: str) -> None:
    one, other = (select(User).where(User.limits == {name: number}).scan() for number in (1, 2))
    assert fingerprint_of(one) != fingerprint_of(other)


SAME = {
    "made again": (of_ada, select(Order).where(Order.user_id == ADA)),
    "the size of pages": (of_ada, of_ada.page_size(3)),
    "consistency": (of_ada, of_ada.consistent()),
    "conditions one by one": (
        select(Order).where(Order.user_id == ADA, Order.total > 5),
        of_ada.where(Order.total > 5),
    ),
    "a number written otherwise": (
        of_ada.where(Order.total > Decimal("5.0")),
        of_ada.where(Order.total > 5),
    ),
    "an instant in another time zone": (
        of_ada.where(Order.placed_at > NOON),
        of_ada.where(Order.placed_at > NOON.astimezone(timezone(timedelta(hours=5)))),
    ),
    "a set in another order": (
        select(User).where(User.tags == {"a", "b", "c"}).scan(),
        select(User).where(User.tags == {"c", "b", "a"}).scan(),
    ),
    "a map in another order": (
        select(User).where(User.limits == {"a": 1, "b": 2}).scan(),
        select(User).where(User.limits == {"b": 2, "a": 1}).scan(),
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_statements_that_read_the_same_have_one_fingerprint(one: Any, other: Any) -> None:
    assert fingerprint_of(one) == fingerprint_of(other)


CHILD = """
from mizzle import MizzleConfig, select
from tests.models import User

tags = set(map(str, range(20)))
conditions = [User.tags == tags, User.tags != frozenset(tags), User.limits == {"b": 1, "a": 2}]
statement = select(User).where(*conditions).only(User.name).scan()
print(statement.run(MizzleConfig())._fingerprint())
"""


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    """Texts have other hashes there, and sets another order."""
    root = Path(__file__).resolve().parents[2]
    found = [
        subprocess.run(
            [sys.executable, "-c", CHILD],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert re.fullmatch(r"[0-9a-f]{24}\n", found[0])
    assert found[0] == found[1]


def test_a_fingerprint_takes_texts_that_utf8_cannot_hold() -> None:
    assert fingerprint(["\ud800"]) != fingerprint(["\ud801"])
