"""How one key of an entity would serve the conditions of a select, if it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from mizzle.evaluator import wire_order
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import AttributePath, Value
from mizzle.limits import MAX_BATCH_GET
from mizzle.model.keys import key_size_bytes
from mizzle.model.ranges import EMPTY, Empty, sort_range, whole_key
from mizzle.planner.facts import Choice, Contradiction, choices_of
from mizzle.planner.intervals import EVERYTHING, Interval, meet, native_interval

if TYPE_CHECKING:
    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.schema import EntitySchema
    from mizzle.model.templates import BoundTemplate
    from mizzle.planner.facts import Facts
    from mizzle.request import AttributeValue, Item

__all__ = [
    "MAX_QUERIES",
    "Route",
    "composed_key",
    "find_route",
    "plain_key",
    "sort_interval",
]

MAX_QUERIES = MAX_BATCH_GET
"""How many queries or keys a select may become: as many as `is_in` takes values."""


class Route(NamedTuple):
    """One key, and what would be read by it.

    Attributes:
        access: The key.
        keys: The whole keys of the items, if they are known and it is the primary key.
        queries: The key conditions, one per query, otherwise.
        served: The conjuncts that the keys or key conditions stand for exactly.
        fixed: How many fields of the sort key are fixed.
        is_ranged: Whether the sort key is narrowed by a range besides.
        is_complete: Whether every part of the key is fixed.
        is_own: Whether every sort key in range begins with the entity's own literal.
    """

    access: AccessKey
    keys: tuple[Item, ...]
    queries: tuple[Condition, ...]
    served: frozenset[int]
    fixed: int
    is_ranged: bool
    is_complete: bool
    is_own: bool

    @property
    def reads(self) -> int:
        """How many queries, or keys of a batch, it takes."""
        return len(self.keys) or len(self.queries)


class _Sort(NamedTuple):
    """What is known of the sort keys within one item collection.

    Attributes:
        values: The sort keys themselves, if they are known.
        interval: Where they lie, otherwise.
        served: The conjuncts that this stands for exactly.
        fixed: How many fields are fixed.
        is_ranged: Whether there is a range besides.
        is_complete: Whether all fields are fixed.
        is_own: Whether they begin with the entity's own literal.
    """

    values: tuple[AttributeValue, ...] = ()
    interval: Interval = EVERYTHING
    served: frozenset[int] = frozenset()
    fixed: int = 0
    is_ranged: bool = False
    is_complete: bool = True
    is_own: bool = True


def find_route(
    schema: EntitySchema, facts: Facts, access: AccessKey, *, is_descending: bool
) -> Route | None:
    """Find out what would be read by a key; None if the conditions do not fix its partition key.

    Raises:
        Contradiction: If no item has a key that fulfils the conditions.
    """
    fields = access.partition.fields
    choices = [facts.choices.get(name, ()) for name in fields]
    count = prod(map(len, choices))
    if not 1 <= count <= MAX_QUERIES:
        return None
    router = _Router(schema, facts, access, MAX_QUERIES // count)
    found = list(router.collections(choices))
    if not found:
        message = f"no {schema.cls.__name__} can have such a key"
        raise Contradiction(message)
    # Which values the choices have makes no difference to how many fields they fix.
    sort = found[0][1]
    served, is_own = sort.served, sort.is_own
    for _, other in found[1:]:
        served &= other.served
        is_own = is_own and other.is_own
    is_point = sort.is_complete and access.index is None
    return Route(
        access,
        tuple(router.keys(found, is_descending=is_descending)) if is_point else (),
        () if is_point else tuple(router.queries(found)),
        served.union(*[facts.decided[name] for name in fields]),
        sort.fixed,
        sort.is_ranged,
        sort.is_complete,
        is_own,
    )


Said: TypeAlias = tuple[str, Sequence[Choice]]
"""An operator of a range and its operands."""


class _Router:
    """Writes the keys of one access.

    Args:
        schema: The entity.
        facts: What the conditions say.
        access: The key.
        limit: How many sort keys may be asked for one by one within an item collection.
    """

    __slots__ = ("_access", "_facts", "_limit", "_schema")

    def __init__(self, schema: EntitySchema, facts: Facts, access: AccessKey, limit: int) -> None:
        self._schema = schema
        self._facts = facts
        self._access = access
        self._limit = limit if access.index is None else 1

    def collections(
        self, choices: Sequence[Sequence[Choice]]
    ) -> Iterator[tuple[AttributeValue, _Sort]]:
        """Give the partition keys, and what is known of the sort keys under each."""
        fields = self._access.partition.fields
        for combination in product(*choices):
            fixed = dict(zip(fields, combination, strict=True))
            value = key_value(self._access.partition, fixed)
            sort = self._sort(fixed)
            if value is not None and not isinstance(sort, Empty):
                yield value, sort

    def keys(
        self, found: Sequence[tuple[AttributeValue, _Sort]], *, is_descending: bool
    ) -> Iterator[Item]:
        """Give the whole keys, in key order within an item collection."""
        name, sort_key = self._access.partition.name, self._access.sort
        for partition, sort in found:
            if sort_key is None:
                yield {name: partition}
            for value in reversed(sort.values) if is_descending else sort.values:
                assert sort_key is not None  # noqa: S101  # there are values of one
                yield {name: partition, sort_key.name: value}

    def queries(self, found: Sequence[tuple[AttributeValue, _Sort]]) -> Iterator[Condition]:
        """Give the key condition of each item collection."""
        path = self._path(self._access.partition)
        for partition, sort in found:
            condition = Condition("=", (path, Value(partition)))
            narrowed = self._condition(sort)
            yield condition if narrowed is None else Condition("and", (condition, narrowed))

    def _condition(self, sort: _Sort) -> Condition | None:
        if self._access.sort is None:
            return None
        path = self._path(self._access.sort)
        if sort.values:
            return Condition("=", (path, Value(sort.values[0])))
        return sort.interval.condition(path)

    def _path(self, part: KeyPart) -> AttributePath[Any]:
        return AttributePath(self._schema.cls, (part.name,))

    def _sort(self, fixed: Mapping[str, Choice]) -> _Sort | Empty:
        sort = self._access.sort
        if sort is None:
            return _Sort(is_own=_has_literal(self._access.partition))
        choices = [self._choices(name, fixed) for name in sort.fields]
        if 1 <= prod(map(len, choices)) <= self._limit:
            return self._enumerated(sort, choices)
        return self._narrowed(sort, choices)

    def _choices(self, name: str, fixed: Mapping[str, Choice]) -> Sequence[Choice]:
        return (fixed[name],) if name in fixed else self._facts.choices.get(name, ())

    def _enumerated(self, sort: KeyPart, choices: Sequence[Sequence[Choice]]) -> _Sort | Empty:
        """Write every sort key there can be."""
        written = [
            key_value(sort, dict(zip(sort.fields, combination, strict=True)))
            for combination in product(*choices)
        ]
        values = [value for value in written if value is not None]
        if not values:
            return EMPTY
        if len(values) > 1:
            values.sort(key=wire_order)
        decided = self._decided(sort.fields)
        return _Sort(
            tuple(values), EVERYTHING, decided, len(sort.fields), is_own=_has_literal(sort)
        )

    def _narrowed(self, sort: KeyPart, choices: Sequence[Sequence[Choice]]) -> _Sort | Empty:
        """Narrow the sort keys by the leading fields that are fixed, and by what is said of the next."""
        fixed: dict[str, Any] = {}
        while len(choices[len(fixed)]) == 1:
            fixed[sort.fields[len(fixed)]] = choices[len(fixed)][0].value
        following, several = sort.fields[len(fixed)], choices[len(fixed)]
        positions = [] if several else self._facts.ranges.get(following, [])
        ranges: list[Said | None] = [self._range(position) for position in positions]
        if several:
            # Where they lie; which of them it is has to be asked again.
            ordered = sorted(several, key=lambda choice: wire_order(choice.wire))
            ranges = [("between", (ordered[0], ordered[-1]))]
        intervals: list[Interval] = []
        for each in ranges or [None]:
            interval = sort_interval(sort, fixed, each)
            if isinstance(interval, Empty):
                return EMPTY
            intervals.append(interval)
        met = meet(intervals, sort.limit)
        if isinstance(met, Empty):
            return met
        interval, exact = met
        return _Sort(
            interval=interval,
            served=self._decided(fixed).union(compress(positions, exact)),
            fixed=len(fixed),
            is_ranged=bool(ranges),
            is_complete=False,
            is_own=_is_own_interval(sort, interval),
        )

    def _range(self, position: int) -> Said:
        condition = self._facts.conjuncts[position]
        return condition.op, choices_of(condition, self._facts.bound[position])

    def _decided(self, names: Iterable[str]) -> frozenset[int]:
        return frozenset([n for name in names for n in self._facts.decided[name]])


def sort_interval(sort: KeyPart, fixed: Mapping[str, Any], said: Said | None) -> Interval | Empty:
    """Turn what is said of the field behind the fixed ones into an interval of sort keys.

    Args:
        sort: The sort key.
        fixed: The values of its leading fields.
        said: The operator and operands of a range on the next field; None if nothing is said.
    """
    if sort.template is None:
        return EVERYTHING if said is None else _plain_interval(sort, *said)
    condition = None if said is None else (said[0], [choice.value for choice in said[1]])
    found = sort_range(sort.template, fixed, condition, limit_bytes=sort.limit)
    if found is None:
        return EVERYTHING if said is None else Interval(is_exact=False)
    return found if isinstance(found, Empty) else Interval.of_range(found)


def _plain_interval(sort: KeyPart, op: str, operands: Sequence[Choice]) -> Interval | Empty:
    for choice in operands:
        sort.check(choice.value)
    return native_interval(op, [choice.wire for choice in operands], sort.limit)


def key_value(part: KeyPart, choices: Mapping[str, Choice]) -> AttributeValue | None:
    """Write a key attribute; None if no item can have it."""
    if part.template is None:
        (choice,) = choices.values()
        return plain_key(part, choice)
    return composed_key(part, part.template, {name: each.value for name, each in choices.items()})


def plain_key(part: KeyPart, choice: Choice) -> AttributeValue | None:
    """Write a key attribute that is a field itself; None if no item can have it."""
    part.check(choice.value)
    wire = choice.wire
    fits = part.attribute.holds(wire) and 1 <= key_size_bytes(wire) <= part.limit
    return wire if fits else None


def composed_key(
    part: KeyPart, template: BoundTemplate, values: Mapping[str, Any]
) -> AttributeValue | None:
    """Write a key attribute from a template; None if no item can have it."""
    text = whole_key(template, values, part.limit)
    return None if text is None else {"S": text}


def _is_own_interval(sort: KeyPart, interval: Interval) -> bool:
    """Tell whether every sort key in an interval begins with the entity's own literal."""
    literal = sort.template.literal_prefix if sort.template is not None else ""
    return bool(literal) and interval.is_within(literal)


def _has_literal(part: KeyPart) -> bool:
    return part.template is not None and bool(part.template.literal_prefix)
