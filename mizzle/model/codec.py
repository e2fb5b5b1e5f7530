# pyright: reportPrivateUsage=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnnecessaryContains=false, reportUnnecessaryComparison=false, reportUnnecessaryIsInstance=false
"""Codecs: how the declared type of a field decides what is stored, compiled from Pydantic's schema.

A codec writes values of one type as attribute values and reads them back as what Pydantic validates
without loss. Whatever it does not know (custom serializers, foreign types) is *opaque*: Pydantic's own
serializer writes it, and Pydantic's own validation reads it.

See: https://docs.pydantic.dev/latest/api/pydantic_core_schema/
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, SchemaSerializer, SchemaValidator

from mizzle.errors import EncodingError
from mizzle.request import AttributeValue, Item
from mizzle.values import (
    binary_bytes,
    binary_text,
    check_nesting,
    date_text,
    datetime_text,
    decode_value,
    encode_value,
    map_key_text,
    number_parts,
    number_text,
    parse_decimal,
    parse_number,
    parse_timedelta,
    set_value,
    string_text,
    time_text,
    timedelta_text,
    uuid_text,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Codec", "CodecMismatch", "DocumentCodec", "FieldCodec", "document_codec"]

_ALL_TAGS = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"})
_SET_TAGS = {"S": "SS", "N": "NS", "B": "BS"}
_SCALARS = frozenset({"S", "N", "B", "BOOL", "NULL"})
_ORDERED_TAGS = ({"S"}, {"N"}, {"B"})
_NULL: AttributeValue = {"NULL": True}
_UNRANKED = 9


class CodecMismatch(EncodingError):  # noqa: N818  # a kind of EncodingError that only this module tells apart
    """A value is not of the type that its field declares."""


class _UnknownType(Exception):  # noqa: N818  # a signal inside the compiler, never seen outside
    """The compiler meets a type whose values only Pydantic can write."""


class Codec:
    """Writes the values of one type as attribute values, and reads them.

    Attributes:
        tags: The wire types that its values may have.
        ordered: Whether DynamoDB orders them as Python does.
        nullable: Whether None is one of the values.
        element: The codec of a list's items, a set's members or a dict's values; None otherwise.
        exact: The Python types that are its own, for the choice in a union.
        rank: Its turn among the readers of one wire type in a union; the pickiest comes first.
    """

    __slots__ = ("_context", "_schema", "_validator", "element", "exact", "nullable", "ordered",
                 "rank", "tags")  # fmt: skip

    tags: frozenset[str]
    ordered: bool
    nullable: bool
    element: Codec | None
    exact: tuple[type, ...]
    rank: int

    def __init__(
        self,
        tags: frozenset[str] | set[str],
        *,
        ordered: bool = False,
        nullable: bool = False,
        element: Codec | None = None,
        exact: tuple[type, ...] = (),
        rank: int = _UNRANKED,
    ) -> None:
        self.tags = frozenset(tags)
        self.ordered = ordered
        self.nullable = nullable
        self.element = element
        self.exact = exact
        self.rank = rank
        self._schema: Any = None
        self._context: _Context | None = None
        self._validator: SchemaValidator | None = None

    def encode(self, value: Any) -> AttributeValue:
        """Write a value of this codec's type.

        Raises:
            EncodingError: If the value has another type, or DynamoDB cannot hold it.
        """
        raise NotImplementedError

    def decode(self, value: AttributeValue) -> Any:
        """Read an attribute value as what Pydantic validates: native types, dicts by field name.

        What this codec never writes is read by its wire type, so that Pydantic reports it.

        Raises:
            EncodingError: If it is not an attribute value at all.
        """
        raise NotImplementedError

    def member(self, name: str) -> FieldCodec | None:
        """Find a document's field by its Python name; None if there is none."""
        del name
        return None

    def validate(self, value: Any) -> Any:
        """Run Pydantic's validation of one such value.

        Raises:
            pydantic.ValidationError: If the value does not validate.
            EncodingError: If a document inside could not be read back.
        """
        valid = self._run(value)
        if self._context is not None and _facts(self._schema, self._context).documents:
            # Pydantic takes an instance as it is, even one that was changed into something invalid.
            self._run(self.decode(self.encode(valid)))
        return valid

    def _run(self, value: Any) -> Any:
        if self._validator is None:
            if self._context is None:
                return value
            self._validator = self._context.validator(self._schema)
        return self._validator.validate_python(value, by_alias=False, by_name=True)

    def _bound(self, schema: Any, context: _Context) -> Codec:
        self._schema = schema
        self._context = context
        return self


# Scalars.


