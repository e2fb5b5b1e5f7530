"""What is measured of pages are pages; nothing is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.pages import PAGES
from tests.benchmarks.shapes import SHAPES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [*PAGES.keys() - {"memory"}])
def test_a_page_is_compared_with_another(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A page that is not long shows as much.
    monkeypatch.setitem(SHAPES, "A", SHAPES["A"]._replace(page=10))
    assert PAGES[name]("A", 1) > 0


def run(*arguments: str) -> bytes:
    command = [sys.executable, "-m", "tests.benchmarks.pages", *arguments]
    return subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout


def test_a_body_is_a_page_of_its_shape() -> None:
    page = json.loads(run("body", "B"))
    assert page["Count"] == len(page["Items"]) == SHAPES["B"].page
    assert page["Items"][0]["text_0"] == {"S": "some text 0 of 0"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is taken from Linux")
def test_the_memory_of_a_page_is_more_than_its_body() -> None:
    assert float(run("memory", "B", "1", "--hide-orjson")) > len(run("body", "B")) / (1 << 20)
