"""`delete`: remove an item by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from mizzle.errors import ConditionFailedError
from mizzle.model.entity import Entity
from mizzle.model.key import Key
from mizzle.model.schema import schema_of
from mizzle.request import Item
from mizzle.statements.base import DEFAULT_CONFIG, BatchEntry, BatchItem, Write, as_conditions
from mizzle.statements.get import as_key
from mizzle.statements.single_write import SingleWrite, rule_for
from mizzle.statements.writing import bind_all, of_its_type, write_parts, write_request

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.expressions.conditions import Condition
    from mizzle.flows.steps import Flow
    from mizzle.request import Request

__all__ = ["Delete", "SingleDelete", "delete"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Delete(BatchItem["E_co | None", E_co], Generic[E_co]):
    """Removes an item.

    Attributes:
        cls: The entity's class.
        entity: The entity that was handed in, or None.
    """

    name = "delete"

    cls: type[Any]
    entity: E_co | None

    def __init__(self, cls: type[Any], key: Item, entity: Any) -> None:
        self._set(cls=cls, _key=key, entity=entity)

    @property
    def key(self) -> Item:
        """The item's key attributes."""
        found: Item = self.__dict__["_key"]
        return found

    def where(self, *conditions: Condition) -> SingleDelete[E_co]:
        """Remove the item only if it satisfies all conditions."""
        return SingleDelete(self.cls, self.key, as_conditions("delete", conditions))

    def idempotent(self) -> SingleDelete[E_co]:
        """Apply the write once, whatever happens on the way; costs twice the write units.

        The removed item is then what a consistent read found just before.
        """
        single: SingleDelete[E_co] = SingleDelete(self.cls, self.key, ())
        return single.idempotent()

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the DeleteItem request."""
        return SingleDelete(self.cls, self.key, ()).compile(config)

    def entry(self) -> BatchEntry:
        """Give what stands for it in a batch."""
        return BatchEntry(schema=schema_of(self.cls), key=self.key)

    def flow(self, config: MizzleConfig) -> Flow[E_co | None]:
        """Remove the item; its value is the item that was there, or None."""
        single: SingleDelete[E_co] = SingleDelete(self.cls, self.key, ())
        return single.flow(config)


class SingleDelete(Write["E_co | None"], Generic[E_co]):
    """Removes an item in a way that a batch cannot: on a condition, or idempotently.

    Attributes:
        cls: The entity's class.
        key: The item's key attributes.
        conditions: All of them must hold.
        is_idempotent: Whether a token makes sure that it is applied once.
    """

    name = "conditional or idempotent delete"
    why_not_in_batch = "batches have no conditions and no tokens. Execute it by itself"

    cls: type[Any]
    key: Item
    conditions: tuple[Condition, ...]
    is_idempotent: bool

    def __init__(self, cls: type[Any], key: Item, conditions: tuple[Condition, ...]) -> None:
        self._set(cls=cls, key=key, conditions=conditions, is_idempotent=False)

    def where(self, *conditions: Condition) -> Self:
        """Add conditions; all must hold."""
        return self._with(conditions=self.conditions + as_conditions("delete", conditions))

    def idempotent(self) -> Self:
        """Apply the write once, whatever happens on the way; costs twice the write units.

        The removed item is then what a consistent read found just before.
        """
        return self._with(is_idempotent=True)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the DeleteItem request, or the TransactWriteItems request if it is idempotent.

        The token, which each execution draws anew, is shown as zeros.

        Raises:
            StatementError: If a condition does not suit the entity.
        """
        return self._write(config).compiled()

    def flow(self, config: MizzleConfig) -> Flow[E_co | None]:
        """Remove the item; its value is the item that was there, or None."""
        schema = schema_of(self.cls)
        try:
            item = yield from self._write(config).flow(config)
        except ConditionFailedError as error:
            is_foreign = error.stored is not None and not schema.owns(dict(error.stored))
            if is_foreign and not self.conditions:
                # Another entity's item is at the key: of this entity there is none.
                return None
            raise
        found: Any = schema.read(item) if item else None
        return found  # type: ignore[no-any-return]  # `delete` binds E_co to the class

    def _write(self, config: MizzleConfig) -> SingleWrite:
        schema = schema_of(self.cls)
        asked = (*of_its_type(schema), *bind_all(schema, self.conditions))
        parts = {"Key": self.key, "ReturnValues": "ALL_OLD", **write_parts(asked)}
        return SingleWrite(
            statement=self,
            schema=schema,
            key=self.key,
            request=write_request("DeleteItem", schema, parts, config),
            written=self.key,
            # A deletion leaves no item that could bear an id.
            rule=rule_for(
                is_conditional=bool(self.conditions),
                has_id=False,
                is_idempotent=self.is_idempotent,
            ),
        )


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
