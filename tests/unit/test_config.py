"""Settings are checked when they are made."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import MizzleConfig, RetryConfig
from mizzle.errors import ConfigurationError
from mizzle.request import Answer, Request


@pytest.mark.parametrize(
    "settings",
    [
        {"max_attempts": 0},
        {"max_attempts": 1.5},
        {"max_attempts": True},
        {"base_delay": -1},
        {"base_delay": 6},
        {"base_delay": float("nan")},
        {"max_delay": 0.01},
        {"base_delay": float("inf"), "max_delay": float("inf")},
        {"base_delay": "1"},
        {"deadline": "1"},
        {"deadline": 0},
        {"deadline": float("nan")},
    ],
    ids=str,
)
def test_retry_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        RetryConfig(**settings)


@pytest.mark.parametrize("retry", [None, {"max_attempts": 3}, 3])
def test_a_retry_setting_of_another_type_is_refused(retry: Any) -> None:
    with pytest.raises(ConfigurationError, match="retry is a RetryConfig"):
        MizzleConfig(retry=retry)


def test_a_table_is_called_what_tables_says_or_else_gets_the_prefix() -> None:
    config = MizzleConfig(table_prefix="dev-", tables={"a": "b"})
    assert (config.table_name("a"), config.table_name("c")) == ("b", "dev-c")


def test_requests_are_frozen_values_that_hide_their_items() -> None:
    request = Request("PutItem", {"TableName": "t", "Item": {"s": {"S": "secret"}}})
    assert request == Request("PutItem", dict(request.body))
    assert request != Request("GetItem", request.body)
    assert request != "PutItem"
    assert "secret" not in repr(request)
    assert request.to_json() is request.to_json()
    with pytest.raises(AttributeError, match="frozen"):
        request.operation = "GetItem"


def test_an_answer_without_a_body_is_empty() -> None:
    assert Answer(b"").data == {}
