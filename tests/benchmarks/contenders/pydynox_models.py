"""pydynox: models of its own, over a client written in Rust."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.contenders.contender import Contender, Way, plain
from tests.benchmarks.contenders.models import PlaceModel
from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["Pydynox"]


class Pydynox(Contender):
    """`pydynox.Model`, through its synchronous methods."""

    name = "pydynox"
    package = "pydynox"
    is_in_process = False
    notes = "its own models over Rust; an update that returns the item gives a dict"

    def __init__(self, shape: Shape, way: Way) -> None:
        from pydynox import DynamoDBClient, Model, ModelConfig

        self.client = DynamoDBClient(
            region="eu-west-1", access_key="x", secret_key="x", endpoint_url=way.url
        )
        config = ModelConfig(table=TABLE, client=self.client)
        self.model: Any = type(Model)(
            shape.kind, (Model,), {"model_config": config, **_attributes(shape)}
        )
        self.partition_key, self.prefix = shape.partition_key, shape.prefix
        self.keys = [{"pk": self.partition_key, "sk": shape.sort_key(n)} for n in range(100)]
        self.instances = [self._instance(shape, n) for n in range(25)]
        self.changes = dict(shape.changes)

    def _instance(self, shape: Shape, n: int) -> Any:
        made = shape.make(n)
        values = plain(made.model_dump()) | {
            name: getattr(made, name)
            for name in ("joined", "made", "home", "work")
            if hasattr(made, name)
        }
        for name in ("home", "work"):
            if name in values:
                values[name] = PlaceModel.model_validate(values[name].model_dump())
        return self.model(**self.keys[n], kind=shape.kind, **values)

    def get_item(self) -> Any:
        return self.model.sync_get(**self.keys[0])

    def put_item(self) -> object:
        return self.instances[0].sync_save(full_replace=True)

    def update_item(self) -> Any:
        return self.client.sync_update_item(
            TABLE, self.keys[0], updates=self.changes, return_values="ALL_NEW"
        )

    def query(self) -> Any:
        begins = self.model.sk.begins_with(self.prefix)
        return list(
            self.model.sync_query(partition_key=self.partition_key, sort_key_condition=begins)
        )

    def batch_get_item(self) -> Any:
        return self.model.sync_batch_get(self.keys)

    def batch_write_item(self) -> object:
        from pydynox import SyncBatchWriter

        with SyncBatchWriter(self.client, TABLE) as batch:
            for instance in self.instances:
                batch.put(instance.to_dict())
        return None

    def field(self, found: Any, name: str) -> Any:
        return found[name] if isinstance(found, dict) else getattr(found, name)


def _attributes(shape: Shape) -> dict[str, Any]:
    from pydynox.attributes import StringAttribute

    keys = {
        "pk": StringAttribute(partition_key=True),
        "sk": StringAttribute(sort_key=True),
        "kind": StringAttribute(alias="_type"),
        "team": StringAttribute(),
        "id": StringAttribute(),
    }
    return keys | (_small() if shape.letter == "A" else _large())


def _small() -> dict[str, Any]:
    from pydynox.attributes import (
        BooleanAttribute,
        DatetimeAttribute,
        DecimalAttribute,
        NumberAttribute,
        StringAttribute,
        StringSetAttribute,
    )

    return {
        "email": StringAttribute(),
        "name": StringAttribute(),
        "age": NumberAttribute(),
        "active": BooleanAttribute(),
        "balance": DecimalAttribute(),
        "joined": DatetimeAttribute(),
        "tags": StringSetAttribute(),
    }


def _large() -> dict[str, Any]:
    from pydynox.attributes import (
        DatetimeAttribute,
        DecimalAttribute,
        ListAttribute,
        MapAttribute,
        NumberAttribute,
        StringAttribute,
        StringSetAttribute,
    )

    return {
        **{f"text_{n}": StringAttribute() for n in range(12)},
        **{f"number_{n}": NumberAttribute() for n in range(8)},
        "home": MapAttribute(PlaceModel),
        "work": MapAttribute(PlaceModel),
        "lines": ListAttribute(),
        "limits": MapAttribute(),
        "labels": StringSetAttribute(),
        "total": DecimalAttribute(),
        "made": DatetimeAttribute(),
        "note": StringAttribute(),
    }
