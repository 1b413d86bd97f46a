"""What a continued spectrum says about integrals: value, error, systematic spread, and bounds without smoothness.

Points of a spectrum have no error bar of their own, integrals over windows do. Three statements are made about each:
the standard deviation of the posterior at the chosen alpha; the largest change under the other criteria and default
models; and the range of all non-negative spectra that fit the data within one standard error, which knows nothing of
smoothness and is much wider where the window is narrower than the resolution (P. B. Stark, J. Geophys. Res. 97,
14055 (1992), bounds of linear functionals under inequality constraints).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from onnes.errors import InvalidInput
from onnes.numerics.continuation_kernels import window_share
from onnes.numerics.maxent import Continuation, Whitened

FEWEST = 3.0
"""Measured quantities below which the data are said not to constrain a spectrum."""
WIDTHS = 0.664
"""Full width at half maximum of a Gaussian over (integral r)^2/integral r^2, sqrt(2 ln 2/pi) = 0.6643."""


@dataclass(frozen=True, slots=True)
class WindowIntegral:
    """A linear functional of a spectrum, sum_j h_j a_j.

    Parameters
    ----------
    value : of the spectrum. error : standard deviation of the posterior.
    systematic : largest change under the other criteria and default models.
    lower, upper : of all non-negative spectra whose misfit exceeds the smallest by less than a given amount.
    """

    value: float
    error: float
    systematic: float
    lower: float
    upper: float

    @property
    def uncertainty(self) -> float:
        """Root of the sum of squares of the error and the systematic spread."""
        return float(np.hypot(self.error, self.systematic))


def window_integral(found: Continuation, low: float, high: float, *, sigmas: float = 1.0) -> WindowIntegral:
    """Return the weight between two energies; cells at the edges count by their share.

    Parameters
    ----------
    sigmas : standard errors of the bounds, chi^2 <= min chi^2 + sigmas^2.

    Raises
    ------
    InvalidInput : low not below high, a window outside the grid, sigmas that are not positive.
    """
    return functional(found, window_share(found.energy, low, high), sigmas=sigmas)


def functional(found: Continuation, h: np.ndarray, *, sigmas: float = 1.0) -> WindowIntegral:
    """Return sum_j h_j a_j for cell weights a, h (energy,); for moments h is a power of the energy.

    Raises
    ------
    InvalidInput : h of another shape or not finite, sigmas that are not positive.
    """
    h = np.asarray(h, float)
    if h.shape != found.energy.shape or not np.all(np.isfinite(h)):
        raise InvalidInput(f"weights of shape {h.shape}", f"give {len(found.energy)} finite numbers")
    if not (np.isfinite(sigmas) and sigmas > 0):
        raise InvalidInput(f"{sigmas} standard errors", "give a positive number")
    value = float(h @ (found.spectrum * found.width))
    others = (found.alternatives * found.width) @ h
    error = float(np.sqrt(max(h @ found.covariance @ h, 0.0)))
    lower, upper = bounds(found.system, h, sigmas**2, error)
    return WindowIntegral(
        value,
        error,
        float(np.max(np.abs(others - value), initial=0.0)),
        lower,
        upper,
    )


def bounds(system: Whitened, h: np.ndarray, excess: float, guess: float) -> tuple[float, float]:
    """Return the range of h.a over a >= 0 with |K a - y|^2 <= its minimum + ``excess``; ``guess`` is a first width.

    The misfit at given h.a is a convex function of it. Its points come from non-negative least squares with one
    more row (h.a - target)/scale, whose minimiser has the smallest misfit of all spectra with its own h.a.
    """
    start, least = _fitted(system, h, None, 1.0)
    guess = max(guess, 1e-6 * abs(start), 1e-12 * float(np.max(np.abs(h))))

    def profile(target: float) -> tuple[float, float]:
        value, misfit = _fitted(system, h, target, 1e-3 * guess)
        return value, float(np.sqrt(max(misfit - least, 0.0)))

    low, high = (_edge(profile, start, sign * guess, float(np.sqrt(excess))) for sign in (-1, 1))
    return min(low, start), max(high, start)


def resolution(found: Continuation) -> np.ndarray:
    """Return the full width at half maximum with which weight added at each energy reappears, (energy,).

    The width of a Gaussian with the same (integral r)^2/integral r^2 as the linear response r of the spectrum.
    """
    reply = found.response
    square = np.sum(reply**2 / found.width[:, None], axis=0)
    return WIDTHS * reply.sum(axis=0) ** 2 / np.maximum(square, 1e-300)


def narrow(found: Continuation, low: float, high: float) -> float | None:
    """Return the smallest resolution in a window where the window is narrower than twice that, None otherwise.

    Weight that reappears as a Gaussian stays in a window of twice its full width to 98 %, of once to 76 %. The
    posterior and the spread do not know of weight that was never resolved; in a narrow window only the bounds hold.
    """
    inside = window_share(found.energy, low, high) > 0
    least = float(resolution(found)[inside].min())
    width = min(high, found.energy[-1]) - max(low, found.energy[0])
    return least if width < 2 * least else None


def doubts(found: Continuation, *, open_low: bool = True) -> tuple[str, ...]:
    """Return what speaks against a spectrum, in words with numbers; empty where nothing does.

    Parameters
    ----------
    open_low : whether the spectrum may go on below the grid; False for bosons, whose grid begins at zero.
    """
    said = []
    if found.good < FEWEST:
        said.append(f"the data fix only {found.good:.1f} numbers of the spectrum")
    expected = found.directions + 5 * np.sqrt(2 * found.directions)
    if found.chi2 > expected:
        said.append(f"chi2 = {found.chi2:.0f} for {found.directions} directions: the fit fails")
    top, ends = found.spectrum.max(), [found.spectrum[-1]] + ([found.spectrum[0]] if open_low else [])
    if max(ends) > 0.1 * top:
        said.append(f"the spectrum is {max(ends) / top:.2f} of its maximum at an end of the grid")
    return tuple(said)


def _fitted(system: Whitened, h: np.ndarray, target: float | None, scale: float) -> tuple[float, float]:
    """Return (h.a, misfit) of the non-negative fit, drawn to ``target`` where one is given."""
    K, y = system.kernel, system.data
    if target is not None:
        K, y = np.vstack([K, h / scale]), np.append(y, target / scale)
    a = nnls(K, y, maxiter=30 * K.shape[1])[0]
    rest = system.kernel @ a - system.data
    return float(h @ a), float(rest @ rest)


def _edge(profile: Callable[[float], tuple[float, float]], start: float, step: float, goal: float) -> float:
    """Return the value, on the side of ``step``, where the root of the excess misfit reaches ``goal``.

    That root is nearly linear in the value: it is bracketed, then found by false position with bisection in turn.
    """
    inside, outside = (start, 0.0), None
    target = start + step * goal
    for turn in range(60):
        value, root = profile(target)
        if abs(root - goal) < 0.02 * goal:
            return value
        if root > goal:
            outside = (value, root)
        else:
            if abs(value - target) > 0.5 * abs(target - inside[0]):
                return value  # no spectrum lies further out
            inside = (value, root)
        if outside is None:
            target = start + (inside[0] - start) * min(max(1.05 * goal / max(root, 1e-12), 1.5), 4.0)
        elif turn % 3 == 2:
            target = (inside[0] + outside[0]) / 2
        else:
            share = (goal - inside[1]) / (outside[1] - inside[1])
            target = inside[0] + share * (outside[0] - inside[0])
        if outside is not None and abs(outside[0] - inside[0]) < 1e-3 * abs(outside[0] - start):
            return outside[0]
    return target
