"""The stock boto3 client, without its tax.

Requests go through the client's own methods, so that credentials, endpoints, proxies and tracing
work as they do for everyone; but the body is put in ready-made and the answer taken out raw, and
a failed call is not repeated by botocore. All of it by the client's own events, and for the signature
by a signer in botocore's table:

- `before-call` is the last one before the length and the signature are computed;
- `choose-signer` says what computes the signature;
- `before-parse` is the last one before the answer is parsed;
- `needs-retry` is asked after each attempt; an exception raised there ends the call.
"""

from __future__ import annotations

from contextvars import ContextVar
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

# botocore ships no types.
from botocore import xform_name  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
    HTTPClientError,
    StubAssertionError,
    StubResponseError,
)

from mizzle.errors import ConfigurationError
from mizzle.request import Answer, Request
from mizzle.transports.bodies import check_body, is_refusal
from mizzle.transports.client_signing import DayKeys
from mizzle.transports.parameters import answer_of, full_parameters, placeholders
from mizzle.transports.refusals import UNREADABLE, refusal_by_status
from mizzle.transports.service_errors import (
    TRANSLATED,
    closed,
    line_break,
    translate,
)

__all__ = ["BotoTransport"]


class _Call:
    """One call of a client method that is ours.

    Attributes:
        body: What to put in place of the serialized parameters, or None to leave them.
        sending: The request dict that botocore made for it, once it has.
        content: The answer's body, once captured.
        refused: A refusal, from when it has come until botocore has read it.
    """

    __slots__ = ("body", "content", "hooks", "operation", "refused", "sending")

    def __init__(self, hooks: _Hooks, operation: str, body: bytes | None) -> None:
        self.hooks = hooks
        self.operation = operation
        self.body = body
        self.sending: Any = None
        self.content: bytes | None = None
        self.refused: dict[str, Any] | None = None


# For all services, so that whoever is asked for one is asked before.
_CHOOSE_SIGNER = "choose-signer"

_current: ContextVar[_Call | None] = ContextVar("mizzle_call", default=None)


