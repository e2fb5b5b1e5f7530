"""The client that a Mizzle makes for itself: what it is told, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from botocore import exceptions  # type: ignore[import-untyped]  # no types
from botocore.config import Config  # type: ignore[import-untyped]  # no types

from mizzle.errors import ConfigurationError
from mizzle.request import Request
from mizzle.transports.boto import BotoTransport
from mizzle.transports.own_client import make_client
from tests.support.answers import record

GET = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "ä"}}})
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/no/such/file")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("bare_environment")
@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({}, "Set AWS_DEFAULT_REGION"),
        ({"region": "eu-west-1", "profile": "nobody"}, "Check AWS_PROFILE"),
        ({"region": "eu-west-1", "aws_access_key_id": "a"}, "incomplete"),
    ],
    ids=["region", "profile", "half-a-pair"],
)
def test_a_client_that_cannot_be_made_says_what_to_set(settings: dict[str, Any], hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint) as raised:
        make_client(**settings)

    assert isinstance(raised.value.__cause__, exceptions.BotoCoreError)


@pytest.mark.usefixtures("bare_environment")
def test_a_client_without_credentials_says_so_when_it_is_used() -> None:
    with closing(make_client(region="eu-west-1")) as client:
        transport = BotoTransport(client)
        with pytest.raises(ConfigurationError, match="No AWS credentials were found"):
            transport.send(GET)


@pytest.mark.usefixtures("bare_environment")
def test_a_made_client_has_its_settings() -> None:
    config = Config(read_timeout=7)
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "s", "aws_session_token": "t"}
    url = "http://127.0.0.1:1"
    with closing(
        make_client(region="eu-west-1", endpoint_url=url, config=config, **keys)
    ) as client:
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.endpoint_url == url
        assert client.meta.config.read_timeout == 7


def headers_of(**settings: Any) -> Mapping[str, Any]:
    """Give the headers of a request by a client that Mizzle makes."""
    with closing(make_client(region="eu-west-1", **KEYS, **settings)) as client:
        sent = record(client)
        with closing(BotoTransport(client)) as transport:
            transport.send(GET)
    headers: Mapping[str, Any] = sent[0].headers
    return headers


def test_a_client_of_mizzles_own_names_itself_and_the_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = headers_of()["User-Agent"].decode().split()
    assert agent[0].startswith("Boto3/")
    assert agent[-2] == "lib/mizzle"
    assert [part.partition("/")[0] for part in agent].count("Botocore") == 1
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "till")
    assert "lib/mizzle app/till" in headers_of()["User-Agent"].decode()
    config = Config(user_agent_appid="shop", user_agent_extra="more/1")
    agent = headers_of(config=config)["User-Agent"].decode().split()
    assert {"app/shop", "more/1"} < {*agent}


def test_what_the_caller_has_set_stays() -> None:
    config = Config(user_agent="mine", parameter_validation=True, read_timeout=3)
    assert headers_of(config=config)["User-Agent"].startswith(b"mine ")
    with closing(make_client(region="eu-west-1", config=config)) as client:
        assert client.meta.config.read_timeout == 3
        with pytest.raises(exceptions.ParamValidationError):
            client.get_item(TableName="app", Key=5)
