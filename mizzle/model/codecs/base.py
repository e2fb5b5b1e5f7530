"""What every codec is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import SchemaValidator

from mizzle.errors import EncodingError
from mizzle.request import AttributeValue

if TYPE_CHECKING:
    from mizzle.model.codecs.compiler import Context
    from mizzle.model.codecs.fields import FieldCodec


ALL_TAGS = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"})


SCALAR_TAGS = frozenset({"S", "N", "B", "BOOL", "NULL"})


ORDERED_TAGS = (frozenset({"S"}), frozenset({"N"}), frozenset({"B"}))


UNRANKED = 9


class CodecMismatch(EncodingError):  # noqa: N818  # a kind of EncodingError that only this module tells apart
    """A value is not of the type that its field declares."""


class UnknownType(Exception):  # noqa: N818  # a signal inside the compiler, never seen outside
    """The compiler meets a type whose values only Pydantic can write."""


class Codec:
    """Writes the values of one type as attribute values, and reads them.

    Attributes:
        tags: The wire types that its values may have.
        ordered: Whether DynamoDB orders them as Python does.
        nullable: Whether None is one of the values.
        element: The codec of a list's items, a set's members or a dict's values; None otherwise.
        exact: The Python types that are its own, for the choice in a union.
        rank: Its turn among the readers of one wire type in a union; the pickiest comes first.
    """

    __slots__ = (
        "_validator",
        "context",
        "element",
        "exact",
        "nullable",
        "ordered",
        "rank",
        "schema",
        "tags",
    )  # fmt: skip

    tags: frozenset[str]
    ordered: bool
    nullable: bool
    element: Codec | None
    exact: tuple[type, ...]
    rank: int

    def __init__(
        self,
        tags: frozenset[str] | set[str],
        *,
        ordered: bool = False,
        nullable: bool = False,
        element: Codec | None = None,
        exact: tuple[type, ...] = (),
        rank: int = UNRANKED,
    ) -> None:
        self.tags = frozenset(tags)
        self.ordered = ordered
        self.nullable = nullable
        self.element = element
        self.exact = exact
        self.rank = rank
        self.schema: Any = None
        self.context: Context | None = None
        self._validator: SchemaValidator | None = None

    def encode(self, value: Any) -> AttributeValue:
        """Write a value of this codec's type.

        Raises:
            EncodingError: If the value has another type, or DynamoDB cannot hold it.
        """
        raise NotImplementedError

    def decode(self, value: AttributeValue) -> Any:
        """Read an attribute value as what Pydantic validates: native types, dicts by field name.

        What this codec never writes is read by its wire type, so that Pydantic reports it.

        Raises:
            EncodingError: If it is not an attribute value at all.
        """
        raise NotImplementedError

    def member(self, name: str) -> FieldCodec | None:
        """Find a document's field by its Python name; None if there is none."""
        del name
        return None

    def validate(self, value: Any) -> Any:
        """Run Pydantic's validation of one such value.

        Raises:
            pydantic.ValidationError: If the value does not validate.
            EncodingError: If a document inside could not be read back.
        """
        valid = self._run(value)
        if self.context is not None and self.context.facts(self.schema).documents:
            # Pydantic takes an instance as it is, even one that was changed into something invalid.
            self._run(self.decode(self.encode(valid)))
        return valid

    def _run(self, value: Any) -> Any:
        if self._validator is None:
            if self.context is None:
                return value
            self._validator = self.context.validator(self.schema)
        return self._validator.validate_python(value, by_alias=False, by_name=True)

    def bound(self, schema: Any, context: Context) -> Codec:
        """Keep the schema that the codec was made of."""
        self.schema = schema
        self.context = context
        return self


def mismatch(expected: str, value: Any) -> CodecMismatch:
    """Say that a value has another type than declared."""
    return CodecMismatch(f"expected {expected}, found {type(value).__name__}")
