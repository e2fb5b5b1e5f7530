"""The batch flow, stepped by hand: chunks, rounds, splitting, and an error for what has failed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import field_validator

from mizzle import (
    Attr,
    Entity,
    KeyAttribute,
    MizzleConfig,
    PrimaryKey,
    RetryConfig,
    Table,
    attr,
    batch_get,
    batch_write,
    delete,
    key,
    put,
)
from mizzle.errors import (
    AccessDeniedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    DeadlineExceededError,
    InternalServiceError,
    InvalidRequestError,
    ItemDecodeError,
    ItemSizeExceededError,
    ServiceError,
    TableNotFoundError,
    ThrottledError,
    TransactionConflictError,
    UnprocessedError,
    WriteOutcomeUnknownError,
)
from mizzle.events import BatchEvent, Event, ExhaustedEvent, RetryEvent
from mizzle.flows import Calls, Sleep
from mizzle.flows.steps import Outcome
from mizzle.request import Answer, Request
from tests.models import Lead

notes = Table("notes", partition_key="id")
readings = Table("readings", partition_key="id", sort_key=KeyAttribute("seq", "N"))


class Note(Entity, table=notes):
    id: Attr[str]
    text: Attr[str] = attr(default="")

    primary = PrimaryKey()


class Reading(Entity, table=readings):
    id: Attr[str]
    seq: Attr[Decimal]

    primary = PrimaryKey()


RETRY = RetryConfig(max_attempts=4, base_delay=0.1, max_delay=10, random=lambda: 1.0)
CONFIG = MizzleConfig(retry=RETRY)

Service = Callable[[Request], Outcome]


def leads(count: int, start: int = 0) -> list[Lead]:
    return [Lead(id=f"l{n:03}") for n in range(start, start + count)]


def puts(count: int) -> list[Any]:
    return [put(lead) for lead in leads(count)]


def entry_of(statement: Any) -> Any:
    return json.loads(statement.entry().json)


def keys(count: int) -> list[Any]:
    return [key(Lead, id=lead.id) for lead in leads(count)]


def done(request: Request) -> Answer:
    return Answer(b"{}")


def answer(**body: Any) -> Answer:
    return Answer(json.dumps(body).encode())


def hold_back(request: Request, which: Callable[[Any], bool] = lambda _: True) -> Answer:
    """Hold back the entries of a request, or those keys, for which something holds."""
    left: dict[str, Any] = {}
    for name, part in request.body["RequestItems"].items():
        if request.operation == "BatchGetItem":
            found = [entry for entry in part["Keys"] if which(entry)]
            left |= {name: {"Keys": found}} if found else {}
        else:
            found = [entry for entry in part if which(entry)]
            left |= {name: found} if found else {}
    name = "UnprocessedKeys" if request.operation == "BatchGetItem" else "UnprocessedItems"
    return answer(**{name: left})


def throttled(request: Request) -> ServiceError:
    return ThrottledError("throttled.", code="ThrottlingException")


def entries(request: Request) -> list[Any]:
    """Give the entries of a request, over all its tables."""
    return [
        entry
        for part in request.body["RequestItems"].values()
        for entry in (part["Keys"] if isinstance(part, dict) else part)
    ]


def ids(request: Request) -> list[str]:
    """Give the ids that the entries of a request are about."""
    found = []
    for entry in entries(request):
        item = next(iter(entry.values()))
        item = item.get("Item") or item.get("Key") or entry
        found.append(item["id"]["S"] if "id" in item else item["pk"]["S"].removeprefix("LEAD#"))
    return found


class Run:
    """A statement's flow, driven by a service, with all that it asked for."""

    def __init__(self, statement: Any, service: Service, config: MizzleConfig = CONFIG) -> None:
        self.steps: list[Any] = []
        flow = statement.flow(config)
        reply: Any = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as stop:
                self.result = stop.value
                return
            self.steps.append(step)
            assert len(self.steps) < 2_000, "the flow does not end"
            reply = [service(each) for each in step.requests] if isinstance(step, Calls) else None

    @property
    def requests(self) -> list[Request]:
        return [r for step in self.steps if isinstance(step, Calls) for r in step.requests]

    @property
    def sleeps(self) -> list[float]:
        return [step.seconds for step in self.steps if isinstance(step, Sleep)]

    @property
    def errors(self) -> list[Exception]:
        return [error for _, error in self.result.errors]


def in_turn(*services: Service) -> Service:
    """Behave in one way for each request; in the last for all that follow."""
    left = list(services)

    def service(request: Request) -> Outcome:
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    return service


def fail_with(make: Callable[[], Exception]) -> Service:
    return lambda request: make()


def denied(code: str = "AccessDeniedException") -> AccessDeniedError:
    return AccessDeniedError("denied.", code=code, status=400)


def root(error: BaseException) -> BaseException:
    """Give what an error goes back to."""
    return error if error.__cause__ is None else root(error.__cause__)


def kinds(errors: Iterable[Exception]) -> list[type[Exception]]:
    return [type(error) for error in errors]


# Chunks.


def test_an_empty_batch_asks_for_nothing() -> None:
    for statement in (batch_write([]), batch_get([])):
        run = Run(statement, done)
        assert run.steps == []
        found = run.result
        assert (found.succeeded, found.failed, found.missing, found.errors) == ([], [], [], [])
        assert (found.attempts, found.consumed_capacity) == (0, {})


