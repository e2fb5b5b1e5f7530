"""The stock client's side of the waist; answers are canned at `before-send` unless moto answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import RemoteDisconnected
from typing import Any
from zlib import crc32

import boto3  # type: ignore[import-untyped]  # no types
import pytest
from botocore import exceptions  # type: ignore[import-untyped]  # no types
from botocore.stub import ANY, Stubber  # type: ignore[import-untyped]  # no types
from moto import mock_aws

from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    InvalidRequestError,
    MizzleError,
    ServiceError,
    TableNotFoundError,
    ThrottledError,
)
from mizzle.request import Answer, Request
from mizzle.transports import Transport, boto
from mizzle.transports.boto import BotoTransport
from tests.support.answers import http_answer

KEY = {"pk": {"S": "ä"}}
GET = Request("GetItem", {"TableName": "app", "Key": KEY})
ITEM = {
    "pk": {"S": "ä"},
    "B": {"B": "AAH/"},
    "BS": {"BS": ["AA==", "AQ=="]},
    "deep": {"M": {"B": {"L": [{"B": "/w=="}, {"M": {"BS": {"BOOL": True}}}]}}},
    "n": {"N": "1.50"},
    "none": {"NULL": True},
    "tags": {"SS": ["x"]},
}
ITEM_IN_BOTO3 = {
    "pk": {"S": "ä"},
    "B": {"B": b"\x00\x01\xff"},
    "BS": {"BS": [b"\x00", b"\x01"]},
    "deep": {"M": {"B": {"L": [{"B": b"\xff"}, {"M": {"BS": {"BOOL": True}}}]}}},
    "n": {"N": "1.50"},
    "none": {"NULL": True},
    "tags": {"SS": ["x"]},
}
TABLE = {
    "TableName": "app",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
SESSION = boto3.session.Session(
    aws_access_key_id="a", aws_secret_access_key="s", region_name="eu-west-1"
)

Sent = list[tuple[str, bytes]]
Reply = Callable[[str, bytes], Any]


def respond(body: Any, status: int = 200, *, checksum: int | None = None) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "x-amz-crc32": str(crc32(content) if checksum is None else checksum),
        "x-amzn-RequestId": "r1",
    }
    return http_answer(content, headers, status)


def refuse(code: str, status: int = 400, **fields: Any) -> Any:
    return respond({"__type": f"x#{code}", "message": "No.", **fields}, status)


def answer_with(client: Any, reply: Reply) -> Sent:
    """Answer a client's requests before they are sent, and record them."""
    sent: Sent = []

    def before_send(request: Any, **_: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        sent.append((operation, body))
        return reply(operation, body)

    client.meta.events.register("before-send.dynamodb", before_send)
    return sent


@pytest.fixture
def client() -> Iterator[Any]:
    with closing(SESSION.client("dynamodb")) as client:
        yield client


def failure(client: Any, request: Request = GET) -> MizzleError:
    with pytest.raises(MizzleError) as raised:
        BotoTransport(client).send(request)
    assert boto._current.get() is None  # nothing may be left behind
    return raised.value


def test_a_request_is_sent_as_it_is_and_its_answer_given_as_it_came(client: Any) -> None:
    content = b'{ "Item": {"n": {"N": "1.50"}}, "Unknown": 1 }'
    sent = answer_with(client, lambda *_: respond(content))
    transport: Transport = BotoTransport(client)

    assert transport.send(GET).content == content
    assert sent == [("GetItem", GET.to_json())]


TWO_TABLES: dict[str, Mapping[str, Any]] = {
    "GetItem": {"TableName": "app", "Key": KEY},
    "PutItem": {"TableName": "app", "Item": ITEM},
    "UpdateItem": {"TableName": "app", "Key": KEY},
    "DeleteItem": {"TableName": "app", "Key": KEY},
    "Query": {"TableName": "app", "IndexName": "gsi1"},
    "Scan": {"TableName": "app", "Limit": 1},
    "BatchGetItem": {"RequestItems": {"app": {"Keys": [KEY]}, "other": {"Keys": [KEY]}}},
    "BatchWriteItem": {
        "RequestItems": {
            "app": [{"PutRequest": {"Item": ITEM}}],
            "other": [{"DeleteRequest": {"Key": KEY}}],
        }
    },
    "TransactGetItems": {
        "TransactItems": [{"Get": {"TableName": t, "Key": KEY}} for t in ("app", "other", "app")]
    },
    "TransactWriteItems": {
        "TransactItems": [
            {"Put": {"TableName": "app", "Item": ITEM}},
            {"ConditionCheck": {"TableName": "other", "Key": KEY, "ConditionExpression": "x"}},
        ]
    },
}
SMALL: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "app", "Key": {}},
    "PutItem": {"TableName": "app", "Item": {}},
    "UpdateItem": {"TableName": "app", "Key": {}},
    "DeleteItem": {"TableName": "app", "Key": {}},
    "Query": {"TableName": "app"},
    "Scan": {"TableName": "app"},
    "BatchGetItem": {"RequestItems": {"app": {"Keys": [{}]}, "other": {"Keys": [{}]}}},
    "BatchWriteItem": {"RequestItems": {"app": [{}], "other": [{}]}},
    "TransactGetItems": {
        "TransactItems": [{"Get": {"TableName": t, "Key": {}}} for t in ("app", "other")]
    },
    "TransactWriteItems": {
        "TransactItems": [{"Put": {"TableName": t, "Item": {}}} for t in ("app", "other")]
    },
}


