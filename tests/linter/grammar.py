"""DynamoDB's expression language: text to tokens to nodes.

Stricter than the service in one thing: attribute names and values are placeholders, never written
out, since the library promises that no user text becomes expression text.

See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from tests.linter.violation import GUIDE, Violation, require

__all__ = [
    "Action",
    "Arithmetic",
    "Between",
    "Call",
    "Compare",
    "Group",
    "In",
    "Junction",
    "Node",
    "Not",
    "Parser",
    "Path",
    "Placeholders",
    "Value",
]

OPERATORS_PAGE = GUIDE + "Expressions.OperatorsAndFunctions.html"
UPDATES_PAGE = GUIDE + "Expressions.UpdateExpressions.html"
NAMES_PAGE = GUIDE + "Expressions.ExpressionAttributeNames.html"
VALUES_PAGE = GUIDE + "Expressions.ExpressionAttributeValues.html"
LIMITS_PAGE = GUIDE + "Constraints.html"

_MAX_BYTES = 4096
_MAX_OPERATORS = 300
_MAX_IN_OPERANDS = 100
_MAX_PATH_DEPTH = 32

_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>\#[A-Za-z0-9_]+)
      | (?P<value>:[A-Za-z0-9_]+)
      | (?P<index>\[[0-9]+\])
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign><>|<=|>=|[=<>(),.+-])
    )""",
    re.VERBOSE,
)


class Path(NamedTuple):
    """Where in an item: attribute names and list positions."""

    steps: tuple[str | int, ...]


class Value(NamedTuple):
    """An attribute value, with the placeholder it stands under."""

    mark: str
    wire: Mapping[str, Any]


class Call(NamedTuple):
    """A function and its arguments."""

    function: str
    arguments: tuple[Any, ...]


class Compare(NamedTuple):
    """Two operands and a comparator."""

    sign: str
    left: Operand
    right: Operand


class Between(NamedTuple):
    """An operand and two inclusive bounds."""

    subject: Operand
    low: Operand
    high: Operand


class In(NamedTuple):
    """An operand and what it may equal."""

    subject: Operand
    choices: tuple[Operand, ...]


class Not(NamedTuple):
    """A negated condition."""

    condition: Node


class Junction(NamedTuple):
    """Two conditions and AND or OR."""

    word: str
    left: Node
    right: Node


class Group(NamedTuple):
    """A condition in parentheses."""

    condition: Node


class Arithmetic(NamedTuple):
    """A sum or a difference in a SET action."""

    sign: str
    left: Operand
    right: Operand


class Action(NamedTuple):
    """One action of an update expression; a removal has no operand."""

    section: str
    path: Path
    operand: Operand | Arithmetic | None


Operand: TypeAlias = Path | Value | Call
Node: TypeAlias = Compare | Between | In | Not | Junction | Group | Call


