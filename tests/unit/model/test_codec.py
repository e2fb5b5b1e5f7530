"""Codecs: what a field's declared type makes of its values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    SecretStr,
    ValidationError,
    ValidationInfo,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
)
from typing_extensions import TypedDict

from mizzle.errors import EncodingError
from mizzle.model.codecs import document_codec
from tests.support.ids import shown

ID = UUID("12345678-1234-4234-8234-123456789abc")


class Colour(StrEnum):
    RED = "red"


class Level(Enum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    street: str
    number: Annotated[int, Field(gt=0)] = 1


class Person(BaseModel):
    id: UUID
    born: date | None
    name: str = Field(alias="full name")
    nick: str | None = None
    seen: datetime | None = Field(default=None, validate_default=True)
    tags: set[str] = set()
    needs: set[int]
    marks: frozenset[bytes] = Field(default_factory=frozenset)
    maybe: set[str] | None = None
    home: Address | None = None
    places: list[Address] = []
    limits: dict[int, Decimal] = {}
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


PERSON = document_codec(Person)


def person(**given: Any) -> Person:
    return Person(**{"id": ID, "born": None, "name": "Ada", "needs": {1}, **given})


def test_fields_are_stored_under_their_alias_and_absence_means_the_default() -> None:
    assert PERSON.encode_checked(person()) == {
        "id": {"S": str(ID)},
        "born": {"NULL": True},
        "full name": {"S": "Ada"},
        "seen": {"NULL": True},
        "needs": {"NS": ["1"]},
        "places": {"L": []},
        "limits": {"M": {}},
    }


def test_empty_sets_are_left_out_where_absence_reads_as_empty() -> None:
    item = PERSON.encode_checked(person(needs=set(), maybe=set()))
    assert "needs" not in item
    assert "tags" not in item
    assert item["maybe"] == {"L": []}
    assert PERSON.validate_item(item) == person(needs=set(), maybe=set())


def test_the_absence_of_a_field_is_known() -> None:
    fields = PERSON.fields
    assert [n for n, f in fields.items() if f.null_is_absent] == ["nick", "maybe", "home"]
    assert [n for n, f in fields.items() if f.empty_is_absent] == ["tags", "needs", "marks"]
    assert [n for n, f in fields.items() if f.required] == ["id", "born", "name", "needs"]
    assert fields["needs"].default() == set()
    assert fields["marks"].default() == frozenset()


def test_paths_lead_through_documents_lists_and_maps() -> None:
    home, places, limits = (PERSON.fields[name] for name in ("home", "places", "limits"))
    assert home.member("street") is not None
    assert home.member("nothing") is None
    assert places.element is not None
    street = places.element.member("street")
    assert street is not None
    assert street.encode("a") == {"S": "a"}
    assert limits.element is not None
    assert limits.element.encode(Decimal("1.10")) == {"N": "1.1"}


@pytest.mark.parametrize(
    ("annotation", "tags", "ordered"),
    [
        (str, {"S"}, True),
        (int, {"N"}, True),
        (Decimal, {"N"}, True),
        (bytes, {"B"}, True),
        (bool, {"BOOL"}, False),
        (datetime, {"S"}, True),
        (date, {"S"}, True),
        (time, {"S"}, True),
        (timedelta, {"N"}, True),
        (UUID, {"S"}, True),
        (Colour, {"S"}, True),
        (Level, {"N"}, True),
        (Literal["a", "b"], {"S"}, True),
        (Literal["a", 1], {"S", "N"}, False),
        (int | None, {"N", "NULL"}, True),
        (int | Decimal, {"N"}, True),
        (int | str, {"N", "S"}, False),
        (list[int], {"L"}, False),
        (set[int], {"NS", "L"}, False),
        (set[bool], {"L"}, False),
        (dict[str, int], {"M"}, False),
        (Address, {"M"}, False),
    ],
    ids=shown,
)
def test_a_type_has_wire_types_and_an_order(
    annotation: Any, tags: set[str], ordered: bool
) -> None:  # a column of the table
    model = type("Model", (BaseModel,), {"__annotations__": {"field": annotation}})
    field = document_codec(model).fields["field"]
    assert field.tags == tags
    assert field.ordered is ordered


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("needs", ["a"], None),
        ("home", {"street": "x"}, r"Person\.home: expected Address, found dict"),
        ("name", 5, None),
        ("born", datetime(2026, 1, 1, tzinfo=UTC), r"Person\.born: expected date, found datetime"),
        ("tags", ["a"], r"Person\.tags: expected set, found list"),
        ("limits", {1: 1.5}, r"Person\.limits: expected Decimal, found float"),
        ("limits", {1: Decimal(int("1" * 39))}, r"Person\.limits: the number has 39"),
    ],
)
def test_an_assignment_of_the_wrong_type_is_refused(
    field: str, value: Any, message: str | None
) -> None:
    """By Pydantic where it would refuse, and by us where it would convert in silence."""
    instance = person()
    setattr(instance, field, value)
    if message is None:
        with pytest.raises(ValidationError):
            PERSON.encode_checked(instance)
    else:
        with pytest.raises(EncodingError, match=message):
            PERSON.encode_checked(instance)


def test_a_document_that_was_changed_in_place_is_validated() -> None:
    instance = person(home=Address(street="x"))
    assert instance.home is not None
    instance.home.number = -1
    home, places = PERSON.fields["home"], PERSON.fields["places"]
    assert places.element is not None
    for check in (home.validate, places.element.validate):
        with pytest.raises(ValidationError, match="greater than 0"):
            check(instance.home)
    with pytest.raises(ValidationError, match=r"home\.number"):
        PERSON.encode_checked(instance)


def test_a_subclass_is_not_cut_down_to_its_base() -> None:
    class Castle(Address):
        towers: int = 4

    with pytest.raises(EncodingError, match="expected Address, found Castle"):
        PERSON.encode_checked(person(home=Castle(street="x")))


def test_unknown_attributes_are_dropped_or_kept_as_the_model_says() -> None:
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        a: int

    item = {"a": {"N": "1"}, "b": {"S": "x"}, "pk": {"S": "k"}}
    open_codec = document_codec(Open)
    assert open_codec.decode_fields(item, frozenset({"pk"})) == {"a": 1, "b": "x"}
    kept = Open.model_validate({"a": 1, "b": [2]})
    assert open_codec.encode_checked(kept) == {"a": {"N": "1"}, "b": {"L": [{"N": "2"}]}}
    assert PERSON.decode_fields({"b": {"S": "x"}}) == {"needs": set()}


def test_a_value_of_a_foreign_wire_type_is_reported_by_pydantic() -> None:
    item = {**PERSON.encode_checked(person()), "id": {"N": "5"}, "needs": {"S": "x"}}
    with pytest.raises(ValidationError) as caught:
        PERSON.validate_item(item)
    assert {error["loc"][0] for error in caught.value.errors()} == {"id", "needs"}


def test_strict_models_get_native_types() -> None:
    @dataclass
    class Size:
        width: Decimal

    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        id: UUID
        at: datetime
        wait: timedelta
        level: Level
        keys: dict[UUID, bytes]
        pair: tuple[int, str]
        many: frozenset[date]
        size: Size

    instance = Strict(
        id=ID,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        wait=timedelta(seconds=1.5),
        level=Level.HIGH,
        keys={ID: b"x"},
        pair=(1, "a"),
        many=frozenset({date(2026, 1, 1)}),
        size=Size(Decimal("1.50")),
    )
    codec = document_codec(Strict)
    assert codec.validate_item(codec.encode_checked(instance)) == instance


def test_a_custom_serializer_decides_what_is_stored() -> None:
    class Custom(BaseModel):
        a: int
        at: datetime

        @field_serializer("at")
        def _seconds(self, at: datetime) -> int:
            return int(at.timestamp())

        @computed_field  # type: ignore[prop-decorator]  # mypy cannot decorate properties
        @property
        def double(self) -> int:
            return self.a * 2

    codec = document_codec(Custom)
    instance = Custom(a=1, at=datetime(2026, 1, 1, tzinfo=UTC))
    item = {"a": {"N": "1"}, "at": {"N": "1767225600"}}
    assert codec.encode_checked(instance) == item
    assert codec.validate_item(item) == instance
    assert codec.fields["at"].encode(instance.at) == item["at"]


def test_a_model_serializer_decides_the_whole_item() -> None:
    class Whole(BaseModel):
        a: int = Field(alias="aa")

        @model_serializer(mode="wrap")
        def _versioned(self, handler: Any) -> dict[str, Any]:
            return {**handler(self), "version": 2}

    codec = document_codec(Whole)
    item = {"aa": {"N": "1"}, "version": {"N": "2"}}
    assert codec.encode_checked(Whole(aa=1)) == item
    assert codec.validate_item(item) == Whole(aa=1)


def test_a_serializer_that_hides_the_value_is_refused() -> None:
    class Account(BaseModel):
        password: SecretStr

    with pytest.raises(EncodingError, match=r"Account\.password: .*another value") as caught:
        document_codec(Account).encode_checked(Account(password=SecretStr("hush")))
    assert "hush" not in str(caught.value)


def test_validators_that_change_values_do_not_run_on_what_is_stored() -> None:
    class Shouting(BaseModel):
        a: Annotated[str, AfterValidator(lambda text: text + "!")]

    assert document_codec(Shouting).encode_checked(Shouting(a="x")) == {"a": {"S": "x!"}}


def test_an_operand_runs_the_validators_of_its_field() -> None:
    class Span(BaseModel):
        low: int = 0
        high: int

        @field_validator("high")
        @classmethod
        def _positive(cls, high: int, info: ValidationInfo) -> int:
            if high <= info.data.get("low", 0):
                message = "too low"
                raise ValueError(message)
            return high

    field = document_codec(Span).fields["high"]
    assert field.validate("3") == 3
    with pytest.raises(ValidationError, match="too low"):
        field.validate(0)


class Point(TypedDict):
    x: int
    label: NotRequired[date]


class Loose(BaseModel):
    a: int | str = 0
    b: UUID | date | str = ""
    c: list[int] | dict[str, int] = []
    d: JsonValue = None
    e: Point = {"x": 0}
    f: RootModel[list[date]] = RootModel[list[date]]([])


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"a": "5"}, {"S": "5"}),
        ({"a": 5}, {"N": "5"}),
        ({"b": ID}, {"S": str(ID)}),
        ({"b": date(2026, 1, 1)}, {"S": "2026-01-01"}),
        ({"b": "x"}, {"S": "x"}),
        ({"c": {"k": 1}}, {"M": {"k": {"N": "1"}}}),
        (
            {"d": {"k": [1, 2.5, None]}},
            {"M": {"k": {"L": [{"N": "1"}, {"N": "2.5"}, {"NULL": True}]}}},
        ),
        (
            {"e": {"x": 1, "label": date(2026, 1, 1)}},
            {"M": {"x": {"N": "1"}, "label": {"S": "2026-01-01"}}},
        ),
        ({"f": RootModel[list[date]]([date(2026, 1, 1)])}, {"L": [{"S": "2026-01-01"}]}),
    ],
    ids=repr,
)
def test_unions_and_loose_shapes_are_read_back(given: dict[str, Any], stored: Any) -> None:
    codec = document_codec(Loose)
    instance = Loose(**given)
    item = codec.encode_checked(instance)
    (name,) = given
    assert item[name] == stored
    assert codec.validate_item(item) == instance


def test_a_text_that_would_be_read_as_another_member_of_the_union_is_refused() -> None:
    instance = Loose()
    instance.b = str(ID)
    with pytest.raises(EncodingError, match=r"Loose\.b: this str would be read back .*UUID"):
        document_codec(Loose).encode_checked(instance)


def test_an_enum_by_value_is_stored_and_found_like_its_member() -> None:
    class Raw(BaseModel):
        model_config = ConfigDict(use_enum_values=True)
        level: Level

    codec = document_codec(Raw)
    assert codec.encode_checked(Raw(level=Level.HIGH)) == {"level": {"N": "2"}}
    assert codec.fields["level"].encode(Level.HIGH) == {"N": "2"}
    assert codec.validate_item({"level": {"N": "2"}}) == Raw(level=Level.HIGH)


def test_documents_that_hold_themselves_are_stored_down_to_32_levels() -> None:
    class Tree(BaseModel):
        kids: list[Tree] = []

    codec = document_codec(Tree)
    tree = Tree()
    for _ in range(15):
        tree = Tree(kids=[tree])
    assert codec.validate_item(codec.encode_checked(tree)) == tree
    for _ in range(5):
        tree = Tree(kids=[tree])
    with pytest.raises(EncodingError, match=r"Tree\.kids: .*32 levels"):
        codec.encode_checked(tree)
