"""Several flows at once, as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mizzle.flows.steps import Calls, Flow, Outcome, Sleep, Step, call_all
from mizzle.request import Request

__all__ = ["together"]

R = TypeVar("R")


def together(flows: Sequence[Flow[R]]) -> Flow[list[R]]:
    """Run several flows, their requests at the same time, and give their values in order.

    In each round all requests that are asked for are sent at once; then all pauses are made as one, as
    long as the longest. If flows fail, the first failure is raised once the round has ended, and the
    other flows are closed.
    """
    if len(flows) == 1:
        return [(yield from flows[0])]
    runs = [_Run(flow) for flow in flows]
    try:
        while not all(run.values for run in runs):
            for run in runs:
                if run.error is not None:
                    raise run.error
            yield from _round(runs)
    finally:
        for run in runs:
            run.flow.close()
    return [value for run in runs for value in run.values]


def _round(runs: Sequence[_Run[R]]) -> Flow[None]:
    asking = [run for run in runs if run.requests]
    resting = [run for run in runs if run.pause is not None]
    if asking:
        requests = [request for run in asking for request in run.requests]
        outcomes = list((yield from call_all(requests)))
        for run in asking:
            own, outcomes = outcomes[: len(run.requests)], outcomes[len(run.requests) :]
            run.take(own)
    if resting:
        yield Sleep(max(run.pause.seconds for run in resting if run.pause is not None))
        for run in resting:
            run.go_on()


class _Run(Generic[R]):
    """One of the flows.

    Attributes:
        flow: The flow itself.
        requests: What it asks to be sent now.
        pause: Its pause, if it makes one now.
        error: What it failed with.
        values: What it returned, once it has ended.
    """

    def __init__(self, flow: Flow[R]) -> None:
        self.flow = flow
        self.requests: Sequence[Request] = ()
        self.pause: Sleep | None = None
        self.error: Exception | None = None
        self.values: list[R] = []
        self._single = False
        self.go_on()

    def go_on(self) -> None:
        """Start the flow, or end its pause."""
        self._advance(lambda: self.flow.send(None))

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Hand over what became of the requests."""
        if not self._single:
            self._advance(lambda: self.flow.send(outcomes))
            return
        (outcome,) = outcomes
        if isinstance(outcome, Exception):
            self._advance(lambda: self.flow.throw(outcome))
        else:
            self._advance(lambda: self.flow.send(outcome))

    def _advance(self, resume: Callable[[], Step]) -> None:
        self.requests, self.pause, self._single = (), None, False
        try:
            step = resume()
        except StopIteration as finished:
            self.values.append(finished.value)
        except Exception as error:  # noqa: BLE001  # raised when the round has ended
            self.error = error
        else:
            self._note(step)

    def _note(self, step: Step) -> None:
        if isinstance(step, Sleep):
            self.pause = step
        elif isinstance(step, Calls):
            self.requests = step.requests
        else:
            self.requests, self._single = (step.request,), True
