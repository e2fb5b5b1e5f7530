"""Fields of documents: stored names, absence, and what only Pydantic's serializer can write."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from typing_extensions import override

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import ALL_TAGS, Codec, CodecMismatch, UnknownType
from mizzle.model.codecs.schemas import changes_texts, is_nullable, is_unconstrained, set_type
from mizzle.model.codecs.wrappers import WrappedCodec
from mizzle.request import AttributeValue
from mizzle.values import decode_value, encode_value

if TYPE_CHECKING:
    from mizzle.model.codecs.compiler import Context
    from mizzle.model.codecs.documents import DocumentCodec


# Of these every instance is valid, whatever it holds.
_PLAIN_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool, "uuid": UUID}


Doubt: TypeAlias = tuple[int, str]
"""The identity of an instance, and the name of one of its fields."""

_doubts: ContextVar[set[Doubt] | None] = ContextVar("mizzle_doubts", default=None)


@contextmanager
def noting_doubts() -> Generator[set[Doubt]]:
    """Collect the values, written meanwhile, of which Pydantic may have lost something."""
    found: set[Doubt] = set()
    token = _doubts.set(found)
    try:
        yield found
    finally:
        _doubts.reset(token)


def _note_doubt(owner: Any, name: str) -> None:
    noted = _doubts.get()
    if noted is not None:
        noted.add((id(owner), name))


class OpaqueCodec(Codec):
    """A field that Pydantic's own serializer writes.

    Attributes:
        verify: Whether what would be read back always has to be compared with what was written.
    """

    __slots__ = ("_document", "_name", "verify")

    def __init__(self, document: DocumentCodec, name: str, *, nullable: bool, verify: bool) -> None:
        super().__init__(ALL_TAGS, nullable=nullable)
        self._document = document
        self._name = name
        self.verify = verify

    @override
    def encode(self, value: Any) -> AttributeValue:
        return self.encode_on(self._document.probe(self._name, value))

    def encode_on(self, owner: Any) -> AttributeValue:
        """Write the field of a whole instance: a serializer may look at the others."""
        try:
            return self.encode_plainly(owner)
        except EncodingError as refused:
            # Serializers for JSON may hide or shorten a value, so the result is compared.
            self.note_doubt(owner)
            try:
                return encode_value(self._document.dump(owner, self._name, "json"))
            except EncodingError:
                raise refused from None

    def encode_plainly(self, owner: Any) -> AttributeValue:
        """Write the field of a whole instance as what its serializer gives by itself.

        Raises:
            EncodingError: If that is nothing that can be stored.
        """
        return encode_value(self._document.dump(owner, self._name, "python"))

    def note_doubt(self, owner: Any) -> None:
        """Ask for the value of an instance to be compared with what will be read back."""
        _note_doubt(owner, self._name)

    @override
    def decode(self, value: AttributeValue) -> Any:
        return decode_value(value)


class TransformedCodec(WrappedCodec):
    """A type whose validators may give another type than the one that is stored."""

    __slots__ = ("_opaque",)

    def __init__(self, inner: Codec, opaque: OpaqueCodec, *, ordered: bool) -> None:
        super().__init__(inner)
        self.ordered = inner.ordered and ordered
        self._opaque = opaque

    @override
    def encode(self, value: Any) -> AttributeValue:
        try:
            return self.inner.encode(value)
        except CodecMismatch as mismatch:
            return self._instead(mismatch, self._opaque.encode, value)

    def encode_on(self, owner: Any, value: Any) -> AttributeValue:
        """Write the field of a whole instance."""
        try:
            return self.inner.encode(value)
        except CodecMismatch as mismatch:
            self._opaque.note_doubt(owner)
            return self._instead(mismatch, self._opaque.encode_on, owner)

    def _instead(
        self, mismatch: CodecMismatch, encode: Callable[[Any], AttributeValue], subject: Any
    ) -> AttributeValue:
        try:
            return encode(subject)
        except EncodingError:
            raise mismatch from None


class FieldCodec(Codec):
    """A field of a document: its codec, its stored name, and what its absence means.

    Attributes:
        name: The field's name in Python.
        attribute: The name under which it is stored.
        codec: The codec of its values.
        required: Whether the model has no default for it.
        null_is_absent: Whether None is stored by leaving the attribute out.
        empty_is_absent: Whether an empty set is stored by leaving the attribute out.
        excluded: Whether Pydantic never serializes it, so that it is not stored.
        empty: What a required set reads as where the attribute is absent; None otherwise.
        has_documents: Whether there are documents in its values.
        has_functions: Whether validators or serializers of the user's see them.
        plain_type: The type of which every value is valid as it is; None if there is none.
    """

    __slots__ = ("_default", "_document", "_verify", "attribute", "codec", "empty",
                 "empty_is_absent", "excluded", "excluded_if", "has_documents", "has_functions",
                 "may_miss", "name",
                 "null_is_absent", "plain_type", "required")  # fmt: skip

    def __init__(self, document: DocumentCodec, name: str, field: Any, context: Context) -> None:
        schema = field["schema"]
        self.name = name
        self.attribute: str = field.get("serialization_alias") or name
        self.codec = _field_codec(document, name, schema, context)
        super().__init__(
            self.codec.tags,
            ordered=self.codec.ordered,
            nullable=self.codec.nullable,
            element=self.codec.element,
        )
        self.bound(schema, context)
        self._document = document
        # A value by itself is validated as the outermost class says.
        changes = document.changes_texts or changes_texts(context.config)
        self.plain_type = None if changes else _plain_type(schema)
        self._verify = context.facts(schema).verify
        facts = context.facts(schema)
        self.has_documents, self.has_functions = facts.documents, facts.transforms
        self._default = schema if schema["type"] == "default" else None
        self.may_miss = field.get("required") is False
        self.required = self._default is None and not self.may_miss
        self.excluded = bool(field.get("serialization_exclude"))
        self.excluded_if: Any = field.get("serialization_exclude_if")
        self.null_is_absent = self._defaults_to(None)
        self.empty: type | None = set_type(schema, context) if self.required else None
        self.empty_is_absent = self._defaults_to_empty() or self.empty is not None

    @property
    def verify(self) -> bool:
        """Whether what would be read back always has to be compared with what was written."""
        return self._verify or bool(getattr(self.codec, "verify", False))

    def encode(self, value: Any) -> AttributeValue:
        """Write a value of the field.

        Raises:
            EncodingError: Naming class and field, if the value cannot be stored.
        """
        try:
            return self.codec.encode(value)
        except EncodingError as error:
            raise self._named(error) from error

    def validate(self, value: Any) -> Any:
        """Run Pydantic's validation of a value, if there is anything to validate.

        Raises:
            pydantic.ValidationError: If it does not validate.
            EncodingError: If a document inside could not be read back.
        """
        return value if type(value) is self.plain_type else super().validate(value)

    def encode_on(self, owner: Any, value: Any) -> AttributeValue:
        """Write the field's value in an instance."""
        codec = self.codec
        try:
            if isinstance(codec, OpaqueCodec):
                return codec.encode_on(owner)
            if isinstance(codec, TransformedCodec):
                return codec.encode_on(owner, value)
            return codec.encode(value)
        except EncodingError as error:
            raise self._named(error) from error

    @property
    def written_plainly(self) -> tuple[Callable[[Any], AttributeValue], bool]:
        """What writes a value that leaves no doubt, and whether it is given the whole instance."""
        codec = self.codec
        if isinstance(codec, OpaqueCodec):
            return codec.encode_plainly, True
        return (codec.inner if isinstance(codec, TransformedCodec) else codec).encode, False

    def decode(self, value: AttributeValue) -> Any:
        """Read an attribute value as what Pydantic validates."""
        return self.codec.decode(value)

    def member(self, name: str) -> FieldCodec | None:
        """Find a field of the document that is the field's value."""
        return self.codec.member(name)

    def omits(self, value: Any) -> bool:
        """Tell whether a value is stored by leaving the attribute out."""
        if value is None:
            return self.null_is_absent
        return self.empty_is_absent and isinstance(value, set | frozenset) and not value

    def default(self) -> Any:
        """Make the value of a field that is not given; an empty set for a required set.

        Raises:
            EncodingError: If the field has no default.
        """
        if self._default is None:
            if self.empty is not None:
                return self.empty()
            message = f"{self._document.cls.__name__}.{self.name} has no default"
            raise EncodingError(message)
        factory = self._default.get("default_factory")
        if factory is None:
            return deepcopy(self._default["default"])
        return factory({}) if self._default.get("default_factory_takes_data") else factory()

    def _run(self, value: Any) -> Any:
        if self._validator is None and self.context is not None:
            self._validator = self._document.validator_of([self])
        assert self._validator is not None  # noqa: S101  # a field always has a context
        data = {self.name: value}
        return self._validator.validate_python(data, by_alias=False, by_name=True)[0][self.name]

    def _defaults_to(self, value: Any) -> bool:
        default = self._default
        if default is None or self._validates_default(default):
            return False
        return "default" in default and default["default"] is value

    def _defaults_to_empty(self) -> bool:
        default = self._default
        if default is None or self._validates_default(default):
            return False
        if default.get("default_factory") in (set, frozenset):
            return True
        found = default.get("default")
        return isinstance(found, set | frozenset) and not found

    def _validates_default(self, default: Any) -> bool:
        config = self._document.config.get("validate_default", False)
        return bool(default.get("validate_default", config))

    def _named(self, error: EncodingError) -> EncodingError:
        return type(error)(f"{self._document.cls.__name__}.{self.name}: {error}")


def _plain_type(schema: Any) -> type | None:
    return _PLAIN_TYPES.get(schema["type"]) if is_unconstrained(schema) else None


def _field_codec(document: DocumentCodec, name: str, schema: Any, context: Context) -> Codec:
    facts = context.facts(schema)
    nullable = is_nullable(schema, context)
    if not facts.custom and not facts.unknown:
        try:
            inner = context.compile(schema, strict=document.strict)
        except UnknownType:
            pass
        else:
            if not facts.transforms:
                return inner
            opaque = OpaqueCodec(document, name, nullable=nullable, verify=False)
            return TransformedCodec(inner, opaque, ordered=not facts.serialized)
    return OpaqueCodec(document, name, nullable=nullable, verify=not facts.custom)
