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

from mizzle.limits import SIGNATURE_SECONDS, TOKEN_SECONDS
from mizzle.model.table import EARLIER_WRITE_ID, WRITE_ID, WRITE_IDS
from mizzle.request import AttributeValue, Item

__all__ = ["NO_ID", "Verdict", "judge", "mark", "new_write_id", "unmarked"]

_LENGTH = 16
_TIME_LENGTH = 6
_INSERT = b"i"
_CHANGE = b"c"

NO_ID: AttributeValue = {"B": base64.b64encode(bytes(_LENGTH)).decode()}
"""What an update keeps as the id before its own if there is none; stands in compiled requests for the
id that each execution draws."""

# Neither writer's clock can be further from AWS's than a signature allows, and no attempt comes later
# than a token would live.
_MAX_SKEW_MILLISECONDS = (2 * SIGNATURE_SECONDS + TOKEN_SECONDS) * 1000


class Verdict(Enum):
    """What the stored item says of a write whose answer was lost and whose resend was refused."""

    APPLIED = "it was applied"
    NOT_APPLIED = "it was not applied, or nothing of it is left"
    UNKNOWN = "it may have been applied and changed since"


def new_write_id(*, inserts: bool, milliseconds: int | None = None) -> AttributeValue:
    """Draw the id of one execution of a conditional write.

    Args:
        inserts: Whether the write demands that no item is there.
        milliseconds: The time since 1970; now if left out.
    """
    moment = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    kind = _INSERT if inserts else _CHANGE
    random = os.urandom(_LENGTH - _TIME_LENGTH - len(kind))
    return {"B": base64.b64encode(moment.to_bytes(_TIME_LENGTH, "big") + kind + random).decode()}


def mark(item: Item, own: AttributeValue, *, inserts: bool) -> Item:
    """Give an item as a conditional put writes it.

    Args:
        item: The item, with the ids that its entity was read with, if it was.
        own: The id of the write.
        inserts: Whether the write demands that no item is there.
    """
    marked = {**unmarked(item), WRITE_ID: own}
    if not inserts:
        marked[EARLIER_WRITE_ID] = item.get(WRITE_ID, NO_ID)
    return marked


def unmarked(item: Item) -> Item:
    """Give an item without ids of writes."""
    return {name: value for name, value in item.items() if name not in WRITE_IDS}


def judge(own: AttributeValue, stored: Item) -> Verdict:
    """Tell from the stored item whether a write was applied.

    Every conditional write leaves its own id and the one before it: an update that of the item, a put
    that of the item which it was made from. A plain put leaves the ids that its entity was read with.
    So an id that is ours says that the write was applied, even if others have written since. An id
    that was there before us, or that of an insert, which found no item, or none at all, says that
    nothing of ours is below it. That leaves two conditional writes by others while we were waiting.

    Args:
        own: The id that the write carried.
        stored: The item that its resend found.
    """
    for attribute in (WRITE_ID, EARLIER_WRITE_ID):
        found = stored.get(attribute)
        if found == own:
            return Verdict.APPLIED
        if found is None or found == NO_ID or _rules_out(found, own):
            return Verdict.NOT_APPLIED
    return Verdict.UNKNOWN


def _rules_out(found: AttributeValue, own: AttributeValue) -> bool:
    """Tell whether a write cannot have come before the one that left an id."""
    raw = _raw(found)
    if raw is None:
        return False
    inserted = raw[_TIME_LENGTH : _TIME_LENGTH + 1] == _INSERT
    return inserted or _milliseconds(raw) + _MAX_SKEW_MILLISECONDS < _milliseconds(_raw(own) or b"")


def _raw(value: AttributeValue) -> bytes | None:
    try:
        raw = base64.b64decode(value["B"])
    except (KeyError, TypeError, binascii.Error):
        return None
    return raw if len(raw) == _LENGTH else None


def _milliseconds(raw: bytes) -> int:
    return int.from_bytes(raw[:_TIME_LENGTH], "big")
