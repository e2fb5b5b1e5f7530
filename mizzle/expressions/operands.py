"""Attribute paths and what they are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeAlias, TypeVar, overload

from typing_extensions import TypeIs

from mizzle.errors import StatementError
from mizzle.expressions.conditions import Condition
from mizzle.expressions.nodes import Node

__all__ = ["Arithmetic", "AttributePath", "Operand", "Size", "Value", "WireType"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E")
S = TypeVar("S", bound="str | bytes | None")
N = TypeVar("N", bound="int | float | Decimal | None")
V = TypeVar("V")

WireType: TypeAlias = Literal["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]


class Operand(Node, Generic[T_co]):
    """Something that has a value in an expression."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        message = (
            f"{self} is not a value but a part of an expression: compare it, as in `{self} == ...`."
        )
        raise TypeError(message)


class Value(Operand[Any]):
    """A constant: a Python value, or a wire attribute value once it is bound to its path."""

    __slots__ = ("value",)

    value: Any

    def __init__(self, value: Any) -> None:
        _set_value(self, value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        # Messages never show values: they may be secret.
        return "..."


_set_value: Any = Value.__dict__["value"].__set__


class Arithmetic(Operand[Any]):
    """The sum or difference of two operands, for `update(...).set(path, path + 1)`."""

    __slots__ = ("left", "op", "right")

    left: Operand[Any]
    op: str
    right: Operand[Any]

    def __init__(self, left: Operand[Any], op: str, right: Operand[Any]) -> None:
        object.__setattr__(self, "left", left)
        object.__setattr__(self, "op", op)
        object.__setattr__(self, "right", right)

    def parts(self) -> tuple[Any, ...]:
        """List the operands with the operator between them."""
        return self.left, self.op, self.right

    def __repr__(self) -> str:
        return f"{self.left!r} {self.op} {self.right!r}"

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


class IfMissing(Operand[T_co]):
    """An attribute's value, or another where the item does not have it."""

    __slots__ = ("path", "value")

    path: AttributePath[Any]
    value: Value

    def __init__(self, path: AttributePath[Any], value: Value) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "value", value)


class Size(Operand[int]):
    """The size of an attribute: characters, bytes or members; compare it with a whole number.

    Characters beyond U+FFFF, such as most emoji, count as two.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    """

    __slots__ = ("path",)

    path: AttributePath[Any]

    def __init__(self, path: AttributePath[Any]) -> None:
        object.__setattr__(self, "path", path)

    def __eq__(self, other: int | Operand[int], /) -> Condition:  # type: ignore[override]  # builds a condition
        return _compare("=", self, other)

    def __ne__(self, other: int | Operand[int], /) -> Condition:  # type: ignore[override]  # builds a condition
        return _compare("<>", self, other)

    def __lt__(self, other: int | Operand[int], /) -> Condition:
        return _compare("<", self, other)

    def __le__(self, other: int | Operand[int], /) -> Condition:
        return _compare("<=", self, other)

    def __gt__(self, other: int | Operand[int], /) -> Condition:
        return _compare(">", self, other)

    def __ge__(self, other: int | Operand[int], /) -> Condition:
        return _compare(">=", self, other)

    def __hash__(self) -> int:
        return hash(("size", self.path))

    def __repr__(self) -> str:
        return f"{self.path!r}.size()"

    __str__ = __repr__


