"""Nucleation on surfaces that are not planes along the field: edges of a wedge, and planes at an angle to the field."""

import numpy as np
from numpy.polynomial import legendre
from scipy.linalg import eigh

from onnes.errors import InvalidInput
from onnes.model.condensate.ginzburg_landau import GinzburgLandau

RADIAL, ANGULAR = 40, 30
"""Legendre polynomials along the radius and around the edge of a wedge."""
REACH = 18.0
"""Magnetic lengths at which the mode of a wedge has ended: at 90 degrees it falls as exp(-r/3) along the faces."""
SHEATH = 0.77
"""Depth (magnetic lengths) of the middle of the orbit of a surface sheath, the root of 0.590."""
DEEP, ALONG = 30, 50
"""Legendre polynomials into a tilted surface and along it."""


def wedge_field(material: GinzburgLandau, angle: float) -> float:
    r"""Return mu0 Hc3 (T) of the edge of a wedge, the field along the edge: 1.961 Hc2 at 90 degrees.

    .. math:: -(\nabla-iA)^2\psi=\mu\psi,\quad A=\tfrac r2\hat\varphi,\quad\partial_n\psi=0,\qquad
              H_{c3}=H_{c2}/\min\mu

    in magnetic lengths, by Rayleigh and Ritz in polynomials of r and phi that end at 18 lengths: an upper bound of mu,
    and a field that is low by 1e-3 at most at 90 degrees.

    Parameters
    ----------
    angle : between the faces, degrees, from 5 to 120; flatter wedges bind too weakly for this basis.

    References
    ----------
    V. A. Schweigert, F. M. Peeters, Phys. Rev. B 60, 3084 (1999), arXiv:cond-mat/9905016.
    """
    if not 5 <= angle <= 120:
        raise InvalidInput(f"a wedge of {angle} degrees", "give 5 to 120 degrees")
    opening = np.radians(angle)
    # a thin wedge is a rod whose mode is as long as alpha^-1/2
    reach = REACH * max(1.0, (np.pi / 2 / opening) ** 0.5)
    r, wr, value, slope = _polynomials(RADIAL, reach)
    end, end_slope = 1 - r / reach, np.full(r.size, -1 / reach)
    value, slope = value * end[:, None], slope * end[:, None] + value * end_slope[:, None]
    _, wp, around, turning = _polynomials(ANGULAR, opening)
    # functions of r alone may end at the edge as they like, those that depend on phi vanish there as r
    flat = (value, slope, around[:, :1], turning[:, :1])
    bent = (value * r[:, None], slope * r[:, None] + value, around[:, 1:], turning[:, 1:])
    blocks = [[_wedge_block(a, b, r, wr, wp) for b in (flat, bent)] for a in (flat, bent)]
    energy, norm = (np.block([[cell[k] for cell in row] for row in blocks]) for k in (0, 1))
    # reflection at the bisector and conjugation together leave psi as it is: odd polynomials come with i
    turn = np.concatenate([np.ones(RADIAL), np.tile(1j ** (np.arange(1, ANGULAR) % 2), RADIAL)])
    return material.upper_critical_field / _least((turn.conj()[:, None] * energy * turn).real, norm)


def _wedge_block(
    left: tuple, right: tuple, r: np.ndarray, wr: np.ndarray, wp: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return energy and norm between two families of products (radial value, slope, angular value, slope)."""

    def radial(a: np.ndarray, weight: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a.T @ ((wr * weight)[:, None] * b)

    def angular(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a.T @ (wp[:, None] * b)

    (f, df, g, dg), (p, dp, q, dq) = left, right
    same = angular(g, q)
    norm = np.kron(radial(f, r, p), same)
    energy = np.kron(radial(df, r, dp) + radial(f, r**3 / 4, p), same)
    energy = energy + np.kron(radial(f, 1 / r, p), angular(dg, dq))
    # |(1/r) d_phi psi - i (r/2) psi|^2: the cross term is i (r/2)(1/r)(psi* d_phi psi - c.c.)
    cross = np.kron(radial(f, r / 2, p), angular(g, dq) - angular(dg, q))
    return energy + 1j * cross, norm


def tilted_surface_field(material: GinzburgLandau, tilt: float) -> float:
    r"""Return mu0 Hc3 (T) of a plane surface whose field makes an angle with it: from 1.695 Hc2 down to Hc2.

    .. math:: -(\partial_x^2+\partial_s^2)u+(x\cos\theta-s\sin\theta)^2u=\sigma u,\quad\partial_xu=0\ (x=0)

    in magnetic lengths, x into the metal and s along the surface in the plane of the field.

    Parameters
    ----------
    tilt : theta, degrees between field and surface, from 5 to 60; `surface_field` gives that of 0, and beyond 60 the
        mode is bound by less than 2 % of Hc2.

    References
    ----------
    K. Lu, X.-B. Pan, J. Differential Equations 168, 386 (2000), doi:10.1006/jdeq.2000.3892.
    """
    if not 5 <= tilt <= 60:
        raise InvalidInput(f"a tilt of {tilt} degrees", "give 5 to 60 degrees; surface_field gives that of 0")
    theta = np.radians(tilt)
    # along s the mode is confined by the tilt; into the metal it reaches the farther the weaker it is bound
    deep, half = 9.0 / np.cos(theta), 7.0 / np.sqrt(np.sin(theta))
    x, wx, f, df = _polynomials(DEEP, deep)
    s, ws, g, dg = _polynomials(ALONG, 2 * half)
    # both end where they are cut, or the mode would sit in the corners of the box
    f, df = f * (1 - x / deep)[:, None], df * (1 - x / deep)[:, None] - f / deep
    inside, turn = s * (2 * half - s) / half**2, 2 * (half - s) / half**2
    g, dg = g * inside[:, None], dg * inside[:, None] + g * turn[:, None]
    s = s - half + SHEATH / np.tan(theta)  # the middle of the mode: x = s tan(theta)
    norm_x, norm_s = f.T @ (wx[:, None] * f), g.T @ (ws[:, None] * g)
    energy = np.kron(df.T @ (wx[:, None] * df), norm_s) + np.kron(norm_x, dg.T @ (ws[:, None] * dg))
    c, n = np.cos(theta), np.sin(theta)
    for power, factor in ((2, c**2), (1, -2 * c * n), (0, n**2)):
        depth = f.T @ ((wx * x**power)[:, None] * f)
        along = g.T @ ((ws * s ** (2 - power))[:, None] * g)
        energy = energy + factor * np.kron(depth, along)
    return material.upper_critical_field / min(_least(energy, np.kron(norm_x, norm_s)), 1.0)


def _polynomials(count: int, length: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return points, weights, and (point, n) values and slopes of Legendre polynomials on [0, length]."""
    points, weights = legendre.leggauss(count + 8)
    value = legendre.legvander(points, count - 1)
    slope = np.stack([legendre.legval(points, legendre.legder(row)) for row in np.eye(count)], 1)
    return length * (points + 1) / 2, weights * length / 2, value, slope * 2 / length


def _least(energy: np.ndarray, norm: np.ndarray) -> float:
    return float(eigh(energy, norm, eigvals_only=True, subset_by_index=(0, 0))[0])
