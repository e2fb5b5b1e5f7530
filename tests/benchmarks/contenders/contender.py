"""What every contender can do: the operations, once each, as its users write them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Protocol

from mizzle.model.schema import schema_of
from tests.benchmarks.operations import Operation
from tests.benchmarks.shapes import TABLE, Shape

__all__ = ["Contender", "Way", "check", "plain"]


class Way(Protocol):
    """How requests are answered: by `Canned` or by a `StubPort`."""

    @property
    def url(self) -> str | None:
        """The endpoint, if it is one."""
        ...

    def last_request(self) -> bytes:
        """Give the body of the last request."""
        ...


class Contender(ABC):
    """A library at work on one shape of item, answered in one way.

    Attributes:
        name: What the tables call it.
        package: The distribution that it comes in.
        is_in_process: Whether it can be answered without a socket.
        notes: What a reader of the numbers should know.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    is_in_process: ClassVar[bool] = True
    notes: ClassVar[str]

    @abstractmethod
    def __init__(self, shape: Shape, way: Way) -> None: ...

    @classmethod
    def missing(cls) -> str | None:
        """Say why it cannot be measured here, if it cannot."""
        try:
            version(cls.package)
        except PackageNotFoundError:
            return f"{cls.package} is not installed"
        return None

    @classmethod
    def item(cls, instance: Any) -> dict[str, Any]:
        """Give an instance as this library stores it."""
        return schema_of(type(instance)).encode(instance).item

    @abstractmethod
    def get_item(self) -> Any:
        """Read the first item."""

    @abstractmethod
    def put_item(self) -> object:
        """Write the first item."""

    @abstractmethod
    def update_item(self) -> Any:
        """Set three attributes, and give the new item."""

    @abstractmethod
    def query(self) -> Any:
        """Read the items whose sort keys begin with the shape's prefix: a list."""

    @abstractmethod
    def batch_get_item(self) -> Any:
        """Read 100 items by their keys: a list."""

    @abstractmethod
    def batch_write_item(self) -> object:
        """Write 25 items."""

    def field(self, found: Any, name: str) -> Any:
        """Take a field from what was read."""
        return getattr(found, name)

    def repeat(self, run: Callable[[], Any], times: int) -> Any:
        """Run an operation so many times, and give what it gave last."""
        result = None
        for _ in range(times):
            # Nobody keeps a page while the next is read.
            result = None
            result = run()
        return result

    def close(self) -> None:  # noqa: B027  # most have nothing to close
        """Let go of connections."""


def plain(value: Any) -> Any:
    """Give what libraries without models store of a value: dates and ids as text."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if hasattr(value, "hex") and hasattr(value, "urn") else value


def check(contender: Contender, operation: Operation, shape: Shape, way: Way) -> None:
    """Run an operation once, and raise unless it was done.

    What was read is looked at; of what was written, the request.
    """
    run = getattr(contender, operation.method)
    found = contender.repeat(run, 1)
    if operation.action.endswith(("PutItem", "WriteItem", "UpdateItem")):
        _check_request(json.loads(way.last_request()), contender, operation, shape)
    if operation.action == "UpdateItem":
        field, wanted = next(iter(shape.changes.items()))
        _expect(contender.field(found, field), wanted)
    elif operation.action == "GetItem":
        _expect(contender.field(found, shape.mark), getattr(shape.make(0), shape.mark))
    elif operation.action in {"Query", "BatchGetItem"}:
        wanted = sorted(getattr(each, shape.mark) for each in operation.instances(shape))
        _expect(sorted(contender.field(each, shape.mark) for each in found), wanted)


def _check_request(request: Any, contender: Contender, operation: Operation, shape: Shape) -> None:
    instances = operation.instances(shape)
    match operation.action:
        case "PutItem":
            items = [request["Item"]]
        case "BatchWriteItem":
            items = [each["PutRequest"]["Item"] for each in request["RequestItems"][TABLE]]
        case _:
            _expect(request["ReturnValues"], "ALL_NEW")
            # There may be conditions, too.
            sent = request["ExpressionAttributeValues"].values()
            changed = contender.item(shape.make(0).model_copy(update=shape.changes))
            _expect([changed[name] for name in shape.changes if changed[name] not in sent], [])
            return
    wanted = [contender.item(each) for each in instances]
    _expect([item[shape.mark] for item in items], [item[shape.mark] for item in wanted])
    _expect([sorted(item) for item in items], [sorted(item) for item in wanted])


def _expect(found: Any, wanted: Any) -> None:
    if found != wanted:
        message = f"{found!r} instead of {wanted!r}"
        raise AssertionError(message)
