"""`select`: read the items for which conditions hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from mizzle.compiler import Expressions
from mizzle.errors import (
    ItemDecodeError,
    MultipleResultsError,
    NoResultError,
    StatementError,
)
from mizzle.expressions.conditions import Condition
from mizzle.model.entity import Entity
from mizzle.model.keys import IndexKey
from mizzle.model.schema import schema_of
from mizzle.planner import Plan, plan_select
from mizzle.request import Item, Request
from mizzle.statements.base import DEFAULT_CONFIG, Statement, as_conditions
from mizzle.statements.reading import send_read

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow

__all__ = ["First", "One", "Select", "select"]

E = TypeVar("E", bound=Entity)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Page(Generic[R_co]):
    """The items of one request.

    Attributes:
        found: Entities in key order; an `ItemDecodeError` stands for an item that does not validate.
        next_key: Where the next request starts; None if nothing follows.
    """

    __slots__ = ("found", "next_key")

    def __init__(self, found: list[Any], next_key: Item | None) -> None:
        self.found: list[R_co | ItemDecodeError] = found
        self.next_key = next_key


class Select(Statement["list[R]"], Generic[R]):
    """Reads the items of an entity for which conditions hold.

    Attributes:
        cls: The entity's class.
        conditions: All of them must hold.
        index: The index to use; None to choose one.
        is_descending: Whether the items come in descending key order.
        maximum: How many items are returned at most; None for all.
        page_items: How many items one request evaluates at most; None for DynamoDB's 1 MB.
        is_consistent: Whether the read sees every write that has succeeded before it.
        scans: Whether a scan is allowed.
    """

    name = "select"

    cls: type[Any]
    conditions: tuple[Condition, ...]
    index: str | None
    is_descending: bool
    maximum: int | None
    page_items: int | None
    is_consistent: bool
    scans: bool

    def __init__(self, cls: type[Any]) -> None:
        self._set(
            cls=cls,
            conditions=(),
            index=None,
            is_descending=False,
            maximum=None,
            page_items=None,
            is_consistent=False,
            scans=False,
        )

    def where(self, *conditions: Condition) -> Self:
        """Return only items that satisfy all conditions."""
        return self._with(conditions=self.conditions + as_conditions("select", conditions))

    def using(self, index: IndexKey | str) -> Self:
        """Read through this index: `User.by_email`, or the index's name."""
        name = index.index if isinstance(index, IndexKey) else index
        return self._with(index=name)

    def descending(self) -> Self:
        """Return the items in descending order of their sort key."""
        return self._with(is_descending=True)

    def limit(self, items: int) -> Self:
        """Return at most this many items, whatever is filtered out on the way."""
        return self._with(maximum=_positive("limit", items))

    def page_size(self, items: int) -> Self:
        """Evaluate at most this many items in one request."""
        return self._with(page_items=_positive("page_size", items))

    def consistent(self) -> Self:
        """See every write that has succeeded before; costs twice the read units.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
        """
        return self._with(is_consistent=True)

    def scan(self) -> Self:
        """Allow reading every item of the table (or of the index that `using` names)."""
        return self._with(scans=True)

    def one(self) -> One[R]:
        """Give the one item there is; `NoResultError` or `MultipleResultsError` otherwise."""
        return One(self)

    def first(self) -> First[R]:
        """Give the first item, or None."""
        return First(self)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the first request.

        Raises:
            FullScanError: If no key serves the conditions.
            StatementError: If a condition does not suit the entity, or no item can satisfy them
                all, so that there is no request.
        """
        plan = self._plan()
        if plan.operation is None:
            message = f"select({self.cls.__name__}) sends no request: {plan.reason}"
            raise StatementError(message)
        return self._request(plan, config, None)

    def explain(self) -> str:
        """Describe the request and why it is this one; no I/O."""
        from mizzle.statements.explain import explain_request  # noqa: PLC0415  # rarely used

        plan = self._plan()
        if plan.operation is None:
            return f"No request: {plan.reason}."
        return explain_request(self._request(plan, DEFAULT_CONFIG, None), plan.reason)

    def flow(self, config: MizzleConfig) -> Flow[list[R]]:
        """Read all pages; its value is the list of entities."""
        found: list[Any] = []
        next_key: Item | None = None
        while True:
            page: Page[R] = yield from self.page_flow(config, next_key)
            found += page.found
            next_key = page.next_key
            if next_key is None or (self.maximum is not None and len(found) >= self.maximum):
                return _whole(found[: self.maximum])

    def page_flow(self, config: MizzleConfig, start: Item | None) -> Flow[Page[R]]:
        """Read the page that begins after a key; its value is a `Page`."""
        plan = self._plan()
        if plan.operation is None:
            return Page([], None)
        schema = schema_of(self.cls)
        answer = yield from send_read(schema, self._request(plan, config, start), config)
        data = answer.data
        if plan.operation == "GetItem":
            items = [data["Item"]] if data.get("Item") else []
        else:
            items = data["Items"]
        found = [_decoded(schema, item) for item in items if schema.owns(item)]
        return Page(found, data.get("LastEvaluatedKey"))

    def _plan(self) -> Plan:
        return plan_select(
            schema_of(self.cls),
            self.conditions,
            using=self.index,
            is_consistent=self.is_consistent,
            scans=self.scans,
        )

    def _request(self, plan: Plan, config: MizzleConfig, start: Item | None) -> Request:
        schema = schema_of(self.cls)
        table = config.table_name(schema.table.name)
        body: dict[str, Any] = {"TableName": table, **config.request_parameters}
        if self.is_consistent:
            body["ConsistentRead"] = True
        if plan.operation == "GetItem":
            return Request("GetItem", body | {"Key": plan.key})
        expressions = Expressions()
        if plan.access is not None and plan.access.index is not None:
            body["IndexName"] = plan.access.index.name
        if plan.key_condition is not None:
            body["KeyConditionExpression"] = expressions.condition(plan.key_condition)
        if plan.filter is not None:
            body["FilterExpression"] = expressions.condition(plan.filter)
        if self.is_descending:
            if plan.operation == "Scan":
                message = f"select({self.cls.__name__}): a scan has no order to be descending in"
                raise StatementError(message)
            body["ScanIndexForward"] = False
        size = self.page_items if plan.filter is not None else self._unfiltered_size()
        if size is not None:
            body["Limit"] = size
        if start is not None:
            body["ExclusiveStartKey"] = start
        return Request(str(plan.operation), body | expressions.placeholders())

    def _unfiltered_size(self) -> int | None:
        sizes = [size for size in (self.page_items, self.maximum) if size is not None]
        return min(sizes, default=None)


class One(Statement[R_co], Generic[R_co]):
    """Reads the one item for which conditions hold.

    Attributes:
        select: What it reads, two items at most.
    """

    name = "select"

    select: Select[Any]

    def __init__(self, select: Select[Any]) -> None:
        self._set(select=select.limit(2))

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the first request."""
        return self.select.compile(config)

    def explain(self) -> str:
        """Describe the request and why it is this one; no I/O."""
        return self.select.explain()

    def flow(self, config: MizzleConfig) -> Flow[R_co]:
        """Read the item; its value is the entity."""
        found = yield from self.select.flow(config)
        name = self.select.cls.__name__
        if not found:
            message = f"select({name}).one(): no item satisfies the conditions"
            raise NoResultError(message)
        if len(found) > 1:
            message = f"select({name}).one(): more than one item satisfies the conditions"
            raise MultipleResultsError(message)
        result: R_co = found[0]
        return result


