"""The seeds of the fault plans: two in an ordinary run, five in a long one (CONTRIBUTING.md)."""

from __future__ import annotations

import os

__all__ = ["SEEDS"]

SEEDS = range(1, 1 + int(os.environ.get("MIZZLE_FAULT_SEEDS", "2")))
