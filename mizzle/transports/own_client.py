"""The boto3 client that a Mizzle makes for itself: the stock one, spared what is of no use to ours."""

from __future__ import annotations

from typing import Any, Unpack

# Neither ships types.
from boto3.session import Session  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.session import Session as CoreSession  # type: ignore[import-untyped]

from mizzle.transports.opening import Connecting, client_arguments
from mizzle.transports.service_errors import naming_settings

__all__ = ["make_client"]


def make_client(**settings: Unpack[Connecting]) -> Any:
    """Make a boto3 DynamoDB client; what is left out comes from AWS's usual places.

    Args:
        settings: How to reach DynamoDB.

    Raises:
        ConfigurationError: If there is no region, no such profile, half a pair of keys, or an
            endpoint that is none.
    """
    # The keys go to the client: a session takes half a pair of them without a word.
    with naming_settings():
        core = CoreSession()
        session: Any = Session(profile_name=settings.get("profile"), botocore_session=core)
        arguments = client_arguments(settings)
        arguments["config"] = _lean(core, settings.get("config"))
        return session.client("dynamodb", **arguments)


def _lean(session: Any, config: Any) -> Any:
    """Spare the client what costs every request something, and is of no use to ours.

    Parameters are placeholders, and a header that names the client is the same each time. What the
    caller has set stays as it is.
    """
    app = getattr(config, "user_agent_appid", None)
    app = app or session.get_config_variable("user_agent_appid")
    # botocore adds boto3's addition again.
    agent = session.user_agent().removesuffix(f" {session.user_agent_extra}")
    name = f"{agent} lib/mizzle" + (f" app/{app}" if app else "")
    lean: Any = Config(user_agent=name, parameter_validation=False)
    return lean if config is None else lean.merge(config)
