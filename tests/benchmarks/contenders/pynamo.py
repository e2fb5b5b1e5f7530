"""PynamoDB: models of its own, over botocore."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.canned import Canned
from tests.benchmarks.contenders.contender import Contender, Way, plain
from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["Pynamo"]


class Pynamo(Contender):
    """`pynamodb.models.Model`."""

    name = "PynamoDB"
    package = "pynamodb"
    notes = "its own models; decimals are floats, ids text"

    def __init__(self, shape: Shape, way: Way) -> None:
        from pynamodb.models import Model

        settings = {
            "table_name": TABLE,
            "region": "eu-west-1",
            "host": way.url,
            "aws_access_key_id": "x",
            "aws_secret_access_key": "x",
        }
        meta = type("Meta", (), settings)
        self.model: Any = type(shape.kind, (Model,), {"Meta": meta, **_attributes(shape)})
        if isinstance(way, Canned):
            way.attach(self.model._get_connection().connection.client)
        self.prefix = shape.prefix
        self.keys = [(shape.partition_key, shape.sort_key(n)) for n in range(100)]
        self.instances = [self._instance(shape, n) for n in range(25)]
        self.changes = [(getattr(self.model, name), v) for name, v in shape.changes.items()]

    def _instance(self, shape: Shape, n: int) -> Any:
        made = shape.make(n)
        values = {name: getattr(made, name) for name in type(made).model_fields}
        values |= _floats(plain(made.model_dump(exclude={"joined", "made"})))
        return self.model(*self.keys[n], type=shape.kind, **values)

    @classmethod
    def item(cls, instance: Any) -> dict[str, Any]:
        item = super().item(instance)
        for name in ("joined", "made"):
            if name in item:
                item[name] = {"S": item[name]["S"].replace("Z", "+0000")}
        return item

    def get_item(self) -> Any:
        return self.model.get(*self.keys[0])

    def put_item(self) -> object:
        return self.instances[0].save()

    def update_item(self) -> Any:
        instance = self.model(*self.keys[0])
        instance.update(actions=[path.set(value) for path, value in self.changes])
        return instance

    def query(self) -> Any:
        return list(self.model.query(self.keys[0][0], self.model.sk.startswith(self.prefix)))

    def batch_get_item(self) -> Any:
        return list(self.model.batch_get(self.keys))

    def batch_write_item(self) -> object:
        with self.model.batch_write() as batch:
            for instance in self.instances:
                batch.save(instance)
        return None


def _floats(value: Any) -> Any:
    """Give decimals as floats, the only fractions that PynamoDB's numbers take."""
    if isinstance(value, dict):
        return {name: _floats(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_floats(each) for each in value]
    return float(value) if hasattr(value, "as_tuple") else value


def _attributes(shape: Shape) -> dict[str, Any]:
    from pynamodb.attributes import UnicodeAttribute

    keys = {
        "pk": UnicodeAttribute(hash_key=True),
        "sk": UnicodeAttribute(range_key=True),
        "type": UnicodeAttribute(attr_name="_type"),
        "team": UnicodeAttribute(),
        "id": UnicodeAttribute(),
    }
    return keys | (_small() if shape.letter == "A" else _large())


def _small() -> dict[str, Any]:
    from pynamodb.attributes import (
        BooleanAttribute,
        NumberAttribute,
        UnicodeAttribute,
        UnicodeSetAttribute,
        UTCDateTimeAttribute,
    )

    return {
        "email": UnicodeAttribute(),
        "name": UnicodeAttribute(),
        "age": NumberAttribute(),
        "active": BooleanAttribute(),
        "balance": NumberAttribute(),
        "joined": UTCDateTimeAttribute(),
        "tags": UnicodeSetAttribute(),
    }


def _large() -> dict[str, Any]:
    from pynamodb.attributes import (
        ListAttribute,
        MapAttribute,
        NumberAttribute,
        UnicodeAttribute,
        UnicodeSetAttribute,
        UTCDateTimeAttribute,
    )

    place: Any = type(
        "Place", (MapAttribute,), {n: UnicodeAttribute() for n in ("street", "city", "country")}
    )
    line: Any = type(
        "Line",
        (MapAttribute,),
        {
            "product": UnicodeAttribute(),
            "quantity": NumberAttribute(),
            "price": NumberAttribute(),
        },
    )
    return {
        **{f"text_{n}": UnicodeAttribute() for n in range(12)},
        **{f"number_{n}": NumberAttribute() for n in range(8)},
        "home": place(),
        "work": place(null=True),
        "lines": ListAttribute(of=line),
        "limits": MapAttribute(),
        "labels": UnicodeSetAttribute(),
        "total": NumberAttribute(),
        "made": UTCDateTimeAttribute(),
        "note": UnicodeAttribute(null=True),
    }
