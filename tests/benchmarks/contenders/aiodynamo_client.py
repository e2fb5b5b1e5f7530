"""aiodynamo: an asyncio client that gives and takes plain dicts, over httpx."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.benchmarks.canned import Canned
from tests.benchmarks.contenders.contender import Contender, Way, plain
from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["Aiodynamo"]


class Aiodynamo(Contender):
    """`aiodynamo.client.Client`; its event loop runs through all repetitions."""

    name = "aiodynamo"
    package = "aiodynamo"
    notes = "dicts, not validated; decimals are floats; asyncio"

    def __init__(self, shape: Shape, way: Way) -> None:
        from aiodynamo.client import Client
        from aiodynamo.credentials import Key, StaticCredentials
        from aiodynamo.expressions import F
        from yarl import URL

        self.loop = asyncio.new_event_loop()
        self.session: Any = None
        endpoint = URL(way.url) if way.url else None
        credentials = StaticCredentials(Key("x", "x"))
        self.client = Client(self._http(way), credentials, "eu-west-1", endpoint)
        self.table = self.client.table(TABLE)
        self.partition_key, self.prefix = shape.partition_key, shape.prefix
        self.keys = [{"pk": self.partition_key, "sk": shape.sort_key(n)} for n in range(100)]
        self.items = [
            {**plain(shape.make(n).model_dump()), **self.keys[n], "_type": shape.kind}
            for n in range(25)
        ]
        self.changes = [(F(name), value) for name, value in shape.changes.items()]

    def _http(self, way: Way) -> Any:
        if isinstance(way, Canned):
            return _in_process(way)
        import httpx
        from aiodynamo.http.httpx import HTTPX

        self.session = httpx.AsyncClient()
        return HTTPX(self.session)

    async def get_item(self) -> Any:
        return await self.table.get_item(self.keys[0])

    async def put_item(self) -> object:
        return await self.table.put_item(self.items[0])

    async def update_item(self) -> Any:
        from aiodynamo.expressions import UpdateExpression
        from aiodynamo.models import ReturnValues

        expression = UpdateExpression()
        for field, value in self.changes:
            expression &= field.set(value)
        return await self.table.update_item(
            self.keys[0], expression, return_values=ReturnValues.all_new
        )

    async def query(self) -> Any:
        from aiodynamo.expressions import HashKey, RangeKey

        condition = HashKey("pk", self.partition_key) & RangeKey("sk").begins_with(self.prefix)
        page = await self.table.query_single_page(condition)
        return page.items

    async def batch_get_item(self) -> Any:
        from aiodynamo.models import BatchGetRequest

        answer = await self.client.batch_get({TABLE: BatchGetRequest(self.keys)})
        return answer.items[TABLE]

    async def batch_write_item(self) -> object:
        from aiodynamo.models import BatchWriteRequest

        return await self.client.batch_write({TABLE: BatchWriteRequest(items_to_put=self.items)})

    def field(self, found: Any, name: str) -> Any:
        return found[name]

    def repeat(self, run: Callable[[], Any], times: int) -> Any:
        async def all_of_them() -> Any:
            result = None
            for _ in range(times):
                result = None
                result = await run()
            return result

        return self.loop.run_until_complete(all_of_them())

    def close(self) -> None:
        if self.session is not None:
            self.loop.run_until_complete(self.session.aclose())
        # aiodynamo leaves a generator behind with each request.
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


def _in_process(way: Canned) -> Any:
    from aiodynamo.http.types import Response

    async def http(request: Any) -> Any:
        action = request.headers["X-Amz-Target"].rpartition(".")[2]
        return Response(200, way.answer(action, request.body))

    return http
