"""`batch_get`: read any number of items by their keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from mizzle.errors import ItemDecodeError, MizzleError, StatementError
from mizzle.flows.batch import BatchRun
from mizzle.flows.parts import chunks
from mizzle.model.entity import Entity
from mizzle.model.key import Key, is_key
from mizzle.model.schema import schema_of
from mizzle.statements.base import DEFAULT_CONFIG, Statement
from mizzle.statements.batch_result import BatchResult
from mizzle.statements.batching import as_tuple, check_concurrency
from mizzle.statements.fetching import Reads

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.request import Request

__all__ = ["BatchGet", "batch_get"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", bound=Entity, covariant=True)


class BatchGet(Statement["BatchResult[E_co, Key[E_co]]"], Generic[E_co]):
    """Reads any number of items.

    Attributes:
        keys: Their keys.
        concurrency: How many requests are under way at a time.
        is_consistent: Whether the read sees every write that has succeeded before it.
    """

    name = "batch_get"

    keys: tuple[Key[E_co], ...]
    concurrency: int
    is_consistent: bool

    def __init__(self, keys: tuple[Any, ...], concurrency: int) -> None:
        self._set(keys=keys, concurrency=concurrency, is_consistent=False)

    def consistent(self) -> Self:
        """See every write that has succeeded before; costs twice the read units.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
        """
        return self._with(is_consistent=True)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> list[Request]:
        """Give the BatchGetItem requests of the first round."""
        reads = self._reads(config)
        return [reads.request(parts, config) for parts in chunks(reads.parts, reads.max_parts)]

    def _reads(self, config: MizzleConfig) -> Reads:
        keys = ((schema_of(key.entity), key.attributes) for key in self.keys)
        return Reads(keys, config, is_consistent=self.is_consistent)

    def flow(self, config: MizzleConfig) -> Flow[BatchResult[E_co, Key[E_co]]]:
        """Read the items; its value says what became of each key."""
        reads = self._reads(config)
        run = BatchRun(reads, reads.parts, config, self.concurrency)
        yield from run.flow()
        errors = {part.identity: reads.error(part) for part in run.failed}
        for error in errors.values():
            error.explained_by(partial(self.explanation, config))
        succeeded: list[E_co] = []
        missing: list[Key[E_co]] = []
        failed: list[tuple[Key[E_co], MizzleError]] = []
        for key, identity in zip(self.keys, reads.identities, strict=True):
            if identity in errors:
                failed.append((key, errors[identity]))
                continue
            item = reads.take(identity)
            try:
                found: Any = None if item is None else schema_of(key.entity).read(item)
            except ItemDecodeError as error:
                failed.append((key, error))
                continue
            if found is None:
                missing.append(key)
            else:
                succeeded.append(found)
        return BatchResult(
            succeeded=succeeded,
            failed=[key for key, _ in failed],
            missing=missing,
            errors=failed,
            attempts=run.requests,
            consumed_capacity=run.consumed_capacity,
        )


def batch_get(keys: Iterable[Key[E]], /, *, concurrency: int = 1) -> BatchGet[E]:
    """Read any number of items by their keys, of any entities and tables.

    Executed, it gives a `BatchResult`: the entities in `succeeded`, in the order of their keys; the
    keys without an item in `missing`; the keys that could not be read in `failed`. A key that is given
    twice is read once.

    Args:
        keys: As `key(User, id="u1")` makes them; `result.failed` as it is.
        concurrency: How many requests are under way at a time, each in a thread.

    Raises:
        StatementError: If one of them is no key.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, batch_get, key, put

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            db.execute(put(User(id="u1")))
            result = db.execute(batch_get([key(User, id="u1"), key(User, id="nobody")]))
            assert result.succeeded == [User(id="u1")]
            assert result.missing == [key(User, id="nobody")]
        ```
    """
    found = as_tuple("batch_get", "keys", keys)
    for each in found:
        if not is_key(each):
            message = f"batch_get takes keys, such as key(User, id=...), not {type(each).__name__}"
            raise StatementError(message)
    return BatchGet(found, check_concurrency("batch_get", concurrency))
