"""The things that a flow can ask of whoever drives it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeAlias, TypeVar

from mizzle.request import Answer, Request

__all__ = [
    "MAX_CONCURRENCY",
    "Call",
    "Calls",
    "Flow",
    "Outcome",
    "Reply",
    "Sleep",
    "Step",
    "call",
    "call_all",
]

R = TypeVar("R")


MAX_CONCURRENCY = 100
"""How many requests a flow may ask for at once."""


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


class Calls:
    """Send these requests, at the same time if there are several; come back with all outcomes.

    An outcome is an `Answer`, or the exception that the request ended with; none is thrown.

    Attributes:
        requests: What to send; the outcomes come in the same order.
    """

    __slots__ = ("requests",)

    def __init__(self, *requests: Request) -> None:
        self.requests = requests

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Calls):
            return NotImplemented
        return self.requests == other.requests

    __hash__ = None  # type: ignore[assignment]  # a request is not hashable

    def __repr__(self) -> str:
        return f"Calls({', '.join(map(repr, self.requests))})"


Step: TypeAlias = Call | Calls | Sleep
"""What a flow yields."""

Outcome: TypeAlias = Answer | Exception
"""What became of one of several requests."""

Reply: TypeAlias = Answer | Sequence[Outcome] | None
"""What a flow is sent: a call's answer, the outcomes of several, nothing after a sleep."""

Flow: TypeAlias = Generator[Step, Reply, R]
"""A generator that yields steps, is sent what they brought, and returns an `R`."""


def call(request: Request) -> Flow[Answer]:
    """Send one request, once.

    Raises:
        ServiceError: As the driver throws it.
    """
    answer = yield Call(request)
    if not isinstance(answer, Answer):
        message = "a flow that yielded a Call was resumed without an Answer"
        raise TypeError(message)
    return answer


def call_all(requests: Sequence[Request]) -> Flow[Sequence[Outcome]]:
    """Send several requests, each once, and give their outcomes."""
    outcomes = yield Calls(*requests)
    if outcomes is None or isinstance(outcomes, Answer) or len(outcomes) != len(requests):
        message = "a flow that yielded Calls was resumed without an outcome for each"
        raise TypeError(message)
    return outcomes
