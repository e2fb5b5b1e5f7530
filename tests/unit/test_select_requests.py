"""Selects compile to these requests, whole: one case per rule of the planner.

Where ranges of keys begin and end is told in `test_select_ranges.py`.
"""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from mizzle import (
    Attr,
    Document,
    Entity,
    FullScanError,
    Index,
    IndexKey,
    MizzleConfig,
    PrimaryKey,
    StatementError,
    Table,
    attr,
    select,
)
from mizzle.flows import Call, Calls
from mizzle.request import Answer, Request, to_json
from tests.models import ADA, NOON, Lead, Order, Status, User, app
from tests.support.requests import compiled

shop = Table(
    "shop",
    partition_key="pk",
    sort_key="sk",
    indexes=[
        Index("buyers", partition_key="bpk", sort_key="bsk", projection="KEYS_ONLY"),
        Index("colours", partition_key="cpk", sort_key="csk"),
        Index("sizes", partition_key="zpk", sort_key="zsk"),
        Index("titles", partition_key="tpk", projection=["cents"]),
        Index("all", partition_key="apk", sort_key="ask"),
        Index("cents", sort_key="lsk", local=True),
        Index("hues", sort_key="hsk", local=True, projection="KEYS_ONLY"),
    ],
)
zoo = Table("zoo", partition_key="pk", sort_key="sk")
books = Table("books", partition_key="isbn", indexes=[Index("shelves", partition_key="shelf")])
legacy = Table("legacy", partition_key="pk", sort_key="sk", type_attribute=None)
plain = Table("plain", partition_key="id", type_attribute=None)


class Address(Document):
    street: Attr[str]
    city: Attr[str]


class Sale(Entity, table=shop):
    shop: Attr[str]
    day: Attr[date]
    n: Attr[int]
    cents: Attr[int]
    colour: Attr[str]
    title: Attr[str]
    size: Attr[str] = attr(default="M")
    hue: Attr[str] = attr(default="dark")
    weight: Attr[int] = attr(default=1)
    buyer: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(default_factory=set)
    ship_to: Attr[Address | None] = attr(default=None)
    stops: Attr[list[Address]] = attr(default_factory=list)

    primary = PrimaryKey("SHOP#{shop}", "SALE#{day}#{n:04}")
    by_buyer = IndexKey("buyers", "BUYER#{buyer}", "{day}")
    by_colour = IndexKey("colours", "COLOUR#{colour}", "{day}")
    by_size = IndexKey("sizes", "SIZE#{size}", "{day}")
    by_title = IndexKey("titles", "TITLE#{title}")
    by_all = IndexKey("all", "SALES", "{cents:09}")
    by_cents = IndexKey("cents", sort="{cents:09}")
    by_hue = IndexKey("hues", sort="HUE#{hue}")


class Twin(Entity, table=shop):
    """A field is in both parts of its key."""

    id: Attr[str]
    n: Attr[int]

    primary = PrimaryKey("TWIN#{id}", "TWIN#{id}#{n:03}")


class Pair(Entity, table=shop):
    """Two fields make its partition key."""

    a: Attr[str]
    b: Attr[str]
    n: Attr[int]

    primary = PrimaryKey("PAIR#{a}#{b}", "PAIR#{n:03}")


class Animal(Entity, table=zoo):
    keeper: Attr[str]
    n: Attr[int]

    primary = PrimaryKey("KEEPER#{keeper}", "ANIMAL#{n:03}")


class Dog(Animal):
    name: Attr[str] = attr(default="")


class Bare(Entity, table=zoo):
    """Its sort key has no literal."""

    id: Attr[str]
    name: Attr[str]

    primary = PrimaryKey("BARE#{id}", "{name}")


class Vehicle(Entity, table=zoo):
    id: Attr[str]

    primary = PrimaryKey("VEHICLE#{id}", "VEHICLE")


class Truck(Vehicle):
    """Its key is another."""

    primary = PrimaryKey("TRUCK#{id}", "TRUCK")


class Post(Entity, table=zoo):
    thread: Attr[str]

    primary = PrimaryKey("THREAD#{thread}", "POST")


class Reply(Entity, table=zoo):
    """Its keys begin like those of a post."""

    thread: Attr[str]
    n: Attr[int]

    primary = PrimaryKey("THREAD#{thread}", "POST#{n:03}")


class Book(Entity, table=books):
    isbn: Attr[str]
    shelf: Attr[str | None] = attr(default=None)
    pages: Attr[int] = attr(default=0)


class Old(Entity, table=legacy):
    who: Attr[str]
    n: Attr[int]
    note: Attr[str] = attr(default="")

    primary = PrimaryKey("USER#{who}", "ITEM#{n:03}")


class Plain(Entity, table=plain):
    id: Attr[str]
    note: Attr[str] = attr(default="")


DAY = date(2026, 11, 24)
NEXT_DAY = date(2026, 11, 25)

KEYS = {"#n0": "pk", "#n1": "sk"}
IN_A = {":v0": {"S": "SHOP#a"}, ":v1": {"S": "SALE#"}}
ORDERS = {":v0": {"S": f"USER#{ADA}"}, ":v1": {"S": "ORDER#"}}

of_a = select(Sale).where(Sale.shop == "a")
one_sale = of_a.where(Sale.day == DAY, Sale.n == 1)
ONE_SALE = {"pk": {"S": "SHOP#a"}, "sk": {"S": "SALE#2026-11-24#0001"}}
COLLECTION = {
    "TableName": "shop",
    "KeyConditionExpression": "#n0 = :v0 AND begins_with(#n1, :v1)",
    "ExpressionAttributeNames": KEYS,
    "ExpressionAttributeValues": IN_A,
}
BY_BUYER = {
    "TableName": "shop",
    "IndexName": "buyers",
    "KeyConditionExpression": "#n0 = :v0",
    "FilterExpression": "attribute_not_exists(#n1) OR #n1 = :v1",
    "ProjectionExpression": "#n2, #n3, #n0, #n4, #n1",
    "ExpressionAttributeNames": {
        "#n0": "bpk",
        "#n1": "_type",
        "#n2": "pk",
        "#n3": "sk",
        "#n4": "bsk",
    },
    "ExpressionAttributeValues": {":v0": {"S": "BUYER#bo"}, ":v1": {"S": "Sale"}},
}


