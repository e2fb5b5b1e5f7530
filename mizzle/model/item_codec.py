"""Entities and items: by generated code where they are as usual, by the codecs where they are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from mizzle.errors import ItemDecodeError
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

    @cached_property
    def _validate_all(self) -> Callable[..., list[Any]]:
        """Pydantic's validation of many at once; it takes a while to be made."""
        # Programs that read no page need not load it.
        from pydantic import TypeAdapter  # noqa: PLC0415

        page: Any = GenericAlias(list, (self._schema.cls,))
        adapter: TypeAdapter[Any] = TypeAdapter(page)
        validate: Callable[..., list[Any]] = adapter.validator.validate_python
        return validate

    def write(self, entity: Entity) -> Item:
        """Write an entity's own values, and make sure that they can be read back.

        Raises:
            pydantic.ValidationError: If the values do not validate.
            EncodingError: Naming class and field, if a value has another type than declared, cannot
                be stored, or would be read back as another one.
        """
        codec = self._schema.codec
        if self._encode is not None and self._decode is not None:
            try:
                item = self._encode(entity)
                read = self._validate(self._decode(item), by_alias=False, by_name=True)
            except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
                return codec.encode_checked(entity)
            codec.check_written(entity, item, read)
            return item
        return codec.encode_checked(entity)

    def read(self, item: Item) -> Entity:
        """Read an item.

        Raises:
            ItemDecodeError: If it does not validate.
        """
        if self._decode is not None:
            try:
                data = self._decode(item)
                entity: Entity = self._validate(data, by_alias=False, by_name=True)
            except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
                return self._by_codecs(item)
            remember_item(entity, item, self._schema.key_names)
            return entity
        return self._by_codecs(item)

    def read_all(self, items: Sequence[Item]) -> list[Entity | ItemDecodeError]:
        """Read many items; an `ItemDecodeError` stands for one that does not validate."""
        decode = self._decode
        if decode is None:
            return [self._outcome(item) for item in items]
        try:
            data = [decode(item) for item in items]
            found = self._validate_all(data, by_alias=False, by_name=True)
        except Exception:  # noqa: BLE001  # one of them is wrong; alone, each says what it is
            return [self._outcome(item) for item in items]
        names = self._schema.key_names
        for entity, item in zip(found, items, strict=True):
            remember_item(entity, item, names)
        return found

    def _outcome(self, item: Item) -> Entity | ItemDecodeError:
        try:
            return self.read(item)
        except ItemDecodeError as error:
            return error

    def _by_codecs(self, item: Item) -> Entity:
        schema = self._schema
        try:
            entity: Entity = schema.codec.validate(schema.fields_of(item))
        except Exception as error:  # a validator may raise whatever it likes
            raise schema.unreadable(item, error) from error
        remember_item(entity, item, schema.key_names)
        return entity
