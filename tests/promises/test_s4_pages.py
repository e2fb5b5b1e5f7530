"""S4: pages have the size that was asked for, and a cursor goes on behind the last item returned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle import (
    Attr,
    Entity,
    Index,
    IndexKey,
    InvalidCursorError,
    ItemDecodeError,
    Mizzle,
    MizzleConfig,
    PrimaryKey,
    StatementError,
    Table,
    attr,
    batch_write,
    delete,
    put,
    select,
)
from mizzle.request import Answer
from tests.linter import lint

library = Table(
    "library",
    partition_key="pk",
    sort_key="sk",
    indexes=[
        Index("shelves", partition_key="spk", sort_key="ssk"),
        Index("genres", partition_key="gpk", sort_key="gsk", projection="KEYS_ONLY"),
    ],
)


class Book(Entity, table=library):
    author: Attr[str]
    n: Attr[int]
    shelf: Attr[str] = attr(default="top")
    genre: Attr[str] = attr(default="novel")
    year: Attr[int] = attr(default=1950)
    tags: Attr[set[str]] = attr(default_factory=set)

    primary = PrimaryKey("AUTHOR#{author}", "BOOK#{n:04}")
    by_shelf = IndexKey("shelves", "SHELF#{shelf}", "{year:04}")
    by_genre = IndexKey("genres", "GENRE#{genre}", "{n:04}")


class Note(Entity, table=library):
    """What else is in the item collections."""

    author: Attr[str]
    n: Attr[int]

    primary = PrimaryKey("AUTHOR#{author}", "NOTE#{n:04}")


AUTHORS = ["ada", "bob", "eve"]
NUMBERS = [0, 2, 4, 6, 8]
SECRET = "sixteen bytes ab"
of_ada = select(Book).where(Book.author == "ada")
STATEMENTS: dict[str, Any] = {
    "an item collection": of_ada,
    "descending": of_ada.descending(),
    "a range": of_ada.where(Book.n > 2),
    "a filter": of_ada.where(Book.year != 1952),
    "a filter that nothing passes": of_ada.where(Book.year == 1),
    "page_size": of_ada.where(Book.year != 1952).page_size(2),
    "consistent": of_ada.consistent(),
    "values": of_ada.only(Book.n, Book.year),
    "several item collections": select(Book).where(Book.author.is_in(["eve", "nobody", "ada"])),
    "several, descending": select(Book).where(Book.author.is_in(["eve", "ada"])).descending(),
    "several, filtered": select(Book).where(
        Book.author.is_in(["eve", "bob", "ada"]), Book.year == 1952
    ),
    "whole keys": select(Book).where(
        Book.author.is_in(["eve", "ada"]), Book.n.is_in([7, 6, 4, 3, 2, 1])
    ),
    "whole keys, evaluated here": select(Book).where(
        Book.author.is_in(["eve", "ada"]), Book.n.is_in(range(9)), Book.year != 1952
    ),
    "whole keys, descending": of_ada.where(Book.n.is_in(range(9))).descending(),
    "whole keys by page_size": of_ada.where(Book.n.is_in(range(9))).page_size(2),
    "one key": of_ada.where(Book.n == 2),
    "no such key": of_ada.where(Book.n == 3),
    "an index with equal sort keys": select(Book).where(Book.shelf == "top", Book.year == 1950),
    "an index": select(Book).where(Book.shelf == "top"),
    "an index, descending": select(Book).where(Book.shelf == "top").descending(),
    "an index of keys": select(Book).where(Book.genre == "novel"),
    "an index of keys, and what only items tell": select(Book).where(
        Book.genre == "novel", Book.year == 1952
    ),
    "a limit": of_ada.limit(3),
    "a limit over several": select(Book).where(Book.author.is_in(["eve", "ada"])).limit(7),
    "a limit and a filter": of_ada.where(Book.year != 1952).limit(2),
    "a limit above all": of_ada.limit(99),
    "a scan": select(Book).scan(),
    "a scan, filtered": select(Book).where(Book.year == 1952).scan(),
    "a scan of an index": select(Book).using("shelves").scan(),
    "a scan of an index of keys": select(Book).using("genres").scan(),
    "segments": select(Book).scan(segments=3),
    "segments and a limit": select(Book).scan(segments=3).limit(7),
    "the table": select(library).scan(),
    "the table in segments": select(library).scan(segments=2),
    "a contradiction": of_ada.where(Book.author == "bob"),
}
SIZES = [2, 100]


def order_of(item: Any) -> Any:
    return (type(item).__name__, item if isinstance(item, tuple) else (item.author, item.n))


def pages(db: Any, statement: Any, size: int) -> Iterator[Any]:
    """Walk from page to page, each with a statement of its own."""
    cursor = None
    while True:
        page = db.execute(statement.page(size, after=cursor))
        yield page
        if page.cursor is None:
            return
        assert len(page) == size, "only the last page may have fewer"
        cursor = page.cursor


def walk(db: Any, statement: Any, size: int) -> list[Any]:
    return [item for page in pages(db, statement, size) for item in page]


@pytest.fixture
def library_db(make_db: Callable[..., Any], fresh_table_name: Callable[[str], str]) -> Any:
    db = make_db(tables={library: fresh_table_name("library")})
    db.create_table(library)
    return db


@pytest.fixture
def books(library_db: Any) -> Any:
    """A library of 15 books, whose index keys are the same for a third of them, and some notes."""
    found = [
        Book(author=author, n=n, year=1950 + n // 4 * 2) for author in AUTHORS for n in NUMBERS
    ]
    notes = [Note(author=author, n=1) for author in AUTHORS]
    library_db.execute(batch_write(map(put, [*found, *notes]))).raise_for_failed()
    return library_db


@pytest.mark.parametrize("name", STATEMENTS)
def test_pages_of_every_size_are_the_whole_result(books: Any, name: str) -> None:
    statement = STATEMENTS[name]
    whole = books.execute(statement)
    for size in SIZES:
        found = walk(books, statement, size)
        if "segments" in name:
            # Which segment comes first is nobody's promise; a limit takes any so many.
            assert len(found) == len(whole)
            assert len({order_of(item) for item in found}) == len(found)
            assert statement.maximum or sorted(found, key=order_of) == sorted(whole, key=order_of)
        else:
            assert found == whole


def test_a_limit_counts_over_all_pages(books: Any) -> None:
    found = list(pages(books, select(Book).where(Book.author.is_in(AUTHORS)).limit(7), 3))
    assert [len(page) for page in found] == [3, 3, 1]
    assert [page.cursor is None for page in found] == [False, False, True]


def test_the_size_may_change_from_page_to_page(books: Any) -> None:
    first = books.execute(of_ada.page(2))
    second = books.execute(of_ada.page(1, after=first.cursor))
    third = books.execute(of_ada.page(9, after=second.cursor))
    assert [book.n for page in (first, second, third) for book in page] == NUMBERS
    assert third.cursor is None


def test_consistency_may_change_from_page_to_page(books: Any) -> None:
    first = books.execute(of_ada.page(2))
    second = books.execute(of_ada.consistent().page(9, after=first.cursor))
    assert [book.n for page in (first, second) for book in page] == NUMBERS


def test_a_cursor_can_be_used_again(books: Any) -> None:
    first = books.execute(of_ada.page(2))
    again = [books.execute(of_ada.page(2, after=first.cursor)) for _ in range(2)]
    assert again[0].items == again[1].items


def test_a_page_without_a_cursor_is_the_last(books: Any) -> None:
    assert books.execute(of_ada.page(6)).cursor is None
    assert books.execute(of_ada.where(Book.n == 2).page(1)).cursor is None
    assert books.execute(of_ada.limit(5).page(5)).cursor is None
    assert books.execute(of_ada.where(Book.n.is_in(NUMBERS)).page(5)).cursor is None


@pytest.mark.parametrize("size", [0, -1, True, 1.0, "2", None], ids=repr)
def test_a_page_has_at_least_one_item(size: Any) -> None:
    with pytest.raises(StatementError, match="at least 1"):
        of_ada.page(size)


CHANGING = {
    name: STATEMENTS[name]
    for name in [
        "an item collection",
        "descending",
        "a filter",
        "several item collections",
        "whole keys",
        "an index with equal sort keys",
        "an index, descending",
        "an index of keys",
        "a scan",
        "segments",
    ]
}


@pytest.mark.parametrize("size", [2])
@pytest.mark.parametrize("name", CHANGING)
def test_what_stands_still_is_neither_repeated_nor_skipped(
    books: Any, name: str, size: int
) -> None:
    """Between the pages books come and go, also the one that the cursor stands at."""
    statement = CHANGING[name]
    whole = books.execute(statement)
    # Every other one that is found is deleted when it was the last of its page. Not so in segments:
    # behind a start key that is gone, Dynoxide finds nothing more in them.
    doomed = {order_of(book) for book in whole[size - 1 :: 2 * size] if name != "segments"}
    staying = [order_of(book) for book in whole if order_of(book) not in doomed]
    seen: list[Any] = []
    new = iter(product([1, 3, 5, 7, 9], ["aaa", *AUTHORS, "zzz"]))
    for page in pages(books, statement, size):
        seen += map(order_of, page)
        for book in page.items:
            if order_of(book) in doomed:
                books.execute(delete(book))
        for n, author in [next(new, (9, "zzz")), next(new, (9, "zzz"))]:
            books.execute(put(Book(author=author, n=n)))
    assert len(seen) == len(set(seen))
    found = [each for each in seen if each in set(staying)]
    if name == "segments":
        found, staying = sorted(found), sorted(staying)
    assert found == staying


def test_everything_behind_the_cursor_may_be_gone(books: Any) -> None:
    page = books.execute(of_ada.page(2))
    for book in books.execute(of_ada):
        books.execute(delete(book))
    rest = books.execute(of_ada.page(2, after=page.cursor))
    assert (rest.items, rest.cursor) == ([], None)


def test_a_cursor_is_good_for_another_client(books: Any, make_db: Callable[..., Any]) -> None:
    other = make_db(tables={library: books.config.table_name("library")})
    first = books.execute(of_ada.page(2))
    again = select(Book).where(Book.author == "ada")
    assert [book.n for book in other.execute(again.page(9, after=first.cursor))] == NUMBERS[2:]


CHILD = """
import sys
from mizzle import Mizzle
from tests.promises.test_s4_pages import library, tagged
from tests.support.engines import make_client

