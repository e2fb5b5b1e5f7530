"""Which key serves a select: GetItem, Query or Scan, what is left to filter, and why.

Pure: conditions and the keys of an entity go in, a plan comes out.
"""

from mizzle.planner.choosing import WHOLE, Wanted, plan_select
from mizzle.planner.plan import Plan, Survey

__all__ = ["WHOLE", "Plan", "Survey", "Wanted", "plan_select"]
