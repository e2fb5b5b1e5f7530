"""All tables of the oracle, by name: one for each shape of keys."""

from __future__ import annotations

from tests.oracle.composed import BARE, DRAWERS, ODDS, SOLO
from tests.oracle.plain import BINARY, NUMERIC, PLAIN

__all__ = ["SHAPES"]

SHAPES = {shape.table.name: shape for shape in (DRAWERS, ODDS, PLAIN, NUMERIC, BINARY, SOLO, BARE)}
