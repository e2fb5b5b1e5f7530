"""What the library has to cost at most: every bound, in one place, and whether a measured ratio keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from typing import NamedTuple

from tests.benchmarks.measuring import IN_PROCESS, STUB, Row

__all__ = [
    "BOUNDS",
    "FACTS",
    "PAGE_RATIOS",
    "REACHED",
    "Bound",
    "FactBound",
    "Verdict",
    "judge",
    "judge_facts",
]

RAW, RESOURCE, PYNAMO, PYDYNOX = "raw", "resource + pydantic", "PynamoDB", "pydynox"
BOTO, DIRECT = "Mizzle (boto)", "Mizzle (direct)"


class Bound(NamedTuple):
    """A ratio that a row of the tables keeps.

    Attributes:
        way: How the requests are answered.
        operation: What is done.
        shape: On which items.
        name: Who is measured.
        base: Against whom.
        limit: The bound.
        is_least: Whether the ratio is at least that, rather than at most.
    """

    way: str
    operation: str
    shape: str
    name: str
    base: str
    limit: float
    is_least: bool = False

    @property
    def label(self) -> str:
        """What is bounded, in words."""
        return f"{self.operation} {self.shape}, {self.way}: {self.name} / {self.base}"


class FactBound(NamedTuple):
    """What one number of a table of its own is at most.

    Attributes:
        name: The number's name.
        limit: The bound; infinite if there is none.
        unit: Of both.
    """

    name: str
    limit: float
    unit: str = ""

    @property
    def label(self) -> str:
        """What is bounded, in words."""
        return self.name


class Verdict(NamedTuple):
    """A bound, and what was measured.

    Attributes:
        label: What is bounded.
        limit: The bound.
        is_least: Whether the number is at least that.
        found: The number; None if it was not measured.
    """

    label: str
    limit: float
    is_least: bool
    found: float | None

    def is_kept(self, factor: float = 1) -> bool:
        """Tell whether the bound, loosened by a factor, is kept; true of what was not measured."""
        if self.found is None:
            return True
        if self.is_least:
            return self.found >= self.limit / factor
        return self.found <= self.limit * factor


# Mizzle (boto) in process: at most so much of raw's CPU, and the others at least so many times Mizzle's.
_IN_PROCESS = {
    # operation, shape: (of raw's, resource + pydantic's, PynamoDB's)
    ("GetItem", "A"): (0.95, 1.1, 1.1),
    ("GetItem", "B"): (0.80, 1.4, 1.7),
    ("PutItem", "A"): (0.95, 1.25, 1.05),
    ("PutItem", "B"): (0.62, 2.2, 1.7),
    ("UpdateItem", "A"): (0.92, 1.3, 1.1),
    ("Query 100", "A"): (0.28, 4.3, 5.4),
    ("Query 100", "B"): (0.23, 5.2, 8.3),
    ("Query 1 MB", "A"): (0.25, 5.3, 6.8),
    ("Query 1 MB", "B"): (0.25, 5.3, 8.0),
    ("BatchGetItem 100", "A"): (0.25, 5.1, 4.8),
    ("BatchWriteItem 25", "A"): (0.33, 4.9, 2.6),
    ("BatchWriteItem 25", "B"): (0.16, 9.2, 6.4),
}
# What has been reached where the bound has not been yet. A check holds this: nobody may fall behind it
# unnoticed. BatchGetItem: the client beneath takes 1.3 times as long as for a Query of 100; so reading the items, as a
# Query does for a quarter of that, is a fifth of it already, and 100 keys come on top, each made and accounted for.
REACHED = {("BatchGetItem 100", "A"): 0.29}

# Mizzle (direct) over the stub, shape A: at most so much of raw's CPU; None is no bound.
_DIRECT = {
    "GetItem": 0.30,
    "PutItem": 0.30,
    "UpdateItem": 0.30,
    "Query 100": 0.18,
    "Query 1 MB": None,
    "BatchGetItem 100": None,
    "BatchWriteItem 25": None,
}


def _bounds() -> Iterator[Bound]:
    for (operation, shape), (of_raw, resource, pynamo) in _IN_PROCESS.items():
        yield Bound(IN_PROCESS, operation, shape, BOTO, RAW, of_raw)
        yield Bound(IN_PROCESS, operation, shape, RESOURCE, BOTO, resource, is_least=True)
        yield Bound(IN_PROCESS, operation, shape, PYNAMO, BOTO, pynamo, is_least=True)
    for operation, of_raw_direct in _DIRECT.items():
        if of_raw_direct is not None:
            yield Bound(STUB, operation, "A", DIRECT, RAW, of_raw_direct)
        yield Bound(STUB, operation, "A", DIRECT, PYDYNOX, 1.0)


BOUNDS = tuple(_bounds())

# What is measured of pages of shape A, by its name there.
PAGE_RATIOS = {
    "five": "Page of five entities / page of one",
    "ten": "Ten pages of 1 MB / one",
    "ten-streamed": "Ten pages of 1 MB / one, by db.stream",
    "ten-raw": "Ten pages of 1 MB / the same by the boto3 client",
    "tenfold": "Page of 10 MB / page of 1 MB",
    "tenfold-loads": "Page of 10 MB / page of 1 MB, only its JSON read",
}

FACTS = (
    FactBound("Query 1 MB A / orjson.loads of its body", 2.6),
    FactBound("Query 1 MB B / orjson.loads of its body", 2.6),
    FactBound("Query 1 MB A / json.loads of its body, without orjson", 3.0),
    FactBound("Query 1 MB B / json.loads of its body, without orjson", 3.0),
    FactBound(PAGE_RATIOS["five"], 1.10),
    # Python's collector looks again and again through what stays, here and in every client.
    FactBound(PAGE_RATIOS["ten"], 11),
    FactBound(PAGE_RATIOS["ten-streamed"], 11),
    FactBound(PAGE_RATIOS["ten-raw"], inf),
    # DynamoDB gives no such page. The memory that it takes is new each time, which no reader of JSON escapes.
    FactBound(PAGE_RATIOS["tenfold"], 11),
    FactBound(PAGE_RATIOS["tenfold-loads"], inf),
    FactBound("Peak memory of a page of 1 MB, A", 40, "MiB"),
    FactBound("Peak memory of a page of 1 MB, B", 40, "MiB"),
    FactBound("Peak memory of a page of 1 MB, A, without orjson", 20, "MiB"),
    FactBound("Peak memory of a page of 1 MB, B, without orjson", 20, "MiB"),
    FactBound("import mizzle, after boto3 and pydantic", 15, "ms"),
    FactBound("Every name of mizzle, after boto3 and pydantic with one model", inf, "ms"),
)


def judge(rows: Iterable[Row]) -> list[Verdict]:
    """Hold the rows against the bounds."""
    by_place = {(row.way, row.operation, row.shape): row for row in rows}
    verdicts = []
    for bound in BOUNDS:
        row = by_place.get((bound.way, bound.operation, bound.shape))
        found = row.ratio(bound.name, bound.base) if row else None
        verdicts.append(Verdict(bound.label, bound.limit, bound.is_least, found))
    return verdicts


def judge_facts(found: dict[str, float]) -> list[Verdict]:
    """Hold the single numbers against theirs."""
    return [Verdict(each.label, each.limit, False, found.get(each.name)) for each in FACTS]
