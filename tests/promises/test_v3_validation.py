"""V3: items are validated before they are persisted, and a refusal sends nothing."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import ConfigDict, Field, ValidationError, field_validator

from mizzle import (
    Attr,
    Document,
    EncodingError,
    Entity,
    MizzleError,
    PrimaryKey,
    Table,
    attr,
    get,
    insert,
    put,
    update,
)
from tests.support.requests import body_of

table = Table("v3", partition_key="pk")


class Line(Document):
    amount: Attr[Annotated[int, Field(ge=0)]]


class Note(Document):
    text: Attr[str]


class Bill(Entity, table=table):
    id: Attr[str]
    total: Attr[Annotated[int, Field(ge=0)]]
    name: Attr[str] = attr(default="x")
    lines: Attr[list[Line]] = attr(default_factory=list)
    marks: Attr[list[Annotated[int, Field(le=10)]]] = attr(default_factory=list)
    flag: Attr[bool] = attr(default=False)
    ratio: Attr[float] = attr(default=0.5)
    primary = PrimaryKey("BILL#{id}")

    @field_validator("name")
    @classmethod
    def shout(cls, name: str) -> str:
        return name + "!"


def bill(**changes: Any) -> Bill:
    return Bill(**{"id": "b", "total": 1, **changes})


def test_a_list_mutated_in_place_is_validated_again() -> None:
    wrong = bill()
    wrong.marks.append(11)
    with pytest.raises(ValidationError):
        put(wrong).compile()
    wrong = bill()
    wrong.marks.append("x")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        put(wrong).compile()


def test_an_assignment_of_the_wrong_type_is_refused() -> None:
    wrong = bill()
    wrong.total = "five"  # type: ignore[assignment]
    with pytest.raises(ValidationError):
        insert(wrong).compile()


def test_an_assignment_that_pydantic_would_convert_is_refused_by_name() -> None:
    wrong = bill()
    wrong.total = "5"  # type: ignore[assignment]
    with pytest.raises(EncodingError, match=r"Bill\.total"):
        insert(wrong).compile()


def test_a_nested_document_changed_in_place_is_validated_again() -> None:
    wrong = bill(lines=[Line(amount=1)])
    wrong.lines[0].amount = -1
    with pytest.raises(ValidationError):
        put(wrong).compile()


def test_the_instances_own_values_are_stored() -> None:
    made = bill(name="a")
    assert made.name == "a!"
    assert body_of(put(made))["Item"]["name"] == {"S": "a!"}


@pytest.mark.parametrize(
    "statement",
    [
        update(Bill, id="b").set(Bill.total, -1),
        update(Bill, id="b").set(Bill.total, "x"),
        update(Bill, id="b").set_if_missing(Bill.total, -1),
        update(Bill, id="b").set(Bill.lines[0].fields.amount, -1),
        update(Bill, id="b").set(Bill.marks[0], 11),
        update(Bill, id="b").add(Bill.total, "x"),
        update(Bill, id="b").add(Bill.flag, True),
        update(Bill, id="b").add(Bill.name, "x"),
        update(Bill, id="b").append(Bill.marks, [11]),
        update(Bill, id="b").append(Bill.marks, "1"),
        update(Bill, id="b").discard(Bill.marks, {1}),
        update(Bill, id="b").remove(Bill.total),
        update(Bill, id="b").set(Bill.ratio, float("nan")),
        update(Bill, id="b").set(Bill.total, 1).where(Bill.total == "x"),
        update(Bill, id="b").set(Bill.total, 1).where(Bill.total > "x"),
        update(Bill, id="b").set(Bill.total, 1).where(Bill.flag > False),
        update(Bill, id="b").set(Bill.total, 1).where(Bill.marks < [1]),
        update(Bill, id="b").set(Bill.total, 1).where(Bill.total > None),
        update(Bill, id="b").set(Bill.total, 1).where("total = 1"),
    ],
    ids=lambda statement: f"{statement.actions[0].verb}-{statement.actions[0].path}",
)
def test_operands_are_validated(statement: Any) -> None:
    with pytest.raises((ValidationError, MizzleError)):
        statement.compile()


def test_validated_operands_are_stored() -> None:
    body = body_of(update(Bill, id="b").set(Bill.name, "a"))
    assert {"S": "a!"} in body["ExpressionAttributeValues"].values()


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), 1e200, 5e-324], ids=["nan", "inf", "large", "small"]
)
def test_numbers_that_dynamodb_cannot_hold_are_refused(number: float) -> None:
    with pytest.raises(EncodingError, match=r"Bill\.ratio"):
        put(bill(ratio=number)).compile()


class Stripping(Entity, table=table):
    model_config = ConfigDict(str_strip_whitespace=True)

    id: Attr[str]
    text: Attr[str] = attr(default="")
    notes: Attr[list[Note]] = attr(default_factory=list)
    primary = PrimaryKey("STRIPPING#{id}")


def test_an_operand_is_validated_as_the_entity_says() -> None:
    for path in (Stripping.text, Stripping.notes[0].fields.text):
        body = body_of(update(Stripping, id="b").set(path, " a "))
        assert {"S": "a"} in body["ExpressionAttributeValues"].values()
    assert body_of(get(Stripping, id=" b "))["Key"]["pk"] == {"S": "STRIPPING#b"}
