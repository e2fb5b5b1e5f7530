"""The requests of a select, as its plan says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mizzle.compiler import Expressions, placed
from mizzle.request import Request
from mizzle.statements.fetching import Reads

if TYPE_CHECKING:
    from mizzle.config import MizzleConfig
    from mizzle.expressions.operands import AttributePath
    from mizzle.model.source import Source
    from mizzle.planner import Plan
    from mizzle.request import Item

__all__ = ["ReadRequests"]


class ReadRequests:
    """Writes the requests of a select.

    A lane is one of the plan's queries, one segment of its scan, or all of its keys.

    Args:
        source: What is read from.
        plan: What to read.
        config: What the tables are called.
        is_descending: Whether queries run backwards.
        is_consistent: Whether reads see every write that has succeeded before.
        segments: In how many segments a scan runs.

    Attributes:
        config: The settings of the client.
        lanes: How many lanes there are.
    """

    def __init__(
        self,
        source: Source,
        plan: Plan,
        config: MizzleConfig,
        *,
        is_descending: bool = False,
        is_consistent: bool = False,
        segments: int = 1,
    ) -> None:
        self.config = config
        self.lanes = segments if plan.operation == "Scan" else len(plan.queries) or 1
        self._source = source
        self._plan = plan
        self._is_descending = is_descending
        self._is_consistent = is_consistent

    def write(self, lane: int, start: Any, limit: int | None) -> Request:
        """Write the GetItem, Query or Scan of a lane.

        Args:
            lane: The number of the lane.
            start: The exclusive start key; None for the beginning.
            limit: How many items it evaluates; None for as many as it can.
        """
        plan = self._plan
        body: dict[str, Any] = {
            "TableName": self.config.table_name(self._source.table.name),
            **self.config.request_parameters,
            **(self._written(lane) if plan.texts is None else self._filled(plan.texts)),
        }
        if plan.operation == "GetItem":
            body["Key"] = plan.keys[0]
        elif limit is not None:
            body["Limit"] = limit
        if start is not None:
            body["ExclusiveStartKey"] = start
        return Request(str(plan.operation), body)

    def batch(self, keys: Sequence[Item]) -> Reads:
        """Read some of the plan's keys."""
        return self._reads(keys, self._plan.projection)

    def follow_up(self, keys: Sequence[Item]) -> Reads:
        """Read the items at these keys, which were found in an index."""
        return self._reads(keys, self._plan.fetched_projection)

    def _reads(
        self, keys: Sequence[Item], projection: Sequence[AttributePath[Any]] | None
    ) -> Reads:
        return Reads(
            ((self._source, key) for key in keys),
            self.config,
            is_consistent=self._is_consistent,
            projection=projection,
        )

    def _filled(self, texts: dict[str, Any]) -> dict[str, Any]:
        """Add the plan's values to what all plans of its shape have in common."""
        if not texts:
            texts.update(self._written(0))
        body = dict(texts)
        # The request goes to the user, and the texts stay.
        if "ExpressionAttributeNames" in body:
            body["ExpressionAttributeNames"] = dict(body["ExpressionAttributeNames"])
        if self._plan.values:
            body["ExpressionAttributeValues"] = placed(self._plan.values)
        return body

    def _written(self, lane: int) -> dict[str, Any]:
        """Write all of a request that is neither its table nor its position."""
        plan = self._plan
        expressions = Expressions()
        body: dict[str, Any] = {}
        if self._is_consistent:
            body["ConsistentRead"] = True
        if plan.access is not None and plan.access.index is not None:
            body["IndexName"] = plan.access.index.name
        if plan.queries:
            body["KeyConditionExpression"] = expressions.condition(plan.queries[lane])
        elif self.lanes > 1:
            body |= {"Segment": lane, "TotalSegments": self.lanes}
        if plan.filter is not None:
            body["FilterExpression"] = expressions.condition(plan.filter)
        if self._is_descending and plan.queries:
            body["ScanIndexForward"] = False
        if plan.counts_in_service:
            body["Select"] = "COUNT"
        elif plan.projection is not None:
            body["ProjectionExpression"] = expressions.projection(plan.projection)
        return body | expressions.placeholders()
