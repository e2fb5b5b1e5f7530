"""Signatures are botocore's, whatever is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle.transports.endpoints import _endpoint_of
from mizzle.transports.signing import CONTENT_TYPE, Signer
from tests.support.clocks import botocore_at

# What is printable and has no space at its ends; the rest cannot stand in a header.
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
TOKENS = st.one_of(st.none(), st.just(""), PRINTABLE, st.just("with  two   runs of spaces"))
KEYS = st.builds(
    ReadOnlyCredentials, PRINTABLE.filter(lambda key: "," not in key), PRINTABLE, TOKENS
)
HOSTS = st.sampled_from(
    [
        "https://dynamodb.eu-west-1.amazonaws.com/",
        "https://123456789012.ddb.us-east-1.amazonaws.com/",
        "https://DynamoDB.Example.ORG:443/",
        "http://127.0.0.1:80/",
        "http://localhost:8000/",
        "https://localhost:80/",
        "http://user:secret@localhost:4566/",
        "http://[::1]:8000/",
        "https://[2001:db8::1]/",
        "http://localhost:8000/a/./b/../c//d/",
        "http://localhost:8000/with%20space/ä/",
    ]
)
REGIONS = st.sampled_from(["eu-west-1", "us-gov-east-1", "cn-north-1", "local", "x"])
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1))
OPERATIONS = st.sampled_from(["GetItem", "BatchWriteItem", "TransactWriteItems"])
BODIES = st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode))


def signed_by_botocore(
    keys: Any, url: str, region: str, target: str, body: bytes, at: datetime
) -> Any:
    """Give the request as botocore would send it."""
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": target}
    request = AWSRequest(method="POST", url=url, headers=headers, data=body)
    with botocore_at(at):
        SigV4Auth(keys, "dynamodb", region).add_auth(request)
    return request.prepare()


@settings(max_examples=500, deadline=None)
@given(KEYS, HOSTS, REGIONS, OPERATIONS, BODIES, TIMES)
def test_signatures_are_botocores(
    keys: Any, url: str, region: str, operation: str, body: bytes, at: datetime
) -> None:
    target = f"DynamoDB_20120810.{operation}"
    prepared = signed_by_botocore(keys, url, region, target, body, at)
    expected = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in prepared.headers.items()
        if name != "Content-Length"
    }
    endpoint = _endpoint_of(prepared)
    signer = Signer(host=endpoint.host, path=endpoint.path, region=region, service="dynamodb")

    headers = signer.sign(keys, target, body, at.replace(tzinfo=UTC).timestamp())

    host = headers.pop("Host")
    assert headers == expected
    assert (endpoint.region, endpoint.service) == (region, "dynamodb")
    assert host.lower() in urlsplit(url).netloc.lower()


def test_what_is_kept_for_a_day_is_not_used_for_another() -> None:
    """One signer serves keys, tokens and days in turn."""
    url, region, target = "http://localhost:8000/", "eu-west-1", "DynamoDB_20120810.GetItem"
    signer = Signer(host="localhost:8000", path="/", region=region, service="dynamodb")
    first, second = ReadOnlyCredentials("a", "s", None), ReadOnlyCredentials("b", "t", "token")
    days = [datetime(2026, 2, 28, 23, 59, 59), datetime(2026, 3, 1, 0, 0, 0)]
    for at in days + days:
        for keys in (first, second, first):
            prepared = signed_by_botocore(keys, url, region, target, b"{}", at)

            headers = signer.sign(keys, target, b"{}", at.replace(tzinfo=UTC).timestamp())

            assert headers["Authorization"] == prepared.headers["Authorization"]
