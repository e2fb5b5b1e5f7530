"""Answers as they come over a connection, read whole.

Python's `http.client` reads a head with its parser for mail, which takes longer than all else about a small
answer. So an ordinary head is read here, and any other one by `http.client`.
"""

from __future__ import annotations

import re
from http.client import HTTPResponse, IncompleteRead
from io import BufferedReader
from typing import Any, NamedTuple

__all__ = ["Received", "read_answer"]

# With a body of a given length, as DynamoDB sends it: not 1xx, 204 and 304.
_STATUS = re.compile(r"HTTP/1\.1 (?!204|304)([2-5]\d\d)(?: [ -~]*)?", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([ -~]*)")
_LENGTH = re.compile(r"\d{1,10}", re.ASCII)


class Received:
    """A whole answer; it looks enough like one of urllib3's to pass through there.

    Attributes:
        status: The HTTP status.
        headers: The headers; their names in small letters.
        content: The body.
        will_close: Whether nothing more will come over the connection.
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
        "will_close",
    )

    def __init__(
        self, status: int, headers: dict[str, str], content: bytes, *, will_close: bool
    ) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self.will_close = will_close
        # urllib3 logs them.
        self.length_remaining = 0
        self.version_string = "HTTP/1.1"


def read_answer(sock: Any) -> Received:
    """Read the answer to a POST.

    Args:
        sock: The socket that it comes from.

    Raises:
        HTTPException: Python's, if what comes is no answer.
        OSError: If nothing (more) comes.
    """
    with sock.makefile("rb") as stream:
        head = _ordinary(stream.peek())
        return _read_any(stream) if head is None else _read_ordinary(stream, head)


class _Head(NamedTuple):
    status: int
    headers: dict[str, str]
    size_bytes: int


def _ordinary(begin: bytes) -> _Head | None:
    """Read a head, if it is all there and nothing about it is out of the ordinary."""
    end = begin.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = begin[:end].decode("latin-1").split("\r\n")
    status = _STATUS.fullmatch(first)
    matches = [_HEADER.fullmatch(line) for line in lines]
    if status is None or None in matches:
        return None
    headers = {match[1].lower(): match[2].rstrip() for match in matches if match is not None}
    is_ordinary = (
        # None is there twice.
        len(headers) == len(lines)
        and "transfer-encoding" not in headers
        and _LENGTH.fullmatch(headers.get("content-length", "")) is not None
    )
    return _Head(int(status[1]), headers, end + 4) if is_ordinary else None


def _read_ordinary(stream: BufferedReader, head: _Head) -> Received:
    stream.read(head.size_bytes)
    size_bytes = int(head.headers["content-length"])
    content = stream.read(size_bytes)
    will_close = len(content) < size_bytes or "close" in head.headers.get("connection", "").lower()
    return Received(head.status, head.headers, content, will_close=will_close)


def _read_any(stream: BufferedReader) -> Received:
    response = HTTPResponse(_Begun(stream), method="POST")  # type: ignore[arg-type]  # all it needs
    response.begin()
    try:
        content = response.read()
    except IncompleteRead as error:
        if response.chunked:
            raise
        # As for botocore, half an answer is one until its checksum is looked at.
        content = error.partial
        response.will_close = True
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Received(response.status, headers, content, will_close=response.will_close)


class _Begun:
    """Stands for a socket whose stream is open already."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream

    def makefile(self, _: str) -> BufferedReader:
        return self._stream
