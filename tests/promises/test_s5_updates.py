"""S5: what insert, update and or_create do to items that are there and items that are not."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import (
    Attr,
    ConditionFailedError,
    Entity,
    ItemExistsError,
    ItemNotFoundError,
    PrimaryKey,
    StatementError,
    Table,
    attr,
    delete,
    get,
    insert,
    put,
    select,
    update,
)
from mizzle.errors import MissingParentError
from tests.models import ADA, ONE, Address, User, ada
from tests.support.requests import body_of

table = Table("s5", partition_key="pk")


class Counter(Entity, table=table):
    id: Attr[str]
    label: Attr[str]
    n: Attr[int] = attr(default=0)
    size: Attr[int] = attr(default=3)
    marks: Attr[list[int]] = attr(default_factory=list)
    tags: Attr[set[str]] = attr(default_factory=set)
    by_day: Attr[dict[str, int]] = attr(default_factory=dict)
    primary = PrimaryKey("COUNTER#{id}")


@pytest.fixture
def counters(make_db: Any, fresh_table_name: Any) -> Any:
    db = make_db(tables={table: fresh_table_name()})
    db.create_table(table)
    return db


def test_an_update_of_a_missing_item_raises_and_creates_nothing(shop: Any) -> None:
    with pytest.raises(ItemNotFoundError) as caught:
        shop.execute(update(User, id=ADA).set(User.name, "x"))
    assert caught.value.item is None
    assert shop.execute(get(User, id=ADA)) is None


def test_an_insert_over_an_item_raises_and_changes_nothing(shop: Any) -> None:
    shop.execute(insert(ada()))
    with pytest.raises(ItemExistsError) as caught:
        shop.execute(insert(ada(name="Other")))
    assert caught.value.item == ada()
    assert shop.execute(get(User, id=ADA)) == ada()


def test_a_failed_where_raises_with_the_existing_item(shop: Any) -> None:
    shop.execute(insert(ada(logins=7)))
    for statement in (
        update(User, id=ADA).where(User.logins < 5).add(User.logins, 1),
        put(ada()).where(User.logins < 5),
        delete(User, id=ADA).where(User.logins < 5),
    ):
        with pytest.raises(ConditionFailedError) as caught:
            shop.execute(statement)
        assert caught.value.item == ada(logins=7)
    assert shop.execute(get(User, id=ADA)) == ada(logins=7)


def test_put_with_a_condition_on_nothing(shop: Any) -> None:
    with pytest.raises(ConditionFailedError) as caught:
        shop.execute(put(ada()).where(User.name == "Ada"))
    assert caught.value.item is None


def test_delete_gives_what_was_there(shop: Any) -> None:
    shop.execute(insert(ada()))
    assert shop.execute(delete(ada())) == ada()
    assert shop.execute(delete(ada())) is None


def test_or_create_makes_a_whole_item(counters: Any) -> None:
    statement = update(Counter, id="a").or_create().set(Counter.label, "A").add(Counter.n, 2)
    made = counters.execute(statement)
    assert made == Counter(id="a", label="A", n=2)
    assert counters.execute(select(Counter).where(Counter.id == "a").one()) == made
    again = counters.execute(statement.set(Counter.size, 9))
    assert (again.n, again.size) == (4, 9)


def test_or_create_leaves_what_an_item_has(counters: Any) -> None:
    counters.execute(insert(Counter(id="a", label="A", size=8)))
    found = counters.execute(update(Counter, id="a").or_create().set(Counter.label, "B"))
    assert (found.label, found.size) == ("B", 8)


def test_or_create_asks_where_only_of_an_item_that_exists(counters: Any) -> None:
    statement = (
        update(Counter, id="a").or_create().set(Counter.label, "A").where(Counter.label == "B")
    )
    assert counters.execute(statement).label == "A"
    with pytest.raises(ConditionFailedError):
        counters.execute(statement)


def test_or_create_writes_index_keys(shop: Any, stored: Any) -> None:
    statement = update(User, id=ADA).or_create().set(User.email, "a@b").set(User.name, "A")
    made = shop.execute(statement)
    assert stored(made) == body_of(put(made))["Item"]


def test_or_create_needs_every_required_field() -> None:
    with pytest.raises(StatementError, match="email"):
        update(User, id=ADA).or_create().set(User.name, "A").compile()


def test_absent_attributes_start_from_nothing(counters: Any, client: Any) -> None:
    name = counters.config.table_name("s5")
    item = {"pk": {"S": "COUNTER#a"}, "id": {"S": "a"}, "label": {"S": "A"}, "by_day": {"M": {}}}
    client.put_item(TableName=name, Item={**item, "_type": {"S": "Counter"}})
    found = counters.execute(
        update(Counter, id="a")
        .add(Counter.n, 1)
        .append(Counter.marks, [1])
        .add(Counter.tags, {"x"})
        .add(Counter.by_day["mon"], 2)
    )
    assert (found.n, found.marks, found.tags, found.by_day) == (1, [1], {"x"}, {"mon": 2})
    found = counters.execute(
        update(Counter, id="a").prepend(Counter.marks, [0]).discard(Counter.tags, {"x", "y"})
    )
    assert (found.marks, found.tags) == ([0, 1], set())


def test_every_verb(shop: Any) -> None:
    shop.execute(insert(ada(history=[Address(street="s", city="c")], limits={"a": 1})))
    found = shop.execute(
        update(User, id=ADA)
        .set(User.logins, User.logins + 3)
        .set(User.history[0].fields.city, "Paris")
        .set(User.limits["b"], 2)
        .set_if_missing(User.home, Address(street="h", city="i"))
        .set(User.name, User.email)
    )
    assert found == ada(
        logins=3,
        history=[Address(street="s", city="Paris")],
        limits={"a": 1, "b": 2},
        home=Address(street="h", city="i"),
        name="ada@example.com",
    )
    found = shop.execute(
        update(User, id=ADA).remove(User.history[0]).remove(User.limits["a"]).remove(User.home)
    )
    assert (found.history, found.limits, found.home) == ([], {"b": 2}, None)


def test_a_missing_parent_has_an_error_of_its_own(shop: Any) -> None:
    shop.execute(insert(ada()))
    with pytest.raises(MissingParentError, match=r"User\.home"):
        shop.execute(update(User, id=ADA).set(User.home.fields.city, "Paris"))
    with pytest.raises(MissingParentError, match=r"User\.history\[0\]"):
        shop.execute(update(User, id=ADA).set(User.history[0].fields.city, "Paris"))
    with pytest.raises(ItemNotFoundError):
        shop.execute(update(ada(id=ONE)).set(User.home.fields.city, "x"))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (update(User, id=ADA), "at least one operation"),
        (update(User, id=ADA).set(User.name, "a").set(User.name, "b"), "two operations"),
        (update(User, id=ADA).set(User.home, None).set(User.home.fields.city, "b"), "two"),
        (select(User).where(User.logins.is_in(range(101))).scan(), "101"),
        (update(User, id=ADA).add(User.tags, set()), "at least one member"),
        (update(User, id=ADA).set(User.home.fields.nope, 1), "nope"),
        (update(User, id=ADA).or_create().set(User.limits["a"], 1), "whole attribute"),
    ],
    ids=["empty", "twice", "overlap", "in", "empty set", "unknown", "nested create"],
)
def test_wrong_statements_have_errors_of_their_own(statement: Any, words: str) -> None:
    with pytest.raises(StatementError, match=words):
        statement.compile()
