"""A web service that lists a customer's orders page by page, and a client that reads them all."""

import os
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from mizzle import (
    Attr,
    Entity,
    InvalidCursorError,
    ItemExistsError,
    Mizzle,
    Page,
    PrimaryKey,
    Table,
    attr,
    batch_write,
    insert,
    put,
    select,
)

shop = Table("shop", partition_key="pk", sort_key="sk")


class Status(StrEnum):
    NEW = "new"
    PAID = "paid"


class Order(Entity, table=shop):
    customer: Attr[str]
    placed_at: Attr[datetime]
    number: Attr[int]
    total: Attr[Decimal]
    status: Attr[Status] = attr(default=Status.NEW)

    primary = PrimaryKey("CUSTOMER#{customer}", "ORDER#{placed_at}#{number:06}")


def create_api(db: Mizzle) -> FastAPI:
    """Make the web service.

    FastAPI calls plain functions in threads, which may share a `Mizzle`.
    """
    api = FastAPI(title="Orders")

    @api.get("/customers/{customer}/orders")
    def list_orders(
        customer: str,
        status: Status | None = None,
        size: Annotated[int, Query(ge=1, le=100)] = 20,
        after: str | None = None,
    ) -> Page[Order]:
        statement = select(Order).where(Order.customer == customer).descending()
        if status is not None:
            statement = statement.where(Order.status == status)
        return db.execute(statement.page(size, after=after))

    @api.post("/orders", status_code=201)
    def create_order(order: Order) -> Order:
        try:
            return db.execute(insert(order))
        except ItemExistsError as error:
            raise HTTPException(409, "this order exists already") from error

    @api.exception_handler(InvalidCursorError)
    def refuse_cursor(_: Request, error: InvalidCursorError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=400)

    return api


def serve() -> FastAPI:
    """Make the web service for production: `uvicorn --factory orders_api:serve`."""
    return create_api(Mizzle(cursor_secret=os.environ["CURSOR_SECRET"]))


def read_all(browser: TestClient, customer: str, **query: str | int) -> list[int]:
    """Follow the cursors of the service to the end, as a client does."""
    numbers: list[int] = []
    while True:
        answer = browser.get(f"/customers/{customer}/orders", params=query).json()
        page = [order["number"] for order in answer["items"]]
        print(f"  {len(page)} orders: {page}")
        numbers += page
        if answer["cursor"] is None:
            return numbers
        query["after"] = answer["cursor"]


def main() -> None:
    """Fill the embedded engine and ask the service."""
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    orders = [
        Order(
            customer="ada",
            placed_at=start + timedelta(days=number),
            number=number,
            total=Decimal("9.90"),
            status=Status.PAID if number % 5 else Status.NEW,
        )
        for number in range(1, 26)
    ]
    with Mizzle.local(cursor_secret="for show, and not secret") as db:  # noqa: S106  # as it says
        db.create_table(shop)
        db.execute(batch_write([put(order) for order in orders])).raise_for_failed()
        browser = TestClient(create_api(db))

        print("All orders, newest first:")
        assert read_all(browser, "ada", size=10) == list(range(25, 0, -1))
        print("The new ones; a page is full whatever is filtered out:")
        assert read_all(browser, "ada", size=3, status="new") == [25, 20, 15, 10, 5]

        cursor = browser.get("/customers/ada/orders", params={"size": 5}).json()["cursor"]
        refused = browser.get("/customers/bob/orders", params={"after": cursor})
        print(f"Ada's cursor on Bob's orders: {refused.status_code}, {refused.json()['detail']}")

        again = orders[0].model_dump(mode="json")
        refused = browser.post("/orders", json=again)
        print(f"The first order once more: {refused.status_code}, {refused.json()['detail']}.")


if __name__ == "__main__":
    main()
