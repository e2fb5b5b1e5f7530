"""What has the last word in an item: its keys, its type and its write ids."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    model_serializer,
)

from mizzle import (
    Attr,
    Document,
    Entity,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    attr,
    batch_write,
    key,
    put,
)
from mizzle.model.schema import schema_of
from mizzle.model.write_ids import mark, new_write_id

table = Table(
    "app",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("gsi", partition_key="gpk"), Index("turned", partition_key="sk", sort_key="pk")],
)


class Open(Entity, table=table):
    model_config = ConfigDict(extra="allow")

    id: Attr[str]
    group: Attr[str | None] = attr(default=None)

    primary = PrimaryKey("OPEN#{id}", "S")
    by_group = IndexKey("gsi", "GROUP#{group}")


class Serialized(Entity, table=table):
    id: Attr[str]

    primary = PrimaryKey("SERIAL#{id}", "S")

    @model_serializer
    def serialize(self) -> dict[str, Any]:
        return {"id": self.id, "pk": "evil", "_type": "Open", "more": 1}


class Turned(Entity, table=table):
    id: Attr[str]

    primary = PrimaryKey("TURNED#{id}", "S")
    turned = IndexKey("turned", "OTHER#{id}", "{id}")


def item_of(entity: Entity) -> Any:
    """Give an item as it is written, having seen that no name stands in it twice."""
    encoded = schema_of(type(entity)).encode(entity)
    names: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        assert len(found) == len(pairs), pairs
        names.extend(found)
        return found

    item = json.loads(encoded.json, object_pairs_hook=noted)
    assert encoded.key == {name: item[name] for name in encoded.key}
    return item


@pytest.mark.parametrize("name", ["pk", "sk", "_type", "gpk"])
def test_extra_attributes_do_not_replace_keys_and_type(name: str) -> None:
    entity = Open(**{"id": "1", "group": "g", name: "evil"})
    assert item_of(entity)[name] == item_of(Open(id="1", group="g"))[name]
    assert put(entity).compile().body["Item"][name] != {"S": "evil"}
    (request,) = batch_write([put(entity)]).compile()
    assert b"evil" not in request.to_json()


def test_an_extra_attribute_stays_where_there_is_no_key() -> None:
    assert item_of(Open(id="1", gpk="mine"))["gpk"] == {"S": "mine"}


def test_a_serializer_of_the_whole_does_not_replace_keys_and_type() -> None:
    item = item_of(Serialized(id="1"))
    assert (item["pk"], item["_type"]) == ({"S": "SERIAL#1"}, {"S": "Serialized"})
    assert item["more"] == {"N": "1"}


def test_write_ids_replace_extra_attributes_of_their_names() -> None:
    encoded = schema_of(Open).encode(Open(id="1", _w="x", _wp="y"))
    own = new_write_id("put")
    marked = encoded.marked(mark(encoded.marks, own, inserts=True))
    assert {n: v for n, v in marked.item.items() if n in {"_w", "_wp"}} == {"_w": own}
    assert not {"_w", "_wp"} & encoded.marked({}).item.keys()


def test_the_primary_key_replaces_an_index_key_of_the_same_attributes() -> None:
    item = item_of(Turned(id="1"))
    assert (item["pk"], item["sk"]) == ({"S": "TURNED#1"}, {"S": "S"})


def plain() -> Table:
    return Table("plain", partition_key="id", indexes=[Index("by_g", partition_key="g")])


def test_a_key_that_is_a_field_is_stored_whatever_the_field_says() -> None:
    class Hidden(Entity, table=plain()):
        id: Attr[str] = attr(default="a")
        g: Attr[Annotated[str | None, Field(exclude=True)]] = attr(default=None)

    class Sometimes(Entity, table=plain()):
        id: Attr[str]
        g: Attr[Annotated[str, Field(exclude_if=lambda g: g == "no")]] = attr(default="x")

    class Odd(Entity, table=plain()):
        id: Attr[str] = attr(default="a")
        g: Attr[str | None] = attr(default=None)

        @model_serializer
        def serialize(self) -> dict[str, Any]:
            return {"id": "zz"}

    class Together(Entity, table=plain()):
        id: Attr[str]
        n: Attr[int]
        g: Attr[str | None] = attr(default=None)

        @field_serializer("id")
        def serialize_id(self, value: str) -> str:
            return f"{value}{getattr(self, 'n', '?')}"

    assert item_of(Hidden(id="a", g="g"))["g"] == {"S": "g"}
    assert item_of(Sometimes(id="a", g="no"))["g"] == {"S": "no"}
    assert item_of(Odd(id="a"))["id"] == {"S": "a"}
    assert item_of(Together(id="a", n=3))["id"] == key(Together, id="a").attributes["id"]


def test_a_value_that_was_refused_leaves_nothing_behind() -> None:
    class Padded(Entity, table=Table("padded", partition_key="pk")):
        id: Attr[str]
        name: Attr[Annotated[str, AfterValidator(str.strip)]]

        primary = PrimaryKey("{id}")

    usual, wrong = Padded(id="1", name="Ada"), Padded(id="1", name="Ada")
    usual.name = " Ada "
    expected = put(usual).compile().body
    wrong.__dict__["name"] = None
    with pytest.raises(ValidationError):
        put(wrong).compile()
    assert put(usual).compile().body == expected


def test_a_document_with_two_fields_of_one_name_stores_it_once() -> None:
    class Twice(Document):
        a: Attr[str] = attr(alias="x")
        b: Attr[str] = attr(alias="x")

    class Holder(Entity, table=table):
        id: Attr[str]
        twice: Attr[Twice]

        primary = PrimaryKey("HOLDER#{id}", "S")

    twice = Twice.model_construct(a="p", b="q")
    twice.__dict__.update(a="p", b="q")
    item = item_of(Holder.model_construct(id="1", twice=twice))
    assert item["twice"] == {"M": {"x": {"S": "q"}}}
    read: Any = schema_of(Holder).decode(item)
    assert (read.twice.a, read.twice.b) == ("q", "q")


def test_the_values_of_a_key_stand_in_its_own_order() -> None:
    class Pair(Entity, table=table):
        a: Attr[str]
        b: Attr[str]

        primary = PrimaryKey("PAIR#{a}", "{b}")

    assert repr(key(Pair, b="2", a="1")) == repr(key(Pair, a="1", b="2"))
    assert list(key(Pair, b="2", a="1").values) == ["a", "b"]


def test_validators_see_the_zero_that_is_stored() -> None:
    seen: list[str] = []

    class Checked(Entity, table=table):
        id: Attr[str]
        x: Attr[float]

        primary = PrimaryKey("ZERO#{id}", "S")

        def model_post_init(self, context: Any) -> None:
            seen.append(repr(self.x))

    entity = Checked(id="1", x=-0.0)
    seen.clear()
    put(entity).compile()
    assert seen == ["0.0"]
