"""Prepared answers on loopback ports, from a process of their own whose CPU is not the client's.

The parent holds a `Stub`; the process is this file, and ends when the parent lets go of its input. Each
port has the answer to one operation and refuses others. A request without a target is given the body of the
last one that had, so that what a client sends can be looked at.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Self
from urllib.request import urlopen
from zlib import crc32

__all__ = ["Stub", "StubPort"]


class Stub:
    """A process with prepared answers; end it with `close`, or as a context manager.

    Attributes:
        returncode: How the process ended; None as long as it runs.
    """

    returncode: int | None = None

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin and self._process.stdout  # noqa: PT018  # both are pipes
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout

    def listen(self, action: str, content: bytes) -> StubPort:
        """Open a port that answers this to every request of one operation."""
        self._input.write(json.dumps([action, len(content)]).encode() + b"\n" + content)
        self._input.flush()
        return StubPort(f"http://127.0.0.1:{int(self._output.readline())}")

    def close(self) -> None:
        """End the process."""
        self._input.close()
        self.returncode = self._process.wait(timeout=10)
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class StubPort:
    """One port of a stub.

    Attributes:
        url: Where it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def last_request(self) -> bytes:
        """Give the body of the last request."""
        with urlopen(self.url) as answer:
            content: bytes = answer.read()
        return content


class _Answer:
    """What one port answers, and what it was last asked."""

    def __init__(self, action: str, content: bytes) -> None:
        self._target = f"DynamoDB_20120810.{action}".encode()
        self._answer = _response(b"200 OK", content)
        self._refusal = _response(
            b"400 Bad Request", b'{"__type":"UnknownOperationException","message":"not prepared"}'
        )
        self._last = b""

    def to(self, head: bytes, body: bytes) -> bytes:
        target = _header(head, b"x-amz-target")
        if not target:
            return _response(b"200 OK", self._last)
        self._last = body
        return self._answer if target == self._target else self._refusal


def _response(status: bytes, content: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\nServer: Server\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"Content-Length: %d\r\nConnection: keep-alive\r\nx-amzn-RequestId: STUB\r\n"
        b"x-amz-crc32: %d\r\n\r\n%b" % (status, len(content), crc32(content), content)
    )


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _serve(connection: socket.socket, answer: _Answer) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A client may leave as it likes.
    with suppress(ConnectionError), connection, connection.makefile("rb") as requests:
        while head := _head(requests):
            body = requests.read(int(_header(head, b"content-length") or 0))
            connection.sendall(answer.to(head, body))


def _head(requests: IO[bytes]) -> bytes:
    """Read the lines up to an empty one; nothing if the client has left."""
    lines = []
    while line := requests.readline().rstrip(b"\r\n"):
        lines.append(line)
    return b"\r\n".join(lines)


def _accept(listener: socket.socket, answer: _Answer) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, answer), daemon=True).start()


def _main() -> None:
    while order := sys.stdin.buffer.readline():
        action, length = json.loads(order)
        answer = _Answer(action, sys.stdin.buffer.read(length))
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=_accept, args=(listener, answer), daemon=True).start()
        print(listener.getsockname()[1], flush=True)


if __name__ == "__main__":
    _main()
