"""One run of determinant Monte Carlo in a process of its own, printed as one JSON line.

    python monte_carlo_run.py onnes 8x8 5 600       python monte_carlo_run.py edwnh 8x8 5 600
    python monte_carlo_run.py rates 64

The arguments: who, which problem, slices between two factorisations (0: chosen by the run), sweeps. A sixth of the
sweeps warms up. ``edwnh`` needs the environment variable EDWNH_DQMC: a clone of that repository with its
executable at build/dqmc; input files are made by its own generator and nothing of it is part of this package.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

U, T_PRIME, STEP = 6.0, -0.25, 0.1


@dataclass(frozen=True)
class Problem:
    """A square lattice at mu = 0; ``unequal``: sweeps between two measurements at unequal times with bonds, or 0."""

    lx: int
    ly: int
    slices: int
    unequal: int = 0


PROBLEMS = {
    "8x8": Problem(8, 8, 40),
    "16x4": Problem(16, 4, 45),
    "8x8-unequal": Problem(8, 8, 40, 1),
    "12x12": Problem(12, 12, 40),
}


def run_onnes(problem: Problem, interval: int, sweeps: int, seed: int) -> dict[str, float]:
    """Return seconds of all sweeps, double occupancy, sign, and memory; compiled loops are loaded beforehand."""
    import warnings

    import onnes as on
    from onnes.errors import OnnesWarning
    from onnes.solve.correlated.dqmc.chain import Chain

    warnings.simplefilter("ignore", OnnesWarning)
    begin = time.perf_counter()
    model = on.model.Hubbard(on.model.square_cluster(problem.lx, problem.ly, 1.0, T_PRIME), U)
    sampling = on.solve.Sampling(
        warm=sweeps // 6,
        blocks=1,
        sweeps=sweeps - sweeps // 6,
        every=5,
        columns=0,
        interval=interval or None,
        unequal=problem.unequal,
        unequal_bonds=problem.unequal > 0,
    )
    chain = Chain(model, STEP, problem.slices, sampling)
    chain.step(_brief(chain))
    ready = time.perf_counter() - begin
    begin = time.perf_counter()
    walker, block = chain.step(chain.warm(chain.init(seed, 0)))
    seconds = time.perf_counter() - begin
    sums = chain.equal.layout.view(block.total)
    return {
        "seconds": seconds,
        "double": float(sums["orbital_double_occupancy"][0] / sums["sign"]),
        "sign": float(sums["sign"] / block.series[:, 1].sum()),
        "memory": _resident("VmHWM"),
        "interval": walker.interval,
        "drift": block.drift,
        "ready": ready,
    }


def _brief(chain):  # type: ignore[no-untyped-def]
    """Return a walker, having run every compiled loop once through a chain of two sweeps."""
    from dataclasses import replace

    from onnes.solve.correlated.dqmc.chain import Chain

    few = Chain(chain.model, STEP, chain.count, replace(chain.sampling, warm=1, sweeps=2))
    walker, _ = few.step(few.warm(few.init(0, 99)))
    return walker


def run_edwnh(problem: Problem, interval: int, sweeps: int, seed: int) -> dict[str, float]:
    """Return the wall time that the program prints, and its double occupancy and sign."""
    import h5py

    home = Path(os.environ["EDWNH_DQMC"])
    sys.path.insert(0, str(home))
    from dqmc_util.gen_1band_hub import create_batch

    with tempfile.TemporaryDirectory() as folder:
        name = str(Path(folder) / "run")
        create_batch(
            1,
            name,
            seed=seed,
            Nx=problem.lx,
            Ny=problem.ly,
            mu=0.0,
            tp=T_PRIME,
            U=U,
            dt=STEP,
            L=problem.slices,
            n_matmul=interval,
            n_sweep_warm=sweeps // 6,
            n_sweep_meas=sweeps - sweeps // 6,
            period_uneqlt=problem.unequal,
            meas_bond_corr=int(problem.unequal > 0),
        )
        done = subprocess.run(
            [home / "build" / "dqmc", f"{name}_0.h5"], check=True, capture_output=True, text=True
        )
        seconds = float(re.search(r"wall time: ([0-9.]+)", done.stdout + done.stderr)[1])
        with h5py.File(f"{name}_0.h5") as file:
            found = file["meas_eqlt"]
            sign, samples = float(found["sign"][()]), int(found["n_sample"][()])
            double = float(np.mean(found["double_occ"][()])) / sign
    return {"seconds": seconds, "double": double, "sign": sign / samples}


def run_rates(rows: int) -> dict[str, float]:
    """Return microseconds of a product by register tiles and by BLAS, and of a QR with its Q, of ``rows`` rows."""
    from numba import njit

    from onnes.numerics.blas import PLAIN, _gemm, multiply, one_thread, qr_in_place

    @njit
    def repeat(count, which, a, b, c, tau, work):  # type: ignore[no-untyped-def]
        for _ in range(count):
            if which == 0:
                multiply(PLAIN, a, PLAIN, b, 0, c)
            elif which == 1:
                _gemm(PLAIN, a, PLAIN, b, 0, c)
            else:
                c[:] = a
                qr_in_place(c, b, tau, work)

    rng = np.random.default_rng(0)
    a, b, c = rng.random((rows, rows)), rng.random((rows, rows)), np.zeros((rows, rows))
    found = {}
    with one_thread():
        for which, name in enumerate(("tiles", "blas", "qr")):
            repeat(1, which, a, b, c, np.zeros(rows), np.zeros(64 * rows))
            best = np.inf
            for _ in range(7):
                begin = time.perf_counter()
                repeat(200, which, a, b, c, np.zeros(rows), np.zeros(64 * rows))
                best = min(best, (time.perf_counter() - begin) / 200)
            found[name] = 1e6 * best
    return found


def _resident(which: str) -> float:
    status = Path("/proc/self/status")
    if not status.is_file():
        return float("nan")
    line = next(x for x in status.read_text(encoding="ascii").splitlines() if x.startswith(which))
    return 1024.0 * int(line.split()[1])


if __name__ == "__main__":
    who, what, *numbers = sys.argv[1:]
    if who == "rates":
        print(json.dumps(run_rates(int(what))))
    else:
        runs = {"onnes": run_onnes, "edwnh": run_edwnh}
        print(json.dumps(runs[who](PROBLEMS[what], *map(int, numbers))))
