"""K4: index keys never go stale."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mizzle import ConditionFailedError, StatementError, insert, put, select, update
from tests.models import ADA, NOON, ONE, Lead, Order, Status, User, ada, order
from tests.support.requests import body_of


def test_an_update_rewrites_the_index_key(shop: Any, stored: Any) -> None:
    user = shop.execute(insert(ada()))
    shop.execute(update(user).set(User.email, "ada@example.org"))
    assert stored(user)["gsi1pk"] == {"S": "EMAIL#ada@example.org"}
    assert shop.execute(select(User).where(User.email == "ada@example.com")) == []
    assert shop.execute(select(User).where(User.email == "ada@example.org").one()).id == ADA


def test_key_fields_are_known_parts(shop: Any, stored: Any) -> None:
    made = shop.execute(insert(order()))
    found = shop.execute(
        update(Order, user_id=ADA, placed_at=NOON, id=ONE).set(Order.status, Status.PAID)
    )
    assert found.status is Status.PAID
    assert stored(made)["gsi1pk"] == {"S": "STATUS#paid"}
    assert shop.execute(select(Order).where(Order.status == Status.NEW)) == []


def test_an_unknown_part_is_refused_before_any_request() -> None:
    with pytest.raises(StatementError) as caught:
        update(Lead, id="l1").set(Lead.owner, "bo").compile()
    assert "Lead.score" in str(caught.value)
    assert ".given(Lead.score" in str(caught.value)


def test_given_supplies_the_part_and_is_a_condition(shop: Any, stored: Any) -> None:
    lead = shop.execute(insert(Lead(id="l1", score=7)))
    statement = update(Lead, id="l1").set(Lead.owner, "bo")
    with pytest.raises(ConditionFailedError) as caught:
        shop.execute(statement.given(Lead.score, 6))
    assert caught.value.item == lead
    assert "gsi1pk" not in stored(lead)
    shop.execute(statement.given(Lead.score, 7))
    assert stored(lead)["gsi1pk"] == {"S": "OWNER#bo"}
    assert stored(lead)["gsi1sk"] == {"S": "000007"}


def test_parts_from_memory_are_conditions_too(shop: Any, stored: Any) -> None:
    lead = shop.execute(insert(Lead(id="l1", score=7)))
    shop.execute(update(Lead, id="l1").given(Lead.owner, None).set(Lead.score, 8))
    with pytest.raises(ConditionFailedError):
        shop.execute(update(lead).set(Lead.owner, "bo"))
    assert "gsi1pk" not in stored(lead)


def test_none_takes_an_item_out_of_the_index(shop: Any, stored: Any) -> None:
    lead = shop.execute(insert(Lead(id="l1", owner="bo", score=7)))
    assert {"gsi1pk", "gsi1sk"} <= stored(lead).keys()
    lead = shop.execute(update(lead).set(Lead.owner, None))
    assert not {"gsi1pk", "gsi1sk", "owner"} & stored(lead).keys()
    shop.execute(update(lead).set(Lead.owner, "cy"))
    assert stored(lead)["gsi1sk"] == {"S": "000007"}
    shop.execute(update(Lead, id="l1").remove(Lead.owner))
    assert not {"gsi1pk", "gsi1sk"} & stored(lead).keys()
    shop.execute(put(Lead(id="l1", score=1)))
    assert not {"gsi1pk", "gsi1sk"} & stored(lead).keys()


@pytest.mark.parametrize(
    "statement",
    [
        update(Lead, id="l1").add(Lead.score, 1),
        update(Lead, id="l1").set(Lead.score, Lead.score + 1),
        update(Lead, id="l1").set_if_missing(Lead.score, 1),
    ],
    ids=["add", "arithmetic", "set_if_missing"],
)
def test_changes_that_only_dynamodb_knows_need_a_given_value(shop: Any, statement: Any) -> None:
    with pytest.raises(StatementError, match=r"Lead\.score"):
        statement.compile()
    shop.execute(insert(Lead(id="l1", owner="bo", score=7)))
    found = shop.execute(statement.given(Lead.score, 7).given(Lead.owner, "bo"))
    (again,) = shop.execute(select(Lead).where(Lead.owner == "bo", Lead.score == found.score))
    assert again == found


def test_primary_key_fields_cannot_be_updated() -> None:
    with pytest.raises(StatementError, match="primary key"):
        update(order()).set(Order.placed_at, NOON + timedelta(days=1)).compile()


def test_an_update_that_leaves_index_fields_alone_writes_no_index_key() -> None:
    body = body_of(update(User, id=ADA).set(User.name, "x"))
    assert "gsi1pk" not in body["ExpressionAttributeNames"].values()