@pytest.mark.parametrize("operation", TWO_TABLES)
def test_botocore_sees_small_parameters_with_the_names_of_the_tables(
    client: Any, operation: str
) -> None:
    seen: list[dict[str, Any]] = []

    def before_parameter_build(params: dict[str, Any], **_: Any) -> None:
        seen.append(dict(params))

    client.meta.events.register_first("before-parameter-build.dynamodb", before_parameter_build)
    sent = answer_with(client, lambda *_: respond({}))
    request = Request(operation, TWO_TABLES[operation])

    BotoTransport(client).send(request)

    seen[0].pop("ClientRequestToken", None)
    assert seen == [SMALL[operation]]
    assert sent == [(operation, request.to_json())]


def test_control_operations_keep_their_parameters_and_give_timestamps_as_text(
    client: Any,
) -> None:
    description = {"TableName": "app", "CreationDateTime": 1.5}
    sent = answer_with(client, lambda *_: respond({"Table": description}))

    answer = BotoTransport(client).send(Request("DescribeTable", {"TableName": "app"}))

    [(operation, body)] = sent
    assert (operation, json.loads(body)) == ("DescribeTable", {"TableName": "app"})
    table = answer.data["Table"]
    assert table["TableName"] == "app"
    assert table["CreationDateTime"].startswith("1970-01-01T00:00:01.5")


def test_an_operation_that_botocore_does_not_know(client: Any) -> None:
    error = failure(client, Request("TeleportTable", {}))

    assert isinstance(error, ConfigurationError)
    assert str(error) == "the installed botocore does not know TeleportTable; upgrade boto3"


def test_foreign_calls_on_the_same_client_are_untouched(client: Any) -> None:
    """8 threads, 2,000 calls: ours and theirs, good and refused, in turn."""

    def reply(_: str, body: bytes) -> Any:
        key = json.loads(body)["Key"]["pk"]["S"]
        if key.endswith("0"):
            return refuse("ValidationException")
        return respond({"Item": {"pk": {"S": key}, "b": {"B": "AAE="}}})

    answer_with(client, reply)
    transport = BotoTransport(client)

    def ours(key: str) -> Any:
        try:
            return transport.send(
                Request("GetItem", {"TableName": "app", "Key": {"pk": {"S": key}}})
            )
        except InvalidRequestError:
            return None

    def theirs(key: str) -> Any:
        try:
            return client.get_item(TableName="app", Key={"pk": {"S": key}})
        except client.exceptions.ClientError:
            return None

    def one(number: int) -> bool:
        key = f"{number % 2}-{number // 2}"
        result = theirs(key) if number % 2 else ours(key)
        if key.endswith("0"):
            return result is None
        if isinstance(result, Answer):
            return number % 2 == 0 and result.data["Item"]["pk"] == {"S": key}
        item = {"pk": {"S": key}, "b": {"B": b"\x00\x01"}}
        return number % 2 == 1 and result["Item"] == item

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(2000)))


