"""What the requests of the single writes share: conditions, and the existing item with a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mizzle.compiler import Expressions
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.model.binding import bind_condition
from mizzle.request import Request, to_json

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.model.schema import EntitySchema

__all__ = [
    "bind_all",
    "exists",
    "missing",
    "of_its_type",
    "put_request",
    "write_parts",
    "write_request",
]


def bind_all(schema: EntitySchema, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Bind several conditions."""
    return tuple([bind_condition(schema, condition) for condition in conditions])


def exists(schema: EntitySchema) -> Condition:
    """Hold if there is an item at the key."""
    return Condition("exists", (_attribute(schema, schema.table.partition_key.name),))


def missing(schema: EntitySchema) -> Condition:
    """Hold if there is no item at the key."""
    return Condition("missing", (_attribute(schema, schema.table.partition_key.name),))


def of_its_type(schema: EntitySchema) -> tuple[Condition, ...]:
    """Hold if the item is of the entity, bears no type, or is not there.

    No condition for a table without a type attribute.
    """
    if schema.table.type_attribute is None:
        return ()
    kind = _attribute(schema, schema.table.type_attribute)
    names: list[Value] = [Value({"S": name}) for name in schema.type_names()]
    same = Condition("=" if len(names) == 1 else "in", (kind, *names))
    return (Condition("or", (Condition("missing", (kind,)), same)),)


def write_parts(
    conditions: tuple[Condition, ...], expressions: Expressions | None = None
) -> dict[str, Any]:
    """Give what a write says of its conditions; a failed one brings the existing item along.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html

    Args:
        conditions: All of them must hold.
        expressions: Those that the request has besides, if it has any.
    """
    condition = all_of(conditions)
    if condition is None:
        return {} if expressions is None else expressions.placeholders()
    expressions = expressions or Expressions()
    return {
        "ConditionExpression": expressions.condition(condition),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **expressions.placeholders(),
    }


def write_request(
    operation: str, schema: EntitySchema, parts: Mapping[str, Any], config: MizzleConfig
) -> Request:
    """Put a write together."""
    table = config.table_name(schema.table.name)
    return Request(operation, {"TableName": table, **parts, **config.request_parameters})


def put_request(
    schema: EntitySchema, item: str, parts: Mapping[str, Any], config: MizzleConfig
) -> Request:
    """Put a PutItem together from an item's JSON."""
    table = config.table_name(schema.table.name)
    rest = to_json({"TableName": table, **parts, **config.request_parameters})
    return Request.written("PutItem", f'{{"Item":{item},{rest[1:]}', (table,))


def _attribute(schema: EntitySchema, name: str) -> AttributePath[Any]:
    return AttributePath(schema.cls, (name,))
