"""The fault injector, on a transport that records what it applies."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizzle.errors import (
    ConditionFailedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    ServiceError,
    ThrottledError,
    TransactionConflictError,
)
from mizzle.request import Answer, Request
from mizzle.testing import FaultPlan, FaultyTransport, faults
from mizzle.testing.answers import REFUSALS
from mizzle.testing.plan import APPLIED, DATA_OPERATIONS, FAULTS
from mizzle.testing.unprocessed import part_batch, with_unprocessed

PUT = Request("PutItem", {"TableName": "app", "Item": {"pk": {"S": "a"}}})
GET = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "a"}}})
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/app"


class Recorder:
    """A transport that applies whatever arrives."""

    def __init__(self, content: bytes = b"{}", error: Exception | None = None) -> None:
        self.applied: list[Request] = []
        self.closed = False
        self._content = content
        self._error = error

    def send(self, request: Request) -> Answer:
        self.applied.append(request)
        if self._error is not None:
            raise self._error
        return Answer(self._content)

    def close(self) -> None:
        self.closed = True


def fail(fault: Any, request: Request = PUT, inner: Recorder | None = None) -> ServiceError:
    plan = FaultPlan(script=[fault])
    with pytest.raises(ServiceError) as raised:
        FaultyTransport(inner or Recorder(), plan).send(request)
    assert (plan.requests, plan.counts) == (1, {fault: 1})
    return raised.value


KINDS = [
    ("throttle", ThrottledError, "ProvisionedThroughputExceededException", 400, False),
    ("throttling", ThrottledError, "ThrottlingException", 400, False),
    ("request_limit", ThrottledError, "RequestLimitExceeded", 400, False),
    ("conflict", TransactionConflictError, "TransactionConflictException", 400, False),
    ("error_before", InternalServiceError, "InternalServerError", 500, True),
    ("error_after", InternalServiceError, "InternalServerError", 500, True),
    ("unavailable", InternalServiceError, "ServiceUnavailable", 503, True),
    ("bad_gateway", InternalServiceError, "502", 502, True),
    ("reset_before", ConnectionFailedError, "ConnectionClosedError", None, True),
    ("reset_after", ConnectionFailedError, "ConnectionClosedError", None, True),
    ("hang", ConnectionFailedError, "ReadTimeoutError", None, True),
    ("damaged", DamagedAnswerError, "ChecksumError", None, True),
]


@pytest.mark.parametrize(
    ("fault", "expected", "code", "status", "outcome_open"), KINDS, ids=[kind[0] for kind in KINDS]
)
def test_a_fault_is_the_error_of_that_failure(
    fault: str, expected: type[ServiceError], code: str, status: int | None, outcome_open: bool
) -> None:
    error = fail(fault)

    assert type(error) is expected
    assert (error.code, error.status, error.outcome_open) == (code, status, outcome_open)
    assert error.retryable
    assert str(error).startswith("PutItem on table 'app': ")


def test_every_fault_is_known_here() -> None:
    assert [kind[0] for kind in KINDS] == list(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_only_faults_after_applying_let_the_request_through(fault: str) -> None:
    inner = Recorder()
    fail(fault, inner=inner)

    assert inner.applied == (
        [PUT] if fault in {"error_after", "reset_after", "hang", "damaged"} else []
    )


@pytest.mark.parametrize("fault", sorted(APPLIED))
def test_a_refusal_is_lost_with_its_answer(fault: str) -> None:
    inner = Recorder(error=ConditionFailedError("No."))

    assert not isinstance(fail(fault, inner=inner), ConditionFailedError)
    assert inner.applied == [PUT]


def test_what_is_wrong_with_the_client_is_not_hidden() -> None:
    inner = Recorder(error=ConfigurationError("closed"))
    with pytest.raises(ConfigurationError):
        FaultyTransport(inner, FaultPlan(script=["reset_after"])).send(PUT)


WRITE_LIMIT = "TableWriteProvisionedThroughputExceeded"
READ_LIMIT = "TableReadProvisionedThroughputExceeded"
ACTIONS = [{"Put": {"TableName": "app", "Item": {}}}, {"Delete": {"TableName": "b", "Key": {}}}]


@pytest.mark.parametrize(
    ("request_", "reasons"),
    [
        (PUT, [{"reason": WRITE_LIMIT, "resource": ARN}]),
        (GET, [{"reason": READ_LIMIT, "resource": ARN}]),
        (
            Request("BatchGetItem", {"RequestItems": {"app": {"Keys": []}}}),
            [{"reason": READ_LIMIT, "resource": ARN}],
        ),
        (
            Request("TransactWriteItems", {"TransactItems": ACTIONS}),
            [{"reason": WRITE_LIMIT, "resource": ARN}],
        ),
        (
            Request("Query", {"TableName": ARN.replace("123456789012", "210987654321")}),
            [{"reason": READ_LIMIT, "resource": ARN.replace("123456789012", "210987654321")}],
        ),
        (Request("BatchWriteItem", {"RequestItems": {}}), []),
    ],
    ids=["write", "read", "batch", "transaction", "by ARN", "no table"],
)
def test_a_throttle_names_its_reasons(request_: Request, reasons: list[Any]) -> None:
    assert fail("throttle", request_).reasons == tuple(reasons)


@pytest.mark.parametrize(
    ("fault", "member", "reason"),
    [
        ("throttle", "ThrottlingReasons", WRITE_LIMIT),
        ("throttling", "throttlingReasons", "TableWriteKeyRangeThroughputExceeded"),
        ("request_limit", "ThrottlingReasons", "TableWriteAccountLimitExceeded"),
    ],
)
def test_the_body_of_a_throttle_is_that_of_dynamodb(fault: Any, member: str, reason: str) -> None:
    refusal = REFUSALS[fault]

    assert refusal.body(PUT) == {
        "__type": refusal.kind,
        "message": refusal.message,
        member: [{"reason": reason, "resource": ARN}],
    }


def test_the_body_of_another_refusal_has_no_reasons() -> None:
    assert REFUSALS["error_before"].body(PUT) == {
        "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError",
        "message": "Internal server error",
    }


def test_a_script_is_followed_and_then_nothing_fails() -> None:
    inner = Recorder()
    plan = FaultPlan(script=["throttle", None, "reset_after"])
    transport = FaultyTransport(inner, plan)

    with pytest.raises(ThrottledError):
        transport.send(PUT)
    transport.send(GET)
    with pytest.raises(ConnectionFailedError):
        transport.send(PUT)
    for _ in range(20):
        transport.send(GET)

    assert inner.applied == [GET, PUT, *[GET] * 20]
    assert plan.requests == 23
    assert plan.counts == {"throttle": 1, "reset_after": 1}


@pytest.mark.parametrize("operation", ["CreateTable", "DescribeTable", "DeleteTable", "ListTables"])
def test_operations_on_tables_meet_no_faults(operation: str) -> None:
    inner = Recorder()
    plan = FaultPlan(script=["throttle"])
    FaultyTransport(inner, plan).send(Request(operation, {"TableName": "app"}))

    assert (len(inner.applied), plan.requests, plan.counts) == (1, 0, {})


@pytest.mark.parametrize("operation", sorted(DATA_OPERATIONS))
def test_operations_on_data_meet_faults(operation: str) -> None:
    assert FaultPlan({"throttle": 1}).decide(operation) == "throttle"


def outcomes(seed: int) -> list[str | None]:
    plan = FaultPlan({"throttle": 0.3, "reset_after": 0.1}, unprocessed=0.5, seed=seed)
    decided: list[Any] = []
    for _ in range(100):
        decided += [plan.decide("BatchGetItem"), *plan.choose_unprocessed(BATCH_GET)]
    return decided


def test_the_same_seed_fails_in_the_same_way() -> None:
    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)


def test_faults_come_as_often_as_they_should() -> None:
    plan = FaultPlan({"throttle": 0.3, "hang": 0.1}, seed=3)
    seen = Counter(plan.decide("GetItem") for _ in range(10_000))

    assert seen == {**plan.counts, None: 10_000 - sum(plan.counts.values())}
    assert 2_800 < plan.counts["throttle"] < 3_200
    assert 850 < plan.counts["hang"] < 1_150


def test_rates_may_add_up_to_one() -> None:
    plan = FaultPlan(dict.fromkeys(FAULTS[:10], 0.1))
    assert None not in {plan.decide("GetItem") for _ in range(1_000)}


@pytest.mark.parametrize("kind", ["rates", "script"])
def test_threads_share_a_plan(kind: str) -> None:
    total = 8 * 200
    plan = (
        FaultPlan({"throttle": 0.3, "error_after": 0.2})
        if kind == "rates"
        else FaultPlan(script=["throttle", None, "error_after", "error_after"] * (total // 4))
    )
    inner = Recorder()
    transport = FaultyTransport(inner, plan)

    def send(_: int) -> str:
        try:
            transport.send(PUT)
        except ServiceError as error:
            return error.code
        return "ok"

    with ThreadPoolExecutor(8) as pool:
        seen = Counter(pool.map(send, range(total)))

    assert plan.requests == total == sum(seen.values())
    assert plan.counts == {
        "throttle": seen["ProvisionedThroughputExceededException"],
        "error_after": seen["InternalServerError"],
    }
    assert len(inner.applied) == total - plan.counts["throttle"]
    if kind == "script":
        assert plan.counts == {"throttle": total // 4, "error_after": total // 2}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"throttle": 1.1}, "throttle=1.1 is not a probability; give a number from 0 to 1"),
        ({"hang": -0.1}, "hang=-0.1 is not a probability; give a number from 0 to 1"),
        ({"damaged": float("nan")}, "damaged=nan is not a probability; give a number from 0 to 1"),
        ({"unprocessed": 2}, "unprocessed=2 is not a probability; give a number from 0 to 1"),
        (
            {"throttle": 0.6, "hang": 0.5},
            (
                "throttle=0.6, hang=0.5 add up to 1.1. A request meets one fault at most, so the "
                "probabilities may add up to no more than 1."
            ),
        ),
        ({"script": ["throtle"]}, f"'throtle' is not a fault; there are {', '.join(FAULTS)}"),
        (
            {"script": [], "throttle": 0.5},
            "a script alone decides which requests fail; leave out throttle=0.5, or the script",
        ),
    ],
    ids=["above 1", "below 0", "nan", "unprocessed", "sum", "unknown", "both"],
)
def test_a_bad_plan_is_refused(options: dict[str, Any], message: str) -> None:
    db = SimpleNamespace(transport=Recorder())
    with pytest.raises(ConfigurationError) as raised, faults(db, **options):
        pass
    assert str(raised.value) == message


def test_an_unknown_rate_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'throtle' is not a fault"):
        FaultPlan({"throtle": 0.1})  # type: ignore[dict-item]  # that is what is refused


def test_a_block_changes_the_transport_and_restores_it() -> None:
    inner = Recorder()
    db = SimpleNamespace(transport=inner)

    with faults(db, throttle=1) as outer:
        with faults(db, script=[None]) as nested, pytest.raises(ThrottledError):
            db.transport.send(GET)
        assert isinstance(db.transport, FaultyTransport)
        assert db.transport.plan is outer
    assert db.transport is inner
    assert (nested.requests, nested.counts) == (1, {})
    assert (outer.requests, outer.counts) == (1, {"throttle": 1})


def test_a_block_that_raises_restores_the_transport_too() -> None:
    inner = Recorder()
    db = SimpleNamespace(transport=inner)
    with pytest.raises(ThrottledError), faults(db, throttle=1):
        db.transport.send(GET)
    assert db.transport is inner


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_a_parameter(fault: str) -> None:
    db = SimpleNamespace(transport=Recorder())
    options: dict[str, Any] = {fault: 1}
    with faults(db, **options) as injected, pytest.raises(ServiceError):
        db.transport.send(PUT)
    assert injected.counts == {fault: 1}


def test_closing_closes_what_sends() -> None:
    inner = Recorder()
    FaultyTransport(inner, FaultPlan()).close()
    assert inner.closed


def test_counts_are_a_copy() -> None:
    plan = FaultPlan(script=["hang"])
    plan.counts["hang"] = 5
    assert plan.counts == {}


# Batches.


def keys(*names: str) -> list[Any]:
    return [{"pk": {"S": name}} for name in names]


def puts(*names: str) -> list[Any]:
    return [{"PutRequest": {"Item": {"pk": {"S": name}}}} for name in names]


FIELDS = {
    "ConsistentRead": True,
    "ProjectionExpression": "#a",
    "ExpressionAttributeNames": {"#a": "name"},
}
BATCH_GET = Request(
    "BatchGetItem",
    {
        "RequestItems": {"app": {"Keys": keys("a", "b", "c"), **FIELDS}, "b": {"Keys": keys("d")}},
        "ReturnConsumedCapacity": "TOTAL",
    },
)
BATCH_WRITE = Request(
    "BatchWriteItem",
    {
        "RequestItems": {"app": puts("a", "b", "c"), "b": puts("d")},
        "ReturnConsumedCapacity": "TOTAL",
    },
)


def test_keys_are_parted_with_their_fields() -> None:
    processed, held_back = part_batch(BATCH_GET, [True, False, True, False])

    assert processed == Request(
        "BatchGetItem",
        {
            "RequestItems": {"app": {"Keys": keys("b"), **FIELDS}, "b": {"Keys": keys("d")}},
            "ReturnConsumedCapacity": "TOTAL",
        },
    )
    assert held_back == {"app": {"Keys": keys("a", "c"), **FIELDS}}


def test_writes_are_parted() -> None:
    processed, held_back = part_batch(BATCH_WRITE, [False, True, False, True])

    assert processed == Request(
        "BatchWriteItem",
        {"RequestItems": {"app": puts("a", "c")}, "ReturnConsumedCapacity": "TOTAL"},
    )
    assert held_back == {"app": puts("b"), "b": puts("d")}


@pytest.mark.parametrize("request_", [BATCH_GET, BATCH_WRITE], ids=["get", "write"])
def test_a_batch_may_be_held_back_as_a_whole(request_: Request) -> None:
    assert part_batch(request_, [True] * 4) == (None, request_.body["RequestItems"])


def test_what_the_engine_left_itself_is_kept() -> None:
    own = {"UnprocessedItems": {"app": puts("x"), "c": puts("y")}, "ConsumedCapacity": []}

    assert with_unprocessed("BatchWriteItem", own, {"app": puts("a"), "b": puts("d")}) == {
        "UnprocessedItems": {"app": puts("x", "a"), "b": puts("d"), "c": puts("y")},
        "ConsumedCapacity": [],
    }


OWN_KEYS = {
    "Responses": {"app": []},
    "UnprocessedKeys": {"app": {"Keys": keys("x"), **FIELDS}, "c": {"Keys": keys("y"), **FIELDS}},
}
HELD_KEYS = {"app": {"Keys": keys("a"), **FIELDS}}


def test_what_the_engine_left_unread_is_kept() -> None:
    assert with_unprocessed("BatchGetItem", OWN_KEYS, HELD_KEYS) == {
        "Responses": {"app": []},
        "UnprocessedKeys": {
            "app": {"Keys": keys("x", "a"), **FIELDS},
            "c": {"Keys": keys("y"), **FIELDS},
        },
    }


def test_keys_can_come_back_without_the_fields_of_the_request() -> None:
    assert with_unprocessed("BatchGetItem", OWN_KEYS, HELD_KEYS, keep_fields=False) == {
        "Responses": {"app": []},
        "UnprocessedKeys": {"app": {"Keys": keys("x", "a")}, "c": {"Keys": keys("y")}},
    }
    assert with_unprocessed("BatchWriteItem", {}, {"app": puts("a")}, keep_fields=False) == {
        "UnprocessedItems": {"app": puts("a")}
    }


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            BATCH_GET,
            {"Responses": {}, "UnprocessedKeys": BATCH_GET.body["RequestItems"]},
        ),
        (BATCH_WRITE, {"UnprocessedItems": BATCH_WRITE.body["RequestItems"]}),
    ],
    ids=["get", "write"],
)
def test_nothing_is_sent_when_everything_is_held_back(request_: Request, expected: Any) -> None:
    inner = Recorder()
    plan = FaultPlan(unprocessed=1)

    assert FaultyTransport(inner, plan).send(request_).data == expected
    assert inner.applied == []
    assert plan.counts == {"unprocessed": 4}


@pytest.mark.parametrize("request_", [BATCH_GET, BATCH_WRITE], ids=["get", "write"])
def test_a_batch_passes_untouched_when_nothing_is_held_back(request_: Request) -> None:
    inner = Recorder(content=b'{ "as": "it came" }')

    answer = FaultyTransport(inner, FaultPlan(unprocessed=1e-12)).send(request_)

    assert answer.content == b'{ "as": "it came" }'
    assert inner.applied[0] is request_


def test_a_fault_takes_the_whole_batch() -> None:
    inner = Recorder()
    plan = FaultPlan(script=["error_after"], unprocessed=1)
    with pytest.raises(InternalServiceError):
        FaultyTransport(inner, plan).send(BATCH_WRITE)

    assert inner.applied == [BATCH_WRITE]
    assert plan.counts == {"error_after": 1}


def test_a_refused_batch_is_refused_though_items_were_held_back() -> None:
    inner = Recorder(error=ConditionFailedError("No."))
    with pytest.raises(ConditionFailedError):
        FaultyTransport(inner, FaultPlan(unprocessed=0.5, seed=1)).send(BATCH_WRITE)


def test_other_requests_are_processed_whole() -> None:
    inner = Recorder()
    FaultyTransport(inner, FaultPlan(unprocessed=1)).send(PUT)
    assert inner.applied == [PUT]


def listed(request_items: Any) -> list[tuple[str, str]]:
    """List a batch's items as (table, partition key)."""
    return [
        (table, (item.get("PutRequest", {}).get("Item") or item)["pk"]["S"])
        for table, entry in request_items.items()
        for item in (entry if isinstance(entry, list) else entry["Keys"])
    ]


