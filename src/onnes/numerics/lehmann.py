"""Compact representation of functions of imaginary time: few poles, few times, few frequencies.

A function with a spectral representation within |w| <= w_max is, to a relative accuracy epsilon,
f(tau) = sum_p c_p K(tau, w_p),  K(tau, w) = exp(-w tau)/(1 + exp(-beta w)),  0 < tau < beta,
with some ln(beta w_max) ln(1/epsilon) poles w_p taken from a fine grid by a pivoted QR decomposition.
Its transforms int_0^beta exp(i w_n tau) f(tau) dtau are closed:

fermions  K -> 1/(w_p - i w_n)         bosons  K -> tanh(beta w_p/2)/(w_p - i nu_m)

and as many imaginary times and frequencies as poles, chosen by the same decomposition, determine c_p.

Discrete Lehmann representation: J. Kaye, K. Chen, O. Parcollet, Phys. Rev. B 105, 235115 (2022).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

NODES = 16
"""Chebyshev points on each panel of the fine grids; panels double in length from the ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Lehmann:
    """Poles, sampled times and frequencies at one temperature.

    Attributes
    ----------
    beta : 1/kT, in the inverse unit of the poles.
    poles : float array (r,).
    tau : float array (r,), in (-beta/2, beta/2]; a negative value stands for beta + tau, so that times
        near beta keep their digits.
    fermionic, bosonic : int arrays (r,): n of w_n = (2n+1) pi/beta, m of nu_m = 2 m pi/beta.
    """

    beta: float
    poles: np.ndarray
    tau: np.ndarray
    fermionic: np.ndarray
    bosonic: np.ndarray

    @property
    def frequencies(self) -> np.ndarray:
        """Return the sampled fermionic frequencies."""
        return (2 * self.fermionic + 1) * np.pi / self.beta

    @property
    def boson_frequencies(self) -> np.ndarray:
        """Return the sampled bosonic frequencies."""
        return 2 * self.bosonic * np.pi / self.beta

    def times(self, tau: np.ndarray) -> np.ndarray:
        """Return K at signed times, float (time, r)."""
        return _kernel(np.atleast_1d(tau), self.poles, self.beta)

    def fermions(self, n: np.ndarray) -> np.ndarray:
        """Return the transforms of the poles at fermionic indices, complex (frequency, r)."""
        return 1 / (self.poles - 1j * (2 * np.atleast_1d(n)[:, None] + 1) * np.pi / self.beta)

    def bosons(self, m: np.ndarray) -> np.ndarray:
        """Return the transforms of the poles at bosonic indices, complex (frequency, r)."""
        return _boson_kernel(np.atleast_1d(m), self.poles, self.beta)


def conversion(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the matrix from sampled values to other values, given what the poles are at both.

    ``source`` is square, such as ``basis.fermions(basis.fermionic)``. It is as ill conditioned as the
    representation is accurate; the quotient target/source is well conditioned and is solved for directly,
    never by way of the coefficients.
    """
    return np.linalg.solve(source.T, target.T).T


def lehmann(beta: float, cutoff: float, epsilon: float = 1e-12) -> Lehmann:
    """Build the representation for spectra within ``cutoff``.

    Parameters
    ----------
    beta : 1/kT.
    cutoff : w_max, the largest |energy| of any spectrum, in the inverse unit of beta.
    epsilon : pivots below this fraction of the first are dropped.
    """
    scale = max(beta * cutoff, 4.0)
    poles = _two_sided(cutoff, cutoff / scale)
    tau = _two_sided(beta / 2, beta / (2 * scale))
    fine = _kernel(tau, poles, beta)
    _, r, order = qr(fine, mode="economic", pivoting=True)
    rank = int(np.sum(np.abs(np.diag(r)) > epsilon * np.abs(r[0, 0])))
    chosen = np.sort(poles[order[:rank]])
    largest = int(np.ceil(2 * scale))
    n = np.unique(np.concatenate([_logarithmic(largest), -1 - _logarithmic(largest)]))
    m = np.unique(np.concatenate([_logarithmic(largest), -_logarithmic(largest)]))
    frequencies = 1 / (chosen - 1j * (2 * n[:, None] + 1) * np.pi / beta)
    return Lehmann(
        beta,
        chosen,
        tau[_rows(_kernel(tau, chosen, beta))],
        n[_rows(frequencies)],
        m[_rows(_boson_kernel(m, chosen, beta))],
    )


def _rows(matrix: np.ndarray) -> np.ndarray:
    """Return as many rows as columns, those that determine the coefficients best."""
    _, _, order = qr(matrix.conj().T, mode="economic", pivoting=True)
    return np.sort(order[: matrix.shape[1]])


def _two_sided(largest: float, smallest: float) -> np.ndarray:
    panels = max(1, int(np.ceil(np.log2(largest / smallest))))
    edges = np.concatenate([[0.0], largest * 2.0 ** -np.arange(panels, -1, -1.0)])
    points = (1 - np.cos((2 * np.arange(NODES) + 1) * np.pi / (2 * NODES))) / 2
    one = (edges[:-1, None] + np.diff(edges)[:, None] * points).ravel()
    return np.concatenate([-one[::-1], one])


def _logarithmic(largest: int) -> np.ndarray:
    dense = np.exp(np.linspace(0, np.log(largest + 1), 16 * int(np.log(largest + 1)) + 32)).astype(int)
    return np.unique(np.concatenate([np.arange(min(24, largest + 1)), dense]))


def _kernel(tau: np.ndarray, poles: np.ndarray, beta: float) -> np.ndarray:
    """Return K(tau, w); K(beta - t, w) = K(t, -w)."""
    w = np.where(tau[:, None] < 0, -poles, poles)
    t = np.abs(tau)[:, None]
    e = np.exp(-np.abs(w) * np.where(w > 0, t, beta - t))
    return e / (1 + np.exp(-beta * np.abs(w)))


def _boson_kernel(m: np.ndarray, poles: np.ndarray, beta: float) -> np.ndarray:
    nu = 2 * m[:, None] * np.pi / beta
    return np.tanh(beta * poles / 2) / (poles - 1j * nu)
