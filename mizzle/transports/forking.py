"""Locks that a fork leaves in order.

A fork copies locks as they are, but of the threads only the one that forks: what another one held would
stay locked for ever in the child. So a fork waits until it has all of them, and lets go of them after.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from threading import Condition, RLock, get_ident
from typing import Any, Self
from weakref import WeakSet

__all__ = ["ForkingGate", "ForkingLock", "notice_fork"]


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


class ForkingGate:
    """What any number of threads can be in at once, and a fork waits for them to have left.

    A thread that is in can go in again, and can fork.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside: list[int] = []
        self._forking: int | None = None
        _forks.add(self)

    def __enter__(self) -> Self:
        me = get_ident()
        with self._changed:
            # Or a fork might wait for ever, where there is always somebody inside.
            while self._forking not in {None, me} and me not in self._inside:
                self._changed.wait()
            self._inside.append(me)
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside.remove(get_ident())
            self._changed.notify_all()

    def acquire(self) -> None:
        """Let nobody else in, and wait until nobody else is."""
        me = get_ident()
        with self._changed:
            self._forking = me
            try:
                while any(thread != me for thread in self._inside):
                    self._changed.wait()
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Let others in again."""
        with self._changed:
            self._forking = None
            self._changed.notify_all()

    def start_anew(self) -> None:
        """In a child: be as open as if the other threads had left."""
        me = get_ident()
        self._changed = Condition()
        self._inside = [thread for thread in self._inside if thread == me]
        self._forking = None


class _Forks:
    """What happens around each fork of this process."""

    def __init__(self) -> None:
        self._locks: WeakSet[ForkingLock | ForkingGate] = WeakSet()
        self._held = ExitStack()
        self._lock = RLock()
        # The thread that forks.
        self._by: int | None = None
        self._pid = os.getpid()
        # By process: a child that no hook was called in has no other lock that is surely free.
        self._noticing: dict[int, Any] = {}

    def add(self, lock: ForkingLock | ForkingGate) -> None:
        with self._lock:
            self._locks.add(lock)

    def before(self) -> None:
        # One fork at a time, or two could each wait for what the other has.
        self._lock.acquire()
        self._by = get_ident()
        # Ctrl-C can end the waiting. Python forks all the same, and lets go of what there is.
        for lock in list(self._locks):
            lock.acquire()
            self._held.callback(lock.release)

    def after_in_parent(self) -> None:
        if self._by != get_ident():
            return
        try:
            self._held.close()
        finally:
            self._by = None
            self._lock.release()

    def after_in_child(self) -> None:
        self._held.pop_all()
        self._by = None
        self._lock = RLock()
        # All of them: it may not have been possible to wait for each.
        for lock in list(self._locks):
            lock.start_anew()
        self._pid = os.getpid()

    def notice(self) -> None:
        pid = os.getpid()
        if pid == self._pid:
            return
        with self._noticing.setdefault(pid, RLock()):
            if pid != self._pid:
                self.after_in_child()


_forks = _Forks()


def notice_fork() -> None:
    """Leave the locks in order in a child that was forked without Python's knowing, as C code can."""
    _forks.notice()


# Windows has no forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_forks.before,
        after_in_parent=_forks.after_in_parent,
        after_in_child=_forks.after_in_child,
    )
