"""Which types leave Pydantic nothing to check: every instance of such a type is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mizzle.model.codecs.choices import ChoiceCodec
from mizzle.model.codecs.containers import DictCodec, ListCodec, SetCodec
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.scalars import ScalarCodec
from mizzle.model.codecs.schemas import around_fields, is_unconstrained
from mizzle.model.codecs.wrappers import NullableCodec

if TYPE_CHECKING:
    from mizzle.model.codecs.base import Codec
    from mizzle.model.codecs.fields import FieldCodec

__all__ = ["is_certain_document", "is_certain_field"]


def is_certain_field(field: FieldCodec) -> bool:
    """Tell whether a field's value is valid if it is of the declared types all the way down.

    Not so if an item may be stored without it, whatever it would be read as then.
    """
    return not (field.excluded or field.excluded_if is not None) and _is_certain(field.codec)


def is_certain_document(document: DocumentCodec) -> bool:
    """Tell whether nothing is checked of a model but its fields, and these by their types alone."""
    if document.changes_texts:
        return False
    return not any(
        schema["type"] == "function-after" or schema.get("post_init")
        for schema in around_fields(document.cls.__pydantic_core_schema__)
    )


def _is_certain(codec: Codec) -> bool:
    # By the schemas of the codecs, as references have been followed there.
    match codec:
        case NullableCodec():
            return is_unconstrained(codec.schema, "schema") and _is_certain(codec.inner)
        case ScalarCodec() | ChoiceCodec():
            return is_unconstrained(codec.schema)
        case ListCodec() | SetCodec():
            return is_unconstrained(codec.schema, "items_schema") and _is_certain(codec.inner)
        case DictCodec():
            is_plain = is_unconstrained(codec.schema, "keys_schema", "values_schema")
            keys = codec.schema.get("keys_schema", {"type": "any"})
            is_text = keys["type"] == "str" and is_unconstrained(keys)
            return is_plain and is_text and _is_certain(codec.inner)
        case DocumentCodec():
            # It is judged by itself.
            return True
        case _:
            return False
