"""DynamoDB without boto3's client in between: signed here, sent over connections of our own.

botocore says where to, as whom and how, once; a request is then a signature, an exchange of bytes
and a look at the checksum.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import quote

# botocore ships no types.
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.exceptions import NoCredentialsError  # type: ignore[import-untyped]

from mizzle.request import Answer, Request
from mizzle.transports.addresses import masked
from mizzle.transports.bodies import is_refusal
from mizzle.transports.connections import Connections, Line
from mizzle.transports.endpoints import Endpoint, Locator, tables_elsewhere
from mizzle.transports.forking import ForkingGate, ForkingLock, notice_fork
from mizzle.transports.refusals import refusal
from mizzle.transports.service_errors import TRANSLATED, closed, translate
from mizzle.transports.settings import Settings
from mizzle.transports.signing import Signer

__all__ = ["DirectTransport"]

_TARGET = "DynamoDB_20120810."
# Then the places that have been found are forgotten: any number of tables can be named by ARN.
_MOST_PLACES = 1000


class DirectTransport:
    """DynamoDB over connections of its own.

    It can be shared between threads, and used on in a process that was forked: the child opens
    connections of its own.

    Args:
        settings: As `resolve` finds them.

    Raises:
        ConfigurationError: If certificates cannot be read, or if botocore's requests are answered
            in this process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._service = settings.client.meta.service_model
        self._locator = Locator(settings.client)
        self._locator.require_alone()
        self._connections = Connections(settings)
        # Proxies that cannot be used are refused now, and not by the first request.
        self._connections.open(settings.client.meta.endpoint_url).close()
        self._fixed_keys = _frozen_if_fixed(settings.credentials)
        self._destinations: dict[Any, _Destination] = {}
        # By URL: many places have the same.
        self._lines: dict[str, Line] = {}
        self._is_closed = False
        # Held for what is rarely done, such as finding an address.
        self._lock = ForkingLock(in_child=self._leave_to_parent)
        self._renewing = ForkingGate()

    def send(self, request: Request) -> Answer:
        """Send one request, once, and give its answer.

        Raises:
            ServiceError: If DynamoDB refused, or no (whole) answer came.
            ConfigurationError: If nothing can be sent with these settings.
        """
        if self._is_closed:
            raise closed()
        notice_fork()
        self._locator.require_alone()
        try:
            keys = self._keys()
            destination = self._destination(request, keys)
        except TRANSLATED as error:
            url = masked(self._settings.client.meta.endpoint_url)
            raise translate(error, request, url) from error
        try:
            return destination.send(request, keys)
        except TRANSLATED as error:
            raise translate(error, request, destination.url) from error

    def close(self) -> None:
        """Close the connections; it cannot be used afterwards."""
        self._is_closed = True
        notice_fork()
        with self._lock:
            for line in self._lines.values():
                line.close()
            self._destinations, self._lines = {}, {}
            self._settings.client.close()

    def _keys(self) -> Any:
        """Give the credentials of this moment."""
        if self._fixed_keys is not None:
            return self._fixed_keys
        if self._settings.credentials is None:
            raise NoCredentialsError
        # botocore lets one thread renew them early, and the others go on with those there are. A fork
        # waits for it: the locks that are taken meanwhile would stay locked in the child.
        with self._renewing:
            return self._settings.credentials.get_frozen_credentials()

    def _destination(self, request: Request, keys: Any) -> _Destination:
        # DynamoDB has addresses for each account: the keys' and that of a table named by its ARN.
        # Older botocores do not know the keys' account, nor such addresses.
        elsewhere = tables_elsewhere(request)
        # AWS's rules look at the first table only.
        first = elsewhere[0] if elsewhere and elsewhere[0] == request.tables[0] else None
        place = getattr(keys, "account_id", None), first, tuple(sorted({*elsewhere}))
        found = self._destinations.get(place)
        return self._find(request, place) if found is None else found

    def _find(self, request: Request, place: Any) -> _Destination:
        with self._lock:
            if self._is_closed:
                raise closed()
            found = self._destinations.get(place)
            if found is None:
                endpoint = self._locator.locate(request)
                line = self._lines.get(endpoint.url)
                if line is None:
                    line = self._lines[endpoint.url] = self._connections.open(endpoint.url)
                if len(self._destinations) >= _MOST_PLACES:
                    self._destinations = {}
                found = _Destination(endpoint, line, self._service)
                self._destinations[place] = found
            return found

    def _leave_to_parent(self) -> None:
        """In a child: open connections of its own."""
        self._destinations, self._lines = {}, {}


class _Destination:
    """An address, and what is needed to send requests there."""

    def __init__(self, endpoint: Endpoint, line: Line, service: Any) -> None:
        # For messages.
        self.url = masked(endpoint.url).rstrip("/")
        self._line = line
        self._service = service
        self._user_agent = endpoint.user_agent
        self._signer = Signer(
            host=endpoint.host,
            path=endpoint.path,
            region=endpoint.region,
            service=endpoint.service,
        )

    def send(self, request: Request, keys: Any) -> Answer:
        content = request.to_json()
        headers = self._signer.sign(keys, _TARGET + request.operation, content, time.time())
        headers["User-Agent"] = self._user_agent
        # Otherwise an intermediary might compress the answer.
        headers["Accept-Encoding"] = "identity"
        trace = os.environ.get("_X_AMZN_TRACE_ID")
        if trace and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            # Lambda finds functions by it that call themselves without end.
            headers["X-Amzn-Trace-Id"] = quote(trace, safe="-=;:+&[]{}\"',")
        received = self._line.exchange(headers, content)
        if received.damage is not None:
            raise received.damage
        if is_refusal(received.status):
            raise refusal(self._service, request.operation, received)
        return Answer(received.content)


def _frozen_if_fixed(credentials: Any) -> Any:
    """Give credentials that never change as they are; None for the others."""
    return credentials.get_frozen_credentials() if type(credentials) is Credentials else None
