"""`batch_write`: put and delete any number of items."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mizzle.errors import StatementError
from mizzle.flows.batch import BatchRun, Part, chunks
from mizzle.flows.outcomes import SAME
from mizzle.limits import MAX_BATCH_WRITE
from mizzle.model.schema import schema_of
from mizzle.model.sizes import check_size
from mizzle.request import Request, count_bytes, to_json
from mizzle.statements.base import DEFAULT_CONFIG, BatchItem, Statement
from mizzle.statements.batch_result import BatchResult
from mizzle.statements.batching import (
    by_table,
    check_concurrency,
    error_of,
    identify,
    json_request,
    plain_table_name,
)
from mizzle.statements.put import Put

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

    def __init__(self, statements: Sequence[Any], config: MizzleConfig) -> None:
        self._statements = statements
        self._positions: dict[Hashable, list[int]] = {}
        found: dict[Hashable, Part] = {}
        for position, statement in enumerate(statements):
            part = _part(statement, config)
            self._positions.setdefault(part.identity, []).append(position)
            found[part.identity] = part
        for part in found.values():
            part.weight = len(self._positions[part.identity])
        self.parts = list(found.values())

    def request(self, parts: Sequence[Part], config: MizzleConfig) -> Request:
        tables = by_table(parts)
        items = {table: [part.entry for part in own] for table, own in tables.items()}
        body = {"RequestItems": items, **config.request_parameters}
        return json_request(self.operation, tables, body)

    def unprocessed(self, parts: Sequence[Part], answer: Answer) -> list[Part]:
        held_back: dict[str, list[Any]] = answer.data.get("UnprocessedItems") or {}
        if not held_back:
            return []
        sent = {part.identity: part for part in parts}
        schemas = {part.table: self._schema(part) for part in parts}
        names = {plain_table_name(table): table for table in schemas}
        found: dict[Hashable, Part] = {}
        for name, entries in held_back.items():
            table = names.get(plain_table_name(name))
            schema = schemas.get(table or "")
            for entry in entries:
                key = _key_of(entry, schema)
                part = sent.get(identify(table or "", key)) if key else None
                if part is None:
                    # It speaks of what was not sent: better once more than not at all.
                    return list(parts)
                found[part.identity] = part
        return list(found.values())

    def errors(self, failed: Iterable[Part]) -> dict[int, Exception]:
        """Give the error of each statement that has failed, by its position."""
        found: dict[int, Exception] = {}
        for part in failed:
            schema = self._schema(part)
            key = _key_of(part.entry, schema) or {}
            body = part.entry.get("PutRequest", {})
            error = error_of(part, schema, key, Request("PutItem", body))
            found.update(dict.fromkeys(self._positions[part.identity], error))
        return found

    def _schema(self, part: Part) -> Any:
        return _schema_of(self._statements[self._positions[part.identity][0]])


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
    found = tuple(statements)
    for statement in found:
        if not isinstance(statement, BatchItem):
            raise _refusal(statement)
    return BatchWrite(found, check_concurrency("batch_write", concurrency))


def _refusal(statement: Any) -> StatementError:
    kind = type(statement).__name__
    if not isinstance(statement, Statement):
        return StatementError(
            f"batch_write takes puts and deletes, not {kind}: wrap it, put(entity)"
        )
    advice = {
        "Insert": "an insert depends on there being no item. Use put, or execute it by itself",
        "Update": "DynamoDB's batches have no updates. Execute it by itself",
        "SinglePut": "this put has a condition or is idempotent. Execute it by itself",
        "SingleDelete": "this delete has a condition or is idempotent. Execute it by itself",
    }.get(kind, "it is no write")
    return StatementError(
        f"batch_write cannot carry {kind}: batches have no conditions, and {advice}."
    )


def _schema_of(statement: Any) -> Any:
    return schema_of(type(statement.entity) if isinstance(statement, Put) else statement.cls)


def _part(statement: Any, config: MizzleConfig) -> Part:
    schema = _schema_of(statement)
    table = config.table_name(schema.table.name)
    if isinstance(statement, Put):
        item = schema.encode(statement.entity)
        key = schema.primary_of(item)
        entry: dict[str, Any] = {"PutRequest": {"Item": item}}
        text = to_json(entry)
        check_size(schema, key, item, count_bytes(text))
    else:
        key = statement.key
        entry = {"DeleteRequest": {"Key": key}}
        text = to_json(entry)
    return Part(table, identify(table, key), entry, text)


def _key_of(entry: Any, schema: Any) -> Item | None:
    """Take the key out of an entry of a request or of an answer."""
    if schema is None:
        return None
    attributes = entry.get("PutRequest", {}).get("Item") or entry.get("DeleteRequest", {}).get(
        "Key"
    )
    try:
        key: Item = schema.primary_of(attributes)
    except (KeyError, TypeError):
        return None
    return key
