"""Shows what was measured: as text for a terminal, and as the part of docs/performance.md between its markers."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import isinf
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.bounds import (
    BOTO,
    BOUNDS,
    DIRECT,
    FACTS,
    RAW,
    REACHED,
    Verdict,
    judge,
    judge_facts,
)
from tests.benchmarks.measuring import IN_PROCESS, STUB, Row

__all__ = ["BEGIN", "END", "Report", "describe_machine", "replace_between_markers"]

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
CHART = "performance.svg"

_WAYS = {
    IN_PROCESS: "Answers from within the process: no network, no sockets",
    STUB: "Answers from a server on loopback, in a process of its own; without TLS",
}
_PACKAGES = (
    "boto3",
    "botocore",
    "pydantic",
    "orjson",
    "pynamodb",
    "pydynantic",
    "pydynox",
    "aiodynamo",
    "httpx",
)


class Report(NamedTuple):
    """What was measured, and what not.

    Attributes:
        rows: The operations.
        facts: The single numbers, by the names of their bounds.
        left_out: Who was not measured, and why.
        notes: What a reader should know of each contender.
        machine: Where, when and with what.
    """

    rows: Sequence[Row]
    facts: Mapping[str, float]
    left_out: Mapping[str, str]
    notes: Mapping[str, str]
    machine: str

    def verdicts(self) -> list[Verdict]:
        """Hold everything against its bound."""
        return judge(self.rows) + (judge_facts(dict(self.facts)) if self.facts else [])

    def broken(self, factor: float) -> list[Verdict]:
        """List the bounds of Mizzle (boto) in process, loosened by a factor, that are passed.

        Where a bound has not been reached yet, what has been reached stands for it.
        """
        return [verdict for verdict in self._checked() if not verdict.is_kept(factor)]

    def is_checkable(self) -> bool:
        """Tell whether any of those was measured."""
        return any(verdict.found is not None for verdict in self._checked())

    def _checked(self) -> list[Verdict]:
        pairs = zip(BOUNDS, judge(self.rows), strict=True)
        wanted = (IN_PROCESS, BOTO, RAW)
        return [
            verdict._replace(limit=REACHED.get((bound.operation, bound.shape), bound.limit))
            for bound, verdict in pairs
            if (bound.way, bound.name, bound.base) == wanted
        ]

    def to_text(self) -> str:
        """Write it for a terminal."""
        parts = [self.machine]
        parts += [f"left out: {name}: {why}" for name, why in self.left_out.items()]
        for way, table in self._tables().items():
            parts.append(f"\n{_WAYS[way]}. CPU as a share of raw boto3's.\n{_aligned(table)}")
        if self.facts:
            parts.append(f"\nPages and imports\n{_aligned(self._facts_table())}")
        if self.rows:
            parts.append(f"\nThe bounds\n{_aligned(_verdict_table(judge(self.rows)))}")
        parts.append(f"\n{self._summary()}")
        return "\n".join(parts)

    def to_markdown(self) -> str:
        """Write it for the documentation."""
        parts = [f"![CPU as a share of the boto3 client's]({CHART})"]
        parts += [f"{_WAYS[way]}:\n\n{_markdown(table)}" for way, table in self._tables().items()]
        parts += [f"Pages by themselves, and imports:\n\n{_markdown(self._facts_table())}"]
        if self.left_out:
            words = "; ".join(f"{name} ({why})" for name, why in self.left_out.items())
            parts.append(f"Not measured: {words}.")
        parts += ["\n".join(f"- {name}: {note}." for name, note in self.notes.items())]
        bounds = _markdown(_verdict_table(judge(self.rows))).replace("\n", "\n    ")
        parts += [f'??? note "Every bound"\n\n    {bounds}', self._summary(), self.machine]
        return "\n\n".join(parts)

    def _summary(self) -> str:
        bounds = [verdict for verdict in self.verdicts() if not isinf(verdict.limit)]
        measured = [verdict for verdict in bounds if verdict.found is not None]
        kept = sum(verdict.is_kept() for verdict in measured)
        return (
            f"Of {len(measured)} bounds that were measured, {kept} are kept and "
            f"{len(measured) - kept} are not; {len(bounds) - len(measured)} were not measured."
        )

    def _tables(self) -> dict[str, list[list[str]]]:
        return {
            way: _table([row for row in self.rows if row.way == way])
            for way in _WAYS
            if any(row.way == way for row in self.rows)
        }

    def _facts_table(self) -> list[list[str]]:
        lines = [["", "measured", "bound"]]
        for bound, verdict in zip(FACTS, judge_facts(dict(self.facts)), strict=True):
            if verdict.found is not None:
                found = f"{_short(verdict.found)} {bound.unit}".strip()
                lines.append([bound.name, found, _bound(verdict)])
        return lines


def describe_machine() -> str:
    """Say when, on what and with what was measured; no names of hosts."""
    versions = ", ".join(f"{name} {found}" for name, found in _versions())
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores of {_processor()} "
        f"(load average {load:.1f}), {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, {versions}."
    )


def replace_between_markers(page: str, content: str) -> str:
    """Put the content in place of what is between the markers of a page.

    Raises:
        ValueError: If the page does not have each of them once.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(END) < page.index(BEGIN):
        message = f"the page needs {BEGIN} and, behind it, {END}, once each"
        raise ValueError(message)
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{content.strip()}\n\n{END}{rest.partition(END)[2]}"


def _table(rows: Sequence[Row]) -> list[list[str]]:
    names = list(dict.fromkeys(name for row in rows for name in row.rounds[0]))
    others = [name for name in _in_order(names) if name != RAW]
    ours = DIRECT if rows[0].way == STUB else BOTO
    lines = [["", RAW, *others, f"bound of {ours}"]]
    for row in rows:
        ratios = [row.ratio(name, RAW) for name in others]
        shown = ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        verdicts = zip(BOUNDS, judge([row]), strict=True)
        bounds = [
            _bound(verdict)
            for bound, verdict in verdicts
            if (bound.way, bound.operation, bound.shape) == (row.way, row.operation, row.shape)
            and (bound.name, bound.base) == (ours, RAW)
        ]
        lines.append([row.label, f"{row.microseconds(RAW):,.0f} µs", *shown, *(bounds or [""])])
    return lines


def _in_order(names: Iterable[str]) -> list[str]:
    """List the contenders as the tables do, whoever began the first round."""
    from tests.benchmarks.contenders import CONTENDERS

    return [name for name in CONTENDERS if name in set(names)]


def _verdict_table(verdicts: Iterable[Verdict]) -> list[list[str]]:
    lines = [["", "measured", "bound"]]
    lines += [
        [verdict.label, _short(verdict.found), _bound(verdict)]
        for verdict in verdicts
        if verdict.found is not None
    ]
    return lines


def _bound(verdict: Verdict) -> str:
    if isinf(verdict.limit):
        return ""
    text = f"at {'least' if verdict.is_least else 'most'} {verdict.limit:g}"
    return text if verdict.is_kept() else f"{text}: BEYOND"


def _short(number: float) -> str:
    return f"{number:.2f}" if abs(number) < 10 else f"{number:.1f}"  # two digits behind the first


def _aligned(table: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if 0 < n < len(widths) - 1 else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in table
    )
    return "\n".join(line.rstrip() for line in lines)


def _markdown(table: list[list[str]]) -> str:
    head, *lines = table
    rule = ["---", *("---:" for _ in head[1:-1]), "---"]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *lines))


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
