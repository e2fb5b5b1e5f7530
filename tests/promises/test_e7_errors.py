"""E7: errors are ours, one tree, and say what happened to which item and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

import mizzle.errors
from mizzle import (
    ItemExistsError,
    ItemNotFoundError,
    MizzleError,
    StatementError,
    get,
    insert,
    select,
    update,
)
from tests.models import ADA, User, ada


def test_every_error_is_in_the_tree() -> None:
    for name in mizzle.errors.__all__:
        found = getattr(mizzle.errors, name)
        if isinstance(found, type):
            assert issubclass(found, MizzleError)


def test_a_service_error_carries_entity_key_and_cause(shop: Any) -> None:
    shop.execute(insert(ada()))
    with pytest.raises(ItemExistsError) as caught:
        shop.execute(insert(ada(name="Other")))
    error = caught.value
    assert error.entity is User
    assert error.key == {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "PROFILE"}}
    assert error.item == ada()
    assert isinstance(error.__cause__, ClientError)
    assert f"USER#{ADA}" in str(error)


def test_a_missing_table_is_named(make_db: Any) -> None:
    with pytest.raises(mizzle.errors.TableNotFoundError, match="User"):
        make_db(table_prefix="no-such-").execute(get(User, id=ADA))


def test_messages_hold_no_values(shop: Any) -> None:
    with pytest.raises(ItemNotFoundError) as caught:
        shop.execute(update(ada()).set(User.name, "a secret"))
    assert "a secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: get(User, idd=ADA), ["idd", "did you mean 'id'"]),
        (lambda: get(User), ["User", "id"]),
        (lambda: select(User).limit(0), ["limit", "0"]),
        (lambda: select(User).where(), ["where"]),
        (lambda: select(ada()), ["User"]),
        (lambda: update(ada()).compile(), ["at least one operation"]),
    ],
)
def test_a_wrong_statement_says_what_to_do(build: Any, words: list[str]) -> None:
    with pytest.raises(StatementError) as caught:
        build()
    for word in words:
        assert word in str(caught.value)


def test_execute_refuses_what_is_no_statement(shop: Any) -> None:
    with pytest.raises(StatementError, match="db.execute takes a statement"):
        shop.execute(ada())
    with pytest.raises(StatementError, match="db.stream takes a select"):
        shop.stream(get(User, id=ADA))