def test_a_call_made_by_a_handler_inside_ours_is_foreign(client: Any) -> None:
    nested: list[Any] = []

    def reply(_: str, body: bytes) -> Any:
        if not nested:
            nested.append(None)
            nested[0] = other.get_item(TableName="app", Key={"pk": {"S": "nested"}})
        return respond({"Item": json.loads(body)["Key"]})

    with closing(SESSION.client("dynamodb")) as other:
        BotoTransport(other)
        answer_with(other, lambda _, body: respond({"Item": json.loads(body)["Key"]}))
        answer_with(client, reply)

        assert BotoTransport(client).send(GET).data == {"Item": KEY}

    assert nested[0]["Item"] == {"pk": {"S": "nested"}}


def test_transports_may_share_a_client(client: Any) -> None:
    sent = answer_with(client, lambda *_: respond({"Item": KEY}))
    first, second = BotoTransport(client), BotoTransport(client)

    first.close()
    first.close()

    assert second.send(GET).data == {"Item": KEY}
    second.close()
    third = BotoTransport(client)
    assert third.send(GET).data == {"Item": KEY}
    assert sent == [("GetItem", GET.to_json())] * 2


def test_after_the_last_one_has_closed_the_client_is_as_before(client: Any) -> None:
    answer_with(client, lambda *_: refuse("ValidationException"))
    transport = BotoTransport(client)
    transport.close()

    with pytest.raises(ConfigurationError, match="has been closed"):
        transport.send(GET)
    with pytest.raises(exceptions.ClientError):
        client.get_item(**GET.body)


def test_an_answer_to_the_placeholders_is_never_taken_for_one_to_the_request(client: Any) -> None:
    """A Scan without its filter would succeed."""
    answer_with(client, lambda *_: respond({"Items": [KEY]}))
    transport = BotoTransport(client)
    for event in ("before-call", "before-parse", "needs-retry"):
        client.meta.events.unregister(f"{event}.dynamodb", unique_id=f"mizzle.{event}.dynamodb")

    with pytest.raises(ConfigurationError, match="Scan was not sent"):
        transport.send(Request("Scan", {"TableName": "app"}))


def test_without_before_parse_botocores_own_result_is_used(client: Any) -> None:
    """botocore before 1.35.20 does not have that event."""
    answer_with(client, lambda *_: respond({"Item": ITEM}))
    transport = BotoTransport(client)
    client.meta.events.unregister("before-parse.dynamodb", unique_id="mizzle.before-parse.dynamodb")

    assert transport.send(GET).data == {"Item": ITEM}


@pytest.mark.parametrize("bad", [object(), None, "dynamodb"])
def test_only_a_dynamodb_client_is_accepted(bad: Any) -> None:
    with pytest.raises(ConfigurationError, match="boto3.client"):
        BotoTransport(bad)


def test_a_client_of_another_service_is_refused() -> None:
    with closing(SESSION.client("sts")) as sts, pytest.raises(ConfigurationError):
        BotoTransport(sts)


# What an answer and a botocore result look like must not differ.


def test_stubber_without_expected_parameters(client: Any) -> None:
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {"Item": ITEM_IN_BOTO3})
        answer = BotoTransport(client).send(GET)
        stubber.assert_no_pending_responses()

    assert answer.data == {"Item": ITEM}


def test_stubber_with_expected_parameters(client: Any) -> None:
    request = Request("PutItem", {"TableName": "app", "Item": ITEM, "ReturnValues": "ALL_OLD"})
    expected = {"TableName": "app", "Item": ITEM_IN_BOTO3, "ReturnValues": "ALL_OLD"}
    with Stubber(client) as stubber:
        stubber.add_response("put_item", {"Attributes": ITEM_IN_BOTO3}, expected)
        stubber.add_response("put_item", {}, {"TableName": ANY, "Item": ANY, "ReturnValues": ANY})
        answer = BotoTransport(client).send(request)
        BotoTransport(client).send(request)
        stubber.assert_no_pending_responses()

    assert answer.data == {"Attributes": ITEM}


