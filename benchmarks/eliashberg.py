"""The isotropic gap at 0.3 K beside a dense Toeplitz solver and a sparse-ir solver; Tc of every file at hand."""

from pathlib import Path

import numpy as np
from harness import Benchmark

import onnes as on
from onnes.numerics import matsubara
from onnes.numerics.fixedpoint import Anderson, anderson
from onnes.response.phonons.interaction import interaction
from onnes.units import K_B

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "a2f"
TEMPERATURE = 0.3
CUTOFF = 331.0
METHOD = Anderson(history=5, tolerance=1e-8)


def glue() -> on.model.PhononGlue:
    """Niobium's file where it is at hand, otherwise a Debye spectrum of the same size."""
    mu = on.model.MuStar(0.12, 33.0853)
    path = DATA / "Nb.a2F"
    spectrum = on.model.Spectrum.read(path, column=15) if path.is_file() else on.model.debye(28.0, 0.94)
    return on.model.PhononGlue(spectrum, mu)


class DenseSolver:
    """The usual way: the Toeplitz matrix lambda(n-m) over positive and negative frequencies."""

    def __init__(self, model: on.model.PhononGlue) -> None:
        t = K_B * TEMPERATURE
        count = matsubara.count_within(CUTOFF, t)
        self.omega = np.pi * t * (2 * np.arange(-count, count) + 1)
        table = interaction(model.spectrum, 2 * np.pi * t * np.arange(2 * count))
        n = np.arange(2 * count)
        self.phonon = np.pi * t * table[np.abs(n[:, None] - n)]
        self.coulomb = np.pi * t * model.mu_star.at(matsubara.span(count, t))
        sums = 2 * np.cumsum(table[:count]) - table[0]
        normal_z = 1 + np.pi * t * sums / self.omega[count:]
        self.normal_z = np.concatenate([normal_z[::-1], normal_z])
        self.start = 1.5 / (1 + (self.omega / model.omega_max) ** 2)

    def solve(self) -> float:
        def step(gap: np.ndarray) -> np.ndarray:
            root = np.sqrt(self.omega**2 + gap**2)
            z = self.normal_z + self.phonon @ (self.omega / root - np.sign(self.omega)) / self.omega
            pair = gap / root
            return (self.phonon @ pair - self.coulomb * pair.sum()) / z

        found = anderson(step, self.start, METHOD).x
        return float(found[len(found) // 2])


class FoldedSolver:
    """The same with parity used: lambda(n-m) ± lambda(n+m+1) over positive frequencies only, an eighth of the work."""

    def __init__(self, model: on.model.PhononGlue) -> None:
        t = K_B * TEMPERATURE
        count = matsubara.count_within(CUTOFF, t)
        self.omega = matsubara.fermionic(t, count)
        table = interaction(model.spectrum, 2 * np.pi * t * np.arange(2 * count))
        n = np.arange(count)
        near, far = table[np.abs(n[:, None] - n)], table[n[:, None] + n + 1]
        mu = model.mu_star.at(matsubara.span(count, t))
        self.even, self.odd = np.pi * t * (near + far - 2 * mu), np.pi * t * (near - far)
        sums = 2 * np.cumsum(table[:count]) - table[0]
        self.normal_z = 1 + np.pi * t * sums / self.omega
        self.start = 1.5 / (1 + (self.omega / model.omega_max) ** 2)

    def solve(self) -> float:
        def step(gap: np.ndarray) -> np.ndarray:
            root = np.sqrt(self.omega**2 + gap**2)
            z = self.normal_z + self.odd @ (self.omega / root - 1) / self.omega
            return self.even @ (gap / root) / z

        return float(anderson(step, self.start, METHOD).x[0])


class SparseIrSolver:
    """Products in imaginary time and sparse sampling, as in the tutorials of sparse-ir.

    The normal state is split off exactly and mu* summed up to the same cutoff, as in onnes: without
    the first the plain Green function is not representable, without the second mu* means another thing.
    """

    def __init__(self, model: on.model.PhononGlue) -> None:
        import sparse_ir

        t = K_B * TEMPERATURE
        count = matsubara.count_within(CUTOFF, t)
        basis = sparse_ir.FiniteTempBasis("F", 1 / t, 4 * CUTOFF, 1e-8)
        self.matsubara, self.tau = (
            sparse_ir.MatsubaraSampling(basis, positive_only=True),
            sparse_ir.TauSampling(basis),
        )
        index = np.asarray(self.matsubara.sampling_points)
        self.omega = index * np.pi * t
        spectrum = model.spectrum
        tau = np.asarray(self.tau.sampling_points) % (1 / t)
        # alpha2F cosh(W(tau - b/2))/sinh(W b/2), written so that nothing overflows.
        w, beta = spectrum.frequency, 1 / t
        decay = np.exp(-w * tau[:, None]) + np.exp(-w * (beta - tau[:, None]))
        self.phonon = np.pi * (decay / -np.expm1(-w * beta)) @ spectrum.measure
        table = interaction(spectrum, 2 * np.pi * t * np.arange(index.max() // 2 + 1))
        sums = 2 * np.cumsum(table) - table[0]
        self.normal_z = 1 + np.pi * t * sums[index // 2] / self.omega
        odd = np.concatenate([-(2 * np.arange(count) + 1)[::-1], 2 * np.arange(count) + 1])
        self.sum_below_cutoff = (np.pi * t * basis.uhat(odd)).sum(axis=1).real
        self.mu = model.mu_star.at(matsubara.span(count, t))
        self.start = 1.5 / (1 + (self.omega / model.omega_max) ** 2)

    def _convolve(self, coefficients: np.ndarray) -> np.ndarray:
        product = self.phonon * self.tau.evaluate(coefficients)
        return self.matsubara.evaluate(self.tau.fit(product))

    def solve(self) -> float:
        def step(gap: np.ndarray) -> np.ndarray:
            root = np.sqrt(self.omega**2 + gap**2)
            normal = self.matsubara.fit(1j * (self.omega / root - 1))
            z = self.normal_z + self._convolve(normal).imag / self.omega
            pair = self.matsubara.fit((gap / root).astype(complex))
            phi = self._convolve(pair).real - self.mu * float(self.sum_below_cutoff @ pair.real)
            return phi / z

        return float(anderson(step, self.start, METHOD).x[0])


def benchmarks() -> list[Benchmark]:
    model = glue()
    kernel = on.solve.imaginary_axis_kernel(model, TEMPERATURE, cutoff=CUTOFF, engine="dlr")

    def compact() -> float:
        state = on.solve.eliashberg(model, TEMPERATURE, kernel=kernel, method=METHOD)
        return float(state["gap_matsubara"][0, 0])

    def cold() -> float:
        state = on.solve.eliashberg(model, TEMPERATURE, cutoff=CUTOFF, engine="dlr", method=METHOD)
        return float(state["gap_matsubara"][0, 0])

    dense, folded = DenseSolver(model), FoldedSolver(model)
    found = [
        Benchmark(
            "gap at 0.3 K",
            "dense, folded by parity",
            compact,
            folded.solve,
            1e-5,
            "(none)",
            lambda s, r: True,
        ),
        Benchmark(
            "gap at 0.3 K",
            "dense Toeplitz",
            compact,
            dense.solve,
            1e-5,
            ">= 300x, < 5 ms",
            lambda s, r: r >= 300 and s < 5e-3,
        ),
        *_beside_sparse_ir(model, compact, cold),
    ]
    return found + _every_file()


def _beside_sparse_ir(model: on.model.PhononGlue, compact, cold) -> list[Benchmark]:
    try:
        peer = SparseIrSolver(model)
    except ImportError:
        print("sparse-ir is not installed: its rows are left out (make bench installs it)")
        return []

    def rebuilt() -> float:
        return SparseIrSolver(model).solve()

    # Products in imaginary time carry the phonon sums to infinity, ours stop at the cutoff: (omega_max/cutoff)^2/10.
    def not_slower(seconds: float, ratio: float) -> bool:
        return ratio >= 1

    ready, built = "gap at 0.3 K", "gap at 0.3 K with its basis"
    return [
        Benchmark(ready, "sparse-ir, basis ready", compact, peer.solve, 1e-3, "not slower", not_slower),
        Benchmark(built, "sparse-ir with its basis", cold, rebuilt, 1e-3, "not slower", not_slower, 1),
    ]


def _every_file() -> list[Benchmark]:
    rows = []
    cases = [("Nb.a2F", column, 0.12) for column in (1, 8, 15, 20)] + [
        ("ZrN.a2f", 1, 0.1),
        ("ZrN.a2f_iso", 1, 0.1),
    ]
    for name, column, mu in cases:
        if not (DATA / name).is_file():
            continue

        def from_file(path: Path = DATA / name, column: int = column, mu: float = mu) -> float:
            spectrum = on.model.Spectrum.read(path, column=column)
            return on.solve.critical_temperature(on.model.PhononGlue(spectrum, on.model.MuStar(mu)))

        label = f"Tc from {name}, column {column}, reading included"
        rows.append(Benchmark(label, "", from_file, None, 0.0, "< 0.3 s", lambda s, r: s < 0.3))
    return rows
