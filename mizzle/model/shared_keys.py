"""What the keys of two entities of one table have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mizzle.errors import DefinitionError
from mizzle.model.keys import AccessKey, KeyPart, KeyTemplate, key_templates

if TYPE_CHECKING:
    from mizzle.model.schema import EntitySchema

__all__ = ["are_same", "begin_alike", "refuse_overlap"]


def are_same(mine: AccessKey, theirs: AccessKey) -> bool:
    """Tell whether two keys are made alike."""
    return _texts(mine) == _texts(theirs)


def begin_alike(mine: AccessKey, theirs: AccessKey) -> bool:
    """Tell whether keys of the same table or index can begin alike."""
    pairs = zip(mine.parts, theirs.parts, strict=True)
    return all(_may_begin_alike(_literal(a), _literal(b)) for a, b in pairs)


def refuse_overlap(schema: EntitySchema, other: Any) -> None:
    """Refuse an entity whose primary key can be that of another one of the table.

    Raises:
        DefinitionError: If some key could be of both, unless they are of one family.
    """
    theirs: EntitySchema | None = other.__dict__.get("__mizzle_schema__")
    if theirs is None or _root(schema.cls) is _root(other):
        return
    pairs = zip(schema.primary.parts, theirs.primary.parts, strict=True)
    if all(_parts_overlap(a, b) for a, b in pairs):
        message = (
            f"{schema.cls.__name__}: its primary key can be that of a {other.__name__} of the same "
            "table. Begin one of the templates with a text of its own, such as "
            f'"{schema.name.upper()}#...".'
        )
        raise DefinitionError(message)


def _texts(access: AccessKey) -> list[Any]:
    return [part.template.text if part.template else part.fields for part in access.parts]


def _may_begin_alike(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _literal(part: KeyPart) -> str:
    return part.template.literal_prefix if part.template is not None else ""


def _parts_overlap(a: KeyPart, b: KeyPart) -> bool:
    if a.template is None or b.template is None:
        return True
    return a.template.overlaps(b.template)


def _root(cls: Any) -> Any:
    """Find the entity that a family of subclasses shares its primary key with."""
    mine = _primary(cls)
    family = [
        base
        for base in cls.__mro__
        if getattr(base, "__mizzle_table__", None) is cls.__mizzle_table__
        and _primary(base) is mine
    ]
    return family[-1]


def _primary(cls: Any) -> KeyTemplate | None:
    return next((v for v in key_templates(cls).values() if v.index is None), None)
