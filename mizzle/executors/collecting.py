"""Python's garbage collector, kept from looking through one page after another while they are read.

It runs whenever many containers have been made, and the more of them stay the more often it looks through all that
there are. A page is tens of thousands of dicts that are gone as soon as they are read; they count like the
entities that stay. From the second page on, that takes more time than all the rest.

See: https://docs.python.org/3/library/gc.html#gc.set_threshold
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from mizzle.request import Answer

if TYPE_CHECKING:
    from mizzle.flows.steps import Reply

__all__ = ["is_page", "without_collections"]

_PAGE_BYTES = 1 << 16

T = TypeVar("T")


def is_page(reply: Reply) -> bool:
    """Tell whether what a flow is given is so large that to read it makes thousands of dicts."""
    if isinstance(reply, Answer):
        return len(reply.content) >= _PAGE_BYTES
    answers = [each for each in reply or () if isinstance(each, Answer)]
    return sum(len(each.content) for each in answers) >= _PAGE_BYTES


def without_collections(call: Callable[[Reply], T], reply: Reply) -> T:
    """Call a function while no garbage is collected.

    The collector is the process's: other threads go without as long. If somebody has switched it off, it stays off.
    """
    if not gc.isenabled():
        return call(reply)
    gc.disable()
    try:
        return call(reply)
    finally:
        gc.enable()
