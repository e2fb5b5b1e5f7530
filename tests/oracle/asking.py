"""Put a question to the library in every form, and compare the answers with the oracle's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import event

from mizzle import (
    FullScanError,
    Mizzle,
    MultipleResultsError,
    NoResultError,
    StatementError,
    select,
)
from tests.oracle.data import Row
from tests.oracle.expectation import Answer, answer, check, plan_of
from tests.oracle.picks import path_of, value_of
from tests.oracle.shapes import Shape
from tests.oracle.statements import Question

__all__ = ["ask", "ask_for_everything"]


def ask(db: Mizzle, shape: Shape, rows: Sequence[Row], question: Question) -> None:
    """Ask for the list, and then in the form that was drawn."""
    question, statement = _allowed(db, question)
    requests = requests_of(db, statement)
    event(_summary(requests))
    asking = _Asking(db, shape, rows, question, statement)
    asking.for_all(is_sent=bool(requests))
    getattr(asking, f"for_{question.way}")()


def ask_for_everything(db: Mizzle, shape: Shape, rows: Sequence[Row]) -> None:
    """Ask for all entities of a table, each as what it is."""
    entities = [row.read_as(type(row.entity)) for row in rows]
    check(db.execute(select(shape.table).scan()), [[each for each in entities if each is not None]])


def requests_of(db: Mizzle, statement: Any) -> list[Any]:
    """Compile a statement; no request where no item can fulfil the conditions."""
    try:
        found = statement.compile(db.config)
    except StatementError as error:
        if "sends no request" not in str(error):
            raise
        return []
    return list(found) if isinstance(found, list | tuple) else [found]


def _allowed(db: Mizzle, question: Question) -> tuple[Question, Any]:
    """Give up an index that could lose items, and scan where no key serves."""
    without = question._replace(using=None)
    for way in (question, without):
        statement = way.statement()
        try:
            requests_of(db, statement)
        except StatementError as error:
            if not isinstance(error, FullScanError) and "could miss some" not in str(error):
                raise
        else:
            return way, statement
    # A scan has no order.
    scanning = without._replace(is_descending=False)
    return scanning, scanning.statement().scan()


def _summary(requests: Sequence[Any]) -> str:
    if not requests:
        return "nothing"
    index = " of an index" if "IndexName" in requests[0].body else ""
    return f"{requests[0].operation}{index}{', several' if len(requests) > 1 else ''}"


class _Asking:
    """One select on one set of items, in all forms that there are."""

    def __init__(
        self, db: Mizzle, shape: Shape, rows: Sequence[Row], question: Question, statement: Any
    ) -> None:
        self._db = db
        self._shape = shape
        self._rows = rows
        self._question = question
        self._statement = statement
        limit = question.limit
        self._limited = statement if limit is None else statement.limit(limit)

    def for_all(self, *, is_sent: bool) -> None:
        transport: Any = self._db.transport
        before = len(transport.requests)
        check(self._db.execute(self._statement), self._entities(self._statement))
        if not is_sent:
            assert len(transport.requests) == before

    def for_list(self) -> None:
        found = self._db.execute(self._limited)
        check(found, self._entities(self._limited), self._question.limit)

    def for_stream(self) -> None:
        found = list(self._db.stream(self._limited))
        check(found, self._entities(self._limited), self._question.limit)

    def for_count(self) -> None:
        # A count by DynamoDB takes an item without a type for the entity's if its key begins so.
        is_doubtful = self._shape.has_types
        doubtful = [row for row in self._rows if is_doubtful and row.quirk == "stray"]
        least = len(self._answer(self._statement).matches)
        counted = self._db.execute(self._limited.count())
        assert self._cut(least) <= counted <= self._cut(least + len(doubtful))

    def for_first(self) -> None:
        first = self._statement.first()
        found = self._db.execute(first)
        check([] if found is None else [found], self._entities(first), 1)

    def for_one(self) -> None:
        one = self._statement.one()
        right = self._answer(one).matches
        if len(right) == 1:
            check([self._db.execute(one)], [[right[0].entity]])
            return
        with pytest.raises(MultipleResultsError if right else NoResultError):
            self._db.execute(one)

    def for_only(self) -> None:
        names = self._question.only
        only = self._limited.only(*(path_of(self._question.cls, name) for name in names))
        groups = [
            [tuple(value_of(entity, name) for name in names) for entity in group]
            for group in self._entities(only)
        ]
        check(self._db.execute(only), groups, self._question.limit)

    def for_page(self) -> None:
        size = self._question.size
        right = self._answer(self._limited.page(size))
        most = self._cut(len(right.matches)) // size + 1
        pages: list[Any] = []
        cursor: str | None = None
        while not pages or cursor is not None:
            pages.append(self._db.execute(self._limited.page(size, after=cursor)))
            cursor = pages[-1].cursor
            assert len(pages) <= most, "there are more pages than items to fill them"
        assert all(len(page.items) == size for page in pages[:-1])
        found = [item for page in pages for item in page.items]
        check(found, _entities_of(right), self._question.limit)

    def _cut(self, count: int) -> int:
        limit = self._question.limit
        return count if limit is None else min(count, limit)

    def _answer(self, statement: Any) -> Answer:
        plan = plan_of(requests_of(self._db, statement), self._shape, self._question)
        return answer(self._shape, self._question, self._rows, plan)

    def _entities(self, statement: Any) -> list[list[Any]]:
        return _entities_of(self._answer(statement))


def _entities_of(right: Answer) -> list[list[Any]]:
    return [[match.entity for match in group] for group in right.groups]
