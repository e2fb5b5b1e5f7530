"""A single write as a transaction of one item, whose token makes sure that it is applied once.

See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from mizzle.classification import of_reason
from mizzle.errors import ReadBackError, ServiceError, TransactionCanceledError
from mizzle.flows.retry import as_service_error
from mizzle.request import Item, Request
from mizzle.statements.reading import send_read

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.model.schema import EntitySchema

__all__ = ["as_transaction", "cause_of", "new_token", "read_item", "read_result"]

_ACTIONS = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
_CAPACITY = "ReturnConsumedCapacity"
# What an action cannot say, or the transaction says for it.
_LEFT_OUT = {"ReturnValues", _CAPACITY}

_SHOWN_TOKEN = str(UUID(int=0))


def new_token() -> str:
    """Draw the token of one execution."""
    return str(uuid4())


def as_transaction(request: Request, token: str = _SHOWN_TOKEN) -> Request:
    """Write a single write as a transaction.

    Args:
        request: PutItem, UpdateItem or DeleteItem.
        token: What all attempts of one execution share; compiled requests show zeros.
    """
    body = request.body
    action = {name: part for name, part in body.items() if name not in _LEFT_OUT}
    transaction = {
        "TransactItems": [{_ACTIONS[request.operation]: action}],
        "ClientRequestToken": token,
    }
    if _CAPACITY in body:
        transaction[_CAPACITY] = body[_CAPACITY]
    return Request("TransactWriteItems", transaction)


def cause_of(error: ServiceError) -> ServiceError:
    """Give the error of the one action for which a transaction was cancelled; any other as it is."""
    if not isinstance(error, TransactionCanceledError) or len(error.reasons) != 1:
        return error
    reason = error.reasons[0]
    code = reason.get("Code", "")
    cause = error.turned_into(of_reason(code), f"{code}: {reason.get('Message') or error}")
    cause.code, cause.item = code, reason.get("Item")
    cause.__cause__ = error.__cause__
    return cause


def read_item(schema: EntitySchema, key: Item, config: MizzleConfig) -> Flow[Item | None]:
    """Read an item consistently; None if there is none."""
    table = config.table_name(schema.table.name)
    body = {"TableName": table, "Key": key, "ConsistentRead": True, **config.request_parameters}
    answer = yield from send_read(schema, Request("GetItem", body), config)
    found: Item | None = answer.data.get("Item") or None
    return found


def read_result(schema: EntitySchema, key: Item, config: MizzleConfig) -> Flow[Item]:
    """Read the item that has just been written.

    Raises:
        ReadBackError: If it cannot be read, or somebody has deleted it.
    """
    shown = schema.describe(key)
    try:
        found = yield from read_item(schema, key, config)
    except Exception as error:
        message = f"{shown}: the write was applied, but the item could not be read back: {error}"
        raise as_service_error(error).turned_into(ReadBackError, message) from error
    if found is not None and schema.owns(found):
        return found
    missing = ReadBackError(f"{shown}: the write was applied, but the item has been deleted since.")
    missing.entity, missing.key = schema.cls, key
    raise missing
