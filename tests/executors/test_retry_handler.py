"""`RetryHandler`: any callable under the retry rules, sync and async alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from selectors import SelectSelector
from typing import Any, NamedTuple

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError

from mizzle import RetryConfig, RetryHandler
from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    ThrottledError,
    TransactionConflictError,
    WriteOutcomeUnknownError,
)

RETRY = RetryConfig(max_attempts=4, base_delay=0.1, max_delay=10, random=lambda: 1.0)


class Clock:
    """Seconds that pass only in sleeps, and by as much as a call takes."""

    def __init__(self, call_seconds: float = 0.0) -> None:
        self.now = 50.0
        self.call_seconds = call_seconds
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class _Selector(SelectSelector):
    """Waits for nothing: the time in which an event loop would wait just passes."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self._clock.now += timeout
        return super().select(0)


class Outcome(NamedTuple):
    """What became of a call.

    Attributes:
        value: What it gave, or the exception that it raised.
        calls: How often the function was called.
        sleeps: How long it waited in between, in seconds.
    """

    value: Any
    calls: int
    sleeps: list[float]


Caller = Callable[..., Outcome]


def call_sync(retry: RetryConfig, results: list[Any], clock: Clock, **options: Any) -> Outcome:
    calls = 0

    def function() -> Any:
        nonlocal calls
        calls += 1
        clock.now += clock.call_seconds
        return _next(results, calls)

    handler = RetryHandler(retry, sleep=clock.sleep, clock=clock)
    try:
        value = handler.call(function, **options)
    except Exception as error:  # noqa: BLE001  # it is what the test compares
        value = error
    return Outcome(value, calls, clock.sleeps)


def call_async(retry: RetryConfig, results: list[Any], clock: Clock, **options: Any) -> Outcome:
    moments: list[tuple[float, float]] = []

    async def function() -> Any:
        began = clock.now
        clock.now += clock.call_seconds
        moments.append((began, clock.now))
        return _next(results, len(moments))

    def make_loop() -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop(_Selector(clock))
        loop.time = clock
        return loop

    handler = RetryHandler(retry, clock=clock)
    with asyncio.Runner(loop_factory=make_loop) as runner:
        try:
            value = runner.run(handler.call_async(function, **options))
        except Exception as error:  # noqa: BLE001  # it is what the test compares
            value = error
    ends, begins = [end for _, end in moments], [begin for begin, _ in moments]
    sleeps = [round(b - e, 9) for e, b in zip(ends, begins[1:], strict=False)]
    return Outcome(value, len(moments), sleeps)


def _next(results: list[Any], calls: int) -> Any:
    result = results[min(calls, len(results)) - 1]
    if isinstance(result, Exception):
        raise result
    return result


@pytest.fixture(params=[call_sync, call_async], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Caller:
    """Call something that gives, or raises, the results in turn, and the last for ever."""

    def caller(
        *results: Any, retry: RetryConfig = RETRY, call_seconds: float = 0.0, **options: Any
    ) -> Outcome:
        return request.param(retry, list(results), Clock(call_seconds), **options)

    return caller


def refused(code: str, status: int = 400, **more: Any) -> ClientError:
    metadata = {"HTTPStatusCode": status}
    response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata, **more}
    return ClientError(response, "PutItem")


def test_a_value_is_given_at_once(run: Caller) -> None:
    assert run("value") == Outcome("value", 1, [])


def test_it_is_called_until_it_succeeds(run: Caller) -> None:
    assert run(ThrottledError("a."), ThrottledError("b."), "value") == Outcome(
        "value", 3, [0.1, 0.2]
    )


def test_the_last_failure_is_raised_with_a_note_of_attempts_and_seconds(run: Caller) -> None:
    errors = [ThrottledError(str(n)) for n in range(4)]

    found = run(*errors, call_seconds=0.5)

    assert found == Outcome(errors[3], 4, [0.1, 0.2, 0.4])
    assert errors[3].__notes__ == ["Gave up after 4 attempts in 2.70 s."]
    assert not any(hasattr(error, "__notes__") for error in errors[:3])


