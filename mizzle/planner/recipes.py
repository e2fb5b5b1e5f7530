"""Plans of one shape: made once, and filled with other values.

Statements that differ in their values only are planned alike, unless a value is out of the ordinary:
too long for a key, say, or beyond the padding of a number. Then the recipe does not fit, and the
statement is planned on its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from mizzle.errors import EncodingError
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.model.binding import bind_condition
from mizzle.model.ranges import KeyRange, sort_range
from mizzle.planner.facts import Choice
from mizzle.planner.intervals import Interval
from mizzle.planner.routes import composed_value, key_value, sort_interval
from mizzle.shapes import is_set

if TYPE_CHECKING:
    from mizzle.model.keys import KeyPart
    from mizzle.model.ranges import Empty
    from mizzle.model.source import Source
    from mizzle.planner.facts import Facts
    from mizzle.planner.plan import Plan
    from mizzle.planner.routes import Route

__all__ = ["Recipe", "shape_of"]

_OPERATORS: dict[str, str] = {"BETWEEN": "between"}
_PLAIN = frozenset({"=", "<", "<=", ">", ">=", "between", "begins_with"})


def shape_of(conditions: Sequence[Any]) -> Hashable | None:
    """Tell all about conditions but their values; None unless they are plain comparisons.

    Each has to be of a field of its own. Of the values it tells the types: what was accepted once is
    accepted again.
    """
    parts: list[Any] = []
    names: set[Any] = set()
    for condition in conditions:
        if not isinstance(condition, Condition) or condition.op not in _PLAIN:
            return None
        subject, *operands = condition.operands
        if not isinstance(subject, AttributePath) or len(subject.steps) > 1:
            return None
        names.add(subject.steps)
        parts += condition.op, subject.owner, subject.steps
        for operand in operands:
            # None and empty sets are compared in ways of their own.
            if not isinstance(operand, Value) or operand.value is None or is_set(operand.value):
                return None
            parts.append(type(operand.value))
    return tuple(parts) if len(names) == len(conditions) else None


class Recipe:
    """A plan without its values, and where they go.

    Args:
        plan: The plan of a statement of this shape: one GetItem or Query, with nothing to fetch.
        facts: What its conditions say.
        route: How its key serves them.
        service: Which of them are in the filter.
        here: Which of them are evaluated here.
    """

    __slots__ = (
        "_fixed",
        "_here",
        "_others",
        "_partition",
        "_paths",
        "_plan",
        "_range",
        "_service",
        "_sort",
        "_traits",
    )

    def __init__(
        self, plan: Plan, facts: Facts, route: Route, service: Sequence[int], here: Sequence[int]
    ) -> None:
        self._partition, self._sort = route.access.partition, route.access.sort
        self._paths = [AttributePath[Any](object, (part.name,)) for part in route.access.parts]
        fields = self._sort.fields if self._sort is not None else ()
        fixed = (*self._partition.fields, *fields[: route.fixed])
        self._fixed = {name: facts.decided[name][0] for name in fixed}
        self._range = facts.ranges[fields[route.fixed]][0] if route.is_ranged else None
        self._service, self._here = service, here
        # Behind the conditions comes what tells the entity's items from others.
        self._others = _parts(plan.filter)[len(service) :]
        self._traits: tuple[Any, ...] | None = None
        if self._sort is not None and not route.is_complete:
            self._traits = _traits(self._range_of(self._sort, facts.source, facts.conjuncts))
        self._plan = plan._replace(keys=(), queries=(), filter=None, residual=None, considered=())

    def fill(self, source: Source, conditions: Sequence[Condition]) -> Plan | None:
        """Make the plan for conditions of the same shape; None if they do not fit."""
        try:
            return self._filled(source, conditions)
        except (_MisfitError, EncodingError):
            # Planned on its own, a statement that is wrong gets the better message.
            return None

    def _filled(self, source: Source, conditions: Sequence[Condition]) -> Plan:
        plan, partition, sort = self._plan, self._partition, self._sort
        value = self._value(partition, source, conditions)
        bound = [_bound(source, conditions[n]) for n in self._service]
        filters = all_of((*bound, *self._others))
        if plan.operation == "GetItem":
            key = {partition.name: value}
            if sort is not None:
                key[sort.name] = self._value(sort, source, conditions)
            here = all_of(tuple([_bound(source, conditions[n]) for n in self._here]))
            return plan._replace(keys=(key,), residual=here)
        query = Condition("=", (self._paths[0], Value(value)))
        narrowed = None if sort is None else self._narrowed(sort, source, conditions)
        if narrowed is not None:
            query = Condition("and", (query, narrowed))
        if not self._here:
            return plan._replace(queries=(query,), filter=filters)
        here = all_of(tuple([_bound(source, conditions[n]) for n in self._here]))
        return plan._replace(queries=(query,), filter=filters, residual=here)

    def _narrowed(
        self, sort: KeyPart, source: Source, conditions: Sequence[Condition]
    ) -> Condition | None:
        """Write the condition on the sort key."""
        path = self._paths[1]
        if self._traits is None:
            return Condition("=", (path, Value(self._value(sort, source, conditions))))
        found = self._range_of(sort, source, conditions)
        if _traits(found) != self._traits:
            raise _MisfitError
        if isinstance(found, KeyRange):
            if found.low == found.high:
                raise _MisfitError
            values = [Value({"S": text}) for text in found.operands]
            return Condition(_OPERATORS.get(found.op, found.op), (path, *values))
        return found.condition(path) if isinstance(found, Interval) else None

    def _value(self, part: KeyPart, source: Source, conditions: Sequence[Condition]) -> Any:
        at = self._fixed
        if part.template is not None:
            given = {name: conditions[at[name]].operands[1].value for name in part.fields}
            value = composed_value(part, given)
        else:
            (name,) = part.fields
            value = key_value(part, {name: _operands(source, conditions[at[name]])[0]})
        if value is None:
            raise _MisfitError
        return value

    def _range_of(
        self, sort: KeyPart, source: Source, conditions: Sequence[Condition]
    ) -> KeyRange | Interval | Empty | None:
        at = self._fixed
        ranged = None if self._range is None else conditions[self._range]
        if sort.template is None:
            said = None if ranged is None else (ranged.op, _operands(source, ranged))
            return sort_interval(sort, {}, said)
        fixed = {n: conditions[at[n]].operands[1].value for n in sort.fields if n in at}
        values = [] if ranged is None else [operand.value for operand in ranged.operands[1:]]
        said_of = None if ranged is None else (ranged.op, values)
        return sort_range(sort.template, fixed, said_of, limit_bytes=sort.limit)


class _MisfitError(Exception):
    """The values are out of the ordinary."""


def _operands(source: Source, condition: Condition) -> list[Choice]:
    """Take the operands of a condition on a field that is a key attribute itself."""
    pairs = zip(condition.operands[1:], _bound(source, condition).operands[1:], strict=True)
    return [Choice(given.value, stored.value) for given, stored in pairs]


def _bound(source: Source, condition: Condition) -> Condition:
    bound = bind_condition(source, condition)
    if bound.op != condition.op:
        raise _MisfitError
    return bound


def _traits(found: KeyRange | Interval | Empty | None) -> tuple[Any, ...]:
    """Tell all about a range but its bounds."""
    if isinstance(found, KeyRange):
        return found.op, found.exact, found.foreign
    if not isinstance(found, Interval):
        return (found is None,)
    low, high, prefix, *rest = found
    is_equal = low is not None and low == high
    return low is None, high is None, prefix is None, is_equal, *rest


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    return condition.operands if condition.op == "and" else (condition,)
