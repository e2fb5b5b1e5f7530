"""Which key serves a select: GetItem, Query or Scan, what is left to filter, and why.

Pure: conditions and the keys of an entity go in, a plan comes out.
"""

from mizzle.planner.choosing import plan_select, plan_table
from mizzle.planner.facts import attributes_of
from mizzle.planner.options import WHOLE, Options, Wanted
from mizzle.planner.plan import Plan, Rank, Survey

__all__ = [
    "WHOLE",
    "Options",
    "Plan",
    "Rank",
    "Survey",
    "Wanted",
    "attributes_of",
    "plan_select",
    "plan_table",
]
