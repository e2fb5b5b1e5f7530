"""The choice of a key for a select, and what is left to do where the key does not say it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mizzle.errors import FullScanError, StatementError
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.planner.facts import Contradiction, Facts
from mizzle.planner.plan import Plan, Survey
from mizzle.planner.projection import paths_to_read
from mizzle.planner.reach import Reach, reach_of
from mizzle.planner.routes import Route, find_route

if TYPE_CHECKING:
    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.schema import EntitySchema

__all__ = ["WHOLE", "Wanted", "plan_select"]


class Wanted(NamedTuple):
    """What is asked of each item.

    Attributes:
        paths: The bound paths whose values are returned; None for whole entities.
        counts: Whether only the number of items is asked for.
    """

    paths: tuple[AttributePath[Any], ...] | None = None
    counts: bool = False

    def attributes(self, schema: EntitySchema) -> frozenset[str] | None:
        """Name the attributes that have to be read; None if nobody can tell."""
        if self.paths is None:
            return schema.whole_attributes()
        return frozenset(str(path.steps[0]) for path in self.paths)


WHOLE: Final = Wanted()


def plan_select(
    schema: EntitySchema,
    conditions: Sequence[Condition],
    *,
    using: AccessKey | None = None,
    is_consistent: bool = False,
    is_descending: bool = False,
    scans: bool = False,
    segments: int | None = None,
    wanted: Wanted = WHOLE,
) -> Plan:
    """Choose the key that serves the conditions best.

    A whole primary key comes first, then a key that the conditions cover wholly, then the one with the
    longest sort prefix; of equals the table before its indexes, and the order of declaration. See
    `Survey.rank`.

    Args:
        schema: The entity.
        conditions: All of them must hold.
        using: The key to use whatever it costs; None to choose.
        is_consistent: Whether global indexes are out of the question.
        is_descending: Whether the items are wanted in descending key order.
        scans: Whether a scan is allowed where no key serves.
        segments: In how many segments to scan, whatever serves; None to look for a key.
        wanted: What is asked of each item.

    Raises:
        FullScanError: If no key serves the conditions and a scan is not allowed.
        StatementError: If a condition does not suit the entity or the chosen index.
    """
    try:
        facts = Facts(schema, conditions)
        planner = _Planner(schema, facts, wanted)
        if segments is not None:
            return planner.scan(using, is_descending=is_descending, segments=segments)
        accesses = [using] if using else [schema.primary, *schema.indexes.values()]
        surveys = tuple(
            planner.survey(access, is_consistent=is_consistent, is_descending=is_descending)
            for access in accesses
        )
    except Contradiction as empty:
        return Plan(None, str(empty))
    best = max(surveys, key=lambda survey: survey.rank)
    if best.route is not None:
        return planner.plan(best.route, surveys, is_forced=using is not None)
    if scans:
        return planner.scan(using, is_descending=is_descending, surveys=surveys)
    raise planner.full_scan(surveys)


class _Planner:
    __slots__ = ("_facts", "_schema", "_wanted")

    def __init__(self, schema: EntitySchema, facts: Facts, wanted: Wanted) -> None:
        self._schema = schema
        self._facts = facts
        self._wanted = wanted

    def survey(self, access: AccessKey, *, is_consistent: bool, is_descending: bool) -> Survey:
        """Find out whether a key serves the conditions, or why it does not."""
        index = access.index
        if index is not None and is_consistent and not index.local:
            return Survey(access, "consistent")
        route = find_route(self._schema, self._facts, access, is_descending=is_descending)
        if route is None:
            return Survey(access, "partition")
        if index is not None and self.missable(access):
            return Survey(access, "sparse")
        return Survey(access, None, route, self._has_to_fetch(route))

    def missable(self, access: AccessKey) -> list[str]:
        """Name the fields because of which an item that is asked for may not be in an index."""
        return [
            name
            for part in access.parts
            for name in part.fields
            if self._schema.is_optional(name)
            and not self._facts.is_present(name, is_left_out_if_none=self._is_left_out(part, name))
        ]

    def _is_left_out(self, part: KeyPart, name: str) -> bool:
        return part.template is None or self._schema.is_left_out(name)

    def plan(self, route: Route, surveys: tuple[Survey, ...], *, is_forced: bool) -> Plan:
        """Turn the chosen route into a plan."""
        access = route.access
        reach = reach_of(self._schema, access)
        rest = [n for n in range(len(self._facts.bound)) if n not in route.served]
        work = self._sorted_out(rest, reach, is_point=bool(route.keys), is_query=True)
        is_proven = route.is_own and not self._schema.shares(access)
        where = f"index {access.index.name}" if access.index else f"table {self._schema.table.name}"
        operation = "Query" if route.queries else "GetItem"
        return self._plan(
            Plan(
                operation if len(route.keys) <= 1 else "BatchGetItem",
                f"{'asked for' if is_forced else 'best key'}: {access.name} ({where})",
                access,
                route.keys,
                route.queries,
                considered=surveys,
            ),
            work,
            reach,
            is_proven=is_proven or bool(route.keys),
        )

    def scan(
        self,
        access: AccessKey | None,
        *,
        is_descending: bool,
        segments: int = 1,
        surveys: tuple[Survey, ...] = (),
    ) -> Plan:
        """Read everything, filtered by the conditions.

        Raises:
            StatementError: If a scan cannot give what is asked for.
        """
        cls = self._schema.cls.__name__
        if is_descending:
            message = f"select({cls}): a scan has no order to be descending in"
            raise StatementError(message)
        access = access if access is not None and access.index is not None else None
        if access is not None and self.missable(access):
            raise self._sparse(access)
        reach = reach_of(self._schema, access or self._schema.primary)
        work = self._sorted_out(range(len(self._facts.bound)), reach)
        reason = "no key serves the conditions, and scan() allows it"
        if not surveys:
            reason = f"scan(segments={segments}) asks for it"
        plan = Plan("Scan", reason, access, considered=surveys)
        return self._plan(plan, work, reach, is_proven=False)

    def full_scan(self, surveys: Sequence[Survey]) -> StatementError:
        """Say which conditions would make the select a query."""
        cls = self._schema.cls.__name__
        for survey in surveys:
            if survey.obstacle == "sparse":
                return self._sparse(survey.access)
        accesses = [survey.access for survey in surveys if survey.obstacle != "consistent"]
        wanted = [access.partition.fields for access in accesses]
        ways = " or ".join(
            " and ".join(f"{cls}.{name} == ..." for name in names) for names in wanted if names
        )
        message = (
            f"select({cls}): no key serves these conditions, so every item of the table would be "
            f"read. Add {ways or 'a condition on a key'}, or allow it with .scan()."
        )
        return FullScanError(message, fields=wanted)

    def _has_to_fetch(self, route: Route) -> bool:
        reach = reach_of(self._schema, route.access)
        if reach.projected is None:
            return False
        asked = self._wanted.attributes(self._schema)
        rest = (n for n in range(len(self._facts.bound)) if n not in route.served)
        return not reach.gives(asked) or not all(
            reach.gives(self._facts.attributes[n]) for n in rest
        )

    def _sorted_out(
        self,
        rest: Iterable[int],
        reach: Reach,
        *,
        is_point: bool = False,
        is_query: bool = False,
    ) -> _Work:
        """Say of each conjunct that no key stands for who evaluates it, and on what."""
        work = _Work([], [], [])
        in_keys = self._schema.read_from_keys
        for n in rest:
            attributes = self._facts.attributes[n]
            if not reach.gives(attributes):
                work.fetched.append(n)
            elif (
                is_point
                or (is_query and not attributes.isdisjoint(reach.keys))
                or not reach.holds(attributes)
                or not attributes.isdisjoint(in_keys)
            ):
                work.here.append(n)
            else:
                work.service.append(n)
        return work

    def _plan(self, plan: Plan, work: _Work, reach: Reach, *, is_proven: bool) -> Plan:
        bound, attributes = self._facts.bound, self._facts.attributes
        fetches = bool(work.fetched) or not reach.gives(self._wanted.attributes(self._schema))
        counts = self._wanted.counts and not (plan.keys or work.here or fetches)
        counts = counts and self._schema.is_told_by_service
        filters = [bound[n] for n in work.service]
        if not is_proven or counts:
            filters += self._type_filter()
        read_here = frozenset[str]().union(*(attributes[n] for n in work.here))
        everything = frozenset[str]().union(*attributes)
        access, schema = plan.access, self._schema
        if not schema.table.type_attribute:
            read_here = everything
        paths = () if fetches else self._wanted.paths
        return plan._replace(
            filter=all_of(tuple(filters)),
            residual=all_of(tuple(bound[n] for n in work.here)),
            projection=paths_to_read(schema, access, reach, paths, read_here),
            fetches=fetches,
            whole=all_of(bound),
            rechecks=bool(work.fetched),
            fetched_projection=paths_to_read(
                schema, schema.primary, None, self._wanted.paths, everything
            ),
            counts_in_service=counts,
        )

    def _type_filter(self) -> list[Condition]:
        # An item's type is checked again when it is decoded: this spares sending others' items.
        kind = self._schema.table.type_attribute
        if kind is None:
            return []
        path = AttributePath[Any](self._schema.cls, (kind,))
        names: list[Value] = [Value({"S": name}) for name in self._schema.type_names()]
        same = Condition("=" if len(names) == 1 else "in", (path, *names))
        return [Condition("or", (Condition("missing", (path,)), same))]

    def _sparse(self, access: AccessKey) -> StatementError:
        cls = self._schema.cls.__name__
        names = self.missable(access)
        stored = {
            name: "" if self._is_left_out(part, name) else f", {cls}.{name} != None"
            for part in access.parts
            for name in part.fields
        }
        wanted = ", ".join(f"{cls}.{name}.exists(){stored[name]}" for name in names)
        message = (
            f"{cls}: items whose {' or '.join(names)} is None are not in index {access.name}, so "
            f"this select could miss some. If those are not wanted, add `.where({wanted})`."
        )
        return StatementError(message)


class _Work(NamedTuple):
    """Which conjuncts are evaluated by the service, by Mizzle, and by Mizzle after a fetch."""

    service: list[int]
    here: list[int]
    fetched: list[int]
