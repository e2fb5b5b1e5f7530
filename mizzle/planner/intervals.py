"""Ranges of a key attribute: how they meet, and the key condition that they make.

A key condition takes one condition on the sort key. Several ranges on the same attribute therefore
become one BETWEEN, which includes both its bounds.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mizzle.evaluator import wire_order
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import Value
from mizzle.model.keys import key_size_bytes
from mizzle.model.ranges import EMPTY, Empty, KeyRange, cut, first_above

if TYPE_CHECKING:
    from mizzle.expressions.operands import AttributePath
    from mizzle.request import AttributeValue

__all__ = ["EVERYTHING", "Interval", "meet", "native_interval"]


class Interval(NamedTuple):
    """The values of a key attribute from one bound to another.

    Attributes:
        low: The lower bound; None if there is none.
        high: The upper bound; None if there is none.
        prefix: What the values begin with, instead of bounds.
        excludes_low: Whether the lower bound itself is left out.
        excludes_high: Whether the upper bound itself is left out.
        is_exact: Whether the interval is exactly what its condition says; if not, it holds more.
    """

    low: AttributeValue | None = None
    high: AttributeValue | None = None
    prefix: AttributeValue | None = None
    excludes_low: bool = False
    excludes_high: bool = False
    is_exact: bool = True

    @classmethod
    def of_range(cls, found: KeyRange) -> Interval:
        """Take over a range of a composed sort key."""
        op = found.op
        low = None if found.low is None else {"S": found.low}
        if op == "begins_with":
            return cls(None, None, low, is_exact=found.exact)
        high = low if op == "=" else None if found.high is None else {"S": found.high}
        return cls(low, high, None, op == ">", op == "<", found.exact)

    def condition(self, path: AttributePath[Any]) -> Condition | None:
        """Write the key condition; None if the interval holds everything."""
        op = "between"
        if self.prefix is not None:
            op = "begins_with"
        elif self.is_point:
            op = "="
        elif self.high is None:
            op = ">" if self.excludes_low else ">="
        elif self.low is None:
            op = "<" if self.excludes_high else "<="
        operands = self.operands
        return Condition(op, (path, *map(Value, operands))) if operands else None

    @property
    def is_point(self) -> bool:
        """Whether it is one value."""
        return self.low is not None and self.low == self.high

    @property
    def operands(self) -> Sequence[AttributeValue]:
        """The operands of the key condition; none if the interval holds everything."""
        if self.prefix is not None:
            return (self.prefix,)
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        return bounds[:1] if self.is_point else bounds

    def is_within(self, literal: str) -> bool:
        """Tell whether all texts in it are between texts that begin with this one."""
        low, high = (self.prefix,) * 2 if self.prefix is not None else self[:2]
        if low is None or high is None:
            return False
        return bool(low["S"].startswith(literal) and high["S"].startswith(literal))


EVERYTHING: Final = Interval()
"""The interval of all values."""


def meet(intervals: Sequence[Interval], limit: int) -> tuple[Interval, list[bool]] | Empty:
    """Find the interval in which all of them meet.

    Args:
        intervals: At least one.
        limit: The greatest length of the key in bytes.

    Returns:
        The interval, and of each of the given ones whether it says exactly what they do; `EMPTY`
        if they do not meet.
    """
    if len(intervals) == 1:
        return intervals[0], [intervals[0].is_exact]
    plain = [_without_prefix(each, limit) for each in intervals]
    lows = [each for each in plain if each.low is not None]
    highs = [each for each in plain if each.high is not None]
    lowest = max(
        lows, key=lambda each: (wire_order(_known(each.low)), each.excludes_low), default=None
    )
    highest = min(
        highs,
        key=lambda each: (wire_order(_known(each.high)), not each.excludes_high),
        default=None,
    )
    low = lowest.low if lowest else None
    high = highest.high if highest else None
    if low is None or high is None:
        excludes_low = lowest is not None and lowest.excludes_low
        excludes_high = highest is not None and highest.excludes_high
        met = Interval(low, high, None, excludes_low, excludes_high)
        return met, [each.is_exact for each in plain]
    if wire_order(low) > wire_order(high):
        return EMPTY
    # BETWEEN includes its bounds: whoever leaves one of them out has to be asked again.
    exact = [
        each.is_exact
        and not (each.excludes_low and each.low == low)
        and not (each.excludes_high and each.high == high)
        for each in plain
    ]
    return Interval(low, high), exact


def native_interval(op: str, operands: Sequence[AttributeValue], limit: int) -> Interval | Empty:
    """Turn a range on a key attribute that is a plain field into an interval.

    Args:
        op: `<`, `<=`, `>`, `>=`, `between` or `begins_with`.
        operands: Its operands.
        limit: The greatest length of the key in bytes.

    Returns:
        The interval; bounds that DynamoDB refuses, because they are empty or longer than any key,
        are replaced by what means the same. `EMPTY` if no key is in it.
    """
    if op == "begins_with":
        size_bytes = key_size_bytes(operands[0])
        if size_bytes > limit:
            return EMPTY
        return Interval(prefix=operands[0]) if size_bytes else EVERYTHING
    low = operands[0] if op in {">", ">=", "between"} else None
    high = operands[-1] if op in {"<", "<=", "between"} else None
    found = Interval(low, high, None, op == ">", op == "<")
    if high is not None and not key_size_bytes(high):
        return EMPTY
    if low is not None and not key_size_bytes(low):
        found = found._replace(low=None, excludes_low=False)
    return _within_limit(found, limit)


def _within_limit(found: Interval, limit: int) -> Interval:
    if found.low is not None and key_size_bytes(found.low) > limit:
        # A key that is above the whole bound is above its beginning, and longer keys there are none.
        found = found._replace(low=_cut(found.low, limit), excludes_low=False, is_exact=False)
    if found.high is not None and key_size_bytes(found.high) > limit:
        high = _after(_cut(found.high, limit), limit)
        found = found._replace(high=high, excludes_high=False, is_exact=False)
    return found


def _cut(value: AttributeValue, limit: int) -> AttributeValue:
    ((kind, raw),) = value.items()
    if kind == "B":
        return {"B": b64encode(b64decode(raw)[:limit]).decode()}
    return {"S": cut(raw, limit)}


def _after(value: AttributeValue, limit: int) -> AttributeValue | None:
    """Find the least value above all that begin with this one; None if there is none."""
    ((kind, raw),) = value.items()
    if kind == "B":
        kept = b64decode(raw).rstrip(b"\xff")
        return {"B": b64encode(kept[:-1] + bytes([kept[-1] + 1])).decode()} if kept else None
    text = first_above(raw, limit)
    return None if text is None else {"S": text}


def _without_prefix(interval: Interval, limit: int) -> Interval:
    if interval.prefix is None:
        return interval
    # The upper bound is no value with the prefix, and BETWEEN includes it.
    return Interval(interval.prefix, _after(interval.prefix, limit), is_exact=False)


def _known(value: AttributeValue | None) -> AttributeValue:
    assert value is not None  # noqa: S101  # for the checker: only such are asked
    return value
