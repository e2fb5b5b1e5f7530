"""Writes what the code knows into the pages: the tree of errors when they are built, the tables for good.

A page asks with a mark: `<!-- errors -->` for the tree, or `<!-- failures -->` and `<!-- /failures -->`
around a table, `outcomes` likewise. After a change, `python docs/_tables_hook.py` writes the tables anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mizzle.classification import FAILURES, Failure
from mizzle.errors import MizzleError
from mizzle.flows.outcomes import RULES, Rule


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the mark of the tree."""
    return markdown.replace(TREE, errors()) if TREE in markdown else markdown


def with_tables(markdown: str) -> str:
    """Write the tables of a page anew."""
    for name, write in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, found, rest = markdown.partition(begin)
        if found:
            markdown = f"{head}{begin}\n\n{write()}\n\n{end}{rest.partition(end)[2]}"
    return markdown


def errors() -> str:
    """Write the tree of errors as a nested list."""
    return "\n".join(_lines(MizzleError, 0))


def failures() -> str:
    """Write what can fail, and what Mizzle makes of it."""
    return _table(
        ("what happened", "known by", "error", "sent again", "outcome of a write"),
        map(_failure, FAILURES),
    )


def outcomes() -> str:
    """Write what each statement does after an attempt that left its outcome open."""
    return _table(("statement", "sent again", "what settles it"), map(_rule, RULES))


TREE = "<!-- errors -->"
TABLES = {"failures": failures, "outcomes": outcomes}


def _lines(cls: type[BaseException], depth: int) -> list[str]:
    summary = (cls.__doc__ or "").strip().splitlines()[0]
    link = f"[`{cls.__name__}`][mizzle.errors.{cls.__name__}]"
    lines = [f"{'    ' * depth}- {link}: {summary}"]
    for child in cls.__subclasses__():
        if child.__module__ == "mizzle.errors":
            lines += _lines(child, depth + 1)
    return lines


def _failure(failure: Failure) -> tuple[str, ...]:
    return (
        failure.what,
        ", ".join(_signs(failure)),
        f"`{failure.error.__name__}`",
        _yes_or_no(answer=failure.is_retried),
        "**open**" if failure.is_open else "not applied",
    )


def _signs(failure: Failure) -> list[str]:
    """Name what a failure is known by: codes, HTTP statuses, types of exceptions."""
    exceptions = [name.removeprefix("builtins.") for name in failure.exceptions]
    # A code is often also a cancellation reason, under a shorter name.
    found = [f"`{name}`" for name in (*failure.codes, *exceptions)]
    found += [f"status {status}" for status in failure.statuses]
    return found + [f"reason `{reason}`" for reason in failure.reasons]


def _rule(rule: Rule) -> tuple[str, ...]:
    return rule.statements, _yes_or_no(answer=rule.is_sent_again), rule.settled_by


def _yes_or_no(*, answer: bool) -> str:
    return "yes" if answer else "**no**"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> None:
    """Write the tables of all pages anew."""
    for page in Path(__file__).parent.glob("*.md"):
        page.write_text(with_tables(page.read_text()))


if __name__ == "__main__":
    main()
