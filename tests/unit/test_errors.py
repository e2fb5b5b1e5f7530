"""Errors travel: between processes, and into others."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mizzle import BatchError, BatchResult, batch_write, insert, key, put, update
from mizzle.errors import (
    ConditionFailedError,
    ConnectionFailedError,
    ItemDecodeError,
    ItemExistsError,
    ItemSizeExceededError,
    MizzleError,
    ServiceError,
    ThrottledError,
    WriteOutcomeUnknownError,
)
from tests.models import ADA, User, ada

KEY = {"pk": {"S": "USER#1"}, "sk": {"S": "PROFILE"}}


def too_large() -> ItemSizeExceededError:
    with pytest.raises(ItemSizeExceededError) as caught:
        insert(ada(name="x" * 500_000)).compile()
    return caught.value


def unknown() -> WriteOutcomeUnknownError:
    error = WriteOutcomeUnknownError("unknown.", code="Fault", status=500, item={"a": {"S": "b"}})
    error.statement = update(User, id=ADA).where(User.logins < 5).add(User.logins, 1)
    error.entity, error.key, error.attempts, error.elapsed_seconds = User, KEY, 3, 1.5
    return error


def group() -> BatchError:
    statements = [put(ada())]
    part = ThrottledError("throttled.", code="ThrottlingException")
    result: BatchResult[Any] = BatchResult(
        succeeded=[],
        failed=statements,
        missing=[],
        errors=[(statements[0], part)],
        attempts=4,
        consumed_capacity={},
    )
    with pytest.raises(BatchError) as caught:
        result.raise_for_failed()
    return caught.value


ERRORS = {
    "size": too_large(),
    "unknown": unknown(),
    "open": ConnectionFailedError("reset.", outcome_open=True),
    "decode": ItemDecodeError("bad.", entity=User, key=KEY, item=KEY, others=[ada()]),
    "exists": ItemExistsError("there.", code="ConditionalCheckFailedException", item=ada()),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_goes_to_another_process_and_back(name: str) -> None:
    error = ERRORS[name]
    for found in (pickle.loads(pickle.dumps(error)), copy.copy(error), error.clone()):
        assert type(found) is type(error)
        assert found.args == error.args
        assert {**vars(found), "statement": None} == {**vars(error), "statement": None}


def test_the_failures_of_a_batch_go_to_another_process() -> None:
    error = group()

    found = pickle.loads(pickle.dumps(error))

    assert isinstance(found, BatchError)
    assert str(found) == str(error) == "1 of 1 failed (1 ThrottledError) (1 sub-exception)"
    assert [str(part) for part in found.exceptions] == ["throttled."]
    assert found.result.failed[0].entity == ada()


def test_an_error_turns_into_another_with_all_that_is_known() -> None:
    error = ServiceError("no.", code="Code", status=400, request_id="r", reasons=[{"Code": "x"}])
    error.entity, error.key, error.attempts, error.elapsed_seconds = User, KEY, 2, 0.5
    error.outcome_open = True

    found = error.turned_into(ConditionFailedError, "not met.")

    assert (type(found), str(found)) == (ConditionFailedError, "not met.")
    assert {**vars(found), "outcome_open": True} == vars(error)
    assert found.outcome_open is False


def test_only_what_failed_is_in_the_group() -> None:
    error = group()

    transient, rest = error.split(ThrottledError)

    assert isinstance(transient, BatchError)
    assert transient.result is error.result
    assert rest is None
    assert isinstance(error, MizzleError)
    assert isinstance(error, ExceptionGroup)


def test_statements_and_keys_can_be_sent_to_another_process() -> None:
    """They are what a result holds."""
    for statement in (put(ada()), batch_write([put(ada())]), key(User, id=ADA)):
        found = pickle.loads(pickle.dumps(statement))
        assert repr(found) == repr(statement)
