"""What `only` is asked for: fields, and some places inside of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["NESTED", "path_of", "value_of"]


def _in_home(name: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    # A path that leads nowhere gives None; a document that is there has its defaults.
    return (
        lambda cls: getattr(cls.home.fields, name),
        lambda entity: getattr(entity.home, name, None),
    )


def _in_list(name: str, at: int) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    return (
        lambda cls: getattr(cls, name)[at],
        lambda entity: dict(enumerate(getattr(entity, name))).get(at),
    )


_NESTED: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "home.city": _in_home("city"),
    "home.zip": _in_home("zip"),
    "home.marks": _in_home("marks"),
    "ints[0]": _in_list("ints", 0),
    "words[1]": _in_list("words", 1),
    "stops[0]": _in_list("stops", 0),
    "limits.k": (lambda cls: cls.limits["k"], lambda entity: entity.limits.get("k")),
}

NESTED = list(_NESTED)
"""Their names."""


def path_of(cls: Any, name: str) -> Any:
    """Give the path of a name."""
    return _NESTED[name][0](cls) if name in _NESTED else getattr(cls, name)


def value_of(entity: Any, name: str) -> Any:
    """Give the value that the path has in an entity."""
    return _NESTED[name][1](entity) if name in _NESTED else getattr(entity, name)
