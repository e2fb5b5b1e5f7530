"""The choice of a key for a select."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mizzle.errors import FullScanError, StatementError
from mizzle.planner.assembly import assemble, has_to_fetch, scan, sorted_out
from mizzle.planner.facts import Contradiction, Facts, conjuncts_of
from mizzle.planner.options import DEFAULT, Options
from mizzle.planner.plan import Plan, Survey
from mizzle.planner.reach import Reach, reach_of
from mizzle.planner.recipes import Recipe, has_recipe, shape_of
from mizzle.planner.routes import MAX_QUERIES, Route, find_route

if TYPE_CHECKING:
    from mizzle.expressions.conditions import Condition
    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.schema import EntitySchema
    from mizzle.model.source import Source

__all__ = ["plan_select", "plan_table"]

_MOST_RECIPES: Final = 256


def plan_select(
    schema: EntitySchema,
    conditions: Sequence[Condition],
    options: Options = DEFAULT,
    *,
    surveys: bool = False,
) -> Plan:
    """Choose the key that serves the conditions best.

    A whole primary key comes first, then a key that the conditions cover wholly, then the one with the
    longest sort prefix; of equals the table before its indexes, and the order of declaration. See
    `Survey.rank`.

    Args:
        schema: The entity.
        conditions: All of them must hold.
        options: What is asked for besides.
        surveys: Whether the plan has to tell what other keys were considered.

    Raises:
        FullScanError: If no key serves the conditions and a scan is not allowed.
        StatementError: If a condition does not suit the entity or the chosen index.
    """
    conjuncts = conjuncts_of(conditions)
    shape = None if surveys or options.segments is not None else shape_of(conjuncts)
    if shape is None:
        return _Planner(schema, conjuncts, options).plan()
    # A new entity of the table may have keys that begin like this one's.
    known = shape, options.shape, len(schema.table.entities)
    recipe: Recipe | None = schema.recipes.get(known)
    plan = None if recipe is None else recipe.fill(conjuncts)
    if plan is not None:
        return plan
    planner = _Planner(schema, conjuncts, options)
    plan = planner.plan()
    made = planner.recipe(plan)
    if made is not None:
        if len(schema.recipes) >= _MOST_RECIPES:
            schema.recipes.clear()
        schema.recipes[known] = made
    return plan


def plan_table(source: Source, conditions: Sequence[Condition], options: Options = DEFAULT) -> Plan:
    """Plan the read of a whole table, which is always a scan.

    Args:
        source: The table.
        conditions: All of them must hold.
        options: What is asked for besides.

    Raises:
        FullScanError: If a scan is not allowed.
        StatementError: If a condition is on no entity of the table.
    """
    try:
        facts = Facts(source, conjuncts_of(conditions))
    except Contradiction as empty:
        return Plan(None, str(empty))
    if not options.scans:
        message = f"select({source.label}) reads every item of the table; allow it with .scan()."
        raise FullScanError(message)
    segments = options.segments
    reason = "scan() asks for it" if segments is None else f"scan(segments={segments}) asks for it"
    return scan(Plan("Scan", reason), facts, options, Reach(frozenset(), None, None))


class _Planner:
    """Plans one select.

    Args:
        schema: The entity.
        conjuncts: The conditions, taken apart.
        options: What is asked for besides.
    """

    __slots__ = ("_conjuncts", "_empty", "_facts", "_options", "_route", "_routes", "_schema")

    _facts: Facts

    def __init__(
        self, schema: EntitySchema, conjuncts: Sequence[Condition], options: Options
    ) -> None:
        self._schema = schema
        self._conjuncts = conjuncts
        self._options = options
        self._route: Route | None = None
        self._routes: list[Route] = []
        self._empty: Contradiction | None = None

    def plan(self) -> Plan:
        """Choose a key, and say what is left to do."""
        options = self._options
        try:
            self._facts = Facts(self._schema, self._conjuncts)
            if options.segments is not None:
                return self._scan(())
            keys = [options.using] if options.using else self._keys()
            surveys = tuple([self._survey(access) for access in keys])
        except Contradiction as empty:
            return Plan(None, str(empty))
        best = max(surveys, key=lambda survey: survey.rank)
        if best.route is not None:
            self._route = best.route
            return self._read(best.route, surveys)
        if self._empty is not None:
            return Plan(None, str(self._empty))
        if options.scans:
            return self._scan(surveys)
        raise self._full_scan(surveys)

    def recipe(self, plan: Plan) -> Recipe | None:
        """Make a recipe of the plan, if others can be made by it."""
        route = self._route
        # With another value, an index that cannot have this one might be better.
        if route is None or route.reads != 1 or plan.fetches or self._empty is not None:
            return None
        if not has_recipe(self._facts):
            return None
        reach = reach_of(self._schema, route.access)
        service, here, _ = sorted_out(plan, self._facts, reach, self._rest(route))
        routes = [route, *(other for other in self._routes if other is not route)]
        return Recipe(plan, self._facts, routes, service, here)

    def _keys(self) -> list[AccessKey]:
        return [self._schema.primary, *self._schema.indexes.values()]

    def _survey(self, access: AccessKey) -> Survey:
        """Find out whether a key serves the conditions, or why it does not."""
        index, options = access.index, self._options
        if index is not None and options.is_consistent and not index.local:
            return Survey(access, "consistent")
        try:
            route = find_route(
                self._schema, self._facts, access, is_descending=options.is_descending
            )
        except Contradiction as empty:
            if self._schema.differing(access):
                return Survey(access, "subclass")
            if index is None:
                raise
            # An index tells nothing of items that are not in it.
            self._empty = empty
            return Survey(access, "empty")
        if route is None:
            return Survey(access, "many" if self._fixes_partition(access) else "partition")
        self._routes.append(route)
        if index is not None and self._missable(access):
            return Survey(access, "sparse")
        if self._schema.differing(access):
            return Survey(access, "subclass")
        reach, rest = reach_of(self._schema, access), self._rest(route)
        fetches = has_to_fetch(self._facts, options.wanted, reach, rest)
        return Survey(access, None, route, fetches)

    def _rest(self, route: Route) -> list[int]:
        return [n for n in range(len(self._facts.bound)) if n not in route.served]

    def _missable(self, access: AccessKey) -> list[str]:
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

    def _read(self, route: Route, surveys: tuple[Survey, ...]) -> Plan:
        """Turn the chosen route into a plan."""
        access = route.access
        where = f"index {access.index.name}" if access.index else f"table {self._schema.table.name}"
        operation = "Query" if route.queries else "GetItem"
        plan = Plan(
            operation if len(route.keys) <= 1 else "BatchGetItem",
            f"{'asked for' if self._options.using else 'best key'}: {access.name} ({where})",
            access,
            route.queries,
            keys=route.keys,
            considered=surveys,
        )
        return assemble(
            plan,
            self._facts,
            self._options.wanted,
            reach_of(self._schema, access),
            self._rest(route),
            is_own=route.is_own,
            is_proven=bool(route.keys) or (route.is_own and not self._schema.shares(access)),
        )

    def _scan(self, surveys: tuple[Survey, ...]) -> Plan:
        """Read everything, filtered by the conditions.

        Raises:
            StatementError: If a scan cannot give what is asked for.
        """
        access = self._options.using
        if access is not None and access.index is None:
            access = None
        if access is not None and self._missable(access):
            raise self._sparse(access)
        reach = reach_of(self._schema, access or self._schema.primary)
        reason = "no key serves the conditions, and scan() allows it"
        if not surveys:
            reason = f"scan(segments={self._options.segments}) asks for it"
        plan = Plan("Scan", reason, access, considered=surveys)
        return scan(plan, self._facts, self._options, reach)

    def _full_scan(self, surveys: Sequence[Survey]) -> FullScanError:
        """Say which conditions would make the select a query."""
        cls = self._schema.label
        for survey in surveys:
            if survey.obstacle == "sparse":
                message = f"{self._sparse(survey.access)} Or allow a scan with .scan()."
                return FullScanError(message, fields=[survey.access.partition.fields])
            if survey.obstacle == "subclass":
                return self._differing(survey.access)
            if survey.obstacle == "many":
                return self._many(survey.access)
        accesses = [survey.access for survey in surveys if survey.obstacle != "consistent"]
        wanted = list(dict.fromkeys(access.partition.fields for access in accesses))
        ways = " or ".join(
            " and ".join(f"{cls}.{name} == ..." for name in names) for names in wanted if names
        )
        message = (
            f"select({cls}): no key serves these conditions, so every item of the table would be "
            f"read. Add {ways or 'a condition on a key'}, or allow it with .scan()."
        )
        for survey in surveys:
            if survey.obstacle == "consistent" and self._would_serve(survey.access):
                message += f" Without .consistent(), {survey.access.name} would serve."
        return FullScanError(message, fields=wanted)

    def _would_serve(self, access: AccessKey) -> bool:
        return self._fixes_partition(access) and not self._missable(access)

    def _fixes_partition(self, access: AccessKey) -> bool:
        return all(name in self._facts.choices for name in access.partition.fields)

    def _sparse(self, access: AccessKey) -> StatementError:
        cls = self._schema.label
        names = self._missable(access)
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

    def _many(self, access: AccessKey) -> FullScanError:
        fields = access.partition.fields
        names = " and ".join(f"{self._schema.label}.{name}" for name in fields)
        message = (
            f"select({self._schema.label}): the values of {names} make more than {MAX_QUERIES} "
            f"partition keys of {access.name}, which are too many for one select. Give fewer values "
            "at a time, or allow a scan with .scan()."
        )
        return FullScanError(message, fields=[fields])

    def _differing(self, access: AccessKey) -> FullScanError:
        cls = self._schema.label
        others = ", ".join(self._schema.differing(access))
        message = (
            f"select({cls}): {others} has another key there than {access.name}, so this select could "
            f"miss some. Select {cls} and {others} by a key that they share, or allow .scan()."
        )
        return FullScanError(message, fields=[access.partition.fields])
