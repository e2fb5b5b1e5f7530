"""DynamoDB's comparators and functions on attribute values; None stands for a missing attribute.

Decided by the developer guide and by what is known of the service where that is silent:

- Operands of different types are neither equal nor ordered, and `<>` is the opposite of `=` also
  where an operand is missing.
- `size` counts a text in UTF-16 code units, and what has no size behaves as if it were missing.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import operator
from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

__all__ = ["Value", "begins_with", "compare", "contains", "is_type", "order_of", "size"]

Value: TypeAlias = dict[str, Any] | None

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(op: str, left: Value, right: Value) -> bool:
    """Compare two values."""
    if op == "=":
        return left is not None and right is not None and _normal(left) == _normal(right)
    if op == "<>":
        return not compare("=", left, right)
    if left is None or right is None or _kind(left) != _kind(right) or _kind(left) not in "SNB":
        return False
    return _ORDERED[op](order_of(left), order_of(right))


def order_of(value: dict[str, Any]) -> Any:
    """Give what DynamoDB orders a text, a number or a binary by."""
    ((kind, raw),) = value.items()
    if kind == "S":
        return raw.encode()
    return Decimal(raw) if kind == "N" else b64decode(raw)


def begins_with(value: Value, prefix: Value) -> bool:
    """Tell whether a text or a binary begins with another."""
    if value is None or prefix is None or _kind(value) != _kind(prefix):
        return False
    return _kind(value) in {"S", "B"} and bool(order_of(value).startswith(order_of(prefix)))


def contains(value: Value, member: Value) -> bool:
    """Tell whether a text or binary has a part, or a set or list a member."""
    if value is None or member is None:
        return False
    kind, inner = _kind(value), _kind(member)
    if kind in {"S", "B"}:
        return kind == inner and order_of(member) in order_of(value)
    if kind in {"SS", "NS", "BS"}:
        return kind[0] == inner and any(compare("=", {inner: each}, member) for each in value[kind])
    return kind == "L" and any(compare("=", each, member) for each in value["L"])


def size(value: Value) -> Value:
    """Measure a value; None if it has no size."""
    if value is None or _kind(value) in {"N", "BOOL", "NULL"}:
        return None
    ((kind, raw),) = value.items()
    measured = {"S": lambda: len(raw.encode("utf-16-le")) // 2, "B": lambda: len(b64decode(raw))}
    return {"N": str(measured.get(kind, lambda: len(raw))())}


def is_type(value: Value, kind: str) -> bool:
    """Tell whether a value is stored as a type."""
    return value is not None and _kind(value) == kind


def _kind(value: dict[str, Any]) -> str:
    return next(iter(value))


def _normal(value: dict[str, Any]) -> Any:
    """Give what two equal values have in common."""
    ((kind, raw),) = value.items()
    if kind == "N":
        return kind, Decimal(raw)
    if kind == "NS":
        return kind, frozenset(map(Decimal, raw))
    if kind in {"SS", "BS"}:
        return kind, frozenset(raw)
    if kind == "L":
        return kind, [_normal(member) for member in raw]
    if kind == "M":
        return kind, {name: _normal(member) for name, member in raw.items()}
    return kind, raw
