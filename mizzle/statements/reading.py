"""What the reads share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mizzle.errors import ServiceError
from mizzle.flows.outcomes import READ
from mizzle.flows.retry import send

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Flow
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Answer, Request

__all__ = ["send_read"]


def send_read(schema: EntitySchema, request: Request, config: MizzleConfig) -> Flow[Answer]:
    """Send a read; its errors say which entity they concern."""
    try:
        return (yield from send(request, config, READ))
    except ServiceError as error:
        error.entity = schema.cls
        error.key = key = request.body.get("Key")
        subject = schema.cls.__name__ if key is None else schema.describe(key)
        error.args = (f"{subject}: {error}",)
        raise
