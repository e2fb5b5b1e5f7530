"""K5: every item carries its entity's name, and typed statements touch only their own."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import (
    Attr,
    Entity,
    ItemNotFoundError,
    PrimaryKey,
    Table,
    attr,
    delete,
    get,
    insert,
    put,
    select,
    update,
)
from tests.models import ADA, Order, User, ada, order
from tests.support.requests import body_of

zoo = Table("zoo", partition_key="pk", sort_key="sk", type_attribute="kind")


class Animal(Entity, table=zoo, name="animal"):
    house: Attr[str]
    id: Attr[str]
    primary = PrimaryKey("HOUSE#{house}", "ANIMAL#{id}")


class Bird(Animal, name="bird"):
    wings: Attr[int] = attr(default=2)


@pytest.fixture
def zoo_db(make_db: Any, fresh_table_name: Any) -> Any:
    db = make_db(tables={zoo: fresh_table_name("zoo")})
    db.create_table(zoo)
    return db


def test_the_type_attribute_holds_the_name(zoo_db: Any) -> None:
    assert body_of(put(Bird(house="h", id="b")))["Item"]["kind"] == {"S": "bird"}
    assert body_of(put(ada()))["Item"]["_type"] == {"S": "User"}


def test_reads_return_subclasses_as_what_they_are(zoo_db: Any) -> None:
    bird, cat = Bird(house="h", id="b", wings=3), Animal(house="h", id="c")
    zoo_db.execute(insert(bird))
    zoo_db.execute(insert(cat))
    assert zoo_db.execute(select(Animal).where(Animal.house == "h")) == [bird, cat]
    assert zoo_db.execute(select(Bird).where(Bird.house == "h")) == [bird]
    assert zoo_db.execute(get(Animal, house="h", id="b")) == bird
    assert zoo_db.execute(get(Bird, house="h", id="c")) is None


def test_updates_and_deletes_never_touch_another_entity(zoo_db: Any) -> None:
    cat = zoo_db.execute(insert(Animal(house="h", id="c")))
    with pytest.raises(ItemNotFoundError):
        zoo_db.execute(update(Bird, house="h", id="c").set(Bird.wings, 4))
    assert zoo_db.execute(delete(Bird, house="h", id="c")) is None
    assert zoo_db.execute(get(Animal, house="h", id="c")) == cat


def test_foreign_items_never_break_a_read(shop: Any, client: Any) -> None:
    table = shop.config.table_name("app")
    shop.execute(insert(ada()))
    shop.execute(insert(order()))
    strange = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ORDER#what"}, "_type": {"S": "Ghost"}}
    client.put_item(TableName=table, Item=strange)
    client.put_item(TableName=table, Item={**strange, "sk": {"S": "ORDER#"}, "_type": {"N": "1"}})
    assert shop.execute(select(Order).where(Order.user_id == ADA)) == [order()]
    assert shop.execute(select(Order).scan()) == [order()]
    assert shop.execute(get(User, id=ADA)) == ada()


def test_a_table_of_another_program_is_read_by_key_template(shop: Any, client: Any) -> None:
    table = shop.config.table_name("app")
    item = dict(body_of(put(order()))["Item"])
    for missing in ("_type", "user_id", "placed_at", "id"):
        del item[missing]
    client.put_item(TableName=table, Item=item)
    assert shop.execute(select(Order).where(Order.user_id == ADA)) == [order()]
