"""What the two batches share: which of the caller's items are one key, and how many go at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from mizzle.errors import MizzleError, ServiceError, StatementError
from mizzle.flows.steps import MAX_CONCURRENCY
from mizzle.model.entity import Entity
from mizzle.request import AttributeValue, Item, Request, to_json
from mizzle.statements.locating import locate

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.parts import Identity, Part
    from mizzle.model.encoded_item import EncodedItem
    from mizzle.model.source import Source

__all__ = [
    "as_tuple",
    "check_concurrency",
    "error_of",
    "identify_all",
    "identify_owned",
    "json_request",
    "parts_named",
    "table_named",
]

S = TypeVar("S", bound="Source")


def check_concurrency(name: str, concurrency: Any) -> int:
    """Refuse a number of threads that makes no sense."""
    is_number = isinstance(concurrency, int) and not isinstance(concurrency, bool)
    if not is_number or not 1 <= concurrency <= MAX_CONCURRENCY:
        message = f"{name}: concurrency is 1 to {MAX_CONCURRENCY} requests, not {concurrency!r}"
        raise StatementError(message)
    return int(concurrency)


def identify_all(table: str, names: Sequence[str], items: Sequence[Item]) -> list[Identity]:
    """Give what is equal for two items of a table exactly if they have the same key.

    Args:
        table: The table's name.
        names: The names of its key attributes, partition first.
        items: Items or keys.
    """
    first, last = names[0], names[-1]
    try:
        # Keys are mostly texts.
        if first == last:
            return [(table, item[first]["S"]) for item in items]
        return [(table, item[first]["S"], item[last]["S"]) for item in items]
    except KeyError:
        return [(table, *[_told_apart(item[name]) for name in names]) for item in items]


def _told_apart(value: AttributeValue) -> Any:
    """Give what is equal for two values of a key exactly if they are the same; a text is itself."""
    ((kind, raw),) = value.items()
    if kind == "S":
        return raw
    # DynamoDB answers 1000 where it was asked for 1E3.
    return kind, Decimal(raw) if kind == "N" else raw


def identify_owned(
    keys: Iterable[tuple[S, Item]], config: MizzleConfig
) -> tuple[list[Identity], dict[str, S]]:
    """Identify keys of any tables; give an owner of each table's, too, by its name.

    Args:
        keys: Each with what it is of.
        config: Says what the tables are called.
    """
    identities: list[Identity] = []
    owners: dict[str, S] = {}
    for owner, run in groupby(keys, itemgetter(0)):
        table = config.table_name(owner.table.name)
        owners[table] = owner
        identities += identify_all(table, owner.key_names, [key for _, key in run])
    return identities, owners


def as_tuple(name: str, wanted: str, given: Iterable[Any]) -> tuple[Any, ...]:
    """Take an iterable of statements or keys apart."""
    # Pydantic's models are iterable, but not meant here.
    if isinstance(given, Entity) or not hasattr(given, "__iter__"):
        message = f"{name} takes {wanted} in a list, not one {type(given).__name__} alone"
        raise StatementError(message)
    return tuple(given)


def parts_named(
    named: Mapping[str, Iterable[Item]],
    parts: Sequence[Part],
    owners: Mapping[str, Source],
) -> list[Part] | None:
    """Find the parts of a request that an answer speaks of.

    Args:
        named: What the answer lists as unprocessed: keys, or whole items, by table.
        parts: The parts of the request.
        owners: Of the items of each table, by its name in the request.

    Returns:
        The parts, each once; None if the answer speaks of what is not in the request.
    """
    if not named:
        return []
    sent = {part.identity: part for part in parts}
    found: dict[Identity, Part] = {}
    for name, items in named.items():
        table, listed = table_named(name, parts), list(items)
        if table is None and listed:
            return None
        for identity in identify_all(table, owners[table].key_names, listed) if table else ():
            if identity not in sent:
                return None
            found[identity] = sent[identity]
    return list(found.values())


def table_named(name: str, parts: Iterable[Part]) -> str | None:
    """Find the table of a request that an answer names, be it by its name or by its ARN."""
    tables = {part.table for part in parts}
    if name in tables:
        return name
    alike = [table for table in tables if _plain(table) == _plain(name)]
    return alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return name.rpartition(":table/")[2]


def json_request(operation: str, entries: Mapping[str, str], config: MizzleConfig) -> Request:
    """Put a batch request together.

    Args:
        operation: DynamoDB's name for it.
        entries: What there is to say for each table, as JSON.
        config: The client's settings.
    """
    tables = ",".join(f"{to_json(table)}:{entry}" for table, entry in entries.items())
    rest = to_json(config.request_parameters)[1:-1]
    json = f'{{"RequestItems":{{{tables}}}{"," if rest else ""}{rest}}}'
    return Request.written(operation, json, tuple(entries))


def error_of(part: Part, schema: Source, put: EncodedItem | None = None) -> MizzleError:
    """Say in a part's error which item it concerns."""
    error, key = part.error, part.key
    assert isinstance(error, MizzleError)  # noqa: S101  # a failed part has one of its own
    if not isinstance(error, ServiceError):
        # A wrong setting, which concerns every item alike.
        error.args = (f"{schema.describe(key)}: {error}",)
        return error
    try:
        return locate(error, schema, key, put.item if put else None)
    except StatementError as refusal:
        return refusal
