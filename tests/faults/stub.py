"""A loopback HTTP endpoint that answers from a script and counts what arrives."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Lock, Thread
from typing import Any, Self
from zlib import crc32

__all__ = [
    "Arrived",
    "Reply",
    "Stub",
    "damaged",
    "error",
    "hang",
    "leave",
    "off",
    "ok",
    "page",
    "raw",
    "reset",
    "truncated",
]

Reply = Callable[["_Handler"], None]


class Arrived:
    """One request that arrived.

    Attributes:
        operation: What was asked for.
        body: The parsed body.
        target: The path, or the whole address if the request went to a proxy.
        headers: The headers.
        peer: The client's end of the connection.
    """

    def __init__(self, operation: str, body: bytes, target: str, headers: Any, peer: Any) -> None:
        self.operation = operation
        self.body: dict[str, Any] = json.loads(body)
        self.target = target
        self.headers = headers
        self.peer = peer


def ok(body: Mapping[str, Any]) -> Reply:
    """Answer well."""
    return _reply(200, json.dumps(body).encode())


def error(status: int, code: str, **fields: Any) -> Reply:
    """Refuse as DynamoDB does."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return _reply(status, json.dumps({"__type": kind, "message": "No.", **fields}).encode())


def page(status: int, body: bytes) -> Reply:
    """Answer as something that is not DynamoDB."""
    return _reply(status, body, checksum=False)


def damaged(body: Mapping[str, Any]) -> Reply:
    """Answer with a body of right length and wrong checksum."""
    return _reply(200, json.dumps(body).encode(), off_by=1)


def off(status: int, body: bytes) -> Reply:
    """Answer with a body of right length and wrong checksum, as it comes."""
    return _reply(status, body, off_by=1)


def truncated(body: Mapping[str, Any]) -> Reply:
    """Close the connection in the middle of the answer."""
    content = json.dumps(body).encode()

    def send(handler: _Handler) -> None:
        handler.begin(200, content)
        handler.wfile.write(content[: len(content) // 2])
        handler.close_connection = True

    return send


def raw(data: bytes) -> Reply:
    """Send this, whatever it is, and close the connection."""

    def send(handler: _Handler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return send


def reset(handler: _Handler) -> None:
    """Break the connection once the request has been read."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True


def leave(handler: _Handler) -> None:
    """Close the connection once the request has been read."""
    handler.close_connection = True


def hang(handler: _Handler) -> None:
    """Never answer."""
    handler.stub.stopping.wait(10)
    handler.close_connection = True


def _reply(status: int, content: bytes, *, checksum: bool = True, off_by: int = 0) -> Reply:
    def send(handler: _Handler) -> None:
        handler.begin(status, content, crc32(content) + off_by if checksum else None)
        handler.wfile.write(content)

    return send


class Stub:
    """The endpoint; give it a reply per operation, or a list of replies to be used in turn."""

    def __init__(
        self, replies: Mapping[str, Reply | list[Reply]], tls: SSLContext | None = None
    ) -> None:
        self.scheme = "http" if tls is None else "https"
        self.arrived: list[Arrived] = []
        self.stopping = Event()
        self._replies = replies
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("_", (_Handler,), {"stub": self}))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_port}"

    def count(self, operation: str) -> int:
        return sum(request.operation == operation for request in self.arrived)

    def take(self, request: Arrived) -> Reply:
        with self._lock:
            self.arrived.append(request)
            replies = self._replies[request.operation]
            if not isinstance(replies, list):
                return replies
            return replies.pop(0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    stub: Stub

    def do_POST(self) -> None:  # http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        arrived = Arrived(operation, body, self.path, self.headers, self.client_address)
        self.stub.take(arrived)(self)

    def begin(self, status: int, content: bytes, checksum: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amzn-RequestId", "stub-request")
        if checksum is not None:
            self.send_header("x-amz-crc32", str(checksum))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # http.server's name
        pass
