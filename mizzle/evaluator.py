"""Bound conditions evaluated on items here, as DynamoDB evaluates a filter there.

For the conditions that DynamoDB refuses as a filter. Bound means the same as in `compiler.py`: paths
hold attribute names and `Value`s hold wire attribute values.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import operator
from binascii import a2b_base64
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import AttributePath, Operand, Size, Value
from mizzle.request import AttributeValue, Item

__all__ = ["follow", "holds", "wire_order"]

_Operands: TypeAlias = tuple[Any, ...]
_Relation: TypeAlias = Callable[[Any, Any], bool]
_Found: TypeAlias = AttributeValue | None
"""An operand's value; None if the item does not have it."""


def holds(condition: Condition, item: Item) -> bool:
    """Tell whether a bound condition holds for an item.

    A missing attribute is equal to nothing, not even to another one, and neither before nor after
    anything: `<>` holds for it, and so does the negation of all other comparisons. The size of a
    missing attribute, a number, a BOOL or a NULL is as good as missing.
    """
    return _TESTS[condition.op](condition.operands, item)


def _read(operand: Operand[Any], item: Item) -> _Found:
    if isinstance(operand, Value):
        found: _Found = operand.value
        return found
    if isinstance(operand, AttributePath):
        return follow(operand.steps, item)
    assert isinstance(operand, Size)  # noqa: S101  # a condition has no fourth kind of operand
    kind, raw = _parts(follow(operand.path.steps, item))
    measure = _SIZES.get(kind)
    return None if measure is None else {"N": str(measure(raw))}


def follow(steps: Sequence[str | int], item: Item) -> AttributeValue | None:
    """Give the value at the end of a path through an item; None if it leads nowhere."""
    found: _Found = {"M": item}
    for step in steps:
        if found is None:
            break
        found = _member(found, step)
    return found


def _member(value: AttributeValue, step: str | int) -> Any:
    if isinstance(step, str):
        return value["M"].get(step) if "M" in value else None
    members = value.get("L", ())
    return members[step] if step < len(members) else None


def _parts(value: _Found) -> tuple[str, Any]:
    if value is None:
        return "", None
    ((kind, raw),) = value.items()
    return kind, raw


def _utf16_length(text: str) -> int:
    # AWS's page says "the length of the string". The service counts UTF-16 code units, two for
    # each character beyond U+FFFF: https://github.com/ExtendDB/extenddb/pull/67
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _utf16_length,
    "B": lambda raw: len(a2b_base64(raw)),
    **dict.fromkeys(("SS", "NS", "BS", "L", "M"), len),
}


def _is_same(left: _Found, right: _Found) -> bool:
    if left is None or right is None:
        return False
    if left == right:
        return True
    kind, mine = _parts(left)
    other, theirs = _parts(right)
    same = _SAME.get(kind)
    return same is not None and kind == other and same(mine, theirs)


def _same_by(read: Callable[[Any], Any]) -> _Relation:
    return lambda mine, theirs: read(mine) == read(theirs)


def _is_same_list(mine: Any, theirs: Any) -> bool:
    return len(mine) == len(theirs) and all(map(_is_same, mine, theirs))


def _is_same_map(mine: Any, theirs: Any) -> bool:
    return mine.keys() == theirs.keys() and all(_is_same(mine[name], theirs[name]) for name in mine)


# Values of the types that are not here are the same only if they are written the same. A Decimal is
# read, compared and hashed exactly, whatever the process's decimal context.
_SAME: dict[str, _Relation] = {
    "N": _same_by(Decimal),
    "B": _same_by(a2b_base64),
    "SS": _same_by(frozenset[str]),
    "NS": _same_by(lambda members: set(map(Decimal, members))),
    "BS": _same_by(lambda members: set(map(a2b_base64, members))),
    "L": _is_same_list,
    "M": _is_same_map,
}

# Python orders texts by code point, which is the order of their UTF-8 bytes.
_ORDER: dict[str, Callable[[Any], Any]] = {"S": str, "N": Decimal, "B": a2b_base64}


def wire_order(value: AttributeValue) -> Any:
    """Give what DynamoDB orders a text, a number or a binary by."""
    kind, raw = _parts(value)
    read = _ORDER.get(kind)
    return raw if read is None else read(raw)


def _compare(relation: _Relation, left: _Found, right: _Found) -> bool:
    kind, mine = _parts(left)
    other, theirs = _parts(right)
    read = _ORDER.get(kind)
    if read is None or kind != other:
        return False
    return relation(mine, theirs) if mine == theirs else relation(read(mine), read(theirs))


def _all(operands: _Operands, item: Item) -> bool:
    return all(holds(part, item) for part in operands)


def _any(operands: _Operands, item: Item) -> bool:
    return any(holds(part, item) for part in operands)


def _equal(operands: _Operands, item: Item) -> bool:
    left, right = operands
    return _is_same(_read(left, item), _read(right, item))


def _ordered(relation: _Relation, operands: _Operands, item: Item) -> bool:
    left, right = operands
    return _compare(relation, _read(left, item), _read(right, item))


def _between(operands: _Operands, item: Item) -> bool:
    value, low, high = (_read(operand, item) for operand in operands)
    return _compare(operator.le, low, value) and _compare(operator.le, value, high)


def _in(operands: _Operands, item: Item) -> bool:
    value, *choices = (_read(operand, item) for operand in operands)
    return any(_is_same(value, choice) for choice in choices)


def _has_part(parts: dict[tuple[str, str], _Relation], operands: _Operands, item: Item) -> bool:
    (kind, whole), (other, part) = (_parts(_read(operand, item)) for operand in operands)
    has = parts.get((kind, other))
    return has is not None and has(whole, part)


def _contains(operands: _Operands, item: Item) -> bool:
    whole, part = operands
    kind, members = _parts(_read(whole, item))
    if kind != "L":
        return _has_part(_CONTAINS, operands, item)
    member = _read(part, item)
    return any(_is_same(member, one) for one in members)


def _is_type(operands: _Operands, item: Item) -> bool:
    path, name = operands
    kind, _ = _parts(_read(path, item))
    wanted: str = name.value["S"]
    return kind == wanted


_BEGINS: dict[tuple[str, str], _Relation] = {
    ("S", "S"): str.startswith,
    ("B", "B"): lambda whole, prefix: a2b_base64(whole).startswith(a2b_base64(prefix)),
}
_CONTAINS: dict[tuple[str, str], _Relation] = {
    ("S", "S"): operator.contains,
    ("B", "B"): lambda whole, part: a2b_base64(part) in a2b_base64(whole),
    ("SS", "S"): operator.contains,
    ("NS", "N"): lambda members, one: one in members or Decimal(one) in map(Decimal, members),
    ("BS", "B"): lambda members, one: a2b_base64(one) in map(a2b_base64, members),
}
_TESTS: dict[str, Callable[[_Operands, Item], bool]] = {
    "and": _all,
    "or": _any,
    "not": lambda operands, item: not holds(operands[0], item),
    "=": _equal,
    "<>": lambda operands, item: not _equal(operands, item),
    "<": partial(_ordered, operator.lt),
    "<=": partial(_ordered, operator.le),
    ">": partial(_ordered, operator.gt),
    ">=": partial(_ordered, operator.ge),
    "between": _between,
    "in": _in,
    "begins_with": partial(_has_part, _BEGINS),
    "contains": _contains,
    "is_type": _is_type,
    "exists": lambda operands, item: _read(operands[0], item) is not None,
    "missing": lambda operands, item: _read(operands[0], item) is None,
}
