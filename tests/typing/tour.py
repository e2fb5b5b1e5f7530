"""The tour of the design, as the type checkers read it."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, assert_type
from uuid import UUID

from mizzle import (
    AnswerEvent,
    Attr,
    AttributePath,
    BatchError,
    BatchEvent,
    BatchResult,
    Condition,
    Document,
    Entity,
    Index,
    IndexKey,
    Key,
    Mizzle,
    MizzleError,
    Page,
    PrimaryKey,
    RetryConfig,
    RetryHandler,
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
from mizzle.events import Event
from mizzle.statements.delete import Delete
from mizzle.statements.put import Put
from mizzle.statements.select import Select
from mizzle.testing import faults

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
    history: Attr[list[Address]] = attr(default_factory=list)
    limits: Attr[dict[str, int]] = attr(default_factory=dict)

    primary = PrimaryKey("USER#{id}", "PROFILE")
    by_email = IndexKey("gsi1", "EMAIL#{email}", "USER")


class Admin(User):
    level: Attr[int] = attr(default=1)


class Order(Entity, table=app):
    user_id: Attr[UUID]
    id: Attr[UUID] = attr(default_factory=uuid7)
    placed_at: Attr[datetime]
    total: Attr[Decimal]
    status: Attr[Status] = attr(default=Status.NEW)

    primary = PrimaryKey("USER#{user_id}", "ORDER#{placed_at}#{id}")
    by_status = IndexKey("gsi1", "STATUS#{status}", "{placed_at}")


def tour(db: Mizzle) -> None:
    now = datetime.now(timezone.utc)
    ada = db.execute(insert(User(email="ada@example.com", name="Ada")))
    assert_type(ada, User)
    assert_type(db.execute(get(User, id=ada.id)), User | None)
    assert_type(db.execute(select(User).where(User.email == "ada@example.com").one()), User)
    assert_type(db.execute(select(User).where(User.email == "a").first()), User | None)
    order = Order(user_id=ada.id, placed_at=now, total=Decimal("9.90"))
    assert_type(db.execute(put(order)), Order)
    recent = db.execute(
        select(Order)
        .where(Order.user_id == ada.id, Order.placed_at >= now - timedelta(days=1), Order.total > 5)
        .descending()
        .limit(10)
        .page_size(5)
        .consistent()
        .using("gsi1")
        .scan()
    )
    assert_type(recent, list[Order])
    for streamed in db.stream(select(Order).where(Order.user_id == ada.id)):
        assert_type(streamed, Order)
    ada = db.execute(
        update(User, id=ada.id).where(User.logins < 5).set(User.name, "Ada L.").add(User.logins, 1)
    )
    db.execute(update(ada).set(User.email, "ada@example.org"))
    db.execute(update(ada).set(User.home.fields.city, "Paris")) if ada.home else None
    assert_type(key(Order, user_id=ada.id, placed_at=now, id=order.id), Key[Order])
    assert_type(db.execute(get(key(User, id=ada.id))), User | None)
    assert_type(db.execute(delete(order)), Order | None)
    assert_type(db.execute(delete(User, id=ada.id)), User | None)
    assert_type(db.execute(put(ada).where(User.logins == 1)), User)
    assert_type(db.execute(delete(ada).where(User.logins == 1)), User | None)
    print(select(Order).where(Order.status == Status.NEW).explain())


def selects(db: Mizzle, user: User, order: Order) -> None:
    query = select(User).where(User.id == user.id)
    assert_type(query, Select[User])
    assert_type(query.using(User.by_email).using(User.primary).using("gsi1"), Select[User])
    assert_type(db.execute(query.count()), int)
    assert_type(db.execute(query.limit(3).scan(segments=4).count()), int)
    assert_type(db.execute(query.only(User.id, User.logins)), list[tuple[UUID, int]])
    assert_type(db.execute(query.only(User.id)), list[tuple[UUID]])
    assert_type(db.execute(query.only(User.home).first()), tuple[Address | None] | None)
    assert_type(db.execute(query.only(User.home.fields.city).one()), tuple[str])
    assert_type(
        db.execute(query.only(User.id, User.email, User.tags, User.limits["a"])),
        list[tuple[UUID, str, set[str], int]],
    )
    assert_type(
        db.execute(query.only(User.id, User.email, User.name, User.logins, User.tags, User.limits)),
        list[tuple[UUID, str, str, int, set[str], dict[str, int]]],
    )
    for user_id, logins in db.stream(query.only(User.id, User.logins)):
        assert_type(user_id, UUID)
        assert_type(logins, int)

    page = db.execute(select(Order).where(Order.user_id == user.id).page(20))
    assert_type(page, Page[Order])
    assert_type(page.items, list[Order])
    assert_type(page.cursor, str | None)
    assert_type(list(page), list[Order])
    following = select(Order).where(Order.user_id == user.id).page(20, after=page.cursor)
    assert_type(db.execute(following), Page[Order])
    pairs = select(Order).where(Order.user_id == user.id).only(Order.id, Order.total).page(5)
    assert_type(db.execute(pairs), Page[tuple[UUID, Decimal]])

    assert_type(db.execute(select(app).scan()), list[Entity])
    for item in db.stream(select(app).scan(segments=2)):
        if isinstance(item, Order):
            assert_type(item.total, Decimal)
    assert_type(query.explain(item_bytes=231), str)
    try:
        db.execute(query)
    except MizzleError as error:
        assert_type(error.explanation, str | None)
    assert_type(Mizzle(cursor_secret="0123456789abcdef"), Mizzle)
    assert_type(Mizzle(transport="direct", verify="ca.pem"), Mizzle)
    assert_type(Mizzle.local(transport="direct", capacity="total"), Mizzle)
    assert_type(db.with_options(cursor_secret=b"0123456789abcdef"), Mizzle)


def batches(db: Mizzle, user: User, orders: list[Order]) -> None:
    written = db.execute(batch_write([put(o) for o in orders]))
    assert_type(written, BatchResult[Put[Order]])
    assert_type(written.succeeded, list[Put[Order]])
    assert_type(written.failed, list[Put[Order]])
    assert_type(written.missing, list[Put[Order]])
    assert_type(written.errors, list[tuple[Put[Order], MizzleError]])
    assert_type([statement.entity for statement in written.failed], list[Order])
    assert_type(db.execute(batch_write(written.failed)), BatchResult[Put[Order]])
    assert_type(written.raise_for_failed(), BatchResult[Put[Order]])

    mixed: list[Put[User] | Delete[Order]] = [put(user), *(delete(o) for o in orders)]
    both = db.execute(batch_write(mixed, concurrency=4))
    assert_type(both, BatchResult[Put[User] | Delete[Order]])
    assert_type(both.failed, list[Put[User] | Delete[Order]])
    assert_type(db.execute(batch_write(both.failed)), BatchResult[Put[User] | Delete[Order]])
    assert_type([statement.entity for statement in both.failed], list[User | Order | None])
    gone = db.execute(batch_write(delete(User, id=user.id) for _ in orders))
    assert_type(gone, BatchResult[Delete[User]])
    # A list of statements of several kinds needs no annotation to be accepted.
    db.execute(batch_write([put(user), delete(orders[0]), put(orders[1])]))

    keys = [key(Order, user_id=o.user_id, placed_at=o.placed_at, id=o.id) for o in orders]
    found = db.execute(batch_get(keys))
    assert_type(found, BatchResult[Order, Key[Order]])
    assert_type(found.succeeded, list[Order])
    assert_type(found.failed, list[Key[Order]])
    assert_type(found.missing, list[Key[Order]])
    assert_type(found.errors, list[tuple[Key[Order], MizzleError]])
    assert_type(
        db.execute(batch_get(found.failed, concurrency=2).consistent()),
        BatchResult[Order, Key[Order]],
    )
    several: list[Key[User | Order]] = [key(User, id=user.id), *keys]
    assert_type(db.execute(batch_get(several)).succeeded, list[User | Order])

    try:
        found.raise_for_failed()
    except BatchError as error:
        assert_type(error.exceptions[0], MizzleError | ExceptionGroup[MizzleError])


def idempotent(db: Mizzle, user: User) -> None:
    assert_type(db.execute(insert(user).idempotent()), User)
    assert_type(db.execute(put(user).idempotent()), User)
    assert_type(db.execute(put(user).where(User.logins == 1).idempotent()), User)
    assert_type(db.execute(put(user).idempotent().where(User.logins == 1)), User)
    assert_type(db.execute(update(user).add(User.logins, 1).idempotent()), User)
    assert_type(db.execute(delete(user).idempotent()), User | None)
    assert_type(db.execute(delete(user).where(User.logins == 1).idempotent()), User | None)


async def fetch() -> bytes:
    return b""


async def watching(db: Mizzle) -> None:
    def watch(event: Event) -> None:
        if isinstance(event, BatchEvent):
            assert_type(event.done, int)
        elif isinstance(event, AnswerEvent):
            assert_type(event.error, Exception | None)

    events: list[Event] = []
    assert_type(Mizzle(on_event=watch, capacity="total"), Mizzle)
    assert_type(db.with_options(on_event=events.append), Mizzle)
    assert_type(db.with_options(on_event=None, retry=RetryConfig(max_attempts=2)), Mizzle)
    handler = RetryHandler(RetryConfig(deadline=10))
    assert_type(handler.call(lambda: 1), int)
    assert_type(await handler.call_async(fetch), bytes)
    assert_type(list(handler.delays()), list[float])


def paths(user: User, admin: Admin) -> None:
    assert_type(User.logins, AttributePath[int])
    assert_type(user.logins, int)
    assert_type(user.logins + 1, int)
    assert_type(User.home.fields.city, AttributePath[str])
    assert_type(User.history[0].fields.city, AttributePath[str])
    assert_type(User.limits["a"], AttributePath[int])
    assert_type(Admin.logins, AttributePath[int])
    assert_type(Admin.level > 3, Condition)
    assert_type(User.logins > 3, Condition)
    assert_type((User.logins > 3) & ~(User.email == "a") | User.tags.contains("b"), Condition)
    assert_type(User.email.begins_with("a"), Condition)
    assert_type(User.logins.between(1, 5), Condition)
    assert_type(User.logins.is_in([1, 2]), Condition)
    assert_type(User.home.exists(), Condition)
    assert_type(User.home == None, Condition)  # noqa: E711  # a condition, not a comparison
    assert_type(User.tags.size() > 3, Condition)
    assert_type(User.name.is_type("S"), Condition)
    assert_type(User.name == User.email, Condition)
    assert_type(admin.level, int)


def updates(user: User, order: Order) -> None:
    (
        update(user)
        .set(User.logins, User.logins + 1)
        .set(User.home, Address(street="s", city="c"))
        .set(User.home, None)
        .set_if_missing(User.name, "x")
        .add(User.tags, {"a"})
        .discard(User.tags, {"a"})
        .append(User.history, [Address(street="s", city="c")])
        .prepend(User.history, [])
        .remove(User.home)
        .given(User.email, "a")
        .or_create()
    )
    update(order).set(Order.total, 5).add(Order.total, 1).add(Order.total, Decimal("0.5"))


def shaky(client: Any) -> None:
    with Mizzle.local(retry=RetryConfig(base_delay=0)) as db:
        with faults(db, throttle=0.3, unprocessed=0.5, seed=1) as injected:
            assert_type(injected.counts, dict[str, int])
        with faults(db.with_options(capacity="total"), script=["throttle"] * 3):
            ...
    Mizzle(client)


def parts(user: User) -> None:
    for statement in (put(user), delete(user)):
        assert_type(statement.key, dict[str, dict[str, Any]])
