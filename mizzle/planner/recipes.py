"""Plans of one shape: made once, and filled with other values.

Statements that differ in their values only are planned alike, unless a value is out of the ordinary:
too long for a key, say, or beyond the padding of a number. Then the recipe does not fit, and the
statement is planned on its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import time
from types import NoneType
from typing import TYPE_CHECKING, Any

from mizzle.errors import EncodingError
from mizzle.evaluator import wire_order
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.expressions.slots import take_values
from mizzle.model.binding import bind_path, bind_value
from mizzle.model.codecs.base import SCALAR_TAGS
from mizzle.model.codecs.scalars import ScalarCodec
from mizzle.model.segments import DATE, DATETIME, STR, UUID, SegmentKind
from mizzle.planner.key_forms import KeyForm, MisfitError

if TYPE_CHECKING:
    from mizzle.model.binding import BoundPath
    from mizzle.planner.facts import Facts
    from mizzle.planner.plan import Plan
    from mizzle.planner.routes import Route
    from mizzle.request import AttributeValue

__all__ = ["Recipe", "has_recipe", "shape_of"]

# None and empty sets are compared in ways of their own, and some times not at all.
_ODD = (NoneType, set, frozenset, time)
# The kinds of a template's segments that take and refuse the same values as these types' codecs.
_SAME_CHECKS: dict[str, SegmentKind] = {
    "str": STR,
    "uuid": UUID,
    "datetime": DATETIME,
    "date": DATE,
}
_PLAIN = frozenset({"=", "<", "<=", ">", ">=", "between", "begins_with"})


def shape_of(conditions: Sequence[Any]) -> Hashable | None:
    """Tell all about conditions but their values; None unless they are plain comparisons.

    Each has to be of a field of its own. Of the values it tells the types, as those may decide how they
    are compared.
    """
    parts: list[Any] = []
    fields: set[Any] = set()
    for condition in conditions:
        if not isinstance(condition, Condition) or condition.op not in _PLAIN:
            return None
        operands = condition.operands
        subject = operands[0]
        if not isinstance(subject, AttributePath) or len(subject.steps) > 1:
            return None
        fields.add(subject.steps)
        parts += condition.op, subject.owner, subject.steps
        for operand in operands[1:]:
            if not isinstance(operand, Value):
                return None
            value: object = operand.value
            if isinstance(value, _ODD):
                return None
            parts.append(type(value))
    return tuple(parts) if len(fields) == len(conditions) else None


class Recipe:
    """A plan without its values, and where they go.

    The planner decides by values in three places: in what it makes of each condition, in the keys of
    every access that would serve, and in what it makes of several conditions on one attribute. For the
    last there is no recipe; the first two are gone through again for each statement.

    Args:
        plan: The plan of a statement of this shape: one GetItem or Query, with nothing to fetch.
        facts: What its conditions say.
        routes: How keys would serve them, the chosen one first.
        service: Which of them are in the filter.
        here: Which of them are evaluated here.
    """

    __slots__ = ("_constants", "_form", "_here", "_names", "_others", "_paths", "_plan", "_service")

    def __init__(
        self,
        plan: Plan,
        facts: Facts,
        routes: Sequence[Route],
        service: Sequence[int],
        here: Sequence[int],
    ) -> None:
        self._service, self._here = service, here
        self._names = [part.name for part in routes[0].access.parts]
        self._paths: list[BoundPath | None] = [
            bind_path(facts.source, condition.operands[0]) for condition in facts.conjuncts
        ]
        stored = self._stored(facts.conjuncts)
        self._form, *self._others = [KeyForm(route, facts, stored) for route in routes]
        if not self._others:
            for n in self._left_to_template(routes[0], facts):
                self._paths[n] = None
        taken: list[AttributeValue] = []
        self._plan = plan._replace(
            queries=tuple([take_values(query, taken) for query in plan.queries]),
            filter=None if plan.filter is None else take_values(plan.filter, taken),
            considered=(),
            texts={},
        ).filled((), None, ())
        # Behind the conditions' values come those that tell the entity's items from others.
        varying = sum([len(stored[n]) for n in service])
        varying += len(self._form.operands(facts.conjuncts, stored)) if plan.queries else 0
        self._constants = list(map(dict, taken[varying:]))

    def _left_to_template(self, route: Route, facts: Facts) -> Iterator[int]:
        """Give the conditions that need no encoding, as the key's template checks as much."""
        rest = {*self._service, *self._here}
        access = route.access
        plain = {name for part in access.parts if part.template is None for name in part.fields}
        kinds = {
            segment.field: segment.kind
            for part in access.parts
            if part.template is not None
            for segment in part.template.segments
        }
        for n, (condition, path) in enumerate(zip(facts.conjuncts, self._paths, strict=True)):
            name = condition.operands[0].steps[0]
            if n in rest or name in plain or condition.op == "begins_with" or path is None:
                continue
            kind = kinds.get(name)
            codec = path.codec
            if type(codec) is ScalarCodec and kind is _SAME_CHECKS.get(codec.schema["type"], False):
                yield n

    def fill(self, conditions: Sequence[Condition]) -> Plan | None:
        """Make the plan for conditions of the same shape; None if they do not fit."""
        try:
            return self._filled(conditions)
        except (MisfitError, EncodingError):
            # Planned on its own, a statement that is wrong gets the better message.
            return None

    def _filled(self, conditions: Sequence[Condition]) -> Plan:
        stored = self._stored(conditions)
        values = self._form.operands(conditions, stored)
        for form in self._others:
            form.operands(conditions, stored)
        residual = self._residual(conditions, stored) if self._here else None
        if self._plan.operation == "GetItem":
            key = dict(zip(self._names, values, strict=True))
            return self._plan.filled((key,), residual, ())
        for n in self._service:
            values += stored[n]
        # The request goes to the user, and the recipe stays.
        values += map(dict, self._constants)
        return self._plan.filled((), residual, tuple(values))

    def _stored(self, conditions: Sequence[Condition]) -> list[Sequence[AttributeValue]]:
        """Encode the operands of each condition as they are stored."""
        found: list[Sequence[AttributeValue]] = []
        for condition, path in zip(conditions, self._paths, strict=True):
            if path is None:
                found.append(())
                continue
            wires = [bind_value(path, operand) for operand in condition.operands[1:]]
            if len(wires) > 1 and wire_order(wires[0]) > wire_order(wires[1]):
                raise MisfitError
            found.append(wires)
        return found

    def _residual(
        self, conditions: Sequence[Condition], stored: Sequence[Sequence[AttributeValue]]
    ) -> Condition | None:
        """Write the condition that is evaluated here."""
        parts: list[Condition] = []
        for n in self._here:
            path = self._paths[n]
            assert path is not None  # noqa: S101  # all that is evaluated is encoded
            parts.append(Condition(conditions[n].op, (path.path, *map(Value, stored[n]))))
        return all_of(tuple(parts))


def has_recipe(facts: Facts) -> bool:
    """Tell whether the values of such conditions decide nothing before the keys are written."""
    # Of two conditions on one attribute, one may contradict the other.
    if len(set(facts.attributes)) < len(facts.attributes):
        return False
    for condition in facts.conjuncts:
        tags = bind_path(facts.source, condition.operands[0]).codec.tags - {"NULL"}
        # Only what is stored as a scalar can be in a key.
        if not (tags <= SCALAR_TAGS or tags.isdisjoint(SCALAR_TAGS)):
            return False
    return True
