"""The reference engine, with its one known lie about keys put right."""

from __future__ import annotations

import re
from typing import Any

from mizzle.request import Answer, Request

__all__ = ["ExactPrefixes"]

_PREFIX = re.compile(r"begins_with\((#\w+), (:\w+)\)")
_LAST = "\U0010ffff"


class ExactPrefixes:
    """A transport that asks for the keys between two bounds where it is asked for a beginning.

    Dynoxide 1.2.1 takes a beginning of a text key without regard to the case of ASCII letters, and
    only up to its first U+0000; DynamoDB compares bytes.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def send(self, request: Request) -> Answer:
        found = _PREFIX.search(request.body.get("KeyConditionExpression", ""))
        if found is not None:
            request = _between(request, *found.groups())
        answer: Answer = self._transport.send(request)
        return answer

    def close(self) -> None:
        self._transport.close()


def _between(request: Request, name: str, mark: str) -> Request:
    values = request.body["ExpressionAttributeValues"]
    if "S" not in values[mark]:
        return request
    condition = _PREFIX.sub(
        rf"{name} BETWEEN {mark} AND :last", request.body["KeyConditionExpression"]
    )
    # No key of the oracle has so many of the last code point.
    last = {"S": values[mark]["S"] + _LAST * 9}
    changes = {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values | {":last": last},
    }
    return Request(request.operation, request.body | changes)
