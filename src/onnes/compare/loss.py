"""Residuals that survive: a point where the model has no solution is rejected, counted and reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from onnes.compare.data import Data
from onnes.compare.datamap import DataMap
from onnes.compare.joint import Joint
from onnes.compare.vary import Predict, Vary
from onnes.errors import InvalidInput, OnnesError

SHRINKS = 3
"""Times that a step of the derivative is cut by ten where both its ends are rejected."""


class NoDerivative(Exception):
    """Every step around a point is rejected; never reaches a user."""


@dataclass(slots=True, eq=False)
class Residuals:
    """(predict(parameters) - y)/error as a function of the vector of parameters, with its accounts.

    A prediction that raises an `OnnesError` (no superconductivity, not converged, an impossible model)
    or is not finite is a rejected point: its residuals are NaN, which no minimiser walks into.
    """

    predict: Predict
    data: "Data | DataMap | Joint"
    vary: Sequence[Vary]
    evaluations: int = 0
    rejected: int = 0
    causes: dict[str, int] = field(default_factory=dict)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return (self.values(x) - self.data.y) / self.data.error

    def values(self, x: np.ndarray) -> np.ndarray:
        """Return the prediction, float array (n,), NaN at a rejected point."""
        parameters: Mapping[str, float] = {one.name: float(v) for one, v in zip(self.vary, x, strict=True)}
        self.evaluations += 1
        try:
            found = np.asarray(self.predict(parameters), dtype=float)
        except OnnesError as error:
            return self._reject(str(error))
        if found.shape != self.data.y.shape:
            raise InvalidInput(
                f"the prediction has shape {found.shape} and the data {self.data.y.shape}",
                "predict one number for each point of the data",
            )
        return found if np.all(np.isfinite(found)) else self._reject("the prediction is not finite")

    def _reject(self, cause: str) -> np.ndarray:
        self.rejected += 1
        self.causes[cause] = self.causes.get(cause, 0) + 1
        return np.full(len(self.data), np.nan)

    def main_cause(self) -> str:
        """Return why most points were rejected."""
        return max(self.causes, key=self.causes.__getitem__) if self.causes else ""


def jacobian(
    residuals: Residuals, x: np.ndarray, at: np.ndarray, steps: np.ndarray, vary: Sequence[Vary]
) -> np.ndarray:
    """Return d residuals/d x, float array (n, p), by differences.

    Central where both ends are allowed, one-sided at a bound or beside a rejected point. Steps must be
    long against the numerical noise of the prediction and short against the scale of the parameter.

    Parameters
    ----------
    x : float array (p,), within the bounds.
    at : float array (n,), the residuals there.
    steps : float array (p,), > 0.

    Raises
    ------
    NoDerivative : both ends rejected for every length of the step.
    """
    columns = []
    for i, one in enumerate(vary):
        for shrink in range(SHRINKS + 1):
            column = _difference(residuals, x, at, i, steps[i] / 10**shrink, one)
            if np.all(np.isfinite(column)):
                break
        else:
            raise NoDerivative(one.name)
        columns.append(column)
    return np.stack(columns, axis=1)


def _difference(
    residuals: Residuals, x: np.ndarray, at: np.ndarray, i: int, step: float, one: Vary
) -> np.ndarray:
    ends = []
    for sign in (1, -1):
        moved = x.copy()
        moved[i] = min(max(x[i] + sign * step, one.low), one.high)
        # A bound that is nearer than half the step would leave a difference of rounding errors.
        allowed = abs(moved[i] - x[i]) > 0.5 * step
        ends.append((moved[i], residuals(moved) if allowed else np.full_like(at, np.nan)))
    (right, above), (left, below) = ends
    if np.all(np.isfinite(above)) and np.all(np.isfinite(below)):
        return (above - below) / (right - left)
    if np.all(np.isfinite(above)):
        return (above - at) / (right - x[i])
    return (at - below) / (x[i] - left)


def steps_for(x: np.ndarray, vary: Sequence[Vary], relative: float) -> np.ndarray:
    """Return the steps of the derivative: a share of each parameter, or of a tenth of its span near zero."""
    return np.array([relative * max(abs(v), 0.1 * one.span) for v, one in zip(x, vary, strict=True)])
