"""Tables on the engine: made, filled, and looked into past the library."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mizzle import Mizzle, batch_write, put
from mizzle.request import Request
from tests.oracle import dynamo
from tests.oracle.data import Row
from tests.oracle.shapes import Shape

__all__ = ["filled_table", "scan"]

_numbers = itertools.count(1)
_MOST_WRITES = 25


@contextmanager
def filled_table(db: Mizzle, shape: Shape, rows: Sequence[Row]) -> Iterator[Mizzle]:
    """Give a client whose table of this shape holds these items and nothing else.

    A table of its own for each example costs ten milliseconds; a scan and an index would see what
    other examples had left in a shared one.
    """
    name = f"oracle-{shape.table.name}-{os.getpid()}-{next(_numbers)}"
    own = db.with_options(tables={shape.table: name})
    own.create_table(shape.table)
    try:
        _load(own, name, rows)
        _check_stored(own, name, rows)
        yield own
    finally:
        own.delete_table(shape.table)


def scan(transport: Any, table: str, **parameters: Any) -> list[dict[str, Any]]:
    """Read the items of a table without the library's statements."""
    found: list[dict[str, Any]] = []
    body = {"TableName": table, **parameters}
    while True:
        data = transport.send(Request("Scan", body)).data
        found += data["Items"]
        if not data.get("LastEvaluatedKey"):
            return found
        body |= {"ExclusiveStartKey": data["LastEvaluatedKey"]}


def _load(db: Mizzle, name: str, rows: Sequence[Row]) -> None:
    written = db.execute(batch_write([put(row.entity) for row in rows if row.quirk == "put"]))
    written.raise_for_failed()
    raw = [{"PutRequest": {"Item": row.item}} for row in rows if row.quirk != "put"]
    for start in range(0, len(raw), _MOST_WRITES):
        requests = {name: raw[start : start + _MOST_WRITES]}
        answer = db.transport.send(Request("BatchWriteItem", {"RequestItems": requests}))
        assert not answer.data.get("UnprocessedItems")


def _check_stored(db: Mizzle, name: str, rows: Sequence[Row]) -> None:
    """Make sure that the table holds what the oracle believes that it holds."""
    stored = {_key(row, item): item for item in scan(db.transport, name) for row in rows[:1]}
    expected = {_key(row, row.item): row.item for row in rows}
    assert stored.keys() == expected.keys()
    for key, item in expected.items():
        assert dynamo.compare("=", {"M": item}, {"M": stored[key]}), (item, stored[key])


def _key(row: Row, item: dict[str, Any]) -> str:
    return str([dynamo.order_of(item[name]) for name in row.key])