tables = st.dictionaries(
    st.sampled_from(["app", "b", "c"]),
    st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=20, unique=True),
    min_size=1,
)


@given(
    tables=tables,
    operation=st.sampled_from(["BatchGetItem", "BatchWriteItem"]),
    unprocessed=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_no_item_of_a_batch_is_lost(
    tables: dict[str, list[str]], operation: str, unprocessed: float, seed: int
) -> None:
    writes = operation == "BatchWriteItem"
    items: dict[str, Any] = {
        table: puts(*names) if writes else {"Keys": keys(*names), **FIELDS}
        for table, names in tables.items()
    }
    inner = Recorder()
    plan = FaultPlan(unprocessed=unprocessed, seed=seed)

    answer = FaultyTransport(inner, plan).send(Request(operation, {"RequestItems": items})).data

    left = answer.get("UnprocessedItems" if writes else "UnprocessedKeys", {})
    forwarded = [part for sent in inner.applied for part in listed(sent.body["RequestItems"])]
    assert sorted(forwarded + listed(left)) == sorted(listed(items))
    assert plan.counts.get("unprocessed", 0) == len(listed(left))
    if not writes:
        assert all(entry | FIELDS == entry for entry in left.values())


def test_importing_it_loads_no_botocore() -> None:
    code = (
        "import sys, mizzle.testing; "
        "print([m for m in ('pydantic', 'boto3', 'botocore', 'moto') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]"
