"""S3: no accidental full scan."""

from __future__ import annotations

from typing import Any

import pytest

from mizzle import FullScanError, insert, select
from tests.models import User, ada, order


def test_a_select_that_no_key_serves_names_the_fields() -> None:
    with pytest.raises(FullScanError) as caught:
        select(User).where(User.name == "Ada").compile()
    assert caught.value.fields == (("id",), ("email",))
    assert "User.id == ... or User.email == ..." in str(caught.value)
    assert ".scan()" in str(caught.value)


def test_scan_allows_it_and_returns_only_the_entity(shop: Any) -> None:
    shop.execute(insert(ada()))
    shop.execute(insert(order()))
    assert shop.execute(select(User).where(User.name == "Ada").scan()) == [ada()]
    assert shop.execute(select(User).scan()) == [ada()]
