"""Lanczos: ground states in a few vectors, and tridiagonal matrices of a starting vector."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

Operator = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Ground:
    """Lowest eigenvalue, its vector, and |H v - E v| after each restart."""

    energy: float
    vector: np.ndarray
    residuals: tuple[float, ...]
    applications: int


def random_vector(size: int, dtype: np.dtype, rng: np.random.Generator) -> np.ndarray:
    """Return a normalised vector of independent Gaussian amplitudes, complex where ``dtype`` is."""
    vector = rng.standard_normal(size)
    if np.issubdtype(dtype, np.complexfloating):
        vector = vector + 1j * rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


def ground_state(
    apply: Operator, start: np.ndarray, tolerance: float, steps: int = 200, restarts: int = 8
) -> Ground:
    """Return the lowest eigenpair of a Hermitian operator, |H v - E v| <= tolerance.

    ``start`` is normalised. Each cycle runs twice: once for the tridiagonal matrix, once more to add up the
    Ritz vector, so that a few vectors are held whatever the number of steps. Lost orthogonality brings
    copies of converged eigenvalues and does no harm to the lowest.
    """
    vector, residuals, used = start, [], 0
    energy = 0.0
    for _ in range(restarts):
        alpha, beta = _coefficients(apply, vector, steps, 0.3 * tolerance)
        _, vectors = eigh_tridiagonal(alpha, beta[:-1], select="i", select_range=(0, 0))
        vector = _ritz(apply, vector, alpha, beta, vectors[:, 0])
        image = apply(vector)
        energy = float(np.vdot(vector, image).real)
        image -= energy * vector
        residuals.append(float(np.linalg.norm(image)))
        used += 2 * len(alpha)
        if residuals[-1] <= tolerance:
            break
    return Ground(energy, vector, tuple(residuals), used)


def _coefficients(
    apply: Operator, start: np.ndarray, steps: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    alpha: list[float] = []
    beta: list[float] = []
    previous, current = np.zeros_like(start), start
    for n in range(min(steps, start.size)):
        image = apply(current)
        alpha.append(float(np.vdot(current, image).real))
        image -= alpha[-1] * current
        if n:
            image -= beta[-1] * previous
        beta.append(float(np.linalg.norm(image)))
        if n % 5 == 4 or beta[-1] <= tolerance:
            lowest = eigh_tridiagonal(alpha, beta[:-1], select="i", select_range=(0, 0))[1][:, 0]
            if beta[-1] * abs(lowest[-1]) < tolerance:
                break
        image /= beta[-1]
        previous, current = current, image
    return np.array(alpha), np.array(beta)


def _ritz(
    apply: Operator, start: np.ndarray, alpha: np.ndarray, beta: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    total = weights[0] * start
    previous, current = np.zeros_like(start), start
    for n in range(len(alpha) - 1):
        image = apply(current)
        image -= alpha[n] * current
        if n:
            image -= beta[n - 1] * previous
        image /= beta[n]
        previous, current = current, image
        total += weights[n + 1] * current
    total /= np.linalg.norm(total)
    return total


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
