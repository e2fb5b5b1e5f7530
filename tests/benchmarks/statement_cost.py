"""Print what a statement costs besides the codec of its item, in CPU microseconds.

Run it with `python -m tests.benchmarks.statement_cost`. The bounds are 25 microseconds for `get` and `put`, and
60 for an `update` of three fields; a select's are in `planning_cost`. Each is built and executed over a
transport that answers at once, and what writing, reading and parsing its item takes by itself is taken off. On
a busy machine all numbers grow; with `--check` the exit status is 1 if one of the medians is above its bound.
"""

from __future__ import annotations

import gc
import statistics
import sys
from collections.abc import Callable
from typing import Any

from mizzle import Mizzle, get, put, update
from mizzle.model.schema import schema_of
from mizzle.request import Answer, Request, to_json
from tests.benchmarks.canned import microseconds
from tests.benchmarks.shapes import SHAPES, TEAM

ROUNDS = 100
REPEATS = 20
BOUNDS = {"get": 25, "put": 25, "update": 60}


class Instantly:
    """Answers each request with the same bytes."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = to_json(content).encode()

    def send(self, request: Request) -> Answer:
        """Take the request's bytes, and answer."""
        request.to_json()
        return Answer(self._content)

    def close(self) -> None:
        """There is nothing to close."""


def main() -> int:
    """Measure in turn, print a table, and tell whether the bounds are kept."""
    shape = SHAPES["A"]
    one, schema = shape.make(0), schema_of(shape.entity)
    item = schema.encode(one).item
    reads, writes = Mizzle(transport=Instantly({"Item": item})), Mizzle(transport=Instantly({}))
    updates = Mizzle(transport=Instantly({"Attributes": item}))
    changes = [(getattr(shape.entity, name), value) for name, value in shape.changes.items()]

    def change() -> Any:
        statement = update(shape.entity, team=TEAM, id=one.id)
        for path, value in changes:
            statement = statement.set(path, value)
        return updates.execute(statement)

    def read() -> Any:
        return schema.decode(Answer(to_json({"Item": item}).encode()).data["Item"])

    cases: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "get": (lambda: reads.execute(get(shape.entity, team=TEAM, id=one.id)), read),
        "put": (lambda: writes.execute(put(one)), lambda: schema.encode(one)),
        "update": (change, read),
    }
    runs = [run for case in cases.values() for run in case]
    for run in runs:
        microseconds(run, REPEATS)
    gc.collect()
    gc.freeze()
    rounds = [[microseconds(run, REPEATS) for run in runs] for _ in range(ROUNDS)]
    is_kept = True
    for place, (name, bound) in enumerate(BOUNDS.items()):
        whole, codec = 2 * place, 2 * place + 1
        beyond = statistics.median(times[whole] - times[codec] for times in rounds)
        total = statistics.median(times[whole] for times in rounds)
        is_kept = is_kept and beyond <= bound
        print(f"{name:8}{total:7.1f} us, {beyond:5.1f} us beyond the codec (at most {bound})")
    return 0 if is_kept or "--check" not in sys.argv else 1


if __name__ == "__main__":
    sys.exit(main())
