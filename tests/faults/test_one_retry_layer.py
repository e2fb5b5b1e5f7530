"""E1 and E2 over a socket: how many requests leave the process, and after which failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]  # no types
import pytest
from botocore.config import Config  # type: ignore[import-untyped]  # no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # no types

from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import (
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    ServiceError,
    ThrottledError,
    TransactionConflictError,
    WriteOutcomeUnknownError,
)
from mizzle.flows import Flow, Sleep, send
from mizzle.flows.outcomes import NEVER, READ
from mizzle.request import Answer, Request
from mizzle.transports import Transport
from mizzle.transports.boto import BotoTransport
from tests.faults.stub import Reply, Stub, damaged, error, hang, ok, page, reset, truncated
from tests.support.engines import direct_transport

GET = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "a"}}})
UPDATE = Request("UpdateItem", {"TableName": "app", "Key": {"pk": {"S": "a"}}})
ITEM = {"Item": {"pk": {"S": "a"}}}

# One session, as its first client costs more than all the others.
SESSION = boto3.session.Session(
    aws_access_key_id="a", aws_secret_access_key="s", region_name="eu-west-1"
)
MODES = ["legacy", "standard", "adaptive"]
# A client whose own retries are of that kind; "direct" is none.
WAYS = [*MODES, "direct"]

FAULTS: list[tuple[str, Reply, type[ServiceError]]] = [
    ("throttle", error(400, "ProvisionedThroughputExceededException"), ThrottledError),
    ("throttling", error(400, "ThrottlingException"), ThrottledError),
    ("account", error(400, "RequestLimitExceeded"), ThrottledError),
    ("conflict", error(400, "TransactionConflictException"), TransactionConflictError),
    ("in-progress", error(400, "TransactionInProgressException"), TransactionConflictError),
    ("500", error(500, "InternalServerError"), InternalServiceError),
    ("503", error(503, "ServiceUnavailable"), InternalServiceError),
    ("502-page", page(502, b"<html>Bad Gateway</html>"), InternalServiceError),
    ("504-page", page(504, b"<html>Gateway Timeout</html>"), InternalServiceError),
    ("reset", reset, ConnectionFailedError),
    ("damaged", damaged(ITEM), DamagedAnswerError),
    ("not-dynamodb", page(200, b"<html>Welcome to the airport</html>"), DamagedAnswerError),
]


@contextmanager
def client_for(stub: Stub, mode: str = "standard", **settings: Any) -> Iterator[Any]:
    client = SESSION.client(
        "dynamodb",
        endpoint_url=stub.url,
        config=Config(retries={"mode": mode, "total_max_attempts": 3}, **settings),
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def transport_for(stub: Stub, way: str = "standard", **settings: Any) -> Iterator[Transport]:
    if way == "direct":
        with closing(direct_transport(stub.url, **settings)) as direct:
            yield direct
    else:
        with client_for(stub, way, **settings) as client:
            yield BotoTransport(client)


def attempting(attempts: int) -> MizzleConfig:
    return MizzleConfig(retry=RetryConfig(max_attempts=attempts))


def drive(flow: Flow[Answer], transport: Transport) -> Answer:
    """Run a flow without sleeping."""
    try:
        step = next(flow)
        while True:
            if isinstance(step, Sleep):
                step = flow.send(None)
                continue
            try:
                answer = transport.send(step.request)
            except ServiceError as failure:
                step = flow.throw(failure)
            else:
                step = flow.send(answer)
    except StopIteration as stop:
        value: Answer = stop.value
        return value


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_exactly_max_attempts_requests_leave_the_process(
    way: str, attempts: int, reply: Reply, expected: type[ServiceError]
) -> None:
    with Stub({"GetItem": reply}) as stub, transport_for(stub, way) as transport:
        flow = send(GET, attempting(attempts), READ)

        with pytest.raises(expected) as raised:
            drive(flow, transport)

        assert type(raised.value) is expected
        assert stub.count("GetItem") == raised.value.attempts == attempts


@pytest.mark.parametrize("way", ["standard", "direct"])
def test_half_an_answer_is_no_answer(way: str) -> None:
    """Whether the HTTP library notices depends on its version."""
    with Stub({"GetItem": truncated(ITEM)}) as stub, transport_for(stub, way) as transport:
        with pytest.raises((ConnectionFailedError, DamagedAnswerError)) as raised:
            drive(send(GET, attempting(2), READ), transport)

        assert stub.count("GetItem") == raised.value.attempts == 2
        with pytest.raises((ConnectionFailedError, DamagedAnswerError)) as once:
            transport.send(GET)
        assert once.value.outcome_open is True


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_succeed_later_is_sent_once(way: str) -> None:
    reply = error(400, "ValidationException")
    with Stub({"GetItem": reply}) as stub, transport_for(stub, way) as transport:
        with pytest.raises(ServiceError):
            drive(send(GET, MizzleConfig(), READ), transport)

        assert stub.count("GetItem") == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_good_answer_after_failures_is_returned(way: str) -> None:
    replies = [damaged(ITEM), reset, error(500, "InternalServerError"), ok(ITEM)]
    with Stub({"GetItem": replies}) as stub, transport_for(stub, way) as transport:
        answer = drive(send(GET, MizzleConfig(), READ), transport)

        assert answer.data == ITEM
        assert [request.body for request in stub.arrived] == [GET.body] * 4


@pytest.mark.parametrize("mode", MODES)
def test_foreign_calls_keep_the_retries_of_their_client(mode: str) -> None:
    fault = error(500, "InternalServerError")
    with Stub({"ListTables": fault, "GetItem": fault}) as stub, client_for(stub, mode) as client:
        transport = BotoTransport(client)
        with pytest.raises(ServiceError):
            transport.send(GET)
        with pytest.raises(ClientError):
            client.list_tables()

        assert (stub.count("GetItem"), stub.count("ListTables")) == (1, 3)


@pytest.mark.parametrize("way", WAYS)
def test_control_operations_have_the_one_retry_layer_too(way: str) -> None:
    fault = error(500, "InternalServerError")
    with Stub({"DescribeTable": fault}) as stub, transport_for(stub, way) as transport:
        request = Request("DescribeTable", {"TableName": "app"})
        with pytest.raises(InternalServiceError):
            transport.send(request)

        assert stub.count("DescribeTable") == 1


@pytest.mark.parametrize(
    ("reply", "status"),
    [(reset, None), (truncated(ITEM), None), (damaged({}), None), (error(500, "X"), 500)],
    ids=["reset", "truncated", "damaged", "500"],
)
@pytest.mark.parametrize("way", ["standard", "direct"])
def test_a_write_that_counts_is_sent_once_if_it_may_have_been_applied(
    way: str, reply: Reply, status: int | None
) -> None:
    with Stub({"UpdateItem": reply}) as stub, transport_for(stub, way) as transport:
        with pytest.raises(WriteOutcomeUnknownError) as raised:
            drive(send(UPDATE, MizzleConfig(), NEVER), transport)

        assert stub.count("UpdateItem") == raised.value.attempts == 1
        assert raised.value.status == status


@pytest.mark.parametrize("way", ["standard", "direct"])
def test_a_read_time_out_leaves_the_outcome_open(way: str) -> None:
    with (
        Stub({"UpdateItem": hang}) as stub,
        transport_for(stub, way, read_timeout=0.2) as transport,
    ):
        with pytest.raises(ConnectionFailedError) as raised:
            transport.send(UPDATE)

        assert raised.value.outcome_open is True
        assert raised.value.code == "ReadTimeoutError"
        assert stub.count("UpdateItem") == 1
