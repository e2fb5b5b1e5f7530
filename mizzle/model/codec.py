"""Codecs of a model's fields, compiled from Pydantic's core schema.

A codec knows how one type is stored: it encodes values of that type and refuses others, and decodes
attribute values to what Pydantic then validates. What it does not know, or what the user serializes
in a way of their own, goes through Pydantic's serializer instead.

See: https://docs.pydantic.dev/latest/api/pydantic_core_schema/
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import (
    PydanticSerializationError,
    PydanticUndefined,
    SchemaSerializer,
    SchemaValidator,
)

from mizzle.errors import EncodingError
from mizzle.limits import MAX_NESTING
from mizzle.request import AttributeValue, Item
from mizzle.values_lead import (
    decode_value,
    encode_set,
    encode_value,
    map_key_text,
    parse_number,
    timedelta_from,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["Codec", "DocumentCodec", "FieldCodec", "document_codec"]

Schema = Mapping[str, Any]

_ALL_TAGS = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"})
_SET_TAGS = frozenset({"SS", "NS", "BS", "L"})


class CodecMismatch(EncodingError):
    """A value is not of the type that its field declares."""


class Codec:
    """How the values of one type are stored.

    Attributes:
        tags: The wire types that a value may be stored as.
        ordered: Whether DynamoDB orders the stored values as Python orders the values.
        nullable: Whether None is a value.
        element: The codec of the members of a list, a set or a map; None for everything else.
        takes_text: Whether the values are text as the user wrote it.
    """

    __slots__ = ("_validator", "source")

    tags: frozenset[str] = _ALL_TAGS
    ordered = False
    nullable = False
    element: Codec | None = None
    takes_text = False

    def __init__(self, source: _Source) -> None:
        self.source = source
        self._validator: SchemaValidator | None = None

    def encode(self, value: Any) -> AttributeValue:
        """Encode a value of this type.

        Raises:
            EncodingError: If the value is of another type, or cannot be stored.
        """
        raise NotImplementedError

    def decode(self, value: AttributeValue) -> Any:
        """Decode an attribute value to what Pydantic validates; of another type, as it is."""
        return decode_value(value)

    def member(self, name: str) -> FieldCodec | None:
        """Find the field of a document."""
        del name
        return None

    def validate(self, value: Any) -> Any:
        """Let Pydantic validate one value.

        Raises:
            pydantic.ValidationError: If it does not validate.
        """
        if self._validator is None:
            self._validator = self.source.validator()
        return self._validator.validate_python(value, by_alias=False, by_name=True)


class _Source:
    """A part of a core schema, with the definitions that its references point into."""

    __slots__ = ("config", "definitions", "schema")

    def __init__(
        self, schema: Schema, definitions: Mapping[str, Schema], config: Mapping[str, Any]
    ) -> None:
        self.schema = schema
        self.definitions = definitions
        self.config = config

    def part(self, schema: Schema) -> _Source:
        """Take a part of this part."""
        return _Source(schema, self.definitions, self.config)

    def validator(self) -> SchemaValidator:
        """Build Pydantic's validator of this part."""
        return SchemaValidator(self._closed(self.schema), self.config or None)  # type: ignore[arg-type]  # the shape is Pydantic's own

    def serializer(self) -> SchemaSerializer:
        """Build Pydantic's serializer of this part."""
        return SchemaSerializer(self._closed(self.schema), self.config or None)  # type: ignore[arg-type]  # the shape is Pydantic's own

    def field_validator(self, name: str) -> SchemaValidator:
        """Build a validator of one field, as part of a model: its validators see `info.data`."""
        fields = {"type": "model-fields", "fields": {name: self.schema}, "model_name": "update"}
        return SchemaValidator(self._closed(fields), self.config or None)  # type: ignore[arg-type]  # the shape is Pydantic's own

    def _closed(self, schema: Schema) -> Schema:
        if not self.definitions:
            return schema
        definitions = list(self.definitions.values())
        return {"type": "definitions", "schema": schema, "definitions": definitions}


