"""The two things that a flow can ask of whoever drives it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

from mizzle.request import Answer, Request

__all__ = ["Call", "Flow", "Sleep", "call"]

R = TypeVar("R")


class Call:
    """Send this request; come back with its answer, or throw the service error.

    Attributes:
        request: What to send.
    """

    __slots__ = ("request",)

    def __init__(self, request: Request) -> None:
        self.request = request

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Call):
            return NotImplemented
        return self.request == other.request

    __hash__ = None  # type: ignore[assignment]  # a request is not hashable

    def __repr__(self) -> str:
        return f"Call({self.request!r})"


class Sleep:
    """Come back, with nothing, after this time.

    Attributes:
        seconds: How long.
    """

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sleep):
            return NotImplemented
        return self.seconds == other.seconds

    def __hash__(self) -> int:
        return hash((Sleep, self.seconds))

    def __repr__(self) -> str:
        return f"Sleep({self.seconds!r})"


Flow: TypeAlias = Generator[Call | Sleep, Answer | None, R]
"""A generator that yields steps, is sent the answers of its calls, and returns an `R`."""


def call(request: Request) -> Flow[Answer]:
    """Send one request, once.

    Raises:
        ServiceError: As the driver throws it.
    """
    answer = yield Call(request)
    if answer is None:
        message = "a flow that yielded a Call was resumed without an Answer"
        raise TypeError(message)
    return answer
