"""Entities and items: by generated code where they are as usual, by the codecs where they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mizzle.model.codecs.generated import generate_codec
from mizzle.model.origins import remember_item

if TYPE_CHECKING:
    from mizzle.model.entity import Entity
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Item

__all__ = ["ItemCodec"]


class ItemCodec:
    """Writes and reads items of one entity.

    Args:
        schema: The entity.

    Attributes:
        source: The source of the generated code; None if only the codecs can read the entity.
    """

    def __init__(self, schema: EntitySchema) -> None:
        self._schema = schema
        parts = [part for part in schema.primary.parts if part.template is not None]
        # Another program may have stored these in the key only.
        generated = generate_codec(schema.codec, {name for part in parts for name in part.fields})
        self.source = self._decode = self._encode = None
        if generated is not None:
            self.source, self._encode, self._decode = generated
        cls: Any = schema.cls
        self._validate: Callable[..., Any] = cls.__pydantic_validator__.validate_python

    def write(self, entity: Entity) -> Item:
        """Write an entity's own values, and make sure that they can be read back.

        Raises:
            pydantic.ValidationError: If the values do not validate.
            EncodingError: Naming class and field, if a value has another type than declared, cannot
                be stored, or would be read back as another one.
        """
        codec = self._schema.codec
        written = self._write_as_usual(entity)
        if written is None:
            return codec.encode_checked(entity)
        codec.check_written(entity, *written)
        return written[0]

    def _write_as_usual(self, entity: Entity) -> tuple[Item, Entity] | None:
        """Write an entity, and read it back; None if it is out of the ordinary."""
        if self._encode is None or self._decode is None:
            return None
        try:
            item: Item = self._encode(entity)
            return item, self._validate(self._decode(item), by_alias=False, by_name=True)
        except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
            return None

    def read(self, item: Item) -> Entity:
        """Read an item.

        Raises:
            ItemDecodeError: If it does not validate.
        """
        entity = self._read_as_usual(item)
        if entity is None:
            return self._by_codecs(item)
        remember_item(entity, item, self._schema.key_names)
        return entity

    def _read_as_usual(self, item: Item) -> Entity | None:
        if self._decode is None:
            return None
        try:
            entity: Entity = self._validate(self._decode(item), by_alias=False, by_name=True)
        except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
            return None
        return entity

    def _by_codecs(self, item: Item) -> Entity:
        schema = self._schema
        try:
            entity: Entity = schema.codec.validate(schema.fields_of(item))
        except Exception as error:  # a validator may raise whatever it likes
            raise schema.unreadable(item, error) from error
        remember_item(entity, item, schema.key_names)
        return entity
