"""E3: no write is applied twice by a retry, and no outcome is guessed, whoever else writes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from typing import Any

import pytest

from mizzle import (
    Attr,
    ConditionFailedError,
    Entity,
    Mizzle,
    PrimaryKey,
    RetryConfig,
    Table,
    WriteOutcomeUnknownError,
    attr,
    delete,
    get,
    insert,
    put,
    update,
)
from mizzle.errors import ConnectionFailedError, ServiceError
from mizzle.request import Answer, Request
from tests.linter import LintingTransport

table = Table("outcomes", partition_key="pk")
unmarked = Table("unmarked", partition_key="pk", write_ids=False)

ME, OTHER = "me", "other"


class Job(Entity, table=table):
    id: Attr[str]
    owner: Attr[str | None] = attr(default=None)
    runs: Attr[int] = attr(default=0)

    primary = PrimaryKey("JOB#{id}")


class Plain(Entity, table=unmarked):
    id: Attr[str]
    owner: Attr[str | None] = attr(default=None)

    primary = PrimaryKey("PLAIN#{id}")


class Losing:
    """A transport that loses the answer of the first write, and lets others write meanwhile."""

    def __init__(self, transport: Any, *, applies: bool, meanwhile: Callable[[], None]) -> None:
        self._transport = transport
        self._applies = applies
        self._meanwhile = meanwhile
        self.writes = 0
        self.accepted = 0

    def send(self, request: Request) -> Answer:
        self.writes += 1
        if self.writes > 1:
            return self._send(request)
        if self._applies:
            # The caller does not see a refusal either.
            with suppress(ServiceError):
                self._send(request)
        self._meanwhile()
        message = "the connection broke."
        raise ConnectionFailedError(message, outcome_open=True)

    def close(self) -> None:
        raise AssertionError

    def _send(self, request: Request) -> Answer:
        answer: Answer = self._transport.send(request)
        self.accepted += 1
        return answer


@pytest.fixture
def db(make_db: Any, fresh_table_name: Any) -> Mizzle:
    made: Mizzle = make_db(
        tables={table: fresh_table_name(), unmarked: fresh_table_name()},
        retry=RetryConfig(base_delay=0, max_delay=0),
    )
    made.create_table(table)
    made.create_table(unmarked)
    return made


def attempt(db: Mizzle, others: Mizzle, statement: Any, *, applies: bool, doings: Any) -> Any:
    """Execute a write whose first answer is lost while others do something; give what it is told."""

    def meanwhile() -> None:
        for doing in doings:
            # Another's write may be refused as well.
            with suppress(ConditionFailedError):
                DOINGS[doing](others)

    losing = Losing(others.transport, applies=applies, meanwhile=meanwhile)
    shaky = Mizzle(transport=losing, retry=db.config.retry, tables=db.config.tables)
    try:
        told: Any = shaky.execute(statement)
    except (ConditionFailedError, WriteOutcomeUnknownError) as error:
        told = error
    return told, losing


def read(db: Mizzle) -> Job | None:
    return db.execute(get(Job, id="j").consistent())


def put_back(db: Mizzle, condition: Any = None) -> None:
    found = read(db)
    if found is not None:
        changed = found.model_copy(update={"runs": found.runs + 1})
        db.execute(put(changed) if condition is None else put(changed).where(condition))


DOINGS: dict[str, Callable[[Mizzle], Any]] = {
    "claims": lambda db: db.execute(
        update(Job, id="j").where(Job.owner == None).set(Job.owner, OTHER)  # noqa: E711
    ),
    "takes over": lambda db: db.execute(
        update(Job, id="j").where(Job.owner == ME).set(Job.owner, OTHER)
    ),
    "counts": lambda db: db.execute(update(Job, id="j").add(Job.runs, 1)),
    "counts on a condition": lambda db: db.execute(
        update(Job, id="j").where(Job.runs < 99).add(Job.runs, 1)
    ),
    "replaces on a condition": lambda db: db.execute(
        put(Job(id="j", owner=OTHER)).where(Job.owner == ME)
    ),
    "reads and puts back": put_back,
    "reads and puts back on a condition": lambda db: put_back(db, Job.runs < 99),
    "inserts": lambda db: db.execute(insert(Job(id="j", owner=OTHER))),
    "deletes": lambda db: db.execute(delete(Job, id="j")),
    "replaces": lambda db: db.execute(put(Job(id="j", owner=OTHER))),
}
# Of what was there before these, nothing is left.
OVERWRITING = {"deletes", "replaces"}
HIDING = {"replaces on a condition", "reads and puts back on a condition"}

OWN: dict[str, tuple[Any, Job | None]] = {
    "insert": (insert(Job(id="j", owner=ME)), None),
    "claim": (
        update(Job, id="j").where(Job.owner == None).set(Job.owner, ME),  # noqa: E711
        Job(id="j"),
    ),
    "exchange": (put(Job(id="j", owner=ME)).where(Job.owner == None), Job(id="j")),  # noqa: E711
    "given": (update(Job, id="j").given(Job.runs, 0).set(Job.owner, ME), Job(id="j")),
}
MEANWHILE = [(), *product(DOINGS), *product(DOINGS, repeat=2)]


@pytest.mark.parametrize("applies", [True, False], ids=["applied", "lost"])
@pytest.mark.parametrize("own", OWN)
def test_a_conditional_write_is_told_the_truth(db: Mizzle, own: str, *, applies: bool) -> None:
    others = Mizzle(transport=db.transport, tables=db.config.tables)
    statement, before = OWN[own]
    for doings in MEANWHILE:
        others.execute(delete(Job, id="j"))
        if before is not None:
            others.execute(insert(before) if own == "claim" else put(before))

        told, losing = attempt(db, others, statement, applies=applies, doings=doings)

        assert losing.writes == 2
        if isinstance(told, WriteOutcomeUnknownError):
            # The ids see through whatever one other does, but for a put over what it had not read.
            assert len(doings) > 1 or set(doings) <= HIDING
            assert told.statement is statement
        elif isinstance(told, ConditionFailedError):
            assert losing.accepted == 0 or OVERWRITING & set(doings), doings
        else:
            assert losing.accepted, doings


@pytest.fixture(params=["local", "dynoxide"])
def knowing(request: pytest.FixtureRequest) -> Iterator[Mizzle]:
    """Engines that take notice of tokens; moto by itself does not."""
    retry = RetryConfig(base_delay=0, max_delay=0)
    if request.param == "local":
        made = Mizzle.local(retry=retry)
    else:
        client = request.getfixturevalue("dynoxide_client")
        made = Mizzle(client, retry=retry, tables={table: "knows-tokens"})
    made.create_table(table)
    yield made
    made.delete_table(table)
    made.close()


@pytest.mark.parametrize("applies", [True, False], ids=["applied", "lost"])
def test_a_token_settles_what_counts(knowing: Mizzle, *, applies: bool) -> None:
    statement = update(Job, id="j").add(Job.runs, 1).idempotent()
    for doings in [(), ("counts",), ("counts", "reads and puts back")]:
        knowing.execute(put(Job(id="j")))

        told, losing = attempt(knowing, knowing, statement, applies=applies, doings=doings)

        assert told == read(knowing)
        assert told.runs == 1 + len(doings)
        assert losing.writes == 3  # the last is the read


@pytest.mark.parametrize("applies", [True, False], ids=["applied", "lost"])
@pytest.mark.parametrize(
    "statement",
    [
        update(Job, id="j").add(Job.runs, 1),
        update(Job, id="j").where(Job.runs < 9).add(Job.runs, 1),
        update(Job, id="j").set(Job.runs, Job.runs + 1),
    ],
    ids=["add", "conditional add", "sum"],
)
def test_what_counts_is_never_sent_again(db: Mizzle, statement: Any, *, applies: bool) -> None:
    db.execute(put(Job(id="j")))

    told, losing = attempt(db, db, statement, applies=applies, doings=())

    assert isinstance(told, WriteOutcomeUnknownError)
    assert (losing.writes, losing.accepted) == (1, int(applies))


@pytest.mark.parametrize("applies", [True, False], ids=["applied", "lost"])
def test_without_ids_a_refused_resend_stays_open(db: Mizzle, *, applies: bool) -> None:
    told, losing = attempt(db, db, insert(Plain(id="p", owner=ME)), applies=applies, doings=())

    if applies:
        assert isinstance(told, WriteOutcomeUnknownError)
        assert told.item == Plain(id="p", owner=ME)
    else:
        assert told == Plain(id="p", owner=ME)
    assert losing.writes == 2
    assert "_w" not in str(stored(db, "PLAIN#p"))


def stored(db: Mizzle, key: str) -> Any:
    transport: LintingTransport = db.transport  # type: ignore[assignment]
    body = {"TableName": db.config.table_name("unmarked"), "Key": {"pk": {"S": key}}}
    return transport.send(Request("GetItem", body)).data["Item"]


def test_a_delete_that_is_sent_again_finds_the_item_gone(db: Mizzle) -> None:
    db.execute(put(Job(id="j")))

    told, losing = attempt(db, db, delete(Job, id="j"), applies=True, doings=())

    assert told is None
    assert losing.writes == 2


@pytest.mark.parametrize("applies", [True, False], ids=["applied", "lost"])
def test_a_conditional_delete_leaves_no_witness(db: Mizzle, *, applies: bool) -> None:
    db.execute(put(Job(id="j", owner=ME)))
    statement = delete(Job, id="j").where(Job.owner == ME)

    told, _ = attempt(db, db, statement, applies=applies, doings=())

    if applies:
        assert isinstance(told, WriteOutcomeUnknownError)
    else:
        assert told == Job(id="j", owner=ME)
