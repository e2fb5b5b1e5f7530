"""Writing functions as source: what the generated encoders and decoders share."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any

from mizzle.model.codecs.schemas import around_fields

if TYPE_CHECKING:
    from mizzle.model.codecs.documents import DocumentCodec

__all__ = ["CodeWriter", "is_plain"]

# What may stand around a model's fields without seeing them before they are validated.
_AROUND_FIELDS = frozenset({"definitions", "definition-ref", "model", "function-after"})


class CodeWriter:
    """Writes functions of one kind: those of a document and of those inside it.

    Args:
        constants: What the functions refer to, by name; shared with other writers.

    Attributes:
        verb: What the functions are named by.
        letter: What their variables are named by.
        functions: The sources of the functions.
    """

    verb: str
    letter: str

    def __init__(self, constants: dict[str, Any]) -> None:
        self.functions: list[str] = []
        self._constants = constants
        self._names: dict[int, str | None] = {}
        self._variables = 0

    def write(self, name: str, document: DocumentCodec) -> None:
        """Write the function of a document."""
        raise NotImplementedError

    def function_for(self, document: DocumentCodec) -> str | None:
        """Name the function of a document inside this one; None if there cannot be one."""
        if id(document) not in self._names:
            name = f"{self.verb}_{len(self._names) + 1}" if is_plain(document) else None
            # Named before it is written, as it may be inside itself.
            self._names[id(document)] = name
            if name is not None:
                self.write(name, document)
        return self._names[id(document)]

    def named(self, value: Any, name: str | None = None) -> str:
        """Name a class or function that the functions refer to, as it is called where it is from."""
        known: str = name or value.__name__
        return known if self._constants.setdefault(known, value) is value else self.constant(value)

    def constant(self, value: Any) -> str:
        """Name anything else that the functions refer to."""
        for name, known in self._constants.items():
            # Methods are made anew each time that they are asked for; equal ones are of one object.
            if known is value or (isinstance(value, MethodType) and known == value):
                return name
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def variable(self) -> str:
        """Give a name that nothing else has, here or in what another writer adds."""
        self._variables += 1
        return f"{self.letter}{self._variables}"


def is_plain(document: DocumentCodec) -> bool:
    """Tell whether nothing of the user's sees the attributes before Pydantic has read them."""
    if not document.is_model or document.strict or document.keeps_extra:
        return False
    cls: Any = document.cls
    if not cls.__pydantic_complete__:
        return False
    return all(
        schema["type"] in _AROUND_FIELDS
        and not schema.get("custom_init")
        and not schema.get("strict")
        for schema in around_fields(cls.__pydantic_core_schema__)
    )
