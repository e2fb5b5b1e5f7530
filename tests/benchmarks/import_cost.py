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

BARE = "import boto3, pydantic"
BASE = f"{BARE}\nclass Model(pydantic.BaseModel):\n    name: str"
ROUNDS = 15


def cpu_milliseconds(code: str) -> float:
    """Measure the CPU of one interpreter, the children's share of this process."""
    # Measured as installed: with the bytecode written, which some shells forbid.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return (user + system) * 1000


def main() -> None:
    """Measure in turn and print the medians."""
    codes = (BARE, f"{BARE}\nimport mizzle", BASE, f"{BASE}\nfrom mizzle import *")
    for code in codes:
        cpu_milliseconds(code)  # writes the bytecode caches
    rounds = [[cpu_milliseconds(code) for code in codes] for _ in range(ROUNDS)]
    bare, base = (statistics.median(r[n] for r in rounds) for n in (0, 2))
    alone = statistics.median(r[1] - r[0] for r in rounds)
    all_names = statistics.median(r[3] - r[2] for r in rounds)
    print(f"import boto3, pydantic: {bare:.0f} ms of CPU; import mizzle over that: {alone:.1f} ms")
    print(f"with one model: {base:.0f} ms; every name of mizzle over that: {all_names:.1f} ms")


if __name__ == "__main__":
    main()
