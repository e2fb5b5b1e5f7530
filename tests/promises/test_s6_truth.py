"""S6: conditions cannot be dropped by accident."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models import User


@pytest.mark.parametrize(
    "use",
    [
        lambda: bool(User.logins > 3),
        lambda: (User.logins > 3) and (User.name == "a"),
        lambda: 3 < User.logins < 5,
        lambda: not User.name.exists(),
        lambda: bool(User.logins),
        lambda: bool(User.name.size()),
    ],
    ids=["bool", "and", "chain", "not", "path", "size"],
)
def test_a_condition_has_no_truth_value(use: Any) -> None:
    with pytest.raises(TypeError):
        use()


def test_the_message_says_what_to_use() -> None:
    with pytest.raises(TypeError, match=r"User\.logins > \.\.\. cannot be used.*& \| ~"):
        bool(User.logins > 3)


def test_a_path_cannot_be_iterated() -> None:
    with pytest.raises(TypeError):
        list(User.name)  # type: ignore[call-overload]
