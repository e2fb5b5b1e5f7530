"""Which requests fail, and how: by chance, the same for the same seed, or by a script."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from threading import Lock
from typing import Final, Literal, TypeAlias, cast, get_args

from mizzle.errors import ConfigurationError
from mizzle.request import Request
from mizzle.testing.unprocessed import count_items

__all__ = ["APPLIED", "DATA_OPERATIONS", "FAULTS", "Fault", "FaultPlan"]

Fault: TypeAlias = Literal[
    "throttle",
    "throttling",
    "request_limit",
    "conflict",
    "error_before",
    "error_after",
    "unavailable",
    "bad_gateway",
    "reset_before",
    "reset_after",
    "hang",
    "damaged",
]
"""One way for a request to fail; `faults` says what each is."""

FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

APPLIED: Final[frozenset[Fault]] = frozenset({"error_after", "reset_after", "hang", "damaged"})
"""The faults that come after the request has been applied."""

DATA_OPERATIONS: Final = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""The operations that meet faults."""


class FaultPlan:
    """Which requests fail, and how; decided by chance, the same for the same seed, or by a script.

    It can be shared between threads; which of them meets which fault then depends on who comes first.

    Args:
        rates: How often each fault happens: its probability per request, from 0 to 1.
        script: The faults of the next requests, in order, None for a request that meets none;
            after the last, nothing fails. Either rates or a script.
        unprocessed: The probability for each item of a batch to be left unprocessed.
        keep_fields: Whether unprocessed keys come with the request's projection and consistency,
            as DynamoDB returns them.
        seed: Where chance starts.

    Raises:
        ConfigurationError: If a fault is unknown or a probability is none.

    Example:
        ```python
        from mizzle import Mizzle, put
        from mizzle.testing import FaultPlan, FaultyTransport

        plan = FaultPlan({"throttle": 0.2}, seed=7)
        shaky = Mizzle(transport=FaultyTransport(db.transport, plan))
        shaky.execute(put(ada()))
        print(plan.requests, plan.counts)
        ```
    """

    def __init__(
        self,
        rates: Mapping[Fault, float] | None = None,
        *,
        script: Sequence[Fault | str | None] | None = None,
        unprocessed: float = 0.0,
        keep_fields: bool = True,
        seed: int = 0,
    ) -> None:
        rates = dict(rates or {})
        _check_rates(rates, unprocessed)
        if script is not None:
            _check_script(script, rates)
        self.keep_fields = keep_fields
        self._script = (
            None if script is None else iter(cast("Sequence[Fault | None]", tuple(script)))
        )
        self._outcomes: list[Fault | None] = [*rates, None]
        self._weights = [*rates.values(), max(0.0, 1 - math.fsum(rates.values()))]
        self._unprocessed = unprocessed
        self._random = Random(seed)  # noqa: S311  # chance that can be repeated, and no secret
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._requests = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many requests met each fault so far, and under `unprocessed`, how many items did."""
        with self._lock:
            return dict(self._counts)

    @property
    def requests(self) -> int:
        """How many requests for data have arrived so far."""
        with self._lock:
            return self._requests

    def decide(self, operation: str) -> Fault | None:
        """Take note of a request, and say which fault it meets.

        Args:
            operation: DynamoDB's name for it. What is no operation on data, such as `CreateTable`,
                is neither counted nor met by faults.
        """
        if operation not in DATA_OPERATIONS:
            return None
        with self._lock:
            self._requests += 1
            fault = self._next()
            if fault is not None:
                self._counts[fault] += 1
        return fault

    def choose_unprocessed(self, request: Request) -> list[bool]:
        """Say for each item of a batch whether to leave it unprocessed.

        Returns:
            One answer per item, in the request's order; nothing if there is nothing to leave.
        """
        size = count_items(request) if self._unprocessed else 0
        if not size:
            return []
        with self._lock:
            chosen = [self._random.random() < self._unprocessed for _ in range(size)]
            if any(chosen):
                self._counts["unprocessed"] += sum(chosen)
        return chosen

    def _next(self) -> Fault | None:
        if self._script is not None:
            return next(self._script, None)
        return self._random.choices(self._outcomes, self._weights)[0]


def _check_rates(rates: Mapping[Fault, float], unprocessed: float) -> None:
    _check_names(rates)
    for name, rate in (*rates.items(), ("unprocessed", unprocessed)):
        if not 0 <= rate <= 1:
            message = f"{name}={rate!r} is not a probability; give a number from 0 to 1"
            raise ConfigurationError(message)
    total = math.fsum(rates.values())
    # Tenths are not exact: ten of them may be a little more than 1.
    if total > 1 and not math.isclose(total, 1):
        message = (
            f"{_spelled(rates)} add up to {total:g}. A request meets one fault at most, so the "
            "probabilities may add up to no more than 1."
        )
        raise ConfigurationError(message)


def _check_script(script: Sequence[str | None], rates: Mapping[Fault, float]) -> None:
    _check_names(name for name in script if name is not None)
    if any(rates.values()):
        message = (
            "a script alone decides which requests fail; "
            f"leave out {_spelled(rates)}, or the script"
        )
        raise ConfigurationError(message)


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if name not in FAULTS:
            message = f"{name!r} is not a fault; there are {', '.join(FAULTS)}"
            raise ConfigurationError(message)


def _spelled(rates: Mapping[Fault, float]) -> str:
    return ", ".join(f"{name}={rate}" for name, rate in rates.items() if rate)
