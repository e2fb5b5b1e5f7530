"""Reading Pydantic's core schema: what has to be known of a field's type as a whole.

See: https://docs.pydantic.dev/latest/api/pydantic_core_schema/
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mizzle.shapes import is_dict, is_list, is_sequence

if TYPE_CHECKING:
    from mizzle.model.codecs.compiler import Context


KNOWN_TYPES = frozenset(
    {
        "any", "bool", "bytes", "chain", "custom-error", "dataclass", "date", "datetime", "decimal",
        "default", "definition-ref", "dict", "enum", "float", "frozenset", "function-after",
        "function-before", "function-wrap", "int", "json-or-python", "lax-or-strict", "list",
        "literal", "model", "none", "nullable", "set", "str", "tagged-union", "time", "timedelta",
        "tuple", "typed-dict", "union", "uuid",
    }
)  # fmt: skip
"""The types of core schema that there is a codec for; the others are opaque."""


class Facts:
    """What has to be known of a field's schema as a whole, documents inside it apart.

    Attributes:
        custom: Whether a serializer of the user's is active in Python mode.
        serialized: Whether there is any serializer.
        transforms: Whether validators or serializers may change the type.
        verify: Whether there is a union that only the values tell apart.
        documents: Whether there are documents inside.
        unknown: Whether there is a type whose values only Pydantic can write.
    """

    __slots__ = ("custom", "documents", "serialized", "transforms", "unknown", "verify")

    def __init__(self, schema: Any, context: Context) -> None:
        self.custom = self.documents = self.serialized = False
        self.transforms = self.unknown = self.verify = False
        for node in walk(schema, context, set()):
            self._note(node)

    def _note(self, node: Any) -> None:
        kind = node["type"]
        if is_raw_enum(node):
            return
        if kind in {"model", "dataclass", "typed-dict"}:
            self.documents = True
        elif kind not in KNOWN_TYPES:
            self.unknown = True
        serializer = node.get("serialization")
        if serializer is not None and not has_model_serializer(node):
            self.serialized = self.transforms = True
            used = serializer.get("when_used", "always")
            is_function = serializer["type"] in {"function-plain", "function-wrap"}
            self.custom = self.custom or (is_function and not used.startswith("json"))
        if kind.startswith("function-") or kind == "chain":
            self.transforms = True
        if kind == "union" or (kind == "tagged-union" and callable(node["discriminator"])):
            self.verify = True
        if kind == "dict" and node.get("keys_schema", {}).get("type") in {"union", "nullable"}:
            self.verify = True


def walk(schema: Any, context: Context, seen: set[str]) -> Iterator[Any]:
    """Visit a schema and what is inside it, documents' fields apart."""
    if schema["type"] == "definition-ref":
        if "serialization" in schema:
            yield schema
        ref = schema["schema_ref"]
        if ref in seen:
            return
        seen.add(ref)
        schema = context.definitions[ref]
    yield schema
    if is_raw_enum(schema) or schema["type"] in {"dataclass", "typed-dict"} or is_json(schema):
        return
    if schema["type"] == "model" and not schema.get("root_model"):
        return
    for child in children(schema):
        yield from walk(child, context, seen)


def children(schema: Any) -> Iterator[Any]:
    """List the schemas inside a schema."""
    keys = ("schema", "keys_schema", "values_schema", "lax_schema", "python_schema")
    yield from (schema[key] for key in keys if key in schema)
    items = schema.get("items_schema", [])
    yield from items if is_list(items) else [items]
    yield from schema.get("steps", [])
    choices = schema.get("choices", [])
    for choice in choices.values() if is_dict(choices) else choices:
        found: Any = choice[0] if is_sequence(choice) else choice
        if is_dict(found):
            yield found


def resolve(schema: Any, context: Context) -> Any:
    """Go through references and validators to the schema of the type itself."""
    while True:
        schema = unwrap_functions(schema)
        if schema["type"] != "definition-ref":
            return schema
        schema = context.definitions[schema["schema_ref"]]


