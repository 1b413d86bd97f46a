"""alpha2F and mu* to tunneling conductance, for many spectra at once: the forward map of an inversion.

One pass is the whole chain at the temperature of the measurement: the Matsubara equations, their
exact continuation (`onnes.response.phonons.real_axis`) and the junction's smearing. Spectra share one
set of nodes and differ in their heights, so that everything but the two fixed points is linear
algebra prepared once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.special import digamma

from onnes.model.phonons.spectrum import Spectrum
from onnes.numerics.continuation import ShiftedSums
from onnes.numerics.matsubara import count_within, fermionic
from onnes.response.phonons.junction import Response, cell_shares
from onnes.response.phonons.real_axis import (
    RealAxis,
    gap_edge,
    quasiparticle_functions,
    real_axis_grid,
    self_energies,
    shift_weights,
)
from onnes.units import K_B

Map = Callable[[np.ndarray], np.ndarray]

TOLERANCE, MAX_ITERATIONS = 1e-8, 400
TAIL = 1e-4
"""The grid reaches beyond the highest bias until the response has fallen to this."""
ETA = 1e-6
"""meV, imaginary part of energy that picks the branch of the square roots."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Delta(i w_n) (b, n), w~ and phi (b, 1, energy) of b spectra: also the start of a nearby solve."""

    gap: np.ndarray
    tilde: np.ndarray
    phi: np.ndarray
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class TunnelingMap:
    """The forward map of one junction and one set of nodes; built by `tunneling_map`.

    ``table`` holds lambda_k(i nu_l) of unit heights (k, l); ``coupling`` and ``thermal`` their shift
    weights (k, l); ``b_matrix`` and ``h_matrix`` take F and G on w_m to B and H at |x|; ``instrument``
    takes N_s/N_0 on the energy grid to the conductance, minus one on both sides.
    """

    kt: float
    omega_m: np.ndarray
    table: np.ndarray
    sums: ShiftedSums
    coupling: np.ndarray
    thermal: np.ndarray
    b_matrix: np.ndarray
    h_matrix: np.ndarray
    h_normal: np.ndarray
    place: np.ndarray
    instrument: np.ndarray

    def solve(self, heights: np.ndarray, mu_star: np.ndarray, start: Solution | None = None) -> Solution:
        """Solve both axes for heights (b, k) and mu* (b,) at the Matsubara cutoff."""
        gap, first = self._imaginary_axis(heights, mu_star, None if start is None else start.gap)
        tilde, phi, second = self._real_axis(heights, mu_star, gap, start)
        return Solution(gap, tilde, phi, first and second)

    def observe(self, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
        """Return the conductance (b, bias) and the gap edge (b,)."""
        energy, reach = self._energy, self.sums.reach
        axis = self._axis(np.zeros((1, len(self.coupling))))
        n, _ = quasiparticle_functions(axis, solution.tilde, solution.phi, ETA)
        dos = n[:, 0, reach : reach + self.sums.count].real
        gap = (solution.phi / solution.tilde * energy)[:, 0]
        edges = np.array([gap_edge(energy, row) for row in gap])
        return 1 + (dos - 1) @ self.instrument.T, edges

    @property
    def _energy(self) -> np.ndarray:
        return self.sums.x[self.sums.reach : self.sums.reach + self.sums.count]

    def _axis(self, heights: np.ndarray) -> RealAxis:
        shape = (len(heights), 1, 1, -1)
        coupling, thermal = (heights @ self.coupling).reshape(shape), (heights @ self.thermal).reshape(shape)
        return real_axis_grid(self.sums, self.kt, coupling, thermal)

    def _imaginary_axis(
        self, heights: np.ndarray, mu_star: np.ndarray, start: np.ndarray | None
    ) -> tuple[np.ndarray, bool]:
        w, pi_t, count = self.omega_m, np.pi * self.kt, len(self.omega_m)
        table = heights @ self.table
        normal = 2 * np.cumsum(table[:, :count], axis=1) - table[:, :1]
        even, odd = _batched_convolution(table)
        # A first gap above the solution: the iteration then falls onto it and never onto zero.
        gap = np.broadcast_to(
            0.025 * w[-1] / (1 + (40 * w / w[-1]) ** 2) if start is None else start, (len(heights), count)
        )

        def step(gap: np.ndarray) -> np.ndarray:
            root = np.hypot(w, gap)
            z = 1 + pi_t * (normal + odd(w / root - 1)) / w
            f = gap / root
            return pi_t * (even(f) - 2 * mu_star[:, None] * f.sum(axis=1, keepdims=True)) / z

        return _repeated(step, gap)

    def _real_axis(
        self, heights: np.ndarray, mu_star: np.ndarray, gap: np.ndarray, start: Solution | None
    ) -> tuple[np.ndarray, np.ndarray, bool]:
        axis, energy = self._axis(heights), self._energy
        root = np.hypot(self.omega_m, gap)
        f, g = gap / root, self.omega_m / root - 1
        constant = (-2 * np.pi * self.kt * mu_star * f.sum(axis=1))[:, None]
        b = ((f @ self.b_matrix)[:, self.place] * self.sums.x)[:, None]
        h = (g @ self.h_matrix + self.h_normal)[:, self.place][:, None]
        if start is None:
            tilde = np.broadcast_to(2 * energy + 0j, (len(heights), 1, len(energy)))
            phi = np.broadcast_to(2 * gap[:, :1, None] + 0j, tilde.shape)
        else:
            tilde, phi = (
                np.broadcast_to(a, (len(heights), 1, len(energy))) for a in (start.tilde, start.phi)
            )

        def step(y: np.ndarray) -> np.ndarray:
            n, p = quasiparticle_functions(axis, y[:, :1], y[:, 1:], ETA)
            return np.concatenate(self_energies(axis, n, p, b, h, constant), axis=1)

        y, converged = _repeated(step, np.concatenate([tilde, phi], axis=1))
        return y[:, :1], y[:, 1:], converged


def tunneling_map(
    frequency: np.ndarray,
    bias: np.ndarray,
    *,
    temperature: float,
    cutoff: float,
    step: float,
    response: Response,
) -> TunnelingMap:
    """Prepare the forward map.

    Parameters
    ----------
    frequency : nodes of alpha2F, meV.
    bias : energies of the conductance, meV.
    temperature : K, at which the spectra are solved.
    cutoff : Matsubara cutoff that mu* belongs to, meV.
    step : meV, real-axis grid.
    response : the junction's smearing, from `onnes.response.phonons.junction.junction_response`.
    """
    kt = K_B * temperature
    omega_m = fermionic(kt, count_within(cutoff, kt))
    weights = Spectrum(frequency, np.ones(len(frequency))).weights
    nu = 2 * np.pi * kt * np.arange(2 * len(omega_m))
    table = (2 * weights * frequency)[:, None] / (frequency[:, None] ** 2 + nu**2)
    smeared = 0.0 if response is None else np.interp(1 - TAIL, response[1], response[0])
    count = int(np.ceil((np.max(np.abs(bias)) + min(smeared, frequency[-1])) / step))
    reach = int(np.ceil(frequency[-1] / step)) + 1
    sums = ShiftedSums(step, count, reach)
    shifts = [shift_weights(frequency, row, np.inf, step, reach + 1, kt) for row in np.diag(weights)]
    distance, place = np.unique(np.abs(sums.x), return_inverse=True)
    lorentz = 2 * np.pi * kt / (distance**2 + omega_m[:, None] ** 2)
    return TunnelingMap(
        kt,
        omega_m,
        table,
        sums,
        np.array([a for a, _ in shifts]),
        np.array([b for _, b in shifts]),
        lorentz,
        omega_m[:, None] * lorentz,
        -digamma(0.5 + 0.5j * distance / (np.pi * kt)).real,
        place,
        _instrument(step * np.arange(count + 1), bias, response),
    )


def _instrument(edges: np.ndarray, bias: np.ndarray, response: Response) -> np.ndarray:
    """Return the matrix from N_s/N_0 - 1 in the cells of positive energy to G_s/G_n - 1."""
    both, count = np.concatenate([-edges[:0:-1], edges]), len(edges) - 1
    shares = np.array([cell_shares(both, v, response) for v in bias])
    return shares[:, count:] + shares[:, count - 1 :: -1]


def _batched_convolution(table: np.ndarray) -> tuple[Map, Map]:
    """Return sum_m lambda(n-m) f_m over both signs of m, for even and odd f (b, n), by FFT; lambda is (b, 2n)."""
    count = table.shape[1] // 2
    length = fft.next_fast_len(4 * count, real=True)
    wrapped = np.zeros((len(table), length))
    wrapped[:, : 2 * count], wrapped[:, -2 * count + 1 :] = table, table[:, :0:-1]
    kernel = fft.rfft(wrapped)

    def convolve(values: np.ndarray, sign: int) -> np.ndarray:
        full = np.concatenate([sign * values[:, ::-1], values], axis=1)
        return fft.irfft(fft.rfft(full, length) * kernel, length)[:, count : 2 * count]

    return lambda f: convolve(f, 1), lambda f: convolve(f, -1)


def _repeated(step: Map, y: np.ndarray) -> tuple[np.ndarray, bool]:
    """Iterate y = step(y) until no entry moves by more than TOLERANCE of the largest."""
    for _ in range(MAX_ITERATIONS):
        new = step(y)
        moved, y = np.max(np.abs(new - y)), new
        if moved <= TOLERANCE * np.max(np.abs(y)):
            return y, True
    return y, False
