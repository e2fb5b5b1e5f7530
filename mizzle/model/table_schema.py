"""A table as something to select from: every entity of it at once."""

from __future__ import annotations

from mizzle.model.schema import EntitySchema

__all__ = ["TableSchema"]


class TableSchema(EntitySchema):
    """What is known of all entities of a table together.

    It has no fields of its own: a condition is about the attribute of that name in every item, and
    each item is decoded by the model of its own entity.
    """