address, table, cursor = sys.argv[1:]
with Mizzle(make_client(address), tables={library: table}) as db:
    print([book.n for book in db.execute(tagged().page(9, after=cursor))])
"""


def tagged() -> Any:
    """Select by a set, whose members are in another order in every process."""
    return of_ada.where(Book.tags != set(map(str, range(20))))


def test_a_cursor_is_good_in_another_process(dynoxide_address: str, dynoxide_client: Any) -> None:
    table = f"test-process-{os.getpid()}"
    root = Path(__file__).resolve().parents[2]
    with Mizzle(dynoxide_client, tables={library: table}) as db:
        db.create_table(library)
        db.execute(batch_write(put(Book(author="ada", n=n)) for n in NUMBERS))
        cursor = db.execute(tagged().page(2)).cursor
        found = [
            subprocess.run(
                [sys.executable, "-c", CHILD, dynoxide_address, table, cursor],
                cwd=root,
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for seed in ("1", "2")
        ]
        db.delete_table(library)
    assert found == [f"{NUMBERS[2:]}\n"] * 2


class Recording:
    """A transport to nowhere: it lints requests, keeps them and answers that there is nothing."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, request: Any) -> Answer:
        lint(request, library.creation(request.tables[0]))
        self.sent.append(request)
        return Answer(b'{"Items":[],"Count":0,"ScannedCount":0}')

    def close(self) -> None:
        pass


