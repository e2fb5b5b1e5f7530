"""Events: who is told, at which level they are logged, and that no value ever is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from mizzle import MizzleConfig, RetryConfig, batch_write, put, update
from mizzle.errors import ConditionFailedError, InvalidRequestError, ThrottledError
from mizzle.events import (
    AnswerEvent,
    BatchEvent,
    Event,
    ExhaustedEvent,
    RequestEvent,
    RetryEvent,
    is_watched,
    tell,
)
from mizzle.executors.driver import Driver
from mizzle.request import Answer, Request
from tests.models import Lead

COMMON: dict[str, Any] = {"operation": "PutItem", "tables": ("app",)}
ERROR = ThrottledError("a secret.", code="ThrottlingException")

EVENTS: list[tuple[Event, int, str]] = [
    (RequestEvent(**COMMON), logging.DEBUG, "PutItem on app"),
    (
        AnswerEvent(**COMMON, seconds=0.0123),
        logging.DEBUG,
        "PutItem on app: answered in 0.012 s",
    ),
    (
        AnswerEvent(**COMMON, seconds=0.5, error=ERROR),
        logging.DEBUG,
        "PutItem on app: ThrottlingException in 0.500 s",
    ),
    (
        AnswerEvent(**COMMON, seconds=0.5, error=ValueError("a secret")),
        logging.DEBUG,
        "PutItem on app: ValueError in 0.500 s",
    ),
    (
        RetryEvent(**COMMON, attempt=2, error=ERROR, delay_seconds=0.1),
        logging.INFO,
        "PutItem on app: attempt 2: ThrottlingException; again in 0.100 s",
    ),
    (
        RetryEvent(
            operation="BatchGetItem", tables=("a", "b"), attempt=1, error=None, delay_seconds=0.1
        ),
        logging.INFO,
        "BatchGetItem on a, b: attempt 1: unprocessed; again in 0.100 s",
    ),
    (
        ExhaustedEvent(**COMMON, attempts=4, seconds=2.5, error=ERROR),
        logging.WARNING,
        "PutItem on app: gave up at attempt 4 after 2.500 s: ThrottlingException",
    ),
    (
        BatchEvent(
            operation="BatchWriteItem", round=2, done=40, failed=1, total=60, unprocessed=19
        ),
        logging.DEBUG,
        "BatchWriteItem round 2: 40 of 60 done, 1 failed, 19 unprocessed",
    ),
]


def name(value: Any) -> str:
    return type(value).__name__ if isinstance(value, Event) else ""


@pytest.mark.parametrize(("event", "level", "line"), EVENTS, ids=name)
def test_each_event_is_a_line_of_the_mizzle_logger(
    event: Event, level: int, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "mizzle"):
        tell(None, event)

    assert caplog.record_tuples == [("mizzle", level, line)]


@pytest.mark.parametrize(("event", "level", "line"), EVENTS, ids=name)
def test_what_nobody_listens_to_is_not_logged(
    event: Event, level: int, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(level + 1, "mizzle"):
        tell(None, event)

    assert caplog.records == []


@pytest.mark.parametrize(("event", "level", "line"), EVENTS, ids=name)
def test_a_hook_gets_the_event_itself_at_any_level(
    event: Event, level: int, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Event] = []
    with caplog.at_level(logging.CRITICAL, "mizzle"):
        tell(told.append, event)

    assert told == [event]
    assert told[0] is event


@pytest.mark.parametrize(("event", "level", "line"), EVENTS, ids=name)
def test_events_are_frozen(event: Event, level: int, line: str) -> None:
    with pytest.raises(FrozenInstanceError):
        event.operation = "GetItem"  # type: ignore[misc]  # that is the point


def test_a_hook_that_raises_is_logged_and_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    def hook(event: Event) -> None:
        raise ZeroDivisionError

    tell(hook, EVENTS[0][0])

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("mizzle", logging.ERROR)
    assert record.getMessage() == "the on_event hook failed on RequestEvent"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_a_hook_may_interrupt() -> None:
    def hook(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell(hook, EVENTS[0][0])


def test_requests_are_watched_by_a_hook_or_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "mizzle"):
        assert not is_watched(None)
        assert is_watched(print)
    with caplog.at_level(logging.DEBUG, "mizzle"):
        assert is_watched(None)


# Whole statements, at the most talkative level.

SECRET = "s3cr3t"


class Refusing:
    """A transport whose every error quotes the values it was sent, as some engines' do."""

    def __init__(self, make: Callable[[str], Exception]) -> None:
        self._make = make

    def send(self, request: Request) -> Answer:
        raise self._make(f"cannot store {request.to_json().decode()}")

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "make",
    [
        lambda text: ThrottledError(text, code="ThrottlingException"),
        ThrottledError,
        InvalidRequestError,
        lambda text: ConditionFailedError(text, item={"owner": {"S": SECRET}}),
        RuntimeError,
    ],
    ids=["throttled", "throttled without a code", "invalid", "condition", "unknown"],
)
@pytest.mark.parametrize(
    "statement",
    [
        put(Lead(id="a", owner=SECRET)),
        batch_write([put(Lead(id="a", owner=SECRET)), put(Lead(id="b", owner=SECRET))]),
        update(Lead, id="a").where(Lead.owner == SECRET).set(Lead.score, 1),
    ],
    ids=["put", "batch_write", "update"],
)
def test_values_are_never_in_log_lines(
    make: Callable[[str], Exception], statement: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = MizzleConfig(retry=RetryConfig(max_attempts=2, base_delay=0))
    with caplog.at_level(logging.DEBUG, "mizzle"):
        driver = Driver(Refusing(make), config, sleep=lambda _: None)
        # What is raised, if anything is, is another test's business.
        with suppress(Exception):
            driver.run(statement.flow(config))

    assert len(caplog.records) >= 2
    assert SECRET not in caplog.text
