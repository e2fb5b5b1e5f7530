"""How one value is written inside a key template, and what order its text has.

A key is text and compares byte by byte, so a range over it answers a question about values only if
text order is value order. Each kind says whether that holds, and whether its texts all have one
width.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote, unquote

from mizzle.errors import DefinitionError, EncodingError

__all__ = [
    "BOOL",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "FLOAT",
    "INT",
    "STR",
    "TIME",
    "UUID",
    "CharClass",
    "Pattern",
    "SegmentKind",
    "enum_kind",
    "is_known_spec",
    "is_protected_by_quoting",
    "kind_for",
    "literal_kind",
    "padded_int",
    "quoted",
]

CharClass = frozenset[str] | None
"""The characters that may stand in one place; None is any character."""

Pattern = tuple[tuple[CharClass, bool], ...]
"""Places of a text, each with whether it repeats (zero times or more)."""

_DIGITS = frozenset("0123456789")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_QUOTED = _UNRESERVED | {"%"}
_PAD = re.compile(r"0[1-9][0-9]?", re.ASCII)

# DynamoDB's numbers are smaller than 1E+126 and hold 38 digits:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_MAX_DIGITS = 38
_LIMIT = 10**126
_EXPONENTS = range(-130, 126)

_isoformat = dt.datetime.isoformat


class SegmentKind:
    """How the values of one Python type are written as a segment of a key.

    Attributes:
        name: What the values are called in messages.
        width: How many characters each text has; None if that varies.
        ordered: Whether the order of the texts is the order of the values.
        largest: The greatest text, for a kind of fixed width; None otherwise.
        patterns: What the texts look like, as alternatives.
    """

    __slots__ = ("largest", "name", "ordered", "patterns", "width")

    def __init__(
        self,
        name: str,
        *,
        width: int | None = None,
        ordered: bool,
        largest: str | None = None,
        patterns: tuple[Pattern, ...],
    ) -> None:
        self.name = name
        self.width = width
        self.ordered = ordered
        self.largest = largest
        self.patterns = patterns

    def __repr__(self) -> str:
        return f"<segment of {self.name}>"

    def encode(self, value: Any) -> str:
        """Write a value as the text that stands in the key.

        Raises:
            EncodingError: If the value is not of this kind or has no such text.
        """
        raise NotImplementedError

    def parse(self, text: str) -> Any:
        """Read a value leniently; `decode` accepts only what `encode` writes.

        Raises:
            ValueError: If the text is no such value.
        """
        raise NotImplementedError

    def decode(self, text: str) -> Any:
        """Read the value back from its text.

        Raises:
            ValueError: If `encode` never writes this text.
        """
        try:
            value = self.parse(text)
            written = self.encode(value)
        except (EncodingError, decimal.InvalidOperation) as error:
            message = f"not the text of {self.name}"
            raise ValueError(message) from error
        if written != text:
            message = f"not the text of {self.name} in its normal form"
            raise ValueError(message)
        return value

    def encode_prefix(self, value: Any) -> str | None:
        """Write the operand of `begins_with`; None if the values are not text."""
        del value
        return None

    def side(self, value: Any) -> int:
        """Say where a compared value lies: 0 among the values of this kind, -1 below, 1 above."""
        del value
        return 0


class _Text(SegmentKind):
    __slots__ = ()

    def encode(self, value: Any) -> str:
        if not isinstance(value, str):
            raise _mismatch(self, value)
        return _checked_text(value)

    def parse(self, text: str) -> str:
        return text

    def encode_prefix(self, value: Any) -> str | None:
        return self.encode(value)


class _Written(SegmentKind):
    """A kind whose text comes from one function and is read by another."""

    __slots__ = ("_parse", "_write")

    def __init__(
        self,
        name: str,
        write: Callable[[Any], str | None],
        parse: Callable[[str], Any],
        **kind: Any,
    ) -> None:
        super().__init__(name, **kind)
        self._write = write
        self._parse = parse

    def encode(self, value: Any) -> str:
        text = self._write(value)
        if text is None:
            raise _mismatch(self, value)
        return text

    def parse(self, text: str) -> Any:
        return self._parse(text)


class _PaddedInt(SegmentKind):
    __slots__ = ("digits",)

    def __init__(self, width: int) -> None:
        super().__init__(
            f"a whole number of at most {width} digits",
            width=width,
            ordered=True,
            largest="9" * width,
            patterns=(((_DIGITS, False),) * width,),
        )
        self.digits = width

    def encode(self, value: Any) -> str:
        side = self.side(value)
        if side < 0:
            message = "a negative number cannot be padded"
            raise EncodingError(message)
        if side > 0:
            message = f"the number has more than {self.digits} digits; pad to more"
            raise EncodingError(message)
        return f"{int(value):0{self.digits}d}"

    def parse(self, text: str) -> int:
        return int(text)

    def side(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _mismatch(self, value)
        return -1 if value < 0 else int(value >= 10**self.digits)


class _Choice(SegmentKind):
    """One of a few values, each with its own text."""

    __slots__ = ("_members", "_texts", "_words")

    def __init__(self, name: str, members: Sequence[Any], spec: str) -> None:
        raw = [_raw(member) for member in members]
        inner = _choice_kind(raw, spec)
        try:
            texts = [inner.encode(value) for value in raw]
        except EncodingError as error:
            message = f"a value of {name} does not fit: {error}"
            raise DefinitionError(message) from error
        self._words = inner if isinstance(inner, _Text) else None
        self._texts: dict[Any, str] = dict(zip(raw, texts, strict=True))
        self._members: dict[str, Any] = dict(zip(texts, members, strict=True))
        widths = {len(text) for text in texts}
        width = widths.pop() if len(widths) == 1 else None
        super().__init__(
            name,
            width=width or None,
            ordered=[self._texts[value] for value in sorted(self._texts)] == sorted(texts),
            largest=max(texts) if width else None,
            patterns=tuple(_exactly(text) for text in texts),
        )

    def encode(self, value: Any) -> str:
        # A member and its value are both welcome: `use_enum_values` leaves values on the instance.
        raw = _raw(value)
        known = isinstance(raw, str | int) and not isinstance(raw, bool)
        text = self._texts.get(raw) if known else None
        if text is None or (raw is not value and self._members[text] is not value):
            raise _mismatch(self, value)
        return text

    def parse(self, text: str) -> Any:
        if text not in self._members:
            raise ValueError(text)
        return self._members[text]

    def encode_prefix(self, value: Any) -> str | None:
        return None if self._words is None else self._words.encode(value)


class _Quoted(SegmentKind):
    __slots__ = ("inner",)

    def __init__(self, inner: SegmentKind) -> None:
        super().__init__(inner.name, ordered=False, patterns=(((_QUOTED, True),),))
        self.inner = inner

    def encode(self, value: Any) -> str:
        return quote(self.inner.encode(value), safe="")

    def parse(self, text: str) -> Any:
        return self.inner.decode(unquote(text, errors="strict"))

    def encode_prefix(self, value: Any) -> str | None:
        # Exact, because no character's code is the beginning of another's.
        text = self.inner.encode_prefix(value)
        return None if text is None else quote(text, safe="")


def kind_for(py_type: type, spec: str) -> SegmentKind:
    """Choose how the values of a type are written, by the type and the format after the colon.

    Args:
        py_type: The field's type, without `Annotated` and `None`.
        spec: Empty, `quote`, or a padding such as `010`.

    Raises:
        DefinitionError: If such values have no text for a key, or not in this format.
    """
    if spec == "quote":
        return quoted(kind_for(py_type, ""))
    if issubclass(py_type, enum.Enum):
        return enum_kind(py_type, spec)
    if spec and issubclass(py_type, int) and py_type is not bool:
        return padded_int(_width(spec))
    kind = _PYDANTIC.get(py_type.__name__) if py_type.__module__.startswith("pydantic.") else None
    kind = kind or next((kind for base, kind in _KINDS if issubclass(py_type, base)), None)
    if kind is None:
        message = f"{py_type.__name__} has no text that could stand in a key template"
        raise DefinitionError(message)
    if spec:
        message = f"the format {spec} pads whole numbers, and the field holds {kind.name}"
        raise DefinitionError(message)
    return kind


def enum_kind(cls: type[enum.Enum], spec: str = "") -> SegmentKind:
    """Write the members of an enumeration by value: all texts, or all whole numbers."""
    if issubclass(cls, enum.Flag):
        message = f"{cls.__name__} is a flag; flags cannot stand in a key template"
        raise DefinitionError(message)
    if spec == "quote":
        return quoted(enum_kind(cls, ""))
    return _Choice(cls.__name__, tuple(cls), spec)


def literal_kind(values: Iterable[Any], spec: str) -> SegmentKind:
    """Write the values of a `Literal`: all texts, or all whole numbers."""
    if spec == "quote":
        return quoted(literal_kind(values, ""))
    return _Choice("the Literal", tuple(dict.fromkeys(values)), spec)


def padded_int(width: int) -> SegmentKind:
    """Write whole numbers with leading zeros, so that text order is number order."""
    return _PaddedInt(width)


def quoted(kind: SegmentKind) -> SegmentKind:
    """Percent-encode what another kind writes: everything but ASCII letters, digits and `-._~`."""
    return _Quoted(kind)


def is_known_spec(spec: str) -> bool:
    """Tell whether the text after a field's colon is a format at all."""
    return spec in {"", "quote"} or (bool(_PAD.fullmatch(spec)) and _width(spec) <= _MAX_DIGITS)


