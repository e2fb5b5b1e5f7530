"""The engines are there, and each test has tables of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.support.engines import make_client, running_dynoxide


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_tables_of_its_own(
    client: Any, fresh_table_name: Callable[..., str], attempt: int
) -> None:
    names = [fresh_table_name("same"), fresh_table_name("same")]
    for name in names:
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName=name, Item={"pk": {"S": str(attempt)}})
        items = client.scan(TableName=name)["Items"]
        assert items == [{"pk": {"S": str(attempt)}}]


def test_a_dynoxide_of_ones_own_ends_with_its_block(dynoxide_address: str) -> None:
    with running_dynoxide() as address:
        assert address != dynoxide_address
        client = make_client(address)
        assert client.list_tables()["TableNames"] == []
    with pytest.raises(EndpointConnectionError):
        client.list_tables()
    client.close()
