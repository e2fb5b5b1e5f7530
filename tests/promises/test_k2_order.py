"""K2: one codec writes keys and queries them, and their order is the order of the values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from mizzle import (
    Attr,
    EncodingError,
    Entity,
    FullScanError,
    KeyAttribute,
    PrimaryKey,
    Table,
    get,
    key,
    put,
    select,
)
from tests.support.requests import body_of

events = Table("events", partition_key="pk", sort_key="sk")
counters = Table("plain", partition_key="id", sort_key=KeyAttribute("seq", "N"))


class Kind(StrEnum):
    A = "a"
    B = "b"


class Event(Entity, table=events):
    kind: Attr[Kind]
    at: Attr[datetime]
    n: Attr[int]

    primary = PrimaryKey("E#{kind}", "AT#{at}#{n:05}")


class Step(Entity, table=events):
    day: Attr[date]
    id: Attr[UUID]
    price: Attr[Decimal]

    primary = PrimaryKey("S#{day}", "P#{price}#{id}")


class Count(Entity, table=counters):
    id: Attr[str]
    seq: Attr[int]


START = datetime(2026, 11, 24, tzinfo=UTC)
MOMENTS = [START + timedelta(seconds=s) / 2 for s in range(6)]


@pytest.fixture
def db(make_db: Any, fresh_table_name: Any) -> Any:
    db = make_db(tables={events: fresh_table_name(), counters: fresh_table_name()})
    db.create_table(events)
    db.create_table(counters)
    return db


def test_a_moment_is_one_key_whatever_its_offset(db: Any) -> None:
    east = datetime(2026, 11, 24, 5, tzinfo=timezone(timedelta(hours=5)))
    made = Event(kind=Kind.A, at=east, n=1)
    db.execute(put(made))
    assert db.execute(get(Event, kind=Kind.A, at=START, n=1)) == made
    assert db.execute(select(Event).where(Event.kind == Kind.A, Event.at <= START)) == [made]
    assert db.execute(select(Event).where(Event.kind == Kind.A, Event.at > east)) == []


@pytest.mark.parametrize("moment", MOMENTS[1:4])
def test_ranges_over_moments_are_exact(db: Any, moment: datetime) -> None:
    made = [Event(kind=Kind.A, at=at, n=n) for at in MOMENTS for n in (0, 7)]
    for event in made:
        db.execute(put(event))
    base = select(Event).where(Event.kind == Kind.A)
    for condition, holds in [
        (Event.at < moment, lambda at: at < moment),
        (Event.at <= moment, lambda at: at <= moment),
        (Event.at > moment, lambda at: at > moment),
        (Event.at >= moment, lambda at: at >= moment),
        (Event.at == moment, lambda at: at == moment),
        (Event.at.between(moment, MOMENTS[4]), lambda at: moment <= at <= MOMENTS[4]),
        ((Event.at >= moment) & (Event.at < MOMENTS[4]), lambda at: moment <= at < MOMENTS[4]),
        ((Event.at > moment) & (Event.at <= MOMENTS[4]), lambda at: moment < at <= MOMENTS[4]),
        ((Event.at > MOMENTS[4]) & (Event.at < moment), lambda at: False),
    ]:
        wanted = [event for event in made if holds(event.at)]
        assert db.execute(base.where(condition)) == wanted
        assert db.execute(base.where(condition).descending()) == wanted[::-1]


def test_padded_numbers_are_clamped_where_they_are_only_compared(db: Any) -> None:
    made = [Event(kind=Kind.B, at=START, n=n) for n in (0, 2, 10, 99_999)]
    for event in made:
        db.execute(put(event))
    base = select(Event).where(Event.kind == Kind.B, Event.at == START)
    for condition, wanted in [
        (Event.n >= -5, made),
        (Event.n > -5, made),
        (Event.n < -5, []),
        (Event.n < 10, made[:2]),
        (Event.n > 2, made[2:]),
        (Event.n <= 1_000_000, made),
        (Event.n > 1_000_000, []),
        (Event.n == 1_000_000, []),
    ]:
        assert db.execute(base.where(condition)) == wanted


@pytest.mark.parametrize("number", [-1, 100_000])
def test_numbers_that_do_not_fit_are_refused_when_stored(number: int) -> None:
    with pytest.raises(EncodingError, match=r"Event\.n"):
        put(Event(kind=Kind.A, at=START, n=number)).compile()


def test_naive_datetimes_are_refused() -> None:
    naive = datetime(2026, 11, 24)
    with pytest.raises(EncodingError, match=r"Event\.at.*naive"):
        put(Event(kind=Kind.A, at=naive, n=1)).compile()
    with pytest.raises(EncodingError, match="naive"):
        key(Event, kind=Kind.A, at=naive, n=1)


def test_a_type_without_ordered_text_is_never_a_key_range() -> None:
    body = body_of(select(Step).where(Step.day == date(2026, 1, 1), Step.price > 5))
    assert body["KeyConditionExpression"] == "#n0 = :v0 AND begins_with(#n1, :v1)"
    assert body["FilterExpression"].startswith("#n2 > :v2")


def test_plain_numbers_sort_as_numbers_and_zero_is_a_key(db: Any) -> None:
    made = [Count(id="a", seq=n) for n in (-1, 0, 2, 10)]
    for count in made:
        db.execute(put(count))
    assert db.execute(select(Count).where(Count.id == "a")) == made
    assert db.execute(get(Count, id="a", seq=0)) == made[1]
    base = select(Count).where(Count.id == "a")
    assert db.execute(base.where(Count.seq >= 0)) == made[1:]
    assert db.execute(base.where(Count.seq >= 0, Count.seq <= 2)) == made[1:3]
    assert db.execute(base.where(Count.seq.between(2, 0))) == []
    # A key condition takes one range, with both bounds in it; the rest is evaluated here.
    assert db.execute(base.where(Count.seq > 0, Count.seq < 10)) == made[2:3]


def test_an_empty_key_is_refused_but_an_empty_segment_is_not() -> None:
    with pytest.raises(EncodingError, match="id"):
        key(Count, id="", seq=1)
    with pytest.raises(FullScanError):
        select(Count).compile()
