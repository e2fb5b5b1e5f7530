"""What users' own tests are made of: failures on demand."""

from __future__ import annotations

from mizzle.testing.faults import FaultPlan, FaultyTransport, faults

__all__ = ["FaultPlan", "FaultyTransport", "faults"]
