"""The retry layer, stepped by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    DeadlineExceededError,
    InternalServiceError,
    InvalidRequestError,
    ServiceError,
    ThrottledError,
    TransactionCanceledError,
    TransactionConflictError,
    WriteOutcomeUnknownError,
)
from mizzle.events import Event, ExhaustedEvent, RetryEvent
from mizzle.flows import Call, Flow, Sleep, delays, send
from mizzle.flows.outcomes import BY_ID, BY_TOKEN, NEVER, READ, RULES, SAME, Rule
from mizzle.request import Answer, Request

REQUEST = Request("UpdateItem", {"TableName": "app", "Key": {"pk": {"S": "a"}}})
RETRY = RetryConfig(max_attempts=3, base_delay=0.1, max_delay=10, random=lambda: 1.0)
CONFIG = MizzleConfig(retry=RETRY)

RETRYABLE = [
    ThrottledError("throttled."),
    TransactionConflictError("conflict."),
    InternalServiceError("500."),
    ConnectionFailedError("refused.", outcome_open=False),
    ConnectionFailedError("reset.", outcome_open=True),
    DamagedAnswerError("damaged."),
]
OPEN = [error for error in RETRYABLE if error.outcome_open]
CLOSED = [error for error in RETRYABLE if not error.outcome_open]
FINAL = [
    ConditionFailedError("condition."),
    InvalidRequestError("invalid."),
    AccessDeniedError("denied."),
    ServiceError("other."),
]


def fresh(error: ServiceError) -> ServiceError:
    """Copy an error, as a flow writes into what it is thrown."""
    copy = type(error)(*error.args)
    copy.outcome_open = error.outcome_open
    return copy


def name(error: ServiceError) -> str:
    return str(error)


def finish(flow: Flow[Answer], answer: Answer) -> Answer:
    with pytest.raises(StopIteration) as stop:
        flow.send(answer)
    value: Answer = stop.value.value
    return value


def test_an_answer_is_returned_at_once() -> None:
    flow = send(REQUEST, CONFIG, READ)
    answer = Answer(b"{}")

    assert next(flow) == Call(REQUEST)
    assert finish(flow, answer) is answer


@pytest.mark.parametrize("error", RETRYABLE, ids=name)
def test_a_read_is_sent_again_after_each_retryable_error(error: ServiceError) -> None:
    flow = send(REQUEST, CONFIG, READ)
    answer = Answer(b"{}")

    assert next(flow) == Call(REQUEST)
    assert flow.throw(fresh(error)) == Sleep(0.1)
    assert flow.send(None) == Call(REQUEST)
    assert flow.throw(fresh(error)) == Sleep(0.2)
    assert flow.send(None) == Call(REQUEST)
    assert finish(flow, answer) is answer


@pytest.mark.parametrize("error", FINAL, ids=name)
@pytest.mark.parametrize("writes", [False, True])
def test_any_other_error_is_raised_at_once(error: ServiceError, *, writes: bool) -> None:
    flow = send(REQUEST, CONFIG, SAME if writes else READ)
    thrown = fresh(error)
    next(flow)

    with pytest.raises(type(error)) as raised:
        flow.throw(thrown)

    assert raised.value is thrown
    assert (thrown.attempts, str(thrown)) == (1, str(error))


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
def test_max_attempts_is_the_number_of_calls(attempts: int) -> None:
    flow = send(REQUEST, MizzleConfig(retry=RetryConfig(max_attempts=attempts)), READ)

    raised = after(flow, *(ThrottledError("throttled.") for _ in range(attempts)))

    assert raised.attempts == attempts
    plural = "" if attempts == 1 else "s"
    assert str(raised) == f"throttled. Gave up after {attempts} request{plural} in 0.00 s."


@pytest.mark.parametrize("error", OPEN, ids=name)
def test_a_write_that_counts_is_never_sent_again_once_it_may_have_been_applied(
    error: ServiceError,
) -> None:
    flow = send(REQUEST, CONFIG, NEVER)
    thrown = fresh(error)
    thrown.code, thrown.status, thrown.request_id = "Fault", 500, "r1"
    next(flow)

    with pytest.raises(WriteOutcomeUnknownError) as raised:
        flow.throw(thrown)

    unknown = raised.value
    assert unknown.__cause__ is thrown
    assert (unknown.code, unknown.status, unknown.request_id) == ("Fault", 500, "r1")
    assert unknown.attempts == 1
    assert str(error) in str(unknown)


@pytest.mark.parametrize("error", CLOSED, ids=name)
def test_a_write_that_counts_is_sent_again_after_a_refusal(error: ServiceError) -> None:
    flow = send(REQUEST, CONFIG, NEVER)
    next(flow)

    assert flow.throw(fresh(error)) == Sleep(0.1)
    assert flow.send(None) == Call(REQUEST)


def after(flow: Flow[Answer], *errors: ServiceError) -> ServiceError:
    """Step a flow through errors and give what it raises at the last."""
    *first, last = errors
    next(flow)
    for error in first:
        assert isinstance(flow.throw(error), Sleep)
        assert flow.send(None) == Call(REQUEST)
    with pytest.raises(ServiceError) as raised:
        flow.throw(last)
    return raised.value


@pytest.mark.parametrize("error", OPEN, ids=name)
def test_a_write_whose_attempts_end_open_says_so(error: ServiceError) -> None:
    flow = send(REQUEST, CONFIG, SAME)

    raised = after(flow, fresh(error), fresh(error), fresh(error))

    assert isinstance(raised, WriteOutcomeUnknownError)
    assert raised.attempts == 3
    assert "3 requests" in str(raised)


def test_a_read_whose_attempts_end_open_raises_the_last_error() -> None:
    flow = send(REQUEST, CONFIG, READ)
    last = InternalServiceError("500.")

    raised = after(flow, InternalServiceError("500."), InternalServiceError("500."), last)

    assert raised is last


@pytest.mark.parametrize("last", [ThrottledError("throttled."), AccessDeniedError("denied.")])
def test_a_refusal_does_not_close_an_outcome_that_an_earlier_attempt_left_open(
    last: ServiceError,
) -> None:
    flow = send(REQUEST, CONFIG, SAME)

    raised = after(flow, InternalServiceError("500."), ThrottledError("t."), fresh(last))

    assert isinstance(raised, WriteOutcomeUnknownError)


def test_a_failed_condition_after_an_open_outcome_is_left_to_the_statement() -> None:
    flow = send(REQUEST, CONFIG, SAME)
    opening, failed = InternalServiceError("500."), ConditionFailedError("condition.")

    raised = after(flow, opening, failed)

    assert raised is failed
    assert (failed.opening, failed.attempts) == (opening, 2)


def test_a_failed_condition_alone_leaves_nothing_open() -> None:
    flow = send(REQUEST, CONFIG, SAME)
    failed = ConditionFailedError("condition.")

    after(flow, ThrottledError("throttled."), failed)

    assert failed.opening is None


def test_a_cancelled_transaction_settles_its_earlier_attempts() -> None:
    flow = send(REQUEST, CONFIG, SAME)
    cancelled = TransactionCanceledError("cancelled.", code="TransactionCanceledException")

    raised = after(flow, InternalServiceError("500."), cancelled)

    assert raised is cancelled


def test_what_is_not_a_service_error_passes() -> None:
    flow = send(REQUEST, CONFIG, READ)
    next(flow)

    with pytest.raises(KeyboardInterrupt):
        flow.throw(KeyboardInterrupt())


def test_resuming_a_call_without_an_answer_is_a_mistake_of_the_driver() -> None:
    flow = send(REQUEST, CONFIG, READ)
    next(flow)

    with pytest.raises(TypeError, match="without an Answer"):
        flow.send(None)


def test_delays_double_up_to_the_cap_and_end_before_the_last_attempt() -> None:
    retry = RetryConfig(max_attempts=6, base_delay=0.05, max_delay=0.3, random=lambda: 1.0)

    assert list(delays(retry)) == [0.05, 0.1, 0.2, 0.3, 0.3]


def test_delays_are_jittered_in_full() -> None:
    numbers: Iterator[float] = iter([0.0, 0.5, 0.25])
    retry = RetryConfig(base_delay=0.1, max_delay=1, random=lambda: next(numbers))

    assert list(delays(retry)) == [0.0, 0.1, 0.1]


def test_delays_never_overflow() -> None:
    retry = RetryConfig(max_attempts=5002, base_delay=1, max_delay=2, random=lambda: 1.0)

    assert next(islice(delays(retry), 5000, None)) == 2


def late(error: ServiceError, seconds: float) -> ServiceError:
    """Say how long the statement had been running, as a driver does."""
    error.elapsed_seconds = seconds
    return error


def test_no_attempt_begins_after_the_deadline() -> None:
    retry = RetryConfig(max_attempts=9, base_delay=1, deadline=4, random=lambda: 1.0)
    flow = send(REQUEST, MizzleConfig(retry=retry), READ)
    next(flow)

    assert flow.throw(late(ThrottledError("throttled."), 0.5)) == Sleep(1)
    assert flow.send(None) == Call(REQUEST)
    with pytest.raises(ThrottledError, match=r"Gave up after 2 requests in 2\.00 s") as raised:
        flow.throw(late(ThrottledError("throttled."), 2))
    assert (raised.value.attempts, raised.value.elapsed_seconds) == (2, 2)


@pytest.mark.parametrize("rule", [BY_ID, BY_TOKEN, NEVER], ids=["id", "token", "never"])
def test_no_attempt_begins_when_its_token_or_id_may_be_too_old(rule: Rule) -> None:
    """A token is forgotten after ten minutes, and an id tells its age."""
    flow = send(REQUEST, CONFIG, rule)
    next(flow)

    # After the delay it is 480 seconds since the statement began.
    assert flow.throw(late(ThrottledError("throttled."), 479.9)) == Sleep(0.1)
    flow.send(None)
    with pytest.raises(ThrottledError):
        flow.throw(late(ThrottledError("throttled."), 479.9))


def test_a_deadline_that_passes_in_a_delay_says_what_had_failed() -> None:
    """A delay can take longer than asked for."""
    flow = send(REQUEST, CONFIG, READ)
    throttled = late(ThrottledError("throttled."), 1)
    next(flow)
    flow.throw(throttled)
    flow.send(None)

    with pytest.raises(ThrottledError) as raised:
        flow.throw(DeadlineExceededError("late."))

    assert raised.value is throttled
    assert (throttled.attempts, throttled.elapsed_seconds) == (1, 1)


def test_a_deadline_before_the_first_attempt_is_told_as_one() -> None:
    flow = send(REQUEST, CONFIG, SAME)
    next(flow)

    with pytest.raises(DeadlineExceededError, match=r"^late\.$") as raised:
        flow.throw(DeadlineExceededError("late."))

    assert raised.value.attempts == 0


@pytest.mark.parametrize(
    ("other", "attempts"),
    [
        # Of these two nothing was sent; of an exception that nobody knows, nobody knows.
        (DeadlineExceededError("late."), 1),
        (ConfigurationError("no credentials."), 1),
        (OSError("no file."), 2),
    ],
    ids=["deadline", "setting", "unknown"],
)
def test_whatever_comes_after_an_open_outcome_does_not_hide_it(
    other: Exception, attempts: int
) -> None:
    events: list[Event] = []
    flow = send(REQUEST, MizzleConfig(retry=RETRY, on_event=events.append), SAME)
    fault = late(InternalServiceError("500.", code="Fault"), 2)
    next(flow)
    flow.throw(fault)
    flow.send(None)

    with pytest.raises(WriteOutcomeUnknownError, match=r" sent in 2\.00 s.*500\.") as raised:
        flow.throw(other)

    unknown = raised.value
    assert (unknown.attempts, unknown.code, unknown.__cause__) == (attempts, "Fault", fault)
    assert isinstance(events[-1], ExhaustedEvent)


@pytest.mark.parametrize("rule", RULES, ids=[rule.statements[:20] for rule in RULES])
@pytest.mark.parametrize("error", OPEN, ids=name)
def test_each_rule_does_what_its_row_says(rule: Rule, error: ServiceError) -> None:
    flow = send(REQUEST, CONFIG, rule)
    next(flow)

    if rule.is_sent_again:
        assert flow.throw(fresh(error)) == Sleep(0.1)
        assert flow.send(None) == Call(REQUEST)
    else:
        with pytest.raises(WriteOutcomeUnknownError):
            flow.throw(fresh(error))


def test_each_retry_is_told_and_so_is_the_end() -> None:
    events: list[Event] = []
    flow = send(REQUEST, MizzleConfig(retry=RETRY, on_event=events.append), READ)
    errors = [late(ThrottledError("throttled."), 0.25 * n) for n in (1, 2, 3)]

    after(flow, *errors)

    common = {"operation": "UpdateItem", "tables": ("app",)}
    assert events == [
        RetryEvent(**common, attempt=1, error=errors[0], delay_seconds=0.1),
        RetryEvent(**common, attempt=2, error=errors[1], delay_seconds=0.2),
        ExhaustedEvent(**common, attempts=3, seconds=0.75, error=errors[2]),
    ]


def test_steps_compare_and_show_what_they_hold() -> None:
    assert Sleep(1.0) == Sleep(1.0)
    assert Sleep(1.0) != Sleep(2.0)
    assert Call(REQUEST) != Sleep(1.0)
    assert Sleep(1.0) != 1.0
    assert {Sleep(1.0), Sleep(1.0)} == {Sleep(1.0)}
    assert repr(Call(REQUEST)) == "Call(Request('UpdateItem', tables=('app',)))"
    assert repr(Sleep(0.5)) == "Sleep(0.5)"