class _Scalar(Codec):
    """A type that is stored as one text, number, binary or flag."""

    __slots__ = ("_decode", "_name", "_refused", "_types", "ordered", "tags", "takes_text")

    def __init__(
        self,
        source: _Source,
        tag: str,
        types: tuple[type, ...],
        decode: Callable[[Any], Any],
        *,
        refused: tuple[type, ...] = (),
    ) -> None:
        super().__init__(source)
        self.tags = frozenset({tag})
        self.ordered = tag != "BOOL"
        self.takes_text = types[0] in {str, bytes}
        self._name = types[0].__name__
        self._types = types
        self._refused = refused
        self._decode = decode

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, self._types) or isinstance(value, self._refused):
            raise _mismatch(self._name, value)
        return encode_value(value)

    def decode(self, value: AttributeValue) -> Any:
        ((tag, raw),) = value.items()
        if tag not in self.tags:
            return decode_value(value)
        try:
            return self._decode(raw)
        except (ValueError, ArithmeticError):
            # Not of this type: Pydantic says so, with the field's name.
            return raw


class _Any(Codec):
    """Whatever JSON can hold, by its own type."""

    __slots__ = ()

    nullable = True

    def encode(self, value: Any) -> AttributeValue:
        return encode_value(value)


class _Null(Codec):
    """None, and nothing else."""

    __slots__ = ()

    tags = frozenset({"NULL"})
    nullable = True

    def encode(self, value: Any) -> AttributeValue:
        if value is not None:
            raise _mismatch("None", value)
        return {"NULL": True}


class _Opaque(Codec):
    """A type that only Pydantic knows how to serialize."""

    __slots__ = ("_serializer",)

    nullable = True

    def __init__(self, source: _Source) -> None:
        super().__init__(source)
        self._serializer: SchemaSerializer | None = None

    def encode(self, value: Any) -> AttributeValue:
        if self._serializer is None:
            self._serializer = self.source.serializer()
        return encode_dumped(lambda mode: self._serializer.to_python(value, mode=mode))  # type: ignore[union-attr]  # set above


class _Choice(Codec):
    """An enum's members or a literal's values."""

    __slots__ = ("_by_wire", "_members", "_name", "ordered", "tags", "takes_text")

    def __init__(self, source: _Source, name: str, members: Iterable[Any]) -> None:
        super().__init__(source)
        self._name = name
        self._members = list(members)
        wires = [encode_value(member) for member in self._members]
        self._by_wire = {str(w): m for w, m in zip(wires, self._members, strict=True)}
        self.tags = frozenset(tag for wire in wires for tag in wire)
        self.ordered = self.tags <= {"S"} or self.tags <= {"N"}
        self.takes_text = self.tags == {"S"}

    def encode(self, value: Any) -> AttributeValue:
        for member in self._members:
            if value is member or (type(value) is type(member) and value == member):
                return encode_value(member)
            # `use_enum_values` keeps values instead of members.
            if isinstance(member, Enum) and not isinstance(value, Enum) and value == member.value:
                return encode_value(member)
        raise _mismatch(self._name, value)

    def decode(self, value: AttributeValue) -> Any:
        found = self._by_wire.get(str(value), self)
        return decode_value(value) if found is self else found


class _Nullable(Codec):
    """Another type, or None."""

    __slots__ = ("_inner", "element", "ordered", "tags", "takes_text")

    nullable = True

    def __init__(self, source: _Source, inner: Codec) -> None:
        super().__init__(source)
        self._inner = inner
        self.tags = inner.tags | {"NULL"}
        self.ordered = inner.ordered
        self.element = inner.element
        self.takes_text = inner.takes_text

    def encode(self, value: Any) -> AttributeValue:
        return {"NULL": True} if value is None else self._inner.encode(value)

    def decode(self, value: AttributeValue) -> Any:
        return None if "NULL" in value else self._inner.decode(value)

    def member(self, name: str) -> FieldCodec | None:
        return self._inner.member(name)


