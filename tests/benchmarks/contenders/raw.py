"""The boto3 client by itself: attribute values in, attribute values out."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]  # ships no types

from tests.benchmarks.canned import SETTINGS, Canned
from tests.benchmarks.contenders.contender import Contender, Way
from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["RawClient", "botocore_client"]


def botocore_client(way: Way) -> Any:
    """Make a boto3 client that is answered in this way."""
    client = boto3.client("dynamodb", endpoint_url=way.url, **SETTINGS)
    if isinstance(way, Canned):
        way.attach(client)
    return client


class RawClient(Contender):
    """`boto3.client("dynamodb")`."""

    name = "raw"
    package = "boto3"
    notes = "gives and takes dicts of attribute values, ready-made here"

    def __init__(self, shape: Shape, way: Way) -> None:
        self.client = botocore_client(way)
        self.key = self._key(shape, 0)
        self.item_put = self.item(shape.make(0))
        self.prefix = {":p": {"S": shape.partition_key}, ":s": {"S": shape.prefix}}
        self.keys = {TABLE: {"Keys": [self._key(shape, n) for n in range(100)]}}
        items = [self.item(shape.make(n)) for n in range(25)]
        self.writes = {TABLE: [{"PutRequest": {"Item": item}} for item in items]}
        self.names = {f"#{n}": name for n, name in enumerate(shape.changes)}
        changed = self.item(shape.make(0).model_copy(update=shape.changes))
        self.values = {f":{n}": changed[name] for n, name in enumerate(shape.changes)}

    @staticmethod
    def _key(shape: Shape, n: int) -> dict[str, Any]:
        return {"pk": {"S": shape.partition_key}, "sk": {"S": shape.sort_key(n)}}

    def get_item(self) -> Any:
        return self.client.get_item(TableName=TABLE, Key=self.key)["Item"]

    def put_item(self) -> object:
        return self.client.put_item(TableName=TABLE, Item=self.item_put)

    def update_item(self) -> Any:
        return self.client.update_item(
            TableName=TABLE,
            Key=self.key,
            UpdateExpression="SET #0 = :0, #1 = :1, #2 = :2",
            ExpressionAttributeNames=self.names,
            ExpressionAttributeValues=self.values,
            ReturnValues="ALL_NEW",
        )["Attributes"]

    def query(self) -> Any:
        return self.client.query(
            TableName=TABLE,
            KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
            ExpressionAttributeValues=self.prefix,
        )["Items"]

    def batch_get_item(self) -> Any:
        return self.client.batch_get_item(RequestItems=self.keys)["Responses"][TABLE]

    def batch_write_item(self) -> object:
        return self.client.batch_write_item(RequestItems=self.writes)

    def field(self, found: Any, name: str) -> Any:
        return found[name]["S"]

    def close(self) -> None:
        self.client.close()
