"""The seeds of the fault plans: two in an ordinary run, five in a long one (CONTRIBUTING.md).

Each transport takes turns with the other, so an ordinary run has one seed for each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from mizzle.transports.boto import BotoTransport
from tests.support.engines import direct_transport, make_client

__all__ = ["SEEDS", "transport_for"]

SEEDS = range(1, 1 + int(os.environ.get("MIZZLE_FAULT_SEEDS", "2")))


@contextmanager
def transport_for(seed: int, url: str) -> Iterator[Any]:
    """Open the transport whose turn it is: boto3's client for the odd seeds."""
    if seed % 2 == 0:
        with closing(direct_transport(url, max_pool_connections=20)) as direct:
            yield direct
    else:
        with closing(make_client(url, max_pool_connections=20)) as client:
            yield BotoTransport(client)
