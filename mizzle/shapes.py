"""The shapes of Python's containers, told apart for the type checkers as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypeIs

__all__ = ["is_dict", "is_list", "is_mapping", "is_sequence", "is_set"]


def is_list(value: object) -> TypeIs[list[Any]]:
    """Tell whether a value is a list."""
    return isinstance(value, list)


def is_sequence(value: object) -> TypeIs[list[Any] | tuple[Any, ...]]:
    """Tell whether a value is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_set(value: object) -> TypeIs[set[Any] | frozenset[Any]]:
    """Tell whether a value is a set or a frozenset."""
    return isinstance(value, set | frozenset)


def is_dict(value: object) -> TypeIs[dict[Any, Any]]:
    """Tell whether a value is a dict."""
    return isinstance(value, dict)


def is_mapping(value: object) -> TypeIs[Mapping[Any, Any]]:
    """Tell whether a value is a mapping."""
    return isinstance(value, Mapping)
