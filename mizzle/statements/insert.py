"""`insert`: write an item that must not exist yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mizzle.errors import ConditionFailedError, ItemExistsError
from mizzle.model.entity import Entity
from mizzle.model.schema import schema_of
from mizzle.statements.base import DEFAULT_CONFIG, Write
from mizzle.statements.put import check_entity
from mizzle.statements.writing import missing, put_request, refused_as, send_write

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.request import Request

__all__ = ["Insert", "insert"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)


class Insert(Write[E_co]):
    """Writes a new item.

    Attributes:
        entity: The entity to write.
    """

    entity: E_co

    def __init__(self, entity: Any) -> None:
        self._set(entity=entity)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the PutItem request.

        Raises:
            pydantic.ValidationError: If the entity does not validate.
            EncodingError: If a value cannot be stored.
            ItemSizeExceededError: If the item is over 409,600 bytes.
        """
        schema = schema_of(type(self.entity))
        return put_request(schema, self.entity, (missing(schema),), config)

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Write the item; its value is the entity."""
        schema = schema_of(type(self.entity))
        request = self.compile(config)
        key = schema.primary_of(request.body["Item"])
        try:
            yield from send_write(schema, key, request, config, repeatable=False)
        except ConditionFailedError as error:
            message = f"{schema.describe(key)}: there is an item at this key; nothing was changed."
            raise refused_as(ItemExistsError, message, error) from error.__cause__
        return self.entity


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