def test_writes_go_in_requests_of_25_in_the_callers_order() -> None:
    statements = puts(60)
    flow = batch_write(statements).flow(CONFIG)
    bodies = [entry_of(statement) for statement in statements]

    def request(start: int, end: int) -> Request:
        return Request("BatchWriteItem", {"RequestItems": {"app": bodies[start:end]}})

    assert next(flow) == Calls(request(0, 25))
    assert flow.send([Answer(b"{}")]) == Calls(request(25, 50))
    assert flow.send([Answer(b"{}")]) == Calls(request(50, 60))
    with pytest.raises(StopIteration) as stop:
        flow.send([Answer(b"{}")])
    result = stop.value.value
    assert (result.succeeded, result.failed, result.attempts) == (statements, [], 3)


def test_reads_go_in_requests_of_100() -> None:
    run = Run(batch_get(keys(230)), done)

    assert [len(entries(request)) for request in run.requests] == [100, 100, 30]
    assert run.requests == batch_get(keys(230)).compile()
    assert run.result.missing == keys(230)


def test_a_request_stays_within_16_megabytes() -> None:
    # A control character takes one byte in the item and six in its JSON.
    heavy = [put(Note(id=str(n), text="\x01" * 300_000)) for n in range(10)]
    run = Run(batch_write(heavy), done)

    sizes = [len(request.to_json()) for request in run.requests]
    assert [len(entries(request)) for request in run.requests] == [8, 2]
    assert max(sizes) <= 16_000_000
    assert run.result.succeeded == heavy


def test_entities_of_several_tables_share_a_request() -> None:
    statements = [put(Lead(id="a")), put(Note(id="b")), delete(Lead, id="c")]
    run = Run(batch_write(statements), done)

    assert [dict(request.body["RequestItems"]) for request in run.requests] == [
        {
            "app": [entry_of(statements[0]), entry_of(statements[2])],
            "notes": [entry_of(statements[1])],
        }
    ]


# Duplicates.


def test_of_several_writes_to_a_key_the_last_is_sent_and_all_share_its_fate() -> None:
    first, other, last = put(Lead(id="a", score=1)), put(Lead(id="b")), put(Lead(id="a", score=2))
    run = Run(batch_write([first, other, last]), done)

    assert entries(run.requests[0]) == [entry_of(last), entry_of(other)]
    assert run.result.succeeded == [first, other, last]


def test_a_delete_replaces_the_put_before_it_and_the_other_way_round() -> None:
    entity = Lead(id="a")

    run = Run(batch_write([put(entity), delete(entity)]), done)
    assert [next(iter(entry)) for entry in entries(run.requests[0])] == ["DeleteRequest"]

    run = Run(batch_write([delete(entity), put(entity)]), done)
    assert [next(iter(entry)) for entry in entries(run.requests[0])] == ["PutRequest"]


def test_all_writes_to_a_key_that_fails_have_failed_in_their_order() -> None:
    bad, good, again = put(Lead(id="bad")), put(Lead(id="good")), delete(Lead, id="bad")

    def service(request: Request) -> Outcome:
        return InvalidRequestError("no.") if "bad" in ids(request) else Answer(b"{}")

    result = Run(batch_write([bad, good, again]), service).result
    assert (result.succeeded, result.failed) == ([good], [bad, again])
    assert [statement for statement, _ in result.errors] == [bad, again]


def test_a_key_that_is_given_twice_is_read_once_and_found_twice() -> None:
    lead = Lead(id="a")
    item = entry_of(put(lead))["PutRequest"]["Item"]
    given = [key(Lead, id="a"), key(Lead, id="b"), key(Lead, id="a"), key(Lead, id="b")]

    run = Run(batch_get(given), lambda request: answer(Responses={"app": [item]}))

    assert ids(run.requests[0]) == ["a", "b"]
    assert (run.result.succeeded, run.result.missing) == ([lead, lead], [given[1], given[3]])


# Rounds.


def test_what_is_held_back_goes_together_in_the_next_round() -> None:
    statements = puts(60)
    held = {f"LEAD#l{n:03}" for n in (3, 20, 30, 59)}

    def service(request: Request) -> Outcome:
        return hold_back(request, lambda entry: entry["PutRequest"]["Item"]["pk"]["S"] in held)

    run = Run(batch_write(statements), in_turn(service, service, service, done))

    assert [len(entries(request)) for request in run.requests] == [25, 25, 10, 4]
    assert ids(run.requests[-1]) == ["l003", "l020", "l030", "l059"]
    assert run.sleeps == [0.1]
    assert (run.result.succeeded, run.result.attempts) == (statements, 4)


def test_delays_grow_without_progress_and_begin_again_after_it() -> None:
    def all_but_the_first(request: Request) -> Outcome:
        first = entries(request)[0]
        return hold_back(request, lambda entry: entry != first)

    service = in_turn(hold_back, hold_back, all_but_the_first, hold_back, hold_back, done)
    run = Run(batch_write(puts(2)), service)

    assert run.sleeps == [0.1, 0.2, 0.1, 0.1, 0.2]
    assert not run.result.failed


def test_progress_gives_a_batch_as_many_attempts_as_it_needs() -> None:
    """Nine rounds with `max_attempts=1`: each of them moves one item on."""

    def one_at_a_time(request: Request) -> Outcome:
        first = entries(request)[0]
        return hold_back(request, lambda entry: entry != first)

    config = MizzleConfig(retry=RetryConfig(max_attempts=1, base_delay=0))
    run = Run(batch_write(puts(9)), one_at_a_time, config)

    assert [len(entries(request)) for request in run.requests] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert not run.result.failed


