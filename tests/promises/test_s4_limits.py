"""S4: limit is returned items; page_size is what one request evaluates."""

from __future__ import annotations

import gc
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest

from mizzle import (
    Attr,
    Entity,
    Index,
    IndexKey,
    ItemDecodeError,
    MultipleResultsError,
    NoResultError,
    PrimaryKey,
    Table,
    attr,
    batch_write,
    get,
    insert,
    put,
    select,
)
from tests.models import ADA, NOON, Lead, Order, Status, User, ada, order

market = Table(
    "market",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("keys", partition_key="kpk", sort_key="ksk", projection="KEYS_ONLY")],
)


class Ware(Entity, table=market):
    stall: Attr[str]
    n: Attr[int]
    colour: Attr[str] = attr(default="red")
    text: Attr[str] = attr(default="x" * 120)

    primary = PrimaryKey("STALL#{stall}", "WARE#{n:06}")
    by_colour = IndexKey("keys", "COLOUR#{colour}", "{n:06}")


class Counting:
    """Counts the requests on their way to a transport, and keeps what came back."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.sent: list[Any] = []
        self.answers: list[Any] = []

    def send(self, request: Any) -> Any:
        self.sent.append(request)
        answer = self.transport.send(request)
        self.answers.append(answer.data)
        return answer

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


@pytest.fixture
def stalls(make_db: Callable[..., Any], fresh_table_name: Callable[[str], str]) -> Any:
    """Write wares and count what is sent afterwards."""
    db = make_db(tables={market: fresh_table_name("market")})
    db.create_table(market)

    def fill(*wares: Ware) -> Any:
        db.execute(batch_write(map(put, wares))).raise_for_failed()
        db.transport = Counting(db.transport)
        return db

    return fill


def operations(db: Any) -> list[str]:
    return [request.operation for request in db.transport.sent]


def test_a_limit_that_nothing_fills_sends_two_requests_for_a_thousand_items(stalls: Any) -> None:
    """Of 200 bytes each, which is less than a page holds."""
    db = stalls(*(Ware(stall="a", n=n, text="x" * 120) for n in range(1000)))
    of_a = select(Ware).where(Ware.stall == "a")

    assert db.execute(of_a.where(Ware.text == "").limit(1)) == []
    assert len(db.transport.sent) <= 2
    db.transport.sent.clear()
    assert db.execute(of_a.where(Ware.text == "").first()) is None
    assert len(db.transport.sent) <= 2
    db.transport.sent.clear()
    assert db.execute(of_a.where(Ware.text == "").page(1)).items == []
    assert len(db.transport.sent) <= 2
    db.transport.sent.clear()
    assert db.execute(of_a.where(Ware.text == "").descending().limit(1)) == []
    assert len(db.transport.sent) <= 2
    db.transport.sent.clear()
    # What is found late is found no later.
    [found] = db.execute(of_a.where((Ware.n == 999) | (Ware.text == "")).limit(1))
    assert found.n == 999
    assert len(db.transport.sent) <= 2


def test_a_whole_key_sends_one_request(stalls: Any) -> None:
    db = stalls(Ware(stall="a", n=1))
    one = select(Ware).where(Ware.stall == "a", Ware.n == 1)

    db.execute(get(Ware, stall="a", n=1))
    for statement in (one, one.one(), one.first(), one.count(), one.page(5), one.only(Ware.text)):
        db.execute(statement)
    assert operations(db) == ["GetItem"] * 7


def test_what_an_index_of_keys_holds_sends_one_request(stalls: Any) -> None:
    db = stalls(*(Ware(stall=stall, n=n) for stall in "ab" for n in range(3)))
    red = select(Ware).where(Ware.colour == "red", Ware.n >= 1)

    found = db.execute(red.only(Ware.colour, Ware.stall, Ware.n))
    assert sorted(found) == [("red", stall, n) for stall in "ab" for n in (1, 2)]
    assert operations(db) == ["Query"]
    assert db.execute(red.where(Ware.stall != "a").count()) == 2
    assert operations(db) == ["Query"] * 2


def test_a_count_sends_one_request_per_page_and_gets_no_items(stalls: Any) -> None:
    db = stalls(*(Ware(stall="a", n=n, colour="red" if n % 3 else "blue") for n in range(30)))
    of_a = select(Ware).where(Ware.stall == "a")

    assert db.execute(of_a.count()) == 30
    assert len(db.transport.sent) == 1
    assert db.execute(of_a.where(Ware.text.size() == 120).page_size(7).count()) == 30
    assert len(db.transport.sent) == 1 + ceil(30 / 7)
    assert db.execute(of_a.where(~(Ware.colour == "red")).count()) == 10
    assert all(request.body["Select"] == "COUNT" for request in db.transport.sent)
    assert not any("Items" in answer for answer in db.transport.answers)


def test_a_count_goes_no_further_than_its_limit(stalls: Any) -> None:
    db = stalls(*(Ware(stall="a", n=n) for n in range(30)))

    assert db.execute(select(Ware).where(Ware.stall == "a").limit(7).count()) == 7
    assert len(db.transport.sent) == 1


def test_a_page_without_a_filter_sends_one_request_of_its_size(stalls: Any) -> None:
    db = stalls(*(Ware(stall="a", n=n) for n in range(30)))

    page = db.execute(select(Ware).where(Ware.stall == "a").page(10))
    assert [ware.n for ware in page] == list(range(10))
    assert page.cursor is not None
    assert [request.body["Limit"] for request in db.transport.sent] == [10]
    page = db.execute(select(Ware).where(Ware.stall == "a").page(10, after=page.cursor))
    assert [ware.n for ware in page] == list(range(10, 20))
    assert [request.body["Limit"] for request in db.transport.sent] == [10, 10]


def test_is_in_sends_one_query_per_partition_until_there_is_enough(stalls: Any) -> None:
    db = stalls(*(Ware(stall=stall, n=n) for stall in "abcde" for n in range(4)))
    five = select(Ware).where(Ware.stall.is_in(list("edcba")))

    found = db.execute(five)
    assert [(ware.stall, ware.n) for ware in found] == [(s, n) for s in "edcba" for n in range(4)]
    assert operations(db) == ["Query"] * 5
    db.transport.sent.clear()
    assert len(db.execute(five.limit(6))) == 6
    assert [request.body["Limit"] for request in db.transport.sent] in ([6, 2], [6, 2, 2])


def test_whole_keys_send_one_request(stalls: Any) -> None:
    db = stalls(*(Ware(stall=stall, n=n) for stall in "ab" for n in range(30)))
    keys = select(Ware).where(Ware.stall.is_in(list("ba")), Ware.n.is_in(range(25, 35)))
    found = [(stall, n) for stall in "ba" for n in range(25, 30)]

    assert [(ware.stall, ware.n) for ware in db.execute(keys)] == found
    assert db.execute(keys.only(Ware.stall, Ware.n)) == found
    assert db.execute(keys.count()) == 10
    assert operations(db) == ["BatchGetItem"] * 3


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_what_an_index_does_not_hold_is_fetched_a_hundred_at_a_time(
    stalls: Any, count: int
) -> None:
    db = stalls(*(Ware(stall="a", n=n) for n in range(count)), Ware(stall="b", n=1, colour="blue"))

    found = db.execute(select(Ware).where(Ware.colour == "red"))
    assert [ware.n for ware in found] == list(range(count))
    assert operations(db) == ["Query", *["BatchGetItem"] * ceil(count / 100)]


def test_a_limit_on_what_is_fetched_fetches_no_more(stalls: Any) -> None:
    db = stalls(*(Ware(stall="a", n=n) for n in range(50)))

    assert len(db.execute(select(Ware).where(Ware.colour == "red").limit(5))) == 5
    fetched = [
        len(part["Keys"])
        for request in db.transport.sent
        for part in request.body.get("RequestItems", {}).values()
    ]
    assert operations(db) == ["Query", "BatchGetItem"]
    # The filter by type brings a sample, which is what is fetched at most.
    assert fetched[0] <= 20


def test_a_stream_holds_one_page(stalls: Any) -> None:
    db = stalls(*(Ware(stall="a", n=n) for n in range(30)))
    stream = db.stream(select(Ware).where(Ware.stall == "a").page_size(5))

    def held() -> int:
        gc.collect()
        return sum(isinstance(each, Ware) for each in gc.get_objects())

    before = held()
    for number in range(30):
        ware = next(stream)
        assert ware.n == number
        assert len(db.transport.sent) == number // 5 + 1
        if number in {0, 5, 25}:
            assert held() - before <= 5 + 1
    assert next(stream, None) is None


def test_segments_send_a_request_each(stalls: Any) -> None:
    db = stalls(*(Ware(stall=f"{n}", n=n) for n in range(30)))

    found = db.execute(select(Ware).scan(segments=4))
    assert sorted(ware.n for ware in found) == list(range(30))
    assert sorted(request.body["Segment"] for request in db.transport.sent) == [0, 1, 2, 3]


@pytest.fixture
def strangers(stalls: Any, client: Any) -> Any:
    """What another program put between the wares, without a type: one is a ware by its key."""
    db = stalls(Ware(stall="a", n=1))
    for sk in ("WARE#000002", "WARE#two", "X"):
        client.put_item(
            TableName=db.config.table_name("market"),
            Item={"pk": {"S": "STALL#a"}, "sk": {"S": sk}, "colour": {"S": "red"}},
        )
    return db


def test_values_are_those_of_the_items_that_are_selected(strangers: Any) -> None:
    of_a = select(Ware).where(Ware.stall == "a", Ware.colour == "red").using(Ware.primary)
    assert [ware.n for ware in strangers.execute(of_a)] == [1, 2]
    assert strangers.execute(of_a.only(Ware.n)) == [(1,), (2,)]
    assert strangers.execute(of_a.only(Ware.stall)) == [("a",), ("a",)]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(select(Ware).where(Ware.stall == "a"), id="an item collection"),
        pytest.param(select(Ware).scan(), id="a scan"),
    ],
)
def test_a_count_of_the_service_trusts_how_a_key_without_a_type_begins(
    strangers: Any, statement: Any
) -> None:
    """DynamoDB cannot tell `WARE#two` from a ware's key; the documentation says so."""
    assert len(strangers.execute(statement)) == 2
    assert strangers.execute(statement.count()) == 3
