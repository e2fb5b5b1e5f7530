"""Unions, told apart by a field of their documents or by the values themselves."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from typing_extensions import override

from mizzle.errors import EncodingError
from mizzle.model.codecs.base import ORDERED_TAGS, Codec, mismatch
from mizzle.model.codecs.choices import normal_form
from mizzle.model.codecs.wrappers import LazyCodec
from mizzle.request import AttributeValue, Item
from mizzle.values import decode_value

if TYPE_CHECKING:
    from mizzle.model.codecs.fields import FieldCodec


class UnionCodec(Codec):
    """A union that nothing but the values themselves tells apart."""

    __slots__ = ("_choices", "_ranked")

    def __init__(self, choices: list[Codec]) -> None:
        tags = frozenset(tag for choice in choices for tag in choice.tags)
        super().__init__(
            tags,
            ordered=tags - {"NULL"} in ORDERED_TAGS
            and all(choice.ordered for choice in choices if choice.tags != frozenset({"NULL"})),
            nullable=any(choice.nullable for choice in choices),
            element=next((c.element for c in choices if c.element is not None), None),
            exact=tuple(kind for choice in choices for kind in choice.exact),
        )
        self._choices = choices
        self._ranked = sorted(choices, key=lambda choice: choice.rank)

    @override
    def encode(self, value: Any) -> AttributeValue:
        own = [choice for choice in self._choices if type(value) in choice.exact]
        failed: EncodingError | None = None
        for choice in own + [choice for choice in self._choices if choice not in own]:
            try:
                return choice.encode(value)
            except EncodingError as error:
                # What the value's own type says is more to the point than the others' refusals.
                failed = failed or error
        raise failed or mismatch("a member of the union", value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        ((tag, _),) = value.items()
        stored = normal_form(value)
        possible: list[Any] = []
        for choice in self._ranked:
            if tag not in choice.tags:
                continue
            native = choice.decode(value)
            try:
                # A document has to be an instance to be told from another; the rest is native.
                valid = choice.validate(native) if _has_documents(choice) else native
                if choice.encode(valid) == stored:
                    return valid
            except (ValidationError, EncodingError):
                possible.append(native)
            else:
                possible.insert(0, valid)
        return possible[0] if possible else decode_value(value)

    @override
    def member(self, name: str) -> FieldCodec | None:
        found = (choice.member(name) for choice in self._choices)
        return next((field for field in found if field is not None), None)


class TaggedCodec(UnionCodec):
    """A union that a field of its documents tells apart."""

    __slots__ = ("_names", "_tagged")

    def __init__(self, tagged: list[tuple[Any, Codec]], names: frozenset[str]) -> None:
        super().__init__([choice for _, choice in tagged])
        self._tagged = tagged
        self._names = names

    @override
    def decode(self, value: AttributeValue) -> Any:
        if "M" in value:
            for tag, choice in self._tagged:
                if self._is_tagged(value["M"], tag, choice):
                    return choice.decode(value)
        return decode_value(value)

    def _is_tagged(self, item: Item, tag: Any, choice: Codec) -> bool:
        for name in self._names:
            field = choice.member(name)
            if field is not None and field.attribute in item:
                found = field.decode(item[field.attribute])
                if found == tag or (isinstance(found, Enum) and found.value == tag):
                    return True
        return False


def _has_documents(codec: Codec) -> bool:
    codec = codec.target if isinstance(codec, LazyCodec) else codec
    context = codec.context
    return context is not None and context.facts(codec.schema).documents
