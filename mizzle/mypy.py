"""A mypy plugin for projects that also run Pydantic's.

Pydantic's plugin takes the type of an inherited field for the plain value's, so that `Admin.age > 3`
is a `bool` to mypy. List this one first, and entities are read by mypy's own dataclass transform:

```toml
[tool.mypy]
plugins = ["mizzle.mypy", "pydantic.mypy"]
```
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import TypeInfo
from mypy.plugin import ClassDefContext, Plugin

__all__ = ["plugin"]

_BASES = ("mizzle.model.entity.Entity", "mizzle.model.entity.Document")


class EntityPlugin(Plugin):
    """Claims the classes that Pydantic's plugin would misread."""

    def get_base_class_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """Answer for subclasses of entities and documents."""
        symbol = self.lookup_fully_qualified(fullname)
        node = symbol.node if symbol else None
        if isinstance(node, TypeInfo) and any(map(node.has_base, _BASES)):
            return lambda _: None
        return None


def plugin(version: str) -> type[Plugin]:
    """Give mypy the plugin."""
    del version
    return EntityPlugin
