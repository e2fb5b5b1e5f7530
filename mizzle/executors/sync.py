"""`Mizzle`: drive a statement's flow over a transport; nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    Protocol,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
)

from mizzle.config import Capacity, MizzleConfig, RetryConfig
from mizzle.errors import ItemDecodeError, MizzleError, StatementError
from mizzle.events import EventHook
from mizzle.executors.driver import Driver
from mizzle.flows.outcomes import NEVER, READ, Rule
from mizzle.flows.retry import send
from mizzle.model.table import Table
from mizzle.request import Request
from mizzle.statements.base import Statement
from mizzle.statements.select import Select
from mizzle.transports.opening import open_transport

if TYPE_CHECKING:
    from types import TracebackType

    from mizzle.flows.steps import Flow
    from mizzle.statements.select_run import Run
    from mizzle.transports import Transport

__all__ = ["Client", "Mizzle", "Options"]

R = TypeVar("R")

TransportName: TypeAlias = Literal["boto", "direct"]
"""What can send requests; see `Mizzle`."""


class Client(Protocol):
    """A boto3 DynamoDB client: `boto3.client("dynamodb")`.

    To checkers without stubs for boto3 its clients have little more than this.
    """

    @property
    def meta(self) -> Any: ...  # noqa: D102  # botocore's own


class Options(TypedDict, total=False):
    """What `with_options` takes."""

    retry: RetryConfig
    table_prefix: str
    tables: Mapping[Any, str]
    capacity: Capacity | None
    on_event: EventHook | None
    cursor_secret: str | bytes | None


class Mizzle:
    """Executes statements on DynamoDB.

    One `Mizzle` can be shared between threads.

    Args:
        client: A boto3 DynamoDB client. Without one, Mizzle makes its own from the arguments
            below, as boto3 does: from the environment, the profile or the machine's role.
        retry: How failing requests are repeated; the client's own retries do not apply.
        table_prefix: Put before the name of every table that `tables` does not name.
        tables: A table, or its name in the code, to its name in this account.
        capacity: `"total"` or `"indexes"` to be told what each request consumes.
        on_event: Called with each `Event`: requests, answers, retries, rounds of batches. It is
            called in the thread that sends the request; what it raises is logged.
        cursor_secret: Signs the cursors of pages: one that was changed, or is not signed, is refused.
        transport: What sends the requests: `"boto"`, a boto3 client; `"direct"`, connections of
            Mizzle's own, which take less CPU but know none of a client's event handlers; or an
            object with `send` and `close`.
        region: The AWS region, such as `eu-west-1`.
        endpoint_url: Another endpoint than AWS's.
        profile: A profile of the shared configuration files.
        aws_access_key_id: Credentials, if they are not found elsewhere.
        aws_secret_access_key: Likewise.
        aws_session_token: Likewise.
        config: A `botocore.config.Config`: time-outs, proxies, connections to keep.
        verify: The path of a bundle of certificates to trust, or False to check none.

    Raises:
        ConfigurationError: If nothing can be reached with these settings: no region, no such profile,
            something that the transport does not know.

    Example:
        ```python
        from mizzle import Mizzle

        with Mizzle.local() as db:
            print(db.config.retry.max_attempts)
        ```
    """

    def __init__(  # each is a keyword with a default
        self,
        client: Client | None = None,
        *,
        retry: RetryConfig | None = None,
        table_prefix: str = "",
        tables: Mapping[Any, str] | None = None,
        capacity: Capacity | None = None,
        on_event: EventHook | None = None,
        cursor_secret: str | bytes | None = None,
        transport: Transport | TransportName = "boto",
        region: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        config: Any = None,
        verify: bool | str | None = None,
    ) -> None:
        self.config = MizzleConfig(
            retry=retry or RetryConfig(),
            table_prefix=table_prefix,
            tables=_table_names(tables or {}),
            capacity=capacity,
            on_event=on_event,
            cursor_secret=cursor_secret,
        )
        found, own = open_transport(
            transport,
            client,
            {
                "region": region,
                "endpoint_url": endpoint_url,
                "profile": profile,
                "aws_access_key_id": aws_access_key_id,
                "aws_secret_access_key": aws_secret_access_key,
                "aws_session_token": aws_session_token,
                "config": config,
                "verify": verify,
            },
        )
        self._connection = _Connection(found, own)
        self._is_sibling = False

    @property
    def transport(self) -> Transport:
        """What sends the requests, of this client and of its siblings; it can be replaced."""
        return self._connection.transport

    @transport.setter
    def transport(self, transport: Transport) -> None:
        self._connection.transport = transport

    @classmethod
    def local(cls, *, transport: TransportName = "boto", **options: Unpack[Options]) -> Self:
        """Start an embedded engine and connect to it: for tests, examples and a first look.

        It needs the extra `local` (`pip install "mizzle[local]"`), lives in this process and is
        gone after `close()`.

        Args:
            transport: As for `Mizzle`.
            options: Any of `retry`, `table_prefix`, `tables`, `capacity`, `on_event` and
                `cursor_secret`.

        Raises:
            ConfigurationError: If moto is not installed.
        """
        from mizzle.local import start_local  # noqa: PLC0415  # an optional dependency

        engine = start_local()
        try:
            db = cls(transport=engine.open_transport(transport), **options)
        except BaseException:
            engine.close()
            raise
        db._connection.owned.append(engine)
        return db

    def with_options(self, **changes: Unpack[Options]) -> Self:
        """Give a sibling with other settings, which shares the connection.

        What is left out stays as it is. Closing the sibling closes nothing; it can be used as long as
        this one is open.

        Args:
            changes: Any of `retry`, `table_prefix`, `tables`, `capacity`, `on_event` and
                `cursor_secret`.

        Example:
            ```python
            from mizzle import RetryConfig, get

            patient = db.with_options(retry=RetryConfig(max_attempts=10))
            patient.execute(get(User, id=ADA))
            ```
        """
        if "tables" in changes:
            changes["tables"] = _table_names(changes["tables"] or {})
        sibling = object.__new__(type(self))
        sibling.__dict__.update(self.__dict__)
        sibling.config = replace(self.config, **changes)
        sibling._is_sibling = True
        return sibling

    def execute(self, statement: Statement[R]) -> R:
        """Run a statement and give its result.

        Raises:
            StatementError: If there is no request for the statement; nothing has been sent.
            pydantic.ValidationError: If a value does not validate; nothing has been sent.
            ServiceError: If DynamoDB refused, or no answer came. `WriteOutcomeUnknownError` is one,
                and so is `DeadlineExceededError`. A batch reports its failures in its result.
            ItemDecodeError: If a stored item does not validate.
            ConfigurationError: If nothing can be sent with these settings: no credentials.
        """
        _check("execute", statement, Statement)
        return self._drive_for(statement, statement.flow(self.config))

    def stream(self, statement: Select[R]) -> Iterator[R]:
        """Give the items of a select one at a time, reading a page when the last is used up.

        A stored item that does not validate raises `ItemDecodeError` at its place; calling `next`
        again goes on with the items behind it.
        """
        _check("stream", statement, Select)
        run = statement.run(self.config)
        return _Stream(partial(self._drive_for, statement), run, statement.maximum)

    def create_table(self, table: Table) -> None:
        """Create a table with its indexes, billed on demand, and wait until it is active.

        Raises:
            TableExistsError: If there is a table of that name.

        See: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
        """
        name = self.config.table_name(table.name)
        self._send(Request("CreateTable", table.creation(name)), NEVER)
        description = Request("DescribeTable", {"TableName": name})
        while self._send(description, READ)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(0.5)

    def delete_table(self, table: Table) -> None:
        """Delete a table with everything in it.

        Raises:
            TableNotFoundError: If there is none.
        """
        name = self.config.table_name(table.name)
        self._send(Request("DeleteTable", {"TableName": name}), NEVER)

    def close(self) -> None:
        """Let go of the client, and stop the embedded engine if there is one."""
        if not self._is_sibling:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, request: Request, rule: Rule) -> dict[str, Any]:
        return self._drive(send(request, self.config, rule)).data

    def _drive_for(self, statement: Statement[Any], flow: Flow[R]) -> R:
        """Drive a flow of a statement; errors are explained by the statement."""
        try:
            return self._drive(flow)
        except MizzleError as error:
            error.explained_by(partial(statement.explanation, self.config))
            raise

    def _drive(self, flow: Flow[R]) -> R:
        return Driver(self.transport, self.config).run(flow)


class _Connection:
    """What a client and its siblings share.

    Attributes:
        transport: Sends their requests.
        owned: What nobody else has, and is closed with it: a client, an engine.
    """

    def __init__(self, transport: Transport, client: Any) -> None:
        self.transport = transport
        self.owned: list[Any] = [] if client is None else [client]

    def close(self) -> None:
        self.transport.close()
        while self.owned:
            self.owned.pop(0).close()


def _table_names(tables: Mapping[Any, str]) -> dict[str, str]:
    return {
        table.name if isinstance(table, Table) else table: name for table, name in tables.items()
    }


def _check(name: str, statement: Any, kind: type) -> None:
    if not isinstance(statement, kind):
        wanted = "a statement, such as get(User, id=...)" if kind is Statement else "a select"
        message = f"db.{name} takes {wanted}, not {type(statement).__name__}"
        raise StatementError(message)


class _Stream(Iterator[R]):
    """The items of a select; an iterator rather than a generator, so that an error does not end it."""

    def __init__(
        self,
        drive: Callable[[Flow[list[Any]]], list[Any]],
        run: Run,
        maximum: int | None,
    ) -> None:
        self._drive = drive
        self._run = run
        self._left = maximum
        self._page: Iterator[R | ItemDecodeError] = iter(())

    def __next__(self) -> R:
        while True:
            for found in self._page:
                if isinstance(found, ItemDecodeError):
                    raise found
                return found
            if self._left == 0 or self._run.reader.is_done:
                raise StopIteration
            page = self._drive(self._run.next_page(self._left))
            self._left = None if self._left is None else self._left - len(page)
            self._page = iter(page)
