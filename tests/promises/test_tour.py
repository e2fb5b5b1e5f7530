"""The tour: the example in the documentation, on every engine."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from mizzle import Mizzle

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def test_the_tour_runs(
    make_db: Any, fresh_table_name: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    db = make_db(tables={"app": fresh_table_name()})
    # The tour starts an embedded engine of its own; here it gets the engine under test.
    monkeypatch.setattr(Mizzle, "local", lambda: db)
    runpy.run_path(str(EXAMPLES / "quickstart.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "read by id: True; found by e-mail: True" in printed
    assert "Wrote 60 orders in 3 requests." in printed
    assert "The 10 newest orders" in printed
    assert "All orders together: 594" in printed
    assert "All 60 by their keys, in order: True." in printed
    assert "Query on table app, index gsi1" in printed


def test_the_airports_example_accounts_for_every_row(capsys: Any) -> None:
    runpy.run_path(str(EXAMPLES / "airports.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "read 3936 = stored 3924 + refused 12" in printed
    assert "airports.csv:1138 refused" in printed
    assert "airports.csv ━" in printed
    assert "stocks.csv   ━" in printed
    assert printed.count("100%") == 2
    assert "MSFT in 2008, newest first: 18.91" in printed
    assert "A second correction is refused: the price is 19.5 by now." in printed


def test_the_orders_service_lists_page_by_page(capsys: Any) -> None:
    runpy.run_path(str(EXAMPLES / "orders_api.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "5 orders: [5, 4, 3, 2, 1]" in printed
    assert "2 orders: [10, 5]" in printed
    assert "Ada's cursor on Bob's orders: 400, the cursor belongs to another statement" in printed
    assert "The first order once more: 409" in printed
