"""Models and their values, generated: every type that promise V1 names, in any combination."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import GenericAlias
from typing import Annotated, Any, Literal, NamedTuple, Optional
from uuid import UUID

from hypothesis import strategies as st
from pydantic import (
    AnyUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    create_model,
)
from pydantic_core import core_schema

__all__ = ["Case", "Typed", "cases", "json_values", "typed"]


class Typed(NamedTuple):
    """An annotation and its values."""

    annotation: Any
    values: st.SearchStrategy[Any]
    hashable: bool


class Case(NamedTuple):
    """A model class and an instance of it."""

    model: type[BaseModel]
    instance: BaseModel


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 20


class Mixed(Enum):
    TEXT = "text"
    NUMBER = Decimal("1.50")
    PAIR = (1, "a")


class Point(BaseModel):
    x: int
    label: str | None = Field(default=None, alias="l")
    model_config = ConfigDict(validate_by_name=True)


class Node(BaseModel):
    value: Decimal
    children: list[Node] = []


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    born: datetime


class Celsius:
    """A type that only its serializer and its validator know."""

    def __init__(self, degrees: Decimal) -> None:
        self.degrees = degrees

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Celsius) and other.degrees == self.degrees

    def __hash__(self) -> int:
        return hash(self.degrees)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, cls) else cls(Decimal(str(v).removesuffix("C"))),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda v: f"{v.degrees}C"
            ),
        )


class Money:
    """A type that is a text to validators and in JSON, and itself in Python."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda v, inner: v if isinstance(v, cls) else cls(inner(v)),
            core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(),
        )


Tenths = Annotated[
    int,
    BeforeValidator(lambda v: round(float(v) * 10) if isinstance(v, str) else v),
    PlainSerializer(lambda v: f"{v / 10:.1f}"),
]

texts = st.text(max_size=8)
integers = st.integers() | st.integers(-(10**38) + 1, 10**38 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda v: v == 0 or 1e-130 <= abs(v) < 1e126
)
decimals = st.builds(
    lambda digits, exponent, negative: Decimal((negative, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 10**38 - 1),
    st.integers(-92, 88),
    st.integers(0, 1),
)
offsets = st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
aware = st.datetimes(
    datetime(2, 1, 1),
    datetime(9998, 12, 31),
    timezones=offsets | st.just(UTC),
)
# A whole float beyond 2**53 comes back as an int under `Any`: documented, and left out here.
json_floats = floats.filter(lambda v: not v.is_integer() or abs(v) <= 2**53)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**38) + 1, 10**38 - 1) | json_floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

SCALARS = [
    Typed(str, texts, hashable=True),
    Typed(int, integers, hashable=True),
    Typed(float, floats, hashable=True),
    Typed(Decimal, decimals, hashable=True),
    Typed(bool, st.booleans(), hashable=True),
    Typed(bytes, st.binary(max_size=8), hashable=True),
    Typed(datetime, aware | st.datetimes(), hashable=True),
    Typed(date, st.dates(), hashable=True),
    Typed(time, st.times() | st.times(timezones=offsets), hashable=True),
    Typed(timedelta, st.timedeltas(), hashable=True),
    Typed(UUID, st.uuids(), hashable=True),
    Typed(Colour, st.sampled_from(Colour), hashable=True),
    Typed(Level, st.sampled_from(Level), hashable=True),
    Typed(Mixed, st.sampled_from(Mixed), hashable=True),
    Typed(Literal["a", 1] | None, st.sampled_from(["a", 1, None]), hashable=True),
    Typed(Celsius, decimals.map(Celsius), hashable=True),
    Typed(Money, texts.map(Money), hashable=True),
    Typed(Tenths, st.integers(-(10**6), 10**6), hashable=False),
    Typed(AnyUrl, st.just(AnyUrl("https://example.com/a?b=c")), hashable=True),
]

