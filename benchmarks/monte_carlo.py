"""Determinant Monte Carlo beside the C code of the stripes papers (edwnh/dqmc), sweep for sweep.

Both measure the same: eight times a sweep at equal times, and in one row at unequal times with bonds after every sweep.
Runs alternate, each a process of its own; the ratio is the median of the pairs. The two must give the same double
occupancy within four standard errors of the scatter of their runs. The C code is built outside this repository: set
EDWNH_DQMC to its folder (`monte_carlo_run.py`); without it the rates of products and QR are told, of which a sweep
is made.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
MIB = 2.0**20
MOST_MEMORY = 400 * MIB


@dataclass(frozen=True)
class Row:
    """One problem: ``ours`` and ``peer`` hold what each of the alternating runs printed."""

    name: str
    sweeps: int
    least_ratio: float
    ours: list[dict[str, float]]
    peer: list[dict[str, float]]

    @property
    def ratio(self) -> float:
        pairs = zip(self.ours, self.peer, strict=True)
        return statistics.median(p["seconds"] / o["seconds"] for o, p in pairs) if self.peer else float("nan")

    @property
    def apart(self) -> float:
        """Difference of the double occupancies in standard errors."""
        if not self.peer:
            return 0.0
        a, b = (np.array([r["double"] for r in side]) for side in (self.ours, self.peer))
        return float(abs(a.mean() - b.mean()) / np.hypot(a.std(ddof=1), b.std(ddof=1)) * np.sqrt(len(a)))

    @property
    def memory(self) -> float:
        return max(r["memory"] for r in self.ours)

    @property
    def kept(self) -> bool:
        fast = not self.peer or self.ratio >= self.least_ratio
        return fast and self.apart < 4 and not self.memory > MOST_MEMORY

    def row(self) -> str:
        ours, peer = (self._rate(side) for side in (self.ours, self.peer))
        told = f"{self.apart:.1f} sigma" if self.peer else ""
        ratio = f"{self.ratio:.3g}x" if self.peer else ""
        verdict = "kept" if self.kept else "NOT KEPT"
        mine = f"{ours} sweeps/s, {self.memory / MIB:.3g} MiB"
        promise = f">= {self.least_ratio:g}x, < 400 MiB"
        return f"| {self.name} | {mine} | edwnh/dqmc | {peer} | {ratio} | {told} | {promise} | {verdict} |"

    def _rate(self, side: list[dict[str, float]]) -> str:
        return f"{self.sweeps / statistics.median(r['seconds'] for r in side):.3g}" if side else "not built"


PLAN = (
    ("Monte Carlo 8x8, L = 40, factorised every 5 slices", "8x8", 5, 5, 600, 1.0),
    ("the same, every 10 slices", "8x8", 10, 10, 600, 1.0),
    ("the same, ours by measured drift, theirs every 10", "8x8", 0, 10, 600, 1.0),
    ("Monte Carlo 16x4, L = 45, every 5 slices", "16x4", 5, 5, 480, 1.0),
    ("Monte Carlo 8x8, L = 40, unequal times with bonds each sweep", "8x8-unequal", 5, 5, 120, 3.0),
)


def rows(rounds: int = 5) -> Iterator[Row]:
    """Measure one problem after the other."""
    built = bool(os.environ.get("EDWNH_DQMC"))
    for name, problem, interval, theirs, sweeps, least in PLAN:
        ours, peer = [], []
        for seed in range(1, rounds + 1):
            ours.append(_run("onnes", problem, interval, sweeps, seed))
            if built:
                peer.append(_run("edwnh", problem, theirs, sweeps, seed))
        yield Row(name, sweeps, least, ours, peer)


def rates() -> str:
    """Return a line on what a sweep is made of."""
    found = _run("rates", 64)
    flops = 2 * 64**3 / 1e3
    return (
        f"products of 64 x 64: {found['tiles']:.3g} us in register tiles ({flops / found['tiles']:.3g} GFlop/s), "
        f"{found['blas']:.3g} us in BLAS ({flops / found['blas']:.3g} GFlop/s); QR with Q: {found['qr']:.3g} us"
    )


def _run(*arguments: object) -> dict[str, float]:
    command = [sys.executable, str(HERE / "monte_carlo_run.py"), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


if __name__ == "__main__":
    for found in rows():
        print(found.row(), flush=True)
    print(rates())
