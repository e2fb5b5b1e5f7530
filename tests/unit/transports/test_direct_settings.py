"""Where the direct transport sends, as whom and how, is what boto3's client would do."""

from __future__ import annotations

import socket
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # no types
import botocore.session
import pytest
from botocore import UNSIGNED  # type: ignore[import-untyped]  # no types
from botocore.config import Config  # type: ignore[import-untyped]  # no types

from mizzle import Mizzle
from mizzle.errors import ConfigurationError
from mizzle.request import Request
from mizzle.transports.addresses import masked
from mizzle.transports.connections import Connections
from mizzle.transports.direct import DirectTransport
from mizzle.transports.endpoints import Endpoint, Locator, tables_elsewhere
from mizzle.transports.settings import Settings, resolve
from tests.support.answers import record
from tests.unit.transports.test_boto import TWO_TABLES

GET = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "a"}}})
ARN = "arn:aws:dynamodb:eu-west-1:210987654321:table/app"
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "s"}
# It parses the service's model and rules once for all.
LOADER = botocore.session.Session().get_component("data_loader")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine has a say."""
    for name in (
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_SESSION_TOKEN",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "AWS_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/no/such/file")


def config_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(text)


def new_session() -> Any:
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    return session


def found(**settings: Any) -> Settings:
    return resolve(new_session(), **settings)


def prepared_by_boto3(request: Request, **settings: Any) -> Any:
    """Give the request that boto3's client would send."""
    names = {"region": "region_name"}
    options = {names.get(name, name): value for name, value in settings.items()}
    session = boto3.session.Session(botocore_session=new_session())
    with closing(session.client("dynamodb", **options)) as client:
        sent = record(client)
        small = {"TableName": request.body["TableName"], "Key": {}}
        client.get_item(**small)
    return sent[0]


def located(request: Request = GET, **settings: Any) -> Endpoint:
    client = found(**settings).client
    with closing(client):
        return Locator(client).locate(request)


ENDPOINTS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "region": ({}, {"region": "ap-south-2"}),
    "environment": ({}, {}),
    "china": ({}, {"region": "cn-north-1"}),
    "gov": ({}, {"region": "us-gov-west-1"}),
    "local": ({}, {"region": "local"}),
    "fips": ({"AWS_USE_FIPS_ENDPOINT": "true"}, {"region": "us-east-1"}),
    "fips-config": ({}, {"region": "us-east-1", "config": Config(use_fips_endpoint=True)}),
    "dual-stack": ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, {}),
    "both": ({}, {"config": Config(use_fips_endpoint=True, use_dualstack_endpoint=True)}),
    "account": ({"AWS_ACCOUNT_ID": "123456789012"}, {}),
    "account-disabled": (
        {"AWS_ACCOUNT_ID": "123456789012"},
        {"config": Config(account_id_endpoint_mode="disabled")},
    ),
    "account-disabled-by-environment": (
        {"AWS_ACCOUNT_ID": "123456789012", "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"},
        {},
    ),
    "custom": ({}, {"endpoint_url": "http://localhost:8000"}),
    "custom-path": ({}, {"endpoint_url": "https://localhost:8000/dynamo/"}),
    "custom-ipv6": ({}, {"endpoint_url": "http://[::1]:8000"}),
    "custom-account": (
        {"AWS_ACCOUNT_ID": "123456789012"},
        {"endpoint_url": "http://localhost:8000"},
    ),
    "variable": ({"AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:8001"}, {}),
    "ignored-variable": (
        {"AWS_ENDPOINT_URL": "http://localhost:8001"},
        {"config": Config(ignore_configured_endpoint_urls=True)},
    ),
    "region-in-config": ({}, {"config": Config(region_name="eu-central-1")}),
    "given-keys": ({"AWS_ACCOUNT_ID": "123456789012"}, dict(KEYS)),
}


