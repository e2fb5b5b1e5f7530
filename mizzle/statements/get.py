"""`get`: read one item by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

from mizzle.errors import StatementError
from mizzle.model.entity import Entity, EntityMeta
from mizzle.model.key import Key, is_key, key
from mizzle.model.schema import schema_of
from mizzle.request import Request
from mizzle.statements.base import DEFAULT_CONFIG, Statement
from mizzle.statements.reading import send_read

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow

__all__ = ["Get", "get"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Get(Statement["E_co | None"], Generic[E_co]):
    """Reads one item.

    Attributes:
        key: The item's key.
        is_consistent: Whether the read sees every write that has succeeded before it.
    """

    name = "get"

    key: Key[Any]
    is_consistent: bool

    def __init__(self, key: Key[Any], *, is_consistent: bool = False) -> None:
        self._set(key=key, is_consistent=is_consistent)

    def consistent(self) -> Self:
        """See every write that has succeeded before; costs twice the read units.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
        """
        return self._with(is_consistent=True)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the GetItem request."""
        table = schema_of(self.key.entity).table
        body: dict[str, Any] = {
            "TableName": config.table_name(table.name),
            "Key": self.key.attributes,
            **config.request_parameters,
        }
        if self.is_consistent:
            body["ConsistentRead"] = True
        return Request("GetItem", body)

    def flow(self, config: MizzleConfig) -> Flow[E_co | None]:
        """Read the item; its value is the entity, or None if there is none."""
        schema = schema_of(self.key.entity)
        answer = yield from send_read(schema, self.compile(config), config)
        item = answer.data.get("Item")
        found: Any = None if item is None else schema.read(item)
        return found  # type: ignore[no-any-return]  # `get` binds E_co to the key's entity


@overload
def get(entity: type[E], /, **key_fields: Any) -> Get[E]: ...
@overload
def get(target: Key[E], /) -> Get[E]: ...
def get(target: Any, /, **key_fields: Any) -> Get[Any]:
    """Read one item by its key: `get(User, id="u1")` or `get(key(User, id="u1"))`.

    Executed, it gives the entity, or None if there is no item of that entity.

    Raises:
        StatementError: If a key field is missing, or a keyword is none.
        pydantic.ValidationError: If a value has the wrong type.

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, get

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            assert db.execute(get(User, id="nobody")) is None
        ```
    """
    return Get(as_key("get", target, key_fields))


def as_key(name: str, target: Any, key_fields: dict[str, Any]) -> Key[Any]:
    """Turn what a statement was given into a key: a class with key fields, or a key."""
    if is_key(target):
        if key_fields:
            message = f"{name}(key) takes no key fields besides"
            raise StatementError(message)
        return target
    if isinstance(target, EntityMeta):
        return key(cast("type[Entity]", target), **key_fields)
    message = (
        f"{name} takes an entity's class with its key fields, or a key, not {type(target).__name__}"
    )
    raise StatementError(message)
