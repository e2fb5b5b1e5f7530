"""Locks that a fork leaves in order.

A fork copies locks as they are, but of the threads only the one that forks: what another one held would
stay locked for ever in the child. So a fork waits until it has all of them, and lets go of them after.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import RLock
from typing import Self
from weakref import WeakSet

__all__ = ["ForkingLock"]


class ForkingLock:
    """A lock that is free in a child; the thread that has it can take it again.

    Args:
        in_child: Called in a child before anything else is.
    """

    def __init__(self, in_child: Callable[[], None]) -> None:
        self._in_child = in_child
        self._lock = RLock()
        _forks.add(self)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Wait for it, and take it."""
        self._lock.acquire()

    def release(self) -> None:
        """Let go of it."""
        self._lock.release()

    def start_anew(self) -> None:
        """In a child: be free."""
        self._lock = RLock()
        self._in_child()


class _Forks:
    """What happens around each fork of this process."""

    def __init__(self) -> None:
        self._locks: WeakSet[ForkingLock] = WeakSet()
        self._held: list[ForkingLock] = []
        self._lock = RLock()

    def add(self, lock: ForkingLock) -> None:
        with self._lock:
            self._locks.add(lock)

    def before(self) -> None:
        # One fork at a time, or two could each wait for what the other has.
        self._lock.acquire()
        self._held = list(self._locks)
        for lock in self._held:
            lock.acquire()

    def after_in_parent(self) -> None:
        held, self._held = self._held, []
        for lock in held:
            lock.release()
        self._lock.release()

    def after_in_child(self) -> None:
        held, self._held = self._held, []
        self._lock = RLock()
        for lock in held:
            lock.start_anew()


_forks = _Forks()

# Windows has no forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_forks.before,
        after_in_parent=_forks.after_in_parent,
        after_in_child=_forks.after_in_child,
    )