class _List(Codec):
    """A list, or a tuple of any length."""

    __slots__ = ("_make", "element")

    tags = frozenset({"L"})

    def __init__(self, source: _Source, element: Codec, make: Callable[[list[Any]], Any]) -> None:
        super().__init__(source)
        self.element: Codec = element
        self._make = make

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, list | tuple):
            raise _mismatch("list", value)
        encode = self.element.encode
        return {"L": [encode(member) for member in value]}

    def decode(self, value: AttributeValue) -> Any:
        if "L" not in value:
            return decode_value(value)
        decode = self.element.decode
        return self._make([decode(member) for member in value["L"]])


class _Tuple(Codec):
    """A tuple whose positions have types of their own."""

    __slots__ = ("_items", "_variadic", "element")

    tags = frozenset({"L"})

    def __init__(self, source: _Source, items: list[Codec], variadic: int | None) -> None:
        super().__init__(source)
        self._items = items
        self._variadic = variadic
        # Paths into a tuple see any of its types.
        self.element: Codec = _Any(source.part({"type": "any"}))

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, list | tuple):
            raise _mismatch("tuple", value)
        codecs = self._spread(len(value))
        if len(codecs) != len(value):
            raise _mismatch(f"tuple of {len(self._items)}", value)
        return {"L": [c.encode(member) for c, member in zip(codecs, value, strict=True)]}

    def decode(self, value: AttributeValue) -> Any:
        raw = value.get("L")
        codecs = self._spread(len(raw)) if raw is not None else []
        if raw is None or len(codecs) != len(raw):
            return decode_value(value)
        return tuple(c.decode(member) for c, member in zip(codecs, raw, strict=True))

    def _spread(self, length: int) -> list[Codec]:
        if self._variadic is None:
            return self._items
        at = self._variadic
        repeated = length - len(self._items) + 1
        return self._items[:at] + [self._items[at]] * repeated + self._items[at + 1 :]


class _Set(Codec):
    """A set or a frozenset."""

    __slots__ = ("_make", "element")

    tags = _SET_TAGS

    def __init__(self, source: _Source, element: Codec, make: Callable[[list[Any]], Any]) -> None:
        super().__init__(source)
        self.element: Codec = element
        self._make = make

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, set | frozenset):
            raise _mismatch("set", value)
        return encode_set(map(self.element.encode, value))

    def decode(self, value: AttributeValue) -> Any:
        ((tag, raw),) = value.items()
        if tag not in _SET_TAGS:
            return decode_value(value)
        members = raw if tag == "L" else [{tag[0]: member} for member in raw]
        decoded = [self.element.decode(member) for member in members]
        try:
            return self._make(decoded)
        except TypeError:
            # Members such as documents become hashable only when Pydantic has made them.
            return decoded


class _Map(Codec):
    """A dict, whose keys are stored as text."""

    __slots__ = ("_keys", "element")

    tags = frozenset({"M"})

    def __init__(self, source: _Source, keys: Codec, element: Codec) -> None:
        super().__init__(source)
        self._keys = keys
        self.element: Codec = element

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, Mapping):
            raise _mismatch("dict", value)
        keys = list(map(map_key_text, value))
        if len(set(keys)) < len(keys):
            message = "two keys of the map are stored as the same text"
            raise EncodingError(message)
        members = map(self.element.encode, value.values())
        return {"M": dict(zip(keys, members, strict=True))}

    def decode(self, value: AttributeValue) -> Any:
        if "M" not in value:
            return decode_value(value)
        decode = self.element.decode
        return {self._key(name): decode(member) for name, member in value["M"].items()}

    def _key(self, text: str) -> Any:
        tag = "N" if "N" in self._keys.tags and "S" not in self._keys.tags else "S"
        try:
            return self._keys.decode({tag: text})
        except (ValueError, ArithmeticError, EncodingError):
            return text


