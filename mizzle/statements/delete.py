"""`delete`: remove an item by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from mizzle.errors import ConditionFailedError
from mizzle.model.entity import Entity
from mizzle.model.key import Key
from mizzle.model.schema import EntitySchema, schema_of
from mizzle.request import Item
from mizzle.statements.base import DEFAULT_CONFIG, BatchItem, Write, as_conditions
from mizzle.statements.get import as_key
from mizzle.statements.writing import bind_all, of_its_type, send_write, write_request

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.expressions.conditions import Condition
    from mizzle.flows.steps import Flow
    from mizzle.request import Request

__all__ = ["ConditionalDelete", "Delete", "delete"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Delete(BatchItem["E_co | None", E_co], Generic[E_co]):
    """Removes an item.

    Attributes:
        cls: The entity's class.
        key: The item's key attributes.
        entity: The entity that was handed in, or None.
    """

    cls: type[Any]
    key: Item
    entity: E_co | None

    def __init__(self, cls: type[Any], key: Item, entity: Any) -> None:
        self._set(cls=cls, key=key, entity=entity)

    def where(self, *conditions: Condition) -> ConditionalDelete[E_co]:
        """Remove the item only if it satisfies all conditions."""
        return ConditionalDelete(self.cls, self.key, as_conditions("delete", conditions))

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the DeleteItem request."""
        return _compile(schema_of(self.cls), self.key, (), config)

    def flow(self, config: MizzleConfig) -> Flow[E_co | None]:
        """Remove the item; its value is the item that was there, or None."""
        return _flow(self.cls, self.key, self.compile(config), config, repeatable=True)


class ConditionalDelete(Write["E_co | None"], Generic[E_co]):
    """Removes an item if a condition holds for it.

    Attributes:
        cls: The entity's class.
        key: The item's key attributes.
        conditions: All of them must hold.
    """

    cls: type[Any]
    key: Item
    conditions: tuple[Condition, ...]

    def __init__(self, cls: type[Any], key: Item, conditions: tuple[Condition, ...]) -> None:
        self._set(cls=cls, key=key, conditions=conditions)

    def where(self, *conditions: Condition) -> Self:
        """Add conditions; all must hold."""
        return self._with(conditions=self.conditions + as_conditions("delete", conditions))

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the DeleteItem request.

        Raises:
            StatementError: If a condition does not suit the entity.
        """
        return _compile(schema_of(self.cls), self.key, self.conditions, config)

    def flow(self, config: MizzleConfig) -> Flow[E_co | None]:
        """Remove the item; its value is the item that was there, or None."""
        return _flow(self.cls, self.key, self.compile(config), config, repeatable=False)


@overload
def delete(entity: type[E], /, **key_fields: Any) -> Delete[E]: ...
@overload
def delete(target: E | Key[E], /) -> Delete[E]: ...
def delete(target: Any, /, **key_fields: Any) -> Delete[Any]:
    """Remove an item: `delete(user)`, `delete(User, id="u1")` or `delete(key(User, id="u1"))`.

    Executed, it gives the removed entity, or None if there was none. An entity that was read is
    removed by the key it was read with. `.where(...)` makes it conditional.

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, delete

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            assert db.execute(delete(User, id="nobody")) is None
        ```
    """
    if isinstance(target, Entity) and not key_fields:
        return Delete(type(target), schema_of(type(target)).key_of(target), target)
    found = as_key("delete", target, key_fields)
    return Delete(found.entity, found.attributes, None)


def _compile(
    schema: EntitySchema, key: Item, conditions: tuple[Condition, ...], config: MizzleConfig
) -> Request:
    asked = (*of_its_type(schema), *bind_all(schema, conditions))
    body = {"Key": key, "ReturnValues": "ALL_OLD"}
    table = config.table_name(schema.table.name)
    return write_request("DeleteItem", table, body, asked)


def _flow(
    cls: type[Any], key: Item, request: Request, config: MizzleConfig, *, repeatable: bool
) -> Flow[Any]:
    schema = schema_of(cls)
    try:
        answer = yield from send_write(schema, key, request, config, repeatable=repeatable)
    except ConditionFailedError as error:
        if error.stored is not None and not schema.owns(dict(error.stored)) and repeatable:
            # Another entity's item is at the key: of this entity there is none.
            return None
        raise
    item = answer.data.get("Attributes")
    return schema.decode(item) if item and schema.owns(item) else None
