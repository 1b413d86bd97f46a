"""The Eliashberg kernel on the imaginary axis at one temperature, in two engines.

With T in meV, w_n = (2n+1) pi T, m = -N ... N-1 in every sum, wc = 2 pi T N, and the band index j summed::

    pair(F)_in   = pi T sum_m [lambda_ij(n-m) - mu*_ij(wc)] F_jm      F = Delta/R, even in w
    normal(G)_in = pi T sum_m  lambda_ij(n-m) G_jm                    G = w/R - sign(w), odd in w

The normal-state part of the renormalisation, w Z_N = w + pi T [lambda(0) + 2 sum_{k=1..n} lambda(k)],
telescopes and is exact, so that only the small, quickly decaying G meets the cutoff.

Engines: ``"fft"`` keeps every frequency; ``"dlr"`` keeps about 40 and interpolates (numerics.dlr).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.phonons.glue import Glue
from onnes.numerics import matsubara
from onnes.numerics.dlr import ParityBasis, parity_basis
from onnes.response.phonons.interaction import interaction
from onnes.solve.phonons.empirical import allen_dynes_or_zero
from onnes.units import K_B

Engine = Literal["fft", "dlr"]

CUTOFF_IN_OMEGA_MAX = 20.0
"""Default Matsubara cutoff in units of the highest phonon frequency; Tc then lies within 0.03 % of its limit."""
BCS_GAP = 1.8
"""Delta(0)/kTc of weak coupling, rounded up: cold starts lie above the gap more often than below."""
MAX_FREQUENCIES = 400_000
"""Beyond this many frequencies the tables no longer fit a small machine."""


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """The kernel of one glue at one temperature; built by `imaginary_axis_kernel`.

    Attributes
    ----------
    temperature : K.
    cutoff : Matsubara cutoff 2 pi T N, meV; mu* is taken at it.
    omega : float array (n,), meV: the frequencies the unknowns live on.
    normal_z : float array (band, n): w Z_N / w, the normal-state renormalisation at ``omega``.
    engine : ``"fft"`` or ``"dlr"``.
    gap_scale : the weak-coupling gap of the Allen-Dynes Tc, meV: where a cold start begins.
    full_normal_z : with ``"dlr"``, w Z_N / w at every frequency below the cutoff, not only at the nodes.
    """

    temperature: float
    cutoff: float
    engine: Engine
    omega: np.ndarray
    normal_z: np.ndarray
    mu_star: np.ndarray
    gap_scale: float
    convolutions: tuple[tuple[matsubara.EvenKernelConvolution, ...], ...] = ()
    pair_matrix: np.ndarray | None = None
    normal_matrix: np.ndarray | None = None
    basis: ParityBasis | None = None
    full_normal_z: np.ndarray | None = None

    @property
    def n_bands(self) -> int:
        return len(self.normal_z)

    @property
    def pi_t(self) -> float:
        return np.pi * K_B * self.temperature

    def pair(self, f: np.ndarray) -> np.ndarray:
        """Return pi T sum_jm [lambda_ij(n-m) - mu*_ij] F_jm for even F (band, n)."""
        if self.pair_matrix is not None:
            return (self.pair_matrix @ f.ravel()).reshape(f.shape)
        return self.phonon_even(f) - 2 * self.pi_t * (self.mu_star @ f.sum(axis=1))[:, None]

    def normal(self, g: np.ndarray) -> np.ndarray:
        """Return pi T sum_jm lambda_ij(n-m) G_jm for odd G (band, n)."""
        if self.normal_matrix is not None:
            return (self.normal_matrix @ g.ravel()).reshape(g.shape)
        return self._convolve(g, "odd")

    def phonon_even(self, f: np.ndarray) -> np.ndarray:
        """Return pi T sum_jm lambda_ij(n-m) F_jm for even F (band, n); engine ``"fft"`` only."""
        return self._convolve(f, "even")

    def _convolve(self, values: np.ndarray, parity: Literal["even", "odd"]) -> np.ndarray:
        rows = [
            sum(getattr(convolution, parity)(values[j]) for j, convolution in enumerate(row))
            for row in self.convolutions
        ]
        return self.pi_t * np.array(rows)


def imaginary_axis_kernel(
    glue: Glue, temperature: float, *, cutoff: float | None = None, engine: Engine = "fft"
) -> Kernel:
    """Build the Eliashberg kernel of ``glue`` at ``temperature`` (K).

    Parameters
    ----------
    cutoff : Matsubara cutoff, meV, rounded to the nearest 2 pi T N; twenty times the highest phonon
        frequency where not given.
        mu* is rescaled to it.
    engine : ``"fft"`` (every frequency) or ``"dlr"`` (compact basis).

    Raises
    ------
    InvalidInput : temperature or cutoff out of range, or more frequencies than fit in memory.
    """
    wc = default_cutoff(glue) if cutoff is None else cutoff
    check_temperature(temperature)
    if not wc >= 2 * glue.omega_max:
        raise InvalidInput(
            f"cutoff {wc:.6g} meV",
            f"give at least twice the highest phonon frequency, {2 * glue.omega_max:.6g} meV",
        )
    count = matsubara.count_within(wc, K_B * temperature)
    if count > MAX_FREQUENCIES:
        lowest = lowest_temperature(glue, wc)
        raise InvalidInput(
            f"{count} Matsubara frequencies at {temperature:g} K",
            f"stay above {lowest:.3g} K or lower the cutoff",
        )
    table = interaction_table(glue, temperature, 2 * count)
    omega = matsubara.fermionic(K_B * temperature, count)
    normal_z = 1 + np.pi * K_B * temperature * normal_sums(table[:, :, :count]) / omega
    # mu* belongs to the cutoff that this number of frequencies stands for: no jumps when it changes.
    wc = matsubara.span(count, K_B * temperature)
    mu_star = glue.mu_star.matrix_at(wc)
    gap_scale = BCS_GAP * K_B * allen_dynes_or_zero(glue)
    if engine == "fft":
        convolutions = tuple(tuple(matsubara.EvenKernelConvolution(pair) for pair in row) for row in table)
        return Kernel(temperature, wc, engine, omega, normal_z, mu_star, gap_scale, convolutions)
    if engine != "dlr":
        raise InvalidInput(f"engine {engine!r}", "use 'fft' or 'dlr'")
    return _compact(temperature, wc, omega, normal_z, mu_star, gap_scale, table)


def default_cutoff(glue: Glue) -> float:
    """Return the default Matsubara cutoff, meV."""
    return CUTOFF_IN_OMEGA_MAX * glue.omega_max


def lowest_temperature(glue: Glue, cutoff: float | None = None, count: int = MAX_FREQUENCIES) -> float:
    """Return the temperature (K) at which ``count`` frequencies lie below the cutoff."""
    return (default_cutoff(glue) if cutoff is None else cutoff) / (2 * np.pi * K_B * count)


def check_temperature(temperature: float) -> None:
    """Raise `InvalidInput` unless ``temperature`` is a positive number."""
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidInput(f"temperature {temperature} K", "give a positive temperature")


def interaction_table(glue: Glue, temperature: float, count: int) -> np.ndarray:
    """Return lambda_ij(i nu_k) at nu_k = 2 pi k T, k = 0 ... count-1, as (band, band, count)."""
    nu = 2 * np.pi * K_B * temperature * np.arange(count)
    return np.array([[interaction(spectrum, nu) for spectrum in row] for row in glue.spectra])


def normal_sums(table: np.ndarray) -> np.ndarray:
    """Return sum_j [lambda_ij(0) + 2 sum_{k=1..n} lambda_ij(k)] as (band, n): sum_m lambda(n-m) sign(w_m)."""
    summed = table.sum(axis=1)
    return 2 * np.cumsum(summed, axis=1) - summed[:, :1]


def _compact(
    temperature: float,
    cutoff: float,
    omega: np.ndarray,
    normal_z: np.ndarray,
    mu_star: np.ndarray,
    gap_scale: float,
    table: np.ndarray,
) -> Kernel:
    """Fold the sums over all frequencies into matrices over the basis nodes."""
    basis = parity_basis(len(omega))
    nodes, m = basis.nodes, np.arange(len(omega))
    below, above = np.abs(nodes[:, None] - m), nodes[:, None] + m + 1
    odd = basis.interpolation
    even = odd * (2 * nodes + 1) / (2 * m[:, None] + 1)
    n_bands, rank = len(normal_z), len(nodes)
    pair = np.empty((n_bands, rank, n_bands, rank))
    normal = np.empty_like(pair)
    coulomb = 2 * even.sum(axis=0)
    for i in range(n_bands):
        for j in range(n_bands):
            direct, mirrored = table[i, j][below], table[i, j][above]
            pair[i, :, j] = (direct + mirrored) @ even - mu_star[i, j] * coulomb
            normal[i, :, j] = (direct - mirrored) @ odd
    size, pi_t = n_bands * rank, np.pi * K_B * temperature
    return Kernel(
        temperature,
        cutoff,
        "dlr",
        omega[nodes],
        normal_z[:, nodes],
        mu_star,
        gap_scale,
        pair_matrix=pi_t * pair.reshape(size, size),
        normal_matrix=pi_t * normal.reshape(size, size),
        basis=basis,
        full_normal_z=normal_z,
    )
