"""Writes and gets compile to these requests, whole; selects in `test_select_requests.py`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mizzle import MizzleConfig, delete, get, insert, key, put, select, update
from tests.models import ADA, NOON, Order, User, ada, order
from tests.support.requests import body_of

USER_KEY = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "PROFILE"}}
USER_ITEM = {
    **USER_KEY,
    "gsi1pk": {"S": "EMAIL#ada@example.com"},
    "gsi1sk": {"S": "USER"},
    "_type": {"S": "User"},
    "id": {"S": str(ADA)},
    "email": {"S": "ada@example.com"},
    "name": {"S": "Ada"},
    "logins": {"N": "0"},
    "history": {"L": []},
    "limits": {"M": {}},
}
NO_ID = {"B": "AAAAAAAAAAAAAAAAAAAAAA=="}


def test_insert() -> None:
    assert body_of(insert(ada())) == {
        "TableName": "app",
        "Item": {**USER_ITEM, "_w": NO_ID},
        "ConditionExpression": "attribute_not_exists(#n0)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "pk"},
    }


def test_put() -> None:
    assert body_of(put(ada())) == {"TableName": "app", "Item": USER_ITEM}
    assert body_of(put(ada()).where(User.logins < 5)) == {
        "TableName": "app",
        "Item": {**USER_ITEM, "_w": NO_ID, "_wp": NO_ID},
        "ConditionExpression": "#n0 < :v0",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "logins"},
        "ExpressionAttributeValues": {":v0": {"N": "5"}},
    }


def test_get() -> None:
    assert body_of(get(User, id=ADA)) == {"TableName": "app", "Key": USER_KEY}
    assert body_of(get(key(User, id=ADA)).consistent()) == {
        "TableName": "app",
        "Key": USER_KEY,
        "ConsistentRead": True,
    }


def test_delete() -> None:
    assert body_of(delete(ada()).where(User.tags.contains("a"))) == {
        "TableName": "app",
        "Key": USER_KEY,
        "ReturnValues": "ALL_OLD",
        "ConditionExpression": "(attribute_not_exists(#n0) OR #n0 = :v0) AND contains(#n1, :v1)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "_type", "#n1": "tags"},
        "ExpressionAttributeValues": {":v0": {"S": "User"}, ":v1": {"S": "a"}},
    }


def test_update() -> None:
    statement = (
        update(User, id=ADA)
        .where(User.logins < 5)
        .set(User.name, "Ada L.")
        .set(User.home.fields.city, "Paris")
        .add(User.logins, 1)
        .remove(User.limits["a"])
    )
    assert body_of(statement) == {
        "TableName": "app",
        "Key": USER_KEY,
        "UpdateExpression": (
            "SET #n0 = :v0, #n1.#n2 = :v1, #n6 = if_not_exists(#n7, :v3), #n7 = :v4 "
            "ADD #n3 :v2 REMOVE #n4.#n5"
        ),
        "ReturnValues": "ALL_NEW",
        "ConditionExpression": (
            "attribute_exists(#n8) AND (attribute_not_exists(#n9) OR #n9 = :v5) AND "
            "attribute_exists(#n1) AND attribute_exists(#n4) AND #n3 < :v6"
        ),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {
            "#n0": "name",
            "#n1": "home",
            "#n2": "city",
            "#n3": "logins",
            "#n4": "limits",
            "#n5": "a",
            "#n6": "_wp",
            "#n7": "_w",
            "#n8": "pk",
            "#n9": "_type",
        },
        "ExpressionAttributeValues": {
            ":v0": {"S": "Ada L."},
            ":v1": {"S": "Paris"},
            ":v2": {"N": "1"},
            ":v3": NO_ID,
            ":v4": NO_ID,
            ":v5": {"S": "User"},
            ":v6": {"N": "5"},
        },
    }


def test_statements_are_values() -> None:
    base = select(Order).where(Order.user_id == ADA)
    narrowed = base.where(Order.placed_at >= NOON - timedelta(days=1)).limit(5)
    assert base.maximum is None
    assert len(base.conditions) == 1
    assert narrowed.maximum == 5
    with pytest.raises(AttributeError, match="immutable"):
        base.maximum = 3
    assert body_of(update(order()).set(Order.total, 5)) == body_of(
        update(order()).set(Order.total, 5)
    )


def test_tables_are_called_what_the_settings_say() -> None:
    config = MizzleConfig(table_prefix="dev-", tables={"app": "app-7f3a"})
    assert get(User, id=ADA).compile(config).body["TableName"] == "app-7f3a"
    assert (
        get(User, id=ADA).compile(MizzleConfig(table_prefix="dev-")).body["TableName"] == "dev-app"
    )
