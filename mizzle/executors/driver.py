"""The loop that drives a flow over a transport, and the threads for several requests at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from mizzle.errors import DeadlineExceededError, ServiceError
from mizzle.events import AnswerEvent, RequestEvent, is_watched
from mizzle.executors.collecting import is_page, without_collections
from mizzle.flows.steps import Call, Calls
from mizzle.request import Answer, Request

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow, Outcome, Reply
    from mizzle.transports import Transport

__all__ = ["Driver"]

R = TypeVar("R")


class Driver:
    """Drives one flow.

    Args:
        transport: Sends the requests.
        config: Says who is told of them.
        sleep: Waits for so many seconds.
        clock: Gives seconds that never go back.
    """

    def __init__(
        self,
        transport: Transport,
        config: MizzleConfig,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._config = config
        self._sleep = sleep
        self._clock = clock
        self._started = clock()

    def run(self, flow: Flow[R]) -> R:
        """Do what the flow asks for until it ends, and give its value."""
        reply: Reply = None
        failure: Exception | None = None
        pages = 0
        while True:
            pages += is_page(reply)
            try:
                if failure is not None:
                    step = flow.throw(failure)
                elif pages > 1:
                    # A single page is read faster with them.
                    step = without_collections(flow.send, reply)
                else:
                    step = flow.send(reply)
            except StopIteration as finished:
                result: R = finished.value
                return result
            reply, failure = None, None
            try:
                if isinstance(step, Call):
                    reply = self._send(step.request)
                elif isinstance(step, Calls):
                    reply = self._send_all(step.requests)
                else:
                    self._sleep(step.seconds)
            except Exception as error:  # noqa: BLE001  # the flow raises what it does not understand
                failure = error

    def _send_all(self, requests: Sequence[Request]) -> list[Outcome]:
        if len(requests) == 1:
            return [self._outcome(requests[0])]
        sendings = [_Sending(self._outcome, request) for request in requests]
        for sending in sendings:
            sending.begin()
        return [sending.end() for sending in sendings]

    def _outcome(self, request: Request) -> Outcome:
        try:
            return self._send(request)
        except Exception as error:  # noqa: BLE001  # the flow puts it down for the items it concerns
            return error

    def _send(self, request: Request) -> Answer:
        config = self._config
        if config.retry.deadline is not None:
            self._check_deadline(request, config.retry.deadline)
        if is_watched(config.on_event):
            return self._send_watched(request)
        return self._send_timed(request)

    def _check_deadline(self, request: Request, deadline: float) -> None:
        elapsed_seconds = self._elapsed()
        if elapsed_seconds >= deadline:
            message = (
                f"{request.subject}: the deadline of {deadline:g} s passed before it was sent."
            )
            late = DeadlineExceededError(message, code="DeadlineExceeded")
            late.elapsed_seconds = elapsed_seconds
            raise late

    def _send_timed(self, request: Request) -> Answer:
        try:
            answer = self._transport.send(request)
        except ServiceError as error:
            error.elapsed_seconds = self._elapsed()
            raise
        answer.elapsed_seconds = self._clock() - self._started
        return answer

    def _send_watched(self, request: Request) -> Answer:
        operation, tables = request.operation, request.tables
        self._config.tell(RequestEvent(operation=operation, tables=tables))
        began = self._clock()
        try:
            answer = self._send_timed(request)
        except Exception as error:
            seconds = self._clock() - began
            self._config.tell(
                AnswerEvent(operation=operation, tables=tables, seconds=seconds, error=error)
            )
            raise
        seconds = self._clock() - began
        consumed = answer.consumed_capacity if self._config.capacity else ()
        self._config.tell(
            AnswerEvent(
                operation=operation, tables=tables, seconds=seconds, consumed_capacity=consumed
            )
        )
        return answer

    def _elapsed(self) -> float:
        return self._clock() - self._started


class _Sending:
    """A request that is sent in a thread of its own, at the same time as others."""

    def __init__(self, send: Callable[[Request], Outcome], request: Request) -> None:
        self._send = send
        self._request = request
        self._outcome: Outcome = RuntimeError("the request was interrupted")
        # The thread sees the caller's context variables: tracing hangs on them. It is a daemon: after
        # an interrupt nobody waits for it, not even the interpreter at its end.
        target = copy_context().run
        self._thread = Thread(target=target, args=(self._run,), daemon=True, name="mizzle")
        self._has_begun = False

    def begin(self) -> None:
        # Where there are no more threads to be had, the request is sent in this one, in the end.
        with suppress(RuntimeError):
            self._thread.start()
            self._has_begun = True

    def end(self) -> Outcome:
        if self._has_begun:
            self._thread.join()
        else:
            self._run()
        return self._outcome

    def _run(self) -> None:
        self._outcome = self._send(self._request)
