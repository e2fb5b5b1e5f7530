"""Tables with key attributes that are plain fields: texts, numbers and binaries."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from mizzle import Attr, Index, IndexKey, KeyAttribute, PrimaryKey, Table, attr
from tests.oracle.models import Common
from tests.oracle.shapes import Shape, Templates, accesses

__all__ = ["BINARY", "NUMERIC", "PLAIN"]

plain = Table(
    "plain",
    partition_key="owner",
    sort_key="name",
    indexes=[
        Index("by_topic", partition_key="topic", sort_key=KeyAttribute("score", "N")),
        Index("by_label", sort_key="label", local=True),
        Index("by_grade", partition_key=KeyAttribute("grade", "N"), projection="KEYS_ONLY"),
    ],
)

_FIELDS: Templates = {
    None: (None, None),
    "by_topic": (None, None),
    "by_label": (None, None),
    "by_grade": (None,),
}


class Plain(Common, table=plain):
    owner: Attr[str]
    name: Attr[str]
    label: Attr[str]
    topic: Attr[str | None] = attr(default=None)
    score: Attr[Decimal | None] = attr(default=None)


class Subplain(Plain):
    """Shares all keys of its parent."""

    extra: Attr[int | None] = attr(default=None)


PLAIN = Shape(plain, dict.fromkeys((Plain, Subplain), accesses(plain, _FIELDS)))

numeric = Table(
    "numeric",
    partition_key="pk",
    sort_key=KeyAttribute("seq", "N"),
    indexes=[
        Index("by_placed", sort_key="l1s", local=True, projection="KEYS_ONLY"),
        Index("by_seq", partition_key="g1p", sort_key=KeyAttribute("seq", "N")),
    ],
)

_READING: Templates = {
    None: ("READ#{box}", None),
    "by_placed": ("READ#{box}", "{placed}#{text}"),
    "by_seq": ("T#{topic}", None),
}
_STEP: Templates = {None: ("STEP#{box}", None), "by_seq": ("T#{topic}", None)}


class Reading(Common, table=numeric):
    """Has a template for the partition key, and a field for the sort key."""

    box: Attr[str]
    seq: Attr[Decimal]
    placed: Attr[datetime]
    topic: Attr[str | None] = attr(default=None)

    primary = PrimaryKey(_READING[None][0])
    by_placed = IndexKey("by_placed", sort=_READING["by_placed"][1])
    by_seq = IndexKey("by_seq", _READING["by_seq"][0])


class Step(Common, table=numeric):
    box: Attr[str]
    seq: Attr[int]
    topic: Attr[str | None] = attr(default=None)

    primary = PrimaryKey(_STEP[None][0])
    by_seq = IndexKey("by_seq", _STEP["by_seq"][0])


NUMERIC = Shape(
    numeric,
    {Reading: accesses(numeric, _READING), Step: accesses(numeric, _STEP)},
    tuple({"pk": {"S": text}, "seq": {"N": "1"}} for text in ("READ", "STEP$", "!")),
)

binary = Table(
    "binary",
    partition_key=KeyAttribute("shard", "N"),
    sort_key=KeyAttribute("digest", "B"),
    indexes=[Index("by_digest", partition_key=KeyAttribute("digest", "B"), sort_key="folder")],
)

_CHUNK: Templates = {None: (None, None), "by_digest": (None, None)}


class Chunk(Common, table=binary):
    shard: Attr[int]
    digest: Attr[bytes]
    folder: Attr[str]


BINARY = Shape(binary, {Chunk: accesses(binary, _CHUNK)})
