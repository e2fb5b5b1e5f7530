"""Which key serves a select: GetItem, Query or Scan, what is left to filter, and why.

Pure: conditions and the keys of an entity go in, a plan comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from mizzle.errors import FullScanError, StatementError
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Size, Value
from mizzle.model.binding import bind_condition, wire_order
from mizzle.model.ranges import Empty, KeyRange, next_field, sort_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Item

__all__ = ["Plan", "plan_select"]

_RANGES = frozenset({"<", "<=", ">", ">=", "between", "begins_with"})


class Plan(NamedTuple):
    """How a select is answered.

    Attributes:
        operation: `GetItem`, `Query`, `Scan`, or `None` where no item can fulfil the conditions.
        access: The key that serves it; None for a scan of the table.
        key: The key attributes of a GetItem.
        key_condition: The bound key condition of a Query.
        filter: The bound filter of a Query or Scan.
        reason: Why, for a person.
    """

    operation: str | None
    access: AccessKey | None
    key: Item | None
    key_condition: Condition | None
    filter: Condition | None
    reason: str


class _Route(NamedTuple):
    """One key that could serve the conditions, and how well."""

    access: AccessKey
    conditions: tuple[Condition, ...]
    key: Item | None
    served: tuple[int, ...]
    fixed: int
    ranged: bool
    complete: bool
    foreign: bool


class _Empty(Exception):  # noqa: N818  # not an error: no item can fulfil the conditions
    """No item can fulfil the conditions."""


def plan_select(
    schema: EntitySchema,
    conditions: Sequence[Condition],
    *,
    using: str | None = None,
    is_consistent: bool = False,
    scans: bool = False,
) -> Plan:
    """Choose the key that serves the conditions best.

    A key that they cover wholly comes first, then the one with the longest fixed sort prefix, the
    table before its indexes, and the order of declaration.

    Args:
        schema: The entity.
        conditions: All of them must hold.
        using: The index to use whatever it costs; None to choose.
        is_consistent: Whether global indexes are out of the question.
        scans: Whether a scan is allowed where no key serves.

    Raises:
        FullScanError: If no key serves the conditions and a scan is not allowed.
        StatementError: If a condition does not suit the entity or the chosen index.
    """
    planner = _Planner(schema, conditions)
    access = _forced(schema, using, is_consistent=is_consistent)
    try:
        if scans:
            return planner.scan(access)
        candidates = [access] if access else _usable(schema, is_consistent=is_consistent)
        routes = [route for key in candidates for route in planner.routes(key)]
    except _Empty as empty:
        return Plan(None, None, None, None, None, str(empty))
    if not routes:
        raise planner.full_scan(candidates)
    best = max(routes, key=lambda route: (route.complete, route.fixed + route.ranged))
    return planner.plan(best, forced=access is not None)


class _Planner:
    def __init__(self, schema: EntitySchema, conditions: Sequence[Condition]) -> None:
        self.schema = schema
        self.conditions = tuple(part for c in conditions for part in _conjuncts(c))
        self.bound = tuple(bind_condition(schema, condition) for condition in self.conditions)
        self.equal: dict[str, tuple[int, Any]] = {}
        self.ranges: dict[str, list[int]] = {}
        self.present: set[str] = set()
        for position, condition in enumerate(self.conditions):
            self._sort_in(position, condition)

    def _sort_in(self, position: int, condition: Condition) -> None:
        subject = condition.operands[0]
        if condition.op in {"and", "or", "not"} or isinstance(subject, Size):
            return
        if len(subject.steps) != 1 or not all(isinstance(o, Value) for o in condition.operands[1:]):
            return
        name = str(subject.steps[0])
        values = [operand.value for operand in condition.operands[1:]]
        if condition.op == "exists" or (condition.op == "<>" and values == [None]):
            self.present.add(name)
        elif condition.op == "=" and values[0] is not None:
            self.equal.setdefault(name, (position, values[0]))
            self.present.add(name)
        elif condition.op in _RANGES:
            self.ranges.setdefault(name, []).append(position)
            self.present.add(name)

    def routes(self, access: AccessKey) -> Iterator[_Route]:
        """Tell how a key would serve the conditions, if it does."""
        partition = access.partition
        if any(name not in self.equal for name in partition.fields):
            return
        if access.index is not None and not self._is_complete_index(access):
            return
        self._check_contradictions()
        condition, value = self._equality(partition, limit_bytes=2048)
        served = [self.equal[name][0] for name in partition.fields]
        yield self._with_sort(access, condition, {partition.name: value}, served)

    def _with_sort(
        self, access: AccessKey, partition: Condition, key: Item, served: list[int]
    ) -> _Route:
        sort = access.sort
        if sort is None:
            return _Route(access, (partition,), key, tuple(served), 0, False, True, not key)
        fixed = self._fixed(sort)
        if len(fixed) == len(sort.fields):
            condition, value = self._equality(sort, limit_bytes=1024)
            served += [self.equal[name][0] for name in fixed]
            conditions = (partition, condition)
            return _Route(
                access, conditions, key | {sort.name: value}, tuple(served),
                len(fixed), False, True, False,
            )  # fmt: skip
        if sort.template is None:
            return self._native(access, partition, served)
        return self._ranged(access, partition, served, fixed)

    def _fixed(self, sort: KeyPart) -> dict[str, Any]:
        """Take the leading fields of a sort key that are equal to a value."""
        found: dict[str, Any] = {}
        for name in sort.fields:
            if name not in self.equal:
                break
            found[name] = self.equal[name][1]
        return found

    def _ranged(
        self, access: AccessKey, partition: Condition, served: list[int], fixed: dict[str, Any]
    ) -> _Route:
        sort = access.sort
        assert sort is not None  # noqa: S101  # for the checker: the caller has looked
        assert sort.template is not None  # noqa: S101  # likewise
        served = served + [self.equal[name][0] for name in fixed]
        chosen, positions = self._chosen_range(str(next_field(sort.template, fixed)))
        condition = None
        if chosen is not None:
            condition = (chosen.op, [operand.value for operand in chosen.operands[1:]])
        found = sort_range(sort.template, fixed, condition)
        if isinstance(found, Empty):
            raise _Empty(f"no {self.schema.cls.__name__} can have such a key")
        if found is None:
            return _Route(
                access, (partition,), None, tuple(served), len(fixed), False, False, True
            )  # fmt: skip
        if found.exact:
            served += positions
        conditions = (partition, self._range_condition(sort, found))
        ranged = chosen is not None
        return _Route(
            access, conditions, None, tuple(served), len(fixed), ranged, False, found.foreign
        )

    def _native(self, access: AccessKey, partition: Condition, served: list[int]) -> _Route:
        """Use a sort key that is a plain field: DynamoDB's own operators are exact."""
        sort = access.sort
        assert sort is not None  # noqa: S101  # for the checker: the caller has looked
        chosen, positions = self._chosen_range(sort.fields[0])
        if chosen is None:
            return _Route(access, (partition,), None, tuple(served), 0, False, False, True)
        bound = bind_condition(self.schema, chosen)
        if bound.op == "and":
            raise _Empty(f"{chosen} is never true")
        served = [*served, *positions]
        return _Route(access, (partition, bound), None, tuple(served), 0, True, False, True)

    def _chosen_range(self, name: str) -> tuple[Condition | None, list[int]]:
        """Take the range on a field: its first one, or a lower and an upper bound together.

        Returns:
            The range, and the positions of the conditions that it stands for exactly.
        """
        positions = self.ranges.get(name, [])
        if not positions:
            return None, []
        lower = [n for n in positions if self.conditions[n].op in {">", ">="}]
        upper = [n for n in positions if self.conditions[n].op in {"<", "<="}]
        if not lower or not upper:
            return self.conditions[positions[0]], positions[:1]
        low, high = self.conditions[lower[0]], self.conditions[upper[0]]
        both = Condition("between", (*low.operands, high.operands[1]))
        inclusive = [n for n in (lower[0], upper[0]) if self.conditions[n].op in {">=", "<="}]
        return both, inclusive

    def _equality(self, part: KeyPart, *, limit_bytes: int) -> tuple[Condition, Any]:
        path = AttributePath[Any](self.schema.cls, (part.name,))
        if part.template is None:
            value = part.encode({name: self.equal[name][1] for name in part.fields})
        else:
            fixed = {name: self.equal[name][1] for name in part.fields}
            found = sort_range(part.template, fixed, limit_bytes=limit_bytes)
            if not isinstance(found, KeyRange):
                raise _Empty(f"no {self.schema.cls.__name__} can have such a key")
            value = {"S": found.low}
        return Condition("=", (path, Value(value))), value

    def _range_condition(self, part: KeyPart, found: KeyRange) -> Condition:
        path = AttributePath[Any](self.schema.cls, (part.name,))
        operands: list[Value] = [Value({"S": text}) for text in found.operands]
        return Condition(found.op.lower() if found.op == "BETWEEN" else found.op, (path, *operands))

    def _is_complete_index(self, access: AccessKey) -> bool:
        """Tell whether every item that can fulfil the conditions is in the index."""
        return all(
            name in self.present or not self.schema.is_optional(name) for name in access.fields
        )

    def _check_contradictions(self) -> None:
        for position, condition in enumerate(self.conditions):
            if condition.op != "=" or not isinstance(condition.operands[0], AttributePath):
                continue
            name = condition.operands[0].steps[0]
            first = self.equal.get(str(name), (position, None))[0]
            bound, other = self.bound[position], self.bound[first]
            if (
                len(condition.operands[0].steps) == 1
                and isinstance(condition.operands[1], Value)
                and bound.operands[1:] != other.operands[1:]
                and _wire(bound) != _wire(other)
            ):
                raise _Empty(f"{condition.operands[0]} is compared with two different values")

    def plan(self, route: _Route, *, forced: bool) -> Plan:
        """Turn the chosen route into a plan."""
        rest = tuple(c for n, c in enumerate(self.bound) if n not in route.served)
        access = route.access
        where = f"index {access.index.name}" if access.index else f"table {self.schema.table.name}"
        reason = f"{'asked for' if forced else 'best key'}: {access.name} ({where})"
        if access.index is None and route.complete and not rest:
            return Plan("GetItem", access, route.key, None, None, reason)
        self._check_filter(rest, access)
        kept = (*rest, *self._type_filter(needed=route.foreign or route.complete))
        return Plan("Query", access, None, all_of(route.conditions), all_of(kept), reason)

    def scan(self, access: AccessKey | None) -> Plan:
        """Read everything, filtered by the conditions."""
        if access is not None and access.index is not None and not self._is_complete_index(access):
            raise self._sparse(access)
        kept = (*self.bound, *self._type_filter(needed=True))
        return Plan("Scan", access, None, None, all_of(kept), "scan() was asked for")

    def _type_filter(self, *, needed: bool) -> tuple[Condition, ...]:
        # An item's type is checked again when it is decoded: this spares sending others' items.
        kind = self.schema.table.type_attribute
        if not needed or kind is None:
            return ()
        path = AttributePath[Any](self.schema.cls, (kind,))
        names: list[Value] = [Value({"S": name}) for name in self.schema.type_names()]
        same = Condition("=" if len(names) == 1 else "in", (path, *names))
        return (Condition("or", (Condition("missing", (path,)), same)),)

    def _check_filter(self, rest: Sequence[Condition], access: AccessKey) -> None:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
        keys = {part.name for part in access.parts}
        for condition in rest:
            for path in _paths(condition):
                if path.steps[0] in keys:
                    message = (
                        f"{self.schema.cls.__name__}.{path.steps[0]} is a key attribute of "
                        f"{access.name}, which DynamoDB does not filter by. Give it as == or as one "
                        "range, or read more and filter in Python."
                    )
                    raise StatementError(message)

    def _sparse(self, access: AccessKey) -> StatementError:
        cls = self.schema.cls.__name__
        names = [n for n in access.fields if self.schema.is_optional(n) and n not in self.present]
        wanted = ", ".join(f"{cls}.{name}.exists()" for name in names)
        message = (
            f"{cls}: items whose {' or '.join(names)} is None are not in index {access.name}, so "
            f"this select could miss some. If those are not wanted, add `.where({wanted})`."
        )
        return StatementError(message)

    def full_scan(self, candidates: Sequence[AccessKey]) -> StatementError:
        """Say which conditions would make the select a query."""
        cls = self.schema.cls.__name__
        for access in candidates:
            covered = all(name in self.equal for name in access.partition.fields)
            if covered and access.index is not None:
                return self._sparse(access)
        wanted = [access.partition.fields for access in candidates]
        ways = " or ".join(
            " and ".join(f"{cls}.{name} == ..." for name in names) for names in wanted if names
        )
        message = (
            f"select({cls}): no key serves these conditions, so every item of the table would be "
            f"read. Add {ways or 'a condition on a key'}, or allow it with .scan()."
        )
        return FullScanError(message, fields=wanted)


