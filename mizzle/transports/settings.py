"""What botocore makes of the arguments, the environment and the profile; asked for once."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

# botocore ships no types.
from botocore import utils  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.session import Session  # type: ignore[import-untyped]

from mizzle.errors import ConfigurationError
from mizzle.transports.opening import Connecting, client_arguments
from mizzle.transports.service_errors import naming_settings

__all__ = ["Settings", "resolve"]

_utils: Any = utils

_OBEYED = frozenset(
    {
        "account_id_endpoint_mode",
        "client_cert",
        "connect_timeout",
        "defaults_mode",
        "ignore_configured_endpoint_urls",
        "max_pool_connections",
        "proxies",
        "proxies_config",
        "read_timeout",
        "region_name",
        "tcp_keepalive",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
        "user_agent",
        "user_agent_appid",
        "user_agent_extra",
    }
)
# Looked at for themselves, by `_require_supported`.
_JUDGED = frozenset({"auth_scheme_preference", "endpoint_discovery_enabled", "signature_version"})
# They concern other services, or what Mizzle does by itself: validation and retries.
_IRRELEVANT = frozenset(
    {
        "client_context_params",
        "disable_request_compression",
        "inject_host_prefix",
        "parameter_validation",
        "request_checksum_calculation",
        "request_min_compression_size_bytes",
        "response_checksum_validation",
        "retries",
        "s3",
        "s3_disable_express_session_auth",
        "sigv4a_signing_region_set",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach DynamoDB, and as whom.

    Attributes:
        client: botocore's client with these settings. It sends nothing; it is asked for addresses.
        credentials: botocore's, which renew themselves; None if there are none.
        verify: Whether certificates are checked, or the path of those to trust.
        client_cert: The path of a certificate to show, or those of a certificate and its key.
        proxies: The proxy's address by scheme.
        proxies_config: botocore's further settings for proxies.
        connect_timeout: Seconds; None waits for ever.
        read_timeout: Likewise.
        max_connections: How many are kept open.
        socket_options: For new connections.
    """

    client: Any
    credentials: Any
    verify: bool | str
    client_cert: str | tuple[str, str] | None
    # With passwords.
    proxies: Mapping[str, str] = field(repr=False)
    proxies_config: Mapping[str, Any]
    connect_timeout: float | None
    read_timeout: float | None
    max_connections: int
    socket_options: Sequence[tuple[int, int, int]]


def resolve(session: Any = None, **settings: Unpack[Connecting]) -> Settings:
    """Find out what a client of botocore's would use; what is left out comes from AWS's usual places.

    Args:
        session: A session of botocore's, instead of a new one.
        settings: How to reach DynamoDB.

    Raises:
        ConfigurationError: If no client can be made, or with settings that only boto3's knows.
    """
    config, verify = settings.get("config"), settings.get("verify")
    key_id = settings.get("aws_access_key_id")
    _require_known(config)
    with naming_settings():
        session = Session(profile=settings.get("profile")) if session is None else session
        client = session.create_client("dynamodb", **client_arguments(settings))
        _require_supported(client, session, config)
        if key_id is None:
            credentials = session.get_credentials()
        else:
            secret, token = settings.get("aws_secret_access_key"), settings.get("aws_session_token")
            credentials = Credentials(key_id, secret, token)
        found = client.meta.config
        return Settings(
            client=client,
            credentials=credentials,
            verify=_verify(session, verify),
            client_cert=_client_cert(found.client_cert),
            proxies=_proxies(client),
            proxies_config=found.proxies_config or {},
            connect_timeout=found.connect_timeout,
            read_timeout=found.read_timeout,
            max_connections=found.max_pool_connections,
            socket_options=_socket_options(session, found),
        )


def _require_known(config: Any) -> None:
    """Refuse options of which nobody has said what they mean here; botocore gets new ones."""
    if config is None:
        return
    if not isinstance(config, Config):
        message = f"expected a botocore.config.Config, got {type(config).__name__}"
        raise ConfigurationError(message)
    known: Any = Config.OPTION_DEFAULTS
    defaults: dict[str, Any] = dict(known)
    unknown = [
        name
        for name in sorted(defaults.keys() - _OBEYED - _JUDGED - _IRRELEVANT)
        if getattr(config, name) != defaults[name]
    ]
    if unknown:
        _refuse(f"Config({', '.join(unknown)})")


def _require_supported(client: Any, session: Any, config: Any) -> None:
    version: Any = client.meta.config.signature_version
    if version != "v4":
        _refuse(f"the signature version {version!r}")
    discovery: Any = getattr(config, "endpoint_discovery_enabled", None)
    if discovery is None:
        discovery = session.get_config_variable("endpoint_discovery_enabled")
    if str(discovery).lower() == "true":
        _refuse("endpoint discovery")
    proxying: Mapping[str, Any] | None = client.meta.config.proxies_config
    if proxying and proxying.get("proxy_use_forwarding_for_https"):
        _refuse("proxy_use_forwarding_for_https")


def _refuse(what: str) -> None:
    message = f'transport="direct" does not know {what}; use the default transport'
    raise ConfigurationError(message)


def _verify(session: Any, verify: bool | str | None) -> bool | str:  # noqa: FBT001  # botocore's own
    found: Any = session.get_config_variable("ca_bundle") if verify is None else verify
    if found is None:
        found = os.environ.get("REQUESTS_CA_BUNDLE")
    return True if found is None else found


def _client_cert(found: Any) -> str | tuple[str, str] | None:
    match found:
        case None | str():
            return found
        case [str(cert), str(key)]:
            return cert, key
        case _:
            message = (
                "client_cert: expected the path of a certificate, or those of a certificate and its "
                f"key, got {found!r}"
            )
            raise ConfigurationError(message)


def _proxies(client: Any) -> Mapping[str, str]:
    found: Mapping[str, str] | None = client.meta.config.proxies
    if found is None:
        found = _utils.get_environ_proxies(client.meta.endpoint_url)
    return found or {}


def _socket_options(session: Any, config: Any) -> list[tuple[int, int, int]]:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    in_profile = str(session.get_scoped_config().get("tcp_keepalive", False)).lower() == "true"
    if config.tcp_keepalive or in_profile:
        options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    return options
