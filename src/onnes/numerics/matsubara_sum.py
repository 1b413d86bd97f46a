"""Infinite sums over fermionic Matsubara frequencies, exact to rounding.

The first terms are added as they are. The rest is analytic in 1/omega: it is interpolated there and
its powers are summed exactly by the Hurwitz zeta function. No cutoff is left in the result.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from scipy.special import zeta

from onnes.errors import InvalidInput

RADIUS = 8.0
"""Explicit terms reach RADIUS times the largest singularity |omega| of the summand, so that the
Chebyshev series of the tail converges like 30^-k."""
FIRST = 8
"""Fewest explicit terms."""
DEGREE = 12
"""Chebyshev degree of the tail: 30^-12 is far below rounding."""
MOST = 20_000_000
"""Explicit terms above which the temperature is refused as too low to be told from zero."""


def positive_sum(
    function: Callable[[np.ndarray], np.ndarray], temperature: float, scale: float, decay: int = 3
) -> float:
    """Return 2 pi T sum_{n>=0} g((2n+1) pi T); its limit int_0^inf g(omega) domega at T = 0.

    Parameters
    ----------
    function : g, called with float arrays (n,) of positive omega; omega^decay g(omega) must be
        analytic in 1/omega for |omega| > ``scale``.
    temperature : T in energy units, >= 0.
    scale : the largest |omega| at which g is singular, > 0.
    decay : g falls like omega^-decay, at least 2.

    Raises
    ------
    InvalidInput : a temperature so low that more than ``MOST`` terms would be needed.
    """
    if temperature == 0:
        return _integral(function, scale)
    count = max(FIRST, int(np.ceil(RADIUS * scale / (2 * np.pi * temperature))))
    if count > MOST:
        raise InvalidInput(
            f"a temperature of {temperature:.3g} needs {count} Matsubara terms", "give temperature 0"
        )
    step = 2 * np.pi * temperature
    explicit = np.sum(function(step * (np.arange(count) + 0.5)))
    return float(step * (explicit + _tail(function, step, count, decay)))


def _tail(function: Callable[[np.ndarray], np.ndarray], step: float, count: int, decay: int) -> float:
    """Sum over n >= count, with x = omega_count/omega in (0, 1] as the variable of the interpolation."""
    first = step * (count + 0.5)
    nodes, to_series, to_powers = _interpolation()
    omega = first / nodes
    # the series' terms fall like 30^-k before they meet the large coefficients of the polynomials
    powers = to_powers @ (to_series @ (function(omega) * omega**decay))
    exponents = decay + np.arange(len(powers))
    # sum_n (omega_count/omega_n)^p = (count + 1/2)^p zeta(p, count + 1/2); in logarithms against overflow
    sums = np.exp(exponents * np.log(count + 0.5) + np.log(zeta(exponents, count + 0.5)))
    return float(powers @ sums) / first**decay


@lru_cache(maxsize=1)
def _interpolation() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chebyshev nodes of (0, 1), the matrix from values to Chebyshev coefficients, and from these to powers."""
    size = DEGREE + 1
    angle = np.pi * (np.arange(size) + 0.5) / size
    to_series = 2 / size * np.cos(np.outer(np.arange(size), angle))
    to_series[0] /= 2
    to_powers = np.zeros((size, size))
    for k in range(size):
        to_powers[: k + 1, k] = Chebyshev.basis(k, domain=[0, 1]).convert(kind=Polynomial).coef
    return (1 + np.cos(angle)) / 2, to_series, to_powers


def _integral(function: Callable[[np.ndarray], np.ndarray], scale: float) -> float:
    """Double-exponential rule on (0, inf): omega = scale exp((pi/2) sinh t)."""
    grid = np.linspace(-3.9, 3.9, 313)
    omega = scale * np.exp(np.pi / 2 * np.sinh(grid))
    weight = omega * np.pi / 2 * np.cosh(grid) * (grid[1] - grid[0])
    return float(np.sum(function(omega) * weight))
