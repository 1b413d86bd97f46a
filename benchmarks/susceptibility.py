"""chi0(q, omega) of a two-orbital s+- superconductor, all components, beside the same sum plainly and compiled.

Raghu's bands, 128 x 128 k, 100 energies, one q. Every side starts from the model: quasiparticles included.
"""

import numpy as np
from harness import Benchmark
from numba import njit

import onnes as on
from onnes.model import Superconductor
from onnes.numerics import brillouin
from onnes.state import State
from onnes.units import K_B

SIZE = 128
MESH = (SIZE, SIZE, 1)
Q = np.array([0.5, 0.0, 0.0])
PROBED = 37
"""The energy whose largest component is compared."""


def case() -> tuple[State, np.ndarray, float]:
    """Return the state, the energies and the broadening: Delta = 0.1 t, eta = 0.01 t, kT = 0.01 t."""
    bands = on.model.bands("Raghu")
    unit = 1000.0
    state = on.solve.given_gap(Superconductor(bands, on.model.s_plus_minus(0.1 * unit, 2)), 0.01 * unit / K_B)
    return state, np.linspace(0.0, 0.4 * unit, 100), 0.01 * unit


def levels(state: State, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return energies, vectors and occupations on the mesh moved by q."""
    energy, vectors = np.linalg.eigh(state.model.bogoliubov(brillouin.mesh(MESH) + q))
    return energy, vectors, brillouin.fermi(energy, K_B * float(state["temperature"][0]))


def plain(state: State, omega: np.ndarray, eta: float) -> np.ndarray:
    """Return chi0 by einsum, one energy at a time."""
    e, w, f = levels(state, 0 * Q)
    e2, w2, f2 = levels(state, Q)
    u, v, u2, v2 = w[:, :2], w[:, 2:], w2[:, :2], w2[:, 2:]
    vertex = np.einsum("kan,kbm->kabnm", u.conj(), u2) + np.einsum("kbn,kam->kabnm", v.conj(), v2)
    vertex = vertex.reshape(len(e), 4, 4, 4)
    occupation, gap = f[:, :, None] - f2[:, None, :], e2[:, None, :] - e[:, :, None]
    found = np.empty((len(omega), 4, 4), complex)
    for i, w_ in enumerate(omega):
        weight = occupation / (gap - w_ - 1j * eta)
        found[i] = np.einsum("kinm,kjnm,knm->ij", vertex, vertex.conj(), weight, optimize=True)
    return found / (2 * len(e))


@njit(cache=True)
def _compiled(e, w, f, e2, w2, f2, omega, eta):
    found = np.zeros((len(omega), 4, 4), np.complex128)
    vertex = np.empty(4, np.complex128)
    for k in range(len(e)):
        for n in range(4):
            for m in range(4):
                for a in range(2):
                    for b in range(2):
                        vertex[2 * a + b] = (
                            np.conj(w[k, a, n]) * w2[k, b, m] + np.conj(w[k, 2 + b, n]) * w2[k, 2 + a, m]
                        )
                occupation, gap = f[k, n] - f2[k, m], e2[k, m] - e[k, n]
                for i in range(len(omega)):
                    weight = occupation / (gap - omega[i] - 1j * eta)
                    for x in range(4):
                        left = weight * vertex[x]
                        for y in range(4):
                            found[i, x, y] += left * np.conj(vertex[y])
    return found / (2 * len(e))


def compiled(state: State, omega: np.ndarray, eta: float) -> np.ndarray:
    """Return chi0 by the same sum in loops under a just-in-time compiler."""
    return _compiled(*levels(state, 0 * Q), *levels(state, Q), omega, eta)


def benchmarks() -> list[Benchmark]:
    state, omega, eta = case()

    def number(values: np.ndarray) -> float:
        return float(values[PROBED, 0, 0].imag)

    def ours(method: str) -> float:
        chi = on.response.susceptibility(state, Q, omega, broadening=eta, mesh=MESH, method=method)
        return number(chi.values[0])

    def by_mask() -> float:
        return ours("mask")

    def by_histogram() -> float:
        return ours("histogram")

    def by_einsum() -> float:
        return number(plain(state, omega, eta))

    def by_loops() -> float:
        return number(compiled(state, omega, eta))

    name = f"chi0(q, w), 2 orbitals, {SIZE}² k, 100 w"
    # The histogram keeps 1e-4 of the peak of each transition; the mask leaves out what is below 1e-14.
    return [
        Benchmark(f"{name}: histogram", "NumPy einsum", by_histogram, by_einsum, 1e-3, ">= 9x", _nine, 5),
        Benchmark(f"{name}: mask + BLAS", "NumPy einsum", by_mask, by_einsum, 1e-9, "faster", _faster, 5),
        Benchmark(f"{name}: histogram", "Numba loops", by_histogram, by_loops, 1e-3, "faster", _faster, 5),
        Benchmark(f"{name}: mask + BLAS", "Numba loops", by_mask, by_loops, 1e-9, "faster", _faster, 5),
    ]


def _nine(seconds: float, ratio: float) -> bool:
    return ratio >= 9


def _faster(seconds: float, ratio: float) -> bool:
    return ratio > 1
