"""Every public name has an example in its docstring, and the example runs.

Examples may use the tour's entities and a `db` whose table exists; whatever else they need they import.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

import mizzle
from tests import models

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def documented() -> Iterator[tuple[str, str]]:
    """Find the examples of all public names of all modules."""
    for info in pkgutil.walk_packages(mizzle.__path__, "mizzle."):
        if info.name == "mizzle.mypy":
            continue  # needs mypy, and shows configuration
        module = importlib.import_module(info.name)
        for name, found in vars(module).items():
            if getattr(found, "__module__", None) == info.name:
                yield from examples(f"{info.name}.{name}", found)


def examples(name: str, found: Any) -> Iterator[tuple[str, str]]:
    doc = inspect.cleandoc(found.__doc__ or "") if callable(found) else ""
    for number, block in enumerate(BLOCK.findall(doc)):
        yield f"{name}-{number}", textwrap.dedent(block)
    if inspect.isclass(found):
        for attribute, member in vars(found).items():
            if inspect.isfunction(member) and not attribute.startswith("_"):
                yield from examples(f"{name}.{attribute}", member)


@pytest.mark.parametrize("code", [pytest.param(c, id=n) for n, c in documented()])
def test_the_example_runs(code: str) -> None:
    with mizzle.Mizzle.local() as db:
        db.create_table(models.app)
        namespace = {**vars(models), "db": db, "__name__": "example"}
        exec(compile(code, "example", "exec"), namespace)


@pytest.mark.parametrize("name", mizzle.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    assert BLOCK.search(getattr(mizzle, name).__doc__ or ""), name


def test_all_is_what_we_say() -> None:
    assert sorted(mizzle.__all__) == mizzle.__all__
    for name in mizzle.__all__:
        assert getattr(mizzle, name)
    assert sorted(mizzle._ROOM_OF) == mizzle.__all__
    assert dir(mizzle) == mizzle.__all__
    with pytest.raises(AttributeError, match="nope"):
        mizzle.nope  # noqa: B018


def test_import_alone_loads_nothing_heavy() -> None:
    code = "import sys, mizzle; print([m for m in ('pydantic', 'boto3', 'botocore') if m in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]"


def test_a_program_loads_no_boto3_resource() -> None:
    code = (
        "import sys; from mizzle import *; "
        "print([m for m in ('boto3', 'botocore', 'mypy', 'moto') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]"
