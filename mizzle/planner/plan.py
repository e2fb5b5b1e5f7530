"""How a select is answered, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mizzle.expressions.slots import put_values

if TYPE_CHECKING:
    from mizzle.expressions.conditions import Condition
    from mizzle.expressions.operands import AttributePath
    from mizzle.model.keys import AccessKey
    from mizzle.planner.routes import Route
    from mizzle.request import AttributeValue, Item

__all__ = ["Plan", "Rank", "Survey"]


class Rank(NamedTuple):
    """What a key is worth to a select, the most important first; greater is better.

    Attributes:
        serves: Whether it serves at all.
        finds_one_item: Whether it is the whole primary key of one item.
        is_complete: Whether all of the key is known.
        is_complete_at_once: Whether that takes one read.
        has_equality: Whether any field of the key is equal to something.
        sort_fields: How many fields of the sort key narrow it.
        has_partition_fields: Whether the partition key is made of fields.
        is_single: Whether it takes one read.
        needs_no_fetch: Whether it gives all that is asked for.
    """

    serves: bool = False
    finds_one_item: bool = False
    is_complete: bool = False
    is_complete_at_once: bool = False
    has_equality: bool = False
    sort_fields: int = 0
    has_partition_fields: bool = False
    is_single: bool = False
    needs_no_fetch: bool = False


class Survey(NamedTuple):
    """What was found out about one key.

    Attributes:
        access: The key.
        obstacle: Why it cannot serve: `consistent` (global indexes are not), `partition` (the
            conditions do not fix its partition key), `many` (they fix too many), `sparse` (it may not have all the items),
            `subclass` (the items of subclasses have other keys there), `empty` (nothing in it can
            fulfil them).
        route: How it would serve, otherwise.
        fetches: Whether the items would have to be fetched afterwards.
    """

    access: AccessKey
    obstacle: Literal["consistent", "partition", "many", "sparse", "subclass", "empty"] | None
    route: Route | None = None
    fetches: bool = False

    @property
    def rank(self) -> Rank:
        """What the key is worth."""
        route = self.route
        if route is None:
            return Rank()
        is_single = route.reads == 1
        has_fields = bool(self.access.partition.fields)
        return Rank(
            serves=True,
            finds_one_item=len(route.keys) == 1,
            is_complete=route.is_complete,
            is_complete_at_once=route.is_complete and is_single,
            has_equality=has_fields or route.fixed > 0,
            sort_fields=route.fixed + route.is_ranged,
            has_partition_fields=has_fields,
            is_single=is_single,
            needs_no_fetch=not self.fetches,
        )


class Plan(NamedTuple):
    """How a select is answered.

    Attributes:
        operation: `GetItem`, `BatchGetItem`, `Query` or `Scan`; None where no item can fulfil the
            conditions, so that no request is sent.
        access: The key that serves it; None for a scan of the table.
        queries: The bound key condition of each query, in the order they are sent.
        filter: The bound condition that DynamoDB filters by.
        projection: The attributes that are read; None for all.
        fetches: Whether the items are read from the table afterwards, as the index does not hold
            all that is asked for. All conditions are evaluated again then, as it may lag behind.
        rechecks: Whether there are conditions that only fetched items can tell.
        fetched_projection: The attributes that are fetched; None for all.
        counts_in_service: Whether DynamoDB can count the items itself.
        reason: Why, for a person.
        considered: What was found out about the keys there are.
        texts: None for a plan of its own. Plans of one shape share all but the fields below: in their
            `queries` and `filter` are slots, and here is what their requests have in common, once
            the first of them has been written.
        keys: The keys of a GetItem or BatchGetItem.
        residual: The bound condition that Mizzle evaluates on what was read.
        values: What belongs in the slots.
    """

    operation: str | None
    reason: str
    access: AccessKey | None = None
    queries: tuple[Condition, ...] = ()
    filter: Condition | None = None
    projection: tuple[AttributePath[Any], ...] | None = None
    fetches: bool = False
    rechecks: bool = False
    fetched_projection: tuple[AttributePath[Any], ...] | None = None
    counts_in_service: bool = False
    considered: tuple[Survey, ...] = ()
    texts: dict[str, Any] | None = None
    keys: tuple[Item, ...] = ()
    residual: Condition | None = None
    values: tuple[AttributeValue, ...] = ()

    @property
    def is_selective(self) -> bool:
        """Whether items are read that are not returned, because conditions do not hold for them."""
        return self.filter is not None or self.residual is not None or self.rechecks

    def filled(
        self,
        keys: tuple[Item, ...],
        residual: Condition | None,
        values: tuple[AttributeValue, ...],
    ) -> Plan:
        """Give the plan of the same shape for other values, which are in the last three fields."""
        return Plan._make((*self[:-3], keys, residual, values))

    def key_condition(self, number: int) -> Condition:
        """Give the key condition of a query, its values in place."""
        query = self.queries[number]
        return query if self.texts is None else put_values(query, self.values)
