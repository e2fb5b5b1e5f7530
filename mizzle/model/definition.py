"""The checks of an entity's declaration, and the keys that come out of them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin
from uuid import UUID

from mizzle.errors import DefinitionError
from mizzle.model.codecs import document_codec
from mizzle.model.keys import AccessKey, KeyPart, KeyTemplate
from mizzle.model.table import WRITE_IDS, Index, KeyAttribute, Table
from mizzle.model.templates import (
    BoundTemplate,
    SegmentKind,
    Template,
    kind_for,
    literal_kind,
    suggest,
)

__all__ = ["access_keys", "stored_name"]


def access_keys(
    cls: Any, table: Table, templates: Mapping[str, KeyTemplate], *, names_only: bool = False
) -> tuple[AccessKey, dict[str, AccessKey]]:
    """Check an entity's declaration and build its keys.

    Args:
        cls: The entity's class.
        table: Its table.
        templates: Its key templates, by the name of the class attribute.
        names_only: Check names but no types: some annotations cannot be resolved yet.

    Returns:
        The primary key, and the keys of the indexes that the entity's items are in, by index name.

    Raises:
        DefinitionError: Naming the class, the template and the field.
    """
    return _Definition(cls, table, templates, names_only=names_only).build()


def stored_name(name: str, field: Any) -> str:
    """Give the attribute name under which a field is stored."""
    return field.serialization_alias or field.alias or name


class _Definition:
    def __init__(
        self, cls: Any, table: Table, templates: Mapping[str, KeyTemplate], *, names_only: bool
    ) -> None:
        self.cls = cls
        self.table = table
        self.templates = templates
        self.names_only = names_only
        self.fields: dict[str, Any] = cls.__pydantic_fields__
        self.stored = {stored_name(name, field): name for name, field in self.fields.items()}

    def build(self) -> tuple[AccessKey, dict[str, AccessKey]]:
        self._check_attribute_names()
        self._check_inherited_names()
        primaries = [(n, t) for n, t in self.templates.items() if t.index is None]
        if len(primaries) > 1:
            names = " and ".join(name for name, _ in primaries)
            self._fail(f"{names} are both a PrimaryKey; an entity has one")
        name, primary = primaries[0] if primaries else ("primary", KeyTemplate(None, None, None))
        key = self._access(name, None, self.table.primary_key, primary)
        if key is None:
            wanted = ", ".join(attribute.name for attribute in self.table.primary_key)
            self._fail(
                f"there is no PrimaryKey, and no fields of the names of {self.table!r}'s key "
                f"attributes ({wanted}). Add `primary = PrimaryKey(...)`"
            )
        return key, self._index_keys()

    def _index_keys(self) -> dict[str, AccessKey]:
        by_index: dict[str, KeyTemplate] = {}
        for name, template in self.templates.items():
            if template.index is None:
                continue
            index = self.table.indexes.get(template.index)
            if index is None:
                known = suggest(template.index, list(self.table.indexes))
                self._fail(f"{name}: {self.table!r} has no index {template.index!r}{known}")
            if index.local and template.partition is not None:
                self._fail(
                    f"{name}: {index!r} is local and has the table's partition key; "
                    f'give it a sort template only: IndexKey("{index.name}", sort="...")'
                )
            if by_index.setdefault(template.index, template) is not template:
                self._fail(f"{name}: there is another IndexKey for index {template.index!r}")
        found: dict[str, AccessKey] = {}
        for index_name, index in self.table.indexes.items():
            declared = by_index.get(index_name, KeyTemplate(None, None, index_name))
            name = declared.attribute if index_name in by_index else index_name
            key = self._access(name, index, self.table.index_key(index), declared)
            if key is not None:
                found[index_name] = key
        return found

    def _access(
        self,
        name: str,
        index: Index | None,
        attributes: tuple[KeyAttribute, ...],
        declared: KeyTemplate,
    ) -> AccessKey | None:
        if declared.sort is not None and len(attributes) == 1:
            self._fail(f"{name}: there is a sort template, but no sort key to fill")
        parts: list[KeyPart] = []
        for position, attribute in enumerate(attributes):
            template = declared.sort if position else declared.partition
            if index is not None and index.local and not position:
                template = next(
                    (t.partition for t in self.templates.values() if t.index is None), None
                )
            part = self._part(name, index, attribute, template, is_sort=bool(position))
            if part is None:
                if declared.fields or (index is None and self._has_primary()):
                    self._fail(
                        f"{name}: key attribute {attribute.name} has no template, and no field is "
                        "stored under that name"
                    )
                return None
            parts.append(part)
        return AccessKey(name, index, parts[0], parts[1] if len(parts) > 1 else None)

    def _has_primary(self) -> bool:
        return any(template.index is None for template in self.templates.values())

    def _part(
        self,
        name: str,
        index: Index | None,
        attribute: KeyAttribute,
        template: Template | None,
        *,
        is_sort: bool,
    ) -> KeyPart | None:
        field = self.stored.get(attribute.name)
        if template is None:
            return self._plain(index, attribute, field, is_sort=is_sort) if field else None
        if field is not None:
            self._fail(
                f"{name}: field {field} is stored as {attribute.name}, which the template "
                f'"{template.text}" fills. Rename the field, or leave the template out'
            )
        if attribute.type != "S":
            self._fail(
                f'{name}: "{template.text}" makes text, but key attribute {attribute.name} is of '
                f"type {attribute.type}; name a field {attribute.name} instead"
            )
        for used in template.fields:
            self._check_used(name, template, used, primary=index is None)
        bound = None if self.names_only else self._bound(name, template)
        return KeyPart(
            attribute,
            template=bound,
            field=None,
            fields=template.fields,
            is_sort=is_sort,
        )

    def _plain(
        self, index: Index | None, attribute: KeyAttribute, field: str, *, is_sort: bool
    ) -> KeyPart | None:
        codec = None
        if not self.names_only:
            found, optional = _unwrap(self.fields[field].annotation)
            if optional and index is None:
                self._fail(f"{field} is a key attribute and cannot be optional")
            kind = _wire_type(found)
            if kind != attribute.type:
                self._fail(
                    f"{field} is stored as {kind or 'no key type'}, but key attribute "
                    f"{attribute.name} is of type {attribute.type}"
                )
            codec = document_codec(self.cls).fields[field]
            if optional and not codec.null_is_absent:
                # The index takes no NULL, so that None can only be stored by leaving it out.
                self._fail(
                    f"{field} is a key attribute of an index and can be None; an item leaves it out "
                    "then, which reads as its default: give it the default None"
                )
        return KeyPart(
            attribute,
            template=None,
            field=codec,
            fields=(field,),
            is_sort=is_sort,
        )

    def _check_used(self, name: str, template: Template, used: str, *, primary: bool) -> None:
        field = self.fields.get(used)
        if field is None:
            why = (
                "is computed and not stored; use a field"
                if used in self.cls.__pydantic_computed_fields__
                else f"is not a field{suggest(used, list(self.fields))}"
            )
            self._fail(f'{name}: "{template.text}": {used} {why}')
        if primary and not self.names_only and _unwrap(field.annotation)[1]:
            self._fail(
                f'{name}: "{template.text}": {used} is optional, and every item needs its primary key'
            )

    def _bound(self, name: str, template: Template) -> BoundTemplate:
        kinds: dict[str, SegmentKind] = {}
        for used, spec in template.specs.items():
            found, _ = _unwrap(self.fields[used].annotation)
            try:
                kinds[used] = _kind(found, spec)
            except DefinitionError as error:
                self._fail(f'{name}: "{template.text}": {used}: {error}', error)
        try:
            return template.bind(kinds)
        except DefinitionError as error:
            self._fail(f"{name}: {error}", error)

    def _check_inherited_names(self) -> None:
        """Refuse a field that a base of the same table stores under another name."""
        for base in self.cls.__mro__[1:]:
            if getattr(base, "__mizzle_table__", None) is not self.table:
                continue
            for name, field in base.__pydantic_fields__.items():
                there, here = stored_name(name, field), stored_name(name, self.fields[name])
                if there != here:
                    self._fail(
                        f"{name} is stored as {here}, but as {there} by {base.__name__}, whose "
                        "selects have to find it; give it the same alias"
                    )

    def _check_attribute_names(self) -> None:
        if len(self.stored) != len(self.fields):
            self._fail("two fields are stored under the same attribute name")
        for kept in (self.table.type_attribute, *WRITE_IDS):
            if kept in self.stored:
                self._fail(
                    f"{self.stored[kept]} is stored as {kept}, which is kept for the library; "
                    "give the field another alias"
                )

    def _fail(self, message: str, cause: Exception | None = None) -> NoReturn:
        text = f"{self.cls.__name__}.{message}."
        raise DefinitionError(text) from cause


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """Take `Annotated`, type aliases and `None` off an annotation.

    Returns:
        What is left, and whether None was part of it.
    """
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in {Union, types.UnionType}:
            members = [a for a in get_args(annotation) if a is not type(None)]
            optional = optional or len(members) < len(get_args(annotation))
            if len(members) != 1:
                return annotation, optional
            annotation = members[0]
        elif hasattr(annotation, "__value__"):
            annotation = annotation.__value__
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return annotation, optional


def _kind(annotation: Any, spec: str) -> SegmentKind:
    if get_origin(annotation) is Literal:
        return literal_kind(get_args(annotation), spec)
    if not isinstance(annotation, type):
        message = f"{annotation} has no text that a key could hold"
        raise DefinitionError(message)
    return kind_for(annotation, spec)


_TEXT = (str, UUID, datetime, date, time)
_NUMBERS = (int, float, Decimal, timedelta)


def _wire_type(annotation: Any) -> str | None:
    if get_origin(annotation) is Literal:
        found = {_wire_type(type(value)) for value in get_args(annotation)}
        return found.pop() if len(found) == 1 else None
    if not isinstance(annotation, type) or issubclass(annotation, bool):
        return None
    if issubclass(annotation, Enum):
        found = {_wire_type(type(member.value)) for member in annotation}
        return found.pop() if len(found) == 1 else None
    if issubclass(annotation, _TEXT):
        return "S"
    return (
        "N" if issubclass(annotation, _NUMBERS) else "B" if issubclass(annotation, bytes) else None
    )
