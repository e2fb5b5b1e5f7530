"""What a flow does about its second page and those behind it is not interrupted by the garbage collector."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mizzle import MizzleConfig
from mizzle.executors import collecting
from mizzle.executors.driver import Driver
from mizzle.flows import Call, Calls, Flow
from mizzle.request import Answer, Request

REQUEST = Request("Query", {"TableName": "app"})
PAGE, SMALL = b"x" * (1 << 16), b"{}"


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Leave it as it was, whatever a test does."""
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    if not was_enabled:
        gc.disable()


class Serving:
    """A transport that gives one answer after another, and notes whether garbage is collected meanwhile."""

    def __init__(self, *contents: bytes) -> None:
        self._contents = iter(contents)
        self.seen: list[bool] = []

    def send(self, _: Request) -> Answer:
        self.seen.append(gc.isenabled())
        return Answer(next(self._contents))

    def close(self) -> None:
        raise AssertionError


def run(flow: Flow[Any], *contents: bytes) -> Any:
    transport = Serving(*contents)
    try:
        return Driver(transport, MizzleConfig()).run(flow)
    finally:
        assert all(transport.seen)
        assert gc.isenabled()


def reading(count: int) -> Flow[list[bool]]:
    """Read answers, and tell of each whether garbage was collected behind it."""
    seen = []
    for _ in range(count):
        yield Call(REQUEST)
        seen.append(gc.isenabled())
    return seen


def test_pages_behind_the_first_are_read_without_it() -> None:
    assert run(reading(3), PAGE, PAGE, PAGE) == [True, False, False]


def test_a_single_page_and_small_answers_are_nothing_special() -> None:
    assert run(reading(1), PAGE) == [True]
    assert run(reading(3), SMALL, SMALL, SMALL) == [True, True, True]


def test_answers_that_come_together_are_one_page() -> None:
    def flow() -> Flow[list[bool]]:
        seen = []
        for _ in range(2):
            yield Calls(REQUEST, REQUEST)
            seen.append(gc.isenabled())
        return seen

    half = PAGE[: len(PAGE) // 2]
    assert run(flow(), half, half, half, half) == [True, False]


def test_it_goes_on_after_an_error() -> None:
    def flow() -> Flow[None]:
        yield Call(REQUEST)
        yield Call(REQUEST)
        message = "unreadable"
        raise ValueError(message)

    with pytest.raises(ValueError, match="unreadable"):
        run(flow(), PAGE, PAGE)


def test_who_has_switched_it_off_finds_it_off() -> None:
    gc.disable()

    driver = Driver(Serving(PAGE, PAGE), MizzleConfig())

    assert driver.run(reading(2)) == [False, False]
    assert not gc.isenabled()


def test_an_interrupt_at_the_wrong_moment_does_not_leave_it_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def disable() -> None:
        gc.disable()
        raise KeyboardInterrupt

    switch = SimpleNamespace(isenabled=gc.isenabled, disable=disable, enable=gc.enable)
    monkeypatch.setattr(collecting, "gc", switch)

    with pytest.raises(KeyboardInterrupt):
        run(reading(2), PAGE, PAGE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_a_process_that_reads_collects_garbage() -> None:
    reached, done = threading.Event(), threading.Event()

    def flow() -> Flow[None]:
        yield Call(REQUEST)
        yield Call(REQUEST)
        reached.set()
        done.wait(10)

    thread = threading.Thread(target=run, args=(flow(), PAGE, PAGE))
    thread.start()
    assert reached.wait(10)
    assert not gc.isenabled()
    child = os.fork()
    if child == 0:
        os._exit(0 if gc.isenabled() else 1)
    done.set()
    thread.join()

    assert os.waitpid(child, 0)[1] == 0
