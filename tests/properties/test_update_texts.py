"""What an update compiles to does not depend on which updates were compiled before it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mizzle import Attr, Entity, MizzleError, Table, attr, update
from mizzle.model.schema import schema_of
from tests.models import ADA, Address, Lead, User

plain = Table("plain", partition_key="id", type_attribute=None)


class Plain(Entity, table=plain):
    id: Attr[str]
    note: Attr[str | None] = attr(default=None)
    count: Attr[int] = attr(default=0)
    marks: Attr[set[str]] = attr(default_factory=set)


PARIS = Address(street="1 Rue", city="Paris")
TEXTS = st.sampled_from(["", "a", "ü", ":v0", "#n0"])
NUMBERS = st.sampled_from([0, 1, -5, True, "x"])
SETS = st.sampled_from([set[str](), {"a"}, {"a", "b"}])


def actions_of(entity: Any, fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Draw the verb, path and operand of a few actions, possibly on one attribute."""
    setting = [
        st.tuples(
            st.sampled_from(["set", "set_if_missing"]), st.just(getattr(entity, name)), values
        )
        for name, values in fields.items()
    ]
    removing = st.tuples(
        st.just("remove"), st.sampled_from([getattr(entity, n) for n in fields]), st.none()
    )
    return st.lists(st.one_of(*setting, removing), min_size=1, max_size=3)


def updates_of(entity: Any, key: dict[str, Any], fields: Any, more: list[Any]) -> Any:
    @st.composite
    def build(draw: Any) -> Any:
        statement = update(entity, **key)
        for verb, path, operand in draw(actions_of(entity, fields) | st.sampled_from(more)):
            act = getattr(statement, verb)
            statement = act(path) if verb == "remove" else act(path, operand)
        changes = draw(st.sampled_from(["plain", "where", "or_create", "idempotent"]))
        if changes == "where":
            return statement.where(getattr(entity, next(iter(fields))) == draw(TEXTS))
        return statement if changes == "plain" else getattr(statement, changes)()

    return build()


UPDATES = st.one_of(
    updates_of(
        User,
        {"id": ADA},
        {
            "name": TEXTS,
            "email": TEXTS,
            "logins": NUMBERS,
            "tags": SETS,
            "home": st.sampled_from([None, PARIS]),
        },
        [
            [("add", User.logins, 1)],
            [("add", User.tags, {"a"}), ("set", User.name, "a")],
            [("discard", User.tags, {"a"})],
            [("append", User.history, [PARIS]), ("set", User.logins, 1)],
            [("set", User.limits["a"], 1)],
            [("set", User.logins, User.logins + 1)],
        ],
    ),
    updates_of(
        Lead,
        {"id": "l"},
        {"owner": TEXTS | st.none(), "score": NUMBERS},
        [[("set", Lead.owner, "o"), ("set", Lead.score, 5)]],
    ),
    updates_of(
        Plain,
        {"id": "p"},
        {"note": TEXTS | st.none(), "count": NUMBERS, "marks": SETS},
        [[("remove", Plain.note, None), ("remove", Plain.count, None)]],
    ),
)


def compiled(statement: Any) -> Any:
    try:
        return statement.compile().body
    except (MizzleError, ValueError) as error:
        return type(error), str(error)


def forget() -> None:
    for entity in (User, Lead, Plain):
        schema_of(entity).update_texts.clear()


@settings(max_examples=300, deadline=None)
@given(statements=st.lists(UPDATES, min_size=2, max_size=8))
def test_an_update_is_compiled_alike_after_any_others(statements: list[Any]) -> None:
    alone = []
    for statement in statements:
        forget()
        alone.append(compiled(statement))
    forget()
    assert [compiled(statement) for statement in statements] == alone


def test_requests_share_nothing() -> None:
    statement = update(User, id=ADA).set(User.name, "a")
    forget()
    first = statement.compile().body
    first["ExpressionAttributeNames"].clear()
    first["ExpressionAttributeValues"].clear()
    second = statement.compile().body
    for value in second["ExpressionAttributeValues"].values():
        value.clear()
    values = compiled(statement)["ExpressionAttributeValues"].values()
    assert {"S": "a"} in values
    assert {"S": "User"} in values
    assert set(compiled(statement)["ExpressionAttributeNames"].values()) == {"name", "pk", "_type"}


def test_values_are_not_kept() -> None:
    forget()
    update(User, id=ADA).set(User.name, "secret").compile()
    assert "secret" not in repr(schema_of(User).update_texts)


def test_a_new_subclass_is_taken_into_account() -> None:
    table = Table("growing", partition_key="id")

    class Animal(Entity, table=table):
        id: Attr[str]
        name: Attr[str] = attr(default="")

    first = update(Animal, id="a").set(Animal.name, "x").compile().body

    class Cat(Animal):
        pass

    second = update(Animal, id="a").set(Animal.name, "x").compile().body
    assert {"S": "Cat"} not in first["ExpressionAttributeValues"].values()
    assert {"S": "Cat"} in second["ExpressionAttributeValues"].values()


@pytest.mark.parametrize("count", [1, 2])
def test_the_number_of_kept_texts_is_bounded(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mizzle.statements.update_texts._MOST_TEXTS", count)
    forget()
    for path, value in ((User.name, "a"), (User.logins, 1), (User.tags, {"a"})):
        update(User, id=ADA).set_if_missing(path, value).compile()
    assert len(schema_of(User).update_texts) <= count
