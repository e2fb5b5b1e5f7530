"""Whether two key templates can write the same text: their languages, intersected.

Two entities of one table must not share keys (promise K1). Each template becomes a small automaton
over character classes; the two are walked side by side until both end, or nowhere is left to go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count, product

from mizzle.model.segments import CharClass, Pattern

__all__ = ["Automaton", "shared_text"]

_State = tuple[int, int]


class Automaton:
    """The texts of a template.

    A state is a node and, inside a segment of varying width, how much of the literal that follows
    has just been seen: that literal ends the segment where it is found first (promise K3).
    """

    __slots__ = ("_blanks", "_edges", "_ends", "_guards")

    def __init__(self) -> None:
        self._edges: list[list[tuple[CharClass, int]]] = [[]]
        self._blanks: list[list[int]] = [[]]
        self._guards: list[str] = [""]
        self._ends: set[int] = set()

    def add(self, patterns: Iterable[Pattern], literal: str, *, guarded: bool) -> None:
        """Append a segment, which looks like one of the patterns, and the literal after it."""
        start = len(self._edges) - 1
        self._guards[start] = literal if guarded else ""
        joined = [self._append(start, pattern) for pattern in patterns]
        end = self._node(start)
        for node in joined:
            self._blanks[node].append(end)
        for char in literal:
            end = self._edge(end, frozenset(char))
        if guarded and literal:
            self._ends.add(end)
        self._guards[end] = ""

    def _append(self, start: int, pattern: Pattern) -> int:
        node = self._node(start)
        self._blanks[start].append(node)
        for chars, repeats in pattern:
            if repeats:
                loop = self._node(start)
                self._blanks[node].append(loop)
                self._edges[loop].append((chars, loop))
                node = loop
            else:
                node = self._edge(node, chars)
        return node

    def _node(self, start: int) -> int:
        self._edges.append([])
        self._blanks.append([])
        self._guards.append(self._guards[start])
        return len(self._edges) - 1

    def _edge(self, node: int, chars: CharClass) -> int:
        end = self._node(node)
        self._edges[node].append((chars, end))
        return end

    def spread(self, state: _State) -> set[_State]:
        """List the states that are reached without reading anything."""
        found = {state}
        waiting = [state]
        while waiting:
            node, seen = waiting.pop()
            for after in self._blanks[node]:
                if (after, seen) not in found:
                    found.add((after, seen))
                    waiting.append((after, seen))
        return found

    def is_accepting(self, state: _State) -> bool:
        """Tell whether the text may end here."""
        return state[0] == len(self._edges) - 1

    def guard(self, state: _State) -> str:
        """Name the literal that ends the segment of this state, if its width varies."""
        return self._guards[state[0]]

    def edges(self, state: _State) -> list[tuple[CharClass, int]]:
        """List the ways onward from a state."""
        return self._edges[state[0]]

    def read(self, state: _State, char: str, node: int) -> _State | None:
        """Go along an edge with a character; None if the segment would have ended earlier."""
        guard = self.guard(state)
        if not guard:
            return node, 0
        seen = _seen(guard, guard[: state[1]] + char)
        if (seen == len(guard)) != (node in self._ends):
            return None
        return node, 0 if node in self._ends else seen


def shared_text(a: Automaton, b: Automaton) -> str | None:
    """Find a shortest text that belongs to both; None if there is none."""
    waiting = deque((x, y, "") for x in a.spread((0, 0)) for y in b.spread((0, 0)))
    found = {(x, y) for x, y, _ in waiting}
    while waiting:
        x, y, text = waiting.popleft()
        if a.is_accepting(x) and b.is_accepting(y):
            return text
        for p, q, char in _onward(a, b, x, y):
            if (p, q) not in found:
                found.add((p, q))
                waiting.append((p, q, text + char))
    return None


def _onward(
    a: Automaton, b: Automaton, x: _State, y: _State
) -> Iterator[tuple[_State, _State, str]]:
    special = frozenset(a.guard(x) + b.guard(y))
    for (a_chars, a_node), (b_chars, b_node) in product(a.edges(x), b.edges(y)):
        for char in _typical(a_chars, b_chars, special):
            x_next, y_next = a.read(x, char, a_node), b.read(y, char, b_node)
            if x_next and y_next:
                yield from ((p, q, char) for p in a.spread(x_next) for q in b.spread(y_next))


def _typical(a: CharClass, b: CharClass, special: frozenset[str]) -> Iterator[str]:
    """Choose characters of both classes: each special one, and one that stands for the rest."""
    if a is None and b is None:
        # A character that begins no literal rules out least of what may follow.
        yield next(char for char in map(chr, count(ord("a"))) if char not in special)
        return
    both = b if a is None else a if b is None else a & b
    assert both is not None  # noqa: S101  # one of the two is a set
    yield from both & special
    yield from sorted(both - special)[:1]


def _seen(guard: str, text: str) -> int:
    """Measure the longest end of the text with which the guard begins."""
    return next(n for n in range(len(guard), -1, -1) if text.endswith(guard[:n]))
