"""The tree of what can go wrong, by whose turn it is to act.

`DefinitionError`: the model is wrong. `StatementError`: the statement is wrong, and nothing has been
sent. `ServiceError`: DynamoDB (or the way to it) said no. Errors carry data as attributes; values that
may be secret appear only there, never in messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

__all__ = [
    "AccessDeniedError",
    "BatchError",
    "ConditionFailedError",
    "ConfigurationError",
    "ConnectionFailedError",
    "DamagedAnswerError",
    "DeadlineExceededError",
    "DefinitionError",
    "EncodingError",
    "FullScanError",
    "InternalServiceError",
    "InvalidCursorError",
    "InvalidRequestError",
    "ItemCollectionTooLargeError",
    "ItemDecodeError",
    "ItemExistsError",
    "ItemNotFoundError",
    "ItemSizeExceededError",
    "MissingParentError",
    "MizzleError",
    "MultipleResultsError",
    "NoResultError",
    "ReadBackError",
    "ResultError",
    "ServiceError",
    "StatementError",
    "TableExistsError",
    "TableNotFoundError",
    "ThrottledError",
    "TransactionCanceledError",
    "TransactionConflictError",
    "UnprocessedError",
    "WriteOutcomeUnknownError",
]


S = TypeVar("S", bound="ServiceError")


class MizzleError(Exception):
    """The root of every error that Mizzle raises.

    Example:
        ```python
        from mizzle import MizzleError, get

        try:
            db.execute(get(User, id=ADA))
        except MizzleError as error:
            print(f"the user cannot be read: {error}")
        ```
    """

    retryable: bool = False
    """Whether the same statement may succeed later."""

    outcome_open: bool = False
    """Whether a write may have been applied although it is reported as failed."""

    _explain: Callable[[], str] | str | None = None

    @property
    def explanation(self) -> str | None:
        """What the statement would send and why, as its `explain()` tells; None without a statement.

        Unlike the message it shows values, which may be secret.
        """
        if callable(self._explain):
            self._explain = self._explain()
        return self._explain

    def explained_by(self, explain: Callable[[], str]) -> None:
        """Say what explains the statement; the first to say so knows best."""
        if self._explain is None:
            self._explain = explain

    def clone(self) -> Self:
        """Make an error of its own that says the same, with the same cause."""
        found: Self = _rebuild(type(self), self.args, vars(self))
        found.__cause__ = self.__cause__
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        # Some errors need keywords when they are made, of which Python's own way knows nothing.
        # What explains an error is not sent along, but what it says is.
        explained = {} if self.explanation is None else {"_explain": self.explanation}
        return _rebuild, (type(self), self.args, vars(self) | explained)


def _rebuild(cls: Any, args: tuple[Any, ...], data: Mapping[str, Any]) -> Any:
    error = cls.__new__(cls, *args)
    error.__dict__.update(_own(data))
    return error


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the data of an error; its notes are a list that grows."""
    notes = data.get("__notes__")
    return dict(data) if notes is None else {**data, "__notes__": list(notes)}


class DefinitionError(MizzleError):
    """An entity, a document, a table or a key template is declared wrongly.

    Example:
        ```python
        from mizzle import DefinitionError, PrimaryKey

        try:
            PrimaryKey("USER#{id", "PROFILE")
        except DefinitionError as error:
            print(error)
        ```
    """


class StatementError(MizzleError):
    """A statement cannot be turned into a request; nothing has been sent.

    Example:
        ```python
        from mizzle import StatementError, get

        try:
            get(User, idd=ADA)
        except StatementError as error:
            print(error)
        ```
    """


class FullScanError(StatementError):
    """No key serves the conditions of a select, and `.scan()` was not called.

    Attributes:
        fields: The fields that would make it a query, one tuple per key that could serve.

    Example:
        ```python
        from mizzle import FullScanError, select

        try:
            db.execute(select(User).where(User.name == "Ada"))
        except FullScanError as error:
            print(error.fields)
        ```
    """

    def __init__(self, message: str, *, fields: Sequence[tuple[str, ...]] = ()) -> None:
        super().__init__(message)
        self.fields = tuple(fields)


class InvalidCursorError(StatementError):
    """A cursor is none, was changed on its way, or belongs to another statement.

    In a web service this is the caller's mistake: answer with 400.

    Example:
        ```python
        from mizzle import InvalidCursorError, select

        try:
            db.execute(select(User).scan().page(20, after="tampered"))
        except InvalidCursorError as error:
            print(error)
        ```
    """


class EncodingError(StatementError):
    """A value cannot be stored in DynamoDB, or would not be read back as it is.

    Example:
        ```python
        from decimal import Decimal

        from mizzle import EncodingError, put

        try:
            put(order(total=Decimal("1E200"))).compile()
        except EncodingError as error:
            print(error)
        ```
    """


