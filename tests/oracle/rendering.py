"""Conditions as expressions, to let an engine judge the evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mizzle.expressions import AttributePath, Condition, Size
from tests.oracle.wire import encode, field_of

__all__ = ["render"]


def render(condition: Condition) -> dict[str, Any]:
    """Write a condition as the filter of a Scan, its constants as the suite's own codec has them."""
    text = _Text()
    body: dict[str, Any] = {"FilterExpression": text.condition(condition)}
    if text.names:
        body["ExpressionAttributeNames"] = {f"#{n}": name for name, n in text.names.items()}
    if text.values:
        body["ExpressionAttributeValues"] = {f":{n}": v for n, v in enumerate(text.values)}
    return body


class _Text:
    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.values: list[Any] = []

    def condition(self, condition: Condition) -> str:
        op, operands = condition.op, condition.operands
        if op in {"and", "or"}:
            return f" {op.upper()} ".join(f"({self.condition(part)})" for part in operands)
        if op == "not":
            return f"NOT ({self.condition(operands[0])})"
        if op == "in" and len(operands) == 1:
            never = self.operand(operands[0])
            return f"attribute_exists({never}) AND attribute_not_exists({never})"
        return _FORMS.get(op, _comparison(op))(*map(self.operand, operands))

    def operand(self, operand: Any) -> str:
        if isinstance(operand, Size):
            return f"size({self.operand(operand.path)})"
        if isinstance(operand, AttributePath):
            return self.path(operand)
        self.values.append(encode(operand.value))
        return f":{len(self.values) - 1}"

    def path(self, path: AttributePath[Any]) -> str:
        text = ""
        model: Any = path.owner
        for step in path.steps:
            name = step
            if isinstance(step, int):
                text += f"[{step}]"
                continue
            if model is not None and step in model.model_fields:
                name, _, model = field_of(model, step)
            number = self.names.setdefault(str(name), len(self.names))
            text += f".#{number}" if text else f"#{number}"
        return text


def _comparison(op: str) -> Callable[..., str]:
    return lambda left, right: f"{left} {op} {right}"


_FORMS: dict[str, Callable[..., str]] = {
    "in": lambda subject, *choices: f"{subject} IN ({', '.join(choices)})",
    "between": lambda subject, low, high: f"{subject} BETWEEN {low} AND {high}",
    "begins_with": lambda subject, prefix: f"begins_with({subject}, {prefix})",
    "contains": lambda subject, member: f"contains({subject}, {member})",
    "exists": lambda subject: f"attribute_exists({subject})",
    "missing": lambda subject: f"attribute_not_exists({subject})",
    "is_type": lambda subject, kind: f"attribute_type({subject}, {kind})",
}