def nowhere(**settings: Any) -> tuple[Any, Recording]:
    transport = Recording()
    return Mizzle(transport=transport, **settings), transport


def place(author: str, n: int) -> dict[str, Any]:
    return {"pk": {"S": f"AUTHOR#{author}"}, "sk": {"S": f"BOOK#{n:04}"}}


def fingerprint_of(statement: Any) -> str:
    found: str = statement.run(MizzleConfig())._fingerprint()
    return found


def forged(statement: Any, position: Any) -> str:
    """Make up an unsigned cursor, as anyone can who has seen one of the statement."""
    content = json.dumps([fingerprint_of(statement), position]).encode()
    return urlsafe_b64encode(b"1p" + content).decode().rstrip("=")


def standing(statement: Any, *places: Any, returned: int = 0) -> str:
    return forged(statement, {"places": list(places), "returned": returned})


def test_a_position_without_places_is_refused() -> None:
    db, transport = nowhere()
    with pytest.raises(InvalidCursorError):
        db.execute(of_ada.page(2, after=forged(of_ada, {"returned": 0})))
    assert transport.sent == []


def test_a_made_up_cursor_is_read_as_if_it_were_none() -> None:
    """The other tests of made up cursors rest on this one."""
    db, transport = nowhere()
    assert db.execute(of_ada.page(2, after=standing(of_ada, place("ada", 2)))).items == []
    assert transport.sent[0].body["ExclusiveStartKey"] == place("ada", 2)


