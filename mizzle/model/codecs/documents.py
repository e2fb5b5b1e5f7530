"""Models, dataclasses and typed dicts: stored as items, or as maps inside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, SchemaSerializer, SchemaValidator

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import Codec, CodecMismatch, mismatch
from mizzle.model.codecs.fields import Doubt, FieldCodec, noting_doubts
from mizzle.model.codecs.schemas import (
    changes_texts,
    declared_fields,
    fields_schema,
    has_model_serializer,
)
from mizzle.model.codecs.wrappers import WrappedCodec
from mizzle.request import AttributeValue, Item
from mizzle.shapes import is_dict, is_sequence
from mizzle.values import check_nesting, decode_value, encode_value

if TYPE_CHECKING:
    from mizzle.model.codecs.compiler import Context


class DocumentCodec(Codec):
    """A model, a dataclass or a typed dict: fields by name, stored as the attributes of a map.

    Attributes:
        cls: The class.
        config: Its Pydantic configuration, as the core schema has it.
        strict: Whether its values are validated strictly.
        allows_extra: Whether attributes that are no fields are kept.
    """

    __slots__ = ("_by_attribute", "_compared", "_compiler", "_fields", "_kind", "_serializer", "_whole",
                 "allows_extra", "cls", "config", "strict")  # fmt: skip

    def __init__(self, schema: Any, context: Context, *, strict: bool) -> None:
        self.cls: Any = schema.get("cls", dict)
        super().__init__({"M"}, exact=(self.cls,))
        self.bound(schema, context)
        self._compiler = context
        self._kind: str = schema["type"]
        self.config: Mapping[str, Any] = schema.get("config") or {}
        self.strict = bool(schema.get("strict", self.config.get("strict", strict)))
        inner = schema if self._kind == "typed-dict" else fields_schema(schema, context)
        extra = inner.get("extra_behavior") or self.config.get("extra_fields_behavior")
        self.allows_extra: bool = extra == "allow"
        self._whole = has_model_serializer(schema)
        self._fields: dict[str, FieldCodec] | None = None
        self._by_attribute: dict[str, FieldCodec] = {}
        self._serializer: Any = None
        self._compared: list[FieldCodec] | None = None

    @property
    def fields(self) -> dict[str, FieldCodec]:
        """The fields by their names in Python."""
        if self._fields is None:
            declared = declared_fields(self.schema, self._compiler)
            self._fields = {
                name: FieldCodec(self, name, field, self._compiler)
                for name, field in declared.items()
            }
        return self._fields

    @property
    def by_attribute(self) -> dict[str, FieldCodec]:
        """The fields by the names under which they are stored."""
        if not self._by_attribute:
            self._by_attribute = {field.attribute: field for field in self.fields.values()}
        return self._by_attribute

    @property
    def changes_texts(self) -> bool:
        """Whether its configuration says something of all texts."""
        return changes_texts(self.config)

    @property
    def is_model(self) -> bool:
        """Whether it is a Pydantic model, rather than a dataclass or a typed dict."""
        return self._kind == "model"

    @property
    def keeps_extra(self) -> bool:
        """Whether attributes that are no fields may be read as well."""
        return self.allows_extra or self._whole

    def member(self, name: str) -> FieldCodec | None:
        """Find a field by its Python name; None if there is none."""
        return self.fields.get(name)

    def encode(self, value: Any) -> AttributeValue:
        """Write an instance as a map.

        Raises:
            EncodingError: If it is of another class, or a value in it cannot be stored.
        """
        if not self._is_own(value):
            raise mismatch(self.cls.__name__, value)
        return {"M": self.encode_fields(value)}

    def decode(self, value: AttributeValue) -> Any:
        """Read a map as a dict by field name."""
        if "M" not in value:
            return decode_value(value)
        data = self.decode_fields(value["M"])
        if self.strict and self._kind == "dataclass":
            # Pydantic's strict mode takes only instances; the values are of their own types here.
            validator = self._class_validator()
            return validator.validate_python(data, strict=False, by_alias=False, by_name=True)
        return data

    def encode_fields(self, instance: Any) -> Item:
        """Write an instance's own values, by attribute name; nothing is validated.

        Raises:
            EncodingError: Naming class and field, if a value has the wrong type or cannot be stored.
        """
        if self._whole:
            return self._encode_whole(instance)
        values = self._values(instance)
        item: Item = {}
        for name, field in self.fields.items():
            if name not in values:
                if field.may_miss or field.excluded:
                    continue
                message = f"{self.cls.__name__}.{name} has no value"
                raise CodecMismatch(message)
            value = values[name]
            if not self._is_left_out(field, value):
                item[field.attribute] = field.encode_on(instance, value)
        if self.allows_extra:
            for name, value in self._extras(instance):
                item.setdefault(name, self._encode_extra(name, value))
        return item

    def decode_fields(self, item: Item, ignore: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Read attributes as Pydantic validates them, by field name.

        Args:
            item: Attribute name to attribute value.
            ignore: Attributes that are no fields even where the model takes any.

        Raises:
            EncodingError: If a value is not an attribute value.
        """
        data: dict[str, Any] = {}
        fields, by_attribute = self.fields, self.by_attribute
        keeps = self.keeps_extra
        for attribute, value in item.items():
            field = by_attribute.get(attribute)
            if field is not None:
                data[field.name] = decode_value(value) if self._whole else field.codec.decode(value)
            elif keeps and attribute not in ignore and attribute not in fields:
                data[attribute] = decode_value(value)
        for field in fields.values():
            if field.empty is not None and field.name not in data and not self._whole:
                data[field.name] = field.empty()
        return data

    def validate(self, value: Any) -> Any:
        """Validate data by field name, or an instance as it stands now.

        Raises:
            pydantic.ValidationError: If it does not validate.
            EncodingError: If an instance could not be stored and read back.
        """
        if self._kind != "typed-dict" and type(value) is self.cls:
            self.encode_checked(value)
            return value
        return self._class_validator().validate_python(value, by_alias=False, by_name=True)

    def validate_item(self, item: Item, ignore: frozenset[str] = frozenset()) -> Any:
        """Read an item as an instance.

        Raises:
            pydantic.ValidationError: If it does not validate.
            EncodingError: If a value is not an attribute value.
        """
        return self.validate(self.decode_fields(item, ignore))

    def encode_checked(self, instance: Any) -> Item:
        """Write an instance's own values, and make sure that they can be read back.

        Raises:
            pydantic.ValidationError: If the values do not validate.
            EncodingError: Naming class and field, if a value has another type than declared, cannot
                be stored, or would be read back as another one.
        """
        try:
            with noting_doubts() as doubts:
                item = self.encode_fields(instance)
        except CodecMismatch:
            # Pydantic says best what is wrong, if it is wrong in its eyes.
            self._class_validator().validate_python(
                {**self._values(instance), **dict(self._extras(instance))},
                by_alias=False,
                by_name=True,
            )
            raise
        read = self.validate_item(item)
        for name, value in item.items():
            if "M" in value or "L" in value:
                self._check_depth(name, value)
        self.compare(instance, read, doubts)
        return item

    def compare(self, instance: Any, read: Any, doubts: Collection[Doubt] = ()) -> None:
        """Make sure that an instance is read back as it was written.

        Args:
            instance: What was written.
            read: What it is read back as.
            doubts: Fields that have to be compared besides those that always are.

        Raises:
            EncodingError: Naming class and field, if it is not.
        """
        written, found = self._values(instance), self._values(read)
        for field in self.compared_fields():
            if field.name in written:
                self._compare_field(field, written[field.name], found.get(field.name))
        lost = _find_lost(instance, read, doubts) if doubts else None
        if lost is not None:
            raise _lossy(*lost)

    def validator_of(self, fields: Iterable[FieldCodec]) -> SchemaValidator:
        """Make Pydantic's validator of some fields, which takes and gives them by their names."""
        # As fields of a model, so that validators which ask for `info.data` find it.
        by_name = {f.name: {"type": "model-field", "schema": f.schema} for f in fields}
        return self._compiler.validator(
            {"type": "model-fields", "fields": by_name, "model_name": self.cls.__name__}
        )

    def dump(self, owner: Any, name: str | None, mode: str) -> Any:
        """Let Pydantic serialize one field of an instance, or all of it.

        Raises:
            EncodingError: If Pydantic does not know how.
        """
        try:
            dumped = self._class_serializer().to_python(
                owner,
                mode=mode,
                include=None if name is None else {name},
                by_alias=False,
                round_trip=True,
                warnings=False,
            )
        except PydanticSerializationError as error:
            message = "Pydantic cannot serialize the value; give its type a serializer"
            raise EncodingError(message) from error
        return dumped if name is None else dumped[name]

    def probe(self, name: str, value: Any) -> Any:
        """Make an instance that has only this field, for a serializer that wants one."""
        if self._kind == "typed-dict":
            return {name: value}
        if self._kind == "model":
            return self.cls.model_construct(**{self._init_name(name): value})
        instance = object.__new__(self.cls)
        for field in self.fields.values():
            object.__setattr__(instance, field.name, value if field.name == name else None)
        return instance

    def _init_name(self, name: str) -> str:
        # `model_construct` goes by alias where there is one.
        field = self.cls.__pydantic_fields__[name]
        alias = field.validation_alias if isinstance(field.validation_alias, str) else field.alias
        by_name = self.config.get("validate_by_name") or self.config.get("populate_by_name")
        return name if by_name or not alias else alias

    def _class_validator(self) -> Any:
        if self._kind == "model":
            return self.cls.__pydantic_validator__
        if self._validator is None:
            self._validator = self._compiler.validator(self.schema)
        return self._validator

    def _class_serializer(self) -> Any:
        if self._kind == "model":
            return self.cls.__pydantic_serializer__
        if self._serializer is None:
            self._serializer = SchemaSerializer(self._compiler.closed(self.schema))
        return self._serializer

    def _values(self, instance: Any) -> Mapping[str, Any]:
        if self._kind == "typed-dict":
            found: Mapping[str, Any] = instance
            return found
        if self._kind == "model":
            held: dict[str, Any] = instance.__dict__
            return held
        return {n: getattr(instance, n) for n in self.fields if hasattr(instance, n)}

    def _extras(self, instance: Any) -> list[tuple[str, Any]]:
        if self._kind == "model":
            extra: dict[str, Any] = instance.__pydantic_extra__ or {}
            return list(extra.items())
        held: dict[str, Any] = instance if self._kind == "typed-dict" else instance.__dict__
        return [(name, value) for name, value in held.items() if name not in self.fields]

    def _is_left_out(self, field: FieldCodec, value: Any) -> bool:
        if field.excluded or field.omits(value):
            return True
        return field.excluded_if is not None and bool(field.excluded_if(value))

    def _encode_extra(self, name: str, value: Any) -> AttributeValue:
        try:
            return encode_value(value)
        except EncodingError as error:
            message = f"{self.cls.__name__}.{name}: {error}"
            raise EncodingError(message) from error

    def _encode_whole(self, instance: Any) -> Item:
        """Write what the class's own `@model_serializer` makes of an instance."""
        dumped = self.dump(instance, None, "python")
        if not is_dict(dumped):
            message = f"{self.cls.__name__}: its model serializer gives no dict"
            raise EncodingError(message)
        fields = self.fields
        return {
            fields[name].attribute if name in fields else name: self._encode_extra(name, value)
            for name, value in dumped.items()
            if name not in fields or not fields[name].omits(value)
        }

    def _check_depth(self, attribute: str, value: AttributeValue) -> None:
        try:
            check_nesting(value)
        except EncodingError as error:
            field = self.by_attribute.get(attribute)
            message = f"{self.cls.__name__}.{field.name if field else attribute}: {error}"
            raise EncodingError(message) from error

    def compared_fields(self) -> list[FieldCodec]:
        """List the fields of which nothing but a comparison tells whether they are read back alike."""
        if self._compared is None:
            # As long as they are looked for, all of a document that may be inside itself.
            stored = [field for field in self.fields.values() if not field.excluded]
            self._compared = stored
            self._compared = [field for field in stored if _is_compared(field)]
        return self._compared

    def _is_own(self, value: Any) -> bool:
        return isinstance(value, dict) if self._kind == "typed-dict" else type(value) is self.cls

    def _compare_field(self, field: FieldCodec, written: Any, found: Any) -> None:
        nested = _document_in(field)
        if nested is not None and nested._is_own(written) and nested._is_own(found):  # noqa: SLF001  # another instance of this class
            nested.compare(written, found)
        elif field.verify and not _is_same(written, found):
            raise _lossy(self.cls, field.name, written, found)