@pytest.mark.parametrize("attempts", [1, 2, 6])
def test_max_attempts_is_the_number_of_calls(run: Caller, attempts: int) -> None:
    retry = RetryConfig(max_attempts=attempts, base_delay=0.1, random=lambda: 1.0)
    found = run(ThrottledError("later."), retry=retry)

    assert found.calls == attempts
    assert found.sleeps == list(RetryHandler(retry).delays())


def test_its_delays_are_drawn_in_full_jitter() -> None:
    numbers: Iterator[float] = iter([0.5, 0.25, 0.0])
    retry = RetryConfig(max_attempts=4, base_delay=0.2, random=lambda: next(numbers))

    assert list(RetryHandler(retry).delays()) == [0.1, 0.1, 0.0]


def test_delays_can_be_read_more_than_once_and_without_sleeping() -> None:
    handler = RetryHandler(RetryConfig(max_attempts=5, random=lambda: 1.0, max_delay=0.15))

    assert list(handler.delays()) == [0.05, 0.1, 0.15, 0.15]
    assert list(handler.delays()) == [0.05, 0.1, 0.15, 0.15]
    assert list(RetryHandler(RetryConfig(max_attempts=1)).delays()) == []


def test_its_settings_are_the_defaults_unless_given() -> None:
    assert RetryHandler().config == RetryConfig()
    assert RetryHandler(RETRY).config is RETRY


RETRIED = [
    ThrottledError("t."),
    TransactionConflictError("c."),
    InternalServiceError("500."),
    ConnectionFailedError("refused."),
    ConnectionFailedError("reset.", outcome_open=True),
    DamagedAnswerError("crc."),
    refused("ProvisionedThroughputExceededException"),
    refused("ThrottlingException"),
    refused("RequestLimitExceeded"),
    refused("TransactionConflictException"),
    refused("TransactionInProgressException"),
    refused("InternalServerError", 500),
    refused("ServiceUnavailable", 503),
    refused("502", 502),
    refused("", 504),
    botocore_errors.EndpointConnectionError(endpoint_url="http://x"),
    botocore_errors.ConnectTimeoutError(endpoint_url="http://x"),
    botocore_errors.ReadTimeoutError(endpoint_url="http://x"),
    botocore_errors.ConnectionClosedError(endpoint_url="http://x"),
    ConnectionRefusedError(),
    ConnectionResetError(),
    BrokenPipeError(),
    TimeoutError(),
]


@pytest.mark.parametrize("error", RETRIED, ids=lambda e: f"{type(e).__name__}-{e}"[:60])
def test_what_passes_is_called_again(run: Caller, error: Exception) -> None:
    assert run(error, "value") == Outcome("value", 2, [0.1])


FINAL = [
    ConditionFailedError("c."),
    AccessDeniedError("a."),
    WriteOutcomeUnknownError("w."),
    ConfigurationError("no region"),
    refused("ConditionalCheckFailedException"),
    refused("ValidationException"),
    refused("AccessDeniedException"),
    refused("ResourceNotFoundException"),
    refused("ExpiredTokenException"),
    refused("SomethingNew"),
    botocore_errors.NoCredentialsError(),
    botocore_errors.ParamValidationError(report="r"),
    ValueError("v"),
    OSError("disk full"),
]