class _Lazy(Codec):
    """A reference to a definition, which may contain itself."""

    __slots__ = ("_build", "_built")

    def __init__(self, source: _Source, build: Callable[[], Codec]) -> None:
        super().__init__(source)
        self._build = build
        self._built: Codec | None = None

    @property
    def _codec(self) -> Codec:
        if self._built is None:
            self._built = self._build()
        return self._built

    @property
    def tags(self) -> frozenset[str]:  # type: ignore[override]  # known when the definition is
        return self._codec.tags

    @property
    def ordered(self) -> bool:  # type: ignore[override]  # likewise
        return self._codec.ordered

    @property
    def nullable(self) -> bool:  # type: ignore[override]  # likewise
        return self._codec.nullable

    @property
    def element(self) -> Codec | None:  # type: ignore[override]  # likewise
        return self._codec.element

    @property
    def fields(self) -> Mapping[str, FieldCodec]:
        """The fields of a document."""
        return getattr(self._codec, "fields", {})

    def encode(self, value: Any) -> AttributeValue:
        return self._codec.encode(value)

    def decode(self, value: AttributeValue) -> Any:
        return self._codec.decode(value)

    def member(self, name: str) -> FieldCodec | None:
        return self._codec.member(name)


class _Union(Codec):
    """One of several types, told apart by what is stored."""

    __slots__ = ("_choices", "tags")

    def __init__(self, source: _Source, choices: list[Codec]) -> None:
        super().__init__(source)
        self._choices = choices
        self.tags = frozenset().union(*(choice.tags for choice in choices))

    @property
    def nullable(self) -> bool:  # type: ignore[override]  # known from the choices
        return any(choice.nullable for choice in self._choices)

    def encode(self, value: Any) -> AttributeValue:
        for choice in self._choices:
            try:
                return choice.encode(value)
            except CodecMismatch:
                continue
        raise _mismatch("one of the union's types", value)

    def decode(self, value: AttributeValue) -> Any:
        ((tag, raw),) = value.items()
        fitting = [choice for choice in self._choices if tag in choice.tags]
        # Text is the last resort: what reads as a UUID or a date was one.
        fitting.sort(key=lambda choice: choice.takes_text)
        for choice in fitting:
            if isinstance(choice, DocumentCodec) and not choice.fits(raw):
                continue
            decoded = choice.decode(value)
            if choice.takes_text or not isinstance(decoded, str):
                return decoded
        return decode_value(value)


class _TaggedUnion(Codec):
    """One of several documents, told apart by a field."""

    __slots__ = ("_choices", "_discriminator")

    tags = frozenset({"M"})

    def __init__(self, source: _Source, choices: dict[Any, Codec], discriminator: Any) -> None:
        super().__init__(source)
        self._choices = choices
        self._discriminator = discriminator

    def encode(self, value: Any) -> AttributeValue:
        for choice in self._choices.values():
            try:
                return choice.encode(value)
            except CodecMismatch:
                continue
        raise _mismatch("one of the union's documents", value)

    def decode(self, value: AttributeValue) -> Any:
        for tag, choice in self._choices.items():
            if "M" in value and self._says(tag, choice, value):
                return choice.decode(value)
        return decode_value(value)

    def _says(self, tag: Any, choice: Codec, value: AttributeValue) -> bool:
        if callable(self._discriminator):
            return bool(self._discriminator(decode_value(value)) == tag)
        field = choice.member(str(self._discriminator))
        stored = value["M"].get(field.attribute if field else self._discriminator)
        if stored is None:
            return False
        found = field.codec.decode(stored) if field else decode_value(stored)
        return bool(found == tag or getattr(found, "value", self) == tag)


