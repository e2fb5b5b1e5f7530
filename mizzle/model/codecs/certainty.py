"""Which types leave Pydantic nothing to check: every instance of such a type is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mizzle.model.codecs.documents import DocumentCodec
    from mizzle.model.codecs.fields import FieldCodec

__all__ = ["changes_texts", "is_certain_document", "is_certain_field", "is_certain_scalar"]

# Besides these, what a schema says is a constraint, or nothing that is known here.
_NO_CONSTRAINTS = frozenset({"type", "metadata", "ref"})
_SCALARS = frozenset({"str", "int", "bool", "float", "decimal", "uuid", "date"})
_MORE: dict[str, frozenset[str]] = {
    # It is about texts.
    "datetime": frozenset({"microseconds_precision"}),
    "enum": frozenset({"cls", "members", "sub_type", "missing"}),
    "literal": frozenset({"expected"}),
    # Documents inside are judged by themselves.
    "definition-ref": frozenset({"schema_ref"}),
}
_AROUND: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "default": (
        frozenset({"default", "default_factory", "default_factory_takes_data"}),
        ("schema",),
    ),
    "nullable": (frozenset(), ("schema",)),
    "list": (frozenset(), ("items_schema",)),
    "set": (frozenset(), ("items_schema",)),
    "dict": (frozenset(), ("keys_schema", "values_schema")),
}


def is_certain_scalar(schema: Any) -> bool:
    """Tell whether a schema without others inside is one that every instance of its type satisfies."""
    kind = schema["type"]
    known = _NO_CONSTRAINTS | _MORE.get(kind, frozenset())
    return (kind in _SCALARS or kind in _MORE) and schema.keys() <= known


def is_certain_field(field: FieldCodec) -> bool:
    """Tell whether a field's value is valid if it is of the declared types all the way down.

    Not so if an item may be stored that lacks it.
    """
    may_lack = field.required and (field.excluded or field.excluded_if is not None)
    return not may_lack and _is_certain(field.schema)


def is_certain_document(document: DocumentCodec) -> bool:
    """Tell whether nothing is checked of a model but its fields, and these by their types alone."""
    if changes_texts(document.config):
        return False
    schema: Any = document.cls.__pydantic_core_schema__
    definitions: dict[str, Any] = {}
    while schema["type"] != "model-fields":
        if schema["type"] == "function-after" or schema.get("post_init"):
            return False
        if schema["type"] == "definitions":
            definitions |= {each["ref"]: each for each in schema["definitions"]}
        is_reference = schema["type"] == "definition-ref"
        schema = definitions[schema["schema_ref"]] if is_reference else schema["schema"]
    return True


def changes_texts(config: Any) -> bool:
    """Tell whether a model's configuration says something of all texts."""
    return any(name.startswith("str_") for name in config)


def _is_certain(schema: Any) -> bool:
    if schema["type"] == "model":
        return True
    if schema["type"] not in _AROUND:
        return is_certain_scalar(schema)
    more, inner = _AROUND[schema["type"]]
    if not schema.keys() <= _NO_CONSTRAINTS | more | {*inner}:
        return False
    return all(_is_certain(schema[name]) for name in inner if name in schema)
