"""How many items a request should evaluate."""

from __future__ import annotations

from math import ceil
from typing import Final

from mizzle.limits import MAX_PAGE_BYTES

__all__ = ["PageSizes"]

_SAMPLE: Final = 20
_LARGE: Final = 1_000
_MARGIN: Final = 1.5


class PageSizes:
    """Chooses the sizes of pages, one request after another.

    Where everything that is read is returned, a request reads what is wanted. Under a filter a small
    sample comes first, and what it brings tells how much more has to be read: a limit of 1 shall cost
    neither a whole page of 1 MB nor a request per item.

    Args:
        asked: The size that `page_size` asks for; None to choose.
        is_selective: Whether items are read that are not returned.
        largest: The size where there is no reason for another; None for as much as a request can.
    """

    def __init__(self, asked: int | None, *, is_selective: bool, largest: int | None) -> None:
        self._asked = asked
        self._is_selective = is_selective
        self._largest = largest
        self._last: int | None = 0
        self._evaluated = 0
        self._found = 0

    @property
    def adapts(self) -> bool:
        """Whether later requests may evaluate another number of items than the first."""
        return self._is_selective and self._asked is None

    def choose(self, wanted: int | None) -> int | None:
        """Say how many items the next request evaluates; None for as many as it can.

        Args:
            wanted: How many more items are of use; None for all.
        """
        if self._asked is not None and (self._is_selective or wanted is None):
            return self._asked
        if wanted is None:
            return self._largest
        # Items of others are left out without a filter, too.
        if self._is_selective or self._found < self._evaluated:
            size = self._estimate(wanted) if self._asked is None else self._asked
        else:
            size = min(filter(None, [self._asked, wanted]))
        return None if size is None else min(size, MAX_PAGE_BYTES)

    def note(self, size: int | None, evaluated: int, found: int) -> None:
        """Learn from a request.

        Args:
            size: How many items it was to evaluate at most.
            evaluated: How many it did.
            found: How many of them are returned.
        """
        self._last = size
        self._evaluated += evaluated
        self._found += found

    def _estimate(self, wanted: int) -> int | None:
        if not self._evaluated:
            return max(_SAMPLE, 2 * wanted)
        if self._last is None or self._last >= _LARGE:
            return self._largest
        if not self._found:
            return _LARGE
        # At least twice as much each time, so that a barren stretch is soon behind.
        expected = ceil(_MARGIN * wanted * self._evaluated / self._found)
        return max(2 * self._last, expected)
