"""What botocore raises, as one of ours."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

# botocore ships no types.
from botocore import exceptions  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from mizzle.classification import classify, failure_of
from mizzle.errors import (
    AccessDeniedError,
    ConfigurationError,
    ConnectionFailedError,
    DamagedAnswerError,
    InvalidRequestError,
    MizzleError,
    ServiceError,
    TableNotFoundError,
)
from mizzle.request import Request
from mizzle.transports.parameters import item_of
from mizzle.transports.refusals import UNREADABLE, refusal_by_status

__all__ = ["TRANSLATED", "closed", "line_break", "naming_settings", "translate"]

TRANSLATED: tuple[type[Exception], ...] = (
    exceptions.ClientError,
    exceptions.BotoCoreError,
    ResponseParserError,
    # Handlers of the client's own events (fault injectors, recorders) raise the plain ones.
    ConnectionError,
    TimeoutError,
)
"""What `translate` understands."""


def _named(*names: str) -> tuple[type[Exception], ...]:
    """Find botocore's exceptions; the older versions do not have all of them."""
    return tuple(getattr(exceptions, name) for name in names if hasattr(exceptions, name))


_INVALID = _named("ParamValidationError", "ValidationError", "MissingParametersError")
_CREDENTIALS = _named(
    "CredentialRetrievalError",
    "InfiniteLoopConfigError",
    "LoginError",
    "MetadataRetrievalError",
    "NoAuthTokenError",
    "RefreshWithMFAUnsupportedError",
    "SSOError",
    "TokenRetrievalError",
    "UnknownCredentialError",
    "UnknownTokenProviderError",
)
_SETTINGS = _named(
    "BaseEndpointResolverError",
    "ConfigNotFound",
    "ConfigParseError",
    "EndpointProviderError",
    "InvalidConfigError",
    "InvalidEndpointConfigurationError",
    "InvalidRegionError",
    "InvalidRetryConfigurationError",
    "MissingDependencyException",
    "UnknownRegionError",
    "UnknownSignatureVersionError",
)

_SETTINGS_MESSAGES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        _named("NoRegionError"),
        (
            "No AWS region is set. Set AWS_DEFAULT_REGION, or pass the region when the client is "
            'made: boto3.client("dynamodb", region_name="eu-west-1").'
        ),
    ),
    (
        _named("NoCredentialsError"),
        (
            "No AWS credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose "
            "a profile with AWS_PROFILE, or run where a role is attached. (A local engine takes any "
            "keys.)"
        ),
    ),
    (
        _named("PartialCredentialsError"),
        (
            "The AWS credentials are incomplete: {}. "
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY together."
        ),
    ),
    (
        _named("ProfileNotFound"),
        "{}. Check AWS_PROFILE and the profiles in ~/.aws/config.",
    ),
    (
        _CREDENTIALS,
        (
            "The AWS credentials could not be had: {}. Sign in again (for example `aws sso login`), "
            "or check the profile's credential settings."
        ),
    ),
    (_SETTINGS, "The client cannot be used as it is set up: {}."),
)

_HINTS: dict[type[ServiceError], str] = {
    TableNotFoundError: "Check the table's name, the region and the endpoint, or create the table.",
    AccessDeniedError: "Check the credentials and what their policy allows on this table.",
}


def translate(error: Exception, request: Request, endpoint: str) -> MizzleError:
    """Give the error of ours for what a call of boto3's client raised.

    Args:
        error: One of `TRANSLATED`.
        request: What was being sent.
        endpoint: Where to, for the message.
    """
    if isinstance(error, exceptions.ClientError):
        try:
            return _refused(error, request)
        except UNREADABLE:
            # Its parts are not of DynamoDB's kinds.
            return _refused(_without_parts(error, request), request)
    failure = failure_of(error)
    if failure is not None and failure.error is DamagedAnswerError:
        return DamagedAnswerError(
            f"{request.subject}: the answer arrived damaged ({error}).", code=type(error).__name__
        )
    if failure is not None:
        return _connection_failed(error, request, endpoint, is_open=failure.is_open)
    wrong_setting = _configuration_error(error)
    if wrong_setting is not None:
        return wrong_setting
    kind = InvalidRequestError if isinstance(error, _INVALID) else ServiceError
    return kind(f"{request.subject}: {error}", code=type(error).__name__)


