"""`put`: write an item, replacing whatever is at its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from mizzle.errors import StatementError
from mizzle.model.entity import Entity
from mizzle.model.schema import schema_of
from mizzle.statements.base import DEFAULT_CONFIG, BatchItem, Write, as_conditions
from mizzle.statements.writing import bind_all, put_request, send_write

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.expressions.conditions import Condition
    from mizzle.flows.steps import Flow
    from mizzle.request import Request

__all__ = ["ConditionalPut", "Put", "put"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Put(BatchItem[E_co, E_co]):
    """Writes an item, whatever was there.

    Attributes:
        entity: The entity to write.
    """

    entity: E_co

    def __init__(self, entity: Any) -> None:
        self._set(entity=entity)

    def where(self, *conditions: Condition) -> ConditionalPut[E_co]:
        """Write only if the item that is there satisfies all conditions."""
        return ConditionalPut(self.entity, as_conditions("put", conditions))

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the PutItem request.

        Raises:
            pydantic.ValidationError: If the entity does not validate.
            EncodingError: If a value cannot be stored.
            ItemSizeExceededError: If the item is over 409,600 bytes.
        """
        return _compile(self.entity, (), config)

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Write the item; its value is the entity."""
        return _flow(self.entity, self.compile(config), config, repeatable=True)


class ConditionalPut(Write[E_co]):
    """Writes an item if a condition holds for the one that is there.

    Attributes:
        entity: The entity to write.
        conditions: All of them must hold.
    """

    entity: E_co
    conditions: tuple[Condition, ...]

    def __init__(self, entity: Any, conditions: tuple[Condition, ...]) -> None:
        self._set(entity=entity, conditions=conditions)

    def where(self, *conditions: Condition) -> Self:
        """Add conditions; all must hold."""
        return self._with(conditions=self.conditions + as_conditions("put", conditions))

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the PutItem request.

        Raises:
            pydantic.ValidationError: If the entity does not validate.
            StatementError: If a condition does not suit the entity.
        """
        return _compile(self.entity, self.conditions, config)

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Write the item; its value is the entity."""
        return _flow(self.entity, self.compile(config), config, repeatable=False)


def put(entity: E, /) -> Put[E]:
    """Write an item, replacing whatever is at its key; `.where(...)` makes it conditional.

    Executed, it gives the entity; a condition that does not hold raises `ConditionFailedError`.

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, put

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            name: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            db.execute(put(User(id="u1", name="Ada")))
            db.execute(put(User(id="u1", name="Ada L.")).where(User.name == "Ada"))
        ```
    """
    return Put(check_entity("put", entity))


def check_entity(name: str, entity: Any) -> Any:
    """Refuse what is not an instance of an entity."""
    if not isinstance(entity, Entity):
        message = f"{name} takes an instance of an entity, not {type(entity).__name__}"
        raise StatementError(message)
    return entity


def _compile(entity: Any, conditions: tuple[Condition, ...], config: MizzleConfig) -> Request:
    schema = schema_of(type(entity))
    return put_request(schema, entity, bind_all(schema, conditions), config)


def _flow(entity: Any, request: Request, config: MizzleConfig, *, repeatable: bool) -> Flow[Any]:
    schema = schema_of(type(entity))
    key = schema.primary_of(request.body["Item"])
    yield from send_write(schema, key, request, config, repeatable=repeatable)
    return entity
