"""E6: everything that happened can be seen, by a hook and in the log; values never in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mizzle import (
    AnswerEvent,
    BatchEvent,
    ExhaustedEvent,
    Mizzle,
    RequestEvent,
    RetryConfig,
    RetryEvent,
    batch_get,
    batch_write,
    delete,
    get,
    insert,
    key,
    put,
    select,
    update,
)
from mizzle.errors import ItemExistsError, ThrottledError
from mizzle.events import Event
from mizzle.request import Answer, Request
from tests.models import ADA, Lead, Order, User, ada

RETRY = RetryConfig(max_attempts=3, base_delay=0.001, random=lambda: 1.0)


class Throttling:
    """Throttles so many requests before it lets them pass to an engine."""

    def __init__(self, transport: Any, times: int) -> None:
        self._transport = transport
        self.left = times

    def send(self, request: Request) -> Answer:
        if self.left:
            self.left -= 1
            raise ThrottledError("throttled s3cr3t.", code="ThrottlingException", status=400)
        answer: Answer = self._transport.send(request)
        return answer

    def close(self) -> None:
        pass


def throttled(shop: Any, times: int, **settings: Any) -> Mizzle:
    """Give a client of the same table that is throttled so many times."""
    transport = Throttling(shop.transport, times)
    return Mizzle(transport=transport, tables=shop.config.tables, retry=RETRY, **settings)


def shapes(events: list[Event]) -> list[tuple[Any, ...]]:
    return [(type(event), event.operation) for event in events]


EACH: list[tuple[Any, list[str]]] = [
    (insert(ada(id=ADA)), ["PutItem"]),
    (put(ada()), ["PutItem"]),
    (get(User, id=ADA), ["GetItem"]),
    (delete(ada()), ["DeleteItem"]),
    (select(Order).where(Order.user_id == ADA), ["Query"]),
    (select(User).scan(), ["Scan"]),
    (batch_get([key(User, id=ADA)]), ["BatchGetItem"]),
    (batch_write([put(ada())]), ["BatchWriteItem"]),
    (put(ada()).idempotent(), ["TransactWriteItems"]),
    (delete(ada()).idempotent(), ["GetItem", "TransactWriteItems"]),
]


@pytest.mark.parametrize(("statement", "operations"), EACH, ids=lambda v: type(v).__name__)
def test_every_request_and_answer_of_a_statement_is_told(
    shop: Any, statement: Any, operations: list[str]
) -> None:
    events: list[Event] = []
    shop.with_options(on_event=events.append).execute(statement)

    table = shop.config.table_name("app")
    told = [event for event in events if isinstance(event, RequestEvent | AnswerEvent)]
    assert shapes(told) == [
        (kind, operation) for operation in operations for kind in (RequestEvent, AnswerEvent)
    ]
    assert {event.tables for event in told} == {(table,)}
    answers = [event for event in told if isinstance(event, AnswerEvent)]
    assert all(event.seconds >= 0 and event.error is None for event in answers)


def test_updates_are_told_too(shop: Any) -> None:
    shop.execute(put(ada()))
    events: list[Event] = []
    watched = shop.with_options(on_event=events.append)

    watched.execute(update(User, id=ADA).set(User.name, "x"))
    assert shapes(events) == [(RequestEvent, "UpdateItem"), (AnswerEvent, "UpdateItem")]

    events.clear()
    watched.execute(update(User, id=ADA).add(User.logins, 1).idempotent())
    assert shapes(events) == [
        (kind, operation)
        for operation in ("TransactWriteItems", "GetItem")
        for kind in (RequestEvent, AnswerEvent)
    ]


def test_every_page_of_a_stream_is_told(shop: Any) -> None:
    shop.execute(batch_write([put(Lead(id=str(n))) for n in range(5)]))
    events: list[Event] = []
    watched = shop.with_options(on_event=events.append)

    assert len(list(watched.stream(select(Lead).scan().page_size(2)))) == 5
    assert sum(isinstance(event, RequestEvent) for event in events) >= 3


@pytest.mark.parametrize("capacity", ["total", "indexes"])
def test_consumed_capacity_is_told_if_it_is_asked_for(shop: Any, capacity: Any) -> None:
    events: list[Event] = []
    watched = shop.with_options(on_event=events.append, capacity=capacity)
    table = shop.config.table_name("app")

    watched.execute(put(ada()))
    watched.execute(get(User, id=ADA))
    result = watched.execute(batch_write([put(Lead(id=str(n))) for n in range(30)]))

    consumed = [event.consumed_capacity for event in events if isinstance(event, AnswerEvent)]
    assert [len(entries) for entries in consumed] == [1, 1, 1, 1]
    assert {entry["TableName"] for entries in consumed for entry in entries} == {table}
    units = [entries[0]["CapacityUnits"] for entries in consumed]
    assert all(each > 0 for each in units)
    assert result.consumed_capacity == {table: sum(units[2:])}


def test_consumed_capacity_is_not_asked_for_by_itself(shop: Any) -> None:
    events: list[Event] = []
    watched = shop.with_options(on_event=events.append)
    watched.execute(put(ada()))
    result = watched.execute(batch_write([put(ada())]))

    assert [e.consumed_capacity for e in events if isinstance(e, AnswerEvent)] == [(), ()]
    assert result.consumed_capacity == {}


def test_a_refusal_is_told_with_its_error(shop: Any) -> None:
    shop.execute(insert(ada()))
    events: list[Event] = []

    with pytest.raises(ItemExistsError):
        shop.with_options(on_event=events.append).execute(insert(ada()))

    assert shapes(events) == [(RequestEvent, "PutItem"), (AnswerEvent, "PutItem")]
    last: Any = events[-1]
    assert last.error.code == "ConditionalCheckFailedException"


def test_retries_are_told_with_attempt_error_and_delay(shop: Any) -> None:
    events: list[Event] = []
    throttled(shop, 2, on_event=events.append).execute(put(ada()))

    sent = [(RequestEvent, "PutItem"), (AnswerEvent, "PutItem")]
    again = [(RetryEvent, "PutItem")]
    assert shapes(events) == [*sent, *again, *sent, *again, *sent]
    retries = [event for event in events if isinstance(event, RetryEvent)]
    assert [(event.attempt, event.delay_seconds) for event in retries] == [(1, 0.001), (2, 0.002)]
    assert [type(event.error) for event in retries] == [ThrottledError] * 2


def test_giving_up_is_told(shop: Any) -> None:
    events: list[Event] = []
    with pytest.raises(ThrottledError) as raised:
        throttled(shop, 9, on_event=events.append).execute(put(ada()))

    last = events[-1]
    assert isinstance(last, ExhaustedEvent)
    assert (last.operation, last.attempts, last.error) == ("PutItem", 3, raised.value)
    assert last.seconds == raised.value.elapsed_seconds > 0.003


def test_every_request_of_a_batch_is_told_with_what_is_done(shop: Any) -> None:
    events: list[Event] = []
    statements = [put(Lead(id=str(n))) for n in range(60)]
    result = throttled(shop, 1, on_event=events.append).execute(batch_write(statements))

    assert result.succeeded == statements
    told = [event for event in events if isinstance(event, BatchEvent)]
    assert [(e.round, e.done, e.failed, e.total, e.unprocessed) for e in told] == [
        (1, 0, 0, 60, 25),
        (1, 25, 0, 60, 0),
        (1, 35, 0, 60, 0),
        (2, 60, 0, 60, 0),
    ]
    assert result.attempts == len(told)


# The log.


def test_requests_and_batches_are_logged_at_debug(
    shop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "mizzle"):
        shop.execute(batch_write([put(ada(name="s3cr3t"))]))

    table = shop.config.table_name("app")
    assert {(r.name, r.levelno) for r in caplog.records} == {("mizzle", logging.DEBUG)}
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == f"BatchWriteItem on {table}"
    assert lines[1].startswith(f"BatchWriteItem on {table}: answered in ")
    assert lines[2:] == ["BatchWriteItem round 1: 1 of 1 done, 0 failed, 0 unprocessed"]
    assert "s3cr3t" not in caplog.text


def test_retries_are_logged_at_info_and_giving_up_as_a_warning(
    shop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "mizzle"), pytest.raises(ThrottledError):
        throttled(shop, 9).execute(put(ada(name="s3cr3t")))

    table = shop.config.table_name("app")
    *retries, last = caplog.records
    assert [(record.levelno, record.getMessage()) for record in retries] == [
        (logging.INFO, f"PutItem on {table}: attempt 1: ThrottlingException; again in 0.001 s"),
        (logging.INFO, f"PutItem on {table}: attempt 2: ThrottlingException; again in 0.002 s"),
    ]
    assert last.levelno == logging.WARNING
    assert last.getMessage().startswith(f"PutItem on {table}: gave up at attempt 3 after ")
    assert "s3cr3t" not in caplog.text


def test_nothing_is_logged_when_all_goes_well(shop: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "mizzle"):
        shop.execute(put(ada()))
        shop.execute(batch_write([put(ada())]))

    assert [record for record in caplog.records if record.name == "mizzle"] == []