def _lossy(cls: type, name: str, written: Any, found: Any) -> EncodingError:
    return EncodingError(
        f"{cls.__name__}.{name}: this {type(written).__name__} would be read back as another value "
        f"({type(found).__name__}). Give its type a serializer that keeps the whole value, or a "
        "discriminator."
    )


def _find_lost(
    written: Any, read: Any, doubts: Collection[Doubt]
) -> tuple[type, str, Any, Any] | None:
    """Find a doubtful value, at any depth, that is read back as another one."""
    if is_sequence(written) and is_sequence(read):
        pairs = zip(written, read, strict=False)
        inside = (_find_lost(one, other, doubts) for one, other in pairs)
        return next((lost for lost in inside if lost is not None), None)
    held, found = _held(written), _held(read)
    for name, value in held.items():
        other = found.get(name)
        if (id(written), name) in doubts:
            if not _is_same(value, other):
                return written.__class__, name, value, other
        elif (lost := _find_lost(value, other, doubts)) is not None:
            return lost
    return None


def _held(value: Any) -> Mapping[Any, Any]:
    """Give the values that a document or a dict holds, by their names."""
    if is_dict(value):
        return value
    held: Mapping[Any, Any] = {} if isinstance(value, type) else getattr(value, "__dict__", {})
    return held


def _document_in(field: FieldCodec) -> DocumentCodec | None:
    nested = field.codec
    if isinstance(nested, WrappedCodec):
        nested = nested.inner
    return nested if isinstance(nested, DocumentCodec) else None


def _is_compared(field: FieldCodec) -> bool:
    nested = _document_in(field)
    return field.verify or (nested is not None and bool(nested.compared_fields()))


def _is_same(written: Any, read: Any) -> bool:
    if written == read:
        return True
    # Instances of a class without an equality of its own are never equal, only alike.
    own_equality: Any = written.__class__.__eq__
    if own_equality is not object.__eq__ or type(written) is not type(read):
        return False
    held: Any = getattr(written, "__dict__", None)
    return held is not None and bool(held == read.__dict__)
