"""The polylogarithm Li_s(exp(-a)) for half-integer s and a >= 0, to rounding.

Near a = 0 it has the branch point Gamma(1-s) a^(s-1); there the expansion in the zeta function
converges for a < 2 pi. Away from it the defining series converges as exp(-k a). Floor 2.
"""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gamma, zeta

from onnes.errors import InvalidInput

SWITCH = 1.0
"""Below this a: the expansion around the branch point; above: the defining series."""
EXPANSION_TERMS = 24
"""(SWITCH/2 pi)^24 = 7e-20 bounds what is left out of the expansion."""
SERIES_TERMS = 40
"""exp(-40 SWITCH) = 4e-18 bounds what is left out of the series."""
ZETA_HALF = -1.4603545088095868
"""zeta(1/2), the only value needed inside the critical strip."""


def polylog_exp(order: float, a: ArrayLike) -> np.ndarray:
    """Return Li_s(e^-a) = sum_{k>=1} e^(-k a)/k^s = 1/Gamma(s) * integral x^(s-1) dx/(e^(x+a) - 1).

    Parameters
    ----------
    order : s, half an odd integer (1/2, 3/2, 5/2 ...).
    a : float or array, a >= 0; infinite at a = 0 where s <= 1.

    Raises
    ------
    InvalidInput : an order that is not half an odd integer, a negative or non-finite ``a``.

    References: D. Wood, "The computation of polylogarithms", University of Kent report 15-92 (1992), eq. 9.3.
    """
    if (2 * order) % 2 != 1:
        raise InvalidInput(f"polylogarithm of order {order:g}", "give half an odd integer: 0.5, 1.5, 2.5 ...")
    a = np.asarray(a, dtype=float)
    if not np.all(np.isfinite(a) & (a >= 0)):
        raise InvalidInput("polylogarithm of exp(-a) with a negative or non-finite a", "give a >= 0")
    k = np.arange(1, SERIES_TERMS + 1)
    far = np.sum(np.exp(-np.maximum(a, SWITCH)[..., None] * k) / k**order, axis=-1)
    near = _expansion(order, np.minimum(a, SWITCH))
    return np.where(a < SWITCH, near, far)


def _expansion(order: float, a: np.ndarray) -> np.ndarray:
    """Gamma(1-s) a^(s-1) + sum_k zeta(s-k) (-a)^k/k!."""
    k = np.arange(EXPANSION_TERMS)
    coefficients = np.array([_zeta(order - j) / factorial(j) for j in k])
    with np.errstate(divide="ignore"):
        singular = gamma(1 - order) * a ** (order - 1)
    return singular + np.sum(coefficients * (-a[..., None]) ** k, axis=-1)


def _zeta(s: float) -> float:
    """Riemann zeta at half an odd integer; below 1/2 through the functional equation."""
    if s > 1:
        return float(zeta(s))
    if s == 0.5:
        return ZETA_HALF
    return float(2**s * np.pi ** (s - 1) * np.sin(np.pi * s / 2) * gamma(1 - s) * zeta(1 - s))
