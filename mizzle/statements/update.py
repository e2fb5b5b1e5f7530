"""`update`: change attributes of an item that exists."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from mizzle.errors import (
    ConditionFailedError,
    ItemNotFoundError,
    MissingParentError,
    StatementError,
)
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import AttributePath, IfMissing, Operand, Value, as_operand
from mizzle.expressions.updates import Action
from mizzle.flows.outcomes import BY_TOKEN, NEVER
from mizzle.limits import MAX_ITEM_BYTES
from mizzle.model.entity import Entity
from mizzle.model.key import Key
from mizzle.model.schema import schema_of
from mizzle.model.sizes import has_to_be_bare
from mizzle.model.table import EARLIER_WRITE_ID, WRITE_ID
from mizzle.model.write_ids import NO_ID, new_write_id
from mizzle.request import AttributeValue, Item, Request
from mizzle.statements.base import DEFAULT_CONFIG, Write, as_conditions
from mizzle.statements.changes import Changes
from mizzle.statements.get import as_key
from mizzle.statements.single_write import SingleWrite, rule_for
from mizzle.statements.update_texts import plain_update, update_parts
from mizzle.statements.writing import bind_all, exists, missing, of_its_type, write_request

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow

__all__ = ["Update", "update"]

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", covariant=True)
V = TypeVar("V")
N = TypeVar("N", int, float, Decimal)

# `Update.set` would shadow the type in every annotation of its class.
_set = set


class Update(Write[E_co]):
    """Changes attributes of one item.

    Attributes:
        cls: The entity's class.
        key: The item's key attributes.
        actions: What it does, in order.
        conditions: All of them must hold.
        creates: Whether a missing item is created.
        is_idempotent: Whether a token makes sure that it is applied once.
    """

    name = "update"
    why_not_in_batch = "DynamoDB's batches know no updates. Execute it by itself"

    cls: type[Any]
    key: Item
    key_values: Mapping[str, Any]
    memory: Mapping[str, Any]
    actions: tuple[Action, ...]
    conditions: tuple[Condition, ...]
    known: Mapping[str, Any]
    creates: bool
    is_idempotent: bool

    def __init__(
        self, cls: type[Any], key: Item, key_values: Mapping[str, Any], memory: Mapping[str, Any]
    ) -> None:
        self._set(
            cls=cls,
            key=key,
            key_values=key_values,
            memory=memory,
            actions=(),
            conditions=(),
            known={},
            creates=False,
            is_idempotent=False,
        )

    @overload
    def set(self, path: AttributePath[V], value: V | Operand[V], /) -> Self: ...
    @overload
    def set(self, path: AttributePath[Decimal], value: int, /) -> Self: ...
    @overload
    def set(self, path: AttributePath[Decimal | None], value: int, /) -> Self: ...
    def set(self, path: AttributePath[Any], value: Any, /) -> Self:
        """Give an attribute a value: a constant, another attribute, or a sum of two."""
        return self._act("set", path, as_operand(value))

    def set_if_missing(self, path: AttributePath[V], value: V, /) -> Self:
        """Give an attribute a value if the item does not have it."""
        return self._act("set_if_missing", path, Value(value))

    @overload
    def add(self, path: AttributePath[N], number: N, /) -> Self: ...
    @overload
    def add(self, path: AttributePath[N | None], number: N, /) -> Self: ...
    @overload
    def add(self, path: AttributePath[Decimal], number: int, /) -> Self: ...
    @overload
    def add(self, path: AttributePath[Decimal | None], number: int, /) -> Self: ...
    @overload
    def add(self, path: AttributePath[_set[V]], members: AbstractSet[V], /) -> Self: ...
    @overload
    def add(self, path: AttributePath[_set[V] | None], members: AbstractSet[V], /) -> Self: ...
    @overload
    def add(self, path: AttributePath[frozenset[V]], members: AbstractSet[V], /) -> Self: ...
    @overload
    def add(self, path: AttributePath[frozenset[V] | None], members: AbstractSet[V], /) -> Self: ...
    def add(self, path: AttributePath[Any], value: Any, /) -> Self:
        """Add to a number, or members to a set; an absent attribute counts as 0 or empty."""
        return self._act("add", path, Value(value))

    @overload
    def append(
        self, path: AttributePath[list[V]], elements: list[V] | tuple[V, ...] | Operand[list[V]], /
    ) -> Self: ...
    @overload
    def append(
        self,
        path: AttributePath[list[V] | None],
        elements: list[V] | tuple[V, ...] | Operand[list[V]],
        /,
    ) -> Self: ...
    def append(self, path: AttributePath[Any], elements: Any, /) -> Self:
        """Add elements to the end of a list; an absent list counts as empty."""
        return self._act("append", path, as_operand(elements))

    @overload
    def prepend(
        self, path: AttributePath[list[V]], elements: list[V] | tuple[V, ...] | Operand[list[V]], /
    ) -> Self: ...
    @overload
    def prepend(
        self,
        path: AttributePath[list[V] | None],
        elements: list[V] | tuple[V, ...] | Operand[list[V]],
        /,
    ) -> Self: ...
    def prepend(self, path: AttributePath[Any], elements: Any, /) -> Self:
        """Add elements to the front of a list; an absent list counts as empty."""
        return self._act("prepend", path, as_operand(elements))

    @overload
    def discard(self, path: AttributePath[_set[V]], members: AbstractSet[V], /) -> Self: ...
    @overload
    def discard(self, path: AttributePath[_set[V] | None], members: AbstractSet[V], /) -> Self: ...
    @overload
    def discard(self, path: AttributePath[frozenset[V]], members: AbstractSet[V], /) -> Self: ...
    @overload
    def discard(
        self, path: AttributePath[frozenset[V] | None], members: AbstractSet[V], /
    ) -> Self: ...
    def discard(self, path: AttributePath[Any], members: Any, /) -> Self:
        """Take members out of a set; those that are not in it do not matter."""
        return self._act("discard", path, Value(members))

    def remove(self, path: AttributePath[Any], /) -> Self:
        """Remove an attribute, a list element or a map entry; required fields are refused."""
        return self._act("remove", path, None)

    def where(self, *conditions: Condition) -> Self:
        """Change the item only if it satisfies all conditions."""
        return self._with(conditions=self.conditions + as_conditions("update", conditions))

    def given(self, path: AttributePath[V], value: V, /) -> Self:
        """Supply the current value of a field that an index key is made of, as a condition.

        If the item holds another value, nothing is changed and `ConditionFailedError` is raised.
        """
        if len(path.steps) != 1:
            message = f"given() takes a field of {self.cls.__name__}"
            raise StatementError(message)
        return self._with(known={**self.known, str(path.steps[0]): value})

    def or_create(self) -> Self:
        """Create the item if there is none; every required field has to be set.

        Defaults fill the fields that are not set; `.where` then applies only to an item that exists.
        """
        return self._with(creates=True)

    def idempotent(self) -> Self:
        """Apply the write once, whatever happens on the way; costs twice the write units.

        The result is then what a consistent read finds afterwards.
        """
        return self._with(is_idempotent=True)

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request:
        """Give the UpdateItem request, or the TransactWriteItems request if it is idempotent.

        The write id or token, which each execution draws anew, is shown as zeros.

        Raises:
            StatementError: If an action or a condition does not suit the entity, or a part of an
                index key that has to be rewritten is not known.
            pydantic.ValidationError: If a value does not validate.
            ItemSizeExceededError: If what it writes alone is over 409,600 bytes.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
        """
        return self._write(self._changes(), config, NO_ID).compiled()

    def flow(self, config: MizzleConfig) -> Flow[E_co]:
        """Change the item; its value is the item as it is then."""
        schema = schema_of(self.cls)
        changes = self._changes()
        # Without a condition nobody asks for an id.
        is_conditional = self.conditions or changes.conditions
        write_id = new_write_id("update") if is_conditional else NO_ID
        write = self._write(changes, config, write_id)
        try:
            item = yield from write.flow(config)
        except ConditionFailedError as error:
            raise self._explained(error, changes) from error.__cause__
        found: Any = schema.decode(item or {})
        return found  # type: ignore[no-any-return]  # `update` binds E_co to the class

    def _write(
        self, changes: Changes, config: MizzleConfig, write_id: AttributeValue
    ) -> SingleWrite:
        schema = schema_of(self.cls)
        is_conditional = bool(self.conditions or changes.conditions)
        marks = self._marks(write_id) if is_conditional and schema.table.write_ids else ()
        request = self._request(changes, marks, config)
        written = self.key | changes.written()
        marked = written | {WRITE_ID: write_id, EARLIER_WRITE_ID: NO_ID} if marks else written
        # The JSON of what is written is always longer than that, so its length is a free pre-filter.
        is_long = len(request.to_json()) > MAX_ITEM_BYTES
        if is_long and has_to_be_bare(schema, self.key, marked):
            marks = ()
            request = self._request(changes, marks, config)
        rule = rule_for(
            is_conditional=is_conditional, has_id=bool(marks), is_idempotent=self.is_idempotent
        )
        if rule is not BY_TOKEN and not all(map(_leaves_the_same, self.actions)):
            rule = NEVER
        return SingleWrite(
            statement=self,
            schema=schema,
            key=self.key,
            request=request,
            written=written,
            rule=rule,
            write_id=write_id if marks else None,
        )

    def _request(
        self, changes: Changes, marks: tuple[Action, ...], config: MizzleConfig
    ) -> Request:
        schema = schema_of(self.cls)
        actions = [*changes.actions, *marks]
        parts = (
            update_parts(actions, self._all_conditions(changes))
            if self.conditions or changes.conditions or self.creates
            else plain_update(schema, actions)
        )
        return write_request("UpdateItem", schema, {"Key": self.key, **parts}, config)

    def _marks(self, write_id: AttributeValue) -> tuple[Action, ...]:
        own = AttributePath[Any](self.cls, (WRITE_ID,))
        earlier = AttributePath[Any](self.cls, (EARLIER_WRITE_ID,))
        # The right-hand sides are those of the item as it was.
        kept = Action("set", earlier, IfMissing(own, Value(NO_ID)))
        return (kept, Action("set", own, Value(write_id)))

    def _act(self, verb: str, path: AttributePath[Any], operand: Operand[Any] | None) -> Self:
        return self._with(actions=(*self.actions, Action(verb, path, operand)))

    def _changes(self) -> Changes:
        schema = schema_of(self.cls)
        if not self.actions:
            message = (
                f"an update of {self.cls.__name__} needs at least one operation, such as .set()"
            )
            raise StatementError(message)
        changes = Changes(
            schema,
            key_values=self.key_values,
            memory=self.memory,
            given=self.known,
            creates=self.creates,
        )
        changes.apply(self.actions)
        return changes

    def _all_conditions(self, changes: Changes) -> tuple[Condition, ...]:
        schema = schema_of(self.cls)
        asked = (*changes.conditions, *bind_all(schema, self.conditions))
        there = (*of_its_type(schema), *asked)
        if not self.creates:
            return (exists(schema), *there)
        # Of an item that is not there nothing is asked; its missing type is no objection either.
        if not asked:
            return there
        return (Condition("or", (missing(schema), Condition("and", there))),)

    def _explained(self, error: ConditionFailedError, changes: Changes) -> ConditionFailedError:
        schema = schema_of(self.cls)
        shown = schema.describe(self.key)
        if error.stored is None or not schema.owns(dict(error.stored)):
            held = " (an item of another entity is at this key)" if error.stored else ""
            message = f"{shown}: there is no such item{held}; nothing was changed."
            return error.turned_into(ItemNotFoundError, message)
        for name, path in changes.parents.items():
            if not _reaches(dict(error.stored), path.steps):
                message = f"{shown}: the item has no {name} to write into; nothing was changed."
                return error.turned_into(MissingParentError, message)
        return error


@overload
def update(entity: type[E], /, **key_fields: Any) -> Update[E]: ...
@overload
def update(target: E | Key[E], /) -> Update[E]: ...
def update(target: Any, /, **key_fields: Any) -> Update[Any]:
    """Change attributes of an item: `update(user)`, `update(User, id="u1")`, `update(key)`.

    Executed, it gives the updated entity. If there is no item it raises `ItemNotFoundError` and
    creates nothing, unless `.or_create()` says so. Given an entity, it takes the parts of index
    keys that it needs from memory, and makes them conditions.

    Example:
        ```python
        from mizzle import Attr, Entity, Mizzle, PrimaryKey, Table, attr, insert, update

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            logins: Attr[int] = attr(default=0)
            primary = PrimaryKey("USER#{id}", "PROFILE")


        with Mizzle.local() as db:
            db.create_table(app)
            db.execute(insert(User(id="u1")))
            user = db.execute(update(User, id="u1").add(User.logins, 1).where(User.logins < 5))
            assert user.logins == 1
        ```
    """
    if isinstance(target, Entity) and not key_fields:
        schema = schema_of(type(target))
        values = dict(target.__dict__)
        known = {name: values.pop(name) for name in schema.primary.fields}
        return Update(type(target), schema.key_of(target), known, values)
    found = as_key("update", target, key_fields)
    return Update(found.entity, found.attributes, found.values, {})


def _leaves_the_same(action: Action) -> bool:
    # A position beyond the end of a list appends, and removing an element moves those behind it.
    steps = action.path.steps
    if len(steps) > 1 and any(isinstance(step, int) for step in steps):
        return False
    if action.verb == "set":
        return isinstance(action.operand, Value)
    if action.verb == "add":
        return isinstance(action.operand, Value) and isinstance(
            action.operand.value, _set | frozenset
        )
    return action.verb in {"set_if_missing", "discard", "remove"}


def _reaches(item: Mapping[str, Any], steps: tuple[str | int, ...]) -> bool:
    """Tell whether a path leads to something in an item."""
    value: Any = {"M": item}
    for step in steps:
        members = value.get("L" if isinstance(step, int) else "M")
        if members is None:
            return False
        if isinstance(step, int):
            if step >= len(members):
                return False
        elif step not in members:
            return False
        value = members[step]
    return True
