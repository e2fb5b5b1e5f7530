"""What a select must return, and in which order; the order depends on the key that was used.

Which key that is, is read off the requests that the statement compiles to. The keys themselves and
their order are the oracle's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from tests.oracle import dynamo
from tests.oracle.data import Row, shown
from tests.oracle.evaluator import Evaluator
from tests.oracle.keys import Access, Part
from tests.oracle.models import Common
from tests.oracle.shapes import Shape
from tests.oracle.statements import Question

__all__ = ["Answer", "Match", "Plan", "answer", "check", "plan_of"]


class Match(NamedTuple):
    """An item that a select must return, and as what."""

    row: Row
    entity: Any


class Plan(NamedTuple):
    """What is known of how a statement is answered.

    Attributes:
        kind: `nothing`, `Scan`, or `key` for queries and reads by key.
        index: The index that is queried; None for the table.
        partitions: The partition keys that are read, in order.
    """

    kind: str
    index: str | None
    partitions: list[Any]


def plan_of(requests: Sequence[Any], shape: Shape, question: Question) -> Plan:
    """Read a plan off the requests of a statement."""
    if not requests:
        return Plan("nothing", None, [])
    if requests[0].operation == "Scan":
        return Plan("Scan", requests[0].body.get("IndexName"), [])
    index = requests[0].body.get("IndexName")
    name = _access(shape, question.cls, index).parts[0].attribute
    found = [value for request in requests for value in _partitions(request, name)]
    return Plan("key", index, found)


def _access(shape: Shape, cls: type[Any], index: str | None) -> Access:
    return next(access for access in shape.accesses[cls] if access.index == index)


def _partitions(request: Any, name: str) -> list[Any]:
    body = request.body
    if request.operation == "GetItem":
        return [dynamo.order_of(body["Key"][name])]
    if request.operation == "BatchGetItem":
        (asked,) = body["RequestItems"].values()
        return [dynamo.order_of(key[name]) for key in asked["Keys"]]
    mark = next(m for m, n in body["ExpressionAttributeNames"].items() if n == name)
    found = re.search(rf"{mark} = (:\w+)", body["KeyConditionExpression"])
    assert found is not None
    return [dynamo.order_of(body["ExpressionAttributeValues"][found[1]])]


class Answer(NamedTuple):
    """The items that a select must return.

    Attributes:
        groups: Groups in order; inside of one, any order is right.
        is_ordered: Whether the order is promised.
    """

    groups: list[list[Match]]
    is_ordered: bool

    @property
    def matches(self) -> list[Match]:
        return [match for group in self.groups for match in group]


def answer(shape: Shape, question: Question, rows: Sequence[Row], plan: Plan) -> Answer:
    """Work out what a select must return under a plan."""
    matches = [
        Match(row, entity)
        for row in rows
        if (entity := row.read_as(question.cls)) is not None
        and all(Evaluator(row.seen).holds(condition) for condition in question.conditions)
    ]
    if plan.kind != "key":
        return Answer([matches] if matches else [], is_ordered=False)
    part = _access(shape, question.cls, plan.index).parts[0]
    position = _position(question, part, plan, matches)

    def order(match: Match) -> tuple[Any, ...]:
        _partition, *sorts = _access(shape, type(match.row.entity), plan.index).parts
        values = [part.value(match.row.entity) for part in sorts]
        return tuple(dynamo.order_of(value) for value in values if value)

    found = sorted(matches, key=order, reverse=question.is_descending)
    found.sort(key=position)
    groups = groupby(found, lambda match: (position(match), order(match)))
    return Answer([list(group) for _, group in groups], is_ordered=True)


def _position(
    question: Question, part: Part, plan: Plan, matches: Sequence[Match]
) -> Callable[[Match], int]:
    """Number the partitions: in the order of the values of `is_in`, if one alone tells them apart."""
    given = [
        condition.operands
        for condition in question.conditions
        if condition.op == "in" and condition.operands[0].steps in {(f,) for f in part.fields}
    ]
    if len(given) == 1:
        (subject, *choices) = given[0]
        (field,) = subject.steps
        values = [choice.value for choice in choices]
        others = [name for name in part.fields if name != field]
        if len({str([getattr(m.row.entity, f) for f in others]) for m in matches}) <= 1:
            return lambda match: values.index(getattr(match.row.entity, field))
    # What is in no partition that is read, will be found missing.
    numbers = {value: number for number, value in reversed(list(enumerate(plan.partitions)))}
    return lambda match: numbers.get(_partition(part, match), len(numbers))


def _partition(part: Part, match: Match) -> Any:
    value = part.value(match.row.entity)
    return None if value is None else dynamo.order_of(value)


def check(found: Sequence[Any], groups: Sequence[Sequence[Any]], limit: int | None = None) -> None:
    """Compare what came with what had to come, group by group.

    Raises:
        AssertionError: Showing what is missing and what is too much.
    """
    total = sum(map(len, groups))
    wanted = total if limit is None else min(limit, total)
    left = list(found)
    for group in groups:
        taken, left = left[: len(group)], left[len(group) :]
        allowed = list(group)
        for each in taken:
            position = next((n for n, a in enumerate(allowed) if _is_same(a, each)), None)
            assert position is not None, _difference(found, groups, wanted)
            del allowed[position]
    assert len(found) == wanted, _difference(found, groups, wanted)


def _is_same(expected: Any, found: Any) -> bool:
    if type(expected) is not type(found):
        return False
    if isinstance(expected, tuple):
        pairs = zip(expected, found, strict=True)
        return all(_is_same(a, b) for a, b in pairs)
    return bool(expected == found)


def _difference(found: Sequence[Any], groups: Sequence[Sequence[Any]], wanted: int) -> str:
    expected = [each for group in groups for each in group]
    missing = [each for each in expected if not any(_is_same(each, f) for f in found)]
    more = [each for each in found if not any(_is_same(each, e) for e in expected)]
    parts = {"did not come": missing, "came too much": more, "expected": expected, "came": found}
    lines = [f"{len(found)} came, {wanted} of {len(expected)} were expected"]
    for name, values in parts.items():
        lines += [f"{name}:", *(f"  {_shown(value)}" for value in values)]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return shown(value) if isinstance(value, Common) else repr(value)
