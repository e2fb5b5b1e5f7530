"""Generated code that writes the key attributes of an item from its fields.

Like the generated codecs, it takes the values that are as usual and raises for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic_core import to_json as uuid_json

from mizzle.model.segments import STR, SegmentKind
from mizzle.model.segments import UUID as UUID_SEGMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mizzle.model.keys import KeyPart
    from mizzle.model.templates import BoundTemplate, Segment
    from mizzle.request import Item

__all__ = ["generate_key", "types_of"]


def generate_key(parts: Sequence[KeyPart]) -> Callable[[Mapping[str, Any]], Item | None]:
    """Write the function that gives the key attributes for field values; None if one of them is None.

    Args:
        parts: What the key is made of.
    """
    constants: dict[str, Any] = {"UUID": UUID, "uuid_json": uuid_json}
    lines, attributes = list[str](), list[str]()
    fields: dict[str, str] = {}
    for number, part in enumerate(parts):
        lines += _part(part, f"k{number}", fields, constants)
        attributes.append(f"{part.name!r}: k{number}")
    lines.append(f"return {{{', '.join(attributes)}}}")
    source = "\n    ".join(["def key(values):", *lines])
    exec(compile(source, "<key>", "exec"), constants)  # noqa: S102  # written here, all names are quoted
    found: Callable[[Mapping[str, Any]], Item | None] = constants["key"]
    return found


def types_of(parts: Sequence[KeyPart]) -> dict[str, type | None]:
    """List the fields of a key, each with the type that the function demands, if it does."""
    segments = [s for part in parts if part.template for s in part.template.segments]
    known = {segment.field: _TYPES.get(segment.kind) for segment in segments}
    return {name: known.get(name) for part in parts for name in part.fields}


_TYPES: dict[SegmentKind, type] = {STR: str, UUID_SEGMENT: UUID}


def _part(
    part: KeyPart, name: str, fields: dict[str, str], constants: dict[str, Any]
) -> Iterator[str]:
    template = part.template
    if template is None:
        constants[f"write_{name}"] = part.encode
        yield f"{name} = write_{name}(values)"
        yield f"if {name} is None: return None"
        return
    for field in part.fields:
        if field not in fields:
            fields[field] = f"v{len(fields)}"
            yield f"{fields[field]} = values[{field!r}]"
            yield f"if {fields[field]} is None: return None"
    text = _literal(template.literal_prefix)
    for number, segment in enumerate(template.segments):
        value = fields[segment.field]
        yield from _check(segment, value)
        text += _segment(template, segment, value, f"{name}_{number}", constants)
    yield f"{name} = f{text!r}"
    yield f"n = len({name}) if {name}.isascii() else len({name}.encode())"
    yield f"if not 1 <= n <= {part.limit}: raise ValueError"
    yield f'{name} = {{"S": {name}}}'


def _check(segment: Segment, value: str) -> Iterator[str]:
    if segment.kind is STR:
        yield f"if type({value}) is not str: raise ValueError"
        if segment.after:
            after = repr(segment.after)
            yield f"if ({value} + {after}).find({after}) != len({value}): raise ValueError"
    elif segment.kind is UUID_SEGMENT:
        yield f"if type({value}) is not UUID: raise ValueError"


def _segment(
    template: BoundTemplate, segment: Segment, value: str, name: str, constants: dict[str, Any]
) -> str:
    after = _literal(segment.after)
    if segment.kind is STR:
        return f"{{{value}}}{after}"
    if segment.kind is UUID_SEGMENT:
        return f"{{uuid_json({value})[1:-1].decode()}}{after}"
    constants[f"write_{name}"] = template.encode_segment
    constants[f"segment_{name}"] = segment
    return f"{{write_{name}(segment_{name}, {value})}}{after}"


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
