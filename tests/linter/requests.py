"""One check per operation: its parameters, expressions, keys and limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.linter.conditions import (
    check_condition,
    check_filter_names,
    check_key_condition,
    check_projected,
    filter_paths,
)
from tests.linter.grammar import Parser, Path, Placeholders
from tests.linter.tables import IndexShape, TableShape
from tests.linter.updates import check_no_overlap, check_update
from tests.linter.values import check_value
from tests.linter.violation import GUIDE, REFERENCE, require

__all__ = ["CHECKS", "Tables"]

Tables = Mapping[str, TableShape]
Body = Mapping[str, Any]

_PROJECTION_PAGE = GUIDE + "Expressions.ProjectionExpressions.html"
_INDEX_PAGE = GUIDE + "GSI.html"
_PLACEHOLDERS = {"ExpressionAttributeNames", "ExpressionAttributeValues"}
_MAX_SEGMENTS = 1_000_000
_MAX_TOKEN = 36

_WRITE = {"ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ReturnValues"}
_CHECKED = {"ConditionExpression", "ReturnValuesOnConditionCheckFailure", *_PLACEHOLDERS}
_READ = {"ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}
_PAGES = {
    "ExclusiveStartKey", "ExpressionAttributeValues", "FilterExpression", "IndexName", "Limit",
    "ReturnConsumedCapacity", "Select", "TableName",
}  # fmt: skip

# What is not here is unknown, or a legacy parameter, which cannot stand beside an expression:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
_PARAMETERS = {
    "GetItem": {"TableName", "Key", "ReturnConsumedCapacity", *_READ},
    "PutItem": {"TableName", "Item", *_WRITE, *_CHECKED},
    "UpdateItem": {"TableName", "Key", "UpdateExpression", *_WRITE, *_CHECKED},
    "DeleteItem": {"TableName", "Key", *_WRITE, *_CHECKED},
    "Query": {"KeyConditionExpression", "ScanIndexForward", *_READ, *_PAGES},
    "Scan": {"Segment", "TotalSegments", *_READ, *_PAGES},
    "BatchGetItem": {"RequestItems", "ReturnConsumedCapacity"},
    "BatchWriteItem": {"RequestItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"},
    "TransactGetItems": {"TransactItems", "ReturnConsumedCapacity"},
    "TransactWriteItems": {
        "TransactItems", "ClientRequestToken", "ReturnConsumedCapacity",
        "ReturnItemCollectionMetrics",
    },
}  # fmt: skip
_ACTIONS = {
    "Put": {"TableName", "Item", *_CHECKED},
    "Update": {"TableName", "Key", "UpdateExpression", *_CHECKED},
    "Delete": {"TableName", "Key", *_CHECKED},
    "ConditionCheck": {"TableName", "Key", *_CHECKED},
    "Get": {"TableName", "Key", "ProjectionExpression", "ExpressionAttributeNames"},
}
_RETURN_VALUES = {
    "PutItem": {"NONE", "ALL_OLD"},
    "DeleteItem": {"NONE", "ALL_OLD"},
    "UpdateItem": {"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"},
}


def _page(operation: str) -> str:
    return f"{REFERENCE}API_{operation}.html"


def _require_parameters(what: str, body: Body, allowed: set[str], page: str) -> None:
    foreign = sorted(set(body) - allowed)
    require(not foreign, f"{what} takes no {', '.join(foreign)}", page)


def _placeholders(body: Body) -> Placeholders:
    for field in sorted(_PLACEHOLDERS & set(body)):
        require(body[field], f"{field} is empty", GUIDE + "Expressions.html")
    values = body.get("ExpressionAttributeValues", {})
    for wire in values.values():
        check_value(wire)
    return Placeholders(body.get("ExpressionAttributeNames", {}), values)


def _check_item(item: Body, table: TableShape | None) -> None:
    for wire in item.values():
        check_value(wire)
    if table is not None:
        table.check_item(item)


def _check_key(key: Body, table: TableShape | None) -> None:
    for wire in key.values():
        check_value(wire)
    require(1 <= len(key) <= 2, f"a key has one or two attributes: {sorted(key)}", _page("GetItem"))
    if table is not None:
        table.check_key(key)


def _check_projection(body: Body, placeholders: Placeholders) -> list[Path]:
    if "ProjectionExpression" not in body:
        return []
    paths = Parser(body["ProjectionExpression"], placeholders).projection()
    check_no_overlap(paths, _PROJECTION_PAGE)
    return paths


def _check_read(body: Body, table: TableShape | None) -> None:
    """Check what reads one item by its key."""
    placeholders = _placeholders(body)
    _check_key(body["Key"], table)
    _check_projection(body, placeholders)
    placeholders.require_all_used()


def _check_write(body: Body, table: TableShape | None) -> None:
    """Check what writes one item or checks its condition."""
    placeholders = _placeholders(body)
    if "Item" in body:
        _check_item(body["Item"], table)
    else:
        _check_key(body["Key"], table)
    if "UpdateExpression" in body:
        check_update(Parser(body["UpdateExpression"], placeholders).update(), table)
    if "ConditionExpression" in body:
        check_condition(Parser(body["ConditionExpression"], placeholders).condition())
    placeholders.require_all_used()


def _check_get(body: Body, tables: Tables) -> None:
    _check_read(body, tables.get(body["TableName"]))


def _check_single_write(operation: str) -> Callable[[Body, Tables], None]:
    def check(body: Body, tables: Tables) -> None:
        returned = body.get("ReturnValues", "NONE")
        allowed = _RETURN_VALUES[operation]
        require(returned in allowed, f"{operation} cannot return {returned}", _page(operation))
        _check_write(body, tables.get(body["TableName"]))

    return check


def _check_query(body: Body, tables: Tables) -> None:
    table, index = _queried(body, tables)
    key = index.key if index else table.key if table else None
    placeholders = _placeholders(body)
    page = _page("Query")
    require("KeyConditionExpression" in body, "a query has no key condition", page)
    node = Parser(body["KeyConditionExpression"], placeholders).condition()
    check_condition(node)
    check_key_condition(node, key, table)
    if "FilterExpression" in body and key is not None:
        probe = _placeholders(body)
        check_filter_names(Parser(body["FilterExpression"], probe).condition(), key)
    _check_pages(body, table, index, placeholders, page)


def _check_scan(body: Body, tables: Tables) -> None:
    table, index = _queried(body, tables)
    page = _page("Scan")
    both = ("Segment" in body) == ("TotalSegments" in body)
    require(both, "Segment and TotalSegments come together", page)
    if "Segment" in body:
        in_range = 0 <= body["Segment"] < body["TotalSegments"] <= _MAX_SEGMENTS
        require(in_range, f"there is no segment {body['Segment']}", page)
    _check_pages(body, table, index, _placeholders(body), page)


def _queried(body: Body, tables: Tables) -> tuple[TableShape | None, IndexShape | None]:
    table = tables.get(body["TableName"])
    name = body.get("IndexName")
    if table is None or name is None:
        return table, None
    require(name in table.indexes, f"the table has no index {name}", _INDEX_PAGE)
    return table, table.indexes[name]


def _check_pages(
    body: Body,
    table: TableShape | None,
    index: IndexShape | None,
    placeholders: Placeholders,
    page: str,
) -> None:
    """Check what Query and Scan have in common."""
    require(body.get("Limit", 1) >= 1, f"Limit is {body.get('Limit')}, less than 1", page)
    paths = _check_projection(body, placeholders)
    filtered: list[Path] = []
    if "FilterExpression" in body:
        node = Parser(body["FilterExpression"], placeholders).condition()
        check_condition(node)
        filtered = filter_paths(node)
    placeholders.require_all_used()
    _check_select(body, page)
    if "ExclusiveStartKey" in body:
        _check_start_key(body, table, index)
    if table is not None and index is not None and not index.is_local:
        _check_global_index(body, table, index, [*paths, *filtered])


def _check_select(body: Body, page: str) -> None:
    select = body.get("Select")
    projects = "ProjectionExpression" in body
    if select == "SPECIFIC_ATTRIBUTES":
        require(projects, "SPECIFIC_ATTRIBUTES needs a ProjectionExpression", page)
    elif projects:
        require(select is None, f"Select {select} excludes a ProjectionExpression", page)
    if select == "ALL_PROJECTED_ATTRIBUTES":
        require("IndexName" in body, "ALL_PROJECTED_ATTRIBUTES is for indexes only", page)


def _check_start_key(body: Body, table: TableShape | None, index: IndexShape | None) -> None:
    start = body["ExclusiveStartKey"]
    require(start, "ExclusiveStartKey is empty", _page("Query"))
    for wire in start.values():
        check_value(wire)
    if table is not None:
        table.check_start_key(start, index)


def _check_global_index(
    body: Body, table: TableShape, index: IndexShape, paths: Sequence[Path]
) -> None:
    consistent = body.get("ConsistentRead", False)
    require(not consistent, "a global index cannot be read consistently", _INDEX_PAGE)
    if index.projected is None:
        return
    everything = body.get("Select") == "ALL_ATTRIBUTES"
    require(not everything, "the index does not project all attributes", _INDEX_PAGE)
    check_projected(list(paths), index.projected | table.key.names | index.key.names)


def _check_batch_get(body: Body, tables: Tables) -> None:
    page = _page("BatchGetItem")
    count = 0
    require(body["RequestItems"], "RequestItems is empty", page)
    for name, part in body["RequestItems"].items():
        _require_parameters("BatchGetItem", part, {"Keys", *_READ}, page)
        placeholders = _placeholders(part)
        for key in part["Keys"]:
            _check_key(key, tables.get(name))
        _require_distinct(part["Keys"], page)
        _check_projection(part, placeholders)
        placeholders.require_all_used()
        count += len(part["Keys"])
    require(1 <= count <= 100, f"{count} keys; BatchGetItem takes 1 to 100", page)


def _check_batch_write(body: Body, tables: Tables) -> None:
    page = _page("BatchWriteItem")
    count = 0
    require(body["RequestItems"], "RequestItems is empty", page)
    for name, writes in body["RequestItems"].items():
        table = tables.get(name)
        keys = [key for write in writes if (key := _check_batch_entry(write, table)) is not None]
        _require_distinct(keys, page)
        count += len(writes)
    require(1 <= count <= 25, f"{count} writes; BatchWriteItem takes 1 to 25", page)


def _check_batch_entry(write: Body, table: TableShape | None) -> Body | None:
    page = _page("BatchWriteItem")
    require(len(write) == 1, f"a write is a put or a delete: {sorted(write)}", page)
    match next(iter(write.items())):
        case "PutRequest", request:
            _require_parameters("PutRequest", request, {"Item"}, page)
            _check_item(request["Item"], table)
            return _key_of(request["Item"], table)
        case "DeleteRequest", request:
            _require_parameters("DeleteRequest", request, {"Key"}, page)
            _check_key(request["Key"], table)
            key: Body = request["Key"]
            return key
        case kind, _:
            require(False, f"BatchWriteItem takes no {kind}", page)
            return None


def _key_of(item: Body, table: TableShape | None) -> Body | None:
    return {name: item[name] for name in table.key.names} if table else None


def _require_distinct(keys: Sequence[Any], page: str) -> None:
    texts = [json.dumps(key, sort_keys=True) for key in keys]
    require(len(set(texts)) == len(texts), "one item is meant twice", page)


def _check_transaction(operation: str, kinds: set[str]) -> Callable[[Body, Tables], None]:
    page = _page(operation)

    def check(body: Body, tables: Tables) -> None:
        actions = body["TransactItems"]
        fits = 1 <= len(actions) <= 100
        require(fits, f"{len(actions)} actions; {operation} takes 1 to 100", page)
        token = body.get("ClientRequestToken", "token")
        require(1 <= len(token) <= _MAX_TOKEN, "a token has 1 to 36 characters", page)
        items = [_check_action(action, kinds, tables, page) for action in actions]
        _require_distinct([item for item in items if item is not None], page)

    return check


def _check_action(action: Body, kinds: set[str], tables: Tables, page: str) -> Any:
    one = len(action) == 1 and set(action) <= kinds
    require(one, f"an action is one of {sorted(kinds)}: {sorted(action)}", page)
    kind, body = next(iter(action.items()))
    _require_parameters(kind, body, _ACTIONS[kind], page)
    table = tables.get(body["TableName"])
    if kind == "Get":
        _check_read(body, table)
    else:
        needed = {"Update": "UpdateExpression", "ConditionCheck": "ConditionExpression"}.get(kind)
        require(needed is None or needed in body, f"{kind} needs {needed}", page)
        _check_write(body, table)
    key = _key_of(body["Item"], table) if kind == "Put" else body["Key"]
    return None if key is None else [body["TableName"], key]


def _checked(operation: str, check: Callable[[Body, Tables], None]) -> Any:
    def run(body: Body, tables: Tables) -> None:
        _require_parameters(operation, body, _PARAMETERS[operation], _page(operation))
        check(body, tables)

    return run


CHECKS: Mapping[str, Callable[[Body, Tables], None]] = {
    operation: _checked(operation, check)
    for operation, check in {
        "GetItem": _check_get,
        "PutItem": _check_single_write("PutItem"),
        "UpdateItem": _check_single_write("UpdateItem"),
        "DeleteItem": _check_single_write("DeleteItem"),
        "Query": _check_query,
        "Scan": _check_scan,
        "BatchGetItem": _check_batch_get,
        "BatchWriteItem": _check_batch_write,
        "TransactGetItems": _check_transaction("TransactGetItems", {"Get"}),
        "TransactWriteItems": _check_transaction(
            "TransactWriteItems", {"Put", "Update", "Delete", "ConditionCheck"}
        ),
    }.items()
}
"""The check of each data operation; operations on tables have none."""
