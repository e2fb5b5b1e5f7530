"""Codecs as generated code: what the codecs of a document do, in one function without detours.

The functions take the instances and items that are as usual. Of all others they say so by an
exception, and those are left to the codecs, which know every case and say what is wrong.

Texts and numbers that are read are left to Pydantic, which converts them faster than anything here
could. Where that could make a difference (strict types, validators that see what is stored), the codec
reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from types import MethodType
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from mizzle.model.codecs.base import SCALAR_TAGS
from mizzle.model.codecs.choices import ChoiceCodec
from mizzle.model.codecs.containers import DictCodec, ListCodec, SetCodec
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.fields import OpaqueCodec, TransformedCodec
from mizzle.model.codecs.scalars import ScalarCodec
from mizzle.model.codecs.schemas import walk
from mizzle.model.codecs.wrappers import NullableCodec
from mizzle.values import date_text, datetime_text, number_text, uuid_text

if TYPE_CHECKING:
    from mizzle.model.codecs.base import Codec
    from mizzle.model.codecs.fields import FieldCodec

__all__ = ["GeneratedCodec", "generate_codec"]

# Pydantic reads these from what is stored as well as from their own types.
_AS_STORED = {"str": "S", "int": "N", "float": "N", "decimal": "N", "uuid": "S", "bool": "BOOL"}
# What may stand around a model's fields without seeing them before they are validated.
_AROUND_FIELDS = frozenset({"definitions", "definition-ref", "model", "function-after"})
_SET_TAGS = frozenset({"SS", "NS", "BS"})
# How values of these types are written that need no second look.
_USUALLY = {
    "str": '{{"S": {v}}} if {v}.__class__ is str and {v}.isascii()',
    "bool": '{{"BOOL": {v}}} if {v}.__class__ is bool',
    "int": '{{"N": str({v})}} if {v}.__class__ is int and -1e15 < {v} < 1e15',
}
# The types whose values are written by a function, and the function.
_TEXTS: dict[str, tuple[type, Callable[[Any], str]]] = {
    "uuid": (UUID, uuid_text),
    "datetime": (datetime, datetime_text),
    "decimal": (Decimal, number_text),
    "date": (date, date_text),
}


class GeneratedCodec(NamedTuple):
    """The generated functions of a document.

    Attributes:
        source: Their source.
        encode: Writes an instance's own values, by attribute name.
        decode: Reads the attributes of an item as Pydantic validates them, by field name.
    """

    source: str
    encode: Callable[[Any], dict[str, Any]]
    decode: Callable[[Any], dict[str, Any]]


def generate_codec(document: DocumentCodec, needed: Collection[str] = ()) -> GeneratedCodec | None:
    """Write the functions of a model; None if only the codecs can read and write it.

    Args:
        document: The codec of the model.
        needed: Fields without which an item is out of the ordinary, whatever their defaults.
    """
    if not _is_plain(document):
        return None
    constants: dict[str, Any] = {}
    encoder, decoder = _Encoder(constants), _Decoder(constants)
    encoder.write("encode", document)
    decoder.write("decode", document, frozenset(needed))
    source = "\n\n\n".join([*encoder.functions, *decoder.functions]) + "\n"
    name = f"<codec of {document.cls.__name__}>"
    namespace = dict(constants)
    exec(compile(source, name, "exec"), namespace)  # noqa: S102  # written here, all names are quoted
    return GeneratedCodec(source, namespace["encode"], namespace["decode"])


class _Writer:
    """Writes functions of one kind: those of a document and of those inside it.

    Args:
        constants: What the functions refer to, by name; shared with other writers.

    Attributes:
        functions: The sources of the functions.
    """

    verb: str

    def __init__(self, constants: dict[str, Any]) -> None:
        self.functions: list[str] = []
        self._constants = constants
        self._names: dict[int, str | None] = {}
        self._variables = 0

    def write(self, name: str, document: DocumentCodec) -> None:
        """Write the function of a document."""
        raise NotImplementedError

    def _function_for(self, document: DocumentCodec) -> str | None:
        """Name the function of a document inside this one; None if there cannot be one."""
        if id(document) not in self._names:
            name = f"{self.verb}_{len(self._names) + 1}" if _is_plain(document) else None
            # Named before it is written, as it may be inside itself.
            self._names[id(document)] = name
            if name is not None:
                self.write(name, document)
        return self._names[id(document)]

    def _constant(self, value: Any) -> str:
        for name, known in self._constants.items():
            # Methods are made anew each time that they are asked for; equal ones are of one object.
            if known is value or (isinstance(value, MethodType) and known == value):
                return name
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"


class _Encoder(_Writer):
    """Writes functions that take an instance and give its attributes."""

    verb = "encode"

    def write(self, name: str, document: DocumentCodec) -> None:
        """Write the function of a document."""
        lines = [f"def {name}(instance):", "    values = instance.__dict__", "    item = {}"]
        for field in document.fields.values():
            if not field.excluded:
                lines += self._field(field)
        self.functions.append("\n".join([*lines, "    return item"]))

    def _field(self, field: FieldCodec) -> Iterator[str]:
        codec, conditions = field.codec, list[str]()
        if field.empty_is_absent:
            conditions.append(f"(v or not {self._constant(field.omits)}(v))")
        elif field.null_is_absent:
            conditions.append("v is not None")
            codec = codec.inner if type(codec) is NullableCodec else codec
        if field.excluded_if is not None:
            conditions.append(f"not {self._constant(field.excluded_if)}(v)")
        yield f"    v = values[{field.name!r}]"
        if conditions:
            yield f"    if {' and '.join(conditions)}:"
        indent = " " * (8 if conditions else 4)
        if isinstance(codec, OpaqueCodec | TransformedCodec):
            value = f"{self._constant(field.encode_on)}(instance, v)"
        else:
            value = self._expression(codec, "v")
        yield f"{indent}item[{field.attribute!r}] = {value}"

    def _expression(self, codec: Codec, value: str) -> str:
        """Write the expression that encodes a value."""
        if type(codec) is NullableCodec:
            inner = self._expression(codec.inner, value)
            return f'{{"NULL": True}} if {value} is None else {inner}'
        encoded = f"{self._constant(codec.encode)}({value})"
        if type(codec) is ScalarCodec:
            usually = self._usual(codec, value)
            return encoded if usually is None else f"{usually} else {encoded}"
        if type(codec) is ListCodec:
            member = self._variable()
            members = f"[{self._expression(codec.inner, member)} for {member} in {value}]"
            return f'{{"L": {members}}} if {value}.__class__ is list else {encoded}'
        if type(codec) is DocumentCodec:
            name, cls = self._function_for(codec), self._constant(codec.cls)
            if name is not None:
                return f'{{"M": {name}({value})}} if {value}.__class__ is {cls} else {encoded}'
        return encoded

    def _usual(self, codec: ScalarCodec, value: str) -> str | None:
        """Write how a value that needs no second look is encoded; None if there is no such value."""
        kind = codec.schema["type"]
        if kind in _USUALLY:
            return _USUALLY[kind].format(v=value)
        if kind in _TEXTS:
            cls, write = map(self._constant, _TEXTS[kind])
            return f'{{"{codec.tag}": {write}({value})}} if {value}.__class__ is {cls}'
        return None


class _Decoder(_Writer):
    """Writes functions that take an item and give what Pydantic validates."""

    verb = "decode"

    def write(
        self, name: str, document: DocumentCodec, needed: frozenset[str] = frozenset()
    ) -> None:
        """Write the function of a document."""
        always: list[str] = []
        sometimes: list[str] = []
        for field in document.fields.values():
            attribute, key = repr(field.attribute), repr(field.name)
            value = self._read(field, f"item[{attribute}]")
            if _is_always_there(field) or field.name in needed:
                always.append(f"        {key}: {value},")
                continue
            sometimes += [f"    if {attribute} in item:", f"        data[{key}] = {value}"]
            if field.empty is not None:
                empty = self._constant(field.empty)
                sometimes += ["    else:", f"        data[{key}] = {empty}()"]
        lines = [f"def {name}(item):", "    data = {", *always, "    }", *sometimes]
        self.functions.append("\n".join([*lines, "    return data"]))

    def _read(self, field: FieldCodec, value: str) -> str:
        """Write the expression that reads a field's value."""
        if _is_strict(field.codec):
            return self._by_codec(field.codec, value)
        return self._expression(field.codec, value)

    def _expression(self, codec: Codec, value: str) -> str:
        if type(codec) is ScalarCodec:
            return self._scalar(codec, value)
        if type(codec) is ChoiceCodec:
            return self._choice(codec, value)
        if type(codec) is NullableCodec:
            variable = self._variable()
            inner = self._expression(codec.inner, variable)
            return f'None if "NULL" in ({variable} := {value}) else {inner}'
        if type(codec) is ListCodec:
            member = self._variable()
            return f'[{self._expression(codec.inner, member)} for {member} in {value}["L"]]'
        if type(codec) is DictCodec and _has_text_keys(codec):
            name, member = self._variable(), self._variable()
            inner = self._expression(codec.inner, member)
            return f'{{{name}: {inner} for {name}, {member} in {value}["M"].items()}}'
        if type(codec) is SetCodec:
            return self._set(codec, value)
        if type(codec) is DocumentCodec:
            return self._document(codec, value)
        return self._by_codec(codec, value)

    def _scalar(self, codec: Any, value: str) -> str:
        stored = f'{value}["{codec.tag}"]'
        if codec.schema["type"] in _AS_STORED:
            return stored
        return f"{self._constant(codec.read)}({stored})"

    def _choice(self, codec: Any, value: str) -> str:
        if len(codec.tags) != 1 or not codec.tags <= SCALAR_TAGS:
            return self._by_codec(codec, value)
        (tag,) = codec.tags
        known = {wire[tag]: member for member, wire in reversed(codec.pairs)}
        return f'{self._constant(known)}[{value}["{tag}"]]'

    def _set(self, codec: Any, value: str) -> str:
        tags = codec.tags & _SET_TAGS
        inner = codec.inner
        if len(tags) != 1 or type(inner) not in {ScalarCodec, ChoiceCodec} or len(inner.tags) != 1:
            return self._by_codec(codec, value)
        (tag,) = tags
        stored = f'{value}["{tag}"]'
        if type(inner) is ScalarCodec and inner.schema["type"] in _AS_STORED:
            return stored
        member = self._variable()
        wrapped = f'{{"{tag[0]}": {member}}}'
        return f"[{self._by_codec(inner, wrapped)} for {member} in {stored}]"

    def _document(self, codec: Any, value: str) -> str:
        name = self._function_for(codec)
        return self._by_codec(codec, value) if name is None else f'{name}({value}["M"])'

    def _by_codec(self, codec: Codec, value: str) -> str:
        return f"{self._constant(codec.decode)}({value})"


def _is_plain(document: DocumentCodec) -> bool:
    """Tell whether nothing of the user's sees the attributes before Pydantic has read them."""
    if not document.is_model or document.strict or document.keeps_extra:
        return False
    cls: Any = document.cls
    if not cls.__pydantic_complete__:
        return False
    schema: Any = cls.__pydantic_core_schema__
    definitions: dict[str, Any] = {}
    while schema["type"] != "model-fields":
        if (
            schema["type"] not in _AROUND_FIELDS
            or schema.get("custom_init")
            or schema.get("strict")
        ):
            return False
        if schema["type"] == "definitions":
            definitions |= {each["ref"]: each for each in schema["definitions"]}
        is_reference = schema["type"] == "definition-ref"
        schema = definitions[schema["schema_ref"]] if is_reference else schema["schema"]
    return True


def _is_always_there(field: FieldCodec) -> bool:
    return field.required and field.empty is None and not field.excluded


def _is_strict(codec: Codec) -> bool:
    if codec.context is None:
        return False
    return any(node.get("strict") for node in walk(codec.schema, codec.context, set()))


def _has_text_keys(codec: Any) -> bool:
    return bool(codec.schema.get("keys_schema", {}).get("type") == "str")
