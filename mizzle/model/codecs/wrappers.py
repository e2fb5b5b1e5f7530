"""Codecs around another codec: optional values, root models, types that refer to themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from mizzle.model.codecs.base import Codec, mismatch
from mizzle.request import AttributeValue

if TYPE_CHECKING:
    from mizzle.model.codecs.fields import FieldCodec


_NULL: AttributeValue = {"NULL": True}


class WrappedCodec(Codec):
    """A codec that passes on what it does not change."""

    __slots__ = ("inner",)

    def __init__(self, inner: Codec) -> None:
        super().__init__(
            inner.tags,
            ordered=inner.ordered,
            nullable=inner.nullable,
            element=inner.element,
            exact=inner.exact,
            rank=inner.rank,
        )
        self.inner = inner

    @override
    def encode(self, value: Any) -> AttributeValue:
        return self.inner.encode(value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        return self.inner.decode(value)

    @override
    def member(self, name: str) -> FieldCodec | None:
        return self.inner.member(name)


class NullableCodec(WrappedCodec):
    """A type, or None."""

    __slots__ = ()

    def __init__(self, inner: Codec) -> None:
        super().__init__(inner)
        self.tags = inner.tags | {"NULL"}
        self.nullable = True
        self.exact = (*inner.exact, type(None))

    @override
    def encode(self, value: Any) -> AttributeValue:
        return dict(_NULL) if value is None else self.inner.encode(value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        return None if "NULL" in value else self.inner.decode(value)


class RootCodec(WrappedCodec):
    """A `RootModel`: stored as what it wraps."""

    __slots__ = ("_cls",)

    def __init__(self, cls: Any, inner: Codec) -> None:
        super().__init__(inner)
        self._cls = cls
        self.exact = (cls,)

    @override
    def encode(self, value: Any) -> AttributeValue:
        if type(value) is not self._cls:
            raise mismatch(self._cls.__name__, value)
        return self.inner.encode(value.root)


class LazyCodec(Codec):
    """A type that refers to itself: compiled when it is first asked for anything."""

    __slots__ = ("_compile", "_target")

    def __init__(self, compile_: Callable[[], Codec]) -> None:
        self._compile = compile_
        self._target: Codec | None = None
        self.schema = self.context = self._validator = None

    def __getattr__(self, name: str) -> Any:
        if name in Codec.__slots__:
            return getattr(self.target, name)
        raise AttributeError(name)

    @property
    def target(self) -> Codec:
        """The codec of the type."""
        if self._target is None:
            self._target = self._compile()
        return self._target

    @override
    def encode(self, value: Any) -> AttributeValue:
        return self.target.encode(value)

    @override
    def decode(self, value: AttributeValue) -> Any:
        return self.target.decode(value)

    @override
    def member(self, name: str) -> FieldCodec | None:
        return self.target.member(name)

    @override
    def validate(self, value: Any) -> Any:
        return self.target.validate(value)
