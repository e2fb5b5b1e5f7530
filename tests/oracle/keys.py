"""Keys made of templates, written out once more."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from string import Formatter
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.oracle.dynamo import order_of
from tests.oracle.wire import encode, time_text

__all__ = ["Access", "Part", "index_attributes", "is_storable", "primary_key"]


# Of a sort key; a partition key may be longer, but none of these is.
_MOST_BYTES = 1024


class Part(NamedTuple):
    """A key attribute and its template; None if it is a plain field."""

    attribute: str
    template: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it is made of, in order."""
        if self.template is None:
            return (self.attribute,)
        return tuple(field for _, field, _, _ in Formatter().parse(self.template) if field)

    def value(self, entity: Any) -> dict[str, Any] | None:
        """Write the key attribute of an entity; None if one of its fields is None."""
        if any(getattr(entity, field) is None for field in self.fields):
            return None
        if self.template is None:
            return encode(getattr(entity, self.attribute))
        return {"S": self._text(entity)}

    def _text(self, entity: Any) -> str:
        text = ""
        for literal, field, spec, _ in Formatter().parse(self.template or ""):
            text += literal
            if field:
                text += _segment(getattr(entity, field), spec or "")
        return text

    @staticmethod
    def _size_bytes(value: dict[str, Any]) -> int:
        return 1 if "N" in value else len(order_of(value))

    def is_storable(self, entity: Any) -> bool:
        """Tell whether the key can be written (promises K2 and K3)."""
        value = self.value(entity)
        if value is None:
            return True
        if not 0 < self._size_bytes(value) <= _MOST_BYTES:
            return False
        parsed = list(Formatter().parse(self.template or ""))
        literals = [literal for literal, *_ in parsed[1:]] + [""]
        segments = [(field, spec) for _, field, spec, _ in parsed if field]
        return all(
            _fits(getattr(entity, field), spec or "", after)
            for (field, spec), after in zip(segments, literals, strict=False)
        )


class Access(NamedTuple):
    """A key of an entity: the primary key, or the key of an index."""

    index: str | None
    parts: tuple[Part, ...]
    is_local: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it is made of, partition first."""
        return tuple(dict.fromkeys(field for part in self.parts for field in part.fields))


def primary_key(access: Access, entity: Any) -> dict[str, Any]:
    """Write the primary key of an entity."""
    return {part.attribute: part.value(entity) for part in access.parts}


def index_attributes(access: Access, entity: Any) -> dict[str, Any]:
    """Write an entity's attributes for an index: all of them or none."""
    found = {part.attribute: part.value(entity) for part in access.parts}
    return {} if None in found.values() else found


def is_storable(accesses: tuple[Access, ...], entity: Any) -> bool:
    """Tell whether all keys of an entity can be written."""
    return all(part.is_storable(entity) for access in accesses for part in access.parts)


def _segment(value: Any, spec: str) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if spec == "quote":
        return quote(str(value), safe="")
    return f"{value:{spec}}" if spec else str(value)


def _fits(value: Any, spec: str, after: str) -> bool:
    text = _segment(value, spec)
    if spec.isdigit():
        return value >= 0 and len(text) == int(spec)
    # A literal that is found too early would end the segment there.
    return isinstance(value, datetime) or not after or (text + after).find(after) == len(text)
