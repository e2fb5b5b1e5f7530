"""An answer that is read in few steps is the one that `http.client` reads."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mizzle.transports import answers
from mizzle.transports.answers import read_answer

STATUSES = st.sampled_from(
    [
        *["HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request", "HTTP/1.1 503", "HTTP/1.1 503 "],
        *["HTTP/1.0 200 OK", "HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified"],
        *["HTTP/1.1 100 Continue", "HTTP/1.1 2000 OK", "HTTP/1.1 20 OK", "HTTP/1.1200 OK"],
        *["HTTP/1.1 abc", "HTTP/2 200", "SSH-2.0", "", "HTTP/1.1 200 \xe4", "HTTP/1.1  200 OK"],
    ]
)
NAMES = st.sampled_from(
    ["x-amz-crc32", "Connection", "Content-Length", "Transfer-Encoding", "Server", "a b", "", " x"]
)
VALUES = st.sampled_from(
    [
        *[
            "5",
            "0",
            "11",
            " 5 ",
            "+5",
            "5,5",
            "1e1",
            "\u0665",
            "-1",
            "99999",
            "chunked",
            "identity",
        ],
        *["close", "keep-alive", "Keep-Alive, Close", "", "\xe4", "a: b", "\t12", "a\tb"],
    ]
)
LINES = st.builds(
    lambda name, colon, value: f"{name}{colon}{value}",
    NAMES,
    st.sampled_from([":", ": ", ""]),
    VALUES,
)
ENDS = st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n "])
BODIES = st.sampled_from(
    [b"", b"{}", b"hello", b"hello world", b"5\r\nhello\r\n0\r\n\r\n", b"\xff" * 5]
)


@st.composite
def sent(draw: st.DrawFn) -> bytes:
    """Draw what a server sends: ordinary more often than not."""
    lines = [draw(STATUSES), *draw(st.lists(LINES, max_size=4))]
    if draw(st.booleans()):
        lines += ["Content-Length: 5"]
    ordinary = draw(st.booleans())
    head = "".join(line + ("\r\n" if ordinary else draw(ENDS)) for line in lines)
    return f"{head}\r\n".encode().replace(b"\xc3\xa4", b"\xe4") + draw(BODIES)


def answered(data: bytes, read: Any) -> Any:
    """Read what a server sends before it closes; an exception stands for itself."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        ours.settimeout(5)
        try:
            return read(ours)
        except (HTTPException, ValueError, OSError) as error:
            return type(error)


def by_http_client(sock: socket.socket) -> Any:
    response = HTTPResponse(sock, method="POST")
    with response:
        response.begin()
        content = response.read()
        headers = {name.lower(): value.rstrip() for name, value in response.headers.items()}
        return response.status, headers, content, response.will_close


def by_us(sock: socket.socket) -> Any:
    found = read_answer(sock)
    return found.status, found.headers, found.content, found.will_close


def lengths_of(data: bytes) -> set[str]:
    """Give the lengths that an answer says it has."""
    with suppress(HTTPException, ValueError, OSError):
        headers = http.client.parse_headers(BytesIO(data.partition(b"\n")[2]))
        return set(headers.get_all("Content-Length", ()))
    return set()


TWO_LENGTHS = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello"
LENGTH_AND_CHUNKS = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
FOLDED = b"HTTP/1.1 200 OK\r\nServer: a\r\n Content-Length: 2\r\nContent-Length: 5\r\n\r\nhello"


@settings(max_examples=1_500, deadline=None)
@given(sent())
@example(TWO_LENGTHS)
@example(LENGTH_AND_CHUNKS)
@example(FOLDED)
def test_answers_are_those_of_http_client(data: bytes) -> None:
    ours, theirs = answered(data, by_us), answered(data, by_http_client)

    if isinstance(theirs, type) and not isinstance(ours, type):
        # Half an answer: its checksum will tell.
        assert theirs.__name__ == "IncompleteRead"
        assert ours[3] is True
    elif ours != theirs and ours is HTTPException:
        assert len(lengths_of(data)) > 1
    elif isinstance(ours, type):
        assert ours is theirs
    else:
        assert ours[:3] == theirs[:3]
        # A connection is closed for other reasons too: see below.
        assert ours[3] or not theirs[3]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"


@pytest.mark.parametrize(
    ("data", "is_closed"),
    [
        (HEAD + b"\r\n{}", False),
        (HEAD + b"\r\n{}{", True),
        (HEAD + b"\r\n{", True),
        (HEAD + b"x-amz-crc32: 1\r\n\r\n{}", True),
        (HEAD + b"\r\n[]", True),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", False),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nHTTP/1.1", True),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", True),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", False),
    ],
    ids=[
        *["whole", "more", "less", "checksum", "no-object", "chunks", "more-chunks"],
        *["103", "204", "304", "refusal"],
    ],
)
def test_a_connection_is_used_again_after_a_whole_answer_only(
    data: bytes, *, is_closed: bool
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.sendall(data)
        if data.endswith(b"{"):
            theirs.shutdown(socket.SHUT_WR)

        assert read_answer(ours).will_close is is_closed


def test_an_answer_of_two_lengths_is_none() -> None:
    assert answered(TWO_LENGTHS, by_us) is HTTPException
    assert answered(TWO_LENGTHS.replace(b": 5", b": 2"), by_us)[2] == b"he"


def test_what_comes_after_a_large_body_is_left_where_urllib3_sees_it() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(head + b" " * 19_998 + b"{}" + b"stale")
        ours.settimeout(5)
        read_answer(ours)

        assert ours.recv(10) == b"stale"


ORDINARY = (
    b"HTTP/1.1 200 OK\r\nServer: Server\r\nContent-Length: 2\r\nx-amz-crc32: 2745614147\r\n\r\n{}"
)


def test_an_ordinary_answer_is_read_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(answers, "_read_any")

    assert answered(ORDINARY, by_us) == (
        200,
        {"server": "Server", "content-length": "2", "x-amz-crc32": "2745614147"},
        b"{}",
        False,
    )


def from_a_thread(*parts: bytes) -> Any:
    """Read what a server sends in parts, with a pause between them."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as threads:
        ours.settimeout(5)
        sending = threads.submit(send_parts, theirs, parts)
        found = by_us(ours)
        sending.result()
        return found


def send_parts(sock: socket.socket, parts: Sequence[bytes]) -> None:
    for part in parts:
        sock.sendall(part)
        time.sleep(0.02)


@pytest.mark.parametrize("at", [3, 30, len(ORDINARY) - 4, len(ORDINARY) - 1])
def test_an_answer_may_come_in_two_parts(at: int) -> None:
    assert from_a_thread(ORDINARY[:at], ORDINARY[at:]) == answered(ORDINARY, by_us)


def test_a_large_body_is_read_whole() -> None:
    body = b"x" * 3_000_000

    found = from_a_thread(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    assert found[2] == body