def test_a_batch_held_back_for_ever_ends_after_max_attempts_rounds() -> None:
    statements = puts(60)
    events: list[Event] = []
    config = MizzleConfig(retry=RETRY, on_event=events.append)

    run = Run(batch_write(statements), hold_back, config)

    assert (run.result.succeeded, run.result.failed) == ([], statements)
    assert [len(entries(request)) for request in run.requests] == [25, 25, 10] * 4
    assert kinds(run.errors) == [UnprocessedError] * 60
    assert {error.attempts for error in run.errors} == {4}
    # It is never sent twice in a row without a pause, and the pauses grow from round to round.
    kinds_of_steps = [type(step) for step in run.steps]
    assert kinds_of_steps == [Calls, Sleep] * 11 + [Calls]
    assert run.sleeps == sorted(run.sleeps)
    assert [run.sleeps[n] for n in (2, 5, 8)] == [0.1, 0.2, 0.4]
    assert [e.delay_seconds for e in events if isinstance(e, RetryEvent)] == run.sleeps


def test_each_error_of_a_batch_is_its_parts_own() -> None:
    run = Run(batch_write(puts(3)), hold_back)

    assert len({id(error) for error in run.errors}) == 3
    for (statement, error), lead in zip(run.result.errors, leads(3), strict=True):
        assert (error.entity, error.key) == (Lead, statement.key)
        assert lead.id in str(error)


def test_max_attempts_of_one_sends_everything_once() -> None:
    config = MizzleConfig(retry=RetryConfig(max_attempts=1, base_delay=0))
    run = Run(batch_write(puts(60)), hold_back, config)

    assert [len(entries(request)) for request in run.requests] == [25, 25, 10]
    assert len(run.result.failed) == 60


def test_a_throttled_request_is_a_round_without_progress() -> None:
    run = Run(batch_write(puts(2)), in_turn(throttled, hold_back, throttled, hold_back, done))

    # Rounds and attempts do not multiply: four of either kind, and the batch is given up.
    assert (len(run.requests), run.sleeps) == (4, [0.1, 0.2, 0.4])
    assert len(run.result.failed) == 2
    assert kinds(run.errors) == [UnprocessedError] * 2


@pytest.mark.parametrize("make", [throttled, lambda _: TransactionConflictError("conflict.")])
def test_a_batch_refused_for_now_each_time_says_so(make: Service) -> None:
    run = Run(batch_write(puts(2)), make)

    assert len(run.requests) == 4
    assert kinds(run.errors) == [type(make(run.requests[0]))] * 2
    assert all("Gave up after 4 requests in 0.00 s." in str(error) for error in run.errors)


def test_one_throttled_request_does_not_hold_up_the_others() -> None:
    statements = puts(60)
    run = Run(batch_write(statements), in_turn(done, throttled, done))

    assert [len(entries(request)) for request in run.requests] == [25, 25, 10, 25]
    assert ids(run.requests[-1]) == [f"l{n:03}" for n in range(25, 50)]
    assert run.result.succeeded == statements


# What is refused as a whole.


def test_access_denied_to_one_table_loses_nothing_of_the_other() -> None:
    statements = [put(Lead(id=f"l{n}")) if n % 2 else put(Note(id=f"n{n}")) for n in range(40)]

    def service(request: Request) -> Outcome:
        return denied() if "notes" in request.body["RequestItems"] else Answer(b"{}")

    run = Run(batch_write(statements), service)

    assert run.result.succeeded == statements[1::2]
    assert run.result.failed == statements[::2]
    assert kinds(run.errors) == [AccessDeniedError] * 20
    assert run.sleeps == []


def test_one_culprit_among_25_is_found_by_halving() -> None:
    statements = puts(25)

    def service(request: Request) -> Outcome:
        if "l013" in ids(request):
            return InvalidRequestError("no.", code="ValidationException")
        return Answer(b"{}")

    run = Run(batch_write(statements), service)

    assert run.result.failed == [statements[13]]
    assert run.result.succeeded == statements[:13] + statements[14:]
    sizes = [len(entries(request)) for request in run.requests]
    assert sizes == [25, 12, 13, 6, 3, 1, 2, 1, 1, 3, 7]
    assert run.sleeps == []


def test_a_culprit_among_keys_is_found_by_halving() -> None:
    def service(request: Request) -> Outcome:
        return InvalidRequestError("no.") if "l042" in ids(request) else Answer(b"{}")

    run = Run(batch_get(keys(100)), service)

    assert run.result.failed == [keys(100)[42]]
    assert run.result.missing == keys(42) + keys(100)[43:]


def test_halves_that_are_throttled_are_sent_again() -> None:
    statements = puts(4)
    calls = 0

    def service(request: Request) -> Outcome:
        nonlocal calls
        calls += 1
        if "l001" in ids(request):
            return InvalidRequestError("no.")
        return throttled(request) if calls < 4 else Answer(b"{}")

    run = Run(batch_write(statements), service)

    assert run.result.failed == [statements[1]]
    assert run.result.succeeded == [statements[0], *statements[2:]]


def test_a_missing_table_is_not_looked_for_item_by_item() -> None:
    run = Run(batch_write(puts(25)), fail_with(lambda: TableNotFoundError("none.")))

    assert len(run.requests) == 1
    assert kinds(run.errors) == [TableNotFoundError] * 25


def test_a_missing_table_costs_the_other_table_nothing() -> None:
    statements = [put(Lead(id="a")), put(Note(id="b")), put(Lead(id="c")), put(Note(id="d"))]

    def service(request: Request) -> Outcome:
        missing = "notes" in request.body["RequestItems"]
        return TableNotFoundError("none.") if missing else Answer(b"{}")

    run = Run(batch_write(statements), service)

    assert [list(request.body["RequestItems"]) for request in run.requests] == [
        ["app", "notes"],
        ["app"],
        ["notes"],
    ]
    assert run.result.succeeded == statements[::2]


