"""Key templates as an entity declares them, and the keys they make once bound to its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mizzle.errors import DefinitionError, EncodingError
from mizzle.limits import MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES
from mizzle.model.key_writer import generate_key
from mizzle.model.templates import BoundTemplate, Template, parse_template
from mizzle.request import AttributeValue, Item

if TYPE_CHECKING:
    from mizzle.model.codecs import FieldCodec
    from mizzle.model.table import Index, KeyAttribute

__all__ = [
    "AccessKey",
    "IndexKey",
    "KeyPart",
    "KeyTemplate",
    "PrimaryKey",
    "key_size_bytes",
    "key_templates",
    "show_key",
]


class KeyTemplate:
    """The templates of one key: what `PrimaryKey` and `IndexKey` have in common.

    Attributes:
        partition: The template of the partition key, or None if that is a plain field.
        sort: The template of the sort key, or None if there is none or it is a plain field.
        index: The index's name; None for the primary key.
        attribute: The name that the class gives the key, such as `by_email`.
    """

    __slots__ = ("attribute", "index", "partition", "sort")

    def __init__(self, partition: str | None, sort: str | None, index: str | None) -> None:
        self.partition = None if partition is None else _parsed(partition)
        self.sort = None if sort is None else _parsed(sort)
        self.index = index
        self.attribute = "primary"

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the templates use, partition first."""
        found: tuple[str, ...] = ()
        for template in (self.partition, self.sort):
            found += template.fields if template else ()
        return found

    def __repr__(self) -> str:
        shown = [repr(template.text) for template in (self.partition, self.sort) if template]
        if self.index is not None:
            shown.insert(0, repr(self.index))
        return f"{type(self).__name__}({', '.join(shown)})"


class PrimaryKey(KeyTemplate):
    """The templates of an entity's primary key.

    A template is text with fields in braces: `"ORDER#{placed_at}#{id}"`. `{n:010}` pads a whole
    number so that text order is number order; `{path:quote}` percent-encodes, so that the value may
    hold anything. Leave out a part whose key attribute is a plain field.

    Example:
        ```python
        from mizzle import Attr, Entity, PrimaryKey, Table

        library = Table("library", partition_key="pk", sort_key="sk")


        class Book(Entity, table=library):
            shelf: Attr[str]
            number: Attr[int]

            primary = PrimaryKey("SHELF#{shelf}", "BOOK#{number:06}")
        ```

    Raises:
        DefinitionError: If a template is malformed; the rest is checked when the class is created.
    """

    __slots__ = ()

    def __init__(self, partition: str | None = None, sort: str | None = None) -> None:
        super().__init__(partition, sort, None)


class IndexKey(KeyTemplate):
    """The templates of an entity's key in one index: a named access pattern.

    An item is in the index if none of the fields is None. A local index has only a sort template:
    `IndexKey("by_total", sort="{total_cents:012}")`.

    Raises:
        DefinitionError: If a template is malformed; the rest is checked when the class is created.

    Example:
        ```python
        from mizzle import Attr, Entity, Index, IndexKey, PrimaryKey, Table

        shop = Table("shop", partition_key="pk", indexes=[Index("by_shelf", partition_key="shelf_pk")])


        class Book(Entity, table=shop):
            isbn: Attr[str]
            shelf: Attr[str]

            primary = PrimaryKey("BOOK#{isbn}")
            by_shelf = IndexKey("by_shelf", "SHELF#{shelf}")
        ```
    """

    __slots__ = ()

    def __init__(self, index: str, partition: str | None = None, sort: str | None = None) -> None:
        super().__init__(partition, sort, index)


