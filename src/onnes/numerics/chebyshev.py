"""Chebyshev expansion of spectral functions of large sparse Hermitian matrices (kernel polynomial method).

mu_n = <v|T_n(h)|v> with h = (H - b)/a, whose spectrum lies within (-1, 1). A. Weisse, G. Wellein, A. Alvermann,
H. Fehske, Rev. Mod. Phys. 78, 275 (2006).
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import eigsh

from onnes.errors import InvalidInput

MARGIN = 0.01
"""By how much of itself the half width of the spectrum is widened, so that no eigenvalue meets the border."""
LANCZOS_TOLERANCE = 1e-4


def spectral_interval(matrix: csr_matrix) -> tuple[float, float]:
    """Return (b, a): the spectrum lies within b ± a. Extreme eigenvalues by Lanczos, and a margin beyond them."""
    size = matrix.shape[0]
    if size < 32:
        ends = np.linalg.eigvalsh(matrix.toarray())[[0, -1]]
    else:
        start = np.cos(1.0 + np.arange(size))  # fixed, so that results are reproducible
        ends = [
            float(
                eigsh(matrix, k=1, which=which, v0=start, tol=LANCZOS_TOLERANCE, return_eigenvectors=False)[0]
            )
            for which in ("SA", "LA")
        ]
    centre, half = (ends[1] + ends[0]) / 2, (ends[1] - ends[0]) / 2
    return float(centre), float(half * (1 + MARGIN) if half > 0 else 1.0)


def moments(
    matrix: csr_matrix, starts: np.ndarray, count: int, centre: float, half_width: float
) -> np.ndarray:
    """Return <v|T_n((H - b)/a)|v> for n < count, float (start, count).

    Two moments come from each product with the matrix: T_{2n} = 2 T_n^2 - 1, T_{2n+1} = 2 T_{n+1} T_n - T_1.

    Parameters
    ----------
    matrix : sparse Hermitian (n, n).
    starts : vectors as columns (n, start).
    count : number of moments, at least 2.
    """
    if count < 2:
        raise InvalidInput(f"{count} moments", "ask for at least two")
    found = np.empty((starts.shape[1], count + 1))

    def step(vector: np.ndarray) -> np.ndarray:
        return (matrix @ vector - centre * vector) / half_width

    before = np.array(starts)
    now = step(before)
    found[:, 0], found[:, 1] = _products(before, before), _products(now, before)
    for n in range(1, (count + 1) // 2):
        found[:, 2 * n] = 2 * _products(now, now) - found[:, 0]
        before, now = now, 2 * step(now) - before
        found[:, 2 * n + 1] = 2 * _products(now, before) - found[:, 1]
    return found[:, :count]


def _products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.einsum("is,is->s", left.conj(), right).real


def jackson(count: int) -> np.ndarray:
    """Return the factors of the Jackson kernel: nearly a Gaussian, never negative, of width pi a/count at b."""
    n, m = np.arange(count), count + 1
    return ((m - n) * np.cos(np.pi * n / m) + np.sin(np.pi * n / m) / np.tan(np.pi / m)) / m


def lorentz(count: int, strength: float = 4.0) -> np.ndarray:
    """Return the factors of the Lorentz kernel: half width strength a/count at b, with tails cut off."""
    return np.sinh(strength * (1 - np.arange(count) / count)) / np.sinh(strength)


def kernel_density(
    mu: np.ndarray, energy: np.ndarray, centre: float, half_width: float, kernel: np.ndarray
) -> np.ndarray:
    """Return the density of states sum_n g_n (2 - delta_n0) mu_n T_n(x)/(pi a sqrt(1 - x^2)), (..., energy).

    It vanishes outside the interval b ± a.
    """
    x = (np.asarray(energy, float) - centre) / half_width
    inside = np.abs(x) < 1
    angle = np.arccos(np.where(inside, x, 0.0))
    count = mu.shape[-1]
    series = np.cos(np.outer(np.arange(count), angle)) * _twice(count)[:, None]
    density = (mu * kernel) @ series / (np.pi * half_width * np.sin(angle))
    return np.where(inside, density, 0.0)


def resolvent_density(
    mu: np.ndarray, energy: np.ndarray, centre: float, half_width: float, broadening: float
) -> np.ndarray:
    """Return -Im <v|(omega + i eta - H)^-1|v>/pi, (..., energy): exactly a Lorentzian, no kernel.

    1/(z - x) = (-i/sin phi) sum_n (2 - delta_n0) exp(-i n phi) T_n(x), cos phi = z, Im phi < 0. What the
    series leaves out is at most `truncation` of the largest value.

    Raises
    ------
    InvalidInput : too few moments for the broadening; it says how many are needed.
    """
    count = mu.shape[-1]
    left_out = truncation(count, half_width, broadening)
    if left_out > 1e-2:
        needed = int(np.ceil(np.log(1e2) * half_width / broadening)) + 1
        raise InvalidInput(
            f"{count} moments leave out {left_out:.2g} at a broadening of {broadening} meV",
            f"ask for at least {needed} moments, or for a larger broadening",
        )
    z = (np.asarray(energy, float) + 1j * broadening - centre) / half_width
    phi = np.arccos(z)
    series = np.exp(-1j * np.outer(np.arange(count), phi)) * _twice(count)[:, None]
    green = mu @ (series * (-1j / np.sin(phi)) / half_width)
    return -green.imag / np.pi


def truncation(count: int, half_width: float, broadening: float) -> float:
    """Return exp(count Im phi) at the middle of the interval: the relative weight of the first term left out."""
    return float(np.exp(-count * np.arcsinh(broadening / half_width)))


def moments_needed(half_width: float, broadening: float, accuracy: float) -> int:
    """Return how many moments leave out no more than ``accuracy``."""
    return int(np.ceil(-np.log(accuracy) / np.arcsinh(broadening / half_width))) + 1


def _twice(count: int) -> np.ndarray:
    return np.where(np.arange(count) == 0, 1.0, 2.0)
