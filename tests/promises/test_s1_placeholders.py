"""S1: no user text ever becomes expression text."""

from __future__ import annotations

import re
from typing import Any

from mizzle import Attr, Entity, PrimaryKey, Table, attr, select, update

table = Table("s1", partition_key="pk")


class Odd(Entity, table=table):
    id: Attr[str]
    size_: Attr[int] = attr(default=0, alias="size")
    dotted: Attr[str] = attr(default="", alias="a.b = :v0 OR #x")
    limits: Attr[dict[str, int]] = attr(default_factory=dict)
    primary = PrimaryKey("ODD#{id}")


WORDS = {"AND", "OR", "NOT", "SET", "REMOVE", "ADD", "IN", "BETWEEN", "size", "contains"}
WORDS |= {"attribute_exists", "attribute_not_exists", "if_not_exists", "begins_with", "list_append"}


def check(body: Any) -> None:
    used: set[str] = set()
    for name in ("KeyConditionExpression", "FilterExpression", "ConditionExpression"):
        used |= _checked(body.get(name, ""))
    used |= _checked(body.get("UpdateExpression", ""))
    given = body.get("ExpressionAttributeNames", {}).keys()
    assert used == given | body.get("ExpressionAttributeValues", {}).keys()


def _checked(text: str) -> set[str]:
    marks = set(re.findall(r"[#:][a-z]\d+", text))
    rest = re.sub(r"[#:][a-z]\d+", "", text)
    assert set(re.findall(r"[A-Za-z_]+", rest)) <= WORDS
    assert re.fullmatch(r"[A-Za-z_\d\s()<>=+,.\[\]-]*", rest)
    return marks


def test_names_and_values_go_through_placeholders() -> None:
    nasty = "x) OR attribute_exists(pk"
    key = 'k"] = :v0 OR #x'
    check(
        select(Odd)
        .where(Odd.dotted == nasty, Odd.limits[key] > 1, ~(Odd.size_ == 1) | (Odd.size_ == 3))
        .scan()
        .compile()
        .body
    )
    check(
        update(Odd, id=nasty)
        .set(Odd.dotted, nasty)
        .set(Odd.limits[key], 5)
        .add(Odd.size_, 1)
        .where(Odd.dotted.begins_with(nasty))
        .compile()
        .body
    )
