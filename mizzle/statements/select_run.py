"""One execution of a select: its plan, where it stands, and what it makes of the items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mizzle.cursors import fingerprint, read_cursor, write_cursor
from mizzle.errors import StatementError
from mizzle.model.binding import Conjunction
from mizzle.model.schema import EntitySchema, schema_of
from mizzle.model.table import Table
from mizzle.model.table_source import TableSource
from mizzle.planner import WHOLE, Options, Plan, Wanted, plan_select, plan_table
from mizzle.statements.read_requests import ReadRequests
from mizzle.statements.reader import Reader
from mizzle.statements.select_rows import EntityRows, Rows, TupleRows

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.model.entity import Entity
    from mizzle.request import Request
    from mizzle.statements.select import Select

__all__ = ["Run"]


class Run:
    """One execution of a select.

    Args:
        select: The select.
        config: The settings of the client.
        counts: Whether only the number of items is asked for.
        surveys: Whether the plan has to tell what other keys were considered.

    Attributes:
        select: The select.
        source: What it reads from.
        plan: How it is answered.
        conditions: All that have to hold.
        reader: Reads what the plan says.
        maximum: How many items are to be returned at most; None for all.
        returned: How many have been returned on earlier pages.
    """

    def __init__(
        self, select: Select[Any], config: MizzleConfig, *, counts: bool, surveys: bool
    ) -> None:
        self.select = select
        self.maximum = select.maximum
        self.returned = 0
        self.source = _source_of(select.subject)
        self.config = config
        self._rows: Rows = EntityRows(self.source)
        wanted = WHOLE
        if counts:
            wanted = Wanted((), counts=True)
        elif select.paths is not None:
            if self.source.entity is None:
                message = f"select({self.source.label}) gives whole entities; only() is for one"
                raise StatementError(message)
            tuples = self._rows = TupleRows(self.source, select.paths)
            wanted = Wanted(tuples.to_read())
        self.plan = self._plan(wanted, surveys=surveys)
        self.conditions = Conjunction(self.source, select.conditions)
        requests = ReadRequests(
            self.source,
            self.plan,
            config,
            is_descending=select.is_descending,
            is_consistent=select.is_consistent,
            segments=select.segments or 1,
        )
        self.reader = Reader(self.source, self.plan, requests, self.conditions, select.page_items)

    def compile(self) -> Request | list[Request]:
        """Give the first request of each query or segment.

        Raises:
            StatementError: If nothing is sent.
        """
        if self.plan.operation is None:
            message = f"select({self.source.label}) sends no request: {self.plan.reason}"
            error = StatementError(message)
            error.explained_by(lambda: f"No request: {self.plan.reason}.")
            raise error
        requests = self.reader.next_requests(self.maximum)
        return requests if len(requests) > 1 else requests[0]

    def gather(self) -> Flow[list[Any]]:
        """Read what is to be returned, and stand behind the last item.

        An `ItemDecodeError` stands for an item that does not validate.
        """
        maximum = self.maximum
        found: list[Any] = []
        while not self.reader.is_done and (maximum is None or len(found) < maximum):
            left = None if maximum is None else maximum - len(found)
            page = yield from self.reader.read(left)
            items = page.items
            if left is not None and len(items) > left:
                self.reader.places = page.places_after(left)
                del items[left:]
            found += self._rows.read_all(items)
        return found

    def next_page(self, left: int | None) -> Flow[list[Any]]:
        """Read what one request brings."""
        page = yield from self.reader.read(left)
        items = page.items
        if left is not None:
            del items[left:]
        return self._rows.read_all(items)

    def count(self) -> Flow[int]:
        """Count the items."""
        maximum = self.select.maximum
        found = 0
        while not self.reader.is_done and (maximum is None or found < maximum):
            page = yield from self.reader.read(None if maximum is None else maximum - found)
            found += page.total
        return found if maximum is None else min(found, maximum)

    def turn_to(self, size: int, cursor: str | None) -> None:
        """Stand at the beginning of a page.

        Args:
            size: How many items it has.
            cursor: Where it begins; None for the first page.

        Raises:
            InvalidCursorError: If it is no cursor, or not of this statement.
        """
        if cursor is not None:
            position = read_cursor(cursor, self._fingerprint(), self.config.cursor_secret)
            self.reader.resume(position["places"])
            self.returned = position["returned"]
        left = size if self.maximum is None else self.maximum - self.returned
        self.maximum = min(size, left)

    def cursor(self, found: int) -> str | None:
        """Write where the run stands after a page with so many items; None if nothing can follow."""
        maximum = self.select.maximum
        returned = self.returned + found
        if self.reader.is_done or (maximum is not None and returned >= maximum):
            return None
        position = {"places": self.reader.places, "returned": returned}
        return write_cursor(position, self._fingerprint(), self.config.cursor_secret)

    def _fingerprint(self) -> str:
        """Tell the statement from all others whose places mean something else."""
        select, access = self.select, self.plan.access
        return fingerprint(
            [
                self.source.table.name,
                self.source.label,
                access.index.name if access is not None and access.index is not None else None,
                self.plan.operation,
                len(self.reader.places),
                select.is_descending,
                select.maximum,
                self.conditions.bound(),
                [path.steps for path in select.paths or ()],
            ]
        )

    def _plan(self, wanted: Wanted, *, surveys: bool) -> Plan:
        select, source = self.select, self.source
        using = None
        if select.index is not None:
            if not isinstance(source, EntitySchema):
                message = f"select({source.label}) reads the whole table, and by no index"
                raise StatementError(message)
            using = source.access_named(select.index, is_consistent=select.is_consistent)
        options = Options(
            using,
            select.is_consistent,
            select.is_descending,
            select.scans,
            select.segments,
            wanted,
        )
        if isinstance(source, EntitySchema):
            return plan_select(source, select.conditions, options, surveys=surveys)
        return plan_table(source, select.conditions, options)


def _source_of(subject: type[Entity] | Table) -> EntitySchema | TableSource:
    return TableSource(subject) if isinstance(subject, Table) else schema_of(subject)
