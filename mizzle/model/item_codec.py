"""Entities and items: by generated code where they are as usual, by the codecs where they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mizzle.model.codecs.generated import generate_codec
from mizzle.model.origins import remember_item
from mizzle.request import Item, to_json

if TYPE_CHECKING:
    from mizzle.model.entity import Entity
    from mizzle.model.schema import EntitySchema

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
        self._keys = schema.key_names
        parts = [part for part in schema.primary.parts if part.template is not None]
        # Another program may have stored these in the key only.
        generated = generate_codec(schema.codec, {name for part in parts for name in part.fields})
        self.source = self._decode = self._encode = None
        self._is_certain = False
        if generated is not None:
            self.source, self._encode, self._decode, self._is_certain = generated
        cls: Any = schema.cls
        self._validate: Callable[..., Any] = cls.__pydantic_validator__.validate_python
        codec = schema.codec
        self._compare = codec.compare if codec.compared_fields() else None

    def write(self, entity: Entity) -> str:
        """Write an entity's own values, and make sure that they can be read back.

        Returns:
            The JSON of the attributes, with a comma before each.

        Raises:
            pydantic.ValidationError: If the values do not validate.
            EncodingError: Naming class and field, if a value has another type than declared, cannot
                be stored, or would be read back as another one.
        """
        written = self._write_as_usual(entity)
        if written is not None:
            return written
        item = self._schema.codec.encode_checked(entity)
        return "".join([f",{to_json(name)}:{to_json(value)}" for name, value in item.items()])

    def _write_as_usual(self, entity: Entity) -> str | None:
        """Write an entity; None if it is out of the ordinary."""
        if self._encode is None:
            return None
        try:
            if self._is_certain:
                json = self._encode(entity)
            else:
                json, stored = self._encode(entity)
                read = self._validate(stored, by_alias=False, by_name=True)
                if self._compare is not None:
                    self._compare(entity, read)
            # What has no UTF-8 form cannot be sent.
            return json if json.isascii() or json.encode() else None
        except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
            return None

    def read(self, item: Item) -> Entity:
        """Read an item.

        Raises:
            ItemDecodeError: If it does not validate.
        """
        entity: Entity | None = None
        if self._decode is not None:
            try:
                entity = self._validate(self._decode(item), by_alias=False, by_name=True)
            except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
                entity = None
        if entity is None:
            return self._by_codecs(item)
        remember_item(entity, item, self._keys)
        return entity

    def _by_codecs(self, item: Item) -> Entity:
        schema = self._schema
        try:
            entity: Entity = schema.codec.validate(schema.fields_of(item))
        except Exception as error:  # a validator may raise whatever it likes
            raise schema.unreadable(item, error) from error
        remember_item(entity, item, self._keys)
        return entity
