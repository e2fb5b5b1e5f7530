"""Requests out, answers in: the rooms that know how DynamoDB is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mizzle.request import Answer, Request

__all__ = ["Transport"]


class Transport(Protocol):
    """A way to DynamoDB."""

    def send(self, request: Request) -> Answer:
        """Send one request, once, and give its answer.

        Raises:
            ServiceError: If DynamoDB refused, or no (whole) answer came.
            ConfigurationError: If nothing can be sent with these settings.
        """
        ...

    def close(self) -> None:
        """Let go of what the transport holds; it cannot be used afterwards."""
