"""A range of keys selects what value-by-value evaluation selects, in every row of the table."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import product
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mizzle.errors import EncodingError
from mizzle.model.ranges import EMPTY, Empty, KeyRange, next_field, sort_range, succ
from mizzle.model.templates import BoundTemplate, kind_for, parse_template

FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=400)

ALPHABET = ["#", "-", "!", "$", "a", "b", "%", "\0", "\ud7ff", "\ue000", "\U0001f600", "\U0010ffff"]
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=4)

COMPARE: dict[str, Callable[..., bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "begins_with": lambda value, start: value.startswith(start),
    "between": lambda value, low, high: low <= value <= high,
}


class Code(StrEnum):
    """Texts of one width, at the ends of the code points."""

    LOW = "\0"
    HASH = "#"
    A = "a"
    B = "b"
    GAP = "\ue000"
    TOP = "\U0010ffff"


class Word(Enum):
    """Texts of several widths."""

    NONE = ""
    A = "a"
    A_BANG = "a!"
    AB = "ab"


def bound(text: str, types: dict[str, type]) -> BoundTemplate:
    template = parse_template(text)
    return template.bind({f: kind_for(types[f], spec) for f, spec in template.specs.items()})


def key_of(template: BoundTemplate, values: dict[str, Any], limit: int = 1024) -> str | None:
    try:
        key = template.encode(values)
    except EncodingError:
        return None
    return key if 1 <= len(key.encode()) <= limit else None


def raw(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def check(
    template: BoundTemplate,
    rows: list[dict[str, Any]],
    fixed: dict[str, Any],
    condition: tuple[str, tuple[Any, ...]] | None,
    limit: int = 1024,
) -> KeyRange | Empty | None:
    """Compare the range with the conditions themselves, over the keys that can be stored."""
    found = sort_range(template, fixed, condition, limit_bytes=limit)
    field = next_field(template, fixed)
    used = {}
    for segment in template.segments:
        if segment.field not in fixed:
            break
        used[segment.field] = fixed[segment.field]
    for row in rows:
        key = key_of(template, row, limit)
        if key is None:
            continue
        mine = all(row[name] == value for name, value in used.items())
        holds = condition is None or COMPARE[condition[0]](
            raw(row[field or ""]), *(raw(o) for o in condition[1])
        )
        if isinstance(found, Empty):
            assert not (mine and holds), (row, key)
        elif found is None:
            assert not used
        else:
            inside = found.holds(key)
            assert inside or not (mine and holds), (found, row, key)
            assert mine or not inside, (found, row, key)
            assert not (found.exact and inside) or holds, (found, row, key)
            if inside and not found.foreign:
                assert key.startswith(template.literal_prefix)
    if isinstance(found, KeyRange):
        well_formed(found, template, limit)
    return found


def well_formed(found: KeyRange, template: BoundTemplate, limit: int) -> None:
    """Check what DynamoDB demands of operands, and what `foreign` says."""
    assert all(1 <= len(text.encode()) <= limit for text in found.operands)
    assert len(found.operands) == (2 if found.op == "BETWEEN" else 1)
    assert found.op != "BETWEEN" or list(found.operands) == sorted(found.operands)
    if not found.foreign:
        for text in found.operands:
            assert text.startswith(template.literal_prefix)


def near(operands: tuple[Any, ...], *more: str) -> list[str]:
    """List values next to the operands, where a wrong bound would show."""
    heads = {raw(o)[:n] for o in operands for n in range(len(raw(o)) + 1)}
    above = {succ(head) or "" for head in heads}
    return sorted(heads | above | {head + char for head in heads for char in more})


def conditions(values: st.SearchStrategy[Any], *, text: bool) -> st.SearchStrategy[Any]:
    one = st.sampled_from(["=", "<", "<=", ">", ">="] + ["begins_with"] * text)
    return (
        st.none()
        | st.tuples(one, st.tuples(values))
        | st.tuples(st.just("between"), st.tuples(values, values))
    )


LITERALS = st.sampled_from(
    ["#", "--", "a", "\U0010ffff", "\ud7ff", "a\U0010ffff", "!#", "\0", "##"]
)
STARTS = st.sampled_from(["", "", "O#", "-", "\U0010ffff", "a\ud7ff"])
TAILS = st.sampled_from(["", "{y}", "{y}#", "{y}a"])


@MANY
@given(STARTS, LITERALS | st.just(""), TAILS, st.lists(TEXTS, max_size=12), TEXTS, st.data())
def test_a_text_segment(
    start: str, literal: str, tail: str, values: list[str], y: str, data: st.DataObject
) -> None:
    tail = tail if literal else ""
    template = bound(start + "{x}" + literal + tail, {"x": str, "y": str})
    operands = TEXTS | st.sampled_from([*values, ""])
    condition = data.draw(conditions(operands, text=True))
    values = [*values, *near((condition or ("", ()))[1], "\0", "!", "#", *literal)]
    rows = [{"x": x, "y": z} for x, z in product(values, {y, "", "a", "\U0010ffff"})]
    check(template, rows, {}, condition)


@MANY
@given(STARTS, LITERALS | st.just(""), TAILS, st.data())
def test_a_segment_of_fixed_width(start: str, literal: str, tail: str, data: st.DataObject) -> None:
    template = bound(start + "{x}" + literal + tail, {"x": Code, "y": str})
    drawn = conditions(st.sampled_from(list(Code)), text=False)
    condition = data.draw(drawn | st.tuples(st.just("begins_with"), st.tuples(TEXTS)))
    rows = [{"x": x, "y": y} for x, y in product(Code, ["", "a", "#", "\0", "\U0010ffff"])]
    check(template, rows, {}, condition)


@FEW
@given(STARTS, LITERALS | st.just(""), TAILS, st.data())
def test_an_enumeration_of_varying_width(
    start: str, literal: str, tail: str, data: st.DataObject
) -> None:
    tail = tail if literal else ""
    template = bound(start + "{x}" + literal + tail, {"x": Word, "y": str})
    condition = data.draw(conditions(st.sampled_from(list(Word)), text=False))
    rows = [{"x": x, "y": y} for x, y in product(Word, ["", "a", "#", "\0", "\U0010ffff"])]
    check(template, rows, {}, condition)


@MANY
@given(STARTS, LITERALS, LITERALS | st.just(""), TEXTS, st.lists(TEXTS, max_size=8), st.data())
def test_a_segment_after_equal_ones(
    start: str, first: str, second: str, x: str, values: list[str], data: st.DataObject
) -> None:
    template = bound(start + "{x}" + first + "{y}" + second, {"x": str, "y": str})
    condition = data.draw(conditions(TEXTS | st.sampled_from([*values, ""]), text=True))
    heads = {x, x + "a", x[:-1], "", succ(x) or "", "\U0010ffff"}
    values += near((condition or ("", ()))[1], "\0", second)
    rows = [{"x": h, "y": v} for h, v in product(heads, [*values, ""])]
    check(template, rows, {"x": x}, condition)


@MANY
@given(st.sampled_from(["{x}{y}", "O{x}{y}", "{x}{y}{z}"]), st.sampled_from(list(Code)), st.data())
def test_segments_without_a_literal(text: str, x: Code, data: st.DataObject) -> None:
    template = bound(text, {"x": Code, "y": Code if "z" in text else str, "z": str})
    words = ["", "a", "#", "\0", "\U0010ffff"]
    ys = list(Code) if "z" in text else words
    rows = [{"x": h, "y": y, "z": z} for h, y, z in product(Code, ys, words)]
    check(template, rows, {}, data.draw(conditions(st.sampled_from(list(Code)), text=False)))
    operands = st.sampled_from(ys)
    check(template, rows, {"x": x}, data.draw(conditions(operands, text="z" not in text)))


@FEW
@given(
    st.sampled_from(["{n:02}", "N#{n:02}", "N#{n:02}#", "N#{n:02}#{y}", "{n:02}#{y}"]), st.data()
)
def test_padded_numbers_are_clamped(text: str, data: st.DataObject) -> None:
    template = bound(text, {"n": int, "y": str})
    condition = data.draw(conditions(st.integers(-3, 103) | st.just(10**40), text=False))
    rows = [{"n": n, "y": y} for n, y in product(range(100), ["", "\U0010ffff"])]
    found = check(template, rows, {}, condition)
    assert found is None or isinstance(found, Empty) or found.exact


@FEW
@given(
    st.sampled_from(["{f}", "F#{f}", "F#{f}#{y}", "{f:quote}#{y}", "F#{f:quote}"]),
    st.sampled_from([int, float, Decimal, bool]),
    st.data(),
)
def test_unordered_values_keep_their_condition(text: str, kind: type, data: st.DataObject) -> None:
    template = bound(text, {"f": kind, "y": str})
    values = [kind(n) for n in ([0, 1] if kind is bool else [-10, -9, 0, 1, 2, 10, 100])]
    condition = data.draw(conditions(st.sampled_from(values), text=False))
    check(template, [{"f": f, "y": y} for f, y in product(values, ["", "~"])], {}, condition)


@FEW
@given(
    st.sampled_from(["{x:quote}", "Q#{x:quote}#{y}", "{x:quote}-{y}"]), st.lists(TEXTS), st.data()
)
def test_quoted_text(text: str, values: list[str], data: st.DataObject) -> None:
    template = bound(text, {"x": str, "y": str})
    condition = data.draw(conditions(TEXTS | st.sampled_from([*values, ""]), text=True))
    check(template, [{"x": x, "y": y} for x, y in product(values, ["", "#"])], {}, condition)


@MANY
@given(
    st.sampled_from(["{x}", "{x}#", "O{x}", "O{x}#{y}", "{x}#{y}", "\x7f\x7f{x}-", "\ud7ff{x}"]),
    st.integers(3, 7),
    st.lists(TEXTS, max_size=8),
    st.data(),
)
@example("{x}#", 5, ["a"], None)
def test_bounds_are_cut_at_the_limit(text: str, limit: int, values: list[str], data: Any) -> None:
    template = bound(text, {"x": str, "y": str})
    long = st.text(st.sampled_from([*ALPHABET, "\x7f", "\u07ff"]), max_size=9)
    drawn = conditions(long, text=True)
    condition = ("<=", ("a!!!!!",)) if data is None else data.draw(drawn)
    values = [*values, *near((condition or ("", ()))[1], "\0", "!", "#-", "\U0010ffff")]
    rows = [{"x": x, "y": y} for x, y in product(values, ["", "\U0010ffff"])]
    check(template, rows, {}, condition, limit)


@FEW
@given(st.sampled_from(list(COMPARE)), st.integers(-3, 3), st.integers(-3, 3))
def test_datetimes_need_no_filter(op: str, first: int, second: int) -> None:
    if op == "begins_with":
        return
    template = bound("ORDER#{placed_at}#{id}", {"placed_at": datetime, "id": UUID})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    times = [now + timedelta(microseconds=n) for n in range(-4, 5)]
    times += [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    operands = tuple(now + timedelta(microseconds=n) for n in (first, second))
    rows = [{"placed_at": t, "id": UUID(int=n)} for t, n in product(times, [0, 2**128 - 1])]
    condition = (op, operands if op == "between" else operands[:1])
    found = check(template, rows, {}, condition)
    assert found is EMPTY or (isinstance(found, KeyRange) and found.exact and not found.foreign)


@FEW
@given(TEXTS)
def test_succ_is_the_least_text_above_all_that_begin_with_it(text: str) -> None:
    above = succ(text)
    if above is None:
        assert set(text) <= {"\U0010ffff"}
        return
    above.encode()
    assert text + "\U0010ffff" * 5 < above
    # Every text below it begins with the old one or sorts below that.
    assert above[-1] != "\0"
    assert above[:-1] + chr(ord(text[len(above) - 1])) <= text + "\0"


KINDS: dict[type, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(-(10**100), 10**100),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    UUID: st.uuids(),
    bool: st.booleans(),
    Code: st.sampled_from(list(Code)),
    Word: st.sampled_from(list(Word)),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20)),
}


@MANY
@given(
    st.lists(
        st.tuples(st.sampled_from(list(KINDS)), st.sampled_from(["", "quote"]), LITERALS),
        min_size=1,
        max_size=4,
    ),
    STARTS,
    st.booleans(),
    st.data(),
)
def test_a_key_is_read_back_as_it_was_written(
    shape: list[tuple[type, str, str]], start: str, cut: bool, data: st.DataObject
) -> None:
    """Promise K3: what is read back is what was written, so no two keys are one."""
    types = {f"f{n}": kind for n, (kind, _, _) in enumerate(shape)}
    parts = [f"{{f{n}:{spec}}}{after}" for n, (_, spec, after) in enumerate(shape)]
    parts[-1] = parts[-1][: parts[-1].index("}") + 1] if cut else parts[-1]
    template = bound(start + "".join(parts), types)
    values = {name: data.draw(KINDS[kind]) for name, kind in types.items()}
    key = key_of(template, values, 10**6)
    if key is not None:
        assert template.decode(key) == values
        assert template.overlaps(template)
    other = data.draw(TEXTS)
    read = template.decode(other)
    assert read is None or template.encode(read) == other


SMALL = ["#", "a", "1", "-"]
TEXTS_OF_4 = ["".join(p) for n in range(5) for p in product(SMALL, repeat=n)]
PARTS = [
    "{s}",
    "{s}#",
    "{s}--",
    "{s}a",
    "{t}",
    "{n}",
    "{n}#",
    "{c}",
    "{w}-",
    "{p:02}",
    "#",
    "a",
    "1",
    "-a",
]
TYPES: dict[str, type] = {"s": str, "t": str, "n": int, "c": Code, "w": Word, "p": int}


def templates() -> st.SearchStrategy[BoundTemplate]:
    def build(parts: list[str]) -> BoundTemplate | None:
        text = "".join(p.replace("{", f"{{{'abc'[n]}") for n, p in enumerate(parts))
        types = {f"{'abc'[n]}{name}": kind for n in range(3) for name, kind in TYPES.items()}
        try:
            return bound(text, types)
        except Exception as error:  # noqa: BLE001  # only the refusals of `bind` are left out
            assert "nothing stands between" in str(error)  # noqa: PT017
            return None

    found = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(build)
    return found.filter(lambda t: t is not None)  # type: ignore[return-value]


@FEW
@given(templates(), templates())
def test_overlaps_is_what_enumeration_finds(a: BoundTemplate, b: BoundTemplate) -> None:
    """Checked both ways: an example is read by both, and without one no short text is."""
    example = a.shared_key(b)
    if example is None:
        assert not any(a.decode(t) is not None and b.decode(t) is not None for t in TEXTS_OF_4)
    else:
        assert a.decode(example) is not None, example
        assert b.decode(example) is not None, example
    assert a.overlaps(b) == b.overlaps(a) == (example is not None)