@pytest.mark.parametrize("error", FINAL, ids=lambda e: f"{type(e).__name__}-{e}"[:60])
def test_anything_else_is_raised_at_once_and_as_it_is(run: Caller, error: Exception) -> None:
    found = run(error, "value")

    assert (found.value is error, found.calls, found.sleeps) == (True, 1, [])
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize(
    ("reasons", "calls"),
    [
        ([{"Code": "TransactionConflict"}, {"Code": "None"}], 2),
        ([{"Code": "ThrottlingError"}, {"Code": "TransactionConflict"}], 2),
        ([{"Code": "ConditionalCheckFailed"}, {"Code": "TransactionConflict"}], 1),
        ([{"Code": "None"}], 1),
    ],
)
def test_a_cancelled_transaction_is_called_again_if_its_reasons_pass(
    run: Caller, reasons: list[Any], calls: int
) -> None:
    """As the library does with its own (`classification.classify`)."""
    error = refused("TransactionCanceledException", CancellationReasons=reasons)

    assert run(error, "value").calls == calls


OPEN = [
    InternalServiceError("500."),
    ConnectionFailedError("reset.", outcome_open=True),
    DamagedAnswerError("crc."),
    refused("InternalServerError", 500),
    refused("", 502),
    botocore_errors.ReadTimeoutError(endpoint_url="http://x"),
    botocore_errors.ConnectionClosedError(endpoint_url="http://x"),
    ConnectionResetError(),
    TimeoutError(),
]
CLOSED = [
    ThrottledError("t."),
    ConnectionFailedError("refused."),
    refused("ThrottlingException"),
    botocore_errors.ConnectTimeoutError(endpoint_url="http://x"),
    ConnectionRefusedError(),
]


@pytest.mark.parametrize("error", OPEN, ids=lambda e: f"{type(e).__name__}-{e}"[:60])
def test_what_must_not_happen_twice_is_not_called_again_after_an_open_outcome(
    run: Caller, error: Exception
) -> None:
    found = run(error, "value", repeatable=False)
    assert (found.value is error, found.calls, found.sleeps) == (True, 1, [])


@pytest.mark.parametrize("error", CLOSED, ids=lambda e: f"{type(e).__name__}-{e}"[:60])
def test_what_must_not_happen_twice_is_called_again_after_a_refusal(
    run: Caller, error: Exception
) -> None:
    assert run(error, "value", repeatable=False) == Outcome("value", 2, [0.1])


def test_no_attempt_begins_after_the_deadline(run: Caller) -> None:
    retry = RetryConfig(max_attempts=9, base_delay=1, deadline=6, random=lambda: 1.0)
    error = ThrottledError("later.")

    found = run(error, retry=retry, call_seconds=0.9)

    # 0.9 + 1 + 0.9 + 2 + 0.9 = 5.7, and the next delay would end at 9.7.
    assert found == Outcome(error, 3, [1, 2])
    assert error.__notes__ == ["Gave up after 3 attempts in 5.70 s."]


def test_a_handler_can_be_used_again() -> None:
    clock = Clock()
    handler = RetryHandler(RETRY, sleep=clock.sleep, clock=clock)
    for _ in range(2):
        results = [ThrottledError("t."), "value"]
        assert handler.call(lambda left=results: _pop(left)) == "value"
    assert clock.sleeps == [0.1, 0.1]


def _pop(results: list[Any]) -> Any:
    result = results.pop(0)
    if isinstance(result, Exception):
        raise result
    return result


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_leaves_at_once(signal: type[BaseException]) -> None:
    clock = Clock()

    def interrupted() -> None:
        raise signal

    with pytest.raises(signal):
        RetryHandler(RETRY, sleep=clock.sleep, clock=clock).call(interrupted)
    assert clock.sleeps == []


def test_cancellation_leaves_at_once() -> None:
    calls = 0

    async def function() -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(30)

    async def main() -> None:
        task = asyncio.create_task(RetryHandler(RETRY).call_async(function))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert calls == 1


def test_cancellation_ends_a_pause() -> None:
    calls = 0

    async def function() -> None:
        nonlocal calls
        calls += 1
        raise ThrottledError("later.")

    async def main() -> None:
        patient = RetryConfig(base_delay=30, max_delay=30, random=lambda: 1.0)
        task = asyncio.create_task(RetryHandler(patient).call_async(function))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert calls == 1
