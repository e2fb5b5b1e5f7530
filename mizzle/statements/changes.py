"""What an update does to an item, bound: actions, the conditions they need, and index keys.

Index keys never go stale (promise K4): whoever writes a field that an index key is made of rewrites
that key in the same request, or is refused because a part of it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from mizzle.errors import EncodingError, StatementError
from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import Arithmetic, AttributePath, Operand, Value
from mizzle.expressions.updates import Action
from mizzle.model.binding import BoundPath, bind_condition, bind_path, bind_value

if TYPE_CHECKING:
    from mizzle.model.keys import AccessKey, KeyPart
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Item

__all__ = ["Changes"]

_ASSIGNMENTS = frozenset({"set", "set_if_missing"})
_SETS = frozenset({"SS", "NS", "BS"})


class _Unknown:
    """The value of a field that only the service will know."""


_UNKNOWN = _Unknown()


class Changes:
    """The bound parts of an update.

    Attributes:
        actions: Bound actions, those for index keys included.
        conditions: Bound conditions that hold where the update makes sense: current values that an
            index key was computed from, and parents of nested paths.
        parents: The bound paths of the attributes that nested paths lead through, by the path as
            the user wrote it.
    """

    def __init__(
        self,
        schema: EntitySchema,
        *,
        key_values: Mapping[str, Any],
        memory: Mapping[str, Any],
        given: Mapping[str, Any],
        creates: bool,
    ) -> None:
        self.schema = schema
        self.actions: list[Action] = []
        self.conditions: list[Condition] = []
        self.parents: dict[str, AttributePath[Any]] = {}
        self._key_values = key_values
        self._memory = memory
        self._given = given
        self._creates = creates
        self._changed: dict[str, Any] = {}
        self._defaults: dict[str, Any] = {}
        self._steps: list[tuple[str | int, ...]] = []
        for name, value in given.items():
            self._expect(name, value)

    def apply(self, actions: tuple[Action, ...]) -> None:
        """Bind the user's actions, then what follows from them.

        Raises:
            StatementError: If an action does not suit the model.
            pydantic.ValidationError: If a value does not validate.
        """
        for action in actions:
            self._apply(action)
        if self._creates:
            self._create()
        for access in self.schema.indexes.values():
            self._rewrite(access)

    def written(self) -> Item:
        """Give the attributes that are certainly in the item afterwards."""
        return {
            str(action.path.steps[0]): action.operand.value
            for action in self.actions
            if action.verb == "set"
            and len(action.path.steps) == 1
            and isinstance(action.operand, Value)
        }

    def _apply(self, action: Action) -> None:
        bound = bind_path(self.schema, action.path)
        self._check_target(action, bound)
        operand, is_nested = action.operand, len(action.path.steps) > 1
        if is_nested:
            self._note_parent(bound, action.path)
        if action.verb in _ASSIGNMENTS and isinstance(operand, Value):
            operand = Value((bound.field or bound.codec).validate(operand.value))
        if not is_nested:
            self._changed[str(action.path.steps[0])] = self._changed_to(action.verb, bound, operand)
        operand = None if operand is None else self._operand(action.verb, bound, operand)
        if operand is None:
            self._check_removable(bound)
            self.actions.append(Action("remove", bound.path))
        else:
            self.actions.append(Action(action.verb, bound.path, operand))

    def _check_target(self, action: Action, bound: BoundPath) -> None:
        steps = bound.path.steps
        name = action.path.steps[0]
        if name in self.schema.primary.fields:
            message = (
                f"{bound.shown} is part of the primary key, which no update can change: "
                "delete the item and insert it under its new key"
            )
            raise StatementError(message)
        for other in self._steps:
            shorter = min(len(other), len(steps))
            if other[:shorter] == steps[:shorter]:
                message = f"two operations of one update touch {bound.shown}; DynamoDB takes one"
                raise StatementError(message)
        self._steps.append(steps)

    def _note_parent(self, bound: BoundPath, path: AttributePath[Any]) -> None:
        if self._creates:
            message = (
                f"{bound.shown}: an update that may create the item cannot write inside an "
                "attribute; set the whole attribute"
            )
            raise StatementError(message)
        parent = AttributePath[Any](path.owner, bound.path.steps[:-1])
        shown = str(AttributePath[Any](path.owner, path.steps[:-1]))
        if shown not in self.parents:
            self.parents[shown] = parent
            self.conditions.append(Condition("exists", (parent,)))

    def _check_removable(self, bound: BoundPath) -> None:
        field = bound.field
        if field is not None and field.required and not field.empty_is_absent:
            message = f"{bound.shown} is required and cannot be removed: the item could not be read"
            raise StatementError(message)

    # The operands of each verb.

    def _operand(self, verb: str, bound: BoundPath, operand: Operand[Any]) -> Operand[Any] | None:
        """Bind an action's operand; None if the attribute is to be removed."""
        if isinstance(operand, Arithmetic):
            return self._arithmetic(verb, bound, operand)
        if isinstance(operand, AttributePath):
            return self._same_kind(bound, operand)
        if not isinstance(operand, Value):
            message = f"{bound.shown}: {operand} cannot be stored"
            raise StatementError(message)
        match verb:
            case "add":
                return self._added(bound, operand)
            case "discard":
                return self._discarded(bound, operand)
            case "append" | "prepend":
                return self._elements(bound, operand)
            case _:
                return self._whole(bound, operand)

    def _whole(self, bound: BoundPath, operand: Value) -> Operand[Any] | None:
        value = operand.value
        if value is None and (bound.null_is_absent or self._is_index_field(bound)):
            return None
        if isinstance(value, set | frozenset) and not value and bound.empty_is_absent:
            return None
        return Value(bind_value(bound, operand))

    def _is_index_field(self, bound: BoundPath) -> bool:
        return any(
            part.template is None and part.name == bound.path.steps[0]
            for access in self.schema.indexes.values()
            for part in access.parts
        )

    def _added(self, bound: BoundPath, operand: Value) -> Operand[Any]:
        if bound.codec.tags & _SETS:
            return self._members(bound, operand)
        if "N" not in bound.codec.tags or isinstance(operand.value, bool):
            message = f"{bound.shown}: only numbers and sets can be added to"
            raise StatementError(message)
        return Value(bind_value(bound, operand))

    def _discarded(self, bound: BoundPath, operand: Value) -> Operand[Any]:
        if not bound.codec.tags & _SETS:
            message = f"{bound.shown}: only members of a set can be discarded"
            raise StatementError(message)
        return self._members(bound, operand)

    def _members(self, bound: BoundPath, operand: Value) -> Operand[Any]:
        # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
        if len(bound.path.steps) > 1:
            message = (
                f"{bound.shown}: DynamoDB adds to and discards from sets at the top level of an item "
                "only; set the whole set"
            )
            raise StatementError(message)
        value: Any = operand.value
        if not isinstance(value, set | frozenset) or not value:
            message = f"{bound.shown}: expected a set with at least one member"
            raise StatementError(message)
        encoded = bind_value(bound, operand)
        if "L" in encoded:
            message = f"{bound.shown}: DynamoDB sets hold texts, numbers or binaries of one kind"
            raise EncodingError(message)
        return Value(encoded)

    def _elements(self, bound: BoundPath, operand: Value) -> Operand[Any]:
        element = bound.codec.element
        if "L" not in bound.codec.tags or bound.codec.tags & _SETS or element is None:
            message = f"{bound.shown}: only lists can be appended to"
            raise StatementError(message)
        members: Any = operand.value
        if not isinstance(members, list | tuple):
            message = f"{bound.shown}: expected a list of elements"
            raise StatementError(message)
        members = cast("list[Any]", members)
        checked: list[Value] = [Value(element.validate(member)) for member in members]
        return Value({"L": [bind_value(bound, member, element) for member in checked]})

    def _same_kind(self, bound: BoundPath, operand: AttributePath[Any]) -> Operand[Any]:
        other = bind_path(self.schema, operand)
        if not other.codec.tags & bound.codec.tags:
            message = f"{bound.shown} and {other.shown} are stored as different types"
            raise StatementError(message)
        return other.path

    def _arithmetic(self, verb: str, bound: BoundPath, sum_: Arithmetic) -> Operand[Any]:
        if verb != "set" or "N" not in bound.codec.tags:
            message = f"{bound.shown}: only a number can be set to a sum"
            raise StatementError(message)
        sides: list[Operand[Any]] = [
            self._same_kind(bound, side)
            if isinstance(side, AttributePath)
            else Value(bind_value(bound, side))
            for side in (sum_.left, sum_.right)
        ]
        return Arithmetic(sides[0], sum_.op, sides[1])

    # Index keys.

    def _changed_to(self, verb: str, bound: BoundPath, operand: Operand[Any] | None) -> Any:
        """Give the value that a field will have, as far as it is known."""
        if verb == "set":
            return self._evaluate(operand)
        if verb == "remove":
            # What is removed reads back as its default.
            return bound.field.default() if bound.field and not bound.field.required else None
        current = self._given.get(bound.field.name, _UNKNOWN) if bound.field else _UNKNOWN
        if verb == "set_if_missing" and current is not _UNKNOWN:
            return self._evaluate(operand) if current is None else current
        if verb == "add" and current is not _UNKNOWN and isinstance(operand, Value):
            return (current or 0) + operand.value
        return _UNKNOWN

    def _evaluate(self, operand: Operand[Any] | None) -> Any:
        if isinstance(operand, Value):
            return operand.value
        if isinstance(operand, AttributePath) and len(operand.steps) == 1:
            name = str(operand.steps[0])
            return self._key_values.get(name, self._given.get(name, _UNKNOWN))
        if isinstance(operand, Arithmetic):
            left, right = (
                side.value if isinstance(side, Value) else self._evaluate(side)
                for side in (operand.left, operand.right)
            )
            if left is not _UNKNOWN and right is not _UNKNOWN:
                return left + right if operand.op == "+" else left - right
        return _UNKNOWN

    def _rewrite(self, access: AccessKey) -> None:
        own = [p for p in access.parts if p.template is not None and not self._is_primary(p)]
        touched = [part for part in own if any(name in self._changed for name in part.fields)]
        fields = [name for part in own for name in part.fields if name in self._changed]
        if not fields:
            if self._creates:
                self._fill(access, own)
            return
        if any(self._changed[name] is None for name in fields):
            for part in own:
                self._write_key(part, None)
            return
        # Where a field may be None, all templated attributes come and go together.
        whole = any(self.schema.is_optional(name) for name in fields)
        for part in own if whole or self._creates else touched:
            values = {name: self._value(access, name) for name in part.fields}
            self._write_key(part, self._encode(part, values))

    def _is_primary(self, part: KeyPart) -> bool:
        return any(part.name == other.name for other in self.schema.primary.parts)

    def _write_key(self, part: KeyPart, value: Any) -> None:
        path = AttributePath[Any](self.schema.cls, (part.name,))
        action = Action("remove", path) if value is None else Action("set", path, Value(value))
        if not any(other.path.steps == path.steps for other in self.actions):
            self.actions.append(action)

    def _encode(self, part: KeyPart, values: Mapping[str, Any]) -> Any:
        try:
            return part.encode(values)
        except EncodingError as error:
            message = f"{self.schema.cls.__name__}.{error}"
            raise EncodingError(message) from error

    def _value(self, access: AccessKey, name: str) -> Any:
        """Find the value that a field will have; refuse the update if nobody knows it."""
        new = self._changed.get(name, _UNKNOWN)
        if new is not _UNKNOWN:
            return new
        if name not in self._changed:
            for known in (self._key_values, self._given):
                if name in known:
                    return known[name]
            if name in self._memory:
                self._expect(name, self._memory[name])
                return self._memory[name]
            if self._creates and name in self._defaults:
                return self._default(access, name)
        cls = self.schema.cls.__name__
        why = (
            "what it becomes is known only to DynamoDB"
            if name in self._changed
            else "its current value is not known here"
        )
        message = (
            f"{cls}.{name} is part of the key of {access.name}, which this update changes, and "
            f"{why}. Add `.given({cls}.{name}, value)`, or set it to a value."
        )
        raise StatementError(message)

    def _expect(self, name: str, value: Any) -> None:
        """Make a value that the index key is computed from a condition."""
        path = AttributePath[Any](self.schema.cls, (name,))
        self.conditions.append(bind_condition(self.schema, Condition("=", (path, Value(value)))))

    # Creation.

    def _create(self) -> None:
        """Add what a new item needs besides: type, key fields and defaults."""
        schema = self.schema
        set_here = {str(action.path.steps[0]) for action in self.actions}
        missing = [
            name
            for name, field in schema.codec.fields.items()
            if field.required
            and not field.empty_is_absent
            and name not in schema.primary.fields
            and field.attribute not in set_here
        ]
        if missing:
            message = (
                f"or_create() may make a new {schema.cls.__name__}, which needs "
                f"{', '.join(missing)}: set them too"
            )
            raise StatementError(message)
        if schema.table.type_attribute:
            self._if_missing(schema.table.type_attribute, {"S": schema.name})
        keys = {part.name for part in schema.primary.parts}
        for name, field in schema.codec.fields.items():
            if field.attribute in keys or field.attribute in set_here:
                continue
            value = self._key_values[name] if name in self._key_values else field.default()
            self._defaults[name] = value
            if not field.omits(value):
                self._if_missing(field.attribute, field.encode(value))

    def _if_missing(self, attribute: str, value: Any) -> None:
        path = AttributePath[Any](self.schema.cls, (attribute,))
        self.actions.append(Action("set_if_missing", path, Value(value)))

    def _default(self, access: AccessKey, name: str) -> Any:
        # An existing item may hold another value, so its key must not be computed from the default.
        message = (
            f"or_create(): {self.schema.cls.__name__}.{name} is part of the key of {access.name}, "
            "and an item that exists may hold another value than the default: set it too"
        )
        raise StatementError(message)

    def _fill(self, access: AccessKey, own: list[KeyPart]) -> None:
        """Give a new item the index keys that none of the actions touch."""
        for part in own:
            values: dict[str, Any] = {}
            for name in part.fields:
                if name not in self._key_values and self.schema.is_optional(name):
                    if self._defaults[name] is None:
                        return
                    self._default(access, name)
                values[name] = self._key_values.get(name, self._defaults.get(name))
            encoded = self._encode(part, values)
            if encoded is not None:
                self._if_missing(part.name, encoded)