class First(Statement["R_co | None"], Generic[R_co]):
    """Reads the first item for which conditions hold.

    Attributes:
        select: What it reads, one item at most.
    """

    name = "select"

    select: Select[Any]

    def __init__(self, select: Select[Any]) -> None:
        self._set(select=select.limit(1))

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the first request."""
        return self.select.compile(config)

    def explain(self) -> str:
        """Describe the request and why it is this one; no I/O."""
        return self.select.explain()

    def flow(self, config: MizzleConfig) -> Flow[R_co | None]:
        """Read the item; its value is the entity or None."""
        found = yield from self.select.flow(config)
        return found[0] if found else None


def select(entity: type[E], /) -> Select[E]:
    """Read the items of an entity: a GetItem or a Query by the key that serves the conditions best.

    Executed, it gives a list in key order; `db.stream` gives the items one at a time. A select
    that no key serves raises `FullScanError` unless `.scan()` allows it.

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, select

        app = Table("app", partition_key="pk", sort_key="sk")


        class Note(Entity, table=app):
            topic: Attr[str]
            number: Attr[int]
            primary = PrimaryKey("TOPIC#{topic}", "NOTE#{number:06}")


        with Mizzle.local() as db:
            db.create_table(app)
            notes = db.execute(select(Note).where(Note.topic == "a", Note.number >= 10))
            assert notes == []
        ```
    """
    return Select(schema_of(entity).cls)


def _positive(name: str, items: Any) -> int:
    if isinstance(items, bool) or not isinstance(items, int) or items < 1:
        message = f"select.{name}() takes a whole number of at least 1, not {items!r}"
        raise StatementError(message)
    return int(items)


def _decoded(schema: Any, item: Item) -> Any:
    try:
        return schema.decode(item)
    except ItemDecodeError as error:
        return error


def _whole(found: list[Any]) -> list[Any]:
    """Raise the first item's error that there is, with the good items beside it."""
    bad = [item for item in found if isinstance(item, ItemDecodeError)]
    if bad:
        bad[0].others = tuple(item for item in found if not isinstance(item, ItemDecodeError))
        for other in bad[1:]:
            bad[0].add_note(str(other))
        raise bad[0]
    return found
