"""The Eliashberg free energy as a chain of classical spins on the Matsubara frequencies.

See `onnes.response.phonons.thermodynamics` for the functional U(theta; T, N) and its derivation.
Temperatures are energies (meV), couplings pure numbers, and every array of the chain holds one spin
more than the chain has, with theta = 0: what the next spin would feel is needed for dU/dlnN.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from onnes.errors import InvalidInput
from onnes.model.phonons.glue import Glue
from onnes.model.phonons.spectrum import Spectrum
from onnes.numerics.matsubara import EvenKernelConvolution

NEWTON_STEPS = 12
NEWTON_TOLERANCE = 1e-12
"""Largest last step over the largest theta; Newton's next step would be its square."""
CG_TOLERANCE = 1e-10
CHUNK = 4_000_000
"""Kernel evaluations held in memory at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Couplings:
    """The couplings of a chain, or their derivative T d/dT.

    Attributes
    ----------
    field : float array (band, N+1), a_n.
    convolutions : lambda_ij(n-m) as convolutions.
    beyond : float array (band, band), lambda_ij(0) + lambda_ij(2N+1): the spin beyond the last with itself.
    mu : float array (band, band), mu*_ij.
    """

    field: np.ndarray
    convolutions: tuple[tuple[EvenKernelConvolution, ...], ...]
    beyond: np.ndarray
    mu: np.ndarray

    def even(self, values: np.ndarray) -> np.ndarray:
        """Return sum_jm (L+_ij,nm - 2 mu_ij) v_jm."""
        rows = [sum(c.even(values[j]) for j, c in enumerate(row)) for row in self.convolutions]
        return np.array(rows) - 2 * (self.mu @ values.sum(axis=1))[:, None]

    def odd(self, values: np.ndarray) -> np.ndarray:
        """Return sum_jm L-_ij,nm v_jm."""
        return np.array([sum(c.odd(values[j]) for j, c in enumerate(row)) for row in self.convolutions])


@dataclass(frozen=True, slots=True, eq=False)
class SpinChain:
    """The functional U at one temperature and one set of angles; built by `build`.

    Attributes
    ----------
    kt : temperature, meV.
    cutoff : where mu* is taken, meV.
    theta : float array (band, N+1), the last entry zero.
    plain, heated : the couplings and T d/dT of them.
    """

    glue: Glue
    kt: float
    cutoff: float
    theta: np.ndarray
    plain: Couplings
    heated: Couplings

    @property
    def count(self) -> int:
        """Number of spins N of one band."""
        return self.theta.shape[1] - 1

    @property
    def weight(self) -> np.ndarray:
        """4 pi^2 times the share of each band in N(0), (band,)."""
        return 4 * np.pi**2 * band_shares(self.glue)

    @property
    def sine(self) -> np.ndarray:
        return np.sin(self.theta)

    @property
    def flip(self) -> np.ndarray:
        """1 - cos(theta), without cancellation."""
        return 2 * np.sin(self.theta / 2) ** 2

    def energy(self, couplings: Couplings) -> float:
        """Return U with the given couplings."""
        d, s = self.flip, self.sine
        pairing = d * couplings.odd(d) + s * couplings.even(s)
        return float(np.sum(self.weight @ (couplings.field * d - pairing / 2)))

    def entropy(self) -> float:
        """Return Delta S/N(0) = -T (2 U + D U - dU/dlnN), meV (in units of k)."""
        return -self.kt * (2 * self.energy(self.plain) + self.energy(self.heated) - self.edge())

    def edge(self) -> float:
        """Return dU/dlnN at fixed mu*: the mean of what the last spin gives and what one more would give."""
        n, plain, d, s = self.count, self.plain, self.flip, self.sine
        odd, even = plain.odd(d), plain.even(s)
        alone_d, alone_s = self._only_last(d), self._only_last(s)
        itself = d * plain.odd(alone_d) + s * plain.even(alone_s)
        last = self.weight @ (plain.field * d - d * odd - s * even + itself / 2)[:, n - 1]
        # One more spin is small; its energy is quadratic, 4 pi^2 min [s.K.s/2 - Y.s] = -2 pi^2 Y.K^-1.Y.
        stiffness = np.diag((plain.field - odd)[:, n]) - plain.beyond + 2 * plain.mu
        torque = even[:, n]
        further = -(self.weight * torque) @ np.linalg.solve(stiffness, torque) / 2
        return float(((n - 0.5) * last + (n + 0.5) * further) / 2)

    def gradient(self) -> np.ndarray:
        """Return dU/dtheta (band, N)."""
        s, c = self.sine, np.cos(self.theta)
        torque = s * (self.plain.field - self.plain.odd(self.flip)) - c * self.plain.even(s)
        return (self.weight[:, None] * torque)[:, :-1]

    def relaxed(self) -> "SpinChain":
        """Return the chain at its nearest stationary point (Newton); raise `InvalidInput` where there is none."""
        chain = self
        for _ in range(NEWTON_STEPS):
            step = chain._newton_step()
            chain = replace(chain, theta=chain.theta - step)
            if np.max(np.abs(step)) < NEWTON_TOLERANCE * np.max(np.abs(self.theta)):
                return chain
        raise InvalidInput(
            "a state without a neighbouring solution", "converge it better, or stay further below Tc"
        )

    def moved(self, kt: float, count: int) -> "SpinChain":
        """Return the relaxed chain at another temperature (meV) and number of spins; mu* goes with the cutoff."""
        theta = np.zeros((len(self.theta), count))
        common = min(count, self.count)
        theta[:, :common] = self.theta[:, :common]
        last = self.count - 1
        theta[:, common:] = (
            self.theta[:, last : last + 1] * (2 * last + 1) / (2 * np.arange(common, count) + 1)
        )
        return build(self.glue, kt, theta, self.cutoff * kt * count / (self.kt * self.count)).relaxed()

    def _newton_step(self) -> np.ndarray:
        s, c = self.sine, np.cos(self.theta)
        plain, n_bands, count = self.plain, len(s), self.count
        field = c * (plain.field - plain.odd(self.flip)) + s * plain.even(s)

        def hessian(flat: np.ndarray) -> np.ndarray:
            v = np.pad(flat.reshape(n_bands, count), ((0, 0), (0, 1)))
            exchange = s * plain.odd(s * v) + c * plain.even(c * v)
            return (self.weight[:, None] * (field * v - exchange))[:, :-1].ravel()

        size, diagonal = n_bands * count, (self.weight[:, None] * field)[:, :-1].ravel()
        operator = LinearOperator((size, size), hessian, dtype=float)
        jacobi = LinearOperator((size, size), lambda v: v / diagonal, dtype=float)
        step, _ = cg(
            operator, self.gradient().ravel(), rtol=CG_TOLERANCE, atol=0.0, M=jacobi, maxiter=4 * size + 100
        )
        if not np.all(np.isfinite(step)):
            raise InvalidInput(
                "a state that is not a minimum of its free energy", "solve it to a smaller residual"
            )
        return np.pad(step.reshape(n_bands, count), ((0, 0), (0, 1)))

    def _only_last(self, values: np.ndarray) -> np.ndarray:
        only = np.zeros_like(values)
        only[:, self.count - 1] = values[:, self.count - 1]
        return only


def build(glue: Glue, kt: float, theta: np.ndarray, cutoff: float) -> SpinChain:
    """Build the chain of ``glue`` at ``kt`` (meV) with angles ``theta`` (band, N) and mu* at ``cutoff`` (meV).

    mu* belongs to the cutoff half way between the last spin and the next, 2 pi kT N, for a state of
    `onnes.solve.eliashberg`.
    """
    longer = theta.shape[1] + 1
    lam, heated = _tables(glue, kt, 2 * longer)
    numbers = 2 * np.arange(longer) + 1
    mu = mu_star(glue, cutoff)
    plain = Couplings(numbers + normal_sums(lam)[:, :longer], _convolutions(lam), _beyond(lam), mu)
    warm = Couplings(
        normal_sums(heated)[:, :longer], _convolutions(heated), _beyond(heated), np.zeros_like(mu)
    )
    return SpinChain(glue, kt, cutoff, np.pad(theta, ((0, 0), (0, 1))), plain, warm)


def mu_star(glue: Glue, cutoff: float) -> np.ndarray:
    """Return mu*_ij at ``cutoff`` (meV), (band, band)."""
    if not np.any(np.asarray(glue.mu_star.value) > 0):
        return np.zeros((glue.n_bands, glue.n_bands))
    return glue.mu_star.matrix_at(cutoff)


def band_shares(glue: Glue) -> np.ndarray:
    """Return the share of each band in N(0), (band,)."""
    weights = np.array(getattr(glue, "dos_weights", (1.0,)), dtype=float)
    return weights / weights.sum()


def normal_sums(table: np.ndarray) -> np.ndarray:
    """Return sum_j [l_ij(0) + 2 sum_{k=1..n} l_ij(k)], (band, n), of a (band, band, n) table."""
    summed = table.sum(axis=1)
    return 2 * np.cumsum(summed, axis=1) - summed[:, :1]


def _convolutions(table: np.ndarray) -> tuple[tuple[EvenKernelConvolution, ...], ...]:
    return tuple(tuple(EvenKernelConvolution(pair) for pair in row) for row in table)


def _beyond(table: np.ndarray) -> np.ndarray:
    return table[:, :, 0] + table[:, :, -1]


def _tables(glue: Glue, kt: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lambda_ij(nu_k) and T d/dT of it, (band, band, count) each."""
    nu = 2 * np.pi * kt * np.arange(count)
    both = np.array([[lambda_and_slope(pair, nu) for pair in row] for row in glue.spectra])
    return both[:, :, 0], both[:, :, 1]


def lambda_and_slope(spectrum: Spectrum, nu: np.ndarray) -> np.ndarray:
    """Return lambda(i nu) and d lambda/d ln(nu), (2, n)."""
    omega, weight = spectrum.frequency, 2 * spectrum.frequency * spectrum.measure
    result = np.empty((2, len(nu)))
    step = max(1, CHUNK // len(omega))
    for start in range(0, len(nu), step):
        square = nu[start : start + step, None] ** 2
        inverse = 1 / (omega**2 + square)
        result[:, start : start + step] = inverse @ weight, (-2 * square * inverse * inverse) @ weight
    return result