class KeyPart:
    """How an entity fills one key attribute: from a plain field or by a template.

    Attributes:
        attribute: The key attribute.
        template: The bound template, or None for a plain field.
        field: The plain field's codec, or None for a template.
        fields: The names of the fields that the part is made of.
    """

    __slots__ = ("attribute", "field", "fields", "limit", "name", "template")

    def __init__(
        self,
        attribute: KeyAttribute,
        *,
        template: BoundTemplate | None,
        field: FieldCodec | None,
        fields: tuple[str, ...],
        is_sort: bool,
    ) -> None:
        self.attribute = attribute
        self.name = attribute.name
        self.template = template
        self.field = field
        self.fields = fields
        self.limit = MAX_SORT_KEY_BYTES if is_sort else MAX_PARTITION_KEY_BYTES

    def encode(self, values: Mapping[str, Any]) -> AttributeValue | None:
        """Write the key attribute for these field values; None if one of them is None.

        Raises:
            EncodingError: If a value cannot stand in a key.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
        """
        for name in self.fields:
            if values[name] is None:
                return None
        if self.template is not None:
            return self._sized({"S": self.template.encode(values)})
        assert self.field is not None  # noqa: S101  # a part has a template or a field
        value = values[self.fields[0]]
        self.check(value)
        try:
            return self._sized(self.field.codec.encode(value))
        except EncodingError as error:
            message = f"{self.fields[0]}: {error}"
            raise EncodingError(message) from error

    def check(self, value: Any) -> None:
        """Refuse a value that has no order among the key's others.

        Raises:
            EncodingError: If it is a naive datetime.
        """
        if isinstance(value, datetime) and value.tzinfo is None:
            message = (
                f"{self.fields[0]}: a naive datetime cannot stand in a key; give it a time zone"
            )
            raise EncodingError(message)

    def _sized(self, value: AttributeValue) -> AttributeValue:
        length = key_size_bytes(value)
        if not 1 <= length <= self.limit:
            message = (
                f"key attribute {self.name} would be {length:,} bytes, made of "
                f"{', '.join(self.fields) or 'nothing'}; DynamoDB takes 1 to {self.limit:,}"
            )
            raise EncodingError(message)
        return value

    def decode(self, value: AttributeValue) -> dict[str, Any] | None:
        """Read the fields back from a key attribute; None if it is not of this template."""
        if self.template is None:
            return {} if self.attribute.type in value else None
        return self.template.decode(value["S"]) if "S" in value else None


class AccessKey:
    """One way to reach an entity's items: the primary key or the key of an index.

    Attributes:
        name: What the class calls it, or the index's name for an index of plain fields.
        index: The index; None for the primary key.
        partition: The partition key.
        sort: The sort key, if there is one.
        parts: Both.
        names: The names of their attributes.
        fields: All fields that the key is made of, in order, each once.
        as_usual: Does what `encode` does, for values that are as usual; it raises for all others.
    """

    __slots__ = ("as_usual", "fields", "index", "name", "names", "partition", "parts", "sort")

    def __init__(
        self, name: str, index: Index | None, partition: KeyPart, sort: KeyPart | None
    ) -> None:
        self.name = name
        self.index = index
        self.partition = partition
        self.sort = sort
        self.parts = (partition,) if sort is None else (partition, sort)
        self.names = frozenset([part.name for part in self.parts])
        self.fields = tuple(dict.fromkeys(name for part in self.parts for name in part.fields))
        self.as_usual: Callable[[Mapping[str, Any]], Item | None] = self._first_as_usual

    def encode(self, values: Mapping[str, Any]) -> Item | None:
        """Write the key attributes; None if a field is None.

        Raises:
            EncodingError: If a value cannot stand in a key.
        """
        try:
            return self.as_usual(values)
        except Exception:  # noqa: BLE001  # whatever it is, the parts say it better
            return self._by_parts(values)

    def _first_as_usual(self, values: Mapping[str, Any]) -> Item | None:
        # Written when it is needed: most programs use few of their keys.
        self.as_usual = generate_key(self.parts)
        return self.as_usual(values)

    def _by_parts(self, values: Mapping[str, Any]) -> Item | None:
        found: Item = {}
        for part in self.parts:
            value = part.encode(values)
            if value is None:
                return None
            found[part.name] = value
        return found

    def matches(self, item: Item) -> bool:
        """Tell whether an item's key attributes are of these templates."""
        for part in self.parts:
            value = item.get(part.name)
            if value is None or part.decode(value) is None:
                return False
        return True


def key_size_bytes(value: AttributeValue) -> int:
    """Measure a key attribute as DynamoDB's limits do; a number is never empty nor too long."""
    text: str | None = value.get("S")
    if text is not None:
        return len(text) if text.isascii() else len(text.encode())
    ((kind, raw),) = value.items()
    return len(raw) // 4 * 3 - raw.count("=") if kind == "B" else 1


def key_templates(cls: type) -> dict[str, KeyTemplate]:
    """Collect the key templates of a class and its bases; a nearer primary key replaces a farther."""
    found: dict[str, KeyTemplate] = {}
    for base in reversed(cls.__mro__):
        own: dict[str, KeyTemplate] = base.__dict__.get("__mizzle_templates__", {})
        if any(template.index is None for template in own.values()):
            found = {k: v for k, v in found.items() if v.index is not None}
        found |= own
    return found


def show_key(key: Mapping[str, AttributeValue]) -> str:
    """Write an item's key for a message."""
    return ", ".join(f"{name}={next(iter(value.values()))!r}" for name, value in key.items())


def _parsed(text: Any) -> Template:
    if not isinstance(text, str):
        message = f"a key template is text with fields in braces, not {type(text).__name__}"
        raise DefinitionError(message)
    return parse_template(text)
