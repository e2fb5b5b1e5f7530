"""Addresses as they may be shown: those of proxies have passwords in them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["masked", "require_escaped"]

# To the last @: a password may have characters in it that should have been escaped.
_USER = re.compile(r"^(?P<scheme>(?:[a-z]+:)?//)?.*@", re.DOTALL | re.IGNORECASE)


def masked(url: str) -> str:
    """Give an address with stars in place of a user and password."""
    return _USER.sub(lambda found: f"{found['scheme'] or ''}***:***@", url)


def require_escaped(url: str) -> None:
    """Check that no character of a user or password ends the host too early.

    Raises:
        ValueError: If one does, or if it is no URL.
    """
    parts = urlsplit(url)
    if "@" in parts.path + parts.query + parts.fragment:
        message = "a user or password is not escaped"
        raise ValueError(message)
