"""V1: what is stored is what is read, for every type that a model may declare."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from mizzle.model.codecs import document_codec
from mizzle.values import decode_value, encode_value
from tests.properties.strategies import Case, cases, json_values


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(case=cases())
def test_an_instance_is_read_back_as_it_was_written(case: Case) -> None:
    codec = document_codec(case.model)
    assert codec.validate_item(codec.encode_checked(case.instance)) == case.instance


@settings(max_examples=100, deadline=None)
@given(value=json_values)
def test_json_is_read_back_as_it_was_written(value: Any) -> None:
    found = decode_value(encode_value(value))
    assert found == value
    assert repr(type(found)) == repr(type(value)) or isinstance(value, float)
