"""What every node has: it is frozen, compares by value and shows its parts."""

from __future__ import annotations

from typing import Any

__all__ = ["Node"]


class Node:
    """A frozen node of an expression tree; its parts are its slots, in order."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        message = f"{type(self).__name__} is frozen: {name} cannot be set"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.parts()

    def parts(self) -> tuple[Any, ...]:
        """List the node's parts, in the order of its constructor."""
        names: tuple[str, ...] = tuple(self.__slots__)
        return tuple(getattr(self, name) for name in names)
