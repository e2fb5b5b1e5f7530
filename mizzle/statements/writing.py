"""What the writes share: their conditions, and what a refusal means for the item."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mizzle.compiler import Expressions
from mizzle.errors import ConditionFailedError, ItemDecodeError, ServiceError
from mizzle.expressions.conditions import Condition, all_of
from mizzle.expressions.operands import AttributePath, Value
from mizzle.flows.retry import send
from mizzle.model.binding import bind_condition
from mizzle.model.sizes import check_size
from mizzle.request import Answer, Item, Request

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Call, Sleep
    from mizzle.model.schema import EntitySchema

__all__ = [
    "bind_all",
    "exists",
    "missing",
    "of_its_type",
    "put_request",
    "refused_as",
    "send_write",
    "write_request",
]


def bind_all(schema: EntitySchema, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Bind several conditions."""
    return tuple(bind_condition(schema, condition) for condition in conditions)


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
    table: str,
    body: Mapping[str, Any],
    conditions: tuple[Condition, ...],
    expressions: Expressions | None = None,
) -> Request:
    """Put a write together; a failed condition brings the existing item along.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
    """
    expressions = expressions or Expressions()
    condition = all_of(conditions)
    parts: dict[str, Any] = {"TableName": table, **body}
    if condition is not None:
        parts["ConditionExpression"] = expressions.condition(condition)
        parts["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return Request(operation, parts | expressions.placeholders())


def put_request(
    schema: EntitySchema, entity: Any, conditions: tuple[Condition, ...], config: MizzleConfig
) -> Request:
    """Put the PutItem request of an entity together, and refuse an item that is too large."""
    item = schema.encode(entity)
    table = config.table_name(schema.table.name)
    request = write_request("PutItem", table, {"Item": item}, conditions)
    check_size(schema, schema.primary_of(item), item, request)
    return request


def send_write(
    schema: EntitySchema, key: Item, request: Request, config: MizzleConfig, *, repeatable: bool
) -> Generator[Call | Sleep, Answer | None, Answer]:
    """Send a write; its errors say which entity and key they concern.

    Args:
        schema: The entity.
        key: The item's key attributes.
        request: The write.
        config: The client's settings.
        repeatable: Whether sending the request twice leaves the table as sending it once does.
    """
    try:
        return (yield from send(request, config.retry, repeatable=repeatable, writes=True))
    except ServiceError as error:
        raise locate(error, schema, key) from error.__cause__


def locate(error: ServiceError, schema: EntitySchema, key: Item) -> ServiceError:
    """Add entity and key to an error, and decode the item that it carries."""
    error.entity = schema.cls
    error.key = key
    error.args = (f"{schema.describe(key)}: {error}",)
    if isinstance(error, ConditionFailedError) and error.item is not None:
        error.stored = error.item
        error.item = _decoded(error, schema)
    return error


def refused_as(
    cls: type[ConditionFailedError], message: str, error: ConditionFailedError
) -> ConditionFailedError:
    """Say more precisely what a failed condition means."""
    found = cls(message, code=error.code, status=error.status, request_id=error.request_id)
    found.item, found.stored = error.item, error.stored
    found.entity, found.key, found.attempts = error.entity, error.key, error.attempts
    return found


def _decoded(error: ServiceError, schema: EntitySchema) -> Any:
    if not schema.owns(error.item):
        return None
    try:
        return schema.decode(error.item)
    except ItemDecodeError as problem:
        error.add_note(str(problem))
        return None


def _attribute(schema: EntitySchema, name: str) -> AttributePath[Any]:
    return AttributePath(schema.cls, (name,))