points = st.builds(Point, x=st.integers(-9, 9), label=st.none() | texts)
nodes = st.recursive(
    st.builds(Node, value=decimals),
    lambda inner: st.builds(Node, value=decimals, children=st.lists(inner, max_size=2)),
    max_leaves=4,
)
pets = st.builds(Cat, lives=st.integers(0, 9)) | st.builds(Dog, born=aware)

DOCUMENTS = [
    Typed(Point, points, hashable=False),
    Typed(Node, nodes, hashable=False),
    Typed(Annotated[Cat | Dog, Field(discriminator="kind")], pets, hashable=False),
    Typed(Any, json_values, hashable=False),
]

# Keys that have a text, as a map needs.
KEYS = [found for found in SCALARS if found.annotation in {str, int, UUID, Colour, date, Decimal}]


def _generic(kind: type, *items: Typed) -> Any:
    return GenericAlias(kind, tuple(item.annotation for item in items))


def _list(item: Typed) -> Typed:
    return Typed(_generic(list, *(item,)), st.lists(item.values, max_size=3), hashable=False)


def _tuple(item: Typed) -> Typed:
    pair: Any = GenericAlias(tuple, (item.annotation, str))
    return Typed(pair, st.tuples(item.values, texts), hashable=item.hashable)


def _many(item: Typed) -> Typed:
    values = st.lists(item.values, max_size=3).map(tuple)
    kind: Any = GenericAlias(tuple, (item.annotation, ...))
    return Typed(kind, values, hashable=item.hashable)


def _optional(item: Typed) -> Typed:
    # `X | None` does not exist for every annotation that can stand here.
    kind: Any = Optional.__getitem__(item.annotation)
    return Typed(kind, st.none() | item.values, hashable=item.hashable)


def _set(item: Typed) -> Typed:
    return Typed(_generic(set, *(item,)), st.sets(item.values, max_size=3), hashable=False)


def _frozenset(item: Typed) -> Typed:
    values = st.frozensets(item.values, max_size=3)
    return Typed(_generic(frozenset, *(item,)), values, hashable=True)


@st.composite
def _dict(draw: st.DrawFn, item: Typed) -> Typed:
    key = draw(st.sampled_from(KEYS))
    values = st.dictionaries(key.values, item.values, max_size=3)
    return Typed(_generic(dict, *(key, item)), values, hashable=False)


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> Typed:
    """Draw an annotation with its values; containers down to `depth`."""
    found = draw(st.sampled_from(SCALARS + DOCUMENTS))
    for _ in range(draw(st.integers(0, depth))):
        wrappers: list[Callable[[Typed], Any]] = [_list, _tuple, _many, _optional, _dict]
        # Members with a time zone may be equal in Python and differ once stored, or the reverse.
        if found.hashable and found.annotation is not time:
            wrappers += [_set, _frozenset]
        wrapped = draw(st.sampled_from(wrappers))(found)
        found = draw(wrapped) if isinstance(wrapped, st.SearchStrategy) else wrapped
    result: Typed = found
    return result


field_names = st.from_regex(r"[a-z]{1,6}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and not hasattr(BaseModel, name)
)


@st.composite
def cases(draw: st.DrawFn, max_fields: int = 4) -> Case:
    """Draw a model, with defaults and aliases here and there, and an instance of it."""
    names = draw(st.lists(field_names, min_size=1, max_size=max_fields, unique=True))
    fields: dict[str, Any] = {}
    given: dict[str, Any] = {}
    for name in names:
        found = draw(typed())
        value = draw(found.values)
        options: dict[str, Any] = {}
        if draw(st.booleans()):
            options["alias"] = name.upper()
        if draw(st.booleans()):
            options["default"] = value
            value = draw(found.values)
        fields[name] = (found.annotation, Field(**options))
        given[name] = value
    model = create_model("Generated", __config__=ConfigDict(validate_by_name=True), **fields)
    return Case(model, model(**given))
