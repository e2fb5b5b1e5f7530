"""The tour: two entities in one table, written, queried and updated on the embedded engine."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from mizzle import (
    Attr,
    Document,
    Entity,
    Index,
    IndexKey,
    Mizzle,
    PrimaryKey,
    Table,
    attr,
    batch_get,
    batch_write,
    delete,
    get,
    insert,
    key,
    put,
    select,
    update,
    uuid7,
)

app = Table(
    "app",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk")],
)


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


def main() -> None:
    """Run the tour and say what happened."""
    db = Mizzle.local()
    db.create_table(app)
    now = datetime.now(timezone.utc)

    ada = db.execute(insert(User(email="ada@example.com", name="Ada")))
    same = db.execute(get(User, id=ada.id))
    also = db.execute(select(User).where(User.email == "ada@example.com").one())
    print(f"Inserted {ada.name}; read by id: {same == ada}; found by e-mail: {also == ada}.")

    orders = [
        Order(user_id=ada.id, placed_at=now - timedelta(hours=h), total=Decimal("9.90"))
        for h in range(60)
    ]
    written = db.execute(batch_write([put(o) for o in orders]))
    assert not written.failed
    print(f"Wrote {len(written.succeeded)} orders in {written.attempts} requests.")

    recent = db.execute(
        select(Order)
        .where(Order.user_id == ada.id, Order.placed_at >= now - timedelta(days=1), Order.total > 5)
        .descending()
        .limit(10)
    )
    print(f"The {len(recent)} newest orders of the last day came in one Query, newest first.")
    total = sum(o.total for o in db.stream(select(Order).where(Order.user_id == ada.id)))
    print(f"All orders together: {total}.")

    ada = db.execute(
        update(User, id=ada.id).where(User.logins < 5).set(User.name, "Ada L.").add(User.logins, 1)
    )
    print(f"Updated: {ada.name}, {ada.logins} login.")
    db.execute(update(ada).set(User.email, "ada@example.org"))
    moved = db.execute(select(User).where(User.email == "ada@example.org").one())
    print(f"The index followed the new e-mail address: {moved.email}.")
    if ada.home:
        db.execute(update(ada).set(User.home.fields.city, "Paris"))
    found = db.execute(
        batch_get([key(Order, user_id=o.user_id, placed_at=o.placed_at, id=o.id) for o in orders])
    )
    print(f"All {len(found.succeeded)} by their keys, in order: {found.succeeded == orders}.")
    db.execute(delete(orders[0]))

    print(select(Order).where(Order.status == Status.NEW).explain())
    db.close()


if __name__ == "__main__":
    main()
