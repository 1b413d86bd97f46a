"""One-dimensional Ginzburg-Landau problems as boundary-value problems (scipy's adaptive collocation)."""

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_bvp

from onnes.errors import InvalidInput, NotConverged
from onnes.state import Outcome, Report

Rhs = Callable[[np.ndarray, np.ndarray], np.ndarray]
Ends = Callable[[np.ndarray, np.ndarray], np.ndarray]
TOLERANCE = 1e-8
"""Relative residual of the collocation polynomial in every interval."""
MOST_NODES = 200_000


def collocate(
    rhs: Rhs, ends: Ends, x: np.ndarray, guess: np.ndarray, what: str, tolerance: float = TOLERANCE
) -> tuple[np.ndarray, np.ndarray, Report]:
    """Solve y' = rhs(x, y) with ends(y(a), y(b)) = 0; return (nodes, y, report).

    The nodes are the solver's own with three more in each interval, so that integrals by
    Simpson's rule are as good as the collocation (order four).

    Raises
    ------
    NotConverged : the residual stays above ``tolerance``.
    """
    if not 0 < tolerance < 1e-2:
        raise InvalidInput(f"a tolerance of {tolerance}", "give one between 0 and 0.01")
    found = solve_bvp(rhs, ends, x, guess, tol=tolerance, max_nodes=MOST_NODES)
    worst = float(found.rms_residuals.max())
    report = Report(
        Outcome.CONVERGED if found.success else Outcome.STALLED,
        engine=f"collocation of {what}, {found.x.size} nodes",
        residuals=(worst,),
        target=tolerance,
        iterations=int(found.niter),
    )
    if not found.success:
        raise NotConverged(report)
    nodes = (found.x[:-1, None] + np.diff(found.x)[:, None] * np.arange(4) / 4).ravel()
    nodes = np.append(nodes, found.x[-1])
    return nodes, found.sol(nodes), report


def integral(values: np.ndarray, x: np.ndarray) -> float:
    """Return the integral by Simpson's rule on the nodes of `collocate`, four equal steps in each interval.

    Boole's weights (7, 32, 12, 32, 7)/90: exact to degree five.
    """
    width = x[4::4] - x[:-1:4]
    weights = np.array([7.0, 32.0, 12.0, 32.0, 7.0]) / 90
    samples = [values[start : len(values) - 4 + start : 4] for start in range(4)] + [values[4::4]]
    return float(sum(w * s for w, s in zip(weights, samples, strict=True)) @ width)
