"""A loopback HTTP proxy in front of an engine, whose requests fail as a plan says, on the wire."""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit
from zlib import crc32

from mizzle.request import Answer, Request
from mizzle.testing.answers import REFUSALS
from mizzle.testing.plan import APPLIED, Fault, FaultPlan
from mizzle.testing.unprocessed import part_batch, with_unprocessed

__all__ = ["FaultProxy"]

_JSON = "application/x-amz-json-1.0"
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head></html>"

# What concerns one connection only, or is made anew on this side of the proxy.
_PER_CONNECTION = frozenset(
    {
        "connection",
        "content-length",
        "date",
        "expect",
        "host",
        "keep-alive",
        "server",
        "transfer-encoding",
        "x-amz-crc32",
    }
)


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    content: bytes


class FaultProxy:
    """Passes requests on to an engine, and fails those that a plan chooses; a context manager.

    Attributes:
        plan: Decides and counts; it may be replaced at any time, and with None nothing fails.
        hang_seconds: How long a request that hangs waits before its connection is closed.

    Args:
        upstream_url: The engine's address.
        plan: See above.
        hang_seconds: See above.
    """

    def __init__(
        self, upstream_url: str, plan: FaultPlan | None = None, *, hang_seconds: float = 30.0
    ) -> None:
        self.plan = plan
        self.hang_seconds = hang_seconds
        self.stopping = Event()
        self._upstream = urlsplit(upstream_url)
        self._lock = Lock()
        self._arrived: Counter[str] = Counter()
        self._connections: set[socket.socket] = set()
        handler = type("_", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def count(self, operation: str) -> int:
        """Say how many requests of an operation have arrived, whatever became of them."""
        with self._lock:
            return self._arrived[operation]

    def arrive(self, operation: str) -> None:
        with self._lock:
            self._arrived[operation] += 1

    def connect(self) -> HTTPConnection:
        return HTTPConnection(str(self._upstream.hostname), self._upstream.port, timeout=60)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        # Handlers of connections that are kept alive wait for another request.
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that has lost patience is what some faults are about.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, and one to the engine."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    proxy: FaultProxy

    def setup(self) -> None:
        super().setup()
        self.upstream = self.proxy.connect()
        self.proxy.opened(self.connection)

    def finish(self) -> None:
        self.proxy.closed(self.connection)
        self.upstream.close()
        super().finish()

    def do_POST(self) -> None:  # http.server's name
        content = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        self.proxy.arrive(operation)
        plan = self.proxy.plan
        fault = None if plan is None else plan.decide(operation)
        if plan is None:
            self._answer(self._forward(content))
        elif fault is None:
            self._answer(self._process(plan, Request(operation, json.loads(content)), content))
        else:
            self._fail(fault, Request(operation, json.loads(content)), content)

    def _process(self, plan: FaultPlan, request: Request, content: bytes) -> _Reply:
        """Forward a request without the items that the plan leaves unprocessed."""
        chosen = plan.choose_unprocessed(request)
        if not any(chosen):
            return self._forward(content)
        processed, held_back = part_batch(request, chosen)
        reply = _json(200, {}) if processed is None else self._forward(processed.to_json())
        if reply.status != 200:
            return reply
        answer = Answer(reply.content).data
        body = with_unprocessed(request.operation, answer, held_back, keep_fields=plan.keep_fields)
        return reply._replace(content=json.dumps(body).encode())

    def _fail(self, fault: Fault, request: Request, content: bytes) -> None:
        reply = self._forward(content) if fault in APPLIED else None
        if fault in REFUSALS:
            refusal = REFUSALS[fault]
            self._answer(_json(refusal.status, refusal.body(request)))
        elif fault == "bad_gateway":
            self._answer(_Reply(502, {"Content-Type": "text/html"}, _BAD_GATEWAY), checksum=False)
        elif fault == "damaged" and reply is not None:
            self._answer(reply, off_by=1)
        elif fault == "hang":
            self.proxy.stopping.wait(self.proxy.hang_seconds)
            self.close_connection = True
        else:
            self._reset()

    def _forward(self, content: bytes) -> _Reply:
        try:
            self.upstream.request("POST", self.path, content, _kept(self.headers))
            response = self.upstream.getresponse()
            return _Reply(response.status, _kept(response.headers), response.read())
        except (OSError, HTTPException) as error:
            self.upstream.close()
            message = f"The engine behind the proxy failed: {error!r}"
            return _Reply(502, {"Content-Type": "text/plain"}, message.encode())

    def _answer(self, reply: _Reply, *, checksum: bool = True, off_by: int = 0) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content)))
        if checksum:
            self.send_header("x-amz-crc32", str(crc32(reply.content) + off_by))
        self.end_headers()
        self.wfile.write(reply.content)

    def _reset(self) -> None:
        """Break the connection, without so much as an end of it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        # It takes effect when `finish` closes the files on it; the server's own goodbye fails then.
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # http.server's name
        pass


def _kept(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _PER_CONNECTION}


def _json(status: int, body: Mapping[str, Any]) -> _Reply:
    headers = {"Content-Type": _JSON, "x-amzn-RequestId": "INJECTED-BY-THE-PROXY"}
    return _Reply(status, headers, json.dumps(body).encode())