def filtered(expression: str, names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    """Write the query of shop a's sales, filtered."""
    return {
        **COLLECTION,
        "FilterExpression": expression,
        "ExpressionAttributeNames": {**KEYS, **names},
        "ExpressionAttributeValues": {**IN_A, **values},
    }


def query(name: str, statement: Any, body: Any) -> Any:
    return pytest.param(statement, [("Query", body)], id=name)


KEYS_AND_COLLECTIONS = [
    pytest.param(one_sale, [("GetItem", {"TableName": "shop", "Key": ONE_SALE})], id="a whole key"),
    pytest.param(
        one_sale.where(Sale.cents > 5, Sale.buyer.exists()),
        [("GetItem", {"TableName": "shop", "Key": ONE_SALE})],
        id="a whole key, and what GetItem has no filter for",
    ),
    pytest.param(
        one_sale.consistent(),
        [("GetItem", {"TableName": "shop", "Key": ONE_SALE, "ConsistentRead": True})],
        id="a whole key, read consistently",
    ),
    pytest.param(
        select(User).where(User.id == ADA),
        [("GetItem", {"TableName": "app", "Key": {"pk": ORDERS[":v0"], "sk": {"S": "PROFILE"}}})],
        id="a whole key whose sort key is a constant",
    ),
    pytest.param(
        select(Book).where(Book.isbn == "1", Book.pages > 5),
        [("GetItem", {"TableName": "books", "Key": {"isbn": {"S": "1"}}})],
        id="a whole key without a sort key",
    ),
    query("an item collection", of_a, COLLECTION),
    query(
        "a leading field of the sort key",
        of_a.where(Sale.day == DAY),
        {**COLLECTION, "ExpressionAttributeValues": {**IN_A, ":v1": {"S": "SALE#2026-11-24#"}}},
    ),
    query(
        "a field of the sort key behind a gap is a filter",
        of_a.where(Sale.n == 1),
        filtered("#n2 = :v2", {"#n2": "n"}, {":v2": {"N": "1"}}),
    ),
    query(
        "a field that is in both parts",
        select(Twin).where(Twin.id == "x"),
        {
            **COLLECTION,
            "ExpressionAttributeValues": {":v0": {"S": "TWIN#x"}, ":v1": {"S": "TWIN#x#"}},
        },
    ),
    query(
        "a range and a filter",
        select(Order).where(Order.user_id == ADA, Order.placed_at >= NOON, Order.total > 5),
        {
            "TableName": "app",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
            "FilterExpression": "#n2 > :v3",
            "ExpressionAttributeNames": {"#n0": "pk", "#n1": "sk", "#n2": "total"},
            "ExpressionAttributeValues": {
                ":v0": {"S": f"USER#{ADA}"},
                ":v1": {"S": "ORDER#2026-11-24T12:00:00.000000Z"},
                ":v2": {"S": "ORDER#9999-12-31T23:59:59.999999Z$"},
                ":v3": {"N": "5"},
            },
        },
    ),
    query(
        "a range of a further field is a filter",
        of_a.where(Sale.day > DAY, Sale.n > 1),
        {
            "TableName": "shop",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
            "FilterExpression": "#n2 > :v3",
            "ExpressionAttributeNames": {**KEYS, "#n2": "n"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "SHOP#a"},
                ":v1": {"S": "SALE#2026-11-24$"},
                ":v2": {"S": "SALE#9999-12-31$"},
                ":v3": {"N": "1"},
            },
        },
    ),
]


def of_shop(name: str) -> tuple[str, Any]:
    return "Query", {
        **COLLECTION,
        "ExpressionAttributeValues": {**IN_A, ":v0": {"S": f"SHOP#{name}"}},
    }


def batch(*keys: Any, table: str = "shop", **options: Any) -> Any:
    return [("BatchGetItem", {"RequestItems": {table: {"Keys": list(keys), **options}}})]


def sale(shop: str, n: int, day: str = "2026-11-24") -> Any:
    return {"pk": {"S": f"SHOP#{shop}"}, "sk": {"S": f"SALE#{day}#{n:04}"}}


SEVERAL_VALUES = [
    pytest.param(
        select(Sale).where(Sale.shop.is_in(["b", "a"])),
        [of_shop("b"), of_shop("a")],
        id="is_in of partitions: a query each, in the order given",
    ),
    pytest.param(
        select(Sale).where(Sale.shop.is_in(["a", "b", "b"])),
        [of_shop("a"), of_shop("b")],
        id="is_in of a partition twice",
    ),
    pytest.param(
        select(Sale).where(Sale.shop.is_in(["b", "a", "b"])),
        [of_shop("b"), of_shop("a")],
        id="is_in of a partition twice: where it was first",
    ),
    pytest.param(
        select(Sale).where((Sale.shop == "b") | (Sale.shop == "a")),
        [of_shop("b"), of_shop("a")],
        id="a disjunction of one field is is_in",
    ),
    pytest.param(
        select(Sale).where((Sale.shop == "b") | Sale.shop.is_in(["a", "c"])),
        [of_shop("b"), of_shop("a"), of_shop("c")],
        id="a disjunction of is_in and equality is is_in",
    ),
    pytest.param(
        select(Sale).where(Sale.shop.is_in(["a", "b", "c"]), Sale.shop > "a", Sale.shop != "b"),
        [of_shop("c")],
        id="values that other conditions rule out are left out",
    ),
    pytest.param(
        select(Sale).where(Sale.shop == "a", Sale.shop == "a"),
        [of_shop("a")],
        id="one equality twice",
    ),
    pytest.param(
        select(Twin).where(Twin.id.is_in(["x", "y"])),
        [
            (
                "Query",
                {
                    **COLLECTION,
                    "ExpressionAttributeValues": {
                        ":v0": {"S": f"TWIN#{name}"},
                        ":v1": {"S": f"TWIN#{name}#"},
                    },
                },
            )
            for name in "xy"
        ],
        id="is_in of a field that is in both parts",
    ),
    pytest.param(
        select(Sale).where(Sale.shop.is_in(["b", "a"]), Sale.day == DAY, Sale.n.is_in([2, 1])),
        batch(sale("b", 1), sale("b", 2), sale("a", 1), sale("a", 2)),
        id="whole keys: one BatchGetItem, in key order within each collection",
    ),
    pytest.param(
        select(Sale)
        .where(Sale.shop.is_in(["b", "a"]), Sale.day == DAY, Sale.n.is_in([1, 2]))
        .descending(),
        batch(sale("b", 2), sale("b", 1), sale("a", 2), sale("a", 1)),
        id="whole keys, descending",
    ),
    pytest.param(
        of_a.where(Sale.day.is_in([NEXT_DAY, DAY]), Sale.n.is_in([1, 2]), Sale.cents > 5),
        batch(*(sale("a", n, day) for day, n in product(["2026-11-24", "2026-11-25"], [1, 2]))),
        id="whole keys, and what BatchGetItem has no filter for",
    ),
    pytest.param(
        of_a.where(Sale.day == DAY, Sale.n.is_in([1, 2])).consistent(),
        batch(sale("a", 1), sale("a", 2), ConsistentRead=True),
        id="whole keys, read consistently",
    ),
    pytest.param(
        select(Book).where(Book.isbn.is_in(["2", "1"])),
        batch({"isbn": {"S": "2"}}, {"isbn": {"S": "1"}}, table="books"),
        id="whole keys without a sort key",
    ),
    query(
        "is_in of a sort field: where its values lie, and a filter",
        of_a.where(Sale.day.is_in([NEXT_DAY, DAY])),
        {
            "TableName": "shop",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
            "FilterExpression": "#n2 IN (:v3, :v4)",
            "ExpressionAttributeNames": {**KEYS, "#n2": "day"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "SHOP#a"},
                ":v1": {"S": "SALE#2026-11-24"},
                ":v2": {"S": "SALE#2026-11-25$"},
                ":v3": {"S": "2026-11-25"},
                ":v4": {"S": "2026-11-24"},
            },
        },
    ),
    query(
        "is_in of an index's sort field: an index has no BatchGetItem",
        select(Sale).where(Sale.colour == "red", Sale.day.is_in([DAY, NEXT_DAY])),
        {
            "TableName": "shop",
            "IndexName": "colours",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
            "FilterExpression": ("#n2 IN (:v3, :v4) AND (attribute_not_exists(#n3) OR #n3 = :v5)"),
            "ExpressionAttributeNames": {
                "#n0": "cpk",
                "#n1": "csk",
                "#n2": "day",
                "#n3": "_type",
            },
            "ExpressionAttributeValues": {
                ":v0": {"S": "COLOUR#red"},
                ":v1": {"S": "2026-11-24"},
                ":v2": {"S": "2026-11-25"},
                ":v3": {"S": "2026-11-24"},
                ":v4": {"S": "2026-11-25"},
                ":v5": {"S": "Sale"},
            },
        },
    ),
    pytest.param(
        select(Sale).where(
            Sale.shop.is_in(["a", "b"]), Sale.day == DAY, Sale.n.is_in(range(1, 52))
        ),
        [
            (
                "Query",
                {
                    "TableName": "shop",
                    "KeyConditionExpression": "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
                    "FilterExpression": f"#n2 IN ({', '.join(f':v{n}' for n in range(3, 54))})",
                    "ExpressionAttributeNames": {**KEYS, "#n2": "n"},
                    "ExpressionAttributeValues": {
                        ":v0": {"S": f"SHOP#{name}"},
                        ":v1": {"S": "SALE#2026-11-24#0001"},
                        ":v2": {"S": "SALE#2026-11-24#0051"},
                        **{f":v{n + 2}": {"N": str(n)} for n in range(1, 52)},
                    },
                },
            )
            for name in "ab"
        ],
        id="more than 100 keys: queries of the ranges they are in",
    ),
]

