"""Requests and answers on connections of our own, over loopback sockets; nothing is mocked."""

from __future__ import annotations

import ctypes
import datetime as dt
import functools
import gc
import gzip
import itertools
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, VerifyMode
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from moto import mock_aws

from mizzle import Mizzle
from mizzle.errors import (
    ConditionFailedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    ServiceError,
)
from mizzle.request import Request
from mizzle.transports import Transport
from mizzle.transports.boto import BotoTransport
from mizzle.transports.direct import DirectTransport
from mizzle.transports.forking import ForkingGate, ForkingLock
from mizzle.transports.settings import resolve
from tests.faults.stub import (
    Reply,
    Stub,
    damaged,
    error,
    hang,
    leave,
    off,
    ok,
    page,
    raw,
    reset,
    truncated,
)

GET = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": "ä"}}})
TRANSACT = Request(
    "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "app", "Item": {}}}]}
)
ITEM = {"pk": {"S": "ä"}, "b": {"B": "AAH/"}, "bs": {"BS": ["AA==", "AQ=="]}, "n": {"N": "1.50"}}
GOOD = ok({"Item": ITEM})

LOADER = botocore.session.Session().get_component("data_loader")


def new_session() -> Any:
    """A session that has parsed the service's model before."""
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    return session


SETTINGS: dict[str, Any] = {
    "region": "eu-west-1",
    "aws_access_key_id": "a",
    "aws_secret_access_key": "s",
}


def direct_to(url: str, session: Any = None, **options: Any) -> DirectTransport:
    verify = options.pop("verify", None)
    config = Config(**{"proxies": {}, **options})
    settings = {} if session else SETTINGS
    found = resolve(
        session or new_session(),
        **{"region": "eu-west-1", **settings},
        endpoint_url=url,
        config=config,
        verify=verify,
    )
    return DirectTransport(found)


def boto_to(url: str, **options: Any) -> BotoTransport:
    verify = options.pop("verify", None)
    return BotoTransport(
        new_session().create_client(
            "dynamodb",
            endpoint_url=url,
            region_name="eu-west-1",
            **{name: value for name, value in SETTINGS.items() if name != "region"},
            config=Config(**{"proxies": {}, **options}),
            verify=verify,
        )
    )


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub({"GetItem": GOOD, "DescribeTable": ok({"Table": {}})}) as stub:
        yield stub


@pytest.fixture
def direct(stub: Stub) -> Iterator[DirectTransport]:
    with closing(direct_to(stub.url)) as transport:
        yield transport


def peers(stub: Stub) -> int:
    """Say over how many connections requests have come."""
    return len({request.peer for request in stub.arrived})


def test_a_request_is_sent_as_it_is_and_its_answer_given_as_it_came(
    stub: Stub, direct: DirectTransport
) -> None:
    transport: Transport = direct

    assert transport.send(GET).data == {"Item": ITEM}
    [arrived] = stub.arrived
    assert (arrived.operation, arrived.body) == ("GetItem", GET.body)


def test_the_headers_are_botocores_but_for_its_counting_of_attempts(stub: Stub) -> None:
    transports = (boto_to(stub.url), direct_to(stub.url))
    for transport in transports:
        transport.send(GET)
        transport.close()

    theirs, ours = ({**request.headers} for request in stub.arrived)
    for name in ("amz-sdk-invocation-id", "amz-sdk-request"):
        theirs.pop(name)
    assert ours.keys() == theirs.keys()
    different = {name for name in ours if ours[name] != theirs[name]}
    # The user agent says in botocore's own letters which of its features were used.
    assert different <= {"Authorization", "User-Agent", "X-Amz-Date"}
    assert ours["User-Agent"].split(" m/")[0] == theirs["User-Agent"].split(" m/")[0]


def test_many_requests_take_one_connection(stub: Stub, direct: DirectTransport) -> None:
    for _ in range(50):
        direct.send(GET)

    assert (len(stub.arrived), peers(stub)) == (50, 1)


def test_a_connection_that_the_server_has_closed_is_replaced() -> None:
    def once(handler: Any) -> None:
        GOOD(handler)
        handler.close_connection = True

    with Stub({"GetItem": once}) as stub, closing(direct_to(stub.url)) as transport:
        for _ in range(5):
            transport.send(GET)
            # What was sent does not show that it was the last.
            wait_for(lambda: is_stale(transport))

        assert (len(stub.arrived), peers(stub)) == (5, 5)


def test_a_server_may_say_that_it_closes() -> None:
    def last(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    with Stub({"GetItem": last}) as stub, closing(direct_to(stub.url)) as transport:
        for _ in range(3):
            assert transport.send(GET).data == {}

        assert peers(stub) == 3


def test_an_answer_may_come_in_chunks() -> None:
    def chunked(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b'8\r\n{"Item":\r\n5\r\n null\r\n1\r\n}\r\n0\r\n\r\n')

    with Stub({"GetItem": chunked}) as stub, closing(direct_to(stub.url)) as transport:
        for _ in range(2):
            assert transport.send(GET).data == {"Item": None}

        assert peers(stub) == 1


def test_no_answer_is_taken_for_that_of_another_request() -> None:
    """What comes too much, or too late, goes down with its connection."""
    stale = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"Item": null}'

    def keep(data: bytes) -> Reply:
        return lambda handler: handler.wfile.write(data)

    early = keep(b"HTTP/1.1 103 Early Hints\r\n\r\n" + stale)
    replies = [keep(stale + stale), early, damaged({}), GOOD]
    with Stub({"GetItem": replies}) as stub, closing(direct_to(stub.url)) as transport:
        assert transport.send(GET).data == {"Item": None}
        for _ in range(2):
            with pytest.raises(DamagedAnswerError):
                transport.send(GET)
        assert transport.send(GET).data == {"Item": ITEM}

        assert peers(stub) == 4


