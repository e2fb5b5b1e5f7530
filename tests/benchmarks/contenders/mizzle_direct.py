"""Mizzle over a transport of its own."""

from __future__ import annotations

from typing import Any

from mizzle import Mizzle, MizzleError
from tests.benchmarks.contenders.contender import Way
from tests.benchmarks.contenders.mizzle_boto import MizzleBoto

__all__ = ["MizzleDirect"]


class MizzleDirect(MizzleBoto):
    """`Mizzle(transport="direct")`."""

    name = "Mizzle (direct)"
    is_in_process = False
    notes = "entities, validated both ways, without boto3"

    @classmethod
    def missing(cls) -> str | None:
        try:
            db = _direct("http://127.0.0.1:9")
        except (TypeError, MizzleError) as error:
            return f'Mizzle does not take transport="direct": {error}'
        if isinstance(db.transport, str):
            return 'this Mizzle does not know transport="direct"'
        db.close()
        return None

    def _connect(self, way: Way) -> Mizzle:
        assert way.url is not None, "it is answered over a socket only"
        return _direct(way.url)


def _direct(url: str) -> Mizzle:
    options: dict[str, Any] = {"transport": "direct", "endpoint_url": url}
    return Mizzle(**options, region="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