FILTERS = [
    query(
        "a disjunction of two fields",
        of_a.where((Sale.weight > 5) | (Sale.colour == "red")),
        filtered(
            "#n2 > :v2 OR #n3 = :v3",
            {"#n2": "weight", "#n3": "colour"},
            {":v2": {"N": "5"}, ":v3": {"S": "red"}},
        ),
    ),
    query(
        "a disjunction beside another condition",
        of_a.where((Sale.weight > 5) | (Sale.colour == "red"), Sale.n < 9),
        filtered(
            "(#n2 > :v2 OR #n3 = :v3) AND #n4 < :v4",
            {"#n2": "weight", "#n3": "colour", "#n4": "n"},
            {":v2": {"N": "5"}, ":v3": {"S": "red"}, ":v4": {"N": "9"}},
        ),
    ),
    query(
        "a negation",
        of_a.where(~((Sale.weight > 5) & (Sale.colour == "red"))),
        filtered(
            "NOT (#n2 > :v2 AND #n3 = :v3)",
            {"#n2": "weight", "#n3": "colour"},
            {":v2": {"N": "5"}, ":v3": {"S": "red"}},
        ),
    ),
    query(
        "a negation of a sort field",
        of_a.where(~(Sale.day == DAY)),
        filtered("NOT #n2 = :v2", {"#n2": "day"}, {":v2": {"S": "2026-11-24"}}),
    ),
    query(
        "conditions joined by & are taken apart",
        select(Sale).where((Sale.shop == "a") & ((Sale.weight > 5) & (Sale.colour != "red"))),
        filtered(
            "#n2 > :v2 AND #n3 <> :v3",
            {"#n2": "weight", "#n3": "colour"},
            {":v2": {"N": "5"}, ":v3": {"S": "red"}},
        ),
    ),
    query(
        "None is absent",
        of_a.where(Sale.buyer == None),  # noqa: E711  # a condition
        filtered(
            "attribute_not_exists(#n2) OR #n2 = :v2", {"#n2": "buyer"}, {":v2": {"NULL": True}}
        ),
    ),
    query(
        "not None",
        of_a.where(Sale.buyer != None),  # noqa: E711  # a condition
        filtered(
            "NOT (attribute_not_exists(#n2) OR #n2 = :v2)",
            {"#n2": "buyer"},
            {":v2": {"NULL": True}},
        ),
    ),
    query(
        "is_in of None",
        of_a.where(Sale.buyer.is_in(["bo", None])),
        filtered(
            "#n2 IN (:v2) OR attribute_not_exists(#n2) OR #n2 = :v3",
            {"#n2": "buyer"},
            {":v2": {"S": "bo"}, ":v3": {"NULL": True}},
        ),
    ),
    query(
        "an empty set is absent",
        of_a.where(Sale.tags == set()),
        filtered("attribute_not_exists(#n2) OR #n2 = :v2", {"#n2": "tags"}, {":v2": {"L": []}}),
    ),
    query(
        "a set",
        of_a.where(Sale.tags == {"x"}),
        filtered("#n2 = :v2", {"#n2": "tags"}, {":v2": {"SS": ["x"]}}),
    ),
    query(
        "size",
        of_a.where(Sale.title.size() > 3),
        filtered("size(#n2) > :v2", {"#n2": "title"}, {":v2": {"N": "3"}}),
    ),
    query(
        "the size of what may be absent",
        of_a.where(Sale.tags.size() < 1),
        filtered(
            "attribute_not_exists(#n2) OR size(#n2) < :v2", {"#n2": "tags"}, {":v2": {"N": "1"}}
        ),
    ),
    query(
        "path against path",
        of_a.where(Sale.title == Sale.colour),
        filtered("#n2 = #n3", {"#n2": "title", "#n3": "colour"}, {}),
    ),
    query(
        "path against path that may be absent",
        of_a.where(Sale.buyer == Sale.title),
        filtered(
            "#n2 = #n3 OR (attribute_not_exists(#n2) OR #n2 = :v2) AND #n3 = :v3",
            {"#n2": "buyer", "#n3": "title"},
            {":v2": {"NULL": True}, ":v3": {"NULL": True}},
        ),
    ),
    query(
        "path against size",
        of_a.where(Sale.weight >= Sale.title.size()),
        filtered("size(#n2) <= #n3", {"#n2": "title", "#n3": "weight"}, {}),
    ),
    query(
        "nested paths, types and members",
        of_a.where(
            Sale.ship_to.fields.city.begins_with("P"),
            Sale.stops[1].fields.city.missing(),
            Sale.tags.contains("x"),
            Sale.buyer.is_type("S"),
        ),
        filtered(
            "begins_with(#n2.#n3, :v2) AND attribute_not_exists(#n4[1].#n3) AND "
            "contains(#n5, :v3) AND attribute_type(#n6, :v4)",
            {"#n2": "ship_to", "#n3": "city", "#n4": "stops", "#n5": "tags", "#n6": "buyer"},
            {":v2": {"S": "P"}, ":v3": {"S": "x"}, ":v4": {"S": "S"}},
        ),
    ),
]

ON_SHELF = {
    "TableName": "books",
    "IndexName": "shelves",
    "KeyConditionExpression": "#n0 = :v0",
    "FilterExpression": "attribute_not_exists(#n1) OR #n1 = :v1",
    "ExpressionAttributeNames": {"#n0": "shelf", "#n1": "_type"},
    "ExpressionAttributeValues": {":v0": {"S": "a"}, ":v1": {"S": "Book"}},
}
TYPES = [
    query(
        "keys that begin like another entity's",
        select(Reply).where(Reply.thread == "x"),
        {
            "TableName": "zoo",
            "KeyConditionExpression": "#n0 = :v0 AND begins_with(#n1, :v1)",
            "FilterExpression": "attribute_not_exists(#n2) OR #n2 = :v2",
            "ExpressionAttributeNames": {**KEYS, "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "THREAD#x"},
                ":v1": {"S": "POST#"},
                ":v2": {"S": "Reply"},
            },
        },
    ),
    pytest.param(
        select(Post).where(Post.thread == "x"),
        [("GetItem", {"TableName": "zoo", "Key": {"pk": {"S": "THREAD#x"}, "sk": {"S": "POST"}}})],
        id="a whole key is nobody else's",
    ),
    query(
        "a base has its subclasses' keys to itself",
        select(Animal).where(Animal.keeper == "x"),
        {
            "TableName": "zoo",
            "KeyConditionExpression": "#n0 = :v0 AND begins_with(#n1, :v1)",
            "ExpressionAttributeNames": KEYS,
            "ExpressionAttributeValues": {":v0": {"S": "KEEPER#x"}, ":v1": {"S": "ANIMAL#"}},
        },
    ),
    query(
        "a subclass shares them with its base",
        select(Dog).where(Dog.keeper == "x"),
        {
            "TableName": "zoo",
            "KeyConditionExpression": "#n0 = :v0 AND begins_with(#n1, :v1)",
            "FilterExpression": "attribute_not_exists(#n2) OR #n2 = :v2",
            "ExpressionAttributeNames": {**KEYS, "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "KEEPER#x"},
                ":v1": {"S": "ANIMAL#"},
                ":v2": {"S": "Dog"},
            },
        },
    ),
    pytest.param(
        select(Animal).scan(),
        [
            (
                "Scan",
                {
                    "TableName": "zoo",
                    "FilterExpression": "attribute_not_exists(#n0) OR #n0 IN (:v0, :v1)",
                    "ExpressionAttributeNames": {"#n0": "_type"},
                    "ExpressionAttributeValues": {":v0": {"S": "Animal"}, ":v1": {"S": "Dog"}},
                },
            )
        ],
        id="a base with its subclasses by name",
    ),
    query("keys that are plain fields", select(Book).where(Book.shelf == "a"), ON_SHELF),
    query(
        "an index whose sort key has no literal",
        select(Order).where(Order.status == Status.NEW),
        {
            "TableName": "app",
            "IndexName": "gsi1",
            "KeyConditionExpression": "#n0 = :v0",
            "FilterExpression": "attribute_not_exists(#n1) OR #n1 = :v1",
            "ExpressionAttributeNames": {"#n0": "gsi1pk", "#n1": "_type"},
            "ExpressionAttributeValues": {":v0": {"S": "STATUS#new"}, ":v1": {"S": "Order"}},
        },
    ),
    query(
        "an index whose key is the entity's own",
        select(User).where(User.email == "a@b", User.logins.is_in([1, 2]) | ~User.home.exists()),
        {
            "TableName": "app",
            "IndexName": "gsi1",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 = :v1",
            "FilterExpression": "#n2 IN (:v2, :v3) OR NOT attribute_exists(#n3)",
            "ExpressionAttributeNames": {
                "#n0": "gsi1pk",
                "#n1": "gsi1sk",
                "#n2": "logins",
                "#n3": "home",
            },
            "ExpressionAttributeValues": {
                ":v0": {"S": "EMAIL#a@b"},
                ":v1": {"S": "USER"},
                ":v2": {"N": "1"},
                ":v3": {"N": "2"},
            },
        },
    ),
]

