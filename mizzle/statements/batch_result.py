"""What became of every part of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Self

from typing_extensions import TypeVar

from mizzle.errors import BatchError, MizzleError

__all__ = ["BatchResult"]

R_co = TypeVar("R_co", covariant=True)
G_co = TypeVar("G_co", covariant=True, default=R_co)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult(Generic[R_co, G_co]):
    """What became of every part of a batch: each is in exactly one of the lists.

    All lists are in the order in which the batch was given. `failed` can be handed in again as it is.

    Attributes:
        succeeded: The entities that were read, or the statements that were applied.
        failed: The keys that could not be read, or the statements that could not be applied.
        missing: The keys at which there is no item of their entity; always empty for writes.
        errors: Each of `failed`, with why.
        attempts: How many requests were sent.
        consumed_capacity: Capacity units by table, if `Mizzle(capacity=...)` asks for them.

    Example:
        ```python
        from mizzle import BatchResult, batch_write, put

        result: BatchResult = db.execute(batch_write([put(ada())]))
        print(len(result.succeeded), "written in", result.attempts, "requests")
        for statement, error in result.errors:
            print(statement.key, error)
        ```
    """

    succeeded: list[R_co]
    failed: list[G_co]
    missing: list[G_co]
    errors: list[tuple[G_co, MizzleError]]
    attempts: int
    consumed_capacity: Mapping[str, float]

    def raise_for_failed(self) -> Self:
        """Raise what has failed as one error; give the result if nothing has.

        Raises:
            BatchError: With an error for each part that has failed.
        """
        if not self.failed:
            return self
        causes = [error for _, error in self.errors]
        kinds = Counter(type(error).__name__ for error in causes)
        shown = ", ".join(f"{count} {name}" for name, count in kinds.most_common())
        total = len(self.succeeded) + len(self.failed) + len(self.missing)
        message = f"{len(self.failed)} of {total} failed ({shown})"
        error = BatchError(message, causes)
        error.result = self
        raise error

    def __repr__(self) -> str:
        return (
            f"BatchResult(succeeded={len(self.succeeded)}, failed={len(self.failed)}, "
            f"missing={len(self.missing)}, attempts={self.attempts})"
        )
