"""Attribute values by themselves: types, numbers, sets, nesting.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any

from tests.linter.violation import GUIDE, REFERENCE, require

__all__ = ["check_value", "comparable", "only_type"]

_TYPES_PAGE = GUIDE + "HowItWorks.NamingRulesDataTypes.html"
_LIMITS_PAGE = GUIDE + "Constraints.html"
_VALUE_PAGE = REFERENCE + "API_AttributeValue.html"

_MAX_DEPTH = 32
_MAX_DIGITS = 38
_NUMBER = re.compile(r"-?\d+(\.\d+)?(E[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_MEMBER_TYPES = {"SS": "S", "NS": "N", "BS": "B"}
# More than any legal number has, so that nothing is rounded here.
_EXACT = Context(prec=200)


def only_type(wire: Mapping[str, Any]) -> str:
    """Give the type of an attribute value, which has exactly one."""
    require(
        isinstance(wire, Mapping) and len(wire) == 1,
        f"an attribute value has exactly one type: {wire!r}",
        _VALUE_PAGE,
    )
    return next(iter(wire))


def check_value(wire: Mapping[str, Any], depth: int = 1) -> None:
    """Check an attribute value and all that is in it."""
    require(depth <= _MAX_DEPTH, f"values are nested deeper than {_MAX_DEPTH}", _LIMITS_PAGE)
    kind = only_type(wire)
    value = wire[kind]
    if kind in _IS_WRITTEN_RIGHT:
        _require_shape(_IS_WRITTEN_RIGHT[kind](value), wire)
    elif kind == "N":
        _check_number(value)
    elif kind in _MEMBER_TYPES:
        _check_set(_MEMBER_TYPES[kind], value)
    else:
        require(kind in {"L", "M"}, f"there is no type {kind!r}", _VALUE_PAGE)
        _require_shape(isinstance(value, Mapping if kind == "M" else (list, tuple)), wire)
        for member in value.values() if kind == "M" else value:
            check_value(member, depth + 1)


def _require_shape(holds: object, wire: Mapping[str, Any]) -> None:
    require(holds, f"this is not how the type is written: {wire!r}", _VALUE_PAGE)


def _is_base64(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True


_IS_WRITTEN_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "S": lambda value: isinstance(value, str),
    "B": _is_base64,
    "BOOL": lambda value: isinstance(value, bool),
    "NULL": lambda value: value is True,
}


def _check_number(text: object) -> None:
    written = isinstance(text, str) and _NUMBER.fullmatch(text) is not None
    require(written, f"a number is decimal text: {text!r}", _TYPES_PAGE)
    number = Decimal(str(text))
    digits = len(_EXACT.create_decimal(number).normalize(_EXACT).as_tuple().digits)
    require(
        digits <= _MAX_DIGITS,
        f"{text} has {digits} significant digits, more than {_MAX_DIGITS}",
        _TYPES_PAGE,
    )
    in_range = number.is_zero() or -130 <= number.adjusted() <= 125
    require(in_range, f"{text} is outside of 1E-130 to 9.99E125", _TYPES_PAGE)
    require(
        str(text).upper() in _normal_forms(number),
        f"{text} is not in normal form: "
        "DynamoDB trims leading and trailing zeros, so it would come back as another text",
        _TYPES_PAGE,
    )


def _normal_forms(number: Decimal) -> set[str]:
    """Give the texts without needless zeros or signs; large exponents may be written as such."""
    if number.is_zero():
        return {"0"}
    normal = number.normalize(_EXACT)
    plain = f"{normal:f}"
    if -_MAX_DIGITS < number.adjusted() < _MAX_DIGITS:
        return {plain}
    scientific = f"{normal:E}"
    return {plain, scientific, scientific.replace("E+", "E")}


def _check_set(member_type: str, members: Any) -> None:
    listed = isinstance(members, (list, tuple)) and len(members) > 0
    require(listed, "a set must not be empty", _TYPES_PAGE)
    for member in members:
        check_value({member_type: member})
    distinct = {comparable({member_type: member}) for member in members}
    require(len(distinct) == len(members), f"a set has a member twice: {members!r}", _TYPES_PAGE)


def comparable(wire: Mapping[str, Any]) -> Any:
    """Give the Python value that sorts as a string, number or binary does in DynamoDB."""
    kind = only_type(wire)
    if kind == "N":
        return Decimal(wire["N"])
    if kind == "B":
        return base64.b64decode(wire["B"])
    return wire[kind].encode()