def closed() -> ConfigurationError:
    """Give the error for a request after `close()`."""
    return ConfigurationError("this client has been closed; make a new one")


def line_break() -> ConfigurationError:
    """Give the error for a header that cannot be sent, without saying what is in it."""
    return ConfigurationError(
        "Nothing was sent: a header has a line break in it. Check the "
        "AWS credentials, which were perhaps read from a file with its last line break."
    )


@contextmanager
def naming_settings() -> Generator[None, None, None]:
    """While a client is made: raise the error of ours that says what to set.

    Raises:
        ConfigurationError: If a setting is to blame.
    """
    try:
        yield
    except exceptions.BotoCoreError as error:
        wrong_setting = _configuration_error(error)
        if wrong_setting is None:
            raise
        raise wrong_setting from error
    except ValueError as error:
        # Of an endpoint that is no URL, botocore says so.
        message = f"The client cannot be used as it is set up: {error}."
        raise ConfigurationError(message) from error


def _configuration_error(error: Exception) -> ConfigurationError | None:
    """Give the error of ours that says what to set, or None if no setting is to blame."""
    message = _about_settings(error)
    return None if message is None else ConfigurationError(message)


def _about_settings(error: Exception) -> str | None:
    for kinds, message in _SETTINGS_MESSAGES:
        if isinstance(error, kinds):
            return message.format(str(error).rstrip("."))
    return None


def _without_parts(error: Any, request: Request) -> Exception:
    metadata = error.response.get("ResponseMetadata", {})
    headers = {"x-amzn-requestid": metadata.get("RequestId")}
    return refusal_by_status(request.operation, metadata.get("HTTPStatusCode"), headers)


def _refused(error: Any, request: Request) -> ServiceError:
    parsed: Mapping[str, Any] = error.response
    details = parsed.get("Error", {})
    metadata = parsed.get("ResponseMetadata", {})
    code: str = details.get("Code", "")
    status: int | None = metadata.get("HTTPStatusCode")
    # Some answers say `Message`, which botocore leaves beside its own `Error` for modelled errors.
    texts = details.get("Message"), parsed.get("Message"), f"HTTP status {status}"
    text = next(text for text in texts if text and isinstance(text, str))
    reasons = _reasons(parsed)
    kind = classify(code, status, reasons)
    message = f"{request.subject}: {code}: {text.rstrip('.')}."
    hint = _HINTS.get(kind)
    return kind(
        f"{message} {hint}" if hint else message,
        code=code,
        status=status,
        request_id=metadata.get("RequestId"),
        item=item_of(parsed.get("Item")),
        reasons=reasons,
    )


def _reasons(parsed: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    # DynamoDB spells it with a small t in ThrottlingException.
    names = ("CancellationReasons", "ThrottlingReasons", "throttlingReasons")
    found: Sequence[Mapping[str, Any]] = next((parsed[n] for n in names if parsed.get(n)), ())
    return [
        {**reason, "Item": item_of(reason["Item"])} if reason.get("Item") else reason
        for reason in found
    ]


def _connection_failed(
    error: Exception, request: Request, endpoint: str, *, is_open: bool
) -> ConnectionFailedError:
    # A TLS failure can come late, but that of the certificate is the handshake's.
    if not is_open or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConnectionFailedError(
            f"{request.subject}: DynamoDB cannot be reached at {endpoint} ({error}). "
            "Check that it is running and reachable from here, the client's region, and "
            "endpoint_url or AWS_ENDPOINT_URL_DYNAMODB.",
            code=type(error).__name__,
            outcome_open=False,
        )
    return ConnectionFailedError(
        f"{request.subject}: no whole answer came from {endpoint} ({error}).",
        code=type(error).__name__,
        outcome_open=True,
    )
