"""A condition holds here for the items that the engine's filter lets through."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle.compiler import Expressions
from mizzle.evaluator import holds
from mizzle.expressions import AttributePath, Condition, Size, Value
from mizzle.request import AttributeValue, Item, Request
from mizzle.transports import Transport
from tests.linter import LintingTransport

TABLE = "test-evaluator"
ITEMS = 12

TEXTS = ["", "a", "ab", "b", "B", "é", "e\u0301", "\uffff", "\U0001d11e", "\U0010ffff", "0", "1"]
BINARIES = [base64.b64encode(raw).decode() for raw in (b"", b"\0", b"\0\1", b"\1", b"\xff\0", b"a")]
NUMBERS = {
    "0": "-0.0",
    "1": "1.0",
    "-1": "-1E0",
    "2": "02",
    "10": "1E1",
    "1.5": "15E-1",
    "1000": "1e3",
    "9007199254740992": "9007199254740992.0",
    "9007199254740993": "9007199254740993E0",
    "0.1": "0.10",
    "0.1000000000000000055511151231257827021": "1000000000000000055511151231257827021E-37",
    "9" * 38: "9" * 38 + ".0",
    "9" * 37 + "8": f"0.{'9' * 37}8E38",
    "1E-130": "10E-131",
    "-1E-130": "-0.1E-129",
    "9.9E+125": "99E124",
}
"""Numbers in normal form, which is how they are stored, and written otherwise."""

POOLS = {"S": TEXTS, "N": list(NUMBERS), "B": BINARIES}
NEXT = {kind: dict(pairwise([*pool, pool[0]])) for kind, pool in POOLS.items()}
ORDERS: dict[str, Any] = {"S": str, "N": Decimal, "B": base64.b64decode}
TYPES = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]
NAMES = ["a", "b", "x.y"]
PATHS: list[Any] = [
    AttributePath[Any](object, steps)
    for steps in [
        *[("a",), ("b",), ("x.y",)] * 4,
        *[("a", 0), ("a", 1), ("a", "a"), ("b", 0), ("b", "x.y"), ("x.y", "a")],
        *[("a", 0, 1), ("b", "a", 0), ("nowhere",), ("nowhere", 0)],
    ]
]
ATTRIBUTES = [*PATHS, *map(Size, PATHS)]
SIZES = [{"N": text} for text in "0123"]


def scalar(kind: str) -> st.SearchStrategy[AttributeValue]:
    return st.sampled_from(POOLS[kind]).map(lambda value: {kind: value})


def scalar_set(kind: str) -> st.SearchStrategy[AttributeValue]:
    members = st.lists(st.sampled_from(POOLS[kind]), min_size=1, max_size=3, unique=True)
    return members.map(lambda drawn: {f"{kind}S": drawn})


def containers(inner: st.SearchStrategy[AttributeValue]) -> st.SearchStrategy[AttributeValue]:
    maps = st.dictionaries(st.sampled_from(NAMES), inner, max_size=2).map(
        lambda names: {"M": names}
    )
    lists = st.lists(inner, max_size=2).map(lambda members: {"L": members})
    return maps | lists


scalars = st.one_of(
    *map(scalar, POOLS),
    *map(scalar_set, POOLS),
    st.sampled_from([{"BOOL": True}, {"BOOL": False}, {"NULL": True}]),
)
nested = containers(scalars | containers(scalars))
values = st.one_of(scalars, *[nested] * 2)


def parts(value: AttributeValue) -> list[AttributeValue]:
    """Give what a value contains, or begins with, or is next to."""
    ((kind, raw),) = value.items()
    match kind:
        case "S":
            return [{"S": raw[:1]}, {"S": raw[1:]}, {"S": NEXT[kind][raw]}]
        case "B":
            first = base64.b64encode(base64.b64decode(raw)[:1]).decode()
            return [{"B": first}, {"B": NEXT[kind][raw]}]
        case "N":
            return [{"N": NEXT[kind][raw]}]
        case "SS" | "NS" | "BS":
            return [{kind[0]: raw[-1]}]
        case "L":
            return [*raw, {"L": raw[:1]}]
        case "M":
            return [*raw.values(), {"M": dict([*raw.items()][:1])}]
        case _:
            return []


def rewritten(value: AttributeValue) -> AttributeValue:
    """Write the same otherwise: other texts for numbers, another order where there is none."""
    ((kind, raw),) = value.items()
    match kind:
        case "N":
            return {"N": NUMBERS[raw]}
        case "NS":
            return {"NS": [NUMBERS[text] for text in reversed(raw)]}
        case "SS" | "BS":
            return {kind: raw[::-1]}
        case "L":
            return {"L": [rewritten(member) for member in raw]}
        case "M":
            return {"M": {name: rewritten(raw[name]) for name in reversed(raw)}}
        case _:
            return value


class Asking:
    """Draws conditions that AWS accepts on the attributes, with constants from a few values.

    Constants are in normal form, as the library's codecs write them: the linter asks for it, and
    where AWS compares numbers, Dynoxide compares their texts in `contains(set, number)`.
    """

    def __init__(self, draw: Any, few: list[AttributeValue]) -> None:
        self.draw = draw
        self.few = [*map(Value, few), *map(Value, SIZES)]
        self.ordered = [value for value in self.few if value.value.keys() & ORDERS.keys()]
        self.prefixes = [value for value in self.few if value.value.keys() & {"S", "B"}]

    def one(self, candidates: list[Any], *, but: Any = None) -> Any:
        # AWS refuses to compare an operand with itself.
        return self.draw(st.sampled_from([one for one in candidates if repr(one) != repr(but)]))

    def condition(self, depth: int) -> Condition:
        simple = [self.equal, self.order, self.between, self.within, self.function, self.state]
        draw = self.one(simple if depth == 0 else [*simple, self.junction, self.negation])
        drawn: Condition = draw(depth)
        return drawn

    def junction(self, depth: int) -> Condition:
        parts = [self.condition(depth - 1) for _ in range(self.one([2, 3]))]
        return Condition(self.one(["and", "or"]), tuple(parts))

    def negation(self, depth: int) -> Condition:
        return ~self.condition(depth - 1)

    def equal(self, _: int) -> Condition:
        return self.comparison(["=", "<>"], self.few)

    def order(self, _: int) -> Condition:
        # AWS refuses to order constants of other types; attributes may be anything.
        return self.comparison(["<", "<=", ">", ">="], self.ordered)

    def comparison(self, ops: list[str], constants: list[Any]) -> Condition:
        left = self.one(ATTRIBUTES)
        right = self.one(self.one([ATTRIBUTES, constants, constants]), but=left)
        return Condition(self.one(ops), self.one([(left, right), (right, left)]))

    def between(self, _: int) -> Condition:
        # AWS refuses constant bounds of two types, or inverted ones.
        first = self.one(self.ordered)
        ((kind, _raw),) = first.value.items()
        fitting = [value for value in self.ordered if kind in value.value]
        bounds = [first, self.one(fitting)]
        bounds.sort(key=lambda value: ORDERS[kind](value.value[kind]))
        for place in self.one([[], [], [0], [1], [0, 1]]):
            bounds[place] = self.one(ATTRIBUTES)
        return Condition("between", (self.one([self.one(ATTRIBUTES), first]), *bounds))

    def within(self, _: int) -> Condition:
        subject = self.one(ATTRIBUTES)
        choices = [
            self.one(self.one([ATTRIBUTES, self.few]), but=subject) for _ in range(self.one([1, 2]))
        ]
        return Condition("in", (subject, *choices))

    def function(self, _: int) -> Condition:
        path = self.one(PATHS)
        op, constants = self.one([("begins_with", self.prefixes), ("contains", self.few)])
        candidates = self.one([PATHS, constants, constants]) if constants else PATHS
        return Condition(op, (path, self.one(candidates, but=path)))

    def state(self, _: int) -> Condition:
        op, path = self.one(["is_type", "exists", "missing"]), self.one(PATHS)
        return Condition(op, (path, Value({"S": self.one(TYPES)})) if op == "is_type" else (path,))


@st.composite
def questions(draw: Any) -> tuple[list[Item], list[Condition]]:
    """Draw items and conditions from few values, so that they often have to do with each other."""
    whole = draw(st.lists(values, min_size=1, max_size=3))
    few = [*whole, *(part for value in whole for part in parts(value))]
    attribute = st.sampled_from([*few, *map(rewritten, few)])
    item = st.fixed_dictionaries({"a": attribute, "b": attribute}, optional={"x.y": attribute})
    bare = [{}, *(draw(item) for _ in range(ITEMS - 1))]
    stored = [{**item, "pk": {"S": str(number)}} for number, item in enumerate(bare)]
    asking = Asking(draw, few)
    return stored, [asking.condition(depth) for depth in (0, 0, 0, 0, 1, 2, 3)]


@pytest.fixture(scope="module")
def transport(dynoxide_client: Any, to_dynoxide: Any) -> Iterator[Transport]:
    dynoxide_client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    transport: Transport = to_dynoxide()
    yield transport
    transport.close()
    dynoxide_client.delete_table(TableName=TABLE)


def write_all(transport: Transport, stored: list[Item]) -> None:
    # Not through the linter, which wants numbers in normal form. The keys are always the same, so
    # the items of the example before are replaced.
    puts = [{"PutRequest": {"Item": item}} for item in stored]
    transport.send(Request("BatchWriteItem", {"RequestItems": {TABLE: puts}}))


def let_through(transport: Transport, condition: Condition) -> set[str]:
    expressions = Expressions()
    body = {
        "TableName": TABLE,
        "FilterExpression": expressions.condition(condition),
        **expressions.placeholders(),
    }
    answer = LintingTransport(transport).send(Request("Scan", body))
    return {item["pk"]["S"] for item in answer.data["Items"]}


@settings(max_examples=150, deadline=None)
@given(question=questions())
def test_what_holds_here_passes_the_filter_there(
    transport: Transport, question: tuple[list[Item], list[Condition]]
) -> None:
    stored, conditions = question
    write_all(transport, stored)
    for condition in conditions:
        here = {item["pk"]["S"] for item in stored if holds(condition, item)}
        assert here == let_through(transport, condition), repr(condition)
