"""What the benchmarks share: clients that get the same answer to every request in process, and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zlib import crc32

# Neither ships types.
import boto3  # type: ignore[import-untyped]
from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]

__all__ = ["canned_client", "canned_resource", "microseconds"]

_SETTINGS = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "x",
    "aws_secret_access_key": "x",
}


class _Body(BytesIO):
    """The answer as botocore reads it from a socket."""

    def stream(self, **_: Any) -> list[bytes]:
        """Give all of it at once."""
        return [self.read()]


def canned_client(content: bytes) -> Any:
    """Make a DynamoDB client that gets this answer to everything."""
    client = boto3.client("dynamodb", **_SETTINGS)
    _answer_with(content, client)
    return client


def canned_resource(content: bytes) -> Any:
    """Make a DynamoDB resource that gets this answer to everything."""
    resource = boto3.resource("dynamodb", **_SETTINGS)
    _answer_with(content, resource.meta.client)
    return resource


def microseconds(run: Callable[[], object], repeats: int) -> float:
    """Measure the CPU of one run."""
    began = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - began) / repeats * 1e6


def _answer_with(content: bytes, client: Any) -> None:
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-crc32": str(crc32(content)),
    }

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, headers, _Body(content))

    client.meta.events.register("before-send.dynamodb", answer)
