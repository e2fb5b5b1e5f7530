"""Generated code writes and reads what the codecs write and read, whatever is stored."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mizzle import Attr, Entity, ItemDecodeError, PrimaryKey, Table
from mizzle.model.entity import EntityMeta
from mizzle.model.schema import EntitySchema, schema_of
from mizzle.statements.select_rows import EntityRows, TupleRows
from tests.properties.strategies import Case, cases


class Keyed(Entity):
    key_id: Attr[str]

    primary = PrimaryKey("KEY#{key_id}")


class Text(str):
    __slots__ = ()


# Besides each other's values, these are assigned where something else is declared.
ODD_VALUES: list[Any] = [
    None, True, 0, -1, 10**40, 1.5, math.nan, Decimal("1.50"), Decimal("NaN"), "", "x", "\ud800", "é",
    '"\\', Text("sub"), b"x", [], [None], ["a", 1], (), set(), {"a"}, {"\ud800"}, {1}, {"a", 1}, {},
    {"a": None}, {1: 2}, {"{v}": 1}, datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=3))), object(),
]  # fmt: skip

# Besides each other's attributes, these stand where something else is expected.
ODD: list[Any] = [
    {"NULL": True},
    {"BOOL": False},
    {"S": ""},
    {"S": "red"},
    {"S": "2026-11-24"},
    {"S": "2026-11-24T12:00:00.000000Z"},
    {"S": "2026-11-24T12:00:00+01:00"},
    {"S": "01938F5E-0000-7000-8000-00000000ADA0"},
    {"S": "12"},
    {"N": "0"},
    {"N": "1"},
    {"N": "1.5"},
    {"N": "1.50"},
    {"N": "1E+3"},
    {"N": "-20"},
    {"B": "YQ=="},
    {"SS": ["a", "b"]},
    {"NS": ["1", "2.5"]},
    {"BS": ["YQ=="]},
    {"L": []},
    {"L": [{"S": "a"}, {"N": "1"}]},
    {"M": {}},
    {"M": {"x": {"N": "1"}, "label": {"S": "a"}}},
    {"M": {"a": {"NULL": True}}},
]

relaxed = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def entity_of(case: Case) -> tuple[EntitySchema, Any]:
    table = Table("generated", partition_key="partition")
    cls: Any = EntityMeta("Generated", (Keyed, case.model), {"__module__": __name__}, table=table)
    return schema_of(cls), cls.model_construct(key_id="k", **case.instance.__dict__)


def by_codecs(schema: EntitySchema, item: Any) -> Any:
    try:
        return schema.codec.validate(schema.fields_of(item))
    except Exception as error:  # noqa: BLE001  # a validator may raise whatever it likes
        return type(error), str(error)


def by_generated_code(schema: EntitySchema, item: Any) -> Any:
    try:
        return schema.items.read(item)
    except ItemDecodeError as error:
        return type(error.__cause__), str(error.__cause__)


def alike(one: Any, other: Any) -> bool:
    """Tell whether two values are equal and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, set | frozenset):
        return one == other and {*map(type, one)} == {*map(type, other)}
    return alike(vars(one), vars(other)) if hasattr(one, "__dict__") else bool(one == other)


def written(schema: EntitySchema, entity: Any) -> Any:
    item = schema.encode(entity).item
    return {name: value for name, value in item.items() if name not in {"partition", "_type"}}


def checked(schema: EntitySchema, entity: Any) -> Any:
    return schema.codec.encode_checked(entity)


def outcome(write: Any, schema: EntitySchema, entity: Any) -> Any:
    try:
        return write(schema, entity)
    except Exception as error:  # noqa: BLE001  # a validator may raise whatever it likes
        return type(error), str(error)


@relaxed
@given(case=cases())
def test_what_is_written_is_the_same(case: Case) -> None:
    schema, entity = entity_of(case)
    event("generated" if schema.items.source else "left to the codecs")
    assert written(schema, entity) == schema.codec.encode_checked(entity)


