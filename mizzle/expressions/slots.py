"""Conditions whose values are kept apart, so that one condition serves many values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import Operand, Value

__all__ = ["Slot", "put_values", "take_values"]


class Slot(Operand[Any]):
    """The place of a value, by its number."""

    __slots__ = ("number",)

    number: int

    def __init__(self, number: int) -> None:
        object.__setattr__(self, "number", number)

    def __repr__(self) -> str:
        return f"<value {self.number}>"


def take_values(condition: Condition, values: list[Any]) -> Condition:
    """Put a slot in the place of each value, and append the values in the order of writing."""
    return Condition(condition.op, tuple([_taken(each, values) for each in condition.operands]))


def put_values(condition: Condition, values: Sequence[Any]) -> Condition:
    """Put the values in their slots."""
    return Condition(condition.op, tuple([_put(each, values) for each in condition.operands]))


def _taken(operand: Any, values: list[Any]) -> Any:
    if isinstance(operand, Condition):
        return take_values(operand, values)
    if not isinstance(operand, Value):
        return operand
    values.append(operand.value)
    return Slot(len(values) - 1)


def _put(operand: Any, values: Sequence[Any]) -> Any:
    if isinstance(operand, Condition):
        return put_values(operand, values)
    return Value(values[operand.number]) if isinstance(operand, Slot) else operand
