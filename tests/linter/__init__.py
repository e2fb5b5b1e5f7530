"""The request linter: AWS's static rules, which no local engine checks in full.

`lint` takes one request; `LintingTransport` puts it in front of an engine and learns the tables'
keys from what passes. Each rule is told with its page in AWS's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mizzle.request import Answer, Request
from tests.linter.requests import CHECKS
from tests.linter.tables import TableShape
from tests.linter.violation import Violation

__all__ = ["LintingTransport", "Violation", "lint"]


def lint(request: Request, table_description: Mapping[str, Any] | None = None) -> None:
    """Refuse a request that DynamoDB would refuse, whatever the table holds.

    Args:
        request: As it would be sent.
        table_description: What CreateTable takes or DescribeTable gives for the table named in it;
            without one, the rules that depend on keys and indexes are not checked.

    Raises:
        Violation: An `AssertionError`, naming the rule and its page.
    """
    tables = {}
    if table_description is not None:
        tables[table_description["TableName"]] = TableShape(table_description)
    _lint(request, tables)


def _lint(request: Request, tables: Mapping[str, TableShape]) -> None:
    check = CHECKS.get(request.operation)
    if check is not None:
        check(request.body, tables)


class LintingTransport:
    """A transport that lints each request before it passes it on.

    Attributes:
        requests: All that has been sent, in order.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._tables: dict[str, TableShape] = {}
        self.requests: list[Request] = []

    def send(self, request: Request) -> Answer:
        _lint(request, self._tables)
        self.requests.append(request)
        answer: Answer = self._transport.send(request)
        self._learn(request, answer)
        return answer

    def close(self) -> None:
        self._transport.close()

    def _learn(self, request: Request, answer: Answer) -> None:
        match request.operation:
            case "CreateTable":
                self._tables[request.body["TableName"]] = TableShape(request.body)
            case "UpdateTable":
                self._tables[request.body["TableName"]] = TableShape(
                    answer.data["TableDescription"]
                )
            case "DescribeTable":
                self._tables[request.body["TableName"]] = TableShape(answer.data["Table"])
            case "DeleteTable":
                self._tables.pop(request.body["TableName"], None)
            case _:
                pass
