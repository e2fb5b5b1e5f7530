"""Which attributes a read asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mizzle.expressions.operands import AttributePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mizzle.model.keys import AccessKey
    from mizzle.model.source import Source
    from mizzle.planner.reach import Reach

__all__ = ["paths_to_read"]


def paths_to_read(
    source: Source,
    access: AccessKey | None,
    reach: Reach | None,
    paths: Sequence[AttributePath[Any]] | None,
    attributes: frozenset[str],
) -> tuple[AttributePath[Any], ...] | None:
    """List what a read has to ask for; None if it asks for all there is.

    Args:
        source: What is read from.
        access: The key by which it is read; None for a scan of the table.
        reach: What can be read there; None for everything.
        paths: The bound paths whose values are wanted; None for whole entities.
        attributes: What conditions need besides.

    Returns:
        Paths of which none contains another, as DynamoDB demands. The key attributes and the type
        are always among them: they tell whose item it is, and where to go on after it.
    """
    if paths is None:
        return None
    parts = (*source.key_parts, *(access.parts if access else ()))
    names = [part.name for part in parts]
    if source.table.type_attribute:
        names.append(source.table.type_attribute)
    names += sorted(attributes)
    wanted = [(name,) for name in names] + [_up_to_list(path.steps) for path in paths]
    if reach is not None and reach.projected is not None:
        wanted = [steps for steps in wanted if steps[0] in reach.projected]
    return tuple(AttributePath[Any](object, steps) for steps in _outermost(wanted))


def _up_to_list(steps: tuple[str | int, ...]) -> tuple[str | int, ...]:
    # Of a list, DynamoDB returns the elements that are asked for, one behind the other: their
    # positions would be lost.
    end = next((at for at, step in enumerate(steps) if isinstance(step, int)), len(steps))
    return steps[:end]


def _outermost(paths: Iterable[tuple[str | int, ...]]) -> list[tuple[str | int, ...]]:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
    distinct = dict.fromkeys(paths)
    return [
        steps
        for steps in distinct
        if not any(steps[:length] in distinct for length in range(1, len(steps)))
    ]
