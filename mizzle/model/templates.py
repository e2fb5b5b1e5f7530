"""Key templates: `ORDER#{placed_at}#{id}` as text, and bound to the types of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from string import Formatter
from typing import Any, NamedTuple

from mizzle.errors import DefinitionError, EncodingError
from mizzle.model.overlaps import Automaton, shared_text
from mizzle.model.segments import (
    SegmentKind,
    enum_kind,
    is_known_spec,
    is_protected_by_quoting,
    kind_for,
    literal_kind,
    padded_int,
    quoted,
)

__all__ = [
    "BoundTemplate",
    "Segment",
    "SegmentKind",
    "Template",
    "enum_kind",
    "kind_for",
    "literal_kind",
    "padded_int",
    "parse_template",
    "quoted",
    "suggest",
]


class Template:
    """A key template as it is declared, before the types of its fields are known.

    Attributes:
        text: The template itself.
        literal_prefix: The text before the first field.
        parts: Each field in order, with its format and the literal after it.
        specs: The format of each field, in order of first use: empty, `quote`, or a padding.
        fields: The names of the fields, each once.
    """

    __slots__ = ("fields", "literal_prefix", "parts", "specs", "text")

    def __init__(
        self, text: str, literal_prefix: str, parts: tuple[tuple[str, str, str], ...]
    ) -> None:
        self.text = text
        self.literal_prefix = literal_prefix
        self.parts = parts
        self.specs: Mapping[str, str] = {field: spec for field, spec, _ in parts}
        self.fields = tuple(self.specs)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def bind(self, kinds: Mapping[str, SegmentKind]) -> BoundTemplate:
        """Join the template with the kind of each of its fields.

        Raises:
            DefinitionError: If nothing tells where a segment of varying width ends.
        """
        segments = tuple(Segment(field, kinds[field], after) for field, _, after in self.parts)
        for segment, following in pairwise(segments):
            if not segment.after and segment.kind.width is None:
                self._fail(
                    f"nothing stands between {segment.field} and {following.field}, and "
                    f"{segment.kind.name} varies in width; put a literal such as # between them"
                )
        return BoundTemplate(self, segments)

    def _fail(self, why: str) -> None:
        raise _refusal(self.text, why)


class Segment(NamedTuple):
    """A field's place in a template: how it is written, and the literal after it."""

    field: str
    kind: SegmentKind
    after: str


class BoundTemplate:
    """A key template that writes and reads keys.

    Attributes:
        template: The template as declared.
        segments: Its fields in order, with how they are written.
        text: The template's text.
        fields: The names of the fields, each once.
        literal_prefix: The text before the first field, with which every key begins.
    """

    __slots__ = ("fields", "literal_prefix", "segments", "template", "text")

    def __init__(self, template: Template, segments: tuple[Segment, ...]) -> None:
        self.template = template
        self.segments = segments
        self.text = template.text
        self.fields = template.fields
        self.literal_prefix = template.literal_prefix

    def __repr__(self) -> str:
        return f"BoundTemplate({self.text!r})"

    def encode(self, values: Mapping[str, Any]) -> str:
        """Write the key for these field values.

        Args:
            values: At least a value for each field.

        Returns:
            The key's text, of any length.

        Raises:
            EncodingError: If a value has no text, or its text holds the literal that should end it.
        """
        text = self.literal_prefix
        for segment in self.segments:
            text += self.encode_segment(segment, values[segment.field]) + segment.after
        return text

    def encode_segment(self, segment: Segment, value: Any) -> str:
        """Write one field's value, without the literal after it.

        Raises:
            EncodingError: As `encode` does.
        """
        try:
            text = segment.kind.encode(value)
        except EncodingError as error:
            message = f"{segment.field} in the key template {self.text!r}: {error}"
            raise EncodingError(message) from error
        if ends_early(segment, text):
            message = (
                f"{segment.field} in the key template {self.text!r} holds {segment.after!r}, which "
                f"ends its segment, so another key would read the same; {_way_out(segment)}"
            )
            raise EncodingError(message)
        return text

    def decode(self, text: str) -> dict[str, Any] | None:
        """Read the field values back from a key; None if this template never writes it."""
        if not text.startswith(self.literal_prefix):
            return None
        values: dict[str, Any] = {}
        at = len(self.literal_prefix)
        for segment in self.segments:
            end = _end(segment, text, at)
            if end < 0 or not text.startswith(segment.after, end):
                return None
            try:
                value = segment.kind.decode(text[at:end])
            except ValueError:
                return None
            if values.setdefault(segment.field, value) != value:
                return None
            at = end + len(segment.after)
        return values if at == len(text) else None

    def overlaps(self, other: BoundTemplate) -> bool:
        """Tell whether some key could be written by both templates."""
        return self.shared_key(other) is not None

    def shared_key(self, other: BoundTemplate) -> str | None:
        """Find a key that both templates could write, as an example; None if there is none.

        Texts of dates, times and numbers are told apart by their shape only: the example may say
        month 00.
        """
        mine, theirs = self.literal_prefix, other.literal_prefix
        if not (mine.startswith(theirs) or theirs.startswith(mine)):
            return None
        return shared_text(_automaton(self), _automaton(other))


