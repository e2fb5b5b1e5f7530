"""`batch_write`: put and delete any number of items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from mizzle.errors import MizzleError, ServiceError, StatementError, WriteOutcomeUnknownError
from mizzle.flows.batch import BatchRun
from mizzle.flows.outcomes import SAME
from mizzle.flows.parts import Identity, Part, by_table, chunks, distinct
from mizzle.limits import MAX_BATCH_WRITE
from mizzle.request import Request
from mizzle.statements.base import DEFAULT_CONFIG, BatchEntry, BatchItem, Statement
from mizzle.statements.batch_result import BatchResult
from mizzle.statements.batching import (
    as_tuple,
    check_concurrency,
    error_of,
    identify_owned,
    json_request,
    parts_named,
)

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.request import Answer, Item

__all__ = ["BatchWrite", "batch_write"]

W = TypeVar("W", bound=BatchItem[Any, Any])
W_co = TypeVar("W_co", bound=BatchItem[Any, Any], covariant=True)


class BatchWrite(Statement[BatchResult[W_co]]):
    """Puts and deletes any number of items.

    Attributes:
        statements: The puts and deletes.
        concurrency: How many requests are under way at a time.
    """

    name = "batch_write"

    statements: tuple[W_co, ...]
    concurrency: int

    def __init__(self, statements: tuple[Any, ...], concurrency: int) -> None:
        self._set(statements=statements, concurrency=concurrency)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> list[Request]:
        """Give the BatchWriteItem requests of the first round.

        Raises:
            pydantic.ValidationError: If an entity does not validate.
            EncodingError: If a value cannot be stored.
            ItemSizeExceededError: If an item is over 409,600 bytes.
        """
        writes = _Writes(self.statements, config)
        return [writes.request(parts, config) for parts in chunks(writes.parts, writes.max_parts)]

    def flow(self, config: MizzleConfig) -> Flow[BatchResult[W_co]]:
        """Write the items; its value says what became of each statement."""
        writes = _Writes(self.statements, config)
        run = BatchRun(writes, writes.parts, config, self.concurrency)
        yield from run.flow()
        errors = writes.errors(run.failed)
        result: BatchResult[W_co] = BatchResult(
            succeeded=[s for i, s in enumerate(self.statements) if i not in errors],
            failed=[s for i, s in enumerate(self.statements) if i in errors],
            missing=[],
            errors=[(s, errors[i]) for i, s in enumerate(self.statements) if i in errors],
            attempts=run.requests,
            consumed_capacity=run.consumed_capacity,
        )
        return result


class _Writes:
    """The distinct keys of a batch of writes; of several statements for one key the last counts."""

    operation = "BatchWriteItem"
    max_parts = MAX_BATCH_WRITE
    rule = SAME

    def __init__(self, statements: Sequence[BatchItem[Any, Any]], config: MizzleConfig) -> None:
        self._statements = statements
        self._config = config
        entries = [_entry(*each) for each in enumerate(statements)]
        keys = [(entry.schema, entry.key) for entry in entries]
        self._identities, self._schemas = identify_owned(keys, config)
        pairs = [*zip(self._identities, entries, strict=True)]
        self._entries = dict(pairs)
        self.parts = distinct([Part(each, entry.key, entry.json) for each, entry in pairs])

    def request(self, parts: Sequence[Part], config: MizzleConfig) -> Request:
        tables = by_table(parts).items()
        entries = {table: f"[{','.join([part.json for part in own])}]" for table, own in tables}
        return json_request(self.operation, entries, config)

    def unprocessed(self, parts: Sequence[Part], answer: Answer) -> list[Part]:
        held_back: dict[str, list[Any]] = answer.data.get("UnprocessedItems") or {}
        items = {name: map(_written, entries) for name, entries in held_back.items()}
        found = parts_named(items, parts, self._schemas)
        if found is not None:
            return found
        # It speaks of what was not sent: better once more than not at all.
        for part in parts:
            part.opening = part.opening or ServiceError("The answer spoke of other items.")
        return list(parts)

    def errors(self, failed: Sequence[Part]) -> dict[int, MizzleError]:
        """Give the error of each statement that has failed, by its position."""
        positions: dict[Identity, list[int]] = {part.identity: [] for part in failed}
        for position, identity in enumerate(self._identities if positions else ()):
            if identity in positions:
                positions[identity].append(position)
        found: dict[int, MizzleError] = {}
        for part in failed:
            own = positions[part.identity]
            entry = self._entries[part.identity]
            error = error_of(part, entry.schema, entry.put)
            statement = self._statements[own[-1]]
            error.explained_by(partial(statement.explanation, self._config))
            if isinstance(error, WriteOutcomeUnknownError):
                error.statement = statement
            found.update(dict.fromkeys(own, error))
        return found


def _written(entry: Any) -> Item:
    """Give the item, or the key, of an entry of a request or an answer."""
    item: Item = (
        entry["PutRequest"]["Item"] if "PutRequest" in entry else entry["DeleteRequest"]["Key"]
    )
    return item


def batch_write(statements: Iterable[W], /, *, concurrency: int = 1) -> BatchWrite[W]:
    """Put and delete any number of items, of any entities and tables.

    Executed, it gives a `BatchResult` with every statement in `succeeded` or `failed`. What DynamoDB
    holds back is sent again until it is done or until `RetryConfig.max_attempts` rounds in a row made
    no progress. Of several statements for one key only the last is sent, and all share its fate.

    Batches carry no conditions: not even a delete checks whose item it removes.

    Args:
        statements: Any number of `put(...)` and `delete(...)`; `result.failed` as it is.
        concurrency: How many requests are under way at a time, each in a thread.

    Raises:
        StatementError: If one of them is no put or delete, or has a condition.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, batch_write, delete, put

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            users = [User(id=f"u{n}") for n in range(60)]
            result = db.execute(batch_write([*map(put, users), delete(User, id="nobody")]))
            assert len(result.succeeded) == 61 and not result.failed
        ```
    """
    found = as_tuple("batch_write", "puts and deletes", statements)
    for statement in found:
        _check(statement)
    return BatchWrite(found, check_concurrency("batch_write", concurrency))


def _check(statement: Any) -> None:
    """Refuse what a batch cannot carry."""
    if isinstance(statement, BatchItem):
        return
    kind = type(statement).__name__
    if not isinstance(statement, Statement):
        message = f"batch_write takes puts and deletes, not {kind}: wrap an entity, put(entity)."
        raise StatementError(message)
    message = f"batch_write cannot carry {statement!r}: {statement.why_not_in_batch}."
    raise StatementError(message)


def _entry(position: int, statement: BatchItem[Any, Any]) -> BatchEntry:
    try:
        return statement.entry()
    except Exception as error:
        error.add_note(f"This is statement {position} of the batch, {statement!r}.")
        raise
