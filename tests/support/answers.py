"""Answers as botocore has them from a connection, given to a client in place of the service's."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]  # no types

__all__ = ["http_answer", "record"]


class _Body(BytesIO):
    """The body as botocore reads it from a socket."""

    def stream(self, **_: Any) -> list[bytes]:
        """Give all of it at once."""
        return [self.read()]


def http_answer(content: bytes, headers: Mapping[str, str], status: int = 200) -> AWSResponse:
    """Make an answer."""
    return AWSResponse("http://stub", status, headers, _Body(content))


def record(client: Any) -> list[Any]:
    """Answer all requests of a client with nothing, and collect them as they are sent."""
    sent: list[Any] = []

    def before_send(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return http_answer(b"{}", {})

    client.meta.events.register("before-send.dynamodb", before_send)
    return sent
