"""The choice of a key for a select."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mizzle.errors import FullScanError, StatementError
from mizzle.planner.assembly import WHOLE, Wanted, assemble, scan
from mizzle.planner.facts import Contradiction, Facts
from mizzle.planner.plan import Plan, Survey
from mizzle.planner.reach import Reach, reach_of
from mizzle.planner.routes import Route, find_route

if TYPE_CHECKING:
    from mizzle.expressions.conditions import Condition
    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.schema import EntitySchema
    from mizzle.model.source import Source

__all__ = ["plan_select", "plan_table"]


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
            [
                planner.survey(access, is_consistent=is_consistent, is_descending=is_descending)
                for access in accesses
            ]
        )
    except Contradiction as empty:
        return Plan(None, str(empty))
    best = max(surveys, key=lambda survey: survey.rank)
    if best.route is not None:
        return planner.plan(best.route, surveys, is_forced=using is not None)
    if scans:
        return planner.scan(using, is_descending=is_descending, surveys=surveys)
    raise planner.full_scan(surveys)


def plan_table(
    source: Source,
    conditions: Sequence[Condition],
    *,
    is_descending: bool = False,
    scans: bool = False,
    segments: int | None = None,
    wanted: Wanted = WHOLE,
) -> Plan:
    """Plan the read of a whole table, which is always a scan.

    Args:
        source: The table.
        conditions: All of them must hold.
        is_descending: Whether an order is asked for, which a scan does not have.
        scans: Whether a scan is allowed.
        segments: In how many segments to scan.
        wanted: What is asked of each item.

    Raises:
        FullScanError: If a scan is not allowed.
        StatementError: If a condition is on no entity of the table.
    """
    try:
        facts = Facts(source, conditions)
    except Contradiction as empty:
        return Plan(None, str(empty))
    if not scans:
        message = f"select({source.label}) reads every item of the table; allow it with .scan()."
        raise FullScanError(message)
    reason = "scan() asks for it" if segments is None else f"scan(segments={segments}) asks for it"
    reach = Reach(frozenset(), None, None)
    plan = Plan("Scan", reason)
    return scan(plan, source, facts, wanted, reach, is_descending=is_descending)


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
        if self._schema.differing(access):
            return Survey(access, "subclass")
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
        rest = [n for n in range(len(self._facts.bound)) if n not in route.served]
        where = f"index {access.index.name}" if access.index else f"table {self._schema.table.name}"
        operation = "Query" if route.queries else "GetItem"
        plan = Plan(
            operation if len(route.keys) <= 1 else "BatchGetItem",
            f"{'asked for' if is_forced else 'best key'}: {access.name} ({where})",
            access,
            route.keys,
            route.queries,
            considered=surveys,
        )
        reach = reach_of(self._schema, access)
        return assemble(
            plan,
            self._schema,
            self._facts,
            self._wanted,
            reach,
            rest,
            is_own=route.is_own,
            is_proven=bool(route.keys) or (route.is_own and not self._schema.shares(access)),
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
        access = access if access is not None and access.index is not None else None
        if access is not None and self.missable(access):
            raise self._sparse(access)
        reach = reach_of(self._schema, access or self._schema.primary)
        reason = "no key serves the conditions, and scan() allows it"
        if not surveys:
            reason = f"scan(segments={segments}) asks for it"
        plan = Plan("Scan", reason, access, considered=surveys)
        return scan(
            plan, self._schema, self._facts, self._wanted, reach, is_descending=is_descending
        )

    def full_scan(self, surveys: Sequence[Survey]) -> StatementError:
        """Say which conditions would make the select a query."""
        cls = self._schema.label
        for survey in surveys:
            if survey.obstacle == "sparse":
                return self._sparse(survey.access)
            if survey.obstacle == "subclass":
                return self._differing(survey.access)
        accesses = [survey.access for survey in surveys if survey.obstacle != "consistent"]
        wanted = list(dict.fromkeys(access.partition.fields for access in accesses))
        ways = " or ".join(
            " and ".join(f"{cls}.{name} == ..." for name in names) for names in wanted if names
        )
        message = (
            f"select({cls}): no key serves these conditions, so every item of the table would be "
            f"read. Add {ways or 'a condition on a key'}, or allow it with .scan()."
        )
        return FullScanError(message, fields=wanted)

    def _has_to_fetch(self, route: Route) -> bool:
        index = route.access.index
        if index is None or index.projection == "ALL":
            return False
        reach = reach_of(self._schema, route.access)
        asked = self._wanted.attributes(self._schema)
        rest = (n for n in range(len(self._facts.bound)) if n not in route.served)
        return not reach.gives(asked) or not all(
            reach.gives(self._facts.attributes[n]) for n in rest
        )

    def _sparse(self, access: AccessKey) -> StatementError:
        cls = self._schema.label
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

    def _differing(self, access: AccessKey) -> FullScanError:
        cls = self._schema.label
        others = ", ".join(self._schema.differing(access))
        message = (
            f"select({cls}): {others} has another key there than {access.name}, so this select could "
            f"miss some. Select {cls} and {others} by a key that they share, or allow .scan()."
        )
        return FullScanError(message, fields=[access.partition.fields])
