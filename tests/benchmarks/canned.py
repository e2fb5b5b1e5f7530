"""What the benchmarks share: answers given in process, clients that get them, and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zlib import crc32

# Neither ships types.
import boto3  # type: ignore[import-untyped]
from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]

__all__ = ["SETTINGS", "Canned", "canned_client", "microseconds"]

SETTINGS = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "x",
    "aws_secret_access_key": "x",
}


class _Body(BytesIO):
    """The answer as botocore reads it from a socket."""

    def stream(self, **_: Any) -> list[bytes]:
        """Give all of it at once."""
        return [self.read()]


class Canned:
    """One answer to every request of one operation, given in process.

    Attributes:
        url: Nowhere: clients keep their own endpoint, which is never reached.
    """

    url: str | None = None

    def __init__(self, action: str, content: bytes) -> None:
        self.content = content
        self._action = action
        self._headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-crc32": str(crc32(content)),
        }
        self._last = b""

    def attach(self, client: Any) -> None:
        """Let a botocore client get the answer, and no other."""
        client.meta.events.register("before-send.dynamodb", self._before_send)

    def answer(self, action: str, body: bytes) -> bytes:
        """Answer a request."""
        assert action == self._action, action
        self._last = body
        return self.content

    def last_request(self) -> bytes:
        """Give the body of the last request."""
        return self._last

    def _before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        content = self.answer(event_name.rpartition(".")[2], request.body)
        return AWSResponse(request.url, 200, self._headers, _Body(content))


def canned_client(action: str, content: bytes) -> Any:
    """Make a DynamoDB client that gets this answer to this operation."""
    client = boto3.client("dynamodb", **SETTINGS)
    Canned(action, content).attach(client)
    return client


def microseconds(run: Callable[[], object], repeats: int) -> float:
    """Measure the CPU of one run."""
    began = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - began) / repeats * 1e6