OTHERS: dict[str, Any] = {
    "another value": select(Book).where(Book.author == "bob"),
    "another condition": of_ada.where(Book.n > 2),
    "another filter": of_ada.where(Book.year != 1952),
    "another order": of_ada.descending(),
    "another entity": select(Note).where(Note.author == "ada"),
    "other values": of_ada.only(Book.n),
    "a limit": of_ada.limit(4),
    "another index": of_ada.where(Book.shelf == "top").using("shelves"),
    "a scan": select(Book).scan(),
    "segments": of_ada.scan(segments=2),
    "the table": select(library).scan(),
    "several item collections": select(Book).where(Book.author.is_in(["ada", "bob"])),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_cursor_of_another_statement_is_refused(name: str) -> None:
    db, transport = nowhere()
    for one, other in [(of_ada, OTHERS[name]), (OTHERS[name], of_ada)]:
        cursor = standing(one, place("ada", 2))
        with pytest.raises(InvalidCursorError, match="another statement"):
            db.execute(other.page(2, after=cursor))
    assert transport.sent == []


GARBAGE = ["", "x", "cursor", "=", "====", "null", "é", "\ud800", "A" * 100_000, 5, b"MXA", ["a"]]


@pytest.mark.parametrize("cursor", GARBAGE, ids=lambda cursor: repr(cursor)[:12])
def test_garbage_is_refused(cursor: Any) -> None:
    for settings_ in ({}, {"cursor_secret": SECRET}):
        db, transport = nowhere(**settings_)
        with pytest.raises(InvalidCursorError):
            db.execute(of_ada.page(2, after=cursor))
        assert transport.sent == []


BY_SHELF: Any = STATEMENTS["an index"]
SEVERAL: Any = STATEMENTS["several item collections"]
WHOLE_KEYS: Any = STATEMENTS["whole keys"]
SCAN: Any = STATEMENTS["a scan"]
ADA_2 = place("ada", 2)
SHELF = {"spk": {"S": "SHELF#top"}, "ssk": {"S": "1950"}}
MADE_UP = {
    "another item collection": (of_ada, [place("bob", 2)]),
    "another entity's key": (of_ada, [{**ADA_2, "sk": {"S": "NOTE#0001"}}]),
    "outside the range": (of_ada.where(Book.n > 2), [place("ada", 1)]),
    "another index key": (BY_SHELF, [{**ADA_2, **SHELF, "spk": {"S": "SHELF#low"}}]),
    "no index key": (BY_SHELF, [ADA_2]),
    "an index key too many": (of_ada, [{**ADA_2, **SHELF}]),
    "no sort key": (of_ada, [{"pk": ADA_2["pk"]}]),
    "an empty sort key": (of_ada, [{**ADA_2, "sk": {"S": ""}}]),
    "a sort key of another type": (of_ada, [{**ADA_2, "sk": {"N": "1"}}]),
    "a sort key of two types": (of_ada, [{**ADA_2, "sk": {"S": "BOOK#1", "N": "1"}}]),
    "no attribute value": (of_ada, [{**ADA_2, "sk": "BOOK#0001"}]),
    "a list": (of_ada, [[ADA_2]]),
    "a text": (of_ada, ["AUTHOR#ada"]),
    "a number": (of_ada, [1]),
    "false": (of_ada, [False]),
    "no place": (of_ada, []),
    "two places": (of_ada, [ADA_2, ADA_2]),
    "one lane's place in another": (SEVERAL, [None, None, place("eve", 2)]),
    "too few lanes": (SEVERAL, [place("eve", 2)]),
    "the number of a key there is none of": (WHOLE_KEYS, [12]),
    "a number below 0": (WHOLE_KEYS, [-1]),
    "a number that is not whole": (WHOLE_KEYS, [1.5]),
    "a key instead of its number": (WHOLE_KEYS, [ADA_2]),
    "a number for the only key": (STATEMENTS["one key"], [1]),
    "a scan's place without a key": (SCAN, [{}]),
    "too many segments": (SCAN, [ADA_2, ADA_2]),
}


@pytest.mark.parametrize(("statement", "places"), MADE_UP.values(), ids=MADE_UP)
def test_a_place_that_the_statement_does_not_read_is_refused(statement: Any, places: Any) -> None:
    db, transport = nowhere()
    with pytest.raises(InvalidCursorError, match="does not read"):
        db.execute(statement.page(2, after=standing(statement, *places)))
    assert transport.sent == []


ONE_KEY: Any = STATEMENTS["one key"]


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        pytest.param(
            of_ada,
            {"places": [{**ADA_2, "sk": {"S": "BOOK#\ud800"}}], "returned": 0},
            id="half a surrogate pair",
        ),
        pytest.param(
            of_ada,
            {"places": [{**ADA_2, "sk": {"S": "BOOK#" + "1" * 1024}}], "returned": 0},
            id="a key that is too long",
        ),
        pytest.param(ONE_KEY, {"places": [0], "returned": 0}, id="a number for the one key"),
    ],
)
def test_a_position_that_no_page_gave_is_refused(statement: Any, position: Any) -> None:
    db, transport = nowhere()
    with pytest.raises(InvalidCursorError):
        db.execute(statement.page(2, after=forged(statement, position)))
    assert transport.sent == []


