"""Python value <-> attribute value, and the size in bytes of an item.

Here a value's own type decides how it is stored; where a model declares the type, `model/codec.py`
decides and uses the texts of this module. No function here depends on the process's decimal context.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from math import isfinite
from typing import Any
from uuid import UUID

from mizzle.errors import EncodingError
from mizzle.limits import MAX_DIGITS, MAX_NESTING, MAX_NUMBER_EXPONENT, MIN_NUMBER_EXPONENT
from mizzle.request import AttributeValue
from mizzle.shapes import is_dict, is_list, is_set

__all__ = [
    "binary_bytes",
    "binary_text",
    "calculate_item_size",
    "check_nesting",
    "date_text",
    "datetime_text",
    "decode_value",
    "encode_value",
    "largest_attributes",
    "map_key_text",
    "number_parts",
    "number_text",
    "parse_decimal",
    "parse_number",
    "parse_timedelta",
    "set_value",
    "string_text",
    "time_text",
    "timedelta_text",
    "uuid_text",
]

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,6}))?", re.ASCII)
_LONGEST_PLAIN = 40
_MOST_BITS = 420
_MICROSECONDS = 6
_NAIVE_WIDTH = len("2026-11-24T12:00:00.000000")
# Not the method, which a subclass may write differently.
_isoformat = datetime.isoformat
_SET_TYPES = {"S": "SS", "N": "NS", "B": "BS"}


def string_text(value: str) -> str:
    """Give the plain `str` of a text.

    Raises:
        EncodingError: If it has no UTF-8 form (a lone surrogate).
    """
    text = value if type(value) is str else str.__str__(value)
    if not text.isascii():
        _utf8_length(text)
    return text


def number_text(value: float | Decimal) -> str:
    """Write a number as DynamoDB stores it: exactly, without needless zeros.

    A float is written by its shortest repr.

    Raises:
        EncodingError: If it is not finite, has more than 38 digits or is out of range.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    if isinstance(value, bool):
        message = "a bool is not a number"
        raise EncodingError(message)
    if isinstance(value, int):
        return _int_text(int(value))
    if isinstance(value, float):
        value = float(value)
        if not isfinite(value):
            raise _not_finite()
        return _normal_text(*number_parts(repr(value)))
    return decimal_text(value)


def decimal_text(value: Decimal) -> str:
    """Write a Decimal as `number_text` does.

    Raises:
        EncodingError: If it is not finite, has more than 38 digits or is out of range.
    """
    text = Decimal.__str__(value)
    # Which letter stands before the exponent is up to the process's context.
    if len(text) <= MAX_DIGITS and not ("E" in text or "e" in text or "N" in text):
        if text[-1] in "123456789":
            return text
        if value and value.is_finite():
            return text.rstrip("0").rstrip(".") if "." in text else text
    if not value.is_finite():
        raise _not_finite()
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101  # the number is finite
    return _normal_text(sign == 1, "".join(map(str, digits)), exponent)


def number_parts(text: str) -> tuple[bool, str, int]:
    """Take a number's text apart, exactly.

    Returns:
        Whether it is negative, its digits without zeros at either end ("" for zero), and the power
        of ten to multiply them by.

    Raises:
        EncodingError: If it is not the text of a number.
    """
    found = _NUMBER.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        message = "not the text of a number"
        raise EncodingError(message)
    sign, whole, fraction, power = found.groups()
    fraction = fraction or ""
    return _stripped(sign == "-", whole + fraction, int(power or 0) - len(fraction))


def parse_decimal(text: str) -> Decimal:
    """Read a number's text as a Decimal, exactly.

    Raises:
        EncodingError: If it is not the text of a number.
    """
    # `Decimal("x")` asks the process's context whether to raise.
    if _NUMBER.fullmatch(text) is None:
        number_parts(text)
    return Decimal(text)


def parse_number(text: str) -> int | float | Decimal:
    """Read a number whose Python type is not known.

    Returns:
        An int if it is whole, a float if that float's shortest repr is this number, else a Decimal.

    Raises:
        EncodingError: If it is not the text of a number.
    """
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return int(text)
    negative, digits, exponent = number_parts(text)
    if abs(exponent) > _MOST_BITS:
        return Decimal(text)
    if exponent >= 0:
        return int(f"{'-' * negative}{digits or 0}{'0' * exponent}")
    found = float(text)
    if number_parts(repr(found)) == (negative, digits, exponent):
        return found
    return Decimal(text)


