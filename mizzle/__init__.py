"""Mizzle: a typed single-table ORM and query builder for Amazon DynamoDB.

Define entities as Pydantic models, build statements fluently, execute them on a boto3 client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig, RetryConfig
    from mizzle.errors import (
        BatchError,
        ConditionFailedError,
        DefinitionError,
        EncodingError,
        FullScanError,
        InvalidCursorError,
        ItemDecodeError,
        ItemExistsError,
        ItemNotFoundError,
        ItemSizeExceededError,
        MizzleError,
        MultipleResultsError,
        NoResultError,
        ServiceError,
        StatementError,
        WriteOutcomeUnknownError,
    )
    from mizzle.events import (
        AnswerEvent,
        BatchEvent,
        ExhaustedEvent,
        RequestEvent,
        RetryEvent,
    )
    from mizzle.executors.retry_handler import RetryHandler
    from mizzle.executors.sync import Mizzle
    from mizzle.expressions.conditions import Condition
    from mizzle.expressions.operands import AttributePath
    from mizzle.model.attributes import Attr, attr
    from mizzle.model.entity import Document, Entity
    from mizzle.model.key import Key, key
    from mizzle.model.keys import IndexKey, PrimaryKey
    from mizzle.model.sizes import calculate_item_size
    from mizzle.model.table import Index, KeyAttribute, Table
    from mizzle.model.uuids import uuid7
    from mizzle.statements.batch_get import batch_get
    from mizzle.statements.batch_result import BatchResult
    from mizzle.statements.batch_write import batch_write
    from mizzle.statements.delete import delete
    from mizzle.statements.get import get
    from mizzle.statements.insert import insert
    from mizzle.statements.put import put
    from mizzle.statements.select import select
    from mizzle.statements.select_results import Page
    from mizzle.statements.update import update

__all__ = [
    "AnswerEvent",
    "Attr",
    "AttributePath",
    "BatchError",
    "BatchEvent",
    "BatchResult",
    "Condition",
    "ConditionFailedError",
    "DefinitionError",
    "Document",
    "EncodingError",
    "Entity",
    "ExhaustedEvent",
    "FullScanError",
    "Index",
    "IndexKey",
    "InvalidCursorError",
    "ItemDecodeError",
    "ItemExistsError",
    "ItemNotFoundError",
    "ItemSizeExceededError",
    "Key",
    "KeyAttribute",
    "Mizzle",
    "MizzleConfig",
    "MizzleError",
    "MultipleResultsError",
    "NoResultError",
    "Page",
    "PrimaryKey",
    "RequestEvent",
    "RetryConfig",
    "RetryEvent",
    "RetryHandler",
    "ServiceError",
    "StatementError",
    "Table",
    "WriteOutcomeUnknownError",
    "attr",
    "batch_get",
    "batch_write",
    "calculate_item_size",
    "delete",
    "get",
    "insert",
    "key",
    "put",
    "select",
    "update",
    "uuid7",
]

# A name is imported when it is first used, as Pydantic does it: `import mizzle` alone costs nothing.
_ROOMS = {
    "mizzle.config": ("MizzleConfig", "RetryConfig"),
    "mizzle.errors": (
        "BatchError",
        "ConditionFailedError",
        "DefinitionError",
        "EncodingError",
        "FullScanError",
        "InvalidCursorError",
        "ItemDecodeError",
        "ItemExistsError",
        "ItemNotFoundError",
        "ItemSizeExceededError",
        "MizzleError",
        "MultipleResultsError",
        "NoResultError",
        "ServiceError",
        "StatementError",
        "WriteOutcomeUnknownError",
    ),
    "mizzle.events": (
        "AnswerEvent",
        "BatchEvent",
        "ExhaustedEvent",
        "RequestEvent",
        "RetryEvent",
    ),
    "mizzle.executors.retry_handler": ("RetryHandler",),
    "mizzle.executors.sync": ("Mizzle",),
    "mizzle.expressions.conditions": ("Condition",),
    "mizzle.expressions.operands": ("AttributePath",),
    "mizzle.model.attributes": ("Attr", "attr"),
    "mizzle.model.entity": ("Document", "Entity"),
    "mizzle.model.key": ("Key", "key"),
    "mizzle.model.keys": ("IndexKey", "PrimaryKey"),
    "mizzle.model.sizes": ("calculate_item_size",),
    "mizzle.model.table": ("Index", "KeyAttribute", "Table"),
    "mizzle.model.uuids": ("uuid7",),
    "mizzle.statements.batch_get": ("batch_get",),
    "mizzle.statements.batch_result": ("BatchResult",),
    "mizzle.statements.batch_write": ("batch_write",),
    "mizzle.statements.delete": ("delete",),
    "mizzle.statements.get": ("get",),
    "mizzle.statements.insert": ("insert",),
    "mizzle.statements.put": ("put",),
    "mizzle.statements.select": ("select",),
    "mizzle.statements.select_results": ("Page",),
    "mizzle.statements.update": ("update",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        message = f"module 'mizzle' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415  # not before a name is asked for

    found = globals()[name] = getattr(import_module(room), name)
    return found


def __dir__() -> list[str]:
    return __all__
