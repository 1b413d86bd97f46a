"""Compiled loops of the time-dependent Ginzburg-Landau engine, over rows of padded arrays.

Every array but the potentials is (ny + 2, nx + 2) with a rim of zeros. ``links`` are (4, ...): weight times cosine and
sine of the link phases along x and along y. With G = -(dF/dpsi*)/(hx hy), s^2 = 1 + gamma^2 |psi|^2 and the mass m,

    d psi/dt = -i mu psi + V,    V = (s/(u m)) [G - (gamma^2/s^2) Re(psi* G) psi],    div J_s = Im(psi* G).

No fused multiplications, no reductions across rows: the same bits on any number of threads.
"""

from math import cos, sin, sqrt

import numpy as np
from numba import njit

_FAST = {"cache": True, "error_model": "numpy", "nogil": True}


@njit(inline="always", **_FAST)
def _force(re, im, links, diagonal, j, i, growth):
    """Return G of a cell: neighbours, minus the diagonal, plus growth = w (eps - |psi|^2)."""
    a, b, k = re[j, i], im[j, i], growth - diagonal[j, i]
    real = (
        links[0, j, i] * re[j, i + 1]
        + links[1, j, i] * im[j, i + 1]
        + links[0, j, i - 1] * re[j, i - 1]
        - links[1, j, i - 1] * im[j, i - 1]
        + links[2, j, i] * re[j + 1, i]
        + links[3, j, i] * im[j + 1, i]
        + links[2, j - 1, i] * re[j - 1, i]
        - links[3, j - 1, i] * im[j - 1, i]
        + k * a
    )
    imag = (
        links[0, j, i] * im[j, i + 1]
        - links[1, j, i] * re[j, i + 1]
        + links[0, j, i - 1] * im[j, i - 1]
        + links[1, j, i - 1] * re[j, i - 1]
        + links[2, j, i] * im[j + 1, i]
        - links[3, j, i] * re[j + 1, i]
        + links[2, j - 1, i] * im[j - 1, i]
        + links[3, j - 1, i] * re[j - 1, i]
        + k * b
    )
    return real, imag


@njit(**_FAST)
def stage_uniform(j0, j1, y, older, origin, slope, links, diagonal, maps, c, out):
    """One stage of RKL2 in a film that is the same everywhere; maps = (eps, 1/u, gamma^2)."""
    strength, inverse_u, gamma2 = maps[0], maps[1], maps[2]
    re, im = y[0], y[1]
    for j in range(j0, j1):
        for i in range(1, re.shape[1] - 1):
            a, b = re[j, i], im[j, i]
            density = a * a + b * b
            gr, gi = _force(re, im, links, diagonal, j, i, strength - density)
            s2 = 1.0 + gamma2 * density
            step = c[3] * sqrt(s2) * inverse_u
            q = gamma2 * (a * gr + b * gi) / s2
            out[0, j, i] = (
                c[0] * a
                + c[1] * older[0, j, i]
                + c[2] * origin[0, j, i]
                + step * (gr - q * a)
                + c[4] * slope[0, j, i]
            )
            out[1, j, i] = (
                c[0] * b
                + c[1] * older[1, j, i]
                + c[2] * origin[1, j, i]
                + step * (gi - q * b)
                + c[4] * slope[1, j, i]
            )


@njit(**_FAST)
def stage_mapped(j0, j1, y, older, origin, slope, links, diagonal, maps, c, out):
    """One stage of RKL2 in any film; maps = (w, eps, 1/(u m), gamma^2) of each cell."""
    re, im = y[0], y[1]
    for j in range(j0, j1):
        for i in range(1, re.shape[1] - 1):
            a, b = re[j, i], im[j, i]
            density = a * a + b * b
            gr, gi = _force(re, im, links, diagonal, j, i, maps[0, j, i] * (maps[1, j, i] - density))
            gamma2 = maps[3, j, i]
            s2 = 1.0 + gamma2 * density
            step = c[3] * sqrt(s2) * maps[2, j, i]
            q = gamma2 * (a * gr + b * gi) / s2
            out[0, j, i] = (
                c[0] * a
                + c[1] * older[0, j, i]
                + c[2] * origin[0, j, i]
                + step * (gr - q * a)
                + c[4] * slope[0, j, i]
            )
            out[1, j, i] = (
                c[0] * b
                + c[1] * older[1, j, i]
                + c[2] * origin[1, j, i]
                + step * (gi - q * b)
                + c[4] * slope[1, j, i]
            )


@njit(**_FAST)
def velocity_uniform(j0, j1, y, links, diagonal, maps, out, charge, rate):
    """Write V, div J_s (ny, nx), and for each cell the bound of the rate at which V can relax."""
    strength, inverse_u, gamma2 = maps[0], maps[1], maps[2]
    re, im = y[0], y[1]
    for j in range(j0, j1):
        for i in range(1, re.shape[1] - 1):
            a, b = re[j, i], im[j, i]
            density = a * a + b * b
            gr, gi = _force(re, im, links, diagonal, j, i, strength - density)
            s2 = 1.0 + gamma2 * density
            mobility = sqrt(s2) * inverse_u
            q = gamma2 * (a * gr + b * gi) / s2
            out[0, j, i] = mobility * (gr - q * a)
            out[1, j, i] = mobility * (gi - q * b)
            charge[j - 1, i - 1] = a * gi - b * gr
            rate[j - 1, i - 1] = mobility * (2 * diagonal[j, i] + abs(strength) + 3 * density)


