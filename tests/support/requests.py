"""Compile statements past the request linter."""

from __future__ import annotations

from typing import Any

from tests.linter import lint

__all__ = ["body_of"]


def body_of(statement: Any) -> Any:
    """Compile a statement, lint the request, and give its body."""
    request = statement.compile()
    lint(request)
    return request.body
