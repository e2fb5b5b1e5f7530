"""The tour's entities, which most tests use."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from mizzle import Attr, Document, Entity, Index, IndexKey, PrimaryKey, Table, attr, uuid7

app = Table(
    "app",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk")],
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADA = UUID("01938f5e-0000-7000-8000-00000000ada0")
ONE = UUID("01938f5e-0000-7000-8000-000000000001")


class Status(StrEnum):
    NEW = "new"
    PAID = "paid"


class Address(Document):
    street: Attr[str]
    city: Attr[str]


class User(Entity, table=app):
    id: Attr[UUID] = attr(default_factory=uuid7)
    email: Attr[str]
    name: Attr[str]
    logins: Attr[int] = attr(default=0)
    home: Attr[Address | None] = attr(default=None)
    tags: Attr[set[str]] = attr(default_factory=set)
    history: Attr[list[Address]] = attr(default_factory=list)
    limits: Attr[dict[str, int]] = attr(default_factory=dict)

    primary = PrimaryKey("USER#{id}", "PROFILE")
    by_email = IndexKey("gsi1", "EMAIL#{email}", "USER")


class Order(Entity, table=app):
    user_id: Attr[UUID]
    id: Attr[UUID] = attr(default_factory=uuid7)
    placed_at: Attr[datetime]
    total: Attr[Decimal]
    status: Attr[Status] = attr(default=Status.NEW)

    primary = PrimaryKey("USER#{user_id}", "ORDER#{placed_at}#{id}")
    by_status = IndexKey("gsi1", "STATUS#{status}", "{placed_at}")


class Lead(Entity, table=app):
    id: Attr[str]
    owner: Attr[str | None] = attr(default=None)
    score: Attr[int] = attr(default=0)

    primary = PrimaryKey("LEAD#{id}", "LEAD")
    by_owner = IndexKey("gsi1", "OWNER#{owner}", "{score:06}")


def ada(**changes: object) -> User:
    """Make a user; the same each time."""
    return User(**{"id": ADA, "email": "ada@example.com", "name": "Ada", **changes})


def order(**changes: object) -> Order:
    """Make an order of Ada's; the same each time."""
    given = {"user_id": ADA, "id": ONE, "placed_at": NOON, "total": Decimal("9.90"), **changes}
    return Order(**given)