@pytest.mark.parametrize("table", ["app", ARN], ids=["name", "arn"])
@pytest.mark.parametrize("case", ENDPOINTS)
def test_endpoints_are_those_of_boto3(
    monkeypatch: pytest.MonkeyPatch, case: str, table: str
) -> None:
    environment, settings = ENDPOINTS[case]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    request = Request("GetItem", {"TableName": table, "Key": {}})
    expected = prepared_by_boto3(request, **settings)

    endpoint = located(request, **settings)

    scope = expected.headers["Authorization"].decode().split("/")
    assert endpoint.url == expected.url
    assert (endpoint.region, endpoint.service) == (scope[2], scope[3])


def test_the_profile_is_obeyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    config_file(
        "[profile p]\nregion = eu-north-1\nca_bundle = /no/such/bundle\ntcp_keepalive = true\n"
        "aws_access_key_id = of-p\naws_secret_access_key = s\n",
        tmp_path,
    )

    settings = resolve(profile="p")

    with closing(settings.client):
        assert Locator(settings.client).locate(GET).region == "eu-north-1"
    assert settings.credentials.access_key == "of-p"
    assert settings.verify == "/no/such/bundle"
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in settings.socket_options


@pytest.mark.parametrize("operation", TWO_TABLES)
def test_an_arn_leads_to_its_account_in_every_operation(operation: str) -> None:
    names = {"app": ARN}

    def rename(part: Any) -> Any:
        if isinstance(part, dict):
            return {names.get(name, name): rename(value) for name, value in part.items()}
        if isinstance(part, list):
            return [rename(value) for value in part]
        return names.get(part, part) if isinstance(part, str) else part

    request = Request(operation, rename(TWO_TABLES[operation]))

    assert located(request).url == "https://210987654321.ddb.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize("operation", ["CreateTable", "DescribeTable", "ListTables"])
def test_operations_without_placeholders_have_an_address(operation: str) -> None:
    body = {} if operation == "ListTables" else {"TableName": "app"}

    assert located(Request(operation, body)).url == "https://dynamodb.eu-west-1.amazonaws.com/"


def test_a_body_that_has_been_written_is_not_parsed_to_find_its_address() -> None:
    """What is no JSON shows it; to parse a batch takes longer than to sign it."""
    request = Request.written("BatchWriteItem", "no JSON", ("app", ARN))

    assert tables_elsewhere(request) == (ARN,)


def test_the_user_agent_is_botocores() -> None:
    config = Config(user_agent_extra="shop/1.0", user_agent_appid="shop")

    agent = located(config=config).user_agent

    assert agent.startswith("Botocore/")
    assert "shop/1.0" in agent
    assert "app/shop" in agent


# Proxies.


