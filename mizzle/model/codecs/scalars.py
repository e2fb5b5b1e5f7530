"""Types that are always stored as one and the same wire type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from typing_extensions import override

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import ALL_TAGS, Codec, mismatch
from mizzle.request import AttributeValue
from mizzle.values import (
    binary_bytes,
    binary_text,
    date_text,
    datetime_text,
    decode_value,
    encode_value,
    number_parts,
    number_text,
    parse_decimal,
    parse_number,
    parse_timedelta,
    string_text,
    timedelta_text,
    uuid_text,
)


class ScalarCodec(Codec):
    """A type that is always stored as one and the same wire type.

    Attributes:
        tag: The wire type.
        read: Reads what is stored; it may raise.
    """

    __slots__ = ("_expected", "_write", "read", "tag")

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
        self.tag = tag
        self._write = write
        self.read = read

    @override
    def encode(self, value: Any) -> AttributeValue:
        raw = self._write(value)
        if raw is None:
            raise mismatch(self._expected, value)
        return {self.tag: raw}

    @override
    def decode(self, value: AttributeValue) -> Any:
        raw = value.get(self.tag)
        if raw is None:
            return decode_value(value)
        try:
            return self.read(raw)
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
    if len(text) != (27 if text[-1:] == "Z" else 26):
        raise ValueError
    return datetime.fromisoformat(text)


def _read_date(text: str) -> date:
    return date.fromisoformat(_canonical(text, len(text) == 10))  # noqa: PLR2004  # 2026-11-24


def read_time(text: str) -> time:
    """Read a time as this library writes it."""
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


def writer(kind: Any, write: Callable[[Any], str]) -> Callable[[Any], str | None]:
    """Make a function that writes values of one type, and gives None for others."""
    return lambda value: write(value) if isinstance(value, kind) else None


_write_date = writer(date, date_text)


SCALAR_TYPES: dict[str, Callable[[], Codec]] = {
    "str": lambda: ScalarCodec("str", "S", _write_str, _read_text, ordered=True, exact=(str,)),
    "int": lambda: ScalarCodec("int", "N", _write_int, _read_int, ordered=True, exact=(int,), rank=1),
    "float": lambda: ScalarCodec(
        "float", "N", _write_float, _read_float, ordered=True, exact=(float,), rank=2
    ),
    "decimal": lambda: ScalarCodec(
        "Decimal", "N", _write_decimal, parse_decimal, ordered=True, exact=(Decimal,), rank=3
    ),
    "bool": lambda: ScalarCodec(
        "bool", "BOOL", lambda v: v if isinstance(v, bool) else None, _read_flag, exact=(bool,)
    ),
    "none": lambda: ScalarCodec(
        "None", "NULL", lambda v: True if v is None else None, lambda _: None,
        nullable=True, exact=(type(None),),
    ),
    "bytes": lambda: ScalarCodec(
        "bytes", "B", writer((bytes, bytearray), binary_text), binary_bytes,
        ordered=True, exact=(bytes,),
    ),
    "datetime": lambda: ScalarCodec(
        "datetime", "S", writer(datetime, datetime_text), _read_datetime,
        ordered=True, exact=(datetime,), rank=1,
    ),
    "date": lambda: ScalarCodec(
        "date", "S", lambda v: None if isinstance(v, datetime) else _write_date(v), _read_date,
        ordered=True, exact=(date,), rank=2,
    ),
    "timedelta": lambda: ScalarCodec(
        "timedelta", "N", writer(timedelta, timedelta_text), parse_timedelta,
        ordered=True, exact=(timedelta,), rank=4,
    ),
    "uuid": lambda: ScalarCodec(
        "UUID", "S", writer(UUID, uuid_text), _read_uuid, ordered=True, exact=(UUID,), rank=0
    ),
}  # fmt: skip


class AnyCodec(Codec):
    """`Any`: stored and read by the value's own type."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(ALL_TAGS, nullable=True)
        self.element = self

    @override
    def encode(self, value: Any) -> AttributeValue:
        return encode_value(value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        return decode_value(value)
