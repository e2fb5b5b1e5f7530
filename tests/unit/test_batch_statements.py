"""`batch_write` and `batch_get` before anything is sent: what they refuse, compile and explain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from mizzle import (
    BatchError,
    BatchResult,
    ItemSizeExceededError,
    MizzleConfig,
    StatementError,
    batch_get,
    batch_write,
    delete,
    get,
    insert,
    key,
    put,
    select,
    update,
)
from mizzle.errors import InvalidRequestError, MizzleError, ThrottledError
from mizzle.request import Request
from tests.linter import lint
from tests.models import ADA, Lead, Order, User, ada, order


def lead_body(name: str) -> dict[str, Any]:
    """Write the item of `Lead(id=name)`."""
    return {
        "pk": {"S": f"LEAD#{name}"},
        "sk": {"S": "LEAD"},
        "_type": {"S": "Lead"},
        "id": {"S": name},
        "score": {"N": "0"},
    }


def lead_key(name: str) -> dict[str, Any]:
    return {"pk": {"S": f"LEAD#{name}"}, "sk": {"S": "LEAD"}}


# What is refused.


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: insert(ada()), ["insert", "demands that there is no item", "use put"]),
        (
            lambda: insert(ada()).idempotent(),
            ["insert", "demands that there is no item", "use put"],
        ),
        (lambda: update(ada()).set(User.name, "x"), ["update", "know no updates", "by itself"]),
        (lambda: put(ada()).where(User.logins < 5), ["put", "no conditions", "by itself"]),
        (lambda: put(ada()).idempotent(), ["put", "no conditions", "by itself"]),
        (lambda: delete(ada()).where(User.logins < 5), ["delete", "no conditions", "by itself"]),
        (lambda: delete(ada()).idempotent(), ["delete", "no conditions", "by itself"]),
        (lambda: get(User, id=ADA), ["get", "no write"]),
        (lambda: select(User), ["select", "no write"]),
        (lambda: batch_write([]), ["batch", "no write"]),
        (ada, ["User", "put(entity)"]),
        (lambda: key(User, id=ADA), ["Key", "puts and deletes"]),
        (lambda: None, ["NoneType", "puts and deletes"]),
    ],
)
def test_batch_write_refuses_what_a_batch_cannot_carry(
    build: Callable[[], Any], words: list[str]
) -> None:
    with pytest.raises(StatementError) as raised:
        batch_write([put(ada()), build()])
    for word in ("batch_write", *words):
        assert word.lower() in str(raised.value).lower()


@pytest.mark.parametrize("build", [ada, lambda: get(User, id=ADA), lambda: "USER#1", lambda: None])
def test_batch_get_takes_nothing_but_keys(build: Callable[[], Any]) -> None:
    found = build()
    with pytest.raises(StatementError, match=f"takes keys.*not {type(found).__name__}"):
        batch_get([key(User, id=ADA), found])


@pytest.mark.parametrize("concurrency", [0, -1, 101, 1.5, "2", True, None])
@pytest.mark.parametrize("statement", [batch_get, batch_write])
def test_concurrency_is_1_to_100(statement: Callable[..., Any], concurrency: Any) -> None:
    with pytest.raises(StatementError, match=f"{statement.__name__}: concurrency is 1 to 100"):
        statement([], concurrency=concurrency)


@pytest.mark.parametrize("concurrency", [1, 100])
@pytest.mark.parametrize("statement", [batch_get, batch_write])
def test_concurrency_is_kept(statement: Callable[..., Any], concurrency: int) -> None:
    assert statement([], concurrency=concurrency).concurrency == concurrency


def test_any_iterable_is_read_once() -> None:
    leads = [Lead(id=str(n)) for n in range(3)]
    statement = batch_write(put(lead) for lead in leads)

    assert [each.entity for each in statement.statements] == leads
    assert statement.compile() == statement.compile()
    assert batch_get(iter([key(Lead, id="a")])).keys == (key(Lead, id="a"),)


def test_a_batch_is_immutable() -> None:
    reads = batch_get([key(Lead, id="a")])
    consistent = reads.consistent()

    assert (reads.is_consistent, consistent.is_consistent) == (False, True)
    with pytest.raises(AttributeError, match="immutable"):
        reads.concurrency = 2  # type: ignore[misc]  # that is the point


def test_an_entity_that_does_not_validate_is_refused_before_anything_is_sent() -> None:
    broken = Lead(id="b")
    broken.__dict__["score"] = "many"
    statement = batch_write([put(Lead(id="a")), put(broken)])

    with pytest.raises(ValidationError):
        statement.compile()
    with pytest.raises(ValidationError):
        next(statement.flow(MizzleConfig()))


def test_an_item_that_is_too_large_is_refused_before_anything_is_sent() -> None:
    small = [put(Lead(id=str(n))) for n in range(30)]
    statement = batch_write([*small, put(ada(name="x" * 409_600))])

    with pytest.raises(ItemSizeExceededError) as raised:
        next(statement.flow(MizzleConfig()))
    error = raised.value
    assert (error.entity, error.limit_bytes) == (User, 409_600)
    assert error.key == {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "PROFILE"}}
    assert error.largest[0] == ("name", 409_604)
    assert error.size_bytes > 409_604


# What is compiled.


def test_writes_compile_to_literal_requests() -> None:
    statement = batch_write([put(Lead(id="a")), delete(Lead, id="b"), delete(Lead(id="c"))])

    assert statement.compile() == [
        Request(
            "BatchWriteItem",
            {
                "RequestItems": {
                    "app": [
                        {"PutRequest": {"Item": lead_body("a")}},
                        {"DeleteRequest": {"Key": lead_key("b")}},
                        {"DeleteRequest": {"Key": lead_key("c")}},
                    ]
                }
            },
        )
    ]


def test_reads_compile_to_literal_requests() -> None:
    keys = [key(Lead, id="a"), key(Lead, id="b"), key(Lead, id="a")]
    wanted = {"Keys": [lead_key("a"), lead_key("b")]}

    assert batch_get(keys).compile() == [Request("BatchGetItem", {"RequestItems": {"app": wanted}})]
    assert batch_get(keys).consistent().compile() == [
        Request("BatchGetItem", {"RequestItems": {"app": {**wanted, "ConsistentRead": True}}})
    ]


def test_a_batch_carries_no_write_ids() -> None:
    (request,) = batch_write([put(ada())]).compile()
    assert "_w" not in request.body["RequestItems"]["app"][0]["PutRequest"]["Item"]


@pytest.mark.parametrize(
    ("statement", "sizes"),
    [
        (batch_write([]), []),
        (batch_get([]), []),
        (batch_write([put(Lead(id=str(n))) for n in range(25)]), [25]),
        (batch_write([put(Lead(id=str(n))) for n in range(26)]), [25, 1]),
        (batch_write([put(Lead(id=str(n % 7))) for n in range(70)]), [7]),
        (batch_get([key(Lead, id=str(n)) for n in range(100)]), [100]),
        (batch_get([key(Lead, id=str(n)) for n in range(201)]), [100, 100, 1]),
        (batch_get([key(Lead, id=str(n % 7)) for n in range(700)]), [7]),
        (batch_write([put(ada()), put(order()), delete(Lead, id="é")]), [3]),
    ],
)
def test_every_compiled_request_is_one_that_dynamodb_takes(
    statement: Any, sizes: list[int]
) -> None:
    requests = statement.compile(MizzleConfig(capacity="total"))
    for request in requests:
        lint(request)
        again = Request(request.operation, request.body)
        assert request.to_json() == again.to_json()

    found = [
        sum(
            len(part["Keys"] if isinstance(part, dict) else part)
            for part in request.body["RequestItems"].values()
        )
        for request in requests
    ]
    assert found == sizes


def test_tables_are_called_as_the_settings_say() -> None:
    config = MizzleConfig(table_prefix="dev-")
    for statement in (batch_write([put(Lead(id="a"))]), batch_get([key(Lead, id="a")])):
        (request,) = statement.compile(config)
        assert request.tables == ("dev-app",)


STATEMENTS: list[Any] = [
    insert(ada()),
    insert(ada()).idempotent(),
    put(ada()),
    put(ada()).where(User.logins < 5),
    put(ada()).idempotent(),
    get(User, id=ADA),
    update(ada()).set(User.name, "x"),
    update(ada()).set(User.name, "x").idempotent(),
    delete(ada()),
    delete(ada()).where(User.logins < 5),
    delete(ada()).idempotent(),
    select(User).where(User.id == ADA),
    select(Order).scan(),
    batch_write([put(ada())]),
    batch_get([key(User, id=ADA)]),
]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize(
    ("capacity", "asked"), [(None, None), ("total", "TOTAL"), ("indexes", "INDEXES")]
)
def test_capacity_is_asked_for_in_every_request(statement: Any, capacity: Any, asked: Any) -> None:
    compiled = statement.compile(MizzleConfig(capacity=capacity))
    for request in compiled if isinstance(compiled, list) else [compiled]:
        lint(request)
        assert request.body.get("ReturnConsumedCapacity") == asked
        assert ("ReturnConsumedCapacity" in request.body) == (asked is not None)


# What is explained.


def test_a_batch_is_explained_by_its_numbers() -> None:
    writes = [put(Lead(id=str(n))) for n in range(1_060)]
    assert batch_write(writes).explain() == (
        "BatchWriteItem on table app\n  1,060 items in 43 requests"
    )
    assert batch_get([key(Lead, id="a")]).explain() == (
        "BatchGetItem on table app\n  1 item in 1 request"
    )


def test_an_empty_batch_is_explained_too() -> None:
    assert batch_write([]).explain() == "No request: the batch is empty."
    assert batch_get([]).explain() == "No request: the batch is empty."


# What is given.


def result(**changes: Any) -> BatchResult[Any]:
    given: dict[str, Any] = {
        "succeeded": ["a"], "failed": [], "missing": [], "errors": [], "attempts": 1,
        "consumed_capacity": {}, **changes,
    }  # fmt: skip
    return BatchResult(**given)


def test_a_result_without_failures_raises_nothing() -> None:
    found = result()
    assert found.raise_for_failed() is found


def test_failures_are_raised_as_one_error_that_has_the_result() -> None:
    errors = [ThrottledError("1."), ThrottledError("2."), InvalidRequestError("3.")]
    names = ["x", "y", "z"]
    found = result(failed=names, missing=["m"], errors=list(zip(names, errors, strict=True)))

    with pytest.raises(BatchError) as raised:
        found.raise_for_failed()
    error = raised.value
    assert isinstance(error, MizzleError)
    assert isinstance(error, ExceptionGroup)
    assert error.result is found
    assert error.exceptions == tuple(errors)
    assert error.message == "3 of 5 failed (2 ThrottledError, 1 InvalidRequestError)"


def test_part_of_a_batch_error_is_a_batch_error_with_the_same_result() -> None:
    found = result(failed=["x", "y"], errors=[("x", ThrottledError("1.")), ("y", ValueError("2."))])
    caught = []
    try:
        try:
            found.raise_for_failed()
        except* ThrottledError as group:
            caught.append(group)
    except BatchError as rest:
        caught.append(rest)

    assert [type(group) for group in caught] == [BatchError, BatchError]
    assert [len(group.exceptions) for group in caught] == [1, 1]
    assert all(group.result is found for group in caught)


def test_a_result_shows_numbers_and_no_values() -> None:
    found = result(succeeded=["secret"], failed=["secret"], missing=["secret"])
    assert repr(found) == "BatchResult(succeeded=1, failed=1, missing=1, attempts=1)"
