"""The settings of a client: how it retries and what its tables are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mizzle.errors import ConfigurationError

__all__ = ["MizzleConfig", "RetryConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """How often and how patiently a failing request is sent again.

    The delay before attempt n + 1 is random between 0 and `min(max_delay, base_delay * 2 ** (n - 1))`
    seconds (exponential backoff with full jitter).

    Attributes:
        max_attempts: How many requests leave the process at most, the first included.
        base_delay: Seconds.
        max_delay: Seconds.

    Raises:
        ConfigurationError: If attempts are fewer than 1, a delay is negative or base exceeds max.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html

    Example:
        ```python
        from mizzle import Mizzle, RetryConfig

        db = Mizzle.local(retry=RetryConfig(max_attempts=6, max_delay=2.0))
        db.close()
        ```
    """

    max_attempts: int = 4
    base_delay: float = 0.05
    max_delay: float = 5.0

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            message = (
                f"RetryConfig(max_attempts={self.max_attempts}): at least one attempt is needed"
            )
            raise ConfigurationError(message)
        if not 0 <= self.base_delay <= self.max_delay:
            message = (
                f"RetryConfig(base_delay={self.base_delay}, max_delay={self.max_delay}): "
                "delays are seconds with 0 <= base_delay <= max_delay"
            )
            raise ConfigurationError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class MizzleConfig:
    """The settings of a `Mizzle`.

    Attributes:
        retry: How failing requests are repeated.
        table_prefix: Put before the name of every table that `tables` does not name.
        tables: A table's name in the models to its name in this account.

    Example:
        ```python
        from mizzle import MizzleConfig, get

        config = MizzleConfig(table_prefix="dev-")
        print(get(User, id=ADA).compile(config).body["TableName"])
        ```
    """

    retry: RetryConfig = RetryConfig()
    table_prefix: str = ""
    tables: Mapping[str, str] = field(default_factory=dict[str, str])

    def table_name(self, name: str) -> str:
        """Give the name that a table has in this account."""
        return self.tables.get(name) or self.table_prefix + name
