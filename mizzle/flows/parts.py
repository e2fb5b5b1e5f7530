"""The parts of a batch: one for each key, and how they go into requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from mizzle.classification import is_about_credentials
from mizzle.errors import ServiceError, TableNotFoundError
from mizzle.limits import MAX_BATCH_BYTES
from mizzle.request import Item, count_bytes

__all__ = [
    "Identity",
    "Part",
    "by_failure",
    "by_table",
    "chunks",
    "distinct",
    "split",
    "tables_of",
    "weigh",
]

Identity: TypeAlias = tuple[Any, ...]
"""A table's name, and what tells a key of it from all others."""

# What a request is besides its parts is far below this. Keys are too short to matter.
_ENVELOPE_BYTES = 10_000


class Part:
    """One key of a batch, with what is to be done about it.

    Attributes:
        table: The table's name in the account.
        identity: Tells the key from every other of the batch.
        key: The key attributes.
        json: What stands for it in a request; empty for reads, whose keys are written together.
        weight: How many of the caller's items it stands for.
        attempts: How many requests have carried it.
        error: What it failed with most recently, and at last; None if it was held back.
        opening: What the first request failed with that may have written it all the same.
    """

    __slots__ = ("attempts", "error", "identity", "json", "key", "opening", "table", "weight")

    def __init__(self, identity: Identity, key: Item, json: str = "") -> None:
        self.table: str = identity[0]
        self.identity = identity
        self.key = key
        self.json = json
        self.weight = 1
        self.attempts = 0
        self.error: Exception | None = None
        self.opening: ServiceError | None = None


def distinct(parts: Sequence[Part]) -> list[Part]:
    """Give the last part of each key, with the weight of all of them."""
    found = {part.identity: part for part in parts}
    if len(found) < len(parts):
        for identity, weight in Counter([part.identity for part in parts]).items():
            found[identity].weight = weight
    return list(found.values())


def chunks(parts: Sequence[Part], max_parts: int) -> Iterator[list[Part]]:
    """Cut parts, in order, into what one request can carry."""
    for start in range(0, len(parts), max_parts):
        chunk = [*parts[start : start + max_parts]]
        if _ENVELOPE_BYTES + sum([count_bytes(part.json) for part in chunk]) <= MAX_BATCH_BYTES:
            yield chunk
        else:
            yield from _by_size(chunk)


def _by_size(parts: Iterable[Part]) -> Iterator[list[Part]]:
    chunk: list[Part] = []
    size_bytes = _ENVELOPE_BYTES
    for part in parts:
        part_bytes = count_bytes(part.json)
        if chunk and size_bytes + part_bytes > MAX_BATCH_BYTES:
            yield chunk
            chunk, size_bytes = [], _ENVELOPE_BYTES
        chunk.append(part)
        size_bytes += part_bytes
    yield chunk


def split(parts: list[Part], error: Exception) -> list[list[Part]]:
    """Divide a request that was refused as a whole, unless it is known whom the refusal concerns."""
    if len(parts) == 1 or not isinstance(error, ServiceError) or is_about_credentials(error):
        return []
    tables = by_table(parts)
    if len(tables) > 1:
        return list(tables.values())
    if isinstance(error, TableNotFoundError):
        return []
    middle = len(parts) // 2
    return [parts[:middle], parts[middle:]]


def by_table(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Group parts by table, both in their order."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.table, []).append(part)
    return found


def weigh(parts: Iterable[Part]) -> int:
    """Count the caller's items that parts stand for."""
    return sum([part.weight for part in parts])


def tables_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """List the tables of parts."""
    return tuple(dict.fromkeys(part.table for part in parts))


def by_failure(parts: Iterable[Part]) -> list[list[Part]]:
    """Group parts by what they failed with most recently, the commonest first."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        error = part.error
        name = getattr(error, "code", "") or type(error).__name__
        found.setdefault(name, []).append(part)
    return sorted(found.values(), key=len, reverse=True)
