"""What every entity of the oracle holds, one field for each way of storing something."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum

from mizzle import Attr, Document, Entity, attr

__all__ = ["Common", "Grade", "Kind", "Place"]


class Kind(StrEnum):
    """Texts of several widths, one the beginning of another."""

    A = "a"
    AB = "ab"
    NONE = ""


class Grade(Enum):
    """Whole numbers."""

    LOW = 1
    HIGH = 10


class Place(Document):
    city: Attr[str]
    zip: Attr[int | None] = attr(default=None)
    by: Attr[str | None]
    marks: Attr[set[str]] = attr(default_factory=set)


class Common(Entity):
    """The fields that no key of any table needs; `nick` is stored under an alias."""

    text: Attr[str]
    num: Attr[int]
    many: Attr[int]
    dec: Attr[Decimal]
    flt: Attr[float]
    flag: Attr[bool]
    blob: Attr[bytes]
    at: Attr[datetime]
    kind: Attr[Kind]
    grade: Attr[Grade]
    labels: Attr[set[str]]
    tags: Attr[set[str]] = attr(default_factory=set)
    nums: Attr[set[int]] = attr(default_factory=lambda: {1})
    maybe: Attr[set[str] | None] = attr(default=None)
    ints: Attr[list[int]] = attr(default_factory=list)
    words: Attr[list[str]] = attr(default_factory=list)
    limits: Attr[dict[str, int]] = attr(default_factory=dict)
    home: Attr[Place | None] = attr(default=None)
    stops: Attr[list[Place]] = attr(default_factory=list)
    nick: Attr[str | None] = attr(default=None, alias="nk")
    asked: Attr[str | None]
    five: Attr[int | None] = attr(default=5)
    seen: Attr[datetime | None] = attr(default=None)
