"""When an entity is stored without asking Pydantic: only if its types leave nothing to ask."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from unittest.mock import Mock
from uuid import UUID

import pytest
from pydantic import (
    UUID4,
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)
from typing_extensions import TypeAliasType

from mizzle import Attr, Document, Entity, MizzleError, PrimaryKey, Table, attr
from mizzle.model.entity import EntityMeta
from mizzle.model.schema import schema_of


class Status(enum.StrEnum):
    NEW = "new"
    PAID = "paid"


class Caseless(enum.Enum):
    A = "a"
    B = "A"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Caseless) and self.value.lower() == other.value.lower()

    def __hash__(self) -> int:
        return 0


Positive = TypeAliasType("Positive", Annotated[int, Field(ge=0)])
Short = TypeAliasType("Short", Annotated[list[str], Field(max_length=1)])


class Line(Document):
    product: Attr[str]
    price: Attr[Decimal]


class Counted(Document):
    count: Attr[Annotated[int, Field(ge=0)]]


class Checked(Document):
    low: Attr[int]
    high: Attr[int]

    @model_validator(mode="after")
    def compare(self) -> Self:
        assert self.low <= self.high
        return self


class Stripped(Document):
    model_config = ConfigDict(str_strip_whitespace=True)

    text: Attr[str]


def entity(annotation: Any, default: Any = ..., config: Any = None, **namespace: Any) -> Any:
    """Make an entity with one field `x` besides its key."""
    table = Table("certain", partition_key="pk")
    body: dict[str, Any] = {
        "__module__": __name__,
        "__qualname__": "Made",
        "__annotations__": {"id": Attr[str], "x": Attr[annotation]},
        "primary": PrimaryKey("MADE#{id}"),
        **namespace,
    }
    if default is not ...:
        body["x"] = default
    if config is not None:
        body["model_config"] = config
    return EntityMeta("Made", (Entity,), body, table=table)


CERTAIN: list[Any] = [
    str, int, bool, float, Decimal, UUID, date, datetime, Status, Literal["a", "b"], Literal[1, "a"],
    Line, list[str], list[int], list[Line], dict[str, int], dict[str, Line], set[str],
]  # fmt: skip
UNCERTAIN: list[Any] = [
    Annotated[int, Field(ge=0)],
    Annotated[str, Field(min_length=1)],
    Annotated[str, Field(pattern="^a")],
    Annotated[Decimal, Field(max_digits=5)],
    Annotated[float, Field(gt=0)],
    Annotated[float, Field(allow_inf_nan=False)],
    Annotated[str, AfterValidator(str.upper)],
    Annotated[str, BeforeValidator(str)],
    UUID4,
    AwareDatetime,
    Annotated[list[str], Field(max_length=2)],
    list[Annotated[str, Field(max_length=2)]],
    dict[Annotated[str, Field(max_length=2)], int],
    dict[str, Annotated[int, Field(lt=5)]],
    Annotated[set[str], Field(min_length=1)],
    Counted,
    list[Counted],
    dict[str, Counted],
    Checked,
    list[Checked],
    Stripped,
    Any,
    int | str,
    tuple[int, ...],
    set[int],
    bytes,
    list[list[str]],
    Caseless,
    Positive,
    Short,
    list[Positive],
    dict[str, Positive],
]


def is_certain(cls: Any) -> bool:
    return schema_of(cls).items._is_certain


@pytest.mark.parametrize("annotation", CERTAIN, ids=str)
def test_types_alone_leave_nothing_to_check(annotation: Any) -> None:
    assert is_certain(entity(annotation))
    assert is_certain(entity(annotation | None, attr(default=None)))


@pytest.mark.parametrize("annotation", UNCERTAIN, ids=str)
def test_anything_more_is_checked(annotation: Any) -> None:
    assert not is_certain(entity(annotation))


@pytest.mark.parametrize("annotation", [Positive, Short, list[Positive]], ids=str)
def test_a_type_that_is_used_twice_is_checked(annotation: Any) -> None:
    annotations = {"id": Attr[str], "x": Attr[annotation], "y": Attr[annotation]}
    assert not is_certain(entity(annotation, __annotations__=annotations))


def test_a_default_that_is_bad_is_noticed_when_it_would_be_read() -> None:
    config = ConfigDict(validate_default=True)
    made = entity(int, Field(default="bad", exclude=True), config)(id="1", x=3)
    with pytest.raises(ValidationError):
        schema_of(type(made)).encode(made)


def test_a_literal_of_a_member_takes_no_raw_value() -> None:
    cls = entity(Literal[Status.NEW])
    made = cls(id="1", x=Status.NEW)
    assert schema_of(cls).encode(made).item["x"] == {"S": "new"}
    made.__dict__["x"] = "new"
    assert outcome(schema_of(cls).encode, made) == outcome(by_codecs, made)


def test_members_that_equal_each_other_are_stored_as_themselves() -> None:
    cls = entity(Caseless)
    for member in Caseless:
        assert schema_of(cls).encode(cls(id="1", x=member)).item["x"] == {"S": member.value}


def test_what_pretends_to_be_of_a_type_is_not_stored() -> None:
    cls = entity(date)
    made = cls(id="1", x=date(2026, 1, 1))
    made.__dict__["x"] = Mock(spec=date)
    with pytest.raises((MizzleError, ValidationError)):
        schema_of(cls).encode(made)


def check(cls: Any, x: Any) -> Any:
    return x


@pytest.mark.parametrize(
    "options",
    [
        {"config": ConfigDict(str_to_lower=True)},
        {"config": ConfigDict(str_max_length=3)},
        {"check": field_validator("x")(classmethod(check))},
        {"check": model_validator(mode="after")(lambda self: self)},
        {"model_post_init": lambda self, context: None},
        {"_private": PrivateAttr(default=1)},
        {"default": Field(exclude=True)},
        {"default": Field(exclude_if=bool)},
    ],
    ids=["lower", "length", "field", "model", "post-init", "private", "excluded", "excluded-if"],
)
def test_what_a_model_adds_is_checked(options: Any) -> None:
    assert not is_certain(entity(str, **options))


WRONG: dict[str, tuple[Any, Any, list[Any]]] = {
    "str": (str, "a", [1, None, b"a", "\ud800", Status.NEW]),
    "int": (int, 1, ["1", True, 1.0, None, 10**39]),
    "bool": (bool, True, [1, "true", None]),
    "float": (float, 1.5, ["1", None, float("nan"), float("inf"), 1e200]),
    "Decimal": (Decimal, Decimal(1), [1.5, "1", Decimal("NaN"), Decimal("Infinity"), Decimal("1" * 39)]),
    "UUID": (UUID, UUID(int=1), [str(UUID(int=1)), None]),
    "datetime": (datetime, datetime(2026, 1, 1), ["2026-01-01", date(2026, 1, 1), None]),
    "enum": (Status, Status.NEW, ["new!", None, 1]),
    "literal": (Literal["a", 1], "a", ["b", True, 1.0, None]),
    "list": (list[str], ["a"], [["a", 1], ("a",), "a", [None], ["\ud800"]]),
    "dict": (dict[str, int], {"a": 1}, [{"a": "1"}, {1: 1}, {"a": True}, [("a", 1)], {"\ud800": 1}]),
    "set": (set[str], {"a"}, [{"a", 1}, ["a"], {None}, {"\ud800"}]),
    "document": (
        Line,
        Line(product="a", price=Decimal(1)),
        [
            {"product": "a", "price": 1},
            Line.model_construct(product="a"),
            Line.model_construct(product=1, price=Decimal(1)),
            Line.model_construct(product="a", price="1"),
        ],
    ),
}  # fmt: skip


def wrong_values() -> Iterator[Any]:
    for name, (annotation, right, wrong) in WRONG.items():
        for number, value in enumerate(wrong):
            yield pytest.param(annotation, right, value, id=f"{name}-{number}")


def by_codecs(made: Any) -> Any:
    return schema_of(type(made)).codec.encode_checked(made)


def outcome(write: Any, made: Any) -> Any:
    try:
        written = write(made)
    except (MizzleError, ValidationError) as error:
        return type(error), str(error)
    return written["x"] if isinstance(written, dict) else written.item["x"]


@pytest.mark.parametrize(("annotation", "right", "wrong"), list(wrong_values()))
def test_what_is_wrong_is_left_to_the_codecs(annotation: Any, right: Any, wrong: Any) -> None:
    cls = entity(annotation)
    assert is_certain(cls)
    made = cls(id="a", x=right)
    made.__dict__["x"] = wrong
    found, expected = outcome(schema_of(cls).encode, made), outcome(by_codecs, made)
    assert found == expected
