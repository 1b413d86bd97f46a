"""Compiled loops of bulk bodies, the same for long bodies and boxes.

Arrays are (z, y, x) with a rim of one cell, which a long body does not have along z. ``y`` holds real and imaginary
part of psi and the link phases theta along x, y and, in a box, z. With W = a/h^2 and G = -dG/dpsi* /V,

    d psi/dt   = (s/(u m)) [G - (gamma^2/s^2) Re(psi* G) psi],    s^2 = 1 + gamma^2 |psi|^2,
    d theta/dt = (h^2/m_f) [W Im(psi* exp(-i theta) psi_next) - (kappa^2/h) (curl B)].

Rows are counted through all layers, so that threads share them; no sum runs across rows.
"""

from math import sqrt

import numpy as np
from numba import njit

_FAST = {"cache": True, "error_model": "numpy", "nogil": True}


@njit(inline="always", **_FAST)
def _turn(angle):
    """Return cosine and sine of any angle: series of a quarter of the angle in (-pi, pi), doubled twice."""
    r = 0.25 * (angle - 6.283185307179586 * np.floor(angle * 0.15915494309189535 + 0.5))
    q = r * r
    s = r * (
        1.0
        - q
        / 6
        * (
            1.0
            - q / 20 * (1.0 - q / 42 * (1.0 - q / 72 * (1.0 - q / 110 * (1.0 - q / 156 * (1.0 - q / 210)))))
        )
    )
    c = 1.0 - q / 2 * (
        1.0 - q / 12 * (1.0 - q / 30 * (1.0 - q / 56 * (1.0 - q / 90 * (1.0 - q / 132 * (1.0 - q / 182)))))
    )
    c2, s2 = c * c - s * s, 2 * c * s
    return c2 * c2 - s2 * s2, 2 * c2 * s2


@njit(**_FAST)
def links_and_fields(row0, row1, y, weights, own, applied, steps, deep, links, fields):
    """Write W cos(theta), W sin(theta) of each axis, and the induction (Bz, and in a box Bx, By) of each loop.

    ``row0`` to ``row1`` count (layers + 1) x (ny + 1) rows that begin with the lower rim.
    """
    ny, nx = y.shape[2] - 2, y.shape[3] - 2
    hx, hy, hz = steps
    for row in range(row0, row1):
        k, j = row // (ny + 1), row % (ny + 1)
        for i in range(nx + 1):
            tx, ty = y[2, k, j, i], y[3, k, j, i]
            c, s = _turn(tx)
            links[0, k, j, i] = weights[0, k, j, i] * c
            links[1, k, j, i] = weights[0, k, j, i] * s
            c, s = _turn(ty)
            links[2, k, j, i] = weights[1, k, j, i] * c
            links[3, k, j, i] = weights[1, k, j, i] * s
            around = tx + y[3, k, j, i + 1] - y[2, k, j + 1, i] - ty
            fields[0, k, j, i] = around / (hx * hy) if own[2, k, j, i] else applied[2]
        if not deep:
            continue
        for i in range(nx + 1):
            tx, ty, tz = y[2, k, j, i], y[3, k, j, i], y[4, k, j, i]
            c, s = _turn(tz)
            links[4, k, j, i] = weights[2, k, j, i] * c
            links[5, k, j, i] = weights[2, k, j, i] * s
            around = ty + y[4, k, j + 1, i] - y[3, k + 1, j, i] - tz
            fields[1, k, j, i] = around / (hy * hz) if own[0, k, j, i] else applied[0]
            around = tz + y[2, k + 1, j, i] - y[4, k, j, i + 1] - tx
            fields[2, k, j, i] = around / (hz * hx) if own[1, k, j, i] else applied[1]


