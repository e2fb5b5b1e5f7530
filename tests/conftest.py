"""Fixtures: engines, a `Mizzle` on each, and table names that never collide."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.linter import LintingTransport
from tests.support.engines import (
    EngineMissing,
    direct_transport,
    endpoint_from_environment,
    make_client,
    make_endpoint_client,
    mocked_client,
    running_dynoxide,
    skip_or_fail,
)

_endpoint = endpoint_from_environment()
# "direct" is Dynoxide again, over the direct transport.
_engines = ["moto", "dynoxide", "direct", *(["endpoint"] if _endpoint else [])]
_table_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def dynoxide_address() -> Iterator[str]:
    """The address of one Dynoxide for the whole run; it ends with the run."""
    try:
        with running_dynoxide() as address:
            yield address
    except EngineMissing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(scope="session")
def dynoxide_client(dynoxide_address: str) -> Iterator[Any]:
    client = make_client(dynoxide_address)
    yield client
    client.close()


@pytest.fixture
def moto_client() -> Iterator[Any]:
    with mocked_client() as client:
        yield client


@pytest.fixture(scope="session")
def endpoint_client() -> Iterator[Any]:
    if _endpoint is None:
        pytest.skip("MIZZLE_TEST_ENDPOINT is not set")
    client = make_endpoint_client(_endpoint)
    yield client
    client.close()


@pytest.fixture(scope="session")
def direct_client(dynoxide_client: Any) -> Any:
    """What looks past the library is a boto3 client there, too."""
    return dynoxide_client


@pytest.fixture(params=_engines)
def engine(request: pytest.FixtureRequest) -> Any:
    """Each engine in turn, by its name."""
    return request.param


@pytest.fixture
def client(engine: str, request: pytest.FixtureRequest) -> Any:
    """A boto3 client for the engine."""
    return request.getfixturevalue(f"{engine}_client")


@pytest.fixture(scope="session", params=["boto", "direct"])
def over(request: pytest.FixtureRequest) -> Any:
    """Each transport in turn, by its name."""
    return request.param


@pytest.fixture(scope="session")
def to_dynoxide(over: str, dynoxide_client: Any, dynoxide_address: str) -> Callable[[], Any]:
    """Open a transport to Dynoxide."""
    return partial(_open_transport, over, dynoxide_client, dynoxide_address)


def _open_transport(over: str, client: Any, address: str) -> Any:
    # Unit tests of the pure rooms do not pay for it.
    from mizzle.transports.boto import BotoTransport

    return direct_transport(address) if over == "direct" else BotoTransport(client)


@pytest.fixture
def make_db(engine: str, client: Any) -> Iterator[Callable[..., Any]]:
    """Make a `Mizzle` on the engine; every request it sends passes the request linter."""
    # Unit tests of the pure rooms do not pay for the executors.
    from mizzle import Mizzle

    made: list[Any] = []

    def make(**settings: Any) -> Any:
        transport = _open_transport(engine, client, client.meta.endpoint_url)
        made.append(Mizzle(transport=LintingTransport(transport), **settings))
        return made[-1]

    yield make
    for db in made:
        db.close()


@pytest.fixture
def db(make_db: Callable[..., Any]) -> Any:
    return make_db()


@pytest.fixture
def fresh_table_name(client: Any) -> Iterator[Callable[..., str]]:
    """Make names of tables that no other test has; the tables are deleted after the test.

    The processes of parallel runs may share an endpoint, hence the process id.
    """
    names: list[str] = []

    def make(label: str = "table") -> str:
        names.append(f"test-{label}-{os.getpid()}-{next(_table_numbers)}")
        return names[-1]

    yield make
    for name in names:
        # A test need not have created it, or may have deleted it.
        with suppress(client.exceptions.ResourceNotFoundException, ClientError):
            client.delete_table(TableName=name)
