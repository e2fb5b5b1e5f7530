"""Plans that are made once and filled with other values; what they say is in test_select_ranges."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, time
from typing import Any

import pytest

from mizzle import Attr, Entity, PrimaryKey, Table, select
from mizzle.compiler import Expressions, placed
from mizzle.expressions.slots import put_values, take_values
from mizzle.model.schema import schema_of
from mizzle.planner import plan_select
from mizzle.planner.facts import conjuncts_of
from tests.models import ADA, Order
from tests.support.requests import body_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 18, tzinfo=UTC)

diary = Table("diary", partition_key="pk", sort_key="sk")


class Entry(Entity, table=diary):
    who: Attr[str]
    at: Attr[time]
    score: Attr[int]

    primary = PrimaryKey("{who}", "ENTRY#{at}")


def plan_of(*conditions: Any) -> Any:
    return plan_select(schema_of(Order), conditions)


def test_values_are_taken_out_in_the_order_of_writing_and_put_back() -> None:
    plan = plan_of(Order.user_id == ADA, Order.total.between(1, 2) | ~(Order.total == 3))
    values: list[Any] = []
    apart = take_values(plan.filter, values)
    assert put_values(apart, values) == plan.filter
    both = Expressions(), Expressions()
    assert both[0].condition(apart) == both[1].condition(plan.filter)
    written = both[0].placeholders() | {"ExpressionAttributeValues": placed(values)}
    assert written == both[1].placeholders()


def test_a_plan_of_a_known_shape_has_its_own_values() -> None:
    schema_of(Order).recipes.clear()
    plans = [
        plan_of(Order.user_id == ADA, Order.placed_at >= at, Order.total > 5)
        for at in (NOON, NOON, LATER)
    ]
    first, second, third = plans
    assert (first.texts, first.values) == (None, ())
    assert second.texts is third.texts is not None
    assert second.queries is third.queries
    assert second.key_condition(0) == first.key_condition(0)
    assert second.key_condition(0) != third.key_condition(0)
    assert "T18:00" in repr(third.key_condition(0))


def test_requests_of_one_shape_have_nothing_in_common_that_can_be_changed() -> None:
    def request_body() -> Any:
        return body_of(select(Order).where(Order.user_id == ADA, Order.total > 5).count())

    schema_of(Order).recipes.clear()
    expected = deepcopy(request_body())
    assert {"S": "Order"} in expected["ExpressionAttributeValues"].values()
    schema_of(Order).recipes.clear()
    for _ in range(3):
        spoilt = request_body()
        assert spoilt == expected
        spoilt["Extra"] = True
        spoilt["ExpressionAttributeNames"].clear()
        for value in spoilt["ExpressionAttributeValues"].values():
            value.clear()


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_an_inverted_between_is_no_plan_of_the_usual_shape(order: tuple[int, int]) -> None:
    for low, high in ((1, 2), order):
        plan = plan_of(Order.user_id == ADA, Order.total.between(low, high))
        assert plan.operation == ("Query" if low < high else None)


def test_times_are_planned_one_by_one() -> None:
    schema = schema_of(Entry)
    for hour in (1, 2):
        conditions = conjuncts_of([Entry.who == "a", Entry.at >= time(hour)])
        plan = plan_select(schema, conditions)
        assert plan.texts is None
    assert not schema.recipes
