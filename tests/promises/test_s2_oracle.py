"""S2: `where` never lies, held against the oracle of `tests/oracle` on the reference engine.

One example is one select on one set of items: asked for as a list, and in one more form (stream,
count, first, one, only, page, or a list with a limit). Four examples or more, on average, share a set
of items. `MIZZLE_ORACLE_EXAMPLES` says how many are tried at least over all tables; the normal run
tries 300, a long one 20,000:

    MIZZLE_ORACLE_EXAMPLES=20000 pytest tests/promises/test_s2_oracle.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from mizzle import Mizzle
from tests.linter import LintingTransport
from tests.oracle.asking import ask, ask_for_everything
from tests.oracle.conditions import conditions
from tests.oracle.data import Row, rows
from tests.oracle.dynamo import order_of
from tests.oracle.engine import ExactPrefixes
from tests.oracle.entities import SHAPES
from tests.oracle.evaluator import Evaluator
from tests.oracle.loading import filled_table, scan
from tests.oracle.rendering import render
from tests.oracle.shapes import Shape
from tests.oracle.shrinking import smallest
from tests.oracle.statements import Question, questions, twins

EXAMPLES = int(os.environ.get("MIZZLE_ORACLE_EXAMPLES", "300"))
QUESTIONS = 4
# `drawers` has the most kinds of keys.
# What is asked, and what comes back, has little to do with the way.
SHARES = {"boto": 1.0, "direct": 0.25}
WEIGHTS = {"drawers": 6, "odds": 3, "plain": 4, "numeric": 3, "binary": 2, "solo": 2, "bare": 2}


def examples(shape: str, share: float = 1) -> Any:
    sets = EXAMPLES * share * WEIGHTS[shape] / sum(WEIGHTS.values()) / QUESTIONS
    return settings(
        max_examples=max(1, round(sets)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Failing examples are made small here, which takes seconds and not minutes.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )


@pytest.fixture(scope="module")
def db(to_dynoxide: Any) -> Iterator[Mizzle]:
    with Mizzle(transport=LintingTransport(ExactPrefixes(to_dynoxide()))) as made:
        yield made


class Case(NamedTuple):
    """The items of a table, and what to ask of them."""

    rows: list[Row]
    asked: list[Any]

    def __repr__(self) -> str:
        return f"<{len(self.rows)} items, {len(self.asked)} questions>"


@st.composite
def cases(draw: st.DrawFn, shape: Shape, asked: Any) -> Case:
    found = draw(rows(shape))
    drawn = draw(st.lists(asked(shape, found), min_size=1, max_size=10))
    return Case(found, [each for one in drawn for each in draw(_with_twin(one))])


def _with_twin(asked: Any) -> st.SearchStrategy[list[Any]]:
    if not isinstance(asked, Question):
        return st.just([asked])
    return st.one_of(st.just([asked]), twins(asked).map(lambda twin: [asked, twin]))


def any_conditions(shape: Shape, found: list[Row]) -> st.SearchStrategy[Any]:
    return st.sampled_from(shape.entities).flatmap(conditions)


@pytest.mark.parametrize("name", SHAPES)
def test_a_select_returns_what_the_oracle_says(db: Mizzle, over: str, name: str) -> None:
    shape = SHAPES[name]

    def is_wrong(own: Mizzle, found: Sequence[Row], question: Question) -> bool:
        try:
            ask(own, shape, found, question)
        except Exception:  # noqa: BLE001  # whatever it is, it is not what the oracle says
            return True
        return False

    def fails(found: Sequence[Row], question: Question) -> bool:
        with filled_table(db, shape, found) as own:
            return is_wrong(own, found, question)

    @examples(name, SHARES[over])
    @given(cases(shape, questions))
    def hold(case: Case) -> None:
        with filled_table(db, shape, case.rows) as own:
            ask_for_everything(own, shape, case.rows)
            failing = next((each for each in case.asked if is_wrong(own, case.rows, each)), None)
            if failing is None:
                return
            found, small = smallest(fails, case.rows, failing)
            note("\n  ".join(["A small example:", *map(repr, [*found, small])]))
            with filled_table(db, shape, found) as again:
                ask(again, shape, found, small)
            # It takes what was asked before as well.
            ask(own, shape, case.rows, failing)

    hold()


@pytest.mark.parametrize("name", SHAPES)
def test_the_evaluator_says_what_the_engine_says(
    db: Mizzle, to_dynoxide: Any, over: str, name: str
) -> None:
    """Without the meaning that absence has for the library: the engine scans with a filter."""
    shape = SHAPES[name]
    # The linter refuses what only AWS does, such as a BETWEEN that is upside down.
    transport = to_dynoxide()

    @examples(name, share=0.2 * SHARES[over])
    @given(cases(shape, any_conditions))
    def hold(case: Case) -> None:
        with filled_table(db, shape, case.rows) as own:
            table = own.config.table_name(shape.table.name)
            for condition in case.asked:
                came = scan(transport, table, **render(condition))
                expected = [row.item for row in case.rows if believes(row, condition)]
                assert keys(shape, came) == keys(shape, expected), condition

    hold()


def believes(row: Row, condition: Any) -> bool:
    return Evaluator(row.item, counts_absence=False).holds(condition)


def keys(shape: Shape, items: list[dict[str, Any]]) -> list[str]:
    found = [[order_of(item[name]) for name in shape.key_names] for item in items]
    return sorted(map(repr, found))
