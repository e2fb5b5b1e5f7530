"""The arithmetic of ratios, the bounds, and what is written of them; nothing is timed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import main, tell, write_docs
from tests.benchmarks.bounds import BOTO, BOUNDS, FACTS, RAW, REACHED, RESOURCE, Verdict, judge
from tests.benchmarks.measuring import IN_PROCESS, STUB, Row, ratio, take_turns
from tests.benchmarks.operations import OPERATIONS
from tests.benchmarks.report import CHART, Report, replace_between_markers

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def row(of_raw: float, operation: str = "GetItem", way: str = IN_PROCESS) -> Row:
    """A row whose rounds differ in speed by far, but little in their ratios."""
    rounds = [
        {RAW: speed, BOTO: speed * (of_raw + drift), RESOURCE: speed * 1.5}
        for speed, drift in ((100.0, -0.01), (500.0, 0.0), (30.0, 0.01))
    ]
    return Row(way, operation, "A", rounds)


def report(*rows: Row, facts: dict[str, float] | None = None) -> Report:
    return Report(rows, facts or {}, {"PynamoDB": "it is not installed"}, {RAW: "dicts"}, "Here.")


def test_a_ratio_is_the_median_of_the_ratios_of_rounds() -> None:
    rounds = [{"a": 1.0, "b": 10.0}, {"a": 60.0, "b": 20.0}, {"a": 8.0, "b": 40.0}]
    assert ratio(rounds, "a", "b") == pytest.approx(0.2)
    assert ratio(rounds, "b", "a") == pytest.approx(5)


def test_there_is_no_ratio_to_what_was_not_measured() -> None:
    assert ratio([{"a": 1.0}], "a", "b") is None
    assert ratio([], "a", "b") is None


def test_everyone_takes_a_turn_in_every_round_after_a_warm_up() -> None:
    order: list[str] = []
    rounds = take_turns({name: lambda n=name: order.append(n) or 1.0 for name in "abc"}, 9)
    turns = ["".join(order[n : n + 3]) for n in range(0, 30, 3)]
    assert turns[0] == "abc"
    assert all(sorted(turn) == ["a", "b", "c"] for turn in turns)
    assert len(set(turns)) > 3
    assert rounds == [{"a": 1.0, "b": 1.0, "c": 1.0}] * 9


def test_a_bound_is_kept_within_its_factor() -> None:
    most = Verdict("most", 0.5, is_least=False, found=0.6)
    assert (most.is_kept(), most.is_kept(1.3)) == (False, True)
    least = Verdict("least", 5.0, is_least=True, found=4.5)
    assert (least.is_kept(), least.is_kept(1.2)) == (False, True)
    assert Verdict("unknown", 1.0, is_least=False, found=None).is_kept()


def test_rows_are_held_against_their_own_bounds() -> None:
    found = {v.label: v.found for v in judge([row(0.5)]) if v.found is not None}
    assert found == {
        "GetItem A, in process: Mizzle (boto) / raw": pytest.approx(0.5),
        "GetItem A, in process: resource + pydantic / Mizzle (boto)": pytest.approx(3.0),
    }
    assert not any(v.found for v in judge([row(0.5, way=STUB)]))


@pytest.mark.parametrize(
    ("of_raw", "status"), [(0.9, 0), (1.2, 0), (1.3, 1)], ids=["kept", "within", "beyond"]
)
def test_a_check_fails_beyond_the_factor(of_raw: float, status: int, capsys) -> None:
    assert tell(report(row(of_raw)), 1.35) == status
    assert ("beyond 1.35 times its bound of 0.95" in capsys.readouterr().err) is bool(status)


def test_a_check_that_measured_nothing_fails(capsys) -> None:
    assert tell(report(row(0.9, way=STUB)), 1.35) == 1
    assert "nothing" in capsys.readouterr().err


def test_the_bounds_speak_of_what_there_is() -> None:
    assert all(bound.operation in OPERATIONS for bound in BOUNDS)
    assert len({bound.label for bound in BOUNDS}) == len(BOUNDS)
    assert len({fact.name for fact in FACTS}) == len(FACTS)


def test_what_is_beyond_its_bound_is_said() -> None:
    text = report(row(0.97)).to_text()
    assert "at most 0.95: BEYOND" in text
    assert "Of 2 bounds that were measured, 1 are kept and 1 are not" in text
    assert "left out: PynamoDB: it is not installed" in text


def test_facts_are_held_against_their_bounds() -> None:
    first, second = FACTS[:2]
    text = report(facts={first.name: first.limit * 2, second.name: second.limit / 2}).to_text()
    lines = {
        name: line
        for line in text.splitlines()
        for name in (first.name, second.name)
        if name in line
    }
    assert lines[first.name].split()[-5:] == ["5.20", "at", "most", "2.6:", "BEYOND"]
    assert lines[second.name].split()[-4:] == ["1.30", "at", "most", "2.6"]


def test_a_number_without_a_bound_is_shown() -> None:
    text = report(facts={FACTS[-1].name: 80.0}).to_text()
    assert re.search(f"{re.escape(FACTS[-1].name)} +80.0 ms\n", text)
    assert "Of 0 bounds that were measured" in text


def test_only_what_is_between_the_markers_is_replaced() -> None:
    page = "before <!-- benchmarks -->\nold\n<!-- /benchmarks --> behind\n"
    written = replace_between_markers(page, "new\n")
    assert written == "before <!-- benchmarks -->\n\nnew\n\n<!-- /benchmarks --> behind\n"
    assert replace_between_markers(written, "new") == written


@pytest.mark.parametrize(
    "page",
    ["no marks", "<!-- benchmarks -->", "<!-- /benchmarks --> <!-- benchmarks -->"],
)
def test_a_page_without_its_markers_is_left_alone(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        replace_between_markers(page, "new")


def test_the_page_has_its_markers_and_its_chart() -> None:
    page = PAGE.read_text()
    assert replace_between_markers(page, "") != page
    assert f"({CHART})" in page
    assert (PAGE.parent / CHART).exists()


def test_the_tables_are_written_for_the_page() -> None:
    text = report(row(0.99), row(0.9, way=STUB)).to_markdown()
    assert "| GetItem A | 100 µs | 1.50 | 0.99 | at most 0.95: BEYOND |" in text
    assert "| GetItem A | 100 µs | 1.50 | 0.90 | at most 0.3 |" in text
    assert "Not measured: PynamoDB (it is not installed)." in text
    assert f"({CHART})" in text
    assert (
        "    | GetItem A, in process: Mizzle (boto) / raw | 0.99 | at most 0.95: BEYOND |" in text
    )


def test_the_page_and_its_chart_are_written(tmp_path: Path) -> None:
    """The chart is the same for the same numbers."""
    pytest.importorskip("matplotlib", reason="comes with the extra benchmarks")
    page = tmp_path / "performance.md"
    page.write_text("<!-- benchmarks -->\n<!-- /benchmarks -->\n")
    measured = report(row(0.9), row(0.3, "Query 100"), row(0.9, way=STUB))
    write_docs(measured, tmp_path)
    assert "| GetItem A |" in page.read_text()
    chart = (tmp_path / CHART).read_bytes()
    assert b"</svg>" in chart
    write_docs(measured, tmp_path)
    assert (tmp_path / CHART).read_bytes() == chart


def test_documentation_takes_a_whole_run(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--write-docs", "--shapes", "A"])
    assert "takes a whole run" in capsys.readouterr().err


def test_a_check_holds_what_has_been_reached_where_the_bound_has_not() -> None:
    (place,) = REACHED
    limit = next(b.limit for b in BOUNDS if (b.operation, b.shape) == place)
    assert REACHED[place] > limit
    assert not report(row(REACHED[place], operation=place[0])).broken(1.0)
    assert report(row(REACHED[place] * 1.1, operation=place[0])).broken(1.0)
    assert "BEYOND" in report(row(REACHED[place], operation=place[0])).to_text()
