"""`insert`: write an item that must not exist yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from mizzle.errors import ConditionFailedError, ItemExistsError
from mizzle.model.entity import Entity
from mizzle.model.schema import schema_of
from mizzle.model.write_ids import NO_ID, new_write_id
from mizzle.statements.base import DEFAULT_CONFIG, Write
from mizzle.statements.put import check_entity
from mizzle.statements.single_write import SingleWrite, put_write
from mizzle.statements.writing import missing

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.request import AttributeValue, Request

__all__ = ["Insert", "insert"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Insert(Write[E_co]):
    """Writes a new item.

    Attributes:
        entity: The entity to write.
        is_idempotent: Whether a token makes sure that it is applied once.
    """

    name = "insert"
    why_not_in_batch = "batches have no conditions, and an insert demands that there is no item. Use put, or execute it by itself"

    entity: E_co
    is_idempotent: bool

    def __init__(self, entity: Any) -> None:
        self._set(entity=entity, is_idempotent=False)

    def idempotent(self) -> Self:
        """Apply the write once, whatever happens on the way; costs twice the write units."""
        return self._with(is_idempotent=True)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the PutItem request, or the TransactWriteItems request if it is idempotent.

        The write id or token, which each execution draws anew, is shown as zeros.

        Raises:
            pydantic.ValidationError: If the entity does not validate.
            EncodingError: If a value cannot be stored.
            ItemSizeExceededError: If the item is over 409,600 bytes.
        """
        return self._write(config, NO_ID).compiled()

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Write the item; its value is the entity."""
        write = self._write(config, new_write_id("insert"))
        try:
            yield from write.flow(config)
        except ConditionFailedError as error:
            shown = write.schema.describe(write.key)
            message = f"{shown}: there is an item at this key; nothing was changed."
            raise error.turned_into(ItemExistsError, message) from error.__cause__
        return self.entity

    def _write(self, config: MizzleConfig, write_id: AttributeValue) -> SingleWrite:
        schema = schema_of(type(self.entity))
        return put_write(
            self,
            schema,
            (missing(schema),),
            config,
            write_id,
            is_idempotent=self.is_idempotent,
            inserts=True,
        )


def insert(entity: E, /) -> Insert[E]:
    """Write a new item; refuse to overwrite one.

    Executed, it gives the entity, or raises `ItemExistsError` with the existing item.

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, insert

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            db.execute(insert(User(id="u1")))
        ```
    """
    return Insert(check_entity("insert", entity))