def is_protected_by_quoting(kind: SegmentKind, literal: str) -> bool:
    """Tell whether `quote` would keep this literal out of the values' texts, and is not on yet."""
    return not isinstance(kind, _Quoted) and not set(literal) <= _QUOTED


def _width(spec: str) -> int:
    return int(spec)


def _mismatch(kind: SegmentKind, value: Any) -> EncodingError:
    return EncodingError(f"expected {kind.name}, got {type(value).__name__}")


def _checked_text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            message = "the text holds half a surrogate pair, which UTF-8 cannot hold"
            raise EncodingError(message) from error
    # str() would give "Status.NEW" for a member of a class of str and Enum.
    return value if type(value) is str else str.__str__(value)


def _raw(member: Any) -> Any:
    return member.value if isinstance(member, enum.Enum) else member


def _choice_kind(values: Sequence[Any], spec: str) -> SegmentKind:
    if values and all(isinstance(value, str) for value in values):
        return kind_for(str, spec)
    if values and all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return kind_for(int, spec)
    message = "only values that are all texts or all whole numbers can stand in a key template"
    raise DefinitionError(message)


def _write_int(value: Any) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    if abs(value) >= _LIMIT:
        raise _too_great()
    return int.__repr__(value)


def _write_float(value: Any) -> str | None:
    if not isinstance(value, float):
        # An int is welcome where a float is, if it is one exactly.
        exact = _write_int(value) is not None and float(value) == value
        return _write_float(float(value)) if exact else None
    if not math.isfinite(value):
        raise _not_finite()
    return float.__repr__(value).removesuffix(".0") if value else "0"


