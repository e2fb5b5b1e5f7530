"""pydynantic: Pydantic entities with key templates, over a boto3 client."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.contenders.contender import Contender, Way
from tests.benchmarks.contenders.models import MODELS
from tests.benchmarks.contenders.raw import botocore_client
from tests.benchmarks.shapes import TABLE, TEAM, Shape

__all__ = ["Pydynantic"]


class Pydynantic(Contender):
    """`pydynantic.Entity`."""

    name = "pydynantic"
    package = "pydynantic"
    notes = "Pydantic models, validated on reading"

    def __init__(self, shape: Shape, way: Way) -> None:
        from pydynantic import Entity, Table, key

        self.client = botocore_client(way)
        table = Table(TABLE, pk="pk", sk="sk", client=self.client)
        keys = {"primary": key(pk="TEAM#{team}", sk=shape.prefix + "{id}")}
        # By its qualified name Pydantic tells an inner class from a default.
        meta = type("Meta", (), {**keys, "__qualname__": f"{shape.kind}.Meta"})
        bases: Any = (MODELS[shape.letter], Entity)
        self.entity: Any = type(Entity)(
            shape.kind,
            bases,
            {"Meta": meta, "__module__": __name__, "__qualname__": shape.kind},
            name=shape.kind,
            table=table,
        )
        self.prefix, self.changes = shape.prefix, shape.changes
        self.keys = [{"team": TEAM, "id": shape.id(n)} for n in range(100)]
        self.instances = [self.entity(**shape.make(n).model_dump()) for n in range(25)]

    @classmethod
    def item(cls, instance: Any) -> dict[str, Any]:
        item = super().item(instance)
        item["__entity__"] = item.pop("_type")
        for name in ("joined", "made"):
            if name in item:
                item[name] = {"S": getattr(instance, name).isoformat()}
        return item

    def get_item(self) -> Any:
        return self.entity.get(**self.keys[0])

    def put_item(self) -> object:
        return self.entity.put(self.instances[0])

    def update_item(self) -> Any:
        return self.entity.update(set=self.changes, **self.keys[0])

    def query(self) -> Any:
        return self.entity.query.primary(team=TEAM).begins_with(self.prefix).all()

    def batch_get_item(self) -> Any:
        return self.entity.batch_get(self.keys)

    def batch_write_item(self) -> object:
        return self.entity.batch_write(puts=self.instances)

    def close(self) -> None:
        self.client.close()
