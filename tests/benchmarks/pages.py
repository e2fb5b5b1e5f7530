"""Measures what a page costs as such: beside bare JSON, by its mixture, by its length, in memory.

Each number comes from a process of its own, which `measure_page` starts; so the standard library's JSON can
be measured by hiding orjson from it, and memory without what other measurements have left behind.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

__all__ = ["PAGES", "measure_page"]

_ROOT = Path(__file__).parents[2]


def measure_page(name: str, shape: str, rounds: int, *, hide_orjson: bool = False) -> float:
    """Measure in a fresh process.

    Args:
        name: One of `PAGES`.
        shape: The letter of the items' shape.
        rounds: How many turns.
        hide_orjson: Whether Mizzle must use the standard library's JSON.
    """
    options = ["--hide-orjson"] if hide_orjson else []
    command = [sys.executable, "-m", "tests.benchmarks.pages", name, shape, str(rounds), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
    return float(done.stdout)


def _loads(shape: str, rounds: int) -> float:
    """Compare a page as entities with its body as bare dicts."""
    from mizzle.request import from_json

    body = _page(shape)
    return _ratio(rounds, _query(shape, body), lambda: from_json(body))


def _five(shape: str, rounds: int) -> float:
    """Compare a page that mixes five entities with one of a single entity, of the same items otherwise."""
    from mizzle import select
    from tests.benchmarks.shapes import FIVE, SHAPES, five

    wanted = SHAPES[shape]
    values = [wanted.make(n).model_dump() for n in range(wanted.page)]
    mixed = _content(FIVE[n % len(FIVE)](**each) for n, each in enumerate(values))
    same = _content(FIVE[0](**each) for each in values)
    return _ratio(
        rounds,
        _execution("Scan", select(five).scan(), mixed),
        _execution("Scan", select(FIVE[0]).scan(), same),
    )


def _ten(shape: str, rounds: int) -> float:
    """Compare ten pages, which is how ten times the items come, with a page."""
    return _ratio(rounds, _query(shape, *_pages(shape, 10)), _query(shape, _page(shape)))


def _ten_streamed(shape: str, rounds: int) -> float:
    """Compare them where no item is kept."""
    return _ratio(rounds, _stream(shape, *_pages(shape, 10)), _stream(shape, _page(shape)))


def _ten_raw(shape: str, rounds: int) -> float:
    """Compare ten pages with what the bare client takes for them."""
    return _ratio(rounds, _query(shape, *_pages(shape, 10)), _raw(*_pages(shape, 10)))


def _tenfold(shape: str, rounds: int) -> float:
    """Compare one page of ten times the items with a page."""
    return _ratio(rounds, _query(shape, _page(shape, 10)), _query(shape, _page(shape)))


def _tenfold_loads(shape: str, rounds: int) -> float:
    """Compare reading the JSON of the two, with nothing done about it."""
    from mizzle.request import from_json

    long, short = _page(shape, 10), _page(shape)
    return _ratio(rounds, lambda: from_json(long), lambda: from_json(short))


def _memory(shape: str, _: int) -> float:
    """Measure the peak of resident memory over what was resident before, in MiB.

    Resident memory rather than `tracemalloc`'s: what orjson and Pydantic's core allocate counts, too. Only
    the first page of a process tells, as later ones find memory that was let go.
    """
    # Made elsewhere, so that nothing is left of the making.
    command = [sys.executable, "-m", "tests.benchmarks.pages", "body", shape]
    body = subprocess.run(command, check=True, capture_output=True, cwd=_ROOT).stdout
    _query(shape, _page(shape, items=1))()
    run = _query(shape, body)
    gc.collect()
    before = _resident("VmRSS")
    # Linux: the peak is from now on.
    Path("/proc/self/clear_refs").write_text("5")
    page = run()
    return (_resident("VmHWM") - before) / 1024 if page else 0.0


def _resident(kind: str) -> int:
    """Read this process's resident memory, in KiB."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{kind}:\s+(\d+) kB", status)
    assert found, f"no {kind} on this system"
    return int(found[1])


