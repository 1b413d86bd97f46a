"""Parameters from measured data: bounded least squares, with errors that mean something.

chi2 = sum_i [(predict_i(parameters) - y_i)/error_i]^2 is minimised by a trust-region method within bounds
(M. A. Branch, T. F. Coleman and Y. Li, SIAM J. Sci. Comput. 21, 1 (1999)), from one start or many.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from math import isfinite, sqrt
from typing import Any

import numpy as np

from onnes.compare.data import Data
from onnes.compare.datamap import DataMap
from onnes.compare.flags import of_fit, of_search
from onnes.compare.joint import Joint, joined
from onnes.compare.loss import NoDerivative, Residuals, jacobian, steps_for
from onnes.compare.result import Fit, Parameter
from onnes.compare.search import Minimum, Search, start_points
from onnes.compare.uncertainty import Better, Curvature, End, coverage, curvature, profile_interval
from onnes.compare.vary import Predict, Vary, of_model, require_distinct
from onnes.errors import InvalidInput, NotConverged
from onnes.state import Check, Outcome, Report

Prediction = Predict | tuple[Any, Callable[[Any], Any]]
Measured = Data | DataMap | Joint
AT_BOUND = 1e-6
"""Distance to a bound, in spans, below which a parameter lies on it; or a hundredth of its error."""
POLISHES = 3


def fit(
    predict: Prediction | Mapping[str, Prediction],
    data: Data | DataMap | Mapping[str, Data | DataMap],
    vary: Sequence[Vary],
    *,
    starts: int = 1,
    seed: int = 0,
    profile: bool = False,
    level: float = 0.95,
    step: float = 1e-3,
    max_iterations: int = 200,
    throw: bool = True,
) -> Fit:
    """Return the parameters that minimise chi2 = sum [(predict - y)/error]^2, with errors and flags.

    Parameters
    ----------
    predict : function from ``{name: value}`` to predicted values (n,); or a model and a function from a
        model to predicted values, parameters then being dotted paths into the model.
    data : the measured curve or map. Several of them by name, with a prediction for each under the same name, are
        fitted together: ``NAME.scale`` and ``NAME.background`` are then parameters of that one alone.
    vary : parameters with start and bounds.
    starts : number of searches; all but the first start at Sobol points within the bounds.
    seed : of these points.
    profile : intervals from profile likelihood, by refits of the others; otherwise value +- z error.
    level : probability that an interval holds the truth.
    step : relative step of derivatives: long against the numerical noise of the prediction.
    max_iterations, throw : of each search; raise where none converged, rather than only report it.

    Raises
    ------
    InvalidInput : fewer data than parameters, no start with a solution, or wrong arguments.
    NotConverged : no search ended at a minimum.
    """
    begin = time.perf_counter()
    varied = require_distinct(vary)
    if isinstance(predict, Mapping) != isinstance(data, Mapping):
        raise InvalidInput(
            "one prediction for several data, or several for one", "give both by name, or neither"
        )
    if isinstance(predict, Mapping) and isinstance(data, Mapping):
        data = Joint(data)
        function = joined(predict, data, varied)
    else:
        function = of_model(*predict) if isinstance(predict, tuple) else predict
    _require(data, varied, level, step, max_iterations)
    search = Search(Residuals(function, data, varied), varied, step, max_iterations)
    minima = _from_all_starts(search, starts, seed)
    best, curved, ends, profiled = _settle(search, minima[0], profile, level)
    flags = of_search(search, best, curved, ends, minima, starts)
    if profile and not profiled:
        flags.append(
            "the profile kept finding lower chi2: the intervals are of the covariance (use more starts)"
        )
    flags += of_fit(best.chi2, len(data) - len(varied))
    report = Report(
        Outcome.CONVERGED if best.converged else Outcome.MAX_ITERATIONS,
        engine="least squares, trust region within bounds",
        residuals=(sqrt(best.chi2),),
        iterations=best.iterations,
        seed=seed,
        seconds=time.perf_counter() - begin,
        checks=(Check("minimum reached (0 yes, 1 no)", float(not best.converged), 0.0),),
        warnings=tuple(flags),
    )
    if throw and not best.converged:
        raise NotConverged(report)
    return _assemble(search, best, curved, ends, minima, level, report)


def _require(data: Measured, vary: Sequence[Vary], level: float, step: float, max_iterations: int) -> None:
    if not isinstance(data, Data | DataMap | Joint):
        raise InvalidInput(
            f"data is a {type(data).__name__}", "give onnes.compare.Data(x, y, error) or DataMap"
        )
    if len(data) < len(vary):
        raise InvalidInput(f"{len(data)} points cannot determine {len(vary)} parameters", "vary fewer")
    if not 0 < level < 1:
        raise InvalidInput(f"level = {level}", "give a probability between 0 and 1, such as 0.95")
    if not 0 < step < 0.5:
        raise InvalidInput(f"step = {step}", "give a relative step between 0 and 0.5, such as 1e-3")
    if max_iterations < 1:
        raise InvalidInput(f"max_iterations = {max_iterations}", "allow at least one")


def _from_all_starts(search: Search, starts: int, seed: int) -> list[Minimum]:
    """Return where the searches ended, best first; points without a solution are passed over."""
    minima: list[Minimum] = []
    for point in start_points(search.vary, starts, seed):
        found = search.minimise(point)
        if found is not None:
            minima.append(found)
        if len(minima) == starts:
            break
    if not minima:
        raise InvalidInput(
            f"no start has a prediction ({search.residuals.main_cause()})",
            "start elsewhere, or correct the model",
        )
    # A search that broke off is kept only where it is all there is.
    return sorted(minima, key=lambda m: (not m.converged, m.chi2))


def _settle(
    search: Search, best: Minimum, profile: bool, level: float
) -> tuple[Minimum, Curvature, list[tuple[End, End]], bool]:
    """Return the minimum, its curvature, the intervals, and whether these are of the profile.

    What touches a bound is put exactly there. Where a profile finds a lower chi2, all begins again there.
    """
    for attempt in range(POLISHES):
        curved = curvature(_slopes(search, best))
        moved = _on_bounds(search, best, curved)
        if moved is not best:
            best, curved = moved, curvature(_slopes(search, moved))
        if not profile or attempt == POLISHES - 1:
            break
        try:
            count = range(len(search.vary))
            ends = [profile_interval(search, best, curved.covariance, i, level) for i in count]
        except Better as better:
            best = search.minimise(better.found.x) or better.found
            continue
        return best, curved, ends, True
    return best, curved, _parabolic(search, best, curved, level), False


def _slopes(search: Search, best: Minimum) -> np.ndarray:
    if best.jacobian is not None and best.jacobian.shape[1] == len(search.vary):
        return best.jacobian
    steps = steps_for(best.x, search.vary, search.step)
    try:
        return jacobian(search.residuals, best.x, best.residuals, steps, search.vary)
    except NoDerivative:
        return np.zeros((len(best.residuals), len(search.vary)))


def _on_bounds(search: Search, best: Minimum, curved: Curvature) -> Minimum:
    """Refit with the parameters that touch a bound put on it; the trust region only comes close."""
    errors = np.sqrt(np.diag(curved.covariance))
    point, free = best.x.copy(), []
    for i, one in enumerate(search.vary):
        near = max(AT_BOUND * one.span, 1e-2 * errors[i] if isfinite(errors[i]) else 0.0)
        for bound in (one.low, one.high):
            if abs(point[i] - bound) <= near:
                point[i] = bound
        if point[i] not in (one.low, one.high):
            free.append(i)
    if np.array_equal(point, best.x):
        return best
    found = search.minimise(point, free)
    accepted = found is not None and found.chi2 <= best.chi2 + 1e-3
    return found if accepted and found is not None else best


def _parabolic(search: Search, best: Minimum, curved: Curvature, level: float) -> list[tuple[End, End]]:
    half = coverage(level) * np.sqrt(np.diag(curved.covariance))
    return [
        (End(float(max(x - h, one.low))), End(float(min(x + h, one.high))))
        for x, h, one in zip(best.x, half, search.vary, strict=True)
    ]


def _assemble(
    search: Search,
    best: Minimum,
    curved: Curvature,
    ends: list[tuple[End, End]],
    minima: list[Minimum],
    level: float,
    report: Report,
) -> Fit:
    errors = np.sqrt(np.diag(curved.covariance))
    parameters = []
    for one, x, error, (low, high) in zip(search.vary, best.x, errors, ends, strict=True):
        at = "lower" if x == one.low else "upper" if x == one.high else ""
        inside = (low.value, high.value)
        parameters.append(
            Parameter(one.name, float(x), float(error), inside, one.low, one.high, one.unit, at)
        )
    residuals, data = search.residuals, search.residuals.data
    return Fit(
        tuple(parameters),
        best.chi2,
        curved.covariance,
        data.y + best.residuals * data.error,
        data,
        level,
        residuals.evaluations,
        residuals.rejected,
        tuple(sorted(m.chi2 for m in minima)),
        report,
    )
