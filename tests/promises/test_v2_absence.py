"""V2: None and empty sets are left out where absence reads back as the same value."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import Attr, Document, Entity, PrimaryKey, Table, attr, insert, put, select, update
from tests.support.requests import body_of

table = Table("v2", partition_key="pk")


class Note(Document):
    text: Attr[str | None] = attr(default=None)
    by: Attr[str | None]


class Thing(Entity, table=table):
    id: Attr[str]
    none: Attr[str | None] = attr(default=None)
    asked: Attr[str | None]
    five: Attr[int | None] = attr(default=5)
    tags: Attr[set[str]] = attr(default_factory=set)
    labels: Attr[set[str]]
    ones: Attr[set[int]] = attr(default_factory=lambda: {1})
    maybe: Attr[set[str] | None] = attr(default=None)
    note: Attr[Note | None] = attr(default=None)
    primary = PrimaryKey("THING#{id}")


def thing(**changes: Any) -> Thing:
    return Thing(**{"id": "t", "asked": None, "labels": set(), **changes})


@pytest.fixture
def things(make_db: Any, fresh_table_name: Any) -> Any:
    db = make_db(tables={table: fresh_table_name()})
    db.create_table(table)
    return db


def test_what_is_stored() -> None:
    item = body_of(put(thing(five=None, ones=set(), maybe=set(), note=Note(by=None))))["Item"]
    assert item == {
        "pk": {"S": "THING#t"},
        "_type": {"S": "Thing"},
        "id": {"S": "t"},
        "asked": {"NULL": True},
        "five": {"NULL": True},
        "ones": {"L": []},
        "maybe": {"L": []},
        "note": {"M": {"by": {"NULL": True}}},
    }


def test_it_reads_back_as_it_was(things: Any) -> None:
    made = thing(five=None, ones=set(), maybe=set(), note=Note(by=None))
    things.execute(insert(made))
    assert things.execute(select(Thing).where(Thing.id == "t").one()) == made


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Thing.none == None, True),  # noqa: E711  # a condition
        (Thing.none != None, False),  # noqa: E711  # a condition
        (Thing.none != "x", True),
        (Thing.none.missing(), True),
        (Thing.asked == None, True),  # noqa: E711  # a condition
        (Thing.asked.missing(), False),
        (Thing.none.is_in([None, "x"]), True),
        (Thing.none.is_in(["x"]), False),
        (Thing.none.is_in([]), False),
        (Thing.none == Thing.asked, True),
        (Thing.none != Thing.asked, False),
        (Thing.tags == set(), True),
        (Thing.tags != set(), False),
        (Thing.tags == {"x"}, False),
        (Thing.tags.missing(), True),
        (Thing.tags.size() == 0, True),
        (Thing.tags.size() < 1, True),
        (Thing.tags.size() > 0, False),
        (Thing.tags.size() != 0, False),
        (Thing.tags.size() != 1, True),
        (Thing.tags.size() == Thing.labels.size(), True),
        (Thing.tags.size() < Thing.ones.size(), True),
        (Thing.ones.size() > Thing.tags.size(), True),
        (Thing.ones.size() <= Thing.tags.size(), False),
        (Thing.ones.size() != Thing.tags.size(), True),
        (Thing.five > Thing.tags.size(), True),
        (Thing.five == Thing.tags.size(), False),
        (Thing.tags.size() != Thing.five, True),
        (Thing.labels == set(), True),
        (Thing.tags == Thing.labels, True),
        (Thing.five == 5, True),
        (Thing.ones.contains(1), True),
        (~Thing.tags.contains("x"), True),
        (Thing.five.between(6, 4), False),
        (Thing.five.between(4, 6), True),
    ],
    ids=str,
)
def test_conditions_see_absence_as_none_or_empty(
    make_db: Any, fresh_table_name: Any, condition: Any, holds: bool, request: Any
) -> None:
    if "moto" in request.node.name and "size" in str(condition):
        # moto fails on size() of a missing attribute; Dynoxide judges these.
        return
    db = make_db(tables={table: fresh_table_name()})
    db.create_table(table)
    db.execute(insert(thing()))
    assert bool(db.execute(select(Thing).where(condition).scan())) is holds


def test_discarding_the_last_member_leaves_a_readable_item(things: Any) -> None:
    things.execute(insert(thing(labels={"a"})))
    found = things.execute(update(Thing, id="t").discard(Thing.labels, {"a"}))
    assert found.labels == set()
    assert things.execute(update(Thing, id="t").add(Thing.labels, {"b"})).labels == {"b"}