@relaxed
@given(case=cases(), data=st.data())
def test_what_is_not_as_declared_is_stored_or_refused_alike(
    case: Case, data: st.DataObject
) -> None:
    schema, entity = entity_of(case)
    name = data.draw(st.sampled_from(sorted(case.instance.__dict__)))
    entity.__dict__[name] = data.draw(
        st.sampled_from(ODD_VALUES) | st.sampled_from(list(entity.__dict__.values()))
    )
    found, expected = outcome(written, schema, entity), outcome(checked, schema, entity)
    event("stored" if isinstance(expected, dict) else "refused")
    assert found == expected


@relaxed
@given(case=cases())
def test_what_is_validated_is_what_will_be_read(case: Case) -> None:
    schema, entity = entity_of(case)
    items = schema.items
    if items.source is None or items._is_certain:
        event("never validated")
        return
    try:
        _, stored = items._encode(entity)
    except Exception as error:  # noqa: BLE001  # what is not as usual is left to the codecs
        event(f"not as usual: {type(error).__name__}")
        return
    event("as usual")
    item = schema.codec.encode_checked(entity)
    assert alike(
        items._validate(stored, by_name=True), items._validate(items._decode(item), by_name=True)
    )


@relaxed
@given(case=cases(), data=st.data())
def test_what_is_read_is_the_same(case: Case, data: st.DataObject) -> None:
    schema, entity = entity_of(case)
    item = schema.encode(entity).item
    assert alike(by_generated_code(schema, item), by_codecs(schema, item))
    names = [name for name in item if name not in {"partition", "_type"}]
    others = [item[name] for name in names]
    for name in data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True)):
        changed = data.draw(st.none() | st.sampled_from(ODD) | st.sampled_from(others))
        if changed is None:
            del item[name]
        else:
            item[name] = changed
    found, expected = by_generated_code(schema, item), by_codecs(schema, item)
    event("read" if isinstance(expected, Entity) else "refused")
    assert alike(found, expected)


@relaxed
@given(case=cases(max_fields=2), data=st.data())
def test_a_page_is_read_as_its_items(case: Case, data: st.DataObject) -> None:
    schema, entity = entity_of(case)
    item = schema.encode(entity).item
    broken = {**item, "key_id": {"N": "5"}}
    chosen = data.draw(st.lists(st.booleans(), max_size=140))
    items = [item if is_whole else broken for is_whole in chosen]
    found = EntityRows(schema).read_all(list(items))
    assert [isinstance(each, ItemDecodeError) for each in found] == [not each for each in chosen]
    whole = [each for each in found if not isinstance(each, ItemDecodeError)]
    assert whole == [entity] * len(whole)


@relaxed
@given(case=cases(), data=st.data())
def test_a_few_fields_are_read_as_one_by_one(case: Case, data: st.DataObject) -> None:
    schema, entity = entity_of(case)
    item = schema.encode(entity).item
    fields = [name for name in schema.codec.fields if name != "key_id"]
    chosen = data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=4))
    rows = TupleRows(schema, [getattr(schema.cls, name) for name in chosen])
    event("generated" if rows._codec else "one by one")
    singly = TupleRows(schema, [getattr(schema.cls, name) for name in chosen])
    singly._codec = None
    assert alike(shown(rows.read_all([item])), shown(singly.read_all([item])))
    for name in data.draw(st.lists(st.sampled_from(sorted(item)), max_size=2, unique=True)):
        changed = data.draw(st.none() | st.sampled_from(ODD))
        item.pop(name)
        if changed is not None:
            item[name] = changed
    item.setdefault("partition", {"S": "KEY#k"})
    assert alike(shown(rows.read_all([item])), shown(singly.read_all([item])))


def shown(found: list[Any]) -> list[Any]:
    return [str(each) if isinstance(each, ItemDecodeError) else each for each in found]
