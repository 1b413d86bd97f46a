"""Anderson-mixed fixed points x = f(x)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Map = Callable[[np.ndarray], np.ndarray]
Monitor = Callable[[int, float], bool | None]


@dataclass(frozen=True, slots=True)
class Anderson:
    """Anderson mixing: ``history`` residuals are combined, ``damping`` of the new direction is taken.

    D. G. Anderson, J. ACM 12, 547 (1965).
    """

    history: int = 5
    damping: float = 1.0
    max_iterations: int = 300
    tolerance: float = 1e-9
    """Largest allowed residual |f(x) - x|, relative to the largest |x|."""


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """Where an iteration stopped: ``x``, relative residuals, and how it ended."""

    x: np.ndarray
    residuals: tuple[float, ...]
    converged: bool
    finite: bool = True
    cancelled: bool = False

    @property
    def iterations(self) -> int:
        return len(self.residuals)


def anderson(
    f: Map, start: np.ndarray, method: Anderson, *, floor: float = 0.0, monitor: Monitor | None = None
) -> FixedPoint:
    """Find x = f(x) by Anderson mixing.

    Parameters
    ----------
    f : the map; takes and returns float arrays of one shape.
    start : first guess.
    method : history, damping, iteration limit and relative tolerance.
    floor : |x| below which the residual is measured in absolute terms.
    monitor : called with (iteration, relative residual) each time; returning True cancels.
    """
    x = np.array(start, dtype=float)
    previous: tuple[np.ndarray, np.ndarray] | None = None
    steps: list[np.ndarray] = []
    changes: list[np.ndarray] = []
    residuals: list[float] = []
    for iteration in range(method.max_iterations):
        r = f(x) - x
        scale = max(float(np.max(np.abs(x))), floor, np.finfo(float).tiny)
        error = float(np.max(np.abs(r))) / scale
        residuals.append(error)
        if not np.isfinite(error):
            return FixedPoint(x, tuple(residuals), False, finite=False)
        if error <= method.tolerance:
            return FixedPoint(x + r, tuple(residuals), True)
        if monitor is not None and monitor(iteration, error):
            return FixedPoint(x, tuple(residuals), False, cancelled=True)
        if previous is not None:
            steps.append((x - previous[0]).ravel())
            changes.append((r - previous[1]).ravel())
            del steps[: -method.history], changes[: -method.history]
        previous = (x, r)
        x = x + _update(r, steps, changes, method.damping)
    return FixedPoint(x, tuple(residuals), False)


def _update(r: np.ndarray, steps: list[np.ndarray], changes: list[np.ndarray], damping: float) -> np.ndarray:
    """Return the Anderson step; the small least-squares problem is solved by its Gram matrix."""
    if not steps:
        return damping * r
    change, step = np.array(changes), np.array(steps)
    gram = change @ change.T
    # The Gram matrix squares the condition number; a relative ridge at rounding level keeps it solvable.
    gram[np.diag_indices_from(gram)] *= 1 + 1e-14
    try:
        weights = np.linalg.solve(gram, change @ r.ravel())
    except np.linalg.LinAlgError:
        return damping * r
    return damping * r - (weights @ (step + damping * change)).reshape(r.shape)