OLD: Any = {
    "TableName": "legacy",
    "KeyConditionExpression": "#n0 = :v0 AND begins_with(#n1, :v1)",
    "ExpressionAttributeNames": KEYS,
    "ExpressionAttributeValues": {":v0": {"S": "USER#x"}, ":v1": {"S": "ITEM#"}},
}
of_x = select(Old).where(Old.who == "x")
UNTYPED = [
    query("an item collection", of_x, OLD),
    query("what may be in the key only is evaluated here", of_x.where(Old.n != 7), OLD),
    query(
        "what cannot be in the key is a filter",
        of_x.where(Old.note == "a", Old.n != 7),
        {
            **OLD,
            "FilterExpression": "#n2 = :v2",
            "ExpressionAttributeNames": {**KEYS, "#n2": "note"},
            "ExpressionAttributeValues": {**OLD["ExpressionAttributeValues"], ":v2": {"S": "a"}},
        },
    ),
    query(
        "every condition may have to be evaluated here",
        of_x.where(Old.note == "a").only(Old.who),
        {
            **OLD,
            "FilterExpression": "#n2 = :v2",
            "ProjectionExpression": "#n0, #n1, #n2, #n3",
            "ExpressionAttributeNames": {**KEYS, "#n2": "note", "#n3": "who"},
            "ExpressionAttributeValues": {**OLD["ExpressionAttributeValues"], ":v2": {"S": "a"}},
        },
    ),
    query(
        "items are told by their keys, and counted here",
        of_x.count(),
        {
            **OLD,
            "ProjectionExpression": "#n0, #n1, #n2",
            "ExpressionAttributeNames": {**KEYS, "#n2": "who"},
        },
    ),
    pytest.param(select(Old).scan(), [("Scan", {"TableName": "legacy"})], id="a scan"),
    pytest.param(
        select(Plain).scan().count(),
        [("Scan", {"TableName": "plain", "Select": "COUNT"})],
        id="where all items are the entity's, they are counted there",
    ),
]

# DynamoDB takes no filter on the key attributes of the table or index that is queried.
EVALUATED_HERE = [
    query(
        "the index's key among other attributes",
        select(Book).where(Book.shelf == "a", (Book.shelf == "b") | (Book.pages > 5)),
        ON_SHELF,
    ),
    query(
        "the sample that is read for a limit",
        select(Book).where(Book.shelf == "a", (Book.shelf == "b") | (Book.pages > 5)).limit(1),
        {**ON_SHELF, "Limit": 20},
    ),
    query(
        "the table's key in the query of an index is a filter",
        select(Book).where(Book.shelf == "a", Book.isbn > "1"),
        {
            **ON_SHELF,
            "FilterExpression": "#n1 > :v1 AND (attribute_not_exists(#n2) OR #n2 = :v2)",
            "ExpressionAttributeNames": {"#n0": "shelf", "#n1": "isbn", "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "a"},
                ":v1": {"S": "1"},
                ":v2": {"S": "Book"},
            },
        },
    ),
    pytest.param(
        select(Book).where(Book.isbn > "1").scan(),
        [
            (
                "Scan",
                {
                    "TableName": "books",
                    "FilterExpression": "#n0 > :v0 AND (attribute_not_exists(#n1) OR #n1 = :v1)",
                    "ExpressionAttributeNames": {"#n0": "isbn", "#n1": "_type"},
                    "ExpressionAttributeValues": {":v0": {"S": "1"}, ":v1": {"S": "Book"}},
                },
            )
        ],
        id="the key in a scan is a filter",
    ),
]

BY_TITLE = {
    "TableName": "shop",
    "IndexName": "titles",
    "KeyConditionExpression": "#n0 = :v0",
    "ProjectionExpression": "#n1, #n2, #n0, #n3",
    "ExpressionAttributeNames": {"#n0": "tpk", "#n1": "pk", "#n2": "sk", "#n3": "_type"},
    "ExpressionAttributeValues": {":v0": {"S": "TITLE#x"}},
}
BY_CENTS = {
    "TableName": "shop",
    "IndexName": "cents",
    "KeyConditionExpression": "#n0 = :v0 AND #n1 > :v1",
    "FilterExpression": "attribute_not_exists(#n2) OR #n2 = :v2",
    "ExpressionAttributeNames": {"#n0": "pk", "#n1": "lsk", "#n2": "_type"},
    "ExpressionAttributeValues": {
        ":v0": {"S": "SHOP#a"},
        ":v1": {"S": "000000005"},
        ":v2": {"S": "Sale"},
    },
}
of_bo = select(Sale).where(Sale.buyer == "bo")
of_title = select(Sale).where(Sale.title == "x")
INDEXES = [
    query("a local index", of_a.where(Sale.cents > 5), BY_CENTS),
    query(
        "a local index, read consistently",
        of_a.where(Sale.cents > 5).consistent(),
        {**BY_CENTS, "ConsistentRead": True},
    ),
    query(
        "a local index of keys: the items are fetched by their keys",
        of_a.where(Sale.hue == "red"),
        {
            "TableName": "shop",
            "IndexName": "hues",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 = :v1",
            "ProjectionExpression": "#n0, #n2, #n1, #n3",
            "Limit": 1000,
            "ExpressionAttributeNames": {
                "#n0": "pk",
                "#n1": "hsk",
                "#n2": "sk",
                "#n3": "_type",
            },
            "ExpressionAttributeValues": {":v0": {"S": "SHOP#a"}, ":v1": {"S": "HUE#red"}},
        },
    ),
    query("a global index of keys", of_bo, {**BY_BUYER, "Limit": 1000}),
    query(
        "an index of keys does not hold what is to be filtered by",
        of_bo.where(Sale.weight > 5),
        {**BY_BUYER, "Limit": 1000},
    ),
    query(
        "what can be read back from its keys",
        of_bo.only(Sale.shop, Sale.day, Sale.n, Sale.buyer),
        BY_BUYER,
    ),
    query(
        "what can be read back from its keys is evaluated here",
        of_bo.where(Sale.n > 5).only(Sale.shop).limit(3),
        {**BY_BUYER, "Limit": 20},
    ),
    query("an index of some attributes", of_title, {**BY_TITLE, "Limit": 1000}),
    query(
        "an index of some attributes, filtered by one of them",
        of_title.where(Sale.cents > 5),
        {
            **BY_TITLE,
            "FilterExpression": "#n1 > :v1",
            "Limit": 1000,
            "ProjectionExpression": "#n2, #n3, #n0, #n4",
            "ExpressionAttributeNames": {
                "#n0": "tpk",
                "#n1": "cents",
                "#n2": "pk",
                "#n3": "sk",
                "#n4": "_type",
            },
            "ExpressionAttributeValues": {":v0": {"S": "TITLE#x"}, ":v1": {"N": "5"}},
        },
    ),
    query(
        "what is projected, and what can be read back",
        of_title.only(Sale.title, Sale.cents),
        {
            **BY_TITLE,
            "ProjectionExpression": "#n1, #n2, #n0, #n3, #n4",
            "ExpressionAttributeNames": {
                "#n0": "tpk",
                "#n1": "pk",
                "#n2": "sk",
                "#n3": "_type",
                "#n4": "cents",
            },
        },
    ),
    query(
        "a limit on what has to be fetched",
        of_title.limit(7),
        {**BY_TITLE, "Limit": 7},
    ),
    query(
        "a limit on what only the fetched items tell",
        of_bo.where(Sale.weight > 5).limit(7),
        {**BY_BUYER, "Limit": 20},
    ),
    pytest.param(
        select(Sale).using("buyers").where(Sale.buyer.exists()).scan(),
        [
            (
                "Scan",
                {
                    "TableName": "shop",
                    "IndexName": "buyers",
                    "FilterExpression": "attribute_not_exists(#n0) OR #n0 = :v0",
                    "Limit": 1000,
                    "ProjectionExpression": "#n1, #n2, #n3, #n4, #n0",
                    "ExpressionAttributeNames": {
                        "#n0": "_type",
                        "#n1": "pk",
                        "#n2": "sk",
                        "#n3": "bpk",
                        "#n4": "bsk",
                    },
                    "ExpressionAttributeValues": {":v0": {"S": "Sale"}},
                },
            )
        ],
        id="the scan of a sparse index",
    ),
]

