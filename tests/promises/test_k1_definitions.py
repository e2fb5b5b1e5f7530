"""K1: a key template is checked when the class is created."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

import pytest
from pydantic import computed_field

from mizzle import (
    Attr,
    DefinitionError,
    Document,
    Entity,
    Index,
    IndexKey,
    KeyAttribute,
    PrimaryKey,
    Table,
    attr,
    select,
)

T = TypeVar("T")


def table() -> Table:
    return Table(
        "t",
        partition_key="pk",
        sort_key="sk",
        indexes=[
            Index("gsi1", partition_key="gsi1pk", sort_key="gsi1sk"),
            Index("lsi1", sort_key="lsi1sk", local=True),
        ],
    )


def unknown_field() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{emial}", "PROFILE")


def computed() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{domain}", "PROFILE")

        @computed_field  # type: ignore[prop-decorator]
        @property
        def domain(self) -> str:
            return self.email.split("@")[1]


def optional_field() -> None:
    class User(Entity, table=table()):
        email: Attr[str | None]
        primary = PrimaryKey("USER#{email}", "PROFILE")


def optional_index_field_with_another_default() -> None:
    by_email = Index("by_email", partition_key="email")

    class User(Entity, table=Table("users", partition_key="id", indexes=[by_email])):
        id: Attr[str]
        email: Attr[str | None] = attr(default="nobody")


def optional_index_field_without_a_default() -> None:
    by_email = Index("by_email", partition_key="email")

    class User(Entity, table=Table("users", partition_key="id", indexes=[by_email])):
        id: Attr[str]
        email: Attr[str | None]


def empty_template() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("", "PROFILE")


def no_literal_between() -> None:
    class User(Entity, table=table()):
        first: Attr[str]
        last: Attr[str]
        primary = PrimaryKey("USER#{first}{last}", "PROFILE")


def reserved_name() -> None:
    class User(Entity, table=table()):
        copy: Attr[str]  # type: ignore[assignment]
        primary = PrimaryKey("USER#{copy}", "PROFILE")


def reserved_name_in_a_document() -> None:
    class Address(Document):
        json: Attr[str]  # type: ignore[assignment]


def no_primary_key() -> None:
    class User(Entity, table=table()):
        email: Attr[str]


def second_primary_key() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{email}", "PROFILE")
        other = PrimaryKey("USR#{email}", "PROFILE")


def no_sort_template() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{email}")


def sort_template_without_sort_key() -> None:
    class User(Entity, table=Table("t", partition_key="pk")):
        email: Attr[str]
        primary = PrimaryKey("USER#{email}", "PROFILE")


def unknown_index() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{email}", "PROFILE")
        by_email = IndexKey("gsi2", "EMAIL#{email}", "USER")


def two_keys_of_one_index() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{email}", "PROFILE")
        by_email = IndexKey("gsi1", "EMAIL#{email}", "USER")
        by_mail = IndexKey("gsi1", "MAIL#{email}", "USER")


def partition_template_on_a_local_index() -> None:
    class User(Entity, table=table()):
        email: Attr[str]
        primary = PrimaryKey("USER#{email}", "PROFILE")
        by_email = IndexKey("lsi1", "EMAIL#{email}", "USER")


def field_named_as_a_key_attribute() -> None:
    class User(Entity, table=table()):
        pk: Attr[str]
        primary = PrimaryKey("USER#{pk}", "PROFILE")


def alias_named_as_the_type_attribute() -> None:
    class User(Entity, table=table()):
        id: Attr[str]
        kind: Attr[str] = attr(alias="_type")
        primary = PrimaryKey("USER#{id}", "PROFILE")


def overlapping_templates() -> None:
    app = table()

    class User(Entity, table=app):
        id: Attr[str]
        primary = PrimaryKey("USER#{id}", "PROFILE")

    class Person(Entity, table=app):
        id: Attr[str]
        primary = PrimaryKey("USER#{id}", "{id}")


def two_entities_of_one_name() -> None:
    app = table()

    class User(Entity, table=app):
        id: Attr[str]
        primary = PrimaryKey("USER#{id}", "PROFILE")

    class Person(Entity, table=app, name="User"):
        id: Attr[str]
        primary = PrimaryKey("PERSON#{id}", "PROFILE")


def type_without_a_text() -> None:
    class User(Entity, table=table()):
        picture: Attr[bytes]
        primary = PrimaryKey("USER#{picture}", "PROFILE")


def padded_text() -> None:
    class User(Entity, table=table()):
        id: Attr[str]
        primary = PrimaryKey("USER#{id:010}", "PROFILE")


def plain_field_of_the_wrong_type() -> None:
    class Reading(Entity, table=Table("r", partition_key="id", sort_key=KeyAttribute("seq", "N"))):
        id: Attr[str]
        seq: Attr[str]


def template_for_a_number() -> None:
    class Reading(Entity, table=Table("r", partition_key="id", sort_key=KeyAttribute("seq", "N"))):
        id: Attr[str]
        primary = PrimaryKey(sort="SEQ#{id}")


def table_that_is_none() -> None:
    class User(Entity, table="app"):  # type: ignore[arg-type]
        id: Attr[str]


def document_with_a_key() -> None:
    class Address(Document):
        city: Attr[str]
        primary = PrimaryKey("CITY#{city}")


def field_that_is_also_a_template() -> None:
    class User(Entity, table=table()):
        id: Attr[str]
        primary: Attr[str]
        primary = PrimaryKey("USER#{id}", "PROFILE")  # type: ignore[assignment]  # noqa: PIE794


@pytest.mark.parametrize(
    ("define", "words"),
    [
        (unknown_field, ["User.primary", "USER#{emial}", "emial", "did you mean 'email'"]),
        (computed, ["User.primary", "domain", "computed"]),
        (optional_field, ["User.primary", "email", "optional"]),
        (optional_index_field_with_another_default, ["User.email", "index", "default None"]),
        (optional_index_field_without_a_default, ["User.email", "index", "default None"]),
        (empty_template, ["empty"]),
        (no_literal_between, ["User.primary", "first", "last"]),
        (reserved_name, ["User.copy", 'copy_: Attr[...] = attr(alias="copy")']),
        (reserved_name_in_a_document, ["Address.json", 'alias="json"']),
        (no_primary_key, ["User", "PrimaryKey", "pk, sk"]),
        (second_primary_key, ["User", "primary and other"]),
        (no_sort_template, ["User.primary", "sk"]),
        (sort_template_without_sort_key, ["User.primary", "sort"]),
        (unknown_index, ["User.by_email", "gsi2", "did you mean 'gsi1'"]),
        (two_keys_of_one_index, ["User.by_mail", "gsi1"]),
        (partition_template_on_a_local_index, ["User.by_email", "lsi1", "sort template only"]),
        (field_named_as_a_key_attribute, ["User.primary", "pk"]),
        (alias_named_as_the_type_attribute, ["User.kind", "_type"]),
        (overlapping_templates, ["Person", "User"]),
        (two_entities_of_one_name, ["Person", "'User'", "name="]),
        (type_without_a_text, ["User.primary", "picture", "bytes"]),
        (padded_text, ["User.primary", "id"]),
        (plain_field_of_the_wrong_type, ["Reading.seq", "type N"]),
        (template_for_a_number, ["Reading.primary", "SEQ#{id}", "seq"]),
        (table_that_is_none, ["User", "Table"]),
        (document_with_a_key, ["Address"]),
        (field_that_is_also_a_template, ["User.primary"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_definition_is_refused_at_class_creation(
    define: Callable[[], None], words: list[str]
) -> None:
    with pytest.raises(DefinitionError) as caught:
        define()
    for word in words:
        assert word in str(caught.value)


def test_a_refused_class_is_not_registered() -> None:
    app = table()
    with pytest.raises(DefinitionError):

        class Broken(Entity, table=app):
            id: Attr[str]
            primary = PrimaryKey("X#{nope}", "Y")

    assert app.entities == {}


def test_plain_key_fields_need_no_template() -> None:
    readings = Table(
        "readings",
        partition_key="sensor",
        sort_key=KeyAttribute("seq", "N"),
        indexes=[Index("by_unit", partition_key="unit", sort_key=KeyAttribute("raw", "B"))],
    )

    class Reading(Entity, table=readings):
        sensor: Attr[str]
        seq: Attr[int]
        unit: Attr[str]
        raw: Attr[bytes]

    statement = select(Reading).where(Reading.unit == "C", Reading.raw > b"\x01")
    body = statement.compile().body
    assert body["IndexName"] == "by_unit"
    assert body["ExpressionAttributeValues"][":v1"] == {"B": "AQ=="}


def test_subclasses_share_the_table_and_the_key_of_their_parent() -> None:
    app = table()

    class User(Entity, table=app):
        id: Attr[str]
        primary = PrimaryKey("USER#{id}", "PROFILE")

    class Admin(User):
        level: Attr[int] = attr(default=1)

    class Guest(User):
        pass

    assert list(app.entities) == ["User", "Admin", "Guest"]


def test_abstract_bases_need_no_table() -> None:
    class Timestamped(Entity):
        made_at: Attr[datetime]

    class User(Timestamped, table=table()):
        id: Attr[str]
        primary = PrimaryKey("USER#{id}", "AT#{made_at}")

    assert User.made_at.steps == ("made_at",)


def test_generic_entities_are_used_through_concrete_subclasses() -> None:
    class Box(Entity, Generic[T]):
        id: Attr[str]
        value: Attr[T]
        primary = PrimaryKey("BOX#{id}", "BOX")

    class IntBox(Box[int], table=table()):
        pass

    assert IntBox(id="a", value=1).value == 1


def test_forward_references_are_completed_at_first_use() -> None:
    app = table()
    namespace: dict[str, Any] = {"Entity": Entity, "Attr": Attr, "PrimaryKey": PrimaryKey}
    namespace |= {"app": app, "__name__": __name__}
    exec(  # a module of its own, whose names come in the wrong order
        "class Tree(Entity, table=app):\n"
        "    id: Attr[str]\n"
        "    leaf: 'Attr[Leaf | None]' = None\n"
        "    primary = PrimaryKey('TREE#{id}', 'TREE')\n",
        namespace,
    )
    tree = namespace["Tree"]
    with pytest.raises(DefinitionError, match="not defined yet"):
        select(tree)

    class Leaf(Document):
        colour: Attr[str]

    tree.model_rebuild(_types_namespace={"Leaf": Leaf, "Attr": Attr})
    select(tree).where(tree.id == "a").compile()


def test_a_subclass_stores_an_inherited_field_under_its_name() -> None:
    """Selects of the base look for it there."""
    app = table()

    class Wide(Entity, table=app):
        id: Attr[str]
        title: Attr[str] = attr(alias="ttl")
        primary = PrimaryKey("W#{id}", "W")

    with pytest.raises(DefinitionError, match="title is stored as label, but as ttl by Wide"):

        class Narrow(Wide):
            title: Attr[str] = attr(alias="label")
