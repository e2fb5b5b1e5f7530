"""Every item is accounted for, whatever fails on the wire: the library over a proxy over Dynoxide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from botocore.config import Config

from mizzle import (
    Attr,
    BatchEvent,
    BatchResult,
    Entity,
    ItemExistsError,
    Mizzle,
    PrimaryKey,
    RetryConfig,
    RetryEvent,
    Table,
    WriteOutcomeUnknownError,
    attr,
    batch_get,
    batch_write,
    delete,
    get,
    insert,
    key,
    put,
    select,
    update,
)
from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    InvalidRequestError,
    ReadBackError,
    ServiceError,
    ThrottledError,
    UnprocessedError,
)
from mizzle.request import Answer, Request
from mizzle.testing import FaultPlan
from mizzle.transports.boto import BotoTransport
from tests.faults.proxy import FaultProxy
from tests.faults.seeds import SEEDS, transport_for
from tests.linter import LintingTransport
from tests.support.engines import make_client

T = TypeVar("T")

table = Table("claims", partition_key="pk")
other_table = Table("others", partition_key="pk")
# The default number of attempts, so that some things fail in the end; but sooner.
HASTY = RetryConfig(base_delay=0.001, max_delay=0.02)
# So many attempts that none of a thousand writes loses all its answers.
PATIENT = RetryConfig(max_attempts=40, base_delay=0.001, max_delay=0.005)


class Job(Entity, table=table):
    id: Attr[str]
    owner: Attr[str | None] = attr(default=None)
    runs: Attr[int] = attr(default=0)
    rank: Attr[Any] = attr(default=None)

    primary = PrimaryKey("JOB#{id}")


class Note(Entity, table=other_table):
    id: Attr[str]

    primary = PrimaryKey("NOTE#{id}")


@contextmanager
def shaky(
    address: str, name: str, retry: RetryConfig = HASTY, *, seed: int = 1
) -> Iterator[tuple[Mizzle, FaultProxy]]:
    """Give a client over a proxy; the table is there, and nothing fails until a plan says so."""
    with FaultProxy(address) as proxy, transport_for(seed, proxy.url) as transport:
        db = Mizzle(transport=LintingTransport(transport), retry=retry, tables={table: name})
        db.create_table(table)
        try:
            yield db, proxy
        finally:
            proxy.plan = None
            db.delete_table(table)


def from_threads(threads: int, function: Callable[[T], Any], work: Iterable[T]) -> list[Any]:
    """Do work in threads; an error of the service is a result like any other."""

    def outcome(part: T) -> Any:
        try:
            return function(part)
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(outcome, work))


def stored_jobs(db: Mizzle, proxy: FaultProxy) -> dict[str, Job]:
    proxy.plan = None
    return {job.id: job for job in db.execute(select(Job).scan().consistent())}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_ten_thousand_puts_end_in_the_table_or_in_the_result(
    dynoxide_address: str, seed: int
) -> None:
    jobs = {f"{n:05}": Job(id=f"{n:05}", runs=n) for n in range(10_000)}
    with shaky(dynoxide_address, f"puts-{seed}", seed=seed) as (db, proxy):
        proxy.plan = FaultPlan({"throttle": 0.3, "reset_after": 0.1}, unprocessed=0.6, seed=seed)
        statements = [put(job) for job in jobs.values()]
        result = db.execute(batch_write(statements, concurrency=4))

        assert parted(statements, result.succeeded, result.failed)
        assert [statement for statement, _ in result.errors] == result.failed
        assert result.attempts == proxy.count("BatchWriteItem") > 400
        assert set(proxy.plan.counts) == {"throttle", "reset_after", "unprocessed"}
        told: dict[str, Any] = dict(jobs)
        told |= {statement.entity.id: error for statement, error in result.errors}
        assert_told(told, jobs, stored_jobs(db, proxy))

        # What has failed is handed in again as it is.
        proxy.plan = FaultPlan(unprocessed=0.3, seed=seed)
        while result.failed:
            result = db.execute(batch_write(result.failed))
        assert stored_jobs(db, proxy) == jobs


def parted(whole: list[Any], *parts: list[Any]) -> bool:
    """Tell whether each of the whole is in exactly one of the parts, in the same order."""
    rest = [iter(part) for part in parts]
    heads = [next(part, None) for part in rest]
    for each in whole:
        found = [n for n, head in enumerate(heads) if head is each or head == each]
        if len(found) != 1:
            return False
        heads[found[0]] = next(rest[found[0]], None)
    return all(head is None for head in heads)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_two_thousand_keys_are_found_or_missing(dynoxide_address: str, seed: int) -> None:
    jobs = [Job(id=f"{n:05}", runs=n) for n in range(1_500)]
    keys = [key(Job, id=f"{n:05}") for n in range(2_000)]
    with shaky(dynoxide_address, f"gets-{seed}", seed=seed) as (db, proxy):
        db.execute(batch_write(map(put, jobs))).raise_for_failed()
        proxy.plan = FaultPlan(
            {"throttle": 0.3, "reset_after": 0.1},
            unprocessed=0.6,
            keep_fields=seed % 2 == 0,
            seed=seed,
        )
        result = db.execute(batch_get(keys, concurrency=4).consistent())

        found = [key(Job, id=job.id) for job in result.succeeded]
        assert parted(keys, found, result.missing, result.failed)
        assert [each for each, _ in result.errors] == result.failed
        assert result.succeeded == [job for job in jobs if key(Job, id=job.id) in set(found)]
        assert set(result.missing) <= set(keys[1_500:])
        asked = [r for r in linted(db) if r.operation == "BatchGetItem"]
        assert len(asked) == result.attempts > 20
        assert all(
            request.body["RequestItems"][request.tables[0]]["ConsistentRead"] for request in asked
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_two_thousand_inserts_from_eight_threads_are_told_the_truth(
    dynoxide_address: str, seed: int
) -> None:
    jobs = {f"{n:05}": Job(id=f"{n:05}", runs=n) for n in range(2_000)}
    # Few attempts, so that some of the outcomes stay open to the end.
    retry = RetryConfig(max_attempts=3, base_delay=0.001, max_delay=0.01)
    with shaky(dynoxide_address, f"inserts-{seed}", retry, seed=seed) as (db, proxy):
        proxy.plan = FaultPlan({"throttle": 0.3, "reset_after": 0.1}, seed=seed)
        outcomes = from_threads(8, lambda job: db.execute(insert(job)), jobs.values())

        told = dict(zip(jobs, outcomes, strict=True))
        assert not [o for o in outcomes if isinstance(o, ItemExistsError)]
        assert_told(told, jobs, stored_jobs(db, proxy))
        # All three ends are met.
        assert {Job, ThrottledError, WriteOutcomeUnknownError} == set(map(type, outcomes))


def assert_told(
    told: Mapping[str, Any], wanted: Mapping[str, Job], found: Mapping[str, Job]
) -> None:
    """Hold what each write was told against the table: applied, not applied, or unknown."""
    for name, outcome in told.items():
        if isinstance(outcome, WriteOutcomeUnknownError):
            assert name not in found or found[name] == wanted[name]
        elif isinstance(outcome, ServiceError):
            assert name not in found, outcome
        else:
            assert found[name] == wanted[name]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("idempotent", [True, False])
def test_no_counter_counts_twice(dynoxide_address: str, seed: int, *, idempotent: bool) -> None:
    with shaky(dynoxide_address, f"counts-{seed}-{idempotent}", PATIENT, seed=seed) as (db, proxy):
        names = [f"{n}" for n in range(8)]
        db.execute(batch_write([put(Job(id=name)) for name in names])).raise_for_failed()
        proxy.plan = FaultPlan({"throttle": 0.3, "reset_after": 0.1, "conflict": 0.05}, seed=seed)

        def count(name: str) -> Any:
            statement = update(Job, id=name).add(Job.runs, 1)
            return db.execute(statement.idempotent() if idempotent else statement)

        outcomes = from_threads(8, count, names * 50)

        counted = sum(job.runs for job in stored_jobs(db, proxy).values())
        succeeded = sum(isinstance(outcome, Job) for outcome in outcomes)
        unknown = sum(isinstance(outcome, WriteOutcomeUnknownError) for outcome in outcomes)
        assert succeeded + unknown == len(outcomes) == 400
        if idempotent:
            # A token settles a lost answer by asking again.
            assert (unknown, counted) == (0, 400)
        else:
            assert unknown > 10
            assert succeeded <= counted <= succeeded + unknown


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_counter_of_one_without_patience_is_told_the_truth(
    dynoxide_address: str, seed: int
) -> None:
    with shaky(dynoxide_address, f"hasty-{seed}", seed=seed) as (db, proxy):
        names = [f"{n}" for n in range(8)]
        db.execute(batch_write([put(Job(id=name)) for name in names])).raise_for_failed()
        proxy.plan = FaultPlan({"throttle": 0.3, "reset_after": 0.1, "conflict": 0.05}, seed=seed)

        outcomes = from_threads(
            8,
            lambda name: db.execute(update(Job, id=name).add(Job.runs, 1).idempotent()),
            names * 50,
        )

        # What was throttled to the end has not counted; what could not be read afterwards has.
        counted = sum(job.runs for job in stored_jobs(db, proxy).values())
        succeeded = sum(isinstance(outcome, (Job, ReadBackError)) for outcome in outcomes)
        unknown = sum(isinstance(outcome, WriteOutcomeUnknownError) for outcome in outcomes)
        assert succeeded <= counted <= succeeded + unknown


WRITERS = ["ada", "bob"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_two_writers_never_both_win_a_claim(dynoxide_address: str, seed: int) -> None:
    names = [f"{n:04}" for n in range(1_000)]
    with shaky(dynoxide_address, f"race-{seed}", PATIENT, seed=seed) as (db, proxy):
        db.execute(batch_write([put(Job(id=name)) for name in names])).raise_for_failed()
        proxy.plan = FaultPlan({"reset_before": 0.2, "reset_after": 0.2}, seed=seed)

        def claim(writer: str) -> list[str]:
            return [
                verdict(
                    db,
                    update(Job, id=name)
                    .where(Job.owner == None)  # noqa: E711  # a condition, not a comparison
                    .set(Job.owner, writer),
                )
                for name in names
            ]

        with ThreadPoolExecutor(2) as pool:
            verdicts = dict(zip(WRITERS, pool.map(claim, WRITERS), strict=True))

        found = stored_jobs(db, proxy)
        for name, *told in zip(names, *verdicts.values(), strict=True):
            # The write ids settle every claim: there is one winner, and it is the owner.
            assert sorted(told) == ["lost", "won"]
            assert found[name].owner == WRITERS[told.index("won")]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_two_writers_never_both_insert_an_item(dynoxide_address: str, seed: int) -> None:
    """The items are equal, so only their write ids tell whose is there."""
    names = [f"{n:04}" for n in range(1_000)]
    with shaky(dynoxide_address, f"twins-{seed}", PATIENT, seed=seed) as (db, proxy):
        proxy.plan = FaultPlan({"reset_before": 0.2, "reset_after": 0.2}, seed=seed)

        def claim(_: str) -> list[str]:
            return [verdict(db, insert(Job(id=name))) for name in names]

        with ThreadPoolExecutor(2) as pool:
            ada, bob = pool.map(claim, WRITERS)

        assert set(stored_jobs(db, proxy)) == set(names)
        for pair in zip(ada, bob, strict=True):
            assert sorted(pair) == ["lost", "won"]


def verdict(db: Mizzle, statement: Any) -> str:
    try:
        db.execute(statement)
    except WriteOutcomeUnknownError:
        return "unknown"
    except ConditionFailedError:
        return "lost"
    return "won"


def linted(db: Mizzle) -> list[Request]:
    transport: Any = db.transport
    requests: list[Request] = transport.requests
    return requests


def test_a_batch_held_back_for_ever_ends_and_does_not_spin(dynoxide_address: str) -> None:
    retry = RetryConfig(max_attempts=4, base_delay=0.01, max_delay=0.04, random=lambda: 1.0)
    with shaky(dynoxide_address, "held-back", retry) as (db, proxy):
        events: list[Any] = []
        proxy.plan = FaultPlan(unprocessed=1.0)
        statements = [put(Job(id=f"{n}")) for n in range(60)]

        result = db.with_options(on_event=events.append).execute(batch_write(statements))

        assert result.failed == statements
        assert (result.succeeded, result.missing) == ([], [])
        assert {type(error) for _, error in result.errors} == {UnprocessedError}
        assert [statement for statement, _ in result.errors] == statements
        rounds = [event.round for event in events if isinstance(event, BatchEvent)]
        assert rounds == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
        # A delay follows each request that brought nothing, and grows from round to round.
        delays = [event.delay_seconds for event in events if isinstance(event, RetryEvent)]
        assert delays == [0.01] * 3 + [0.02] * 3 + [0.04] * 5
        assert proxy.count("BatchWriteItem") == result.attempts == 12
        assert stored_jobs(db, proxy) == {}


SETTINGS: dict[str, Any] = {
    "boto": None,
    "direct": None,
    "legacy": Config(retries={"mode": "legacy", "max_attempts": 7}),
    "standard": Config(retries={"mode": "standard", "max_attempts": 7}),
    "adaptive": Config(retries={"mode": "adaptive", "max_attempts": 7}),
}


@pytest.mark.parametrize("attempts", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_server_counts_max_attempts_requests(
    dynoxide_address: str, settings: str, attempts: int
) -> None:
    retry = RetryConfig(max_attempts=attempts, base_delay=0, max_delay=0)
    with FaultProxy(dynoxide_address, FaultPlan({"throttle": 1.0})) as proxy:
        config = SETTINGS[settings]
        if config is None:
            keys = {"aws_access_key_id": "a", "aws_secret_access_key": "s", "region": "eu-west-1"}
            name: Any = settings
            db = Mizzle(transport=name, endpoint_url=proxy.url, retry=retry, **keys)
        else:
            db = Mizzle(make_client(proxy.url, config), retry=retry)
        for statement, operation in STATEMENTS:
            before = proxy.count(operation)
            with pytest.raises(ThrottledError) as raised:
                db.execute(statement)
            assert proxy.count(operation) - before == attempts, operation
            assert raised.value.attempts == attempts
        db.close()


STATEMENTS: list[tuple[Any, str]] = [
    (get(Job, id="a"), "GetItem"),
    (put(Job(id="a")), "PutItem"),
    (insert(Job(id="a")), "PutItem"),
    (update(Job, id="a").add(Job.runs, 1), "UpdateItem"),
    (update(Job, id="a").add(Job.runs, 1).idempotent(), "TransactWriteItems"),
    (delete(Job, id="a"), "DeleteItem"),
    (select(Job).scan(), "Scan"),
]


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_a_batch_of_one_request_is_sent_max_attempts_times(
    dynoxide_address: str, attempts: int
) -> None:
    retry = RetryConfig(max_attempts=attempts, base_delay=0, max_delay=0)
    with shaky(dynoxide_address, f"one-request-{attempts}", retry) as (db, proxy):
        proxy.plan = FaultPlan({"throttle": 1.0})
        written: BatchResult[Any] = db.execute(batch_write([put(Job(id="a")), put(Job(id="b"))]))
        read: BatchResult[Any, Any] = db.execute(batch_get([key(Job, id="a")]))

        assert (len(written.failed), len(read.failed)) == (2, 1)
        assert written.attempts == read.attempts == attempts
        assert (proxy.count("BatchWriteItem"), proxy.count("BatchGetItem")) == (attempts, attempts)


class Denying:
    """A transport whose owner may not touch one table."""

    def __init__(self, transport: Any, denied: str) -> None:
        self._transport = transport
        self._denied = denied

    def send(self, request: Request) -> Answer:
        if request.operation.startswith("Batch") and self._denied in request.tables:
            message = f"{request.operation}: AccessDeniedException: not allowed."
            raise AccessDeniedError(message, code="AccessDeniedException", status=400)
        answer: Answer = self._transport.send(request)
        return answer

    def close(self) -> None:
        self._transport.close()


def test_what_is_denied_on_one_table_costs_nothing_on_the_other(dynoxide_client: Any) -> None:
    transport = Denying(LintingTransport(BotoTransport(dynoxide_client)), "denied-others")
    db = Mizzle(transport=transport, table_prefix="denied-")
    for each in (table, other_table):
        db.create_table(each)
    statements = [put(Job(id=f"{n}") if n % 3 else Note(id=f"{n}")) for n in range(100)]
    denied = [statement for statement in statements if isinstance(statement.entity, Note)]

    result = db.execute(batch_write(statements))

    assert result.failed == denied
    assert result.succeeded == [statement for statement in statements if statement not in denied]
    assert {type(error) for _, error in result.errors} == {AccessDeniedError}
    for statement, error in result.errors:
        assert (error.entity, error.key) == (Note, statement.key)
    assert len(db.execute(select(Job).scan())) == len(result.succeeded)
    read = db.execute(batch_get([key(type(s.entity), id=s.entity.id) for s in statements]))
    assert read.succeeded == [statement.entity for statement in result.succeeded]
    assert [k.attributes for k in read.failed] == [statement.key for statement in denied]
    for each in (table, other_table):
        db.delete_table(each)
    db.close()


def test_one_item_that_only_the_service_refuses_fails_alone(dynoxide_client: Any) -> None:
    """The table has an index on numbers that the code knows nothing of."""
    db = Mizzle(
        transport=LintingTransport(BotoTransport(dynoxide_client)), tables={table: "refusing"}
    )
    dynoxide_client.create_table(
        TableName="refusing",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "rank", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-rank",
                "KeySchema": [{"AttributeName": "rank", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    jobs = [Job(id=f"{n}", rank="first" if n == 333 else n) for n in range(500)]
    statements = [put(job) for job in jobs]

    result = db.execute(batch_write(statements))

    assert result.failed == [statements[333]]
    assert result.succeeded == statements[:333] + statements[334:]
    ((statement, error),) = result.errors
    assert statement is statements[333]
    assert isinstance(error, InvalidRequestError)
    assert (error.entity, error.key) == (Job, {"pk": {"S": "JOB#333"}})
    assert len(db.execute(select(Job).scan())) == 499
    # 20 requests, one of them halved from 25 to 1.
    assert result.attempts <= 20 + 2 * 5
    db.delete_table(table)
    db.close()
