"""What can be read by one key of an entity, without looking elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mizzle.model.keys import AccessKey
    from mizzle.model.schema import EntitySchema

__all__ = ["Reach", "reach_of"]


class Reach(NamedTuple):
    """The attributes that a table or an index gives.

    Attributes:
        keys: Its key attributes, by which a query does not filter.
        projected: The attributes that it holds; None for all.
        readable: Those, and the attributes of fields that can be read back from key attributes;
            None for all.
    """

    keys: frozenset[str]
    projected: frozenset[str] | None
    readable: frozenset[str] | None

    def holds(self, attributes: frozenset[str]) -> bool:
        """Tell whether it holds all of these attributes."""
        return self.projected is None or attributes <= self.projected

    def gives(self, attributes: frozenset[str] | None) -> bool:
        """Tell whether all of these attributes can be read; None means whatever an item has."""
        if self.readable is None:
            return True
        return attributes is not None and attributes <= self.readable


def reach_of(schema: EntitySchema, access: AccessKey) -> Reach:
    """Find out what can be read by a key.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Projections
    """
    keys, index = access.names, access.index
    if index is None or index.projection == "ALL":
        return Reach(keys, None, None)
    included = () if isinstance(index.projection, str) else index.projection
    primary = (part.name for part in schema.primary.parts)
    projected = keys.union(included, primary, filter(None, [schema.table.type_attribute]))
    fields = schema.codec.fields
    written = {fields[name].attribute for name in schema.fields_in_keys(access)}
    return Reach(keys, projected, projected | written)
