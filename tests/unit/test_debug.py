"""The generated code can be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ConfigDict, model_validator

from mizzle import Attr, Entity, PrimaryKey, StatementError, Table
from mizzle.debug import codec_source
from tests.models import Address, Order

table = Table("odd", partition_key="pk")


class Base(Entity):
    id: Attr[str]

    primary = PrimaryKey("{id}")


class Checked(Base, table=table, name="a"):
    primary = PrimaryKey("A#{id}")

    @model_validator(mode="before")
    @classmethod
    def look(cls, data: Any) -> Any:
        return data


class Strict(Base, table=table, name="b"):
    model_config = ConfigDict(strict=True)
    primary = PrimaryKey("B#{id}")


class Open(Base, table=table, name="c"):
    model_config = ConfigDict(extra="allow")
    primary = PrimaryKey("C#{id}")


def test_the_source_is_short_and_names_the_fields() -> None:
    source = codec_source(Order)
    assert source is not None
    assert "def encode(instance):" in source
    assert "'total': item['total'][\"N\"]," in source
    assert len(source.splitlines()) < 12 + 7 * len(Order.model_fields)


@pytest.mark.parametrize("entity", [Checked, Strict, Open])
def test_there_is_none_where_what_is_stored_is_seen(entity: type[Entity]) -> None:
    assert codec_source(entity) is None


def test_it_is_for_entities() -> None:
    with pytest.raises(StatementError, match="expected the class of an entity"):
        codec_source(Address)  # type: ignore[arg-type]