RED = {
    "TableName": "shop",
    "IndexName": "colours",
    "KeyConditionExpression": "#n0 = :v0",
    "FilterExpression": "attribute_not_exists(#n1) OR #n1 = :v1",
    "ExpressionAttributeNames": {"#n0": "cpk", "#n1": "_type"},
    "ExpressionAttributeValues": {":v0": {"S": "COLOUR#red"}, ":v1": {"S": "Sale"}},
}
CHOICES = [
    pytest.param(
        one_sale.where(Sale.colour == "red"),
        [("GetItem", {"TableName": "shop", "Key": ONE_SALE})],
        id="one item's key before the whole key of an index",
    ),
    query(
        "a key that is known wholly before one that is known in part",
        of_a.where(Sale.day > DAY, Sale.cents == 5),
        {
            **BY_CENTS,
            "KeyConditionExpression": "#n0 = :v0 AND #n1 = :v1",
            "FilterExpression": "#n2 > :v2 AND (attribute_not_exists(#n3) OR #n3 = :v3)",
            "ExpressionAttributeNames": {"#n0": "pk", "#n1": "lsk", "#n2": "day", "#n3": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "SHOP#a"},
                ":v1": {"S": "000000005"},
                ":v2": {"S": "2026-11-24"},
                ":v3": {"S": "Sale"},
            },
        },
    ),
    query("the longest narrowed sort key", of_a.where(Sale.cents > 5), BY_CENTS),
    query(
        "the table before an index that is as good",
        of_a.where(Sale.day == DAY, Sale.cents > 5),
        {
            **filtered("#n2 > :v2", {"#n2": "cents"}, {":v2": {"N": "5"}}),
            "ExpressionAttributeValues": {
                ":v0": {"S": "SHOP#a"},
                ":v1": {"S": "SALE#2026-11-24#"},
                ":v2": {"N": "5"},
            },
        },
    ),
    query(
        "the index that was declared first",
        select(Sale).where(Sale.size == "L", Sale.colour == "red"),
        {
            **RED,
            "FilterExpression": "#n1 = :v1 AND (attribute_not_exists(#n2) OR #n2 = :v2)",
            "ExpressionAttributeNames": {"#n0": "cpk", "#n1": "size", "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "COLOUR#red"},
                ":v1": {"S": "L"},
                ":v2": {"S": "Sale"},
            },
        },
    ),
    query(
        "an item collection of its own before that of all items",
        select(Sale).where(Sale.colour == "red"),
        RED,
    ),
    query(
        "the collection of all items before a scan",
        select(Sale),
        {
            "TableName": "shop",
            "IndexName": "all",
            "KeyConditionExpression": "#n0 = :v0",
            "FilterExpression": "attribute_not_exists(#n1) OR #n1 = :v1",
            "ExpressionAttributeNames": {"#n0": "apk", "#n1": "_type"},
            "ExpressionAttributeValues": {":v0": {"S": "SALES"}, ":v1": {"S": "Sale"}},
        },
    ),
    query(
        "one query before several",
        select(Sale).where(Sale.shop.is_in(["a", "b"]), Sale.colour == "red"),
        {
            **RED,
            "FilterExpression": "#n1 IN (:v1, :v2) AND (attribute_not_exists(#n2) OR #n2 = :v3)",
            "ExpressionAttributeNames": {"#n0": "cpk", "#n1": "shop", "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "COLOUR#red"},
                ":v1": {"S": "a"},
                ":v2": {"S": "b"},
                ":v3": {"S": "Sale"},
            },
        },
    ),
    query(
        "what holds everything before what has to be fetched",
        select(Sale).where(Sale.colour == "red", Sale.buyer == "bo"),
        {
            **RED,
            "FilterExpression": "#n1 = :v1 AND (attribute_not_exists(#n2) OR #n2 = :v2)",
            "ExpressionAttributeNames": {"#n0": "cpk", "#n1": "buyer", "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "COLOUR#red"},
                ":v1": {"S": "bo"},
                ":v2": {"S": "Sale"},
            },
        },
    ),
    query(
        "what is asked for",
        of_a.where(Sale.day == DAY).using(Sale.by_cents),
        {
            **BY_CENTS,
            "KeyConditionExpression": "#n0 = :v0",
            "FilterExpression": "#n1 = :v1 AND (attribute_not_exists(#n2) OR #n2 = :v2)",
            "ExpressionAttributeNames": {"#n0": "pk", "#n1": "day", "#n2": "_type"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "SHOP#a"},
                ":v1": {"S": "2026-11-24"},
                ":v2": {"S": "Sale"},
            },
        },
    ),
    query(
        "the table, if it is asked for",
        of_a.where(Sale.cents > 5).using(Sale.primary),
        filtered("#n2 > :v2", {"#n2": "cents"}, {":v2": {"N": "5"}}),
    ),
]

