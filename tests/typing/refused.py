"""What both checkers refuse: each line here is an error, and an unused ignore would be one too."""
# pyright: reportUnnecessaryTypeIgnoreComment=true, reportUnusedExpression=false, reportUnusedCallResult=false

from mizzle import Mizzle, batch_get, batch_write, delete, get, insert, key, put, select, update
from tests.typing.tour import Address, Order, Status, User


def on_the_class() -> None:
    User.logins > "x"  # type: ignore[operator]
    User.logins.begins_with("a")  # type: ignore[arg-type]
    User.logins.is_in(["a"])  # type: ignore[list-item]
    User.logins.between("a", "b")  # type: ignore[arg-type]
    User.tags.contains(3)  # type: ignore[arg-type]
    User.nope  # type: ignore[attr-defined]
    User.home.fields.nope  # type: ignore[attr-defined]
    User.history["a"]  # type: ignore[index]
    User.limits["a"] > "x"  # type: ignore[operator]
    Order.total > 1.5  # type: ignore[operator]


def on_an_instance(user: User) -> None:
    user.logins = "x"  # type: ignore[assignment]
    user.nope  # type: ignore[attr-defined]
    User("u1", email="a", name="b")  # type: ignore[call-arg, arg-type]
    User(email="a", name="b", logins="x")  # type: ignore[arg-type]
    User(email="a")  # type: ignore[call-arg]
    User(email="a", name="b", nope=1)  # type: ignore[call-arg]


def in_statements(user: User, order: Order) -> None:
    select(User).where(True)  # type: ignore[arg-type]
    select(User).where(User.logins)  # type: ignore[arg-type]
    select(User).where(user.logins > 3)  # type: ignore[arg-type]
    select(User).where(User.email == 3)  # type: ignore[arg-type]
    select(Order).where(Order.status == "new")  # type: ignore[arg-type]
    select(user)  # type: ignore[call-overload]
    select(User).only("name")  # type: ignore[call-overload]
    select(User).only(User.name > "a")  # type: ignore[call-overload]
    select(User).using(User.email)  # type: ignore[arg-type]
    select(User).page("10")  # type: ignore[arg-type]
    select(User).page(10, after=3)  # type: ignore[arg-type]
    select(User).count().limit(3)  # type: ignore[attr-defined]
    select(User).scan(segments="4")  # type: ignore[arg-type]
    put(User)  # type: ignore[type-var]
    get(user)  # type: ignore[call-overload]
    key(user)  # type: ignore[arg-type]
    update(user).set(User.logins, "x")  # type: ignore[misc]
    update(user).set(User.home, Status.NEW)  # type: ignore[misc]
    update(user).add(User.logins, "x")  # type: ignore[call-overload]
    update(user).add(User.name, 1)  # type: ignore[misc]
    update(user).add(User.tags, {1})  # type: ignore[misc]
    update(user).append(User.history, ["x"])  # type: ignore[misc]
    update(user).append(User.name, "x")  # type: ignore[call-overload]
    update(user).given(User.logins, Address(street="s", city="c"))  # type: ignore[misc]


def in_batches(db: Mizzle, user: User, order: Order) -> None:
    batch_write([insert(user)])  # type: ignore[type-var]
    batch_write([update(user).set(User.logins, 1)])  # type: ignore[type-var]
    batch_write([put(user).where(User.logins == 1)])  # type: ignore[type-var]
    batch_write([put(user).idempotent()])  # type: ignore[type-var]
    batch_write([delete(user).where(User.logins == 1)])  # type: ignore[type-var]
    batch_write([delete(user).idempotent()])  # type: ignore[type-var]
    batch_write([put(order), insert(user)])  # type: ignore[type-var]
    batch_write([user])  # type: ignore[type-var]
    batch_write([get(User, id=user.id)])  # type: ignore[type-var]
    batch_write(put(user))  # type: ignore[arg-type]
    batch_write([put(user)], concurrency="4")  # type: ignore[arg-type]
    batch_get([user])  # type: ignore[arg-type]
    batch_get([get(User, id=user.id)])  # type: ignore[arg-type]
    batch_get(key(User, id=user.id))  # type: ignore[arg-type]
    Mizzle(transport="bote")  # type: ignore[arg-type]
    Mizzle.local(transport="bote")  # type: ignore[arg-type]
    db.with_options(on_event="print")  # type: ignore[arg-type]
    db.with_options(capacity="all")  # type: ignore[arg-type]
    db.with_options(region="eu-west-1")  # type: ignore[call-arg]
