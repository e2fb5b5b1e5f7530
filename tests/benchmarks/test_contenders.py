"""Every library that is installed gives the right answers, in process and over the stub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from zlib import crc32

import pytest

from tests.benchmarks.canned import Canned
from tests.benchmarks.contenders import CONTENDERS, Contender, Way, check
from tests.benchmarks.measuring import IN_PROCESS, STUB
from tests.benchmarks.operations import OPERATIONS
from tests.benchmarks.shapes import SHAPES
from tests.benchmarks.stub import Stub

# What others warn of is theirs.
pytestmark = pytest.mark.filterwarnings("default")

INSTALLED = [each for each in CONTENDERS.values() if each.missing() is None]
CASES = [
    pytest.param(kind, way, id=f"{kind.name}, {way}")
    for kind in INSTALLED
    for way in (IN_PROCESS, STUB)
    if kind.is_in_process or way == STUB
]


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub() as running:
        yield running


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
@pytest.mark.parametrize("letter", SHAPES)
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_an_operation_is_done(kind, name, letter, operation, stub) -> None:
    shape = SHAPES[letter]
    if operation.count == 0:
        # A page that is not long shows as much.
        shape = shape._replace(page=7)
    content = operation.answer(shape, kind.item)
    way: Way = (
        Canned(operation.action, content)
        if name == IN_PROCESS
        else stub.listen(operation.action, content)
    )
    with closing(kind(shape, way)) as contender:
        check(contender, operation, shape, way)


@pytest.mark.parametrize("name", ["GetItem", "UpdateItem", "Query 100", "BatchGetItem 100"])
def test_another_answer_is_seen(name: str) -> None:
    """Or nobody would know that a contender is measured failing."""
    operation, shape = OPERATIONS[name], SHAPES["A"]
    other = operation.answer(shape, CONTENDERS["raw"].item)
    other = other.replace(b"user0@", b"user9@").replace(b"Ada Lovelace", b"Ada Byron")
    way = Canned(operation.action, other)
    with closing(CONTENDERS["raw"](shape, way)) as contender, pytest.raises(AssertionError):
        check(contender, operation, shape, way)


def test_a_write_of_something_else_is_seen() -> None:
    operation, shape = OPERATIONS["PutItem"], SHAPES["A"]
    way = Canned(operation.action, b"{}")
    with closing(CONTENDERS["raw"](shape, way)) as contender:
        contender.item_put.pop("tags")  # type: ignore[attr-defined]  # the raw client's own
        with pytest.raises(AssertionError):
            check(contender, operation, shape, way)


def test_what_boto3_needs_is_always_measured() -> None:
    names = {"raw", "resource + pydantic", "Mizzle (boto)"}
    assert names <= {each.name for each in INSTALLED}


def test_what_is_not_installed_says_so() -> None:
    class Nowhere(CONTENDERS["raw"]):  # type: ignore[misc]  # a class from a table
        package = "no-such-distribution"

    assert Nowhere.missing() == "no-such-distribution is not installed"


@pytest.mark.parametrize("kind", CONTENDERS.values(), ids=list(CONTENDERS))
def test_a_contender_has_a_word_for_its_readers(kind: type[Contender]) -> None:
    assert kind.notes
    assert CONTENDERS[kind.name] is kind


def test_the_stub_refuses_other_operations(stub: Stub) -> None:
    port = stub.listen("GetItem", b'{"Item":{}}')
    asked = Request(port.url, b"{}", {"X-Amz-Target": "DynamoDB_20120810.PutItem"})
    with pytest.raises(HTTPError) as raised:
        urlopen(asked)
    with raised.value as refusal:
        assert refusal.code == 400


def test_the_stub_sends_its_checksum_and_keeps_the_request(stub: Stub) -> None:
    port = stub.listen("GetItem", b'{"Item":{}}')
    asked = Request(port.url, b'{"a":1}', {"X-Amz-Target": "DynamoDB_20120810.GetItem"})
    with urlopen(asked) as answer:
        assert answer.read() == b'{"Item":{}}'
        assert answer.headers["x-amz-crc32"] == str(crc32(b'{"Item":{}}'))
    assert json.loads(port.last_request()) == {"a": 1}


def test_the_stub_ends_with_its_handle() -> None:
    stub = Stub()
    stub.listen("GetItem", b"{}")
    stub.close()
    assert stub.returncode == 0
