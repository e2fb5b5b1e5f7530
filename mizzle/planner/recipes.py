"""Plans of one shape: made once, and filled with other values.

Statements that differ in their values only are planned alike, unless a value is out of the ordinary:
too long for a key, say, or beyond the padding of a number. Then the recipe does not fit, and the
statement is planned on its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import time
from types import NoneType
from typing import TYPE_CHECKING, Any

from mizzle.errors import EncodingError
from mizzle.evaluator import wire_order
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.expressions.slots import take_values
from mizzle.model.binding import bind_path, bind_value
from mizzle.model.ranges import Empty, sort_range
from mizzle.planner.facts import Choice
from mizzle.planner.routes import composed_key, plain_key, sort_interval

if TYPE_CHECKING:
    from mizzle.model.binding import BoundPath
    from mizzle.model.keys import KeyPart
    from mizzle.model.templates import BoundTemplate
    from mizzle.planner.facts import Facts
    from mizzle.planner.plan import Plan
    from mizzle.planner.routes import Route
    from mizzle.request import AttributeValue

__all__ = ["Recipe", "shape_of"]

# None and empty sets are compared in ways of their own, and some times not at all.
_ODD = (NoneType, set, frozenset, time)
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

    Args:
        plan: The plan of a statement of this shape: one GetItem or Query, with nothing to fetch.
        facts: What its conditions say.
        route: How its key serves them.
        service: Which of them are in the filter.
        here: Which of them are evaluated here.
    """

    __slots__ = (
        "_constants",
        "_fixed",
        "_here",
        "_partition",
        "_paths",
        "_plan",
        "_ranged",
        "_service",
        "_sort",
        "_traits",
    )

    def __init__(
        self, plan: Plan, facts: Facts, route: Route, service: Sequence[int], here: Sequence[int]
    ) -> None:
        self._partition, self._sort = route.access.partition, route.access.sort
        fields = self._sort.fields if self._sort is not None else ()
        fixed = (*self._partition.fields, *fields[: route.fixed])
        self._fixed = {name: facts.decided[name][0] for name in fixed}
        self._ranged = facts.ranges[fields[route.fixed]][0] if route.is_ranged else None
        self._service, self._here = service, here
        self._paths = self._bound_paths(facts)
        self._traits: Hashable | None = None
        if self._sort is not None and not route.is_complete:
            given, stored = self._given(facts.conjuncts), self._stored(facts.conjuncts)
            self._traits, _ = self._range(self._sort, given, facts.conjuncts, stored)
        taken: list[AttributeValue] = []
        self._plan = plan._replace(
            queries=tuple([take_values(query, taken) for query in plan.queries]),
            filter=None if plan.filter is None else take_values(plan.filter, taken),
            considered=(),
            texts={},
        ).filled((), None, ())
        # Behind the conditions comes what tells the entity's items from others.
        others: list[AttributeValue] = []
        for condition in _parts(plan.filter)[len(service) :]:
            take_values(condition, others)
        self._constants = others

    def _bound_paths(self, facts: Facts) -> list[BoundPath | None]:
        """Follow the path of each condition; None for those of which a template checks as much."""
        kinds = {
            segment.field: segment.kind
            for part in (self._partition, self._sort)
            if part is not None and part.template is not None
            for segment in part.template.segments
        }
        strict = {name for name, kind in kinds.items() if kind.ordered}
        used = {n: name for name, n in self._fixed.items()}
        if self._ranged is not None:
            used[self._ranged] = str(facts.conjuncts[self._ranged].operands[0].steps[0])
        rest = {*self._service, *self._here}
        return [
            None
            if used.get(n) in strict and n not in rest and condition.op != "begins_with"
            else bind_path(facts.source, condition.operands[0])
            for n, condition in enumerate(facts.conjuncts)
        ]

    def fill(self, conditions: Sequence[Condition]) -> Plan | None:
        """Make the plan for conditions of the same shape; None if they do not fit."""
        try:
            return self._filled(conditions)
        except (_MisfitError, EncodingError):
            # Planned on its own, a statement that is wrong gets the better message.
            return None

    def _filled(self, conditions: Sequence[Condition]) -> Plan:
        partition, sort = self._partition, self._sort
        stored = self._stored(conditions)
        given = self._given(conditions)
        values = [self._key(partition, given, stored)]
        residual = self._residual(conditions, stored) if self._here else None
        if self._plan.operation == "GetItem":
            key = {partition.name: values[0]}
            if sort is not None:
                key[sort.name] = self._key(sort, given, stored)
            return self._plan.filled((key,), residual, ())
        if sort is not None:
            values += self._narrowed(sort, given, conditions, stored)
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
                raise _MisfitError
            found.append(wires)
        return found

    def _given(self, conditions: Sequence[Condition]) -> dict[str, Any]:
        """Take the values of the fields that are fixed."""
        return {name: conditions[n].operands[1].value for name, n in self._fixed.items()}

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

    def _key(
        self,
        part: KeyPart,
        given: Mapping[str, Any],
        stored: Sequence[Sequence[AttributeValue]],
    ) -> AttributeValue:
        """Write a whole key attribute."""
        if part.template is None:
            (name,) = part.fields
            key = plain_key(part, Choice(given[name], stored[self._fixed[name]][0]))
        else:
            key = composed_key(part, part.template, given)
        if key is None:
            raise _MisfitError
        return key

    def _narrowed(
        self,
        sort: KeyPart,
        given: Mapping[str, Any],
        conditions: Sequence[Condition],
        stored: Sequence[Sequence[AttributeValue]],
    ) -> Sequence[AttributeValue]:
        """Give the operands of the condition on the sort key."""
        if self._traits is None:
            return (self._key(sort, given, stored),)
        traits, operands = self._range(sort, given, conditions, stored)
        if traits != self._traits:
            raise _MisfitError
        return operands

    def _range(
        self,
        sort: KeyPart,
        given: Mapping[str, Any],
        conditions: Sequence[Condition],
        stored: Sequence[Sequence[AttributeValue]],
    ) -> tuple[Hashable, Sequence[AttributeValue]]:
        """Narrow the sort key; besides the operands, tell all about the condition but those."""
        op: str | None = None
        values: list[Any] = []
        if self._ranged is not None:
            op, (_, *operands) = conditions[self._ranged].op, conditions[self._ranged].operands
            values = [operand.value for operand in operands]
        if sort.template is not None:
            said = None if op is None else (op, values)
            return _composed_range(sort, sort.template, given, said)
        if self._ranged is None or op is None:
            return (), ()
        return _plain_range(sort, op, list(map(Choice, values, stored[self._ranged])))


class _MisfitError(Exception):
    """The values are out of the ordinary."""


def _composed_range(
    sort: KeyPart,
    template: BoundTemplate,
    given: Mapping[str, Any],
    said: tuple[str, Sequence[Any]] | None,
) -> tuple[Hashable, Sequence[AttributeValue]]:
    found = sort_range(template, given, said, limit_bytes=sort.limit)
    if found is None:
        return (), ()
    if isinstance(found, Empty):
        raise _MisfitError
    op, low, high, is_exact, is_foreign = found
    is_point = low == high
    bounds = (low,) if is_point else (low, high)
    operands = [{"S": bound} for bound in bounds if bound is not None]
    return (op, is_point, is_exact, is_foreign), operands


def _plain_range(
    sort: KeyPart, op: str, choices: Sequence[Choice]
) -> tuple[Hashable, Sequence[AttributeValue]]:
    interval = sort_interval(sort, {}, (op, choices))
    if isinstance(interval, Empty):
        raise _MisfitError
    low, high, prefix, *traits = interval
    is_none = [each is None for each in (low, high, prefix)]
    return (*is_none, *traits, interval.is_point), interval.operands


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    return condition.operands if condition.op == "and" else (condition,)