class _Members:
    """The members of a nested document: `User.home.fields.city`."""

    __slots__ = ("_path",)

    def __init__(self, path: AttributePath[Any]) -> None:
        self._path = path

    def __getattr__(self, name: str) -> AttributePath[Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        path = self._path
        return AttributePath(path.owner, (*path.steps, name))


class _Fields:
    """The descriptor behind `path.fields`; checkers see the nested document's own class."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: AttributePath[E | None], owner: object) -> type[E]: ...
        @overload
        def __get__(self, instance: AttributePath[E], owner: object) -> type[E]: ...
        def __get__(self, instance: Any, owner: object) -> Any: ...

    else:

        def __get__(self, instance: AttributePath[Any], owner: object) -> _Members:
            return _Members(instance)


class AttributePath(Operand[T]):
    """The place of a value in an item: `User.age`, `User.home.fields.city`, `User.limits["a"]`.

    Paths come from the class of an entity; comparing one gives a `Condition`.

    Attributes:
        owner: The entity that the path starts from.
        steps: Field names, map keys and list indexes, from the item down.

    Example:
        ```python
        paths = [User.logins, User.home.fields.city, User.history[0].fields.city, User.limits["eu"]]
        print(paths)
        ```
    """

    __slots__ = ("owner", "steps")

    owner: type
    steps: tuple[str | int, ...]

    fields = _Fields()

    def __init__(self, owner: type, steps: tuple[str | int, ...]) -> None:
        _set_owner(self, owner)
        _set_steps(self, steps)

    @overload  # type: ignore[override]  # builds a condition
    def __eq__(self, other: T | Operand[T], /) -> Condition: ...
    @overload
    def __eq__(self: AttributePath[Decimal], other: int, /) -> Condition: ...
    @overload
    def __eq__(self: AttributePath[Decimal | None], other: int, /) -> Condition: ...
    def __eq__(self, other: Any, /) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]  # builds a condition
        return _compare("=", self, other)

    @overload  # type: ignore[override]  # builds a condition
    def __ne__(self, other: T | Operand[T], /) -> Condition: ...
    @overload
    def __ne__(self: AttributePath[Decimal], other: int, /) -> Condition: ...
    @overload
    def __ne__(self: AttributePath[Decimal | None], other: int, /) -> Condition: ...
    def __ne__(self, other: Any, /) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]  # builds a condition
        return _compare("<>", self, other)

    @overload
    def __lt__(self, other: T | Operand[T], /) -> Condition: ...
    @overload
    def __lt__(self: AttributePath[Decimal], other: int, /) -> Condition: ...
    @overload
    def __lt__(self: AttributePath[Decimal | None], other: int, /) -> Condition: ...
    def __lt__(self, other: Any, /) -> Condition:
        return _compare("<", self, other)

    @overload
    def __le__(self, other: T | Operand[T], /) -> Condition: ...
    @overload
    def __le__(self: AttributePath[Decimal], other: int, /) -> Condition: ...
    @overload
    def __le__(self: AttributePath[Decimal | None], other: int, /) -> Condition: ...
    def __le__(self, other: Any, /) -> Condition:
        return _compare("<=", self, other)

    @overload
    def __gt__(self, other: T | Operand[T], /) -> Condition: ...
    @overload
    def __gt__(self: AttributePath[Decimal], other: int, /) -> Condition: ...
    @overload
    def __gt__(self: AttributePath[Decimal | None], other: int, /) -> Condition: ...
    def __gt__(self, other: Any, /) -> Condition:
        return _compare(">", self, other)

    @overload
    def __ge__(self, other: T | Operand[T], /) -> Condition: ...
    @overload
    def __ge__(self: AttributePath[Decimal], other: int, /) -> Condition: ...
    @overload
    def __ge__(self: AttributePath[Decimal | None], other: int, /) -> Condition: ...
    def __ge__(self, other: Any, /) -> Condition:
        return _compare(">=", self, other)

    def __hash__(self) -> int:
        return hash((self.owner, self.steps))

    def between(self, low: T, high: T) -> Condition:
        """Hold from `low` to `high`, both included."""
        return Condition("between", (self, as_operand(low), as_operand(high)))

    def is_in(self, values: Iterable[T]) -> Condition:
        """Hold if the value is one of `values`, at most 100.

        Raises:
            StatementError: If they are one text: its characters are hardly meant.
        """
        if isinstance(values, str | bytes):
            message = f"{self}.is_in takes a list of values, not one {type(values).__name__} alone"
            raise StatementError(message)
        return Condition("in", (self, *map(as_operand, values)))

    def begins_with(self: AttributePath[S], prefix: S) -> Condition:
        """Hold if the text or the bytes begin with `prefix`."""
        return Condition("begins_with", (self, as_operand(prefix)))

    @overload
    def contains(self: AttributePath[AbstractSet[E]], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[AbstractSet[E] | None], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[set[E]], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[set[E] | None], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[frozenset[E]], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[frozenset[E] | None], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[list[E]], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[list[E] | None], member: E) -> Condition: ...
    @overload
    def contains(self: AttributePath[S], member: S) -> Condition: ...
    def contains(self, member: Any) -> Condition:
        """Hold if a set or list has `member`, or a text has it as a part."""
        return Condition("contains", (self, as_operand(member)))

    def exists(self) -> Condition:
        """Hold if the item has the attribute, whatever its value (`attribute_exists`)."""
        return Condition("exists", (self,))

    def missing(self) -> Condition:
        """Hold if the item does not have the attribute (`attribute_not_exists`)."""
        return Condition("missing", (self,))

    def size(self) -> Size:
        """Measure the attribute: characters of a text, bytes of a binary, members of the rest.

        Characters beyond U+FFFF, such as most emoji, count as two.
        """
        return Size(self)

    def is_type(self, wire_type: WireType) -> Condition:
        """Hold if the attribute is stored as this DynamoDB type, such as `S` or `NULL`."""
        return Condition("is_type", (self, Value(wire_type)))

    def __add__(self: AttributePath[N], other: N | Operand[N]) -> Operand[N]:
        return Arithmetic(self, "+", as_operand(other))

    def __sub__(self: AttributePath[N], other: N | Operand[N]) -> Operand[N]:
        return Arithmetic(self, "-", as_operand(other))

    @overload
    def __getitem__(self: AttributePath[list[V]], key: int, /) -> AttributePath[V]: ...
    @overload
    def __getitem__(self: AttributePath[list[V] | None], key: int, /) -> AttributePath[V]: ...
    @overload
    def __getitem__(self: AttributePath[dict[str, V]], key: str, /) -> AttributePath[V]: ...
    @overload
    def __getitem__(self: AttributePath[dict[str, V] | None], key: str, /) -> AttributePath[V]: ...
    def __getitem__(self, key: Any, /) -> AttributePath[Any]:
        return AttributePath(self.owner, (*self.steps, key))

    # Having `__getitem__`, a path would otherwise be iterated over without end.
    __iter__: None = None

    def __repr__(self) -> str:
        return f"{self.owner.__name__}.{show_steps(self.steps)}"

    __str__ = __repr__


_set_owner: Any = AttributePath.__dict__["owner"].__set__
_set_steps: Any = AttributePath.__dict__["steps"].__set__


def show_steps(steps: tuple[str | int, ...]) -> str:
    """Write the steps of a path as a person would: `home.city`, `history[0]`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def is_operand(value: object) -> TypeIs[Operand[Any]]:
    """Tell whether a value is an operand already."""
    return isinstance(value, Operand)


def is_path(value: object) -> TypeIs[AttributePath[Any]]:
    """Tell whether a value is an attribute path."""
    return isinstance(value, AttributePath)


def as_operand(value: Any) -> Operand[Any]:
    """Wrap a constant, leave an operand."""
    return value if is_operand(value) else Value(value)


def _compare(op: str, left: Operand[Any], right: Any) -> Condition:
    return Condition(op, (left, as_operand(right)))
