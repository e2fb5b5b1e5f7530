"""`RetryHandler`: any callable under the retry rules of the library's own requests."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from mizzle.classification import failure_of
from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import ConfigurationError, ServiceError
from mizzle.events import EventHook, ExhaustedEvent, RetryEvent, tell
from mizzle.flows.retry import Backoff, delays

__all__ = ["RetryHandler"]

R = TypeVar("R")


class RetryHandler:
    """Calls what fails now and then until it succeeds, as Mizzle does with its own requests.

    What is called again, and after which delay, is decided as for a request: after throttling,
    conflicts, failures inside DynamoDB, broken connections and damaged answers. It understands
    Mizzle's errors, botocore's and Python's own for connections. Anything else is raised as it is, and
    so is the last failure, with a note that says how many attempts there were.

    Args:
        retry: How often and how patiently.
        on_event: Called with a `RetryEvent` before each further attempt and an `ExhaustedEvent` after
            the last; the function's name stands for the operation.
        sleep: Waits for so many seconds, in `call`.
        clock: Gives seconds that never go back.

    Example:
        ```python
        from mizzle import RetryConfig, RetryHandler

        handler = RetryHandler(RetryConfig(max_attempts=3, base_delay=0.01))
        print(handler.call(lambda: "answered"), list(handler.delays()))
        ```
    """

    def __init__(
        self,
        retry: RetryConfig | None = None,
        *,
        on_event: EventHook | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # MizzleConfig knows what its parts have to be.
        self.config = MizzleConfig(retry=RetryConfig() if retry is None else retry).retry
        self._on_event = on_event
        self._sleep = sleep
        self._clock = clock

    def delays(self) -> Iterator[float]:
        """Give the seconds that it would wait before the second attempt, the third, ... the last."""
        return delays(self.config)

    def call(self, function: Callable[[], R], *, repeatable: bool = True) -> R:
        """Call a function until it succeeds or fails for good, and give its value.

        Args:
            function: Takes no arguments.
            repeatable: Whether it may be called again if a write in it may have been applied.

        Raises:
            ConfigurationError: If the function has to be awaited: that is for `call_async`.
        """
        attempts = self._attempts(function, repeatable=repeatable)
        while True:
            try:
                return _not_awaitable(function())
            except Exception as error:
                wait = attempts.next_wait(error)
                if wait is None:
                    raise
            self._sleep(wait)

    async def call_async(
        self, function: Callable[[], Awaitable[R]], *, repeatable: bool = True
    ) -> R:
        """Call and await a function until it succeeds or fails for good, and give its value.

        Args:
            function: Takes no arguments; each attempt awaits a new result of it.
            repeatable: Whether it may be called again if a write in it may have been applied.

        Example:
            ```python
            import asyncio

            from mizzle import RetryHandler


            async def fetch():
                return "answered"


            assert asyncio.run(RetryHandler().call_async(fetch)) == "answered"
            ```
        """
        import asyncio  # noqa: PLC0415  # who awaits has it loaded; who does not need not pay for it

        attempts = self._attempts(function, repeatable=repeatable)
        while True:
            try:
                return await function()
            except Exception as error:
                wait = attempts.next_wait(error)
                if wait is None:
                    raise
            await asyncio.sleep(wait)

    def _attempts(self, function: Callable[[], object], *, repeatable: bool) -> _Attempts:
        name = getattr(function, "__qualname__", type(function).__name__)
        return _Attempts(name, self.config, self._on_event, self._clock, repeatable=repeatable)


class _Attempts:
    """The attempts of one call."""

    def __init__(
        self,
        name: str,
        retry: RetryConfig,
        on_event: EventHook | None,
        clock: Callable[[], float],
        *,
        repeatable: bool,
    ) -> None:
        self._name = name
        self._on_event = on_event
        self._backoff = Backoff(retry)
        self._clock = clock
        self._started = clock()
        self._repeatable = repeatable

    def next_wait(self, error: Exception) -> float | None:
        """Give the seconds to wait before the next attempt, or None if this was the last."""
        is_retried, is_open = _judge(error)
        if not is_retried or (is_open and not self._repeatable):
            return None
        elapsed = self._clock() - self._started
        wait = self._backoff.next_wait(elapsed)
        self._tell(error, wait, elapsed)
        if wait is None:
            error.add_note(f"Gave up after {self._backoff.failures} attempts in {elapsed:.2f} s.")
        return wait

    def _tell(self, error: Exception, wait: float | None, elapsed: float) -> None:
        attempt = self._backoff.failures
        event = (
            ExhaustedEvent(
                operation=self._name, tables=(), attempts=attempt, seconds=elapsed, error=error
            )
            if wait is None
            else RetryEvent(
                operation=self._name, tables=(), attempt=attempt, error=error, delay_seconds=wait
            )
        )
        tell(self._on_event, event)


def _not_awaitable(value: R) -> R:
    if not hasattr(value, "__await__"):
        return value
    close = getattr(value, "close", None)
    if close is not None:
        # A coroutine that is dropped unawaited would warn.
        close()
    message = "RetryHandler.call cannot await what the function gives; use call_async"
    raise ConfigurationError(message)


def _judge(error: Exception) -> tuple[bool, bool]:
    """Tell whether a later attempt may succeed, and whether this one may have been applied."""
    if isinstance(error, ServiceError):
        return error.retryable, error.outcome_open
    failure = failure_of(error)
    return (False, False) if failure is None else (failure.is_retried, failure.is_open)
