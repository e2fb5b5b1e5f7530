"""The loop that drives a flow over a transport, and the threads for several requests at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from mizzle.errors import DeadlineExceededError, ServiceError
from mizzle.events import AnswerEvent, RequestEvent, is_watched
from mizzle.flows.steps import MAX_CONCURRENCY, Calls, Sleep
from mizzle.request import Answer, Request

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow, Outcome, Reply, Step
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
        self._pool: ThreadPoolExecutor | None = None

    def run(self, flow: Flow[R]) -> R:
        """Do what the flow asks for until it ends, and give its value."""
        try:
            return self._run(flow)
        finally:
            if self._pool is not None:
                # After an interrupt, what is under way ends by itself; nothing new begins.
                self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, flow: Flow[R]) -> R:
        reply: Reply = None
        failure: Exception | None = None
        while True:
            try:
                step = flow.send(reply) if failure is None else flow.throw(failure)
            except StopIteration as finished:
                result: R = finished.value
                return result
            reply, failure = None, None
            try:
                reply = self._do(step)
            except Exception as error:  # noqa: BLE001  # the flow raises what it does not understand
                failure = error

    def _do(self, step: Step) -> Reply:
        if isinstance(step, Sleep):
            self._sleep(step.seconds)
            return None
        if isinstance(step, Calls):
            return self._send_all(step.requests)
        return self._send(step.request)

    def _send_all(self, requests: Sequence[Request]) -> list[Outcome]:
        if len(requests) == 1:
            return [self._outcome(requests[0])]
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # few need threads

            # It starts a thread only when all others are at work.
            self._pool = ThreadPoolExecutor(MAX_CONCURRENCY, thread_name_prefix="mizzle")
        futures = [self._submit(self._pool, request) for request in requests]
        return [each if isinstance(each, Exception) else each.result() for each in futures]

    def _submit(self, pool: ThreadPoolExecutor, request: Request) -> Future[Outcome] | Exception:
        try:
            # Each thread sees the caller's context variables: tracing hangs on them.
            return pool.submit(copy_context().run, self._outcome, request)
        except RuntimeError as error:
            # No thread can be started. The request may be sent all the same, by one of the others.
            return error

    def _outcome(self, request: Request) -> Outcome:
        try:
            return self._send(request)
        except Exception as error:  # noqa: BLE001  # the flow puts it down for the items it concerns
            return error

    def _send(self, request: Request) -> Answer:
        self._check_deadline(request)
        if is_watched(self._config.on_event):
            return self._send_watched(request)
        return self._send_timed(request)

    def _check_deadline(self, request: Request) -> None:
        deadline = self._config.retry.deadline
        if deadline is not None and self._elapsed() >= deadline:
            message = (
                f"{request.operation}: the deadline of {deadline:g} s passed before it was sent."
            )
            raise DeadlineExceededError(message)

    def _send_timed(self, request: Request) -> Answer:
        try:
            answer = self._transport.send(request)
        except ServiceError as error:
            error.elapsed_seconds = self._elapsed()
            raise
        answer.elapsed_seconds = self._elapsed()
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
