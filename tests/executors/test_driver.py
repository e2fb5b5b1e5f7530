"""The loop that drives a flow, over a transport, a clock and a sleep of the test's own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from mizzle import MizzleConfig, RetryConfig, batch_write, put
from mizzle.errors import (
    ConfigurationError,
    DeadlineExceededError,
    InternalServiceError,
    ServiceError,
    ThrottledError,
    WriteOutcomeUnknownError,
)
from mizzle.events import AnswerEvent, Event, RequestEvent
from mizzle.executors.driver import Driver
from mizzle.flows import Call, Calls, Flow, Sleep
from mizzle.request import Answer, Request
from tests.models import Lead

CONFIG = MizzleConfig()


def request(name: str = "app") -> Request:
    return Request("GetItem", {"TableName": name})


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Memory:
    """A transport without a network: a function from requests to answers."""

    def __init__(self, serve: Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self._serve = serve

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._serve(request)

    def close(self) -> None:
        raise AssertionError


def fine(_: Request) -> Answer:
    return Answer(b"{}")


def raising(error: BaseException) -> Callable[[Request], Answer]:
    def serve(_: Request) -> Answer:
        raise error

    return serve


def drive(flow: Flow[Any], serve: Callable[[Request], Answer], **settings: Any) -> Any:
    return Driver(Memory(serve), MizzleConfig(**settings)).run(flow)


def calling(*requests: Request) -> Flow[Any]:
    """Ask for several requests at once and give their outcomes."""
    return (yield Calls(*requests))


def test_a_flow_gets_answers_and_sleeps_and_its_value_is_given() -> None:
    clock, slept = Clock(), []
    answers = {"a": Answer(b"1"), "b": Answer(b"2")}

    def flow() -> Flow[list[Any]]:
        first = yield Call(request("a"))
        nothing = yield Sleep(0.25)
        second = yield Call(request("b"))
        return [first, nothing, second]

    memory = Memory(lambda sent: answers[sent.body["TableName"]])
    driver = Driver(memory, CONFIG, sleep=slept.append, clock=clock)

    assert driver.run(flow()) == [answers["a"], None, answers["b"]]
    assert (memory.requests, slept) == ([request("a"), request("b")], [0.25])


def test_a_service_error_of_a_call_is_thrown_into_the_flow() -> None:
    error = ThrottledError("later.")

    def flow() -> Flow[Any]:
        try:
            yield Call(request())
        except ThrottledError as caught:
            return caught

    assert drive(flow(), raising(error)) is error


def test_what_a_flow_does_not_catch_is_raised() -> None:
    error = ThrottledError("later.")

    def flow() -> Flow[Any]:
        yield Call(request())

    with pytest.raises(ThrottledError) as raised:
        drive(flow(), raising(error))
    assert raised.value is error


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    "error", [ThrottledError("later."), ConfigurationError("no region"), RuntimeError("what?")]
)
def test_exceptions_of_several_calls_are_outcomes(error: Exception, count: int) -> None:
    assert drive(calling(*[request()] * count), raising(error)) == [error] * count


def test_outcomes_come_in_the_order_of_the_requests() -> None:
    """The first answers last."""
    names = ["a", "b", "c"]
    others = threading.Barrier(2)
    last = threading.Event()

    def serve(sent: Request) -> Answer:
        name = sent.body["TableName"]
        if name == "a":
            assert last.wait(5)
        else:
            others.wait(5)
            last.set()
        if name == "b":
            raise ThrottledError(name)
        return Answer(name.encode())

    first, second, third = drive(calling(*map(request, names)), serve)
    assert (first.content, str(second), third.content) == (b"a", "b", b"c")


def test_several_calls_are_under_way_at_the_same_time() -> None:
    everyone = threading.Barrier(4)

    def serve(_: Request) -> Answer:
        everyone.wait(5)
        return Answer(b"{}")

    outcomes = drive(calling(*[request()] * 4), serve)
    assert [outcome.content for outcome in outcomes] == [b"{}"] * 4


def test_a_batch_has_no_more_requests_under_way_than_it_may() -> None:
    lock = threading.Lock()
    active = most = 0

    def serve(_: Request) -> Answer:
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
        time.sleep(0.005)
        with lock:
            active -= 1
        return Answer(b"{}")

    statements = [put(Lead(id=str(n))) for n in range(400)]
    result = drive(batch_write(statements, concurrency=3).flow(CONFIG), serve)

    assert (result.succeeded, most) == (statements, 3)


def test_one_request_is_sent_in_the_callers_thread() -> None:
    threads = []

    def serve(_: Request) -> Answer:
        threads.append(threading.get_ident())
        return Answer(b"{}")

    statements = [put(Lead(id=str(n))) for n in range(60)]
    drive(batch_write(statements).flow(CONFIG), serve)

    assert threads == [threading.get_ident()] * 3


def test_no_thread_is_left_when_a_flow_has_ended() -> None:
    before = set(threading.enumerate())
    drive(calling(*[request()] * 3), fine)

    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


trace: ContextVar[str] = ContextVar("trace")


def test_context_variables_of_the_caller_are_seen_in_the_threads() -> None:
    seen = []

    def serve(_: Request) -> Answer:
        seen.append((trace.get(), threading.get_ident()))
        trace.set("of a thread")
        return Answer(b"{}")

    token = trace.set("of the caller")
    try:
        drive(calling(*[request()] * 3), serve)
        assert [value for value, _ in seen] == ["of the caller"] * 3
        assert threading.get_ident() not in {thread for _, thread in seen}
        assert trace.get() == "of the caller"
    finally:
        trace.reset(token)


# Time.


@pytest.mark.parametrize("on_event", [None, lambda _: None], ids=["unwatched", "watched"])
def test_answers_and_errors_say_how_long_the_statement_has_been_running(on_event: Any) -> None:
    clock = Clock()

    def serve(sent: Request) -> Answer:
        clock.now += 2
        if sent.body["TableName"] == "fails":
            raise ThrottledError("later.")
        return Answer(b"{}")

    def flow() -> Flow[list[float]]:
        first: Any = yield Call(request())
        yield Sleep(0.5)
        (second,) = yield Calls(request("fails"))
        try:
            yield Call(request("fails"))
        except ServiceError as third:
            return [first.elapsed_seconds, second.elapsed_seconds, third.elapsed_seconds]
        return []

    config = MizzleConfig(on_event=on_event)
    driver = Driver(Memory(serve), config, sleep=clock.sleep, clock=clock)
    assert driver.run(flow()) == [2.0, 4.5, 6.5]


def test_a_deadline_ends_a_statement() -> None:
    """Of a request that takes 0.9 seconds, the delays are 1, 2 and 4: the third would be too late."""
    clock = Clock()

    def serve(_: Request) -> Answer:
        clock.now += 0.9
        raise ThrottledError("later.")

    retry = RetryConfig(max_attempts=9, base_delay=1, deadline=6, random=lambda: 1.0)
    config = MizzleConfig(retry=retry)
    memory = Memory(serve)
    driver = Driver(memory, config, sleep=clock.sleep, clock=clock)

    with pytest.raises(ThrottledError, match=r"Gave up after 3 requests in 5\.70 s"):
        driver.run(put(Lead(id="a")).flow(config))
    assert len(memory.requests) == 3


def test_a_deadline_ends_a_batch_that_goes_well() -> None:
    clock = Clock()

    def serve(_: Request) -> Answer:
        clock.now += 1
        return Answer(b"{}")

    config = MizzleConfig(retry=RetryConfig(deadline=2.5))
    statements = [put(Lead(id=str(n))) for n in range(250)]
    memory = Memory(serve)
    driver = Driver(memory, config, sleep=clock.sleep, clock=clock)
    result = driver.run(batch_write(statements).flow(config))

    assert len(memory.requests) == 3
    assert (result.succeeded, result.failed) == (statements[:75], statements[75:])


# Events.


def test_requests_and_answers_are_told_with_their_seconds() -> None:
    clock, events = Clock(), []
    error = ThrottledError("later.")
    capacity = {"TableName": "app", "CapacityUnits": 0.5}

    def serve(sent: Request) -> Answer:
        clock.now += 0.25
        if sent.body["TableName"] == "fails":
            raise error
        return Answer(b'{"ConsumedCapacity":{"TableName":"app","CapacityUnits":0.5}}')

    def flow() -> Flow[None]:
        yield Call(request())
        yield Sleep(7)
        yield Calls(request("fails"))

    config = MizzleConfig(on_event=events.append, capacity="total")
    Driver(Memory(serve), config, sleep=clock.sleep, clock=clock).run(flow())

    get: dict[str, Any] = {"operation": "GetItem"}
    assert events == [
        RequestEvent(**get, tables=("app",)),
        AnswerEvent(**get, tables=("app",), seconds=0.25, consumed_capacity=[capacity]),
        RequestEvent(**get, tables=("fails",)),
        AnswerEvent(**get, tables=("fails",), seconds=0.25, error=error),
    ]


def test_consumed_capacity_is_not_told_unless_it_was_asked_for() -> None:
    events: list[Event] = []
    consumed = Answer(b'{"ConsumedCapacity":{"TableName":"app","CapacityUnits":0.5}}')
    drive(calling(request()), lambda _: consumed, on_event=events.append)

    assert [e.consumed_capacity for e in events if isinstance(e, AnswerEvent)] == [()]


@pytest.mark.parametrize("error", [ConfigurationError("no region"), RuntimeError("what?")])
def test_an_exception_that_is_no_refusal_is_told_as_well(error: Exception) -> None:
    events: list[Event] = []
    assert drive(calling(request()), raising(error), on_event=events.append) == [error]

    assert [e.error for e in events if isinstance(e, AnswerEvent)] == [error]


def test_events_are_told_in_the_thread_that_sends_the_request() -> None:
    told: list[tuple[type[Event], int]] = []
    threads = []

    def serve(_: Request) -> Answer:
        threads.append(threading.get_ident())
        return Answer(b"{}")

    drive(
        calling(*[request()] * 3),
        serve,
        on_event=lambda event: told.append((type(event), threading.get_ident())),
    )

    expected = [(kind, thread) for thread in threads for kind in (RequestEvent, AnswerEvent)]
    assert sorted(told, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("count", [1, 3])
def test_a_hook_that_raises_disturbs_nothing(count: int, caplog: pytest.LogCaptureFixture) -> None:
    def hook(event: Event) -> None:
        raise RuntimeError("stumbled")

    outcomes = drive(calling(*[request()] * count), fine, on_event=hook)

    assert [outcome.content for outcome in outcomes] == [b"{}"] * count
    messages = [record.getMessage() for record in caplog.records]
    assert sorted(messages) == sorted(
        [
            "the on_event hook failed on AnswerEvent",
            "the on_event hook failed on RequestEvent",
        ]
        * count
    )


# Interrupts.


@pytest.mark.parametrize("on_event", [None, lambda _: None], ids=["unwatched", "watched"])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_a_request_leaves_at_once(interrupt: Any, on_event: Any) -> None:
    memory = Memory(raising(interrupt()))
    config = MizzleConfig(on_event=on_event)
    statements = [put(Lead(id=str(n))) for n in range(60)]

    with pytest.raises(interrupt):
        Driver(memory, config).run(batch_write(statements).flow(config))
    assert len(memory.requests) == 1


def test_a_request_that_was_interrupted_is_not_told_as_answered() -> None:
    events: list[Event] = []

    with pytest.raises(KeyboardInterrupt):
        drive(calling(request()), raising(KeyboardInterrupt()), on_event=events.append)
    assert not [e for e in events if isinstance(e, AnswerEvent) and e.error is None]


def test_an_interrupt_does_not_wait_for_requests_under_way() -> None:
    """Ctrl-C arrives in the main thread, while others wait for answers that do not come."""
    over = threading.Event()
    everyone = threading.Barrier(3)

    def serve(_: Request) -> Answer:
        if everyone.wait(5) == 0:
            # A signal wakes the main thread only once it is waiting.
            time.sleep(0.2)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        over.wait(30)
        return Answer(b"{}")

    memory = Memory(serve)
    statements = [put(Lead(id=str(n))) for n in range(400)]
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            Driver(memory, CONFIG).run(batch_write(statements, concurrency=3).flow(CONFIG))
        assert time.monotonic() - began < 5
    finally:
        over.set()
    assert len(memory.requests) == 3


def test_an_interrupt_in_a_sleep_leaves_at_once() -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    def flow() -> Flow[None]:
        yield Sleep(1)
        yield Call(request())

    memory = Memory(fine)
    with pytest.raises(KeyboardInterrupt):
        Driver(memory, CONFIG, sleep=interrupted).run(flow())
    assert memory.requests == []


# What is no service error.


@pytest.mark.parametrize("error", [ConfigurationError("no credentials"), RuntimeError("what?")])
def test_any_exception_of_the_first_call_is_raised_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        drive(put(Lead(id="a")).flow(CONFIG), raising(error))
    assert raised.value is error


@pytest.mark.parametrize("error", [ConfigurationError("no credentials"), RuntimeError("what?")])
def test_no_exception_hides_that_a_write_may_have_been_applied(error: Exception) -> None:
    """E3: the attempts of this write end with its outcome open, whatever the last one raised."""
    errors = [InternalServiceError("500."), error]

    def serve(_: Request) -> Answer:
        raise errors.pop(0)

    config = MizzleConfig(retry=RetryConfig(base_delay=0))
    driver = Driver(Memory(serve), config, sleep=lambda _: None)
    with pytest.raises(WriteOutcomeUnknownError):
        driver.run(put(Lead(id="a")).flow(config))


def test_a_request_for_which_there_is_no_thread_is_sent_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system may have no more threads: one can be started here."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if started:
            message = "can't start new thread"
            raise RuntimeError(message)
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    memory = Memory(fine)
    requests = [request(name) for name in ("a", "b", "c")]

    outcomes = Driver(memory, CONFIG).run(calling(*requests))

    assert [type(outcome) for outcome in outcomes] == [Answer] * 3
    assert sorted(each.body["TableName"] for each in memory.requests) == ["a", "b", "c"]


def test_a_delay_that_outlasts_the_deadline_ends_a_batch() -> None:
    """A sleep can take longer than asked for; what was sent says what it failed with."""
    clock = Clock()
    slept: list[float] = []

    def oversleep(seconds: float) -> None:
        slept.append(seconds)
        clock.sleep(seconds + 100)

    memory = Memory(raising(ThrottledError("throttled.", code="Throttled")))
    retry = RetryConfig(max_attempts=9, base_delay=1, deadline=60, random=lambda: 1.0)
    config = MizzleConfig(retry=retry)
    statement = batch_write([put(Lead(id=f"{n:02}")) for n in range(60)])

    result = Driver(memory, config, sleep=oversleep, clock=clock).run(statement.flow(config))

    assert (len(memory.requests), slept) == (1, [1.0])
    assert result.attempts == 1
    assert [type(error) for _, error in result.errors] == [
        *[ThrottledError] * 25,
        *[DeadlineExceededError] * 35,
    ]


def test_a_delay_that_outlasts_the_deadline_ends_a_statement() -> None:
    clock = Clock()
    memory = Memory(raising(ThrottledError("throttled.", code="Throttled")))
    config = MizzleConfig(retry=RetryConfig(deadline=60))
    driver = Driver(memory, config, sleep=lambda _: clock.sleep(100), clock=clock)

    with pytest.raises(ThrottledError, match="Gave up after 1 request .* as the deadline is 60 s"):
        driver.run(put(Lead(id="a")).flow(config))

    assert len(memory.requests) == 1