TYPED = {**KEYS, "#n2": "_type"}
ONLY = [
    query(
        "attributes, with the keys and the type",
        of_a.only(Sale.cents, Sale.colour),
        {
            **COLLECTION,
            "ProjectionExpression": "#n0, #n1, #n2, #n3, #n4",
            "ExpressionAttributeNames": {**TYPED, "#n3": "cents", "#n4": "colour"},
        },
    ),
    query(
        "a nested path",
        of_a.only(Sale.ship_to.fields.city),
        {
            **COLLECTION,
            "ProjectionExpression": "#n0, #n1, #n2, #n3.#n4",
            "ExpressionAttributeNames": {**TYPED, "#n3": "ship_to", "#n4": "city"},
        },
    ),
    query(
        "an element: the whole list, which keeps its positions",
        of_a.only(Sale.stops[1].fields.city),
        {
            **COLLECTION,
            "ProjectionExpression": "#n0, #n1, #n2, #n3",
            "ExpressionAttributeNames": {**TYPED, "#n3": "stops"},
        },
    ),
    query(
        "paths within each other: the outermost",
        of_a.only(Sale.ship_to.fields.city, Sale.ship_to, Sale.stops[0], Sale.stops[1]),
        {
            **COLLECTION,
            "ProjectionExpression": "#n0, #n1, #n2, #n3, #n4",
            "ExpressionAttributeNames": {**TYPED, "#n3": "ship_to", "#n4": "stops"},
        },
    ),
    query(
        "beside a filter",
        of_a.where(Sale.weight > 5).only(Sale.colour),
        {
            **filtered("#n2 > :v2", {"#n2": "weight"}, {":v2": {"N": "5"}}),
            "ProjectionExpression": "#n0, #n1, #n3, #n4",
            "ExpressionAttributeNames": {**KEYS, "#n2": "weight", "#n3": "_type", "#n4": "colour"},
        },
    ),
    pytest.param(
        one_sale.where(Sale.cents > 5).only(Sale.colour),
        [
            (
                "GetItem",
                {
                    "TableName": "shop",
                    "Key": ONE_SALE,
                    "ProjectionExpression": "#n0, #n1, #n2, #n3, #n4",
                    "ExpressionAttributeNames": {**TYPED, "#n3": "cents", "#n4": "colour"},
                },
            )
        ],
        id="of one item, with what is evaluated here",
    ),
    pytest.param(
        of_a.where(Sale.day == DAY, Sale.n.is_in([1, 2])).only(Sale.colour),
        batch(
            sale("a", 1),
            sale("a", 2),
            ProjectionExpression="#n0, #n1, #n2, #n3",
            ExpressionAttributeNames={**TYPED, "#n3": "colour"},
        ),
        id="of several items",
    ),
    query(
        "from an index of everything, with its keys",
        select(Sale).where(Sale.colour == "red").only(Sale.cents),
        {
            **RED,
            "ProjectionExpression": "#n2, #n3, #n0, #n4, #n1, #n5",
            "ExpressionAttributeNames": {
                "#n0": "cpk",
                "#n1": "_type",
                "#n2": "pk",
                "#n3": "sk",
                "#n4": "csk",
                "#n5": "cents",
            },
        },
    ),
]

COUNTS = [
    query(
        "in the service, by type",
        of_a.count(),
        {
            **filtered("attribute_not_exists(#n2) OR #n2 = :v2", {"#n2": "_type"}, {}),
            "Select": "COUNT",
            "ExpressionAttributeValues": {**IN_A, ":v2": {"S": "Sale"}},
        },
    ),
    query(
        "in the service, filtered",
        of_a.where(Sale.n != 5).count(),
        {
            **filtered(
                "#n2 <> :v2 AND (attribute_not_exists(#n3) OR #n3 = :v3)",
                {"#n2": "n", "#n3": "_type"},
                {":v2": {"N": "5"}, ":v3": {"S": "Sale"}},
            ),
            "Select": "COUNT",
        },
    ),
    query(
        "here, where a part is evaluated here",
        select(Book).where(Book.shelf == "a", (Book.shelf == "b") | (Book.pages > 5)).count(),
        {
            **ON_SHELF,
            "ProjectionExpression": "#n2, #n0, #n1, #n3",
            "ExpressionAttributeNames": {
                "#n0": "shelf",
                "#n1": "_type",
                "#n2": "isbn",
                "#n3": "pages",
            },
        },
    ),
    query(
        "in the service: items without a type by what their keys begin with",
        of_bo.count(),
        {
            "TableName": "shop",
            "IndexName": "buyers",
            "KeyConditionExpression": "#n0 = :v0",
            "FilterExpression": (
                "attribute_not_exists(#n1) AND begins_with(#n2, :v1) AND begins_with(#n3, :v2) "
                "OR #n1 = :v3"
            ),
            "Select": "COUNT",
            "ExpressionAttributeNames": {"#n0": "bpk", "#n1": "_type", "#n2": "pk", "#n3": "sk"},
            "ExpressionAttributeValues": {
                ":v0": {"S": "BUYER#bo"},
                ":v1": {"S": "SHOP#"},
                ":v2": {"S": "SALE#"},
                ":v3": {"S": "Sale"},
            },
        },
    ),
    pytest.param(
        select(Animal).where(Animal.n > 5).scan().count(),
        [
            (
                "Scan",
                {
                    "TableName": "zoo",
                    "FilterExpression": (
                        "#n0 > :v0 AND (attribute_not_exists(#n1) AND begins_with(#n2, :v1) AND "
                        "begins_with(#n3, :v2) OR #n1 IN (:v3, :v4))"
                    ),
                    "Select": "COUNT",
                    "ExpressionAttributeNames": {
                        "#n0": "n",
                        "#n1": "_type",
                        "#n2": "pk",
                        "#n3": "sk",
                    },
                    "ExpressionAttributeValues": {
                        ":v0": {"N": "5"},
                        ":v1": {"S": "KEEPER#"},
                        ":v2": {"S": "ANIMAL#"},
                        ":v3": {"S": "Animal"},
                        ":v4": {"S": "Dog"},
                    },
                },
            )
        ],
        id="in a scan",
    ),
    query(
        "in the service, where keys are plain fields and tell nothing",
        select(Book).where(Book.shelf == "a").count(),
        {**ON_SHELF, "Select": "COUNT"},
    ),
    query(
        "here, where a filter cannot look at the keys",
        of_a.where(Sale.cents > 5).count(),
        {
            **BY_CENTS,
            "ProjectionExpression": "#n0, #n3, #n1, #n2",
            "ExpressionAttributeNames": {"#n0": "pk", "#n1": "lsk", "#n2": "_type", "#n3": "sk"},
        },
    ),
    query(
        "here, where keys begin with a field",
        select(Bare).where(Bare.id == "x").count(),
        {
            "TableName": "zoo",
            "KeyConditionExpression": "#n0 = :v0",
            "FilterExpression": "attribute_not_exists(#n1) OR #n1 = :v1",
            "ProjectionExpression": "#n0, #n2, #n1",
            "ExpressionAttributeNames": {"#n0": "pk", "#n1": "_type", "#n2": "sk"},
            "ExpressionAttributeValues": {":v0": {"S": "BARE#x"}, ":v1": {"S": "Bare"}},
        },
    ),
    pytest.param(
        select(Old).scan().count(),
        [
            (
                "Scan",
                {
                    "TableName": "legacy",
                    "ProjectionExpression": "#n0, #n1",
                    "ExpressionAttributeNames": KEYS,
                },
            )
        ],
        id="here, where only keys tell",
    ),
    query(
        "here, where items have to be fetched",
        of_bo.where(Sale.weight > 5).count(),
        {**BY_BUYER, "Limit": 1000},
    ),
    pytest.param(
        one_sale.count(),
        [
            (
                "GetItem",
                {
                    "TableName": "shop",
                    "Key": ONE_SALE,
                    "ProjectionExpression": "#n0, #n1, #n2",
                    "ExpressionAttributeNames": TYPED,
                },
            )
        ],
        id="of one item",
    ),
    pytest.param(
        of_a.where(Sale.day == DAY, Sale.n.is_in([1, 2])).count(),
        batch(
            sale("a", 1),
            sale("a", 2),
            ProjectionExpression="#n0, #n1, #n2",
            ExpressionAttributeNames=TYPED,
        ),
        id="of whole keys",
    ),
    pytest.param(
        select(Sale).where(Sale.shop.is_in(["a", "b"])).count(),
        [
            (
                "Query",
                {
                    **COLLECTION,
                    "FilterExpression": "attribute_not_exists(#n2) OR #n2 = :v2",
                    "Select": "COUNT",
                    "ExpressionAttributeNames": TYPED,
                    "ExpressionAttributeValues": {
                        ":v0": {"S": f"SHOP#{name}"},
                        ":v1": {"S": "SALE#"},
                        ":v2": {"S": "Sale"},
                    },
                },
            )
            for name in "ab"
        ],
        id="over several queries",
    ),
]

