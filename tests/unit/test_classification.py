"""E2 and E3 as tables: what is retried, and what leaves the outcome of a write open."""

from __future__ import annotations

import socket
import ssl
from http.client import RemoteDisconnected
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from mizzle.classification import FAILURES, classify, failure_of, is_about_credentials, of_reason
from mizzle.errors import (
    AccessDeniedError,
    ConditionFailedError,
    ConnectionFailedError,
    DamagedAnswerError,
    InternalServiceError,
    InvalidRequestError,
    ItemCollectionTooLargeError,
    ServiceError,
    TableExistsError,
    TableNotFoundError,
    ThrottledError,
    TransactionCanceledError,
    TransactionConflictError,
)
from mizzle.request import Request
from mizzle.transports.service_errors import translate

# code, HTTP status, error, retried, open
CODES: list[tuple[str, int, type[ServiceError], bool, bool]] = [
    ("ProvisionedThroughputExceededException", 400, ThrottledError, True, False),
    ("ThrottlingException", 400, ThrottledError, True, False),
    ("RequestLimitExceeded", 400, ThrottledError, True, False),
    ("TransactionConflictException", 400, TransactionConflictError, True, False),
    ("TransactionInProgressException", 400, TransactionConflictError, True, False),
    ("InternalServerError", 500, InternalServiceError, True, True),
    ("ServiceUnavailable", 503, InternalServiceError, True, True),
    ("500", 500, InternalServiceError, True, True),
    ("502", 502, InternalServiceError, True, True),
    ("503", 503, InternalServiceError, True, True),
    ("", 504, InternalServiceError, True, True),
    ("SomethingNew", 500, InternalServiceError, True, True),
    ("ConditionalCheckFailedException", 400, ConditionFailedError, False, False),
    ("ValidationException", 400, InvalidRequestError, False, False),
    ("SerializationException", 400, InvalidRequestError, False, False),
    ("AccessDeniedException", 400, AccessDeniedError, False, False),
    ("ExpiredTokenException", 400, AccessDeniedError, False, False),
    ("UnrecognizedClientException", 400, AccessDeniedError, False, False),
    ("InvalidSignatureException", 400, AccessDeniedError, False, False),
    ("IncompleteSignatureException", 400, AccessDeniedError, False, False),
    ("MissingAuthenticationTokenException", 400, AccessDeniedError, False, False),
    ("ResourceNotFoundException", 400, TableNotFoundError, False, False),
    ("ResourceInUseException", 400, TableExistsError, False, False),
    ("ItemCollectionSizeLimitExceededException", 400, ItemCollectionTooLargeError, False, False),
    ("TransactionCanceledException", 400, TransactionCanceledError, False, False),
    ("IdempotentParameterMismatchException", 400, ServiceError, False, False),
    ("SomethingNew", 400, ServiceError, False, False),
    ("", 404, ServiceError, False, False),
    ("501", 501, ServiceError, False, False),
]

REQUEST = Request("PutItem", {"TableName": "app"})


def client_error(code: str, status: int, **more: Any) -> ClientError:
    metadata = {"HTTPStatusCode": status, "RequestId": "r1"}
    response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata, **more}
    return ClientError(response, "PutItem")