@pytest.mark.parametrize(
    "code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"]
)
def test_refused_credentials_concern_every_item_alike(code: str) -> None:
    run = Run(batch_write(puts(25)), fail_with(lambda: denied(code)))

    assert len(run.requests) == 1
    assert kinds(run.errors) == [AccessDeniedError] * 25


def test_an_item_that_only_the_service_finds_too_large_fails_alone_and_says_so() -> None:
    statements = puts(5)
    text = "ValidationException: Item size has exceeded the maximum allowed size."

    def service(request: Request) -> Outcome:
        return InvalidRequestError(text) if "l003" in ids(request) else Answer(b"{}")

    run = Run(batch_write(statements), service)

    assert run.result.failed == [statements[3]]
    assert kinds(run.errors) == [ItemSizeExceededError]
    assert (run.errors[0].entity, run.errors[0].key) == (Lead, statements[3].key)


# Wrong settings, and exceptions that nobody knows.


def test_a_wrong_setting_is_raised_if_nothing_was_done() -> None:
    error = ConfigurationError("no credentials")

    with pytest.raises(ConfigurationError) as raised:
        Run(batch_write(puts(60)), fail_with(lambda: error))
    assert raised.value is error


def test_a_wrong_setting_is_reported_if_something_was_done() -> None:
    statements = puts(60)
    error = ConfigurationError("no credentials")

    run = Run(batch_write(statements), in_turn(done, fail_with(lambda: error)))

    assert (run.result.succeeded, run.result.failed) == (statements[:25], statements[25:])
    assert kinds(run.errors) == [ConfigurationError] * 35
    assert [str(each) for each in run.errors] == [
        f"Lead(pk='LEAD#l{n:03}', sk='LEAD'): no credentials" for n in range(25, 60)
    ]


def test_a_wrong_setting_does_not_discard_what_went_on_at_the_same_time() -> None:
    """The request beside it was answered: its items are written."""
    statements = puts(50)
    service = in_turn(fail_with(lambda: ConfigurationError("no credentials")), done)

    run = Run(batch_write(statements, concurrency=2), service)

    assert (run.result.succeeded, run.result.failed) == (statements[25:], statements[:25])


def test_a_wrong_setting_does_not_hide_that_writes_may_have_been_applied() -> None:
    """Credentials that vanish between two rounds say nothing of the first."""
    statements = puts(2)
    service = in_turn(
        fail_with(lambda: InternalServiceError("500.")),
        fail_with(lambda: ConfigurationError("no credentials")),
    )

    run = Run(batch_write(statements), service)

    assert run.result.failed == statements
    assert kinds(run.errors) == [WriteOutcomeUnknownError] * 2


def test_an_unknown_exception_concerns_exactly_its_request() -> None:
    statements = puts(60)
    problem = RuntimeError("what is this?")

    run = Run(batch_write(statements), in_turn(done, fail_with(lambda: problem), done))

    assert run.result.succeeded == statements[:25] + statements[50:]
    assert run.result.failed == statements[25:50]
    assert kinds(run.errors) == [WriteOutcomeUnknownError] * 25
    assert {root(error) for error in run.errors} == {problem}
    assert run.sleeps == []


def test_an_unknown_exception_in_a_read_is_reported_as_one_of_ours() -> None:
    problem = RuntimeError("what is this?")

    run = Run(batch_get(keys(130)), in_turn(fail_with(lambda: problem), done))

    assert run.result.failed == keys(100)
    assert kinds(run.errors) == [ServiceError] * 100
    assert {root(error) for error in run.errors} == {problem}
    assert [error.key for error in run.errors] == [each.attributes for each in keys(100)]
    assert run.result.missing == keys(130)[100:]


def test_an_unknown_exception_after_throttles_counts_all_requests() -> None:
    service = in_turn(throttled, throttled, fail_with(lambda: RuntimeError("what is this?")))

    run = Run(batch_write(puts(1)), service)

    assert len(run.requests) == 3
    assert [error.attempts for error in run.errors] == [3]
    assert "3 requests" in str(run.errors[0])


# Open outcomes.

OPEN: list[Callable[[], ServiceError]] = [
    lambda: InternalServiceError("500.", code="InternalServerError"),
    lambda: ConnectionFailedError("reset.", outcome_open=True),
    lambda: DamagedAnswerError("damaged."),
]


@pytest.mark.parametrize("make", OPEN)
def test_a_write_that_may_have_been_applied_is_sent_again_until_it_is_answered(
    make: Callable[[], ServiceError],
) -> None:
    statements = puts(30)
    run = Run(batch_write(statements), in_turn(fail_with(make), done))

    assert [len(entries(request)) for request in run.requests] == [25, 5, 25]
    assert (run.result.succeeded, run.result.failed) == (statements, [])


@pytest.mark.parametrize("make", OPEN)
def test_a_write_whose_attempts_end_open_has_an_unknown_outcome(
    make: Callable[[], ServiceError],
) -> None:
    statements = puts(2)
    run = Run(batch_write(statements), fail_with(make))

    assert run.result.failed == statements
    assert kinds(run.errors) == [WriteOutcomeUnknownError] * 2
    assert kinds(error.__cause__ for error in run.errors) == [type(make())] * 2
    assert [error.attempts for error in run.errors] == [4, 4]
    assert [error.key for error in run.errors] == [statement.key for statement in statements]


@pytest.mark.parametrize(
    "last", [throttled, hold_back, fail_with(denied)], ids=["throttled", "held back", "denied"]
)
def test_no_later_failure_closes_an_open_outcome(last: Service) -> None:
    run = Run(batch_write(puts(1)), in_turn(fail_with(OPEN[0]), last))

    assert kinds(run.errors) == [WriteOutcomeUnknownError]


