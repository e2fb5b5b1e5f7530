"""For which items a condition holds: DynamoDB's answer, with absence counting as promise V2 says.

A path that leads nowhere counts as None, or as an empty set, if that is what the absence of the field
at its end reads back as: for `==`, `!=`, `is_in` and `size()`. To `exists`, `missing` and `is_type`
what is not stored is missing, and to everything else None and an empty set are as good as missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mizzle.expressions import AttributePath, Condition, Size, Value
from tests.oracle import dynamo
from tests.oracle.wire import encode, field_of

__all__ = ["Evaluator"]


class Evaluator:
    """One item, of which conditions hold or not.

    Args:
        item: Attribute name to attribute value.
        counts_absence: Whether absence may count as a value; otherwise the evaluation is DynamoDB's own.
    """

    def __init__(self, item: dict[str, Any], *, counts_absence: bool = True) -> None:
        self._item = item
        self._counts_absence = counts_absence

    def holds(self, condition: Condition) -> bool:
        """Tell whether a condition holds."""
        if condition.op in _CONNECTIVES:
            parts = (self.holds(part) for part in condition.operands)
            return _CONNECTIVES[condition.op](parts)
        evaluate = _OPERATORS.get(condition.op, Evaluator._compares)
        return evaluate(self, condition.op, *condition.operands)

    def _compares(self, op: str, left: Any, right: Any) -> bool:
        counted = op in {"=", "<>"}
        return dynamo.compare(op, self._value(left, counted), self._value(right, counted))

    def _in(self, op: str, subject: Any, *choices: Any) -> bool:
        return any(self._compares("=", subject, choice) for choice in choices)

    def _between(self, op: str, subject: Any, low: Any, high: Any) -> bool:
        return self._compares(">=", subject, low) and self._compares("<=", subject, high)

    def _begins_with(self, op: str, subject: Any, prefix: Any) -> bool:
        return dynamo.begins_with(self._value(subject), self._value(prefix))

    def _contains(self, op: str, subject: Any, member: Any) -> bool:
        return dynamo.contains(self._value(subject), self._value(member))

    def _exists(self, op: str, subject: Any) -> bool:
        return self._value(subject) is not None

    def _missing(self, op: str, subject: Any) -> bool:
        return self._value(subject) is None

    def _is_type(self, op: str, subject: Any, kind: Value) -> bool:
        return dynamo.is_type(self._value(subject), kind.value)

    def _value(self, operand: Any, counted: bool = False) -> dynamo.Value:
        if isinstance(operand, Size):
            return dynamo.size(self._at(operand.path, counted=True))
        if isinstance(operand, AttributePath):
            return self._at(operand, counted=counted)
        return encode(operand.value)

    def _at(self, path: AttributePath[Any], *, counted: bool) -> dynamo.Value:
        """Follow a path from the item down; None if it leads nowhere."""
        value: dynamo.Value = {"M": self._item}
        model: Any = path.owner
        absence = None
        for step in path.steps:
            name, absence, model = _step(model, step)
            value = _member(value, name)
        is_counted = value is None and counted and self._counts_absence
        return absence if is_counted else value


def _step(model: Any, step: str | int) -> tuple[str | int, dynamo.Value, Any]:
    """Take a step through the models: the stored name, what absence counts as, and the next model."""
    if model is not None and step in model.model_fields:
        return field_of(model, str(step))
    return step, None, model


def _member(value: dynamo.Value, step: str | int) -> dynamo.Value:
    if value is None:
        return None
    if isinstance(step, int):
        members: list[Any] = value.get("L", [])
        return members[step] if step < len(members) else None
    found: dynamo.Value = value.get("M", {}).get(step)
    return found


_CONNECTIVES: dict[str, Callable[[Any], bool]] = {
    "and": all,
    "or": any,
    "not": lambda parts: not next(parts),
}
_OPERATORS: dict[str, Callable[..., bool]] = {
    "in": Evaluator._in,
    "between": Evaluator._between,
    "begins_with": Evaluator._begins_with,
    "contains": Evaluator._contains,
    "exists": Evaluator._exists,
    "missing": Evaluator._missing,
    "is_type": Evaluator._is_type,
}
