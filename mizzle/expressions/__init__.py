"""Paths, conditions and update actions: frozen nodes and operators; no expression text, no models."""

from mizzle.expressions.conditions import Condition
from mizzle.expressions.operands import Arithmetic, AttributePath, Operand, Size, Value
from mizzle.expressions.updates import Action

__all__ = ["Action", "Arithmetic", "AttributePath", "Condition", "Operand", "Size", "Value"]
