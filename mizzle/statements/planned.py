"""What the statements that are planned have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from mizzle.statements.base import DEFAULT_CONFIG, Statement

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.request import Request
    from mizzle.statements.select_run import Run

__all__ = ["Planned"]

R_co = TypeVar("R_co", covariant=True)


class Planned(Statement[R_co], Generic[R_co]):
    """A select, or what else than a list is made of one."""

    name = "select"

    def run(self, config: MizzleConfig, *, surveys: bool = False) -> Run:
        """Plan the statement, and stand at its beginning.

        Args:
            config: The settings of the client.
            surveys: Whether the plan has to tell what other keys were considered.
        """
        raise NotImplementedError

    def compile(self, config: MizzleConfig = DEFAULT_CONFIG) -> Request | list[Request]:
        """Give the first request; the first of each query or segment, if there are several.

        Raises:
            FullScanError: If no key serves the conditions.
            StatementError: If a condition does not suit the entity, or no item can satisfy them
                all, so that there is no request.
        """
        return self.run(config).compile()

    def explain(
        self, config: MizzleConfig = DEFAULT_CONFIG, *, item_bytes: int | None = None
    ) -> str:
        """Describe what would be sent and why; no I/O.

        Args:
            config: Says what the tables are called; by default, as in the code.
            item_bytes: The size of a typical item, for an estimate of what is consumed.
        """
        from mizzle.statements.explain_select import explain_run  # noqa: PLC0415  # rarely used

        return explain_run(self.run(config, surveys=True), item_bytes)
