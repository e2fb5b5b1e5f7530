"""`select`: read the items for which conditions hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

from mizzle.errors import StatementError
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import AttributePath
from mizzle.flows.steps import MAX_CONCURRENCY
from mizzle.model.entity import Entity
from mizzle.model.keys import IndexKey, PrimaryKey
from mizzle.model.schema import schema_of
from mizzle.model.table import Table
from mizzle.statements.base import as_conditions
from mizzle.statements.planned import Planned
from mizzle.statements.select_results import Count, First, One, PageRead
from mizzle.statements.select_rows import raise_for_unreadable
from mizzle.statements.select_run import Run

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow

__all__ = ["Select", "select"]

E = TypeVar("E", bound=Entity)
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
F = TypeVar("F")
G = TypeVar("G")


class Select(Planned["list[R]"], Generic[R]):
    """Reads the items of an entity for which conditions hold.

    Attributes:
        subject: The entity's class, or a table.
        conditions: All of them must hold.
        index: The key to use: what `using` was given; None to choose one.
        paths: The attribute paths whose values are returned; None for whole entities.
        is_descending: Whether the items come in descending key order.
        maximum: How many items are returned at most; None for all.
        page_items: How many items one request evaluates at most; None to choose.
        is_consistent: Whether the read sees every write that has succeeded before it.
        scans: Whether a scan is allowed.
        segments: In how many segments it scans; None to scan only where no key serves.
    """

    subject: type[Entity] | Table
    conditions: tuple[Condition, ...]
    index: IndexKey | PrimaryKey | str | None
    paths: tuple[AttributePath[Any], ...] | None
    is_descending: bool
    maximum: int | None
    page_items: int | None
    is_consistent: bool
    scans: bool
    segments: int | None

    def __init__(self, subject: type[Entity] | Table) -> None:
        self._set(
            subject=subject,
            conditions=(),
            index=None,
            paths=None,
            is_descending=False,
            maximum=None,
            page_items=None,
            is_consistent=False,
            scans=False,
            segments=None,
        )

    @property
    def label(self) -> str:
        """What is selected, for messages."""
        return self.subject.name if isinstance(self.subject, Table) else self.subject.__name__

    def where(self, *conditions: Condition) -> Self:
        """Return only items that satisfy all conditions."""
        return self._with(conditions=self.conditions + as_conditions("select", conditions))

    def using(self, key: IndexKey | PrimaryKey | str, /) -> Self:
        """Read by this key whatever it costs: `User.by_email`, or an index's name."""
        return self._with(index=key)

    def descending(self) -> Self:
        """Return the items in descending order of their sort key; a scan has no order and refuses."""
        return self._with(is_descending=True)

    def limit(self, items: int) -> Self:
        """Return at most this many items, whatever is filtered out on the way.

        Raises:
            StatementError: If it is no whole number of at least 1.
        """
        return self._with(maximum=_positive("limit", items))

    def page_size(self, items: int) -> Self:
        """Evaluate at most this many items in one request.

        Raises:
            StatementError: If it is no whole number of at least 1.
        """
        return self._with(page_items=_positive("page_size", items))

    def consistent(self) -> Self:
        """See every write that has succeeded before; costs twice the read units.

        Global indexes cannot be read so, and are left out of the choice.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
        """
        return self._with(is_consistent=True)

    def scan(self, *, segments: int | None = None) -> Self:
        """Allow reading every item of the table (or of the index that `using` names).

        Args:
            segments: Scan in so many segments at once, each in a thread, even where a key serves.

        Raises:
            StatementError: If it is no whole number from 1 to 100.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
        """
        if segments is not None and _positive("scan", segments) > MAX_CONCURRENCY:
            message = f"select.scan(segments={segments}): at most {MAX_CONCURRENCY} run at once"
            raise StatementError(message)
        return self._with(scans=True, segments=segments)

    @overload
    def only(self, a: AttributePath[A], /) -> Select[tuple[A]]: ...
    @overload
    def only(self, a: AttributePath[A], b: AttributePath[B], /) -> Select[tuple[A, B]]: ...
    @overload
    def only(
        self, a: AttributePath[A], b: AttributePath[B], c: AttributePath[C], /
    ) -> Select[tuple[A, B, C]]: ...
    @overload
    def only(
        self,
        a: AttributePath[A],
        b: AttributePath[B],
        c: AttributePath[C],
        d: AttributePath[D],
        /,
    ) -> Select[tuple[A, B, C, D]]: ...
    @overload
    def only(
        self,
        a: AttributePath[A],
        b: AttributePath[B],
        c: AttributePath[C],
        d: AttributePath[D],
        f: AttributePath[F],
        /,
    ) -> Select[tuple[A, B, C, D, F]]: ...
    @overload
    def only(
        self,
        a: AttributePath[A],
        b: AttributePath[B],
        c: AttributePath[C],
        d: AttributePath[D],
        f: AttributePath[F],
        g: AttributePath[G],
        /,
    ) -> Select[tuple[A, B, C, D, F, G]]: ...
    @overload
    def only(self, *paths: AttributePath[Any]) -> Select[tuple[Any, ...]]: ...
    def only(self, *paths: AttributePath[Any]) -> Select[Any]:
        """Return the values at these paths, as tuples, and read nothing else.

        An attribute that an item does not have reads as the model would read it; a path that leads
        nowhere, such as a key that a dict does not have, gives None.

        Raises:
            StatementError: If no path is given.
        """
        if not paths:
            message = "select.only() needs at least one attribute path"
            raise StatementError(message)
        return cast("Select[Any]", self._with(paths=paths))

    def one(self) -> One[R]:
        """Give the one item there is; `NoResultError` or `MultipleResultsError` otherwise."""
        return One(self)

    def first(self) -> First[R]:
        """Give the first item, or None."""
        return First(self)

    def count(self) -> Count:
        """Give the number of items, counted by DynamoDB wherever it can evaluate the conditions."""
        return Count(self)

    def page(self, size: int, /, *, after: str | None = None) -> PageRead[R]:
        """Give one page of this many items, and the cursor of the next.

        Args:
            size: How many items; only the last page may have fewer.
            after: The cursor of the page before; None for the first.

        Raises:
            StatementError: If the size is no whole number of at least 1.
        """
        return PageRead(self, _positive("page", size), after)

    def flow(self, config: MizzleConfig) -> Flow[list[R]]:
        """Read everything; its value is the list of items."""
        run = self.run(config)
        found: list[R] = raise_for_unreadable((yield from run.gather()))
        return found

    def run(self, config: MizzleConfig, *, counts: bool = False, surveys: bool = False) -> Run:
        """Plan the select, and stand at its beginning."""
        try:
            return Run(self, config, counts=counts, surveys=surveys)
        except StatementError as error:
            where = " & ".join(f"({condition!r})" for condition in self.conditions) or "everything"
            text = f"No request: {error}\n  where: {where}"
            error.explained_by(lambda: text)
            raise


@overload
def select(subject: type[E], /) -> Select[E]: ...
@overload
def select(subject: Table, /) -> Select[Entity]: ...
def select(subject: type[Entity] | Table, /) -> Select[Any]:
    """Read the items of an entity: a GetItem or a Query by the key that serves the conditions best.

    Executed, it gives a list in key order; `db.stream` gives the items one at a time. A select
    that no key serves raises `FullScanError` unless `.scan()` allows it.

    Of a table, it reads the items of all its entities, each as its own; that is always a scan.

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
            assert db.execute(select(app).scan().count()) == 0
        ```
    """
    return Select(subject if isinstance(subject, Table) else schema_of(subject).cls)


def _positive(name: str, items: Any) -> int:
    if isinstance(items, bool) or not isinstance(items, int) or items < 1:
        message = f"select.{name}() takes a whole number of at least 1, not {items!r}"
        raise StatementError(message)
    return int(items)
