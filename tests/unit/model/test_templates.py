"""Key templates: what is refused, what is written, and what overlaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, localcontext
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any
from uuid import UUID

import pytest

from mizzle.errors import DefinitionError, EncodingError
from mizzle.model.templates import (
    BoundTemplate,
    enum_kind,
    kind_for,
    literal_kind,
    parse_template,
    suggest,
)


class Status(StrEnum):
    """Texts of varying width."""

    NEW = "new"
    PAID = "paid"


class Size(Enum):
    """Whole numbers."""

    SMALL = 1
    LARGE = 12


class Role(str, Enum):  # noqa: UP042  # the spelling is the case
    """The old spelling of StrEnum, whose str() is `Role.ADMIN`."""

    ADMIN = "admin"


class Access(Flag):
    """A flag."""

    READ = 1


class Mixed(Enum):
    """Texts and numbers."""

    A = "a"
    ONE = 1


class Level(IntEnum):
    """One digit each."""

    LOW = 1
    HIGH = 2


SOME_UUID = UUID("0190a3c5-7d3e-7abc-8def-0123456789ab")


def bound(text: str, **types: type) -> BoundTemplate:
    template = parse_template(text)
    return template.bind({f: kind_for(types[f], spec) for f, spec in template.specs.items()})


def test_a_template_knows_its_fields_formats_and_prefix() -> None:
    template = parse_template("ORDER#{placed_at}#{n:010}/{path:quote}!{n:010}")
    assert template.literal_prefix == "ORDER#"
    assert template.fields == ("placed_at", "n", "path")
    assert template.specs == {"placed_at": "", "n": "010", "path": "quote"}
    assert template.text == "ORDER#{placed_at}#{n:010}/{path:quote}!{n:010}"
    assert repr(template) == f"Template({template.text!r})"


def test_doubled_braces_are_braces() -> None:
    template = bound("{{a}}{x}}}{{", x=str)
    assert template.literal_prefix == "{a}"
    assert template.encode({"x": "1"}) == "{a}1}{"
    assert template.decode("{a}1}{") == {"x": "1"}


def test_a_template_without_fields_is_its_text() -> None:
    assert bound("PROFILE").encode({}) == "PROFILE"
    assert bound("PROFILE").decode("PROFILE") == {}
    assert bound("PROFILE").decode("PROFILES") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("A{", "malformed"),
        ("A}", "malformed"),
        ("\ud800", "malformed"),
        ("{}", "needs its name"),
        ("{0}", "needs its name"),
        ("{a.b}", "{a.b} is not the name"),
        ("{a[0]}", "{a[0]} is not the name"),
        ("{a b}", "{a b} is not the name"),
        ("{a!r}", "conversions such as !r"),
        ("{a:10}", "10 is not a format"),
        ("{a:00}", "00 is not a format"),
        ("{a:039}", "039 is not a format"),
        ("{a:{b}}", "is not a format"),
        ("{a:%Y}", "%Y is not a format"),
        ("{a:010}#{a}", "two formats"),
    ],
)
def test_malformed_templates_are_refused(text: str, why: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_template(text)
    assert why in str(caught.value)
    assert not text or repr(text) in str(caught.value)


def test_a_varying_segment_needs_a_literal_after_it() -> None:
    with pytest.raises(DefinitionError, match="nothing stands between a and b, and text varies"):
        bound("{a}{b}", a=str, b=UUID)
    assert bound("{b}{a}", a=str, b=UUID).decode(f"{SOME_UUID}x") == {"a": "x", "b": SOME_UUID}


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (kind_for(str, ""), "a#b", "a#b"),
        (kind_for(str, ""), "", ""),
        (kind_for(str, "quote"), "ä/#%~", "%C3%A4%2F%23%25~"),
        (kind_for(int, ""), -12, "-12"),
        (kind_for(int, ""), 10**100, "1" + "0" * 100),
        (kind_for(int, "04"), 42, "0042"),
        (kind_for(int, "04"), 0, "0000"),
        (kind_for(float, ""), 1.0, "1"),
        (kind_for(float, ""), -0.0, "0"),
        (kind_for(float, ""), 1e300, "1e+300"),
        (kind_for(float, "quote"), 1e300, "1e%2B300"),
        (kind_for(float, ""), 3, "3"),
        (kind_for(Decimal, ""), Decimal("1.50"), "1.5"),
        (kind_for(Decimal, ""), Decimal(-100), "-100"),
        (kind_for(Decimal, ""), Decimal("-0.00"), "0"),
        (kind_for(Decimal, ""), Decimal("1E+50"), "1E+50"),
        (kind_for(Decimal, ""), 5, "5"),
        (
            kind_for(datetime, ""),
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-02T01:04:05.000000Z",
        ),
        (kind_for(date, ""), date(9, 1, 2), "0009-01-02"),
        (kind_for(time, ""), time(1, 2), "01:02:00.000000"),
        (kind_for(UUID, ""), SOME_UUID, str(SOME_UUID)),
        (kind_for(bool, ""), True, "true"),
        (kind_for(bool, ""), False, "false"),
        (kind_for(Status, ""), Status.PAID, "paid"),
        (kind_for(Status, ""), "paid", "paid"),
        (kind_for(Role, ""), Role.ADMIN, "admin"),
        (kind_for(str, ""), Role.ADMIN, "admin"),
        (kind_for(Size, ""), Size.LARGE, "12"),
        (kind_for(Size, "03"), Size.SMALL, "001"),
        (kind_for(Size, "quote"), Size.SMALL, "1"),
        (literal_kind(("a", "b"), ""), "b", "b"),
        (literal_kind((1, 20), "02"), 1, "01"),
        (literal_kind(("a#", "b"), "quote"), "a#", "a%23"),
        (enum_kind(Status, "quote"), Status.NEW, "new"),
    ],
)
def test_values_are_written_and_read_back(kind: Any, value: Any, text: str) -> None:
    assert kind.encode(value) == text
    assert kind.decode(text) == value
    assert kind.width in {None, len(text)}


def test_decimals_are_exact_in_any_context() -> None:
    value = Decimal(12345678901234567890123456789012345678)
    with localcontext(prec=3):
        assert kind_for(Decimal, "").encode(value) == str(value)


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        (kind_for(str, ""), 1, "expected text, got int"),
        (kind_for(str, ""), None, "expected text, got NoneType"),
        (kind_for(str, ""), "\ud800", "surrogate"),
        (kind_for(str, "quote"), "\ud800", "surrogate"),
        (kind_for(int, ""), True, "got bool"),
        (kind_for(int, ""), 1.0, "got float"),
        (kind_for(int, ""), 10**126, "38 digits"),
        (kind_for(int, "04"), -1, "negative"),
        (kind_for(int, "04"), 10000, "more than 4 digits"),
        (kind_for(int, "04"), False, "got bool"),
        (kind_for(float, ""), float("nan"), "NaN"),
        (kind_for(float, ""), float("inf"), "infinities"),
        (kind_for(float, ""), "1", "got str"),
        (kind_for(float, ""), 2**53 + 1, "got int"),
        (kind_for(Decimal, ""), Decimal("NaN"), "NaN"),
        (kind_for(Decimal, ""), Decimal("1E+126"), "38 digits"),
        (kind_for(Decimal, ""), Decimal("1" * 39), "38 digits"),
        (kind_for(Decimal, ""), 1.5, "got float"),
        (kind_for(datetime, ""), datetime(2026, 1, 1), "naive"),  # naive on purpose
        (kind_for(datetime, ""), date(2026, 1, 1), "got date"),
        (
            kind_for(datetime, ""),
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "outside the years",
        ),
        (kind_for(date, ""), datetime(2026, 1, 1, tzinfo=UTC), "got datetime"),
        (kind_for(time, ""), time(1, tzinfo=UTC), "time zone"),
        (kind_for(time, ""), "01:00", "got str"),
        (kind_for(UUID, ""), str(SOME_UUID), "got str"),
        (kind_for(bool, ""), 1, "got int"),
        (kind_for(Status, ""), "lost", "expected Status"),
        (kind_for(Status, ""), ["new"], "got list"),
        (kind_for(Level, ""), Size.SMALL, "expected Level"),
        (kind_for(Level, ""), True, "got bool"),
        (literal_kind((1, 2), ""), 1.0, "got float"),
    ],
)
def test_other_values_are_refused(kind: Any, value: Any, why: str) -> None:
    with pytest.raises(EncodingError, match=why):
        kind.encode(value)


@pytest.mark.parametrize(
    ("py_type", "text"),
    [
        (int, "01"),
        (int, "+1"),
        (int, "x"),
        (int, "-0"),
        (float, "1.0"),
        (float, "nan"),
        (Decimal, "1.50"),
        (Decimal, "x"),
        (datetime, "2026-01-02T03:04:05Z"),
        (datetime, "2026-01-02T03:04:05.000000"),
        (datetime, "2026-13-02T03:04:05.000000Z"),
        (date, "20260102"),
        (UUID, str(SOME_UUID).upper()),
        (UUID, "PROFILE"),
        (bool, "yes"),
        (Status, "lost"),
        (str, "\ud800"),
    ],
)
def test_texts_in_another_form_are_not_read(py_type: type, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kind_for(py_type, "").decode(text)


@pytest.mark.parametrize("text", ["%c3%a4", "a#", "%FF", "%61"])
def test_quoted_text_is_read_in_its_normal_form_only(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kind_for(str, "quote").decode(text)


@pytest.mark.parametrize("py_type", [bytes, timedelta, list, dict, set, object, Access, Mixed])
def test_types_without_a_text_are_refused(py_type: type) -> None:
    with pytest.raises(DefinitionError):
        kind_for(py_type, "")


@pytest.mark.parametrize(
    ("py_type", "spec"), [(str, "04"), (bool, "04"), (UUID, "04"), (Status, "04"), (Size, "01")]
)
def test_only_whole_numbers_that_fit_are_padded(py_type: type, spec: str) -> None:
    with pytest.raises(DefinitionError):
        kind_for(py_type, spec)


@pytest.mark.parametrize("values", [(), (True,), ("a", 1), (None,), (b"a",)])
def test_a_literal_is_all_texts_or_all_whole_numbers(values: tuple[Any, ...]) -> None:
    with pytest.raises(DefinitionError, match="all texts or all whole numbers"):
        literal_kind(values, "")


@pytest.mark.parametrize(
    ("py_type", "spec", "ordered", "width"),
    [
        (str, "", True, None),
        (str, "quote", False, None),
        (int, "", False, None),
        (int, "010", True, 10),
        (float, "", False, None),
        (Decimal, "", False, None),
        (bool, "", False, None),
        (datetime, "", True, 27),
        (date, "", True, 10),
        (time, "", True, 15),
        (UUID, "", True, 36),
        (Status, "", True, None),
        (Size, "", True, None),
        (Size, "02", True, 2),
        (Level, "", True, 1),
    ],
)
def test_order_and_width_follow_the_type(
    py_type: type, spec: str, *, ordered: bool, width: int | None
) -> None:
    kind = kind_for(py_type, spec)
    assert (kind.ordered, kind.width) == (ordered, width)


def test_numbers_of_an_enumeration_are_ordered_only_if_their_texts_are() -> None:
    assert not literal_kind((9, 10), "").ordered
    assert literal_kind((9, 10), "02").ordered


def test_a_compared_number_may_lie_outside() -> None:
    kind = kind_for(int, "02")
    assert [kind.side(n) for n in (-1, 0, 99, 100)] == [-1, 0, 0, 1]
    assert kind_for(str, "").side("x") == 0
    with pytest.raises(EncodingError):
        kind.side("x")


def test_pydantics_own_classes_are_the_plain_ones() -> None:
    from pydantic import AwareDatetime, EmailStr, PastDate

    assert kind_for(EmailStr, "") is kind_for(str, "")
    assert kind_for(AwareDatetime, "") is kind_for(datetime, "")
    assert kind_for(PastDate, "") is kind_for(date, "")


@pytest.mark.parametrize(
    ("text", "value", "offer"),
    [
        ("{x}#{y}", "a#b", "write {x:quote} to percent-encode it"),
        ("{x}#{y}", "#", "write {x:quote}"),
        ("{x}#", "a#", "write {x:quote}"),
        ("{x}--{y}", "a-", "such as #"),
        ("{x:quote}-{y}", "a-", "such as #"),
    ],
)
def test_a_value_that_would_end_its_segment_early_is_refused(
    text: str, value: str, offer: str
) -> None:
    """Promise K3: ("x#y", "z") must not overwrite ("x", "y#z")."""
    with pytest.raises(EncodingError) as caught:
        bound(text, x=str, y=str).encode({"x": value, "y": ""})
    assert str(caught.value).startswith(f"x in the key template {text!r} holds ")
    assert str(caught.value).endswith(offer) or offer in str(caught.value)
    assert "a#b" not in str(caught.value)


def test_fixed_width_segments_may_hold_the_literal_after_them() -> None:
    template = bound("{d}-{u}-{x}", d=date, u=UUID, x=str)
    values = {"d": date(2026, 1, 2), "u": SOME_UUID, "x": "-#-"}
    assert template.encode(values) == f"2026-01-02-{SOME_UUID}--#-"
    assert template.decode(template.encode(values)) == values


def test_a_refused_value_is_named_by_its_field() -> None:
    with pytest.raises(
        EncodingError, match=r"^at in the key template 'A#\{at\}': a naive datetime"
    ):
        bound("A#{at}", at=datetime).encode({"at": datetime(2026, 1, 1)})  # on purpose


def test_a_field_that_stands_twice_is_read_once() -> None:
    template = bound("{a}#{b}#{a}", a=str, b=int)
    assert template.fields == ("a", "b")
    assert template.decode("x#1#x") == {"a": "x", "b": 1}
    assert template.decode("x#1#y") is None


@pytest.mark.parametrize("key", ["ORDER", "ORDER#", "ORDER#x", "ORDER#1", "ORDER#1#2x", "PROFILE"])
def test_foreign_keys_are_not_read(key: str) -> None:
    assert bound("ORDER#{a}#{b}", a=int, b=int).decode(key) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("PROFILE", "PROFILE", True),
        ("PROFILE", "{u}", False),
        ("{u}", "{s}", True),
        ("PROFILE", "{s}", True),
        ("USER#{s}", "ORDER#{s}", False),
        ("USER#{s}", "USER#{u}", True),
        ("USER#{s}", "{s}#x", True),
        ("USER#{u}", "USER#{u}#x", False),
        ("USER#{s}", "USER#{s}#x", True),
        ("USER#{s}#", "USER#{s}#{n}", False),
        ("A#{s}#{u}", "A#{s}#x#{u}", False),
        ("A#{s}#{u}", "A#{s}#{s}", True),
        ("{d}", "{t}", False),
        ("{d}#{n}", "{d}#{p:04}", True),
        ("{n}", "{u}", False),
        ("{p:02}", "{p:03}", False),
        ("{n}", "{p:03}", True),
        ("{status}", "PROFILE", False),
        ("{status}", "paid", True),
        ("{status}", "pai{s}", True),
        ("{status}", "{b}", False),
        ("{s:quote}", "A#{s}", False),
        ("{s:quote}", "A{s}", True),
        ("{f}", "{s}#", False),
        ("", "x", False),
    ],
)
def test_templates_overlap_if_they_share_a_key(one: str, other: str, *, expected: bool) -> None:
    types: dict[str, type] = {
        "s": str, "u": UUID, "n": int, "p": int, "d": date, "t": time, "f": float, "b": bool,
        "status": Status,
    }  # fmt: skip
    a, b = bound(one or "y", **types), bound(other, **types)
    assert a.overlaps(b) is expected
    assert b.overlaps(a) is expected


def test_a_shared_key_is_shown() -> None:
    assert bound("A#{s}", s=str).shared_key(bound("{s}#B", s=str)) == "A#B"
    assert bound("A#{s}", s=str).shared_key(bound("B#{s}", s=str)) is None


def test_the_nearest_name_is_suggested() -> None:
    assert suggest("plaed_at", ["id", "placed_at"]) == "; did you mean 'placed_at'?"
    assert suggest("zzz", ["id", "placed_at"]) == ""
