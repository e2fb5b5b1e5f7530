"""The tables that pages take from the code: asked for where they belong, and complete."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from mizzle import errors
from mizzle.classification import FAILURES
from mizzle.flows.outcomes import RULES

_DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def hook() -> dict[str, Any]:
    return runpy.run_path(str(_DOCS / "_tables_hook.py"))


def test_the_page_of_errors_asks_for_their_tree(hook: dict[str, Any]) -> None:
    text = (_DOCS / "errors.md").read_text()
    assert text.splitlines().count(hook["TREE"]) == 1
    assert hook["TREE"] not in hook["on_page_markdown"](text)


@pytest.mark.parametrize("name", ["failures", "outcomes"])
def test_a_table_is_on_its_page_as_the_code_has_it(hook: dict[str, Any], name: str) -> None:
    """If it is not: `python docs/_tables_hook.py`."""
    text = (_DOCS / "resilience.md").read_text()
    assert text.count(f"<!-- {name} -->") == text.count(f"<!-- /{name} -->") == 1
    assert hook["TABLES"][name]() in text
    assert hook["with_tables"](text) == text


def test_every_failure_comes_out(hook: dict[str, Any]) -> None:
    _, _, *rows = hook["failures"]().splitlines()
    assert len(rows) == len(FAILURES)
    for row, failure in zip(rows, FAILURES, strict=True):
        what, known_by, error, sent_again, outcome = cells(row)
        assert what == failure.what
        for sign in (*failure.codes, *failure.statuses, *failure.reasons):
            assert str(sign) in known_by
        assert all(name.removeprefix("builtins.") in known_by for name in failure.exceptions)
        assert error == f"`{failure.error.__name__}`"
        assert sent_again == ("yes" if failure.is_retried else "**no**")
        assert outcome == ("**open**" if failure.is_open else "not applied")


def test_every_rule_comes_out(hook: dict[str, Any]) -> None:
    _, _, *rows = hook["outcomes"]().splitlines()
    assert [cells(row) for row in rows] == [
        [rule.statements, "yes" if rule.is_sent_again else "**no**", rule.settled_by]
        for rule in RULES
    ]


def test_every_error_comes_out(hook: dict[str, Any]) -> None:
    tree = hook["errors"]()
    assert all(f"- [`{name}`][mizzle.errors.{name}]: " in tree for name in errors.__all__)


def cells(row: str) -> list[str]:
    return row.removeprefix("| ").removesuffix(" |").split(" | ")
