"""What a fit must not keep to itself, each one line."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from onnes.compare.search import Minimum, Search
from onnes.compare.uncertainty import Curvature, End

IMPLAUSIBLE = 1e-3
"""Probability of a chi2 so large, or so small, from which it is told."""
RIVAL_MINIMUM = 4.0
"""Two minima whose chi2 differ by less are both told."""
APART = 3.0
"""Standard errors between two minima that are not one and the same."""


def of_search(
    search: Search,
    best: Minimum,
    curved: Curvature,
    ends: Sequence[tuple[End, End]],
    minima: Sequence[Minimum],
    starts: int,
) -> list[str]:
    """Return flags of parameters and of the search that found them."""
    flags = []
    if not best.converged:
        flags.append(f"no minimum reached: {best.said}")
    for one, x, pair in zip(search.vary, best.x, ends, strict=True):
        for bound, side in ((one.low, "lower"), (one.high, "upper")):
            if x == bound:
                flags.append(f"{one.name} lies at its {side} bound {bound:g}: its error is not to be trusted")
        flags += [f"the data leave {one.name} open to {end.value:g}: {end.open}" for end in pair if end.open]
    undetermined = [one.name for one, lost in zip(search.vary, curved.undetermined, strict=True) if lost]
    if undetermined:
        flags.append(f"the data do not determine {', '.join(undetermined)}: the Jacobian is singular")
    if len(minima) < starts:
        flags.append(f"only {len(minima)} of {starts} searches had a start with a solution")
    flags += _other_minima(best, curved, minima)
    residuals = search.residuals
    if residuals.rejected:
        many, cause = residuals.rejected, residuals.main_cause()
        flags.append(
            f"{many} of {residuals.evaluations} evaluations had no solution and were rejected: {cause}"
        )
    return flags


def of_fit(chi2: float, dof: int) -> list[str]:
    """Return flags of chi2: the model does not describe the data, or their errors are overstated."""
    if dof < 1:
        return ["as many parameters as data: chi2 tests nothing"]
    if chi2_distribution.sf(chi2, dof) < IMPLAUSIBLE:
        return [f"chi2/dof = {chi2 / dof:.3g}: the model does not describe the data within their errors"]
    if chi2_distribution.cdf(chi2, dof) < IMPLAUSIBLE:
        return [f"chi2/dof = {chi2 / dof:.3g}: the errors of the data look too large"]
    return []


def _other_minima(best: Minimum, curved: Curvature, minima: Sequence[Minimum]) -> list[str]:
    errors = np.sqrt(np.diag(curved.covariance))
    for other in minima:
        if not other.converged or other.chi2 - best.chi2 > RIVAL_MINIMUM:
            continue
        # What is undetermined may lie anywhere, without another minimum.
        if np.any(np.abs(other.x - best.x)[np.isfinite(errors)] > APART * errors[np.isfinite(errors)]):
            where = ", ".join(f"{x:.4g}" for x in other.x)
            return [f"another minimum, at {where}, fits almost as well (chi2 {other.chi2:.2f})"]
    return []
