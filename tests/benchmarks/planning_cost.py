"""Print what planning and compiling a select costs, in CPU microseconds and as a share of a boto3 call.

Run it with `python -m tests.benchmarks.planning_cost`. The bound is 60 microseconds for planning and
compiling a typical select, each time with other values; with `--check` the exit status is 1 if the median
is above it. Both clients get the same answer in process, so no network is measured. The cases take turns,
as other programs disturb: on a busy machine all numbers grow, the shares less.
"""

from __future__ import annotations

import gc
import itertools
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from mizzle import Mizzle, select
from tests.benchmarks.canned import canned_client, microseconds
from tests.models import Order, User

BOUND_MICROSECONDS = 60
ROUNDS = 300
REPEATS = 10
EMPTY = b'{"Items":[],"Count":0,"ScannedCount":0}'

USER = UUID("01938f5e-0000-7000-8000-00000000ada0")
SINCE = datetime(2026, 11, 24, 12, tzinfo=UTC)


def typical(number: int = 0) -> Any:
    """Build a select that narrows the sort key, filters and has a limit."""
    since = SINCE + timedelta(seconds=number)
    conditions = (Order.user_id == USER, Order.placed_at >= since, Order.total > number)
    return select(Order).where(*conditions).descending().limit(10)


def main() -> int:
    """Measure in turn, print a table, and tell whether the bound is kept."""
    built = itertools.cycle(typical(number) for number in range(1000))
    db, raw = Mizzle(canned_client("Query", EMPTY)), canned_client("Query", EMPTY)
    by_user = select(Order).where(Order.user_id == USER)
    by_email = select(User).where(User.email == "ada@example.com").one()
    request = typical().compile().body
    cases: dict[str, Callable[[], object]] = {
        "boto3: client.query": lambda: raw.query(**request),
        "typical: execute": lambda: db.execute(next(built)),
        "typical: build and execute": lambda: db.execute(typical()),
        "typical: compile": lambda: next(built).compile(),
        "typical: build and compile": lambda: typical().compile(),
        "by partition key: compile": by_user.compile,
        "by index, one(): compile": by_email.compile,
    }
    # A collection that falls into one case would be charged to it alone.
    gc.collect()
    gc.freeze()
    for run in cases.values():
        microseconds(run, REPEATS)
    rounds = [[microseconds(run, REPEATS) for run in cases.values()] for _ in range(ROUNDS)]
    medians = dict(zip(cases, map(statistics.median, zip(*rounds, strict=True)), strict=True))
    base = medians["boto3: client.query"]
    for place, name in ((1, "typical: execute"), (2, "typical: build and execute")):
        beyond = statistics.median(times[place] - times[0] for times in rounds)
        medians[f"{name}, beyond boto3"] = beyond
    for name, value in medians.items():
        print(f"{name:42}{value:8.1f} us{value / base:8.3f} of boto3")
    least = min(times[list(cases).index("typical: compile")] for times in rounds)
    print(f"typical: compile, at its fastest          {least:8.1f} us")
    is_kept = medians["typical: compile"] <= BOUND_MICROSECONDS
    print(f"the bound of {BOUND_MICROSECONDS} us is {'kept' if is_kept else 'passed'}")
    return 0 if is_kept or "--check" not in sys.argv else 1


if __name__ == "__main__":
    sys.exit(main())
