"""Vortex matter beside pyTDGL: each run in a process of its own, the same film on meshes of equal density.

A row promises a ratio of wall times *and* the same physics: free energy within half a per cent, the same number of
vortices, voltages within two per cent, and no more memory. Both begin with the same vortices at the same places
(`vortex_problems`). The minimiser is set beside the peer's dynamics to t = 500, which is how that code finds
equilibria.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
MIB = 2.0**20


@dataclass(frozen=True)
class Row:
    """One promise, measured; ``peer`` is None where pyTDGL is not installed."""

    name: str
    ours: dict[str, float]
    peer: dict[str, float] | None
    least_ratio: float
    agree: tuple[str, ...]
    """Of energy, vortices, voltage, memory: what must agree."""

    @property
    def ratio(self) -> float:
        return self.peer["seconds"] / self.ours["seconds"] if self.peer else float("nan")

    def differences(self) -> dict[str, tuple[float, float]]:
        """Return name -> (difference, bound)."""
        if self.peer is None:
            return {}
        ours, peer = self.ours, self.peer
        known = {
            "energy": (abs(ours["energy"] / peer["energy"] - 1), 5e-3),
            "below": (ours["energy"] - peer["energy"], 0.0),
            "vortices": (abs(ours["vortices"] - peer["vortices"]), 0),
            "quanta": (abs(ours.get("quanta", 0) - peer["quanta"]), 0),
            "voltage": (abs(ours["voltage"] / peer["voltage"] - 1) if peer["voltage"] else 0.0, 2e-2),
            "memory": (max(ours["memory"] / peer["memory"] - 1, 0.0), 0.0),
        }
        return {name: known[name] for name in self.agree}

    @property
    def kept(self) -> bool:
        return self.ratio >= self.least_ratio and all(d <= b for d, b in self.differences().values())

    def row(self) -> str:
        ours, peer = self.ours, self.peer
        mine = f"{ours['seconds']:.3g} s, {ours['memory'] / MIB:.3g} MiB"
        told = ", ".join(
            f"{name} {_told(name, ours)} / {_told(name, peer)}"
            for name in self.agree
            if peer and name != "memory"
        )
        theirs = f"{peer['seconds']:.3g} s, {peer['memory'] / MIB:.3g} MiB" if peer else "not installed"
        verdict = "kept" if self.kept else "NOT KEPT"
        ratio = f"{self.ratio:.3g}x" if peer else ""
        promise = f">= {self.least_ratio:g}x"
        return f"| {self.name} | {mine} | pyTDGL | {theirs} | {ratio} | {told} | {promise} | {verdict} |"


def _told(name: str, found: dict[str, float]) -> str:
    value = found["energy" if name == "below" else name]
    return f"{int(value)}" if name in ("vortices", "quanta") else f"{value:.4g}"


def rows() -> Iterator[Row]:
    """Measure one promise after the other; pyTDGL runs each film once, which takes minutes (antidots: ten)."""
    seeded = _peer("seeded")
    alike = ("energy", "vortices", "quanta", "memory")
    name = "film 40x40 xi, b = 0.2, gamma = 10, from 36 vortices in rows to t = 500"
    yield Row(name, _ours("seeded"), seeded, 50.0, alike)
    name = "the same start to equilibrium, energy minimiser"
    yield Row(name, _ours("seeded", "minimiser"), seeded, 300.0, ("energy", "vortices"))
    name = "the same film, the lowest of six starts of the minimiser"
    yield Row(name, _ours("quench", "minimiser"), seeded, 50.0, ("below",))
    name = "strip 40x20 xi, b = 0.1, J = 0.3, gamma = 1, to t = 150"
    yield Row(name, _ours("flow"), _peer("flow"), 10.0, ("voltage",))
    name = "the film with 16 antidots, one quantum in each and 21 vortices between, to t = 500"
    yield Row(name, _ours("antidots"), _peer("antidots"), 30.0, alike)


def scaling() -> list[str]:
    """Return lines on the cost of a stage against memory bandwidth, and on large meshes."""
    return _run("scaling", "")["lines"]


def _ours(problem: str, how: str = "onnes") -> dict[str, float]:
    runs = [_run(how, problem) for _ in range(3)]
    return sorted(runs, key=lambda r: r["seconds"])[1]


def _peer(problem: str) -> dict[str, float] | None:
    return _run("pytdgl", problem) if find_spec("tdgl") else None


def _run(how: str, problem: str) -> dict:
    command = [sys.executable, str(HERE / "vortex_problems.py"), how, problem]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ
    )
    return json.loads(done.stdout.decode().strip().splitlines()[-1])
