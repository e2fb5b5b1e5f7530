"""Each rule of the request linter, kept and broken."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle.request import Answer, Request
from tests.linter import LintingTransport, Violation, lint

TABLE: dict[str, Any] = {
    "TableName": "app",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g", "h", "l")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "gsi",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "h", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["_type"]},
        },
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "lsi",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "l", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
}
KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
NAMES = {"#a": "a", "#b": "b", "#pk": "pk", "#sk": "sk", "#g": "g", "#h": "h", "#t": "_type"}


def check(operation: str, **body: Any) -> None:
    lint(Request(operation, body), TABLE)


def refused(operation: str, **body: Any) -> None:
    with pytest.raises(Violation, match=r"See: https://docs\.aws\.amazon\.com/"):
        check(operation, **body)


def with_placeholders(text: str, values: dict[str, Any]) -> dict[str, Any]:
    """Give the placeholders that a text uses, so that only what it says can be wrong."""
    names = {mark: name for mark, name in NAMES.items() if mark in text}
    body: dict[str, Any] = {"TableName": "app"}
    if names:
        body["ExpressionAttributeNames"] = names
    if values:
        body["ExpressionAttributeValues"] = values
    return body


def condition(text: str, **values: Any) -> dict[str, Any]:
    marked = {f":{name}": value for name, value in values.items()}
    return {**with_placeholders(text, marked), "Key": KEY, "ConditionExpression": text}


ONE = {"N": "1"}
TWO = {"N": "2"}
X = {"S": "x"}

CONDITIONS_KEPT = {
    "comparison": condition("#a = :v", v=ONE),
    "path against path": condition("#a < #b"),
    "nested path": condition("#a.#b[0].#a >= :v", v=ONE),
    "and or not": condition("(#a = :v OR #b = :v) AND NOT #a <> :v", v=ONE),
    "or of a group": condition("#a = :v OR (#b = :v AND #a <> :v)", v=ONE),
    "groups side by side": condition("((#a = :v) AND (#b = :v))", v=ONE),
    "between": condition("#a BETWEEN :v AND :w", v=ONE, w=TWO),
    "between at a point": condition("#a BETWEEN :v AND :v", v=ONE),
    "between numbers of different lengths": condition("#a BETWEEN :v AND :w", v={"N": "9"}, w={"N": "10"}),
    "in": condition("#a IN (:v, :w)", v=ONE, w=X),
    "in of 100": condition(
        f"#a IN ({', '.join(f':v{n}' for n in range(100))})", **{f"v{n}": ONE for n in range(100)}
    ),
    "functions": condition("attribute_exists(#a) AND attribute_not_exists(#b) AND contains(#a, :v)", v=ONE),
    "size": condition("size(#a) > :v", v=ONE),
    "type": condition("attribute_type(#a, :v)", v={"S": "SS"}),
    "prefix": condition("begins_with(#a, :v)", v=X),
    "empty prefix of what is no key": condition("begins_with(#a, :v)", v={"S": ""}),
    "equality of a list": condition("#a = :v", v={"L": []}),
    "4096 bytes": condition("#a = :" + "v" * 4090, **{"v" * 4090: ONE}),
    "300 operators": condition(" OR ".join(["#a = :v"] * 150), v=ONE),
}  # fmt: skip
CONDITIONS_BROKEN = {
    "empty": condition(""),
    "blank": condition("  "),
    "bare name": condition("age = :v", v=ONE),
    "bare literal": condition("#a = 3"),
    "quoted literal": condition("#a = 'x'"),
    "undefined name": condition("#nowhere = :v", v=ONE),
    "undefined value": condition("#a = :nowhere"),
    "unused value": condition("#a = :v", v=ONE, w=TWO),
    "unused name": {**condition("#a = :v", v=ONE), "ExpressionAttributeNames": {"#a": "a", "#b": "b"}},
    "no values": {**condition("attribute_exists(#a)"), "ExpressionAttributeValues": {}},
    "doubled parentheses": condition("((#a = :v))", v=ONE),
    "doubled parentheses inside": condition("#b = :v AND ((#a = :v))", v=ONE),
    "open parenthesis": condition("(#a = :v", v=ONE),
    "parenthesised operand": condition("(#a) = :v", v=ONE),
    "no comparator": condition("#a :v", v=ONE),
    "text after the end": condition("#a = :v #b", v=ONE),
    "unknown function": condition("starts_with(#a, :v)", v=X),
    "function in the wrong case": condition("SIZE(#a) = :v", v=ONE),
    "too few operands": condition("contains(#a)"),
    "update function": condition("if_not_exists(#a, :v) = :v", v=ONE),
    "over 4096 bytes": condition("#a = :" + "v" * 4091, **{"v" * 4091: ONE}),
    "over 300 operators": condition(" OR ".join(["#a = :v"] * 151), v=ONE),
    "in of 101": condition(
        f"#a IN ({', '.join(f':v{n}' for n in range(101))})", **{f"v{n}": ONE for n in range(101)}
    ),
    "inverted between": condition("#a BETWEEN :v AND :w", v=TWO, w=ONE),
    "inverted between of text": condition("#a BETWEEN :v AND :w", v={"S": "b"}, w={"S": "a"}),
    "inverted between of binary": condition("#a BETWEEN :v AND :w", v={"B": "/w=="}, w={"B": "AA=="}),
    "mixed between": condition("#a BETWEEN :v AND :w", v=ONE, w=X),
    "between lists": condition("#a BETWEEN :v AND :v", v={"L": []}),
    "order of booleans": condition("#a < :v", v={"BOOL": True}),
    "order of lists": condition("#a <= :v", v={"L": []}),
    "order of maps": condition("#a > :v", v={"M": {}}),
    "order of sets": condition("#a >= :v", v={"SS": ["x"]}),
    "order of null": condition("#a > :v", v={"NULL": True}),
    "same path twice": condition("#a = #a"),
    "contains itself": condition("contains(#a, #a)"),
    "in itself": condition("#a IN (:v, #a)", v=ONE),
    "prefix is a number": condition("begins_with(#a, :v)", v=ONE),
    "no such type": condition("attribute_type(#a, :v)", v={"S": "STRING"}),
    "size of a value": condition("size(:v) = :v", v=X),
    "path too deep": condition(".".join(["#a"] * 33) + " = :v", v=ONE),
}  # fmt: skip


@pytest.mark.parametrize("body", CONDITIONS_KEPT.values(), ids=CONDITIONS_KEPT.keys())
def test_conditions_that_hold_the_rules_pass(body: dict[str, Any]) -> None:
    check("DeleteItem", **body)


@pytest.mark.parametrize("body", CONDITIONS_BROKEN.values(), ids=CONDITIONS_BROKEN.keys())
def test_conditions_that_break_a_rule_are_refused(body: dict[str, Any]) -> None:
    refused("DeleteItem", **body)


def update(text: str, **values: Any) -> dict[str, Any]:
    marked = {f":{name}": value for name, value in values.items()}
    return {**with_placeholders(text, marked), "Key": KEY, "UpdateExpression": text}


UPDATES_KEPT = {
    "set": update("SET #a = :v, #b = #a", v=ONE),
    "all sections": update("SET #a = :v REMOVE #b ADD #t :w DELETE #g :x", v=ONE, w=ONE, x={"SS": ["x"]}),
    "arithmetic": update("SET #a = if_not_exists(#a, :z) + :v", z={"N": "0"}, v=ONE),
    "append": update("SET #a = list_append(if_not_exists(#a, :e), :v)", e={"L": []}, v={"L": [ONE]}),
    "siblings": update("SET #a.#b = :v, #a.#t = :v REMOVE #b[0], #b[1]", v=ONE),
    "add to a set": update("ADD #a :v", v={"NS": ["1"]}),
    "index key of its type": update("SET #g = :v REMOVE #h", v=X),
}  # fmt: skip
UPDATES_BROKEN = {
    "empty": update(""),
    "no section": update("#a = :v", v=ONE),
    "two set sections": update("SET #a = :v SET #b = :v", v=ONE),
    "two sections apart": update("SET #a = :v REMOVE #t SET #b = :v", v=ONE),
    "same path": update("SET #a = :v REMOVE #a", v=ONE),
    "path and its parent": update("SET #a = :m, #a.#b = :v", m={"M": {}}, v=ONE),
    "list and map at one place": update("SET #a[0] = :v, #a.#b = :v", v=ONE),
    "nested add": update("ADD #a.#b :v", v=ONE),
    "nested delete": update("DELETE #a.#b :v", v={"SS": ["x"]}),
    "add of a string": update("ADD #a :v", v=X),
    "delete of a number": update("DELETE #a :v", v=ONE),
    "add of a path": update("ADD #a #b"),
    "two additions": update("SET #a = #b + :v + :v", v=ONE),
    "addition of a string": update("SET #a = #b + :v", v=X),
    "append of a string": update("SET #a = list_append(#b, :v)", v=X),
    "condition function": update("SET #a = size(#b)"),
    "fallback of a value": update("SET #a = if_not_exists(:v, :v)", v=ONE),
    "primary key": update("SET #sk = :v", v=X),
    "index key of another type": update("SET #g = :v", v=ONE),
    "empty index key": update("SET #g = :v", v={"S": ""}),
    "trailing comma": update("SET #a = :v,", v=ONE),
}  # fmt: skip


@pytest.mark.parametrize("body", UPDATES_KEPT.values(), ids=UPDATES_KEPT.keys())
def test_updates_that_hold_the_rules_pass(body: dict[str, Any]) -> None:
    check("UpdateItem", **body)


@pytest.mark.parametrize("body", UPDATES_BROKEN.values(), ids=UPDATES_BROKEN.keys())
def test_updates_that_break_a_rule_are_refused(body: dict[str, Any]) -> None:
    refused("UpdateItem", **body)


def nested(levels: int) -> dict[str, Any]:
    wire: dict[str, Any] = X
    for _ in range(levels):
        wire = {"L": [wire]}
    return wire


VALUES_KEPT = {
    "every type": {"M": {"s": X, "n": ONE, "b": {"B": "AA=="}, "y": {"BOOL": False}, "z": {"NULL": True}}},
    "empty string and binary": {"L": [{"S": ""}, {"B": ""}]},
    "38 digits": {"N": "1" * 38},
    "fraction": {"N": "-0.05"},
    "large exponent": {"N": "1E+125"},
    "large number written out": {"N": "1" + "0" * 125},
    "sets": {"L": [{"SS": ["a", ""]}, {"NS": ["1", "2"]}, {"BS": ["AA==", "AQ=="]}]},
    "31 lists": nested(31),
}  # fmt: skip
VALUES_BROKEN = {
    "no type": {},
    "two types": {"S": "1", "N": "1"},
    "unknown type": {"X": "1"},
    "number that is no text": {"N": 1},
    "string that is no text": {"S": 1},
    "null that is false": {"NULL": False},
    "binary that is not base64": {"B": "?"},
    "39 digits": {"N": "1" * 39},
    "not a number": {"N": "NaN"},
    "underscore": {"N": "1_000"},
    "too large": {"N": "1E+126"},
    "too small": {"N": "1E-131"},
    "leading zero": {"N": "042"},
    "trailing zero": {"N": "1.50"},
    "negative zero": {"N": "-0"},
    "needless exponent": {"N": "1E3"},
    "empty set": {"SS": []},
    "duplicate member": {"SS": ["a", "a"]},
    "number inside a set": {"NS": ["1.0"]},
    "32 lists": nested(32),
    "inside a map": {"M": {"a": {"N": "x"}}},
}


@pytest.mark.parametrize("wire", VALUES_KEPT.values(), ids=VALUES_KEPT.keys())
def test_values_that_hold_the_rules_pass(wire: dict[str, Any]) -> None:
    check("PutItem", TableName="app", Item={**KEY, "v": wire})


@pytest.mark.parametrize("wire", VALUES_BROKEN.values(), ids=VALUES_BROKEN.keys())
def test_values_that_break_a_rule_are_refused(wire: dict[str, Any]) -> None:
    refused("PutItem", TableName="app", Item={**KEY, "v": wire})
    refused("UpdateItem", **update("SET #a = :v", v=wire))


ITEMS_BROKEN = {
    "no sort key": {"pk": X},
    "empty key": {**KEY, "sk": {"S": ""}},
    "key of another type": {**KEY, "sk": ONE},
    "partition key of 2049 bytes": {**KEY, "pk": {"S": "x" * 2049}},
    "sort key of 1025 bytes": {**KEY, "sk": {"S": "é" * 512 + "x"}},
    "index key of another type": {**KEY, "g": ONE},
    "empty index key": {**KEY, "g": {"S": ""}},
    "index sort key of 1025 bytes": {**KEY, "h": {"S": "x" * 1025}},
}


@pytest.mark.parametrize("item", ITEMS_BROKEN.values(), ids=ITEMS_BROKEN.keys())
def test_items_with_wrong_keys_are_refused(item: dict[str, Any]) -> None:
    refused("PutItem", TableName="app", Item=item)


def test_items_with_keys_of_the_longest_length_pass() -> None:
    longest = {"pk": {"S": "x" * 2048}, "sk": {"S": "é" * 512}, "g": X, "h": {"S": "x" * 1024}}
    check("PutItem", TableName="app", Item=longest)


def query(key: str, text: str = "", index: str | None = None, **values: Any) -> dict[str, Any]:
    marked = {f":{name}": value for name, value in values.items()}
    body = {**with_placeholders(f"{key} {text}", marked), "KeyConditionExpression": key}
    if text:
        body["FilterExpression"] = text
    if index:
        body["IndexName"] = index
    return body


QUERIES_KEPT = {
    "partition": query("#pk = :p", p=X),
    "partition and sort": query("#pk = :p AND #sk = :p", p=X),
    "in parentheses": query("(#pk = :p) AND (#sk > :p)", p=X),
    "sort first": query("#sk <= :p AND #pk = :p", p=X),
    "between": query("#pk = :p AND #sk BETWEEN :p AND :q", p=X, q={"S": "y"}),
    "prefix": query("#pk = :p AND begins_with(#sk, :p)", p=X),
    "filter": query("#pk = :p", "#a = :p", p=X),
    "index": query("#g = :p AND #h < :p", "#t = :p", "gsi", p=X),
    "global index, filter on the table's keys": query("#g = :p", "#pk = :p AND #sk = :p", "gsi", p=X),
    "local index, filter on the table's sort key": query("#pk = :p", "#sk = :p", "lsi", p=X),
    "projected attribute": {
        **query("#g = :p", index="gsi", p=X),
        "ExpressionAttributeNames": {"#g": "g", "#t": "_type", "#pk": "pk"},
        "ProjectionExpression": "#t, #pk",
    },
    "limit": {**query("#pk = :p", p=X), "Limit": 1},
    "start key": {**query("#pk = :p", p=X), "ExclusiveStartKey": KEY},
    "start key of an index": {
        **query("#g = :p", index="gsi", p=X), "ExclusiveStartKey": {**KEY, "g": X, "h": X},
    },
    "count": {**query("#pk = :p", p=X), "Select": "COUNT"},
    "projected attributes": {**query("#g = :p", index="gsi", p=X), "Select": "ALL_PROJECTED_ATTRIBUTES"},
}  # fmt: skip
QUERIES_BROKEN = {
    "no key condition": {"TableName": "app"},
    "no partition": query("#sk = :p", p=X),
    "partition by range": query("#pk > :p", p=X),
    "or": query("#pk = :p OR #pk = :q", p=X, q=X),
    "not": query("NOT #pk = :p", p=X),
    "unequal": query("#pk = :p AND #sk <> :p", p=X),
    "in": query("#pk = :p AND #sk IN (:p)", p=X),
    "contains": query("#pk = :p AND contains(#sk, :p)", p=X),
    "size": query("#pk = :p AND size(#sk) > :n", p=X, n=ONE),
    "existence": query("#pk = :p AND attribute_exists(#sk)", p=X),
    "two on the sort key": query("#pk = :p AND #sk > :p AND #sk < :p", p=X),
    "not a key": query("#pk = :p AND #a = :p", p=X),
    "three conditions": query("#pk = :p AND #sk = :p AND #a = :p", p=X),
    "path for a value": query("#pk = #sk"),
    "nested path": query("#pk.#a = :p", p=X),
    "type of another kind": query("#pk = :p AND #sk = :n", p=X, n=ONE),
    "unorderable type": query("#pk = :p", p={"BOOL": True}),
    "empty prefix": query("#pk = :p AND begins_with(#sk, :e)", p=X, e={"S": ""}),
    "empty value": query("#pk = :e", e={"S": ""}),
    "value over 1024 bytes": query("#pk = :p AND #sk < :q", p=X, q={"S": "x" * 1025}),
    "inverted between": query("#pk = :p AND #sk BETWEEN :q AND :p", p=X, q={"S": "y"}),
    "filter on a key": query("#pk = :p", "#sk = :p", p=X),
    "filter on an index key": query("#g = :p", "#h = :p", "gsi", p=X),
    "key of the table on an index": query("#pk = :p", index="gsi", p=X),
    "unknown index": query("#g = :p", index="nowhere", p=X),
    "filter on what is not projected": query("#g = :p", "#a = :p", "gsi", p=X),
    "projection of what is not projected": {
        **query("#g = :p", index="gsi", p=X),
        "ExpressionAttributeNames": {"#g": "g", "#a": "a"},
        "ProjectionExpression": "#a",
    },
    "all attributes of an index without": {**query("#g = :p", index="gsi", p=X), "Select": "ALL_ATTRIBUTES"},
    "consistent global index": {**query("#g = :p", index="gsi", p=X), "ConsistentRead": True},
    "limit of 0": {**query("#pk = :p", p=X), "Limit": 0},
    "start key without a part": {**query("#pk = :p", p=X), "ExclusiveStartKey": {"pk": X}},
    "start key with more": {**query("#pk = :p", p=X), "ExclusiveStartKey": {**KEY, "g": X}},
    "start key of an index without its keys": {
        **query("#g = :p", index="gsi", p=X), "ExclusiveStartKey": KEY,
    },
    "specific attributes without a projection": {**query("#pk = :p", p=X), "Select": "SPECIFIC_ATTRIBUTES"},
    "count with a projection": {**query("#pk = :p", p=X), "Select": "COUNT", "ProjectionExpression": "#pk"},
    "projected attributes without an index": {**query("#pk = :p", p=X), "Select": "ALL_PROJECTED_ATTRIBUTES"},
    "legacy parameter": {**query("#pk = :p", p=X), "AttributesToGet": ["a"]},
}  # fmt: skip


@pytest.mark.parametrize("body", QUERIES_KEPT.values(), ids=QUERIES_KEPT.keys())
def test_queries_that_hold_the_rules_pass(body: dict[str, Any]) -> None:
    check("Query", **body)


@pytest.mark.parametrize("body", QUERIES_BROKEN.values(), ids=QUERIES_BROKEN.keys())
def test_queries_that_break_a_rule_are_refused(body: dict[str, Any]) -> None:
    refused("Query", **body)


def test_a_scan_may_filter_on_keys() -> None:
    body = with_placeholders("#pk", {":v": X})
    check("Scan", **body, FilterExpression="#pk = :v", Segment=1, TotalSegments=2)


@pytest.mark.parametrize(
    "body",
    [
        {"Segment": 0},
        {"Segment": 2, "TotalSegments": 2},
        {"Limit": 0},
        {"KeyConditionExpression": "#pk = :v"},
    ],
    ids=["half a segment", "segment out of range", "limit of 0", "key condition"],
)
def test_scans_that_break_a_rule_are_refused(body: dict[str, Any]) -> None:
    refused("Scan", TableName="app", **body)


def test_a_get_takes_a_whole_key_and_a_projection() -> None:
    names = {"#a": "a", "#b": "b"}
    check(
        "GetItem",
        TableName="app",
        Key=KEY,
        ProjectionExpression="#a.#b, #b",
        ExpressionAttributeNames=names,
    )


@pytest.mark.parametrize(
    "body",
    [
        {"Key": {"pk": X}},
        {"Key": {**KEY, "g": X}},
        {"Key": {"pk": X, "sk": ONE}},
        {"Key": KEY, **with_placeholders("#a", {}), "FilterExpression": "attribute_exists(#a)"},
        {"Key": KEY, **with_placeholders("#a #b", {}), "ProjectionExpression": "#a, #a.#b"},
        {"Key": KEY, **with_placeholders("#a", {}), "ProjectionExpression": "#a, name"},
        {"Key": KEY, **with_placeholders("#a", {})},
    ],
    ids=["half a key", "more than a key", "type", "filter", "overlap", "bare name", "unused name"],
)
def test_gets_that_break_a_rule_are_refused(body: dict[str, Any]) -> None:
    refused("GetItem", **{"TableName": "app", **body})


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
def test_only_an_update_returns_new_values(operation: str) -> None:
    subject = {"Item": KEY} if operation == "PutItem" else {"Key": KEY}
    check(operation, TableName="app", ReturnValues="ALL_OLD", **subject)
    refused(operation, TableName="app", ReturnValues="ALL_NEW", **subject)
    check("UpdateItem", TableName="app", Key=KEY, ReturnValues="ALL_NEW")


def keys(count: int) -> list[dict[str, Any]]:
    return [{"pk": X, "sk": {"S": str(n)}} for n in range(count)]


def test_batch_get_takes_1_to_100_different_keys_and_no_filter() -> None:
    check("BatchGetItem", RequestItems={"app": {"Keys": keys(60)}, "other": {"Keys": keys(40)}})
    refused("BatchGetItem", RequestItems={"app": {"Keys": keys(60)}, "other": {"Keys": keys(41)}})
    refused("BatchGetItem", RequestItems={})
    refused("BatchGetItem", RequestItems={"app": {"Keys": [KEY, KEY]}})
    refused("BatchGetItem", RequestItems={"app": {"Keys": [KEY], "FilterExpression": "#a = :v"}})


def test_batch_write_takes_1_to_25_writes_of_different_items() -> None:
    puts = [{"PutRequest": {"Item": key}} for key in keys(26)]
    check("BatchWriteItem", RequestItems={"app": puts[:25]})
    refused("BatchWriteItem", RequestItems={"app": puts})
    refused("BatchWriteItem", RequestItems={"app": []})
    refused(
        "BatchWriteItem", RequestItems={"app": [puts[0], {"DeleteRequest": {"Key": keys(1)[0]}}]}
    )
    refused("BatchWriteItem", RequestItems={"app": [{"UpdateRequest": {"Key": KEY}}]})
    refused("BatchWriteItem", RequestItems={"app": [{"PutRequest": {"Item": {"pk": X}}}]})


def test_transactions_take_1_to_100_actions_on_different_items() -> None:
    puts = [{"Put": {"TableName": "app", "Item": key}} for key in keys(101)]
    check("TransactWriteItems", TransactItems=puts[:100], ClientRequestToken="t" * 36)
    refused("TransactWriteItems", TransactItems=puts)
    refused("TransactWriteItems", TransactItems=[])
    refused("TransactWriteItems", TransactItems=puts[:1], ClientRequestToken="t" * 37)
    delete = {"Delete": {"TableName": "app", "Key": keys(1)[0]}}
    refused("TransactWriteItems", TransactItems=[puts[0], delete])
    refused("TransactWriteItems", TransactItems=[{**puts[0], **delete}])


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("Update", {"Key": KEY}),
        ("ConditionCheck", {"Key": KEY}),
        ("Put", {"Item": KEY, "ReturnValues": "ALL_OLD"}),
        ("Get", {"Key": KEY}),
    ],
    ids=["update without expression", "check without condition", "return values", "read"],
)
def test_transaction_actions_that_break_a_rule_are_refused(
    action: str, body: dict[str, Any]
) -> None:
    refused("TransactWriteItems", TransactItems=[{action: {"TableName": "app", **body}}])


def test_transactions_get_by_key() -> None:
    check("TransactGetItems", TransactItems=[{"Get": {"TableName": "app", "Key": KEY}}])
    refused("TransactGetItems", TransactItems=[{"Get": {"TableName": "app", "Key": {"pk": X}}}])


def test_without_a_table_only_what_depends_on_keys_is_not_checked() -> None:
    body = query("#pk = :p", "#sk = :p", p=X)
    lint(Request("Query", body))
    with pytest.raises(Violation, match="OR in a key condition"):
        lint(Request("Query", query("#pk = :p OR #sk = :p", p=X)))


class Recorder:
    """A transport that answers nothing in particular."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.closed = False

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        return Answer(b"{}")

    def close(self) -> None:
        self.closed = True


def test_the_transport_learns_tables_and_stops_what_breaks_a_rule() -> None:
    recorder = Recorder()
    transport = LintingTransport(recorder)
    create, good = (
        Request("CreateTable", TABLE),
        Request("GetItem", {"TableName": "app", "Key": KEY}),
    )
    transport.send(create)
    transport.send(good)
    with pytest.raises(Violation):
        transport.send(Request("GetItem", {"TableName": "app", "Key": {"pk": X}}))
    transport.close()
    assert recorder.sent == transport.requests == [create, good]
    assert recorder.closed
