"""Measure Mizzle's CPU beside that of other libraries, and hold it against its bounds.

Run it with `python -m tests.benchmarks`; `pip install -e ".[benchmarks]"` gets the other libraries and what draws the
chart. A library that is not installed is left out. Only ratios mean anything: all get the same answers and take
turns, and the numbers are medians of the ratios round by round.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.bounds import BOTO, PAGE_RATIOS, RAW
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.import_cost import measure_imports
from tests.benchmarks.measuring import IN_PROCESS, STUB, Row, measure
from tests.benchmarks.operations import OPERATIONS
from tests.benchmarks.pages import measure_page
from tests.benchmarks.report import CHART, Report, describe_machine, replace_between_markers
from tests.benchmarks.shapes import SHAPES
from tests.benchmarks.stub import Stub

ROUNDS, CHECK_ROUNDS = 7, 2
_LONGER = 4
PAGES = "pages"
# By the options' names.
_WAYS = {"in-process": IN_PROCESS, "stub": STUB, "pages": PAGES}
_DOCS = Path(__file__).parents[2] / "docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was chosen, print it, and tell whether it may be."""
    options = _parse(arguments)
    machine = describe_machine()
    found = [CONTENDERS[name] for name in options.contenders]
    left_out = {each.name: why for each in found if (why := each.missing())}
    here = [each.name for each in found if each.name not in left_out]
    rows = _measure_rows(options, here)
    if options.check is not None:
        rows = [_measured_again(row, options, here) for row in rows]
    report = Report(
        rows=rows,
        facts=_measure_facts(options.rounds) if PAGES in options.ways else {},
        left_out=left_out,
        notes={name: CONTENDERS[name].notes for name in here},
        machine=machine,
    )
    print(report.to_text())
    if options.write_docs:
        write_docs(report, _DOCS)
    return tell(report, options.check) if options.check is not None else 0


def tell(report: Report, factor: float) -> int:
    """Print what is beyond its bounds by more than a factor, and give the exit status."""
    if not report.is_checkable():
        print("nothing was measured that has a bound", file=sys.stderr)
        return 1
    broken = report.broken(factor)
    for verdict in broken:
        print(
            f"{verdict.label} is {verdict.found:.2f}, beyond {factor:g} times its bound of {verdict.limit:g}",
            file=sys.stderr,
        )
    return 1 if broken else 0


def write_docs(report: Report, directory: Path) -> None:
    """Write the page's tables and its chart anew."""
    from tests.benchmarks.chart import write_chart

    page = directory / "performance.md"
    page.write_text(replace_between_markers(page.read_text(), report.to_markdown()))
    write_chart(report.rows, directory / CHART)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), metavar="SHAPE")
    parser.add_argument("--operations", nargs="+", choices=list(OPERATIONS), metavar="OPERATION")
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), metavar="NAME")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"{ROUNDS} if left out")
    parser.add_argument("--ways", nargs="+", choices=list(_WAYS))
    parser.add_argument(
        "--check",
        type=float,
        metavar="FACTOR",
        help="measure Mizzle (boto) and raw boto3 in process only, and exit with 1 if a ratio is beyond FACTOR times its bound",
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="write docs/performance.md and its chart anew"
    )
    options = parser.parse_args(arguments)
    narrowed = options.shapes or options.operations or options.contenders or options.ways
    if options.write_docs and (narrowed or options.check is not None):
        parser.error("--write-docs takes a whole run")
    if options.write_docs and find_spec("matplotlib") is None:
        parser.error('--write-docs draws with matplotlib: pip install -e ".[benchmarks]"')
    checks = options.check is not None
    ways = options.ways or (["in-process"] if checks else list(_WAYS))
    options.ways = [_WAYS[way] for way in ways]
    options.contenders = options.contenders or ([RAW, BOTO] if checks else list(CONTENDERS))
    options.rounds = options.rounds or (CHECK_ROUNDS if checks else ROUNDS)
    options.shapes = options.shapes or list(SHAPES)
    options.operations = options.operations or list(OPERATIONS)
    if RAW not in options.contenders:
        options.contenders.insert(0, RAW)
    return options


def _measure_rows(options: argparse.Namespace, names: Iterable[str]) -> list[Row]:
    contenders = [CONTENDERS[name] for name in names]
    rows = []
    with ExitStack() as stack:
        for way in (IN_PROCESS, STUB):
            if way not in options.ways:
                continue
            stub = stack.enter_context(Stub()) if way == STUB else None
            able = [each for each in contenders if each.is_in_process or stub]
            for letter in options.shapes:
                for name in options.operations:
                    shape, operation = SHAPES[letter], OPERATIONS[name]
                    _say(f"{name} {letter}, {way}")
                    rows.append(measure(way, shape, operation, able, options.rounds, stub))
    return rows


def _measured_again(row: Row, options: argparse.Namespace, names: Iterable[str]) -> Row:
    """Measure a row longer if it is beyond its bound: a busy moment is no regression."""
    report = Report(rows=[row], facts={}, left_out={}, notes={}, machine="")
    if not report.broken(options.check) or row.way != IN_PROCESS:
        return row
    _say(f"{row.label} again")
    contenders = [CONTENDERS[name] for name in names if CONTENDERS[name].is_in_process]
    rounds = options.rounds * _LONGER
    return measure(row.way, SHAPES[row.shape], OPERATIONS[row.operation], contenders, rounds)


def _measure_facts(rounds: int) -> dict[str, float]:
    facts = {}
    for shape in SHAPES:
        _say(f"pages {shape}")
        facts[f"Query 1 MB {shape} / orjson.loads of its body"] = measure_page(
            "loads", shape, rounds
        )
        facts[f"Query 1 MB {shape} / json.loads of its body, without orjson"] = measure_page(
            "loads", shape, rounds, hide_orjson=True
        )
        for hidden, words in ((False, ""), (True, ", without orjson")):
            facts[f"Peak memory of a page of 1 MB, {shape}{words}"] = statistics.median(
                measure_page("memory", shape, 1, hide_orjson=hidden) for _ in range(3)
            )
    _say("pages mixed, many and long")
    for name, words in PAGE_RATIOS.items():
        facts[words] = measure_page(name, "A", rounds)
    _say("imports")
    imports = measure_imports()
    facts["import mizzle, after boto3 and pydantic"] = imports.alone
    facts["Every name of mizzle, after boto3 and pydantic with one model"] = imports.all_names
    return facts


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what} ...", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