class ItemSizeExceededError(StatementError):
    """An item is larger than DynamoDB's limit of 409,600 bytes; nothing has been sent.

    If an item's copies in local indexes take it over the limit, only DynamoDB can tell: it refuses
    the write, with this same error.

    Attributes:
        entity: The entity's class, or None for a bare item.
        key: The item's key attributes.
        size_bytes: The size of the item.
        limit_bytes: The limit.
        largest: The largest attributes, as (name, bytes), largest first.

    Example:
        ```python
        from mizzle import ItemSizeExceededError, insert

        try:
            db.execute(insert(ada(name="x" * 500_000)))
        except ItemSizeExceededError as error:
            print(error.size_bytes, error.largest)
        ```
    """

    def __init__(
        self,
        message: str,
        *,
        entity: type | None,
        key: Mapping[str, Any],
        size_bytes: int,
        limit_bytes: int,
        largest: Sequence[tuple[str, int]],
    ) -> None:
        super().__init__(message)
        self.entity = entity
        self.key = key
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes
        self.largest = tuple(largest)


class ConfigurationError(MizzleError):
    """The client cannot be used as it is set up: no region, no credentials, no such profile."""


class ResultError(MizzleError):
    """The answer is not what the statement promised its caller."""


class NoResultError(ResultError):
    """`.one()` found nothing.

    Example:
        ```python
        from mizzle import NoResultError, select

        try:
            db.execute(select(User).where(User.email == "nobody@example.com").one())
        except NoResultError as error:
            print(error)
        ```
    """


class MultipleResultsError(ResultError):
    """`.one()` found more than one item.

    Example:
        ```python
        from mizzle import MultipleResultsError, put, select

        for user_id in (ADA, ONE):
            db.execute(put(ada(id=user_id)))
        try:
            db.execute(select(User).where(User.email == "ada@example.com").one())
        except MultipleResultsError as error:
            print(error)
        ```
    """


class ItemDecodeError(ResultError):
    """A stored item does not validate as its entity.

    Attributes:
        entity: The entity that the item claims to be.
        key: The item's key attributes, as wire attribute values.
        item: The stored item, as wire attribute values.
        others: The other items of the answer, decoded (for a select that returns a list or a page).
        cursor: Where to go on behind the page that the item is in; None if it is in no page, or
            nothing follows.

    Example:
        ```python
        from mizzle import ItemDecodeError, select

        try:
            users = db.execute(select(User).scan())
        except ItemDecodeError as error:
            print(error.key)
            users = list(error.others)
        ```
    """

    def __init__(
        self,
        message: str,
        *,
        entity: type,
        key: Mapping[str, Any],
        item: Mapping[str, Any],
        others: Sequence[Any] = (),
    ) -> None:
        super().__init__(message)
        self.entity = entity
        self.key = key
        self.item = item
        self.others = tuple(others)
        self.cursor: str | None = None


