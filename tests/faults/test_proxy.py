"""The proxy in front of Dynoxide: every fault through a boto3 client, and what was applied."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import boto3  # type: ignore[import-untyped]  # no types
import pytest
from botocore.config import Config  # type: ignore[import-untyped]  # no types

from mizzle.errors import ServiceError
from mizzle.request import Request
from mizzle.testing.faults import FaultyTransport
from mizzle.testing.plan import APPLIED, FAULTS, FaultPlan
from mizzle.transports.boto import BotoTransport
from tests.faults.proxy import FaultProxy
from tests.support.engines import make_client

NUMBERS = itertools.count(1)
READ_TIMEOUT_SECONDS = 0.5


@pytest.fixture(scope="module")
def proxy(dynoxide_address: str) -> Iterator[FaultProxy]:
    with FaultProxy(dynoxide_address) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def transport(proxy: FaultProxy) -> Iterator[BotoTransport]:
    with closing(make_client(proxy.url)) as client, closing(BotoTransport(client)) as transport:
        yield transport


@pytest.fixture(scope="module")
def impatient(proxy: FaultProxy) -> Iterator[BotoTransport]:
    """A transport for requests that hang."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=proxy.url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(proxies={}, read_timeout=READ_TIMEOUT_SECONDS),
    )
    with closing(client), closing(BotoTransport(client)) as transport:
        yield transport


@pytest.fixture
def plan(proxy: FaultProxy) -> Iterator[Callable[..., FaultPlan]]:
    """Put a plan in force, for one test."""

    def put(*args: Any, **options: Any) -> FaultPlan:
        proxy.plan = FaultPlan(*args, **options)
        return proxy.plan

    yield put
    proxy.plan = None


@pytest.fixture(scope="module")
def table(dynoxide_client: Any) -> Iterator[str]:
    name = "test-proxy"
    dynoxide_client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    dynoxide_client.delete_table(TableName=name)


@pytest.fixture
def pk() -> str:
    return f"item-{next(NUMBERS)}"


def put(table: str, pk: str) -> Request:
    return Request("PutItem", {"TableName": table, "Item": {"pk": {"S": pk}, "n": {"N": "1"}}})


def stored(client: Any, table: str) -> set[str]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


def failure(transport: Any, request: Request) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        transport.send(request)
    return raised.value


def told(error: ServiceError) -> tuple[Any, ...]:
    return type(error), error.code, error.status, error.reasons, error.outcome_open


class Nowhere:
    """A transport for what is not looked at."""

    def send(self, request: Request) -> Any:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_the_wire_is_the_error_that_is_injected_without_one(
    fault: Any,
    proxy: FaultProxy,
    transport: BotoTransport,
    impatient: BotoTransport,
    plan: Callable[..., FaultPlan],
    dynoxide_client: Any,
    table: str,
    pk: str,
) -> None:
    sender = impatient if fault == "hang" else transport
    request = put(table, pk)
    before = proxy.count("PutItem")
    in_force = plan(script=[fault])

    seen = failure(sender, request)

    injected = failure(FaultyTransport(Nowhere(), FaultPlan(script=[fault])), request)
    assert told(seen) == told(injected)
    assert (seen.request_id is None) == (injected.request_id is None)
    if seen.status is not None:
        assert str(seen) == str(injected)
    assert in_force.counts == {fault: 1}
    assert proxy.count("PutItem") == before + 1
    assert (pk in stored(dynoxide_client, table)) == (fault in APPLIED)

    # The same client, the next request: nothing is left of the fault.
    sender.send(request)
    assert pk in stored(dynoxide_client, table)


def test_without_a_plan_everything_passes(
    proxy: FaultProxy, transport: BotoTransport, table: str, pk: str
) -> None:
    reads = proxy.count("GetItem")
    transport.send(put(table, pk))
    key = {"TableName": table, "Key": {"pk": {"S": pk}}, "ConsistentRead": True}

    assert transport.send(Request("GetItem", key)).data == {
        "Item": {"pk": {"S": pk}, "n": {"N": "1"}}
    }
    assert proxy.count("GetItem") == reads + 1


def test_the_engines_own_refusals_pass(
    transport: BotoTransport, plan: Callable[..., FaultPlan], table: str, pk: str
) -> None:
    plan()
    request = put(table, pk)
    conditional = {**request.body, "ConditionExpression": "attribute_exists(pk)"}

    error = failure(transport, Request("PutItem", conditional))

    assert (error.code, error.status) == ("ConditionalCheckFailedException", 400)


def test_operations_on_tables_meet_no_faults(
    transport: BotoTransport, plan: Callable[..., FaultPlan], table: str
) -> None:
    in_force = plan({"reset_before": 1})
    transport.send(Request("DescribeTable", {"TableName": table}))
    assert in_force.requests == 0


def write(table: str, names: list[str]) -> Request:
    puts = [{"PutRequest": {"Item": {"pk": {"S": name}}}} for name in names]
    return Request("BatchWriteItem", {"RequestItems": {table: puts}})


@pytest.mark.parametrize("unprocessed", [0.5, 1])
def test_unprocessed_writes_are_not_applied(
    unprocessed: float,
    transport: BotoTransport,
    plan: Callable[..., FaultPlan],
    dynoxide_client: Any,
    table: str,
    pk: str,
) -> None:
    names = [f"{pk}-{number}" for number in range(25)]
    in_force = plan(unprocessed=unprocessed, seed=1)

    answer = transport.send(write(table, names)).data

    left = [part["PutRequest"]["Item"]["pk"]["S"] for part in answer["UnprocessedItems"][table]]
    applied = stored(dynoxide_client, table) & set(names)
    assert sorted([*left, *applied]) == sorted(names)
    assert in_force.counts == {"unprocessed": len(left)}
    assert applied or unprocessed == 1


