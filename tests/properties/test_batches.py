"""Batches against a service that misbehaves in any way: what they report is what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle import (
    Attr,
    Entity,
    MizzleConfig,
    PrimaryKey,
    RetryConfig,
    Table,
    attr,
    batch_get,
    batch_write,
    delete,
    key,
    put,
)
from mizzle.errors import (
    ConnectionFailedError,
    InternalServiceError,
    InvalidRequestError,
    ThrottledError,
    UnprocessedError,
    WriteOutcomeUnknownError,
)
from mizzle.events import BatchEvent, Event
from mizzle.flows import Calls
from mizzle.flows.steps import Outcome
from mizzle.limits import MAX_BATCH_GET, MAX_BATCH_WRITE
from mizzle.request import Answer, Request
from tests.linter import lint

first_table = Table("first", partition_key="id")
second_table = Table("second", partition_key="id")


class First(Entity, table=first_table):
    id: Attr[str]
    mark: Attr[int] = attr(default=0)

    primary = PrimaryKey()


class Second(Entity, table=second_table):
    id: Attr[str]
    mark: Attr[int] = attr(default=0)

    primary = PrimaryKey()


ENTITIES: dict[str, Any] = {"first": First, "second": Second}

Place = tuple[str, str]
"""A table's name and an id in it."""

# What a service does with a request.
KINDS = ["answer", "hold back", "throttle", "fail before", "fail after", "half and fail", "crash"]

places = st.tuples(st.sampled_from(list(ENTITIES)), st.integers(0, 40).map(str))
behaviours = st.lists(st.sampled_from(KINDS), min_size=1, max_size=12)
seeds = st.randoms(use_true_random=False)
retries = st.builds(
    RetryConfig,
    max_attempts=st.integers(1, 4),
    base_delay=st.just(0.01),
    random=st.just(lambda: 1.0),
)


class Service:
    """DynamoDB as a dict, with faults drawn for each request.

    Attributes:
        store: What is at each place: a mark, or None if nothing is.
        unsure: The places in requests that failed in a way that leaves their outcome open.
        requests: All that came.
    """

    def __init__(
        self, store: dict[Place, Any], bad: set[Place], behaviour: list[str], rng: Random
    ) -> None:
        self.store = store
        self.unsure: set[Place] = set()
        self.requests: list[Request] = []
        self._bad = bad
        self._behaviour = behaviour
        self._rng = rng

    def take(self, request: Request) -> Outcome:
        behaviour = self._behaviour[len(self.requests) % len(self._behaviour)]
        self.requests.append(request)
        assert len(self.requests) < 5_000, "the flow does not end"
        meant = places_of(request)
        if self._bad.intersection(place for place, _ in meant):
            return InvalidRequestError("refused.")
        if behaviour == "throttle":
            return ThrottledError("throttled.")
        fails = behaviour in {"fail before", "fail after", "half and fail", "crash"}
        if fails:
            self.unsure.update(place for place, _ in meant)
        held_back = [
            each for each in meant if behaviour == "hold back" and self._rng.random() < 0.6
        ]
        found: dict[str, list[Any]] = {}
        for place, entry in meant:
            skipped = behaviour == "half and fail" and self._rng.random() < 0.5
            if (place, entry) not in held_back and not skipped and behaviour != "fail before":
                self._do(place, entry, found)
        if behaviour == "crash":
            return RuntimeError("what is this?")
        if fails:
            broken = ConnectionFailedError("reset.", outcome_open=True)
            return broken if self._rng.random() < 0.5 else InternalServiceError("500.")
        return answer(request, found, held_back)

    def _do(self, place: Place, entry: Any, found: dict[str, list[Any]]) -> None:
        if "PutRequest" in entry:
            self.store[place] = int(entry["PutRequest"]["Item"]["mark"]["N"])
        elif "DeleteRequest" in entry:
            self.store[place] = None
        elif self.store.get(place) is not None:
            item = {**entry, "mark": {"N": str(self.store[place])}}
            found.setdefault(place[0], []).append(item)


def answer(
    request: Request, found: dict[str, list[Any]], held_back: list[tuple[Place, Any]]
) -> Answer:
    """Answer as DynamoDB does: in any order."""
    left: dict[str, Any] = {}
    for (table, _), entry in reversed(held_back):
        left.setdefault(table, []).append(entry)
    if request.operation == "BatchGetItem":
        unprocessed = {table: {"Keys": entries} for table, entries in left.items()}
        body = {"Responses": found, "UnprocessedKeys": unprocessed}
    else:
        body = {"UnprocessedItems": left}
    return Answer(json.dumps(body).encode())


def places_of(request: Request) -> list[tuple[Place, Any]]:
    """Give the entries of a request with the places that they are about."""
    found = []
    for table, part in request.body["RequestItems"].items():
        for entry in part["Keys"] if isinstance(part, dict) else part:
            item = next(iter(entry.values())) if "id" not in entry else entry
            item = item.get("Item") or item.get("Key") or item
            found.append(((table, item["id"]["S"]), entry))
    return found


def drive(
    statement: Any, take: Callable[[Request], Outcome], retry: RetryConfig, events: list[Event]
) -> Any:
    flow = statement.flow(MizzleConfig(retry=retry, on_event=events.append))
    reply: Any = None
    while True:
        try:
            step = flow.send(reply)
        except StopIteration as stop:
            return stop.value
        if isinstance(step, Calls):
            assert len(step.requests) <= statement.concurrency
            reply = [take(request) for request in step.requests]
        else:
            assert step.seconds > 0
            reply = None


