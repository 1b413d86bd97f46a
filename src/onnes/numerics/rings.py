r"""Circular currents and cylindrical current sheets in closed form, by complete elliptic integrals.

Cylindrical coordinates (r, z) in metres, everything around one axis; vector potentials in T m, fields in T. With
:math:`m=4ar/[(a+r)^2+z^2]` a ring of radius a carrying I has

.. math:: A_\varphi=\frac{\mu_0I}{\pi\sqrt m}\sqrt{\frac ar}\left[\left(1-\frac m2\right)K-E\right].

A cylindrical sheet is the integral of rings along z. Its radial field needs no integral: :math:`B_r=-\partial_zA`
is the difference of two rings, at its ends.
"""

import numpy as np
from scipy.special import ellipe, ellipkm1, elliprf, elliprj

from onnes.units import MU_0

SMALL = 1e-2
"""Below this m the bracket cancels to m^2 and its series is used: seven terms leave m^7 = 1e-14."""


def _series() -> np.ndarray:
    """Return the coefficients of (1 - m/2) K(m) - E(m) from m^2 on, over pi/2."""
    half = np.concatenate([[1.0], np.cumprod([(2 * n - 1) / (2 * n) for n in range(1, 10)])])
    square, order = half**2, np.arange(10)
    bracket = square + square / (2 * order - 1)
    bracket[1:] -= square[:-1] / 2
    return np.pi / 2 * bracket[2:]


_COEFFICIENTS = _series()


def mutual(r: np.ndarray, z: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return A_phi (T m/A) at radius ``r`` and distance ``z`` along the axis from a ring of radius ``a``, 1 A.

    Arrays broadcast; r and a positive (m). Symmetric where it should be: r A(r, a) = a A(a, r).
    """
    sum_square = (a + r) ** 2 + z**2
    m = 4 * a * r / sum_square
    complement = ((a - r) ** 2 + z**2) / sum_square
    bracket = (1 - m / 2) * ellipkm1(complement) - ellipe(m)
    series = m**2 * np.polynomial.polynomial.polyval(m, _COEFFICIENTS)
    return MU_0 / np.pi * np.sqrt(a / (r * m)) * np.where(m < SMALL, series, bracket)


def field(r: np.ndarray, z: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (B_r, B_z) in T/A at (r, z) of a ring of radius ``a`` at z = 0 with 1 A; not on the ring itself."""
    sum_square, gap = (a + r) ** 2 + z**2, (a - r) ** 2 + z**2
    k, e = ellipkm1(gap / sum_square), ellipe(4 * a * r / sum_square)
    size = MU_0 / (2 * np.pi * np.sqrt(sum_square))
    radial = size * z / r * ((a**2 + r**2 + z**2) / gap * e - k)
    return radial, size * (k + (a**2 - r**2 - z**2) / gap * e)


def _end_integrals(r: np.ndarray, zeta: np.ndarray, a: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the indefinite integrals over z of the A and of the B_z of a ring, odd in ``zeta``, over mu0."""
    sum_square = (a + r) ** 2 + zeta**2
    m, n = 4 * a * r / sum_square, 4 * a * r / (a + r) ** 2
    complement, rest = 1 - m, ((a - r) / (a + r)) ** 2
    k, e = elliprf(0.0, complement, 1.0), ellipe(m)
    # (1 - n) Pi(n, m), zero at the sheet itself where Pi alone diverges
    safe = np.where(rest > 0, rest, 1.0)
    scaled = rest * k + np.where(rest > 0, rest * n / 3 * elliprj(0.0, complement, 1.0, safe), 0.0)
    potential = (
        zeta * np.sqrt(a / r) / (2 * np.pi) * ((m + n - n * m) * k / (n * np.sqrt(m)) - e / np.sqrt(m))
    )
    potential -= zeta * np.sqrt(a * m / r) / (2 * np.pi) * scaled / n
    difference = np.where(rest > 0, scaled * (a + r) / np.where(rest > 0, a - r, 1.0), 0.0)
    axial = zeta * np.sqrt(m / (a * r)) / (4 * np.pi) * (k + difference)
    return potential, axial


def sheet(
    r: np.ndarray, z: np.ndarray, a: float, bottom: float, top: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return (A_phi, B_r, B_z) for a cylindrical sheet of radius ``a`` from ``bottom`` to ``top``, 1 A/m.

    It is also the field of a uniformly magnetised cylinder, M = 1 A/m along z: A and B inside as well.
    """
    r, z = np.broadcast_arrays(np.asarray(r, float), np.asarray(z, float))
    upper, lower = _end_integrals(r, z - bottom, a), _end_integrals(r, z - top, a)
    radial = mutual(r, z - top, a) - mutual(r, z - bottom, a)
    return MU_0 * (upper[0] - lower[0]), radial, MU_0 * (upper[1] - lower[1])