class _Hooks:
    """The event handlers on one client; all that is not a call of ours passes untouched."""

    def __init__(self) -> None:
        self.users = 0
        self._day_keys = DayKeys()

    def _ours(self, operation: str) -> _Call | None:
        call = _current.get()
        if call is None or call.hooks is not self or call.operation != operation:
            return None
        return call

    def before_call(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        call = self._ours(model.name)
        # A second one in the same call comes from a handler that calls the client itself.
        if call is None or call.sending is not None:
            return
        call.sending = params
        if call.body is not None:
            params["body"] = call.body

    def choose_signer(
        self, event_name: str, signature_version: Any, context: dict[str, Any], **_: Any
    ) -> str | None:
        call = self._ours(event_name.rpartition(".")[2])
        sending = call.sending if call is not None else None
        if sending is None or sending.get("context") is not context:
            return None
        return self._day_keys.signer_for(signature_version, context)

    def before_parse(self, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        # Only captured here: what is raised in this event escapes `needs-retry`. An error's body
        # is left to botocore, which knows its parts.
        call = self._ours(operation_model.name)
        if call is None:
            return
        if is_refusal(response_dict["status_code"]):
            call.refused = response_dict
            return
        if call.body is None:
            return
        call.content = response_dict["body"]
        response_dict["body"] = b""

    def needs_retry(
        self,
        response: tuple[Any, dict[str, Any]] | None,
        operation: Any,
        caught_exception: Exception | None,
        request_dict: Any,
        **_: Any,
    ) -> None:
        call = self._ours(operation.name)
        if call is None or call.sending is not request_dict:
            return
        if response is None:
            if _is_of_header(caught_exception):
                # In its place, not from it: it shows what is in the header.
                raise line_break()
            raise caught_exception or RuntimeError(operation.name)
        call.refused = None
        http, parsed = response
        check_body(http.status_code, http.headers, http.content)
        if is_refusal(http.status_code):
            raise ClientError(parsed, operation.name)
        # No answer but None ends the call everywhere: to older botocores, False is a delay of 0.

    @property
    def _events(self) -> tuple[tuple[str, Any], ...]:
        return (
            ("before-call.dynamodb", self.before_call),
            ("before-parse.dynamodb", self.before_parse),
            ("needs-retry.dynamodb", self.needs_retry),
            (_CHOOSE_SIGNER, self.choose_signer),
        )

    def register(self, client: Any) -> None:
        events = client.meta.events
        for event, handler in self._events:
            # Whoever else has a say in the signer comes first, unless they have come last after us.
            is_last = event == _CHOOSE_SIGNER
            register = events.register_last if is_last else events.register_first
            register(event, handler, unique_id=f"mizzle.{event}")

    def unregister(self, client: Any) -> None:
        for event, handler in self._events:
            client.meta.events.unregister(event, handler, unique_id=f"mizzle.{event}")


_hooks_by_client: WeakKeyDictionary[Any, _Hooks] = WeakKeyDictionary()
_hooks_lock = Lock()


def _attach(client: Any) -> _Hooks:
    with _hooks_lock:
        hooks = _hooks_by_client.get(client)
        if hooks is None:
            hooks = _hooks_by_client[client] = _Hooks()
            hooks.register(client)
        hooks.users += 1
        return hooks


def _detach(client: Any, hooks: _Hooks) -> None:
    with _hooks_lock:
        hooks.users -= 1
        if hooks.users == 0:
            hooks.unregister(client)
            del _hooks_by_client[client]


class BotoTransport:
    """DynamoDB through a boto3 (or botocore) client, which stays its owner's.

    The client may be used by others at the same time, and by other transports.

    Args:
        client: As `boto3.client("dynamodb")` gives it.

    Raises:
        ConfigurationError: If it is not a DynamoDB client.
    """

    def __init__(self, client: Any) -> None:
        _require_dynamodb(client)
        self._client = client
        self._endpoint: str = client.meta.endpoint_url
        self._hooks: _Hooks | None = _attach(client)

    def send(self, request: Request) -> Answer:
        """Send one request, once, and give its answer.

        Raises:
            ServiceError: If DynamoDB refused, or no (whole) answer came.
            ConfigurationError: If nothing can be sent with these settings.
        """
        hooks = self._hooks
        if hooks is None:
            raise closed()
        try:
            return self._send(hooks, request)
        except StubResponseError:
            # The Stubber's verdict on the test that uses it.
            raise
        except TRANSLATED as error:
            raise translate(error, request, self._endpoint) from error

    def close(self) -> None:
        """Take the event handlers off the client, unless another transport needs them.

        The client itself stays open. No request may be under way.
        """
        hooks, self._hooks = self._hooks, None
        if hooks is not None:
            _detach(self._client, hooks)

    def _send(self, hooks: _Hooks, request: Request) -> Answer:
        small = placeholders(request)
        if small is None:
            return self._send_plainly(hooks, request)
        call = _Call(hooks, request.operation, request.to_json())
        try:
            parsed = self._run(call, small)
        except StubAssertionError:
            # botocore's Stubber compares the parameters with those that its user expects.
            return self._send_plainly(hooks, request)
        if call.content is not None:
            return Answer(call.content)
        _require_sent(call, parsed)
        return answer_of(parsed)

    def _send_plainly(self, hooks: _Hooks, request: Request) -> Answer:
        call = _Call(hooks, request.operation, None)
        return answer_of(self._run(call, full_parameters(request)))

    def _run(self, call: _Call, parameters: dict[str, Any]) -> dict[str, Any]:
        method = self._method(call.operation)
        token = _current.set(call)
        try:
            parsed: dict[str, Any] = method(**parameters)
        except UNREADABLE as error:
            if call.refused is None:
                raise
            raise _unread(call.operation, call.refused) from error
        finally:
            _current.reset(token)
        return parsed

    def _method(self, operation: str) -> Any:
        method = getattr(self._client, xform_name(operation), None)
        if method is None:
            message = f"the installed botocore does not know {operation}; upgrade boto3"
            raise ConfigurationError(message)
        return method


def _require_dynamodb(client: Any) -> None:
    model = getattr(getattr(client, "meta", None), "service_model", None)
    if getattr(model, "service_name", None) != "dynamodb":
        message = f'expected boto3.client("dynamodb"), got {type(client).__name__}'
        raise ConfigurationError(message)


def _is_of_header(error: Exception | None) -> bool:
    """Tell whether http.client refused to send a header, before anything else."""
    wrapping: Any = error if isinstance(error, HTTPClientError) else None
    cause: Any = wrapping.kwargs.get("error") if wrapping is not None else None
    return isinstance(cause, ValueError) and str(cause).startswith("Invalid header")


def _unread(operation: str, answer: dict[str, Any]) -> Exception:
    """Give the error for a refusal that botocore cannot read."""
    status, headers = answer["status_code"], answer["headers"]
    check_body(status, headers, answer["body"])
    return refusal_by_status(operation, status, headers)


def _require_sent(call: _Call, parsed: dict[str, Any]) -> None:
    """Refuse an answer to the placeholders, which would pass for one to the request.

    The Stubber answers before our handler is asked, but its answers came over no wire.
    """
    if call.sending is None and "HTTPHeaders" in parsed.get("ResponseMetadata", {}):
        message = (
            f"{call.operation} was not sent: the event handlers were gone from the boto3 client. "
            "Close a client of Mizzle only when no request is under way."
        )
        raise ConfigurationError(message)