def check_requests(requests: list[Request], most: int) -> None:
    for request in requests:
        lint(request)
        assert request.to_json() == (
            json.dumps(request.body, separators=(",", ":"), ensure_ascii=False).encode()
        )
        meant = [place for place, _ in places_of(request)]
        assert 1 <= len(meant) <= most
        assert len(set(meant)) == len(meant)


def check_events(events: list[Event], total: int, requests: int) -> None:
    told = [event for event in events if isinstance(event, BatchEvent)]
    assert len(told) == requests
    assert not told or told[-1].done + told[-1].failed == total
    assert all(event.total == total for event in told)
    for before, after in pairwise(told):
        assert before.done <= after.done
        assert before.failed <= after.failed
        assert before.round <= after.round
    assert all(event.done + event.failed <= total for event in told)


@settings(max_examples=300, deadline=None)
@given(
    writes=st.lists(st.tuples(places, st.booleans()), max_size=80),
    bad=st.sets(places, max_size=4),
    behaviour=behaviours,
    rng=seeds,
    retry=retries,
    concurrency=st.integers(1, 3),
)
def test_a_batch_of_writes_reports_what_happened(
    writes: list[tuple[Place, bool]],
    bad: set[Place],
    behaviour: list[str],
    rng: Random,
    retry: RetryConfig,
    concurrency: int,
) -> None:
    where = [place for place, _ in writes]
    statements: list[Any] = [
        put(ENTITIES[table](id=name, mark=number)) if is_put else delete(ENTITIES[table], id=name)
        for number, ((table, name), is_put) in enumerate(writes)
    ]
    # A mark that no statement writes, so that even a delete leaves a trace.
    service = Service(dict.fromkeys(where, -1), bad, behaviour, rng)
    events: list[Event] = []

    result = drive(batch_write(statements, concurrency=concurrency), service.take, retry, events)

    # Everything is in exactly one list, in order.
    failed = {id(statement) for statement in result.failed}
    assert result.failed == [s for s in statements if id(s) in failed]
    assert result.succeeded == [s for s in statements if id(s) not in failed]
    assert [statement for statement, _ in result.errors] == result.failed
    assert result.missing == []
    assert result.attempts == len(service.requests)
    check_requests(service.requests, MAX_BATCH_WRITE)
    check_events(events, len(statements), len(service.requests))

    # What succeeded was applied; what failed was not, unless it says that nobody knows.
    errors = {id(statement): error for statement, error in result.errors}
    last = {place: number for number, place in enumerate(where)}
    for place, statement in zip(where, statements, strict=True):
        written = last[place] if writes[last[place]][1] else None
        error = errors.get(id(statement))
        if error is None:
            assert service.store[place] == written
            assert place not in bad
        elif isinstance(error, WriteOutcomeUnknownError):
            assert place in service.unsure
        else:
            assert service.store[place] == -1
            assert place not in service.unsure
            expected = (InvalidRequestError, ThrottledError, UnprocessedError)
            assert isinstance(error, expected)


@settings(max_examples=100, deadline=None)
@given(
    asked=st.lists(places, max_size=250),
    there=st.sets(places),
    bad=st.sets(places, max_size=4),
    behaviour=behaviours,
    rng=seeds,
    retry=retries,
    concurrency=st.integers(1, 3),
)
def test_a_batch_of_reads_reports_what_is_there(
    asked: list[Place],
    there: set[Place],
    bad: set[Place],
    behaviour: list[str],
    rng: Random,
    retry: RetryConfig,
    concurrency: int,
) -> None:
    service = Service(dict.fromkeys(there, 7), bad, behaviour, rng)
    keys = [key(ENTITIES[table], id=name) for table, name in asked]
    events: list[Event] = []

    result = drive(batch_get(keys, concurrency=concurrency), service.take, retry, events)

    failed = [
        place for place, k in zip(asked, keys, strict=True) if any(k is f for f in result.failed)
    ]
    read = [place for place in asked if place not in failed]
    assert result.failed == [key(ENTITIES[table], id=name) for table, name in failed]
    assert [k for k, _ in result.errors] == result.failed
    assert result.succeeded == [
        ENTITIES[table](id=name, mark=7) for table, name in read if (table, name) in there
    ]
    assert result.missing == [
        key(ENTITIES[table], id=name) for table, name in read if (table, name) not in there
    ]
    assert bad.intersection(asked) <= set(failed)
    assert not any(isinstance(error, WriteOutcomeUnknownError) for _, error in result.errors)
    check_requests(service.requests, MAX_BATCH_GET)
    check_events(events, len(keys), len(service.requests))


@settings(max_examples=50, deadline=None)
@given(writes=st.lists(places, max_size=120), rng=seeds)
def test_held_back_writes_are_all_done_in_the_end(writes: list[Place], rng: Random) -> None:
    """Where each request does at least something, nothing fails, whatever `max_attempts`."""
    statements = [put(ENTITIES[table](id=name)) for table, name in writes]

    def take(request: Request) -> Outcome:
        meant = places_of(request)
        return answer(request, {}, [each for each in meant[1:] if rng.random() < 0.8])

    retry = RetryConfig(max_attempts=1, base_delay=0.01, random=lambda: 1.0)
    assert drive(batch_write(statements), take, retry, []).succeeded == statements
