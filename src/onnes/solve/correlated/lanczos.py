"""Lanczos: ground states in a few vectors, and tridiagonal matrices of a starting vector."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

Operator = Callable[..., np.ndarray]
"""apply(vector, out, scale) writes H vector + scale out into ``out`` and returns it; out is new where absent."""

BLOCK = 65_536
"""Amplitudes that a vector operation touches at a time: no temporary of the size of a vector."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Lowest eigenvalue, its vector, and |H v - E v| after each restart."""

    energy: float
    vector: np.ndarray
    residuals: tuple[float, ...]
    applications: int


def random_vector(size: int, dtype: np.dtype, rng: np.random.Generator) -> np.ndarray:
    """Return a normalised vector of independent Gaussian amplitudes, complex where ``dtype`` is."""
    if np.issubdtype(dtype, np.complexfloating):
        vector = np.empty(size, dtype=complex)
        vector.real = rng.standard_normal(size)
        vector.imag = rng.standard_normal(size)
    else:
        vector = rng.standard_normal(size)
    vector /= np.linalg.norm(vector)
    return vector


def ground_state(
    apply: Operator, start: np.ndarray, tolerance: float, steps: int = 200, restarts: int = 8
) -> Ground:
    """Return the lowest eigenpair of a Hermitian operator, |H v - E v| <= tolerance; ``start`` is overwritten.

    ``start`` is normalised. Each cycle runs twice: once for the tridiagonal matrix, once more to add up the
    Ritz vector, so that three vectors are held whatever the number of steps. Lost orthogonality brings
    copies of converged eigenvalues and does no harm to the lowest.
    """
    residuals: list[float] = []
    used, energy = 0, 0.0
    for _ in range(restarts):
        alpha, beta = _coefficients(apply, start, steps, 0.3 * tolerance)
        _, vectors = eigh_tridiagonal(alpha, beta[:-1], select="i", select_range=(0, 0))
        _ritz(apply, start, alpha, beta, vectors[:, 0])
        image = apply(start, None, 0.0)
        energy = float(np.vdot(start, image).real)
        _subtract(image, energy, start)
        residuals.append(float(np.linalg.norm(image)))
        del image
        used += 2 * len(alpha)
        if residuals[-1] <= tolerance:
            break
    return Ground(energy, start, tuple(residuals), used)


def _subtract(vector: np.ndarray, factor: float, other: np.ndarray) -> None:
    """vector -= factor other, block by block."""
    for first in range(0, vector.size, BLOCK):
        part = slice(first, first + BLOCK)
        vector[part] -= factor * other[part]


def _coefficients(
    apply: Operator, start: np.ndarray, steps: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    alpha: list[float] = []
    beta: list[float] = []
    current, other = start.copy(), np.zeros_like(start)
    for n in range(min(steps, start.size)):
        image = apply(current, other, -beta[-1] if n else 0.0)
        alpha.append(float(np.vdot(current, image).real))
        _subtract(image, alpha[-1], current)
        beta.append(float(np.linalg.norm(image)))
        if n % 5 == 4 or beta[-1] <= tolerance:
            lowest = eigh_tridiagonal(alpha, beta[:-1], select="i", select_range=(0, 0))[1][:, 0]
            if beta[-1] * abs(lowest[-1]) < tolerance:
                break
        image /= beta[-1]
        current, other = image, current
    return np.array(alpha), np.array(beta)


def _ritz(
    apply: Operator, start: np.ndarray, alpha: np.ndarray, beta: np.ndarray, weights: np.ndarray
) -> None:
    """Replace ``start`` by the normalised sum of the Lanczos vectors with ``weights``."""
    current, other = start.copy(), np.zeros_like(start)
    start *= weights[0]
    for n in range(len(alpha) - 1):
        image = apply(current, other, -beta[n - 1] if n else 0.0)
        _subtract(image, alpha[n], current)
        image /= beta[n]
        current, other = image, current
        _subtract(start, -weights[n + 1], current)
    start /= np.linalg.norm(start)


def krylov(
    apply: Operator, start: np.ndarray, steps: int, floor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return alpha (m,), beta (m - 1,) and the orthonormal vectors (m, n) of a Krylov space, reorthogonalised twice.

    It ends where the space is exhausted: a next vector shorter than ``floor`` (an energy).
    """
    vectors = [start / np.linalg.norm(start)]
    alpha: list[float] = []
    beta: list[float] = []
    for _ in range(min(steps, start.size)):
        image = apply(vectors[-1])
        alpha.append(float(np.vdot(vectors[-1], image).real))
        basis = np.array(vectors)
        for _twice in range(2):
            image = image - basis.T @ (basis.conj() @ image)
        size = float(np.linalg.norm(image))
        if size <= floor or len(alpha) == min(steps, start.size):
            break
        beta.append(size)
        vectors.append(image / size)
    return np.array(alpha), np.array(beta), np.array(vectors)