def _write_decimal(value: Any) -> str | None:
    if not isinstance(value, decimal.Decimal):
        return _write_decimal(decimal.Decimal(value)) if _write_int(value) is not None else None
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise _not_finite()
    text = "".join(map(str, digits)).lstrip("0")
    kept = text.rstrip("0")
    if not kept:
        return "0"
    exponent += len(text) - len(kept)
    if len(kept) > _MAX_DIGITS or exponent + len(kept) - 1 not in _EXPONENTS:
        raise _too_great()
    minus = "-" if sign else ""
    # Decimal.normalize() would round to the precision of the thread's context.
    if 0 <= exponent <= _MAX_DIGITS - len(kept):
        return f"{minus}{kept}{'0' * exponent}"
    return str(decimal.Decimal(f"{minus}{kept}E{exponent}"))


def _not_finite() -> EncodingError:
    return EncodingError("NaN and infinities cannot stand in a key")


def _too_great() -> EncodingError:
    return EncodingError("DynamoDB's numbers have at most 38 digits, between 1E-130 and 1E+126")


def _write_datetime(value: Any) -> str | None:
    if not isinstance(value, dt.datetime):
        return None
    if value.tzinfo is not dt.UTC:
        value = _in_utc(value)
    # Not the method, which a subclass may write differently.
    return f"{_isoformat(value, 'T', 'microseconds')[:26]}Z"