def test_an_unknown_outcome_names_its_statement() -> None:
    statements = puts(2)
    run = Run(batch_write(statements), fail_with(OPEN[0]))

    assert [error.statement for error in run.errors] == statements


@pytest.mark.parametrize("make", OPEN)
def test_a_read_leaves_nothing_open(make: Callable[[], ServiceError]) -> None:
    run = Run(batch_get(keys(2)), fail_with(make))

    assert kinds(run.errors) == [type(make())] * 2


def test_a_failure_to_connect_leaves_nothing_open() -> None:
    run = Run(batch_write(puts(2)), fail_with(lambda: ConnectionFailedError("refused.")))

    assert kinds(run.errors) == [ConnectionFailedError] * 2


# The deadline.

HURRIED = RetryConfig(max_attempts=9, base_delay=0.5, max_delay=10, deadline=2, random=lambda: 1.0)


def at(seconds: float, service: Service) -> Service:
    """Say how long the statement had been running, as a driver does."""

    def timed(request: Request) -> Outcome:
        outcome = service(request)
        if isinstance(outcome, Answer | ServiceError):
            outcome.elapsed_seconds = seconds
        return outcome

    return timed


def test_what_was_not_sent_before_the_deadline_says_so() -> None:
    statements = puts(60)
    run = Run(batch_write(statements), at(1.8, hold_back), MizzleConfig(retry=HURRIED))

    assert len(run.requests) == 1
    assert run.result.failed == statements
    assert kinds(run.errors) == [UnprocessedError] * 25 + [DeadlineExceededError] * 35
    assert run.sleeps == []


def test_no_round_begins_after_the_deadline() -> None:
    statements = puts(2)
    in_time = in_turn(at(0.1, throttled), at(0.8, throttled), done)
    run = Run(batch_write(statements), in_time, MizzleConfig(retry=HURRIED))
    assert (len(run.requests), run.sleeps) == (3, [0.5, 1.0])

    too_late = in_turn(at(0.1, throttled), at(1.2, throttled), done)
    run = Run(batch_write(statements), too_late, MizzleConfig(retry=HURRIED))
    assert (len(run.requests), run.sleeps) == (2, [0.5])
    assert {error.elapsed_seconds for error in run.errors} == {1.2}


def test_no_request_begins_after_the_deadline_though_all_goes_well() -> None:
    statements = puts(60)
    run = Run(batch_write(statements), at(2.5, done), MizzleConfig(retry=HURRIED))

    assert len(run.requests) == 1
    assert run.result.succeeded == statements[:25]
    assert kinds(run.errors) == [DeadlineExceededError] * 35


# Several at a time.


def test_so_many_requests_are_under_way_at_a_time_and_no_more() -> None:
    statements = puts(200)
    run = Run(batch_write(statements, concurrency=3), done)

    assert [len(step.requests) for step in run.steps] == [3, 3, 2]
    assert run.requests == batch_write(statements).compile()
    assert run.result.succeeded == statements


def test_the_outcomes_of_requests_sent_together_stay_apart() -> None:
    statements = puts(100)
    service = in_turn(
        done, throttled, fail_with(lambda: RuntimeError("what?")), hold_back, done, done
    )
    run = Run(batch_write(statements, concurrency=4), service)

    assert [len(step.requests) for step in run.steps if isinstance(step, Calls)] == [4, 2]
    assert run.result.succeeded == statements[:50] + statements[75:]
    assert run.result.failed == statements[50:75]


def test_halves_of_one_request_go_together_too() -> None:
    statements = puts(4)

    def service(request: Request) -> Outcome:
        return InvalidRequestError("no.") if "l000" in ids(request) else Answer(b"{}")

    run = Run(batch_write(statements, concurrency=2), service)

    assert [[ids(r) for r in step.requests] for step in run.steps] == [
        [["l000", "l001", "l002", "l003"]],
        [["l000", "l001"], ["l002", "l003"]],
        [["l000"], ["l001"]],
    ]
    assert run.result.failed == statements[:1]


# Leaving.


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interrupt_leaves_at_once(signal: type[BaseException]) -> None:
    flow = batch_write(puts(60)).flow(CONFIG)
    next(flow)

    with pytest.raises(signal):
        flow.throw(signal())
    with pytest.raises(StopIteration):
        next(flow)


def test_an_interrupt_in_a_pause_leaves_at_once() -> None:
    flow = batch_write(puts(2)).flow(CONFIG)
    request = next(flow).requests[0]
    assert flow.send([hold_back(request)]) == Sleep(0.1)

    with pytest.raises(KeyboardInterrupt):
        flow.throw(KeyboardInterrupt())


def test_resuming_calls_without_an_outcome_for_each_is_a_mistake_of_the_driver() -> None:
    for reply in (None, Answer(b"{}"), []):
        flow = batch_write(puts(2)).flow(CONFIG)
        next(flow)
        with pytest.raises(TypeError, match="without an outcome for each"):
            flow.send(reply)


# What answers may look like.


def test_a_consistent_read_is_consistent_in_every_round() -> None:
    """Some engines repeat the keys of a request in `UnprocessedKeys`, and nothing else of it."""
    run = Run(batch_get(keys(3)).consistent(), in_turn(hold_back, done))

    bodies = [request.body["RequestItems"]["app"] for request in run.requests]
    assert bodies == [{"Keys": [k.attributes for k in keys(3)], "ConsistentRead": True}] * 2