def test_what_was_decrypted_too_much_goes_down_with_its_connection(
    certificate: Path,
) -> None:
    """A record of TLS may hold more than an answer, where no look at the socket finds it."""
    stale = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"Item": null}'
    body = b'{"Item": null' + b" " * 9_000 + b"}"
    large = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    replies: list[Reply] = [lambda handler: handler.wfile.write(large + stale), GOOD]
    with Stub({"GetItem": replies}, tls) as stub:
        with closing(direct_to(stub.url, verify=str(certificate))) as transport:
            assert transport.send(GET).data == {"Item": None}
            assert transport.send(GET).data == {"Item": ITEM}

        assert peers(stub) == 2


def test_an_answer_of_two_lengths_leaves_the_outcome_open() -> None:
    two = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\n{}     "
    with Stub({"GetItem": raw(two)}) as stub:
        ours = failure(direct_to(stub.url))

    assert isinstance(ours, ConnectionFailedError)
    assert ours.outcome_open is True


def is_stale(transport: DirectTransport) -> bool:
    [destination] = transport._destinations.values()
    idle = destination._line._pool.pool
    connection = idle.get()
    idle.put(connection)
    return connection.is_closed or not connection.is_connected


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


# Failures.


NOT_UTF_8 = "Service indisponible \xe9".encode("latin-1")
CONDITION = "ConditionalCheckFailedException"

# Reply, and what becomes of it: the error, its code, whether the outcome is open.
UNREADABLE: dict[str, tuple[Reply, type[ServiceError], str, bool]] = {
    "502-latin-1": (page(502, NOT_UTF_8), InternalServiceError, "502", True),
    "503-gzip": (page(503, gzip.compress(b"{}")), InternalServiceError, "503", True),
    "500-list": (page(500, b"[]"), InternalServiceError, "500", True),
    "500-null": (page(500, b"null"), InternalServiceError, "500", True),
    "500-nested": (page(500, b"[" * 200_000), InternalServiceError, "500", True),
    "400-latin-1": (page(400, NOT_UTF_8), ServiceError, "400", False),
    "400-text": (page(400, b'"x"'), ServiceError, "400", False),
    "400-type": (page(400, b'{"__type": 5}'), ServiceError, "400", False),
    "400-type-list": (page(400, b'{"__type": ["#:"]}'), ServiceError, "400", False),
    "400-message": (error(400, CONDITION, message=[1]), ConditionFailedError, CONDITION, False),
    "400-item": (error(400, CONDITION, Item=5), ServiceError, "400", False),
    "400-binary": (error(400, CONDITION, Item={"b": {"B": "A"}}), ServiceError, "400", False),
    "400-reasons": (
        error(400, "TransactionCanceledException", CancellationReasons=[{"Code": []}, None]),
        ServiceError,
        "400",
        False,
    ),
}

ANSWERS: dict[str, Reply] = {
    "throttle": error(
        400,
        "ProvisionedThroughputExceededException",
        ThrottlingReasons=[{"reason": "TableReadProvisionedThroughputExceeded", "resource": "r"}],
    ),
    "throttling": error(400, "ThrottlingException", throttlingReasons=[{"reason": "r"}]),
    "conflict": error(400, "TransactionConflictException"),
    "condition": error(400, "ConditionalCheckFailedException", Item=ITEM),
    "condition-without-item": error(400, "ConditionalCheckFailedException"),
    "cancelled": error(
        400,
        "TransactionCanceledException",
        Message="Cancelled",
        CancellationReasons=[
            {"Code": "None"},
            {"Code": "ConditionalCheckFailed", "Message": "m", "Item": ITEM},
        ],
    ),
    "validation": error(400, "ValidationException"),
    "no-table": error(400, "ResourceNotFoundException"),
    "expired": error(400, "ExpiredTokenException"),
    "unheard": error(400, "Unheard"),
    "500": error(500, "InternalServerError"),
    "503": error(503, "ServiceUnavailable"),
    "unheard-503": error(503, "Unheard"),
    "502-page": page(502, b"<html>Bad Gateway</html>"),
    "504-nothing": page(504, b""),
    "400-page": page(400, b"<html>Bad Request</html>"),
    "413-nothing": page(413, b""),
    **{f"unreadable-{name}": reply for name, (reply, *_) in UNREADABLE.items()},
    "301": page(301, b"<html>Moved</html>"),
    "not-dynamodb": page(200, b"<html>Welcome to the airport</html>"),
    "a-list": page(200, b"[]"),
    "nothing": page(200, b""),
    "deeply-nested": page(200, b"[" * 200_000),
    "utf-16": page(200, '{"Item": null}'.encode("utf-16")),
    "204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "101": raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    "no-length": raw(b"HTTP/1.1 200 OK\r\n\r\n"),
    "no-body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n"),
    "cut-in-its-head": raw(b"HTTP/1.1 200 OK\r\nServer: Server\r\nContent-Le"),
    "cut-in-its-first-line": raw(b"HTTP/1.1 200"),
    "damaged": damaged({"Item": ITEM}),
    "damaged-refusal": off(400, b'{"__type": 5}'),
    "truncated": truncated({"Item": ITEM}),
    "reset": reset,
    "no-http": lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "hang": hang,
}
SAME = (
    "code",
    "status",
    "request_id",
    "item",
    "reasons",
    "retryable",
    "outcome_open",
)


