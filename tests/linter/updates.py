"""Update expressions and projections: overlaps and operand types.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from tests.linter.grammar import Action, Arithmetic, Call, Path, Value
from tests.linter.tables import TableShape
from tests.linter.values import only_type
from tests.linter.violation import GUIDE, REFERENCE, require

__all__ = ["check_no_overlap", "check_update"]

_PAGE = GUIDE + "Expressions.UpdateExpressions.html"
_UPDATE_PAGE = REFERENCE + "API_UpdateItem.html"
_SETS = frozenset({"SS", "NS", "BS"})


def check_update(actions: list[Action], table: TableShape | None) -> None:
    """Check the actions of one update expression."""
    check_no_overlap([action.path for action in actions], _PAGE)
    for action in actions:
        if action.section == "ADD":
            _check_value_action(action, _SETS | {"N"})
        elif action.section == "DELETE":
            _check_value_action(action, _SETS)
        elif action.operand is not None:
            _check_assigned(action.operand)
        if table is not None:
            _check_keys(action, table)


def _check_value_action(action: Action, allowed: frozenset[str]) -> None:
    # "... can only be used on top-level attributes, not nested attributes."
    require(
        len(action.path.steps) == 1,
        f"{action.section} is for top-level attributes only: {action.path.steps}",
        _UPDATE_PAGE,
    )
    assert isinstance(action.operand, Value)
    kind = only_type(action.operand.wire)
    require(kind in allowed, f"{action.section} takes {sorted(allowed)}, not {kind}", _UPDATE_PAGE)


def _check_assigned(operand: Any) -> None:
    match operand:
        case Arithmetic(sign, left, right):
            for part in (left, right):
                _require_type(sign, part, "N")
                _check_assigned(part)
        case Call("list_append", arguments):
            for argument in arguments:
                _require_type("list_append", argument, "L")
                _check_assigned(argument)
        case Call("if_not_exists", (subject, fallback)):
            require(isinstance(subject, Path), f"if_not_exists takes a path: {subject}", _PAGE)
            _check_assigned(fallback)
        case _:
            pass


def _require_type(operator: str, operand: Any, expected: str) -> None:
    if isinstance(operand, Call) and operand.function == "if_not_exists":
        operand = operand.arguments[1]
    if isinstance(operand, Value):
        kind = only_type(operand.wire)
        require(kind == expected, f"{operator} takes {expected}; {operand.mark} is {kind}", _PAGE)


def _check_keys(action: Action, table: TableShape) -> None:
    name = str(action.path.steps[0])
    # "You cannot use UpdateItem to update any primary key attributes."
    is_primary = name in table.key.names
    require(not is_primary, f"{name} is part of the primary key", GUIDE + "WorkingWithItems.html")
    if (
        isinstance(action.operand, Value)
        and action.section == "SET"
        and len(action.path.steps) == 1
    ):
        table.check_key_values({name: action.operand.wire})


def check_no_overlap(paths: list[Path], page: str) -> None:
    """Check that no path is, holds, or contradicts the shape of another."""
    for one, other in combinations(paths, 2):
        for step, another in zip(one.steps, other.steps, strict=False):
            if step != another:
                # A position and a name at one place: it would have to be a list and a map.
                conflict = isinstance(step, int) != isinstance(another, int)
                require(not conflict, f"paths conflict: {one.steps}, {other.steps}", page)
                break
        else:
            require(False, f"paths overlap: {one.steps}, {other.steps}", page)
