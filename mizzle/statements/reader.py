"""The run of a select: page after page, and where it stands in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from mizzle.errors import InvalidCursorError
from mizzle.evaluator import holds
from mizzle.flows.together import together
from mizzle.model.keys import key_size_bytes
from mizzle.shapes import is_dict, is_list
from mizzle.statements.fetching import fetch
from mizzle.statements.page_sizes import PageSizes
from mizzle.statements.reading import send_read

if TYPE_CHECKING:
    from mizzle.flows.steps import Flow
    from mizzle.model.binding import Conjunction
    from mizzle.model.keys import KeyPart
    from mizzle.model.source import Source
    from mizzle.planner import Plan
    from mizzle.request import Item, Request
    from mizzle.statements.read_requests import ReadRequests

__all__ = ["Reader", "Round"]

_FETCHED_PAGE_ITEMS: Final = 1_000

Place: TypeAlias = Any
"""Where a lane stands: None at its start, the key (or the number of keys) it goes on after, True at
its end."""


class Chunk(NamedTuple):
    """What one request of a lane brought.

    Attributes:
        lane: The number of the lane.
        items: The items that are returned.
        origins: Of each, what tells the place behind it: the item that was read first, or the
            number of keys up to it.
        total: How many there are, also where the service only counts.
        end: Where the lane stands afterwards.
    """

    lane: int
    items: list[Item]
    origins: Sequence[Any]
    total: int
    end: Place


class Round(NamedTuple):
    """What one request of each lane that is being read brought; most selects read one at a time.

    Attributes:
        chunks: Lane by lane.
        before: Where each lane stood before.
        names: The attributes that make a start key.
    """

    chunks: Sequence[Chunk]
    before: Sequence[Place]
    names: Sequence[str]

    @property
    def items(self) -> list[Item]:
        """The items, lane by lane; the list is the caller's."""
        if len(self.chunks) == 1:
            return self.chunks[0].items
        return [item for chunk in self.chunks for item in chunk.items]

    @property
    def total(self) -> int:
        """How many items there are, also where the service only counts."""
        return sum(chunk.total for chunk in self.chunks)

    def places_after(self, taken: int) -> list[Place]:
        """Give the place of each lane behind the first so many items."""
        places = list(self.before)
        for chunk in self.chunks:
            if taken >= len(chunk.items):
                places[chunk.lane] = chunk.end
            elif taken > 0:
                places[chunk.lane] = self._behind(chunk.origins[taken - 1])
            taken = max(0, taken - len(chunk.items))
        return places

    def _behind(self, origin: Any) -> Place:
        return origin if isinstance(origin, int) else {name: origin[name] for name in self.names}


