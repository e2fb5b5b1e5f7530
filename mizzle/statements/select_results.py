"""What else than a list a select can give: one item, the first, their number, or a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mizzle.errors import ItemDecodeError, MultipleResultsError, NoResultError
from mizzle.statements.planned import Planned
from mizzle.statements.select_rows import raise_for_unreadable

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.statements.select import Select
    from mizzle.statements.select_run import Run

__all__ = ["Count", "First", "One", "Page", "PageRead"]

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class _Result(Planned[R_co], Generic[R_co]):
    """A select whose items are made into something else.

    Attributes:
        select: What is read.
    """

    select: Select[Any]

    def run(self, config: MizzleConfig, *, surveys: bool = False) -> Run:
        """Plan the select, and stand at its beginning."""
        return self.select.run(config, surveys=surveys)


class One(_Result[R_co], Generic[R_co]):
    """Reads the one item for which conditions hold.

    Attributes:
        select: What it reads, two items at most.
    """

    def __init__(self, select: Select[Any]) -> None:
        self._set(select=select.limit(min(2, select.maximum or 2)))

    def flow(self, config: MizzleConfig) -> Flow[R_co]:
        """Read the item; its value is the entity."""
        found = yield from self.select.flow(config)
        name = self.select.label
        if not found:
            message = f"select({name}).one(): no item satisfies the conditions"
            raise NoResultError(message)
        if len(found) > 1:
            message = f"select({name}).one(): more than one item satisfies the conditions"
            raise MultipleResultsError(message)
        result: R_co = found[0]
        return result


class First(_Result["R_co | None"], Generic[R_co]):
    """Reads the first item for which conditions hold.

    Attributes:
        select: What it reads, one item at most.
    """

    def __init__(self, select: Select[Any]) -> None:
        self._set(select=select.limit(1))

    def flow(self, config: MizzleConfig) -> Flow[R_co | None]:
        """Read the item; its value is the entity or None."""
        found = yield from self.select.flow(config)
        return found[0] if found else None


class Count(_Result[int]):
    """Counts the items for which conditions hold.

    Attributes:
        select: What it counts; no further than its limit.
    """

    def __init__(self, select: Select[Any]) -> None:
        self._set(select=select)

    def run(self, config: MizzleConfig, *, surveys: bool = False) -> Run:
        """Plan the select, and stand at its beginning."""
        return self.select.run(config, counts=True, surveys=surveys)

    def flow(self, config: MizzleConfig) -> Flow[int]:
        """Count; its value is the number of items."""
        return (yield from self.run(config).count())


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some of the items for which conditions hold, and where to go on.

    Attributes:
        items: As many as were asked for; fewer on the last page only.
        cursor: What to give as `after` for the next page; None if nothing can follow.

    Example:
        ```python
        from mizzle import Page, select

        page: Page[User] = db.execute(select(User).scan().page(20))
        print(len(page.items), page.cursor)
        ```
    """

    items: list[R]
    cursor: str | None

    def __iter__(self) -> Iterator[R]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class PageRead(_Result[Page[R]], Generic[R]):
    """Reads one page.

    Attributes:
        select: What it reads.
        size: How many items make a page.
        after: The cursor of the page before; None for the first page.
    """

    size: int
    after: str | None

    def __init__(self, select: Select[Any], size: int, after: str | None) -> None:
        self._set(select=select, size=size, after=after)

    def run(self, config: MizzleConfig, *, surveys: bool = False) -> Run:
        """Plan the select, and stand at the beginning of the page.

        Raises:
            InvalidCursorError: If `after` is no cursor, or not of this statement.
        """
        run = self.select.run(config, surveys=surveys)
        run.turn_to(self.size, self.after)
        return run

    def explanation(self, config: MizzleConfig) -> str:
        """Describe the request of the first page, for an error: the cursor may be what is wrong."""
        if self.after is not None:
            return self._with(after=None).explanation(config)
        return super().explanation(config)

    def flow(self, config: MizzleConfig) -> Flow[Page[R]]:
        """Read the page; its value has the items and the next cursor.

        Raises:
            InvalidCursorError: If `after` is no cursor, or not of this statement.
        """
        run = self.run(config)
        found = yield from run.gather()
        cursor = run.cursor(len(found))
        try:
            return Page(raise_for_unreadable(found), cursor)
        except ItemDecodeError as error:
            error.cursor = cursor
            raise
