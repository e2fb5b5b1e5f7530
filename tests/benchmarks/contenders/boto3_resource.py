"""boto3's resource, with Pydantic models around it."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]  # ships no types
from boto3.dynamodb.conditions import Key  # type: ignore[import-untyped]
from pydantic import TypeAdapter

from tests.benchmarks.canned import SETTINGS, Canned
from tests.benchmarks.contenders.contender import Contender, Way, plain
from tests.benchmarks.contenders.models import MODELS
from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["Resource"]


class Resource(Contender):
    """`boto3.resource("dynamodb").Table("app")`, `model_validate` and `model_dump`."""

    name = "resource + pydantic"
    package = "boto3"
    notes = "items are validated by Pydantic models, and dumped by them"

    def __init__(self, shape: Shape, way: Way) -> None:
        self.resource = boto3.resource("dynamodb", endpoint_url=way.url, **SETTINGS)
        if isinstance(way, Canned):
            way.attach(self.resource.meta.client)
        self.table = self.resource.Table(TABLE)
        self.model: Any = MODELS[shape.letter]
        self.models: Any = TypeAdapter(list[self.model])  # type: ignore[name-defined]  # made at run time
        self.kind = {"_type": shape.kind}
        self.partition_key, self.prefix = shape.partition_key, shape.prefix
        self.keys = [{"pk": self.partition_key, "sk": shape.sort_key(n)} for n in range(100)]
        self.instances = [self.model.model_validate(shape.make(n).model_dump()) for n in range(25)]
        self.names = {f"#{n}": name for n, name in enumerate(shape.changes)}
        self.values = {f":{n}": value for n, value in enumerate(shape.changes.values())}

    def _stored(self, n: int) -> dict[str, Any]:
        return {**plain(self.instances[n].model_dump()), **self.keys[n], **self.kind}

    def get_item(self) -> Any:
        return self.model.model_validate(self.table.get_item(Key=self.keys[0])["Item"])

    def put_item(self) -> object:
        return self.table.put_item(Item=self._stored(0))

    def update_item(self) -> Any:
        answer = self.table.update_item(
            Key=self.keys[0],
            UpdateExpression="SET #0 = :0, #1 = :1, #2 = :2",
            ExpressionAttributeNames=self.names,
            ExpressionAttributeValues=self.values,
            ReturnValues="ALL_NEW",
        )
        return self.model.model_validate(answer["Attributes"])

    def query(self) -> Any:
        condition = Key("pk").eq(self.partition_key) & Key("sk").begins_with(self.prefix)
        return self.models.validate_python(
            self.table.query(KeyConditionExpression=condition)["Items"]
        )

    def batch_get_item(self) -> Any:
        answer = self.resource.batch_get_item(RequestItems={TABLE: {"Keys": self.keys}})
        return self.models.validate_python(answer["Responses"][TABLE])

    def batch_write_item(self) -> object:
        with self.table.batch_writer() as batch:
            for n in range(25):
                batch.put_item(Item=self._stored(n))
        return None

    def close(self) -> None:
        self.resource.meta.client.close()
