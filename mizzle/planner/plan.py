"""How a select is answered, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from mizzle.expressions.conditions import Condition
    from mizzle.expressions.operands import AttributePath
    from mizzle.model.keys import AccessKey
    from mizzle.planner.routes import Route
    from mizzle.request import Item

__all__ = ["Plan", "Survey"]


class Survey(NamedTuple):
    """What was found out about one key.

    Attributes:
        access: The key.
        obstacle: Why it cannot serve: `consistent` (global indexes are not), `partition` (the
            conditions do not fix its partition key), `sparse` (it may not have all the items),
            `subclass` (the items of subclasses have other keys there).
        route: How it would serve, otherwise.
        fetches: Whether the items would have to be fetched afterwards.
    """

    access: AccessKey
    obstacle: Literal["consistent", "partition", "sparse", "subclass"] | None
    route: Route | None = None
    fetches: bool = False

    @property
    def rank(self) -> tuple[int, ...]:
        """What the key is worth, the most important first; greater is better.

        Whether it serves at all; whether it finds one item by its whole primary key; whether all of
        the key is known, and so in one query; whether any field is equal to something; how many fields
        of the sort key narrow it; whether its partition key is made of fields; whether it takes one
        query; whether nothing has to be fetched.
        """
        route = self.route
        if route is None:
            return (0,)
        is_single = route.requests == 1
        has_fields = bool(self.access.partition.fields)
        return (
            1,
            len(route.keys) == 1,
            route.is_complete,
            route.is_complete and is_single,
            has_fields or route.fixed > 0,
            route.fixed + route.is_ranged,
            has_fields,
            is_single,
            not self.fetches,
        )


class Plan(NamedTuple):
    """How a select is answered.

    Attributes:
        operation: `GetItem`, `BatchGetItem`, `Query` or `Scan`; None where no item can fulfil the
            conditions, so that no request is sent.
        access: The key that serves it; None for a scan of the table.
        keys: The keys of a GetItem or BatchGetItem.
        queries: The bound key condition of each query, in the order they are sent.
        filter: The bound condition that DynamoDB filters by.
        residual: The bound condition that Mizzle evaluates on what was read.
        projection: The attributes that are read; None for all.
        fetches: Whether the items are read from the table afterwards, as the index does not hold
            all that is asked for. All conditions are evaluated again then, as it may lag behind.
        rechecks: Whether there are conditions that only fetched items can tell.
        fetched_projection: The attributes that are fetched; None for all.
        counts_in_service: Whether DynamoDB can count the items itself.
        reason: Why, for a person.
        considered: What was found out about the keys there are.
    """

    operation: str | None
    reason: str
    access: AccessKey | None = None
    keys: tuple[Item, ...] = ()
    queries: tuple[Condition, ...] = ()
    filter: Condition | None = None
    residual: Condition | None = None
    projection: tuple[AttributePath[Any], ...] | None = None
    fetches: bool = False
    rechecks: bool = False
    fetched_projection: tuple[AttributePath[Any], ...] | None = None
    counts_in_service: bool = False
    considered: tuple[Survey, ...] = ()

    @property
    def is_selective(self) -> bool:
        """Whether items are read that are not returned, because conditions do not hold for them."""
        return self.filter is not None or self.residual is not None or self.rechecks