def test_stubber_with_other_parameters_fails_the_test_that_uses_it(client: Any) -> None:
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {}, {"TableName": "other", "Key": KEY})
        with pytest.raises(AssertionError, match="'TableName': 'app'"):
            BotoTransport(client).send(GET)


def test_stubber_client_errors_are_translated(client: Any) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "put_item",
            "ConditionalCheckFailedException",
            "No",
            modeled_fields={"Item": ITEM_IN_BOTO3},
            expected_params={"TableName": "app", "Item": ITEM_IN_BOTO3},
        )
        error = failure(client, Request("PutItem", {"TableName": "app", "Item": ITEM}))

    assert isinstance(error, ConditionFailedError)
    assert error.item == ITEM


def test_captured_and_parsed_answers_are_the_same(client: Any) -> None:
    answer_with(client, lambda *_: respond({"Item": ITEM}))
    captured = BotoTransport(client).send(GET)
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {"Item": ITEM_IN_BOTO3})
        parsed = BotoTransport(client).send(GET)

    assert captured.data == parsed.data == {"Item": ITEM}


def test_moto_in_process_works() -> None:
    with mock_aws(), closing(boto3.client("dynamodb", region_name="us-east-1")) as client:
        transport = BotoTransport(client)
        transport.send(Request("CreateTable", TABLE))
        put = Request("PutItem", {"TableName": "app", "Item": ITEM})
        insert = {"ConditionExpression": "attribute_not_exists(pk)"}
        returning = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        transport.send(put)

        assert transport.send(GET).data["Item"] == ITEM
        assert client.get_item(**GET.body)["Item"] == ITEM_IN_BOTO3
        error = failure(client, Request("PutItem", {**put.body, **insert, **returning}))

    assert isinstance(error, ConditionFailedError)
    assert error.item == ITEM


# Refusals.


REASONS = [{"reason": "TableReadProvisionedThroughputExceeded", "resource": "arn:x"}]


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("ProvisionedThroughputExceededException", "ThrottlingReasons"),
        ("RequestLimitExceeded", "ThrottlingReasons"),
        ("ThrottlingException", "throttlingReasons"),
    ],
)
def test_a_throttle_carries_its_reasons(client: Any, code: str, field: str) -> None:
    fields: dict[str, Any] = {field: REASONS}
    answer_with(client, lambda *_: refuse(code, **fields))

    error = failure(client)

    assert isinstance(error, ThrottledError)
    assert (error.code, error.status, error.request_id) == (code, 400, "r1")
    assert error.reasons == tuple(REASONS)
    assert (error.retryable, error.outcome_open) == (True, False)
    assert isinstance(error.__cause__, exceptions.ClientError)
    assert str(error) == f"GetItem on table 'app': {code}: No."


def test_a_failed_condition_carries_the_item(client: Any) -> None:
    answer_with(client, lambda *_: refuse("ConditionalCheckFailedException", Item=ITEM))

    error = failure(client)

    assert isinstance(error, ConditionFailedError)
    assert error.item == ITEM


def test_a_cancelled_transaction_carries_its_reasons(client: Any) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "m", "Item": ITEM}]
    code = "TransactionCanceledException"
    body = {"__type": f"x#{code}", "Message": "Cancelled", "CancellationReasons": reasons}
    answer_with(client, lambda *_: respond(body, 400))

    error = failure(client, Request("TransactWriteItems", TWO_TABLES["TransactWriteItems"]))

    assert isinstance(error, ServiceError)
    assert error.reasons == tuple(reasons)
    assert str(error) == f"TransactWriteItems on tables 'app', 'other': {code}: Cancelled."


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ValidationException", 400, InvalidRequestError),
        ("ResourceNotFoundException", 400, TableNotFoundError),
        ("ExpiredTokenException", 400, AccessDeniedError),
        ("InternalServerError", 500, InternalServiceError),
        ("Unheard", 503, InternalServiceError),
        ("Unheard", 400, ServiceError),
    ],
)
def test_codes_and_statuses(
    client: Any, code: str, status: int, expected: type[ServiceError]
) -> None:
    answer_with(client, lambda *_: refuse(code, status))

    error = failure(client)

    assert type(error) is expected
    assert isinstance(error, ServiceError)
    assert (error.code, error.status) == (code, status)


