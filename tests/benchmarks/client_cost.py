"""Print the CPU of Mizzle beside that of the boto3 client it stands on, and of boto3 with Pydantic.

Run it with `python -m tests.benchmarks.client_cost`. All get the same answers in process and take turns;
the numbers are medians, and the ratios medians of the ratios round by round, as machines change their speed.
Mizzle gives and takes validated models. The client gives and takes bare dicts of attribute values; the
resource converts, and its items are validated by the same models.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from mizzle import Mizzle, batch_write, get, put, select
from mizzle.model.schema import schema_of
from tests.benchmarks.canned import canned_client, canned_resource, microseconds
from tests.benchmarks.shapes import SHAPES, Shape

ROUNDS = 9


class Case(NamedTuple):
    """One operation, by each contender.

    Attributes:
        name: What is done.
        repeats: How often in a row.
        runs: By the client, by the resource with Pydantic, by Mizzle.
    """

    name: str
    repeats: int
    runs: tuple[Callable[[], object], ...]


def cases(letter: str, shape: Shape) -> Iterator[Case]:
    """List the operations on items of a shape."""
    one = shape.make(1)
    schema = schema_of(shape.entity)
    item, item_key = schema.encode(one).item, schema.key_of(one)
    plain_key = {name: value["S"] for name, value in item_key.items()}
    adapter: Any = TypeAdapter(shape.entity)
    pages: Any = TypeAdapter(list[shape.entity])  # type: ignore[name-defined]  # made at run time

    def contenders(content: dict[str, Any]) -> tuple[Any, Any, Mizzle]:
        raw = json.dumps(content, separators=(",", ":")).encode()
        return canned_client(raw), canned_resource(raw).Table("app"), Mizzle(canned_client(raw))

    client, table, db = contenders({"Item": item})
    yield Case(
        f"GetItem {letter}",
        20,
        (
            lambda: client.get_item(TableName="app", Key=item_key),
            lambda: adapter.validate_python(table.get_item(Key=plain_key)["Item"]),
            lambda: db.execute(get(shape.entity, team="red", id=one.id)),
        ),
    )
    client_put, table_put, db_put = contenders({})
    yield Case(
        f"PutItem {letter}",
        20,
        (
            lambda: client_put.put_item(TableName="app", Item=item),
            lambda: table_put.put_item(Item=_storable({**plain_key, **one.model_dump()})),
            lambda: db_put.execute(put(one)),
        ),
    )
    for count, repeats in ((100, 4), (shape.page, 1)):
        items = [schema.encode(shape.make(n)).item for n in range(count)]
        yield _query(f"Query {count:,} {letter}", repeats, shape, items, pages, contenders)
    some = [shape.make(n) for n in range(25)]
    writes = {"app": [{"PutRequest": {"Item": schema.encode(each).item}} for each in some]}
    client_batch, table_batch, db_batch = contenders({"UnprocessedItems": {}})

    def put_all() -> None:
        with table_batch.batch_writer() as batch:
            for n, each in enumerate(some):
                batch.put_item(Item=_storable({**plain_key, "sk": str(n), **each.model_dump()}))

    yield Case(
        f"BatchWriteItem 25 {letter}",
        4,
        (
            lambda: client_batch.batch_write_item(RequestItems=writes),
            put_all,
            lambda: db_batch.execute(batch_write([put(each) for each in some])),
        ),
    )


def _query(
    name: str, repeats: int, shape: Shape, items: list[Any], pages: Any, contenders: Any
) -> Case:
    client, table, db = contenders({"Items": items, "Count": len(items)})
    asked = {"KeyConditionExpression": "pk = :p"}
    return Case(
        name,
        repeats,
        (
            lambda: client.query(
                TableName="app", **asked, ExpressionAttributeValues={":p": {"S": "TEAM#red"}}
            ),
            lambda: pages.validate_python(
                table.query(**asked, ExpressionAttributeValues={":p": "TEAM#red"})["Items"]
            ),
            lambda: db.execute(select(shape.entity).where(shape.entity.team == "red")),
        ),
    )


def _storable(value: Any) -> Any:
    """Give what boto3's resource can store: no datetimes and no UUIDs."""
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def main() -> None:
    """Measure in turn and print a table."""
    chosen = sys.argv[1:] or list(SHAPES)
    print(f"{'operation':22}{'client':>12}{'resource + pydantic':>22}{'Mizzle':>12}")
    for letter in chosen:
        for case in cases(letter, SHAPES[letter]):
            for run in case.runs:
                microseconds(run, 1)
            # What the benchmark holds itself is no matter of the garbage collector's.
            gc.collect()
            gc.freeze()
            rounds = [[microseconds(run, case.repeats) for run in case.runs] for _ in range(ROUNDS)]
            base = statistics.median(times[0] for times in rounds)
            ratios = [
                statistics.median(times[n] / times[0] for times in rounds)
                for n in range(len(case.runs))
            ]
            shown = "".join(
                f"{ratio:>{width}.2f}" for ratio, width in zip(ratios[1:], (22, 12), strict=True)
            )
            print(f"{case.name:22}{base:>9,.0f} us{shown}")


if __name__ == "__main__":
    main()
