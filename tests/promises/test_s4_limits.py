"""S4: limit is returned items; page_size is what one request evaluates."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import (
    ItemDecodeError,
    MultipleResultsError,
    NoResultError,
    insert,
    select,
)
from tests.models import ADA, NOON, Lead, Order, Status, User, ada, order


class Counting:
    """Counts the requests on their way to a transport."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.sent: list[Any] = []

    def send(self, request: Any) -> Any:
        self.sent.append(request)
        return self.transport.send(request)

    def close(self) -> None:
        self.transport.close()


@pytest.fixture
def leads(shop: Any) -> Any:
    for n in range(30):
        shop.execute(insert(Lead(id=f"l{n}", owner="bo", score=n)))
    shop.transport = Counting(shop.transport)
    return shop


def test_a_limit_counts_what_is_returned(leads: Any) -> None:
    found = leads.execute(
        select(Lead).where(Lead.owner == "bo", Lead.id.is_in(["l5", "l25"])).limit(2)
    )
    assert [lead.id for lead in found] == ["l5", "l25"]
    assert len(leads.transport.sent) == 1


def test_pages_are_followed(leads: Any) -> None:
    found = leads.execute(select(Lead).where(Lead.owner == "bo").page_size(7))
    assert [lead.score for lead in found] == list(range(30))
    assert len(leads.transport.sent) >= 5


def test_a_limit_over_pages(leads: Any) -> None:
    found = leads.execute(
        select(Lead).where(Lead.owner == "bo").page_size(7).limit(10).descending()
    )
    assert [lead.score for lead in found] == list(range(29, 19, -1))
    assert len(leads.transport.sent) == 2


def test_a_stream_reads_a_page_when_the_last_is_used_up(leads: Any) -> None:
    stream = leads.stream(select(Lead).where(Lead.owner == "bo").page_size(7))
    for _ in range(7):
        next(stream)
    assert len(leads.transport.sent) == 1
    assert len(list(stream)) == 23
    limited = leads.stream(select(Lead).where(Lead.owner == "bo").page_size(7).limit(9))
    assert len(list(limited)) == 9


def test_one_and_first(shop: Any) -> None:
    query = select(User).where(User.email == "ada@example.com")
    assert shop.execute(query.first()) is None
    with pytest.raises(NoResultError):
        shop.execute(query.one())
    shop.execute(insert(ada()))
    assert shop.execute(query.one()) == shop.execute(query.first()) == ada()
    shop.execute(insert(ada(id="01938f5e-0000-7000-8000-000000000002")))
    with pytest.raises(MultipleResultsError):
        shop.execute(query.one())


def test_a_broken_item_leaves_the_others_reachable(shop: Any, client: Any) -> None:
    good = [order(id=f"01938f5e-0000-7000-8000-00000000000{n}") for n in (1, 3)]
    for each in good:
        shop.execute(insert(each))
    client.put_item(
        TableName=shop.config.table_name("app"),
        Item={
            "pk": {"S": f"USER#{ADA}"},
            "sk": {"S": "ORDER#2026-11-24T12:00:00.000000Z#01938f5e-0000-7000-8000-000000000002"},
            "_type": {"S": "Order"},
            "total": {"S": "secret"},
        },
    )
    query = select(Order).where(Order.user_id == ADA, Order.placed_at == NOON)
    with pytest.raises(ItemDecodeError) as caught:
        shop.execute(query)
    assert list(caught.value.others) == good
    assert caught.value.key["pk"] == {"S": f"USER#{ADA}"}
    assert "total" in str(caught.value)
    assert "secret" not in str(caught.value)
    stream = shop.stream(query)
    assert next(stream) == good[0]
    with pytest.raises(ItemDecodeError):
        next(stream)
    assert list(stream) == good[1:]


def test_routes(shop: Any) -> None:
    shop.execute(insert(order()))
    shop.transport = Counting(shop.transport)
    keys = (Order.user_id == ADA, Order.placed_at == NOON, Order.id == order().id)
    for query, operation in [
        (select(Order).where(*keys), "GetItem"),
        (select(Order).where(*keys, Order.total > 5), "GetItem"),
        (select(Order).where(Order.user_id == ADA), "Query"),
        (select(Order).where(Order.status == Status.NEW, Order.placed_at >= NOON), "Query"),
        (select(Order).where(Order.status == Status.NEW).using(Order.by_status), "Query"),
        (select(Order).scan(), "Scan"),
    ]:
        assert shop.execute(query) == [order()]
        assert shop.transport.sent.pop().operation == operation
    assert shop.transport.sent == []
    assert shop.execute(select(Order).where(*keys, Order.user_id == order(user_id="01938f5e-0000-7000-8000-00000000ada1").user_id)) == []  # fmt: skip
    assert shop.transport.sent == []
