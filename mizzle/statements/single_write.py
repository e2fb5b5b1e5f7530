"""One execution of a statement that writes one item, to its settled or unknown end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mizzle.errors import (
    ConditionFailedError,
    ServiceError,
    WriteOutcomeUnknownError,
)
from mizzle.flows.outcomes import BY_CHECK, BY_ID, BY_TOKEN, SAME, Rule
from mizzle.flows.retry import exhausted, outcome_unknown, send
from mizzle.model.sizes import fitted
from mizzle.model.table import WRITE_ID
from mizzle.model.write_ids import Verdict, judge, mark
from mizzle.request import AttributeValue, Item, Request
from mizzle.statements.idempotent import as_transaction, cause_of, new_token, read_item, read_result
from mizzle.statements.locating import locate
from mizzle.statements.writing import put_request, write_parts

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.expressions.conditions import Condition
    from mizzle.flows.steps import Flow
    from mizzle.model.schema import EntitySchema
    from mizzle.statements.base import Statement

__all__ = ["SingleWrite", "put_write", "rule_for"]


@dataclass(slots=True, kw_only=True, eq=False)
class SingleWrite:
    """One execution of a statement that writes one item.

    Attributes:
        statement: The statement.
        schema: Its entity.
        key: The item's key attributes.
        request: The write, as PutItem, UpdateItem or DeleteItem.
        written: The attributes that are certainly in the item afterwards; None for all of a put.
        rule: What may be done after an attempt that left the outcome open.
        write_id: The id that the request carries, if it does.
        inserts: Whether it demands that no item is there.
    """

    statement: Statement[Any]
    schema: EntitySchema
    key: Item
    request: Request
    written: Item | None = None
    rule: Rule
    write_id: AttributeValue | None = None
    inserts: bool = False

    def compiled(self) -> Request:
        """Give the request as it is sent."""
        return as_transaction(self.request) if self.rule is BY_TOKEN else self.request

    def flow(self, config: MizzleConfig) -> Flow[Item | None]:
        """Write the item; its value is the item that the answer brings, if it brings one.

        Raises:
            ServiceError: As `send` does, with entity and key.
        """
        if self.rule is BY_TOKEN:
            return (yield from self._write_once(config))
        try:
            answer = yield from send(self.request, config, self.rule)
        except ServiceError as error:
            return self._settle(error, config)
        attributes: Item | None = answer.data.get("Attributes")
        return attributes

    def _write_once(self, config: MizzleConfig) -> Flow[Item | None]:
        """Write in a transaction of one item, whose token lets DynamoDB know a resend."""
        operation = self.request.operation
        found: Item | None = None
        if operation == "DeleteItem":
            # A transaction returns no values, and afterwards there is nothing to read.
            found = yield from read_item(self.schema, self.key, config)
        try:
            yield from send(as_transaction(self.request, new_token()), config, BY_TOKEN)
        except ServiceError as error:
            return self._settle(cause_of(error), config)
        if operation == "UpdateItem":
            found = yield from read_result(self.schema, self.key, config)
        return found

    def _settle(self, error: ServiceError, config: MizzleConfig) -> Item | None:
        """Give the item of a write that had succeeded after all; raise any other error."""
        cause = error.__cause__
        written = self.request.body["Item"] if self.written is None else self.written
        located = locate(error, self.schema, self.key, written)
        if isinstance(located, ConditionFailedError):
            verdict = self._verdict(located)
            if verdict is Verdict.APPLIED:
                return dict(located.stored or {})
            if verdict is Verdict.NOT_APPLIED:
                located = self._refused(located)
            else:
                located = self._unknown(located)
                config.tell(exhausted(self.request, located))
                cause = located.__cause__
        if isinstance(located, WriteOutcomeUnknownError):
            located.statement = self.statement
        raise located from cause

    def _verdict(self, error: ConditionFailedError) -> Verdict:
        """Tell what became of a write whose condition failed, perhaps because it was a resend."""
        if error.opening is None:
            return Verdict.NOT_APPLIED
        if self.rule is SAME:
            # It has no condition but that its item is there; of one that is gone nothing is left.
            return Verdict.NOT_APPLIED
        if self.rule is not BY_ID or self.write_id is None:
            return Verdict.UNKNOWN
        if error.stored is None:
            # An insert cannot fail for want of an item: this engine does not show it.
            return Verdict.UNKNOWN if self.inserts else Verdict.NOT_APPLIED
        return judge(self.write_id, dict(error.stored))

    def _refused(self, error: ConditionFailedError) -> ConditionFailedError:
        found = "the item that is there" if error.stored else "an item that is not there"
        message = (
            f"{self.schema.describe(self.key)}: {self.request.subject}: the condition does not hold "
            f"for {found}; nothing was changed."
        )
        return error.turned_into(type(error), message)

    def _unknown(self, error: ConditionFailedError) -> WriteOutcomeUnknownError:
        opening = error.opening or error
        error.args = (f"{self.request.subject}: the condition does not hold.",)
        what = f"{self.schema.describe(self.key)}: {self.request.operation}"
        unknown = outcome_unknown(error, opening, what)
        unknown.entity, unknown.key, unknown.stored = error.entity, error.key, error.stored
        return unknown


def rule_for(*, is_conditional: bool, has_id: bool, is_idempotent: bool) -> Rule:
    """Find the rule of a write that leaves the same item when it is repeated."""
    if is_idempotent:
        return BY_TOKEN
    if not is_conditional:
        return SAME
    return BY_ID if has_id else BY_CHECK


def put_write(
    statement: Any,
    schema: EntitySchema,
    conditions: tuple[Condition, ...],
    config: MizzleConfig,
    write_id: AttributeValue,
    *,
    is_idempotent: bool = False,
    inserts: bool = False,
) -> SingleWrite:
    """Make the write of a statement's entity.

    Args:
        statement: Has the entity.
        schema: The entity's.
        conditions: Bound conditions on the item that is there.
        config: The client's settings.
        write_id: What the item is marked with if the write is conditional.
        is_idempotent: Whether a token makes sure that it is applied once.
        inserts: Whether the conditions demand that no item is there.

    Raises:
        pydantic.ValidationError: If the entity does not validate.
        EncodingError: If a value cannot be stored.
        ItemSizeExceededError: If the item is over 409,600 bytes.
    """
    encoded = schema.encode(statement.entity)
    if conditions and schema.table.write_ids:
        encoded = encoded.marked(mark(encoded.marks, write_id, inserts=inserts))
    encoded = fitted(schema, encoded)
    is_marked = bool(conditions) and encoded.marks.get(WRITE_ID) is write_id
    rule = rule_for(is_conditional=bool(conditions), has_id=is_marked, is_idempotent=is_idempotent)
    return SingleWrite(
        statement=statement,
        schema=schema,
        key=encoded.key,
        request=put_request(schema, encoded.json, write_parts(conditions), config),
        rule=rule,
        write_id=write_id if is_marked else None,
        inserts=inserts,
    )
