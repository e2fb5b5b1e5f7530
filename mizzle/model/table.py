"""Tables and their indexes, as declared in code."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mizzle.errors import DefinitionError, EncodingError
from mizzle.shapes import is_dict
from mizzle.values import number_text, parse_decimal

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["Index", "KeyAttribute", "KeyType", "Projection", "Table"]

KeyType: TypeAlias = Literal["S", "N", "B"]
Projection: TypeAlias = "Literal['ALL', 'KEYS_ONLY'] | Sequence[str]"

WRITE_ID = "_w"
"""The attribute that holds the id of the last conditional write."""

EARLIER_WRITE_ID = "_wp"
"""The attribute in which a conditional update keeps the id that it replaces."""

WRITE_IDS = frozenset({WRITE_ID, EARLIER_WRITE_ID})
"""The attributes that are kept for the ids of writes."""


class KeyAttribute:
    """An attribute that is part of a key, with its type: text, number or binary.

    Example:
        ```python
        from mizzle import KeyAttribute, Table

        readings = Table("readings", partition_key="sensor", sort_key=KeyAttribute("seq", "N"))
        ```
    """

    __slots__ = ("name", "type")

    def __init__(self, name: str, type: KeyType = "S", /) -> None:  # noqa: A002  # DynamoDB's word
        if not name:
            message = "a key attribute needs a name"
            raise DefinitionError(message)
        if type not in {"S", "N", "B"}:
            message = f"KeyAttribute({name!r}, {type!r}): the type of a key is 'S', 'N' or 'B'"
            raise DefinitionError(message)
        self.name = name
        self.type: KeyType = type

    def holds(self, value: Any) -> bool:
        """Tell whether something is an attribute value that the key attribute can have."""
        raw = value.get(self.type) if is_dict(value) and len(value) == 1 else None
        return isinstance(raw, str) and bool(raw) and _is_written(self.type, raw)

    def __repr__(self) -> str:
        return f"KeyAttribute({self.name!r}, {self.type!r})"


class Index:
    """A secondary index: global by default, local with `local=True`.

    Args:
        name: The index's name.
        partition_key: Its partition key; a local index has the table's.
        sort_key: Its sort key; a local index needs one.
        local: Whether it is a local secondary index.
        projection: `"ALL"`, `"KEYS_ONLY"`, or the attributes to copy besides the keys; the type
            attribute is always copied.

    Raises:
        DefinitionError: If the keys do not suit the kind of index.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html

    Example:
        ```python
        from mizzle import Index

        by_email = Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk")
        by_total = Index("lsi1", sort_key="lsi1sk", local=True, projection="KEYS_ONLY")
        ```
    """

    __slots__ = ("local", "name", "partition_key", "projection", "sort_key")

    def __init__(
        self,
        name: str,
        *,
        partition_key: str | KeyAttribute | None = None,
        sort_key: str | KeyAttribute | None = None,
        local: bool = False,
        projection: Projection = "ALL",
    ) -> None:
        if local and (partition_key is not None or sort_key is None):
            message = f"Index({name!r}): a local index has a sort_key and the table's partition key"
            raise DefinitionError(message)
        if not local and partition_key is None:
            message = f"Index({name!r}): a global index needs a partition_key"
            raise DefinitionError(message)
        if isinstance(projection, str) and projection not in {"ALL", "KEYS_ONLY"}:
            message = f"Index({name!r}): projection is 'ALL', 'KEYS_ONLY' or a list of attributes"
            raise DefinitionError(message)
        self.name = name
        self.partition_key = _key_attribute(partition_key)
        self.sort_key = _key_attribute(sort_key)
        self.local = local
        self.projection: str | tuple[str, ...] = (
            projection if isinstance(projection, str) else tuple(projection)
        )

    def __repr__(self) -> str:
        return f"Index({self.name!r})"


class Table:
    """A DynamoDB table that several entities share.

    Args:
        name: The table's name in the code; `Mizzle(table_prefix=..., tables=...)` maps it to the
            account's.
        partition_key: The partition key, text unless a `KeyAttribute` says otherwise.
        sort_key: The sort key, if there is one.
        indexes: The secondary indexes.
        type_attribute: The attribute that carries each item's entity; None for a table that other
            programs own, whose items are recognised by their keys.
        write_ids: Whether conditional writes mark the item with an id of 16 bytes (attribute `_w`;
            an update keeps the id before it in `_wp`), by which a write whose answer was lost can be
            told from somebody else's.

    Raises:
        DefinitionError: If two indexes share a name or one attribute is used as two types.

    Example:
        ```python
        from mizzle import Index, Table

        app = Table(
            "app",
            partition_key="pk",
            sort_key="sk",
            indexes=[Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk")],
        )
        ```
    """

    __slots__ = (
        "entities",
        "indexes",
        "name",
        "partition_key",
        "sort_key",
        "type_attribute",
        "write_ids",
    )

    def __init__(
        self,
        name: str,
        *,
        partition_key: str | KeyAttribute,
        sort_key: str | KeyAttribute | None = None,
        indexes: Sequence[Index] = (),
        type_attribute: str | None = "_type",
        write_ids: bool = True,
    ) -> None:
        partition = _key_attribute(partition_key)
        if partition is None or not name:
            message = f"Table({name!r}): a table needs a name and a partition_key"
            raise DefinitionError(message)
        self.name = name
        self.partition_key = partition
        self.sort_key = _key_attribute(sort_key)
        self.indexes = {index.name: index for index in indexes}
        self.type_attribute = type_attribute
        self.write_ids = write_ids
        self.entities: dict[str, type[Entity]] = {}
        if len(self.indexes) != len(indexes):
            message = f"Table({name!r}): two indexes have the same name"
            raise DefinitionError(message)
        self._check_attributes()

    def _check_attributes(self) -> None:
        types: dict[str, str] = {}
        for attribute in self.key_attributes():
            if types.setdefault(attribute.name, attribute.type) != attribute.type:
                message = f"Table({self.name!r}): {attribute.name} is a key of two types"
                raise DefinitionError(message)
            if attribute.name in {self.type_attribute, *WRITE_IDS}:
                message = (
                    f"Table({self.name!r}): {attribute.name} is kept for the library's own use; "
                    "name the key attribute otherwise, or set type_attribute"
                )
                raise DefinitionError(message)
        for index in self.indexes.values():
            if index.local and self.sort_key is None:
                message = (
                    f"Table({self.name!r}): local index {index.name} needs a table with a sort_key"
                )
                raise DefinitionError(message)

    @property
    def primary_key(self) -> tuple[KeyAttribute, ...]:
        """The partition key and, if there is one, the sort key."""
        return (
            (self.partition_key,) if self.sort_key is None else (self.partition_key, self.sort_key)
        )

    def index_key(self, index: Index) -> tuple[KeyAttribute, ...]:
        """Give the key attributes of an index: its partition key and, if there is one, its sort key."""
        partition = index.partition_key or self.partition_key
        return (partition,) if index.sort_key is None else (partition, index.sort_key)

    def key_attributes(self) -> list[KeyAttribute]:
        """List the key attributes of the table and of all its indexes."""
        found = list(self.primary_key)
        for index in self.indexes.values():
            found += self.index_key(index)
        return found

    def creation(self, name: str) -> dict[str, Any]:
        """Write the body of the CreateTable request that makes this table, billed on demand.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
        """
        types = {attribute.name: attribute.type for attribute in self.key_attributes()}
        body: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [
                {"AttributeName": attribute, "AttributeType": kind}
                for attribute, kind in types.items()
            ],
            "KeySchema": _key_schema(self.primary_key),
            "BillingMode": "PAY_PER_REQUEST",
        }
        for member, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
            found = [
                {
                    "IndexName": index.name,
                    "KeySchema": _key_schema(self.index_key(index)),
                    "Projection": self._projection(index),
                }
                for index in self.indexes.values()
                if index.local == local
            ]
            if found:
                body[member] = found
        return body

    def _projection(self, index: Index) -> dict[str, Any]:
        kept = [self.type_attribute] if self.type_attribute else []
        if index.projection == "ALL":
            return {"ProjectionType": "ALL"}
        if index.projection != "KEYS_ONLY":
            kept = list(dict.fromkeys([*index.projection, *kept]))
        if not kept:
            return {"ProjectionType": "KEYS_ONLY"}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": kept}

    def __repr__(self) -> str:
        return f"Table({self.name!r})"


def _is_written(kind: KeyType, raw: str) -> bool:
    """Tell whether a text is that of a value of a type."""
    try:
        if kind == "N":
            return bool(number_text(parse_decimal(raw)))
        return bool(raw.encode() if kind == "S" else b64decode(raw, validate=True))
    except (EncodingError, ValueError):
        return False


def _key_attribute(key: str | KeyAttribute | None) -> KeyAttribute | None:
    return KeyAttribute(key) if isinstance(key, str) else key


def _key_schema(key: tuple[KeyAttribute, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": attribute.name, "KeyType": kind}
        for attribute, kind in zip(key, ("HASH", "RANGE"), strict=False)
    ]