def failure(transport: Transport, request: Request = GET) -> ServiceError:
    with closing(transport), pytest.raises(ServiceError) as raised:
        transport.send(request)
    return raised.value


@pytest.mark.parametrize("case", ANSWERS)
def test_bad_answers_are_the_same_errors_over_both_transports(case: str) -> None:
    request = TRANSACT if case == "cancelled" else GET
    with Stub({request.operation: ANSWERS[case]}) as stub:
        # A busy machine must not take part.
        seconds = 0.3 if case == "hang" else 30
        theirs = failure(boto_to(stub.url, read_timeout=seconds), request)
        ours = failure(direct_to(stub.url, read_timeout=seconds), request)

        assert len(stub.arrived) == 2
    assert type(ours) is type(theirs)
    assert [getattr(ours, name) for name in SAME] == [getattr(theirs, name) for name in SAME]
    # What the two libraries say of a broken connection is worded differently.
    if not isinstance(ours, ConnectionFailedError):
        assert str(ours) == str(theirs)
    assert type(ours.__cause__) is type(theirs.__cause__)


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("make", [boto_to, direct_to])
def test_of_a_refusal_that_cannot_be_read_the_status_has_to_do(
    make: Callable[..., Transport], case: str
) -> None:
    reply, kind, code, is_open = UNREADABLE[case]
    with Stub({"GetItem": reply, "TransactWriteItems": reply}) as stub:
        error = failure(make(stub.url), TRANSACT if "reasons" in case else GET)

    assert (type(error), error.code, error.outcome_open) == (kind, code, is_open)
    assert error.status == int(case[:3])


WITHOUT_AN_OBJECT = [
    *["nothing", "204", "101", "no-length", "no-body", "cut-in-its-head", "cut-in-its-first-line"],
    *["deeply-nested", "utf-16"],
]


@pytest.mark.parametrize("case", WITHOUT_AN_OBJECT)
@pytest.mark.parametrize("make", [boto_to, direct_to])
def test_an_answer_without_a_whole_object_leaves_the_outcome_open(
    make: Callable[..., Transport], case: str
) -> None:
    with Stub({"GetItem": ANSWERS[case]}) as stub:
        error = failure(make(stub.url))

    assert isinstance(error, DamagedAnswerError)
    assert error.outcome_open is True


def test_an_operation_that_botocore_does_not_know_is_refused_by_the_service() -> None:
    with Stub({"TeleportTable": error(400, "UnknownOperationException")}) as stub:
        ours = failure(direct_to(stub.url), Request("TeleportTable", {"TableName": "app"}))

    assert (type(ours), ours.code) == (ServiceError, "UnknownOperationException")


def test_passwords_in_an_address_are_not_shown() -> None:
    ours = failure(direct_to("http://user:secret@127.0.0.1:1"))

    assert "secret" not in f"{ours} {ours.__cause__}"
    assert "cannot be reached at http://***:***@127.0.0.1:1 (" in str(ours)


def test_where_nobody_listens_nothing_was_sent() -> None:
    theirs, ours = failure(boto_to("http://127.0.0.1:1")), failure(direct_to("http://127.0.0.1:1"))

    assert isinstance(ours, ConnectionFailedError)
    assert (ours.code, ours.outcome_open) == (theirs.code, False)
    assert "cannot be reached at http://127.0.0.1:1 (" in str(ours)


def test_a_connection_that_is_not_accepted_in_time_was_not_used() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(BlockingIOError), filled(listener):
            ours = failure(direct_to(url, connect_timeout=0.2))

    assert (ours.code, ours.outcome_open) == ("ConnectTimeoutError", False)


@contextmanager
def filled(listener: socket.socket) -> Iterator[None]:
    """Fill the queue of connections that a listener has not accepted."""
    waiting = [socket.socket() for _ in range(8)]
    try:
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield
    finally:
        for one in waiting:
            one.close()


def test_a_name_that_does_not_exist() -> None:
    ours = failure(direct_to("http://no-such-host.invalid:8000"))

    assert (ours.code, ours.outcome_open) == ("EndpointConnectionError", False)


def test_each_request_is_sent_once() -> None:
    replies = [reset, damaged({}), GOOD]
    with Stub({"GetItem": replies}) as stub, closing(direct_to(stub.url)) as transport:
        with pytest.raises(ConnectionFailedError):
            transport.send(GET)
        with pytest.raises(DamagedAnswerError):
            transport.send(GET)
        assert transport.send(GET).data == {"Item": ITEM}

        assert len(stub.arrived) == 3


KEY_ID = "AKIASECRET"