@njit(inline="always", **_FAST)
def _slope(y, links, fields, cells, masses, numbers, deep, k, j, i):
    """Return the rates of psi and theta of a cell and its links, and a bound of the rate at which psi relaxes."""
    hx, hy, hz, screening, inverse_u, gamma2 = numbers
    a, b = y[0, k, j, i], y[1, k, j, i]
    density = a * a + b * b
    diagonal = cells[0, k, j, i]
    own = cells[1, k, j, i] - cells[2, k, j, i] * density - diagonal
    c, s, ar, br = links[0, k, j, i], links[1, k, j, i], y[0, k, j, i + 1], y[1, k, j, i + 1]
    xr, xi = c * ar + s * br, c * br - s * ar
    c, s, ar, br = links[2, k, j, i], links[3, k, j, i], y[0, k, j + 1, i], y[1, k, j + 1, i]
    yr, yi = c * ar + s * br, c * br - s * ar
    gr, gi = own * a + xr + yr, own * b + xi + yi
    c, s, ar, br = links[0, k, j, i - 1], links[1, k, j, i - 1], y[0, k, j, i - 1], y[1, k, j, i - 1]
    gr += c * ar - s * br
    gi += c * br + s * ar
    c, s, ar, br = links[2, k, j - 1, i], links[3, k, j - 1, i], y[0, k, j - 1, i], y[1, k, j - 1, i]
    gr += c * ar - s * br
    gi += c * br + s * ar
    curl_x = (fields[0, k, j, i] - fields[0, k, j - 1, i]) / hy
    curl_y = (fields[0, k, j, i - 1] - fields[0, k, j, i]) / hx
    tz = 0.0
    if deep:
        c, s, ar, br = links[4, k, j, i], links[5, k, j, i], y[0, k + 1, j, i], y[1, k + 1, j, i]
        zr, zi = c * ar + s * br, c * br - s * ar
        gr += zr
        gi += zi
        c, s, ar, br = links[4, k - 1, j, i], links[5, k - 1, j, i], y[0, k - 1, j, i], y[1, k - 1, j, i]
        gr += c * ar - s * br
        gi += c * br + s * ar
        curl_x -= (fields[2, k, j, i] - fields[2, k - 1, j, i]) / hz
        curl_y += (fields[1, k, j, i] - fields[1, k - 1, j, i]) / hz
        curl_z = (fields[2, k, j, i] - fields[2, k, j, i - 1]) / hx
        curl_z -= (fields[1, k, j, i] - fields[1, k, j - 1, i]) / hy
        tz = masses[2, k, j, i] * (a * zi - b * zr - screening / hz * curl_z)
    tx = masses[0, k, j, i] * (a * xi - b * xr - screening / hx * curl_x)
    ty = masses[1, k, j, i] * (a * yi - b * yr - screening / hy * curl_y)
    s2 = 1.0 + gamma2 * density
    mobility = sqrt(s2) * inverse_u * cells[3, k, j, i]
    q = gamma2 * (a * gr + b * gi) / s2
    bound = mobility * (2 * diagonal + abs(cells[1, k, j, i]) + 3 * density)
    return mobility * (gr - q * a), mobility * (gi - q * b), tx, ty, tz, bound


@njit(**_FAST)
def velocity(row0, row1, y, links, fields, cells, masses, numbers, deep, out, bounds):
    """Write the rates of all unknowns and, for each row, the largest bound of the relaxation rate of psi."""
    ny, nx = y.shape[2] - 2, y.shape[3] - 2
    for row in range(row0, row1):
        k, j = row // ny + deep, row % ny + 1
        most = 0.0
        for i in range(1, nx + 1):
            vr, vi, tx, ty, tz, bound = _slope(y, links, fields, cells, masses, numbers, deep, k, j, i)
            out[0, k, j, i], out[1, k, j, i], out[2, k, j, i], out[3, k, j, i] = vr, vi, tx, ty
            if deep:
                out[4, k, j, i] = tz
            most = max(most, bound)
        bounds[row] = most


@njit(**_FAST)
def stage(row0, row1, y, older, origin, slope, links, fields, cells, masses, numbers, deep, c, out):
    """Write one stage of RKL2: c0 y + c1 older + c2 origin + c3 (rates at y) + c4 slope."""
    ny, nx = y.shape[2] - 2, y.shape[3] - 2
    for row in range(row0, row1):
        k, j = row // ny + deep, row % ny + 1
        for i in range(1, nx + 1):
            vr, vi, tx, ty, tz, _ = _slope(y, links, fields, cells, masses, numbers, deep, k, j, i)
            out[0, k, j, i] = c[3] * vr
            out[1, k, j, i] = c[3] * vi
            out[2, k, j, i] = c[3] * tx
            out[3, k, j, i] = c[3] * ty
            if deep:
                out[4, k, j, i] = c[3] * tz
        for n in range(5 if deep else 4):
            for i in range(1, nx + 1):
                out[n, k, j, i] += (
                    c[0] * y[n, k, j, i]
                    + c[1] * older[n, k, j, i]
                    + c[2] * origin[n, k, j, i]
                    + c[4] * slope[n, k, j, i]
                )


@njit(**_FAST)
def defect(row0, row1, begin, end, slope0, slope1, scales, dt, deep, bounds):
    """Write, for each row, the largest scaled |end - begin - dt (slope0 + slope1)/2|^2 of psi or of a link."""
    ny, nx = begin.shape[2] - 2, begin.shape[3] - 2
    for row in range(row0, row1):
        k, j = row // ny + deep, row % ny + 1
        most = 0.0
        for i in range(1, nx + 1):
            pair = 0.0
            for n in range(2):
                gap = end[n, k, j, i] - begin[n, k, j, i]
                gap -= 0.5 * dt * (slope0[n, k, j, i] + slope1[n, k, j, i])
                pair += gap * gap
            most = max(most, pair)
            for n in range(2, 5 if deep else 4):
                gap = end[n, k, j, i] - begin[n, k, j, i]
                gap -= 0.5 * dt * (slope0[n, k, j, i] + slope1[n, k, j, i])
                most = max(most, gap * gap * scales[n - 2])
        bounds[row] = most
