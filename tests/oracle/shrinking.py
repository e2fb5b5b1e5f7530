"""Make a failing example small: fewer items, fewer conditions, plainer values, fewer options.

Hypothesis can do it as well, but has to ask a dozen questions again for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from mizzle.expressions import Condition
from tests.oracle.data import Row, make, plainest
from tests.oracle.statements import Question

__all__ = ["smallest"]

Fails: TypeAlias = Callable[[Sequence[Row], Question], bool]

_MOST_TRIALS = 500
_OPTIONS = {
    "way": "list", "using": None, "segments": None, "is_descending": False,
    "is_consistent": False, "page_size": None, "limit": None,
}  # fmt: skip


def smallest(fails: Fails, rows: Sequence[Row], question: Question) -> tuple[list[Row], Question]:
    """Find a small example that still fails.

    Args:
        fails: Tries an example.
        rows: The items of one that fails.
        question: Its select.
    """
    best = list(rows), question
    trials = 0
    found = True
    while found:
        found = False
        for candidate in _simpler(*best):
            trials += 1
            if trials > _MOST_TRIALS:
                return best
            if fails(*candidate):
                best, found = candidate, True
                break
    return best


def _simpler(rows: list[Row], question: Question) -> Iterator[tuple[list[Row], Question]]:
    yield from ((fewer, question) for fewer in _fewer(rows))
    yield from ((rows, simpler) for simpler in _simpler_questions(question))
    for n, row in enumerate(rows):
        for plainer in _plainer(row):
            yield [*rows[:n], plainer, *rows[n + 1 :]], question


def _simpler_questions(question: Question) -> Iterator[Question]:
    for name, default in _OPTIONS.items():
        if getattr(question, name) != default:
            yield question._replace(**{name: default})
    where = question.conditions
    for fewer in _fewer(list(where)):
        yield question._replace(conditions=tuple(fewer))
    for n, condition in enumerate(where):
        for part in _parts(condition):
            yield question._replace(conditions=(*where[:n], part, *where[n + 1 :]))
    for only in _fewer(list(question.only)):
        if only:
            yield question._replace(only=tuple(only))


def _fewer(found: list[Any]) -> Iterator[list[Any]]:
    """Leave out the one half or the other, a quarter, and so on, down to one."""
    size = len(found)
    while size > 0:
        for start in range(0, len(found), size):
            yield found[:start] + found[start + size :]
        size //= 2


def _parts(condition: Condition) -> Iterator[Condition]:
    op, operands = condition.op, condition.operands
    if op in {"and", "or", "not"}:
        yield from operands
        for n, part in enumerate(operands):
            for simple in _parts(part):
                yield Condition(op, (*operands[:n], simple, *operands[n + 1 :]))
    if op == "in":
        for fewer in _fewer(list(operands[1:])):
            yield Condition(op, (operands[0], *fewer))


def _plainer(row: Row) -> Iterator[Row]:
    """Give fields that no key is made of their plainest value, all at once or one by one."""
    if row.quirk != "put":
        yield replace(row, quirk="put")
    cls = type(row.entity)
    in_keys = {field for access in row.shape.accesses[cls] for field in access.fields}
    values = {name: getattr(row.entity, name) for name in cls.model_fields}
    plain = {
        name: value
        for name, value in plainest().items()
        if name not in in_keys and values[name] != value
    }
    for names in _fewer(list(plain)):
        kept = {name: values[name] for name in names}
        yield replace(row, entity=make(cls, values | plain | kept))
