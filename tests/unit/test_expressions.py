"""Nodes are frozen values that show what they are."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from mizzle.compiler import Expressions
from mizzle.errors import StatementError
from mizzle.expressions import Action, Arithmetic, AttributePath, Condition, Size, Value
from mizzle.expressions.slots import Slot
from tests.models import User

NODES = [
    User.logins > 3,
    (User.logins > 3) & (User.name == "a"),
    User.logins + 1,
    User.name.size(),
    User.history[0].fields.city,
    Value(5),
    Action("set", User.name, Value("x")),
    Action("remove", User.name),
    Slot(3),
]


@pytest.mark.parametrize("node", NODES, ids=repr)
def test_nodes_are_frozen_and_survive_pickling(node: Any) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        node.op = "x"
    assert repr(pickle.loads(pickle.dumps(node))) == repr(node)


@pytest.mark.parametrize(
    ("node", "shown", "without_values"),
    [
        (User.logins > 3, "User.logins > 3", "User.logins > ..."),
        (User.name != "a", "User.name != 'a'", "User.name != ..."),
        (
            (User.logins > 3) | ~User.name.exists(),
            "(User.logins > 3) | (~(User.name.exists()))",
            "(User.logins > ...) | (~(User.name.exists()))",
        ),
        (User.logins.between(1, 2), "User.logins.between(1, 2)", "User.logins.between(..., ...)"),
        (User.name.size() >= 2, "User.name.size() >= 2", "User.name.size() >= ..."),
        (User.logins - 1, "User.logins - 1", "User.logins - ..."),
        (Action("set", User.name, Value("x")), "set(User.name, 'x')", "set(User.name, 'x')"),
    ],
)
def test_they_show_what_they_are(node: Any, shown: str, without_values: str) -> None:
    assert repr(node) == shown
    assert str(node) == without_values


def test_conditions_are_equal_part_by_part() -> None:
    assert (User.logins > 3) == (User.logins > 3)
    assert (User.logins > 3) != (User.logins > 4)
    assert len({User.logins > 3, User.logins > 3}) == 1
    with pytest.raises(TypeError):
        (User.logins > 3) & True  # type: ignore[operator]


def path(*steps: str | int) -> AttributePath[Any]:
    return AttributePath(object, steps)


def compiled(node: Condition) -> str:
    return Expressions().condition(node)


A, B, C = (Condition("exists", (path(name),)) for name in "abc")
LESS = Condition("<", (path("n"), Value({"N": "1"})))


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (A & B & C, "attribute_exists(#n0) AND attribute_exists(#n1) AND attribute_exists(#n2)"),
        (A | B & C, "attribute_exists(#n0) OR attribute_exists(#n1) AND attribute_exists(#n2)"),
        ((A | B) & C, "(attribute_exists(#n0) OR attribute_exists(#n1)) AND attribute_exists(#n2)"),
        (~A, "NOT attribute_exists(#n0)"),
        (~(A & B), "NOT (attribute_exists(#n0) AND attribute_exists(#n1))"),
        (~~A, "NOT NOT attribute_exists(#n0)"),
        (~LESS, "NOT #n0 < :v0"),
        (Condition("=", (path("a", 1, "b"), Size(path("a")))), "#n0[1].#n1 = size(#n0)"),
        (Condition("in", (path("a"), Value({"N": "1"}), path("b"))), "#n0 IN (:v0, #n1)"),
        (
            Condition("between", (path("a"), Value({"N": "1"}), Value({"N": "2"}))),
            "#n0 BETWEEN :v0 AND :v1",
        ),
    ],
)
def test_brackets_stand_only_where_they_change_the_meaning(node: Condition, text: str) -> None:
    assert compiled(node) == text


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Action("set", path("a"), Value({"N": "1"})), "SET #n0 = :v0"),
        (Action("set", path("a"), Arithmetic(path("b"), "-", path("c"))), "SET #n0 = #n1 - #n2"),
        (Action("set_if_missing", path("a"), Value({})), "SET #n0 = if_not_exists(#n0, :v0)"),
        (Action("add", path("a"), Value({"N": "1"})), "ADD #n0 :v0"),
        (
            Action("add", path("a", "b"), Value({"N": "1"})),
            "SET #n0.#n1 = if_not_exists(#n0.#n1, :v0) + :v1",
        ),
        (
            Action("append", path("a"), Value({"L": []})),
            "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)",
        ),
        (
            Action("prepend", path("a"), path("b")),
            "SET #n0 = list_append(#n1, if_not_exists(#n0, :v0))",
        ),
        (Action("discard", path("a"), Value({"SS": ["x"]})), "DELETE #n0 :v0"),
        (Action("remove", path("a", 0)), "REMOVE #n0[0]"),
    ],
    ids=lambda value: getattr(value, "verb", ""),
)
def test_each_action_has_its_section(action: Action, text: str) -> None:
    assert Expressions().update([action]) == text


def test_names_are_shared_within_a_request_and_projections_are_paths() -> None:
    expressions = Expressions()
    assert expressions.condition(A) == "attribute_exists(#n0)"
    assert expressions.projection([path("a"), path("m", "a")]) == "#n0, #n1.#n0"
    assert expressions.placeholders() == {"ExpressionAttributeNames": {"#n0": "a", "#n1": "m"}}


def test_an_expression_over_the_limit_is_refused() -> None:
    many = Condition("or", tuple(Condition("exists", (path(f"a{n}"),)) for n in range(200)))
    with pytest.raises(StatementError, match="4,096"):
        compiled(many)
