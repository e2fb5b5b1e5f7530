"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

__all__ = ["uuid7"]

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """Make a UUID of version 7: the time in front, 62 random bits behind.

    Identifiers of one process always increase; the time is in units of 1/4096 millisecond.

    Example:
        ```python
        from mizzle import uuid7

        assert uuid7() < uuid7()
        ```

    See: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
    """
    global _last  # noqa: PLW0603  # the one place that makes identifiers increase
    now = time.time_ns() * 4096 // 1_000_000
    with _lock:
        _last = now = max(now, _last + 1)
    milliseconds, fraction = divmod(now, 4096)
    noise = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | noise)
