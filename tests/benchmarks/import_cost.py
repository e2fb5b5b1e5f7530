"""Print what `import mizzle` costs after `import boto3, pydantic`, in CPU of fresh interpreters.

Run it with `python tests/benchmarks/import_cost.py`; the bound is 15 ms. Like `import pydantic`,
`import mizzle` loads a name when it is first used; so a program with one model that uses every name of
Mizzle is measured as well.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import NamedTuple

__all__ = ["ImportCost", "measure_imports"]

BARE = "import boto3, pydantic"
MODEL = f"{BARE}\nclass Model(pydantic.BaseModel):\n    name: str"
ROUNDS = 15


class ImportCost(NamedTuple):
    """CPU milliseconds, medians.

    Attributes:
        alone: Of `import mizzle`, after boto3 and pydantic.
        all_names: Of every name of Mizzle, where there is a model besides.
    """

    alone: float
    all_names: float


def measure_imports(rounds: int = ROUNDS) -> ImportCost:
    """Measure in turn."""
    pairs = ((BARE, "import mizzle"), (MODEL, "from mizzle import *"))
    for pair in pairs:
        _cpu_milliseconds(*pair)  # writes the bytecode caches
    found = [[_cpu_milliseconds(*pair) for pair in pairs] for _ in range(rounds)]
    return ImportCost(*(statistics.median(column) for column in zip(*found, strict=True)))


def _cpu_milliseconds(before: str, code: str) -> float:
    """Measure the CPU of some code in an interpreter of its own."""
    # Measured as installed: with the bytecode written, which some shells forbid.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    clock = "time.process_time()"
    timed = f"import time\n{before}\nbegan = {clock}\n{code}\nprint({clock} - began)"
    command = [sys.executable, "-c", timed]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout) * 1000


def main() -> None:
    """Print the medians."""
    cost = measure_imports()
    print(f"import mizzle: {cost.alone:.1f} ms of CPU; every name of it: {cost.all_names:.1f} ms")


if __name__ == "__main__":
    main()