def timedelta_text(value: timedelta) -> str:
    """Write a duration as a number of seconds, exact to the microsecond."""
    total = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return _normal_text(total < 0, str(abs(total)), -_MICROSECONDS)


def parse_timedelta(text: str) -> timedelta:
    """Read a number of seconds as a duration.

    Raises:
        EncodingError: If it is no number, or finer than microseconds.
        OverflowError: If Python has no duration of that length.
    """
    negative, digits, exponent = number_parts(text)
    if not digits:
        return timedelta()
    if not -_MICROSECONDS <= exponent <= MAX_DIGITS:
        message = "not a number of seconds in whole microseconds"
        raise EncodingError(message)
    total = int(digits) * 10 ** (exponent + _MICROSECONDS)
    return timedelta(microseconds=-total if negative else total)


def datetime_text(value: datetime) -> str:
    """Write a datetime with fixed width: an aware one in UTC with a Z, a naive one as it is.

    Raises:
        EncodingError: If the instant in UTC is outside the years 1 to 9999.
    """
    if value.tzinfo is not UTC:
        value = stored_datetime(value)
        if value.tzinfo is None:
            return value.isoformat(timespec="microseconds")
    return f"{_isoformat(value, 'T', 'microseconds')[:_NAIVE_WIDTH]}Z"


def stored_datetime(value: datetime) -> datetime:
    """Give a datetime as it is read back: an aware one in UTC, a naive one without a time zone.

    Raises:
        EncodingError: If the instant in UTC is outside the years 1 to 9999.
    """
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        return value.replace(tzinfo=None, fold=0)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        message = "the datetime has no equivalent in UTC between the years 1 and 9999"
        raise EncodingError(message) from error


def date_text(value: date) -> str:
    """Write a date as `2026-11-24`."""
    return value.isoformat()


def time_text(value: time) -> str:
    """Write a time of day with microseconds, and with its offset if it has one."""
    return value.isoformat(timespec="microseconds")


def uuid_text(value: UUID) -> str:
    """Write a UUID in lower case with hyphens."""
    return str(value)


def binary_text(value: bytes | bytearray) -> str:
    """Write bytes in base64, as the wire has them."""
    return b64encode(value).decode()


def binary_bytes(text: str) -> bytes:
    """Read the bytes of a binary.

    Raises:
        EncodingError: If it is not base64.
    """
    try:
        return a2b_base64(text, strict_mode=True) if text else b""
    except (Base64Error, TypeError, ValueError) as error:
        message = "a binary is not base64"
        raise EncodingError(message) from error


def map_key_text(key: Any) -> str:
    """Write a dict's key as the name that a map needs.

    Raises:
        EncodingError: If a key of this type has no text.
    """
    if isinstance(key, Enum):
        return map_key_text(key.value)
    if isinstance(key, str):
        return string_text(key)
    if isinstance(key, bool):
        return "true" if key else "false"
    for kind, write in _KEY_TEXTS:
        if isinstance(key, kind):
            return write(key)
    message = f"a map's keys are texts; a key of type {_name(key)} has none"
    raise EncodingError(message)


def set_value(members: Iterable[AttributeValue]) -> AttributeValue:
    """Make one attribute value of a set's members: a DynamoDB set if there can be one, else a list.

    DynamoDB has sets of texts, of numbers and of binaries, and no empty ones:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html

    Raises:
        EncodingError: If two members are the same once stored.
    """
    wired = list(members)
    kinds = {kind for member in wired for kind in member}
    if len(kinds) == 1:
        (kind,) = kinds
        if kind in _SET_TYPES:
            return {_SET_TYPES[kind]: _distinct(sorted([member[kind] for member in wired]))}
    return {"L": _distinct(sorted(wired, key=repr))}


def _distinct(members: list[Any]) -> list[Any]:
    for one, other in pairwise(members):
        if one == other:
            message = "two members of the set would be stored as one"
            raise EncodingError(message)
    return members


def encode_value(value: Any) -> AttributeValue:
    """Write a Python value as an attribute value, by its own type.

    Raises:
        EncodingError: If DynamoDB cannot hold it.

    Example:
        ```python
        from mizzle.values import encode_value

        assert encode_value({"n": [1, True]}) == {"M": {"n": {"L": [{"N": "1"}, {"BOOL": True}]}}}
        ```
    """
    return _encode(value, 0)


def decode_value(value: AttributeValue) -> Any:
    """Read an attribute value whose Python type is not known.

    A number comes back as int if it is whole, as float if that float's shortest repr is the stored
    number, else as Decimal; a set as a set, a binary as bytes.

    Raises:
        EncodingError: If it is not an attribute value.
    """
    kind, raw = _parts(value)
    try:
        return _READERS[kind](raw)
    except (AttributeError, TypeError, ValueError) as error:
        raise _malformed(kind) from error


