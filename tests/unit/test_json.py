"""JSON is the same with and without the extra `fast`."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import request
from mizzle.request import Answer, from_json, to_json

VALUES: list[Any] = [
    {},
    {"Item": {"a": {"S": 'é "\\\n\x1f\x7f\U0010ffff'}, "n": {"N": "1E+100"}}},
    {"Limit": 2**63 + 2**65},
    [True, None, 0, -1],
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_it_is_written_and_read_alike(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = to_json(value)
    assert from_json(fast.encode()) == value or "Limit" in value
    monkeypatch.setattr(request, "_orjson", None)
    assert to_json(value) == fast
    assert from_json(fast.encode()) == value


@pytest.mark.parametrize("is_fast", [True, False])
def test_what_is_no_json_is_a_value_error(is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_fast:
        monkeypatch.setattr(request, "_orjson", None)
    with pytest.raises(ValueError, match=r"."):
        from_json(b"{")


def test_a_taken_body_is_not_kept() -> None:
    answer = Answer(b'{"Items":[1,2]}')
    taken = answer.take()
    assert taken == {"Items": [1, 2]}
    del taken["Items"]
    assert answer.data == {"Items": [1, 2]}
    assert answer.take() is not taken
