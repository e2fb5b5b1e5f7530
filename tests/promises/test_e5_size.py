"""E5: an item over DynamoDB's limit is refused before any request, and measured to the byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from mizzle import (
    ItemSizeExceededError,
    Mizzle,
    RetryConfig,
    batch_write,
    calculate_item_size,
    delete,
    get,
    insert,
    put,
    update,
)
from mizzle.errors import InvalidRequestError
from mizzle.limits import MAX_ITEM_BYTES
from mizzle.request import Answer, Request
from tests.models import ADA, Lead, User, ada

ONE_ID, TWO_IDS = 18, 37
"""`_w` and 16 bytes; `_wp` and 16 more."""

KEY = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "PROFILE"}}


def filled(size_bytes: int) -> User:
    """Make a user whose item is of exactly this size."""
    bare = calculate_item_size(ada(name=""))
    return ada(name="x" * (size_bytes - bare))


def sent(db: Mizzle, run: Callable[[], Any]) -> list[str]:
    """Give the operations of the requests that something sends."""
    transport: Any = db.transport
    before = len(transport.requests)
    run()
    return [request.operation for request in transport.requests[before:]]


# moto measures in its own way: no item over 405,000 bytes, and an update's values beside the old ones.
to_the_byte = pytest.mark.parametrize("engine", ["dynoxide", "direct"], indirect=True)

LARGE = filled(MAX_ITEM_BYTES + 1)


@pytest.mark.parametrize(
    "statement",
    [
        insert(LARGE),
        insert(LARGE).idempotent(),
        put(LARGE),
        put(LARGE).where(User.logins < 5),
        put(LARGE).idempotent(),
        # Only the 31st of them, so that a whole request comes before it.
        batch_write([*(put(Lead(id=str(n))) for n in range(30)), put(LARGE)]),
    ],
    ids=["insert", "idempotent insert", "put", "conditional put", "idempotent put", "batch_write"],
)
def test_an_item_over_the_limit_is_refused_before_any_request(shop: Any, statement: Any) -> None:
    def run() -> None:
        with pytest.raises(ItemSizeExceededError) as raised:
            shop.execute(statement)
        error = raised.value
        found = (error.entity, error.key, error.size_bytes, error.limit_bytes)
        assert found == (User, KEY, MAX_ITEM_BYTES + 1, MAX_ITEM_BYTES)
        assert error.largest[0] == ("name", 4 + len(LARGE.name))
        assert "item is 409,601 bytes, 1 over DynamoDB's 409,600" in str(error)
        assert "name (" in str(error)

    assert sent(shop, run) == []


def test_an_update_that_surely_writes_too_much_is_refused_before_any_request(shop: Any) -> None:
    def run() -> None:
        for statement in (
            update(User, id=ADA).set(User.name, "x" * MAX_ITEM_BYTES),
            update(User, id=ADA).set(User.name, "x" * MAX_ITEM_BYTES).idempotent(),
            update(User, id=ADA).set(User.name, "x" * 300_000).set(User.limits, {"é" * 60_000: 1}),
        ):
            with pytest.raises(ItemSizeExceededError) as raised:
                shop.execute(statement)
            assert (raised.value.entity, raised.value.key) == (User, KEY)
            assert raised.value.size_bytes > MAX_ITEM_BYTES

    assert sent(shop, run) == []


@to_the_byte
def test_an_update_is_not_refused_for_what_it_may_find(shop: Any, stored: Any) -> None:
    """The item has 250,000 bytes already; the update replaces them."""
    user = ada(name="x" * 250_000)
    shop.execute(put(user))

    changed = shop.execute(update(User, id=ADA).set(User.name, "y" * 250_000))

    assert changed.name == "y" * 250_000
    assert stored(user)["name"] == {"S": "y" * 250_000}


@to_the_byte
def test_an_update_of_which_only_the_whole_item_is_too_large_is_the_services_to_refuse(
    shop: Any,
) -> None:
    shop.execute(put(ada(name="x" * 300_000)))

    def run() -> None:
        with pytest.raises(ItemSizeExceededError) as raised:
            shop.execute(update(User, id=ADA).set(User.limits, {"é" * 60_000: 1}))
        assert (raised.value.entity, raised.value.key) == (User, KEY)
        assert isinstance(raised.value.__cause__, Exception)

    assert sent(shop, run) == ["UpdateItem"]


@to_the_byte
def test_an_item_that_fills_the_limit_is_inserted_without_a_write_id(
    shop: Any, stored: Any
) -> None:
    user = filled(MAX_ITEM_BYTES)

    assert sent(shop, lambda: shop.execute(insert(user))) == ["PutItem"]
    assert "_w" not in stored(user)
    assert stored(user)["name"] == {"S": user.name}


@to_the_byte
@pytest.mark.parametrize(
    ("left", "is_marked"), [(ONE_ID, True), (17, False), (1, False), (19, True)]
)
def test_a_write_id_is_left_out_only_where_there_is_no_room(
    shop: Any, stored: Any, left: int, is_marked: bool
) -> None:
    user = filled(MAX_ITEM_BYTES - left)
    shop.execute(insert(user))

    assert ("_w" in stored(user)) == is_marked


@to_the_byte
def test_a_conditional_put_that_fills_the_limit_goes_without_a_write_id_too(
    shop: Any, stored: Any
) -> None:
    shop.execute(put(ada()))
    tight, roomy = filled(MAX_ITEM_BYTES - TWO_IDS + 1), filled(MAX_ITEM_BYTES - TWO_IDS)

    shop.execute(put(tight).where(User.logins == 0))
    assert stored(tight)["name"] == {"S": tight.name}
    assert not {"_w", "_wp"} & set(stored(tight))

    shop.execute(put(roomy).where(User.logins == 0))
    assert stored(roomy)["name"] == {"S": roomy.name}
    assert {"_w", "_wp"} <= set(stored(roomy))


@to_the_byte
@pytest.mark.parametrize(
    "write",
    [put, lambda user: put(user).where(User.logins == 0), lambda user: batch_write([put(user)])],
    ids=["put", "conditional put", "batch_write"],
)
def test_an_item_that_was_read_may_grow_up_to_the_limit(
    shop: Any, stored: Any, write: Callable[[Any], Any]
) -> None:
    """It was marked when it was written; a mark is not worth refusing an item."""
    small = filled(MAX_ITEM_BYTES - ONE_ID)
    shop.execute(insert(small))
    user = shop.execute(get(User, id=ADA))
    user.name += "x" * ONE_ID

    shop.execute(write(user))

    assert stored(user)["name"] == {"S": user.name}


@to_the_byte
def test_what_fills_the_limit_is_put_in_a_batch(shop: Any, stored: Any) -> None:
    user = filled(MAX_ITEM_BYTES)
    assert not shop.execute(batch_write([put(user), put(Lead(id="a"))])).failed
    assert stored(user)["name"] == {"S": user.name}


def test_a_deletion_weighs_nothing(shop: Any) -> None:
    assert not shop.execute(batch_write([delete(LARGE)])).failed


def test_what_does_not_validate_is_refused_as_such(shop: Any) -> None:
    """A size is only measured of what could be stored."""
    user = ada()
    user.__dict__["logins"] = "x" * 500_000

    def run() -> None:
        with pytest.raises(ValidationError):
            shop.execute(put(user))

    assert sent(shop, run) == []


# What only the service can know: the copies in local indexes count as well.


class Refusing:
    """A service that finds every item too large."""

    def __init__(self, text: str) -> None:
        self.requests: list[Request] = []
        self._text = text

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        raise InvalidRequestError(self._text, code="ValidationException", status=400)

    def close(self) -> None:
        pass


TEXTS = {
    "put": "PutItem: ValidationException: Item size has exceeded the maximum allowed size.",
    "update": (
        "UpdateItem: ValidationException: Item size to update has exceeded the maximum allowed size."
    ),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    "statement",
    [
        insert(ada()),
        put(ada()),
        put(ada()).where(User.logins < 5),
        update(User, id=ADA).set(User.name, "x"),
    ],
    ids=["insert", "put", "conditional put", "update"],
)
def test_the_services_own_refusal_is_the_same_error(statement: Any, text: str) -> None:
    transport = Refusing(text)
    db = Mizzle(transport=transport, retry=RetryConfig(base_delay=0))

    with pytest.raises(ItemSizeExceededError) as raised:
        db.execute(statement)

    error = raised.value
    assert (error.entity, error.key, error.limit_bytes) == (User, KEY, MAX_ITEM_BYTES)
    assert "DynamoDB refused it as larger than 409,600" in str(error)
    assert len(transport.requests) == 1


def test_the_services_own_refusal_of_an_update_does_not_blame_the_key() -> None:
    """The request says nothing of the rest of the item; the key is surely not what is too large."""
    with pytest.raises(ItemSizeExceededError) as raised:
        Mizzle(transport=Refusing(TEXTS["update"])).execute(
            update(User, id=ADA).set(User.name, "x" * 1_000)
        )

    assert raised.value.largest[0] == ("name", 1_004)
    assert raised.value.size_bytes > 1_004
    assert "DynamoDB refused it as larger than 409,600" in str(raised.value)


def test_the_services_own_refusal_in_a_batch_concerns_each_item() -> None:
    db = Mizzle(transport=Refusing(TEXTS["put"]))
    statements = [put(ada()), put(Lead(id="a"))]

    result = db.execute(batch_write(statements))

    assert result.failed == statements
    errors: list[Any] = [error for _, error in result.errors]
    assert [type(error) for error in errors] == [ItemSizeExceededError] * 2
    assert [(error.entity, error.key) for error in errors] == [
        (User, KEY),
        (Lead, {"pk": {"S": "LEAD#a"}, "sk": {"S": "LEAD"}}),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "PutItem: ValidationException: One or more parameter values were invalid.",
        (
            "PutItem: ValidationException: Size of hashkey has exceeded the maximum size limit "
            "of 2048 bytes."
        ),
    ],
)
def test_another_refusal_is_not_taken_for_it(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        Mizzle(transport=Refusing(text)).execute(put(ada()))
