"""What the library knows of one entity: its table, its keys and its codec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mizzle.errors import DefinitionError, EncodingError, ItemDecodeError, StatementError
from mizzle.model.codecs import DocumentCodec, FieldCodec, document_codec
from mizzle.model.definition import access_keys
from mizzle.model.encoded_item import EncodedItem
from mizzle.model.item_codec import ItemCodec
from mizzle.model.key_writer import types_of
from mizzle.model.keys import AccessKey, KeyPart, KeyTemplate, key_templates, show_key
from mizzle.model.origins import read_key, read_marks
from mizzle.model.shared_keys import are_same, begin_alike, refuse_overlap
from mizzle.model.table import WRITE_IDS, Table
from mizzle.model.templates import suggest
from mizzle.request import AttributeValue, Item, to_json

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["EntitySchema", "register", "schema_of"]


class EntitySchema:
    """One entity's table, keys and codec.

    Attributes:
        cls: The entity's class.
        name: Its name in the table's type attribute.
        table: The table.
        primary: The primary key.
        indexes: The keys of the indexes that the entity's items are in, by index name.
        key_names: The names of the primary key's attributes.
        recipes: How selects of known shapes are planned.
        update_texts: What updates of known shapes say besides their values.
        projections: What reads a few fields, by their names.
        paths: The paths to its fields that have been followed before.
    """

    __slots__ = (
        "_ignored",
        "_items",
        "_kind",
        "_known",
        "_plain",
        "_plain_fields",
        "_shared",
        "_type",
        "cls",
        "indexes",
        "key_names",
        "name",
        "paths",
        "primary",
        "projections",
        "recipes",
        "table",
        "templates",
        "update_texts",
    )

    def __init__(self, cls: Any) -> None:
        table: Table = cls.__mizzle_table__
        self.cls: type[Entity] = cls
        self.name: str = cls.__mizzle_name__
        self.table = table
        self.templates: dict[str, KeyTemplate] = key_templates(cls)
        self.primary, self.indexes = access_keys(cls, table, self.templates)
        self._known: tuple[int, list[str]] = (0, [])
        self.key_names = tuple([part.name for part in self.primary.parts])
        self.recipes: dict[Any, Any] = {}
        self.update_texts: dict[Any, Any] = {}
        self.projections: dict[Any, Any] = {}
        self.paths: dict[Any, Any] = {}
        self._items: ItemCodec | None = None
        self._shared: dict[str | None, tuple[int, bool]] = {}
        self._kind = table.type_attribute or ""
        self._type: Item = {self._kind: {"S": self.name}} if self._kind else {}
        keys = (self.primary, *self.indexes.values())
        self._plain = [part for access in keys for part in access.parts if part.template is None]
        self._plain_fields: int | None = None
        self._ignored = frozenset(
            {key.name for key in table.key_attributes()} | {table.type_attribute or ""} | WRITE_IDS
        )

    @property
    def label(self) -> str:
        """What the entity is called in messages."""
        return self.cls.__name__

    @property
    def entity(self) -> type[Entity]:
        """The entity's class."""
        return self.cls

    @property
    def key_parts(self) -> tuple[KeyPart, ...]:
        """The parts of the primary key."""
        return self.primary.parts

    @property
    def codec(self) -> DocumentCodec:
        """The codec of the entity's fields, built at its first use."""
        return document_codec(self.cls)

    def type_names(self) -> list[str]:
        """List the entity's name and those of its subclasses in the same table."""
        # Asked of every item that is read, and changed only by a new class. Both at once, as several
        # threads may come here at the same time.
        count, names = self._known
        if count != len(self.table.entities):
            entities = dict(self.table.entities)
            names = [name for name, cls in entities.items() if issubclass(cls, self.cls)]
            self._known = (len(entities), names)
        return names

    @property
    def known_types(self) -> list[str]:
        """What the type attribute says of its items, as far as it is there."""
        return self.type_names()

    def describe(self, key: Mapping[str, AttributeValue]) -> str:
        """Write the entity's name and an item's key for a message."""
        return f"{self.cls.__name__}({show_key(key)})"

    def encode(self, entity: Entity) -> EncodedItem:
        """Write a whole item: fields, type and the keys of table and indexes.

        Whoever reads an item and puts it back keeps what it was marked with.

        Raises:
            pydantic.ValidationError: If the instance does not validate.
            EncodingError: If a value cannot be stored or cannot stand in a key.
        """
        values = entity.__dict__
        fields = (self._items or self.items).write(entity)
        if fields is None:
            return self._encode_by_codecs(entity)
        key, added = self._besides_fields(values)
        # These are written already, as the fields that they are.
        for part in self._plain:
            added.pop(part.name, None)
        json = f"{to_json(added)[:-1]}{fields}}}" if added else f"{{{fields[1:]}}}"
        marks = read_marks(entity) if self.table.write_ids else {}
        return EncodedItem(json, key, marks)

    def _encode_by_codecs(self, entity: Entity) -> EncodedItem:
        item = self.codec.encode_checked(entity)
        values = entity.__dict__
        for part in self._plain:
            if values[part.fields[0]] is None:
                item.pop(part.name, None)
        key, added = self._besides_fields(values)
        # Over whatever extra attributes and serializers have put there.
        item |= added
        marks: Item = {}
        if self.table.write_ids:
            marks = {name: item.pop(name) for name in WRITE_IDS if name in item}
            marks |= read_marks(entity)
        return EncodedItem(to_json(item), key, marks)

    def _besides_fields(self, values: Mapping[str, Any]) -> tuple[Item, Item]:
        """Write the primary key, and all that an item has besides its fields, the key included."""
        key = self.encode_key(values)
        found: Item = {}
        for access in self.indexes.values():
            try:
                found |= access.encode(values) or {}
            except EncodingError as error:
                raise self._named(error) from error
        return key, {**found, **key, **self._type}

    def plain_key_fields(self) -> Iterator[FieldCodec]:
        """Give the fields that are key attributes by themselves."""
        return (self.codec.fields[name] for part in self._plain for name in part.fields)

    def encode_key(self, values: Mapping[str, Any]) -> Item:
        """Write the primary key for these field values.

        Raises:
            EncodingError: If a value cannot stand in the key.
        """
        try:
            key = self.primary.encode(values)
        except EncodingError as error:
            raise self._named(error) from error
        if key is None:
            missing = [name for name in self.primary.fields if values[name] is None]
            message = f"{self.cls.__name__}.{missing[0]} is part of the primary key and is None"
            raise EncodingError(message)
        return key

    def primary_of(self, item: Item) -> Item:
        """Take the primary key's attributes out of an item."""
        return {name: item[name] for name in self.key_names}

    def key_of(self, entity: Entity) -> Item:
        """Give the key that an entity was read with, or the one its fields make."""
        held = read_key(entity)
        if held is None:
            return self.encode_key(entity.__dict__)
        if isinstance(held, dict):
            return held
        # Of a key without a sort key, the only value stands twice.
        pairs = zip(self.table.primary_key, held, strict=False)
        return {attribute.name: {attribute.type: raw} for attribute, raw in pairs}

    def key_from(self, given: dict[str, Any]) -> tuple[Item, dict[str, Any]]:
        """Write the primary key from key fields that a caller named.

        Args:
            given: Their values, by name; handed back if there is nothing to change.

        Returns:
            The key attributes and the validated values.

        Raises:
            StatementError: If a key field is missing or a keyword is no key field.
            pydantic.ValidationError: If a value has the wrong type.
        """
        fields = self.primary.fields
        if self._plain_fields is None:
            self._plain_fields = self._count_plain_fields()
        if len(given) == self._plain_fields:
            try:
                key = self.primary.as_usual(given)
            except Exception:  # noqa: BLE001  # whatever it is, it is said below
                key = None
            if key is not None:
                is_ordered = tuple(given) == fields
                return key, given if is_ordered else {name: given[name] for name in fields}
        names = ", ".join(fields)
        for name in given:
            if name not in fields:
                message = (
                    f"{self.cls.__name__} has no key field {name!r}"
                    f"{suggest(name, fields)}. Its key fields are: {names}."
                )
                raise StatementError(message)
        missing = [name for name in fields if name not in given]
        if missing:
            message = (
                f"the key of {self.cls.__name__} needs {', '.join(missing)}. "
                f"Its key fields are: {names}."
            )
            raise StatementError(message)
        values = {name: self.codec.fields[name].validate(given[name]) for name in fields}
        return self.encode_key(values), values

    def _count_plain_fields(self) -> int:
        """Tell how many key fields are given where nothing is to be checked: all, or -1 for never.

        The key's function takes only values that are valid, or there is more to check.
        """
        fields, types = self.codec.fields, types_of(self.primary.parts)
        are_plain = all(
            kind is not None and fields[name].plain_type is kind for name, kind in types.items()
        )
        return len(self.primary.fields) if are_plain else -1

    def codec_of(self, owner: type, path: object) -> DocumentCodec:
        """Find the codec of the class that an attribute path starts from.

        Raises:
            StatementError: If that is neither the entity, nor a base or subclass of it.
        """
        # Asked of every condition; `issubclass` is slow for classes of Pydantic's.
        if owner is self.cls or issubclass(self.cls, owner):
            return self.codec
        if issubclass(owner, self.cls):
            from_subclass: EntitySchema = owner.__dict__["__mizzle_schema__"]
            return from_subclass.codec
        message = f"{path} is not an attribute of {self.cls.__name__}"
        raise StatementError(message)

    def access_named(self, key: Any, *, is_consistent: bool) -> AccessKey:
        """Find the key that a select asks for.

        Args:
            key: A key of the class, such as `User.by_email`, or the name of an index.
            is_consistent: Whether it has to be read consistently.

        Raises:
            StatementError: If the entity has no such key, or it cannot be read so.
        """
        if isinstance(key, KeyTemplate) and key not in self.templates.values():
            known = ", ".join(self.templates) or "none"
            message = f"{key.attribute} is not a key of {self.cls.__name__}; its keys are: {known}"
            raise StatementError(message)
        if isinstance(key, KeyTemplate) and key.index is None:
            return self.primary
        name: Any = key.index if isinstance(key, KeyTemplate) else key
        access = self.indexes.get(name)
        if access is None or access.index is None:
            known = ", ".join(self.indexes) or "none"
            message = (
                f"{self.cls.__name__} has no key in an index {name!r}; its indexes are: {known}"
            )
            raise StatementError(message)
        if is_consistent and not access.index.local:
            message = f"index {name} is global, and DynamoDB reads those eventually consistent only"
            raise StatementError(message)
        return access

    def is_optional(self, name: str) -> bool:
        """Tell whether a field can be None, in the entity or in one of its subclasses."""
        return any(schema.codec.fields[name].codec.nullable for schema in self._family())

    def is_left_out(self, name: str) -> bool:
        """Tell whether a field's attribute is absent where the field is None."""
        return all(schema.codec.fields[name].null_is_absent for schema in self._family())

    def _family(self) -> list[EntitySchema]:
        """List the schemas of the entity and its subclasses."""
        names = self.type_names()
        if len(names) == 1:
            return [self]
        return [schema_of(self.table.entities[name]) for name in names]

    def fields_in_keys(self, access: AccessKey) -> tuple[str, ...]:
        """List the fields that can be read back from the attributes of the primary and another key."""
        parts = (*self.primary.parts, *access.parts)
        found = [name for part in parts if part.template is not None for name in part.fields]
        return tuple(dict.fromkeys(found))

    @property
    def read_from_keys(self) -> frozenset[str]:
        """The attributes that other programs may have stored in the primary key only."""
        if self.table.type_attribute is not None:
            return frozenset()
        fields = self.codec.fields
        return frozenset(fields[name].attribute for name in self.fields_in_keys(self.primary))

    def is_partial(self, access: AccessKey | None) -> bool:
        """Tell whether items that are read by a key may hold fields in key attributes only."""
        index = access.index if access is not None else None
        return (index is not None and index.projection != "ALL") or bool(self.read_from_keys)

    def whole_attributes(self) -> frozenset[str] | None:
        """List the attributes that an item of the entity can have; None if nobody can tell."""
        codecs = [schema.codec for schema in self._family()]
        if any(codec.keeps_extra for codec in codecs):
            return None
        return frozenset(attribute for codec in codecs for attribute in codec.by_attribute)

    def shares(self, access: AccessKey) -> bool:
        """Tell whether other entities can have keys that begin like this one's."""
        where = access.index.name if access.index is not None else None
        count, found = self._shared.get(where, (0, False))
        if count != len(self.table.entities):
            others = [
                cls for cls in dict(self.table.entities).values() if not issubclass(cls, self.cls)
            ]
            count, found = len(self.table.entities), any(_shares(access, cls) for cls in others)
            self._shared[where] = count, found
        return found

    def counterpart(self, access: AccessKey) -> AccessKey | None:
        """Find the entity's key in the table or index of another key."""
        return self.primary if access.index is None else self.indexes.get(access.index.name)

    def differing(self, access: AccessKey) -> list[str]:
        """Name the subclasses that have another key than this one in the same table or index."""
        return [schema.label for schema in self._family() if not _has_key(schema, access)]

    def completed(self, item: Item, access: AccessKey | None) -> Item:
        """Add the fields that an item holds only in its key attributes."""
        fields = self.codec.fields
        found = dict(item)
        for part in (*self.primary.parts, *(access.parts if access else ())):
            if part.template is None or part.name not in item:
                continue
            missing = [name for name in part.fields if fields[name].attribute not in found]
            values = (part.decode(item[part.name]) if missing else None) or {}
            for name in values.keys() & set(missing):
                found[fields[name].attribute] = fields[name].encode(values[name])
        return found

    def owns(self, item: Item) -> bool:
        """Tell whether an item is of this entity or of one of its subclasses."""
        kind = item.get(self._kind)
        if kind is not None:
            return kind.get("S") in self.type_names()
        return self.primary.matches(item)

    def read(self, item: Item) -> Entity | None:
        """Read an item; None if it is of another entity.

        Raises:
            ItemDecodeError: If the item does not validate.
        """
        kind = item.get(self._kind)
        if kind is not None and kind.get("S") == self.name:
            return (self._items or self.items).read(item)
        return self.decode(item) if self.owns(item) else None

    @property
    def decode(self) -> Callable[[Item], Entity]:
        """What reads items that the entity owns; a subclass's item becomes the subclass.

        It raises `ItemDecodeError` if an item does not validate. Asked for once for many items, of which none need
        be looked at where there are no subclasses.
        """
        return self.items.read if len(self.type_names()) == 1 else self._decode_any

    def _decode_any(self, item: Item) -> Entity:
        return self._schema_for(item).items.read(item)

    @property
    def items(self) -> ItemCodec:
        """What writes and reads its items, made at its first use."""
        if self._items is None:
            self._items = ItemCodec(self)
        return self._items

    def fields_of(self, item: Item) -> dict[str, Any]:
        """Read the fields of an item by the codecs, from the key what is stored nowhere else.

        Raises:
            EncodingError: If a value is not an attribute value.
        """
        data = self.codec.decode_fields(item, self._ignored)
        for part in self.primary.parts:
            if part.template is not None and any(name not in data for name in part.fields):
                data |= {**(part.decode(item[part.name]) or {}), **data}
        return data

    def unreadable(self, item: Item, error: Exception) -> ItemDecodeError:
        """Say that an item does not validate."""
        key = self.primary_of(item)
        message = (
            f"{self.describe(key)}: the stored item does not validate. {_details(error)} "
            "Read it as it is from the error's `item`."
        )
        found = ItemDecodeError(message, entity=self.cls, key=key, item=item)
        found.__cause__ = error
        return found

    def _schema_for(self, item: Item) -> EntitySchema:
        """Find the schema of the entity or the subclass that an item is of."""
        kind = item.get(self._kind, {}).get("S")
        cls = self.table.entities.get(kind, self.cls) if kind else self.cls
        return self if cls is self.cls else schema_of(cls)

    def _named(self, error: EncodingError) -> EncodingError:
        return EncodingError(f"{self.cls.__name__}.{error}")


