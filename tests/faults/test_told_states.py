"""Whatever fails on the wire, what a caller is told is true: held against all states that are possible.

A model keeps, for each key, the set of states that the item may be in. A success or a refusal that is
told narrows it, an unknown outcome widens it; a lie empties it, or leaves the true state outside.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from mizzle import (
    Attr,
    Entity,
    Mizzle,
    PrimaryKey,
    RetryConfig,
    Table,
    WriteOutcomeUnknownError,
    attr,
    batch_write,
    delete,
    get,
    insert,
    put,
    update,
)
from mizzle.errors import ConditionFailedError, ReadBackError, ServiceError
from mizzle.statements.base import BatchItem
from mizzle.statements.update import Update
from mizzle.testing import FaultPlan
from tests.faults.proxy import FaultProxy
from tests.faults.seeds import SEEDS, transport_for
from tests.linter import LintingTransport

table = Table("states", partition_key="pk")

RATES: Any = {
    "throttle": 0.05,
    "throttling": 0.04,
    "request_limit": 0.03,
    "conflict": 0.04,
    "error_before": 0.06,
    "error_after": 0.06,
    "unavailable": 0.04,
    "bad_gateway": 0.04,
    "reset_before": 0.06,
    "reset_after": 0.08,
    "damaged": 0.06,
}
OWNERS = ["ada", "bob", None]


class Job(Entity, table=table):
    id: Attr[str]
    owner: Attr[str | None] = attr(default=None)
    runs: Attr[int] = attr(default=0)
    log: Attr[list[str]] = attr(default_factory=list)

    primary = PrimaryKey("JOB#{id}")


State = Job | None


class Refused(Exception):  # noqa: N818  # not an error: what a statement does to some states
    """The statement does nothing to an item in this state."""


Effect = Callable[[State], State]


def changes(state: State, **values: Any) -> State:
    """Give the state after an update."""
    if state is None:
        raise Refused
    return state.model_copy(update=values)


def insertion(name: str, random: Random) -> tuple[Any, Effect]:
    new = some_job(name, random)

    def effect(state: State) -> State:
        if state is not None:
            raise Refused
        return new

    return insert(new), effect


def replacement(name: str, random: Random) -> tuple[Any, Effect]:
    new = some_job(name, random)
    return put(new), lambda _: new


def removal(name: str, _: Random) -> tuple[Any, Effect]:
    return delete(Job, id=name), lambda _: None


def setting(name: str, random: Random) -> tuple[Any, Effect]:
    owner = random.choice(OWNERS)
    statement = update(Job, id=name).set(Job.owner, owner)
    return statement, lambda state: changes(state, owner=owner)


def claim(name: str, random: Random) -> tuple[Any, Effect]:
    owner, other = random.choice(OWNERS), random.choice(OWNERS)

    def effect(state: State) -> State:
        if state is None or state.owner != other:
            raise Refused
        return changes(state, owner=owner)

    return update(Job, id=name).where(Job.owner == other).set(Job.owner, owner), effect


def exchange(name: str, random: Random) -> tuple[Any, Effect]:
    new, other = some_job(name, random), random.choice(OWNERS)

    def effect(state: State) -> State:
        if state is None or state.owner != other:
            raise Refused
        return new

    return put(new).where(Job.id == name, Job.owner == other), effect


def count(name: str, _: Random) -> tuple[Any, Effect]:
    statement = update(Job, id=name).add(Job.runs, 1)
    return statement, lambda state: changes(state, runs=state.runs + 1 if state else 0)


def entry(name: str, _: Random) -> tuple[Any, Effect]:
    statement = update(Job, id=name).append(Job.log, ["x"])
    return statement, lambda state: changes(state, log=[*state.log, "x"] if state else [])


OPERATIONS = [insertion, replacement, removal, setting, claim, exchange, count, entry]


def some_job(name: str, random: Random) -> Job:
    return Job(id=name, owner=random.choice(OWNERS), runs=random.randrange(100))


class Told:
    """The states that an item may be in, after all that its writer was told."""

    def __init__(self) -> None:
        self.possible: list[State] = [None]

    def take_down(self, effect: Effect, outcome: Any) -> None:
        """Take down what a write was told: its result, or its error."""
        after, refused = self._split(effect)
        if isinstance(outcome, WriteOutcomeUnknownError):
            self.possible += [state for state in after if state not in self.possible]
        elif isinstance(outcome, ConditionFailedError):
            assert refused, f"{outcome!r}, but none of {self.possible} is refused"
            self.possible = refused
        elif isinstance(outcome, ServiceError) and not isinstance(outcome, ReadBackError):
            # It was not applied.
            assert not outcome.outcome_open
        else:
            assert after, f"it succeeded, but all of {self.possible} are refused"
            self.possible = after

    def see(self, state: State) -> None:
        """Take down the state that an answer shows."""
        assert state in self.possible
        self.possible = [state]

    def _split(self, effect: Effect) -> tuple[list[State], list[State]]:
        """Give the states after a write, and those that it would refuse."""
        after: list[State] = []
        refused: list[State] = []
        for state in self.possible:
            try:
                after.append(effect(state))
            except Refused:
                refused.append(state)
        return after, refused


def outcome_of(db: Mizzle, statement: Any, random: Random) -> Any:
    """Execute a write alone, idempotently or in a batch; give its result or its error."""
    chance = random.random()
    try:
        if chance < 0.3:
            return db.execute(statement.idempotent())
        if chance < 0.5 and isinstance(statement, BatchItem):
            result = db.execute(batch_write([statement]))
            return result.errors[0][1] if result.failed else result
        return db.execute(statement)
    except ServiceError as error:
        return error


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("write_ids", [True, False])
def test_what_is_told_is_true(
    dynoxide_address: str, seed: int, *, write_ids: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "write_ids", write_ids)
    random = Random(seed)
    names = [f"{n}" for n in range(12)]
    told = {name: Told() for name in names}
    retry = RetryConfig(max_attempts=3, base_delay=0, max_delay=0)
    with FaultProxy(dynoxide_address) as proxy, transport_for(seed, proxy.url) as transport:
        real = f"states-{seed}-{write_ids}"
        db = Mizzle(transport=LintingTransport(transport), retry=retry, tables={table: real})
        db.create_table(table)
        proxy.plan = FaultPlan(RATES, seed=seed)
        for _ in range(1_200):
            name = random.choice(names)
            statement, effect = random.choice(OPERATIONS)(name, random)
            outcome = outcome_of(db, statement, random)
            told[name].take_down(effect, outcome)
            if isinstance(statement, Update) and isinstance(outcome, Job):
                told[name].see(outcome)
        injected = proxy.plan.counts
        proxy.plan = None
        for name in names:
            told[name].see(db.execute(get(Job, id=name).consistent()))
        # Every kind of fault was met.
        assert set(injected) == set(RATES)
        db.delete_table(table)
