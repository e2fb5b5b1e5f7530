"""Our calls of a boto3 client are signed as botocore signs them, and all others by botocore."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partialmethod
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import boto3  # type: ignore[import-untyped]  # no types
import botocore.auth  # type: ignore[import-untyped]  # no types
import pytest
from botocore import UNSIGNED, exceptions  # type: ignore[import-untyped]  # no types
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]  # no types
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # no types
from botocore.config import Config  # type: ignore[import-untyped]  # no types
from botocore.credentials import ReadOnlyCredentials  # type: ignore[import-untyped]  # no types
from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle.request import Request
from mizzle.transports import client_signing
from mizzle.transports.boto import BotoTransport
from mizzle.transports.client_signing import DayKeys
from tests.support.answers import record
from tests.support.clocks import CLOCK, botocore_at

GET = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "ä"}}})
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "aws_session_token": "t"}

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
TEXTS = WORDS | st.sampled_from(["", " around ", "with  two   runs"])
CREDENTIALS = st.builds(ReadOnlyCredentials, WORDS, WORDS, st.none() | TEXTS)
# Signed, signed though DynamoDB knows nothing of it, and never signed.
HEADERS = st.dictionaries(
    st.sampled_from(["X-Amz-Target", "x-own", "Host", "User-Agent", "Baggage"]), TEXTS
)
URLS = st.sampled_from(
    [
        "https://dynamodb.eu-west-1.amazonaws.com/",
        "https://dynamodb.eu-west-1.amazonaws.com",
        "https://DynamoDB.Example.ORG:443/",
        "http://user:secret@localhost:4566/",
        "http://[::1]:8000/a/./b/../c//d/",
        "http://localhost:8000/with%20space/ä/",
    ]
)
# What DynamoDB's requests are not; botocore signs those.
TWISTS: Any = st.sampled_from(
    [
        *[{}] * 6,
        {"method": "GET"},
        {"params": {"q": "1"}},
        {"url": "http://localhost:8000/?b=2&a=1"},
        {"data": BytesIO(b"{}")},
        {"context": {"payload_signing_enabled": False}},
        {"context": {"checksum": {"request_algorithm": {"in": "trailer"}}}},
        {"more": [("X-Own", "1"), ("x-own", "2")]},
        *({"more": [(name, "x")]} for name in sorted(client_signing._ADDED)),
        {"more": [("x-own", 5)]},
        {"more": [("User-Agent", b"bytes")]},
        {"more": [("Baggage", None), ("baggage", "1")]},
    ]
)


def signed_by(kind: Any, keys: Any, at: datetime, parts: dict[str, Any]) -> Any:
    """Give the headers and the context of a signed request, or what the signer raises."""
    made = {"method": "POST", **parts}
    context, more = made.pop("context", {}), made.pop("more", [])
    headers = [*made.pop("headers").items(), *more]
    request = AWSRequest(**made)
    request.context = dict(context)
    for name, value in headers:
        # Some of them more than once.
        request.headers[name] = value
    request.context["mizzle_day_keys"] = DayKeys()
    clock = SimpleNamespace(time=lambda: at.replace(tzinfo=UTC).timestamp())
    with botocore_at(at) as patch:
        patch.setattr(client_signing, "time", clock)
        try:
            kind(keys, "dynamodb", "eu-west-1").add_auth(request)
        except Exception as error:  # noqa: BLE001  # whatever botocore makes of it
            return type(error)
    request.context.pop("mizzle_day_keys", None)
    return request.headers.items(), request.context


@settings(max_examples=500, deadline=None)
@given(
    keys=CREDENTIALS,
    url=URLS,
    headers=HEADERS,
    body=st.binary(max_size=50),
    twist=TWISTS,
    at=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)),
)
def test_signatures_are_botocores(
    keys: Any, url: str, headers: Any, body: bytes, twist: Any, at: datetime
) -> None:
    parts = {"url": url, "headers": headers, "data": body, **twist}

    ours = signed_by(client_signing._DayAuth, keys, at, parts)

    assert ours == signed_by(SigV4Auth, keys, at, parts)


def header_of(call: Callable[[Any], object], config: Any = None) -> bytes | None:
    """Give the signature that a client sends when it is called."""
    with closing(
        boto3.client("dynamodb", region_name="eu-west-1", config=config, **KEYS)
    ) as client:
        sent = record(client)
        call(client)
    (request,) = sent
    header: bytes | None = request.headers.get("Authorization")
    return header


def send(client: Any) -> None:
    """Send a request of ours."""
    with closing(BotoTransport(client)) as transport:
        transport.send(GET)


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect what is signed here."""
    found: list[Any] = []
    sign = client_signing._DayAuth.add_auth

    def add_auth(auth: Any, request: Any) -> None:
        found.append(request)
        sign(auth, request)

    monkeypatch.setattr(client_signing._DayAuth, "add_auth", add_auth)
    return found


