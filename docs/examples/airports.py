"""Load real files into one table and ask it questions.

The files are `airports.csv` and `stocks.csv` of the package `vega_datasets`: two entities with keys of
their own share the table. Rows that do not validate are reported and nothing of them is sent.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from rich.progress import Progress

from mizzle import (
    Attr,
    ConditionFailedError,
    Entity,
    Index,
    IndexKey,
    Mizzle,
    MizzleError,
    PrimaryKey,
    Table,
    get,
    put,
    select,
    update,
)

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


def load(db: Mizzle, name: str, make: Any, found: Iterable[dict[str, str]]) -> Iterator[bool]:
    """Store row by row; give for each whether it was stored."""
    for number, row in enumerate(found, start=2):  # line 1 of the file is the header
        try:
            db.execute(put(make(row)))
        except (ValidationError, MizzleError) as error:
            reasons = error.errors() if isinstance(error, ValidationError) else [{"msg": error}]
            print(f"{name}:{number} refused: {'; '.join(str(r['msg']) for r in reasons)}")
            yield False
        else:
            yield True


def load_files(db: Mizzle) -> None:
    """Load both files with a progress bar, and account for every row."""
    jobs = [("airports.csv", airport), ("stocks.csv", quote)]
    read = stored = refused = 0
    with Progress() as progress:
        for name, make in jobs:
            found = rows(name)
            read += len(found)
            for ok in progress.track(load(db, name, make, found), len(found), description=name):
                stored += ok
                refused += not ok
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
