"""Tables and indexes are checked when they are declared, and say how they are created."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import DefinitionError, Index, KeyAttribute, Table


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda: KeyAttribute(""), "name"),
        (lambda: KeyAttribute("a", "X"), "'S', 'N' or 'B'"),
        (lambda: Index("i"), "partition_key"),
        (lambda: Index("i", local=True), "sort_key"),
        (lambda: Index("i", local=True, partition_key="a", sort_key="b"), "local"),
        (lambda: Index("i", partition_key="a", projection="SOME"), "projection"),
        (lambda: Table("", partition_key="pk"), "name"),
        (
            lambda: Table(
                "t",
                partition_key="pk",
                indexes=[Index("i", partition_key="a"), Index("i", partition_key="b")],
            ),
            "same name",
        ),
        (
            lambda: Table(
                "t",
                partition_key="pk",
                indexes=[Index("i", partition_key=KeyAttribute("pk", "N"))],
            ),
            "two types",
        ),
        (lambda: Table("t", partition_key="_type"), "_type"),
        (lambda: Table("t", partition_key="_w"), "_w"),
        (
            lambda: Table("t", partition_key="pk", indexes=[Index("i", sort_key="s", local=True)]),
            "sort_key",
        ),
    ],
)
def test_a_wrong_declaration_is_refused(declare: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        declare()


def test_creation() -> None:
    table = Table(
        "t",
        partition_key="pk",
        sort_key=KeyAttribute("n", "N"),
        indexes=[
            Index("all", partition_key="a"),
            Index("keys", partition_key="a", sort_key="b", projection="KEYS_ONLY"),
            Index("some", sort_key="b", local=True, projection=["c"]),
        ],
    )
    assert table.creation("real") == {
        "TableName": "real",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
            {"AttributeName": "a", "AttributeType": "S"},
            {"AttributeName": "b", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "n", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "all",
                "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "keys",
                "KeySchema": [
                    {"AttributeName": "a", "KeyType": "HASH"},
                    {"AttributeName": "b", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["_type"]},
            },
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "some",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "b", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c", "_type"]},
            }
        ],
    }


def test_without_a_type_attribute_keys_only_is_keys_only() -> None:
    index = Index("keys", partition_key="a", projection="KEYS_ONLY")
    table = Table("t", partition_key="pk", indexes=[index], type_attribute=None)
    (made,) = table.creation("t")["GlobalSecondaryIndexes"]
    assert made["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert (repr(table), repr(index)) == ("Table('t')", "Index('keys')")
    assert repr(KeyAttribute("a")) == "KeyAttribute('a', 'S')"


HELD: list[tuple[Any, Any]] = [
    ("S", {"S": "a"}),
    ("S", {"S": "\U0010ffff"}),
    ("N", {"N": "0"}),
    ("N", {"N": "-1.5E+10"}),
    ("N", {"N": "12345678901234567890123456789012345678"}),
    ("B", {"B": "AA=="}),
    ("B", {"B": "QUJD"}),
]


@pytest.mark.parametrize(("kind", "value"), HELD, ids=str)
def test_a_key_attribute_holds_values_of_its_type(kind: Any, value: Any) -> None:
    assert KeyAttribute("a", kind).holds(value) is True


NOT_HELD: list[tuple[Any, Any]] = [
    *((kind, value) for kind in "SNB" for value in (None, True, "a", 1, [], {}, {kind: None})),
    *((kind, {kind: ""}) for kind in "SNB"),
    *((kind, {kind: 1}) for kind in "SNB"),
    *((kind, {kind: ["1"]}) for kind in "SNB"),
    ("S", {"N": "1"}),
    ("N", {"S": "1"}),
    ("B", {"S": "AA=="}),
    ("S", {"S": "a", "N": "1"}),
    ("S", {"s": "a"}),
    ("N", {"N": "one"}),
    ("N", {"N": "NaN"}),
    ("N", {"N": "sNaN"}),
    ("N", {"N": "-Infinity"}),
    ("N", {"N": "0x10"}),
    ("B", {"B": "A"}),
    ("B", {"B": "AA="}),
    ("B", {"B": "AA*="}),
    ("B", {"B": "\u00fc"}),
    ("B", {"B": "===="}),
]


@pytest.mark.parametrize(("kind", "value"), NOT_HELD, ids=str)
def test_a_key_attribute_holds_nothing_else(kind: Any, value: Any) -> None:
    assert KeyAttribute("a", kind).holds(value) is False


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("S", {"S": "\ud800"}, id="half a surrogate pair"),
        pytest.param("N", {"N": "1_000"}, id="an underscore"),
        pytest.param("N", {"N": " 1 "}, id="spaces"),
        pytest.param("N", {"N": "\u0661"}, id="a digit of another script"),
        pytest.param("N", {"N": "1" * 39}, id="39 digits"),
        pytest.param("N", {"N": "1E126"}, id="too great"),
    ],
)
def test_a_key_attribute_holds_nothing_that_dynamodb_refuses(kind: Any, value: Any) -> None:
    assert KeyAttribute("a", kind).holds(value) is False
