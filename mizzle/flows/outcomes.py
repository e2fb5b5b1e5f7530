"""What may be done about a write of which nobody knows whether it was applied: one table.

An attempt leaves the outcome open if it failed in a way that `classification.FAILURES` marks as open.
The rules below say what follows from that for each statement; the page on resilience shows both.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from mizzle.limits import TOKEN_SECONDS

__all__ = ["BY_CHECK", "BY_ID", "BY_TOKEN", "NEVER", "READ", "RULES", "SAME", "Rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a request may do after an attempt that left its outcome open.

    Attributes:
        statements: What it applies to, for people.
        writes: Whether there is an outcome to be open.
        is_sent_again: Whether the request is sent again after an open outcome.
        settled_by: What then tells whether it was applied, for people.
        max_seconds: How long after the statement began an attempt may begin.
    """

    statements: str
    writes: bool = True
    is_sent_again: bool = True
    settled_by: str
    max_seconds: float = inf


# DynamoDB must still know the token when the last attempt arrives, and nobody must take a write id for
# older than it is.
_MAX_SECONDS = TOKEN_SECONDS - 120

READ = Rule(
    statements="`get`, `select`, `batch_get`",
    writes=False,
    settled_by="nothing is written, so nothing is open",
)
SAME = Rule(
    statements=(
        "`put`, `delete`, `batch_write`; `update` whose operations leave the same item when repeated: "
        "`.set` to constants, `.set_if_missing`, `.remove`, `.add` and `.discard` on sets, "
        "none of them on a list index"
    ),
    settled_by=(
        "the answer to the resend: the table is as after one write. The resend may overwrite what "
        "somebody else wrote in between; a repeated `delete` may find the item gone and returns `None`"
    ),
)
BY_ID = Rule(
    statements=(
        "`insert`, `put` with `.where`, and `update` with `.where`, `.given` or a path into an attribute "
        "whose operations leave the same item when repeated"
    ),
    settled_by=(
        "the write ids in the stored item, if the resend fails its condition: with this write's id it "
        "had succeeded; if they show that it was never there, it had failed; under the recent ids of two "
        "others the outcome is unknown"
    ),
    max_seconds=_MAX_SECONDS,
)
BY_CHECK = Rule(
    statements="`delete` with `.where`; a conditional write to a `Table(write_ids=False)`",
    settled_by="the answer to the resend, unless it fails its condition: then the outcome is unknown",
)
BY_TOKEN = Rule(
    statements="any single write with `.idempotent()`",
    settled_by="the token that all attempts share: DynamoDB applies them once",
    max_seconds=_MAX_SECONDS,
)
NEVER = Rule(
    statements=(
        "`update` that counts: `.add` to a number, `.append`, `.prepend`, `.set` to a sum or to "
        "another attribute, any operation on a list index"
    ),
    is_sent_again=False,
    settled_by="nothing: the outcome is unknown",
    max_seconds=_MAX_SECONDS,
)

RULES = (READ, SAME, BY_ID, BY_CHECK, BY_TOKEN, NEVER)
"""Every rule there is."""