def test_our_calls_are_signed_here(signed: list[Any]) -> None:
    header = header_of(send)

    names = b"content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
    assert header is not None
    assert b"SignedHeaders=%b," % names in header
    assert len(signed) == 1


def test_other_calls_are_signed_by_botocore(signed: list[Any]) -> None:
    def call(client: Any) -> None:
        with closing(BotoTransport(client)):
            client.list_tables()

    assert header_of(call)
    assert not signed


def test_so_are_calls_inside_of_ours(signed: list[Any]) -> None:
    headers: list[Any] = []

    def call(client: Any) -> None:
        def look(params: Any, **_: Any) -> None:
            if not headers:
                headers.append(params)
                client.get_item(TableName="other", Key={})

        client.meta.events.register("before-call.dynamodb.GetItem", look)
        send(client)

    with pytest.raises(ValueError, match="too many values"):
        header_of(call)
    (request,) = signed
    assert b"app" in request.data


class _Same:
    """Something else, which does the same."""

    def __init__(self, known: Any) -> None:
        self._known = known

    def __call__(self, *arguments: Any) -> Any:
        return self._known(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known, name)


@pytest.mark.parametrize(
    ("place", "name", "other"),
    [
        # awscrt does this.
        (botocore.auth.AUTH_TYPE_MAPS, "v4", type("Another", (SigV4Auth,), {})),
        (SigV4Auth, "_sign", partialmethod(SigV4Auth._sign)),
        (botocore.auth, CLOCK, _Same(getattr(botocore.auth, CLOCK))),
    ],
)
def test_what_signs_for_everybody_signs_our_calls(
    place: Any, name: str, other: Any, signed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = monkeypatch.setitem if isinstance(place, dict) else monkeypatch.setattr
    put(place, name, other)

    assert header_of(send)
    assert not signed


def test_a_table_without_our_signer_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(botocore.auth.AUTH_TYPE_MAPS, "mizzle-v4")

    assert header_of(send)


def test_headers_that_are_not_to_be_signed_are_botocores_to_name(
    monkeypatch: pytest.MonkeyPatch, signed: list[Any]
) -> None:
    monkeypatch.setattr(botocore.auth, "SIGNED_HEADERS_BLACKLIST", ["user-agent", "content-type"])

    header = header_of(send)

    assert header is not None
    assert b"SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target," in header
    assert signed


def test_who_listens_is_told_what_was_signed(
    signed: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "botocore.auth"):
        header_of(send)

    assert "CanonicalRequest" in caplog.text
    assert not signed


@pytest.mark.parametrize("event", ["choose-signer", "choose-signer.dynamodb.GetItem"])
def test_whoever_chooses_a_signer_has_the_first_say(event: str, signed: list[Any]) -> None:
    def call(client: Any) -> None:
        with closing(BotoTransport(client)) as transport:
            client.meta.events.register(event, lambda **_: "v4")
            transport.send(GET)

    assert header_of(call)
    assert not signed


def test_what_is_not_to_be_signed_is_not() -> None:
    assert header_of(send, Config(signature_version=UNSIGNED)) is None


def test_a_client_that_is_given_back_signs_as_ever(signed: list[Any]) -> None:
    def call(client: Any) -> None:
        BotoTransport(client).close()
        client.list_tables()

    assert header_of(call)
    assert not signed


def test_without_credentials_it_says_so() -> None:
    request = AWSRequest(method="POST", url="https://dynamodb.eu-west-1.amazonaws.com/", data=b"{}")
    request.context["mizzle_day_keys"] = DayKeys()
    signer = client_signing._DayAuth(None, "dynamodb", "eu-west-1")

    with pytest.raises(exceptions.NoCredentialsError):
        signer.add_auth(request)


def test_addresses_are_forgotten_when_there_are_many() -> None:
    keys = DayKeys()
    for n in range(1_000):
        assert keys.place(f"https://{n}.ddb.eu-west-1.amazonaws.com/").host.startswith(f"{n}.")

    assert len(keys._places) <= 100