def schema_of(cls: Any) -> EntitySchema:
    """Give the schema of an entity, completing it at its first use.

    Raises:
        StatementError: If `cls` is not an entity with a table.
        DefinitionError: If the class waits for a type that does not exist.
    """
    # Asked at every step, so first as directly as can be.
    try:
        known: EntitySchema = cls.__dict__["__mizzle_schema__"]
    except (AttributeError, KeyError):
        return _schema_of(cls)
    return known


def _schema_of(cls: Any) -> EntitySchema:
    if not isinstance(cls, type) or getattr(cls, "__mizzle_table__", None) is None:
        shown = cls.__name__ if isinstance(cls, type) else f"an instance of {type(cls).__name__}"
        message = (
            f"expected the class of an entity with a table (class User(Entity, table=...)), "
            f"got {shown}"
        )
        raise StatementError(message)
    entity: Any = cls
    if not entity.__pydantic_complete__ and not entity.model_rebuild(raise_errors=False):
        message = f"{entity.__name__}: a type in its annotations is not defined yet"
        raise DefinitionError(message)
    return _complete(entity)


def register(cls: Any) -> None:
    """Add a new entity to its table, refusing what does not fit.

    Raises:
        DefinitionError: See promise K1: names, templates and overlaps.
    """
    table: Table = cls.__mizzle_table__
    name: str = cls.__mizzle_name__
    other = table.entities.get(name)
    if other is not None:
        message = (
            f"{cls.__name__}: {table!r} has an entity named {name!r} already "
            f'({other.__module__}.{other.__qualname__}). Give this one another: name="..."'
        )
        raise DefinitionError(message)
    if cls.__pydantic_complete__:
        _complete(cls)
    else:
        access_keys(cls, table, key_templates(cls), names_only=True)
    table.entities[name] = cls


def _complete(cls: Any) -> EntitySchema:
    schema = EntitySchema(cls)
    for other in schema.table.entities.values():
        if other is not cls:
            refuse_overlap(schema, other)
    type.__setattr__(cls, "__mizzle_schema__", schema)
    return schema


def _shares(access: AccessKey, cls: Any) -> bool:
    """Tell whether another entity can have keys in a table or index that begin like these."""
    schema: EntitySchema | None = cls.__dict__.get("__mizzle_schema__")
    if schema is None:
        # It waits for a type that is not defined yet: its keys are not known.
        return True
    other = schema.counterpart(access)
    return other is not None and begin_alike(access, other)


def _has_key(schema: EntitySchema, access: AccessKey) -> bool:
    other = schema.counterpart(access)
    return other is not None and are_same(access, other)


def _details(error: Exception) -> str:
    if isinstance(error, EncodingError):
        return f"{error}."
    if not isinstance(error, ValidationError):
        # Its text may show the values, which may be secret.
        return f"A validator raised {type(error).__name__}."
    # Pydantic's own text shows the values, which may be secret; they are in `__cause__`.
    found = [
        f"{'.'.join(map(str, e['loc'])) or 'item'}: {e['msg']}"
        for e in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return "; ".join(found) + "."
