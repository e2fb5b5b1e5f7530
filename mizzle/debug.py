"""A look behind the scenes: what Mizzle has made of your models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mizzle.model.schema import schema_of

if TYPE_CHECKING:
    from mizzle.model.entity import Entity

__all__ = ["codec_source"]


def codec_source(entity: type[Entity]) -> str | None:
    """Give the source of the code that writes and reads the items of an entity.

    It is generated when the entity is first written or read. What it does not take, such as an item of
    another program, is left to the same codecs that write and read every field on its own; they also
    say what is wrong with a value.

    Args:
        entity: The entity's class.

    Returns:
        Python source; None for an entity without any, because a validator of the whole model sees the
        values before Pydantic has read them, it is strict, or it keeps attributes that are no fields.

    Raises:
        StatementError: If it is not an entity with a table.

    Example:
        ```python
        from mizzle import Attr, Entity, PrimaryKey, Table
        from mizzle.debug import codec_source

        app = Table("app", partition_key="pk")


        class Note(Entity, table=app):
            id: Attr[str]
            stars: Attr[int]

            primary = PrimaryKey("NOTE#{id}")


        source = codec_source(Note)
        assert source is not None and "def decode(item):" in source
        ```
    """
    return schema_of(entity).items.source
