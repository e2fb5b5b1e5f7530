"""Numbers are stored exactly, in one form each, whatever the process's decimal context says."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import example, given, settings

from mizzle.values import number_text, parse_decimal
from tests.properties.strategies import decimals

CONTEXTS = [Context(), Context(prec=1, capitals=0), Context(prec=50, Emin=0, Emax=0)]


@pytest.mark.parametrize("context", CONTEXTS, ids=["usual", "small letters", "no exponents"])
@settings(max_examples=200, deadline=None)
@given(value=decimals)
@example(value=Decimal("1.10"))
@example(value=Decimal("-0.00"))
@example(value=Decimal("1E+2"))
@example(value=Decimal(100))
@example(value=Decimal("0.0000001"))
def test_a_decimal_has_one_text(context: Context, value: Decimal) -> None:
    with localcontext(context):
        text = number_text(value)
    assert parse_decimal(text) == value
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    # The same number, written with two more zeros, and as few as possible.
    longer = Decimal((sign, (*digits, 0, 0), exponent - 2))
    assert number_text(longer) == text
    assert "+" not in text
    if "." in text and "E" not in text:
        assert not text.endswith(("0", "."))
