"""From Pydantic's core schema to codecs.

See: https://docs.pydantic.dev/latest/api/pydantic_core_schema/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic_core import SchemaValidator

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import Codec, UnknownType
from mizzle.model.codecs.choices import ChoiceCodec
from mizzle.model.codecs.containers import DictCodec, ListCodec, SetCodec, TupleCodec
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.scalars import SCALAR_TYPES, AnyCodec, ScalarCodec, read_time, writer
from mizzle.model.codecs.schemas import (
    Facts,
    children,
    is_json,
    is_raw_enum,
    is_recursive,
    resolve,
    unwrap_functions,
)
from mizzle.model.codecs.unions import TaggedCodec, UnionCodec
from mizzle.model.codecs.wrappers import LazyCodec, NullableCodec, RootCodec, WrappedCodec
from mizzle.shapes import is_list
from mizzle.values import map_key_text, time_text

if TYPE_CHECKING:
    from pydantic import BaseModel


def document_codec(cls: type[BaseModel]) -> DocumentCodec:
    """Give the codec of a model, compiled at its first use and kept on the class.

    Example:
        ```python
        from pydantic import BaseModel

        from mizzle.model.codecs import document_codec


        class Point(BaseModel):
            x: int


        assert document_codec(Point).encode_checked(Point(x=1)) == {"x": {"N": "1"}}
        ```
    """
    known: DocumentCodec | None = cls.__dict__.get("__mizzle_codec__")
    if known is not None:
        return known
    if not cls.__pydantic_complete__:
        cls.model_rebuild()
    context = Context(cls.__pydantic_core_schema__)
    codec = context.compile(context.root, strict=False)
    while isinstance(codec, WrappedCodec):
        codec = codec.inner
    if not isinstance(codec, DocumentCodec):
        message = f"{cls.__name__} has no fields to store"
        raise EncodingError(message)
    type.__setattr__(cls, "__mizzle_codec__", codec)
    return codec


class Context:
    """The definitions of one core schema, and the codecs of the classes in it."""

    __slots__ = ("_documents", "_facts", "_lazy", "config", "definitions", "root")

    def __init__(self, schema: Any) -> None:
        self.definitions: dict[str, Any] = {}
        while schema["type"] == "definitions":
            self.definitions |= {found["ref"]: found for found in schema["definitions"]}
            schema = schema["schema"]
        self.root = schema
        self.config = resolve(schema, self).get("config")
        self._documents: dict[Any, DocumentCodec] = {}
        self._lazy: dict[str, LazyCodec] = {}
        self._facts: dict[int, tuple[Any, Facts]] = {}

    def closed(self, schema: Any) -> Any:
        """Put the definitions around a part of the schema."""
        if not self.definitions:
            return schema
        found = list(self.definitions.values())
        return {"type": "definitions", "schema": schema, "definitions": found}

    def validator(self, schema: Any) -> SchemaValidator:
        """Make Pydantic's validator of a part of the schema."""
        return SchemaValidator(self.closed(schema), self.config)

    def compile(self, schema: Any, *, strict: bool) -> Codec:
        """Make the codec of a schema.

        Raises:
            UnknownType: If only Pydantic can write its values.
        """
        kind = schema["type"]
        scalar = SCALAR_TYPES.get(kind)
        if scalar is not None:
            return scalar().bound(schema, self)
        if kind in {"model", "dataclass", "typed-dict"}:
            return self._document(schema, strict=strict)
        if kind == "definition-ref":
            return self._reference(schema["schema_ref"], strict=strict)
        compiler = _COMPILERS.get(kind)
        if compiler is None:
            raise UnknownType(kind)
        codec = compiler(schema, self, strict=strict)
        return codec if codec.context is not None else codec.bound(schema, self)

    def facts(self, schema: Any) -> Facts:
        """Find out what has to be known of a field's schema."""
        known = self._facts.get(id(schema))
        if known is None:
            # The schema is kept with its facts, so that its id is not given to another.
            known = self._facts[id(schema)] = (schema, Facts(schema, self))
        return known[1]

    def _reference(self, ref: str, *, strict: bool) -> Codec:
        target = self.definitions[ref]
        inner = unwrap_functions(target)
        if inner["type"] in {"model", "dataclass", "typed-dict"} and not inner.get("root_model"):
            return self.compile(target, strict=strict)
        if not is_recursive(target, ref, self):
            return self.compile(target, strict=strict)
        if ref not in self._lazy:
            self._lazy[ref] = LazyCodec(lambda: self.compile(target, strict=strict))
        return self._lazy[ref]

    def _document(self, schema: Any, *, strict: bool) -> Codec:
        if schema.get("root_model"):
            inner = self.compile(schema["schema"], strict=strict)
            return RootCodec(schema["cls"], inner).bound(schema, self)
        key = schema.get("ref") or id(schema)
        if key not in self._documents:
            self._documents[key] = DocumentCodec(schema, self, strict=strict)
        return self._documents[key]


