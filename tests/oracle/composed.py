"""Tables whose keys are made by templates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from mizzle import Attr, Index, IndexKey, PrimaryKey, Table, attr
from tests.oracle.models import Common, Kind
from tests.oracle.shapes import Shape, Templates, accesses, stray_keys

__all__ = ["BARE", "DRAWERS", "ODDS", "SOLO"]

drawers = Table(
    "drawers",
    partition_key="pk",
    sort_key="sk",
    indexes=[
        Index("by_owner", partition_key="g1p", sort_key="g1s"),
        Index("by_topic", partition_key="g2p", sort_key="g2s"),
        Index("by_kind", partition_key="g3p", sort_key="g3s", projection="KEYS_ONLY"),
        Index("by_num", partition_key="g4p", sort_key="g4s", projection=["text", "tags", "num"]),
        Index("by_rank", sort_key="l1s", local=True),
    ],
)

_FILE: Templates = {
    None: ("BOX#{box}", "F#{folder}#{name}"),
    "by_owner": ("OWNER#{owner}", "{text}"),
    "by_topic": ("TOPIC#{topic}", "{rank:03}#{name}"),
    "by_kind": ("KIND#{kind}", "{at}#{num}"),
    "by_rank": ("BOX#{box}", "RANK#{rank:03}"),
}


class File(Common, table=drawers):
    """Its sort key has a text of varying width before another."""

    box: Attr[str]
    folder: Attr[str]
    name: Attr[str]
    owner: Attr[str]
    topic: Attr[str | None] = attr(default=None)
    rank: Attr[int | None]

    primary = PrimaryKey(*_FILE[None])
    by_owner = IndexKey("by_owner", *_FILE["by_owner"])
    by_topic = IndexKey("by_topic", *_FILE["by_topic"])
    by_kind = IndexKey("by_kind", *_FILE["by_kind"])
    by_rank = IndexKey("by_rank", sort=_FILE["by_rank"][1])


_ORDER: Templates = {
    None: ("BOX#{box}", "O#{placed}#{name}"),
    "by_owner": ("OWNER#{owner}", "{placed}"),
    "by_topic": ("TOPIC#{topic}", "{kind}--{text}"),
    "by_num": ("NUM#{num}", "{folder}--{name}"),
    "by_rank": ("BOX#{box}", "{seen}"),
}


class Order(Common, table=drawers):
    """Its sort key begins with a date."""

    box: Attr[str]
    placed: Attr[datetime]
    name: Attr[str]
    owner: Attr[str]
    folder: Attr[str]
    topic: Attr[str | None] = attr(default=None)

    primary = PrimaryKey(*_ORDER[None])
    by_owner = IndexKey("by_owner", *_ORDER["by_owner"])
    by_topic = IndexKey("by_topic", *_ORDER["by_topic"])
    by_num = IndexKey("by_num", *_ORDER["by_num"])
    by_rank = IndexKey("by_rank", sort=_ORDER["by_rank"][1])


_TALLY: Templates = {
    None: ("BOX#{box}", "N#{n:04}{mark}"),
    "by_owner": ("OWNER#{owner}", "{kind}"),
    "by_topic": ("FIXED", "{n:04}"),
}


class Tally(Common, table=drawers):
    """Its sort key begins with a padded number, and no literal stands behind that."""

    box: Attr[str]
    n: Attr[int]
    mark: Attr[str]
    owner: Attr[str]

    primary = PrimaryKey(*_TALLY[None])
    by_owner = IndexKey("by_owner", *_TALLY["by_owner"])
    by_topic = IndexKey("by_topic", *_TALLY["by_topic"])


_SUBTALLY: Templates = _TALLY | {"by_owner": ("SUB#{owner}", "{grade}")}


class Subtally(Tally):
    """Has the primary key of its parent, and another key in an index."""

    extra: Attr[int | None] = attr(default=None)

    by_owner = IndexKey("by_owner", *_SUBTALLY["by_owner"])


DRAWERS = Shape(
    drawers,
    {
        File: accesses(drawers, _FILE),
        Order: accesses(drawers, _ORDER),
        Tally: accesses(drawers, _TALLY),
        Subtally: accesses(drawers, _SUBTALLY),
    },
    stray_keys("!", "F", "F#", "F#a", "F$", "O#", "O#2026", "O$", "N#12", "N$", "\U0010ffff"),
)

odds = Table(
    "odds",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("by_price", partition_key="g1p", sort_key="g1s")],
)

_UNIT: Templates = {
    None: ("BOX#{box}", "U#{unit}#{price}#{slot}"),
    "by_price": ("P#{price}#{slot}", "{grade}"),
}


class Unit(Common, table=odds):
    """Its sort key is made of what has no order as text."""

    box: Attr[str]
    unit: Attr[int]
    price: Attr[Decimal]
    slot: Attr[Kind]

    primary = PrimaryKey(*_UNIT[None])
    by_price = IndexKey("by_price", *_UNIT["by_price"])


_SUBUNIT: Templates = _UNIT | {None: ("BOX#{box}", "V#{slot}#{unit:04}")}


class Subunit(Unit):
    """Has a primary key of its own."""

    extra: Attr[int | None] = attr(default=None)

    primary = PrimaryKey(*_SUBUNIT[None])


_QUOTE: Templates = {
    None: ("BOX#{box}", "Q#{label:quote}#{slot}"),
    "by_price": ("{folder:quote}/{kind}", "{label:quote}"),
}


class Quote(Common, table=odds):
    """Its sort key holds a percent-encoded text."""

    box: Attr[str]
    label: Attr[str]
    slot: Attr[Kind]
    folder: Attr[str]

    primary = PrimaryKey(*_QUOTE[None])
    by_price = IndexKey("by_price", *_QUOTE["by_price"])


ODDS = Shape(
    odds,
    {
        Unit: accesses(odds, _UNIT),
        Subunit: accesses(odds, _SUBUNIT),
        Quote: accesses(odds, _QUOTE),
    },
    stray_keys("U", "U#", "U#01#1#a", "U#1#1.50#a", "U$", "V#", "Q#", "Q#a", "Q#%#a", "Q$"),
)

solo = Table("solo", partition_key="pk", indexes=[Index("by_slot", partition_key="g1p")])

_ONE: Templates = {None: ("ONE#{box}#{folder}",), "by_slot": ("S#{slot}",)}
_TWO: Templates = {None: ("TWO#{box}",), "by_slot": ("T#{topic}",)}


class One(Common, table=solo):
    """The table has no sort key, and neither has its index."""

    box: Attr[str]
    folder: Attr[str]
    slot: Attr[Kind]
    topic: Attr[str | None] = attr(default=None)

    primary = PrimaryKey(*_ONE[None])
    by_slot = IndexKey("by_slot", *_ONE["by_slot"])


class Two(Common, table=solo):
    box: Attr[str]
    topic: Attr[str | None] = attr(default=None)

    primary = PrimaryKey(*_TWO[None])
    by_slot = IndexKey("by_slot", *_TWO["by_slot"])


SOLO = Shape(
    solo,
    {One: accesses(solo, _ONE), Two: accesses(solo, _TWO)},
    tuple({"pk": {"S": text}} for text in ("ONE", "ONE#p", "TWO", "TWO$", "\U0010ffff")),
)

bare = Table(
    "bare",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("by_name", partition_key="g1p", sort_key="g1s")],
    type_attribute=None,
)

_LEFT: Templates = {None: ("BOX#{box}", "L#{n:04}"), "by_name": ("N", "{name}")}
_RIGHT: Templates = {None: ("BOX#{box}", "R#{folder}#{name}"), "by_name": ("T#{topic}", "{name}")}


class Left(Common, table=bare):
    """Is told from others by its key only."""

    box: Attr[str]
    n: Attr[int]
    name: Attr[str]

    primary = PrimaryKey(*_LEFT[None])
    by_name = IndexKey("by_name", *_LEFT["by_name"])


class Right(Common, table=bare):
    box: Attr[str]
    folder: Attr[str]
    name: Attr[str]
    topic: Attr[str | None] = attr(default=None)

    primary = PrimaryKey(*_RIGHT[None])
    by_name = IndexKey("by_name", *_RIGHT["by_name"])


BARE = Shape(
    bare,
    {Left: accesses(bare, _LEFT), Right: accesses(bare, _RIGHT)},
    stray_keys("L", "L#1", "L#00001", "L#000a", "L$", "R#", "R#a", "R$", "!"),
    has_types=False,
)
