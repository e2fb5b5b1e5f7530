"""Lines to addresses: connections that are kept open, straight or through a proxy."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore import exceptions, httpsession  # type: ignore[import-untyped]  # no types
from urllib3.exceptions import (
    ClosedPoolError,
    ConnectTimeoutError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from mizzle.errors import ConfigurationError
from mizzle.transports import tls
from mizzle.transports.addresses import masked, require_escaped
from mizzle.transports.answers import Received
from mizzle.transports.service_errors import closed
from mizzle.transports.settings import Settings
from mizzle.transports.wire import POOLS

__all__ = ["Connections", "Line"]

_botocore: Any = httpsession

_LEAST_URLLIB3 = 2
# urllib3 raises what a request fails with, and sends none a second time.
_ONCE = urllib3.Retry(False)


class Connections:
    """Opens lines, all with the same settings.

    Args:
        settings: The proxies, certificates and time-outs.

    Raises:
        ConfigurationError: If urllib3 is too old.
    """

    def __init__(self, settings: Settings) -> None:
        _require_urllib3()
        self._proxies: Any = _botocore.ProxyConfiguration(settings.proxies, settings.proxies_config)
        cert = settings.client_cert
        cert_file, key_file = cert if isinstance(cert, tuple) else (cert, None)
        self._options: dict[str, Any] = {
            "timeout": urllib3.Timeout(
                connect=settings.connect_timeout, read=settings.read_timeout
            ),
            "maxsize": settings.max_connections,
            "socket_options": list(settings.socket_options),
            "cert_reqs": "CERT_REQUIRED" if settings.verify else "CERT_NONE",
            "cert_file": cert_file,
            "key_file": key_file,
        }
        self._verify = settings.verify
        self._has_certificates = False

    def open(self, url: str) -> Line:
        """Give a line to an address; it connects when it is used.

        Raises:
            ConfigurationError: If certificates cannot be read, or the address or a proxy cannot be
                used.
        """
        if url.startswith("https:") and not self._has_certificates:
            # Reading them takes a while, which plain requests need not wait for.
            self._options["ssl_context"] = tls.for_service(self._verify)
            self._has_certificates = True
        proxy: str | None = self._proxies.proxy_url_for(url)
        manager: Any = (
            urllib3.PoolManager(**self._options) if proxy is None else self._via(proxy, url)
        )
        manager.pool_classes_by_scheme = POOLS
        # Of a proxy, plain requests ask for the whole address; the others go through it.
        is_passed_on = proxy is not None and url.startswith("http:")
        target = url if is_passed_on else urlsplit(url).path or "/"
        try:
            pool = manager.connection_from_url(url)
        except (LocationValueError, ValueError):
            message = f"endpoint_url {masked(url)!r} is not an address that can be used"
            raise ConfigurationError(message) from None
        return Line(url, pool, proxy, target)

    def _via(self, proxy: str, url: str) -> urllib3.ProxyManager:
        options: dict[str, Any] = self._options
        try:
            require_escaped(proxy)
            context = tls.for_proxy(proxy, self._proxies.settings, self._verify)
            if url.startswith("http:"):
                # Then there is no other TLS than with the proxy, and older versions of urllib3 look
                # here.
                options = {**self._options, "ssl_context": context}
            return urllib3.ProxyManager(
                proxy,
                proxy_headers=self._proxies.proxy_headers_for(proxy),
                proxy_ssl_context=context,
                **options,
            )
        except (LocationValueError, ValueError):
            message = (
                f"The proxy {masked(proxy)} is not one that can be used. Give it as "
                "http://user:password@host:port, with %23 for # and %2F for / in user and password."
            )
            # What was raised shows the password.
            raise ConfigurationError(message) from None


class Line:
    """The connections to one address; it can be shared between threads.

    Args:
        url: The address.
        pool: urllib3's.
        proxy: The proxy's address.
        target: What a request asks for.
    """

    def __init__(self, url: str, pool: Any, proxy: str | None, target: str) -> None:
        self._url = url
        self._pool = pool
        self._proxy = proxy
        self._target = target
        self._urlopen: Callable[..., Received] = pool.urlopen

    def exchange(self, headers: dict[str, str], content: bytes) -> Received:
        """Send a request, once, and read the whole answer.

        Raises:
            HTTPClientError: botocore's, of the kind that its own client raises for the failure.
            ConfigurationError: If the line has been closed.
        """
        try:
            return self._urlopen(
                "POST",
                self._target,
                body=content,
                headers=headers,
                retries=_ONCE,
                redirect=False,
                assert_same_host=False,
            )
        except ClosedPoolError as error:
            raise closed() from error
        except ConfigurationError:
            raise
        except Exception as error:
            raise self._as_botocore(error) from error

    def close(self) -> None:
        """Close the connections that nobody uses, and the others when they have been used."""
        self._pool.close()

    def _as_botocore(self, error: Exception) -> Exception:
        """Give what botocore's client raises for an error of urllib3's."""
        to: dict[str, Any] = {"endpoint_url": masked(self._url), "error": error}
        # In the order in which botocore asks.
        found: Exception
        match error:
            case SSLError():
                found = exceptions.SSLError(**to)
            case NewConnectionError() | gaierror():
                found = exceptions.EndpointConnectionError(**to)
            case ProxyError():
                shown = masked(self._proxy or "")
                found = exceptions.ProxyConnectionError(proxy_url=shown, error=error)
            case ConnectTimeoutError():
                found = exceptions.ConnectTimeoutError(**to)
            case ReadTimeoutError():
                found = exceptions.ReadTimeoutError(**to)
            case ProtocolError():
                found = exceptions.ConnectionClosedError(**to)
            case _:
                found = exceptions.HTTPClientError(error=error)
        return found


def _require_urllib3() -> None:
    installed = version("urllib3")
    if int(installed.partition(".")[0]) < _LEAST_URLLIB3:
        message = (
            f'transport="direct" needs urllib3 2 or later, and {installed} is installed: '
            "upgrade urllib3, or use the default transport"
        )
        raise ConfigurationError(message)
