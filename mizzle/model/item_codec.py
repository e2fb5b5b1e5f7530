"""Entities and items: by generated code where they are as usual, by the codecs where they are not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from mizzle.model.codecs.fields import Doubt, FieldCodec, OpaqueCodec, noting_doubts
from mizzle.model.codecs.generated import generate_codec
from mizzle.model.origins import ReadKey, remember_marks
from mizzle.model.table import WRITE_ID
from mizzle.request import Item

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
        attributes = schema.table.primary_key
        self._first, self._last = attributes[0].name, attributes[-1].name
        self._first_type, self._last_type = attributes[0].type, attributes[-1].type
        parts = [part for part in schema.primary.parts if part.template is not None]
        # Another program may have stored these in the key only.
        codec = self._codec = schema.codec
        generated = generate_codec(codec, {name for part in parts for name in part.fields})
        self.source = self._decode = self._encode = None
        self._is_certain = self._may_lose = False
        if generated is not None:
            self.source, self._encode, self._decode, self._is_certain, self._may_lose = generated
        if not all(map(_is_written_alike, schema.plain_key_fields())):
            self._encode = None
        cls: Any = schema.cls
        self._keep_key: Callable[[Any, ReadKey], None] = cls.__mizzle_key__.__set__
        self._validate: Callable[..., Any] = cls.__pydantic_validator__.validate_python
        self._is_compared = bool(codec.compared_fields())

    def write(self, entity: Entity) -> str | None:
        """Write an entity's own values, and make sure that they can be read back.

        Returns:
            The JSON of the attributes, with a comma before each; None if the entity is out of the
            ordinary, and only the codecs can write it or say what is wrong.
        """
        if self._encode is None:
            return None
        try:
            json: str = self._encode(entity) if self._is_certain else self._checked(entity)
            # What has no UTF-8 form cannot be sent.
            return json if json.isascii() or json.encode() else None
        except Exception:  # noqa: BLE001  # whatever it is, the codecs say it better
            return None

    def _checked(self, entity: Entity) -> str:
        doubts: Collection[Doubt] = ()
        assert self._encode is not None  # noqa: S101  # asked for by `write` only
        if self._may_lose:
            with noting_doubts() as doubts:
                json, stored = self._encode(entity)
        else:
            json, stored = self._encode(entity)
        read = self._validate(stored, by_alias=False, by_name=True)
        if self._is_compared or doubts:
            self._codec.compare(entity, read, doubts)
        found: str = json
        return found

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
            entity = self._by_codecs(item)
        first, last = item[self._first], item[self._last]
        try:
            # Through its slot: this is done for each item of a page.
            self._keep_key(entity, (first[self._first_type], last[self._last_type]))
        except KeyError:
            # The table is not what the program takes it for.
            self._keep_key(entity, {self._first: first, self._last: last})
        if WRITE_ID in item:
            remember_marks(entity, item)
        return entity

    def _by_codecs(self, item: Item) -> Entity:
        schema = self._schema
        try:
            entity: Entity = schema.codec.validate(schema.fields_of(item))
        except Exception as error:  # a validator may raise whatever it likes
            raise schema.unreadable(item, error) from error
        return entity


def _is_written_alike(field: FieldCodec) -> bool:
    """Tell whether a field that is a key attribute by itself is stored as the key is written."""
    is_omitted = field.excluded or field.excluded_if is not None
    # The serializer of a whole instance may look at its other fields.
    return not (is_omitted or isinstance(field.codec, OpaqueCodec))
