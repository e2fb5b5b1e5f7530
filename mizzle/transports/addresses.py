"""Addresses: as they may be shown, as those of proxies have passwords in them, and as they are signed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

# botocore ships no types.
from botocore import utils  # type: ignore[import-untyped]

__all__ = ["host_of", "masked", "path_of", "require_escaped"]

_utils: Any = utils
_PORTS = {"http": 80, "https": 443}

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


def host_of(url: str) -> str:
    """Give the header `Host` of requests to a URL."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if _utils.is_valid_ipv6_endpoint_url(url) else str(parts.hostname)
    is_usual = parts.port is None or parts.port == _PORTS.get(parts.scheme)
    return name if is_usual else f"{name}:{parts.port}"


def path_of(url: str) -> str:
    """Give the path of a URL as a signature has it: encoded and normal."""
    return quote(_utils.normalize_url_path(urlsplit(url).path), safe="/~")
