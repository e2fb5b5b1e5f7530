"""Every Python block of README and docs runs, and prints what the page says it prints.

The blocks of a page are one program, in order. What a page leaves out, such as the models of an
earlier page, it hides in a comment:

    <!-- setup
    from mizzle import Mizzle

    db = Mizzle.local()
    -->

A `text` block that follows a line `Output:` is what the Python block before it printed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any, NamedTuple

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(
    r"""
      ^<!--\ setup\n(?P<setup>.*?)^-->$
    | ^(?P<indent>[ ]*)```[ ]?(?:python|py)(?:[ ][^\n]*)?\n(?P<code>.*?)^(?P=indent)```[ ]*$
    | ^[ ]*Output:\n\s*^[ ]*```text\n(?P<output>.*?)^[ ]*```[ ]*$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """A block: code to run, or what the code before it must have printed."""

    kind: str
    text: str
    line: int


def read_steps(page: str) -> Iterator[Step]:
    for match in _BLOCK.finditer(page):
        kind = next(kind for kind in ("setup", "code", "output") if match[kind] is not None)
        line = page.count("\n", 0, match.start(kind)) + 1
        yield Step(kind, dedent(match[kind]), line)


def run_page(path: str, page: str, namespace: dict[str, Any]) -> None:
    printed = ""
    for step in read_steps(page):
        if step.kind == "output":
            assert printed.strip() == step.text.strip(), f"{path}:{step.line}: other output"
            continue
        # Blank lines before the code make tracebacks point into the page.
        code = compile("\n" * (step.line - 1) + step.text, path, "exec", dont_inherit=True)
        with redirect_stdout(io.StringIO()) as output:
            exec(code, namespace)
        printed = output.getvalue()


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_the_blocks_of_a_page_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pydantic looks the names in annotations up in the module of the class.
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    try:
        run_page(str(path), path.read_text(), module.__dict__)
    finally:
        _close_engines(module.__dict__)


def _close_engines(namespace: dict[str, Any]) -> None:
    from mizzle import Mizzle

    for value in namespace.values():
        if isinstance(value, Mizzle):
            # A page may keep only a sibling, whose own `close` closes nothing.
            value._connection.close()


def test_blocks_share_names_and_hidden_blocks_run() -> None:
    page = """
<!-- setup
start = 1
-->

```python title="adding"
total = start + 1
```

=== "Tab"

    ```python
    print(total)
    ```

    Output:

    ```text
    2
    ```

```text
not compared
```
"""
    namespace: dict[str, Any] = {}
    run_page("page.md", page, namespace)
    assert namespace["total"] == 2
    assert [step.kind for step in read_steps(page)] == ["setup", "code", "code", "output"]


def test_other_output_fails() -> None:
    page = "```python\nprint(1)\n```\n\nOutput:\n\n```text\n2\n```\n"
    with pytest.raises(AssertionError, match=r"page\.md:8: other output"):
        run_page("page.md", page, {})


def test_other_languages_do_not_run() -> None:
    assert list(read_steps("```console\npython\n```\n\n```pycon\n>>> 1\n```\n")) == []