def unwrap_functions(schema: Any) -> Any:
    """Take validators and defaults off a schema."""
    while schema["type"] in {"function-before", "function-after", "function-wrap", "default"}:
        schema = schema["schema"]
    return schema


def fields_schema(schema: Any, context: Context) -> Any:
    """Find the schema of a class's fields."""
    return resolve(schema["schema"], context)


def declared_fields(schema: Any, context: Context) -> dict[str, Any]:
    """List the fields of a model, a dataclass or a typed dict."""
    if schema["type"] == "typed-dict":
        total = schema.get("total", True)
        declared: dict[str, Any] = schema["fields"]
        return {name: {"required": total, **field} for name, field in declared.items()}
    fields = fields_schema(schema, context)["fields"]
    if is_list(fields):
        return {field["name"]: field for field in fields if not field.get("init_only")}
    found: dict[str, Any] = fields
    return found


def has_model_serializer(schema: Any) -> bool:
    """Tell whether a model has a `@model_serializer`."""
    if schema["type"] != "model" or "serialization" not in schema:
        return False
    return bool(schema["cls"].__pydantic_decorators__.model_serializers)


def is_raw_enum(schema: Any) -> bool:
    """Tell whether this is an enum under `use_enum_values`."""
    if schema["type"] != "function-after" or schema["schema"]["type"] != "enum":
        return False
    return isinstance(schema["function"]["function"], operator.attrgetter)


def is_json(schema: Any) -> bool:
    """Tell whether this is `JsonValue`, which is `Any` as far as storing goes."""
    return bool(schema["type"] == "json-or-python" and schema["json_schema"]["type"] == "any")


def is_recursive(target: Any, ref: str, context: Context) -> bool:
    """Tell whether a definition contains itself."""
    seen: set[str] = set()
    for child in children(target):
        for _ in walk(child, context, seen):
            if ref in seen:
                return True
    return ref in seen


def is_nullable(schema: Any, context: Context) -> bool:
    """Tell whether None is a value."""
    found = resolve(schema, context)
    if found["type"] == "union":
        return any(is_nullable(child, context) for child in children(found))
    return found["type"] in {"nullable", "any", "none"}


def set_type(schema: Any, context: Context) -> type | None:
    """Give `set` or `frozenset` for a field of sets."""
    found = resolve(schema, context)
    if found["type"] == "nullable":
        found = resolve(found["schema"], context)
    kinds: dict[str, type] = {"set": set, "frozenset": frozenset}
    return kinds.get(found["type"])


# Besides these, what a schema says is a constraint, or nothing that is known here.
_NO_CONSTRAINTS = frozenset({"type", "metadata", "ref"})
_MORE: dict[str, frozenset[str]] = {
    # It is about texts.
    "datetime": frozenset({"microseconds_precision"}),
    "enum": frozenset({"cls", "members", "sub_type", "missing"}),
    "literal": frozenset({"expected"}),
}


def is_unconstrained(schema: Any, *inner: str) -> bool:
    """Tell whether a schema says nothing of values but their type.

    Args:
        schema: A schema without functions.
        inner: Where it has schemas inside, which are not looked at.
    """
    known = _NO_CONSTRAINTS | _MORE.get(schema["type"], frozenset()) | {*inner}
    return frozenset(schema) <= known


def changes_texts(config: Any) -> bool:
    """Tell whether a model's configuration says something of all texts."""
    names: list[str] = list(config or ())
    return any(name.startswith("str_") for name in names)


def around_fields(schema: Any) -> Iterator[Any]:
    """Give the schemas that stand around a model's fields, from outside to inside."""
    definitions: dict[str, Any] = {}
    while schema["type"] != "model-fields":
        yield schema
        if schema["type"] == "definitions":
            definitions |= {each["ref"]: each for each in schema["definitions"]}
        is_reference = schema["type"] == "definition-ref"
        schema = definitions[schema["schema_ref"]] if is_reference else schema["schema"]
