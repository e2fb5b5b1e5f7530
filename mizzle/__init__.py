"""Mizzle: a typed single-table ORM and query builder for Amazon DynamoDB.

Define entities as Pydantic models, build statements fluently, execute them on a boto3 client.
"""

from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import (
    ConditionFailedError,
    DefinitionError,
    EncodingError,
    FullScanError,
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
from mizzle.statements.delete import delete
from mizzle.statements.get import get
from mizzle.statements.insert import insert
from mizzle.statements.put import put
from mizzle.statements.select import select
from mizzle.statements.update import update

__all__ = [
    "Attr",
    "AttributePath",
    "Condition",
    "ConditionFailedError",
    "DefinitionError",
    "Document",
    "EncodingError",
    "Entity",
    "FullScanError",
    "Index",
    "IndexKey",
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
    "PrimaryKey",
    "RetryConfig",
    "ServiceError",
    "StatementError",
    "Table",
    "WriteOutcomeUnknownError",
    "attr",
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
