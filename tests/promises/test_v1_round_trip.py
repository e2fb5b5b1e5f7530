"""V1 through the engines: what is stored is what is read, for every type a model may declare."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from mizzle import Attr, EncodingError, Entity, Mizzle, PrimaryKey, Table, get, put
from mizzle.model.entity import EntityMeta
from tests.linter import LintingTransport
from tests.properties.strategies import Case, cases


class Keyed(Entity):
    key_id: Attr[str]

    primary = PrimaryKey("KEY#{key_id}")


@pytest.fixture(scope="module")
def stored_on_dynoxide(over: str, to_dynoxide: Any) -> Any:
    transport = LintingTransport(to_dynoxide())
    db = Mizzle(transport=transport, tables={"generated": f"generated-over-{over}"})
    db.create_table(Table("generated", partition_key="partition"))
    return db


numbers = itertools.count()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(case=cases())
def test_generated_entities_come_back_as_they_were(stored_on_dynoxide: Any, case: Case) -> None:
    table = Table("generated", partition_key="partition")
    namespace = {"__module__": __name__}
    cls = EntityMeta("Generated", (Keyed, case.model), namespace, table=table)
    entity = cls.model_construct(key_id=str(next(numbers)), **case.instance.__dict__)
    stored_on_dynoxide.execute(put(entity))
    assert stored_on_dynoxide.execute(get(cls, key_id=entity.key_id)) == entity


things = Table("things", partition_key="pk")


class Thing(Entity, table=things):
    id: Attr[str]
    at: Attr[datetime]
    price: Attr[Decimal]
    lasts: Attr[timedelta]
    data: Attr[bytes]
    free: Attr[Any]

    primary = PrimaryKey("THING#{id}")


def thing(**changes: Any) -> Thing:
    given = {
        "id": "t",
        "at": datetime(2026, 11, 24, 12, 30, 15, 5, tzinfo=timezone(timedelta(hours=5))),
        "price": Decimal("123456789012345678901234567890.12345678"),
        "lasts": timedelta(days=-3, microseconds=7),
        "data": bytes(range(256)),
        "free": {"a": [1, 2.5, None, True, "x"], "n": 9007199254740993, "e": Decimal("0.1")},
    }
    return Thing(**{**given, **changes})


def test_values_that_peers_lose(make_db: Any, fresh_table_name: Any) -> None:
    db = make_db(tables={things: fresh_table_name()})
    db.create_table(things)
    db.execute(put(thing()))
    found = db.execute(get(Thing, id="t"))
    assert found == thing(free={**thing().free, "e": 0.1})
    assert found.at.tzinfo == UTC
    assert isinstance(found.price, Decimal)


@pytest.mark.parametrize(
    "price",
    [Decimal("1." + "1" * 38), Decimal("1E126"), Decimal("1E-131"), Decimal("NaN")],
    ids=["39 digits", "large", "small", "nan"],
)
def test_decimals_that_dynamodb_cannot_hold_are_refused(price: Decimal) -> None:
    wrong = Thing.model_construct(**{**thing().__dict__, "price": price})
    with pytest.raises(EncodingError, match=r"Thing\.price"):
        put(wrong).compile()
