"""The transport that a client is given, by name or as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from mizzle.errors import ConfigurationError

if TYPE_CHECKING:
    from mizzle.transports import Transport

__all__ = ["Connecting", "client_arguments", "open_transport"]


class Connecting(TypedDict, total=False):
    """What says how to reach DynamoDB; None, as what is left out, is AWS's own default.

    Attributes:
        region: Such as `eu-west-1`.
        endpoint_url: Another address than the region's.
        profile: A name in `~/.aws/config`.
        aws_access_key_id: Together with the secret key.
        aws_secret_access_key: Together with the key's id.
        aws_session_token: Of temporary credentials.
        config: A `botocore.config.Config`.
        verify: The path of a bundle of certificates to trust, or False to check none.
    """

    region: str | None
    endpoint_url: str | None
    profile: str | None
    aws_access_key_id: str | None
    aws_secret_access_key: str | None
    aws_session_token: str | None
    config: Any
    verify: bool | str | None


def client_arguments(settings: Connecting) -> dict[str, Any]:
    """Give settings as botocore's sessions take them to make a client; a profile is the session's."""
    found: dict[str, Any] = {**settings}
    found.pop("profile", None)
    return {"region_name": found.pop("region", None), **found}


def open_transport(transport: Any, client: Any, settings: Connecting) -> tuple[Transport, Any]:
    """Give a transport, and the client that was made for it, if one was.

    Args:
        transport: Its name, or one that is there already.
        client: A boto3 client, if there is one.
        settings: For a client or connections of its own.

    Raises:
        ConfigurationError: If they do not go together, or nothing can be reached with them.
    """
    match transport:
        case "boto":
            return _boto(client, settings)
        case "direct":
            return _direct(client, settings), None
        case _ if callable(getattr(transport, "send", None)):
            return transport, None
        case _:
            message = (
                f'transport={transport!r}: expected "boto", "direct", or an object with send() '
                "and close()"
            )
            raise ConfigurationError(message)


def _boto(client: Any, settings: Connecting) -> tuple[Transport, Any]:
    # botocore is slow to import.
    from mizzle.transports.boto import BotoTransport  # noqa: PLC0415

    if client is None:
        # Whoever brings a client of their own need not pay for boto3's.
        from mizzle.transports.own_client import make_client  # noqa: PLC0415

        client = make_client(**settings)
        return BotoTransport(client), client
    given = ", ".join(name for name, value in settings.items() if value is not None)
    if given:
        message = f"Mizzle(client, {given}): a client has these settings of its own"
        raise ConfigurationError(message)
    return BotoTransport(client), None


def _direct(client: Any, settings: Connecting) -> Transport:
    if client is not None:
        message = (
            'Mizzle(client, transport="direct"): this transport goes through no client. Leave the '
            "client out, and give region, endpoint_url, profile or config where they differ from "
            "the environment's."
        )
        raise ConfigurationError(message)
    # botocore is slow to import.
    from mizzle.transports.direct import DirectTransport  # noqa: PLC0415
    from mizzle.transports.settings import resolve  # noqa: PLC0415

    return DirectTransport(resolve(**settings))