def label(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(("code", "status", "error", "is_retried", "is_open"), CODES, ids=label)
def test_each_code_is_one_error_of_ours(
    code: str, status: int, error: type[ServiceError], is_retried: bool, is_open: bool
) -> None:
    assert classify(code, status) is error
    assert (error.retryable, error.outcome_open) == (is_retried, is_open)

    translated = translate(client_error(code, status), REQUEST, "http://here")
    assert type(translated) is error


@pytest.mark.parametrize(("code", "status", "error", "is_retried", "is_open"), CODES, ids=label)
def test_the_same_is_said_of_an_error_of_botocores(
    code: str, status: int, error: type[ServiceError], is_retried: bool, is_open: bool
) -> None:
    failure = failure_of(client_error(code, status))

    if error is ServiceError:
        assert failure is None
    else:
        assert failure is not None
        found = (failure.error, failure.is_retried, failure.is_open)
        assert found == (error, is_retried, is_open)


HERE = {"endpoint_url": "http://here"}
NOWHERE: Any = None
GAI = socket.gaierror(socket.EAI_NONAME, "no such name")


def through_proxy(cause: Exception) -> Exception:
    """What botocore raises for what urllib3 says of a proxy."""
    wrapped = ProxyError("Unable to connect to proxy", cause)
    error: Exception = exceptions.ProxyConnectionError(proxy_url="http://p", error=wrapped)
    return error


# exception, error, retried, open
EXCEPTIONS: list[tuple[Exception, type[ServiceError], bool]] = [
    (exceptions.EndpointConnectionError(**HERE), ConnectionFailedError, False),
    (exceptions.ConnectTimeoutError(**HERE), ConnectionFailedError, False),
    (through_proxy(NewConnectionError(NOWHERE, "refused")), ConnectionFailedError, False),
    (through_proxy(NameResolutionError("p", NOWHERE, GAI)), ConnectionFailedError, False),
    (through_proxy(ConnectTimeoutError("late")), ConnectionFailedError, False),
    (through_proxy(GAI), ConnectionFailedError, False),
    (through_proxy(OSError("Tunnel connection failed: 407 No")), ConnectionFailedError, False),
    (through_proxy(RemoteDisconnected("no answer")), ConnectionFailedError, True),
    (through_proxy(ConnectionResetError("reset")), ConnectionFailedError, True),
    (through_proxy(ReadTimeoutError(NOWHERE, "/", "late")), ConnectionFailedError, True),
    (through_proxy(OSError("disk full")), ConnectionFailedError, True),
    (exceptions.ProxyConnectionError(proxy_url="http://p"), ConnectionFailedError, True),
    (ConnectionRefusedError("refused"), ConnectionFailedError, False),
    (exceptions.ReadTimeoutError(**HERE), ConnectionFailedError, True),
    (exceptions.ConnectionClosedError(**HERE), ConnectionFailedError, True),
    (exceptions.HTTPClientError(error="broken"), ConnectionFailedError, True),
    (exceptions.ResponseStreamingError(error="broken"), ConnectionFailedError, True),
    (exceptions.SSLError(error="broken", **HERE), ConnectionFailedError, True),
    (ConnectionResetError("reset"), ConnectionFailedError, True),
    (ConnectionAbortedError("aborted"), ConnectionFailedError, True),
    (BrokenPipeError("pipe"), ConnectionFailedError, True),
    (TimeoutError("late"), ConnectionFailedError, True),
    (
        exceptions.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"),
        DamagedAnswerError,
        True,
    ),
    (exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), DamagedAnswerError, True),
    (ResponseParserError("no JSON"), DamagedAnswerError, True),
]


@pytest.mark.parametrize(("exception", "error", "is_open"), EXCEPTIONS, ids=label)
def test_each_failure_on_the_way_is_retried(
    exception: Exception, error: type[ServiceError], is_open: bool
) -> None:
    failure = failure_of(exception)

    assert failure is not None
    assert (failure.error, failure.is_retried, failure.is_open) == (error, True, is_open)


@pytest.mark.parametrize(("exception", "error", "is_open"), EXCEPTIONS, ids=label)
def test_a_transport_says_the_same(
    exception: Exception, error: type[ServiceError], is_open: bool
) -> None:
    found = translate(exception, REQUEST, "http://here")

    assert isinstance(found, ServiceError)
    assert (type(found), found.retryable, found.outcome_open) == (error, True, is_open)


def test_a_handshake_that_fails_on_the_certificate_has_sent_nothing() -> None:
    problem = ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    found = translate(exceptions.SSLError(error=problem, **HERE), REQUEST, "http://here")

    assert isinstance(found, ConnectionFailedError)
    assert found.outcome_open is False


