"""Conditions that do not suit the model are refused, naming the path."""

from __future__ import annotations

from datetime import UTC, time
from decimal import Decimal
from typing import Any

import pytest

from mizzle import (
    Attr,
    Document,
    Entity,
    PrimaryKey,
    StatementError,
    Table,
    attr,
    select,
)
from mizzle.compiler import Expressions
from mizzle.model.binding import bind_condition
from mizzle.model.schema import schema_of
from tests.models import Order, Status, User
from tests.support.requests import body_of


class Inner(Document):
    tags: Attr[set[str]] = attr(default_factory=set)
    n: Attr[int] = attr(default=0)


class Odd(Entity, table=Table("odd", partition_key="pk")):
    id: Attr[str]
    at: Attr[time] = attr(default=time(12))
    data: Attr[bytes] = attr(default=b"")
    flag: Attr[bool] = attr(default=False)
    price: Attr[Decimal] = attr(default=Decimal(0))
    anything: Attr[Any] = attr(default=None)
    inner: Attr[Inner] = attr(default_factory=Inner)
    numbers: Attr[frozenset[int]] = attr(default_factory=frozenset)
    names: Attr[list[str]] = attr(default_factory=list)

    primary = PrimaryKey("ODD#{id}")


class Special(Odd):
    level: Attr[int] = attr(default=1)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("not a condition", "condition is expected"),
        (User.logins == 1, "not an attribute of Odd"),
        (Odd.flag > False, "stored as BOOL"),
        (Odd.names < ["a"], "stored as L"),
        (Odd.price > None, "never true"),
        (Odd.price.between(None, 1), "never true"),
        (Odd.at > time(12, tzinfo=UTC), "offset"),
        (Odd.price == "x", r"Odd\.price"),
        (Odd.price == Odd.price + 1, "a sum"),
        (Odd.data.begins_with(1), "prefix"),
        (Odd.flag.begins_with("a"), "prefix"),
        (Odd.price.contains(1), "set, a list or a text"),
        (Odd.price.size() == 1, "measures"),
        (Odd.id.size() == "x", "whole number"),
        (Odd.id.size() == True, "whole number"),  # noqa: E712  # a condition
        (Odd.id.is_type("X"), "one of"),
        (Odd.id == set(), "does not hold a set"),
        (Odd.names[-1] == "a", "there is no -1"),
        (Odd.names["a"] == "a", "there is no 'a'"),
        (Odd.numbers[0] == 1, "there is no 0"),
        (Odd.inner.fields.tagz == 1, "there is no 'tagz'; did you mean 'tags'"),
    ],
    ids=str,
)
def test_a_condition_that_does_not_suit_is_refused(condition: Any, words: str) -> None:
    with pytest.raises(StatementError, match=words):
        select(Odd).where(condition).scan().compile()


@pytest.mark.parametrize(
    ("condition", "text", "values"),
    [
        (Odd.data.begins_with(b"a"), "begins_with(#n0, :v0)", [{"B": "YQ=="}]),
        (Odd.id.contains("a"), "contains(#n0, :v0)", [{"S": "a"}]),
        (Odd.numbers.contains(5), "contains(#n0, :v0)", [{"N": "5"}]),
        (Odd.names.contains("a"), "contains(#n0, :v0)", [{"S": "a"}]),
        (Odd.price.is_type("N"), "attribute_type(#n0, :v0)", [{"S": "N"}]),
        (Odd.price < Odd.inner.fields.n, "#n0 < #n1.#n2", []),
        (Odd.id.size() > Odd.data.size(), "size(#n0) > size(#n1)", []),
        (Odd.id.size() > Odd.inner.fields.n, "size(#n0) > #n1.#n2", []),
        (Odd.price == Odd.id.size(), "size(#n0) = #n1", []),
        (Odd.price < Odd.id.size(), "size(#n0) > #n1", []),
        (Odd.names[1] != "a", "#n0[1] <> :v0", [{"S": "a"}]),
        (Odd.anything == {"a": 1}, "#n0 = :v0", [{"M": {"a": {"N": "1"}}}]),
        (Odd.inner.fields.tags.contains("a"), "contains(#n0.#n1, :v0)", [{"S": "a"}]),
        (Odd.price.is_in([]), "attribute_exists(#n0) AND attribute_not_exists(#n0)", []),
        (Odd.price.between(2, 1), "#n0 >= :v0 AND #n0 <= :v1", [{"N": "2"}, {"N": "1"}]),
        (Special.level > 1, "#n0 > :v0", [{"N": "1"}]),
    ],
    ids=str,
)
def test_a_condition_is_bound(condition: Any, text: str, values: list[Any]) -> None:
    expressions = Expressions()
    assert expressions.condition(bind_condition(schema_of(Odd), condition)) == text
    placeholders = expressions.placeholders()
    assert list(placeholders.get("ExpressionAttributeValues", {}).values()) == values


def test_enums_are_compared_by_value() -> None:
    body = body_of(select(Order).where(Order.status == Status.PAID))
    assert {"S": "STATUS#paid"} in body["ExpressionAttributeValues"].values()
