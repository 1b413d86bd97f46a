"""Eigenvalues of operators given as matrices or as functions."""

from collections.abc import Callable

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

DENSE = 16
"""Below this size the Krylov space would be the whole space."""


def rightmost_eigenpair(
    operator: np.ndarray | Callable[[np.ndarray], np.ndarray], start: np.ndarray, *, tolerance: float = 1e-11
) -> tuple[float, np.ndarray]:
    """Return the eigenvalue of largest real part and its vector, both expected real.

    Parameters
    ----------
    operator : float array (n, n), or a function that applies it to a vector (n,).
    start : float array (n,), first Krylov vector.
    """
    if callable(operator) and len(start) >= DENSE:
        return _krylov(operator, start, tolerance)
    matrix = np.column_stack([operator(e) for e in np.eye(len(start))]) if callable(operator) else operator
    values, vectors = np.linalg.eig(matrix)
    top = int(np.argmax(values.real))
    return float(values[top].real), vectors[:, top].real


def _krylov(
    apply: Callable[[np.ndarray], np.ndarray], start: np.ndarray, tolerance: float
) -> tuple[float, np.ndarray]:
    size = len(start)
    wrapped = LinearOperator((size, size), matvec=apply, dtype=float)
    try:
        values, vectors = eigs(wrapped, k=1, which="LR", v0=start, tol=tolerance)
    except ArpackNoConvergence:
        # A small gap below the top eigenvalue: a larger Krylov space separates them.
        values, vectors = eigs(
            wrapped, k=1, which="LR", v0=start, tol=tolerance, ncv=min(size - 1, 100), maxiter=100 * size
        )
    return float(values[0].real), vectors[:, 0].real
