"""The minimum of chi2 within bounds, from one start or many, and along a profile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import qmc

from onnes.compare.loss import NoDerivative, Residuals, jacobian, steps_for
from onnes.compare.vary import Vary
from onnes.errors import InvalidInput

TOLERANCE = 1e-10
"""Relative change of chi2, of the parameters and of the gradient at which a search ends."""
MOST_STARTS = 10_000
DRAWS = 16
"""Points drawn for each start that is wanted: some may have no solution."""


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where one search ended. ``jacobian`` is None where it could not be formed."""

    x: np.ndarray
    chi2: float
    residuals: np.ndarray
    jacobian: np.ndarray | None
    converged: bool
    iterations: int
    said: str


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is minimised, and how.

    Parameters
    ----------
    residuals : of all parameters.
    vary : the parameters.
    step : relative step of derivatives.
    max_iterations : of one search.
    """

    residuals: Residuals
    vary: Sequence[Vary]
    step: float
    max_iterations: int

    def minimise(
        self, start: np.ndarray, free: Sequence[int] | None = None, tolerance: float = TOLERANCE
    ) -> Minimum | None:
        """Return the minimum reached from a start with the parameters not in ``free`` held, or None.

        None means that the start itself is rejected.
        """
        moving = list(range(len(self.vary)) if free is None else free)
        whole = np.array(start, dtype=float)
        first = self.residuals(whole)
        if not np.all(np.isfinite(first)):
            return None
        if not moving:
            return Minimum(whole, float(first @ first), first, None, True, 0, "nothing to vary")
        return self._trust_region(whole, moving, first, tolerance)

    def _trust_region(
        self, whole: np.ndarray, moving: list[int], first: np.ndarray, tolerance: float
    ) -> Minimum | None:
        vary = [self.vary[i] for i in moving]
        last = {"x": whole[moving], "f": first}

        def full(x: np.ndarray) -> np.ndarray:
            changed = whole.copy()
            changed[moving] = x
            return changed

        def value(x: np.ndarray) -> np.ndarray:
            if not np.array_equal(x, last["x"]):
                last["x"], last["f"] = np.array(x), self.residuals(full(x))
            return last["f"]

        best = {"x": whole[moving], "f": first}

        def slope(x: np.ndarray) -> np.ndarray:
            # Called at the points that were accepted, so that the best one is known if the search breaks off.
            best["x"], best["f"] = np.array(x), np.array(value(x))
            part = _Part(self.residuals, full)
            return jacobian(part, x, best["f"], steps_for(x, vary, self.step), vary)

        try:
            found = least_squares(
                value,
                whole[moving],
                jac=slope,
                bounds=([one.low for one in vary], [one.high for one in vary]),
                x_scale=[one.span for one in vary],
                ftol=tolerance,
                xtol=tolerance,
                gtol=tolerance,
                max_nfev=self.max_iterations,
            )
        except NoDerivative as broken:
            said = f"no derivative with respect to {broken}: every step around it is rejected"
            chi2 = float(best["f"] @ best["f"])
            return Minimum(full(best["x"]), chi2, best["f"], None, False, 0, said)
        except ValueError as error:
            # scipy moves a start on a bound inwards, and says in this way that it is rejected there.
            if "not finite" not in str(error):
                raise
            return None
        x = full(found.x)
        return Minimum(
            x, float(2 * found.cost), found.fun, found.jac, found.status > 0, found.nfev, found.message
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Residuals of the moving parameters only."""

    residuals: Residuals
    full: object

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.residuals(self.full(x))  # type: ignore[operator]


def start_points(vary: Sequence[Vary], starts: int, seed: int) -> list[np.ndarray]:
    """Return the given start and then points of a scrambled Sobol sequence within the bounds, (p,) each.

    There are more of them than ``starts``, since some may be rejected.

    Raises
    ------
    InvalidInput : less than one start, a negative seed, or several with an infinite bound.
    """
    if not 1 <= starts <= MOST_STARTS:
        raise InvalidInput(f"starts = {starts}", f"search from 1 to {MOST_STARTS} starts")
    if seed < 0:
        raise InvalidInput(f"seed = {seed}", "give a whole number of 0 or more")
    points = [np.array([one.start for one in vary])]
    if starts == 1:
        return points
    low, high = (np.array([getattr(one, name) for one in vary]) for name in ("low", "high"))
    if not np.all(np.isfinite(low) & np.isfinite(high)):
        name = next(one.name for one in vary if not (np.isfinite(one.low) and np.isfinite(one.high)))
        raise InvalidInput(
            f"{starts} starts, and {name} has no bounds", "give low and high of every parameter"
        )
    # Sobol points are balanced in powers of two.
    count = int(np.ceil(np.log2(DRAWS * (starts - 1))))
    drawn = qmc.Sobol(len(vary), seed=seed).random_base2(count)
    return points + list(low + drawn * (high - low))
