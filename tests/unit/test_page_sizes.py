"""How many items a request evaluates, one request after another."""

from __future__ import annotations

import pytest

from mizzle.statements.page_sizes import PageSizes


def sizes(*, asked: int | None = None, largest: int | None = None) -> PageSizes:
    return PageSizes(asked, is_selective=True, largest=largest)


@pytest.mark.parametrize(
    ("asked", "wanted", "largest", "expected"),
    [
        (None, None, None, None),
        (None, 5, None, 5),
        (None, 5000, None, 5000),
        (3, None, None, 3),
        (3, 5, None, 3),
        (5, 3, None, 3),
        (None, None, 1000, 1000),
        (None, 5, 1000, 5),
        (3, None, 1000, 3),
    ],
)
def test_where_all_that_is_read_is_returned_it_is_what_is_wanted(
    asked: int | None, wanted: int | None, largest: int | None, expected: int | None
) -> None:
    chosen = PageSizes(asked, is_selective=False, largest=largest)
    assert chosen.choose(wanted) == expected
    assert not chosen.adapts


@pytest.mark.parametrize(("wanted", "expected"), [(1, 20), (10, 20), (11, 22), (600, 1200)])
def test_under_a_filter_the_first_is_a_sample(wanted: int, expected: int) -> None:
    assert sizes().choose(wanted) == expected
    assert sizes().adapts


def test_under_a_filter_what_is_asked_for_stays() -> None:
    chosen = sizes(asked=7)
    for wanted in (1, 9, None):
        assert chosen.choose(wanted) == 7
        chosen.note(7, 7, 0)
    assert not chosen.adapts


@pytest.mark.parametrize("largest", [None, 1000])
def test_where_all_are_wanted_there_is_no_sample(largest: int | None) -> None:
    assert sizes(largest=largest).choose(None) == largest


def test_a_sample_that_brings_nothing_is_followed_by_a_thousand_and_then_by_all() -> None:
    chosen = sizes()
    chosen.note(20, 20, 0)
    assert chosen.choose(1) == 1000
    chosen.note(1000, 1000, 0)
    assert chosen.choose(1) is None
    chosen.note(None, 5000, 0)
    assert chosen.choose(1) is None


def test_what_was_found_so_far_tells_how_much_is_read_next() -> None:
    chosen = sizes()
    chosen.note(20, 20, 2)
    # 4 more are in 40, and half as many again to be sure.
    assert chosen.choose(4) == 60
    chosen.note(60, 60, 2)
    # Now it was 1 in 20.
    assert chosen.choose(10) == 300


def test_each_is_at_least_twice_as_large_as_the_last() -> None:
    chosen = sizes()
    chosen.note(20, 20, 19)
    assert chosen.choose(1) == 40
    chosen.note(40, 40, 40)
    assert chosen.choose(1) == 80


def test_an_answer_that_evaluated_nothing_is_no_sample() -> None:
    chosen = sizes()
    chosen.note(20, 0, 0)
    assert chosen.choose(1) == 20


def test_from_a_thousand_on_it_is_the_largest() -> None:
    chosen = sizes(largest=1000)
    chosen.note(1000, 1000, 3)
    assert chosen.choose(1) == 1000
