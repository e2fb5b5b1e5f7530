"""A request in one piece, an answer as a whole: pools of urllib3's, with less ado.

urllib3 connects, through proxies and TLS, and knows which connections can be used again. How a request is
written and an answer read is the most of what it costs, and is done here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from http.client import HTTPMessage, HTTPResponse, IncompleteRead
from queue import Empty, Full
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

__all__ = ["POOLS", "Received"]


class Received:
    """A whole answer; it looks enough like one of urllib3's to pass through there.

    Attributes:
        status: The HTTP status.
        headers: The headers.
        content: The body.
    """

    __slots__ = (
        "_connection",
        "_pool",
        "content",
        "headers",
        "length_remaining",
        "retries",
        "status",
        "version_string",
    )

    def __init__(self, status: int, headers: HTTPMessage, content: bytes) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self.length_remaining = 0
        self.version_string = "HTTP/1.1"


def _send(
    connection: Any,
    method: str,
    url: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    **_: Any,
) -> None:
    """Send a request, as the method `request` of a connection."""
    lines = [f"{method} {url} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join(lines)
    # A token with a line break in it must not become a header of its own.
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        message = "a header has a line break in it: check the credentials"
        raise ValueError(message)
    if connection.is_closed:
        connection.connect()
    connection.sock.settimeout(connection.timeout)
    connection.sock.sendall(
        b"%b\r\nContent-Length: %d\r\n\r\n%b" % (head.encode(), len(body), body)
    )


def _receive(connection: Any) -> Received:
    """Read a whole answer, as the method `getresponse` of a connection."""
    connection.sock.settimeout(connection.timeout)
    with HTTPResponse(connection.sock, method="POST") as response:
        response.begin()
        try:
            content = response.read()
        except IncompleteRead as error:
            if response.chunked:
                raise
            # As for botocore, half an answer is one until its checksum is looked at.
            content = error.partial
            response.will_close = True
        if response.will_close:
            connection.close()
        return Received(response.status, response.headers, content)


class _PlainConnection(HTTPConnection):
    request: Any = _send
    getresponse: Any = _receive


class _SecureConnection(HTTPSConnection):
    request: Any = _send
    getresponse: Any = _receive


class _Idle:
    """The connections that nobody uses, the last used first.

    Python's own queue has a lock, which a fork could leave locked for ever; a deque needs none.
    """

    def __init__(self, maxsize: int) -> None:
        self._connections: deque[Any] = deque()
        self._maxsize = maxsize

    def get(self, block: bool = False, timeout: float | None = None) -> Any:  # noqa: ARG002, FBT001, FBT002  # a queue's
        try:
            return self._connections.pop()
        except IndexError:
            raise Empty from None

    def put(self, connection: Any, block: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # a queue's
        if len(self._connections) >= self._maxsize:
            raise Full
        self._connections.append(connection)

    def qsize(self) -> int:
        return len(self._connections)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls: Any = _PlainConnection
    QueueCls: Any = _Idle


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls: Any = _SecureConnection
    QueueCls: Any = _Idle


POOLS = {"http": _PlainPool, "https": _SecurePool}
"""Kinds of pools, by scheme."""
