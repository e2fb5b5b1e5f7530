"""Measures contenders in turn, and compares them round by round.

Machines change their speed from second to second, so only what was measured in the same round is compared,
and of those ratios the median counts. In every round the order is another. The CPU is that of this process with
all its threads; the stub's is not in it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, NamedTuple

from tests.benchmarks.canned import Canned
from tests.benchmarks.contenders import Contender, Way, check
from tests.benchmarks.operations import Operation
from tests.benchmarks.shapes import Shape
from tests.benchmarks.stub import Stub

__all__ = ["IN_PROCESS", "STUB", "Row", "measure", "ratio", "take_turns"]

IN_PROCESS = "in process"
STUB = "stub"

# The microseconds of each contender in one round.
Round = Mapping[str, float]


class Row(NamedTuple):
    """What one operation on one shape took.

    Attributes:
        way: How it was answered, `IN_PROCESS` or `STUB`.
        operation: The operation's name.
        shape: The shape's letter.
        rounds: What was measured.
    """

    way: str
    operation: str
    shape: str
    rounds: Sequence[Round]

    @property
    def label(self) -> str:
        """The row's name."""
        return f"{self.operation} {self.shape}"

    def microseconds(self, name: str) -> float:
        """Give the median of a contender."""
        return statistics.median(each[name] for each in self.rounds)

    def ratio(self, name: str, base: str) -> float | None:
        """Compare two contenders; None if one of them was not measured."""
        return ratio(self.rounds, name, base)


def ratio(rounds: Sequence[Round], name: str, base: str) -> float | None:
    """Give the median of the ratios round by round; None if one was not measured."""
    if not rounds or name not in rounds[0] or base not in rounds[0]:
        return None
    return statistics.median(each[name] / each[base] for each in rounds)


def measure(
    way: str,
    shape: Shape,
    operation: Operation,
    contenders: Iterable[type[Contender]],
    rounds: int,
    stub: Stub | None = None,
) -> Row:
    """Measure one operation by each contender, having seen that each does it.

    Args:
        way: `IN_PROCESS`, or `STUB` with the stub.
        shape: The shape of the items.
        operation: What to do.
        contenders: Who takes turns.
        rounds: How many rounds; of how many turns each, the operation tells.
        stub: Where the answers come from.
    """
    with _prepared(shape, operation, contenders, stub if way == STUB else None) as made:
        cases = {
            each.name: _case(each, getattr(each, operation.method), operation.repeats)
            for each in made
        }
        turns = take_turns(cases, rounds * operation.turns)
    return Row(way, operation.name, shape.letter, turns)


def take_turns(cases: Mapping[str, Callable[[], float]], rounds: int) -> list[Round]:
    """Run all cases in turn, each telling what it took."""
    for case in cases.values():
        case()
    shuffled = Random(0)  # the same order for the same cases
    # What the benchmark holds itself is no matter of the garbage collector's.
    gc.collect()
    gc.freeze()
    try:
        return [_turn(cases, shuffled) for _ in range(rounds)]
    finally:
        gc.unfreeze()


def _turn(cases: Mapping[str, Callable[[], float]], shuffled: Random) -> Round:
    found = {}
    for name in shuffled.sample(list(cases), len(cases)):
        # Each pays for its own garbage, not for that of whoever came before.
        gc.collect()
        found[name] = cases[name]()
    return found


def _case(contender: Contender, run: Callable[[], Any], repeats: int) -> Callable[[], float]:
    def microseconds() -> float:
        # Whoever had the processor before, the garbage collector at least, left its caches cold.
        contender.repeat(run, max(1, repeats // 4))
        began = time.process_time()
        contender.repeat(run, repeats)
        return (time.process_time() - began) / repeats * 1e6

    return microseconds


@contextmanager
def _prepared(
    shape: Shape,
    operation: Operation,
    contenders: Iterable[type[Contender]],
    stub: Stub | None,
) -> Iterator[list[Contender]]:
    with ExitStack() as stack:
        made = []
        for kind in contenders:
            content = operation.answer(shape, kind.item)
            way: Way = (
                stub.listen(operation.action, content)
                if stub
                else Canned(operation.action, content)
            )
            contender = kind(shape, way)
            stack.callback(contender.close)
            check(contender, operation, shape, way)
            made.append(contender)
        yield made
