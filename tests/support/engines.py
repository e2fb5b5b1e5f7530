"""The engines that tests run against: moto in process, Dynoxide, and any endpoint.

Dynoxide (https://www.npmjs.com/package/@dynoxide/linux-x64) is one static binary. It is fetched once
with npm into `.engines` and started once per test run, on a free loopback port.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from moto import mock_aws

__all__ = [
    "EngineMissing",
    "direct_transport",
    "endpoint_from_environment",
    "find_dynoxide",
    "make_client",
    "make_endpoint_client",
    "mocked_client",
    "running_dynoxide",
    "skip_or_fail",
]

_ENGINES = Path(__file__).resolve().parents[2] / ".engines"
_PACKAGE = "@dynoxide/linux-x64"
_VERSION = "1.2.1"
_BINARY = _ENGINES / "node_modules" / _PACKAGE / "dynoxide"

_FETCH_SECONDS = 180
_START_SECONDS = 20
_STOP_SECONDS = 5


class EngineMissing(Exception):  # noqa: N818  # not an error of the library, but a reason to skip
    """An engine cannot be had on this machine; the message says why."""


def endpoint_from_environment() -> str | None:
    """Give the address of an engine that someone else runs."""
    return os.environ.get("MIZZLE_TEST_ENDPOINT") or None


def skip_or_fail(reason: str) -> None:
    """Skip a test for want of Dynoxide; where it is required, fail.

    It is required where `CI` is true or `MIZZLE_REQUIRE_DYNOXIDE` is set: a run without it has not
    tested much.
    """
    required = os.environ.get("MIZZLE_REQUIRE_DYNOXIDE", "0") not in {"", "0"}
    if required or os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"the reference engine is required here: {reason}", pytrace=False)
    pytest.skip(f"without the reference engine: {reason}")


def find_dynoxide() -> Path:
    """Give the binary's path, fetching it first if need be.

    Raises:
        EngineMissing: If it is not there and cannot be fetched.
    """
    if not _BINARY.is_file():
        with _locked(_ENGINES):
            # Another process may have fetched it while this one waited.
            if not _BINARY.is_file():
                _fetch()
    return _BINARY


def _fetch() -> None:
    if not sys.platform.startswith("linux") or os.uname().machine != "x86_64":
        message = f"{_PACKAGE} does not run here; set MIZZLE_TEST_ENDPOINT to use another engine"
        raise EngineMissing(message)
    npm = shutil.which("npm")
    if npm is None:
        message = f"npm, which fetches {_PACKAGE}, is not installed"
        raise EngineMissing(message)
    package = f"{_PACKAGE}@{_VERSION}"
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(_ENGINES), package]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_FETCH_SECONDS)
    except subprocess.TimeoutExpired as error:
        message = f"npm did not fetch {package} within {_FETCH_SECONDS} s"
        raise EngineMissing(message) from error
    except subprocess.CalledProcessError as error:
        message = f"npm could not fetch {package}: {error.stderr.strip()}"
        raise EngineMissing(message) from error
    if not _BINARY.is_file():
        message = f"{package} came without {_BINARY.name}"
        raise EngineMissing(message)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other test runs on this machine out while one of them fetches."""
    directory.mkdir(exist_ok=True)
    with (directory / "lock").open("w") as lock:
        # The lock is the open file's, so the system drops it even if the process is killed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running_dynoxide() -> Iterator[str]:
    """Run a Dynoxide of one's own, empty and in memory; give its address.

    Raises:
        EngineMissing: If it cannot be had, or does not start.
    """
    binary = find_dynoxide()
    process, address = _start(binary)
    try:
        yield address
    finally:
        _stop(process)


def _start(binary: Path, attempts: int = 3) -> tuple[subprocess.Popen[bytes], str]:
    for _ in range(attempts):
        # Between choosing the port and listening, another process may take it: then once more.
        port = _free_port()
        process = subprocess.Popen(
            [str(binary), "--host", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # For ends of this process that unwind nothing; of a process that has ended, it does nothing.
        atexit.register(process.kill)
        address = f"http://127.0.0.1:{port}"
        try:
            answers = _wait_until_it_answers(process, address)
        except BaseException:
            # An interrupt must not leave an orphan either.
            _stop(process)
            raise
        if answers:
            return process, address
        _stop(process)
    message = f"{binary} did not answer on a loopback port in {attempts} attempts"
    raise EngineMissing(message)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str) -> bool:
    client = make_client(address)
    try:
        deadline = time.monotonic() + _START_SECONDS
        # An answer from a process that has ended is another program's on the same port.
        while process.poll() is None and time.monotonic() < deadline:
            try:
                client.list_tables()
            except BotoCoreError:
                time.sleep(0.02)
            else:
                return process.poll() is None
        return False
    finally:
        client.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def make_client(endpoint_url: str | None = None, settings: Any = None, **options: Any) -> Any:
    """Make a boto3 client with dummy credentials that does not repeat requests.

    Args:
        endpoint_url: Where to; AWS if left out, or moto within its mock.
        settings: A `botocore.config.Config` that is merged over the one used here.
        options: Members of such a config.
    """
    config = Config(
        proxies={}, connect_timeout=5, retries={"mode": "standard", "total_max_attempts": 1}
    ).merge(Config(**options))
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=config if settings is None else config.merge(settings),
    )


def direct_transport(endpoint_url: str, **options: Any) -> Any:
    """Make a transport with connections of its own, with the settings of `make_client`.

    Args:
        endpoint_url: Where to.
        options: Members of a `botocore.config.Config`.
    """
    # Unit tests of the pure rooms do not pay for it.
    from mizzle.transports.direct import DirectTransport
    from mizzle.transports.settings import resolve

    return DirectTransport(
        resolve(
            _session(),
            endpoint_url=endpoint_url,
            region="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(proxies={}, connect_timeout=5).merge(Config(**options)),
        )
    )


@functools.cache
def _session() -> Any:
    """One session, as the first client of each costs more than all its others."""
    return botocore.session.Session()


def make_endpoint_client(endpoint_url: str) -> Any:
    """Make a boto3 client for an endpoint whose region and credentials are the environment's."""
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    keys: dict[str, Any] = {}
    if "AWS_ACCESS_KEY_ID" not in os.environ and "AWS_PROFILE" not in os.environ:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("dynamodb", endpoint_url=endpoint_url, region_name=region, **keys)


@contextmanager
def mocked_client() -> Iterator[Any]:
    """Give a boto3 client whose requests moto answers in this process."""
    with mock_aws():
        client = make_client()
        try:
            yield client
        finally:
            client.close()
