"""The superconducting sheath that nucleates on a surface above Hc2."""

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq, minimize_scalar

from onnes.errors import InvalidInput
from onnes.model.condensate.ginzburg_landau import GinzburgLandau

ORDER = 60
"""Legendre polynomials in which the surface sheath is expanded."""
REACH = 9.0
"""Depth (magnetic lengths) at which the sheath is taken to have ended: exp(-9^2/2) of its height."""


def surface_field(material: GinzburgLandau, extrapolation: float = float("inf")) -> float:
    r"""Return mu0 Hc3 (T) of a plane surface parallel to the field.

    .. math:: -u''+(x-x_0)^2u=\beta u,\quad u'(0)=u(0)\,\ell/b,\qquad H_{c3}=H_{c2}/\min_{x_0}\beta

    in magnetic lengths l = sqrt(Phi_0/2 pi Hc3), found together with Hc3 where the de Gennes length b is finite.

    Parameters
    ----------
    extrapolation : b in nm; infinite at a vacuum, 0 or less than xi where the surface destroys pairs.

    References
    ----------
    D. Saint-James, P.-G. de Gennes, Phys. Lett. 7, 306 (1963).
    """
    if not extrapolation >= 0:
        raise InvalidInput(f"an extrapolation length of {extrapolation} nm", "give zero or a positive length")
    bulk = material.upper_critical_field
    if extrapolation == 0:
        return bulk

    # At field B the length l is xi sqrt(Bc2/B); nucleation where B beta(l/b) = Bc2.
    def excess(ratio: float) -> float:
        length = material.coherence_length / np.sqrt(ratio)
        return ratio * lowest_level(length / extrapolation) - 1

    return bulk * float(brentq(excess, 1 - 1e-6, 1.8, xtol=1e-12)) if excess(1 - 1e-6) < 0 else bulk


def lowest_level(loss: float = 0.0) -> float:
    """Return the least eigenvalue of -u'' + (x - x0)^2 u over x0 on x > 0 with u'(0) = loss u(0): 0.590106 at 0."""
    found = minimize_scalar(
        lambda x0: _level(x0, loss), bounds=(0.0, 3.5), method="bounded", options={"xatol": 1e-9}
    )
    return min(float(found.fun), 1.0)


def _level(x0: float, loss: float) -> float:
    """Rayleigh-Ritz in Legendre polynomials: boundary terms enter as they do in the energy."""
    x, weights = np.polynomial.legendre.leggauss(2 * ORDER)
    half = (REACH + x0) / 2
    basis = np.polynomial.legendre.legvander(x, ORDER)
    slopes = np.stack(
        [np.polynomial.legendre.legval(x, np.polynomial.legendre.legder(row)) for row in np.eye(ORDER + 1)], 1
    )
    depth = half * (x + 1)
    energy = slopes.T @ (weights[:, None] * slopes) / half
    energy += basis.T @ ((weights * (depth - x0) ** 2)[:, None] * basis) * half
    wall = (-1.0) ** np.arange(ORDER + 1)
    energy += loss * np.outer(wall, wall)
    norm = np.diag(2 * half / (2 * np.arange(ORDER + 1) + 1))
    return float(eigh(energy, norm, eigvals_only=True, subset_by_index=(0, 0))[0])