class Placeholders:
    """The names and values of one request, and which of them its expressions used."""

    def __init__(self, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        self._names = names
        self._values = values
        self._unused = {*names, *values}

    def name(self, mark: str) -> str:
        require(mark in self._names, f"{mark} is not in ExpressionAttributeNames", NAMES_PAGE)
        self._unused.discard(mark)
        return self._names[mark]

    def value(self, mark: str) -> Value:
        require(mark in self._values, f"{mark} is not in ExpressionAttributeValues", VALUES_PAGE)
        self._unused.discard(mark)
        return Value(mark, self._values[mark])

    def require_all_used(self) -> None:
        unused = ", ".join(sorted(self._unused))
        require(not unused, f"placeholders that no expression uses: {unused}", NAMES_PAGE)


class _Token(NamedTuple):
    kind: str
    text: str


class Parser:
    """One expression being read.

    Raises:
        Violation: If the text is not an expression, or breaks a limit that is seen while reading.
    """

    def __init__(self, text: str, placeholders: Placeholders) -> None:
        size_bytes = len(text.encode())
        require(text.strip(), "an expression is empty", OPERATORS_PAGE)
        require(
            size_bytes <= _MAX_BYTES,
            f"an expression has {size_bytes:,} bytes, more than {_MAX_BYTES:,}",
            LIMITS_PAGE,
        )
        self._text = text
        self._tokens = _tokenize(text)
        self._at = 0
        self._operators = 0
        self._placeholders = placeholders

    def condition(self) -> Node:
        """Read a condition, filter or key condition expression."""
        node = self._disjunction()
        self._require_end(OPERATORS_PAGE)
        return node

    def projection(self) -> list[Path]:
        """Read a projection expression."""
        paths = [self._path()]
        while self._accept(","):
            paths.append(self._path())
        self._require_end(GUIDE + "Expressions.ProjectionExpressions.html")
        return paths

    def update(self) -> list[Action]:
        """Read an update expression."""
        actions: list[Action] = []
        seen: set[str] = set()
        while self._at < len(self._tokens):
            section = self._section()
            require(section not in seen, f"{section} appears twice: {self._text}", UPDATES_PAGE)
            seen.add(section)
            actions.append(self._action(section))
            while self._accept(","):
                actions.append(self._action(section))
        self._require_end(UPDATES_PAGE)
        return actions

    # Conditions, from the loosest binding to the tightest.

    def _disjunction(self) -> Node:
        node = self._conjunction()
        while self._accept_word("OR"):
            node = Junction("OR", node, self._conjunction())
        return node

    def _conjunction(self) -> Node:
        node = self._negation()
        while self._accept_word("AND"):
            node = Junction("AND", node, self._negation())
        return node

    def _negation(self) -> Node:
        if self._accept_word("NOT"):
            return Not(self._negation())
        return self._simple()

    def _simple(self) -> Node:
        if self._accept("("):
            inner = self._disjunction()
            self._expect(")")
            redundant = isinstance(inner, Group)
            require(not redundant, f"redundant parentheses: {self._text}", OPERATORS_PAGE)
            return Group(inner)
        token = self._peek()
        if token.kind == "word" and token.text in _CONDITION_FUNCTIONS:
            return self._call(token.text, _CONDITION_FUNCTIONS[token.text])
        return self._comparison(self._condition_operand())

    def _comparison(self, left: Operand) -> Node:
        if self._accept_word("BETWEEN"):
            low = self._condition_operand()
            # The AND inside BETWEEN is no operator of its own.
            require(self._accept_word("AND", counts=False), self._unexpected(), OPERATORS_PAGE)
            return Between(left, low, self._condition_operand())
        if self._accept_word("IN"):
            return self._in(left)
        token = self._next()
        require(token.text in _COMPARATORS, self._unexpected(back=1), OPERATORS_PAGE)
        self._count()
        return Compare(token.text, left, self._condition_operand())

    def _in(self, subject: Operand) -> In:
        self._expect("(")
        choices = [self._condition_operand()]
        while self._accept(","):
            choices.append(self._condition_operand())
        self._expect(")")
        require(
            len(choices) <= _MAX_IN_OPERANDS,
            f"IN has {len(choices)} operands, more than {_MAX_IN_OPERANDS}",
            OPERATORS_PAGE,
        )
        return In(subject, tuple(choices))

    def _condition_operand(self) -> Operand:
        if self._peek() == ("word", "size"):
            return self._call("size", 1)
        return self._path_or_value()

    # Updates.

    def _section(self) -> str:
        token = self._next()
        section = token.text.upper()
        known = token.kind == "word" and section in _SECTIONS
        require(known, self._unexpected(back=1), UPDATES_PAGE)
        return section

    def _action(self, section: str) -> Action:
        path = self._path()
        if section == "REMOVE":
            return Action(section, path, None)
        if section == "SET":
            self._expect("=")
            return Action(section, path, self._assigned())
        mark = self._next()
        require(mark.kind == "value", self._unexpected(back=1), UPDATES_PAGE)
        return Action(section, path, self._placeholders.value(mark.text))

    def _assigned(self) -> Operand | Arithmetic:
        left = self._update_operand()
        if self._peek().text not in {"+", "-"}:
            return left
        sign = self._next().text
        self._count()
        return Arithmetic(sign, left, self._update_operand())

    def _update_operand(self) -> Operand:
        token = self._peek()
        if token.kind == "word" and token.text in {"if_not_exists", "list_append"}:
            return self._call(token.text, 2)
        return self._path_or_value()

    # Both.

    def _call(self, function: str, arity: int) -> Call:
        self._next()
        self._count()
        self._expect("(")
        updating = function in {"if_not_exists", "list_append"}
        read = self._update_operand if updating else self._path_or_value
        arguments = [read()]
        while self._accept(","):
            arguments.append(read())
        self._expect(")")
        require(
            len(arguments) == arity,
            f"{function} takes {arity} operands, not {len(arguments)}: {self._text}",
            OPERATORS_PAGE,
        )
        return Call(function, tuple(arguments))

    def _path_or_value(self) -> Path | Value:
        if self._peek().kind == "value":
            return self._placeholders.value(self._next().text)
        return self._path()

    def _path(self) -> Path:
        steps: list[str | int] = [self._name()]
        while True:
            if self._accept("."):
                steps.append(self._name())
            elif self._peek().kind == "index":
                steps.append(int(self._next().text[1:-1]))
            else:
                break
        require(
            len(steps) <= _MAX_PATH_DEPTH,
            f"a path has {len(steps)} steps, more than {_MAX_PATH_DEPTH}",
            LIMITS_PAGE,
        )
        return Path(tuple(steps))

    def _name(self) -> str:
        token = self._next()
        require(token.kind == "name", self._unexpected(back=1), NAMES_PAGE)
        return self._placeholders.name(token.text)

    # Tokens.

    def _count(self) -> None:
        self._operators += 1
        require(
            self._operators <= _MAX_OPERATORS,
            f"an expression has more than {_MAX_OPERATORS} operators and functions",
            LIMITS_PAGE,
        )

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _accept(self, sign: str) -> bool:
        if self._peek() != ("sign", sign):
            return False
        self._at += 1
        return True

    def _accept_word(self, word: str, *, counts: bool = True) -> bool:
        token = self._peek()
        if token.kind != "word" or token.text.upper() != word:
            return False
        self._at += 1
        if counts:
            self._count()
        return True

    def _expect(self, sign: str) -> None:
        require(self._accept(sign), self._unexpected(), OPERATORS_PAGE)

    def _require_end(self, page: str) -> None:
        require(self._at >= len(self._tokens), self._unexpected(), page)

    def _unexpected(self, back: int = 0) -> str:
        at = self._at - back
        token = self._tokens[at].text if at < len(self._tokens) else "the end"
        return f"unexpected {token} in {self._text!r}: names and values are placeholders"


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            message = f"unexpected {text[at:].strip()[:20]!r} in {text!r}: use placeholders"
            raise Violation(message, OPERATORS_PAGE)
        tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens
