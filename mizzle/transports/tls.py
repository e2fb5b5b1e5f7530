"""Whom to trust, and what to show to whom."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from botocore import httpsession  # type: ignore[import-untyped]  # no types

from mizzle.errors import ConfigurationError

__all__ = ["for_proxy", "for_service"]

_botocore: Any = httpsession


def for_service(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001  # botocore's own
    """Make the TLS settings once; urllib3 would read the certificates for each connection.

    Args:
        verify: Whether certificates are checked, or the path of those to trust.

    Raises:
        ConfigurationError: If they cannot be read.
    """
    context: ssl.SSLContext = _botocore.create_urllib3_context()
    if verify:
        bundle = _botocore.get_cert_path(verify)
        try:
            context.load_verify_locations(bundle)
        except OSError as error:
            message = (
                f"The certificates to trust cannot be read from {bundle!r} ({error}). Check "
                "AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, and ca_bundle in ~/.aws/config."
            )
            raise ConfigurationError(message) from error
    return context


def for_proxy(
    proxy: str,
    settings: Mapping[str, Any],
    verify: bool | str,  # noqa: FBT001  # botocore's own
) -> ssl.SSLContext | None:
    """Make the TLS settings for a proxy; it is trusted as the service is, if nothing else is said.

    Args:
        proxy: Its address.
        settings: botocore's `proxies_config`.
        verify: As for the service.

    Returns:
        The settings, or None if there is no TLS with this proxy.

    Raises:
        ConfigurationError: If certificates cannot be read.
    """
    bundle, cert = settings.get("proxy_ca_bundle"), settings.get("proxy_client_cert")
    if bundle is None and cert is None and not proxy.startswith("https:"):
        return None
    context = for_service(verify) if bundle is None else _botocore.create_urllib3_context()
    if bundle is None and not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        # In addresses urllib3 checks it itself.
        context.check_hostname = not _is_address(urlsplit(proxy).hostname or "")
    try:
        if bundle is not None:
            context.load_verify_locations(bundle)
        if cert is not None:
            context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
    except OSError as error:
        message = f"The certificates that proxies_config names cannot be used: {error}."
        raise ConfigurationError(message) from error
    return context


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        ip_address(host.partition("%")[0])
        return True
    return False
