"""A condition on one field of a composed sort key, as a range over the whole key.

P is what stands before the field's segment (literals and equal fields), F the literal after it, e
the encoded operand. A range never leaves out a key that fulfils the condition; where it may hold
others, `exact` is false and the condition has to be applied to the items as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from mizzle.errors import EncodingError
from mizzle.model.templates import BoundTemplate, Segment, ends_early

__all__ = [
    "EMPTY",
    "Empty",
    "KeyRange",
    "RangeOperator",
    "cut",
    "first_above",
    "next_field",
    "sort_range",
    "succ",
    "whole_key",
]

RangeOperator = Literal["=", "BETWEEN", "begins_with", "<", "<=", ">", ">="]
"""The operators of a key condition.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""


class KeyRange(NamedTuple):
    """A condition on a sort key.

    Attributes:
        op: The operator. `=`, `begins_with`, `>` and `>=` use `low`, `<` and `<=` use `high`.
        low: The lower operand.
        high: The upper operand.
        exact: Whether every key of the template in the range fulfils the condition. If not, the
            condition on the field is a residual filter.
        foreign: Whether the range may hold keys that do not begin with the template's literal.
            Templates that begin with the same literal can have keys in it in any case.
    """

    op: RangeOperator
    low: str | None
    high: str | None
    exact: bool
    foreign: bool

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands, in the order of the key condition."""
        return tuple(text for text in (self.low, self.high) if text is not None)

    def holds(self, key: str) -> bool:
        """Tell whether a key is in the range, as DynamoDB compares: by code points."""
        if self.op == "=":
            return key == self.low
        if self.op == "begins_with":
            return key.startswith(self.low or "")
        above = self.low is None or (key > self.low if self.op == ">" else key >= self.low)
        below = self.high is None or (key < self.high if self.op == "<" else key <= self.high)
        return above and below


class Empty:
    """The range without keys: no item can fulfil the condition, and no request is needed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "EMPTY"

    def __reduce__(self) -> str:
        return "EMPTY"


EMPTY: Final = Empty()
"""The one range without keys."""


def next_field(template: BoundTemplate, fixed: Collection[str]) -> str | None:
    """Name the first field of a template that is not fixed; None if all are."""
    return next((s.field for s in template.segments if s.field not in fixed), None)