class FieldCodec:
    """One field of a document: its stored name, and what its absence means.

    Attributes:
        name: The field's name in Python.
        attribute: The name under which it is stored.
        codec: How its values are stored.
        required: Whether it has no default.
        null_is_absent: Whether None is stored by leaving the attribute out.
        empty_is_absent: Whether an empty set is stored by leaving the attribute out.
        dumped: Whether its values go through Pydantic's serializer.
        verify: Whether a stored value could be read back as another, and is compared.
    """

    __slots__ = (
        "_info",
        "_validator",
        "attribute",
        "codec",
        "dumped",
        "empty_is_absent",
        "name",
        "null_is_absent",
        "required",
        "source",
        "transformed",
        "verify",
    )

    def __init__(self, name: str, info: FieldInfo, source: _Source, traits: _Traits) -> None:
        self.name = name
        self.attribute: str = info.serialization_alias or info.alias or name
        self.source = source
        self._info = info
        self._validator: SchemaValidator | None = None
        self.codec = traits.codec
        self.dumped = traits.dumped
        self.verify = traits.verify
        self.transformed = traits.transformed
        self.required = info.is_required()
        self.null_is_absent = info.default is None and not traits.validates_default
        self.empty_is_absent = traits.is_set and not traits.validates_default and (
            self.required
            or info.default_factory in {set, frozenset}
            or (isinstance(info.default, set | frozenset) and not info.default)
        )

    def encode(self, value: Any) -> AttributeValue:
        """Encode a value of this field.

        Raises:
            EncodingError: If the value is of another type, or cannot be stored.
        """
        return self.codec.encode(value)

    def omits(self, value: Any) -> bool:
        """Tell whether a value is stored by leaving the attribute out."""
        if value is None:
            return self.null_is_absent
        return self.empty_is_absent and isinstance(value, set | frozenset) and not value

    def default(self) -> Any:
        """Make the field's default value."""
        if self.required:
            return set() if self.empty_is_absent else None
        return self._info.get_default(call_default_factory=True, validated_data={})

    def validate(self, value: Any) -> Any:
        """Let Pydantic validate a value of this field, with the field's own validators.

        Raises:
            pydantic.ValidationError: If it does not validate.
        """
        if self._validator is None:
            self._validator = self.source.field_validator(self.name)
        fields, _, _ = self._validator.validate_python(
            {self.name: value}, by_alias=False, by_name=True
        )
        return fields[self.name]


