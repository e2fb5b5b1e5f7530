"""A select as a person reads it: what is sent, why, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from mizzle.compiler import Expressions
from mizzle.errors import StatementError
from mizzle.limits import MAX_PAGE_BYTES, READ_UNIT_BYTES
from mizzle.planner import Rank, attributes_of
from mizzle.statements.explain import consistency, filled, show_item

if TYPE_CHECKING:
    from mizzle.expressions.conditions import Condition
    from mizzle.model.source import Source
    from mizzle.planner import Survey
    from mizzle.request import Request
    from mizzle.statements.select_run import Run

__all__ = ["explain_run"]

_MOST_SHOWN = 3

_OBSTACLES = {
    "consistent": "a global index cannot be read consistently",
    "subclass": "the items of subclasses have other keys there",
    "many": "the conditions allow too many partition keys of it",
    "empty": "nothing in it can fulfil the conditions",
}

_WEAKER = {
    "serves": "it does not serve",
    "finds_one_item": "it is not the whole key of one item",
    "is_complete": "it is covered in part only",
    "is_complete_at_once": "it would take {reads} reads",
    "has_equality": "all its items are in one item collection",
    "sort_fields": "its sort key is narrowed less",
    "has_partition_fields": "all its items are in one item collection",
    "is_single": "it would take {reads} reads",
    "needs_no_fetch": "it does not hold all that is asked for",
}
"""What a key lacks that is worth less than another, by the part of its rank that decides."""


def explain_run(run: Run, item_bytes: int | None = None) -> str:
    """Write what a select would send, and why.

    Args:
        run: The select, planned.
        item_bytes: The size of a typical item, for an estimate of what is consumed.
    """
    if run.plan.operation is None:
        return f"No request: {run.plan.reason}."
    compiled = run.compile()
    requests = compiled if isinstance(compiled, list) else [compiled]
    lines = [
        _title(run, requests),
        f"why: {run.plan.reason}{_by(run)}",
        *_keys(run, requests),
        *_conditions(run, requests[0].body),
        *_reading(run, requests[0].body),
    ]
    if item_bytes is not None:
        if item_bytes < 1:
            message = f"explain(item_bytes={item_bytes!r}): an item has at least one byte"
            raise StatementError(message)
        lines.append(f"estimate: {_estimate(run, requests[0].body, item_bytes)}")
    lines += _not_taken(run)
    lines += _warnings(run)
    return "\n  ".join(lines)


def _title(run: Run, requests: Sequence[Request]) -> str:
    access = run.plan.access
    index = f", index {access.index.name}" if access is not None and access.index else ""
    title = f"{requests[0].operation} on table {requests[0].tables[0]}{index}"
    if len(requests) == 1:
        return title
    together = "segments at once" if run.plan.operation == "Scan" else "queries, one after another"
    return f"{title}: {len(requests)} {together}"


def _by(run: Run) -> str:
    """Name the fields that the key is looked up by."""
    for survey in run.plan.considered:
        route, access = survey.route, survey.access
        if access is run.plan.access and route is not None:
            sort = access.sort.fields[: route.fixed + route.is_ranged] if access.sort else ()
            names = dict.fromkeys((*access.partition.fields, *sort))
            return f", by {', '.join(names)}" if names else ""
    return ""


def _keys(run: Run, requests: Sequence[Request]) -> Iterator[str]:
    """Give the keys, or the key condition of each query."""
    keys = [f"key: {show_item(key)}" for key in run.plan.keys]
    if run.plan.queries:
        bodies = [request.body for request in requests]
        keys = [f"key condition: {filled(b['KeyConditionExpression'], b)}" for b in bodies]
    yield from keys[:_MOST_SHOWN]
    if len(keys) > _MOST_SHOWN:
        yield f"... and {len(keys) - _MOST_SHOWN} more"


def _conditions(run: Run, body: Any) -> Iterator[str]:
    plan = run.plan
    if "FilterExpression" in body:
        yield f"filter: {filled(body['FilterExpression'], body)}"
    if plan.residual is not None:
        yield f"evaluated here: {_text(plan.residual)}"
    if plan.fetches:
        yield f"then: BatchGetItem on table {body['TableName']}, for each item found"
        whole = run.conditions.bound()
        if whole is not None:
            yield f"evaluated then: {_text(whole)}"


def _reading(run: Run, body: Any) -> Iterator[str]:
    plan, select = run.plan, run.select
    if plan.counts_in_service:
        yield "counted by: DynamoDB"
    elif plan.projection is not None:
        yield f"attributes: {', '.join(_path(path.steps) for path in plan.projection)}"
    if plan.queries or plan.operation == "Scan":
        yield f"page size: {_page_size(run, body)}"
    if run.maximum is not None:
        yield f"limit: {run.maximum:,} returned"
    if select.is_descending:
        yield "order: descending"
    yield consistency(is_consistent=select.is_consistent)


def _page_size(run: Run, body: Any) -> str:
    limit = body.get("Limit")
    if limit is None:
        return "up to 1 MB"
    if run.reader.page_sizes.adapts and run.maximum is not None:
        return f"{limit} at first, then as many as it takes"
    if run.plan.fetches and run.select.page_items is None and run.maximum is None:
        return f"{limit:,}, as each item is fetched"
    return f"{limit:,}"


def _estimate(run: Run, body: Any, item_bytes: int) -> str:
    """Say what reads consume.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    plan = run.plan
    share = 1.0 if run.select.is_consistent else 0.5
    each = ceil(item_bytes / READ_UNIT_BYTES) * share
    if plan.keys:
        noun = "item" if len(plan.keys) == 1 else "items"
        return (
            f"{_units(each * len(plan.keys))} for {len(plan.keys)} {noun} of {item_bytes:,} bytes"
        )
    held = max(1, MAX_PAGE_BYTES // item_bytes)
    count = min(held, body.get("Limit", held))
    units = ceil(count * item_bytes / READ_UNIT_BYTES) * share
    text = f"up to {_units(units)} per request, for {count:,} items of {item_bytes:,} bytes"
    return f"{text}, and {_units(each)} for each item fetched" if plan.fetches else text


def _units(units: float) -> str:
    return f"{units:,g} read unit" if units <= 1 else f"{units:,g} read units"


def _not_taken(run: Run) -> Iterator[str]:
    taken = max((survey.rank for survey in run.plan.considered), default=Rank())
    for survey in run.plan.considered:
        access = survey.access
        if run.plan.access is not access:
            where = f"index {access.index.name}" if access.index else "table"
            yield f"not taken: {access.name} ({where}): {_why_not(run.source, survey, taken)}"


def _why_not(source: Source, survey: Survey, taken: Rank) -> str:
    route = survey.route
    if route is not None:
        for part, own, best in zip(taken._fields, survey.rank, taken, strict=True):
            if own < best:
                return _WEAKER[part].format(reads=route.reads)
        return "it is as good, but comes later"
    if survey.obstacle == "sparse":
        names = [n for n in survey.access.fields if source.is_optional(n)]
        return f"it does not hold items whose {' or '.join(names)} is None"
    if survey.obstacle == "partition":
        wanted = " and ".join(
            f"{source.label}.{name} == ..." for name in survey.access.partition.fields
        )
        return f"its partition key needs {wanted}"
    return _OBSTACLES[str(survey.obstacle)]


def _warnings(run: Run) -> Iterator[str]:
    plan = run.plan
    if plan.operation == "Scan":
        yield "warning: a scan reads (and bills) every item of the table or index"
    elif plan.filter is not None and not _tells_only_the_type(run, plan.filter):
        yield "warning: the filter reads (and bills) items that it does not return"
    if plan.residual is not None and not plan.keys:
        yield "warning: what is evaluated here has been read, billed and sent"
    if plan.fetches:
        yield "warning: each item is read twice, from the index and from the table"


def _tells_only_the_type(run: Run, condition: Condition) -> bool:
    """Tell whether a filter is only there to tell the entity's items from others."""
    own = {part.name for part in run.source.key_parts} | {run.source.table.type_attribute}
    return attributes_of(condition) <= own


def _text(condition: Condition) -> str:
    expressions = Expressions()
    text = expressions.condition(condition)
    return filled(text, expressions.placeholders())


def _path(steps: Sequence[str | int]) -> str:
    return ".".join(map(str, steps))
