"""What `select` ought to return: the suite's own reading of DynamoDB, for promise S2.

Nothing here asks the library's planner, binding, compiler or codecs. The tree of a condition is
read, and so are Pydantic's declarations of the fields; values, keys and comparisons are written out
again from DynamoDB's documentation and from `docs/modelling.md`.

The way through: `entities` says which tables there are and how their keys are made, `pools` which
values stand in them; `data` and `statements` draw items and selects; `loading` stores the items;
`evaluator` tells for which of them the conditions hold, and `expectation` in which order they come.
"""
