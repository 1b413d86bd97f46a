"""Fine meshes in bounded memory: the bound is stated by the library before it starts, the peak measured in a process.

Each row runs in an interpreter of its own: imports and a calculation on a small mesh come first, and what the process
holds then is subtracted from the highest resident memory that the kernel saw.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

import onnes as on
from onnes.model import Superconductor, TightBinding

MIB = 2.0**20
SMALL = 8
"""Points along an axis of the mesh that loads what is loaded late."""


@dataclass(frozen=True)
class Job:
    """A calculation on a mesh of ``size`` points along each axis: ``run`` returns (bound in bytes, a number)."""

    name: str
    size: int
    run: Callable[[int], tuple[float, float]]
    valid: Callable[[float], bool]
    """Whether the number is that of a calculation which was really done."""


@dataclass(frozen=True)
class Peak:
    """One promise about memory, measured."""

    job: Job
    stated: float
    used: float
    seconds: float
    number: float

    @property
    def kept(self) -> bool:
        return self.used <= self.stated and self.job.valid(self.number)

    def row(self) -> str:
        verdict = "kept" if self.kept else "NOT KEPT"
        ours = f"{1e3 * self.seconds:.3g} ms, {self.used / MIB:.3g} MiB"
        return f"| {self.job.name} | {ours} |  |  |  |  | <= {self.stated / MIB:.3g} MiB, stated before | {verdict} |"


# --- what is computed --------------------------------------------------------------------------


def layered() -> TightBinding:
    """A tetragonal crystal: t = -100, t' = 20, tz = -10 meV."""
    plane = on.model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0}, a=3.8, c=6.6)
    cells = np.concatenate([plane.cells, [[0, 0, 1], [0, 0, -1]]])
    return TightBinding(plane.vectors, cells, np.concatenate([plane.hoppings, -10 * np.ones((2, 1, 1))]))


def gap_in_the_plane(size: int) -> tuple[float, float]:
    """Self-consistent d wave, one orbital; the largest gap on a bond, meV."""
    bands = on.model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0})
    attraction = on.model.attraction({(1, 0): 150.0})
    stated = on.solve.bdg_memory(bands, attraction)
    state = on.solve.bdg(bands, attraction, 20.0, mesh=(size, size))
    return stated, state.model.pairing.amplitude


def gap_and_stiffness(size: int) -> tuple[float, float]:
    """Self-consistent d wave in three dimensions, then its superfluid tensor; the stiffness of a layer, meV."""
    bands, attraction = layered(), on.model.attraction({(1, 0): 150.0})
    cells = len(bands.cells) + len(attraction.cells)
    stated = max(on.solve.bdg_memory(bands, attraction), on.response.zone_memory(4 * bands.n_orbitals, cells))
    state = on.solve.bdg(bands, attraction, 20.0, mesh=(size, size, size))
    weight = on.response.superfluid_weight(state, mesh=(size, size, size))
    return stated, on.response.stiffness(weight.total, bands)


def spectrum_along_a_path(size: int) -> tuple[float, float]:
    """chi0(q, omega) of two orbitals with s+- pairs, 100 energies, 25 q along G-X-M-G; the largest absorption."""
    model = Superconductor(on.model.bands("Raghu"), on.model.s_plus_minus(60.0, 2))
    corners = size * np.array([[0.0, 0, 0], [0.5, 0, 0], [0.5, 0.5, 0], [0, 0, 0]])
    steps = [a + (b - a) * i / 8 for a, b in pairwise(corners) for i in range(8)]
    q = np.rint(np.array([*steps, corners[-1]])) / size
    energy = np.linspace(0.0, 400.0, 100)
    chi = on.response.susceptibility(
        on.solve.given_gap(model, 20.0), q, energy, broadening=10.0, mesh=(size, size)
    )
    return chi.estimate.memory, float(np.max(chi.zz.imag))


JOBS = (
    Job("self-consistent d-wave gap, 256² k", 256, gap_in_the_plane, lambda x: x > 1),
    Job(
        "self-consistent gap and stiffness in three dimensions, 64³ k", 64, gap_and_stiffness, lambda x: x > 1
    ),
    Job("chi0(q, w), 2 orbitals, 256² k, 100 w, 25 q of a path", 256, spectrum_along_a_path, lambda x: x > 0),
)


# --- how it is measured ------------------------------------------------------------------------


def measured(job: Job) -> Peak:
    """Run a job in an interpreter of its own."""
    command = [sys.executable, str(Path(__file__)), str(JOBS.index(job))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Peak(job, **json.loads(done.stdout))


def _inside(job: Job) -> dict[str, float]:
    """Run a job in this process; bytes and seconds."""
    job.run(SMALL)
    before = _resident("VmRSS")
    begin = time.perf_counter()
    stated, number = job.run(job.size)
    seconds = time.perf_counter() - begin
    return {"stated": stated, "used": _resident("VmHWM") - before, "seconds": seconds, "number": number}


def _resident(which: str) -> float:
    """Return the resident memory now (VmRSS) or at its highest (VmHWM), bytes.

    The highest value of getrusage begins, on Linux, with that of the process that started this one; it serves where
    /proc is absent.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    line = next(x for x in status.read_text(encoding="ascii").splitlines() if x.startswith(which))
    return 1024.0 * int(line.split()[1])


if __name__ == "__main__":
    print(json.dumps(_inside(JOBS[int(sys.argv[1])])))
