"""Python's garbage collector, kept from looking through one page after another while they are read.

It runs whenever many containers have been made, and the more of them stay the more there is to look through. A page
is tens of thousands of dicts that are gone as soon as they are read; they count like the entities that stay. Over ten
pages, that takes as much time as all the rest.

See: https://docs.python.org/3/library/gc.html#gc.set_threshold
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, TypeVar

from mizzle.request import Answer

if TYPE_CHECKING:
    from mizzle.flows.steps import Reply

__all__ = ["is_page", "without_collections"]

_PAGE_BYTES = 1 << 16

T = TypeVar("T")

# The threads that have switched it off.
_holding: set[int] = set()


def is_page(reply: Reply) -> bool:
    """Tell whether what a flow is given is so large that to read it may make thousands of dicts."""
    if isinstance(reply, Answer):
        return len(reply.content) >= _PAGE_BYTES
    answers = [each for each in reply or () if isinstance(each, Answer)]
    return sum(len(each.content) for each in answers) >= _PAGE_BYTES


def without_collections(call: Callable[[Reply], T], reply: Reply) -> T:
    """Call a function while no garbage is collected.

    The collector is the process's: other threads go without as long, and of several that do this the first that is
    done switches it on for all. If it is off already, it stays off.
    """
    if not gc.isenabled():
        return call(reply)
    thread = get_ident()
    # Nothing stands before `try`: an interrupt comes between any two steps.
    try:
        _holding.add(thread)
        gc.disable()
        return call(reply)
    finally:
        gc.enable()
        _holding.discard(thread)


def _switch_on_in_child() -> None:
    # The threads that would do it are not here.
    if _holding:
        _holding.clear()
        gc.enable()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_switch_on_in_child)
