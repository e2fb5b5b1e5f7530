"""Compile statements past the request linter."""

from __future__ import annotations

from typing import Any

from mizzle import Table
from tests.linter import lint

__all__ = ["body_of", "compiled"]


def body_of(statement: Any) -> Any:
    """Compile a statement, lint the request, and give its body."""
    request = statement.compile()
    lint(request)
    return request.body


def compiled(statement: Any, table: Table) -> list[tuple[str, Any]]:
    """Compile a statement, lint each request as one to this table, and give operations and bodies."""
    found = statement.compile()
    requests = found if isinstance(found, list) else [found]
    for request in requests:
        lint(request, table.creation(table.name))
    return [(request.operation, request.body) for request in requests]