class _Scalar(Codec):
    """A type that is always stored as one and the same wire type."""

    __slots__ = ("_expected", "_read", "_tag", "_write")

    def __init__(
        self,
        expected: str,
        tag: str,
        write: Callable[[Any], Any],
        read: Callable[[Any], Any],
        **facts: Any,
    ) -> None:
        super().__init__({tag}, **facts)
        self._expected = expected
        self._tag = tag
        self._write = write
        self._read = read

    def encode(self, value: Any) -> AttributeValue:
        raw = self._write(value)
        if raw is None:
            raise _mismatch(self._expected, value)
        return {self._tag: raw}

    def decode(self, value: AttributeValue) -> Any:
        raw = value.get(self._tag) if isinstance(value, dict) else None
        if raw is None:
            return decode_value(value)
        try:
            return self._read(raw)
        except (ValueError, OverflowError, TypeError, EncodingError):
            # Another program wrote it; Pydantic may know how to read it, or what to say.
            return decode_value(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _write_str(value: Any) -> str | None:
    return string_text(value) if isinstance(value, str) else None


def _write_int(value: Any) -> str | None:
    return number_text(value) if _is_number(value) else None


def _write_float(value: Any) -> str | None:
    if isinstance(value, float):
        return number_text(value)
    if not _is_number(value):
        return None
    text = number_text(value)
    if int(float(value)) != value:
        message = "the whole number would be rounded in a float"
        raise EncodingError(message)
    return text


def _write_decimal(value: Any) -> str | None:
    return number_text(value) if isinstance(value, Decimal) or _is_number(value) else None


def _read_int(text: str) -> Any:
    found = parse_number(text)
    return found if isinstance(found, int) else parse_decimal(text)


def _read_float(text: str) -> float:
    number_parts(text)
    return float(text)


def _read_uuid(text: str) -> UUID:
    return UUID(_canonical(text, text.count("-") == 4))  # noqa: PLR2004  # a UUID's hyphens


def _read_datetime(text: str) -> datetime:
    zoned = text.endswith("Z")
    return datetime.fromisoformat(_canonical(text, len(text) == (27 if zoned else 26)))


def _read_date(text: str) -> date:
    return date.fromisoformat(_canonical(text, len(text) == 10))  # noqa: PLR2004  # 2026-11-24


def _read_time(text: str) -> time:
    return time.fromisoformat(_canonical(text, text[8:9] == "."))


def _canonical(text: str, is_canonical: bool) -> str:  # noqa: FBT001  # private, and always given by position
    if not is_canonical:
        raise ValueError
    return text


def _read_text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _read_flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def _writer(kind: Any, write: Callable[[Any], str]) -> Callable[[Any], str | None]:
    return lambda value: write(value) if isinstance(value, kind) else None


_write_date = _writer(date, date_text)

_SCALAR_TYPES: dict[str, Callable[[], Codec]] = {
    "str": lambda: _Scalar("str", "S", _write_str, _read_text, ordered=True, exact=(str,)),
    "int": lambda: _Scalar("int", "N", _write_int, _read_int, ordered=True, exact=(int,), rank=1),
    "float": lambda: _Scalar(
        "float", "N", _write_float, _read_float, ordered=True, exact=(float,), rank=2
    ),
    "decimal": lambda: _Scalar(
        "Decimal", "N", _write_decimal, parse_decimal, ordered=True, exact=(Decimal,), rank=3
    ),
    "bool": lambda: _Scalar(
        "bool", "BOOL", lambda v: v if isinstance(v, bool) else None, _read_flag, exact=(bool,)
    ),
    "none": lambda: _Scalar(
        "None", "NULL", lambda v: True if v is None else None, lambda _: None,
        nullable=True, exact=(type(None),),
    ),
    "bytes": lambda: _Scalar(
        "bytes", "B", _writer((bytes, bytearray), binary_text), binary_bytes,
        ordered=True, exact=(bytes,),
    ),
    "datetime": lambda: _Scalar(
        "datetime", "S", _writer(datetime, datetime_text), _read_datetime,
        ordered=True, exact=(datetime,), rank=1,
    ),
    "date": lambda: _Scalar(
        "date", "S", lambda v: None if isinstance(v, datetime) else _write_date(v), _read_date,
        ordered=True, exact=(date,), rank=2,
    ),
    "timedelta": lambda: _Scalar(
        "timedelta", "N", _writer(timedelta, timedelta_text), parse_timedelta,
        ordered=True, exact=(timedelta,), rank=4,
    ),
    "uuid": lambda: _Scalar(
        "UUID", "S", _writer(UUID, uuid_text), _read_uuid, ordered=True, exact=(UUID,), rank=0
    ),
}  # fmt: skip


class _Choice(Codec):
    """An enum or a literal: a fixed list of values."""

    __slots__ = ("_cls", "_expected", "_known", "_pairs")

    def __init__(self, expected: str, values: list[Any], cls: type[Enum] | None) -> None:
        self._pairs = [(value, encode_value(value)) for value in values]
        self._known: dict[tuple[str, Any], Any] = {}
        for value, wire in self._pairs:
            ((tag, raw),) = wire.items()
            if tag in _SCALARS:
                self._known.setdefault((tag, raw), value)
        self._expected = expected
        self._cls = cls
        tags = {tag for _, wire in self._pairs for tag in wire}
        super().__init__(
            tags,
            ordered=tags in _ORDERED_TAGS,
            nullable=any(value is None for value in values),
            exact=(cls,) if cls else tuple({type(value) for value in values}),
            rank=0,
        )

    def encode(self, value: Any) -> AttributeValue:
        if self._cls is not None and isinstance(value, self._cls):
            return encode_value(value)
        if self._cls is None or not isinstance(value, Enum):
            for known, wire in self._pairs:
                # With `use_enum_values` the instance holds a member's value.
                raw = known.value if self._cls is not None else known
                if type(raw) is type(value) and raw == value:
                    return dict(wire)
        raise _mismatch(self._expected, value)

    def decode(self, value: AttributeValue) -> Any:
        found = decode_value(value)
        ((tag, raw),) = _normal(value).items()
        if tag not in _SCALARS:
            return next((known for known, wire in self._pairs if wire == value), found)
        if (tag, raw) in self._known:
            return self._known[tag, raw]
        if self._cls is None:
            return found
        try:
            return self._cls(found)
        except ValueError:
            return found


def _normal(value: AttributeValue) -> AttributeValue:
    """Write a number as this library writes it."""
    if "N" not in value:
        return value
    try:
        return {"N": number_text(parse_decimal(value["N"]))}
    except EncodingError:
        return value


class _Any(Codec):
    """`Any`: stored and read by the value's own type."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_ALL_TAGS, nullable=True)
        self.element = self

    def encode(self, value: Any) -> AttributeValue:
        return encode_value(value)

    def decode(self, value: AttributeValue) -> Any:
        return decode_value(value)


# Containers.


class _List(Codec):
    __slots__ = ("_inner",)

    def __init__(self, inner: Codec) -> None:
        super().__init__({"L"}, element=inner, exact=(list,))
        self._inner = inner

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, list | tuple):
            raise _mismatch("list", value)
        encode = self._inner.encode
        return {"L": [encode(member) for member in value]}

    def decode(self, value: AttributeValue) -> Any:
        if "L" not in value:
            return decode_value(value)
        decode = self._inner.decode
        return [decode(member) for member in value["L"]]


class _Tuple(Codec):
    __slots__ = ("_after", "_before", "_rest")

    def __init__(self, items: list[Codec], variadic: int | None) -> None:
        only = items[0] if variadic == 0 and len(items) == 1 else None
        super().__init__({"L"}, element=only, exact=(tuple,))
        self._before = items if variadic is None else items[:variadic]
        self._rest = None if variadic is None else items[variadic]
        self._after = [] if variadic is None else items[variadic + 1 :]

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, list | tuple):
            raise _mismatch("tuple", value)
        codecs = self._codecs(len(value))
        if codecs is None:
            message = f"expected a tuple of another length than {len(value)}"
            raise CodecMismatch(message)
        pairs = zip(codecs, value, strict=True)
        return {"L": [codec.encode(member) for codec, member in pairs]}

    def decode(self, value: AttributeValue) -> Any:
        codecs = self._codecs(len(value["L"])) if "L" in value else None
        if codecs is None:
            return decode_value(value)
        pairs = zip(codecs, value["L"], strict=True)
        return tuple(codec.decode(member) for codec, member in pairs)

    def _codecs(self, length: int) -> list[Codec] | None:
        spare = length - len(self._before) - len(self._after)
        if spare < 0 or (spare and self._rest is None):
            return None
        middle = [self._rest] * spare if self._rest is not None else []
        return [*self._before, *middle, *self._after]


class _Set(Codec):
    __slots__ = ("_inner", "_kind")

    def __init__(self, kind: type, inner: Codec) -> None:
        tags = {_SET_TAGS[tag] for tag in inner.tags if tag in _SET_TAGS}
        super().__init__({"L", *tags}, element=inner, exact=(kind,))
        self._kind = kind
        self._inner = inner

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, set | frozenset):
            raise _mismatch(self._kind.__name__, value)
        return set_value(self._inner.encode(member) for member in value)

    def decode(self, value: AttributeValue) -> Any:
        ((tag, raw),) = value.items()
        if tag == "L":
            members = [self._inner.decode(member) for member in raw]
        elif tag in {"SS", "NS", "BS"}:
            members = [self._inner.decode({tag[0]: member}) for member in raw]
        else:
            return decode_value(value)
        try:
            return self._kind(members)
        except TypeError:
            # Documents are dicts before they are validated, and a dict cannot be in a set.
            return members


class _Dict(Codec):
    __slots__ = ("_inner", "_read_key")

    def __init__(self, read_key: Callable[[str], Any], inner: Codec) -> None:
        super().__init__({"M"}, element=inner, exact=(dict,))
        self._read_key = read_key
        self._inner = inner

    def encode(self, value: Any) -> AttributeValue:
        if not isinstance(value, Mapping):
            raise _mismatch("dict", value)
        found = {map_key_text(key): self._inner.encode(member) for key, member in value.items()}
        if len(found) != len(value):
            message = "two keys of the map would be stored as one"
            raise EncodingError(message)
        return {"M": found}

    def decode(self, value: AttributeValue) -> Any:
        if "M" not in value:
            return decode_value(value)
        read_key, decode = self._read_key, self._inner.decode
        return {read_key(name): decode(member) for name, member in value["M"].items()}


class _Wrapped(Codec):
    """A codec that passes on what it does not change."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Codec) -> None:
        super().__init__(
            inner.tags,
            ordered=inner.ordered,
            nullable=inner.nullable,
            element=inner.element,
            exact=inner.exact,
            rank=inner.rank,
        )
        self._inner = inner

    def encode(self, value: Any) -> AttributeValue:
        return self._inner.encode(value)

    def decode(self, value: AttributeValue) -> Any:
        return self._inner.decode(value)

    def member(self, name: str) -> FieldCodec | None:
        return self._inner.member(name)


class _Nullable(_Wrapped):
    __slots__ = ()

    def __init__(self, inner: Codec) -> None:
        super().__init__(inner)
        self.tags = inner.tags | {"NULL"}
        self.nullable = True
        self.exact = (*inner.exact, type(None))

    def encode(self, value: Any) -> AttributeValue:
        return dict(_NULL) if value is None else self._inner.encode(value)

    def decode(self, value: AttributeValue) -> Any:
        return None if "NULL" in value else self._inner.decode(value)


class _Root(_Wrapped):
    """A `RootModel`: stored as what it wraps."""

    __slots__ = ("_cls",)

    def __init__(self, cls: Any, inner: Codec) -> None:
        super().__init__(inner)
        self._cls = cls
        self.exact = (cls,)

    def encode(self, value: Any) -> AttributeValue:
        if type(value) is not self._cls:
            raise _mismatch(self._cls.__name__, value)
        return self._inner.encode(value.root)


class _Union(Codec):
    """A union that nothing but the values themselves tells apart."""

    __slots__ = ("_choices", "_ranked")

    def __init__(self, choices: list[Codec]) -> None:
        tags = frozenset().union(*(choice.tags for choice in choices))
        super().__init__(
            tags,
            ordered=tags - {"NULL"} in _ORDERED_TAGS
            and all(choice.ordered for choice in choices if choice.tags != {"NULL"}),
            nullable=any(choice.nullable for choice in choices),
            element=next((c.element for c in choices if c.element is not None), None),
            exact=tuple(kind for choice in choices for kind in choice.exact),
        )
        self._choices = choices
        self._ranked = sorted(choices, key=lambda choice: choice.rank)

    def encode(self, value: Any) -> AttributeValue:
        own = [choice for choice in self._choices if type(value) in choice.exact]
        failed: EncodingError | None = None
        for choice in own + [choice for choice in self._choices if choice not in own]:
            try:
                return choice.encode(value)
            except EncodingError as error:
                # What the value's own type says is more to the point than the others' refusals.
                failed = failed or error
        raise failed or _mismatch("a member of the union", value)

    def decode(self, value: AttributeValue) -> Any:
        ((tag, _),) = value.items()
        stored = _normal(value)
        possible: list[Any] = []
        for choice in self._ranked:
            if tag not in choice.tags:
                continue
            native = choice.decode(value)
            try:
                # A document has to be an instance to be told from another; the rest is native.
                valid = choice.validate(native) if _has_documents(choice) else native
                if choice.encode(valid) == stored:
                    return valid
            except (ValidationError, EncodingError):
                possible.append(native)
            else:
                possible.insert(0, valid)
        return possible[0] if possible else decode_value(value)

    def member(self, name: str) -> FieldCodec | None:
        found = (choice.member(name) for choice in self._choices)
        return next((field for field in found if field is not None), None)


class _Tagged(_Union):
    """A union that a field of its documents tells apart."""

    __slots__ = ("_names", "_tagged")

    def __init__(self, tagged: list[tuple[Any, Codec]], names: frozenset[str]) -> None:
        super().__init__([choice for _, choice in tagged])
        self._tagged = tagged
        self._names = names

    def decode(self, value: AttributeValue) -> Any:
        if "M" in value:
            for tag, choice in self._tagged:
                if self._is_tagged(value["M"], tag, choice):
                    return choice.decode(value)
        return decode_value(value)

    def _is_tagged(self, item: Item, tag: Any, choice: Codec) -> bool:
        for name in self._names:
            field = choice.member(name)
            if field is not None and field.attribute in item:
                found = field.decode(item[field.attribute])
                if found == tag or (isinstance(found, Enum) and found.value == tag):
                    return True
        return False


class _Lazy(Codec):
    """A type that refers to itself: compiled when it is first asked for anything."""

    __slots__ = ("_compile", "_target")

    def __init__(self, compile_: Callable[[], Codec]) -> None:
        self._compile = compile_
        self._target: Codec | None = None
        self._schema = self._context = self._validator = None

    def __getattr__(self, name: str) -> Any:
        if name in Codec.__slots__:
            return getattr(self.target, name)
        raise AttributeError(name)

    @property
    def target(self) -> Codec:
        if self._target is None:
            self._target = self._compile()
        return self._target

    def encode(self, value: Any) -> AttributeValue:
        return self.target.encode(value)

    def decode(self, value: AttributeValue) -> Any:
        return self.target.decode(value)

    def member(self, name: str) -> FieldCodec | None:
        return self.target.member(name)

    def validate(self, value: Any) -> Any:
        return self.target.validate(value)


# Fields.


class _Opaque(Codec):
    """A field that Pydantic's own serializer writes.

    Attributes:
        verify: Whether what would be read back has to be compared with what was written.
    """

    __slots__ = ("_document", "_name", "verify")

    def __init__(self, document: DocumentCodec, name: str, *, nullable: bool, verify: bool) -> None:
        super().__init__(_ALL_TAGS, nullable=nullable)
        self._document = document
        self._name = name
        self.verify = verify

    def encode(self, value: Any) -> AttributeValue:
        return self.encode_on(self._document.probe(self._name, value))

    def encode_on(self, owner: Any) -> AttributeValue:
        """Write the field of a whole instance: a serializer may look at the others."""
        try:
            return encode_value(self._document.dump(owner, self._name, "python"))
        except EncodingError as refused:
            # Serializers for JSON may hide or shorten a value, so the result is compared.
            self.verify = True
            try:
                return encode_value(self._document.dump(owner, self._name, "json"))
            except EncodingError:
                raise refused from None

    def decode(self, value: AttributeValue) -> Any:
        return decode_value(value)


class _Transformed(_Wrapped):
    """A type whose validators may give another type than the one that is stored."""

    __slots__ = ("_opaque",)

    def __init__(self, inner: Codec, opaque: _Opaque, *, ordered: bool) -> None:
        super().__init__(inner)
        self.ordered = inner.ordered and ordered
        self._opaque = opaque

    @property
    def verify(self) -> bool:
        """Whether a value was ever written by Pydantic."""
        return self._opaque.verify

    def encode(self, value: Any) -> AttributeValue:
        try:
            return self._inner.encode(value)
        except CodecMismatch as mismatch:
            return self._instead(mismatch, self._opaque.encode, value)

    def encode_on(self, owner: Any, value: Any) -> AttributeValue:
        """Write the field of a whole instance."""
        try:
            return self._inner.encode(value)
        except CodecMismatch as mismatch:
            return self._instead(mismatch, self._opaque.encode_on, owner)

    def _instead(
        self, mismatch: CodecMismatch, encode: Callable[[Any], AttributeValue], subject: Any
    ) -> AttributeValue:
        self._opaque.verify = True
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
    """

    __slots__ = ("_default", "_document", "_verify", "attribute", "codec", "empty",
                 "empty_is_absent", "excluded", "excluded_if", "may_miss", "name",
                 "null_is_absent", "required")  # fmt: skip

    def __init__(self, document: DocumentCodec, name: str, field: Any, context: _Context) -> None:
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
        self._bound(schema, context)
        self._document = document
        self._verify = _facts(schema, context).verify
        self._default = schema if schema["type"] == "default" else None
        self.may_miss = field.get("required") is False
        self.required = self._default is None and not self.may_miss
        self.excluded = bool(field.get("serialization_exclude"))
        self.excluded_if: Any = field.get("serialization_exclude_if")
        self.null_is_absent = self._defaults_to(None)
        self.empty: type | None = _set_type(schema, context) if self.required else None
        self.empty_is_absent = self._defaults_to_empty() or self.empty is not None

    @property
    def verify(self) -> bool:
        """Whether what would be read back has to be compared with what was written."""
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

    def encode_on(self, owner: Any, value: Any) -> AttributeValue:
        """Write the field's value in an instance."""
        codec = self.codec
        try:
            if isinstance(codec, _Opaque):
                return codec.encode_on(owner)
            if isinstance(codec, _Transformed):
                return codec.encode_on(owner, value)
            return codec.encode(value)
        except EncodingError as error:
            raise self._named(error) from error

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
        if self._validator is None and self._context is not None:
            # As a field of a model, so that validators which ask for `info.data` find it.
            field = {"type": "model-field", "schema": self._schema}
            name = self._document.cls.__name__
            self._validator = self._context.validator(
                {"type": "model-fields", "fields": {self.name: field}, "model_name": name}
            )
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


def _field_codec(document: DocumentCodec, name: str, schema: Any, context: _Context) -> Codec:
    facts = _facts(schema, context)
    nullable = _is_nullable(schema, context)
    if not facts.custom and not facts.unknown:
        try:
            inner = context.compile(schema, strict=document.strict)
        except _UnknownType:
            pass
        else:
            if not facts.transforms:
                return inner
            opaque = _Opaque(document, name, nullable=nullable, verify=False)
            return _Transformed(inner, opaque, ordered=not facts.serialized)
    return _Opaque(document, name, nullable=nullable, verify=not facts.custom)


# Documents.


class DocumentCodec(Codec):
    """A model, a dataclass or a typed dict: fields by name, stored as the attributes of a map.

    Attributes:
        cls: The class.
        config: Its Pydantic configuration, as the core schema has it.
        strict: Whether its values are validated strictly.
        allows_extra: Whether attributes that are no fields are kept.
    """

    __slots__ = ("_by_attribute", "_compiler", "_fields", "_kind", "_serializer", "_whole",
                 "allows_extra", "cls", "config", "strict")  # fmt: skip

    def __init__(self, schema: Any, context: _Context, *, strict: bool) -> None:
        self.cls: Any = schema.get("cls", dict)
        super().__init__({"M"}, exact=(self.cls,))
        self._bound(schema, context)
        self._compiler = context
        self._kind: str = schema["type"]
        self.config: Mapping[str, Any] = schema.get("config") or {}
        self.strict = bool(schema.get("strict", self.config.get("strict", strict)))
        inner = schema if self._kind == "typed-dict" else _fields_schema(schema, context)
        extra = inner.get("extra_behavior") or self.config.get("extra_fields_behavior")
        self.allows_extra: bool = extra == "allow"
        self._whole = _has_model_serializer(schema)
        self._fields: dict[str, FieldCodec] | None = None
        self._by_attribute: dict[str, FieldCodec] = {}
        self._serializer: Any = None

    @property
    def fields(self) -> dict[str, FieldCodec]:
        """The fields by their names in Python."""
        if self._fields is None:
            declared = _declared_fields(self._schema, self._compiler)
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

    def member(self, name: str) -> FieldCodec | None:
        """Find a field by its Python name; None if there is none."""
        return self.fields.get(name)

    def encode(self, value: Any) -> AttributeValue:
        """Write an instance as a map.

        Raises:
            EncodingError: If it is of another class, or a value in it cannot be stored.
        """
        own = isinstance(value, dict) if self._kind == "typed-dict" else type(value) is self.cls
        if not own:
            raise _mismatch(self.cls.__name__, value)
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
        keeps = self.allows_extra or self._whole
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
            item = self.encode_fields(instance)
        except CodecMismatch:
            # Pydantic says best what is wrong, if it is wrong in its eyes.
            self._class_validator().validate_python(
                {**self._values(instance), **dict(self._extras(instance))},
                by_alias=False,
                by_name=True,
            )
            raise
        for name, value in item.items():
            if "M" in value or "L" in value:
                self._check_depth(name, value)
        self._compare(instance, self.validate_item(item))
        return item

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
            self._validator = self._compiler.validator(self._schema)
        return self._validator

    def _class_serializer(self) -> Any:
        if self._kind == "model":
            return self.cls.__pydantic_serializer__
        if self._serializer is None:
            self._serializer = SchemaSerializer(self._compiler.closed(self._schema))
        return self._serializer

    def _values(self, instance: Any) -> Mapping[str, Any]:
        if self._kind == "typed-dict":
            found: Mapping[str, Any] = instance
            return found
        if self._kind == "model":
            held: dict[str, Any] = vars(instance)
            return held
        return {n: getattr(instance, n) for n in self.fields if hasattr(instance, n)}

    def _extras(self, instance: Any) -> list[tuple[str, Any]]:
        if self._kind == "model":
            return list((instance.__pydantic_extra__ or {}).items())
        values = instance if self._kind == "typed-dict" else vars(instance)
        return [(name, value) for name, value in values.items() if name not in self.fields]

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
        if not isinstance(dumped, dict):
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

    def _compare(self, instance: Any, read: Any) -> None:
        written, found = self._values(instance), self._values(read)
        for name, field in self.fields.items():
            if field.excluded or name not in written:
                continue
            self._compare_field(field, written[name], found.get(name))

    def _compare_field(self, field: FieldCodec, written: Any, found: Any) -> None:
        nested = field.codec
        if isinstance(nested, _Wrapped):
            nested = nested._inner  # noqa: SLF001  # the same module
        if isinstance(nested, DocumentCodec) and type(written) is type(found) is nested.cls:
            nested._compare(written, found)  # noqa: SLF001  # another instance of this class
        elif field.verify and not _is_same(written, found):
            message = (
                f"{self.cls.__name__}.{field.name}: this {type(written).__name__} would be read "
                f"back as another value ({type(found).__name__}). Give its type a serializer that "
                "keeps the whole value, or a discriminator."
            )
            raise EncodingError(message)


def document_codec(cls: type[BaseModel]) -> DocumentCodec:
    """Compile the codec of a model; the caller keeps it.

    Example:
        ```python
        from pydantic import BaseModel

        from mizzle.model.codec import document_codec


        class Point(BaseModel):
            x: int


        assert document_codec(Point).encode_checked(Point(x=1)) == {"x": {"N": "1"}}
        ```
    """
    if not cls.__pydantic_complete__:
        cls.model_rebuild()
    context = _Context(cls.__pydantic_core_schema__)
    codec = context.compile(context.root, strict=False)
    while isinstance(codec, _Wrapped):
        codec = codec._inner  # noqa: SLF001  # the same module
    if not isinstance(codec, DocumentCodec):
        message = f"{cls.__name__} has no fields to store"
        raise EncodingError(message)
    return codec


# The compiler.


class _Context:
    """The definitions of one core schema, and the codecs of the classes in it."""

    __slots__ = ("_documents", "_facts", "_lazy", "config", "definitions", "root")

    def __init__(self, schema: Any) -> None:
        self.definitions: dict[str, Any] = {}
        while schema["type"] == "definitions":
            self.definitions |= {found["ref"]: found for found in schema["definitions"]}
            schema = schema["schema"]
        self.root = schema
        self.config = _resolve(schema, self).get("config")
        self._documents: dict[Any, DocumentCodec] = {}
        self._lazy: dict[str, _Lazy] = {}
        self._facts: dict[int, tuple[Any, _Facts]] = {}

    def closed(self, schema: Any) -> Any:
        """Put the definitions around a part of the schema."""
        if not self.definitions:
            return schema
        found = list(self.definitions.values())
        return {"type": "definitions", "schema": schema, "definitions": found}

    def validator(self, schema: Any) -> SchemaValidator:
        return SchemaValidator(self.closed(schema), self.config)

    def compile(self, schema: Any, *, strict: bool) -> Codec:
        """Make the codec of a schema.

        Raises:
            _UnknownType: If only Pydantic can write its values.
        """
        kind = schema["type"]
        scalar = _SCALAR_TYPES.get(kind)
        if scalar is not None:
            return scalar()._bound(schema, self)  # noqa: SLF001  # the same module
        if kind in {"model", "dataclass", "typed-dict"}:
            return self._document(schema, strict=strict)
        if kind == "definition-ref":
            return self._reference(schema["schema_ref"], strict=strict)
        compiler = _COMPILERS.get(kind)
        if compiler is None:
            raise _UnknownType(kind)
        codec = compiler(schema, self, strict)
        return codec if codec._context is not None else codec._bound(schema, self)  # noqa: SLF001  # the same module

    def facts(self, schema: Any) -> _Facts:
        known = self._facts.get(id(schema))
        if known is None:
            # The schema is kept with its facts, so that its id is not given to another.
            known = self._facts[id(schema)] = (schema, _Facts(schema, self))
        return known[1]

    def _reference(self, ref: str, *, strict: bool) -> Codec:
        target = self.definitions[ref]
        inner = _unwrap_functions(target)
        if inner["type"] in {"model", "dataclass", "typed-dict"} and not inner.get("root_model"):
            return self.compile(target, strict=strict)
        if not _is_recursive(target, ref, self):
            return self.compile(target, strict=strict)
        if ref not in self._lazy:
            self._lazy[ref] = _Lazy(lambda: self.compile(target, strict=strict))
        return self._lazy[ref]

    def _document(self, schema: Any, *, strict: bool) -> Codec:
        if schema.get("root_model"):
            inner = self.compile(schema["schema"], strict=strict)
            return _Root(schema["cls"], inner)._bound(schema, self)  # noqa: SLF001  # the same module
        key = schema.get("ref") or id(schema)
        if key not in self._documents:
            self._documents[key] = DocumentCodec(schema, self, strict=strict)
        return self._documents[key]


class _Facts:
    """What has to be known of a field's schema as a whole, documents inside it apart.

    Attributes:
        custom: Whether a serializer of the user's is active in Python mode.
        serialized: Whether there is any serializer.
        transforms: Whether validators or serializers may change the type.
        verify: Whether there is a union that only the values tell apart.
        documents: Whether there are documents inside.
        unknown: Whether there is a type whose values only Pydantic can write.
    """

    __slots__ = ("custom", "documents", "serialized", "transforms", "unknown", "verify")

    def __init__(self, schema: Any, context: _Context) -> None:
        self.custom = self.documents = self.serialized = False
        self.transforms = self.unknown = self.verify = False
        for node in _walk(schema, context, set()):
            self._note(node)

    def _note(self, node: Any) -> None:
        kind = node["type"]
        if _is_raw_enum(node):
            return
        if kind in {"model", "dataclass", "typed-dict"}:
            self.documents = True
        elif kind not in _COMPILERS and kind not in _SCALAR_TYPES and kind != "definition-ref":
            self.unknown = True
        serializer = node.get("serialization")
        if serializer is not None and not _has_model_serializer(node):
            self.serialized = self.transforms = True
            used = serializer.get("when_used", "always")
            is_function = serializer["type"] in {"function-plain", "function-wrap"}
            self.custom = self.custom or (is_function and not used.startswith("json"))
        if kind.startswith("function-") or kind == "chain":
            self.transforms = True
        if kind == "union" or (kind == "tagged-union" and callable(node["discriminator"])):
            self.verify = True
        if kind == "dict" and node.get("keys_schema", {}).get("type") in {"union", "nullable"}:
            self.verify = True


def _has_documents(codec: Codec) -> bool:
    codec = codec.target if isinstance(codec, _Lazy) else codec
    context = codec._context  # noqa: SLF001  # the same module
    return context is not None and _facts(codec._schema, context).documents  # noqa: SLF001  # the same module


def _facts(schema: Any, context: _Context) -> _Facts:
    return context.facts(schema)


def _walk(schema: Any, context: _Context, seen: set[str]) -> Iterator[Any]:
    """Visit a schema and what is inside it, documents' fields apart."""
    if schema["type"] == "definition-ref":
        if "serialization" in schema:
            yield schema
        ref = schema["schema_ref"]
        if ref in seen:
            return
        seen.add(ref)
        schema = context.definitions[ref]
    yield schema
    if _is_raw_enum(schema) or schema["type"] in {"dataclass", "typed-dict"} or _is_json(schema):
        return
    if schema["type"] == "model" and not schema.get("root_model"):
        return
    for child in _children(schema):
        yield from _walk(child, context, seen)


def _children(schema: Any) -> Iterator[Any]:
    keys = ("schema", "keys_schema", "values_schema", "lax_schema", "python_schema")
    yield from (schema[key] for key in keys if key in schema)
    items = schema.get("items_schema", [])
    yield from items if isinstance(items, list) else [items]
    yield from schema.get("steps", [])
    choices = schema.get("choices", [])
    for choice in choices.values() if isinstance(choices, dict) else choices:
        found = choice[0] if isinstance(choice, tuple) else choice
        if isinstance(found, dict):
            yield found


def _resolve(schema: Any, context: _Context) -> Any:
    """Go through references and validators to the schema of the type itself."""
    while True:
        schema = _unwrap_functions(schema)
        if schema["type"] != "definition-ref":
            return schema
        schema = context.definitions[schema["schema_ref"]]


def _unwrap_functions(schema: Any) -> Any:
    while schema["type"] in {"function-before", "function-after", "function-wrap", "default"}:
        schema = schema["schema"]
    return schema


def _fields_schema(schema: Any, context: _Context) -> Any:
    return _resolve(schema["schema"], context)


def _declared_fields(schema: Any, context: _Context) -> dict[str, Any]:
    if schema["type"] == "typed-dict":
        total = schema.get("total", True)
        declared: dict[str, Any] = schema["fields"]
        return {name: {"required": total, **field} for name, field in declared.items()}
    fields = _fields_schema(schema, context)["fields"]
    if isinstance(fields, list):
        return {field["name"]: field for field in fields if not field.get("init_only")}
    found: dict[str, Any] = fields
    return found


def _has_model_serializer(schema: Any) -> bool:
    if schema["type"] != "model" or "serialization" not in schema:
        return False
    return bool(schema["cls"].__pydantic_decorators__.model_serializers)


def _is_raw_enum(schema: Any) -> bool:
    """Tell whether this is an enum under `use_enum_values`."""
    if schema["type"] != "function-after" or schema["schema"]["type"] != "enum":
        return False
    return isinstance(schema["function"]["function"], operator.attrgetter)


def _is_json(schema: Any) -> bool:
    """Tell whether this is `JsonValue`, which is `Any` as far as storing goes."""
    return bool(schema["type"] == "json-or-python" and schema["json_schema"]["type"] == "any")


def _is_recursive(target: Any, ref: str, context: _Context) -> bool:
    seen: set[str] = set()
    for child in _children(target):
        for _ in _walk(child, context, seen):
            if ref in seen:
                return True
    return ref in seen


def _is_nullable(schema: Any, context: _Context) -> bool:
    found = _resolve(schema, context)
    if found["type"] == "union":
        return any(_is_nullable(child, context) for child in _children(found))
    return found["type"] in {"nullable", "any", "none"}


def _set_type(schema: Any, context: _Context) -> type | None:
    found = _resolve(schema, context)
    if found["type"] == "nullable":
        found = _resolve(found["schema"], context)
    kinds: dict[str, type] = {"set": set, "frozenset": frozenset}
    return kinds.get(found["type"])


_ANY_SCHEMA: Any = {"type": "any"}


def _compile_inner(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    return context.compile(schema["schema"], strict=strict)


def _compile_time(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    del context, strict
    # Times with offsets are stored as written, and their texts do not sort by instant.
    ordered = schema.get("tz_constraint") in {None, "naive"}
    write = _writer(time, time_text)
    return _Scalar("time", "S", write, _read_time, ordered=ordered, exact=(time,), rank=3)


def _compile_after(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    if _is_raw_enum(schema):
        return _compile_enum(schema["schema"], context, strict)
    return _compile_inner(schema, context, strict)


def _compile_enum(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    del context, strict
    cls: type[Enum] = schema["cls"]
    return _choice(cls.__name__, list(schema["members"]), cls)


def _compile_literal(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    del context, strict
    return _choice("one of the literal's values", list(schema["expected"]), None)


def _choice(expected: str, values: list[Any], cls: type[Enum] | None) -> Codec:
    try:
        return _Choice(expected, values, cls)
    except EncodingError as error:
        raise _UnknownType from error


def _compile_json_or_python(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    if _is_json(schema):
        return _Any()
    return context.compile(schema["python_schema"], strict=strict)


def _compile_list(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    return _List(context.compile(schema.get("items_schema", _ANY_SCHEMA), strict=strict))


def _compile_tuple(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    items = [context.compile(item, strict=strict) for item in schema["items_schema"]]
    return _Tuple(items, schema.get("variadic_item_index"))


def _compile_set(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    kind: type = {"set": set, "frozenset": frozenset}[schema["type"]]
    return _Set(kind, context.compile(schema.get("items_schema", _ANY_SCHEMA), strict=strict))


def _compile_dict(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    keys = context.compile(schema.get("keys_schema", _ANY_SCHEMA), strict=strict)
    values = context.compile(schema.get("values_schema", _ANY_SCHEMA), strict=strict)
    return _Dict(_key_reader(keys), values)


def _key_reader(keys: Codec) -> Callable[[str], Any]:
    """Make the function that reads a map's names as a dict's keys."""
    while isinstance(keys, _Lazy | _Wrapped):
        keys = keys.target if isinstance(keys, _Lazy) else keys._inner  # noqa: SLF001  # the same module
    if isinstance(keys, _Choice):
        known = {map_key_text(value): value for value, _ in keys._pairs}  # noqa: SLF001  # the same module
        return lambda name: known.get(name, name)
    if not isinstance(keys, _Scalar):
        return lambda name: name
    tag = keys._tag  # noqa: SLF001  # the same module
    if tag == "BOOL":
        return lambda name: {"true": True, "false": False}.get(name, name)
    if tag == "B":
        raise _UnknownType
    return lambda name: _read_key(keys, tag, name)


def _read_key(keys: Codec, tag: str, name: str) -> Any:
    try:
        return keys.decode({tag: name})
    except EncodingError:
        return name


def _compile_nullable(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    return _Nullable(context.compile(schema["schema"], strict=strict))


def _compile_chain(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    return context.compile(schema["steps"][-1], strict=strict)


def _compile_lax(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    return context.compile(schema["lax_schema"], strict=strict)


def _compile_union(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    return _Union([context.compile(choice, strict=strict) for choice in _children(schema)])


def _compile_tagged(schema: Any, context: _Context, strict: bool) -> Codec:  # noqa: FBT001  # one signature for all compilers
    discriminator = schema["discriminator"]
    choices = schema["choices"].items()
    tagged = [(tag, context.compile(choice, strict=strict)) for tag, choice in choices]
    if callable(discriminator):
        return _Union([choice for _, choice in tagged])
    return _Tagged(tagged, frozenset(_names(discriminator)))


def _names(discriminator: Any) -> Iterator[str]:
    if isinstance(discriminator, str):
        yield discriminator
    elif isinstance(discriminator, list):
        for part in discriminator:
            yield from _names(part)


_COMPILERS: dict[str, Callable[[Any, _Context, bool], Codec]] = {
    "any": lambda *_: _Any(),
    "chain": _compile_chain,
    "custom-error": _compile_inner,
    "default": _compile_inner,
    "dict": _compile_dict,
    "enum": _compile_enum,
    "frozenset": _compile_set,
    "function-after": _compile_after,
    "function-before": _compile_inner,
    "function-wrap": _compile_inner,
    "json-or-python": _compile_json_or_python,
    "lax-or-strict": _compile_lax,
    "list": _compile_list,
    "literal": _compile_literal,
    "nullable": _compile_nullable,
    "set": _compile_set,
    "tagged-union": _compile_tagged,
    "time": _compile_time,
    "tuple": _compile_tuple,
    "union": _compile_union,
}


def _is_same(written: Any, read: Any) -> bool:
    if written == read:
        return True
    kind: Any = type(written)
    # Instances of a class without an equality of its own are never equal, only alike.
    own_equality: Any = kind.__eq__
    alike = kind is type(read) and own_equality is object.__eq__
    return alike and hasattr(written, "__dict__") and vars(written) == vars(read)


def _mismatch(expected: str, value: Any) -> CodecMismatch:
    return CodecMismatch(f"expected {expected}, found {type(value).__name__}")
