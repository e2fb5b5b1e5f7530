"""Entities are Pydantic models: everything Pydantic offers keeps working."""

from __future__ import annotations

import copy
import pickle
from typing import Annotated, Any

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from mizzle import (
    Attr,
    AttributePath,
    DefinitionError,
    Document,
    Entity,
    KeyAttribute,
    PrimaryKey,
    Table,
    attr,
    put,
    select,
)
from mizzle.model.origins import read_key, read_marks, remember
from mizzle.model.schema import schema_of
from tests.models import Address, User, ada
from tests.support.requests import body_of


def table() -> Table:
    return Table("t", partition_key="pk")


class Mixin(BaseModel):
    note: str = "plain"


class Plain(Mixin):
    id: str
    age: Annotated[int, Field(ge=0)] = 3
    tags: set[str] = Field(default_factory=set)


class Mine(Mixin, Entity, table=Table("mine", partition_key="pk")):
    id: Attr[str]
    age: Attr[Annotated[int, Field(ge=0)]] = attr(default=3)
    tags: Attr[set[str]] = attr(default_factory=set)

    primary = PrimaryKey("MINE#{id}")


def test_the_json_schema_is_that_of_a_plain_model() -> None:
    mine, plain = Mine.model_json_schema(), Plain.model_json_schema()
    assert {**mine, "title": ""} == {**plain, "title": ""}


def test_fields_are_what_they_say() -> None:
    assert Mine.model_fields["age"].annotation is int
    assert Mine(id="a").model_dump() == Plain(id="a").model_dump()
    assert isinstance(Mine.age, AttributePath)
    assert isinstance(Mine.note, AttributePath)  # type: ignore[unreachable]
    assert Mine(id="a").age == 3
    assert not hasattr(Mine, "nope")
    with pytest.raises(AttributeError):
        Mine.nope  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ValidationError):
        Mine(id="a", age=-1)


def test_paths_are_equal_where_they_lead_to_the_same_place() -> None:
    assert hash(User.home.fields.city) == hash(User.home.fields.city)
    assert repr(User.home.fields.city) == "User.home.city"
    assert repr(User.history[0].fields.city) == "User.history[0].city"


def test_subclass_fields_have_no_false_defaults() -> None:
    class Base(Entity, table=table()):
        id: Attr[str]
        age: Attr[int]
        primary = PrimaryKey("B#{id}")

    class Sub(Base):
        level: Attr[int]
        age: Attr[int] = attr(default=7)

    with pytest.raises(ValidationError):
        Sub(level=1)  # type: ignore[call-arg]
    assert Sub(id="a", level=1).age == 7


def test_frozen_models_validators_and_computed_fields() -> None:
    class Point(Entity, table=table()):
        model_config = ConfigDict(frozen=True)
        id: Attr[str]
        x: Attr[int] = attr(default=1)
        primary = PrimaryKey("P#{id}")

        @field_validator("x")
        @classmethod
        def double(cls, x: int) -> int:
            return 2 * x

        @model_validator(mode="after")
        def check(self) -> Point:
            assert self.x != 26
            return self

        @computed_field  # type: ignore[prop-decorator]
        @property
        def y(self) -> int:
            return self.x + 1

    made = Point(id="a", x=4)
    assert (made.x, made.y) == (8, 9)
    with pytest.raises(ValidationError):
        made.x = 5  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Point(id="a", x=13)
    item = body_of(put(made))["Item"]
    assert item["x"] == {"N": "8"}
    assert "y" not in item


def test_aliases_are_the_stored_names() -> None:
    class Camel(Entity, table=table()):
        model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
        user_id: Attr[str]
        copy_: Attr[str] = attr(default="x", alias="copy")
        home_address: Attr[Address | None] = attr(default=None)
        primary = PrimaryKey("C#{user_id}")

    made = Camel(user_id="u", copy="y")  # type: ignore[call-arg]
    assert body_of(put(made))["Item"] == {
        "pk": {"S": "C#u"},
        "_type": {"S": "Camel"},
        "userId": {"S": "u"},
        "copy": {"S": "y"},
    }
    names = body_of(select(Camel).where(Camel.copy_ == "y").scan())["ExpressionAttributeNames"]
    assert "copy" in names.values()


def test_local_types_are_found_under_future_annotations() -> None:
    class Inner(Document):
        city: Attr[str]

    class Outer(Entity, table=table()):
        id: Attr[str]
        inner: Attr[Inner]
        primary = PrimaryKey("O#{id}")

    assert Outer(id="a", inner=Inner(city="b")).inner.city == "b"


def test_extra_attributes_are_stored_where_the_model_allows_them() -> None:
    class Open(Entity, table=table()):
        model_config = ConfigDict(extra="allow")
        id: Attr[str]
        primary = PrimaryKey("O#{id}")

    made = Open(id="a", colour="red", n=1)  # type: ignore[call-arg]
    assert body_of(put(made))["Item"]["colour"] == {"S": "red"}


def test_the_read_key_follows_copies_but_not_changes() -> None:
    user = ada()
    key = {"pk": {"S": "k"}, "sk": {"S": "s"}}
    schema = schema_of(type(user))
    for held in (("k", "s"), key):
        remember(user, __mizzle_key__=held)
        assert schema.key_of(pickle.loads(pickle.dumps(user))) == key
        assert schema.key_of(copy.deepcopy(user)) == key
        assert read_key(user.model_copy(update={"id": 1})) is None
    assert user == ada()
    assert pickle.loads(pickle.dumps(ada())) == ada()


@pytest.mark.parametrize(
    "stored",
    [
        {"pk": {"S": "A#1"}, "n": {"N": "7"}},
        # Binary, which the program does not know.
        {"pk": {"B": "QQ=="}, "n": {"N": "7"}},
    ],
)
def test_an_entity_keeps_the_key_that_it_was_read_with(stored: dict[str, Any]) -> None:
    numbered = Table("numbered", partition_key="pk", sort_key=KeyAttribute("n", "N"))

    class Numbered(Entity, table=numbered):
        id: Attr[str]
        n: Attr[int]
        primary = PrimaryKey("A#{id}")

    schema = schema_of(Numbered)
    item = {**stored, "id": {"S": "1"}, schema.table.type_attribute: {"S": "Numbered"}}

    assert schema.key_of(schema.decode(item)) == stored


def test_the_write_ids_follow_every_copy() -> None:
    """A copy may be put back in place of what was read."""
    marks = {"_w": {"B": "AAAA"}}
    user = ada()
    remember(user, __mizzle_marks__=marks)
    assert read_marks(pickle.loads(pickle.dumps(user))) == marks
    assert read_marks(copy.deepcopy(user)) == marks
    assert read_marks(user.model_copy(update={"name": "Other"})) == marks
    assert read_marks(ada()) == {}
    assert user == ada()


def test_a_plain_model_may_hold_an_entity() -> None:
    class Holder(BaseModel):
        user: User

    assert Holder(user=ada()).user == ada()


@pytest.mark.parametrize("name", ["copy", "json", "schema", "register", "model_dump", "mro"])
def test_names_that_every_entity_has_are_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match=name):
        type(Entity)("X", (Entity,), {"__annotations__": {name: str}, "__module__": __name__})


@pytest.mark.parametrize("name", ["key", "table", "primary", "entity", "fields", "items", "set"])
def test_names_that_only_look_reserved_are_fields(name: str) -> None:
    namespace: dict[str, Any] = {"__annotations__": {name: str}, "__module__": __name__}
    cls = type(Entity)("X", (Entity,), namespace)
    assert getattr(cls, name).steps == (name,)