def check_nesting(value: AttributeValue, level: int = 1) -> None:
    """Refuse an attribute value whose lists and maps are nested deeper than DynamoDB allows.

    Raises:
        EncodingError: If it is more than 32 levels deep.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    inner: Iterable[AttributeValue]
    if "L" in value:
        inner = value["L"]
    elif "M" in value:
        inner = value["M"].values()
    else:
        return
    if level > MAX_NESTING:
        raise _too_deep()
    for member in inner:
        check_nesting(member, level + 1)


def calculate_item_size(item: Mapping[str, AttributeValue]) -> int:
    """Measure an encoded item as DynamoDB bills it.

    Names and values both count, in UTF-8 bytes; a number takes one byte per pair of
    digits plus one, an empty list or map three.

    Args:
        item: Attribute name to attribute value, as `encode_item` returns it.

    Returns:
        The size in bytes; compare it with `limits.MAX_ITEM_BYTES`.

    Raises:
        EncodingError: If a value is not a DynamoDB attribute value.

    Example:
        ```python
        from mizzle import calculate_item_size

        assert calculate_item_size({"pk": {"S": "k"}, "n": {"N": "123"}}) == 7
        ```

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(_utf8_length(name) + _value_size(value) for name, value in item.items())


def largest_attributes(item: Mapping[str, AttributeValue], n: int = 3) -> list[tuple[str, int]]:
    """Find what makes an item large.

    Returns:
        At most `n` attribute names with their sizes in bytes (name and value), largest first.

    Raises:
        EncodingError: If a value is not a DynamoDB attribute value.
    """
    sizes = [(name, calculate_item_size({name: value})) for name, value in item.items()]
    return sorted(sizes, key=lambda entry: entry[1], reverse=True)[:n]


# Numbers.


def _int_text(value: int) -> str:
    # Python refuses to write very long ints, so their size is looked at first.
    if value.bit_length() > _MOST_BITS:
        raise _out_of_range()
    text = str(value)
    if len(text) <= MAX_DIGITS:
        return text
    return _normal_text(value < 0, text.lstrip("-"), 0)


def _stripped(negative: bool, digits: str, exponent: int) -> tuple[bool, str, int]:  # noqa: FBT001  # private, and always given by position
    significant = digits.lstrip("0").rstrip("0")
    if not significant:
        return False, "", 0
    return negative, significant, exponent + len(digits) - len(digits.rstrip("0"))


def _normal_text(negative: bool, digits: str, exponent: int) -> str:  # noqa: FBT001  # private, and always given by position
    negative, digits, exponent = _stripped(negative, digits, exponent)
    if not digits:
        return "0"
    if len(digits) > MAX_DIGITS:
        message = (
            f"the number has {len(digits)} significant digits; DynamoDB stores at most {MAX_DIGITS}"
        )
        raise EncodingError(message)
    power = len(digits) + exponent - 1
    if not MIN_NUMBER_EXPONENT <= power <= MAX_NUMBER_EXPONENT:
        raise _out_of_range()
    return f"{'-' * negative}{_unsigned_text(digits, exponent, power)}"


def _unsigned_text(digits: str, exponent: int, power: int) -> str:
    if abs(power) >= _LONGEST_PLAIN:
        return f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}E{power}"
    if exponent >= 0:
        return digits + "0" * exponent
    if power >= 0:
        return f"{digits[: power + 1]}.{digits[power + 1 :]}"
    return f"0.{'0' * (-power - 1)}{digits}"


def _not_finite() -> EncodingError:
    return EncodingError("DynamoDB has neither NaN nor infinite numbers")


def _out_of_range() -> EncodingError:
    return EncodingError(
        "DynamoDB's numbers lie between 1E-130 and 1E+126, or are negative or zero"
    )


# Values.


def _encode(value: Any, level: int) -> AttributeValue:
    kind: type = value.__class__
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value)
    if isinstance(value, Enum):
        return _encode(value.value, level)
    if isinstance(value, dict | list | tuple | set | frozenset):
        return _encode_container(value, level + 1)
    for base, write in _WRITERS.items():
        if isinstance(value, base):
            return write(value)
    message = f"DynamoDB cannot hold a value of type {_name(value)}"
    raise EncodingError(message)


