"""What all statements are: immutable, compiled without a client, run as a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from pydantic import ValidationError

from mizzle.config import MizzleConfig
from mizzle.errors import MizzleError, StatementError
from mizzle.request import to_json

if TYPE_CHECKING:
    from mizzle.flows.steps import Flow
    from mizzle.model.encoded_item import EncodedItem
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Item, Request

__all__ = ["BatchEntry", "BatchItem", "Statement", "TransactItem", "Write", "as_conditions"]

R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

DEFAULT_CONFIG = MizzleConfig()


class Statement(Generic[R_co]):
    """Something to execute; `R` is what `db.execute` gives for it.

    A statement is immutable and knows no client: it can be a module constant, and be shared
    between threads.
    """

    name: ClassVar[str] = "statement"
    """What it is called in messages."""

    why_not_in_batch: ClassVar[str] = "it is no write"
    """What `batch_write` says when it refuses the statement."""

    def __setattr__(self, name: str, value: object) -> None:
        message = f"a statement is immutable: {name} cannot be set; its methods give a new one"
        raise AttributeError(message)

    def __repr__(self) -> str:
        # Its values may be secret, and a repr ends up in logs.
        return f"<{self.name}>"

    def _set(self, **parts: Any) -> None:
        self.__dict__.update(parts)

    def _with(self, **changes: Any) -> Self:
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__, **changes)
        return changed

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request | list[Request]:
        """Give the request (of a batch, the requests) exactly as DynamoDB would receive it; no I/O.

        Args:
            config: Says what the tables are called; by default, as in the code.

        Raises:
            StatementError: If there is no such request.
        """
        raise NotImplementedError

    def explain(self, config: MizzleConfig = DEFAULT_CONFIG) -> str:
        """Describe the request for a person; no I/O.

        Args:
            config: Says what the tables are called; by default, as in the code.
        """
        from mizzle.statements.explain import explain  # noqa: PLC0415  # rarely used

        return explain(self.compile(config))

    def explanation(self, config: MizzleConfig) -> str:
        """Describe the request, or say why there is none, for an error."""
        try:
            return self.explain(config)
        except ValidationError as error:
            return f"No request: {error}"
        except MizzleError as error:
            return error.explanation or f"No request: {error}"

    def flow(self, config: MizzleConfig) -> Flow[R_co]:
        """Run the statement as a generator of requests and pauses."""
        raise NotImplementedError


class TransactItem:
    """A mark: the statement can be part of a transaction."""


class Write(Statement[R_co], TransactItem):
    """A statement that writes one item."""

    def __repr__(self) -> str:
        parts = self.__dict__
        about = parts["cls"].__name__ if "cls" in parts else type(parts["entity"]).__name__
        return f"<{self.name} of {about}>"


class BatchEntry(NamedTuple):
    """What stands for a write in a BatchWriteItem request.

    A tuple, as a batch makes thousands of them.

    Attributes:
        schema: The entity.
        key: The item's key attributes.
        put: The item, unless it is deleted.
    """

    schema: EntitySchema
    key: Item
    put: EncodedItem | None = None

    @property
    def json(self) -> str:
        """What stands for it in a request."""
        if self.put is None:
            return f'{{"DeleteRequest":{{"Key":{to_json(self.key)}}}}}'
        return f'{{"PutRequest":{{"Item":{self.put.json}}}}}'


class BatchItem(Write[R_co], Generic[R_co, E_co]):
    """A write without a condition, which a batch can carry."""

    @property
    def key(self) -> Item:
        """The item's key attributes."""
        raise NotImplementedError

    def entry(self) -> BatchEntry:
        """Give what stands for it in a batch.

        Raises:
            pydantic.ValidationError: If its entity does not validate.
            EncodingError: If a value cannot be stored.
        """
        raise NotImplementedError


def as_conditions(name: str, conditions: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a `where` that holds nothing: a condition lost on the way would be worse than an error."""
    if not conditions:
        message = f"{name}.where() needs at least one condition"
        raise StatementError(message)
    return conditions