@pytest.mark.parametrize(
    ("environment", "settings", "proxy"),
    [
        ({}, {}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, {}, "http://proxy:3128"),
        ({"https_proxy": "proxy:3128"}, {}, "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, {}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".amazonaws.com"}, {}, None),
        ({"HTTPS_PROXY": "http://p:1"}, {"config": Config(proxies={})}, None),
        (
            {"HTTPS_PROXY": "http://p:1"},
            {"config": Config(proxies={"https": "http://other:2"})},
            "http://other:2",
        ),
    ],
    ids=["none", "https", "no-scheme", "http-only", "no-proxy", "switched-off", "config"],
)
def test_proxies(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    settings: dict[str, Any],
    proxy: str | None,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    line = Connections(found(**settings)).open("https://dynamodb.eu-west-1.amazonaws.com/")

    assert line._proxy == proxy
    assert line._target == "/"
    assert (None if line._pool.proxy is None else line._pool.proxy.url) == proxy


def test_a_proxy_is_told_who_asks() -> None:
    config = Config(proxies={"https": "https://u:p%20w@proxy:3128"})

    line = Connections(found(config=config)).open("https://localhost/")

    assert line._pool.proxy_headers == {"Proxy-Authorization": "Basic dTpwIHc="}


def test_a_plain_request_asks_a_proxy_for_the_whole_address() -> None:
    config = Config(proxies={"http": "proxy:3128"})

    line = Connections(found(config=config)).open("http://localhost:8000/")

    assert line._target == "http://localhost:8000/"


@pytest.mark.parametrize(
    "proxy",
    [
        "http://:::",
        "http://u:secret@h:port",
        "http://u:secret@[::bad",
        "http://u:sec#ret@h:3128",
        "http://u:sec/ret@h:3128",
        "http://u:1#secret@h:3128",
        "u:1?secret@h:3128",
        "http://u:secrät@h:3128",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_at_once(proxy: str) -> None:
    with pytest.raises(ConfigurationError, match="is not one that can be used") as raised:
        Mizzle(transport="direct", config=Config(proxies={"https": proxy}))

    assert "sec" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("url", ["http://u:secret@h:8000 ", "http://u:secret@h:99999"])
def test_an_endpoint_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not an address that can be used") as raised:
        Mizzle(transport="direct", endpoint_url=url)

    assert "secret" not in str(raised.value)


def test_settings_do_not_show_the_passwords_of_proxies() -> None:
    settings = found(config=Config(proxies={"https": "http://u:secret@h:3128"}))

    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h:8000/path", "http://h:8000/path"),
        ("http://u:p@h:8000", "http://***:***@h:8000"),
        ("https://u:p#/@x@h:8000/path", "https://***:***@h:8000/path"),
        ("//u:p@h", "//***:***@h"),
        ("u:p//w@h", "***:***@h"),
    ],
)
def test_addresses_are_shown_without_passwords(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_certificate_and_its_key_may_be_a_list() -> None:
    settings = found(config=Config(client_cert=["/the/cert", "/the/key"]))

    assert settings.client_cert == ("/the/cert", "/the/key")
    assert Connections(settings)._options["key_file"] == "/the/key"


@pytest.mark.parametrize("cert", [["/the/cert"], ["a", "b", "c"], 3])
def test_what_is_no_certificate_is_refused(cert: Any) -> None:
    with pytest.raises(ConfigurationError, match="client_cert: expected the path"):
        Mizzle(transport="direct", config=Config(client_cert=cert))


def test_certificates_of_a_proxy_that_cannot_be_read_are_refused_at_once() -> None:
    config = Config(
        proxies={"https": "https://proxy:3128"},
        proxies_config={"proxy_ca_bundle": "/no/such/bundle"},
    )

    with pytest.raises(ConfigurationError, match="that proxies_config names"):
        Mizzle(transport="direct", config=config)


# Time-outs, connections, certificates.


def test_time_outs_and_connections() -> None:
    config = Config(
        connect_timeout=1.5, read_timeout=2.5, max_pool_connections=3, tcp_keepalive=True
    )

    pool = Connections(found(config=config)).open("https://localhost/")._pool

    assert (pool.timeout.connect_timeout, pool.timeout.read_timeout) == (1.5, 2.5)
    assert pool.pool.qsize() == 3
    assert pool.conn_kw["socket_options"] == [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ]


def test_the_defaults_are_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = found()
    assert (usual.connect_timeout, usual.read_timeout, usual.max_connections) == (60, 60, 10)
    assert usual.verify is True

    monkeypatch.setenv("AWS_DEFAULTS_MODE", "in-region")
    assert found().connect_timeout == pytest.approx(1.1)


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_certificates_that_cannot_be_read_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "/no/such/bundle")

    with pytest.raises(ConfigurationError, match="cannot be read from '/no/such/bundle'"):
        Mizzle(transport="direct")

    Mizzle(transport="direct", verify=False).close()


# What it cannot do.


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (Config(signature_version=UNSIGNED), "the signature version <botocore.UNSIGNED"),
        (Config(signature_version="v4a"), "the signature version 'v4a'"),
        (Config(signature_version="bearer"), "the signature version 'bearer'"),
        (Config(endpoint_discovery_enabled=True), "endpoint discovery"),
        (
            Config(proxies_config={"proxy_use_forwarding_for_https": True}),
            "proxy_use_forwarding_for_https",
        ),
    ],
    ids=["unsigned", "v4a", "bearer", "discovery", "forwarding"],
)
def test_what_it_does_not_know_is_refused(config: Any, what: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Mizzle(transport="direct", config=config)

    assert str(raised.value).startswith(f'transport="direct" does not know {what}')


def test_endpoint_discovery_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_DISCOVERY_ENABLED", "true")

    with pytest.raises(ConfigurationError, match="endpoint discovery"):
        Mizzle(transport="direct")


def test_options_that_concern_others_are_passed_over() -> None:
    config = Config(
        auth_scheme_preference="sigv4",
        parameter_validation=False,
        retries={"mode": "adaptive", "total_max_attempts": 9},
        s3={"addressing_style": "path"},
        sigv4a_signing_region_set="*",
    )

    assert found(config=config).verify is True


def test_an_option_that_a_later_botocore_may_have_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(Config.OPTION_DEFAULTS, "surprise", None)
    assert found(config=Config()).verify is True

    with pytest.raises(ConfigurationError, match=r"does not know Config\(surprise\)"):
        found(config=Config(surprise=1))


def test_another_config_than_botocores_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="expected a botocore.config.Config, got dict"):
        Mizzle(transport="direct", config={"read_timeout": 1})