def test_what_an_answer_repeats_of_a_request_is_not_sent_instead_of_it() -> None:
    def stripped(request: Request) -> Outcome:
        held = [entry.attributes for entry in keys(1)]
        repeated = {"Keys": held, "ConsistentRead": False, "ProjectionExpression": "pk"}
        return answer(UnprocessedKeys={"app": repeated})

    run = Run(batch_get(keys(2)).consistent(), in_turn(stripped, done))

    assert run.requests[1].body == {
        "RequestItems": {"app": {"Keys": [keys(1)[0].attributes], "ConsistentRead": True}}
    }


@pytest.mark.parametrize(
    ("asked", "answered"), [("1E3", "1000"), ("1000", "1E+3"), ("0.50", "0.5"), ("-0", "0")]
)
def test_numbers_in_keys_may_come_back_in_another_form(asked: str, answered: str) -> None:
    number = {"id": {"S": "r"}, "seq": {"N": answered}}
    given = key(Reading, id="r", seq=Decimal(asked))
    item = {**number, "_type": {"S": "Reading"}}

    read = Run(
        batch_get([given]),
        in_turn(
            lambda _: answer(UnprocessedKeys={"readings": {"Keys": [number]}}),
            lambda _: answer(Responses={"readings": [item]}),
        ),
    )
    assert read.result.succeeded == [Reading(id="r", seq=Decimal(answered))]
    assert len(read.requests) == 2

    writes = [put(Reading(id="r", seq=Decimal(asked))), put(Reading(id="s", seq=Decimal(1)))]
    held = {"readings": [{"PutRequest": {"Item": item}}]}
    run = Run(batch_write(writes), in_turn(lambda _: answer(UnprocessedItems=held), done))
    assert [ids(request) for request in run.requests] == [["r", "s"], ["r"]]
    assert run.result.succeeded == writes


def test_two_forms_of_one_number_are_one_key() -> None:
    writes = [delete(Reading, id="r", seq=Decimal(text)) for text in ("1E3", "1000", "1000.0")]
    run = Run(batch_write(writes), done)

    assert len(entries(run.requests[0])) == 1
    assert run.result.succeeded == writes


ARN = "arn:aws:dynamodb:eu-west-1:111111111111:table/"


@pytest.mark.parametrize(
    ("given", "answered"), [("app", ARN + "app"), (ARN + "app", "app"), (ARN + "app", ARN + "app")]
)
def test_answers_may_name_a_table_by_its_arn(given: str, answered: str) -> None:
    config = MizzleConfig(retry=RETRY, tables={"app": given})
    statements = [put(Lead(id="a")), put(Lead(id="b"))]
    item = entry_of(statements[0])["PutRequest"]["Item"]

    held = {answered: [entry_of(statements[1])]}
    run = Run(
        batch_write(statements), in_turn(lambda _: answer(UnprocessedItems=held), done), config
    )
    assert [ids(request) for request in run.requests] == [["a", "b"], ["b"]]
    assert run.result.succeeded == statements

    read = Run(
        batch_get(keys_of := [key(Lead, id="a"), key(Lead, id="b")]),
        in_turn(
            lambda _: answer(
                Responses={answered: [item]},
                UnprocessedKeys={answered: {"Keys": [keys_of[1].attributes]}},
            ),
            done,
        ),
        config,
    )
    assert [ids(request) for request in read.requests] == [["a", "b"], ["b"]]
    assert (read.result.succeeded, read.result.missing) == ([Lead(id="a")], keys_of[1:])


def test_tables_of_one_name_in_two_accounts_are_not_confused() -> None:
    """An ARN may name another account's table: the account is part of its name."""
    here = Table("here", partition_key="id")
    there = Table("there", partition_key="id")

    class Mine(Entity, table=here):
        id: Attr[str]
        primary = PrimaryKey()

    class Theirs(Entity, table=there):
        id: Attr[str]
        primary = PrimaryKey()

    ours, other = ARN + "app", ARN.replace("1" * 12, "2" * 12) + "app"
    config = MizzleConfig(retry=RETRY, tables={"here": ours, "there": other})
    item = {"id": {"S": "a"}, "_type": {"S": "Mine"}}

    read = Run(
        batch_get([key(Mine, id="a"), key(Theirs, id="a")]),
        lambda _: answer(Responses={ours: [item]}),
        config,
    )
    assert read.result.succeeded == [Mine(id="a")]
    assert read.result.missing == [key(Theirs, id="a")]

    writes = [put(Mine(id="a")), put(Theirs(id="a"))]
    held = {ours: [entry_of(writes[0])]}
    run = Run(batch_write(writes), in_turn(lambda _: answer(UnprocessedItems=held), done), config)
    assert [list(request.body["RequestItems"]) for request in run.requests] == [
        [ours, other],
        [ours],
    ]


FOREIGN = [
    {"app": [{"PutRequest": {"Item": {"pk": {"S": "LEAD#zz"}, "sk": {"S": "LEAD"}}}}]},
    {"elsewhere": [{"DeleteRequest": {"Key": {"pk": {"S": "LEAD#l000"}, "sk": {"S": "LEAD"}}}}]},
]


@pytest.mark.parametrize("held", FOREIGN)
def test_an_answer_that_speaks_of_unknown_keys_settles_nothing(held: Any) -> None:
    statements = puts(2)
    run = Run(batch_write(statements), in_turn(lambda _: answer(UnprocessedItems=held), done))

    assert [len(entries(request)) for request in run.requests] == [2, 2]
    assert run.result.succeeded == statements


def test_reads_are_repeated_if_an_answer_speaks_of_unknown_keys() -> None:
    for name in ("app", "elsewhere"):
        foreign = {name: {"Keys": [{"pk": {"S": "zz"}, "sk": {"S": "zz"}}]}}
        service = in_turn(lambda _, left=foreign: answer(UnprocessedKeys=left), done)
        run = Run(batch_get(keys(2)), service)

        assert [len(entries(request)) for request in run.requests] == [2, 2]
        assert run.result.missing == keys(2)