@pytest.mark.parametrize("make", [boto_to, direct_to])
@pytest.mark.parametrize(
    "wrong",
    [
        {"aws_access_key_id": f"{KEY_ID}\n"},
        {"aws_session_token": f"{KEY_ID}\n"},
        {"aws_session_token": f"{KEY_ID}\r\nX-Injected: 1"},
    ],
    ids=["key", "token", "header"],
)
def test_credentials_with_a_line_break_are_not_sent_and_not_shown(
    make: Callable[..., Transport],
    wrong: dict[str, str],
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in wrong.items():
        monkeypatch.setitem(SETTINGS, name, value)

    with (
        closing(make(stub.url)) as transport,
        pytest.raises(ConfigurationError, match="a line break in it") as raised,
    ):
        transport.send(GET)

    assert KEY_ID not in "".join(traceback.format_exception(raised.value))
    assert stub.arrived == []


# Lambda.


@pytest.mark.parametrize("function", ["f", None])
def test_the_trace_of_a_lambda_is_passed_on(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, function: str | None
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5;Parent=ä b;Sampled=1")
    if function is not None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", function)
    for transport in (boto_to(stub.url), direct_to(stub.url)):
        with closing(transport):
            transport.send(GET)

    theirs, ours = (request.headers.get("X-Amzn-Trace-Id") for request in stub.arrived)
    assert ours == theirs
    assert ours == (function and "Root=1-5;Parent=%C3%A4%20b;Sampled=1")


# Credentials that change.


class Issuer:
    """Issues credentials that last so long; a minute is so short that botocore renews them at once."""

    def __init__(self, seconds: float, accounts: list[str | None]) -> None:
        self.seconds = seconds
        self.accounts = accounts
        self.issued = 0
        self.error: Exception | None = None

    def __call__(self) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        self.issued += 1
        now = dt.datetime.now(dt.UTC)
        account = self.accounts[min(self.issued, len(self.accounts)) - 1]
        return {
            "access_key": f"key{self.issued}",
            "secret_key": f"secret{self.issued}",
            "token": f"token{self.issued}",
            "expiry_time": (now + dt.timedelta(seconds=self.seconds)).isoformat(),
            "account_id": account,
        }


def issued_by(issuer: Issuer, renew: Callable[[], dict[str, Any]] | None = None) -> Any:
    """Give a session whose credentials renew themselves."""
    session = new_session()
    session._credentials = RefreshableCredentials.create_from_metadata(
        issuer(), refresh_using=renew or issuer, method="test"
    )
    return session


def test_expired_credentials_are_renewed(stub: Stub) -> None:
    issuer = Issuer(60, [None])
    with closing(direct_to(stub.url, issued_by(issuer))) as transport:
        first = stub_headers(stub, transport)
        issuer.seconds = 3600
        second = stub_headers(stub, transport)
        third = stub_headers(stub, transport)

    assert first["X-Amz-Security-Token"] != second["X-Amz-Security-Token"]
    assert second["X-Amz-Security-Token"] == third["X-Amz-Security-Token"]
    number = second["X-Amz-Security-Token"].removeprefix("token")
    assert f"Credential=key{number}/" in second["Authorization"]


def stub_headers(stub: Stub, transport: Transport) -> Any:
    transport.send(GET)
    return stub.arrived[-1].headers


def test_nobody_waits_for_credentials_that_are_renewed_early() -> None:
    """Those there are last for some minutes yet."""
    issuer = Issuer(800, [None])
    begun, enough = threading.Event(), threading.Event()

    def slowly() -> dict[str, Any]:
        begun.set()
        enough.wait(10)
        issuer.seconds = 3600
        return issuer()

    session = issued_by(issuer, slowly)
    with (
        Echo() as stub,
        closing(direct_to(stub.url, session)) as transport,
        ThreadPoolExecutor(2) as threads,
    ):
        renewing = threads.submit(ask, transport, "first")
        begun.wait(5)
        try:
            assert threads.submit(ask, transport, "second").result(5)
            assert not renewing.done()
            threads.submit(transport.close).result(5)
        finally:
            enough.set()

    assert issuer.issued == 2


def test_credentials_of_another_account_have_another_address() -> None:
    issuer = Issuer(60, ["111111111111", "222222222222", "333333333333"])
    session = issued_by(issuer)
    issuer.seconds = 3600
    with closing(
        DirectTransport(resolve(session, region="eu-west-1", config=Config(proxies={})))
    ) as transport:
        before = transport._destination(GET, transport._keys())
        session._credentials._expiry_time = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
        after = transport._destination(GET, transport._keys())

    assert (before.url, after.url) == (
        "https://222222222222.ddb.eu-west-1.amazonaws.com",
        "https://333333333333.ddb.eu-west-1.amazonaws.com",
    )


def test_credentials_that_cannot_be_renewed_say_what_to_do(stub: Stub) -> None:
    issuer = Issuer(60, [None])
    with closing(direct_to(stub.url, issued_by(issuer))) as transport:
        issuer.error = CredentialRetrievalError(provider="p", error_msg="m")

        with pytest.raises(ConfigurationError, match="Sign in again"):
            transport.send(GET)

    assert stub.arrived == []


# Tables that are named by ARN.


def read_of(*tables: str) -> Request:
    keys = {table: {"Keys": [{"pk": {"S": "a"}}]} for table in tables}
    return Request("BatchGetItem", {"RequestItems": keys})


def arn(number: int) -> str:
    return f"arn:aws:dynamodb:eu-west-1:{number % 2 + 1:012}:table/t{number}"


def test_tables_with_the_same_address_share_its_connections() -> None:
    with Stub({"BatchGetItem": ok({"Responses": {}})}) as stub:
        with closing(direct_to(stub.url)) as transport:
            for number in range(20):
                transport.send(read_of(arn(number), arn(number + 1)))

        assert (len(stub.arrived), peers(stub)) == (20, 1)


def test_the_order_of_tables_matters_only_as_far_as_aws_reads_it() -> None:
    settings = resolve(new_session(), **SETTINGS, config=Config(proxies={}))
    with closing(DirectTransport(settings)) as transport:
        keys = Credentials("a", "s", account_id="333333333333").get_frozen_credentials()
        found = [
            transport._destination(read_of(*map(arn, numbers)), keys)
            for numbers in itertools.permutations(range(4))
        ]

        assert len({id(destination) for destination in found}) == 4
        assert len({destination._line for destination in found}) == len(
            {destination.url for destination in found}
        )
        for numbers, destination in zip(itertools.permutations(range(4)), found, strict=True):
            account = arn(numbers[0]).split(":")[4]
            assert destination.url == f"https://{account}.ddb.eu-west-1.amazonaws.com"


def test_places_are_forgotten_when_they_are_many() -> None:
    with Stub({"BatchGetItem": ok({"Responses": {}})}) as stub:
        with closing(direct_to(stub.url)) as transport:
            first = transport._destination(read_of(arn(0)), None)
            transport._destinations.update(dict.fromkeys(range(1000), first))
            transport.send(read_of(arn(1)))
            assert len(transport._destinations) == 1
            transport.send(read_of(arn(0)))

        assert peers(stub) == 1


# Closing, threads, forks.


def test_after_closing_nothing_is_sent(stub: Stub, direct: DirectTransport) -> None:
    direct.send(GET)
    direct.close()
    direct.close()

    with pytest.raises(ConfigurationError, match="has been closed; make a new one"):
        direct.send(GET)
    assert len(stub.arrived) == 1


def test_closing_closes_the_connections(stub: Stub, direct: DirectTransport) -> None:
    direct.send(GET)
    [destination] = direct._destinations.values()
    connection = destination._line._pool.pool.get()
    destination._line._pool.pool.put(connection)

    direct.close()

    assert connection.is_closed


def test_a_request_under_way_while_it_is_closed_is_answered() -> None:
    begun, closed = threading.Event(), threading.Event()

    def late(handler: Any) -> None:
        begun.set()
        closed.wait(5)
        GOOD(handler)

    with Stub({"GetItem": late}) as stub, ThreadPoolExecutor(1) as threads:
        transport = direct_to(stub.url)
        answer = threads.submit(transport.send, GET)
        begun.wait(5)
        transport.close()
        closed.set()

        assert answer.result().data == {"Item": ITEM}


class Echo(Stub):
    """Answers with the key that was asked for."""

    def __init__(self) -> None:
        super().__init__({})

    def take(self, request: Any) -> Reply:
        with self._lock:
            self.arrived.append(request)
        return ok({"Item": request.body["Key"]})


def ask(transport: Transport, key: str) -> bool:
    request = Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": key}}})
    return bool(transport.send(request).data == {"Item": {"pk": {"S": key}}})


def test_threads_get_their_own_answers() -> None:
    with Echo() as stub, closing(direct_to(stub.url, max_pool_connections=8)) as transport:
        with ThreadPoolExecutor(8) as threads:
            answers = threads.map(lambda n: ask(transport, str(n)), range(1000))
            assert all(answers)

        assert len(stub.arrived) == 1000
        assert peers(stub) <= 8


def test_more_threads_than_connections_are_kept_for() -> None:
    with Echo() as stub, closing(direct_to(stub.url, max_pool_connections=1)) as transport:
        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(lambda n: ask(transport, str(n)), range(100)))

        [destination] = transport._destinations.values()
        assert destination._line._pool.pool.qsize() == 1


@pytest.mark.filterwarnings("ignore:.*use of fork\\(\\) may lead to deadlocks")
@pytest.mark.parametrize("kind", ["fixed", "renewed"])
def test_a_child_has_connections_and_locks_of_its_own(kind: str) -> None:
    """Eight threads send while children are forked, each of which sends as well."""
    issuer = Issuer(60, [None])
    session = issued_by(issuer) if kind == "renewed" else None
    with Echo() as stub, closing(direct_to(stub.url, session)) as transport:
        stopping = threading.Event()

        def work(number: int) -> bool:
            return all(ask(transport, f"{number}-{n}") for n in until(stopping))

        with ThreadPoolExecutor(8) as threads:
            working = [threads.submit(work, number) for number in range(8)]
            wait_for(lambda: len(stub.arrived) > 20)
            statuses = [forked(transport, f"child-{child}") for child in range(6)]
            stopping.set()
            assert all(done.result() for done in working)

        assert statuses == [0] * 6
        of_children = {r.peer for r in stub.arrived if is_of_child(r)}
        of_parent = {r.peer for r in stub.arrived if not is_of_child(r)}
        assert len(of_children) >= 6
        assert not of_children & of_parent
        assert ask(transport, "afterwards")


@pytest.mark.filterwarnings("ignore:.*use of fork\\(\\) may lead to deadlocks")
def test_a_fork_waits_for_credentials_that_are_being_renewed() -> None:
    """botocore's own lock would stay locked in the child."""
    issuer = Issuer(60, [None])
    begun = threading.Event()

    def slowly() -> dict[str, Any]:
        begun.set()
        time.sleep(0.2)
        return issuer()

    session = issued_by(issuer, slowly)
    with (
        Echo() as stub,
        closing(direct_to(stub.url, session)) as transport,
        ThreadPoolExecutor(1) as threads,
    ):
        renewing = threads.submit(ask, transport, "parent")
        begun.wait(5)
        assert forked(transport, "child") == 0
        assert renewing.result()
        # The fork lets go of the locks for other threads, too.
        assert threads.submit(ask, transport, "again").result(5)


def test_locks_that_are_gone_do_not_hold_a_fork_up() -> None:
    lock = ForkingLock(in_child=lambda: None)
    lock.acquire()
    del lock
    gc.collect()

    with Echo() as stub, closing(direct_to(stub.url)) as transport:
        assert forked(transport, "child") == 0


@pytest.mark.filterwarnings("ignore:.*use of fork\\(\\) may lead to deadlocks")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["lock", "gate"])
def test_a_fork_that_is_interrupted_while_it_waits_leaves_no_lock_held(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Python reports the interruption, and forks."""
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    slow = ForkingGate() if kind == "gate" else ForkingLock(in_child=lambda: None)
    others = [ForkingLock(in_child=lambda: None) for _ in range(9)]
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with slow:
            held.set()
            enough.wait(10)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    with ThreadPoolExecutor(1) as threads, Echo() as stub, closing(direct_to(stub.url)) as direct:
        holding = threads.submit(hold)
        held.wait(5)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            assert forked(direct, "child") == 0
        finally:
            signal.signal(signal.SIGALRM, before)
            enough.set()
        holding.result()

        assert threads.submit(entered, slow).result(5)
        for lock in others:
            assert threads.submit(taken, lock).result(5)
        assert threads.submit(forked, direct, "child").result(20) == 0
    assert [report.exc_type for report in reported] == [KeyboardInterrupt]


def entered(lock: ForkingLock | ForkingGate) -> bool:
    with lock:
        return True


def taken(lock: ForkingLock) -> bool:
    """Take a lock, if it is free."""
    if not lock._lock.acquire(timeout=1):
        return False
    lock.release()
    return True


@pytest.mark.parametrize("hooks", ["PyOS_AfterFork_Child", None])
def test_a_child_that_c_has_forked_has_connections_of_its_own(hooks: str | None) -> None:
    """As uWSGI forks; none of the hooks before a fork is called, and maybe no other."""
    with Echo() as stub, closing(direct_to(stub.url)) as transport:
        assert ask(transport, "parent")
        free, enough = threading.Event(), threading.Event()

        def hold() -> None:
            with transport._lock:
                free.set()
                enough.wait(10)

        with ThreadPoolExecutor(1) as threads:
            threads.submit(hold)
            free.wait(5)
            name, status = forked_in_c(transport, hooks)
            enough.set()

        assert status == 0
        of_children = {r.peer for r in stub.arrived if is_of_child(r, name)}
        assert len(of_children) == 1
        assert not of_children & {r.peer for r in stub.arrived if not is_of_child(r)}
        assert ask(transport, "afterwards")


def forked_in_c(transport: Transport, hook: str | None) -> tuple[str, int]:
    """Send from a child that C has forked; give the child's name and its exit status.

    Without the hook, a fork can find another thread inside of Python's own lock: such a child hangs before
    anything of ours runs, and is no answer to the question.
    """
    tries = 3 if hook is None else 1
    for number in range(tries):
        name = f"child{number}"
        status = forked(transport, name, functools.partial(fork_in_c, hook))
        if status != signal.SIGKILL:
            break
    return name, status


def fork_in_c(hook: str | None) -> int:
    library = ctypes.PyDLL(None)
    pid: int = library.fork()
    if pid == 0 and hook is not None:
        getattr(library, hook)()
    return pid


def test_a_thread_can_fork_while_it_renews_credentials() -> None:
    gate = ForkingGate()

    with gate, Echo() as stub, closing(direct_to(stub.url)) as transport:
        assert forked(transport, "child") == 0
        with gate:
            pass


@pytest.mark.filterwarnings("ignore:.*use of fork\\(\\) may lead to deadlocks")
def test_a_fork_has_its_turn_where_somebody_always_renews_credentials() -> None:
    """Such as when each request tries again, and fails."""
    gate = ForkingGate()
    stopping = threading.Event()

    def renew() -> None:
        while not stopping.is_set():
            with gate:
                time.sleep(0.02)

    with ThreadPoolExecutor(4) as threads:
        renewing = [threads.submit(renew) for _ in range(4)]
        with Echo() as stub, closing(direct_to(stub.url)) as transport:
            statuses = [forked(transport, "child") for _ in range(5)]
            stopping.set()
        assert [done.result(5) for done in renewing] == [None] * 4
    assert statuses == [0] * 5


def until(stopping: threading.Event) -> Iterator[int]:
    number = 0
    while not stopping.is_set():
        yield number
        number += 1


def is_of_child(request: Any, name: str = "child") -> bool:
    key: str = request.body["Key"]["pk"]["S"]
    return key.startswith(name)


def forked(transport: Transport, name: str, fork: Callable[[], int] = os.fork) -> int:
    """Send from a child; give its exit status, or kill it if it hangs."""
    pid = fork()
    if pid == 0:
        # Nothing of pytest may run in the child.
        status = 1
        try:
            status = 0 if all(ask(transport, f"{name}-{n}") for n in range(3)) else 2
        finally:
            os._exit(status)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


# moto, and whoever else answers in the service's place.


def test_mock_aws_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws(), pytest.raises(ConfigurationError, match="as moto's mock_aws does"):
        Mizzle(transport="direct", region="eu-west-1")


def test_mock_aws_that_begins_later_is_refused_too() -> None:
    settings = resolve(new_session(), **SETTINGS, config=Config(proxies={}))
    transport = DirectTransport(settings)

    with closing(transport), mock_aws(), pytest.raises(ConfigurationError, match="as moto's"):
        transport.send(GET)


def test_mock_aws_does_not_concern_other_addresses(stub: Stub, direct: DirectTransport) -> None:
    with mock_aws():
        assert direct.send(GET).data == {"Item": ITEM}


# TLS and proxies.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_certificate(tmp_path_factory.mktemp("tls") / "stub.pem")


@pytest.fixture(scope="module")
def other_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_certificate(tmp_path_factory.mktemp("tls") / "other.pem")


def made_certificate(path: Path) -> Path:
    """Make a certificate for 127.0.0.1, with its key, that vouches for itself."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.stem)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def secure_stub(certificate: Path) -> Iterator[Stub]:
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Stub({"GetItem": GOOD}, tls) as stub:
        yield stub


def test_tls_with_a_bundle_of_certificates(
    secure_stub: Stub, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with closing(direct_to(secure_stub.url)) as transport:
        for _ in range(3):
            assert transport.send(GET).data == {"Item": ITEM}

    assert peers(secure_stub) == 1


def test_an_unknown_certificate_is_refused_before_anything_is_sent(secure_stub: Stub) -> None:
    theirs, ours = failure(boto_to(secure_stub.url)), failure(direct_to(secure_stub.url))

    assert isinstance(ours, ConnectionFailedError)
    assert (ours.code, ours.outcome_open) == (theirs.code, theirs.outcome_open)
    assert (ours.code, ours.outcome_open) == ("SSLError", False)
    assert secure_stub.arrived == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_certificates_are_not_checked_if_that_is_asked_for(secure_stub: Stub) -> None:
    with closing(direct_to(secure_stub.url, verify=False)) as transport:
        assert transport.send(GET).data == {"Item": ITEM}


def test_a_certificate_of_the_client(certificate: Path) -> None:
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.load_verify_locations(certificate)
    tls.verify_mode = VerifyMode.CERT_REQUIRED
    with Stub({"GetItem": GOOD}, tls) as stub:
        shown = {"client_cert": (str(certificate), str(certificate))}
        with closing(direct_to(stub.url, verify=str(certificate), **shown)) as transport:
            assert transport.send(GET).data == {"Item": ITEM}


class Tunnel:
    """A proxy for `CONNECT`; it knows who asked for what."""

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        if tls is not None:
            self._listener = tls.wrap_socket(self._listener, server_side=True)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            _, target, _ = lines.readline().decode().split()
            headers = dict(
                line.decode().strip().split(": ", 1) for line in iter(lines.readline, b"\r\n")
            )
            self.asked.append((target, headers.get("Proxy-Authorization")))
            host, port = target.split(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
                back.start()
                self._pump(client, server)
                back.join(5)

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while received := source.recv(65536):
                target.sendall(received)
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._listener.close()


def test_https_goes_through_a_proxy(secure_stub: Stub, certificate: Path) -> None:
    with closing(Tunnel()) as proxy:
        proxies = {"https": f"http://user:secret@{proxy.address}"}
        transport = direct_to(secure_stub.url, verify=str(certificate), proxies=proxies)
        with closing(transport):
            for _ in range(3):
                assert transport.send(GET).data == {"Item": ITEM}

    assert proxy.asked == [(urlsplit(secure_stub.url).netloc, "Basic dXNlcjpzZWNyZXQ=")]
    assert {request.target for request in secure_stub.arrived} == {"/"}


def test_a_proxy_may_have_certificates_of_its_own(secure_stub: Stub, certificate: Path) -> None:
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.load_verify_locations(certificate)
    tls.verify_mode = VerifyMode.CERT_REQUIRED
    own = {"proxy_ca_bundle": str(certificate), "proxy_client_cert": str(certificate)}
    with closing(Tunnel(tls)) as proxy:
        transport = direct_to(
            secure_stub.url,
            verify=str(certificate),
            proxies={"https": f"https://{proxy.address}"},
            proxies_config=own,
        )
        with closing(transport):
            for _ in range(3):
                assert transport.send(GET).data == {"Item": ITEM}

    assert proxy.asked == [(urlsplit(secure_stub.url).netloc, None)]


def test_a_proxy_is_vouched_for_by_what_vouches_for_the_service(
    secure_stub: Stub, certificate: Path
) -> None:
    with closing(Tunnel(server_tls(certificate))) as proxy:
        proxies = {"https": f"https://{proxy.address}"}
        transport = direct_to(secure_stub.url, verify=str(certificate), proxies=proxies)
        with closing(transport):
            assert transport.send(GET).data == {"Item": ITEM}


def test_with_a_bundle_the_systems_certificates_do_not_vouch_for_a_proxy(
    secure_stub: Stub,
    certificate: Path,
    other_certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(other_certificate))
    failures: list[ServiceError] = []
    for connected_to in (boto_to, direct_to):
        # It accepts nothing more after a handshake that failed.
        with closing(Tunnel(server_tls(other_certificate))) as proxy:
            proxies = {"https": f"https://{proxy.address}"}
            transport = connected_to(secure_stub.url, verify=str(certificate), proxies=proxies)
            failures.append(failure(transport))
            assert proxy.asked == secure_stub.arrived == []

    theirs, ours = failures
    assert (ours.code, ours.outcome_open) == (theirs.code, theirs.outcome_open)


def test_a_certificate_for_a_proxy_leaves_whom_to_trust_as_it_is(
    secure_stub: Stub, certificate: Path
) -> None:
    tls = server_tls(certificate)
    tls.load_verify_locations(certificate)
    tls.verify_mode = VerifyMode.CERT_REQUIRED
    with closing(Tunnel(tls)) as proxy:
        transport = direct_to(
            secure_stub.url,
            verify=str(certificate),
            proxies={"https": f"https://{proxy.address}"},
            proxies_config={"proxy_client_cert": str(certificate)},
        )
        with closing(transport):
            assert transport.send(GET).data == {"Item": ITEM}


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_the_certificate_of_a_proxy_is_not_checked_if_that_is_asked_for(
    secure_stub: Stub, certificate: Path
) -> None:
    with closing(Tunnel(server_tls(certificate))) as proxy:
        proxies = {"https": f"https://{proxy.address}"}
        with closing(direct_to(secure_stub.url, verify=False, proxies=proxies)) as transport:
            assert transport.send(GET).data == {"Item": ITEM}


@pytest.mark.parametrize("bundle", ["verify", "proxy_ca_bundle", None])
def test_a_proxy_for_plain_requests_is_checked(
    secure_stub: Stub, certificate: Path, bundle: str | None
) -> None:
    """The stub stands for the proxy."""
    options: dict[str, Any] = {}
    if bundle == "verify":
        options["verify"] = str(certificate)
    elif bundle is not None:
        options["proxies_config"] = {bundle: str(certificate)}
    url, proxies = "http://dynamodb.invalid:8000", {"http": secure_stub.url}
    transport = direct_to(url, proxies=proxies, **options)

    if bundle is None:
        assert failure(transport).outcome_open is False
        assert secure_stub.arrived == []
    else:
        with closing(transport):
            assert transport.send(GET).data == {"Item": ITEM}


def server_tls(certificate: Path) -> SSLContext:
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    return tls


def test_plain_requests_are_passed_on_by_a_proxy(stub: Stub) -> None:
    """The stub stands for the proxy."""
    proxies = {"http": stub.url.replace("//", "//user:secret@")}
    with closing(direct_to("http://dynamodb.invalid:8000", proxies=proxies)) as transport:
        assert transport.send(GET).data == {"Item": ITEM}

    [request] = stub.arrived
    assert request.target == "http://dynamodb.invalid:8000/"
    assert request.headers["Host"] == "dynamodb.invalid:8000"
    assert request.headers["Proxy-Authorization"] == "Basic dXNlcjpzZWNyZXQ="


def test_a_proxy_where_nobody_listens(certificate: Path) -> None:
    proxies = {"https": "http://user:secret@127.0.0.1:1"}

    ours = failure(direct_to("https://127.0.0.1:2", proxies=proxies))
    theirs = failure(boto_to("https://127.0.0.1:2", proxies=proxies))

    assert (ours.code, ours.outcome_open) == (theirs.code, theirs.outcome_open)
    assert (ours.code, ours.outcome_open) == ("ProxyConnectionError", False)
    assert "secret" not in str(ours)


@pytest.mark.parametrize("make", [boto_to, direct_to])
@pytest.mark.parametrize("reply", [reset, leave], ids=["reset", "closed"])
def test_a_proxy_that_takes_a_request_and_breaks_off_leaves_the_outcome_open(
    make: Callable[..., Transport], reply: Reply
) -> None:
    with Stub({"GetItem": reply}) as proxy:
        error = failure(make("http://dynamodb.invalid:8000", proxies={"http": proxy.url}))

        assert len(proxy.arrived) == 1
    assert isinstance(error, ConnectionFailedError)
    assert error.outcome_open is True


@pytest.mark.parametrize("make", [boto_to, direct_to])
@pytest.mark.parametrize(
    ("answer", "is_open"),
    [(b"HTTP/1.1 407 No\r\n\r\n", False), (b"HTTP/1.1 502 No\r\n\r\n", False), (b"", True)],
    ids=["407", "502", "closed"],
)
def test_a_proxy_that_refuses_to_connect_has_sent_nothing(
    make: Callable[..., Transport], answer: bytes, *, is_open: bool
) -> None:
    """One that says nothing cannot be told from one that broke off later."""
    with one_answer(answer) as address:
        error = failure(make("https://127.0.0.1:2", proxies={"https": f"http://{address}"}))

    assert isinstance(error, ConnectionFailedError)
    assert error.outcome_open is is_open


@contextmanager
def one_answer(answer: bytes) -> Iterator[str]:
    """Listen at an address, answer the first request there so, and close."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
        serving = threads.submit(serve_once, listener, answer)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        serving.result(10)


def serve_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        head = list(iter(stream.readline, b"\r\n"))
        lengths = [line for line in head if line.lower().startswith(b"content-length:")]
        for length in lengths:
            stream.read(int(length.partition(b":")[2]))
        connection.sendall(answer)


# The rest of the library over it.


def test_the_local_engine() -> None:
    with Mizzle.local(transport="direct") as db:
        assert isinstance(db.transport, DirectTransport)
        db.transport.send(
            Request(
                "CreateTable",
                {
                    "TableName": "app",
                    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            )
        )
        db.transport.send(Request("PutItem", {"TableName": "app", "Item": ITEM}))

        assert db.transport.send(GET).data["Item"] == ITEM