@pytest.mark.parametrize("keep_fields", [True, False])
@pytest.mark.parametrize("unprocessed", [0.5, 1])
def test_unprocessed_keys_are_not_read(
    unprocessed: float,
    keep_fields: bool,
    transport: BotoTransport,
    plan: Callable[..., FaultPlan],
    table: str,
    pk: str,
) -> None:
    names = [f"{pk}-{number}" for number in range(25)]
    transport.send(write(table, names))
    fields = {
        "ConsistentRead": True,
        "ProjectionExpression": "#k",
        "ExpressionAttributeNames": {"#k": "pk"},
    }
    keys = [{"pk": {"S": name}} for name in names]
    in_force = plan(unprocessed=unprocessed, keep_fields=keep_fields, seed=1)

    answer = transport.send(
        Request("BatchGetItem", {"RequestItems": {table: {"Keys": keys, **fields}}})
    ).data

    entry = answer["UnprocessedKeys"][table]
    left = [key["pk"]["S"] for key in entry.pop("Keys")]
    read = [item["pk"]["S"] for item in answer["Responses"].get(table, [])]
    assert sorted(left + read) == sorted(names)
    assert in_force.counts == {"unprocessed": len(left)}
    assert entry == (fields if keep_fields else {})
    assert read or unprocessed == 1


def test_many_threads_share_the_proxy(
    proxy: FaultProxy,
    transport: BotoTransport,
    plan: Callable[..., FaultPlan],
    dynoxide_client: Any,
    table: str,
    pk: str,
) -> None:
    before = proxy.count("PutItem")
    in_force = plan(
        {"throttle": 0.1, "error_after": 0.1, "reset_before": 0.1, "reset_after": 0.1}, seed=5
    )

    def send(number: int) -> bool:
        try:
            transport.send(put(table, f"{pk}-{number}"))
        except ServiceError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        went_well = sum(pool.map(send, range(400)))

    counts = in_force.counts
    assert in_force.requests == proxy.count("PutItem") - before == 400
    assert went_well == 400 - sum(counts.values())
    applied = [name for name in stored(dynoxide_client, table) if name.startswith(f"{pk}-")]
    assert len(applied) == 400 - counts["throttle"] - counts["reset_before"]


@pytest.fixture
def connection(proxy: FaultProxy) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection(str(urlsplit(proxy.url).hostname), urlsplit(proxy.url).port)) as it:
        yield it


def post(connection: HTTPConnection, request: Request) -> Any:
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{request.operation}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/dynamodb/"
        "aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
        "X-Amz-Date": "20260101T000000Z",
    }
    connection.request("POST", "/", request.to_json(), headers)
    return connection.getresponse()


def test_a_connection_is_kept_and_every_answer_has_a_checksum(
    connection: HTTPConnection, plan: Callable[..., FaultPlan], table: str, pk: str
) -> None:
    plan(script=[None, "throttle", None], unprocessed=0.5, seed=2)
    names = [f"{pk}-{number}" for number in range(10)]
    requests = [put(table, pk), put(table, pk), write(table, names)]
    kept: set[Any] = set()
    for request, status in zip(requests, [200, 400, 200], strict=True):
        response = post(connection, request)
        content = response.read()
        kept.add(connection.sock)
        assert response.status == status
        assert response.headers["x-amz-crc32"] == str(crc32(content))
        assert response.headers["Content-Type"] == "application/x-amz-json-1.0"
        assert response.headers["x-amzn-RequestId"]
    assert len(kept) == 1
    assert None not in kept


def test_a_bad_gateway_has_a_page_and_no_checksum(
    connection: HTTPConnection, plan: Callable[..., FaultPlan], table: str, pk: str
) -> None:
    plan(script=["bad_gateway"])
    response = post(connection, put(table, pk))

    assert (response.status, response.headers["Content-Type"]) == (502, "text/html")
    assert "x-amz-crc32" not in response.headers
    assert response.read().startswith(b"<html>")


def test_a_reset_is_a_reset(
    connection: HTTPConnection, plan: Callable[..., FaultPlan], table: str, pk: str
) -> None:
    plan(script=["reset_before"])
    with pytest.raises(ConnectionResetError):
        post(connection, put(table, pk))


def test_an_engine_that_is_gone_is_a_bad_gateway(table: str, pk: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with FaultProxy(nowhere) as proxy, closing(make_client(proxy.url)) as client:
        error = failure(BotoTransport(client), put(table, pk))
        assert (error.code, error.status) == ("502", 502)


def test_a_hanging_request_ends_with_the_proxy(dynoxide_address: str, table: str, pk: str) -> None:
    proxy = FaultProxy(dynoxide_address, FaultPlan({"hang": 1}))
    with ThreadPoolExecutor(1) as pool, closing(make_client(proxy.url)) as client:
        with proxy:
            hanging = pool.submit(failure, BotoTransport(client), put(table, pk))
            while not proxy.count("PutItem"):
                proxy.stopping.wait(0.01)
        assert hanging.result(timeout=5).code == "ConnectionClosedError"
