"""Enums and literals: fixed lists of values."""

from __future__ import annotations

from enum import Enum
from typing import Any

from typing_extensions import override

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import ORDERED_TAGS, SCALAR_TAGS, Codec, mismatch
from mizzle.request import AttributeValue
from mizzle.values import decode_value, encode_value, number_text, parse_decimal


class ChoiceCodec(Codec):
    """An enum or a literal: a fixed list of values.

    Attributes:
        pairs: The values, each with its attribute value.
        is_enum: Whether it is an enum, whose members' values are welcome too.
    """

    __slots__ = ("_cls", "_expected", "_known", "is_enum", "pairs")

    def __init__(self, expected: str, values: list[Any], cls: type[Enum] | None) -> None:
        self.pairs = [(value, encode_value(value)) for value in values]
        self._known: dict[tuple[str, Any], Any] = {}
        for value, wire in self.pairs:
            ((tag, raw),) = wire.items()
            if tag in SCALAR_TAGS:
                self._known.setdefault((tag, raw), value)
        self._expected = expected
        self._cls = cls
        self.is_enum = cls is not None
        tags = frozenset(tag for _, wire in self.pairs for tag in wire)
        found: set[type] = {cls} if cls else set(map(type, values))
        exact = tuple(found)
        super().__init__(
            tags,
            ordered=tags in ORDERED_TAGS,
            nullable=any(value is None for value in values),
            exact=exact,
            rank=0,
        )

    @override
    def encode(self, value: Any) -> AttributeValue:
        if self._cls is not None and isinstance(value, self._cls):
            return encode_value(value)
        if self._cls is None or not isinstance(value, Enum):
            for known, wire in self.pairs:
                # With `use_enum_values` the instance holds a member's value.
                raw = known.value if self._cls is not None else known
                if type(raw) is type(value) and raw == value:
                    return dict(wire)
        raise mismatch(self._expected, value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        found = decode_value(value)
        ((tag, raw),) = normal_form(value).items()
        if tag not in SCALAR_TAGS:
            return next((known for known, wire in self.pairs if wire == value), found)
        if (tag, raw) in self._known:
            return self._known[tag, raw]
        if self._cls is None:
            return found
        try:
            return self._cls(found)
        except ValueError:
            return found


def normal_form(value: AttributeValue) -> AttributeValue:
    """Write a number as this library writes it."""
    if "N" not in value:
        return value
    try:
        return {"N": number_text(parse_decimal(value["N"]))}
    except EncodingError:
        return value
