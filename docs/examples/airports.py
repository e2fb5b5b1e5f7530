"""Load real files into one table and ask it questions.

The files are `airports.csv` and `stocks.csv` of the package `vega_datasets`: two entities with keys of
their own share the table. They are written in batches. Rows that do not validate are reported and
nothing of them is sent; neither they nor what a batch could not write gets lost.
"""

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from rich.progress import Progress, TaskID

from mizzle import (
    Attr,
    BatchEvent,
    ConditionFailedError,
    Entity,
    Index,
    IndexKey,
    Mizzle,
    PrimaryKey,
    Table,
    batch_write,
    get,
    put,
    select,
    update,
)
from mizzle.events import Event

reference = Table(
    "reference",
    partition_key="pk",
    sort_key="sk",
    indexes=[Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk")],
)


class Airport(Entity, table=reference):
    iata: Attr[Annotated[str, Field(pattern=r"^[0-9A-Z]{3,4}$")]]
    name: Attr[str]
    city: Attr[str]
    state: Attr[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]]
    country: Attr[str]
    latitude: Attr[Annotated[Decimal, Field(ge=-90, le=90)]]
    longitude: Attr[Annotated[Decimal, Field(ge=-180, le=180)]]

    primary = PrimaryKey("AIRPORT#{iata}", "AIRPORT")
    by_state = IndexKey("gsi1", "STATE#{state}", "{name}")

    @field_validator("state")
    @classmethod
    def is_known(cls, state: str) -> str:
        """Refuse the file's mark for a missing value."""
        if state == "NA":
            raise ValueError("the state is not given")
        return state


class Quote(Entity, table=reference):
    symbol: Attr[str]
    day: Attr[date]
    price: Attr[Annotated[Decimal, Field(gt=0)]]

    primary = PrimaryKey("SYMBOL#{symbol}", "DAY#{day}")


def airport(row: dict[str, str]) -> Airport:
    """Make an airport of a row."""
    return Airport.model_validate(row)


def quote(row: dict[str, str]) -> Quote:
    """Make a quote of a row; the file writes dates as `Jan 1 2000`."""
    day = datetime.strptime(row["date"], "%b %d %Y").date()  # noqa: DTZ007  # only the date is used
    return Quote.model_validate({"symbol": row["symbol"], "day": day, "price": row["price"]})


def rows(name: str) -> list[dict[str, str]]:
    """Read a file of the package."""
    with (files("vega_datasets") / "_data" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def load(
    db: Mizzle,
    name: str,
    make: Callable[[dict[str, str]], Entity],
    found: list[dict[str, str]],
    progress: Progress,
) -> tuple[int, int]:
    """Store the rows of a file; give how many were stored and how many refused."""
    task = progress.add_task(name, total=len(found))
    lines = {}
    for number, row in enumerate(found, start=2):  # line 1 of the file is the header
        try:
            lines[put(make(row))] = number
        except ValidationError as error:
            print(f"{name}:{number} refused: {'; '.join(e['msg'] for e in error.errors())}")
            progress.advance(task)

    watched = db.with_options(on_event=follow(progress, task, already=len(found) - len(lines)))
    result = watched.execute(batch_write(lines))
    for statement, reason in result.errors:
        print(f"{name}:{lines[statement]} not stored: {reason}")
    # Rows with one key are one item in the end; each of them counts as stored.
    return len(result.succeeded), len(found) - len(lines) + len(result.failed)


def follow(progress: Progress, task: TaskID, already: int) -> Callable[[Event], None]:
    """Make a hook that moves a progress bar on with each request of a batch."""

    def move(event: Event) -> None:
        if isinstance(event, BatchEvent):
            progress.update(task, completed=already + event.done + event.failed)

    return move


def load_files(db: Mizzle) -> None:
    """Load both files with progress bars, and account for every row."""
    jobs = [("airports.csv", airport), ("stocks.csv", quote)]
    read = stored = refused = 0
    with Progress() as progress:
        for name, make in jobs:
            found = rows(name)
            counts = load(db, name, make, found, progress)
            read, stored, refused = read + len(found), stored + counts[0], refused + counts[1]
    print(f"read {read} = stored {stored} + refused {refused}")
    if read != stored + refused:
        raise SystemExit("rows are unaccounted for")


def ask(db: Mizzle) -> None:
    """Ask the table what a service would ask it."""
    vermont = db.execute(select(Airport).where(Airport.state == "VT"))
    print(f"{len(vermont)} airports in Vermont, by name: {vermont[0].name} ... {vermont[-1].name}")

    one = db.execute(get(Airport, iata="BTV"))
    print(f"BTV is {one.name}, {one.city}" if one else "BTV is not there")

    quotes = db.execute(
        select(Quote)
        .where(Quote.symbol == "MSFT", Quote.day.between(date(2008, 1, 1), date(2008, 12, 31)))
        .descending()
    )
    print(f"MSFT in 2008, newest first: {', '.join(str(q.price) for q in quotes)}")

    newest = quotes[0]
    corrected = update(newest).where(Quote.price == newest.price).set(Quote.price, Decimal("19.5"))
    print(f"Corrected {newest.price} to {db.execute(corrected).price}.")
    try:
        db.execute(corrected)
    except ConditionFailedError as error:
        print(f"A second correction is refused: the price is {error.item.price} by now.")


def main() -> None:
    """Load the files into the embedded engine and ask."""
    with Mizzle.local() as db:
        db.create_table(reference)
        load_files(db)
        ask(db)


if __name__ == "__main__":
    main()
