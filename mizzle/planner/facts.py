"""What the conditions of a select say: which values a field can have, and which ranges it is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mizzle.evaluator import holds, wire_order
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import AttributePath, Size, Value
from mizzle.model.binding import bind_condition

if TYPE_CHECKING:
    from mizzle.model.source import Source
    from mizzle.request import AttributeValue

__all__ = ["Choice", "Contradiction", "Facts", "attributes_of", "choices_of", "conjuncts_of"]

_RANGES = frozenset({"<", "<=", ">", ">=", "between", "begins_with"})
_SCALARS = frozenset({"S", "N", "B", "BOOL"})


class Contradiction(Exception):  # noqa: N818  # not an error: the result is empty
    """No item can fulfil the conditions."""


class Choice(NamedTuple):
    """A value that a field can have: in Python, and as it is stored."""

    value: Any
    wire: AttributeValue


class Facts:
    """What is known of single fields.

    A conjunct is a condition that must hold whatever else does. Those that speak of one field alone
    narrow it to a few values or to a range; all others are only ever filters.

    Attributes:
        conjuncts: The conditions, taken apart at every `&`.
        bound: The same, bound to stored attributes and wire values.
        attributes: The attributes that each of them reads.
        choices: The values that a field can have, by its name, in the order they were given.
        decided: The conjuncts that a field's choices stand for, by its name.
        ranges: The conjuncts that are a range on a field, by its name.
        source: What they are about.

    Raises:
        Contradiction: If no item can fulfil the conditions.
        StatementError: If a condition does not suit the model.
    """

    __slots__ = (
        "_existing",
        "_not_null",
        "_present",
        "attributes",
        "bound",
        "choices",
        "conjuncts",
        "decided",
        "ranges",
        "source",
    )

    def __init__(self, source: Source, conjuncts: Sequence[Condition]) -> None:
        self.source = source
        self.conjuncts = tuple(conjuncts)
        self.bound = tuple([bind_condition(source, condition) for condition in self.conjuncts])
        self.attributes = tuple([attributes_of(bound) for bound in self.bound])
        self.choices: dict[str, list[Choice]] = {}
        self.decided: dict[str, list[int]] = {}
        self.ranges: dict[str, list[int]] = {}
        self._present: set[str] = set()
        self._existing: set[str] = set()
        self._not_null: set[str] = set()
        for position, condition in enumerate(self.conjuncts):
            self._note(position, condition, self.bound[position])
        for name in self.decided:
            self._decide(name)
        for name, positions in self.ranges.items():
            if len(positions) > 1:
                self._check_order(name, positions)

    def is_present(self, name: str, *, is_left_out_if_none: bool) -> bool:
        """Tell whether the conditions hold only for items in which a field has a value.

        Args:
            name: The field.
            is_left_out_if_none: Whether its attribute is absent where it is None.
        """
        exists, is_not_null = name in self._existing, name in self._not_null
        enough = exists or is_not_null if is_left_out_if_none else exists and is_not_null
        return name in self._present or enough

    def _note(self, position: int, condition: Condition, bound: Condition) -> None:
        op = condition.op
        if op == "in" and len(condition.operands) == 1:
            message = f"{condition.operands[0]} is in no value of an empty list"
            raise Contradiction(message)
        if op == "between" and bound.op == "and":
            message = f"{condition.operands[0]} is between bounds that are the wrong way round"
            raise Contradiction(message)
        name = _only_field(condition)
        if name is None:
            return
        if op in _RANGES:
            self._present.add(name)
            self.ranges.setdefault(name, []).append(position)
            return
        found = _choices(condition, bound)
        if found:
            self._present.add(name)
            self.choices.setdefault(name, found)
            self.decided.setdefault(name, []).append(position)
        elif op == "contains":
            self._present.add(name)
        elif op == "exists":
            self._existing.add(name)
        elif op == "<>" and condition.operands[1].value is None:
            self._not_null.add(name)

    def _decide(self, name: str) -> None:
        """Keep the choices of a field for which everything holds that is said of it alone."""
        choices = self.choices[name]
        own = self.attributes[self.decided[name][0]]
        about = [n for n, attributes in enumerate(self.attributes) if attributes == own]
        if len(about) > 1:
            (attribute,) = own
            choices = [
                choice
                for choice in choices
                if all(holds(self.bound[n], {attribute: choice.wire}) for n in about)
            ]
        if len(choices) > 1:
            choices = list({str(choice.wire): choice for choice in choices}.values())
        if not choices:
            message = f"{self.source.label}.{name} cannot have any of the values asked for"
            raise Contradiction(message)
        self.choices[name], self.decided[name] = choices, about

    def _check_order(self, name: str, positions: Sequence[int]) -> None:
        """Find out whether the lowest that a field can be is above the highest."""
        lower: list[Any] = []
        upper: list[Any] = []
        for position in positions:
            op, (_, *operands) = self.bound[position].op, self.bound[position].operands
            if op != "begins_with":
                lower += [operands[0]] if op in {">", ">=", "between"} else []
                upper += [operands[-1]] if op in {"<", "<=", "between"} else []
        lowest: list[Any] = [wire_order(operand.value) for operand in lower]
        highest: list[Any] = [wire_order(operand.value) for operand in upper]
        kinds: set[type] = {type(order) for order in lowest + highest}
        if len(kinds) > 1 or (lowest and highest and max(lowest) > min(highest)):
            message = f"{self.source.label}.{name} cannot be above one bound and below a lesser one"
            raise Contradiction(message)


def choices_of(condition: Condition, bound: Condition) -> list[Choice]:
    """Take the operands of a comparison with constants, as they were given and as they are stored."""
    pairs = zip(condition.operands[1:], bound.operands[1:], strict=True)
    return [Choice(given.value, stored.value) for given, stored in pairs]


def attributes_of(bound: Condition) -> frozenset[str]:
    """List the attributes of the item that a bound condition reads."""
    return frozenset(_attributes(bound))


def _attributes(condition: Condition) -> list[str]:
    found: list[str] = []
    for operand in condition.operands:
        if isinstance(operand, Value):
            continue
        if isinstance(operand, AttributePath):
            found.append(str(operand.steps[0]))
        elif isinstance(operand, Condition):
            found += _attributes(operand)
        elif isinstance(operand, Size):
            found.append(str(operand.path.steps[0]))
    return found


def conjuncts_of(conditions: Sequence[Any]) -> list[Condition]:
    """Take conditions apart at every `&`."""
    found: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, Condition) and condition.op == "and":
            found += conjuncts_of(condition.operands)
        else:
            found.append(condition)
    return found


def _only_field(condition: Condition) -> str | None:
    """Name the field that a comparison with constants, or a disjunction of such, is about."""
    subject = condition.operands[0]
    if isinstance(subject, AttributePath):
        (name, *deeper) = subject.steps
        for operand in condition.operands[1:]:
            if not isinstance(operand, Value):
                return None
        return None if deeper else str(name)
    if condition.op != "or":
        return None
    names = {_only_field(part) for part in condition.operands}
    return names.pop() if len(names) == 1 else None


def _choices(condition: Condition, bound: Condition) -> list[Choice]:
    """List the values that an equality, `is_in` or a disjunction of those allows; else nothing."""
    if condition.op in {"=", "in"} and bound.op == condition.op:
        found = choices_of(condition, bound)
        return found if all(_is_scalar(choice.wire) for choice in found) else []
    if condition.op != "or":
        return []
    parts = [_choices(*pair) for pair in zip(condition.operands, bound.operands, strict=True)]
    return [choice for part in parts for choice in part] if all(parts) else []


def _is_scalar(wire: AttributeValue) -> bool:
    return not _SCALARS.isdisjoint(wire)
