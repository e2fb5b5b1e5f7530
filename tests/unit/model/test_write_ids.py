"""Write ids, and what a stored one says of a write whose answer was lost."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mizzle.model.write_ids import NO_ID, Kind, Verdict, judge, mark, new_write_id
from mizzle.values import calculate_item_size

NOW = 1_790_000_000_000
TWENTY_MINUTES = 1_200_000


def raw(write_id: dict[str, Any]) -> bytes:
    return base64.b64decode(write_id["B"], validate=True)


def change(milliseconds: int = NOW) -> dict[str, Any]:
    return new_write_id("update", milliseconds=milliseconds)


def replacement(milliseconds: int = NOW) -> dict[str, Any]:
    return new_write_id("put", milliseconds=milliseconds)


def insertion(milliseconds: int = NOW) -> dict[str, Any]:
    return new_write_id("insert", milliseconds=milliseconds)


@pytest.mark.parametrize("kind", ["insert", "put", "update"])
def test_an_id_is_16_bytes_of_time_kind_and_chance(kind: Kind) -> None:
    found = raw(new_write_id(kind, milliseconds=NOW))

    assert (len(found), found[:6], found[6:7]) == (16, NOW.to_bytes(6, "big"), kind[:1].encode())


def test_ids_of_one_moment_differ() -> None:
    assert len({change()["B"] for _ in range(1_000)}) == 1_000


def test_an_id_bears_the_time_of_its_making() -> None:
    first, second = (raw(new_write_id("update")) for _ in range(2))

    assert NOW - 10**11 < int.from_bytes(first[:6], "big") <= int.from_bytes(second[:6], "big")


def test_ids_are_small() -> None:
    for write_id in (change(), insertion(), NO_ID):
        assert calculate_item_size({"_w": write_id}) == 18


def test_a_put_keeps_the_id_that_its_item_was_read_with() -> None:
    own, before = change(), change()

    assert mark({}, own, inserts=True) == {"_w": own}
    assert mark({}, own, inserts=False) == {"_w": own, "_wp": NO_ID}
    assert mark({"_w": before}, own, inserts=False) == {"_w": own, "_wp": before}
    marks = {"_w": before, "_wp": change()}
    assert mark(marks, own, inserts=False) == {"_w": own, "_wp": before}


OWN, OWN_INSERT = change(), insertion()
OTHER, OTHER_INSERT, OTHER_PUT = change(), insertion(), replacement()
NOT_OLD, OLD = change(NOW - TWENTY_MINUTES), change(NOW - TWENTY_MINUTES - 1)


@pytest.mark.parametrize(
    ("own", "stored", "earlier", "verdict"),
    [
        # What the last conditional write left.
        pytest.param(OWN, OWN, None, Verdict.APPLIED, id="its own"),
        pytest.param(OWN, OWN, OTHER, Verdict.APPLIED, id="its own, on another's"),
        pytest.param(OWN_INSERT, OWN_INSERT, None, Verdict.APPLIED, id="its own insert"),
        pytest.param(OWN, None, None, Verdict.NOT_APPLIED, id="none: a plain put removes it"),
        pytest.param(OWN, OTHER_INSERT, None, Verdict.NOT_APPLIED, id="an insert found no item"),
        pytest.param(OWN, insertion(NOW + 10**9), None, Verdict.NOT_APPLIED, id="a later insert"),
        pytest.param(OWN_INSERT, OTHER_INSERT, None, Verdict.NOT_APPLIED, id="another's insert"),
        pytest.param(OWN, OLD, None, Verdict.NOT_APPLIED, id="it was there before"),
        pytest.param(OWN_INSERT, change(0), NO_ID, Verdict.NOT_APPLIED, id="a much older one"),
        pytest.param(OWN, NO_ID, None, Verdict.NOT_APPLIED, id="a compiled request's, from 1970"),
        # A put keeps the id of what it was made from, not of what it was put on.
        pytest.param(
            OWN, OTHER_PUT, NO_ID, Verdict.UNKNOWN, id="another's put, of what was not read"
        ),
        pytest.param(
            OWN, OTHER_PUT, OTHER_INSERT, Verdict.UNKNOWN, id="another's put, of a stale read"
        ),
        pytest.param(OWN, OTHER_PUT, OWN, Verdict.APPLIED, id="another's put, of what it wrote"),
        pytest.param(OWN, replacement(0), NO_ID, Verdict.NOT_APPLIED, id="a much older put"),
        # What it found there.
        pytest.param(OWN, OTHER, OWN, Verdict.APPLIED, id="updated since"),
        pytest.param(OWN_INSERT, OTHER, OWN_INSERT, Verdict.APPLIED, id="inserted, then updated"),
        pytest.param(OWN, OTHER, NO_ID, Verdict.NOT_APPLIED, id="updated what had no id"),
        pytest.param(OWN, OTHER, OLD, Verdict.NOT_APPLIED, id="updated what was there before"),
        pytest.param(OWN, OTHER, OTHER_INSERT, Verdict.NOT_APPLIED, id="updated an insert"),
        pytest.param(OWN, OTHER, change(), Verdict.UNKNOWN, id="updated twice"),
        pytest.param(OWN, OTHER, NOT_OLD, Verdict.UNKNOWN, id="updated twice, by slow clocks"),
        pytest.param(OWN, change(NOW + 10**9), change(NOW + 10**9), Verdict.UNKNOWN, id="later"),
        # What no version of ours writes.
        pytest.param(OWN, {"S": "mine"}, OTHER, Verdict.UNKNOWN, id="no binary"),
        pytest.param(OWN, {"NULL": True}, OTHER, Verdict.UNKNOWN, id="null"),
        pytest.param(OWN, {"B": "AAAA"}, OTHER, Verdict.UNKNOWN, id="too short"),
        pytest.param(OWN, {"B": "A"}, OTHER, Verdict.UNKNOWN, id="no base64"),
        pytest.param(OWN, {"B": None}, OTHER, Verdict.UNKNOWN, id="no text"),
        pytest.param(OWN, OTHER, {"S": "mine"}, Verdict.UNKNOWN, id="no binary before"),
    ],
)
def test_what_the_stored_item_says(
    own: dict[str, Any],
    stored: dict[str, Any] | None,
    earlier: dict[str, Any] | None,
    verdict: Verdict,
) -> None:
    marks = {"_w": stored, "_wp": earlier}
    item = {name: mark for name, mark in marks.items() if mark is not None}

    assert judge(own, {"pk": {"S": "a"}, **item}) is verdict
