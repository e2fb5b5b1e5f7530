"""Generated code that reads items.

Texts and numbers are left to Pydantic, which converts them faster than anything here could. Where that
could make a difference (strict types, validators that see what is stored), the codec reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from mizzle.model.codecs.base import SCALAR_TAGS
from mizzle.model.codecs.choices import ChoiceCodec
from mizzle.model.codecs.code_writer import CodeWriter
from mizzle.model.codecs.containers import DictCodec, ListCodec, SetCodec
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.scalars import ScalarCodec
from mizzle.model.codecs.schemas import walk
from mizzle.model.codecs.wrappers import NullableCodec

if TYPE_CHECKING:
    from mizzle.model.codecs.base import Codec
    from mizzle.model.codecs.fields import FieldCodec

__all__ = ["DecoderWriter", "has_text_keys", "is_strict"]

# Pydantic reads these from what is stored as well as from their own types.
_AS_STORED = {"str": "S", "int": "N", "float": "N", "decimal": "N", "uuid": "S", "bool": "BOOL"}
_SET_TAGS = frozenset({"SS", "NS", "BS"})


class DecoderWriter(CodeWriter):
    """Writes functions that take an item and give what Pydantic validates."""

    verb = "decode"
    letter = "m"

    def write(
        self,
        name: str,
        document: DocumentCodec,
        needed: Collection[str] = (),
        names: Iterable[str] | None = None,
    ) -> None:
        """Write the function of a document.

        Args:
            name: The function's.
            document: The codec of the document.
            needed: Fields without which it is out of the ordinary, whatever their defaults.
            names: The fields to read; all if left out.
        """
        always: list[str] = []
        sometimes: list[str] = []
        for field in map(document.fields.__getitem__, document.fields if names is None else names):
            attribute, key = repr(field.attribute), repr(field.name)
            value = self.read(field, f"item[{attribute}]")
            if _is_always_there(field) or field.name in needed:
                always.append(f"        {key}: {value},")
                continue
            sometimes += [f"    if {attribute} in item:", f"        data[{key}] = {value}"]
            if field.empty is not None:
                empty = self.constant(field.empty)
                sometimes += ["    else:", f"        data[{key}] = {empty}()"]
        lines = [f"def {name}(item):", "    data = {", *always, "    }", *sometimes]
        self.functions.append("\n".join([*lines, "    return data"]))

    def read(self, field: FieldCodec, value: str) -> str:
        """Write the expression that reads a field's value."""
        if is_strict(field.codec):
            return self._by_codec(field.codec, value)
        return self._expression(field.codec, value)

    def _expression(self, codec: Codec, value: str) -> str:
        if type(codec) is ScalarCodec:
            return self._scalar(codec, value)
        if type(codec) is ChoiceCodec:
            return self._choice(codec, value)
        if type(codec) is NullableCodec:
            variable = self.variable()
            inner = self._expression(codec.inner, variable)
            return f'None if "NULL" in ({variable} := {value}) else {inner}'
        if type(codec) is ListCodec:
            member = self.variable()
            return f'[{self._expression(codec.inner, member)} for {member} in {value}["L"]]'
        if type(codec) is DictCodec and has_text_keys(codec):
            name, member = self.variable(), self.variable()
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
        return f"{self.constant(codec.read)}({stored})"

    def _choice(self, codec: Any, value: str) -> str:
        if len(codec.tags) != 1 or not codec.tags <= SCALAR_TAGS:
            return self._by_codec(codec, value)
        (tag,) = codec.tags
        known = {wire[tag]: member for member, wire in reversed(codec.pairs)}
        return f'{self.constant(known)}[{value}["{tag}"]]'

    def _set(self, codec: Any, value: str) -> str:
        tags = codec.tags & _SET_TAGS
        inner = codec.inner
        if len(tags) != 1 or type(inner) not in {ScalarCodec, ChoiceCodec} or len(inner.tags) != 1:
            return self._by_codec(codec, value)
        (tag,) = tags
        stored = f'{value}["{tag}"]'
        if type(inner) is ScalarCodec and inner.schema["type"] in _AS_STORED:
            return stored
        member = self.variable()
        wrapped = f'{{"{tag[0]}": {member}}}'
        return f"[{self._by_codec(inner, wrapped)} for {member} in {stored}]"

    def _document(self, codec: Any, value: str) -> str:
        name = self.function_for(codec)
        return self._by_codec(codec, value) if name is None else f'{name}({value}["M"])'

    def _by_codec(self, codec: Codec, value: str) -> str:
        return f"{self.constant(codec.decode)}({value})"


def _is_always_there(field: FieldCodec) -> bool:
    return field.required and field.empty is None and not field.excluded


def is_strict(codec: Codec) -> bool:
    """Tell whether Pydantic would refuse to read a value from what is stored."""
    if codec.context is None:
        return False
    return any(node.get("strict") for node in walk(codec.schema, codec.context, set()))


def has_text_keys(codec: Any) -> bool:
    """Tell whether the keys of a dict are texts, as the names in a map are."""
    return bool(codec.schema.get("keys_schema", {}).get("type") == "str")