class DocumentCodec(Codec):
    """How the instances of a model are stored: as an item, or as a map inside one.

    Attributes:
        cls: The model.
        fields: Its fields, by their names in Python.
    """

    __slots__ = ("_by_attribute", "_is_deep", "_whole", "cls", "fields")

    tags = frozenset({"M"})

    def __init__(self, cls: Any, source: _Source, fields: dict[str, FieldCodec]) -> None:
        super().__init__(source)
        self.cls = cls
        self.fields = fields
        self._by_attribute = {field.attribute: field for field in fields.values()}
        self._is_deep = bool(source.definitions)
        self._whole = "serialization" in source.schema and _is_active(source.schema)

    def member(self, name: str) -> FieldCodec | None:
        return self.fields.get(name)

    def fits(self, raw: Any) -> bool:
        """Tell whether a stored map has the fields of this document."""
        names = raw.keys()
        needed = {f.attribute for f in self.fields.values() if f.required and not f.empty_is_absent}
        return needed <= names and names <= self._by_attribute.keys()

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, self.cls):
            raise _mismatch(self.cls.__name__, value)
        return {"M": self.encode_fields(value)}

    def decode(self, value: AttributeValue) -> Any:
        if "M" not in value:
            return decode_value(value)
        decoded = self.decode_fields(value["M"])
        return self.validate(decoded) if self.source.config.get("strict") else decoded

    def encode_fields(self, instance: Any) -> Item:
        """Encode an instance, attribute by attribute.

        Raises:
            EncodingError: If a value cannot be stored, naming class and field.
        """
        if self._whole:
            dumped = instance.model_dump(by_alias=True)
            return {name: encode_value(value) for name, value in dumped.items()}
        values = instance.__dict__
        item: Item = {}
        for name, field in self.fields.items():
            if name not in values:
                raise CodecMismatch(f"{self.cls.__name__}.{name}: a value expected, none found")
            value = values[name]
            if not field.omits(value):
                item[field.attribute] = self._encode_field(instance, field, value)
        for name, value in (getattr(instance, "__pydantic_extra__", None) or {}).items():
            item[name] = encode_value(value)
        return item

    def _encode_field(self, instance: Any, field: FieldCodec, value: Any) -> AttributeValue:
        try:
            if field.dumped:
                return self._dump(instance, field)
            try:
                return field.codec.encode(value)
            except CodecMismatch:
                if field.transformed:
                    return self._dump(instance, field)
                raise
        except EncodingError as error:
            message = f"{self.cls.__name__}.{field.name}: {error}"
            raise type(error)(message) from error

    def _dump(self, instance: Any, field: FieldCodec) -> AttributeValue:
        serializer: SchemaSerializer = self.cls.__pydantic_serializer__
        return encode_dumped(
            lambda mode: serializer.to_python(
                instance, include={field.name}, mode=mode, by_alias=False
            )[field.name]
        )

    def decode_fields(self, item: Item, ignore: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Decode an item, field by field, to what Pydantic validates by name.

        Args:
            item: Attribute name to attribute value; unknown attributes are passed over.
            ignore: Attributes that are not extra ones either, where the model allows extra.
        """
        if self._whole:
            return {n: decode_value(v) for n, v in item.items() if n not in ignore}
        found: dict[str, Any] = {}
        for field in self.fields.values():
            value = item.get(field.attribute)
            if value is not None:
                found[field.name] = field.codec.decode(value)
            elif field.required and field.empty_is_absent:
                found[field.name] = set()
        if self.source.config.get("extra_fields_behavior") == "allow":
            for name, value in item.items():
                if name not in self._by_attribute and name not in ignore:
                    found[name] = decode_value(value)
        return found

    def encode_checked(self, instance: Any) -> Item:
        """Encode an instance that Pydantic would accept, and would read back.

        Raises:
            pydantic.ValidationError: If the instance does not validate.
            EncodingError: If a value cannot be stored, or would be read back as another.
        """
        try:
            item = self.encode_fields(instance)
        except CodecMismatch:
            self.validate(dict(instance.__dict__))
            raise
        if self._is_deep and _depth({"M": item}) > MAX_NESTING:
            message = f"{self.cls.__name__} is nested deeper than DynamoDB's {MAX_NESTING} levels"
            raise EncodingError(message)
        again = self.validate(self.decode_fields(item))
        for name, field in self.fields.items():
            if field.verify and getattr(again, name) != getattr(instance, name):
                found = type(getattr(again, name)).__name__
                message = f"{self.cls.__name__}.{name} would be read back as another {found}"
                raise EncodingError(message)
        return item

    def validate(self, value: Any) -> Any:
        if isinstance(self.cls, type) and issubclass(self.cls, BaseModel):
            return self.cls.__pydantic_validator__.validate_python(
                value, by_alias=False, by_name=True
            )
        return super().validate(value)


def document_codec(cls: Any) -> DocumentCodec:
    """Give the codec of a model, compiling it at its first use."""
    codec: DocumentCodec | None = cls.__dict__.get("__mizzle_codec__")
    if codec is None:
        codec = _compile_model(cls)
        type.__setattr__(cls, "__mizzle_codec__", codec)
    return codec


def encode_dumped(dump: Callable[[str], Any]) -> AttributeValue:
    """Encode what Pydantic serializes: as Python values where DynamoDB has a place for them.

    Raises:
        EncodingError: If neither they nor their JSON can be stored.
    """
    try:
        return encode_value(dump("python"))
    except EncodingError as error:
        try:
            return encode_value(dump("json"))
        except (EncodingError, PydanticSerializationError):
            raise error from None


class _Traits:
    """What the compiler finds out about one field."""

    __slots__ = (
        "codec",
        "dumped",
        "is_set",
        "transformed",
        "validates_default",
        "verify",
    )

    def __init__(self) -> None:
        self.codec: Codec
        self.dumped = False
        self.verify = False
        self.transformed = False
        self.is_set = False
        self.validates_default = False


def _compile_model(cls: Any) -> DocumentCodec:
    core: Schema = cls.__pydantic_core_schema__
    definitions: dict[str, Schema] = {}
    if core["type"] == "definitions":
        definitions = {entry["ref"]: entry for entry in core["definitions"]}
        core = core["schema"]
    if core["type"] == "definition-ref":
        core = definitions[core["schema_ref"]]
    model = core
    while model["type"] not in {"model", "dataclass"}:
        model = model["schema"]
    source = _Source(model, definitions, model.get("config", {}))
    fields: dict[str, FieldCodec] = {}
    for name, field in _model_fields(model["schema"]).items():
        if field.get("serialization_exclude"):
            continue
        traits = _Traits()
        compiler = _Compiler(traits)
        traits.codec = compiler.compile(source.part(field["schema"]))
        traits.is_set = isinstance(_core_codec(traits.codec), _Set)
        info = _field_info(cls, name, field)
        fields[name] = FieldCodec(name, info, source.part(field), traits)
    return DocumentCodec(cls, source, fields)


def _field_info(cls: Any, name: str, field: Schema) -> FieldInfo:
    del field
    infos: dict[str, FieldInfo] = cls.__pydantic_fields__
    return infos[name]


def _model_fields(schema: Schema) -> Mapping[str, Schema]:
    while schema["type"] not in {"model-fields", "dataclass-args"}:
        schema = schema["schema"]
    if schema["type"] == "dataclass-args":
        return {
            field["name"]: {**field, "type": "model-field"} for field in schema["fields"]
        }
    fields: Mapping[str, Schema] = schema["fields"]
    return fields


def _core_codec(codec: Codec) -> Codec:
    return codec._inner if isinstance(codec, _Nullable) else codec


class _Compiler:
    """Turns the core schema of one field into a codec."""

    def __init__(self, traits: _Traits) -> None:
        self.traits = traits

    def compile(self, source: _Source) -> Codec:
        schema = source.schema
        if _is_active(schema):
            self.traits.dumped = True
            return _Opaque(source)
        handler = getattr(self, "_" + schema["type"].replace("-", "_"), None)
        if handler is None:
            self.traits.dumped = self.traits.verify = True
            return _Opaque(source)
        codec: Codec = handler(source, schema)
        return codec

    def _part(self, source: _Source, schema: Schema | None) -> Codec:
        return self.compile(source.part(schema or {"type": "any"}))

    # Wrappers.

    def _default(self, source: _Source, schema: Schema) -> Codec:
        validates = source.config.get("validate_default") or schema.get("validate_default")
        self.traits.validates_default = self.traits.validates_default or bool(validates)
        return self._part(source, schema["schema"])

    def _nullable(self, source: _Source, schema: Schema) -> Codec:
        return _Nullable(source, self._part(source, schema["schema"]))

    def _function_before(self, source: _Source, schema: Schema) -> Codec:
        self.traits.transformed = True
        return self._part(source, schema["schema"])

    _function_after = _function_before
    _function_wrap = _function_before

    def _custom_error(self, source: _Source, schema: Schema) -> Codec:
        return self._part(source, schema["schema"])

    def _definition_ref(self, source: _Source, schema: Schema) -> Codec:
        target = source.definitions[schema["schema_ref"]]
        return _Lazy(source, lambda: self._part(source, target))

    def _definitions(self, source: _Source, schema: Schema) -> Codec:
        found = {entry["ref"]: entry for entry in schema["definitions"]}
        inner = _Source(schema["schema"], {**source.definitions, **found}, source.config)
        return self.compile(inner)

    # Scalars.

    def _any(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Any(source)

    def _none(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Null(source)

    def _str(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "S", (str,), str)

    def _int(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "N", (int,), parse_number, refused=(bool,))

    def _float(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "N", (float, int), float, refused=(bool,))

    def _decimal(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "N", (Decimal, int), Decimal, refused=(bool,))

    def _bool(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "BOOL", (bool,), bool)

    def _bytes(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "B", (bytes, bytearray), b64decode)

    def _datetime(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "S", (datetime,), datetime.fromisoformat)

    def _date(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "S", (date,), date.fromisoformat, refused=(datetime,))

    def _time(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "S", (time,), time.fromisoformat)

    def _timedelta(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "N", (timedelta,), timedelta_from)

    def _uuid(self, source: _Source, schema: Schema) -> Codec:
        del schema
        return _Scalar(source, "S", (UUID,), UUID)

    def _literal(self, source: _Source, schema: Schema) -> Codec:
        return _Choice(source, "one of the literals", schema["expected"])

    def _enum(self, source: _Source, schema: Schema) -> Codec:
        return _Choice(source, schema["cls"].__name__, schema["members"])

    # Containers.

    def _list(self, source: _Source, schema: Schema) -> Codec:
        return _List(source, self._part(source, schema.get("items_schema")), list)

    def _tuple(self, source: _Source, schema: Schema) -> Codec:
        items = [self._part(source, item) for item in schema["items_schema"]]
        variadic = schema.get("variadic_item_index")
        if variadic is not None and len(items) == 1:
            return _List(source, items[0], tuple)
        return _Tuple(source, items, variadic)

    def _set(self, source: _Source, schema: Schema) -> Codec:
        return _Set(source, self._part(source, schema.get("items_schema")), set)

    def _frozenset(self, source: _Source, schema: Schema) -> Codec:
        return _Set(source, self._part(source, schema.get("items_schema")), frozenset)

    def _dict(self, source: _Source, schema: Schema) -> Codec:
        keys = self._part(source, schema.get("keys_schema"))
        return _Map(source, keys, self._part(source, schema.get("values_schema")))

    # Documents.

    def _model(self, source: _Source, schema: Schema) -> Codec:
        cls = schema["cls"]
        if schema.get("root_model") or not cls.__pydantic_complete__:
            self.traits.dumped = True
            return _Opaque(source)
        return _Lazy(source, lambda: document_codec(cls))

    def _dataclass(self, source: _Source, schema: Schema) -> Codec:
        cls = schema["cls"]
        if "__pydantic_core_schema__" not in cls.__dict__:
            self.traits.dumped = self.traits.verify = True
            return _Opaque(source)
        return _Lazy(source, lambda: document_codec(cls))

    def _typed_dict(self, source: _Source, schema: Schema) -> Codec:
        del schema
        self.traits.dumped = self.traits.verify = True
        return _Opaque(source)

    # Unions.

    def _union(self, source: _Source, schema: Schema) -> Codec:
        self.traits.verify = True
        choices: Sequence[Any] = schema["choices"]
        found = [c[0] if isinstance(c, tuple) else c for c in choices]
        return _Union(source, [self._part(source, choice) for choice in found])

    def _tagged_union(self, source: _Source, schema: Schema) -> Codec:
        choices = {tag: self._part(source, part) for tag, part in schema["choices"].items()}
        return _TaggedUnion(source, choices, schema["discriminator"])


def _is_active(schema: Schema) -> bool:
    """Tell whether the user serializes this in a way of their own, other than to JSON."""
    serialization = schema.get("serialization")
    if not serialization or serialization["type"] not in {"function-plain", "function-wrap"}:
        return False
    return not serialization.get("when_used", "always").startswith("json")


def _depth(value: AttributeValue) -> int:
    ((tag, raw),) = value.items()
    members = raw if tag == "L" else raw.values() if tag == "M" else ()
    return 1 + max(map(_depth, members), default=0) if tag in {"L", "M"} else 0


def _mismatch(expected: str, value: Any) -> CodecMismatch:
    message = f"{expected} expected, {type(value).__name__} found"
    return CodecMismatch(message)


_ = PydanticUndefined
