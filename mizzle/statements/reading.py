"""What the reads share."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from mizzle.errors import ServiceError
from mizzle.flows.retry import send

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.flows.steps import Call, Sleep
    from mizzle.model.schema import EntitySchema
    from mizzle.request import Answer, Request

__all__ = ["send_read"]


def send_read(
    schema: EntitySchema, request: Request, config: MizzleConfig
) -> Generator[Call | Sleep, Answer | None, Answer]:
    """Send a read; its errors say which entity they concern."""
    try:
        return (yield from send(request, config.retry, repeatable=True))
    except ServiceError as error:
        error.entity = schema.cls
        error.key = request.body.get("Key")
        error.args = (f"{schema.cls.__name__}: {error}",)
        raise