def test_writes_of_which_only_riddles_were_answered_are_not_called_unapplied() -> None:
    """Nobody has said that they were held back, and the answers were no refusals."""
    run = Run(batch_write(puts(2)), lambda _: answer(UnprocessedItems=FOREIGN[0]))

    assert kinds(run.errors) == [WriteOutcomeUnknownError] * 2


def test_items_that_nobody_asked_for_are_not_given() -> None:
    strange = entry_of(put(Lead(id="zz")))["PutRequest"]["Item"]
    run = Run(
        batch_get(keys(1)), lambda _: answer(Responses={"app": [strange], "elsewhere": [strange]})
    )

    assert (run.result.succeeded, run.result.missing) == ([], keys(1))


def test_an_item_that_does_not_validate_fails_alone() -> None:
    good = entry_of(put(Lead(id="l000")))["PutRequest"]["Item"]
    bad = {**entry_of(put(Lead(id="l001")))["PutRequest"]["Item"], "score": {"S": "many"}}
    run = Run(batch_get(keys(3)), lambda _: answer(Responses={"app": [bad, good]}))

    result = run.result
    assert (result.succeeded, result.failed) == ([Lead(id="l000")], [keys(3)[1]])
    assert result.missing == [keys(3)[2]]
    assert run.errors[0].key == keys(3)[1].attributes


def test_consumed_capacity_adds_up_over_all_requests() -> None:
    def service(request: Request) -> Outcome:
        units = [
            {"TableName": name, "CapacityUnits": len(part) / 2}
            for name, part in request.body["RequestItems"].items()
        ]
        return answer(ConsumedCapacity=units)

    statements = [*puts(30), *(put(Note(id=str(n))) for n in range(3))]
    run = Run(batch_write(statements), service, MizzleConfig(capacity="total"))

    assert run.result.consumed_capacity == {"app": 15.0, "notes": 1.5}
    assert {r.body["ReturnConsumedCapacity"] for r in run.requests} == {"TOTAL"}


# Events.


def test_each_finished_request_is_told_with_what_is_done_of_how_many() -> None:
    events: list[Event] = []
    config = MizzleConfig(retry=RETRY, on_event=events.append)
    statements = [*puts(30), put(Lead(id="l000", score=1))]

    def service(request: Request) -> Outcome:
        if ids(request) == ["l024"]:
            return Answer(b"{}")
        return hold_back(request, lambda entry: "l024" in str(entry["PutRequest"]["Item"]["pk"]))

    Run(batch_write(statements), service, config)

    def event(number: int, settled: int, unprocessed: int) -> BatchEvent:
        return BatchEvent(
            operation="BatchWriteItem",
            round=number,
            done=settled,
            failed=0,
            total=31,
            unprocessed=unprocessed,
        )

    # The two statements for `l000` are both done with the first request.
    assert events == [
        event(1, 25, 1),
        event(1, 30, 0),
        RetryEvent(
            operation="BatchWriteItem", tables=("app",), attempt=1, error=None, delay_seconds=0.1
        ),
        event(2, 31, 0),
    ]


def test_failures_are_told_and_so_is_the_end() -> None:
    events: list[Event] = []
    config = MizzleConfig(retry=RETRY, on_event=events.append)

    def service(request: Request) -> Outcome:
        if "l001" in ids(request):
            return InvalidRequestError("no.")
        return throttled(request)

    run = Run(batch_write(puts(2)), at(0.25, service), config)

    told = [(e.done, e.failed, e.unprocessed) for e in events if isinstance(e, BatchEvent)]
    # The last one tells what became of what was left.
    assert told == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, 1), (0, 2, 0)]
    assert [e.delay_seconds for e in events if isinstance(e, RetryEvent)] == run.sleeps
    (last,) = [event for event in events if isinstance(event, ExhaustedEvent)]
    assert (last.operation, last.tables, last.attempts, last.seconds) == (
        "BatchWriteItem",
        ("app",),
        4,
        0.25,
    )
    assert isinstance(last.error, ThrottledError)


def test_the_failed_part_can_be_handed_in_again() -> None:
    statements = puts(60)
    first = Run(batch_write(statements), in_turn(done, fail_with(lambda: RuntimeError("what?"))))
    second = Run(batch_write(first.result.failed), done)

    assert second.result.succeeded == statements[25:]
    reads = Run(batch_get(keys(3)), throttled)
    assert Run(batch_get(reads.result.failed), done).result.missing == keys(3)


# What cannot be reached, read or counted.


def test_a_round_ends_where_there_is_no_connection() -> None:
    statements = puts(1_000)
    retry = RetryConfig(max_attempts=3, base_delay=1, random=lambda: 1.0)

    run = Run(
        batch_write(statements),
        fail_with(lambda: ConnectionFailedError("refused.", outcome_open=False)),
        MizzleConfig(retry=retry),
    )

    # Three rounds of four requests, each with other parts, instead of three of forty.
    assert len(run.requests) == run.result.attempts == 12
    sent = [key for request in run.requests for key in ids(request)]
    assert len(set(sent)) == len(sent) == 300
    assert run.result.failed == statements
    assert set(kinds(run.errors)) == {ConnectionFailedError}
    assert "was not sent" in str(run.errors[-1])
    assert "was not sent" not in str(run.errors[0])


def test_a_lost_connection_that_comes_back_costs_nothing() -> None:
    statements = puts(200)
    lost = fail_with(lambda: ConnectionFailedError("reset.", outcome_open=True))
    retry = RetryConfig(max_attempts=2, base_delay=1, random=lambda: 1.0)

    run = Run(batch_write(statements), in_turn(lost, lost, done), MizzleConfig(retry=retry))

    assert run.result.succeeded == statements


