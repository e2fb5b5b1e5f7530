"""The size gate: what we accept the engine accepts, and what we refuse it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import (
    Attr,
    Entity,
    ItemSizeExceededError,
    Mizzle,
    PrimaryKey,
    Table,
    attr,
    calculate_item_size,
    insert,
    put,
    update,
)
from mizzle.errors import InvalidRequestError
from mizzle.limits import MAX_ITEM_BYTES
from mizzle.model.schema import schema_of
from mizzle.request import Request

table = Table("big", partition_key="pk")


class Big(Entity, table=table):
    id: Attr[str] = attr(default="k")
    fill: Attr[str] = attr(default="")
    text: Attr[str] = attr(default="")
    many: Attr[list[str]] = attr(default_factory=list)
    numbers: Attr[set[int]] = attr(default_factory=set)
    nested: Attr[dict[str, Any]] = attr(default_factory=dict)

    primary = PrimaryKey("BIG#{id}")


def deep(levels: int, text: str) -> dict[str, Any]:
    return {"m": deep(levels - 1, text)} if levels else {"t": text}


# Pairs of digits such as those of 120 are counted differently by the engine; AWS's rule is not known.
NUMBERS = {n for n in range(1, 99_000) if n % 10}

KINDS = {
    "string": {"text": "x" * 400_000},
    "list": {"many": ["x" * 99] * 4_000},
    "numbers": {"numbers": NUMBERS},
    "maps": {"nested": deep(9, "x" * 390_000)},
    "non-ascii": {"text": "é€𝄞" * 40_000},
}


def filled(kind: str, size: int) -> Big:
    """Make an item of exactly this size, most of it of one kind."""
    bare = Big(**KINDS[kind])
    return Big(**KINDS[kind], fill="x" * (size - calculate_item_size(bare)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_gate_agrees_with_the_engine(to_dynoxide: Any, fresh_name: str, kind: str) -> None:
    db = Mizzle(transport=to_dynoxide(), tables={table: fresh_name})
    db.create_table(table)
    fits = filled(kind, MAX_ITEM_BYTES)
    assert calculate_item_size(fits) == MAX_ITEM_BYTES
    db.execute(insert(fits))

    large = filled(kind, MAX_ITEM_BYTES + 1)
    with pytest.raises(ItemSizeExceededError) as caught:
        db.execute(put(large))
    assert caught.value.size_bytes == MAX_ITEM_BYTES + 1
    # Past our gate, the engine says the same.
    body = put(Big(id="k")).compile(db.config).body
    item = schema_of(Big).encode(large).item
    with pytest.raises(InvalidRequestError, match="size"):
        db.transport.send(Request("PutItem", {**body, "Item": item}))
    db.delete_table(table)


@pytest.fixture
def fresh_name(request: pytest.FixtureRequest) -> str:
    return f"test-size-gate-{request.node.callspec.id}"


def test_the_refusal_names_entity_key_and_largest_attributes() -> None:
    with pytest.raises(ItemSizeExceededError) as caught:
        insert(Big(id="k", text="x" * 409_600)).compile()
    error = caught.value
    assert error.entity is Big
    assert error.key == {"pk": {"S": "BIG#k"}}
    assert error.limit_bytes == MAX_ITEM_BYTES
    assert error.largest[0] == ("text", 409_604)
    assert "Largest attributes: text (409,604)" in str(error)


def test_an_update_is_refused_if_what_it_writes_alone_is_too_large() -> None:
    with pytest.raises(ItemSizeExceededError):
        update(Big, id="k").set(Big.text, "x" * 409_600).compile()
    update(Big, id="k").set(Big.text, "x" * 409_000).compile()
