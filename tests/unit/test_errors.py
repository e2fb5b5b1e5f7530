"""Errors travel: between processes, and into others."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mizzle import (
    BatchError,
    BatchResult,
    Mizzle,
    RetryConfig,
    batch_get,
    batch_write,
    get,
    insert,
    key,
    put,
    select,
    update,
)
from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    ConnectionFailedError,
    FullScanError,
    ItemDecodeError,
    ItemExistsError,
    ItemSizeExceededError,
    MizzleError,
    ServiceError,
    StatementError,
    ThrottledError,
    WriteOutcomeUnknownError,
)
from mizzle.request import Answer, Request
from mizzle.testing import faults
from tests.models import ADA, Lead, User, ada, app

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


class Canned:
    """A transport that always answers the same."""

    def __init__(self, content: bytes = b"{}") -> None:
        self.content = content

    def send(self, request: Request) -> Answer:
        return Answer(self.content)

    def close(self) -> None:
        pass


@pytest.fixture
def db() -> Mizzle:
    return Mizzle(transport=Canned(), retry=RetryConfig(max_attempts=1))


STATEMENTS: dict[str, Any] = {
    "get": get(User, id=ADA),
    "insert": insert(ada()),
    "put": put(ada()),
    "update": update(ada()).set(User.name, "a secret"),
    "select": select(User).where(User.email == "a@b", User.logins > 5),
    "count": select(User).where(User.email == "a@b").count(),
    "one": select(User).where(User.email == "a@b").one(),
    "page": select(User).where(User.email == "a@b").page(3),
    "whole keys": select(Lead).where(Lead.id.is_in(["a", "b"])),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_execute_raises_explains_its_statement(db: Mizzle, name: str) -> None:
    statement = STATEMENTS[name]
    with faults(db, script=["throttle"]), pytest.raises(ServiceError) as caught:
        db.execute(statement)
    assert caught.value.explanation == statement.explain()
    # A message shows no values, but what explains the statement does.
    assert "a secret" not in str(caught.value)


def test_what_stream_raises_explains_its_statement(db: Mizzle) -> None:
    statement = STATEMENTS["select"]
    with faults(db, script=["throttle"]), pytest.raises(ThrottledError) as caught:
        next(db.stream(statement))
    assert caught.value.explanation == statement.explain()


def test_a_statement_without_a_request_says_why_and_what_was_asked_for(db: Mizzle) -> None:
    statement = select(User).where(User.name == "a secret", User.logins > 5)
    for refused in (statement, statement.count(), statement.page(3), statement.one()):
        with pytest.raises(FullScanError) as caught:
            db.execute(refused)
        assert caught.value.explanation == (
            f"No request: {caught.value}\n  where: (User.name == 'a secret') & (User.logins > 5)"
        )
        assert "a secret" not in str(caught.value)


def test_a_write_that_is_refused_says_why(db: Mizzle) -> None:
    with pytest.raises(StatementError) as caught:
        db.execute(update(User, id=ADA))
    assert caught.value.explanation == f"No request: {caught.value}"


def test_an_item_that_does_not_validate_explains_the_statement(db: Mizzle) -> None:
    db.transport = Canned(
        b'{"Item":{"pk":{"S":"USER#1"},"sk":{"S":"PROFILE"},"_type":{"S":"User"}}}'
    )
    with pytest.raises(ItemDecodeError) as caught:
        db.execute(get(User, id=ADA))
    assert caught.value.explanation == get(User, id=ADA).explain()


def test_each_part_of_a_batch_explains_itself(db: Mizzle) -> None:
    puts = [put(ada()), put(ada(id="01938f5e-0000-7000-8000-00000000ada1"))]
    with faults(db, script=["throttle"]):
        result = db.execute(batch_write(puts))
    assert [error.explanation for _, error in result.errors] == [each.explain() for each in puts]

    statement = batch_get([key(User, id=ADA)])
    with faults(db, script=["throttle"]):
        read = db.execute(statement)
    assert [error.explanation for _, error in read.errors] == [statement.explain()]


def test_an_explanation_goes_along_to_another_process(db: Mizzle) -> None:
    statement = STATEMENTS["select"]
    with faults(db, script=["throttle"]), pytest.raises(ServiceError) as caught:
        db.execute(statement)
    for found in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert found.explanation == statement.explain()


def test_without_a_statement_there_is_no_explanation() -> None:
    for error in (ServiceError("no."), StatementError("no."), MizzleError("no.")):
        assert error.explanation is None
        assert pickle.loads(pickle.dumps(error)).explanation is None


def test_what_is_no_statement_has_no_explanation() -> None:
    class Refusing(Canned):
        def send(self, request: Request) -> Answer:
            raise AccessDeniedError("denied.")

    with pytest.raises(AccessDeniedError) as caught:
        Mizzle(transport=Refusing()).delete_table(app)
    assert caught.value.explanation is None


def test_the_first_explanation_stays() -> None:
    error = ServiceError("no.")
    error.explained_by(lambda: "first")
    error.explained_by(lambda: "second")
    assert error.explanation == "first"


def test_an_explanation_is_made_once_and_only_if_someone_asks() -> None:
    made: list[str] = []

    def explain() -> str:
        made.append("made")
        return "explained"

    error = ServiceError("no.")
    error.explained_by(explain)
    assert made == []
    assert (error.explanation, error.explanation) == ("explained", "explained")
    assert made == ["made"]
