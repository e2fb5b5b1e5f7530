"""`put`: write an item, replacing whatever is at its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from mizzle.errors import StatementError
from mizzle.model.entity import Entity
from mizzle.model.schema import schema_of
from mizzle.model.sizes import fitted
from mizzle.model.write_ids import NO_ID, new_write_id
from mizzle.statements.base import DEFAULT_CONFIG, BatchEntry, BatchItem, Write, as_conditions
from mizzle.statements.single_write import SingleWrite, put_write
from mizzle.statements.writing import bind_all

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.expressions.conditions import Condition
    from mizzle.flows.steps import Flow
    from mizzle.request import AttributeValue, Item, Request

__all__ = ["Put", "SinglePut", "put"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Put(BatchItem[E_co, E_co]):
    """Writes an item, whatever was there.

    Attributes:
        entity: The entity to write.
    """

    name = "put"

    entity: E_co

    def __init__(self, entity: Any) -> None:
        self._set(entity=entity)

    @property
    def key(self) -> Item:
        """The item's key attributes."""
        return schema_of(type(self.entity)).encode_key(vars(self.entity))

    def where(self, *conditions: Condition) -> SinglePut[E_co]:
        """Write only if the item that is there satisfies all conditions."""
        return SinglePut(self.entity, as_conditions("put", conditions))

    def idempotent(self) -> SinglePut[E_co]:
        """Apply the write once, whatever happens on the way; costs twice the write units."""
        single: SinglePut[E_co] = SinglePut(self.entity, ())
        return single.idempotent()

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the PutItem request.

        Raises:
            pydantic.ValidationError: If the entity does not validate.
            EncodingError: If a value cannot be stored.
            ItemSizeExceededError: If the item is over 409,600 bytes.
        """
        return SinglePut(self.entity, ()).compile(config)

    def entry(self) -> BatchEntry:
        """Give what stands for it in a batch."""
        entity: Any = self.entity
        schema = schema_of(type(entity))
        encoded = fitted(schema, schema.encode(entity))
        return BatchEntry(schema=schema, key=encoded.key, put=encoded)

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Write the item; its value is the entity."""
        single: SinglePut[E_co] = SinglePut(self.entity, ())
        return single.flow(config)


class SinglePut(Write[E_co]):
    """Writes an item in a way that a batch cannot: on a condition, or idempotently.

    Attributes:
        entity: The entity to write.
        conditions: All of them must hold for the item that is there.
        is_idempotent: Whether a token makes sure that it is applied once.
    """

    name = "conditional or idempotent put"
    why_not_in_batch = "batches have no conditions and no tokens. Execute it by itself"

    entity: E_co
    conditions: tuple[Condition, ...]
    is_idempotent: bool

    def __init__(self, entity: Any, conditions: tuple[Condition, ...]) -> None:
        self._set(entity=entity, conditions=conditions, is_idempotent=False)

    def where(self, *conditions: Condition) -> Self:
        """Add conditions; all must hold."""
        return self._with(conditions=self.conditions + as_conditions("put", conditions))

    def idempotent(self) -> Self:
        """Apply the write once, whatever happens on the way; costs twice the write units."""
        return self._with(is_idempotent=True)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the PutItem request, or the TransactWriteItems request if it is idempotent.

        The write id or token, which each execution draws anew, is shown as zeros.

        Raises:
            pydantic.ValidationError: If the entity does not validate.
            StatementError: If a condition does not suit the entity.
        """
        return self._write(config, NO_ID).compiled()

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Write the item; its value is the entity."""
        # Without a condition nobody asks for an id.
        write_id = new_write_id("put") if self.conditions else NO_ID
        yield from self._write(config, write_id).flow(config)
        return self.entity

    def _write(self, config: MizzleConfig, write_id: AttributeValue) -> SingleWrite:
        schema = schema_of(type(self.entity))
        conditions = bind_all(schema, self.conditions)
        return put_write(
            self, schema, conditions, config, write_id, is_idempotent=self.is_idempotent
        )


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
    # `isinstance` asks the metaclass of Pydantic's models, which takes longer than all the rest.
    if Entity not in type(entity).__mro__:
        message = f"{name} takes an instance of an entity, not {type(entity).__name__}"
        raise StatementError(message)
    return entity
