from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.models import app


@pytest.fixture
def shop(make_db: Callable[..., Any], fresh_table_name: Callable[[str], str]) -> Any:
    """A client whose table `app` of the tour exists and is empty."""
    db = make_db(tables={app: fresh_table_name("app")})
    db.create_table(app)
    return db


@pytest.fixture
def stored(shop: Any, client: Any) -> Callable[[Any], dict[str, Any]]:
    """Read an item past the library, as boto3 gives it."""

    def read(entity: Any) -> dict[str, Any]:
        from mizzle.model.schema import schema_of

        key = schema_of(type(entity)).key_of(entity)
        name = shop.config.table_name("app")
        answer = client.get_item(TableName=name, Key=key, ConsistentRead=True)
        return answer.get("Item", {})

    return read
