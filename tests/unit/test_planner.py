"""Which key serves a select, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import (
    Attr,
    Entity,
    FullScanError,
    Index,
    IndexKey,
    PrimaryKey,
    StatementError,
    Table,
    attr,
    delete,
    get,
    insert,
    key,
    put,
    select,
    update,
)
from tests.models import ADA, NOON, ONE, Lead, Order, Status, User, ada
from tests.support.requests import body_of

shop = Table(
    "shop",
    partition_key="pk",
    sort_key="sk",
    indexes=[
        Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk"),
        Index("keys", partition_key="kpk", projection="KEYS_ONLY"),
        Index("lsi1", sort_key="lsi1sk", local=True),
    ],
)


class Sale(Entity, table=shop):
    shop: Attr[str]
    n: Attr[int]
    cents: Attr[int]
    colour: Attr[str] = attr(default="red")
    note: Attr[str | None] = attr(default=None)

    primary = PrimaryKey("SHOP#{shop}", "SALE#{n:06}")
    by_colour = IndexKey("gsi1", "COLOURS", "{colour}#{n:06}")
    by_key = IndexKey("keys", "KEY#{note}")
    by_cents = IndexKey("lsi1", sort="{cents:09}")


class Route(Entity, table=shop):
    start: Attr[str]
    end: Attr[str]

    primary = PrimaryKey("FROM#{start}#TO#{end}", "ROUTE")


def index_of(statement: Any) -> str | None:
    return body_of(statement).get("IndexName")


def test_the_longest_sort_prefix_wins() -> None:
    base = select(Sale).where(Sale.shop == "a")
    assert index_of(base) is None
    assert index_of(base.where(Sale.cents > 5)) == "lsi1"
    assert index_of(base.where(Sale.n > 5)) is None
    assert index_of(base.where(Sale.n == 5, Sale.cents > 5)) is None


def test_a_key_that_is_covered_wholly_comes_first() -> None:
    statement = select(Sale).where(Sale.shop == "a", Sale.cents == 5, Sale.colour == "red")
    assert index_of(statement) == "lsi1"


def test_a_constant_partition_makes_every_select_a_query() -> None:
    assert index_of(select(Sale)) == "gsi1"
    body = body_of(select(Sale).where(Sale.colour == "red", Sale.n < 5))
    assert body["KeyConditionExpression"] == "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2"
    assert body["ExpressionAttributeValues"][":v1"] == {"S": "red#"}


def test_using_asks_for_an_index() -> None:
    statement = select(Sale).where(Sale.shop == "a").using(Sale.by_cents)
    assert index_of(statement) == "lsi1"
    assert "asked for" in statement.explain()
    assert index_of(select(Sale).using("gsi1").scan()) == "gsi1"


def test_consistent_excludes_global_indexes() -> None:
    assert index_of(select(Sale).where(Sale.shop == "a", Sale.cents > 1).consistent()) == "lsi1"
    with pytest.raises(FullScanError):
        select(Sale).consistent().compile()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (select(Sale).using("nope"), "nope"),
        (select(Sale).using("gsi1").consistent(), "global"),
        (select(User).scan().descending(), "no order"),
        (select(Lead).using("gsi1").scan(), r"Lead\.owner\.exists\(\)"),
        (select(Order).where(Order.user_id == ADA, Order.user_id == ONE), "cannot have any"),
    ],
    ids=["unknown", "consistent", "descending", "sparse", "contradiction"],
)
def test_what_cannot_be_served_is_refused(statement: Any, words: str) -> None:
    with pytest.raises(StatementError, match=words):
        statement.compile()


def test_a_contradiction_is_explained() -> None:
    statement = select(Order).where(Order.user_id == ADA, Order.user_id == ONE)
    assert statement.explain().startswith("No request: Order.user_id cannot have")


def test_a_sparse_index_needs_a_condition_on_what_may_be_none() -> None:
    assert index_of(select(Lead).using("gsi1").where(Lead.owner.exists()).scan()) == "gsi1"
    assert index_of(select(Lead).where(Lead.owner == "bo")) == "gsi1"
    with pytest.raises(FullScanError):
        select(Lead).where(Lead.owner == None).compile()  # noqa: E711  # a condition


def test_too_many_keys_are_refused_by_the_fields_that_make_them() -> None:
    ten, eleven = ([str(n) for n in range(count)] for count in (10, 11))
    few = select(Route).where(Route.start.is_in(ten), Route.end.is_in(ten))
    assert len(body_of(few)["RequestItems"]["shop"]["Keys"]) == 100
    many = select(Route).where(Route.start.is_in(ten), Route.end.is_in(eleven))
    with pytest.raises(FullScanError) as refused:
        many.compile()
    assert "the values of Route.start and Route.end make more than 100" in str(refused.value)
    assert refused.value.fields == (("start", "end"),)
    assert "not taken: primary (table): the conditions allow too many" in many.scan().explain()


def test_explain_shows_every_part() -> None:
    shown = (
        select(Order)
        .where(Order.status == Status.NEW, Order.placed_at >= NOON, Order.total > 5)
        .descending()
        .limit(3)
        .page_size(20)
        .explain()
    )
    assert shown == (
        "Query on table app, index gsi1\n"
        "  why: best key: by_status (index gsi1), by status, placed_at\n"
        '  key condition: gsi1pk = "STATUS#new" AND gsi1sk BETWEEN "2026-11-24T12:00:00.000000Z" '
        'AND "9999-12-31T23:59:59.999999Z"\n'
        '  filter: total > 5 AND (attribute_not_exists(_type) OR _type = "Order")\n'
        "  page size: 20\n"
        "  limit: 3 returned\n"
        "  order: descending\n"
        "  consistency: eventual\n"
        "  not taken: primary (table): its partition key needs Order.user_id == ...\n"
        "  warning: the filter reads (and bills) items that it does not return"
    )


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        (get(User, id=ADA).consistent(), ["GetItem on table app", "key: pk =", "strong"]),
        (insert(ada(tags={"a"}, history=[])), ["PutItem", "item:", "tags = {a}", "history = []"]),
        (put(ada(limits={"a": 1})), ["limits = {a: 1}"]),
        (update(ada()).set(User.name, "x"), ["UpdateItem", 'update: SET name = "x"', "condition:"]),
        (delete(ada()), ["DeleteItem", "condition: attribute_not_exists(_type)"]),
        (select(User).where(User.email == "a").one(), ["Query on table app, index gsi1"]),
        (select(User).where(User.id == ADA).first(), ["GetItem", "why: best key: primary"]),
    ],
)
def test_every_statement_explains_itself(statement: Any, lines: list[str]) -> None:
    shown = statement.explain()
    for line in lines:
        assert line in shown


def test_keys_are_values() -> None:
    one = key(User, id=ADA)
    assert one == key(User, id=str(ADA))
    assert one != key(User, id=ONE)
    assert one != "key"
    assert len({one, key(User, id=ADA)}) == 1
    assert repr(one) == f"key(User, id={ADA!r})"
    with pytest.raises(AttributeError, match="frozen"):
        one.values = {}
    with pytest.raises(StatementError, match="no key fields besides"):
        get(one, id=ADA)  # type: ignore[call-overload]
    with pytest.raises(StatementError, match="an entity's class"):
        get(ada())  # type: ignore[call-overload]
    with pytest.raises(StatementError, match="given"):
        update(one).set(User.name, "x").given(User.home.fields.city, "x")
    with pytest.raises(StatementError, match="not str"):
        put("ada")  # type: ignore[type-var]