def _usable(schema: EntitySchema, *, is_consistent: bool) -> list[AccessKey]:
    found = [schema.primary]
    for access in schema.indexes.values():
        index = access.index
        assert index is not None  # noqa: S101  # these are the keys of indexes
        if index.projection == "ALL" and (index.local or not is_consistent):
            found.append(access)
    return found


def _forced(schema: EntitySchema, using: str | None, *, is_consistent: bool) -> AccessKey | None:
    if using is None:
        return None
    cls = schema.cls.__name__
    access = schema.indexes.get(using)
    if access is None or access.index is None:
        known = ", ".join(schema.indexes) or "none"
        message = f"{cls} has no key in an index {using!r}; its indexes are: {known}"
        raise StatementError(message)
    if is_consistent and not access.index.local:
        message = f"index {using} is global, and DynamoDB reads those eventually consistent only"
        raise StatementError(message)
    if access.index.projection != "ALL":
        message = f"index {using} does not project all attributes, so a whole {cls} cannot be read from it"
        raise StatementError(message)
    return access


def _conjuncts(condition: Any) -> Iterator[Condition]:
    if isinstance(condition, Condition) and condition.op == "and":
        for part in condition.operands:
            yield from _conjuncts(part)
    else:
        yield condition


def _paths(condition: Condition) -> Iterator[AttributePath[Any]]:
    for operand in condition.operands:
        if isinstance(operand, Condition):
            yield from _paths(operand)
        elif isinstance(operand, AttributePath):
            yield operand
        elif isinstance(operand, Size):
            yield operand.path


def _wire(bound: Condition) -> Any:
    value = bound.operands[1] if len(bound.operands) > 1 else None
    if isinstance(value, Value) and next(iter(value.value)) in {"S", "N", "B"}:
        return wire_order(value.value)
    return value.value if isinstance(value, Value) else None
