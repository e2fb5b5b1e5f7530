"""Conditions, filters and key conditions: operand types and forms.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.linter.grammar import Between, Call, Compare, Group, In, Junction, Node, Not, Path, Value
from tests.linter.tables import KeyShape, TableShape
from tests.linter.values import comparable, only_type
from tests.linter.violation import GUIDE, require

__all__ = [
    "check_condition",
    "check_filter_names",
    "check_key_condition",
    "check_projected",
    "filter_paths",
]

_PAGE = GUIDE + "Expressions.OperatorsAndFunctions.html"
_KEY_PAGE = GUIDE + "Query.KeyConditionExpressions.html"
_FILTER_PAGE = GUIDE + "Query.FilterExpression.html"
_INDEX_PAGE = GUIDE + "GSI.html"
_ORDERED = frozenset({"S", "N", "B"})
_TYPES = frozenset({"S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"})
_RANGE_SIGNS = frozenset({"=", "<", "<=", ">", ">="})


def check_condition(node: Node) -> None:
    """Check the operands of every comparison and function."""
    for part in _walk(node):
        match part:
            case Compare(sign, left, right):
                _require_distinct(left, right)
                if sign not in {"=", "<>"}:
                    _require_ordered(sign, left, right)
            case Between(subject, low, high):
                _require_ordered("BETWEEN", subject, low, high)
                _check_bounds(low, high)
            case In(subject, choices):
                for choice in choices:
                    _require_distinct(subject, choice)
            case Call(function, arguments):
                _check_call(function, arguments)
            case _:
                pass


def _walk(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Junction(_, left, right):
            yield from _walk(left)
            yield from _walk(right)
        case Not(condition) | Group(condition):
            yield from _walk(condition)
        case Compare(_, left, right):
            yield from (part for part in (left, right) if isinstance(part, Call))
        case Between(subject, low, high):
            yield from (part for part in (subject, low, high) if isinstance(part, Call))
        case In(subject, choices):
            yield from (part for part in (subject, *choices) if isinstance(part, Call))
        case _:
            pass


def _require_distinct(left: Any, right: Any) -> None:
    same = left == right and not isinstance(left, Value)
    require(not same, f"an operand is compared with itself: {left}", _PAGE)


def _require_ordered(operator: str, *operands: Any) -> None:
    for operand in operands:
        if isinstance(operand, Value):
            kind = only_type(operand.wire)
            require(
                kind in _ORDERED, f"{operator} compares S, N and B; {operand.mark} is {kind}", _PAGE
            )


def _check_bounds(low: Any, high: Any) -> None:
    if not (isinstance(low, Value) and isinstance(high, Value)):
        return
    kinds = {only_type(low.wire), only_type(high.wire)}
    require(len(kinds) == 1, f"the bounds of BETWEEN have two types: {sorted(kinds)}", _PAGE)
    in_order = comparable(low.wire) <= comparable(high.wire)
    require(in_order, f"the bounds of BETWEEN are inverted: {low.mark} > {high.mark}", _PAGE)


def _check_call(function: str, arguments: tuple[Any, ...]) -> None:
    subject, *others = arguments
    if function in {"size", "attribute_exists", "attribute_not_exists", "attribute_type"}:
        require(isinstance(subject, Path), f"{function} takes a path, not {subject}", _PAGE)
    for other in others:
        _require_distinct(subject, other)
    if function == "attribute_type":
        _check_type_name(others[0])
    if function == "begins_with" and isinstance(others[0], Value):
        kind = only_type(others[0].wire)
        require(kind in {"S", "B"}, f"begins_with takes S or B, not {kind}", _PAGE)


def _check_type_name(operand: Any) -> None:
    named = isinstance(operand, Value) and operand.wire.get("S") in _TYPES
    require(named, f"attribute_type takes one of {sorted(_TYPES)}, not {operand}", _PAGE)


def check_key_condition(node: Node, key: KeyShape | None, table: TableShape | None) -> None:
    """Check for the one form: partition key equality, and at most one sort key condition."""
    names: list[str] = []
    equal: set[str] = set()
    for part in _conjuncts(node):
        name, values = _key_part(part)
        names.append(name)
        if isinstance(part, Compare) and part.sign == "=":
            equal.add(name)
        if table is not None:
            for value in values:
                table.check_key_values({name: value.wire})
        _require_operands(name, values)
    require(
        len(set(names)) == len(names), f"a key attribute has two conditions: {names}", _KEY_PAGE
    )
    require(len(names) <= 2, f"more than two key conditions: {names}", _KEY_PAGE)
    require(equal, "no equality on the partition key", _KEY_PAGE)
    if key is not None:
        _check_names(names, equal, key)


def _check_names(names: list[str], equal: set[str], key: KeyShape) -> None:
    require(key.partition in equal, f"no equality on {key.partition}", _KEY_PAGE)
    foreign = sorted(set(names) - key.names)
    require(not foreign, f"not part of the key: {', '.join(foreign)}", _KEY_PAGE)


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, Group):
        yield from _conjuncts(node.condition)
    elif isinstance(node, Junction):
        require(node.word == "AND", "OR in a key condition", _KEY_PAGE)
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _key_part(part: Node) -> tuple[str, list[Value]]:
    subject: Any = None
    operands: tuple[Any, ...] = ()
    match part:
        case Compare(sign, left, right) if sign in _RANGE_SIGNS:
            subject, operands = left, (right,)
        case Between(left, low, high):
            subject, operands = left, (low, high)
        case Call("begins_with", (left, prefix)):
            subject, operands = left, (prefix,)
        case _:
            pass
    require(
        isinstance(subject, Path) and len(subject.steps) == 1,
        f"a key condition compares a key attribute: {part}",
        _KEY_PAGE,
    )
    values = [operand for operand in operands if isinstance(operand, Value)]
    require(len(values) == len(operands), f"a key is compared with values: {part}", _KEY_PAGE)
    return str(subject.steps[0]), values


def _require_operands(name: str, values: list[Value]) -> None:
    """Check what holds for any key attribute, whatever the table."""
    for value in values:
        kind = only_type(value.wire)
        require(kind in _ORDERED, f"key attribute {name} is compared with {kind}", _KEY_PAGE)
        require(value.wire[kind], f"key attribute {name} is compared with nothing", _KEY_PAGE)


def _paths(node: Node) -> Iterator[Path]:
    for part in _walk(node):
        match part:
            case Compare(_, left, right):
                operands: tuple[Any, ...] = (left, right)
            case Between(subject, low, high):
                operands = (subject, low, high)
            case In(subject, choices):
                operands = (subject, *choices)
            case Call(_, arguments):
                operands = arguments
            case _:
                operands = ()
        yield from (operand for operand in operands if isinstance(operand, Path))


def check_filter_names(node: Node, key: KeyShape) -> None:
    """Check that a query's filter leaves the key attributes of what is queried alone."""
    named = sorted({str(path.steps[0]) for path in _paths(node)} & key.names)
    require(not named, f"a filter names key attributes: {', '.join(named)}", _FILTER_PAGE)


def check_projected(paths: list[Path], available: set[str]) -> None:
    """Check that a read of a global index asks for what the index projects."""
    missing = sorted({str(path.steps[0]) for path in paths} - available)
    require(not missing, f"the index does not project {', '.join(missing)}", _INDEX_PAGE)


def filter_paths(node: Node) -> list[Path]:
    """Give the paths that a filter reads."""
    return list(_paths(node))
