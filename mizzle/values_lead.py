"""Python values to attribute values and back, and the size in bytes of an item.

This room knows types, not models: what a value is stored as follows from its own type.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from mizzle.errors import EncodingError
from mizzle.limits import MAX_DIGITS, MAX_NESTING
MAX_MAGNITUDE=Decimal("9.9E125"); MIN_MAGNITUDE=Decimal("1E-130")
from mizzle.request import AttributeValue

__all__ = [
    "calculate_item_size",
    "date_text",
    "datetime_text",
    "decode_value",
    "encode_set",
    "encode_value",
    "largest_attributes",
    "map_key_text",
    "number_text",
    "parse_number",
    "time_text",
    "timedelta_text",
]

# The process's own context may be set to anything, and belongs to the user.
_EXACT = Context(prec=MAX_DIGITS * 4, Emin=-999, Emax=999)
_MICROSECONDS = Decimal(1_000_000)


def number_text(number: float | Decimal) -> str:
    """Write a number exactly, in DynamoDB's normal form; a float by its shortest repr.

    Raises:
        EncodingError: If it is not finite, has more than 38 digits, or a magnitude outside
            1E-130 to 9.99...E+125.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not exact.is_finite():
        message = "DynamoDB holds no NaN and no infinity"
        raise EncodingError(message)
    sign, all_digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101  # it is finite
    digits = "".join(map(str, all_digits)).lstrip("0")
    kept = digits.rstrip("0")
    if not kept:
        return "0"
    exponent += len(digits) - len(kept)
    if len(kept) > MAX_DIGITS:
        message = f"the number has {len(kept)} significant digits; DynamoDB holds {MAX_DIGITS}"
        raise EncodingError(message)
    if not MIN_MAGNITUDE.adjusted() <= exponent + len(kept) - 1 <= MAX_MAGNITUDE.adjusted():
        message = "the number's magnitude is outside DynamoDB's 1E-130 to 9.99E+125"
        raise EncodingError(message)
    return ("-" if sign else "") + _plain(kept, exponent)


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    if len(digits) > -exponent:
        return f"{digits[:exponent]}.{digits[exponent:]}"
    return "0." + "0" * (-exponent - len(digits)) + digits


def parse_number(text: str) -> int | float | Decimal:
    """Read a number: a whole one as int, as float if that is what was written, else as Decimal."""
    exact = Decimal(text)
    _, _, exponent = exact.as_tuple()
    if isinstance(exponent, int) and (exponent >= 0 or exact == exact.to_integral_value(context=_EXACT)):
        return int(exact)
    short = float(exact)
    return short if Decimal(repr(short)) == exact else exact


def datetime_text(value: datetime) -> str:
    """Write a datetime with fixed width: aware in UTC with a Z, naive as it is.

    Raises:
        EncodingError: If the instant has no UTC date between the years 1 and 9999.
    """
    if value.tzinfo is None:
        return value.replace(fold=0).isoformat(timespec="microseconds")
    try:
        instant = value.astimezone(UTC)
    except OverflowError:
        message = "the datetime has no date in UTC"
        raise EncodingError(message) from None
    return instant.isoformat(timespec="microseconds")[:26] + "Z"


def date_text(value: date) -> str:
    """Write a date as YYYY-MM-DD."""
    return value.isoformat()


def time_text(value: time) -> str:
    """Write a time with microseconds, and its offset if it has one."""
    return value.isoformat(timespec="microseconds")


def timedelta_text(value: timedelta) -> str:
    """Write a duration as a number of seconds, exact to the microsecond."""
    whole = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return number_text(_EXACT.divide(Decimal(whole), _MICROSECONDS))


def map_key_text(key: Any) -> str:
    """Write the key of a map, which DynamoDB holds as text.

    Raises:
        EncodingError: If its type has no text.
    """
    if isinstance(key, Enum):
        return map_key_text(key.value)
    if isinstance(key, str):
        return str(key)
    if isinstance(key, bool):
        return "true" if key else "false"
    value = encode_value(key) if isinstance(key, _SCALARS) else {}
    text = value.get("S", value.get("N"))
    if text is None:
        message = f"a map has keys of text, not {type(key).__name__}"
        raise EncodingError(message)
    return str(text)


def encode_set(members: Iterable[AttributeValue]) -> AttributeValue:
    """Make a set of encoded members; a list where DynamoDB has no such set, or it is empty.

    Raises:
        EncodingError: If two members are one and the same once they are stored.
    """
    found = list(members)
    kinds = {kind for member in found for kind in member}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        return {"L": found}
    (kind,) = kinds
    raw = [member[kind] for member in found]
    if len(set(raw)) < len(raw):
        message = "two members of the set are stored as the same value"
        raise EncodingError(message)
    return {f"{kind}S": raw}


def encode_value(value: Any, depth: int = 0) -> AttributeValue:
    """Encode a value by its own type.

    Raises:
        EncodingError: If DynamoDB has no place for it.
    """
    if value is None:
        return {"NULL": True}
    encoder = _ENCODERS.get(type(value)) or _encoder_of_base(value)
    if encoder is not None:
        return encoder(value)
    if depth >= MAX_NESTING:
        message = f"the value is nested deeper than DynamoDB's {MAX_NESTING} levels"
        raise EncodingError(message)
    if isinstance(value, Mapping):
        keyed = {map_key_text(key): member for key, member in value.items()}
        if len(keyed) < len(value):
            message = "two keys of the map are stored as the same text"
            raise EncodingError(message)
        return {"M": {key: encode_value(member, depth + 1) for key, member in keyed.items()}}
    if isinstance(value, set | frozenset):
        return encode_set(encode_value(member, depth + 1) for member in value)
    if isinstance(value, list | tuple):
        return {"L": [encode_value(member, depth + 1) for member in value]}
    message = f"DynamoDB has no place for a {type(value).__name__}"
    raise EncodingError(message)


