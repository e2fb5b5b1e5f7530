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

__all__ = ["bind_all", "exists", "missing", "of_its_type", "put_request", "write_request"]


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


def write_request(
    operation: str,
    schema: EntitySchema,
    body: Mapping[str, Any],
    conditions: tuple[Condition, ...],
    config: MizzleConfig,
    *,
    expressions: Expressions | None = None,
) -> Request:
    """Put a write together; a failed condition brings the existing item along.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
    """
    table = config.table_name(schema.table.name)
    return Request(operation, {**body, **_around(table, conditions, config, expressions)})


def put_request(
    schema: EntitySchema, item: str, conditions: tuple[Condition, ...], config: MizzleConfig
) -> Request:
    """Put a PutItem together from an item's JSON."""
    table = config.table_name(schema.table.name)
    rest = to_json(_around(table, conditions, config))
    return Request.written("PutItem", f'{{"Item":{item},{rest[1:]}', (table,))


def _around(
    table: str,
    conditions: tuple[Condition, ...],
    config: MizzleConfig,
    expressions: Expressions | None = None,
) -> dict[str, Any]:
    """Give what a write says besides what it writes."""
    parts: dict[str, Any] = {"TableName": table, **config.request_parameters}
    condition = all_of(conditions)
    if condition is None and expressions is None:
        return parts
    expressions = expressions or Expressions()
    if condition is not None:
        parts["ConditionExpression"] = expressions.condition(condition)
        parts["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return parts | expressions.placeholders()


def _attribute(schema: EntitySchema, name: str) -> AttributePath[Any]:
    return AttributePath(schema.cls, (name,))
