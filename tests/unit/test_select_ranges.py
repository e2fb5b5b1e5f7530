"""Conditions on key fields compile to these queries, whole: the table of bounds, row by row.

What a range cannot say exactly stands in the filter as well, and where keys of other entities can be
in it, so does the type. P, F and e are those of `mizzle/model/ranges.py`. The requests of all other
planning rules are in `test_select_requests.py`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from mizzle import Attr, Entity, KeyAttribute, PrimaryKey, StatementError, Table, select
from mizzle.expressions.conditions import Condition
from mizzle.model.schema import schema_of
from tests.models import NOON, ONE
from tests.support.requests import compiled

segments = Table("segments", partition_key="pk", sort_key="sk")
texts = Table("texts", partition_key="who", sort_key="name")
numbers = Table("numbers", partition_key="who", sort_key=KeyAttribute("n", "N"))
binaries = Table("binaries", partition_key="who", sort_key=KeyAttribute("raw", "B"))


class Event(Entity, table=segments):
    """A datetime and a literal; a UUID at the end."""

    who: Attr[str]
    at: Attr[datetime]
    id: Attr[UUID]

    primary = PrimaryKey("EVENT#{who}", "EVENT#{at}#{id}")


class Stay(Entity, table=segments):
    """A date and a literal; a padded number at the end."""

    who: Attr[str]
    day: Attr[date]
    n: Attr[int]

    primary = PrimaryKey("STAY#{who}", "STAY#{day}#{n:04}")


class Device(Entity, table=segments):
    """A UUID and a literal."""

    who: Attr[str]
    id: Attr[UUID]
    part: Attr[str]

    primary = PrimaryKey("DEVICE#{who}", "DEVICE#{id}#{part}")


class Ticket(Entity, table=segments):
    """A padded number and a literal."""

    who: Attr[str]
    n: Attr[int]
    part: Attr[str]

    primary = PrimaryKey("TICKET#{who}", "TICKET#{n:03}#{part}")


class File(Entity, table=segments):
    """A text and a literal; a text at the end."""

    who: Attr[str]
    folder: Attr[str]
    name: Attr[str]

    primary = PrimaryKey("FILE#{who}", "FILE#{folder}#{name}")


class Section(Entity, table=segments):
    """A text and a literal of two characters."""

    who: Attr[str]
    name: Attr[str]
    rest: Attr[str]

    primary = PrimaryKey("SECTION#{who}", "SECTION#{name}##{rest}")


class Word(Entity, table=segments):
    """Nothing but a text."""

    who: Attr[str]
    word: Attr[str]

    primary = PrimaryKey("WORD#{who}", "{word}")


class Shift(Entity, table=segments):
    """It begins with a date."""

    who: Attr[str]
    day: Attr[date]
    n: Attr[int]

    primary = PrimaryKey("SHIFT#{who}", "{day}#{n:03}")


class Track(Entity, table=segments):
    """It begins with a text of varying width."""

    who: Attr[str]
    path: Attr[str]
    n: Attr[int]

    primary = PrimaryKey("TRACK#{who}", "{path}#{n:03}")


class Link(Entity, table=segments):
    """A quoted text."""

    who: Attr[str]
    url: Attr[str]

    primary = PrimaryKey("LINK#{who}", "LINK#{url:quote}")


class Coin(Entity, table=segments):
    """A Decimal and an unpadded number, whose texts are not in order."""

    who: Attr[str]
    price: Attr[Decimal]
    n: Attr[int]

    primary = PrimaryKey("COIN#{who}", "COIN#{price}#{n}")


class Last(Entity, table=segments):
    """A literal of the greatest character there is."""

    who: Attr[str]
    a: Attr[str]
    b: Attr[str]

    primary = PrimaryKey("LAST#{who}", "LAST#{a}\U0010ffff{b}")


class Gap(Entity, table=segments):
    """A literal of the last character before the surrogates."""

    who: Attr[str]
    day: Attr[date]
    b: Attr[str]

    primary = PrimaryKey("GAP#{who}", "GAP#{day}\ud7ff{b}")


class Text(Entity, table=texts):
    """A plain text is the sort key."""

    who: Attr[str]
    name: Attr[str]


class Reading(Entity, table=numbers):
    """A plain number is the sort key."""

    who: Attr[str]
    n: Attr[int]


class Blob(Entity, table=binaries):
    """A plain binary is the sort key."""

    who: Attr[str]
    raw: Attr[bytes]


T = "2026-11-24T12:00:00.000000Z"
U = "2026-11-24T13:00:00.000000Z"
AT_LAST = "9999-12-31T23:59:59.999999Z"
ID_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
LATER = NOON + timedelta(hours=1)
DAY = date(2026, 11, 24)
LONG = "x" * 2000

STARTS = "begins_with(#n1, :v1)"
BETWEEN = "#n1 BETWEEN :v1 AND :v2"


def query(
    cls: type[Entity],
    sort: str | None,
    *operands: str,
    where: str = "",
    names: Sequence[str] = (),
    values: Sequence[Any] = (),
) -> dict[str, Any]:
    """Write the body of the query of an item collection of `ada`.

    Args:
        cls: The entity.
        sort: The condition on the sort key `#n1`; None for none.
        operands: Its operands, from `:v1` on.
        where: The filter, whose names begin at `#n2`.
        names: Their attributes.
        values: What it compares with, texts or attribute values.
    """
    wire: list[Any] = [f"{cls.__name__.upper()}#ada", *operands, *values]
    keys = ["pk", "sk"] if sort else ["pk"]
    return {
        "TableName": "segments",
        "KeyConditionExpression": f"#n0 = :v0 AND {sort}" if sort else "#n0 = :v0",
        **({"FilterExpression": where} if where else {}),
        "ExpressionAttributeNames": {f"#n{n}": name for n, name in enumerate([*keys, *names])},
        "ExpressionAttributeValues": {
            f":v{n}": {"S": value} if isinstance(value, str) else value
            for n, value in enumerate(wire)
        },
    }


def case(name: str, condition: Condition, expected: Any, *more: Condition) -> Any:
    return pytest.param((condition, *more), expected, id=name)


# (a) A segment of fixed width and a literal: `EVENT#{at}#{id}` has the P EVENT# and the F #.
FIXED = [
    case("datetime equal", Event.at == NOON, query(Event, STARTS, f"EVENT#{T}#")),
    case("datetime below", Event.at < NOON, query(Event, BETWEEN, "EVENT#", f"EVENT#{T}")),
    case("datetime at most", Event.at <= NOON, query(Event, BETWEEN, "EVENT#", f"EVENT#{T}$")),
    case(
        "datetime above",
        Event.at > NOON,
        query(Event, BETWEEN, f"EVENT#{T}$", f"EVENT#{AT_LAST}$"),
    ),
    case(
        "datetime at least",
        Event.at >= NOON,
        query(Event, BETWEEN, f"EVENT#{T}", f"EVENT#{AT_LAST}$"),
    ),
    case(
        "datetime between",
        Event.at.between(NOON, LATER),
        query(Event, BETWEEN, f"EVENT#{T}", f"EVENT#{U}$"),
    ),
    case("date equal", Stay.day == DAY, query(Stay, STARTS, "STAY#2026-11-24#")),
    case("date below", Stay.day < DAY, query(Stay, BETWEEN, "STAY#", "STAY#2026-11-24")),
    case("date at most", Stay.day <= DAY, query(Stay, BETWEEN, "STAY#", "STAY#2026-11-24$")),
    case(
        "date above", Stay.day > DAY, query(Stay, BETWEEN, "STAY#2026-11-24$", "STAY#9999-12-31$")
    ),
    case(
        "date at least",
        Stay.day >= DAY,
        query(Stay, BETWEEN, "STAY#2026-11-24", "STAY#9999-12-31$"),
    ),
    case("uuid below", Device.id < ONE, query(Device, BETWEEN, "DEVICE#", f"DEVICE#{ONE}")),
    case(
        "uuid at least",
        Device.id >= ONE,
        query(Device, BETWEEN, f"DEVICE#{ONE}", f"DEVICE#{ID_LAST}$"),
    ),
    case("padded below", Ticket.n < 5, query(Ticket, BETWEEN, "TICKET#", "TICKET#005")),
    case("padded at most", Ticket.n <= 5, query(Ticket, BETWEEN, "TICKET#", "TICKET#005$")),
    case("padded above", Ticket.n > 5, query(Ticket, BETWEEN, "TICKET#005$", "TICKET#999$")),
    case("padded at least", Ticket.n >= 5, query(Ticket, BETWEEN, "TICKET#005", "TICKET#999$")),
    # What no stored number can reach is clamped.
    case("padded at most 1000", Ticket.n <= 1000, query(Ticket, STARTS, "TICKET#")),
    case("padded above -1", Ticket.n > -1, query(Ticket, STARTS, "TICKET#")),
    case(
        "padded between -5 and 5",
        Ticket.n.between(-5, 5),
        query(Ticket, BETWEEN, "TICKET#", "TICKET#005$"),
    ),
    case(
        "padded between 5 and 5000",
        Ticket.n.between(5, 5000),
        query(Ticket, BETWEEN, "TICKET#005", "TICKET#999$"),
    ),
    case(
        "padded between -5 and 5000", Ticket.n.between(-5, 5000), query(Ticket, STARTS, "TICKET#")
    ),
    # F is the last character before the surrogates, which no text has.
    case(
        "a literal before the surrogates",
        Gap.day <= DAY,
        query(Gap, BETWEEN, "GAP#", "GAP#2026-11-24\ue000"),
    ),
]

SHIFT: Any = {"names": ["_type"], "values": ["Shift"]}
OWN = "attribute_not_exists(#n2) OR #n2 = :v{}"

# The same without a P: one bound is enough, and keys of other entities are in range.
FIXED_FIRST = [
    case(
        "below",
        Shift.day < DAY,
        query(Shift, "#n1 < :v1", "2026-11-24", where=OWN.format(2), **SHIFT),
    ),
    case(
        "at most",
        Shift.day <= DAY,
        query(Shift, "#n1 <= :v1", "2026-11-24$", where=OWN.format(2), **SHIFT),
    ),
    case(
        "above",
        Shift.day > DAY,
        query(Shift, BETWEEN, "2026-11-24$", "9999-12-31$", where=OWN.format(3), **SHIFT),
    ),
    case(
        "at least",
        Shift.day >= DAY,
        query(Shift, BETWEEN, "2026-11-24", "9999-12-31$", where=OWN.format(3), **SHIFT),
    ),
]

E = f"EVENT#{T}#"
S = "STAY#2026-11-24#"

# A segment of fixed width at the end: `<` ends at the text before e.
FIXED_LAST = [
    case(
        "uuid below",
        Event.id < ONE,
        query(Event, BETWEEN, E, E + "01938f5e-0000-7000-8000-000000000000"),
        Event.at == NOON,
    ),
    case("uuid at most", Event.id <= ONE, query(Event, BETWEEN, E, f"{E}{ONE}"), Event.at == NOON),
    case(
        "uuid above",
        Event.id > ONE,
        query(Event, BETWEEN, f"{E}{ONE}\0", E + ID_LAST),
        Event.at == NOON,
    ),
    case(
        "uuid at least",
        Event.id >= ONE,
        query(Event, BETWEEN, f"{E}{ONE}", E + ID_LAST),
        Event.at == NOON,
    ),
    case(
        "uuid between",
        Event.id.between(UUID(int=0), ONE),
        query(Event, BETWEEN, f"{E}{UUID(int=0)}", f"{E}{ONE}"),
        Event.at == NOON,
    ),
    case("padded below 5", Stay.n < 5, query(Stay, BETWEEN, S, S + "0004"), Stay.day == DAY),
    case("padded below 10", Stay.n < 10, query(Stay, BETWEEN, S, S + "001/"), Stay.day == DAY),
    case("padded at most", Stay.n <= 5, query(Stay, BETWEEN, S, S + "0005"), Stay.day == DAY),
    case(
        "padded above", Stay.n > 5, query(Stay, BETWEEN, S + "0005\0", S + "9999"), Stay.day == DAY
    ),
    case(
        "padded at least",
        Stay.n >= 5,
        query(Stay, BETWEEN, S + "0005", S + "9999"),
        Stay.day == DAY,
    ),
    case(
        "padded between",
        Stay.n.between(5, 7),
        query(Stay, BETWEEN, S + "0005", S + "0007"),
        Stay.day == DAY,
    ),
    case("padded at most 10000", Stay.n <= 10000, query(Stay, STARTS, S), Stay.day == DAY),
    # A range of one key is that key.
    case(
        "padded at least 9999",
        Stay.n >= 9999,
        query(Stay, "#n1 = :v1", S + "9999"),
        Stay.day == DAY,
    ),
]


def folder(sort: str, *operands: str, where: str, value: str) -> dict[str, Any]:
    return query(File, sort, *operands, where=where, names=["folder"], values=[value])


# (b) A text and a literal: a shorter value can sort higher, so most has to be asked again.
VARYING = [
    case("equal", File.folder == "b", query(File, STARTS, "FILE#b#")),
    case(
        "below", File.folder < "b", folder(BETWEEN, "FILE#", "FILE#b", where="#n2 < :v3", value="b")
    ),
    case(
        "below, and a shorter one sorts higher",
        File.folder < "a!",
        folder(BETWEEN, "FILE#", "FILE#a$", where="#n2 < :v3", value="a!"),
    ),
    case(
        "at most",
        File.folder <= "b",
        folder(BETWEEN, "FILE#", "FILE#b$", where="#n2 <= :v3", value="b"),
    ),
    case(
        "at most, and a shorter one sorts higher",
        File.folder <= "a!",
        folder(BETWEEN, "FILE#", "FILE#a$", where="#n2 <= :v3", value="a!"),
    ),
    # FILE$ does not begin with FILE#: the key of another entity could be in range.
    case(
        "above",
        File.folder > "b",
        query(
            File,
            BETWEEN,
            "FILE#b",
            "FILE$",
            where="#n2 > :v3 AND (attribute_not_exists(#n3) OR #n3 = :v4)",
            names=["folder", "_type"],
            values=["b", "File"],
        ),
    ),
    case(
        "at least",
        File.folder >= "b",
        query(
            File,
            BETWEEN,
            "FILE#b",
            "FILE$",
            where="#n2 >= :v3 AND (attribute_not_exists(#n3) OR #n3 = :v4)",
            names=["folder", "_type"],
            values=["b", "File"],
        ),
    ),
    case(
        "between",
        File.folder.between("a!", "b"),
        query(
            File,
            BETWEEN,
            "FILE#a!",
            "FILE#b$",
            where="#n2 BETWEEN :v3 AND :v4",
            names=["folder"],
            values=["a!", "b"],
        ),
    ),
    case("begins_with", File.folder.begins_with("ab"), query(File, STARTS, "FILE#ab")),
    case("begins_with nothing", File.folder.begins_with(""), query(File, STARTS, "FILE#")),
    # SECTION#a## begins with SECTION#a# as well, and "a" does not begin with "a#".
    case(
        "begins_with what could be the literal",
        Section.name.begins_with("a#"),
        query(
            Section,
            STARTS,
            "SECTION#a#",
            where="begins_with(#n2, :v2)",
            names=["name"],
            values=["a#"],
        ),
    ),
]

TRACK = "AND (attribute_not_exists(#n3) OR #n3 = :v3)"
TRACK_NAMES = ["path", "_type"]

# The same without a P.
VARYING_FIRST = [
    case(
        "below",
        Track.path < "b",
        query(
            Track,
            "#n1 <= :v1",
            "b",
            where=f"#n2 < :v2 {TRACK}",
            names=TRACK_NAMES,
            values=["b", "Track"],
        ),
    ),
    case(
        "at most",
        Track.path <= "b",
        query(
            Track,
            "#n1 <= :v1",
            "b$",
            where=f"#n2 <= :v2 {TRACK}",
            names=TRACK_NAMES,
            values=["b", "Track"],
        ),
    ),
    case(
        "above",
        Track.path > "b",
        query(
            Track,
            "#n1 >= :v1",
            "b",
            where=f"#n2 > :v2 {TRACK}",
            names=TRACK_NAMES,
            values=["b", "Track"],
        ),
    ),
    case(
        "at least",
        Track.path >= "b",
        query(
            Track,
            "#n1 >= :v1",
            "b",
            where=f"#n2 >= :v2 {TRACK}",
            names=TRACK_NAMES,
            values=["b", "Track"],
        ),
    ),
    case(
        "begins_with",
        Track.path.begins_with("b"),
        query(Track, STARTS, "b", where=OWN.format(2), names=["_type"], values=["Track"]),
    ),
]

B = "FILE#b#"
IN_B = File.folder == "b"

# (c) A text at the end: exact but for `<`, which BETWEEN cannot say.
VARYING_LAST = [
    case(
        "below",
        File.name < "m",
        query(File, BETWEEN, B, B + "m", where="#n2 < :v3", names=["name"], values=["m"]),
        IN_B,
    ),
    case("at most", File.name <= "m", query(File, BETWEEN, B, B + "m"), IN_B),
    case("above", File.name > "m", query(File, BETWEEN, B + "m\0", "FILE#b$"), IN_B),
    case("at least", File.name >= "m", query(File, BETWEEN, B + "m", "FILE#b$"), IN_B),
    case("between", File.name.between("a", "m"), query(File, BETWEEN, B + "a", B + "m"), IN_B),
    case("begins_with", File.name.begins_with("m#"), query(File, STARTS, B + "m#"), IN_B),
    # succ() drops the greatest character there is, and adds one to what is before it.
    case(
        "above, behind U+10FFFF",
        Last.b > "m",
        query(Last, BETWEEN, "LAST#x\U0010ffffm\0", "LAST#y"),
        Last.a == "x",
    ),
]

WORD: Any = {"names": ["_type"], "values": ["Word"]}

# The same without a P: the operators themselves.
VARYING_ALONE = [
    case("below", Word.word < "m", query(Word, "#n1 < :v1", "m", where=OWN.format(2), **WORD)),
    case("at most", Word.word <= "m", query(Word, "#n1 <= :v1", "m", where=OWN.format(2), **WORD)),
    case("above", Word.word > "m", query(Word, "#n1 > :v1", "m", where=OWN.format(2), **WORD)),
    case("at least", Word.word >= "m", query(Word, "#n1 >= :v1", "m", where=OWN.format(2), **WORD)),
    case(
        "between",
        Word.word.between("b", "m"),
        query(Word, BETWEEN, "b", "m", where=OWN.format(3), **WORD),
    ),
    case(
        "begins_with",
        Word.word.begins_with("m"),
        query(Word, STARTS, "m", where=OWN.format(2), **WORD),
    ),
    # Every key is in range, so that it says nothing of the sort key.
    case(
        "at least nothing",
        Word.word >= "",
        query(
            Word,
            None,
            where="#n1 >= :v1 AND (attribute_not_exists(#n2) OR #n2 = :v2)",
            names=["word", "_type"],
            values=["", "Word"],
        ),
    ),
]

# Texts that are not in order: a range is a filter, and nothing else.
UNORDERED = [
    case(
        "quoted, begins_with",
        Link.url.begins_with("http://a b"),
        query(Link, STARTS, "LINK#http%3A%2F%2Fa%20b"),
    ),
    case(
        "quoted, below",
        Link.url < "m",
        query(Link, STARTS, "LINK#", where="#n2 < :v2", names=["url"], values=["m"]),
    ),
    case("Decimal, equal", Coin.price == Decimal("1.50"), query(Coin, STARTS, "COIN#1.5#")),
    case(
        "Decimal, above",
        Coin.price > Decimal("1.50"),
        query(Coin, STARTS, "COIN#", where="#n2 > :v2", names=["price"], values=[{"N": "1.5"}]),
    ),
    case(
        "unpadded, at most",
        Coin.n <= 5,
        query(Coin, STARTS, "COIN#2#", where="#n2 <= :v2", names=["n"], values=[{"N": "5"}]),
        Coin.price == 2,
    ),
]

# P is 7 bytes, so 1,017 are left for e.
CUT = "x" * 1017
NEXT = "x" * 1016 + "y"
WIDE = "é" * 600
DELETE = "\x7f" * 2000


def long(low: str, high: str, where: str, value: str) -> dict[str, Any]:
    return query(File, BETWEEN, low, high, where=where, names=["name"], values=[value])


# Bounds over 1,024 bytes are cut, and what is cut off is asked again.
CUTS = [
    case("below", File.name < LONG, long(B, B + NEXT, "#n2 < :v3", LONG), IN_B),
    case("at most", File.name <= LONG, long(B, B + NEXT, "#n2 <= :v3", LONG), IN_B),
    case("above", File.name > LONG, long(B + CUT, "FILE#b$", "#n2 > :v3", LONG), IN_B),
    case("at least", File.name >= LONG, long(B + CUT, "FILE#b$", "#n2 >= :v3", LONG), IN_B),
    # Whole characters only: 508 of two bytes.
    case(
        "at most, of two bytes each",
        File.name <= WIDE,
        long(B, B + "é" * 507 + "ê", "#n2 <= :v3", WIDE),
        IN_B,
    ),
    # U+0080, which comes next, is a byte longer: one character less.
    case(
        "at most, and the next is longer",
        File.name <= DELETE,
        long(B, B + "\x7f" * 1015 + "\x80", "#n2 <= :v3", DELETE),
        IN_B,
    ),
]

# Two ranges on one field are one BETWEEN, which includes both ends.
MEETING = [
    case(
        "at least and below, between values",
        Event.at >= NOON,
        query(Event, BETWEEN, f"EVENT#{T}", f"EVENT#{U}"),
        Event.at < LATER,
    ),
    case(
        "above and at most",
        Event.at > NOON,
        query(Event, BETWEEN, f"EVENT#{T}$", f"EVENT#{U}$"),
        Event.at <= LATER,
    ),
    case(
        "the narrower of two",
        Event.at > NOON,
        query(Event, BETWEEN, f"EVENT#{U}$", f"EVENT#{AT_LAST}$"),
        Event.at > LATER,
    ),
    case(
        "one end left out",
        Word.word > "b",
        query(
            Word,
            BETWEEN,
            "b",
            "m",
            where="#n2 > :v3 AND (attribute_not_exists(#n3) OR #n3 = :v4)",
            names=["word", "_type"],
            values=["b", "Word"],
        ),
        Word.word <= "m",
    ),
    case(
        "one end only",
        Word.word > "b",
        query(Word, "#n1 > :v1", "b", where=OWN.format(2), **WORD),
        Word.word >= "a",
    ),
    case(
        "a beginning and a bound",
        Word.word.begins_with("m"),
        query(
            Word,
            BETWEEN,
            "mo",
            "n",
            where="begins_with(#n2, :v3) AND (attribute_not_exists(#n3) OR #n3 = :v4)",
            names=["word", "_type"],
            values=["m", "Word"],
        ),
        Word.word >= "mo",
    ),
    case(
        "in one value",
        Ticket.n >= 5,
        query(Ticket, BETWEEN, "TICKET#005", "TICKET#005$"),
        Ticket.n <= 5,
    ),
    case(
        "one exact, one asked again",
        File.folder >= "a",
        query(
            File,
            BETWEEN,
            "FILE#a",
            "FILE#b$",
            where="#n2 >= :v3 AND #n2 <= :v4",
            names=["folder"],
            values=["a", "b"],
        ),
        File.folder <= "b",
    ),
]

GROUPS = {
    "fixed": FIXED,
    "fixed first": FIXED_FIRST,
    "fixed last": FIXED_LAST,
    "varying": VARYING,
    "varying first": VARYING_FIRST,
    "varying last": VARYING_LAST,
    "varying alone": VARYING_ALONE,
    "unordered": UNORDERED,
    "too long": CUTS,
    "meeting": MEETING,
}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        pytest.param(*one.values, id=f"{group}: {one.id}")
        for group, cases in GROUPS.items()
        for one in cases
    ],
)
def test_a_range_of_composed_keys(conditions: Sequence[Condition], expected: Any) -> None:
    cls: Any = conditions[0].operands[0].owner
    statement = select(cls).where(cls.who == "ada", *conditions)
    assert compiled(statement, segments) == [("Query", expected)]


def plain(
    cls: type[Entity],
    key: str,
    sort: str | None,
    *operands: dict[str, str],
) -> dict[str, Any]:
    """Write the body of the query of an item collection of a table whose keys are plain fields.

    Who reads a table by plain fields cannot tell its items from others' by their keys.
    """
    last = 2 if sort else 1
    name = f"#n{last}"
    wire: list[Any] = [{"S": "ada"}, *operands, {"S": cls.__name__}]
    return {
        "TableName": {Text: "texts", Reading: "numbers", Blob: "binaries"}[cls],
        "KeyConditionExpression": f"#n0 = :v0 AND {sort}" if sort else "#n0 = :v0",
        "FilterExpression": f"attribute_not_exists({name}) OR {name} = :v{len(wire) - 1}",
        "ExpressionAttributeNames": {"#n0": "who", **({"#n1": key} if sort else {}), name: "_type"},
        "ExpressionAttributeValues": {f":v{n}": value for n, value in enumerate(wire)},
    }


def text(sort: str | None, *operands: str) -> dict[str, Any]:
    return plain(Text, "name", sort, *({"S": each} for each in operands))


def number(sort: str | None, *operands: str) -> dict[str, Any]:
    return plain(Reading, "n", sort, *({"N": each} for each in operands))


def binary(sort: str | None, *operands: bytes) -> dict[str, Any]:
    return plain(Blob, "raw", sort, *({"B": b64encode(each).decode()} for each in operands))


PLAIN = [
    case("text below", Text.name < "m", text("#n1 < :v1", "m")),
    case("text at most", Text.name <= "m", text("#n1 <= :v1", "m")),
    case("text above", Text.name > "m", text("#n1 > :v1", "m")),
    case("text at least", Text.name >= "m", text("#n1 >= :v1", "m")),
    case("text between", Text.name.between("a", "m"), text(BETWEEN, "a", "m")),
    case("text begins_with", Text.name.begins_with("m"), text(STARTS, "m")),
    # DynamoDB takes no empty operand for a key, and no key is empty.
    case("text above nothing", Text.name > "", text(None)),
    case("text at least nothing", Text.name >= "", text(None)),
    case("text begins_with nothing", Text.name.begins_with(""), text(None)),
    case("text between nothing and m", Text.name.between("", "m"), text("#n1 <= :v1", "m")),
    # Nor one longer than a key; what is cut off is asked again, here and not in the service.
    case("long text below", Text.name < LONG, text("#n1 <= :v1", "x" * 1023 + "y")),
    case("long text at most", Text.name <= LONG, text("#n1 <= :v1", "x" * 1023 + "y")),
    case("long text above", Text.name > LONG, text("#n1 >= :v1", "x" * 1024)),
    case("long text at least", Text.name >= LONG, text("#n1 >= :v1", "x" * 1024)),
    case(
        "long text between",
        Text.name.between("a", LONG),
        text(BETWEEN, "a", "x" * 1023 + "y"),
    ),
    # One end is left out, which is asked again here.
    case("text above and at most", Text.name > "a", text(BETWEEN, "a", "m"), Text.name <= "m"),
    case("texts that meet in one", Text.name >= "m", text("#n1 = :v1", "m"), Text.name <= "m"),
    case("number below", Reading.n < 5, number("#n1 < :v1", "5")),
    case("number at most", Reading.n <= 5, number("#n1 <= :v1", "5")),
    case("number above", Reading.n > -5, number("#n1 > :v1", "-5")),
    case("number at least", Reading.n >= 5, number("#n1 >= :v1", "5")),
    case("number between", Reading.n.between(-5, 10), number(BETWEEN, "-5", "10")),
    case("numbers that meet", Reading.n >= 9, number(BETWEEN, "9", "10"), Reading.n <= 10),
    case("binary below", Blob.raw < b"\x01\xff", binary("#n1 < :v1", b"\x01\xff")),
    case("binary at most", Blob.raw <= b"\x01", binary("#n1 <= :v1", b"\x01")),
    case("binary above", Blob.raw > b"\x01", binary("#n1 > :v1", b"\x01")),
    case("binary at least", Blob.raw >= b"\x01", binary("#n1 >= :v1", b"\x01")),
    case("binary between", Blob.raw.between(b"a", b"b"), binary(BETWEEN, b"a", b"b")),
    case("binary begins_with", Blob.raw.begins_with(b"\xff"), binary(STARTS, b"\xff")),
    case("binary above nothing", Blob.raw > b"", binary(None)),
    case("long binary at most", Blob.raw <= b"a" * 2000, binary("#n1 <= :v1", b"a" * 1023 + b"b")),
    # Above 1,024 times FF there is no key.
    case("greatest binary below", Blob.raw < b"\xff" * 2000, binary(None)),
    case(
        "a binary's beginning and a bound",
        Blob.raw.begins_with(b"a\xff"),
        binary(BETWEEN, b"a\xff\x01", b"b"),
        Blob.raw >= b"a\xff\x01",
    ),
]


@pytest.mark.parametrize(("conditions", "expected"), PLAIN)
def test_a_range_of_a_plain_key(conditions: Sequence[Condition], expected: Any) -> None:
    cls: Any = conditions[0].operands[0].owner
    table = {Text: texts, Reading: numbers, Blob: binaries}[cls]
    statement = select(cls).where(cls.who == "ada", *conditions)
    assert compiled(statement, table) == [("Query", expected)]


NOTHING = [
    pytest.param((Ticket.n == 1000,), id="a padded number that is too long"),
    pytest.param((Ticket.n == -1,), id="a padded number that is negative"),
    pytest.param((Ticket.n > 1000,), id="above all padded numbers"),
    pytest.param((Ticket.n < -1,), id="below all padded numbers"),
    pytest.param((Ticket.n.between(1000, 2000),), id="between numbers that are too long"),
    pytest.param((Stay.day == DAY, Stay.n > 9999), id="above the greatest padded number"),
    pytest.param((File.folder == "a#",), id="the literal within a value"),
    pytest.param((File.folder.begins_with("a#"),), id="the literal within a beginning"),
    pytest.param((File.folder < "",), id="below nothing"),
    pytest.param((IN_B, File.name == LONG), id="a key that is too long"),
    pytest.param((File.folder == LONG,), id="a beginning that is too long"),
    pytest.param((IN_B, File.name.begins_with(LONG)), id="begins_with what is too long"),
    pytest.param((Word.word == "",), id="an empty key"),
    pytest.param((Text.name == "",), id="an empty text"),
    pytest.param((Text.name < "",), id="a text below nothing"),
    pytest.param((Text.name <= "",), id="a text at most nothing"),
    pytest.param((Text.name.between("", ""),), id="a text between nothing and nothing"),
    pytest.param((Text.name == LONG,), id="a text that is too long"),
    pytest.param((Text.name.begins_with(LONG),), id="a text that begins with what is too long"),
    pytest.param((Blob.raw == b"",), id="an empty binary"),
    pytest.param((Reading.n > 9, Reading.n < 3), id="above one number and below a lesser"),
    pytest.param((Reading.n.between(9, 3),), id="between bounds the wrong way round"),
    pytest.param((Text.name.begins_with("b"), Text.name < "a"), id="a beginning above a bound"),
]


@pytest.mark.parametrize("conditions", NOTHING)
def test_a_range_without_keys_sends_nothing(conditions: Sequence[Condition]) -> None:
    cls: Any = conditions[0].operands[0].owner
    statement = select(cls).where(cls.who == "ada", *conditions)
    with pytest.raises(StatementError, match="sends no request"):
        statement.compile()
    assert statement.explain().startswith("No request: ")


ALL: list[tuple[Any, Any]] = [one.values for cases in GROUPS.values() for one in cases]
ALL += [one.values for one in PLAIN]
ALL += [(*one.values, None) for one in NOTHING]


def planned(conditions: Sequence[Condition]) -> Any:
    """Compile a select of ada's items, or give None if there is no request."""
    cls: Any = conditions[0].operands[0].owner
    statement = select(cls).where(cls.who == "ada", *conditions)
    try:
        [(_, body)] = compiled(statement, schema_of(cls).table)
    except StatementError:
        return None
    return body


def shape(conditions: Sequence[Condition]) -> Any:
    return [(each.op, each.operands[0]) for each in conditions]


def is_alike(one: Sequence[Condition], other: Sequence[Condition]) -> bool:
    return repr(shape(one)) == repr(shape(other))


@pytest.mark.parametrize("number", range(len(ALL)))
def test_a_range_does_not_depend_on_what_was_planned_before(number: int) -> None:
    """Plans are remembered by the shape of their conditions; other values may need another plan."""
    conditions, expected = ALL[number]
    schema = schema_of(conditions[0].operands[0].owner)
    for earlier, _ in ALL:
        if is_alike(earlier, conditions):
            schema.recipes.clear()
            planned(earlier)
            assert planned(conditions) == expected
            assert planned(earlier) == next(body for asked, body in ALL if asked is earlier)
