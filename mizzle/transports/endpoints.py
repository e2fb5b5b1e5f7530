"""Where requests go: botocore's client prepares one, and it is looked at instead of being sent."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# botocore ships no types.
from botocore import xform_name  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest, AWSResponse  # type: ignore[import-untyped]

from mizzle.errors import ConfigurationError
from mizzle.request import Request
from mizzle.transports.addresses import host_of, masked, path_of
from mizzle.transports.parameters import placeholders

__all__ = ["Endpoint", "Locator", "tables_elsewhere"]

# The last event before a request is sent. Handlers that are registered for fewer of its parts are
# called later, so this one after all others.
_EVENT = "before-send"
_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^,]*/(?P<region>[^/,]*)/(?P<service>[^/,]*)/aws4_request,"
)


def tables_elsewhere(request: Request) -> tuple[str, ...]:
    """Give the tables that are named by ARN: they can belong to other accounts or regions."""
    # Not by the body: it may have been written without ever having been there as a whole.
    return tuple(name for name in request.tables if name.startswith("arn:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address, and what a request to it looks like.

    Attributes:
        url: Scheme, host, port and path.
        host: The header `Host`.
        path: The path, encoded and normal.
        region: To sign for.
        service: The name to sign for.
        user_agent: botocore's header `User-Agent`.
    """

    url: str
    host: str
    path: str
    region: str
    service: str
    user_agent: str


class Locator:
    """Asks a client of botocore's where it would send a request.

    Args:
        client: The client, which nobody else has, and which sends nothing from now on.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._prepared: Any = None
        self._probe = _probe(client)
        # Only what was registered before the client was made can be there, and it stays there.
        self._is_watched = bool(self._ask())
        client.meta.events.register_last(_EVENT, self._take)

    def require_alone(self) -> None:
        """Check that nobody answers requests in place of the service.

        Raises:
            ConfigurationError: If somebody does: the requests that go around it would reach the
                service.
        """
        if self._is_watched and any(answer is not None for answer in self._ask()):
            message = (
                "botocore's requests are answered in this process, as moto's mock_aws does, and "
                'transport="direct" would go around that to the real service. Use the default '
                "transport here."
            )
            raise ConfigurationError(message)

    def locate(self, request: Request) -> Endpoint:
        """Find the address for a request; not for two threads at once.

        Raises:
            BotoCoreError: botocore's, if there is none for it.
            ConfigurationError: If what botocore would send cannot be sent here.
        """
        self._call(request)
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            message = "a handler of botocore's events kept a request from being prepared"
            raise ConfigurationError(message)
        return _endpoint_of(prepared)

    def _ask(self) -> Sequence[Any]:
        answers = self._client.meta.events.emit(
            f"{_EVENT}.dynamodb.ListTables", request=self._probe
        )
        return [answer for _, answer in answers]

    def _call(self, request: Request) -> None:
        small = placeholders(request)
        if small is not None:
            method: Any = getattr(self._client, xform_name(request.operation), None)
            method(**small)
        else:
            # Of the other operations, too, only the table's name has a say.
            self._client.get_item(TableName=next(iter(request.tables), "any"), Key={})

    def _take(self, request: Any, **_: Any) -> Any:
        if request is self._probe:
            return None
        self._prepared = request
        headers: dict[str, str] = {}
        return AWSResponse(request.url, 200, headers, _Nothing())


class _Nothing(io.BytesIO):
    """The body of an answer without any."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield b""


def _probe(client: Any) -> Any:
    """Make a harmless request as it would be sent, without credentials."""
    credential = f"none/20120810/{client.meta.region_name}/dynamodb/aws4_request"
    headers: dict[str, str] = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
    }
    url = f"{client.meta.endpoint_url}/"
    request: Any = AWSRequest(method="POST", url=url, headers=headers, data=b"{}")
    return request.prepare()


def _endpoint_of(prepared: Any) -> Endpoint:
    scope = _SCOPE.match(_text(prepared.headers.get("Authorization", "")))
    if scope is None:
        message = (
            'botocore does not sign requests with AWS Signature Version 4, but transport="direct" '
            "knows no other; use the default transport"
        )
        raise ConfigurationError(message)
    url: str = prepared.url
    if urlsplit(url).query:
        message = f"endpoint_url cannot have a query: {masked(url)}"
        raise ConfigurationError(message)
    return Endpoint(
        url=url,
        host=host_of(url),
        path=path_of(url),
        region=scope["region"],
        service=scope["service"],
        user_agent=_text(prepared.headers.get("User-Agent", "")),
    )


def _text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header
