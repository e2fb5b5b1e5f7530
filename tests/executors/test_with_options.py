"""`with_options`: a sibling with other settings on the same connection."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import Mizzle, MizzleConfig, RetryConfig, get, put
from mizzle.errors import ConfigurationError, ThrottledError
from mizzle.events import Event
from mizzle.request import Answer, Request
from tests.models import Lead, app

RETRY = RetryConfig(max_attempts=2, base_delay=0)


class Connection:
    """A transport that counts how often it is closed, and fails when told to."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.closed = 0
        self.error: Exception | None = None

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return Answer(b"{}")

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def connection() -> Connection:
    return Connection()


def test_a_sibling_shares_the_connection(connection: Connection) -> None:
    db = Mizzle(transport=connection)
    sibling = db.with_options(retry=RETRY)

    sibling.execute(get(Lead, id="a"))
    db.execute(get(Lead, id="b"))

    assert sibling.transport is db.transport is connection
    assert [request.body["Key"]["pk"] for request in connection.requests] == [
        {"S": "LEAD#a"},
        {"S": "LEAD#b"},
    ]


def test_each_has_its_own_settings(connection: Connection) -> None:
    db = Mizzle(transport=connection, retry=RetryConfig(max_attempts=3, base_delay=0))
    sibling = db.with_options(retry=RETRY)
    connection.error = ThrottledError("later.")

    for client, attempts in ((sibling, 2), (db, 3)):
        connection.requests.clear()
        with pytest.raises(ThrottledError):
            client.execute(get(Lead, id="a"))
        assert len(connection.requests) == attempts


def test_config_shows_the_changes_and_keeps_the_rest(connection: Connection) -> None:
    events: list[Event] = []
    db = Mizzle(transport=connection, table_prefix="dev-", capacity="total", on_event=events.append)
    before = db.config

    sibling = db.with_options(retry=RETRY, tables={app: "other"})

    assert sibling.config == MizzleConfig(
        retry=RETRY,
        table_prefix="dev-",
        tables={"app": "other"},
        capacity="total",
        on_event=before.on_event,
    )
    assert db.config is before
    assert db.with_options().config == before


def test_tables_may_be_named_by_object_or_by_name(connection: Connection) -> None:
    db = Mizzle(transport=connection)
    tables: list[Any] = [{app: "other"}, {"app": "other"}]
    for each in tables:
        db.with_options(tables=each).execute(get(Lead, id="a"))

    assert [request.body["TableName"] for request in connection.requests] == ["other", "other"]


def test_closing_a_sibling_leaves_the_connection_open(connection: Connection) -> None:
    db = Mizzle(transport=connection)
    with db.with_options(retry=RETRY) as sibling:
        sibling.with_options(table_prefix="x-").close()
    assert connection.closed == 0

    db.execute(put(Lead(id="a")))
    db.close()
    assert connection.closed == 1


def test_on_event_can_be_turned_off_and_on(connection: Connection) -> None:
    events: list[Event] = []
    db = Mizzle(transport=connection, on_event=events.append)

    quiet = db.with_options(on_event=None)
    quiet.execute(get(Lead, id="a"))
    assert (events, quiet.config.on_event) == ([], None)

    quiet.with_options(on_event=events.append).execute(get(Lead, id="a"))
    assert len(events) == 2


def test_capacity_can_be_turned_off_and_on(connection: Connection) -> None:
    db = Mizzle(transport=connection, capacity="total")
    for client in (db, db.with_options(capacity=None), db.with_options(capacity="indexes")):
        client.execute(get(Lead, id="a"))

    asked = [request.body.get("ReturnConsumedCapacity") for request in connection.requests]
    assert asked == ["TOTAL", None, "INDEXES"]


def test_wrong_settings_are_refused(connection: Connection) -> None:
    db = Mizzle(transport=connection)
    wrong: Any = {"capacity": "all"}
    with pytest.raises(ConfigurationError, match="capacity"):
        db.with_options(**wrong)
    wrong = {"on_event": "print"}
    with pytest.raises(ConfigurationError, match="on_event"):
        db.with_options(**wrong)


def test_a_sibling_is_of_the_same_class(connection: Connection) -> None:
    class Ours(Mizzle):
        pass

    assert type(Ours(transport=connection).with_options(retry=RETRY)) is Ours