def test_an_endpoint_with_a_query_is_refused() -> None:
    transport = DirectTransport(found(endpoint_url="http://localhost:1/?a=b"))

    with closing(transport), pytest.raises(ConfigurationError, match="cannot have a query"):
        transport.send(GET)


def test_a_client_has_no_place_in_it() -> None:
    client = boto3.client("dynamodb")

    with closing(client), pytest.raises(ConfigurationError, match="goes through no client"):
        Mizzle(client, transport="direct")


@pytest.mark.parametrize("name", ["bote", "", None, 1, object()])
def test_an_unknown_transport_is_refused(name: Any) -> None:
    with pytest.raises(ConfigurationError, match='expected "boto", "direct", or an object'):
        Mizzle(transport=name)


BAD_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "no-region": ({"profile": "p"}, "Set AWS_DEFAULT_REGION"),
    "no-profile": ({"region": "eu-west-1", "profile": "nobody"}, "Check AWS_PROFILE"),
    "half-a-pair": ({"region": "eu-west-1", "aws_access_key_id": "a"}, "incomplete"),
    "half-of-the-other": ({"region": "eu-west-1", "aws_secret_access_key": "a"}, "incomplete"),
    "region": ({"region": "no region!"}, "doesn't match a supported format"),
    "endpoint": ({"region": "eu-west-1", "endpoint_url": "nonsense"}, "Invalid endpoint: nonsense"),
    "ca-bundle": ({"region": "eu-west-1", "verify": " "}, "Invalid CA bundle"),
}


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_both_transports_refuse_bad_settings_alike(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    config_file("[profile p]\noutput = json\n", tmp_path)
    settings, hint = BAD_SETTINGS[case]
    said = []
    for transport in ("boto", "direct"):
        with pytest.raises(ConfigurationError, match=hint) as raised:
            Mizzle(transport=transport, **settings)  # type: ignore[arg-type]  # one of the two
        said.append(str(raised.value))

    assert said[0] == said[1]


def test_both_transports_miss_credentials_alike_when_they_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = []
    for name in ("boto", "direct"):
        db = Mizzle(transport=name)  # type: ignore[arg-type]  # one of the two
        with db, pytest.raises(ConfigurationError) as raised:
            db.transport.send(GET)
        said.append(str(raised.value))

    assert said[0] == said[1]
    assert said[0].startswith("No AWS credentials were found")


def test_settings_next_to_a_client_are_refused() -> None:
    client = boto3.client("dynamodb")

    with closing(client), pytest.raises(ConfigurationError, match="region, verify"):
        Mizzle(client, region="eu-west-1", verify=False)
