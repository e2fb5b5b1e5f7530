"""What is asked of a select besides its conditions."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from mizzle.expressions.operands import AttributePath
    from mizzle.model.keys import AccessKey
    from mizzle.model.source import Source

__all__ = ["DEFAULT", "WHOLE", "Options", "Wanted"]


class Wanted(NamedTuple):
    """What is asked of each item.

    Attributes:
        paths: The bound paths whose values are returned; None for whole entities.
        counts: Whether only the number of items is asked for.
    """

    paths: tuple[AttributePath[Any], ...] | None = None
    counts: bool = False

    def attributes(self, source: Source) -> frozenset[str] | None:
        """Name the attributes that have to be read; None if nobody can tell."""
        if self.paths is None:
            return source.whole_attributes()
        return frozenset(str(path.steps[0]) for path in self.paths)


WHOLE: Final = Wanted()


class Options(NamedTuple):
    """What is asked of a select besides its conditions.

    Attributes:
        using: The key to use whatever it costs; None to choose.
        is_consistent: Whether global indexes are out of the question.
        is_descending: Whether the items are wanted in descending key order.
        scans: Whether a scan is allowed where no key serves.
        segments: In how many segments to scan, whatever serves; None to look for a key.
        wanted: What is asked of each item.
    """

    using: AccessKey | None = None
    is_consistent: bool = False
    is_descending: bool = False
    scans: bool = False
    segments: int | None = None
    wanted: Wanted = WHOLE

    @property
    def shape(self) -> Hashable:
        """Something that is equal for equal options; paths are not to be compared."""
        paths, counts = self.wanted
        if paths is None:
            return self
        return (*self[:5], tuple([path.steps for path in paths]), counts)


DEFAULT: Final = Options()