_ANY_SCHEMA: Any = {"type": "any"}


def _compile_any(schema: Any, context: Context, *, strict: bool) -> Codec:
    del schema, context, strict
    return AnyCodec()


def _compile_inner(schema: Any, context: Context, *, strict: bool) -> Codec:
    return context.compile(schema["schema"], strict=strict)


def _compile_time(schema: Any, context: Context, *, strict: bool) -> Codec:
    del context, strict
    # Times with offsets are stored as written, and their texts do not sort by instant.
    ordered = schema.get("tz_constraint") in {None, "naive"}
    write = writer(time, time_text)
    return ScalarCodec("time", "S", write, read_time, ordered=ordered, exact=(time,), rank=3)


def _compile_after(schema: Any, context: Context, *, strict: bool) -> Codec:
    if is_raw_enum(schema):
        return _compile_enum(schema["schema"], context, strict=strict)
    return _compile_inner(schema, context, strict=strict)


def _compile_enum(schema: Any, context: Context, *, strict: bool) -> Codec:
    del context, strict
    cls: type[Enum] = schema["cls"]
    return _choice_codec(cls.__name__, list(schema["members"]), cls)


def _compile_literal(schema: Any, context: Context, *, strict: bool) -> Codec:
    del context, strict
    return _choice_codec("one of the literal's values", list(schema["expected"]), None)


def _choice_codec(expected: str, values: list[Any], cls: type[Enum] | None) -> Codec:
    try:
        return ChoiceCodec(expected, values, cls)
    except EncodingError as error:
        raise UnknownType from error


def _compile_json_or_python(schema: Any, context: Context, *, strict: bool) -> Codec:
    if is_json(schema):
        return AnyCodec()
    return context.compile(schema["python_schema"], strict=strict)


def _compile_list(schema: Any, context: Context, *, strict: bool) -> Codec:
    return ListCodec(context.compile(schema.get("items_schema", _ANY_SCHEMA), strict=strict))


def _compile_tuple(schema: Any, context: Context, *, strict: bool) -> Codec:
    items = [context.compile(item, strict=strict) for item in schema["items_schema"]]
    return TupleCodec(items, schema.get("variadic_item_index"))


def _compile_set(schema: Any, context: Context, *, strict: bool) -> Codec:
    kind: type = {"set": set, "frozenset": frozenset}[schema["type"]]
    return SetCodec(kind, context.compile(schema.get("items_schema", _ANY_SCHEMA), strict=strict))


def _compile_dict(schema: Any, context: Context, *, strict: bool) -> Codec:
    keys = context.compile(schema.get("keys_schema", _ANY_SCHEMA), strict=strict)
    values = context.compile(schema.get("values_schema", _ANY_SCHEMA), strict=strict)
    return DictCodec(_key_reader(keys), values)


def _key_reader(keys: Codec) -> Callable[[str], Any]:
    """Make the function that reads a map's names as a dict's keys."""
    while isinstance(keys, LazyCodec | WrappedCodec):
        keys = keys.target if isinstance(keys, LazyCodec) else keys.inner
    if isinstance(keys, ChoiceCodec):
        known = {map_key_text(value): value for value, _ in keys.pairs}
        return lambda name: known.get(name, name)
    if not isinstance(keys, ScalarCodec):
        return lambda name: name
    tag = keys.tag
    if tag == "BOOL":
        return lambda name: {"true": True, "false": False}.get(name, name)
    if tag == "B":
        raise UnknownType
    return lambda name: _read_key(keys, tag, name)


def _read_key(keys: Codec, tag: str, name: str) -> Any:
    try:
        return keys.decode({tag: name})
    except EncodingError:
        return name


def _compile_nullable(schema: Any, context: Context, *, strict: bool) -> Codec:
    return NullableCodec(context.compile(schema["schema"], strict=strict))


def _compile_chain(schema: Any, context: Context, *, strict: bool) -> Codec:
    return context.compile(schema["steps"][-1], strict=strict)


def _compile_lax(schema: Any, context: Context, *, strict: bool) -> Codec:
    return context.compile(schema["lax_schema"], strict=strict)


def _compile_union(schema: Any, context: Context, *, strict: bool) -> Codec:
    return UnionCodec([context.compile(choice, strict=strict) for choice in children(schema)])


def _compile_tagged(schema: Any, context: Context, *, strict: bool) -> Codec:
    discriminator = schema["discriminator"]
    choices = schema["choices"].items()
    tagged = [(tag, context.compile(choice, strict=strict)) for tag, choice in choices]
    if callable(discriminator):
        return UnionCodec([choice for _, choice in tagged])
    return TaggedCodec(tagged, frozenset(_names(discriminator)))


def _names(discriminator: Any) -> Iterator[str]:
    if isinstance(discriminator, str):
        yield discriminator
    elif is_list(discriminator):
        for part in discriminator:
            yield from _names(part)


_COMPILERS: dict[str, Callable[..., Codec]] = {
    "any": _compile_any,
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
