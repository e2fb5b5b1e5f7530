"""For tests of the code that uses Mizzle."""

from __future__ import annotations

from mizzle.testing.faults import FaultyTransport, faults
from mizzle.testing.plan import FaultPlan

__all__ = ["FaultPlan", "FaultyTransport", "faults"]
