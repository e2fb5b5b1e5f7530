"""Our calls of a boto3 client are signed as botocore signs them, and all others by botocore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import boto3  # type: ignore[import-untyped]  # no types
import botocore.auth  # type: ignore[import-untyped]  # no types
import pytest
from botocore import UNSIGNED, exceptions  # type: ignore[import-untyped]  # no types
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]  # no types
from botocore.awsrequest import AWSRequest, AWSResponse  # type: ignore[import-untyped]  # no types
from botocore.config import Config  # type: ignore[import-untyped]  # no types
from botocore.credentials import ReadOnlyCredentials  # type: ignore[import-untyped]  # no types
from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle.request import Request
from mizzle.transports import client_signing
from mizzle.transports.boto import BotoTransport

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
    clock = SimpleNamespace(time=lambda: at.replace(tzinfo=UTC).timestamp())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_: at)
        patch.setattr(client_signing, "time", clock)
        try:
            kind(keys, "dynamodb", "eu-west-1").add_auth(request)
        except Exception as error:  # noqa: BLE001  # whatever botocore makes of it
            return type(error)
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


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def header_of(call: Callable[[Any], object], config: Any = None) -> bytes | None:
    """Give the signature that a client sends when it is called."""
    found: list[bytes | None] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        found.append(request.headers.get("Authorization"))
        return AWSResponse(request.url, 200, {}, _Raw(b"{}"))

    with closing(
        boto3.client("dynamodb", region_name="eu-west-1", config=config, **KEYS)
    ) as client:
        client.meta.events.register("before-send.dynamodb", answer)
        call(client)
    (header,) = found
    return header


def send(client: Any) -> None:
    """Send a request of ours."""
    with closing(BotoTransport(client)) as transport:
        transport.send(GET)


def replace_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show in the header that botocore's own code has signed."""

    def add_auth(_: Any, request: Any) -> None:
        request.headers["Authorization"] = "botocore"

    monkeypatch.setattr(SigV4Auth, "add_auth", add_auth)


def test_our_calls_are_signed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_botocores(monkeypatch)

    header = header_of(send)

    names = b"content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
    assert header is not None
    assert b"SignedHeaders=%b," % names in header


def test_other_calls_are_signed_by_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_botocores(monkeypatch)

    def call(client: Any) -> None:
        with closing(BotoTransport(client)):
            client.list_tables()

    assert header_of(call) == b"botocore"


def test_what_signs_for_everybody_signs_our_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """awscrt puts itself in the place of botocore's."""

    class Another(SigV4Auth):  # type: ignore[misc]  # no types
        def add_auth(self, request: Any) -> None:
            request.headers["Authorization"] = "another"

    monkeypatch.setitem(botocore.auth.AUTH_TYPE_MAPS, "v4", Another)

    assert header_of(send) == b"another"


@pytest.mark.parametrize("event", ["choose-signer", "choose-signer.dynamodb.GetItem"])
def test_whoever_chooses_a_signer_has_the_first_say(
    event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_botocores(monkeypatch)

    def call(client: Any) -> None:
        with closing(BotoTransport(client)) as transport:
            client.meta.events.register(event, lambda **_: "v4")
            transport.send(GET)

    assert header_of(call) == b"botocore"


def test_what_is_not_to_be_signed_is_not() -> None:
    assert header_of(send, Config(signature_version=UNSIGNED)) is None


def test_a_client_that_is_given_back_signs_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_botocores(monkeypatch)

    def call(client: Any) -> None:
        BotoTransport(client).close()
        client.list_tables()

    assert header_of(call) == b"botocore"


def test_without_credentials_it_says_so() -> None:
    request = AWSRequest(method="POST", url="https://dynamodb.eu-west-1.amazonaws.com/", data=b"{}")
    signer = client_signing._DayAuth(None, "dynamodb", "eu-west-1")

    with pytest.raises(exceptions.NoCredentialsError):
        signer.add_auth(request)