def _encode_container(value: Any, level: int) -> AttributeValue:
    if is_set(value):
        found = set_value(_encode(member, level) for member in value)
        if "L" in found and level > MAX_NESTING:
            raise _too_deep()
        return found
    if level > MAX_NESTING:
        raise _too_deep()
    if is_dict(value):
        keys = [map_key_text(key) for key in value]
        if len(set(keys)) != len(keys):
            message = "two keys of the map would be stored as one"
            raise EncodingError(message)
        members = value.values()
        return {"M": {k: _encode(v, level) for k, v in zip(keys, members, strict=True)}}
    return {"L": [_encode(member, level) for member in value]}


_WRITERS: dict[type, Callable[[Any], AttributeValue]] = {
    str: lambda value: {"S": string_text(value)},
    bool: lambda value: {"BOOL": value},
    int: lambda value: {"N": number_text(value)},
    float: lambda value: {"N": number_text(value)},
    Decimal: lambda value: {"N": number_text(value)},
    type(None): lambda _: {"NULL": True},
    bytes: lambda value: {"B": binary_text(value)},
    bytearray: lambda value: {"B": binary_text(value)},
    # A datetime is a date, so it comes first.
    datetime: lambda value: {"S": datetime_text(value)},
    date: lambda value: {"S": date_text(value)},
    time: lambda value: {"S": time_text(value)},
    timedelta: lambda value: {"N": timedelta_text(value)},
    UUID: lambda value: {"S": uuid_text(value)},
}

_KEY_TEXTS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    ((int, float, Decimal), number_text),
    (UUID, uuid_text),
    (datetime, datetime_text),
    (date, date_text),
)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def _null(raw: Any) -> Any:
    if raw is not True:
        raise TypeError
    return None


def _many(raw: Any) -> list[Any]:
    if not is_list(raw):
        raise TypeError
    return raw


_READERS: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": lambda raw: parse_number(_text(raw)),
    "B": binary_bytes,
    "BOOL": _flag,
    "NULL": _null,
    "SS": lambda raw: {_text(member) for member in _many(raw)},
    "NS": lambda raw: {parse_number(_text(member)) for member in _many(raw)},
    "BS": lambda raw: {binary_bytes(member) for member in _many(raw)},
    "L": lambda raw: [decode_value(member) for member in _many(raw)],
    "M": lambda raw: {name: decode_value(member) for name, member in raw.items()},
}


def _parts(value: Any) -> tuple[str, Any]:
    if not is_dict(value) or len(value) != 1:
        message = "an attribute value is a dict of one type and its value"
        raise EncodingError(message)
    ((kind, raw),) = value.items()
    if kind not in _READERS:
        message = f"DynamoDB has no type {kind!r}"
        raise EncodingError(message)
    return kind, raw


# Sizes.


def _utf8_length(text: str) -> int:
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        message = "a text with a lone surrogate has no UTF-8 form"
        raise EncodingError(message) from error


def _value_size(value: Any) -> int:
    kind, raw = _parts(value)
    try:
        return _SIZES[kind](raw)
    except (AttributeError, TypeError) as error:
        raise _malformed(kind) from error


def _number_size(text: str) -> int:
    negative, digits, exponent = number_parts(text)
    if not digits:
        return 1
    # Pairs of digits are aligned on the decimal point: an odd power of ten begins inside a pair.
    pairs = (len(digits) + exponent % 2 + 1) // 2
    return min(1 + pairs + negative, _LARGEST_NUMBER)


_LARGEST_NUMBER = 21

_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda raw: _utf8_length(_text(raw)),
    "N": lambda raw: _number_size(_text(raw)),
    "B": lambda raw: len(binary_bytes(raw)),
    "BOOL": lambda raw: len((_flag(raw),)),
    "NULL": lambda raw: len((_null(raw),)),
    "SS": lambda raw: sum(_utf8_length(_text(member)) for member in _many(raw)),
    "NS": lambda raw: sum(_number_size(_text(member)) for member in _many(raw)),
    "BS": lambda raw: sum(len(binary_bytes(member)) for member in _many(raw)),
    "L": lambda raw: 3 + sum(1 + _value_size(member) for member in _many(raw)),
    "M": lambda raw: (
        3 + sum(1 + _utf8_length(name) + _value_size(member) for name, member in raw.items())
    ),
}


# Errors.


def _malformed(kind: str) -> EncodingError:
    return EncodingError(f"not an attribute value of type {kind}")


def _too_deep() -> EncodingError:
    return EncodingError(f"lists and maps are nested deeper than DynamoDB's {MAX_NESTING} levels")


def _name(value: Any) -> str:
    return type(value).__name__
