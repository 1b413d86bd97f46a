"""Non-negative least squares with a Tikhonov penalty: |A x - b|^2 + alpha |L x|^2, x >= 0, and its alpha.

A and b are weighted with the standard errors, so that |A x - b|^2 is chi^2.
"""

import numpy as np
from scipy.optimize import nnls

STRENGTHS = np.geomspace(1e-6, 1e6, 61)
"""Strengths that are tried, in units of tr(A^T A)/tr(L^T L)."""


def second_difference(count: int) -> np.ndarray:
    """Return the second differences (count, count) of values that are zero just outside both ends."""
    return np.eye(count, k=-1) - 2 * np.eye(count) + np.eye(count, k=1)


def regularised(
    a: np.ndarray, b: np.ndarray, smooth: np.ndarray, alpha: float, noise: np.random.Generator | None = None
) -> np.ndarray:
    """Return argmin |A x - b - e|^2 + |sqrt(alpha) L x - e'|^2 over x >= 0; e, e' zero, or standard noise.

    With noise, and without the bound, x is an exact draw from the Gaussian posterior
    (A^T A + alpha L^T L)^-1 about the solution.
    """
    stacked = np.concatenate([a, np.sqrt(alpha) * smooth])
    target = np.concatenate([b, np.zeros(len(smooth))])
    if noise is not None:
        target += noise.standard_normal(len(target))
    return nnls(stacked, target)[0]


def freedom(a: np.ndarray, smooth: np.ndarray, alpha: float, free: np.ndarray) -> float:
    """Return tr (A^T A + alpha L^T L)^-1 A^T A over the unknowns in ``free``: how many the data determine."""
    normal, penalty = a[:, free].T @ a[:, free], smooth[:, free].T @ smooth[:, free]
    return float(np.trace(np.linalg.solve(normal + alpha * penalty, normal)))


def by_evidence(a: np.ndarray, b: np.ndarray, smooth: np.ndarray) -> float:
    """Return the alpha that makes the data most probable, x integrated out (bound ignored).

    -2 ln P(b|alpha) = chi^2 + alpha |L x|^2 + ln det(A^T A + alpha L^T L) - rank(L) ln alpha + const.
    """
    penalty, normal = smooth.T @ smooth, a.T @ a
    strengths, badness = _strengths(a, smooth), []
    for alpha in strengths:
        x = regularised(a, b, smooth, alpha)
        misfit = np.sum((a @ x - b) ** 2) + alpha * x @ penalty @ x
        badness.append(misfit + np.linalg.slogdet(normal + alpha * penalty)[1] - len(smooth) * np.log(alpha))
    return float(strengths[int(np.argmin(badness))])


def by_discrepancy(a: np.ndarray, b: np.ndarray, smooth: np.ndarray) -> float:
    """Return the largest alpha whose solution has chi^2 <= n - dof; that of the lowest ratio where none has."""
    strengths, excess = _strengths(a, smooth)[::-1], []
    for alpha in strengths:
        x = regularised(a, b, smooth, alpha)
        excess.append(float(np.sum((a @ x - b) ** 2) / (len(b) - freedom(a, smooth, alpha, x > 0))) - 1)
        if excess[-1] <= 0:
            return float(alpha)
    return float(strengths[int(np.argmin(excess))])


def _strengths(a: np.ndarray, smooth: np.ndarray) -> np.ndarray:
    return STRENGTHS * np.sum(a**2) / np.sum(smooth**2)
