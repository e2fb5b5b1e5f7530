"""Write ids: what a conditional write leaves in the item, to know its own work again.

If the answer to a conditional write is lost and its resend fails the condition, the stored item is the
only witness. An id is 16 bytes: six of milliseconds since 1970, one of kind, nine random.
"""

from __future__ import annotations

import base64
import binascii
import os
import time
from enum import Enum
from typing import Literal, TypeAlias

from mizzle.limits import SIGNATURE_SECONDS, TOKEN_SECONDS
from mizzle.model.table import EARLIER_WRITE_ID, WRITE_ID, WRITE_IDS
from mizzle.request import AttributeValue, Item

__all__ = ["NO_ID", "Kind", "Verdict", "judge", "mark", "new_write_id", "unmarked"]

_LENGTH = 16
_TIME_LENGTH = 6
_INSERT, _PUT, _UPDATE = b"i", b"p", b"u"

NO_ID: AttributeValue = {"B": base64.b64encode(bytes(_LENGTH)).decode()}
"""What an update keeps as the id before its own if there is none; stands in compiled requests for the
id that each execution draws."""

# Neither writer's clock can be further from AWS's than a signature allows, and no attempt comes later
# than a token would live.
_MAX_SKEW_MILLISECONDS = (2 * SIGNATURE_SECONDS + TOKEN_SECONDS) * 1000


Kind: TypeAlias = Literal["insert", "put", "update"]
"""What a conditional write does."""


class Verdict(Enum):
    """What the stored item says of a write whose answer was lost and whose resend was refused."""

    APPLIED = "it was applied"
    NOT_APPLIED = "it was not applied, or nothing of it is left"
    UNKNOWN = "it may have been applied and changed since"


def new_write_id(kind: Kind, *, milliseconds: int | None = None) -> AttributeValue:
    """Draw the id of one execution of a conditional write.

    Args:
        kind: What the write does.
        milliseconds: The time since 1970; now if left out.
    """
    moment = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    mark = {"insert": _INSERT, "put": _PUT, "update": _UPDATE}[kind]
    random = os.urandom(_LENGTH - _TIME_LENGTH - len(mark))
    return {"B": base64.b64encode(moment.to_bytes(_TIME_LENGTH, "big") + mark + random).decode()}


def mark(earlier: Item, own: AttributeValue, *, inserts: bool) -> Item:
    """Give the ids that a conditional put leaves in the item.

    Args:
        earlier: The ids that its entity was read with, if it was.
        own: The id of the write.
        inserts: Whether the write demands that no item is there.
    """
    if inserts:
        return {WRITE_ID: own}
    return {WRITE_ID: own, EARLIER_WRITE_ID: earlier.get(WRITE_ID, NO_ID)}


def unmarked(item: Item) -> Item:
    """Give an item without ids of writes."""
    return {name: value for name, value in item.items() if name not in WRITE_IDS}


def judge(own: AttributeValue, stored: Item) -> Verdict:
    """Tell from the stored item whether a write was applied.

    Every conditional write leaves its own id and the one before it: an update that of the item, a put
    that of the item which its entity was read from. A plain put leaves the ids that its entity was
    read with, or none.

    An id that is ours says that the write was applied, even if others have written since. None at all
    says that nothing of ours is left. Below an id that was there before us nothing of ours can be, nor
    below that of an insert, which found no item. Below a recent update lies what it kept. Of what lay
    below a recent put nobody knows, nor below two recent updates.

    Args:
        own: The id that the write carried.
        stored: The item that its resend found.
    """
    last, earlier = stored.get(WRITE_ID), stored.get(EARLIER_WRITE_ID)
    if own in (last, earlier):
        return Verdict.APPLIED
    if _has_nothing_below(last, own):
        return Verdict.NOT_APPLIED
    if _kind(last) == _UPDATE and _has_nothing_below(earlier, own):
        return Verdict.NOT_APPLIED
    return Verdict.UNKNOWN


def _has_nothing_below(found: AttributeValue | None, own: AttributeValue) -> bool:
    """Tell whether a write cannot have come before the one that left an id, or before there was one."""
    if found is None or found == NO_ID or _kind(found) == _INSERT:
        return True
    raw = _raw(found)
    if raw is None:
        return False
    return _milliseconds(raw) + _MAX_SKEW_MILLISECONDS < _milliseconds(_raw(own) or b"")


def _kind(value: AttributeValue | None) -> bytes:
    raw = _raw(value) if value else None
    return b"" if raw is None else raw[_TIME_LENGTH : _TIME_LENGTH + 1]


def _raw(value: AttributeValue) -> bytes | None:
    try:
        raw = base64.b64decode(value["B"])
    except (KeyError, TypeError, binascii.Error):
        return None
    return raw if len(raw) == _LENGTH else None


def _milliseconds(raw: bytes) -> int:
    return int.from_bytes(raw[:_TIME_LENGTH], "big")