with_filter = of_a.where(Sale.weight > 5)
FILTERED = filtered("#n2 > :v2", {"#n2": "weight"}, {":v2": {"N": "5"}})
LIMITS = [
    query("a limit", of_a.limit(10), {**COLLECTION, "Limit": 10}),
    query("a sample for a limit and a filter", with_filter.limit(1), {**FILTERED, "Limit": 20}),
    query("twice what is wanted", with_filter.limit(250), {**FILTERED, "Limit": 500}),
    query("a page size", of_a.page_size(20), {**COLLECTION, "Limit": 20}),
    query("a page size and a filter", with_filter.page_size(20), {**FILTERED, "Limit": 20}),
    query(
        "a page size, a filter and a limit",
        with_filter.page_size(20).limit(1),
        {**FILTERED, "Limit": 20},
    ),
    query("a limit below the page size", of_a.page_size(20).limit(5), {**COLLECTION, "Limit": 5}),
    query("a limit above the page size", of_a.page_size(3).limit(50), {**COLLECTION, "Limit": 3}),
    query("a page", of_a.page(10), {**COLLECTION, "Limit": 10}),
    query("a page within a limit", of_a.limit(4).page(10), {**COLLECTION, "Limit": 4}),
    query("a page and a filter", with_filter.page(10), {**FILTERED, "Limit": 20}),
    query("one: two, to see if there is another", of_a.one(), {**COLLECTION, "Limit": 2}),
    query("the first", of_a.first(), {**COLLECTION, "Limit": 1}),
    query(
        "descending, the latest two",
        of_a.descending().limit(2),
        {**COLLECTION, "ScanIndexForward": False, "Limit": 2},
    ),
    query("no filter: all are returned", of_a, COLLECTION),
]

SCANS = [
    pytest.param(
        select(Lead).where(Lead.score > 5).scan().consistent(),
        [
            (
                "Scan",
                {
                    "TableName": "app",
                    "ConsistentRead": True,
                    "FilterExpression": "#n0 > :v0 AND (attribute_not_exists(#n1) OR #n1 = :v1)",
                    "ExpressionAttributeNames": {"#n0": "score", "#n1": "_type"},
                    "ExpressionAttributeValues": {":v0": {"N": "5"}, ":v1": {"S": "Lead"}},
                },
            )
        ],
        id="by a condition",
    ),
    query("not where a key serves", of_a.scan(), COLLECTION),
    pytest.param(
        of_a.scan(segments=2).limit(7),
        [
            (
                "Scan",
                {
                    "TableName": "shop",
                    "Segment": segment,
                    "TotalSegments": 2,
                    "FilterExpression": "#n0 = :v0 AND (attribute_not_exists(#n1) OR #n1 = :v1)",
                    "Limit": 20,
                    "ExpressionAttributeNames": {"#n0": "shop", "#n1": "_type"},
                    "ExpressionAttributeValues": {":v0": {"S": "a"}, ":v1": {"S": "Sale"}},
                },
            )
            for segment in (0, 1)
        ],
        id="in segments, even where a key serves",
    ),
    pytest.param(
        select(Sale).using("colours").scan(segments=1),
        [
            (
                "Scan",
                {
                    "TableName": "shop",
                    "IndexName": "colours",
                    "FilterExpression": "attribute_not_exists(#n0) OR #n0 = :v0",
                    "ExpressionAttributeNames": {"#n0": "_type"},
                    "ExpressionAttributeValues": {":v0": {"S": "Sale"}},
                },
            )
        ],
        id="of an index",
    ),
    pytest.param(
        select(Sale)
        .where(Sale.shop.is_in(map(str, range(11))), Sale.day == DAY)
        .consistent()
        .scan(),
        [
            (
                "Query",
                {
                    **COLLECTION,
                    "ConsistentRead": True,
                    "ExpressionAttributeValues": {
                        ":v0": {"S": f"SHOP#{n}"},
                        ":v1": {"S": "SALE#2026-11-24#"},
                    },
                },
            )
            for n in range(11)
        ],
        id="not where several queries serve",
    ),
    pytest.param(select(shop).scan(), [("Scan", {"TableName": "shop"})], id="of a whole table"),
    pytest.param(
        select(shop).where((Sale.weight > 5) | (Twin.n == 1)).scan(segments=1).limit(3),
        [
            (
                "Scan",
                {
                    "TableName": "shop",
                    "FilterExpression": "#n0 > :v0 OR #n1 = :v1",
                    "Limit": 20,
                    "ExpressionAttributeNames": {"#n0": "weight", "#n1": "n"},
                    "ExpressionAttributeValues": {":v0": {"N": "5"}, ":v1": {"N": "1"}},
                },
            )
        ],
        id="of a whole table, by conditions of two entities",
    ),
    pytest.param(
        select(shop).scan().count(),
        [
            (
                "Scan",
                {
                    "TableName": "shop",
                    "ProjectionExpression": "#n0, #n1, #n2",
                    "ExpressionAttributeNames": TYPED,
                },
            )
        ],
        id="of a whole table, whose items only their keys tell, counted here",
    ),
]

GROUPS = {
    "keys": KEYS_AND_COLLECTIONS,
    "several values": SEVERAL_VALUES,
    "filter": FILTERS,
    "type": TYPES,
    "no type": UNTYPED,
    "evaluated here": EVALUATED_HERE,
    "index": INDEXES,
    "choice": CHOICES,
    "only": ONLY,
    "count": COUNTS,
    "limit": LIMITS,
    "scan": SCANS,
}
TABLES = {table.name: table for table in (app, shop, zoo, books, legacy, plain)}


CASES = [
    pytest.param(*one.values, id=f"{group}: {one.id}")
    for group, cases in GROUPS.items()
    for one in cases
]


@pytest.mark.parametrize(("statement", "expected"), CASES)
def test_select(statement: Any, expected: list[tuple[str, Any]]) -> None:
    first = expected[0][1]
    (name,) = first.get("RequestItems", [first.get("TableName")])
    assert compiled(statement, TABLES[name]) == expected


def test_a_select_does_not_depend_on_what_was_planned_before() -> None:
    """Plans are remembered by the shape of their conditions, and of what is asked for besides."""
    for one in [*CASES, *reversed(CASES)]:
        test_select(*one.values)


by_cents = select(Sale).where(Sale.shop == "a").using(Sale.by_cents)


@pytest.mark.parametrize(
    ("usual", "unusual"),
    [
        (of_a.where(Sale.weight.between(3, 9)), of_a.where(Sale.weight.between(9, 3))),
        (select(Sale).where(Sale.shop == "a"), select(Sale).where(Sale.shop == "x" * 3000)),
        (
            select(Pair).where(Pair.a == "x", Pair.b == "y"),
            select(Pair).where(Pair.a == "x#", Pair.b == "y"),
        ),
        (by_cents.where(Sale.cents == 5), by_cents.where(Sale.cents == 10**9)),
        (by_cents.where(Sale.cents < 5), by_cents.where(Sale.cents < -5)),
        (select(Book).where(Book.isbn == "1"), select(Book).where(Book.isbn == "")),
    ],
    ids=["between", "too long", "the literal within", "too great", "below all", "empty"],
)
def test_what_was_planned_before_makes_no_contradiction_a_request(usual: Any, unusual: Any) -> None:
    for statement in (usual, unusual, usual):
        if statement is usual:
            assert statement.compile()
        else:
            with pytest.raises(StatementError, match="sends no request"):
                statement.compile()