@pytest.mark.parametrize(
    "exception",
    [
        exceptions.NoCredentialsError(),
        exceptions.NoRegionError(),
        exceptions.ParamValidationError(report="wrong"),
        ValueError("v"),
        OSError("disk full"),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_any_other_exception_is_no_failure_of_the_table(exception: BaseException) -> None:
    assert failure_of(exception) is None


def test_a_response_of_somebody_elses_is_not_taken_for_botocores() -> None:
    class OddError(Exception):
        response = "a string"

    assert failure_of(OddError()) is None


# Transactions.

CANCELLED = "TransactionCanceledException"


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (["TransactionConflict"], TransactionConflictError),
        (["TransactionConflict", "None", "TransactionConflict"], TransactionConflictError),
        (["None", "ProvisionedThroughputExceeded"], ThrottledError),
        (["ThrottlingError"], ThrottledError),
        (["RequestLimitExceeded"], ThrottledError),
        (["ThrottlingError", "TransactionConflict"], ThrottledError),
        (["ConditionalCheckFailed"], TransactionCanceledError),
        (["ConditionalCheckFailed", "TransactionConflict"], TransactionCanceledError),
        (["ValidationError"], TransactionCanceledError),
        (["ItemCollectionSizeLimitExceeded"], TransactionCanceledError),
        (["DuplicateItem"], TransactionCanceledError),
        (["SomethingNew", "ThrottlingError"], TransactionCanceledError),
        (["None", "None"], TransactionCanceledError),
        ([], TransactionCanceledError),
    ],
)
def test_a_cancelled_transaction_is_retried_if_every_reason_passes(
    codes: list[str], error: type[ServiceError]
) -> None:
    reasons = [{"Code": code} for code in codes]

    assert classify(CANCELLED, 400, reasons) is error
    translated = translate(
        client_error(CANCELLED, 400, CancellationReasons=reasons), REQUEST, "http://here"
    )
    assert isinstance(translated, ServiceError)
    assert (type(translated), translated.reasons) == (error, tuple(reasons))


def test_a_reason_without_a_code_is_none() -> None:
    reasons: list[dict[str, Any]] = [{}, {"Code": None}, {"Code": "TransactionConflict"}]
    assert classify(CANCELLED, 400, reasons) is TransactionConflictError


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ConditionalCheckFailed", ConditionFailedError),
        ("ValidationError", InvalidRequestError),
        ("ItemCollectionSizeLimitExceeded", ItemCollectionTooLargeError),
        ("TransactionConflict", TransactionConflictError),
        ("ThrottlingError", ThrottledError),
        ("DuplicateItem", ServiceError),
    ],
)
def test_one_reason_is_the_error_of_its_action(code: str, error: type[ServiceError]) -> None:
    assert of_reason(code) is error


# The table itself.


@pytest.mark.parametrize("name", ["ThrottlingReasons", "throttlingReasons"])
def test_throttling_reasons_are_kept(name: str) -> None:
    reasons = [{"reason": "TableWriteProvisionedThroughputExceeded", "resource": "arn"}]
    found = translate(
        client_error("ThrottlingException", 400, **{name: reasons}), REQUEST, "http://here"
    )

    assert isinstance(found, ThrottledError)
    assert found.reasons == tuple(reasons)


def test_no_code_stands_for_two_failures() -> None:
    for part in ("codes", "statuses", "exceptions", "reasons"):
        found = [each for failure in FAILURES for each in getattr(failure, part)]
        assert len(found) == len(set(found))


def test_an_open_outcome_is_marked_alike_on_failures_and_errors() -> None:
    for failure in FAILURES:
        if failure.error is not ConnectionFailedError:
            assert failure.is_open == failure.error.outcome_open


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AccessDeniedError("no", code="ExpiredTokenException"), True),
        (AccessDeniedError("no", code="UnrecognizedClientException"), True),
        (AccessDeniedError("no", code="AccessDeniedException"), False),
        (InvalidRequestError("no", code="ValidationException"), False),
    ],
)
def test_who_asks_is_told_from_what_is_asked(error: ServiceError, expected: bool) -> None:
    assert is_about_credentials(error) is expected