class ServiceError(MizzleError):
    """DynamoDB refused a request, or no answer came.

    Attributes:
        code: The service's error code, or the name of the failure on the way.
        status: The HTTP status, or None if there was no answer.
        request_id: The id that AWS support asks for, or None.
        item: The stored item that the answer carried, as wire attribute values, or None.
        reasons: Cancellation or throttling reasons as the service sent them.
        entity: The entity's class, where the statement has one.
        key: The item's key attributes, where the statement has one.
        attempts: How many requests were sent.
        elapsed_seconds: How long the statement had been running when it failed.

    Example:
        ```python
        from mizzle import ServiceError, get

        try:
            db.execute(get(User, id=ADA))
        except ServiceError as error:
            print(error.code, error.status, error.request_id)
        ```
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int | None = None,
        request_id: str | None = None,
        item: Mapping[str, Any] | None = None,
        reasons: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.item: Any = item
        self.reasons = tuple(reasons)
        self.entity: type | None = None
        self.key: Mapping[str, Any] | None = None
        self.attempts = 1
        self.elapsed_seconds = 0.0

    def turned_into(self, cls: type[S], message: str) -> S:
        """Make another error of what is known of this one."""
        found: S = cls(message)
        known = _own(vars(self))
        known.pop("outcome_open", None)
        vars(found).update(known)
        return found


class ConditionFailedError(ServiceError):
    """The condition of a write did not hold; nothing was changed.

    Attributes:
        item: The existing item, decoded; None if there is none, or none of this entity.
        stored: The existing item, as wire attribute values; None if there is none.
        opening: What an earlier attempt failed with, if it may have been applied: then it is not
            excluded that its request is still on its way.

    Example:
        ```python
        from mizzle import ConditionFailedError, put

        try:
            db.execute(put(ada()).where(User.logins < 5))
        except ConditionFailedError as error:
            print(error.item)
        ```
    """

    stored: Mapping[str, Any] | None = None
    opening: ServiceError | None = None


class ItemExistsError(ConditionFailedError):
    """`insert` found an item at its key; nothing was changed.

    Example:
        ```python
        from mizzle import ItemExistsError, insert

        db.execute(insert(ada()))
        try:
            db.execute(insert(ada(name="Other")))
        except ItemExistsError as error:
            print(error.item.name)
        ```
    """


class ItemNotFoundError(ConditionFailedError):
    """`update` found no item of its entity at its key; nothing was created.

    Example:
        ```python
        from mizzle import ItemNotFoundError, update

        try:
            db.execute(update(User, id=ADA).add(User.logins, 1))
        except ItemNotFoundError as error:
            print(error.key)
        ```
    """


class MissingParentError(ConditionFailedError):
    """`update` names a path inside an attribute that the item does not have; nothing was changed."""


class InvalidRequestError(ServiceError):
    """DynamoDB refused the request itself (`ValidationException`)."""


class AccessDeniedError(ServiceError):
    """The credentials are refused, expired, or not allowed to do this."""


class TableNotFoundError(ServiceError):
    """The table or index does not exist (`ResourceNotFoundException`)."""


class TableExistsError(ServiceError):
    """The table exists already, or is being changed (`ResourceInUseException`)."""


class ItemCollectionTooLargeError(ServiceError):
    """An item collection with a local index has reached 10 GB."""


class ThrottledError(ServiceError):
    """The table, the partition or the account is over its throughput; the request was not applied."""

    retryable = True


class UnprocessedError(ThrottledError):
    """DynamoDB held this part of a batch back in every round; it was not applied."""


class TransactionConflictError(ServiceError):
    """Another transaction holds the item; the request was not applied."""

    retryable = True


class TransactionCanceledError(ServiceError):
    """A transaction was refused for one of its actions; nothing was changed.

    `reasons` has one entry per action, in order.
    """


class InternalServiceError(ServiceError):
    """DynamoDB failed inside (500, 502, 503, 504); a write may have been applied."""

    retryable = True
    outcome_open = True


class ConnectionFailedError(ServiceError):
    """No answer came: the endpoint was not reached, or the connection broke.

    `outcome_open` says whether the request may have arrived.
    """

    retryable = True

    def __init__(self, message: str, *, outcome_open: bool = False, **details: Any) -> None:
        super().__init__(message, **details)
        self.outcome_open = outcome_open


class DamagedAnswerError(ServiceError):
    """The body of an answer does not match its checksum; a write may have been applied."""

    retryable = True
    outcome_open = True


class ReadBackError(ServiceError):
    """A write was applied, but its result could not be read afterwards; do not write it again."""


class WriteOutcomeUnknownError(ServiceError):
    """A write may or may not have been applied, and sending it again could apply it twice.

    Read the item to find out; `__cause__` is what happened on the way. `.idempotent()` on the
    statement avoids this error.

    Attributes:
        statement: The statement whose outcome is unknown.
        item: The stored item, decoded, if an attempt brought it along; else None.
        stored: The same, as wire attribute values.

    Example:
        ```python
        from mizzle import WriteOutcomeUnknownError, get, insert, update

        db.execute(insert(ada()))
        try:
            db.execute(update(User, id=ADA).add(User.logins, 1))
        except WriteOutcomeUnknownError as error:
            print(error, db.execute(get(User, id=ADA).consistent()))
        ```
    """

    outcome_open = True
    statement: Any = None
    stored: Mapping[str, Any] | None = None


class DeadlineExceededError(ServiceError):
    """A statement's deadline passed before a request, or a part of a batch, was sent."""

    retryable = True


class BatchError(ExceptionGroup[MizzleError], MizzleError):
    """Parts of a batch failed; what succeeded stays so.

    `exceptions` has one error per failed part, which says which item it concerns.

    Attributes:
        result: The whole `BatchResult`.

    Example:
        ```python
        from mizzle import BatchError, batch_write, put

        result = db.execute(batch_write([put(ada())]))
        try:
            result.raise_for_failed()
        except BatchError as error:
            for part in error.exceptions:
                print(part)
        ```
    """

    result: Any = None

    def derive(self, excs: Sequence[Any], /) -> BatchError:  # type: ignore[override]  # the overloads of the base are for groups of other kinds
        """Make a group of some of the errors, as `split` and `except*` do."""
        part = BatchError(self.message, excs)
        part.result = self.result
        return part
