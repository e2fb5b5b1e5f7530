"""The values of a few fields, read by generated code where they are as usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mizzle.model.codecs.generated import generate_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mizzle.model.codecs import DocumentCodec, FieldCodec
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Item

__all__ = ["ProjectionCodec", "projection_codec"]

_MOST_PROJECTIONS = 1_000


class ProjectionCodec:
    """Reads some fields of an entity's items.

    Args:
        document: The entity's codec.
        names: The fields.

    Attributes:
        source: The source of the generated code.
    """

    def __init__(self, document: DocumentCodec, names: Sequence[str]) -> None:
        self._names = names
        self.source, self._decode = generate_reader(document, names)
        fields = [document.fields[name] for name in names]
        self._validate = document.validator_of(fields).validate_python

    def read(self, item: Item) -> tuple[Any, ...] | None:
        """Read the fields' values; None if they are out of the ordinary, or wrong."""
        try:
            values = self._validate(self._decode(item), by_alias=False, by_name=True)[0]
            return tuple([values[name] for name in self._names])
        except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
            return None


def projection_codec(schema: EntitySchema, names: tuple[str, ...]) -> ProjectionCodec | None:
    """Give what reads some fields of an entity; None if each has to be read by itself.

    It is made once for the same fields.
    """
    known: dict[Any, ProjectionCodec | None] = schema.projections
    if names not in known:
        fields = [schema.codec.fields[name] for name in names]
        is_usual = not schema.codec.strict and all(map(_is_usual, fields))
        if len(known) >= _MOST_PROJECTIONS:
            known.clear()
        known[names] = ProjectionCodec(schema.codec, names) if is_usual else None
    return known[names]


def _is_usual(field: FieldCodec) -> bool:
    """Tell whether a field's value depends on nothing but what is stored of it."""
    schema: Any = field.schema
    default: dict[str, Any] = schema if schema["type"] == "default" else {}
    depends = default.get("validate_default") or default.get("default_factory_takes_data")
    # A validator of the user's may look at the other fields.
    return not (depends or field.has_functions or field.empty is not None)
