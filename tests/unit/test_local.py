"""The embedded engine leaves its process alone, and its process leaves it alone."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3  # type: ignore[import-untyped]  # no types
import pytest
from moto import mock_aws

from mizzle.errors import ConditionFailedError, ConfigurationError, ConnectionFailedError
from mizzle.local import LocalEngine, start_local
from mizzle.request import Request
from mizzle.transports.boto import BotoTransport

CREATE: dict[str, Any] = {
    "TableName": "app",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INSERT = Request(
    "PutItem",
    {
        "TableName": "app",
        "Item": {"pk": {"S": "a"}},
        "ConditionExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
    },
)


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    with start_local() as engine:
        yield engine


def tables(client: Any) -> list[str]:
    names: list[str] = client.list_tables()["TableNames"]
    return names


def test_two_engines_do_not_see_each_other(engine: LocalEngine) -> None:
    with start_local() as other:
        engine.client.create_table(**CREATE)

        assert tables(engine.client) == ["app"]
        assert tables(other.client) == []


def test_an_engine_starts_empty_after_another_was_closed() -> None:
    with start_local() as first:
        first.client.create_table(**CREATE)
    with start_local() as second:
        assert tables(second.client) == []


def test_mock_aws_and_an_engine_do_not_see_each_other(engine: LocalEngine) -> None:
    engine.client.create_table(**CREATE)
    with mock_aws():
        mocked = boto3.client("dynamodb", region_name="us-east-1")
        assert tables(mocked) == []
        assert tables(engine.client) == ["app"]
        mocked.create_table(**{**CREATE, "TableName": "other"})
        assert tables(engine.client) == ["app"]
        mocked.close()

    assert tables(engine.client) == ["app"]


def test_the_environment_is_neither_read_nor_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "000000000000")
    before = dict(os.environ)

    with start_local() as engine:
        engine.client.create_table(**CREATE)
        assert tables(engine.client) == ["app"]

    assert dict(os.environ) == before


def test_of_many_inserts_of_one_key_one_succeeds(engine: LocalEngine) -> None:
    engine.client.create_table(**CREATE)
    transport = BotoTransport(engine.client)

    def insert(_: int) -> bool:
        try:
            transport.send(INSERT)
        except ConditionFailedError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(insert, range(40))) == 1


def test_requests_are_not_logged_but_other_servers_may_log(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    level = logging.getLogger("werkzeug").level
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        tables(engine.client)

    assert caplog.records == []
    assert logging.getLogger("werkzeug").level == level


def test_close_ends_the_thread_and_is_idempotent() -> None:
    engine = start_local()
    transport = BotoTransport(engine.client)
    tables(engine.client)

    engine.close()
    engine.close()

    assert "mizzle-local" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionFailedError, match="cannot be reached at http://127.0.0.1"):
        transport.send(INSERT)


def test_without_moto_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.dynamodb.responses", None)

    with pytest.raises(ConfigurationError, match=r'pip install "mizzle\[local\]"'):
        start_local()
