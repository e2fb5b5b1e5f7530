"""V4: an attribute that the model does not know survives a read-modify-update."""

from __future__ import annotations

from typing import Any

from mizzle import get, insert, update
from tests.models import ADA, User, ada


def test_unknown_attributes_survive(shop: Any, client: Any, stored: Any) -> None:
    shop.execute(insert(ada()))
    client.update_item(
        TableName=shop.config.table_name("app"),
        Key={"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "PROFILE"}},
        UpdateExpression="SET later = :l",
        ExpressionAttributeValues={":l": {"S": "from a newer version"}},
    )
    user = shop.execute(get(User, id=ADA))
    shop.execute(update(user).set(User.name, "Ada L."))
    assert stored(user)["later"] == {"S": "from a newer version"}