def sort_range(
    template: BoundTemplate,
    fixed: Mapping[str, Any],
    condition: tuple[str, Sequence[Any]] | None = None,
    *,
    limit_bytes: int = 1024,
) -> KeyRange | Empty | None:
    """Turn equal leading fields and a condition on the next one into a range of sort keys.

    Args:
        template: The sort key's template.
        fixed: Values of fields that are equal; those behind the first gap are not used.
        condition: Operator and operands for the field that `next_field` names: `=`, `<`, `<=`,
            `>`, `>=`, `between` (two operands), `begins_with`.
        limit_bytes: The greatest length of a key; longer bounds are cut.

    Returns:
        The range; `EMPTY` if no key can fulfil the conditions; None if the sort key does not
        narrow anything, so that the condition stays a filter and every item is read.

    Raises:
        EncodingError: If an operand is not a value of its field.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    if condition is not None and condition[0] == "=":
        field = next_field(template, fixed)
        assert field is not None  # noqa: S101  # a condition is on a field that is not fixed
        fixed, condition = {**fixed, field: condition[1][0]}, None
    segments, known = template.segments, 0
    while known < len(segments) and segments[known].field in fixed:
        known += 1
    prefix = _beginning(template, segments[:known], fixed)
    if prefix is None:
        return EMPTY
    if known < len(segments):
        ranges = _Ranges(template, known, prefix, limit_bytes)
        return ranges.everything() if condition is None else ranges.select(*condition)
    if not prefix or _size(prefix) > limit_bytes:
        return EMPTY
    return KeyRange("=", prefix, None, exact=True, foreign=False)


def whole_key(template: BoundTemplate, values: Mapping[str, Any], limit_bytes: int) -> str | None:
    """Write the key for values that are equal; None if no stored key can be it."""
    text = _beginning(template, template.segments, values)
    return text if text and _size(text) <= limit_bytes else None


def succ(text: str) -> str | None:
    """Find the least text above every text that begins with this one; None if there is none."""
    kept = text.rstrip("\U0010ffff")
    return kept[:-1] + _after(kept[-1]) if kept else None


def first_above(text: str, limit: int) -> str | None:
    """Find a text of at most so many bytes above every text that begins with this one.

    It is the least of those that are `succ` of a beginning; None if there is none.
    """
    found = succ(text)
    while found is not None and _size(found) > limit:
        found = succ(found[:-1])
    return found


def cut(text: str, limit: int) -> str:
    """Shorten a text to so many bytes, without cutting a character in two."""
    return text.encode()[:limit].decode(errors="ignore")


class _Ranges:
    """The rows of the table, for one segment: every method is one operator."""

    __slots__ = ("after", "kind", "limit", "prefix", "rest", "segment", "template")

    def __init__(self, template: BoundTemplate, position: int, prefix: str, limit: int) -> None:
        self.template = template
        self.segment = template.segments[position]
        self.kind = self.segment.kind
        self.after = self.segment.after
        self.rest = template.segments[position + 1 :]
        self.prefix = prefix
        self.limit = limit

    def select(self, op: str, operands: Sequence[Any]) -> KeyRange | Empty | None:
        if op == "begins_with":
            return self.begins_with(operands[0])
        if not self.kind.ordered:
            return self.everything(exact=False)
        if op == "between":
            return self._clamped_between(*operands)
        side = self.kind.side(operands[0])
        if side:
            return self.everything() if (side > 0) == op.startswith("<") else EMPTY
        bound = self._encode(operands[0])
        if op == ">=":
            return self.at_least(bound)
        if op == "<":
            return self.less(bound)
        return self.at_most(bound) if op == "<=" else self.greater(bound)

    def everything(self, *, exact: bool = True) -> KeyRange | Empty | None:
        return self._beginning_with(self.prefix, exact=exact)

    def less(self, bound: str) -> KeyRange | Empty | None:
        if self.kind.width is None:
            return self._less_varying(bound)
        top = self.prefix + bound
        if self._ends_with_segment:
            below = _before(bound[-1])
            return self._up_to(top[:-1] + below)
        if not self.prefix:
            return self._build(None, top, exact=True, below=True)
        # Without a literal or a value after it, the key of the operand itself is the bound.
        return self._up_to(top, exact=not self._may_end_here)

    def _less_varying(self, bound: str) -> KeyRange | Empty | None:
        if not bound:
            return EMPTY
        if not self._ends_with_segment:
            return self._up_to(self._varying_top(bound, inclusive=False), exact=False)
        if not self.prefix:
            return self._build(None, bound, exact=True, below=True)
        return self._up_to(self.prefix + bound, exact=False)

    def at_most(self, bound: str) -> KeyRange | Empty | None:
        return self._up_to(self._top(bound), exact=self._is_top_exact)

    def greater(self, bound: str) -> KeyRange | Empty | None:
        start = self.prefix + bound
        if self._ends_with_segment:
            if not self.prefix:
                return self._build(start, None, exact=True, above=True)
            return self._build(start + "\0", self._highest, exact=True)
        if self.kind.width is None:
            return self._build(start, self._highest, exact=False)
        low = succ(start + self.after)
        return EMPTY if low is None else self._build(low, self._highest, exact=True)

    def at_least(self, bound: str) -> KeyRange | Empty | None:
        exact = self.kind.width is not None or self._ends_with_segment
        return self._build(self.prefix + bound, self._highest, exact=exact)

    def between(self, low: str, high: str) -> KeyRange | Empty | None:
        if low > high:
            return EMPTY
        return self._build(self.prefix + low, self._top(high), exact=self._is_top_exact)

    def begins_with(self, operand: Any) -> KeyRange | Empty | None:
        start = self.kind.encode_prefix(operand)
        if start is None:
            return self.everything(exact=False)
        if self.after and self.kind.width is None and self.after in start:
            return EMPTY
        return self._beginning_with(self.prefix + start, exact=self._is_prefix_exact(start))

    def _is_prefix_exact(self, start: str) -> bool:
        """Tell whether no shorter value and what follows it begin with this text as well."""
        if self._ends_with_segment:
            return True
        if not self.after or self.kind.width is not None:
            return len(start) <= (self.kind.width or 0)
        tails = (start[at:] for at in range(len(start)))
        return not any(t.startswith(self.after) or self.after.startswith(t) for t in tails)

    def _clamped_between(self, low: Any, high: Any) -> KeyRange | Empty | None:
        low_side, high_side = self.kind.side(low), self.kind.side(high)
        if low_side > 0 or high_side < 0:
            return EMPTY
        if low_side and high_side:
            return self.everything()
        if low_side:
            return self.at_most(self._encode(high))
        if high_side:
            return self.at_least(self._encode(low))
        return self.between(self._encode(low), self._encode(high))

    @property
    def _ends_with_segment(self) -> bool:
        return not self.after and not self.rest

    @property
    def _may_end_here(self) -> bool:
        """Whether a key can end where the segment does."""
        return not self.after and not any(s.after or s.kind.width for s in self.rest)

    @property
    def _is_top_exact(self) -> bool:
        if self.kind.width is None:
            return self._ends_with_segment
        return self._ends_with_segment or not self._may_end_here

    @property
    def _highest(self) -> str | None:
        """An upper bound of every key that begins with the prefix."""
        if self.kind.largest is None:
            return succ(self.prefix) if self.prefix else None
        return self._top(self.kind.largest)

    def _top(self, bound: str) -> str | None:
        """Find an upper bound of every key whose segment is at most this."""
        if self._ends_with_segment:
            return self.prefix + bound
        if self.kind.width is None:
            return self._varying_top(bound, inclusive=True)
        return succ(self.prefix + bound + self.after)

    def _varying_top(self, bound: str, *, inclusive: bool) -> str | None:
        # A shorter value can sort higher, because of the literal: "a#" is above "a!#". What lies
        # behind the limit of a key's length makes no difference to the keys below it.
        kept = bound[: self.limit]
        ends = range(len(kept) + inclusive)
        tops = [succ(self.prefix + kept[:end] + self.after) for end in ends]
        tops.append(self.prefix + kept)
        known = [top for top in tops if top is not None]
        return max(known) if len(known) == len(tops) else None

    def _encode(self, value: Any) -> str:
        return _encode(self.template, self.segment, value)

    def _up_to(self, high: str | None, *, exact: bool = True) -> KeyRange | Empty | None:
        return self._build(self.prefix, high, exact=exact)

    def _beginning_with(self, start: str, *, exact: bool) -> KeyRange | Empty | None:
        if _size(start) > self.limit:
            return EMPTY
        if not start:
            return None
        return KeyRange("begins_with", start, None, exact, not self._is_own(start))

    def _build(
        self,
        low: str | None,
        high: str | None,
        *,
        exact: bool,
        above: bool = False,
        below: bool = False,
    ) -> KeyRange | Empty | None:
        """Make the range from its bounds, both of them legal operands; `above` leaves out `low`."""
        if _size(self.prefix) > self.limit:
            return EMPTY
        if low and _size(low) > self.limit:
            low, exact = cut(low, self.limit), False
        if high and _size(high) > self.limit:
            high, exact = first_above(cut(high, self.limit), self.limit), False
        if low and not low.startswith(self.prefix):
            return EMPTY
        if self.prefix and not (high is not None and high.startswith(self.prefix)):
            high = succ(self.prefix)
            # A key that does not begin with the prefix has other values in the fixed fields.
            if high and (_size(high) > self.limit or self.template.decode(high) is not None):
                return self.everything(exact=False)
        return self._shaped(low or None, high, exact=exact, above=above, below=below)

    def _shaped(
        self, low: str | None, high: str | None, *, exact: bool, above: bool, below: bool
    ) -> KeyRange | Empty | None:
        # No key is empty, so an empty lower bound says nothing and an empty upper one everything.
        if high == "" or (low is not None and high is not None and low > high):
            return EMPTY
        if low is None and high is None:
            return None
        op: RangeOperator = "BETWEEN"
        if low is None:
            op = "<" if below else "<="
        elif high is None:
            op = ">" if above else ">="
        return KeyRange(op, low, high, exact, not (self._is_own(low) and self._is_own(high)))

    def _is_own(self, bound: str | None) -> bool:
        own = self.template.literal_prefix
        return bool(own) and bound is not None and bound.startswith(own)


def _beginning(
    template: BoundTemplate, segments: Sequence[Segment], values: Mapping[str, Any]
) -> str | None:
    """Write the beginning of a key, as far as these segments; None if no stored key has it."""
    text = template.literal_prefix
    for segment in segments:
        written = _equal_text(template, segment, values[segment.field])
        if written is None:
            return None
        text += written + segment.after
    return text


def _equal_text(template: BoundTemplate, segment: Segment, value: Any) -> str | None:
    """Encode a value for `=`; None if no stored key can hold it."""
    if segment.kind.side(value):
        return None
    text = _encode(template, segment, value)
    return None if ends_early(segment, text) else text


def _encode(template: BoundTemplate, segment: Segment, value: Any) -> str:
    try:
        return segment.kind.encode(value)
    except EncodingError as error:
        message = f"{segment.field} in the key template {template.text!r}: {error}"
        raise EncodingError(message) from error


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _after(char: str) -> str:
    return "\ue000" if char == "\ud7ff" else chr(ord(char) + 1)


def _before(char: str) -> str:
    if char == "\0":
        return ""
    return "\ud7ff" if char == "\ue000" else chr(ord(char) - 1)
