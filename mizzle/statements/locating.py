"""Say of an error which item it concerns, and what it means for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mizzle.errors import (
    ConditionFailedError,
    InvalidRequestError,
    ItemDecodeError,
    ServiceError,
    WriteOutcomeUnknownError,
)
from mizzle.model.sizes import refused_item

if TYPE_CHECKING:
    from mizzle.model.source import Source
    from mizzle.request import Item

__all__ = ["locate"]

# "Item size has exceeded the maximum allowed size", "Item size to update has exceeded ..."
_TOO_LARGE = re.compile(r"item size\b.*\bexceeded", re.IGNORECASE)


def locate(
    error: ServiceError, schema: Source, key: Item, written: Item | None = None
) -> ServiceError:
    """Add entity and key to an error, and decode the item that it carries.

    Args:
        error: Changed in place.
        schema: The entity.
        key: The item's key attributes.
        written: The attributes that the request would have written.

    Returns:
        The error.

    Raises:
        ItemSizeExceededError: If that is what the service means.
    """
    if isinstance(error, InvalidRequestError) and _TOO_LARGE.search(str(error)):
        # Only the service knows what else is in the item, and the copies in local indexes.
        raise refused_item(schema, key, written or key) from error.__cause__
    error.entity = schema.entity
    error.key = key
    error.args = (f"{schema.describe(key)}: {error}",)
    if isinstance(error, (ConditionFailedError, WriteOutcomeUnknownError)):
        error.stored = error.item
        error.item = _decoded(error, schema) if error.item is not None else None
    return error


def _decoded(error: ServiceError, schema: Source) -> Any:
    if not schema.owns(error.item):
        return None
    try:
        return schema.decode(error.item)
    except ItemDecodeError as problem:
        error.add_note(str(problem))
        return None
