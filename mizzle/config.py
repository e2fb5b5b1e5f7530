"""The settings of a client: how it retries, what its tables are called and who watches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import random as _random
from typing import Any, Literal, TypeAlias

from mizzle.errors import ConfigurationError
from mizzle.events import Event, EventHook, tell

__all__ = ["Capacity", "MizzleConfig", "RetryConfig"]

Capacity: TypeAlias = Literal["total", "indexes"]
"""How closely consumed capacity is asked for: per table, or per table and index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """How often and how patiently a failing request is sent again.

    The delay before attempt n + 1 is random between 0 and `min(max_delay, base_delay * 2 ** (n - 1))`
    seconds (exponential backoff with full jitter).

    Attributes:
        max_attempts: How many requests leave the process at most, the first included; for a batch,
            how many rounds in a row may make no progress.
        base_delay: Seconds.
        max_delay: Seconds.
        deadline: Seconds that one statement may take with all its attempts and delays; None for no
            bound. No attempt begins after it; a request under way is not cut short, which is the
            business of the client's own time-outs.
        random: Gives numbers in [0, 1), for the jitter.

    Raises:
        ConfigurationError: If attempts are fewer than 1, a delay is negative, base exceeds max or
            the deadline is not positive.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html

    Example:
        ```python
        from mizzle import Mizzle, RetryConfig

        db = Mizzle.local(retry=RetryConfig(max_attempts=6, max_delay=2.0, deadline=10))
        db.close()
        ```
    """

    max_attempts: int = 4
    base_delay: float = 0.05
    max_delay: float = 5.0
    deadline: float | None = None
    random: Callable[[], float] = field(default=_random, repr=False, compare=False)

    def __post_init__(self) -> None:
        attempts: Any = self.max_attempts
        if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
            message = f"RetryConfig(max_attempts={attempts!r}): it is a whole number of at least 1"
            raise ConfigurationError(message)
        delays = _is_seconds(self.base_delay) and _is_seconds(self.max_delay)
        if not delays or not 0 <= self.base_delay <= self.max_delay:
            message = (
                f"RetryConfig(base_delay={self.base_delay!r}, max_delay={self.max_delay!r}): "
                "delays are seconds with 0 <= base_delay <= max_delay"
            )
            raise ConfigurationError(message)
        random: object = self.random
        if not callable(random):
            message = f"RetryConfig(random={self.random!r}): it is a function that gives numbers in [0, 1)"
            raise ConfigurationError(message)
        deadline = self.deadline
        if deadline is not None and not (_is_seconds(deadline) and deadline > 0):
            message = f"RetryConfig(deadline={deadline!r}): it is a number of seconds above 0"
            raise ConfigurationError(message)


def _is_seconds(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # A year is longer than any sleep makes sense, and shorter than any system refuses.
    return is_number and -_YEAR <= value <= _YEAR


def _is_secret(value: Any) -> bool:
    try:
        content = value.encode() if isinstance(value, str) else value
    except UnicodeEncodeError:
        return False
    return isinstance(content, bytes) and len(content) >= _SECRET_BYTES


_SECRET_BYTES = 16
_YEAR = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MizzleConfig:
    """The settings of a `Mizzle`.

    Attributes:
        retry: How failing requests are repeated.
        table_prefix: Put before the name of every table that `tables` does not name.
        tables: A table's name in the models to its name in this account.
        capacity: `"total"` or `"indexes"` to be told the capacity that requests consume.
        on_event: Called with each `Event`: request, answer, retry, batch round.
        cursor_secret: Signs the cursors of pages; None to leave them unsigned.

    Raises:
        ConfigurationError: If `capacity` is neither, `on_event` cannot be called, or the secret has
            fewer than 16 bytes.

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
    capacity: Capacity | None = None
    on_event: EventHook | None = None
    cursor_secret: str | bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.capacity not in {None, "total", "indexes"}:
            message = f'capacity is "total", "indexes" or None, not {self.capacity!r}'
            raise ConfigurationError(message)
        retry: Any = self.retry
        if not isinstance(retry, RetryConfig):
            message = f"retry is a RetryConfig, not {retry!r}"
            raise ConfigurationError(message)
        hook: object = self.on_event
        if hook is not None and not callable(hook):
            message = "on_event is a function that takes an event"
            raise ConfigurationError(message)
        if self.cursor_secret is not None and not _is_secret(self.cursor_secret):
            message = f"cursor_secret is a text or bytes, of {_SECRET_BYTES} bytes at least"
            raise ConfigurationError(message)

    def table_name(self, name: str) -> str:
        """Give the name that a table has in this account."""
        return self.tables.get(name) or self.table_prefix + name

    @property
    def request_parameters(self) -> dict[str, str]:
        """What every data request says besides its own.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
        """
        return {"ReturnConsumedCapacity": self.capacity.upper()} if self.capacity else {}

    def tell(self, event: Event) -> None:
        """Log an event and hand it to the hook."""
        tell(self.on_event, event)
