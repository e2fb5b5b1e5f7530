"""Writes the tree of errors into the page that names it, so that the page is never behind."""

from __future__ import annotations

from typing import Any

from mizzle.errors import MizzleError

MARK = "<!-- errors -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the mark by the tree."""
    return markdown.replace(MARK, tree()) if MARK in markdown else markdown


def tree() -> str:
    """Write the tree of errors as a nested list."""
    return "\n".join(_lines(MizzleError, 0))


def _lines(cls: type[BaseException], depth: int) -> list[str]:
    summary = (cls.__doc__ or "").strip().splitlines()[0]
    lines = [f"{'    ' * depth}- [`{cls.__name__}`][mizzle.errors.{cls.__name__}]: {summary}"]
    for child in cls.__subclasses__():
        if child.__module__ == "mizzle.errors":
            lines += _lines(child, depth + 1)
    return lines
