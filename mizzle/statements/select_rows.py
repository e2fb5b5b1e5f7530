"""What a select makes of each item: an entity, or the values of a few paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mizzle.errors import ItemDecodeError
from mizzle.evaluator import follow
from mizzle.expressions.operands import AttributePath
from mizzle.model.binding import BoundPath, bind_path
from mizzle.model.projection_codec import projection_codec
from mizzle.model.schema import EntitySchema

if TYPE_CHECKING:
    from mizzle.model.source import Source
    from mizzle.request import Item

__all__ = ["EntityRows", "Rows", "TupleRows", "raise_for_unreadable"]


class Rows(Protocol):
    """Reads items as what the caller asked for."""

    def read_all(self, items: list[Item]) -> list[Any]:
        """Read items and use their list up; an `ItemDecodeError` stands in the place of a bad one.

        What has been read is let go at once: a page has so many dicts that looking through them
        again and again would take the garbage collector longer than all the rest.
        """
        ...


class EntityRows:
    """Reads items as entities."""

    def __init__(self, source: Source) -> None:
        self._decode = source.decode

    def read_all(self, items: list[Item]) -> list[Any]:
        """Read items as the entities that they are, and use their list up."""
        found: list[Any] = []
        decode, take, keep = self._decode, items.pop, found.append
        items.reverse()
        while items:
            try:
                keep(decode(take()))
            except ItemDecodeError as error:
                keep(error)
        return found


class TupleRows:
    """Reads the values at some paths."""

    def __init__(self, source: Source, paths: Sequence[AttributePath[Any]]) -> None:
        self._source = source
        self._paths = [bind_path(source, path) for path in paths]
        names = [bound.field.name for bound in self._paths if bound.field is not None]
        is_of_fields = len(names) == len(paths) and all(len(path.steps) == 1 for path in paths)
        self._codec = (
            projection_codec(source, tuple(names))
            if is_of_fields and isinstance(source, EntitySchema)
            else None
        )

    def to_read(self) -> tuple[AttributePath[Any], ...]:
        """Give the paths that have to be read for them."""
        return tuple([_path_to_read(bound) for bound in self._paths])

    def read_all(self, items: list[Item]) -> list[Any]:
        """Read the values at the paths, as one tuple for each item, and use the list up."""
        items.reverse()
        return [self._read(items.pop()) for _ in range(len(items))]

    def _read(self, item: Item) -> Any:
        found = None if self._codec is None else self._codec.read(item)
        if found is not None:
            return found
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
