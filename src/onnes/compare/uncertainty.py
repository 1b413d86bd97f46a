"""How far a parameter may go: covariance from the curvature of chi2, and profile-likelihood intervals.

The profile of a parameter is the chi2 minimised over all others. Its interval at a level of, say, 95 %
ends where it exceeds the minimum by the quantile of chi2 with one degree of freedom (3.84). Covariance
assumes that chi2 is a parabola; the profile does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from onnes.compare.search import Minimum, Search

SINGULAR = 1e-6
"""Ratio of singular values, columns normalised, below which a direction is not determined: derivatives by
differences have about this relative error."""
SHARE = 1e-2
"""Share of a null direction above which a parameter is said to belong to it."""
IMPROVED = 1e-2
"""Fall of chi2 along a profile from which the minimum was not the minimum."""
EXPANSIONS = 25
PROFILE_TOLERANCE = 1e-6
"""Of the refits along a profile, where chi2 is wanted to a thousandth and not to rounding."""
ACCURACY = 2e-3
"""Of the ends of a profile interval, in standard errors."""


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """Covariance (p, p) with infinite variances of what is not determined, and which those are (p,)."""

    covariance: np.ndarray
    undetermined: np.ndarray


def curvature(jacobian: np.ndarray) -> Curvature:
    """Return the covariance (J^T J)^-1 of the parameters from d residuals/d x, float array (n, p).

    Parameters in a direction along which the residuals do not change get an infinite variance and
    covariances NaN; those of the others are of the directions that are determined.
    """
    norms = np.linalg.norm(jacobian, axis=0)
    safe = np.where(norms > 0, norms, 1.0)
    _, singular, directions = np.linalg.svd(jacobian / safe, full_matrices=False)
    largest = singular[0] if singular.size else 0.0
    kept = singular > SINGULAR * largest
    inverse = (directions[kept].T / singular[kept] ** 2) @ directions[kept]
    covariance = inverse / np.outer(safe, safe)
    # With fewer data than parameters the decomposition has fewer directions: what lacks is null as well.
    null = 1 - np.sum(directions[kept] ** 2, axis=0)
    undetermined = (null > SHARE**2) | (norms == 0)
    covariance[undetermined, :] = np.nan
    covariance[:, undetermined] = np.nan
    covariance[undetermined, undetermined] = np.inf
    return Curvature(covariance, undetermined)


def coverage(level: float) -> float:
    """Return the half width of a normal distribution's central interval: 1.96 for 95 %."""
    return float(ndtri(0.5 + level / 2))


class Better(Exception):
    """A profile found a lower chi2; carries the point and never reaches a user."""

    def __init__(self, found: Minimum) -> None:
        self.found = found
        super().__init__()


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """One end of an interval; ``open`` says why chi2 does not close it, empty where it does."""

    value: float
    open: str = ""


def profile_interval(
    search: Search, best: Minimum, covariance: np.ndarray, index: int, level: float
) -> tuple[End, End]:
    """Return the ends of the profile-likelihood interval of one parameter.

    Raises
    ------
    Better : chi2 falls below the minimum on the way.
    """
    low, high = (_end(search, best, covariance, index, sign, coverage(level)) for sign in (-1, 1))
    return low, high


def _end(search: Search, best: Minimum, covariance: np.ndarray, index: int, sign: int, width: float) -> End:
    one = search.vary[index]
    limit = one.high - best.x[index] if sign > 0 else best.x[index] - one.low
    if limit <= 0:
        return End(float(best.x[index]), "its bound")
    sigma = sqrt(covariance[index, index])
    unit = sigma if isfinite(sigma) and sigma > 0 else 1e-2 * one.span
    excess = _excess(search, best, covariance, index, sign, width)
    near, far = 0.0, min(width * unit, limit)
    for _ in range(EXPANSIONS):
        if excess(far) > 0:
            break
        if far == limit:
            return End(float(one.high if sign > 0 else one.low), "its bound")
        near, far = far, min(2 * far, limit)
    else:
        return End(sign * inf, "no bound at all")
    # At zero the excess is -width by definition: no refit is spent on it.
    distance = far if excess(far) == 0 else brentq(excess, near, far, xtol=ACCURACY * unit, rtol=1e-12)
    return End(float(best.x[index] + sign * distance))


def _excess(
    search: Search, best: Minimum, covariance: np.ndarray, index: int, sign: int, width: float
) -> Callable[[float], float]:
    """Return sqrt(profile - minimum) - width against the distance; it is a straight line for a parabola."""
    others = [i for i in range(len(search.vary)) if i != index]
    low, high = (np.array([getattr(one, name) for one in search.vary]) for name in ("low", "high"))
    slopes = covariance[:, index] / covariance[index, index]
    slopes = np.where(np.isfinite(slopes), slopes, 0.0)
    known: dict[float, float] = {0.0: -width}

    def excess(distance: float) -> float:
        if distance not in known:
            predicted = np.clip(best.x + slopes * sign * distance, low, high)
            still = best.x.copy()
            predicted[index] = still[index] = best.x[index] + sign * distance
            found = search.minimise(predicted, others, PROFILE_TOLERANCE) or search.minimise(
                still, others, PROFILE_TOLERANCE
            )
            if found is not None and found.chi2 < best.chi2 - IMPROVED:
                raise Better(found)
            # A rejected point lies outside: there the model has no solution at all.
            outside = 10 * width
            inside = sqrt(max(found.chi2 - best.chi2, 0.0)) - width if found is not None else outside
            known[distance] = min(inside, outside)
        return known[distance]

    return excess
