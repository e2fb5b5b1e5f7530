"""botocore's clock for signatures, which is in another place in older versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace

import botocore.auth  # type: ignore[import-untyped]  # no types
import pytest

__all__ = ["CLOCK", "botocore_at"]

CLOCK = "get_current_datetime" if hasattr(botocore.auth, "get_current_datetime") else "datetime"
"""What it is called in `botocore.auth`."""


@contextmanager
def botocore_at(at: datetime) -> Iterator[pytest.MonkeyPatch]:
    """Let botocore sign as if it were another time, in UTC."""

    class Fixed(datetime):
        @classmethod
        def utcnow(cls) -> datetime:  # type: ignore[override]  # it need not be of the class
            return at

    other = SimpleNamespace(datetime=Fixed) if CLOCK == "datetime" else lambda *_: at
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, CLOCK, other)
        yield patch
