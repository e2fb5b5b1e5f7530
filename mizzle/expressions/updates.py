"""What an update does to an item, one action at a time."""

from __future__ import annotations

from typing import Any

from mizzle.expressions.nodes import Node
from mizzle.expressions.operands import AttributePath, Operand

__all__ = ["Action"]


class Action(Node):
    """One action of an update.

    Attributes:
        verb: `set`, `set_if_missing`, `add`, `append`, `prepend`, `discard` or `remove`.
        path: Where it acts.
        operand: What with; None for `remove`.
    """

    __slots__ = ("operand", "path", "verb")

    verb: str
    path: AttributePath[Any]
    operand: Operand[Any] | None

    def __init__(
        self, verb: str, path: AttributePath[Any], operand: Operand[Any] | None = None
    ) -> None:
        object.__setattr__(self, "verb", verb)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "operand", operand)

    def parts(self) -> tuple[Any, ...]:
        """List verb, path and operand."""
        return self.verb, self.path, self.operand

    def __repr__(self) -> str:
        shown = "" if self.operand is None else f", {self.operand!r}"
        return f"{self.verb}({self.path!r}{shown})"
