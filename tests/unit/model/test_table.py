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
