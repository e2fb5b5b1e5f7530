"""What a select makes of each item: an entity, or the values of a few paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mizzle.errors import ItemDecodeError
from mizzle.evaluator import follow
from mizzle.expressions.operands import AttributePath
from mizzle.model.binding import BoundPath, bind_path

if TYPE_CHECKING:
    from mizzle.model.source import Source
    from mizzle.request import Item

__all__ = ["EntityRows", "Rows", "TupleRows", "raise_for_unreadable"]


class Rows(Protocol):
    """Reads items as what the caller asked for."""

    def read(self, item: Item) -> Any:
        """Read an item; an `ItemDecodeError` is returned in its place."""
        ...


class EntityRows:
    """Reads items as entities."""

    def __init__(self, source: Source) -> None:
        self._decode = source.decode

    def read(self, item: Item) -> Any:
        """Read an item as the entity that it is."""
        try:
            return self._decode(item)
        except ItemDecodeError as error:
            return error


class TupleRows:
    """Reads the values at some paths."""

    def __init__(self, source: Source, paths: Sequence[AttributePath[Any]]) -> None:
        self._source = source
        self._paths = [bind_path(source, path) for path in paths]

    def to_read(self) -> tuple[AttributePath[Any], ...]:
        """Give the paths that have to be read for them."""
        return tuple([_path_to_read(bound) for bound in self._paths])

    def read(self, item: Item) -> Any:
        """Read the values at the paths as one tuple."""
        try:
            return tuple(_value(bound, item) for bound in self._paths)
        except Exception as error:  # noqa: BLE001  # a validator may raise whatever it likes
            return self._source.unreadable(item, error)


def raise_for_unreadable(found: list[Any]) -> list[Any]:
    """Raise the first item's error that there is, with the good items beside it."""
    bad = [item for item in found if isinstance(item, ItemDecodeError)]
    if bad:
        bad[0].others = tuple(item for item in found if not isinstance(item, ItemDecodeError))
        for other in bad[1:]:
            bad[0].add_note(str(other))
        raise bad[0]
    return found


def _value(bound: BoundPath, item: Item) -> Any:
    """Read the value at a path as the model would; a path that leads nowhere gives None."""
    steps = bound.path.steps
    stored = follow(steps, item)
    if stored is not None:
        codec = bound.field or bound.codec
        return codec.validate(codec.decode(stored))
    # Only a document that is there can have a field that takes its default.
    holder = follow(steps[:-1], item)
    is_document = holder is not None and "M" in holder
    return bound.field.default() if bound.field is not None and is_document else None


def _path_to_read(bound: BoundPath) -> AttributePath[Any]:
    """Give the path, or that of the document around it if its absence has a meaning there."""
    path, field = bound.path, bound.field
    has_default = field is not None and not (field.required and field.empty is None)
    if len(path.steps) == 1 or not has_default or bound.null_is_absent:
        return path
    return AttributePath(path.owner, path.steps[:-1])
