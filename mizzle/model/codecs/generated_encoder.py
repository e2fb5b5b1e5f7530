"""Generated code that writes instances as JSON, and as what that JSON will be read back as.

One pass makes both, so that what is stored has been validated in the form in which it will be read.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json as uuid_json

from mizzle.limits import MAX_NESTING
from mizzle.model.codecs.base import SCALAR_TAGS
from mizzle.model.codecs.certainty import is_certain_document, is_certain_field
from mizzle.model.codecs.choices import ChoiceCodec
from mizzle.model.codecs.code_writer import CodeWriter
from mizzle.model.codecs.containers import DictCodec, ListCodec, SetCodec
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.generated_decoder import DecoderWriter, has_text_keys, is_strict
from mizzle.model.codecs.scalars import ScalarCodec
from mizzle.model.codecs.wrappers import NullableCodec
from mizzle.request import to_json
from mizzle.values import (
    check_nesting,
    datetime_text,
    decimal_text,
    number_text,
    stored_datetime,
)

if TYPE_CHECKING:
    from mizzle.model.codecs.base import Codec
    from mizzle.model.codecs.fields import FieldCodec

__all__ = ["EncoderWriter"]

_NESTED_TAGS = frozenset({"L", "M"})


class _Scalar(NamedTuple):
    """How values `v` of one type are written.

    Attributes:
        cls: Their type; those of a subclass are not as usual.
        json: The attribute value's JSON, as the inside of an f-string.
        stored: What is written and read back in place of `v`, if it is not `v` itself.
        functions: What these refer to, by name.
    """

    cls: type
    json: str
    stored: str = "v"
    functions: Mapping[str, Any] = {}


_INT = '{{"N":"{v if -(10**15) < v < 10**15 else number_text(v)}"}}'
_SCALARS = {
    "str": _Scalar(str, '{{"S":{quoted(v)}}}', functions={"quoted": encode_basestring}),
    "bool": _Scalar(bool, '{{"BOOL":{"true" if v else "false"}}}'),
    "int": _Scalar(int, _INT, functions={"number_text": number_text}),
    # Of zeros, only one is stored.
    "float": _Scalar(float, '{{"N":"{number_text(v)}"}}', "v + 0.0", {"number_text": number_text}),
    "decimal": _Scalar(Decimal, '{{"N":"{v}"}}', "decimal_text(v)", {"decimal_text": decimal_text}),
    # Faster than the UUID itself.
    "uuid": _Scalar(UUID, '{{"S":{uuid_json(v).decode()}}}', functions={"uuid_json": uuid_json}),
    "date": _Scalar(date, '{{"S":"{v}"}}'),
    "datetime": _Scalar(
        datetime,
        '{{"S":"{datetime_text(v)}"}}',
        "v if v.tzinfo is UTC else stored_datetime(v)",
        {"UTC": UTC, "stored_datetime": stored_datetime, "datetime_text": datetime_text},
    ),
}


class EncoderWriter(CodeWriter):
    """Writes functions that take an instance and give two things.

    They give the JSON of its attributes, with a comma before each, and what they are read back as.

    Args:
        constants: What the functions refer to, by name; shared with other writers.
        decoder: Knows how attribute values are read back.
        reads: Whether they give what the attributes are read back as; otherwise only the JSON.

    Attributes:
        is_certain: Whether all that the functions take is valid, so that nobody has to read it back.
        may_lose: Whether codecs write documents, in which Pydantic may lose something.
    """

    verb = "encode"
    letter = "v"

    def __init__(
        self, constants: dict[str, Any], decoder: DecoderWriter, *, reads: bool = True
    ) -> None:
        super().__init__(constants)
        self.is_certain = True
        self.may_lose = False
        self._decoder = decoder
        self._reads = reads
        # Of what the function of a document gives.
        self._json, self._read = ("v[0]", "v[1]") if reads else ("v", "v")

    def function_for(self, document: DocumentCodec) -> str | None:
        """Name the function of a document inside this one; None if there cannot be one."""
        # Of two fields of one attribute only the last that is there is stored.
        is_plain = len(document.by_attribute) == len(document.fields)
        return super().function_for(document) if is_plain else None

    def write(self, name: str, document: DocumentCodec) -> None:
        """Write the function of a document."""
        self.is_certain = self.is_certain and is_certain_document(document)
        lines, data, json = ["values = instance.__dict__"], list[str](), list[str]()
        sometimes: list[str] = []
        for field in document.fields.values():
            self.is_certain = self.is_certain and is_certain_field(field)
            if field.excluded:
                continue
            if field.empty_is_absent or field.null_is_absent or field.excluded_if is not None:
                sometimes += self._perhaps(field)
                continue
            v, written = self._value(field, field.codec)
            lines += [f"{v} = values[{field.name!r}]", *written.lines]
            data.append(f"    {field.name!r}: {written.read},")
            json.append(f"    {_attribute(field, written)}")
        if self._reads:
            lines += ["data = {", *data, "}"]
        lines += ["json = (", *(json or ["    ''"]), ")", *sometimes]
        lines.append("return json, data" if self._reads else "return json")
        self.functions.append("\n    ".join([f"def {name}(instance):", *lines]))

    def _perhaps(self, field: FieldCodec) -> Iterator[str]:
        """Write how a field is stored that may be left out."""
        codec, conditions = field.codec, list[str]()
        if field.null_is_absent and type(codec) is NullableCodec and not field.empty_is_absent:
            codec = codec.inner
        v, written = self._value(field, codec)
        if field.empty_is_absent:
            conditions.append(f"({v} or not {self.constant(field.omits)}({v}))")
        elif field.null_is_absent:
            conditions.append(f"{v} is not None")
        if field.excluded_if is not None:
            conditions.append(f"not {self.constant(field.excluded_if)}({v})")
        yield f"{v} = values[{field.name!r}]"
        yield f"if {' and '.join(conditions)}:"
        for line in written.lines:
            yield f"    {line}"
        if self._reads:
            yield f"    data[{field.name!r}] = {written.read}"
        yield f"    json += {_attribute(field, written)}"
        if self._reads and field.empty is not None:
            yield f"else: data[{field.name!r}] = {self.constant(field.empty)}()"

    def _value(self, field: FieldCodec, codec: Codec) -> tuple[str, _Written]:
        """Name the variable that holds a field's value, and write how it is stored."""
        written = None if is_strict(codec) or _is_deep(codec) else self._quick(codec)
        if written is None:
            written = self._by_codec(field)
            self.is_certain = False
        name = self.variable()
        return name, written.about(name)

    @property
    def _document_json(self) -> str:
        return f'{{{{"M":{{{{{{{self._json}[1:]}}}}}}}}}}'

    def _by_codec(self, field: FieldCodec) -> _Written:
        codec = field.codec
        write, takes_instance = field.written_plainly
        lines = [f"v = {self.constant(write)}({'instance' if takes_instance else 'v'})"]
        self.may_lose = self.may_lose or field.has_documents
        if codec.tags & _NESTED_TAGS:
            lines.append(f"{self.named(check_nesting)}(v)")
        return _Written(lines, f"{{{self.named(to_json)}(v)}}", self._decoder.read(field, "v"))

    def _quick(self, codec: Codec) -> _Written | None:
        """Write how `v` is stored; None if only the codec knows."""
        if type(codec) is ScalarCodec:
            return self._scalar(codec)
        if type(codec) is ChoiceCodec:
            return self._choice(codec)
        if type(codec) is SetCodec:
            return self._set(codec)
        if type(codec) is DocumentCodec:
            return self._document(codec)
        if type(codec) is ListCodec:
            return self._list(codec)
        if type(codec) is DictCodec and has_text_keys(codec):
            return self._dict(codec)
        return None

    def _scalar_of(self, codec: Codec) -> _Scalar | None:
        """Find how the values of a scalar codec are written, and name what that calls."""
        scalar = _SCALARS.get(codec.schema["type"]) if type(codec) is ScalarCodec else None
        if scalar is not None:
            for name, function in scalar.functions.items():
                self.named(function, name)
        return scalar

    def _scalar(self, codec: Codec) -> _Written | None:
        scalar = self._scalar_of(codec)
        if scalar is None:
            return None
        lines = [_refuse_if(f"type(v) is not {self.named(scalar.cls)}")]
        if scalar.stored != "v":
            lines.append(f"v = {scalar.stored}")
        return _Written(lines, scalar.json, "v")

    def _choice(self, codec: ChoiceCodec) -> _Written | None:
        known = _known(codec)
        if not known:
            return None
        return _Written([f"v = {self.constant(known)}[type(v), v]"], "{v[0]}", "v[1]")

    def _set(self, codec: SetCodec) -> _Written | None:
        inner: Any = codec.inner
        if codec.exact != (set,) or type(inner) is not ScalarCodec or inner.schema["type"] != "str":
            return None
        texts = f"','.join(map({self.named(encode_basestring, 'quoted')}, v))"
        lines = [_refuse_if("type(v) is not set or {*map(type, v)} != {str}"), "v = sorted(v)"]
        return _Written([*lines, f"texts = {texts}"], '{{"SS":[{texts}]}}', "v")

    def _document(self, codec: DocumentCodec) -> _Written | None:
        name = self.function_for(codec)
        if name is None:
            return None
        lines = [_refuse_if(f"type(v) is not {self.constant(codec.cls)}"), f"v = {name}(v)"]
        return _Written(lines, self._document_json, self._read)

    def _list(self, codec: ListCodec) -> _Written | None:
        members = self._members(codec.inner)
        if members is None:
            return None
        cls, stored, json, read = members
        lines = [_refuse_if(f"type(v) is not list or {{*map(type, v)}} - {{{cls}}}")]
        if stored != "v":
            lines.append(f"v = [{stored} for v in v]")
        lines.append(f"texts = ','.join([f{json!r} for v in v])")
        return _Written(lines, '{{"L":[{texts}]}}', "v" if read == "v" else f"[{read} for v in v]")

    def _dict(self, codec: DictCodec) -> _Written | None:
        members = self._members(codec.inner)
        if members is None:
            return None
        cls, stored, json, read = members
        lines = [
            _refuse_if("type(v) is not dict or {*map(type, v)} - {str}"),
            _refuse_if(f"{{*map(type, v.values())}} - {{{cls}}}"),
        ]
        if stored != "v":
            lines.append(f"v = {{n: {stored} for n, v in v.items()}}")
        entry = f"{{{self.named(encode_basestring, 'quoted')}(n)}}:{json}"
        lines.append(f"texts = ','.join([f{entry!r} for n, v in v.items()])")
        return _Written(
            lines,
            '{{"M":{{{texts}}}}}',
            "v" if read == "v" else f"{{n: {read} for n, v in v.items()}}",
        )

    def _members(self, codec: Codec) -> tuple[str, str, str, str] | None:
        """Write how the members of a list or dict are stored.

        Returns:
            Their class, what is stored of each `v`, its JSON, and what that is read back as.
        """
        if type(codec) is DocumentCodec:
            name = self.function_for(codec)
            if name is None:
                return None
            return self.constant(codec.cls), f"{name}(v)", self._document_json, self._read
        scalar = self._scalar_of(codec)
        if scalar is None:
            return None
        return self.named(scalar.cls), scalar.stored, scalar.json, "v"


