"""A request in one piece, an answer as a whole: pools of urllib3's, with less ado.

urllib3 connects, through proxies and TLS, and knows which connections can be used again. How a request is
written and an answer read is the most of what it costs, and is done here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from queue import Empty, Full
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from mizzle.transports.answers import Received, read_answer
from mizzle.transports.service_errors import line_break

__all__ = ["POOLS"]


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
        raise line_break()
    if connection.is_closed:
        connection.connect()
    connection.sock.settimeout(connection.timeout)
    connection.sock.sendall(
        b"%b\r\nContent-Length: %d\r\n\r\n%b" % (head.encode(), len(body), body)
    )


def _receive(connection: Any) -> Received:
    """Read a whole answer, as the method `getresponse` of a connection."""
    connection.sock.settimeout(connection.timeout)
    received = read_answer(connection.sock)
    if received.will_close:
        connection.close()
    return received


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