def _encoder_of_base(value: Any) -> Callable[[Any], AttributeValue] | None:
    if isinstance(value, Enum):
        return lambda member: encode_value(member.value)
    return next((_ENCODERS[base] for base in type(value).__mro__ if base in _ENCODERS), None)


def _encode_bytes(value: bytes) -> AttributeValue:
    return {"B": b64encode(value).decode()}


def _encode_number(value: float | Decimal) -> AttributeValue:
    return {"N": number_text(value)}


def _encode_text(value: str) -> AttributeValue:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            message = "the text holds half of a surrogate pair, which has no UTF-8"
            raise EncodingError(message) from None
    return {"S": str(value)}


_ENCODERS: dict[type, Callable[[Any], AttributeValue]] = {
    bool: lambda value: {"BOOL": value},
    str: _encode_text,
    int: _encode_number,
    float: _encode_number,
    Decimal: _encode_number,
    bytes: _encode_bytes,
    bytearray: _encode_bytes,
    datetime: lambda value: {"S": datetime_text(value)},
    date: lambda value: {"S": date_text(value)},
    time: lambda value: {"S": time_text(value)},
    timedelta: lambda value: {"N": timedelta_text(value)},
    UUID: lambda value: {"S": str(value)},
}
_SCALARS = (str, int, float, Decimal, datetime, date, time, UUID)


def decode_value(value: AttributeValue) -> Any:
    """Decode an attribute value by what it is.

    Raises:
        EncodingError: If it is not a DynamoDB attribute value.
    """
    kind, raw = _kind_of(value)
    return _DECODERS[kind](raw)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": parse_number,
    "B": b64decode,
    "BOOL": bool,
    "NULL": lambda _: None,
    "SS": set,
    "NS": lambda raw: set(map(parse_number, raw)),
    "BS": lambda raw: set(map(b64decode, raw)),
    "L": lambda raw: [decode_value(member) for member in raw],
    "M": lambda raw: {name: decode_value(member) for name, member in raw.items()},
}


def calculate_item_size(item: Mapping[str, AttributeValue]) -> int:
    """Measure an encoded item as DynamoDB bills it.

    Names and values both count, in UTF-8 bytes; a number takes one byte per pair of
    digits plus one, an empty list or map three.

    Args:
        item: Attribute name to attribute value.

    Returns:
        The size in bytes; compare it with `limits.MAX_ITEM_BYTES`.

    Raises:
        EncodingError: If a value is not a DynamoDB attribute value.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(_text_size(name) + _value_size(value) for name, value in item.items())


def largest_attributes(item: Mapping[str, AttributeValue], n: int = 3) -> list[tuple[str, int]]:
    """Name the largest attributes of an item with their sizes in bytes, largest first."""
    sizes = [(name, _text_size(name) + _value_size(value)) for name, value in item.items()]
    return sorted(sizes, key=lambda pair: -pair[1])[:n]


def _value_size(value: AttributeValue) -> int:
    kind, raw = _kind_of(value)
    return _SIZES[kind](raw)


def _kind_of(value: AttributeValue) -> tuple[str, Any]:
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, raw),) = value.items()
        if isinstance(raw, _RAW_TYPES.get(kind, ())):
            return kind, raw
    message = "expected an attribute value, such as {'S': 'text'}"
    raise EncodingError(message)


_RAW_TYPES: dict[str, type] = {
    "S": str,
    "N": str,
    "B": str,
    "BOOL": bool,
    "NULL": bool,
    "SS": list,
    "NS": list,
    "BS": list,
    "L": list,
    "M": Mapping,
}


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_size(text: str) -> int:
    # Pairs of digits are aligned on the decimal point; leading and trailing zero pairs are dropped.
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except ArithmeticError:
        message = "expected a number"
        raise EncodingError(message) from None
    if not isinstance(exponent, int):
        message = "expected a number"
        raise EncodingError(message)
    shown = "".join(map(str, digits)).lstrip("0")
    if not shown:
        return 1
    if exponent % 2:
        shown, exponent = shown + "0", exponent - 1
    if len(shown) % 2:
        shown = "0" + shown
    pairs = len(shown) // 2
    while shown.endswith("00"):
        shown, pairs = shown[:-2], pairs - 1
    return min(21, 1 + pairs + sign)


def _binary_size(text: str) -> int:
    return len(text) // 4 * 3 - text.count("=")


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _text_size,
    "N": _number_size,
    "B": _binary_size,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda raw: sum(map(_text_size, raw)),
    "NS": lambda raw: sum(map(_number_size, raw)),
    "BS": lambda raw: sum(map(_binary_size, raw)),
    "L": lambda raw: 3 + sum(1 + _value_size(member) for member in raw),
    "M": lambda raw: 3 + sum(1 + _text_size(n) + _value_size(m) for n, m in raw.items()),
}


def timedelta_from(text: str) -> timedelta:
    """Read a duration back from its number of seconds."""
    return timedelta(microseconds=int(_EXACT.multiply(Decimal(text), _MICROSECONDS)))
