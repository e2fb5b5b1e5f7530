"""Conditions in terms of a model's fields, bound to stored attributes and wire values.

Here an absent attribute gets its meaning: a field whose None or empty set is left out of the item
(promise V2) is compared as None or as empty where it is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import time
from typing import TYPE_CHECKING, Any

from mizzle.errors import EncodingError, StatementError
from mizzle.evaluator import wire_order
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import Arithmetic, AttributePath, Operand, Size, Value, is_path
from mizzle.limits import MAX_IN_OPERANDS
from mizzle.model.templates import suggest
from mizzle.shapes import is_set

if TYPE_CHECKING:
    from mizzle.model.codecs import Codec, FieldCodec
    from mizzle.model.source import Source
    from mizzle.request import AttributeValue

__all__ = ["BoundPath", "Conjunction", "bind_condition", "bind_path", "bind_value"]

_NULL = {"NULL": True}
_EMPTY: dict[str, Any] = {"L": []}
_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"})
_SETS = frozenset({"SS", "NS", "BS"})
_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNSIZED = frozenset({"N", "BOOL", "NULL"})


class BoundPath:
    """A path that has been followed through the model.

    Attributes:
        path: The path, its steps now attribute names.
        codec: The codec of the value at its end.
        field: The field at its end; None for a list element or a map value.
        given: The path as the user wrote it.
    """

    __slots__ = ("codec", "field", "given", "path")

    def __init__(
        self,
        path: AttributePath[Any],
        codec: Codec,
        field: FieldCodec | None,
        given: AttributePath[Any],
    ) -> None:
        self.path = path
        self.codec = codec
        self.field = field
        self.given = given

    @property
    def shown(self) -> str:
        """The path as the user wrote it, for messages."""
        return str(self.given)

    @property
    def null_is_absent(self) -> bool:
        """Whether None is stored by leaving the attribute out."""
        return self.field is not None and self.field.null_is_absent

    @property
    def empty_is_absent(self) -> bool:
        """Whether an empty set is stored by leaving the attribute out."""
        return self.field is not None and self.field.empty_is_absent


class Conjunction:
    """The conditions of a statement, bound only when they are asked for.

    Args:
        source: What they are about.
        conditions: All of them must hold.
    """

    __slots__ = ("_bound", "_conditions", "_source")

    def __init__(self, source: Source, conditions: Sequence[Condition]) -> None:
        self._source = source
        self._conditions = conditions
        self._bound: tuple[Condition, ...] | None = None

    def bound(self) -> Condition | None:
        """Give them as one bound condition; None if there are none."""
        if self._bound is None:
            self._bound = tuple([bind_condition(self._source, each) for each in self._conditions])
        return all_of(self._bound)


def bind_path(source: Source, path: Any) -> BoundPath:
    """Follow a path through the model.

    Raises:
        StatementError: If it is not a path of this entity, or leads nowhere.
    """
    if not is_path(path):
        message = f"expected an attribute path such as {source.label}.name, got {_kind(path)}"
        raise StatementError(message)
    # Most paths lead to a field of the entity itself: those are followed once.
    followed: BoundPath | None = source.paths.get((path.owner, path.steps))
    if followed is not None:
        return followed
    document = source.codec_of(path.owner, path)
    codec: Codec = document
    field: FieldCodec | None = None
    steps: list[str | int] = []
    for step in path.steps:
        field = codec.member(step) if isinstance(step, str) else None
        if field is not None:
            steps.append(field.attribute)
            codec = field.codec
            continue
        inner = codec.element
        if inner is None or not _fits(codec, step):
            known = suggest(str(step), list(getattr(codec, "fields", ())))
            message = f"{path}: there is no {step!r}{known}"
            raise StatementError(message)
        steps.append(step)
        codec = inner
    bound = BoundPath(AttributePath(path.owner, tuple(steps)), codec, field, path)
    if len(steps) == 1:
        source.paths[path.owner, path.steps] = bound
    return bound


def bind_value(
    bound: BoundPath, operand: Operand[Any], codec: Codec | None = None
) -> AttributeValue:
    """Encode a constant as the path's attribute stores it.

    Raises:
        EncodingError: If the value is not of the path's type, or cannot be stored.
    """
    if not isinstance(operand, Value):
        message = f"{bound.shown}: expected a constant, got {operand}"
        raise StatementError(message)
    try:
        return (codec or bound.codec).encode(operand.value)
    except EncodingError as error:
        message = f"{bound.shown}: {error}"
        raise EncodingError(message) from error


def bind_condition(source: Source, condition: Any) -> Condition:
    """Bind a condition to stored attributes and wire values.

    Raises:
        StatementError: If a path, an operator or an operand does not suit the model.
    """
    if not isinstance(condition, Condition):
        message = (
            f"{source.label}: a condition is expected, got {_kind(condition)}. "
            f"Compare an attribute of the class, as in {source.label}.name == ..."
        )
        raise StatementError(message)
    if condition.op in {"and", "or", "not"}:
        return Condition(
            condition.op, tuple(bind_condition(source, part) for part in condition.operands)
        )
    subject, *operands = condition.operands
    if isinstance(subject, Size):
        return _size(source, condition.op, subject, operands[0])
    bound = bind_path(source, subject)
    bind: Callable[..., Condition] = _BINDERS.get(condition.op, _ordered)
    return bind(source, condition.op, bound, *operands)


def _fits(codec: Codec, step: str | int) -> bool:
    # A path can lead into lists by position and into maps by name; the members of a set have none.
    if isinstance(step, bool) or (isinstance(step, int) and step < 0):
        return False
    return (
        ("L" in codec.tags and not codec.tags & _SETS)
        if isinstance(step, int)
        else "M" in codec.tags
    )


def _equal(source: Source, op: str, bound: BoundPath, other: Operand[Any]) -> Condition:
    del op
    if not isinstance(other, Value):
        return _equal_paths(source, bound, other)
    if other.value is None and bound.codec.nullable:
        return _is_none(bound)
    if is_set(other.value) and not other.value:
        return _is_empty(bound)
    return Condition("=", (bound.path, Value(bind_value(bound, other))))


def _unequal(source: Source, op: str, bound: BoundPath, other: Operand[Any]) -> Condition:
    return _negated(_equal(source, op, bound, other))


def _equal_paths(source: Source, bound: BoundPath, other: Operand[Any]) -> Condition:
    if isinstance(other, Size):
        return _size(source, "=", other, bound.given)
    right = _other_operand(source, bound, other)
    plain = Condition("=", (bound.path, right.path))
    both: list[Condition] = [plain]
    if bound.null_is_absent or right.null_is_absent:
        both.append(Condition("and", (_is_none(bound), _is_none(right))))
    if bound.empty_is_absent or right.empty_is_absent:
        both.append(Condition("and", (_is_empty(bound), _is_empty(right))))
    return plain if len(both) == 1 else Condition("or", tuple(both))


def _is_none(bound: BoundPath) -> Condition:
    null = Condition("=", (bound.path, Value(_NULL)))
    if not bound.null_is_absent:
        return null
    return Condition("or", (Condition("missing", (bound.path,)), null))


def _is_empty(bound: BoundPath) -> Condition:
    if not bound.codec.tags & _SETS:
        message = f"{bound.shown} does not hold a set"
        raise EncodingError(message)
    empty = Condition("=", (bound.path, Value(_EMPTY)))
    if not bound.empty_is_absent:
        return empty
    return Condition("or", (Condition("missing", (bound.path,)), empty))


def _in(source: Source, op: str, bound: BoundPath, *choices: Operand[Any]) -> Condition:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    if len(choices) > MAX_IN_OPERANDS:
        message = (
            f"{bound.shown}.is_in: {len(choices)} values; DynamoDB takes at most {MAX_IN_OPERANDS}. "
            "Split them over several statements."
        )
        raise StatementError(message)
    equal = [_equal(source, op, bound, choice) for choice in choices]
    simple = [condition.operands[1] for condition in equal if condition.op == "="]
    found = [condition for condition in equal if condition.op != "="]
    if simple:
        found.insert(0, Condition("in", (bound.path, *simple)))
    if not found:
        return _never(bound)
    return found[0] if len(found) == 1 else Condition("or", tuple(found))


def _never(bound: BoundPath) -> Condition:
    """Write a condition that no item satisfies."""
    return Condition(
        "and", (Condition("exists", (bound.path,)), Condition("missing", (bound.path,)))
    )


def _ordered(source: Source, op: str, bound: BoundPath, other: Operand[Any]) -> Condition:
    _check_ordered(bound, op, other)
    if isinstance(other, Value):
        return Condition(op, (bound.path, Value(bind_value(bound, other))))
    if isinstance(other, Size):
        return _size(source, _FLIPPED[op], other, bound.given)
    return Condition(op, (bound.path, _other_operand(source, bound, other).path))


def _between(
    source: Source, op: str, bound: BoundPath, low: Operand[Any], high: Operand[Any]
) -> Condition:
    del source
    for limit in (low, high):
        _check_ordered(bound, op, limit)
    first, last = (bind_value(bound, limit) for limit in (low, high))
    if wire_order(first) <= wire_order(last):
        return Condition("between", (bound.path, Value(first), Value(last)))
    # DynamoDB refuses an inverted BETWEEN; in Python it is simply never true.
    return Condition(
        "and",
        (
            Condition(">=", (bound.path, Value(first))),
            Condition("<=", (bound.path, Value(last))),
        ),
    )


def _check_ordered(bound: BoundPath, op: str, operand: Operand[Any]) -> None:
    if not bound.codec.ordered:
        stored = " or ".join(sorted(bound.codec.tags - {"NULL"}))
        message = f"{bound.shown} is stored as {stored}, which DynamoDB does not order: no {op}"
        raise StatementError(message)
    value = operand.value if isinstance(operand, Value) else bound
    if isinstance(value, time) and value.tzinfo is not None:
        message = f"{bound.shown} {op}: times with an offset are stored as written, not in order"
        raise StatementError(message)
    if value is None:
        message = f"{bound.shown} {op} None is never true; use == None or .exists()"
        raise StatementError(message)


def _begins_with(source: Source, op: str, bound: BoundPath, prefix: Operand[Any]) -> Condition:
    del source
    value = prefix.value if isinstance(prefix, Value) else None
    if not isinstance(value, str | bytes) or not bound.codec.tags & {"S", "B"}:
        message = f"{bound.shown}.{op} needs an attribute and a prefix of text or bytes"
        raise StatementError(message)
    return Condition(op, (bound.path, Value(bind_value(bound, prefix))))


def _contains(source: Source, op: str, bound: BoundPath, member: Operand[Any]) -> Condition:
    del source
    codec = bound.codec
    if codec.tags & (_SETS | {"L"}) and codec.element is not None:
        return Condition(op, (bound.path, Value(bind_value(bound, member, codec.element))))
    if codec.tags & {"S", "B"}:
        return Condition(op, (bound.path, Value(bind_value(bound, member))))
    message = f"{bound.shown}.contains needs a set, a list or a text"
    raise StatementError(message)


def _is_type(source: Source, op: str, bound: BoundPath, kind: Operand[Any]) -> Condition:
    del source
    if not isinstance(kind, Value) or kind.value not in _TYPES:
        message = f"{bound.shown}.is_type takes one of {', '.join(sorted(_TYPES))}"
        raise StatementError(message)
    return Condition(op, (bound.path, Value({"S": kind.value})))


def _bare(source: Source, op: str, bound: BoundPath) -> Condition:
    del source
    return Condition(op, (bound.path,))


def _size(source: Source, op: str, size: Size, other: Operand[Any]) -> Condition:
    """Compare a size; where a set is left out because it is empty, 0 takes its place."""
    if op == "<>":
        return _negated(_size(source, "=", size, other))
    left = _measured(source, size)
    if isinstance(other, Value):
        return _size_and_number(op, left, other.value)
    if not isinstance(other, Size):
        path = _other_operand(source, left, other).path
        return _any([_compared(op, left, path), *_if_left_out(op, left, path)])
    right = _measured(source, other)
    choices = [_compared(op, left, Size(right.path)), *_if_left_out(op, left, Size(right.path))]
    choices += _if_left_out(_FLIPPED[op], right, Size(left.path))
    if left.empty_is_absent and right.empty_is_absent and _holds(op, 0, 0):
        missing = (Condition("missing", (left.path,)), Condition("missing", (right.path,)))
        choices.append(Condition("and", missing))
    return _any(choices)


def _measured(source: Source, size: Size) -> BoundPath:
    bound = bind_path(source, size.path)
    if bound.codec.tags <= _UNSIZED:
        message = f"{bound.shown}.size(): DynamoDB measures texts, binaries, sets, lists and maps"
        raise StatementError(message)
    return bound


def _size_and_number(op: str, left: BoundPath, number: Any) -> Condition:
    if not isinstance(number, int) or isinstance(number, bool):
        message = f"{left.shown}.size() is compared with a whole number"
        raise StatementError(message)
    plain = _compared(op, left, Value({"N": str(number)}))
    is_empty_right = left.empty_is_absent and _holds(op, 0, number)
    return _any([Condition("missing", (left.path,)), plain] if is_empty_right else [plain])


def _compared(op: str, left: BoundPath, right: Operand[Any]) -> Condition:
    return Condition(op, (Size(left.path), right))


def _if_left_out(op: str, left: BoundPath, right: Operand[Any]) -> list[Condition]:
    """Compare 0 with the other side where the attribute is missing."""
    if not left.empty_is_absent:
        return []
    zero = Condition(_FLIPPED[op], (right, Value({"N": "0"})))
    return [Condition("and", (Condition("missing", (left.path,)), zero))]


def _any(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Condition("or", tuple(conditions))


def _negated(condition: Condition) -> Condition:
    if condition.op == "=":
        return Condition("<>", condition.operands)
    return Condition("not", (condition,))


def _holds(op: str, left: int, right: int) -> bool:
    return {
        "=": left == right,
        "<>": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]


def _other_operand(source: Source, bound: BoundPath, operand: Operand[Any]) -> BoundPath:
    if isinstance(operand, AttributePath):
        return bind_path(source, operand)
    what = "a sum" if isinstance(operand, Arithmetic) else _kind(operand)
    message = f"{bound.shown}: {what} can be set by an update, but not be compared with"
    raise StatementError(message)


def _kind(value: Any) -> str:
    return type(value).__name__


_BINDERS: dict[str, Callable[..., Condition]] = {
    "=": _equal,
    "<>": _unequal,
    "in": _in,
    "between": _between,
    "begins_with": _begins_with,
    "contains": _contains,
    "is_type": _is_type,
    "exists": _bare,
    "missing": _bare,
}
