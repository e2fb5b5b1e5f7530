"""Lists, tuples, sets and dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import Codec, CodecMismatch, mismatch
from mizzle.request import AttributeValue
from mizzle.shapes import is_mapping, is_sequence, is_set
from mizzle.values import decode_value, map_key_text, set_value

_SET_TAGS = {"S": "SS", "N": "NS", "B": "BS"}


class ListCodec(Codec):
    """A list of values of one type."""

    __slots__ = ("inner",)

    def __init__(self, inner: Codec) -> None:
        super().__init__({"L"}, element=inner, exact=(list,))
        self.inner = inner

    @override
    def encode(self, value: Any) -> AttributeValue:
        if not is_sequence(value):
            raise mismatch("list", value)
        encode = self.inner.encode
        return {"L": [encode(member) for member in value]}

    @override
    def decode(self, value: AttributeValue) -> Any:
        if "L" not in value:
            return decode_value(value)
        decode = self.inner.decode
        return [decode(member) for member in value["L"]]


class TupleCodec(Codec):
    """A tuple: fixed positions, and perhaps any number in between."""

    __slots__ = ("_after", "_before", "_rest")

    def __init__(self, items: list[Codec], variadic: int | None) -> None:
        only = items[0] if variadic == 0 and len(items) == 1 else None
        super().__init__({"L"}, element=only, exact=(tuple,))
        self._before = items if variadic is None else items[:variadic]
        self._rest = None if variadic is None else items[variadic]
        self._after = [] if variadic is None else items[variadic + 1 :]

    @override
    def encode(self, value: Any) -> AttributeValue:
        if not is_sequence(value):
            raise mismatch("tuple", value)
        codecs = self._codecs(len(value))
        if codecs is None:
            message = f"expected a tuple of another length than {len(value)}"
            raise CodecMismatch(message)
        pairs = zip(codecs, value, strict=True)
        return {"L": [codec.encode(member) for codec, member in pairs]}

    @override
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


class SetCodec(Codec):
    """A set, stored as one of DynamoDB's if it can be."""

    __slots__ = ("_kind", "inner")

    def __init__(self, kind: type, inner: Codec) -> None:
        tags = {_SET_TAGS[tag] for tag in inner.tags if tag in _SET_TAGS}
        super().__init__({"L", *tags}, element=inner, exact=(kind,))
        self._kind = kind
        self.inner = inner

    @override
    def encode(self, value: Any) -> AttributeValue:
        if not is_set(value):
            raise mismatch(self._kind.__name__, value)
        return set_value(self.inner.encode(member) for member in value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        ((tag, raw),) = value.items()
        if tag == "L":
            members = [self.inner.decode(member) for member in raw]
        elif tag in {"SS", "NS", "BS"}:
            members = [self.inner.decode({tag[0]: member}) for member in raw]
        else:
            return decode_value(value)
        try:
            return self._kind(members)
        except TypeError:
            # Documents are dicts before they are validated, and a dict cannot be in a set.
            return members


class DictCodec(Codec):
    """A dict, its keys stored as text."""

    __slots__ = ("_read_key", "inner")

    def __init__(self, read_key: Callable[[str], Any], inner: Codec) -> None:
        super().__init__({"M"}, element=inner, exact=(dict,))
        self._read_key = read_key
        self.inner = inner

    @override
    def encode(self, value: Any) -> AttributeValue:
        if not is_mapping(value):
            raise mismatch("dict", value)
        found = {map_key_text(key): self.inner.encode(member) for key, member in value.items()}
        if len(found) != len(value):
            message = "two keys of the map would be stored as one"
            raise EncodingError(message)
        return {"M": found}

    @override
    def decode(self, value: AttributeValue) -> Any:
        if "M" not in value:
            return decode_value(value)
        read_key, decode = self._read_key, self.inner.decode
        return {read_key(name): decode(member) for name, member in value["M"].items()}
