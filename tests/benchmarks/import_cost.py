"""Print what `import mizzle` costs over `import boto3, pydantic`, in CPU of fresh interpreters.

Run it with `python tests/benchmarks/import_cost.py`; the bound is 15 ms. Like `import pydantic`,
`import mizzle` loads a name when it is first used; so a program with one model that uses every name of
Mizzle is measured as well.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from typing import NamedTuple

__all__ = ["ImportCost", "measure_imports"]

BARE = "import boto3, pydantic"
BASE = f"{BARE}\nclass Model(pydantic.BaseModel):\n    name: str"
ROUNDS = 15


class ImportCost(NamedTuple):
    """CPU milliseconds, medians.

    Attributes:
        bare: Of `import boto3, pydantic`.
        alone: Of `import mizzle` over that.
        base: Of the bare imports with one model.
        all_names: Of every name of Mizzle over that.
    """

    bare: float
    alone: float
    base: float
    all_names: float


def measure_imports(rounds: int = ROUNDS) -> ImportCost:
    """Measure in turn."""
    codes = (BARE, f"{BARE}\nimport mizzle", BASE, f"{BASE}\nfrom mizzle import *")
    for code in codes:
        _cpu_milliseconds(code)  # writes the bytecode caches
    found = [[_cpu_milliseconds(code) for code in codes] for _ in range(rounds)]
    return ImportCost(
        bare=statistics.median(each[0] for each in found),
        alone=statistics.median(each[1] - each[0] for each in found),
        base=statistics.median(each[2] for each in found),
        all_names=statistics.median(each[3] - each[2] for each in found),
    )


def _cpu_milliseconds(code: str) -> float:
    """Measure the CPU of one interpreter, the children's share of this process."""
    # Measured as installed: with the bytecode written, which some shells forbid.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return (user + system) * 1000


def main() -> None:
    """Print the medians."""
    cost = measure_imports()
    print(
        f"import boto3, pydantic: {cost.bare:.0f} ms of CPU; "
        f"import mizzle over that: {cost.alone:.1f} ms"
    )
    print(
        f"with one model: {cost.base:.0f} ms; "
        f"every name of mizzle over that: {cost.all_names:.1f} ms"
    )


if __name__ == "__main__":
    main()