def _in_utc(value: dt.datetime) -> dt.datetime:
    if value.utcoffset() is None:
        message = "a naive datetime cannot stand in a key; give it a time zone"
        raise EncodingError(message)
    try:
        return value.astimezone(dt.UTC)
    except OverflowError as error:
        message = "the datetime is outside the years 1 to 9999 in UTC"
        raise EncodingError(message) from error


def _write_date(value: Any) -> str | None:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        return None
    return dt.date.isoformat(value)


def _write_time(value: Any) -> str | None:
    if not isinstance(value, dt.time):
        return None
    if value.tzinfo is not None:
        message = "a time with a time zone cannot stand in a key"
        raise EncodingError(message)
    return dt.time.isoformat(value, timespec="microseconds")


def _write_uuid(value: Any) -> str | None:
    return str(value) if isinstance(value, uuid.UUID) else None


def _write_bool(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else None


def _exactly(text: str) -> Pattern:
    return tuple((frozenset(char), False) for char in text)


def _shaped(shape: str) -> Pattern:
    """Read a shape in which `0` is any decimal digit and `x` any hexadecimal one."""
    classes = {"0": _DIGITS, "x": _DIGITS | frozenset("abcdef")}
    return tuple((classes.get(char, frozenset(char)), False) for char in shape)


def _fixed(name: str, write: Any, parse: Any, shape: str, largest: str) -> SegmentKind:
    return _Written(
        name,
        write,
        parse,
        width=len(shape),
        ordered=True,
        largest=largest,
        patterns=(_shaped(shape),),
    )


_WHOLE: Pattern = ((_DIGITS - {"0"}, False), (_DIGITS, True))
_REAL: Pattern = ((_DIGITS | {"-"}, False), (_DIGITS | frozenset("+-.eE"), True))

STR: SegmentKind = _Text("text", ordered=True, patterns=(((None, True),),))
INT: SegmentKind = _Written(
    "a whole number",
    _write_int,
    int,
    ordered=False,
    patterns=(_exactly("0"), _WHOLE, _exactly("-") + _WHOLE),
)
FLOAT: SegmentKind = _Written("a float", _write_float, float, ordered=False, patterns=(_REAL,))
DECIMAL: SegmentKind = _Written(
    "a Decimal", _write_decimal, decimal.Decimal, ordered=False, patterns=(_REAL,)
)
BOOL: SegmentKind = _Written(
    "a bool",
    _write_bool,
    lambda text: text == "true",
    ordered=False,
    patterns=(_exactly("true"), _exactly("false")),
)
DATETIME: SegmentKind = _fixed(
    "an aware datetime",
    _write_datetime,
    dt.datetime.fromisoformat,
    "0000-00-00T00:00:00.000000Z",
    "9999-12-31T23:59:59.999999Z",
)
DATE: SegmentKind = _fixed("a date", _write_date, dt.date.fromisoformat, "0000-00-00", "9999-12-31")
TIME: SegmentKind = _fixed(
    "a naive time", _write_time, dt.time.fromisoformat, "00:00:00.000000", "23:59:59.999999"
)
UUID: SegmentKind = _fixed(
    "a UUID",
    _write_uuid,
    uuid.UUID,
    "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)

# Subclasses stand before their bases: bool is an int, datetime a date.
_KINDS: tuple[tuple[type, SegmentKind], ...] = (
    (str, STR),
    (bool, BOOL),
    (int, INT),
    (float, FLOAT),
    (decimal.Decimal, DECIMAL),
    (dt.datetime, DATETIME),
    (dt.date, DATE),
    (dt.time, TIME),
    (uuid.UUID, UUID),
)

# At run time these are classes of Pydantic's own, while their values are the plain ones.
_PYDANTIC: dict[str, SegmentKind] = {
    "EmailStr": STR,
    "AwareDatetime": DATETIME,
    "FutureDatetime": DATETIME,
    "PastDatetime": DATETIME,
    "FutureDate": DATE,
    "PastDate": DATE,
}
