"""What the benchmarks share: answers given in process, clients that get them, and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle
from typing import Any
from zlib import crc32

# Neither ships types.
import boto3  # type: ignore[import-untyped]

from tests.support.answers import http_answer

__all__ = ["SETTINGS", "Canned", "canned_client", "microseconds"]

SETTINGS = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "x",
    "aws_secret_access_key": "x",
}


class Canned:
    """Answers to the requests of one operation, given in process.

    Args:
        action: DynamoDB's name for the operation.
        contents: The bodies of its answers, one after another, and then from the first again.

    Attributes:
        url: Nowhere: clients keep their own endpoint, which is never reached.
    """

    url: str | None = None

    def __init__(self, action: str, *contents: bytes) -> None:
        self._action = action
        self._answers = cycle([(content, _headers(content)) for content in contents])
        self._last = b""

    def attach(self, client: Any) -> None:
        """Let a botocore client get the answers, and no others."""
        client.meta.events.register("before-send.dynamodb", self._before_send)

    def answer(self, action: str, body: bytes) -> bytes:
        """Answer a request."""
        return self._next(action, body)[0]

    def last_request(self) -> bytes:
        """Give the body of the last request."""
        return self._last

    def _next(self, action: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        assert action == self._action, action
        self._last = body
        return next(self._answers)

    def _before_send(self, request: Any, event_name: str, **_: Any) -> Any:
        content, headers = self._next(event_name.rpartition(".")[2], request.body)
        return http_answer(content, headers)


def canned_client(action: str, *contents: bytes) -> Any:
    """Make a DynamoDB client that gets these answers to this operation."""
    client = boto3.client("dynamodb", **SETTINGS)
    Canned(action, *contents).attach(client)
    return client


def _headers(content: bytes) -> dict[str, str]:
    return {"content-type": "application/x-amz-json-1.0", "x-amz-crc32": str(crc32(content))}


def microseconds(run: Callable[[], object], repeats: int) -> float:
    """Measure the CPU of one run."""
    began = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - began) / repeats * 1e6