def _page(shape: str, times: int = 1, items: int = 0) -> bytes:
    from tests.benchmarks.shapes import SHAPES

    wanted = SHAPES[shape]
    return _content(wanted.make(n) for n in range(items or wanted.page * times))


def _pages(shape: str, count: int) -> list[bytes]:
    """Give several pages that lead to each other."""
    last = _page(shape)
    # boto3's paginators look whether they get on.
    keys = [{"pk": {"S": "p"}, "sk": {"S": str(n)}} for n in range(count - 1)]
    pages = [{**json.loads(last), "LastEvaluatedKey": key} for key in keys]
    return [json.dumps(page, separators=(",", ":")).encode() for page in pages] + [last]


def _content(instances: Iterable[Any]) -> bytes:
    from mizzle.model.schema import schema_of

    items = [schema_of(type(each)).encode(each).item for each in instances]
    answer = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    return json.dumps(answer, separators=(",", ":")).encode()


def _query(shape: str, *bodies: bytes) -> Callable[[], Any]:
    return _execution("Query", _select(shape), *bodies)


def _select(shape: str) -> Any:
    from mizzle import select
    from tests.benchmarks.shapes import SHAPES, TEAM

    entity = SHAPES[shape].entity
    return select(entity).where(entity.team == TEAM)


def _execution(action: str, statement: Any, *bodies: bytes) -> Callable[[], Any]:
    """Give what executes a statement that is answered by these bodies, one after another."""
    from mizzle import Mizzle
    from tests.benchmarks.canned import canned_client

    db = Mizzle(canned_client(action, *bodies))
    return lambda: db.execute(statement)


def _stream(shape: str, *bodies: bytes) -> Callable[[], Any]:
    """Give what reads the items of a query one at a time, and keeps none."""
    from mizzle import Mizzle
    from tests.benchmarks.canned import canned_client

    db, statement = Mizzle(canned_client("Query", *bodies)), _select(shape)
    return lambda: deque(db.stream(statement), maxlen=0)


def _raw(*bodies: bytes) -> Callable[[], Any]:
    """Give what reads all items of a query with the bare client."""
    from tests.benchmarks.canned import canned_client

    paginator = canned_client("Query", *bodies).get_paginator("query")
    query = {"TableName": "app", "KeyConditionExpression": "pk = :p"}
    values = {":p": {"S": "p"}}

    def run() -> list[Any]:
        pages = paginator.paginate(**query, ExpressionAttributeValues=values)
        return [item for page in pages for item in page["Items"]]

    return run


def _ratio(rounds: int, first: Callable[[], Any], second: Callable[[], Any]) -> float:
    from tests.benchmarks.canned import microseconds
    from tests.benchmarks.measuring import ratio, take_turns

    cases = {
        "first": lambda: microseconds(first, 1),
        "second": lambda: microseconds(second, 1),
    }
    return ratio(take_turns(cases, rounds), "first", "second") or 0.0


PAGES: dict[str, Callable[[str, int], float]] = {
    "loads": _loads,
    "five": _five,
    "ten": _ten,
    "ten-streamed": _ten_streamed,
    "ten-raw": _ten_raw,
    "tenfold": _tenfold,
    "tenfold-loads": _tenfold_loads,
    "memory": _memory,
}


def main() -> None:
    """Measure one number, or write a page's body."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*PAGES, "body"])
    parser.add_argument("shape", choices=["A", "B"])
    parser.add_argument("rounds", type=int, nargs="?", default=7)
    parser.add_argument("--hide-orjson", action="store_true")
    options = parser.parse_args()
    if options.hide_orjson:
        # What cannot be imported is not installed, to `mizzle.request`.
        sys.modules["orjson"] = None  # type: ignore[assignment]
    if options.name == "body":
        sys.stdout.buffer.write(_page(options.shape))
    else:
        print(PAGES[options.name](options.shape, options.rounds))


if __name__ == "__main__":
    main()
