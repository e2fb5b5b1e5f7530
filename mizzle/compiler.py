"""Bound nodes to expression text and placeholders.

Bound means: paths hold attribute names and `Value`s hold wire attribute values. Every name and every
value goes through a placeholder, so nothing a user wrote ever becomes expression text.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mizzle.errors import StatementError
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import Arithmetic, AttributePath, IfMissing, Operand, Size, Value
from mizzle.expressions.slots import Slot
from mizzle.expressions.updates import Action
from mizzle.limits import MAX_EXPRESSION_BYTES

__all__ = ["Expressions", "mark", "placed"]

_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_WEAKER_THAN_AND = frozenset({"or"})
_WEAKER_THAN_NOT = frozenset({"and", "or"})
_FUNCTIONS = {
    "exists": "attribute_exists",
    "missing": "attribute_not_exists",
    "is_type": "attribute_type",
    "begins_with": "begins_with",
    "contains": "contains",
}


class Expressions:
    """The expressions of one request, which share their placeholders."""

    __slots__ = ("_names", "_values")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def condition(self, node: Condition) -> str:
        """Write a condition, filter or key condition expression."""
        return _checked(self._condition(node))

    def projection(self, paths: Sequence[AttributePath[Any]]) -> str:
        """Write a projection expression."""
        return _checked(", ".join(map(self._path, paths)))

    def update(self, actions: Sequence[Action]) -> str:
        """Write an update expression; each section appears once, as AWS demands."""
        sections: dict[str, list[str]] = {}
        for action in actions:
            section, text = self._action(action)
            sections.setdefault(section, []).append(text)
        return _checked(" ".join(f"{name} {', '.join(parts)}" for name, parts in sections.items()))

    def placeholders(self) -> dict[str, Any]:
        """Give the request's `ExpressionAttributeNames` and `ExpressionAttributeValues`."""
        body: dict[str, Any] = {}
        if self._names:
            body["ExpressionAttributeNames"] = {place: name for name, place in self._names.items()}
        if self._values:
            body["ExpressionAttributeValues"] = dict(self._values)
        return body

    def _condition(self, node: Condition) -> str:
        op, operands = node.op, node.operands
        if op in _COMPARATORS:
            left, right = operands
            return f"{self._operand(left)} {op} {self._operand(right)}"
        if op == "and":
            return " AND ".join([self._part(part, _WEAKER_THAN_AND) for part in operands])
        if op == "or":
            return " OR ".join(map(self._condition, operands))
        if op == "not":
            return f"NOT {self._part(operands[0], _WEAKER_THAN_NOT)}"
        if op == "between":
            subject, low, high = map(self._operand, operands)
            return f"{subject} BETWEEN {low} AND {high}"
        if op == "in":
            subject, *choices = map(self._operand, operands)
            return f"{subject} IN ({', '.join(choices)})"
        return f"{_FUNCTIONS[op]}({', '.join(map(self._operand, operands))})"

    def _part(self, node: Condition, bracketed: frozenset[str]) -> str:
        # DynamoDB refuses redundant parentheses, so they stand only where they change the meaning:
        # comparators and functions bind closer than NOT, NOT closer than AND, AND closer than OR.
        text = self._condition(node)
        return f"({text})" if node.op in bracketed else text

    def _operand(self, node: Operand[Any]) -> str:
        if isinstance(node, AttributePath):
            return self._path(node)
        if isinstance(node, Value):
            place = mark(len(self._values))
            self._values[place] = node.value
            return place
        if isinstance(node, Slot):
            return mark(node.number)
        if isinstance(node, Size):
            return f"size({self._path(node.path)})"
        if isinstance(node, IfMissing):
            return f"if_not_exists({self._path(node.path)}, {self._operand(node.value)})"
        assert isinstance(node, Arithmetic)  # noqa: S101  # there is no other kind of operand
        return f"{self._operand(node.left)} {node.op} {self._operand(node.right)}"

    def _path(self, path: AttributePath[Any]) -> str:
        text = ""
        for step in path.steps:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                place = self._names.setdefault(step, f"#n{len(self._names)}")
                text += f".{place}" if text else place
        return text

    def _action(self, action: Action) -> tuple[str, str]:
        path = self._path(action.path)
        if action.operand is None:
            return "REMOVE", path
        operand = action.operand
        match action.verb:
            case "set":
                return "SET", f"{path} = {self._operand(operand)}"
            case "set_if_missing":
                return "SET", f"{path} = if_not_exists({path}, {self._operand(operand)})"
            case "add" if len(action.path.steps) == 1:
                return "ADD", f"{path} {self._operand(operand)}"
            case "add":
                # ADD is documented for top-level attributes only.
                zero = self._operand(Value({"N": "0"}))
                return "SET", f"{path} = if_not_exists({path}, {zero}) + {self._operand(operand)}"
            case "append" | "prepend":
                old = f"if_not_exists({path}, {self._operand(Value({'L': []}))})"
                new = self._operand(operand)
                first, second = (old, new) if action.verb == "append" else (new, old)
                return "SET", f"{path} = list_append({first}, {second})"
            case _:
                return "DELETE", f"{path} {self._operand(operand)}"


def placed(values: Iterable[Any]) -> dict[str, Any]:
    """Give the `ExpressionAttributeValues` of conditions whose values are kept apart."""
    return {mark(number): value for number, value in enumerate(values)}


def mark(number: int) -> str:
    """Give the placeholder of a request's first value, counted from 0, its second, and so on."""
    return f":v{number}"


def _checked(text: str) -> str:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    if len(text) > MAX_EXPRESSION_BYTES:
        message = (
            f"an expression of {len(text):,} bytes is over DynamoDB's {MAX_EXPRESSION_BYTES:,}. "
            "Split the statement, or use fewer conditions and operands."
        )
        raise StatementError(message)
    return text