def answer(data: Any) -> Answer:
    return Answer(to_json(data).encode())


def test_items_that_an_index_holds_in_part_are_fetched_from_the_table() -> None:
    """What an index says of an item may be old: all conditions are asked again."""
    statement = of_bo.where(Sale.weight > 5).only(Sale.colour, Sale.ship_to.fields.city)
    found = {
        **ONE_SALE,
        "bpk": {"S": "BUYER#bo"},
        "bsk": {"S": "2026-11-24"},
        "_type": {"S": "Sale"},
    }
    whole = {
        **ONE_SALE,
        "_type": {"S": "Sale"},
        "buyer": {"S": "bo"},
        "weight": {"N": "6"},
        "colour": {"S": "red"},
    }
    flow = statement.flow(MizzleConfig())

    assert next(flow) == Call(Request("Query", {**BY_BUYER, "Limit": 1000}))
    assert flow.send(answer({"Items": [found]})) == Calls(
        Request(
            "BatchGetItem",
            {
                "RequestItems": {
                    "shop": {
                        "Keys": [ONE_SALE],
                        "ProjectionExpression": "#n0, #n1, #n2, #n3, #n4, #n5, #n6.#n7",
                        "ExpressionAttributeNames": {
                            "#n0": "pk",
                            "#n1": "sk",
                            "#n2": "_type",
                            "#n3": "buyer",
                            "#n4": "weight",
                            "#n5": "colour",
                            "#n6": "ship_to",
                            "#n7": "city",
                        },
                    }
                }
            },
        )
    )
    with pytest.raises(StopIteration) as stop:
        flow.send([answer({"Responses": {"shop": [whole]}})])
    assert stop.value.value == [("red", None)]


def test_where_the_sample_brings_nothing_the_next_request_reads_a_thousand() -> None:
    flow = with_filter.limit(1).flow(MizzleConfig())
    nothing = {"Items": [], "ScannedCount": 20, "LastEvaluatedKey": ONE_SALE}
    start = {"ExclusiveStartKey": ONE_SALE}

    assert next(flow) == Call(Request("Query", {**FILTERED, "Limit": 20}))
    assert flow.send(answer(nothing)) == Call(
        Request("Query", {**FILTERED, "Limit": 1000, **start})
    )
    # And then as much as a request can.
    assert flow.send(answer({**nothing, "ScannedCount": 1000})) == Call(
        Request("Query", {**FILTERED, **start})
    )


def test_where_the_sample_brings_some_it_tells_how_many_more_are_read() -> None:
    """2 of 30 are returned: for 13 more, 195 have to be read, and half as many again to be sure."""
    flow = with_filter.limit(15).flow(MizzleConfig())
    items = [{**sale("a", n), "_type": {"S": "Sale"}, "weight": {"N": "6"}} for n in range(2)]
    some = {"Items": items, "ScannedCount": 30, "LastEvaluatedKey": ONE_SALE}

    assert next(flow) == Call(Request("Query", {**FILTERED, "Limit": 30}))
    assert flow.send(answer(some)) == Call(
        Request("Query", {**FILTERED, "Limit": 293, "ExclusiveStartKey": ONE_SALE})
    )


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(of_a.where(Sale.shop == "b"), id="two values of one field"),
        pytest.param(of_a.where(Sale.shop.is_in(["b", "c"])), id="no value in common"),
        pytest.param(of_a.where(Sale.shop > "b"), id="a value outside its range"),
        pytest.param(of_a.where(Sale.shop != "a"), id="a value that is excluded"),
        pytest.param(of_a.where(Sale.colour.is_in([])), id="is_in of nothing"),
        pytest.param(of_a.where(Sale.weight > 9, Sale.weight < 3), id="above and below"),
        pytest.param(of_a.where(Sale.weight.between(9, 3)), id="between, the wrong way round"),
        pytest.param(select(Sale).where(Sale.shop == "x" * 3000), id="a key that is too long"),
        pytest.param(
            select(Sale).where(Sale.shop.is_in(["x" * 3000])), id="keys that are all too long"
        ),
        pytest.param(select(shop).where(Sale.colour.is_in([])).scan(), id="in a whole table"),
        pytest.param(of_a.where(Sale.shop == "b").count(), id="counted"),
        pytest.param(of_a.where(Sale.shop == "b").page(3), id="a page"),
    ],
)
def test_a_contradiction_sends_nothing(statement: Any) -> None:
    with pytest.raises(StatementError, match="sends no request"):
        statement.compile()
    assert statement.explain().startswith("No request: ")
    with pytest.raises(StopIteration) as stop:
        next(statement.flow(MizzleConfig()))
    assert not stop.value.value


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param(
            select(Order).where(Order.total > 5), "Order.user_id == ... or ", id="no partition key"
        ),
        pytest.param(select(Vehicle).where(Vehicle.id == "x"), "another key", id="a subclass"),
        pytest.param(select(app), "every item of the table", id="a whole table"),
        pytest.param(
            select(Sale).consistent(), "Sale.shop == ...", id="a global index, consistently"
        ),
        pytest.param(
            select(Pair).where(
                Pair.a.is_in(list("abcdefghijk")), Pair.b.is_in(list("abcdefghijk"))
            ),
            "Pair.a and Pair.b make more than 100 partition keys",
            id="more than 100 queries",
        ),
    ],
)
def test_a_full_scan_has_to_be_allowed(statement: Any, words: str) -> None:
    with pytest.raises(FullScanError, match=words):
        statement.compile()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param(select(Book).scan().descending(), "no order", id="a scan, descending"),
        pytest.param(of_a.scan(segments=2).descending(), "no order", id="segments, descending"),
        pytest.param(select(app).scan().descending(), "no order", id="a table, descending"),
        pytest.param(select(app).using("gsi1").scan(), "no index", id="a table by an index"),
        pytest.param(
            select(app).where(Sale.cents > 5).scan(), "not an attribute", id="another table's field"
        ),
        pytest.param(
            select(Book).using("shelves").scan(), r"Book\.shelf\.exists\(\)", id="a sparse index"
        ),
        pytest.param(
            select(Sale).using("buyers").scan(segments=2),
            r"Sale\.buyer\.exists\(\)",
            id="a sparse index in segments",
        ),
        pytest.param(select(Sale).using("colours").consistent(), "is global", id="consistently"),
        pytest.param(select(Sale).using("gsi9"), "no key in an index", id="no such index"),
        pytest.param(select(Sale).where(Sale.stops > []), "does not order", id="no order"),
        pytest.param(of_a.where(Sale.tags == Sale.colour + "x"), "compared", id="arithmetic"),
    ],
)
def test_what_cannot_be_planned_is_refused(statement: Any, words: str) -> None:
    with pytest.raises(StatementError, match=words):
        statement.compile()


def test_a_hundred_queries_are_not_too_many() -> None:
    statement = select(Pair).where(
        Pair.a.is_in(list("abcdefghij")), Pair.b.is_in(list("abcdefghij"))
    )
    found = compiled(statement, shop)
    keys = [body["ExpressionAttributeValues"][":v0"]["S"] for _, body in found]
    assert keys == [f"PAIR#{a}#{b}" for a in "abcdefghij" for b in "abcdefghij"]


def test_a_value_that_one_index_cannot_have_is_looked_for_elsewhere() -> None:
    """Whatever was planned before: an index tells nothing of items that are not in it."""
    for cents in (10**9, 5, 10**9):
        statement = of_a.where(Sale.cents == cents)
        assert ("IndexName" in statement.compile().body) == (cents == 5)
