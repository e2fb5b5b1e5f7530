"""How conditions of one shape make a key, whatever their values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mizzle.model.ranges import Empty, sort_range
from mizzle.planner.facts import Choice
from mizzle.planner.routes import composed_key, plain_key, sort_interval

if TYPE_CHECKING:
    from mizzle.expressions.conditions import Condition
    from mizzle.model.keys import KeyPart
    from mizzle.model.templates import BoundTemplate
    from mizzle.planner.facts import Facts
    from mizzle.planner.routes import Route
    from mizzle.request import AttributeValue

__all__ = ["KeyForm", "MisfitError"]


class MisfitError(Exception):
    """The values are out of the ordinary."""


class KeyForm:
    """Writes one key for conditions of one shape.

    All that a route says but the values themselves is the same for all values that fit: whether the
    key is exact, which operator its sort key has, whether the entity's own literal bounds it.

    Args:
        route: How the key serves the conditions it is made of.
        facts: What those say.
        stored: Their operands as they are stored.
    """

    __slots__ = ("_fixed", "_partition", "_ranged", "_sort", "_traits")

    def __init__(
        self, route: Route, facts: Facts, stored: Sequence[Sequence[AttributeValue]]
    ) -> None:
        self._partition, self._sort = route.access.partition, route.access.sort
        fields = self._sort.fields if self._sort is not None else ()
        fixed = (*self._partition.fields, *fields[: route.fixed])
        self._fixed = {name: facts.decided[name][0] for name in fixed}
        self._ranged = facts.ranges[fields[route.fixed]][0] if route.is_ranged else None
        self._traits: Hashable | None = None
        if self._sort is not None and not route.is_complete:
            given = self._given(facts.conjuncts)
            self._traits, _ = self._range(self._sort, given, facts.conjuncts, stored)

    def operands(
        self, conditions: Sequence[Condition], stored: Sequence[Sequence[AttributeValue]]
    ) -> list[AttributeValue]:
        """Give the operands of the key condition, that of the partition key first.

        Args:
            conditions: Conditions of the shape.
            stored: Their operands as they are stored; empty for those that a template encodes.

        Raises:
            MisfitError: If another route would be taken for these values.
            EncodingError: If one of them cannot stand in a key.
        """
        given = self._given(conditions)
        found = [self._key(self._partition, given, stored)]
        if self._sort is None:
            return found
        if self._traits is None:
            found.append(self._key(self._sort, given, stored))
            return found
        traits, operands = self._range(self._sort, given, conditions, stored)
        if traits != self._traits:
            raise MisfitError
        found += operands
        return found

    def _given(self, conditions: Sequence[Condition]) -> dict[str, Any]:
        """Take the values of the fields that are fixed."""
        return {name: conditions[n].operands[1].value for name, n in self._fixed.items()}

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
            raise MisfitError
        return key

    def _range(
        self,
        sort: KeyPart,
        given: Mapping[str, Any],
        conditions: Sequence[Condition],
        stored: Sequence[Sequence[AttributeValue]],
    ) -> tuple[Hashable, Sequence[AttributeValue]]:
        """Narrow the sort key; besides the operands, tell all about the condition but those."""
        at = self._ranged
        if at is None:
            if sort.template is None:
                return (), ()
            return _composed_range(sort, sort.template, given, None)
        op, (_, *operands) = conditions[at].op, conditions[at].operands
        values = [operand.value for operand in operands]
        if sort.template is not None:
            return _composed_range(sort, sort.template, given, (op, values))
        return _plain_range(sort, op, list(map(Choice, values, stored[at])))


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
        raise MisfitError
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
        raise MisfitError
    low, high, prefix, *traits = interval
    is_none = [each is None for each in (low, high, prefix)]
    return (*is_none, *traits, interval.is_point), interval.operands
