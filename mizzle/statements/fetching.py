"""Read items by their keys, any number of them, with what is held back sent for again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mizzle.compiler import Expressions
from mizzle.flows.batch import BatchRun
from mizzle.flows.outcomes import READ
from mizzle.flows.parts import Identity, Part, by_table, distinct
from mizzle.limits import MAX_BATCH_GET
from mizzle.request import to_json
from mizzle.statements.batching import (
    error_of,
    identify_all,
    identify_owned,
    json_request,
    parts_named,
    table_named,
)

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.errors import MizzleError
    from mizzle.expressions.operands import AttributePath
    from mizzle.flows.steps import Flow
    from mizzle.model.source import Source
    from mizzle.request import Answer, Item, Request

__all__ = ["Reads", "fetch"]


class Reads:
    """The distinct keys of a batch of reads.

    Args:
        keys: Each with the entity it is of.
        config: Says what the tables are called.
        is_consistent: Whether the reads see every write that has succeeded before.
        projection: The attributes to read; None for all.

    Attributes:
        identities: What tells each of the given keys from others; equal for equal keys.
        parts: The distinct keys.
    """

    operation = "BatchGetItem"
    max_parts = MAX_BATCH_GET
    rule = READ

    def __init__(
        self,
        keys: Iterable[tuple[Source, Item]],
        config: MizzleConfig,
        *,
        is_consistent: bool,
        projection: Sequence[AttributePath[Any]] | None = None,
    ) -> None:
        self._options: dict[str, Any] = {"ConsistentRead": True} if is_consistent else {}
        if projection is not None:
            expressions = Expressions()
            self._options["ProjectionExpression"] = expressions.projection(projection)
            self._options |= expressions.placeholders()
        self._items: dict[Identity, Item] = {}
        self._keys = list(keys)
        self.identities, self._schemas = identify_owned(self._keys, config)
        pairs = zip(self.identities, self._keys, strict=True)
        self.parts = distinct([Part(each, key) for each, (_, key) in pairs])
        self._is_distinct = len(self.parts) == len(self._keys)

    def request(self, parts: Sequence[Part], config: MizzleConfig) -> Request:
        """Put the request for some of the keys together."""
        options = to_json(self._options)[1:-1]
        end = f",{options}}}" if options else "}"
        entries = {
            table: f'{{"Keys":{to_json([part.key for part in own])}{end}'
            for table, own in by_table(parts).items()
        }
        return json_request(self.operation, entries, config)

    def unprocessed(self, parts: Sequence[Part], answer: Answer) -> list[Part]:
        """Keep the items of an answer, and tell which keys were held back."""
        # Out of the answer, so that each item is let go when it has been read.
        responses: dict[str, list[Item]] = answer.data.pop("Responses", None) or {}
        for name, items in responses.items():
            table = table_named(name, parts)
            if table is not None:
                names = self._schemas[table].key_names
                self._items |= zip(identify_all(table, names, items), items, strict=True)
        held_back: dict[str, Any] = answer.data.get("UnprocessedKeys") or {}
        keys = {name: rest["Keys"] for name, rest in held_back.items()}
        found = parts_named(keys, parts, self._schemas)
        # If it speaks of what was not asked: better once more than not at all.
        return list(parts) if found is None else found

    def take(self, identity: Identity) -> Item | None:
        """Give the item at a key, once for each time it was asked for; None if there is none."""
        if self._is_distinct:
            return self._items.pop(identity, None)
        # Somebody else may ask for it.
        return self._items.get(identity)

    def error(self, part: Part) -> MizzleError:
        """Give the error of a key that could not be read."""
        return error_of(part, self._owners[part.identity])

    @cached_property
    def _owners(self) -> dict[Identity, Source]:
        """Who asked for each key first."""
        owners: dict[Identity, Source] = {}
        for identity, (owner, _) in zip(self.identities, self._keys, strict=True):
            owners.setdefault(identity, owner)
        return owners


def fetch(reads: Reads, config: MizzleConfig) -> Flow[list[Item | None]]:
    """Read the items at these keys, in their order; None stands for one that does not exist.

    Raises:
        ServiceError: If one of them could not be read; it tells of the first.
    """
    run = BatchRun(reads, reads.parts, config)
    yield from run.flow()
    if run.failed:
        error = reads.error(run.failed[0])
        if len(run.failed) > 1:
            error.add_note(f"{len(run.failed) - 1} more keys could not be read either.")
        raise error
    return [reads.take(identity) for identity in reads.identities]
