"""Answers as they come over a connection, read whole.

Python's `http.client` reads a head with its parser for mail, which takes longer than all else about a small
answer. So an ordinary head is read here, and any other one by `http.client`.
"""

from __future__ import annotations

import re
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BufferedReader, RawIOBase
from typing import Any, NamedTuple

from mizzle.transports.bodies import damage_of

__all__ = ["Received", "read_answer"]

# With a body of a given length, as DynamoDB sends it: not 1xx, 204 and 304.
_STATUS = re.compile(r"HTTP/1\.1 (?!204|304)([2-5]\d\d)(?: [ -~]*)?", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([ -~]*)")
# A server sends no body with these statuses.
_BODILESS = {*range(100, 200), 204, 304}
_BEGIN_BYTES, _PART_BYTES = 1 << 14, 1 << 18
_LENGTH = re.compile(r"\d{1,10}", re.ASCII)


class Received:
    """A whole answer; it looks enough like one of urllib3's to pass through there.

    Attributes:
        status: The HTTP status.
        headers: The headers; their names in small letters.
        content: The body.
        damage: What botocore raises for a body that is not what DynamoDB sent; None if it is.
        will_close: Whether nothing more will come over the connection, or what comes cannot be
            trusted to be the answer to the next request.
    """

    __slots__ = (
        "_connection",
        "_pool",
        "content",
        "damage",
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
        self.damage = damage_of(status, headers, content)
        self.will_close = will_close or self.damage is not None
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
    begin: bytes = sock.recv(_BEGIN_BYTES)
    head = _ordinary(begin)
    if head is not None:
        return _read_ordinary(sock, begin, head)
    with sock.makefile("rb", buffering=0) as rest, BufferedReader(_Joined(begin, rest)) as stream:
        return _read_any(sock, stream)


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


def _read_ordinary(sock: Any, begin: bytes, head: _Head) -> Received:
    size_bytes = int(head.headers["content-length"])
    end = head.size_bytes + size_bytes
    content = begin[head.size_bytes : end]
    if len(begin) < end:
        content = _read_on(sock, content, size_bytes)
    will_close = (
        len(content) < size_bytes
        or len(begin) > end
        or "close" in head.headers.get("connection", "").lower()
        or _is_more_decrypted(sock)
    )
    return Received(head.status, head.headers, content, will_close=will_close)


def _read_on(sock: Any, content: bytes, size_bytes: int) -> bytes:
    """Read the rest of a body, and nothing that comes after it."""
    parts = [content]
    left = size_bytes - len(content)
    while left > 0:
        part: bytes = sock.recv(min(left, _PART_BYTES))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _is_more_decrypted(sock: Any) -> bool:
    """Tell whether a TLS socket holds more than was read; urllib3 sees what others hold."""
    pending = getattr(sock, "pending", None)
    return pending is not None and pending() > 0


def _read_any(sock: Any, stream: BufferedReader[_Joined]) -> Received:
    response = HTTPResponse(_Begun(stream), method="POST")  # type: ignore[arg-type]  # all it needs
    response.begin()
    if len(set(response.headers.get_all("Content-Length", ()))) > 1:
        message = "the answer has two lengths"
        raise HTTPException(message)
    will_close = response.will_close
    try:
        content = response.read()
    except IncompleteRead as error:
        if response.chunked:
            raise
        # As for botocore, half an answer is one until its checksum is looked at.
        content = error.partial
        will_close = True
    headers = {name.lower(): value.rstrip() for name, value in response.headers.items()}
    # After one of those without a body, one may come all the same: that of the final answer.
    will_close = will_close or response.status in _BODILESS or _has_more(sock, stream)
    return Received(response.status, headers, content, will_close=will_close)


def _has_more(sock: Any, stream: BufferedReader[_Joined]) -> bool:
    """Tell whether more has come already, without waiting for it."""
    sock.settimeout(0)
    try:
        return bool(stream.peek())
    except OSError:
        return False


class _Joined(RawIOBase):
    """What has been received already, and then what still comes."""

    def __init__(self, begin: bytes, rest: RawIOBase) -> None:
        self._begin = begin
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._begin:
            return self._rest.readinto(buffer)
        taken = self._begin[: len(buffer)]
        buffer[: len(taken)] = taken
        self._begin = self._begin[len(taken) :]
        return len(taken)


class _Begun:
    """Stands for a socket whose stream is open already, and stays open."""

    def __init__(self, stream: BufferedReader[_Joined]) -> None:
        self.read = stream.read
        self.readline = stream.readline

    def makefile(self, _: str) -> _Begun:
        return self

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass
