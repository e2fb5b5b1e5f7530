"""The texts of updates, written once for all that differ in their values only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mizzle.compiler import Expressions, mark
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import Value
from mizzle.statements.writing import exists, of_its_type, write_parts

if TYPE_CHECKING:
    from mizzle.expressions.updates import Action
    from mizzle.model.schema import EntitySchema

__all__ = ["plain_update", "update_parts"]

_MOST_TEXTS = 1_000
# With these every value has one placeholder, in the order of the actions.
_PLAIN = frozenset({"set", "set_if_missing", "discard", "remove"})


def update_parts(actions: Sequence[Action], conditions: tuple[Condition, ...]) -> dict[str, Any]:
    """Give what an UpdateItem says besides table and key.

    Args:
        actions: Bound actions.
        conditions: Bound conditions.
    """
    expressions = Expressions()
    update = {"UpdateExpression": expressions.update(actions), "ReturnValues": "ALL_NEW"}
    return update | write_parts(conditions, expressions)


def plain_update(schema: EntitySchema, actions: Sequence[Action]) -> dict[str, Any]:
    """Give the same for an update whose only conditions are that its item is there and its own."""
    shape = _shape(schema, actions)
    if shape is None:
        return update_parts(actions, _conditions(schema))
    known: _Texts | None = schema.update_texts.get(shape)
    values = [action.operand.value for action in actions if isinstance(action.operand, Value)]
    if known is None:
        known = _texts(update_parts(actions, _conditions(schema)), len(values))
        if len(schema.update_texts) >= _MOST_TEXTS:
            schema.update_texts.clear()
        schema.update_texts[shape] = known
    placed = {mark(number): value for number, value in enumerate(values)}
    placed |= {place: dict(value) for place, value in known.constants.items()}
    parts = {**known.rest, "ExpressionAttributeNames": dict(known.names)}
    return parts | ({"ExpressionAttributeValues": placed} if placed else {})


class _Texts(NamedTuple):
    """What updates of one shape have in common.

    Attributes:
        names: Attribute names by their placeholders.
        constants: Those values that belong to the shape, by their placeholders.
        rest: Everything else.
    """

    names: dict[str, str]
    constants: dict[str, Any]
    rest: dict[str, Any]


def _texts(parts: dict[str, Any], count: int) -> _Texts:
    """Keep what remains of an update without its own values, which have the first placeholders."""
    own = {mark(number) for number in range(count)}
    values = parts.pop("ExpressionAttributeValues", {})
    constants = {place: value for place, value in values.items() if place not in own}
    return _Texts(parts.pop("ExpressionAttributeNames"), constants, parts)


def _conditions(schema: EntitySchema) -> tuple[Condition, ...]:
    return (exists(schema), *of_its_type(schema))


def _shape(schema: EntitySchema, actions: Sequence[Action]) -> Any:
    """Give all that the texts depend on; None if they depend on more than can be told cheaply."""
    found: list[Any] = [len(schema.type_names())]
    for action in actions:
        operand = action.operand
        if action.verb not in _PLAIN or not (operand is None or isinstance(operand, Value)):
            return None
        found.append((action.verb, action.path.steps))
    return tuple(found)
