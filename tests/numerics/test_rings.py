"""Circular currents: against Biot-Savart by brute force, and the sheet against a sum of rings."""

import numpy as np
import pytest

from onnes.numerics import rings
from onnes.units import MU_0

POINTS = [(3e-3, -2e-3), (2e-2, 1e-3), (9e-3, 3e-3), (1e-4, -1e-2), (1e-2, -1e-3), (1.01e-2, 3.4e-3)]
RADIUS, BOTTOM, TOP = 1e-2, 0.0, 7e-3


@pytest.mark.parametrize(("r", "z"), POINTS)
def test_ring_is_biot_savart(r, z):
    # the trapezoidal sum over a closed loop converges exponentially: 1e-10 at 4000 points and a distance of a tenth
    phi = 2 * np.pi * np.arange(4000) / 4000
    source = RADIUS * np.stack([np.cos(phi), np.sin(phi), 0 * phi], -1)
    line = RADIUS * np.stack([-np.sin(phi), np.cos(phi), 0 * phi], -1) * 2 * np.pi / 4000
    apart = np.array([r, 0.0, z]) - source
    distance = np.linalg.norm(apart, axis=1)
    potential = MU_0 / (4 * np.pi) * np.sum(line[:, 1] / distance)
    b = MU_0 / (4 * np.pi) * np.sum(np.cross(line, apart) / distance[:, None] ** 3, axis=0)
    # far inside the bracket of the field cancels to m^2 ~ 1e-4 of its size: 1e-11 is left of double precision
    assert rings.mutual(r, z, RADIUS) == pytest.approx(potential, rel=1e-9)
    assert rings.field(r, z, RADIUS) == pytest.approx((b[0], b[2]), rel=1e-8)


@pytest.mark.parametrize(("r", "z"), POINTS)
def test_sheet_is_a_sum_of_rings(r, z):
    # 400 Gauss points, nearest ring 0.1 mm away on 7 mm: measured 1e-9
    x, w = np.polynomial.legendre.leggauss(400)
    at, weight = (TOP - BOTTOM) / 2 * x + (TOP + BOTTOM) / 2, (TOP - BOTTOM) / 2 * w
    radial, axial = rings.field(r, z - at, RADIUS)
    potential = rings.mutual(r, z - at, RADIUS)
    found = rings.sheet(np.array([r]), np.array([z]), RADIUS, BOTTOM, TOP)
    for part, expected in zip(found, (potential, radial, axial), strict=True):
        assert part[0] == pytest.approx(np.sum(weight * expected), rel=2e-8)


def test_series_joins_the_closed_form():
    # either side of m = 1e-2, where one takes over from the other; the function itself changes by 2e-9 between
    a, z = 1.0, 0.3
    r = np.array([1 - 1e-9, 1 + 1e-9]) * np.interp(1e-2, *_radius_for(a, z))
    left, right = rings.mutual(r, z, a) / r
    assert left == pytest.approx(right, rel=1e-8)


def _radius_for(a, z):
    r = np.geomspace(1e-4, 1e-2, 20001)
    return 4 * a * r / ((a + r) ** 2 + z**2), r


def test_inside_a_long_sheet_the_field_is_uniform():
    # ends at 500 radii: each takes (R/2L)^2/2 ~ 5e-7 away
    potential, radial, axial = rings.sheet(np.array([0.0, 0.4]) + 1e-6, np.zeros(2), 1.0, -500.0, 500.0)
    assert axial == pytest.approx(MU_0, rel=2e-6)
    assert np.all(np.abs(radial) < 1e-12 * MU_0)
    assert potential[1] == pytest.approx(MU_0 * 0.4 / 2, rel=5e-6)