class _Written(NamedTuple):
    """How a value `v` is stored, by way of its `texts` if it has members.

    Attributes:
        lines: What has to be done first.
        json: The attribute value's JSON, as the inside of an f-string.
        read: What it is read back as.
    """

    lines: list[str]
    json: str
    read: str

    def about(self, variable: str) -> _Written:
        """Write the same of another variable than `v`."""

        def renamed(code: str) -> str:
            return _VARIABLES.sub(rf"\g<0>{variable[1:]}", code)

        return _Written(
            [renamed(line) for line in self.lines], renamed(self.json), renamed(self.read)
        )


_VARIABLES = re.compile(r"\b(?:v|texts)\b")


def _attribute(field: FieldCodec, written: _Written) -> str:
    """Write the f-string of an attribute, with a comma before it."""
    name = to_json(field.attribute).replace("{", "{{").replace("}", "}}")
    return f"f{f',{name}:{written.json}'!r}"


def _refuse_if(condition: str) -> str:
    # An exception that says nothing: the codecs know what is wrong, if anything is.
    return f"if {condition}: raise ValueError"


# Of values that are told apart by a dict as by their own types.
_EQUALITIES: tuple[Any, ...] = (object.__eq__, str.__eq__, int.__eq__, float.__eq__)


def _known(codec: ChoiceCodec) -> dict[Hashable, tuple[str, Any]]:
    """List the JSON of each value by its type and itself, and what it is read back as."""
    found: dict[Hashable, tuple[str, Any]] = {}
    for value, wire in codec.pairs:
        if not wire.keys() <= SCALAR_TAGS:
            return {}
        written = to_json(wire), codec.decode(wire)
        # With `use_enum_values` an instance holds a member's value.
        own = [value]
        if codec.is_enum and not isinstance(value.value, Enum):
            own.append(value.value)
        for each in own:
            if type(each).__eq__ not in _EQUALITIES or not isinstance(each, Hashable):
                return {}
            found.setdefault((type(each), each), written)
    return found


def _is_deep(codec: Codec) -> bool:
    """Tell whether values may be nested deeper than DynamoDB allows, as far as the types say."""
    return _levels(codec, ()) > MAX_NESTING


def _levels(codec: Codec, around: tuple[Codec, ...]) -> float:
    """Count the lists and maps that may be inside one another."""
    if not codec.tags & _NESTED_TAGS:
        return 0
    if codec in around:
        return inf
    inside = (*around, codec)
    match codec:
        case NullableCodec():
            return _levels(codec.inner, inside)
        case ListCodec() | SetCodec() | DictCodec():
            return 1 + _levels(codec.inner, inside)
        case DocumentCodec():
            inner = [_levels(field.codec, inside) for field in codec.fields.values()]
            return 1 + max(inner, default=0)
        case _:
            return inf
