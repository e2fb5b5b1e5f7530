"""`batch_get`: read any number of items by their keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from mizzle.errors import ItemDecodeError, MizzleError, StatementError
from mizzle.flows.batch import BatchRun
from mizzle.flows.outcomes import READ
from mizzle.flows.parts import Part, by_table, chunks
from mizzle.limits import MAX_BATCH_GET
from mizzle.model.entity import Entity
from mizzle.model.key import Key, is_key
from mizzle.model.schema import schema_of
from mizzle.request import to_json
from mizzle.statements.base import DEFAULT_CONFIG, Statement
from mizzle.statements.batch_result import BatchResult
from mizzle.statements.batching import (
    as_tuple,
    check_concurrency,
    error_of,
    identify,
    json_request,
    parts_named,
    table_named,
)

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Answer, Item, Request

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
        reads = _Reads(self.keys, config, is_consistent=self.is_consistent)
        return [reads.request(parts, config) for parts in chunks(reads.parts, reads.max_parts)]

    def flow(self, config: MizzleConfig) -> Flow[BatchResult[E_co, Key[E_co]]]:
        """Read the items; its value says what became of each key."""
        reads = _Reads(self.keys, config, is_consistent=self.is_consistent)
        run = BatchRun(reads, reads.parts, config, self.concurrency)
        yield from run.flow()
        errors = {part.identity: reads.error(part) for part in run.failed}
        result: BatchResult[E_co, Key[E_co]] = BatchResult(
            succeeded=[],
            failed=[],
            missing=[],
            errors=[],
            attempts=run.requests,
            consumed_capacity=run.consumed_capacity,
        )
        for key, identity in zip(self.keys, reads.identities, strict=True):
            found = errors.get(identity) or reads.found(key, identity)
            if found is None:
                result.missing.append(key)
            elif isinstance(found, MizzleError):
                result.failed.append(key)
                result.errors.append((key, found))
            else:
                result.succeeded.append(found)
        return result


class _Reads:
    """The distinct keys of a batch of reads."""

    operation = "BatchGetItem"
    max_parts = MAX_BATCH_GET
    rule = READ

    def __init__(
        self, keys: Sequence[Key[Any]], config: MizzleConfig, *, is_consistent: bool
    ) -> None:
        self._is_consistent = is_consistent
        self._items: dict[Hashable, Item] = {}
        self._schemas: dict[str, EntitySchema] = {}
        self._keys: dict[Hashable, Key[Any]] = {}
        self.identities: list[Hashable] = []
        found: dict[Hashable, Part] = {}
        for key in keys:
            schema = schema_of(key.entity)
            table = config.table_name(schema.table.name)
            self._schemas[table] = schema
            identity = identify(table, key.attributes)
            self.identities.append(identity)
            part = found.get(identity)
            if part is None:
                self._keys[identity] = key
                found[identity] = Part(table, identity, key.attributes, to_json(key.attributes))
            else:
                part.weight += 1
        self.parts = list(found.values())

    def request(self, parts: Sequence[Part], config: MizzleConfig) -> Request:
        options = {"ConsistentRead": True} if self._is_consistent else {}
        tables = by_table(parts)
        items = {
            table: {"Keys": [part.entry for part in own], **options}
            for table, own in tables.items()
        }
        body = {"RequestItems": items, **config.request_parameters}
        tail = ',"ConsistentRead":true' if self._is_consistent else ""
        return json_request(self.operation, tables, body, before='{"Keys":[', after=f"]{tail}}}")

    def unprocessed(self, parts: Sequence[Part], answer: Answer) -> list[Part]:
        responses: dict[str, list[Item]] = answer.data.get("Responses") or {}
        for name, items in responses.items():
            table = table_named(name, parts)
            if table is not None:
                self._items |= {self._identity(table, item): item for item in items}
        held_back: dict[str, Any] = answer.data.get("UnprocessedKeys") or {}
        keys = {name: rest["Keys"] for name, rest in held_back.items()}
        found = parts_named(keys, parts, self._identity)
        # If it speaks of what was not asked: better once more than not at all.
        return list(parts) if found is None else found

    def found(self, key: Key[Any], identity: Hashable) -> Any:
        """Give the entity at a key, None if there is none, or why it cannot be read."""
        item = self._items.get(identity)
        schema = schema_of(key.entity)
        if item is None or not schema.owns(item):
            return None
        try:
            return schema.decode(item)
        except ItemDecodeError as error:
            return error
        except Exception as error:  # noqa: BLE001  # a validator that fails costs its own item only
            message = f"{schema.describe(key.attributes)}: a validator failed on the stored item."
            failed = ItemDecodeError(message, entity=key.entity, key=key.attributes, item=item)
            failed.__cause__ = error
            return failed

    def error(self, part: Part) -> MizzleError:
        """Give the error of a part that has failed."""
        key = self._keys[part.identity]
        return error_of(part, schema_of(key.entity), key.attributes)

    def _identity(self, table: str, item: Item) -> Hashable:
        return identify(table, self._schemas[table].primary_of(item))


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