def test_a_number_of_items_that_nobody_has_counted_is_refused() -> None:
    position = {"places": [None], "returned": int("9" * 4300)}
    content = f'["{fingerprint_of(WHOLE_KEYS)}",{json.dumps(position)}]'.encode()
    cursor = urlsafe_b64encode(b"1p" + content).decode().rstrip("=")
    db, transport = nowhere()
    transport.send = lambda _: Answer(
        json.dumps(
            {"Responses": {"library": [{**place("eve", 2), "_type": {"S": "Book"}}]}}
        ).encode()
    )
    with pytest.raises(InvalidCursorError):
        db.execute(WHOLE_KEYS.page_size(3).page(1, after=cursor))


keys = st.fixed_dictionaries(
    {
        "pk": st.fixed_dictionaries(
            {"S": st.sampled_from(["AUTHOR#ada", "AUTHOR#bob", "AUTHOR#eve", "x"]) | st.text()}
        ),
        "sk": st.fixed_dictionaries(
            {"S": st.sampled_from(["BOOK#0002", "BOOK#", "BOOK$", "NOTE#0001"]) | st.text()}
        ),
    },
    optional={
        name: st.fixed_dictionaries({"S": st.sampled_from(["SHELF#top", "GENRE#novel", "1950"])})
        for name in ("spk", "ssk", "gpk", "gsk")
    },
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
positions = st.fixed_dictionaries(
    {
        "places": st.lists(keys | st.none() | st.just(True) | anything, max_size=3) | anything,
        "returned": st.integers(0, 99) | anything,
    }
)
ATTACKED = {
    "an item collection": (of_ada, {"AUTHOR#ada"}),
    "a range": (of_ada.where(Book.n > 2), {"AUTHOR#ada"}),
    "several item collections": (SEVERAL, {"AUTHOR#eve", "AUTHOR#nobody", "AUTHOR#ada"}),
    "an index": (BY_SHELF, {"SHELF#top"}),
    "an index of keys": (STATEMENTS["an index of keys"], {"GENRE#novel"}),
    "whole keys": (WHOLE_KEYS, {"AUTHOR#eve", "AUTHOR#ada"}),
}


def check_that_it_stays(statement: Any, allowed: set[str], cursor: Any) -> None:
    """Use a cursor: it is refused, or everything that is sent is of the statement's own keys."""
    db, transport = nowhere()
    try:
        db.execute(statement.page(2, after=cursor))
    except InvalidCursorError:
        assert transport.sent == []
        return
    partition = "spk" if allowed == {"SHELF#top"} else "pk"
    partition = "gpk" if allowed == {"GENRE#novel"} else partition
    for request in transport.sent:
        if request.operation == "BatchGetItem":
            asked = {key["pk"]["S"] for key in request.body["RequestItems"]["library"]["Keys"]}
            assert asked <= allowed
            continue
        asked = request.body["ExpressionAttributeValues"][":v0"]["S"]
        assert asked in allowed
        start = request.body.get("ExclusiveStartKey")
        assert start is None or start[partition]["S"] == asked


@pytest.mark.parametrize("name", ATTACKED)
@settings(deadline=None)
@given(position=positions)
def test_whoever_makes_up_a_cursor_reads_no_other_items(name: str, position: Any) -> None:
    statement, allowed = ATTACKED[name]
    check_that_it_stays(statement, allowed, forged(statement, position))


@settings(deadline=None)
@given(content=st.binary() | st.binary().map(lambda rest: b"1p" + rest), data=st.data())
def test_whoever_guesses_reads_nothing(content: bytes, data: st.DataObject) -> None:
    cursor = urlsafe_b64encode(content).decode()
    if data.draw(st.booleans()):
        cursor = cursor.rstrip("=")
    check_that_it_stays(of_ada, {"AUTHOR#ada"}, cursor)


def test_every_other_character_is_refused_or_stays() -> None:
    cursor = standing(of_ada, ADA_2, returned=2)
    for at, other in product(range(len(cursor)), "AZaz09-_*= \n"):
        check_that_it_stays(of_ada, {"AUTHOR#ada"}, cursor[:at] + other + cursor[at + 1 :])


def test_every_part_of_a_cursor_is_refused_or_stays() -> None:
    cursor = standing(of_ada, ADA_2, returned=2)
    for at in range(len(cursor)):
        check_that_it_stays(of_ada, {"AUTHOR#ada"}, cursor[:at])
        check_that_it_stays(of_ada, {"AUTHOR#ada"}, cursor[at:])
        check_that_it_stays(of_ada, {"AUTHOR#ada"}, cursor[:at] + cursor[at + 1 :])
        check_that_it_stays(of_ada, {"AUTHOR#ada"}, cursor[:at] + "A" + cursor[at:])


def test_signed_pages_are_walked_like_others(books: Any) -> None:
    signing = books.with_options(cursor_secret=SECRET)
    for size in (1, 2, 5):
        assert walk(signing, of_ada, size) == books.execute(of_ada)


def test_whoever_signs_takes_no_unsigned_cursor_and_nobody_else_takes_a_signed_one(
    books: Any,
) -> None:
    """Nor one that was signed with an earlier secret: there is no second one."""
    signing = books.with_options(cursor_secret=SECRET)
    renewed = books.with_options(cursor_secret="another secret of more")
    unsigned, signed = (db.execute(of_ada.page(2)).cursor for db in (books, signing))
    for db, cursor in [(signing, unsigned), (books, signed), (renewed, signed)]:
        with pytest.raises(InvalidCursorError):
            db.execute(of_ada.page(2, after=cursor))
    assert len(books.execute(of_ada.page(2, after=unsigned))) == 2
    assert len(signing.execute(of_ada.page(2, after=signed))) == 2


@settings(deadline=None)
@given(at=st.integers(0, 999), bit=st.integers(0, 7))
def test_every_other_bit_of_a_signed_cursor_is_refused(at: int, bit: int) -> None:
    db, transport = nowhere(cursor_secret=SECRET)
    run = of_ada.run(db.config)
    run.reader.places = [ADA_2]
    cursor = run.cursor(2)
    assert cursor is not None
    content = bytearray(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    content[at % len(content)] ^= 1 << bit
    with pytest.raises(InvalidCursorError):
        db.execute(of_ada.page(2, after=urlsafe_b64encode(bytes(content)).decode().rstrip("=")))
    assert transport.sent == []


def break_item(db: Any, client: Any, author: str, n: int) -> None:
    """Store an item that is no good book."""
    client.put_item(
        TableName=db.config.table_name("library"),
        Item={
            **place(author, n),
            "_type": {"S": "Book"},
            "author": {"S": author},
            "n": {"N": str(n)},
            "year": {"S": "long ago"},
            "shelf": {"S": "top"},
            "spk": {"S": "SHELF#top"},
            "ssk": {"S": "1950"},
            "genre": {"S": "novel"},
            "gpk": {"S": "GENRE#novel"},
            "gsk": {"S": f"{n:04}"},
        },
    )


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize(
    "name",
    [
        "an item collection",
        "descending",
        "values",
        "several item collections",
        "whole keys",
        "an index of keys",
        "a scan",
        "the table",
    ],
)
def test_a_broken_item_does_not_end_the_walk(books: Any, client: Any, name: str, size: int) -> None:
    """The error has the other items of the page, and the cursor of the next."""
    statement = STATEMENTS[name]
    good = books.execute(statement)
    break_item(books, client, "ada", 1)
    break_item(books, client, "ada", 7)
    found: list[Any] = []
    errors: list[ItemDecodeError] = []
    sizes: list[int] = []
    cursor = None
    while True:
        try:
            page = books.execute(statement.page(size, after=cursor))
        except ItemDecodeError as error:
            errors.append(error)
            sizes.append(len(error.others) + 1)
            found += error.others
            cursor = error.cursor
        else:
            sizes.append(len(page))
            found += page.items
            cursor = page.cursor
        if cursor is None:
            break
    assert found == good
    broken = {error.key["sk"]["S"] for error in errors}
    assert broken <= {"BOOK#0001", "BOOK#0007"}
    assert max(sizes) <= size
    if size == 1:
        assert len(errors) == 2


def test_an_error_on_the_last_page_has_no_cursor(books: Any, client: Any) -> None:
    break_item(books, client, "ada", 9)
    with pytest.raises(ItemDecodeError) as caught:
        books.execute(of_ada.page(100))
    assert [book.n for book in caught.value.others] == NUMBERS
    assert caught.value.cursor is None