class Reader:
    """Reads what a plan says, one round at a time.

    A lane is one of the plan's queries, one segment of its scan, or all of its keys. Segments are read
    at the same time, all others one after another.

    Args:
        source: What is read from.
        plan: What to read.
        requests: Writes the requests.
        conditions: All that have to hold.
        page_items: How many items a request evaluates at most; None to choose.

    Attributes:
        places: Where each lane stands.
        page_sizes: Chooses how many items a request evaluates.
    """

    def __init__(
        self,
        source: Source,
        plan: Plan,
        requests: ReadRequests,
        conditions: Conjunction,
        page_items: int | None = None,
    ) -> None:
        self._source = source
        self._plan = plan
        self._requests = requests
        self._conditions = conditions
        # Each item of a page that is fetched afterwards may be as large as 400 KB.
        self.page_sizes = PageSizes(
            page_items,
            is_selective=plan.is_selective or bool(plan.keys),
            largest=_FETCHED_PAGE_ITEMS if plan.fetches else None,
        )
        # What is not stored in an attribute of its own can be read back from a key.
        is_partial = source.is_partial(plan.access)
        self._completes = is_partial and (plan.residual is not None or not plan.fetches)
        # The fields of another program's item may say something else than its key, and only a whole
        # item has them all.
        is_whole = plan.projection is None or source.table.type_attribute is None
        self._trusts_keys = plan.fetches or not is_whole
        self.places: list[Place] = [None if plan.operation else True] * requests.lanes

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to read."""
        return all(place is True for place in self.places)

    def next_requests(self, wanted: int | None) -> list[Request]:
        """Give the next request of each lane."""
        limit = self.page_sizes.choose(wanted)
        if self._plan.operation == "BatchGetItem":
            reads = self._requests.batch(self._next_keys(self.places[0], limit))
            return [reads.request(reads.parts, self._requests.config)]
        lanes = self._open_lanes()
        return [self._requests.write(lane, self.places[lane], limit) for lane in lanes]

    def read(self, wanted: int | None) -> Flow[Round]:
        """Read on, and move to the end of what was read.

        Args:
            wanted: How many more items are of use; None for all.
        """
        lanes = self._open_lanes()
        if self._plan.operation != "Scan":
            lanes = lanes[:1]
        before = list(self.places)
        chunks = yield from together(
            [self._read_lane(lane, before[lane], wanted) for lane in lanes]
        )
        for chunk in chunks:
            self.places[chunk.lane] = chunk.end
        names = dict.fromkeys([part.name for part in self._key_parts()])
        return Round(chunks, before, list(names))

    def resume(self, places: Any) -> None:
        """Go to the places where an earlier run stood.

        Raises:
            InvalidCursorError: If this plan has no such places.
        """
        reads = self._plan.operation is not None
        fits = reads and is_list(places) and len(places) == len(self.places)
        if not fits or not all(self._is_place(*each) for each in enumerate(places)):
            message = "the cursor leads to a place that this statement does not read"
            raise InvalidCursorError(message)
        self.places = places

    def _open_lanes(self) -> list[int]:
        return [lane for lane, place in enumerate(self.places) if place is not True]

    def _next_keys(self, start: int | None, size: int | None) -> Sequence[Item]:
        first = start or 0
        return self._plan.keys[first : None if size is None else first + size]

    def _is_place(self, lane: int, place: Any) -> bool:
        if place is None or place is True:
            return True
        if self._plan.keys:
            is_number = isinstance(place, int) and self._plan.operation == "BatchGetItem"
            return is_number and 0 < place < len(self._plan.keys)
        parts = {part.name: part for part in self._key_parts()}
        if not is_dict(place) or place.keys() != parts.keys():
            return False
        for name, part in parts.items():
            if not part.attribute.holds(place[name]) or key_size_bytes(place[name]) > part.limit:
                return False
        return not self._plan.queries or holds(self._plan.key_condition(lane), place)

    def _key_parts(self) -> tuple[KeyPart, ...]:
        access = self._plan.access
        return (*self._source.key_parts, *(access.parts if access else ()))

    def _read_lane(self, lane: int, place: Any, wanted: int | None) -> Flow[Chunk]:
        if self._plan.operation == "BatchGetItem":
            return (yield from self._read_keys(place, wanted))
        limit = self.page_sizes.choose(wanted)
        request = self._requests.write(lane, place, limit)
        answer = yield from send_read(self._source, request, self._requests.config)
        data = answer.take()
        chunk = yield from self._taken(lane, data)
        evaluated: int = data.get("ScannedCount", 0)
        self.page_sizes.note(limit, evaluated, chunk.total)
        return chunk

    def _taken(self, lane: int, data: dict[str, Any]) -> Flow[Chunk]:
        """Take from an answer what is asked for."""
        end: Place = data.get("LastEvaluatedKey") or True
        if self._plan.counts_in_service:
            return Chunk(lane, [], [], data["Count"], end)
        # As they are read one after another, nobody else may hold them.
        items = data.pop("Items") if "Items" in data else [data["Item"]] if "Item" in data else []
        kept = self._kept_of(items)
        if self._plan.fetches and kept:
            return (yield from self._fetched(lane, kept, end))
        return Chunk(lane, kept, kept, len(kept), end)

    def _read_keys(self, place: int | None, wanted: int | None) -> Flow[Chunk]:
        size = self.page_sizes.choose(wanted)
        keys, start = self._next_keys(place, size), place or 0
        found = yield from fetch(self._requests.batch(keys), self._requests.config)
        items: list[Item] = []
        numbers: list[int] = []
        for number, item in enumerate(found, start + 1):
            kept = None if item is None else self._kept(item)
            if kept is not None:
                items.append(kept)
                numbers.append(number)
        self.page_sizes.note(size, len(keys), len(items))
        end = start + len(keys)
        return Chunk(0, items, numbers, len(items), True if end == len(self._plan.keys) else end)

    def _fetched(self, lane: int, origins: Sequence[Item], end: Place) -> Flow[Chunk]:
        """Read the items whole that an index holds in part; it may lag behind the table."""
        keys = [self._source.primary_of(item) for item in origins]
        found = yield from fetch(self._requests.follow_up(keys), self._requests.config)
        pairs = [
            (kept, origin)
            for item, origin in zip(found, origins, strict=True)
            if item is not None and (kept := self._kept(item, is_fetched=True)) is not None
        ]
        items = [item for item, _ in pairs]
        return Chunk(lane, items, [origin for _, origin in pairs], len(items), end)

    def _kept_of(self, items: Sequence[Item]) -> list[Item]:
        """Give those items that are asked for, with all that can be known of them."""
        kind, names = self._source.table.type_attribute, self._source.known_types
        if kind is None or self._completes or self._plan.residual is not None:
            return [kept for item in items if (kept := self._kept(item)) is not None]
        found: list[Item] = []
        for item in items:
            stored = item.get(kind)
            # Nothing more is asked of an item that says whose it is.
            if stored is not None:
                if stored.get("S") in names:
                    found.append(item)
            elif (kept := self._kept(item)) is not None:
                found.append(kept)
        return found

    def _kept(self, item: Item, *, is_fetched: bool = False) -> Item | None:
        """Give an item with all that can be known of it; None if it is not asked for."""
        source, plan = self._source, self._plan
        if not source.owns(item):
            return None
        is_ours = source.table.type_attribute in item
        if not is_ours or (self._completes and not is_fetched):
            item = source.completed(item, plan.access)
        is_trusted = is_ours or self._trusts_keys
        asked = plan.residual if is_trusted and not is_fetched else self._conditions.bound()
        return item if asked is None or holds(asked, item) else None
