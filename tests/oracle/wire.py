"""Python values as attribute values, as `docs/modelling.md` says that they are stored."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

__all__ = ["EMPTY", "NULL", "Absence", "Field", "encode", "encode_fields", "field_of", "time_text"]

NULL = {"NULL": True}
EMPTY: dict[str, Any] = {"L": []}

Absence = dict[str, Any] | None
"""The attribute value that absence stands for; None where it stands for nothing."""


class Field(NamedTuple):
    """A field of a model, as it is stored."""

    attribute: str
    absence: Absence
    document: type[BaseModel] | None
    """The model of the documents that it holds, alone or in a list."""


@cache
def field_of(model: type[BaseModel], name: str) -> Field:
    """Read how a field is stored from its declaration."""
    info = model.model_fields[name]
    documents = [kind for kind in _kinds(info.annotation) if _is_document(kind)]
    return Field(info.alias or name, _absence(info), documents[0] if documents else None)


def _kinds(annotation: Any) -> list[Any]:
    return [annotation, *(kind for part in get_args(annotation) for kind in _kinds(part))]


def _is_document(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _absence(info: Any) -> Absence:
    """Say what absence reads back as, if that is None or an empty set (promise V2)."""
    if info.is_required():
        origin = getattr(info.annotation, "__origin__", None)
        return EMPTY if origin in {set, frozenset} else None
    default = info.get_default(call_default_factory=True)
    if default is None:
        return NULL
    return EMPTY if isinstance(default, AbstractSet) and not default else None


def encode(value: Any) -> dict[str, Any]:
    """Write a value as an attribute value in wire JSON."""
    if isinstance(value, Enum):
        return encode(value.value)
    if isinstance(value, BaseModel):
        return {"M": encode_fields(value)}
    write = next(write for kind, write in _WRITERS.items() if isinstance(value, kind))
    written: dict[str, Any] = write(value)
    return written


def encode_fields(model: BaseModel) -> dict[str, Any]:
    """Write a model's fields by attribute name, without what is stored by leaving it out."""
    found = {}
    for name in type(model).model_fields:
        field = field_of(type(model), name)
        value = encode(getattr(model, name))
        if value != field.absence:
            found[field.attribute] = value
    return found


def time_text(value: datetime) -> str:
    """Write an aware datetime in UTC with microseconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _set(value: AbstractSet[Any]) -> dict[str, Any]:
    members = [encode(member) for member in value]
    if not members:
        return EMPTY
    ((kind, _),) = members[0].items()
    return {kind + "S": sorted(member[kind] for member in members)}


_WRITERS: dict[Any, Any] = {
    NoneType: lambda _: NULL,
    bool: lambda value: {"BOOL": value},
    int | Decimal: lambda value: {"N": _number(Decimal(value))},
    float: lambda value: {"N": _number(Decimal(repr(value)))},
    str: lambda value: {"S": value},
    bytes: lambda value: {"B": b64encode(value).decode()},
    datetime: lambda value: {"S": time_text(value)},
    AbstractSet: _set,
    list: lambda value: {"L": [encode(member) for member in value]},
    dict: lambda value: {"M": {name: encode(member) for name, member in value.items()}},
}
