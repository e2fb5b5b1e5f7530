"""Print what `import mizzle` costs over `import boto3, pydantic`, in CPU of fresh interpreters.

Run it with `python tests/benchmarks/import_cost.py`; the bound is 15 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

BASE = "import boto3, pydantic"
ROUNDS = 15


def cpu_milliseconds(code: str) -> float:
    """Measure the CPU of one interpreter, the children's share of this process."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    used = after.children_user - before.children_user
    return (used + after.children_system - before.children_system) * 1000


def main() -> None:
    """Measure in pairs, one after the other, and print the medians."""
    for code in (BASE, f"{BASE}; import mizzle"):
        cpu_milliseconds(code)  # writes the bytecode caches
    pairs = [(cpu_milliseconds(BASE), cpu_milliseconds(f"{BASE}; import mizzle")) for _ in range(ROUNDS)]
    base = statistics.median(first for first, _ in pairs)
    extra = statistics.median(second - first for first, second in pairs)
    print(f"import boto3, pydantic: {base:.0f} ms of CPU; import mizzle on top: {extra:.0f} ms")


if __name__ == "__main__":
    main()
