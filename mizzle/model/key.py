"""The key of one item, on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from typing_extensions import TypeIs

from mizzle.model.schema import schema_of
from mizzle.request import Item

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["Key", "key"]

E_co = TypeVar("E_co", bound="Entity", covariant=True)
E = TypeVar("E", bound="Entity")


class Key(Generic[E_co]):
    """The primary key of an item: its entity and the values of its key fields.

    Attributes:
        entity: The entity's class.
        values: The key fields' values, by field name.
        attributes: The key attributes, as wire attribute values.

    Example:
        ```python
        from mizzle import key

        assert key(User, id=ADA) == key(User, id=ADA)
        print(key(User, id=ADA).attributes)
        ```
    """

    __slots__ = ("attributes", "entity", "values")

    entity: type[E_co]
    values: dict[str, Any]
    attributes: Item

    def __init__(self, entity: type[E_co], values: dict[str, Any], attributes: Item) -> None:
        _set_entity(self, entity)
        _set_values(self, values)
        _set_attributes(self, attributes)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"a Key is frozen: {name} cannot be set"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return Key, (self.entity, self.values, self.attributes)

    def __eq__(self, other: object) -> bool:
        if not is_key(other):
            return NotImplemented
        same: bool = self.attributes == other.attributes
        return same and self.entity is other.entity

    def __hash__(self) -> int:
        return hash((self.entity, str(self.attributes)))

    def __repr__(self) -> str:
        shown = "".join(f", {name}={value!r}" for name, value in self.values.items())
        return f"key({self.entity.__name__}{shown})"


# Through its slots, as a key is frozen.
_set_entity: Any = Key.__dict__["entity"].__set__
_set_values: Any = Key.__dict__["values"].__set__
_set_attributes: Any = Key.__dict__["attributes"].__set__


def is_key(value: object) -> TypeIs[Key[Any]]:
    """Tell whether a value is a key."""
    return isinstance(value, Key)


def key(entity: type[E], /, **key_fields: Any) -> Key[E]:
    """Make the key of an item from its key fields.

    Raises:
        StatementError: If a key field is missing, or a keyword is none.
        EncodingError: If a value cannot stand in the key.
        pydantic.ValidationError: If a value has the wrong type.

    Example:
        ```python
        from mizzle import Attr, Entity, PrimaryKey, Table, get, key

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        print(get(key(User, id="u1")).compile().body["Key"])
        ```
    """
    attributes, values = schema_of(entity).key_from(key_fields)
    return Key(entity, values, attributes)
