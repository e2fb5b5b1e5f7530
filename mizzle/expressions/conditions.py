"""Conditions, combined with `&`, `|` and `~`."""

from __future__ import annotations

from typing import Any, NoReturn

from mizzle.expressions.nodes import Node

__all__ = ["Condition", "all_of"]


class Condition(Node):
    """Something that holds for an item or does not.

    Conditions come from comparing attribute paths (`User.age > 3`) and from their methods
    (`User.email.begins_with("a")`), and are combined with `&`, `|` and `~`.

    Attributes:
        op: DynamoDB's name of the comparator, function or connective, such as `<=`, `contains` or
            `and`; `exists`, `missing` and `size` for what AWS calls `attribute_exists`,
            `attribute_not_exists` and `size`.
        operands: Conditions for `and`, `or` and `not`; operands for everything else.

    Example:
        ```python
        condition = (User.logins > 3) & ~User.home.exists()
        print(condition)
        ```
    """

    __slots__ = ("op", "operands")

    op: str
    operands: tuple[Any, ...]

    def __init__(self, op: str, operands: tuple[Any, ...]) -> None:
        _set_op(self, op)
        _set_operands(self, operands)

    def __and__(self, other: Condition) -> Condition:
        combined: Condition = _combine("and", self, other)
        return combined

    def __or__(self, other: Condition) -> Condition:
        combined: Condition = _combine("or", self, other)
        return combined

    def __invert__(self) -> Condition:
        return Condition("not", (self,))

    def __bool__(self) -> NoReturn:
        message = (
            f"{self} cannot be used as a truth value. "
            "Combine conditions with & | ~, each in parentheses."
        )
        raise TypeError(message)

    def __eq__(self, other: object) -> bool:
        # Conditions are compared only by the library and its tests, part by part: `==` between
        # paths builds a condition, so tuples of operands cannot be compared directly.
        return isinstance(other, Condition) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return _show(self, repr)

    def __str__(self) -> str:
        return _show(self, str)


# Through their slots, as nodes are frozen and made by the dozen.
_set_op: Any = Condition.__dict__["op"].__set__
_set_operands: Any = Condition.__dict__["operands"].__set__


def all_of(conditions: tuple[Condition, ...]) -> Condition | None:
    """Join conditions with `and`; None if there are none."""
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else Condition("and", conditions)


def _combine(op: str, left: Condition, right: Any) -> Any:
    if not isinstance(right, Condition):
        return NotImplemented
    parts: tuple[Condition, ...] = ()
    for side in (left, right):
        parts += side.operands if side.op == op else (side,)
    return Condition(op, parts)


_INFIX = frozenset({"=", "<>", "<", "<=", ">", ">="})


def _show(condition: Condition, show: Any) -> str:
    op, operands = condition.op, condition.operands
    if op in _INFIX:
        left, right = map(show, operands)
        return f"{left} {_PYTHON.get(op, op)} {right}"
    if op in {"and", "or"}:
        return f" {'&' if op == 'and' else '|'} ".join(
            f"({_show(part, show)})" for part in operands
        )
    if op == "not":
        return f"~({_show(operands[0], show)})"
    subject, *rest = map(show, operands)
    return f"{subject}.{op}({', '.join(rest)})"


_PYTHON = {"=": "==", "<>": "!="}
