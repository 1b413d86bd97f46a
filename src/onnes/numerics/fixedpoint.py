"""Anderson-mixed fixed points x = f(x)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dposv

Map = Callable[[np.ndarray], np.ndarray]
Monitor = Callable[[int, float], bool | None]
TINY = float(np.finfo(float).tiny)


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
    shape = np.shape(start)
    x = np.array(start, dtype=float).ravel()
    memory = _Memory(method, x.size)
    residuals: list[float] = []
    for iteration in range(method.max_iterations):
        r = f(x.reshape(shape)).ravel() - x
        error = float(np.abs(r).max()) / max(float(np.abs(x).max()), floor, TINY)
        residuals.append(error)
        if not np.isfinite(error):
            return FixedPoint(x.reshape(shape), tuple(residuals), False, finite=False)
        if error <= method.tolerance:
            return FixedPoint((x + r).reshape(shape), tuple(residuals), True)
        if monitor is not None and monitor(iteration, error):
            return FixedPoint(x.reshape(shape), tuple(residuals), False, cancelled=True)
        x = x + memory.step(x, r)
    return FixedPoint(x.reshape(shape), tuple(residuals), False)


class _Memory:
    """The last changes of the residual with their Gram matrix, and the moves that they stand for.

    Small problems spend their time in calls, not in arithmetic: one new row of the Gram matrix is
    computed in each step, in arrays that are allocated once.
    """

    def __init__(self, method: Anderson, size: int) -> None:
        self.history, self.damping = method.history, method.damping
        self.moves, self.changes = np.empty((self.history, size)), np.empty((self.history, size))
        self.gram = np.zeros((self.history, self.history))
        self.previous: tuple[np.ndarray, np.ndarray] | None = None
        self.seen = 0

    def step(self, x: np.ndarray, r: np.ndarray) -> np.ndarray:
        """Return the Anderson step from x with residual r."""
        if self.previous is not None and self.history:
            self._remember(x - self.previous[0], r - self.previous[1])
        self.previous = (x, r)
        plain = r if self.damping == 1 else self.damping * r
        kept = min(self.seen, self.history)
        if not kept:
            return plain
        # The Gram matrix squares the condition number; a relative ridge at rounding level keeps it solvable.
        gram = self.gram[:kept, :kept].copy()
        gram.flat[:: kept + 1] *= 1 + 1e-14
        _, weights, failed = dposv(gram, self.changes[:kept] @ r)
        return plain if failed else plain - weights @ self.moves[:kept]

    def _remember(self, step: np.ndarray, change: np.ndarray) -> None:
        place = self.seen % self.history
        self.moves[place], self.changes[place] = step + self.damping * change, change
        self.seen += 1
        kept = min(self.seen, self.history)
        self.gram[place, :kept] = self.gram[:kept, place] = self.changes[:kept] @ change