def test_a_body_that_does_not_match_its_checksum_is_damaged(client: Any) -> None:
    answer_with(client, lambda *_: respond({"Item": ITEM}, checksum=1))

    error = failure(client)

    assert isinstance(error, DamagedAnswerError)
    assert isinstance(error.__cause__, exceptions.ChecksumError)
    assert error.outcome_open is True


# The way there.


def raising(error: Exception) -> Reply:
    def reply(*_: Any) -> Any:
        raise error

    return reply


URL = {"endpoint_url": "http://x"}


@pytest.mark.parametrize(
    ("cause", "outcome_open"),
    [
        (exceptions.EndpointConnectionError(**URL, error="e"), False),
        (exceptions.ConnectTimeoutError(**URL, error="e"), False),
        (
            exceptions.ProxyConnectionError(proxy_url="http://x", error=ConnectionRefusedError()),
            False,
        ),
        (exceptions.ProxyConnectionError(proxy_url="http://x", error=RemoteDisconnected()), True),
        (exceptions.ConnectionError(error="e"), False),
        (exceptions.SSLError(**URL, error="CERTIFICATE_VERIFY_FAILED"), False),
        (exceptions.SSLError(**URL, error="DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), True),
        (exceptions.ReadTimeoutError(**URL, error="e"), True),
        (exceptions.ConnectionClosedError(**URL, error="e"), True),
        (exceptions.HTTPClientError(error="e"), True),
        (ConnectionRefusedError("e"), False),
        (ConnectionResetError("e"), True),
        (TimeoutError("e"), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_connection_failures(client: Any, cause: Exception, *, outcome_open: bool) -> None:
    answer_with(client, raising(cause))

    error = failure(client)

    assert isinstance(error, ConnectionFailedError)
    assert error.outcome_open is outcome_open
    assert error.__cause__ is cause
    assert error.code == type(cause).__name__
    assert "https://dynamodb.eu-west-1.amazonaws.com" in str(error)


def test_an_endpoint_where_nobody_listens() -> None:
    with closing(SESSION.client("dynamodb", endpoint_url="http://127.0.0.1:1")) as client:
        error = failure(client)

    assert isinstance(error, ConnectionFailedError)
    assert error.outcome_open is False
    assert "cannot be reached at http://127.0.0.1:1" in str(error)
    assert "AWS_ENDPOINT_URL_DYNAMODB" in str(error)


@pytest.mark.parametrize(
    ("cause", "hint"),
    [
        (exceptions.NoCredentialsError(), "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="m"), "Sign in again"),
        (exceptions.UnauthorizedSSOTokenError(), "aws sso login"),
    ],
    ids=["none", "retrieval", "sso"],
)
def test_missing_credentials_say_what_to_set(client: Any, cause: Exception, hint: str) -> None:
    def request_created(**_: Any) -> None:
        raise cause

    client.meta.events.register_first("request-created.dynamodb", request_created)

    error = failure(client)

    assert isinstance(error, ConfigurationError)
    assert hint in str(error)
    assert error.__cause__ is cause


def test_any_other_error_of_botocore_is_a_service_error(client: Any) -> None:
    cause = exceptions.UnseekableStreamError(stream_object="s")
    answer_with(client, raising(cause))

    error = failure(client)

    assert type(error) is ServiceError
    assert error.__cause__ is cause


def test_parameters_that_botocore_refuses(client: Any) -> None:
    error = failure(client, Request("DescribeTable", {"TableName": "app", "Nope": 1}))

    assert isinstance(error, InvalidRequestError)


def test_an_error_that_is_nobodys_passes_as_it_is(client: Any) -> None:
    answer_with(client, raising(KeyError("x")))

    with pytest.raises(KeyError):
        BotoTransport(client).send(GET)

    assert boto._current.get() is None  # nothing may be left behind
