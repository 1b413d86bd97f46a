"""The transition temperature of a ring in a flux (W. A. Little and R. D. Parks, Phys. Rev. Lett. 9, 9 (1962))."""

from math import pi

import numpy as np
from scipy.linalg import eigh

from onnes.errors import InvalidInput
from onnes.model.condensate.wire import ThinRing
from onnes.state import Outcome, Report, State

ORDER = 24
"""Legendre polynomials in which the order parameter across the wall is expanded."""


def little_parks(ring: ThinRing, flux: np.ndarray, *, width: float = 0.0) -> State:
    r"""Return the transition temperature of a ring against the flux through its mean radius.

    .. math:: 1-\frac{T_c(\Phi)}{T_{c0}}=\xi_0^2\min_n E_n,\qquad
              -\frac1r(rf')'+(\frac nr-\frac{\pi B r}{\Phi_0})^2f=E_nf,\quad f'=0\text{ at the edges}

    with xi(T) = xi_0/sqrt(1 - T/Tc). For a width of 0 this is (xi_0/R)^2 (n - Phi/Phi_0)^2.

    Parameters
    ----------
    ring : with a material whose critical and working temperature are given; of strength one.
    flux : pi R^2 B in flux quanta (n,).
    width : of the wall, nm, centred on the radius: a flat ring or a cylinder in a field along its axis.

    Returns
    -------
    State of method "little_parks": ``flux``, ``ring_transition`` (K; 0 where the ring never becomes superconducting)
    and ``nucleated_winding``.

    Raises
    ------
    InvalidInput : no temperatures, a ring that is not uniform, a width that is negative or reaches the middle.
    """
    m, radius = ring.material, ring.radius
    if m.critical_temperature is None or m.temperature is None or ring.strength != 1.0:
        raise InvalidInput(
            "a ring that is not uniform or has no temperatures",
            "give critical_temperature and temperature to its GinzburgLandau",
        )
    if not 0 <= width < 2 * radius:
        raise InvalidInput(
            f"a wall of {width} nm on a radius of {radius} nm", "give one from 0 to twice the radius"
        )
    flux = np.atleast_1d(np.asarray(flux, float))
    square = m.coherence_length**2 * (1 - m.temperature / m.critical_temperature)
    found = [_nucleation(radius, width, float(x)) for x in flux]
    lowered = square * np.array([level for level, _ in found])
    fields = {
        "flux": flux,
        "ring_transition": m.critical_temperature * np.maximum(1 - lowered, 0.0),
        "nucleated_winding": np.array([n for _, n in found]),
    }
    return State(
        ring, "little_parks", fields, Report(Outcome.CONVERGED, engine=f"Legendre basis of order {ORDER}")
    )


def _nucleation(radius: float, width: float, flux: float) -> tuple[float, int]:
    """Return the least eigenvalue (1/nm^2) over the winding, and its winding."""
    if width == 0:
        n = round(flux)
        return ((n - flux) / radius) ** 2, n
    # (n/r - phi r/R^2)^2 is least for windings between the fluxes through the inner and the outer edge
    edges = [flux * ((radius + side * width / 2) / radius) ** 2 for side in (-1, 1)]
    trials = range(int(np.floor(min(edges))) - 1, int(np.ceil(max(edges))) + 2)
    levels = [(radial_level(radius, width, flux, n), n) for n in trials]
    return min(levels)


def radial_level(radius: float, width: float, flux: float, winding: int) -> float:
    """Return the least E_n (1/nm^2) of a wall by Rayleigh and Ritz: free edges are natural there."""
    x, weights = np.polynomial.legendre.leggauss(2 * ORDER)
    half = width / 2
    r = radius + half * x
    basis = np.polynomial.legendre.legvander(x, ORDER)
    slopes = np.polynomial.legendre.legval(x, np.polynomial.legendre.legder(np.eye(ORDER + 1))).T / half
    measure = 2 * pi * half * weights * r
    speed = winding / r - flux * r / radius**2
    energy = slopes.T @ (measure[:, None] * slopes) + basis.T @ ((measure * speed**2)[:, None] * basis)
    norm = basis.T @ (measure[:, None] * basis)
    return float(eigh(energy, norm, eigvals_only=True, subset_by_index=(0, 0))[0])
