"""What the reads share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mizzle.errors import ServiceError
from mizzle.flows.outcomes import READ
from mizzle.flows.retry import send

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.model.source import Source
    from mizzle.request import Answer, Request

__all__ = ["send_read"]


def send_read(source: Source, request: Request, config: MizzleConfig) -> Flow[Answer]:
    """Send a read; its errors say which entity they concern."""
    try:
        return (yield from send(request, config, READ))
    except ServiceError as error:
        error.entity = source.entity
        error.key = key = request.body.get("Key")
        subject = source.label if key is None else source.describe(key)
        error.args = (f"{subject}: {error}",)
        raise
