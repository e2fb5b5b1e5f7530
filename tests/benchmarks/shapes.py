"""The two shapes of item that clients are measured with.

A has 9 attributes and about 230 bytes; B has 30, with nested maps and lists, and about 1.3 KB.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import create_model

from mizzle import Attr, Document, Entity, PrimaryKey, Table, attr

__all__ = ["SHAPES", "Shape", "table"]

# Without write ids, which no other client has.
table = Table("app", partition_key="pk", sort_key="sk", write_ids=False)
_START = datetime(2026, 1, 1, tzinfo=UTC)


class Small(Entity, table=table):
    team: Attr[str]
    id: Attr[UUID]
    email: Attr[str]
    name: Attr[str]
    age: Attr[int]
    active: Attr[bool]
    balance: Attr[Decimal]
    joined: Attr[datetime]
    tags: Attr[set[str]] = attr(default_factory=set)

    primary = PrimaryKey("TEAM#{team}", "SMALL#{id}")


class Line(Document):
    product: Attr[str]
    quantity: Attr[int]
    price: Attr[Decimal]


class Place(Document):
    street: Attr[str]
    city: Attr[str]
    country: Attr[str]


_TEXTS: Any = {f"text_{n}": (Attr[str], ...) for n in range(12)}
_NUMBERS: Any = {f"number_{n}": (Attr[int], ...) for n in range(8)}
Wide: Any = create_model("Wide", __base__=Document, **_TEXTS, **_NUMBERS)


class Large(Wide, Entity, table=table):
    team: Attr[str]
    id: Attr[UUID]
    home: Attr[Place]
    work: Attr[Place | None] = attr(default=None)
    lines: Attr[list[Line]]
    limits: Attr[dict[str, int]]
    labels: Attr[set[str]]
    total: Attr[Decimal]
    made: Attr[datetime]
    note: Attr[str | None] = attr(default=None)

    primary = PrimaryKey("TEAM#{team}", "LARGE#{id}")


class Shape(NamedTuple):
    """One shape of item.

    Attributes:
        entity: Its entity.
        make: Makes the n-th instance.
        page: How many items are in a page of 1 MB.
    """

    entity: type[Any]
    make: Callable[[int], Any]
    page: int


def _small(n: int) -> Small:
    return Small(
        team="red",
        id=UUID(int=n + (7 << 76)),
        email=f"user{n}@example.com",
        name=f"User Number {n}",
        age=20 + n % 50,
        active=n % 2 == 0,
        balance=Decimal(n) / 100,
        joined=_START + timedelta(seconds=n),
        tags={"a", "b"},
    )


def _large(n: int) -> Large:
    place = Place(street=f"{n} Long Street", city="Paris", country="FR")
    return Large(
        team="red",
        id=UUID(int=n + (7 << 76)),
        home=place,
        work=place,
        lines=[Line(product=f"p{i}", quantity=i, price=Decimal(i) / 4) for i in range(8)],
        limits={"eu": 5, "us": 7},
        labels={"new", "gift"},
        total=Decimal(n) / 100,
        made=_START + timedelta(seconds=n),
        **{f"text_{i}": f"some text {i} of {n}" for i in range(12)},
        **{f"number_{i}": i * n for i in range(8)},
    )


SHAPES = {"A": Shape(Small, _small, 4_500), "B": Shape(Large, _large, 790)}
