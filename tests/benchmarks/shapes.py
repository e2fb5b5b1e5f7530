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

__all__ = ["FIVE", "SHAPES", "TABLE", "TEAM", "Shape", "five", "table"]

TABLE = "app"
TEAM = "red"

# Without write ids, which no other client has.
table = Table(TABLE, partition_key="pk", sort_key="sk", write_ids=False)
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


five = Table("five", partition_key="pk", sort_key="sk", write_ids=False)


def _kind(n: int) -> type[Any]:
    """Make one of several entities that differ in their names and keys only."""

    class Kind(Entity, table=five, name=f"Kind{n}"):
        team: Attr[str]
        id: Attr[UUID]
        email: Attr[str]
        name: Attr[str]
        age: Attr[int]
        active: Attr[bool]
        balance: Attr[Decimal]
        joined: Attr[datetime]
        tags: Attr[set[str]] = attr(default_factory=set)

        primary = PrimaryKey("TEAM#{team}", f"KIND{n}#{{id}}")

    return Kind


FIVE = tuple(_kind(n) for n in range(5))


class Shape(NamedTuple):
    """One shape of item.

    Attributes:
        letter: What it is called.
        entity: Its entity.
        make: Makes the n-th instance.
        page: How many items are in a page of 1 MB.
        prefix: What the sort keys begin with.
        mark: A field of text that tells the instances apart.
        changes: What an update sets; the first is text.
    """

    letter: str
    entity: type[Any]
    make: Callable[[int], Any]
    page: int
    prefix: str
    mark: str
    changes: dict[str, Any]

    @property
    def kind(self) -> str:
        """The entity's name."""
        return self.entity.__name__

    @property
    def partition_key(self) -> str:
        """The partition key of all items."""
        return f"TEAM#{TEAM}"

    def sort_key(self, n: int) -> str:
        """The sort key of the n-th item."""
        return f"{self.prefix}{self.id(n)}"

    def id(self, n: int) -> UUID:
        """The id of the n-th item."""
        return _id(n)


def _id(n: int) -> UUID:
    return UUID(int=n + (7 << 76))


def _small(n: int) -> Small:
    return Small(
        team=TEAM,
        id=_id(n),
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
        team=TEAM,
        id=_id(n),
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


_SHAPES = (
    Shape(
        letter="A",
        entity=Small,
        make=_small,
        page=4_500,
        prefix="SMALL#",
        mark="email",
        changes={"name": "Ada Lovelace", "age": 36, "active": True},
    ),
    Shape(
        letter="B",
        entity=Large,
        make=_large,
        page=790,
        prefix="LARGE#",
        mark="text_3",
        changes={"text_0": "another text", "number_0": 36, "note": "as asked"},
    ),
)
SHAPES = {shape.letter: shape for shape in _SHAPES}
