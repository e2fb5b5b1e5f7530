"""Entities that generated code must not trip over; what it reads is in properties/test_generated_codecs."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    RootModel,
    SecretStr,
    SerializationInfo,
    field_validator,
)
from pydantic_core import core_schema
from typing_extensions import TypedDict

from mizzle import Attr, EncodingError, Entity, ItemDecodeError, PrimaryKey, Table, attr
from mizzle.model.entity import EntityMeta
from mizzle.model.schema import schema_of
from mizzle.statements.select_rows import EntityRows

V = TypeVar("V")


class Box(BaseModel, Generic[V]):
    value: V


class Equal:
    """Hides one value; all of them are equal."""

    def __init__(self, hidden: int) -> None:
        self.hidden = hidden

    def __call__(self, value: Any) -> bool:
        return bool(value == self.hidden)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    __hash__ = None  # type: ignore[assignment]  # it is not needed


class Chained(BaseModel):
    x: int

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.chain_schema([handler(source)])


class Raised(Entity, table=Table("raised", partition_key="pk")):
    id: Attr[str]
    x: Attr[int]

    primary = PrimaryKey("{id}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        def raise_x(entity: Any) -> Any:
            entity.__dict__["x"] += 1
            return entity

        return core_schema.no_info_after_validator_function(raise_x, handler(source))


table = Table("odd", partition_key="pk")


class Holder(Entity, table=table):
    id: Attr[str]
    number: Attr[Box[int]]
    text: Attr[Box[str]]
    chained: Attr[Chained]
    a: Attr[Annotated[int, Field(exclude_if=Equal(1))]] = attr(default=0)
    b: Attr[Annotated[int, Field(exclude_if=Equal(2))]] = attr(default=0)

    primary = PrimaryKey("HOLDER#{id}")


class Counted(Entity, table=table):
    id: Attr[str]
    x: Attr[int]

    primary = PrimaryKey("COUNTED#{id}")

    @field_validator("x")
    @classmethod
    def count(cls, value: int) -> int:
        seen.append(value)
        if value < 0:
            raise KeyError(value)
        return value


seen: list[int] = []


def holder(**changes: Any) -> Holder:
    parts = {"number": Box[int](value=1), "text": Box[str](value="a"), "chained": Chained(x=1)}
    return Holder(id="h", **{**parts, **changes})


def test_generic_and_chained_documents_are_stored() -> None:
    schema = schema_of(Holder)
    assert schema.decode(schema.encode(holder()).item) == holder()


@pytest.mark.parametrize(("a", "b", "stored"), [(0, 1, "ab"), (1, 0, "b"), (0, 2, "a")])
def test_what_merely_equals_is_not_the_same(a: int, b: int, stored: str) -> None:
    item = schema_of(Holder).encode(holder(a=a, b=b)).item
    assert [name for name in "ab" if name in item] == list(stored)


def test_a_class_within_a_function_is_completed() -> None:
    class Inner(BaseModel):
        leaf: Leaf

    class Leaf(BaseModel):
        x: int

    class Outer(Entity, table=Table("local", partition_key="pk")):
        id: Attr[str]
        inner: Attr[Inner]

        primary = PrimaryKey("{id}")

    Outer.model_rebuild()
    outer = Outer(id="o", inner=Inner.model_validate({"leaf": {"x": 1}}))
    assert schema_of(Outer).decode(schema_of(Outer).encode(outer).item) == outer


def test_a_page_is_read_as_a_single_item_is() -> None:
    schema = schema_of(Raised)
    item = {"pk": {"S": "a"}, "id": {"S": "a"}, "x": {"N": "1"}, "_type": {"S": "Raised"}}
    assert [schema.decode(item).__dict__["x"]] * 3 == [
        entity.x for entity in EntityRows(schema).read_all([item] * 3)
    ]


def test_validators_of_good_items_run_once_whatever_else_is_on_the_page() -> None:
    schema = schema_of(Counted)
    items = [schema.encode(Counted(id="c", x=n)).item for n in range(3)]
    items.insert(1, {**items[0], "x": {"N": "-1"}})
    seen.clear()
    found = EntityRows(schema).read_all(list(items))
    assert [value for value in seen if value >= 0] == [0, 1, 2]
    assert isinstance(found[1], ItemDecodeError)
    assert isinstance(found[1].__cause__, KeyError)
    assert found[1].__context__ is found[1].__cause__


class Shortened:
    """Its text leaves out half of it."""

    def __init__(self, text: str) -> None:
        self.text = text


def shorten(value: Any, info: SerializationInfo) -> Any:
    return value.text[:1] if info.mode == "json" and isinstance(value, Shortened) else value


class Note(Entity, table=Table("shortened", partition_key="pk")):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    id: Attr[str]
    text: Attr[Annotated[Any, PlainSerializer(shorten)]]

    primary = PrimaryKey("{id}")


def test_what_a_later_value_loses_is_noticed_too() -> None:
    schema = schema_of(Note)
    assert schema.encode(Note(id="a", text="whole")).item["text"] == {"S": "whole"}
    with pytest.raises(EncodingError, match="read back as another value"):
        schema.encode(Note(id="b", text=Shortened("cut")))


class Secret(BaseModel):
    value: SecretStr


class Holding(TypedDict):
    secret: SecretStr


class Root(RootModel[list[Secret]]):
    pass


SECRET = Secret(value=SecretStr("s"))


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (SecretStr, SecretStr("s")),
        (Secret, SECRET),
        (list[Secret], [SECRET]),
        (dict[str, Secret], {"a": SECRET}),
        (tuple[Secret, ...], (SECRET,)),
        (Annotated[Secret | None, AfterValidator(lambda v: v)], SECRET),
        (Holding, {"secret": SecretStr("s")}),
        (list[Holding], [{"secret": SecretStr("s")}]),
        (Root, Root([SECRET])),
    ],
    ids=range(9),
)
def test_what_a_serializer_hides_is_not_stored_at_any_depth(annotation: Any, value: Any) -> None:
    namespace: Any = {
        "__module__": __name__,
        "__annotations__": {"id": Attr[str], "x": Attr[annotation]},
        "primary": PrimaryKey("{id}"),
    }
    holder = EntityMeta("Holder", (Entity,), namespace, table=Table("secrets", partition_key="pk"))
    with pytest.raises(EncodingError, match="read back as another value"):
        schema_of(holder).encode(holder(id="1", x=value))