def parse_template(text: str) -> Template:
    """Read a key template such as `ORDER#{placed_at}#{id}`; `{{` and `}}` stand for braces.

    Raises:
        DefinitionError: If it is empty or malformed; the message shows the template.
    """
    if not text:
        message = "a key template is empty; DynamoDB refuses empty keys"
        raise DefinitionError(message)
    try:
        text.encode()
        found = list(Formatter().parse(text))
    except ValueError as error:
        raise _refusal(text, f"it is malformed ({error})") from error
    literals = [""]
    names: list[tuple[str, str]] = []
    for literal, field, spec, conversion in found:
        literals[-1] += literal
        if field is not None:
            names.append(_checked_field(text, field, spec or "", conversion))
            literals.append("")
    specs: dict[str, str] = {}
    for field, spec in names:
        if specs.setdefault(field, spec) != spec:
            raise _refusal(text, f"{field} stands in it with two formats")
    parts = tuple((*name, after) for name, after in zip(names, literals[1:], strict=True))
    return Template(text, literals[0], parts)


def ends_early(segment: Segment, text: str) -> bool:
    """Tell whether a segment's text would be taken to end before it does (promise K3)."""
    if not segment.after or segment.kind.width is not None:
        return False
    return (text + segment.after).find(segment.after) != len(text)


def suggest(name: str, names: Iterable[str]) -> str:
    """Offer the nearest of some names: `; did you mean 'placed_at'?`, or nothing."""
    # Importing difflib costs two milliseconds, and only people who mistyped need it.
    import difflib  # noqa: PLC0415

    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _checked_field(text: str, field: str, spec: str, conversion: str | None) -> tuple[str, str]:
    if conversion:
        raise _refusal(text, f"conversions such as !{conversion} are not offered")
    if not field or field.isdecimal():
        raise _refusal(text, "a field in braces needs its name")
    if not field.isidentifier():
        raise _refusal(text, f"{{{field}}} is not the name of a field of the entity itself")
    if not is_known_spec(spec):
        raise _refusal(
            text, f"{spec} is not a format; there are padding such as {{{field}:010}}, and quote"
        )
    return field, spec


def _way_out(segment: Segment) -> str:
    if is_protected_by_quoting(segment.kind, segment.after):
        return f"write {{{segment.field}:quote}} to percent-encode it"
    return "end the segment with a literal that its values never hold, such as #"


def _refusal(text: str, why: str) -> DefinitionError:
    return DefinitionError(f"the key template {text!r} cannot be used: {why}")


def _end(segment: Segment, text: str, at: int) -> int:
    if segment.kind.width is not None:
        return at + segment.kind.width
    return text.find(segment.after, at) if segment.after else len(text)


def _automaton(bound: BoundTemplate) -> Automaton:
    automaton = Automaton()
    automaton.add([()], bound.literal_prefix, guarded=False)
    for segment in bound.segments:
        automaton.add(segment.kind.patterns, segment.after, guarded=segment.kind.width is None)
    return automaton
