"""Sizes: the rule of the service, checked against slower ways to count."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings

from mizzle.values import calculate_item_size, encode_value, largest_attributes, number_text
from tests.properties.strategies import decimals, json_values


@settings(max_examples=100, deadline=None)
@given(value=json_values)
def test_wire_json_is_longer_than_the_item(value: Any) -> None:
    item = {"name": encode_value(value)}
    assert len(json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode()) > (
        calculate_item_size(item)
    )


@settings(max_examples=200, deadline=None)
@given(value=decimals)
def test_a_number_takes_a_byte_per_pair_of_digits(value: Decimal) -> None:
    plain = format(Decimal(number_text(value)).copy_abs(), "f")
    whole, _, fraction = plain.partition(".")
    digits = whole.zfill(len(whole) + len(whole) % 2) + fraction + "0" * (len(fraction) % 2)
    pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    while pairs and pairs[0] == "00":
        del pairs[0]
    while pairs and pairs[-1] == "00":
        del pairs[-1]
    expected = min(21, 1 + len(pairs) + (value < 0)) if pairs else 1
    assert calculate_item_size({"": {"N": number_text(value)}}) == expected


@settings(max_examples=50, deadline=None)
@given(value=json_values)
def test_the_largest_attributes_add_up_to_the_item(value: Any) -> None:
    item = {"a": encode_value(value), "bb": {"S": "x"}, "c": {"NULL": True}}
    largest = largest_attributes(item, n=5)
    assert sum(size for _, size in largest) == calculate_item_size(item)
    assert [size for _, size in largest] == sorted((size for _, size in largest), reverse=True)
