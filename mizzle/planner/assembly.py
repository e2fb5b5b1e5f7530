"""What is left to do where a key does not say it all, and what has to be read for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from mizzle.errors import StatementError
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.planner.plan import Plan
from mizzle.planner.projection import paths_to_read

if TYPE_CHECKING:
    from mizzle.model.source import Source
    from mizzle.planner.facts import Facts
    from mizzle.planner.options import Options, Wanted
    from mizzle.planner.reach import Reach

__all__ = ["assemble", "has_to_fetch", "scan", "sorted_out"]

_NOTHING: Final[frozenset[str]] = frozenset()


def assemble(
    plan: Plan,
    facts: Facts,
    wanted: Wanted,
    reach: Reach,
    rest: Sequence[int],
    *,
    is_own: bool,
    is_proven: bool,
) -> Plan:
    """Complete a plan by what its key does not say.

    Args:
        plan: How the items are read.
        facts: What the conditions say.
        wanted: What is asked of each item.
        reach: What can be read there.
        rest: The conjuncts that no key stands for.
        is_own: Whether all keys that are read begin as those of the entity do.
        is_proven: Whether, besides, no other entity has such keys.
    """
    source = facts.source
    service, here, later = sorted_out(plan, facts, reach, rest)
    fetches = has_to_fetch(facts, wanted, reach, rest)
    filters = [facts.bound[n] for n in service]
    counts = wanted.counts and not (plan.keys or here or fetches)
    if counts:
        refused = reach.keys if plan.queries else _NOTHING
        told = _counting_filter(source, refused, is_own=is_own)
        counts = told is not None
        filters += _type_filter(source) if told is None else told
    elif not is_proven:
        filters += _type_filter(source)
    projection = fetched_projection = None
    if fetches or wanted.paths is not None:
        everything = _NOTHING.union(*facts.attributes)
        is_typed = source.table.type_attribute is not None
        read_here = _NOTHING.union(*(facts.attributes[n] for n in here)) if is_typed else everything
        paths = () if fetches else wanted.paths
        projection = paths_to_read(source, plan.access, reach, paths, read_here)
        if fetches:
            fetched_projection = paths_to_read(source, None, None, wanted.paths, everything)
    return plan._replace(
        filter=all_of(tuple(filters)),
        residual=all_of(tuple([facts.bound[n] for n in here])),
        projection=projection,
        fetches=fetches,
        rechecks=bool(later),
        fetched_projection=fetched_projection,
        counts_in_service=counts,
    )


def has_to_fetch(facts: Facts, wanted: Wanted, reach: Reach, rest: Sequence[int]) -> bool:
    """Tell whether what is asked for has to be looked up elsewhere, or a conjunct has."""
    if reach.readable is None:
        return False
    asked = wanted.attributes(facts.source)
    return not (reach.gives(asked) and all(reach.gives(facts.attributes[n]) for n in rest))


def scan(plan: Plan, facts: Facts, options: Options, reach: Reach) -> Plan:
    """Complete the plan of a scan, of which everything is left to do.

    Raises:
        StatementError: If an order is asked for.
    """
    if options.is_descending:
        message = f"select({facts.source.label}): a scan has no order to be descending in"
        raise StatementError(message)
    rest = range(len(facts.bound))
    return assemble(plan, facts, options.wanted, reach, rest, is_own=False, is_proven=False)


def sorted_out(
    plan: Plan, facts: Facts, reach: Reach, rest: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Say of each conjunct whether DynamoDB evaluates it, or Mizzle, or Mizzle after a fetch."""
    service: list[int] = []
    here: list[int] = []
    later: list[int] = []
    # DynamoDB refuses a filter that names key attributes, and has none for items read by key:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
    refused = facts.source.read_from_keys
    if plan.queries:
        refused |= reach.keys
    for n in rest:
        attributes = facts.attributes[n]
        if not reach.gives(attributes):
            later.append(n)
        elif plan.keys or not reach.holds(attributes) or not attributes.isdisjoint(refused):
            here.append(n)
        else:
            service.append(n)
    return service, here, later


def _type_filter(source: Source, *untyped: Condition) -> list[Condition]:
    """Filter by what tells the entity's items; those without a type may have to fulfil more."""
    # Whose item it is is looked at again when it is read: this spares sending others' items.
    kind, names = source.table.type_attribute, source.type_names()
    if kind is None or not names:
        return []
    path = AttributePath[Any](object, (kind,))
    same = Condition("=" if len(names) == 1 else "in", (path, *(Value({"S": n}) for n in names)))
    missing = all_of((Condition("missing", (path,)), *untyped))
    return [Condition("or", (missing, same))]


def _counting_filter(
    source: Source, refused: frozenset[str], *, is_own: bool
) -> list[Condition] | None:
    """Write a filter that tells the entity's items from all others; None if there is none.

    Items without a type are recognised by their keys, of which DynamoDB can look at the beginning.

    Args:
        source: What is read from.
        refused: The attributes that a filter must not name.
        is_own: Whether all keys that are read begin as those of the entity do.
    """
    if not source.type_names():
        return None
    templates = [part for part in source.key_parts if part.template is not None]
    if not templates or (is_own and source.table.type_attribute is not None):
        return _type_filter(source)
    literals = {part.name: part.template.literal_prefix for part in templates if part.template}
    if not all(literals.values()) or not refused.isdisjoint(literals):
        return None
    begin = [
        Condition("begins_with", (AttributePath[Any](object, (name,)), Value({"S": literal})))
        for name, literal in literals.items()
    ]
    return _type_filter(source, *begin) if source.table.type_attribute is not None else None
