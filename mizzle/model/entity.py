"""Entities and documents: Pydantic models whose classes hand out attribute paths."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

from pydantic import BaseModel, Field

# Private in Pydantic, and without a public twin: this is the one place that imports it.
from pydantic._internal._model_construction import ModelMetaclass

from mizzle.errors import DefinitionError
from mizzle.expressions.operands import AttributePath
from mizzle.model.attributes import attr
from mizzle.model.keys import KeyTemplate
from mizzle.model.origins import origin_of, read_marks, remember
from mizzle.model.schema import register
from mizzle.model.table import Table

__all__ = ["Document", "Entity", "EntityMeta"]

# Set while Pydantic builds a class: it asks parents for a field's name to warn of shadowing, and must
# not be answered with a path.
_building: ContextVar[bool] = ContextVar("_building", default=False)


@dataclass_transform(kw_only_default=True, field_specifiers=(Field, attr))
class EntityMeta(ModelMetaclass):
    """The metaclass that answers `User.age` with an attribute path."""

    # Any other parameter name than these would take a class keyword of that name away.
    def __new__(
        mcs, cls_name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **kwargs: Any
    ) -> Any:
        """Build the class, its paths and its keys."""
        table = kwargs.pop("table", None)
        name = kwargs.pop("name", None)
        # Document and Entity themselves have nothing to check, and are not there yet.
        is_root = not any(isinstance(base, EntityMeta) for base in bases)
        if not is_root:
            _check_names(cls_name, namespace)
        # A key template left in the namespace would have to be annotated, and a user's own
        # `ignored_types` would replace ours.
        templates = {k: v for k, v in namespace.items() if isinstance(v, KeyTemplate)}
        for key in templates:
            del namespace[key]
        token = _building.set(True)
        try:
            cls: Any = super().__new__(mcs, cls_name, bases, namespace, **kwargs)
            if not cls.__pydantic_complete__:
                # This method is a frame that Pydantic does not count when it looks for types that
                # are local to the function around the class.
                cls.model_rebuild(raise_errors=False, _parent_namespace_depth=3)
        finally:
            _building.reset(token)
        cls.__mizzle_fields__ = cls.__pydantic_fields__.keys()
        cls.__mizzle_templates__ = templates
        for key, template in templates.items():
            if key in cls.__pydantic_fields__:
                message = f"{cls_name}.{key} is both a field and a key template; rename one"
                raise DefinitionError(message)
            type.__setattr__(cls, key, template)
            template.__set_name__(cls, key)
        if not is_root:
            _declare(cls, table, name)
        return cls

    if not TYPE_CHECKING:  # else mypy allows any attribute on any entity class

        def __getattr__(cls, name: str) -> Any:
            if not _building.get() and name in cls.__dict__.get("__mizzle_fields__", ()):
                return AttributePath(cls, (name,))
            return super().__getattr__(name)


class Document(BaseModel, metaclass=EntityMeta):
    """A nested model: it is stored inside an entity and has no key of its own.

    Example:
        ```python
        from mizzle import Attr, Document


        class Address(Document):
            street: Attr[str]
            city: Attr[str]
        ```
    """


class Entity(BaseModel, metaclass=EntityMeta):
    """A Pydantic model with a key: what a table stores.

    Class keywords: `table=` names the `Table` (subclasses inherit it; an entity without one is
    abstract), `name=` the entity's name in the table, by default the class's.

    Example:
        ```python
        from mizzle import Attr, Entity, PrimaryKey, Table

        app = Table("app", partition_key="pk", sort_key="sk")


        class User(Entity, table=app):
            id: Attr[str]
            name: Attr[str]

            primary = PrimaryKey("USER#{id}", "PROFILE")
        ```

    Raises:
        DefinitionError: When the class is created, if the key templates and the fields do not fit
            each other, the table or its other entities.
    """

    # The key that the item was read with, and the ids of the writes that it bore. Slots, so that they
    # take no part in equality and dumps. A shallow copy keeps the ids, as it may be put back; but not
    # the key, as `model_copy(update=...)` may give it another.
    __slots__ = ("__mizzle_key__", "__mizzle_marks__")

    if TYPE_CHECKING:
        __mizzle_table__: ClassVar[Table | None]
        __mizzle_name__: ClassVar[str]

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), **origin_of(self)}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        remember(self, **{name: state[name] for name in Entity.__slots__ if name in state})

    def __copy__(self) -> Self:
        copied = super().__copy__()
        remember(copied, __mizzle_marks__=read_marks(self))
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        copied = super().__deepcopy__(memo)
        remember(copied, **origin_of(self))
        return copied


def _check_names(cls_name: str, namespace: dict[str, Any]) -> None:
    """Refuse fields that would hide what every entity has."""
    for field in namespace.get("__annotations__", {}):
        if not field.startswith("_") and hasattr(Entity, field):
            message = (
                f"{cls_name}.{field}: every entity has an attribute of that name. Call the field "
                f'otherwise and keep the stored name: `{field}_: Attr[...] = attr(alias="{field}")`.'
            )
            raise DefinitionError(message)


def _declare(cls: Any, table: Any, name: str | None) -> None:
    if not issubclass(cls, Entity):
        if table is not None or name is not None or cls.__mizzle_templates__:
            message = f"{cls.__name__}: only an Entity has a table, a name and keys"
            raise DefinitionError(message)
        return
    if table is not None and not isinstance(table, Table):
        message = f"{cls.__name__}: table= takes a Table, not {type(table).__name__}"
        raise DefinitionError(message)
    cls.__mizzle_table__ = table or getattr(cls, "__mizzle_table__", None)
    cls.__mizzle_name__ = name or cls.__name__
    if cls.__mizzle_table__ is not None:
        register(cls)
