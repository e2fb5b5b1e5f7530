"""`Attr` and `attr`: how an entity declares what it stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, overload

from pydantic import Field
from pydantic_core import PydanticUndefined

from mizzle.expressions.operands import AttributePath

__all__ = ["Attr", "attr"]

T = TypeVar("T")

if TYPE_CHECKING:

    class Attr(Generic[T]):
        """The type of an attribute: `age: Attr[int]`.

        On the class, `User.age` is an attribute path to build conditions and updates with; on an
        instance, `user.age` is the value. At run time `Attr[int]` is `Annotated[int, Attr]`, so
        Pydantic sees nothing but `int`.

        Example:
            ```python
            from mizzle import Attr, Document


            class Address(Document):
                street: Attr[str]
                city: Attr[str]
            ```
        """

        @overload
        def __get__(self, instance: None, owner: Any) -> AttributePath[T]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> T: ...
        def __get__(self, instance: object, owner: Any) -> AttributePath[T] | T: ...
        def __set__(self, instance: Any, value: T) -> None: ...

else:

    class Attr:
        """The type of an attribute: `age: Attr[int]`.

        On the class, `User.age` is an attribute path to build conditions and updates with; on an
        instance, `user.age` is the value. At run time `Attr[int]` is `Annotated[int, Attr]`, so
        Pydantic sees nothing but `int`.

        Example:
            ```python
            from mizzle import Attr, Document


            class Address(Document):
                street: Attr[str]
                city: Attr[str]
            ```
        """

        def __class_getitem__(cls, item: Any) -> Any:
            return Annotated[item, cls]


@overload
def attr(*, default: T, alias: str | None = ...) -> Attr[T]: ...
@overload
def attr(*, default_factory: Callable[[], T], alias: str | None = ...) -> Attr[T]: ...
@overload
def attr(*, alias: str | None = ...) -> Attr[Any]: ...
def attr(
    *,
    default: Any = PydanticUndefined,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
) -> Any:
    """Give an attribute a default or an alias; constraints go into its type.

    Args:
        default: The value of an attribute that is not given.
        default_factory: Makes that value, anew for each instance.
        alias: The name under which the attribute is stored, and that the constructor takes.

    Example:
        ```python
        from typing import Annotated

        from pydantic import Field

        from mizzle import Attr, Document, attr


        class Score(Document):
            points: Attr[Annotated[int, Field(ge=0)]] = attr(default=0)
            tags: Attr[set[str]] = attr(default_factory=set)
        ```
    """
    if default_factory is not None:
        return Field(default_factory=default_factory, alias=alias)
    return Field(default=default, alias=alias)
