"""How a broken rule is told."""

from __future__ import annotations

__all__ = ["GUIDE", "REFERENCE", "Violation", "require"]

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"


class Violation(AssertionError):  # noqa: N818  # a failed assertion, with the rule's page
    """A request that DynamoDB would refuse, whatever the table holds.

    Attributes:
        page: Where AWS states the rule.
    """

    def __init__(self, message: str, page: str) -> None:
        super().__init__(f"{message}\nSee: {page}")
        self.page = page


def require(holds: object, message: str, page: str) -> None:
    """Raise unless a rule holds."""
    if not holds:
        raise Violation(message, page)
