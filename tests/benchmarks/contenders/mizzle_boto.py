"""Mizzle over a boto3 client."""

from __future__ import annotations

from typing import Any

from mizzle import Mizzle, batch_get, batch_write, get, key, put, select, update
from mizzle.transports.own_client import make_client
from tests.benchmarks.canned import SETTINGS, Canned
from tests.benchmarks.contenders.contender import Contender, Way
from tests.benchmarks.shapes import TEAM, Shape

__all__ = ["MizzleBoto"]


class MizzleBoto(Contender):
    """`Mizzle()`."""

    name = "Mizzle (boto)"
    package = "mizzle"
    notes = "entities, validated both ways, over the boto3 client that it makes itself"

    def __init__(self, shape: Shape, way: Way) -> None:
        self.db = self._connect(way)
        self.entity: Any = shape.entity
        self.ids = [shape.id(n) for n in range(100)]
        self.instances = [shape.make(n) for n in range(25)]
        self.changes = [(getattr(shape.entity, name), v) for name, v in shape.changes.items()]

    @classmethod
    def missing(cls) -> str | None:
        return None

    def _connect(self, way: Way) -> Mizzle:
        client = make_client(
            region=SETTINGS["region_name"],
            endpoint_url=way.url,
            aws_access_key_id=SETTINGS["aws_access_key_id"],
            aws_secret_access_key=SETTINGS["aws_secret_access_key"],
        )
        if isinstance(way, Canned):
            way.attach(client)
        return Mizzle(client)

    def get_item(self) -> Any:
        return self.db.execute(get(self.entity, team=TEAM, id=self.ids[0]))

    def put_item(self) -> object:
        return self.db.execute(put(self.instances[0]))

    def update_item(self) -> Any:
        statement = update(self.entity, team=TEAM, id=self.ids[0])
        for path, value in self.changes:
            statement = statement.set(path, value)
        return self.db.execute(statement)

    def query(self) -> Any:
        return self.db.execute(select(self.entity).where(self.entity.team == TEAM))

    def batch_get_item(self) -> Any:
        keys = [key(self.entity, team=TEAM, id=each) for each in self.ids]
        return self.db.execute(batch_get(keys)).succeeded

    def batch_write_item(self) -> object:
        result = self.db.execute(batch_write([put(each) for each in self.instances]))
        return result.raise_for_failed()

    def close(self) -> None:
        self.db.close()
