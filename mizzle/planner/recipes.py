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
from mizzle.planner.facts import choices_of
from mizzle.planner.intervals import Interval
from mizzle.planner.routes import is_own_interval, key_value, sort_interval
from mizzle.shapes import is_set

if TYPE_CHECKING:
    from mizzle.model.keys import KeyPart
    from mizzle.model.ranges import Empty
    from mizzle.model.source import Source
    from mizzle.planner.facts import Facts
    from mizzle.planner.plan import Plan
    from mizzle.planner.routes import Route
    from mizzle.request import AttributeValue

__all__ = ["Recipe", "shape_of"]

_PLAIN = frozenset({"=", "<", "<=", ">", ">=", "between", "begins_with"})


def shape_of(conditions: Sequence[Any]) -> Hashable | None:
    """Tell all about conditions but their values; None unless they are plain comparisons.

    Each has to be of a field of its own. Of the values it tells the types, as those may decide how they
    are compared.
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
        "_left",
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
        self._left = self._left_to_keys(facts)
        # Behind the conditions comes what tells the entity's items from others.
        self._others = _parts(plan.filter)[len(service) :]
        self._traits: tuple[Any, ...] | None = None
        if self._sort is not None and not route.is_complete:
            interval = self._interval(self._sort, facts.conjuncts, facts.bound)
            assert isinstance(interval, Interval)  # noqa: S101  # the route is not empty
            self._traits = _traits(self._sort, interval)
        self._plan = plan._replace(keys=(), queries=(), filter=None, residual=None, considered=())

    def _left_to_keys(self, facts: Facts) -> list[bool]:
        """Say which conditions need no binding: those of which a template checks as much."""
        kinds = {
            segment.field: segment.kind
            for part in (self._partition, self._sort)
            if part is not None and part.template is not None
            for segment in part.template.segments
        }
        strict = {name for name, kind in kinds.items() if kind.ordered}
        used = {n: name for name, n in self._fixed.items()}
        if self._range is not None:
            used[self._range] = str(facts.conjuncts[self._range].operands[0].steps[0])
        rest = {*self._service, *self._here}
        return [
            used.get(n) in strict and n not in rest and condition.op != "begins_with"
            for n, condition in enumerate(facts.conjuncts)
        ]

    def fill(self, source: Source, conditions: Sequence[Condition]) -> Plan | None:
        """Make the plan for conditions of the same shape; None if they do not fit."""
        try:
            return self._filled(source, conditions)
        except (_MisfitError, EncodingError):
            # Planned on its own, a statement that is wrong gets the better message.
            return None

    def _filled(self, source: Source, conditions: Sequence[Condition]) -> Plan:
        plan = self._plan
        bound = [
            condition if is_left else _bound(source, condition)
            for condition, is_left in zip(conditions, self._left, strict=True)
        ]
        value = self._value(self._partition, conditions, bound)
        here = all_of(tuple([bound[n] for n in self._here]))
        if plan.operation == "GetItem":
            key = {self._partition.name: value}
            if self._sort is not None:
                key[self._sort.name] = self._value(self._sort, conditions, bound)
            return plan._replace(keys=(key,), residual=here)
        query = Condition("=", (self._paths[0], Value(value)))
        narrowed = None if self._sort is None else self._narrowed(self._sort, conditions, bound)
        if narrowed is not None:
            query = Condition("and", (query, narrowed))
        filters = all_of((*[bound[n] for n in self._service], *self._others))
        return plan._replace(queries=(query,), filter=filters, residual=here)

    def _narrowed(
        self, sort: KeyPart, conditions: Sequence[Condition], bound: Sequence[Condition]
    ) -> Condition | None:
        """Write the condition on the sort key."""
        if self._traits is None:
            return Condition("=", (self._paths[1], Value(self._value(sort, conditions, bound))))
        interval = self._interval(sort, conditions, bound)
        if not isinstance(interval, Interval) or _traits(sort, interval) != self._traits:
            raise _MisfitError
        return interval.condition(self._paths[1])

    def _value(
        self, part: KeyPart, conditions: Sequence[Condition], bound: Sequence[Condition]
    ) -> AttributeValue:
        at = self._fixed
        choices = {n: choices_of(conditions[at[n]], bound[at[n]])[0] for n in part.fields}
        value = key_value(part, choices)
        if value is None:
            raise _MisfitError
        return value

    def _interval(
        self, sort: KeyPart, conditions: Sequence[Condition], bound: Sequence[Condition]
    ) -> Interval | Empty:
        at = self._fixed
        fixed = {n: conditions[at[n]].operands[1].value for n in sort.fields if n in at}
        if self._range is None:
            return sort_interval(sort, fixed, None)
        ranged = conditions[self._range]
        return sort_interval(sort, fixed, (ranged.op, choices_of(ranged, bound[self._range])))


class _MisfitError(Exception):
    """The values are out of the ordinary."""


def _bound(source: Source, condition: Condition) -> Condition:
    bound = bind_condition(source, condition)
    if bound.op != condition.op:
        raise _MisfitError
    return bound


def _traits(sort: KeyPart, interval: Interval) -> tuple[Any, ...]:
    """Tell all about an interval but its bounds."""
    low, high, prefix, *rest = interval
    is_equal = low is not None and low == high
    is_own = is_own_interval(sort, interval)
    return low is None, high is None, prefix is None, is_equal, is_own, *rest


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    return condition.operands if condition.op == "and" else (condition,)
