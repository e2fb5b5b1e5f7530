"""Several flows as one, stepped by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mizzle.config import MizzleConfig, RetryConfig
from mizzle.errors import AccessDeniedError, DeadlineExceededError, ThrottledError
from mizzle.flows import Call, Calls, Flow, Sleep, send
from mizzle.flows.outcomes import READ
from mizzle.flows.steps import call, call_all
from mizzle.flows.together import together
from mizzle.request import Answer, Request

RETRY = RetryConfig(max_attempts=3, base_delay=0.1, max_delay=10, random=lambda: 1.0)
CONFIG = MizzleConfig(retry=RETRY)
ANSWERS = [Answer(b'{"n":%d}' % n) for n in range(6)]


def scan(segment: int) -> Request:
    return Request("Scan", {"TableName": "app", "Segment": segment, "TotalSegments": 3})


A, B, C = map(scan, range(3))


class Noted:
    """A flow of one call, which notes how it ended."""

    def __init__(self, request: Request, *, calls: int = 1) -> None:
        self.request = request
        self.calls = calls
        self.ended: str | None = None

    def flow(self) -> Flow[list[Answer]]:
        try:
            found: list[Answer] = []
            while len(found) < self.calls:
                found.append((yield from call(self.request)))
        except GeneratorExit:
            self.ended = "closed"
            raise
        except Exception as error:
            self.ended = type(error).__name__
            raise
        self.ended = "done"
        return found


def sleeping(seconds: float, request: Request) -> Flow[Answer]:
    yield Sleep(seconds)
    return (yield from call(request))


def value_of(flow: Flow[Any], reply: Any) -> Any:
    with pytest.raises(StopIteration) as stop:
        flow.send(reply)
    return stop.value.value


def test_nothing_is_nothing() -> None:
    flow: Flow[list[Answer]] = together([])
    assert value_of(flow, None) == []


def test_one_flow_is_that_flow() -> None:
    """It gets its errors thrown, as if nobody stood between."""
    flow = together([send(A, CONFIG, READ)])

    assert next(flow) == Call(A)
    assert flow.throw(ThrottledError("throttled.")) == Sleep(0.1)
    assert flow.send(None) == Call(A)
    assert value_of(flow, ANSWERS[0]) == [ANSWERS[0]]


def test_requests_are_sent_at_the_same_time_and_values_keep_their_order() -> None:
    flow = together([call(A), call(B), call(C)])

    assert next(flow) == Calls(A, B, C)
    assert value_of(flow, ANSWERS[:3]) == ANSWERS[:3]


def test_a_flow_that_has_ended_asks_for_nothing_more() -> None:
    flow = together([Noted(A).flow(), Noted(B, calls=3).flow(), Noted(C, calls=2).flow()])

    assert next(flow) == Calls(A, B, C)
    assert flow.send(ANSWERS[:3]) == Calls(B, C)
    assert flow.send(ANSWERS[3:5]) == Calls(B)
    assert value_of(flow, [ANSWERS[5]]) == [
        [ANSWERS[0]],
        [ANSWERS[1], ANSWERS[3], ANSWERS[5]],
        [ANSWERS[2], ANSWERS[4]],
    ]


def test_flows_that_ask_for_nothing_are_done_at_once() -> None:
    def nothing() -> Flow[int]:
        yield from ()
        return 7

    def one() -> Flow[int]:
        yield from call(A)
        return 8

    flow = together([nothing(), one(), nothing()])

    assert next(flow) == Calls(A)
    assert value_of(flow, ANSWERS[:1]) == [7, 8, 7]


def test_one_is_sent_again_while_the_other_has_been_answered() -> None:
    flow = together([send(A, CONFIG, READ), send(B, CONFIG, READ)])

    assert next(flow) == Calls(A, B)
    assert flow.send([ThrottledError("throttled."), ANSWERS[1]]) == Sleep(0.1)
    assert flow.send(None) == Calls(A)
    assert value_of(flow, [ANSWERS[0]]) == ANSWERS[:2]


def test_while_one_pauses_the_others_requests_are_sent_first() -> None:
    """All requests of a round go out before its pauses are made."""
    flow = together([send(A, CONFIG, READ), Noted(B, calls=3).flow()])

    assert next(flow) == Calls(A, B)
    # The first waits now; the other has its second request.
    assert flow.send([ThrottledError("throttled."), ANSWERS[1]]) == Calls(B)
    assert flow.send([ANSWERS[2]]) == Sleep(0.1)
    assert flow.send(None) == Calls(A, B)
    assert value_of(flow, [ANSWERS[0], ANSWERS[3]]) == [
        ANSWERS[0],
        [ANSWERS[1], ANSWERS[2], ANSWERS[3]],
    ]


def test_pauses_are_made_as_one_as_long_as_the_longest() -> None:
    flow = together([sleeping(0.3, A), sleeping(0.1, B), sleeping(0.2, C)])

    assert next(flow) == Sleep(0.3)
    assert flow.send(None) == Calls(A, B, C)
    assert value_of(flow, ANSWERS[:3]) == ANSWERS[:3]


def test_several_requests_of_one_flow_get_their_own_outcomes() -> None:
    """A flow that asks for several at once is not thrown an error, but given it."""
    seen: list[Sequence[Any]] = []

    def both() -> Flow[int]:
        outcomes = yield from call_all([B, C])
        seen.append(outcomes)
        return len(outcomes)

    def alone() -> Flow[Answer]:
        return (yield from call(A))

    throttled = ThrottledError("throttled.")
    flow: Flow[list[Any]] = together([alone(), both(), alone()])

    assert next(flow) == Calls(A, B, C, A)
    outcomes = [ANSWERS[0], throttled, ANSWERS[2], ANSWERS[3]]
    assert value_of(flow, outcomes) == [ANSWERS[0], 2, ANSWERS[3]]
    assert seen == [[throttled, ANSWERS[2]]]


def test_flows_can_be_nested() -> None:
    flow = together([together([call(A), call(B)]), together([call(C)])])

    assert next(flow) == Calls(A, B, C)
    assert value_of(flow, ANSWERS[:3]) == [ANSWERS[:2], ANSWERS[2:3]]


def test_an_error_is_raised_when_its_round_has_ended_and_closes_the_others() -> None:
    failing, going, done = Noted(A), Noted(B, calls=2), Noted(C)
    flow = together([failing.flow(), going.flow(), done.flow()])
    denied = AccessDeniedError("denied.")
    next(flow)

    with pytest.raises(AccessDeniedError) as raised:
        flow.send([denied, ANSWERS[1], ANSWERS[2]])

    assert raised.value is denied
    assert (failing.ended, going.ended, done.ended) == ("AccessDeniedError", "closed", "done")


def test_of_several_errors_the_first_flows_is_raised() -> None:
    flow = together([Noted(A).flow(), Noted(B).flow()])
    next(flow)

    with pytest.raises(AccessDeniedError, match="first"):
        flow.send([AccessDeniedError("first."), AccessDeniedError("second.")])


def test_no_pause_is_made_for_what_has_failed() -> None:
    """What the others wait for would be in vain."""
    flow = together([send(A, CONFIG, READ), Noted(B).flow()])
    next(flow)

    step: Any = None
    with pytest.raises(AccessDeniedError):
        step = flow.send([ThrottledError("throttled."), AccessDeniedError("denied.")])
    assert step is None


def test_an_error_before_the_first_request_sends_nothing() -> None:
    def broken() -> Flow[Answer]:
        raise DeadlineExceededError("late.")
        yield Call(A)

    other = Noted(B)
    flow = together([broken(), other.flow()])

    with pytest.raises(DeadlineExceededError):
        next(flow)
    assert other.ended == "closed"


def test_attempts_end_for_one_while_the_other_goes_on() -> None:
    retry = RetryConfig(max_attempts=2, base_delay=0.1, max_delay=10, random=lambda: 1.0)
    other = Noted(B, calls=9)
    flow = together([send(A, MizzleConfig(retry=retry), READ), other.flow()])

    assert next(flow) == Calls(A, B)
    assert flow.send([ThrottledError("throttled."), ANSWERS[0]]) == Calls(B)
    assert flow.send([ANSWERS[1]]) == Sleep(0.1)
    assert flow.send(None) == Calls(A, B)
    with pytest.raises(ThrottledError, match="Gave up after 2 requests"):
        flow.send([ThrottledError("throttled."), ANSWERS[2]])
    assert other.ended == "closed"


def test_closing_closes_all() -> None:
    noted = [Noted(A), Noted(B)]
    flow = together([each.flow() for each in noted])
    next(flow)

    flow.close()

    assert [each.ended for each in noted] == ["closed", "closed"]


def test_what_the_driver_throws_closes_all() -> None:
    noted = [Noted(A), Noted(B)]
    flow = together([each.flow() for each in noted])
    next(flow)

    with pytest.raises(KeyboardInterrupt):
        flow.throw(KeyboardInterrupt())

    assert [each.ended for each in noted] == ["closed", "closed"]


def test_resuming_with_too_few_outcomes_is_a_mistake_of_the_driver() -> None:
    flow = together([call(A), call(B)])
    next(flow)

    with pytest.raises(TypeError, match="an outcome for each"):
        flow.send([ANSWERS[0]])
