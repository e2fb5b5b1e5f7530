"""K3: no two different keys are ever one item."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import (
    Attr,
    EncodingError,
    Entity,
    PrimaryKey,
    Table,
    attr,
    delete,
    get,
    insert,
    key,
    put,
    select,
    update,
)
from tests.support.requests import body_of

pairs = Table("pairs", partition_key="pk", sort_key="sk")
legacy = Table("legacy", partition_key="pk", sort_key="sk", type_attribute=None)


class Pair(Entity, table=pairs):
    a: Attr[str]
    b: Attr[str]
    primary = PrimaryKey("C#{a}#{b}", "PAIR")


class Quoted(Entity, table=pairs):
    a: Attr[str]
    b: Attr[str]
    primary = PrimaryKey("Q#{a:quote}#{b:quote}", "QUOTED")


class Old(Entity, table=legacy):
    a: Attr[str]
    b: Attr[str]
    n: Attr[int] = attr(default=0)
    primary = PrimaryKey("C#{a}#{b}", "OLD")


def test_a_value_with_the_separator_is_refused_before_any_request() -> None:
    with pytest.raises(EncodingError) as caught:
        insert(Pair(a="x#y", b="z")).compile()
    assert "Pair.a" in str(caught.value)
    assert "{a:quote}" in str(caught.value)
    with pytest.raises(EncodingError):
        key(Pair, a="x#y", b="z")


def test_the_last_segment_may_hold_the_separator() -> None:
    body = body_of(put(Pair(a="x", b="y#z")))
    assert body["Item"]["pk"] == {"S": "C#x#y#z"}


def test_quoted_segments_hold_anything(make_db: Any, fresh_table_name: Any) -> None:
    db = make_db(tables={pairs: fresh_table_name()})
    db.create_table(pairs)
    found = [Quoted(a="x#y", b="z"), Quoted(a="x", b="y#z"), Quoted(a="%", b="é/")]
    for item in found:
        db.execute(insert(item))
    for item in found:
        assert db.execute(get(Quoted, a=item.a, b=item.b)) == item


def test_a_select_for_an_impossible_key_finds_nothing_and_sends_nothing(make_db: Any) -> None:
    # The table does not even exist: a request would fail.
    assert (
        make_db(table_prefix="none-").execute(select(Pair).where(Pair.a == "x#", Pair.b == ""))
        == []
    )


def test_what_was_read_is_updated_and_deleted_by_the_key_it_was_read_with(
    make_db: Any, fresh_table_name: Any, client: Any
) -> None:
    name = fresh_table_name()
    db = make_db(tables={legacy: name})
    db.create_table(legacy)
    # Another program wrote a key that this template cannot make of these fields.
    item = {"pk": {"S": "C#x#y#z"}, "sk": {"S": "OLD"}, "a": {"S": "x#y"}, "b": {"S": "z"}}
    client.put_item(TableName=name, Item=item)
    old = db.execute(select(Old).where(Old.a == "x", Old.b == "y#z").scan().first())
    assert old is None
    (found,) = db.execute(select(Old).where(Old.b == "z").scan())
    assert (found.a, found.b) == ("x#y", "z")
    assert db.execute(update(found).set(Old.n, 5)).n == 5
    assert client.scan(TableName=name)["Count"] == 1
    assert db.execute(delete(found)).n == 5
    assert client.scan(TableName=name)["Count"] == 0