@njit(**_FAST)
def velocity_mapped(j0, j1, y, links, diagonal, maps, out, charge, rate):
    """The same where the film varies."""
    re, im = y[0], y[1]
    for j in range(j0, j1):
        for i in range(1, re.shape[1] - 1):
            a, b = re[j, i], im[j, i]
            density = a * a + b * b
            weight, strength, gamma2 = maps[0, j, i], maps[1, j, i], maps[3, j, i]
            gr, gi = _force(re, im, links, diagonal, j, i, weight * (strength - density))
            s2 = 1.0 + gamma2 * density
            mobility = sqrt(s2) * maps[2, j, i]
            q = gamma2 * (a * gr + b * gi) / s2
            out[0, j, i] = mobility * (gr - q * a)
            out[1, j, i] = mobility * (gi - q * b)
            charge[j - 1, i - 1] = a * gi - b * gr
            rate[j - 1, i - 1] = mobility * (2 * diagonal[j, i] + weight * (abs(strength) + 3 * density))


@njit(**_FAST)
def first_stage(y, slope, step, out):
    """Write y + step * slope."""
    for k in range(2):
        for j in range(1, y.shape[1] - 1):
            for i in range(1, y.shape[2] - 1):
                out[k, j, i] = y[k, j, i] + step * slope[k, j, i]


@njit(**_FAST)
def half_turn(angle, turn):
    """Write exp(-i angle) to ``turn`` (2, ny + 2, nx + 2) by the Pade form (2, 2), whose modulus is one."""
    for j in range(angle.shape[0]):
        for i in range(angle.shape[1]):
            f = angle[j, i]
            a, b = 1.0 - f * f / 12, 0.5 * f
            n = 1 / (a * a + b * b)
            turn[0, j + 1, i + 1] = (a * a - b * b) * n
            turn[1, j + 1, i + 1] = -2 * a * b * n


@njit(**_FAST)
def turned(y, turn, out):
    """Write y times ``turn``."""
    for j in range(1, y.shape[1] - 1):
        for i in range(1, y.shape[2] - 1):
            a, b, c, s = y[0, j, i], y[1, j, i], turn[0, j, i], turn[1, j, i]
            out[0, j, i] = a * c - b * s
            out[1, j, i] = a * s + b * c


@njit(**_FAST)
def defect(begin, end, slope0, slope1, turn, excess0, excess1, dt, square):
    """Write |end - begin - dt (f0 + f1)/2|^2 of each cell, in the frame that turns with the potential of the step.

    ``begin`` and ``end`` are in that frame already; the slopes V are turned into it, and the potentials in excess of
    that of the step turn psi in it.
    """
    for j in range(1, begin.shape[1] - 1):
        for i in range(1, begin.shape[2] - 1):
            c, s = turn[0, j, i], turn[1, j, i]
            e0, e1 = excess0[j - 1, i - 1], excess1[j - 1, i - 1]
            a0, b0, a1, b1 = begin[0, j, i], begin[1, j, i], end[0, j, i], end[1, j, i]
            u0, v0, u1, v1 = slope0[0, j, i], slope0[1, j, i], slope1[0, j, i], slope1[1, j, i]
            fr = u0 * c - v0 * s + e0 * b0 + u1 * c + v1 * s + e1 * b1
            fi = u0 * s + v0 * c - e0 * a0 - u1 * s + v1 * c - e1 * a1
            dr = a1 - a0 - 0.5 * dt * fr
            di = b1 - b0 - 0.5 * dt * fi
            square[j - 1, i - 1] = dr * dr + di * di


@njit(**_FAST)
def weighted_links(angle_x, angle_y, weight_x, weight_y, out):
    """Write weight times cosine and sine of the link phases, both (ny, nx), to ``out`` (4, ny + 2, nx + 2)."""
    for j in range(angle_x.shape[0]):
        for i in range(angle_x.shape[1]):
            out[0, j + 1, i + 1] = weight_x[j, i] * cos(angle_x[j, i])
            out[1, j + 1, i + 1] = weight_x[j, i] * sin(angle_x[j, i])
            out[2, j + 1, i + 1] = weight_y[j, i] * cos(angle_y[j, i])
            out[3, j + 1, i + 1] = weight_y[j, i] * sin(angle_y[j, i])


def rkl2(stages: int) -> tuple[float, np.ndarray]:
    """Return the first weight and the coefficients (stage, 5) of Runge-Kutta-Legendre of second order.

    Y_j = c0 Y_(j-1) + c1 Y_(j-2) + c2 Y_0 + c3 dt M Y_(j-1) + c4 dt M Y_0 for j = 2, 3, ...; stable while dt times the
    largest rate is below (s^2 + s - 2)/2. C. D. Meyer, D. S. Balsara and T. D. Aslam, J. Comput. Phys. 257, 594
    (2014), doi:10.1016/j.jcp.2013.08.021.
    """
    j = np.arange(stages + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        b = (j * j + j - 2) / (2 * j * (j + 1))
    b[:2] = 1 / 3
    w = 4 / (stages**2 + stages - 2)
    rows = []
    for k in range(2, stages + 1):
        mu, nu = (2 * k - 1) / k * b[k] / b[k - 1], -(k - 1) / k * b[k] / b[k - 2]
        rows.append((mu, nu, 1 - mu - nu, mu * w, -(1 - b[k - 1]) * mu * w))
    return b[1] * w, np.array(rows)
