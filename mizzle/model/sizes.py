"""The size of an item, and the gate that every write of a whole item passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mizzle import values
from mizzle.errors import ItemSizeExceededError
from mizzle.limits import MAX_ITEM_BYTES
from mizzle.model.encoded_item import EncodedItem
from mizzle.model.schema import EntitySchema, schema_of
from mizzle.model.source import Source
from mizzle.model.write_ids import unmarked
from mizzle.request import AttributeValue, Item, count_bytes

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["calculate_item_size", "fitted", "has_to_be_bare", "refused_item"]


def calculate_item_size(item: Entity | Mapping[str, AttributeValue]) -> int:
    """Measure an entity, or an encoded item, as DynamoDB bills it.

    Names and values both count, in UTF-8 bytes; a number takes one byte per pair of digits plus
    one, an empty list or map three. An entity is measured as it would be stored, with its keys and
    its type.

    Args:
        item: An entity, or attribute name to wire attribute value.

    Returns:
        The size in bytes; DynamoDB takes at most 409,600.

    Raises:
        EncodingError: If a value is not a DynamoDB attribute value.

    Example:
        ```python
        from mizzle import calculate_item_size

        assert calculate_item_size({"pk": {"S": "u1"}, "n": {"N": "123"}}) == 8
        ```

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    if isinstance(item, Mapping):
        return values.calculate_item_size(item)
    return values.calculate_item_size(schema_of(type(item)).encode(item).item)


def fitted(schema: EntitySchema, encoded: EncodedItem) -> EncodedItem:
    """Give an item as it can be stored: itself, or without its write ids if they are too much.

    Raises:
        ItemSizeExceededError: If it is larger than 409,600 bytes in any case.
    """
    # The JSON of an item is always longer than the item, so its length is a free pre-filter.
    if count_bytes(encoded.json) <= MAX_ITEM_BYTES:
        return encoded
    is_bare = has_to_be_bare(schema, encoded.key, encoded.item)
    return encoded.marked({}) if is_bare else encoded


def has_to_be_bare(schema: EntitySchema, key: Item, item: Item) -> bool:
    """Tell whether an item can be stored only without its write ids.

    Args:
        schema: The item's entity.
        key: The item's key attributes.
        item: The whole item, or what an update surely writes.

    Raises:
        ItemSizeExceededError: If it is larger than 409,600 bytes in any case.
    """
    if values.calculate_item_size(item) <= MAX_ITEM_BYTES:
        return False
    bare = unmarked(item)
    if values.calculate_item_size(bare) > MAX_ITEM_BYTES:
        raise refused_item(schema, key, bare)
    return True


def refused_item(schema: Source, key: Item, item: Item) -> ItemSizeExceededError:
    """Make the error for an item that is too large, by our measure or by the service's."""
    size_bytes = values.calculate_item_size(item)
    largest = values.largest_attributes(item)
    shown = ", ".join(f"{name} ({size:,})" for name, size in largest)
    over = size_bytes - MAX_ITEM_BYTES
    excess = (
        f"item is {size_bytes:,} bytes, {over:,} over DynamoDB's {MAX_ITEM_BYTES:,}"
        if over > 0
        else f"DynamoDB refused it as larger than {MAX_ITEM_BYTES:,}, of which this writes {size_bytes:,}"
    )
    message = (
        f"{schema.describe(key)}: {excess}. Largest attributes: {shown}. "
        "Store large values elsewhere and keep a reference."
    )
    return ItemSizeExceededError(
        message,
        entity=schema.entity,
        key=key,
        size_bytes=size_bytes,
        limit_bytes=MAX_ITEM_BYTES,
        largest=largest,
    )