def test_a_table_that_is_denied_is_not_tried_item_by_item_for_ever() -> None:
    statements = puts(1_000)
    denied = fail_with(lambda: AccessDeniedError("no.", code="AccessDeniedException", status=400))

    run = Run(batch_write(statements), denied)

    assert kinds(run.errors) == [AccessDeniedError] * 1_000
    # The first request down to its 25 parts, then the 39 others.
    assert len(run.requests) == 49 + 39


def test_a_policy_about_single_items_is_found_out() -> None:
    """Other items of the table are let through, so each culprit has to stand alone."""
    statements = puts(100)

    def service(request: Request) -> Outcome:
        if any(int(name[1:]) % 2 for name in ids(request)):
            return AccessDeniedError("no.", code="AccessDeniedException", status=400)
        return done(request)

    run = Run(batch_write(statements), service)

    assert run.result.succeeded == statements[::2]
    assert run.result.failed == statements[1::2]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"UnprocessedItems": {"app": [{"PutRequest": {"Item": {}}}]}}',
        b'{"UnprocessedItems": {"app": [{}]}}',
    ],
    ids=["no JSON", "no object", "no key", "no entry"],
)
def test_an_answer_that_cannot_be_read_leaves_its_own_items_open(body: bytes) -> None:
    statements = puts(50)

    run = Run(batch_write(statements), in_turn(lambda _: Answer(body), done))

    assert run.result.succeeded == statements[25:]
    assert run.result.failed == statements[:25]
    assert set(kinds(run.errors)) == {WriteOutcomeUnknownError}


def test_capacity_that_is_told_in_part_is_counted_in_part() -> None:
    answer = Answer(b'{"ConsumedCapacity": [{"TableName": "app"}, {"CapacityUnits": 2.0}]}')

    run = Run(batch_write(puts(2)), lambda _: answer, MizzleConfig(capacity="total"))

    assert run.result.consumed_capacity == {"app": 0.0, "": 2.0}


def test_a_validator_that_fails_costs_its_own_item_only() -> None:
    class Picky(Entity, table=Table("picky", partition_key="pk")):
        id: Attr[str]
        primary = PrimaryKey("PICKY#{id}")

        @field_validator("id")
        @classmethod
        def check(cls, value: str) -> str:
            if value == "bad" and armed:
                raise KeyError(value)
            return value

    armed: list[bool] = []
    keys = [key(Picky, id=name) for name in ("a", "bad", "c")]
    armed.append(True)
    items = [{**k.attributes, "_type": {"S": "Picky"}, "id": {"S": k.values["id"]}} for k in keys]
    answer = Answer(json.dumps({"Responses": {"picky": items}}).encode())

    run = Run(batch_get(keys), lambda _: answer)

    assert [each.id for each in run.result.succeeded] == ["a", "c"]
    assert run.result.failed == [keys[1]]
    assert kinds(run.errors) == [ItemDecodeError]
    assert isinstance(run.errors[0].__cause__, KeyError)


def test_an_error_of_a_class_of_ones_own_is_kept() -> None:
    class StrangeError(ServiceError):
        def __init__(self, *, detail: int) -> None:
            super().__init__(f"strange {detail}.", code="Strange", status=400)
            self.detail = detail

    run = Run(batch_write(puts(2)), fail_with(lambda: StrangeError(detail=7)))

    assert [each.detail for each in run.errors] == [7, 7]
    assert run.errors[0] is not run.errors[1]


def test_one_lost_connection_ends_nothing_even_without_retries() -> None:
    statements = puts(100)
    lost = fail_with(lambda: ConnectionFailedError("reset.", outcome_open=True))
    config = MizzleConfig(retry=RetryConfig(max_attempts=1, base_delay=0))

    run = Run(batch_write(statements), in_turn(lost, done), config)

    # What came after a success is sent; a round with progress is not the last.
    assert run.result.succeeded == statements


def test_each_kind_of_failure_is_told_in_the_end() -> None:
    events: list[Event] = []
    config = MizzleConfig(retry=RETRY, on_event=events.append)

    def service(request: Request) -> Outcome:
        if "l000" in ids(request):
            return InternalServiceError("500.", code="InternalServerError")
        return throttled(request)

    Run(batch_write(puts(30)), service, config)

    ends = [event for event in events if isinstance(event, ExhaustedEvent)]
    assert [getattr(event.error, "code", None) for event in ends] == [
        "InternalServerError",
        "ThrottlingException",
    ]
    # The commonest failure stands for a round.
    retries = [event for event in events if isinstance(event, RetryEvent)]
    assert {getattr(event.error, "code", None) for event in retries} == {"InternalServerError"}


def test_what_the_deadline_cut_off_says_so_though_connections_were_lost() -> None:
    lost = fail_with(lambda: ConnectionFailedError("lost.", outcome_open=True))
    late = at(9, done)
    retry = RetryConfig(base_delay=0.1, deadline=8, random=lambda: 1.0)

    run = Run(batch_write(puts(100)), in_turn(lost, late), MizzleConfig(retry=retry))

    assert kinds(run.errors) == [WriteOutcomeUnknownError] * 25 + [DeadlineExceededError] * 50


def test_what_was_not_sent_for_want_of_a_connection_has_its_cause() -> None:
    lost = ConnectionFailedError("refused.", outcome_open=False)

    run = Run(batch_write(puts(1_000)), fail_with(lambda: lost))

    assert all(error.__cause__ is lost for error in run.errors[400:])
