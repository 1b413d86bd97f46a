"""``make bench``: measure every promise and write RESULTS.md."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import eliashberg  # noqa: E402
import impurity  # noqa: E402
import lattice_meshes  # noqa: E402
import monte_carlo  # noqa: E402
import susceptibility  # noqa: E402
import vortices  # noqa: E402
from harness import Result, measure  # noqa: E402

HEAD = """# Benchmarks

Written by `make bench`: medians of alternating runs, one BLAS thread, both sides checked to give the same number.
Memory is the highest resident memory of a process of its own, less what it holds after its imports.

| what | onnes | beside | peer | median ratio | difference | promise | verdict |
|---|---|---|---|---|---|---|---|
"""


def main() -> int:
    results: list[Result | lattice_meshes.Peak | monte_carlo.Row | vortices.Row] = []
    for benchmark in (*eliashberg.benchmarks(), *impurity.benchmarks(), *susceptibility.benchmarks()):
        results.append(measure(benchmark))
        print(results[-1].row(), flush=True)
    for job in lattice_meshes.JOBS:
        results.append(lattice_meshes.measured(job))
        print(results[-1].row(), flush=True)
    for row in chain(monte_carlo.rows(), vortices.rows()):
        results.append(row)
        print(row.row(), flush=True)
    large = [monte_carlo.rates(), *vortices.scaling()]
    target = Path(__file__).with_name("RESULTS.md")
    table, notes = "\n".join(r.row() for r in results), "".join(f"- {line}\n" for line in large)
    target.write_text(f"{HEAD}{table}\n\n{notes}\n{_machine()}\n", encoding="utf-8")
    return 0 if all(r.kept for r in results) else 1


def _machine() -> str:
    found = []
    for name in ("onnes", "numpy", "scipy", "sparse-ir", "tdgl"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return f"Python {platform.python_version()}, {', '.join(found)}; {os.cpu_count()} cores, {platform.machine()}."


if __name__ == "__main__":
    sys.exit(main())
