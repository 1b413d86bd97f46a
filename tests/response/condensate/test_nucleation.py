"""Where the normal state gives way: bulk, plane edge, corner, disk."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import onnes as on
from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.response.condensate.mesh import FilmMesh
from onnes.response.condensate.nucleation import _lowest

MATERIAL = on.model.GinzburgLandau(10.0, 100.0, resistivity=10.0)
UPPER = MATERIAL.upper_critical_field


def film(shape, **more) -> on.model.Film:
    return on.model.Film(shape, 5.0, MATERIAL, **more)


@pytest.mark.parametrize("quanta", [1, 2])
def test_landau_level_of_a_periodic_cell(quanta: int) -> None:
    """Row 1: psi = 0 grows at (1 - b)/u. The error is of order h^2; h^4 is left after extrapolation."""
    b = 0.7
    levels = [on.response.landau_level(b, n, quanta) for n in (8, 16, 32)]
    errors = np.array(levels) - b
    # the stencil lacks h^2/12 (p_x^4 + p_y^4), and <p_x^4> = 3 (b/2)^2 in the lowest level
    h2 = 2 * np.pi * quanta / b / 32**2
    assert errors[2] == pytest.approx(-(b**2) * h2 / 8, rel=0.02)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)
    assert (4 * levels[2] - levels[1]) / 3 == pytest.approx(b, abs=5e-6)


def strip_level(b: float, offset: float, cells: int) -> float:
    """Lowest level of a strip of 14 xi, periodic along x over one narrow cell; ``offset`` is the wavenumber."""
    hy, hx = 14.0 / cells, 1e-3
    y = hy * (np.arange(cells) + 0.5)
    one = np.ones((cells, 1))
    open_y = one.copy()
    open_y[-1] = 0.0
    mesh = FilmMesh(
        np.zeros(1), y, hx, hy, one, one, one, open_y, 0 * one, np.zeros((0, cells, 1)), 5.79 * one, 10 * one
    )
    links = (-b * hx * (y - offset))[:, None], np.zeros((cells, 1))
    return _lowest(mesh, links, one)[0] + 1


def test_plane_edge() -> None:
    """Row 3: Hc3/Hc2 = 1/0.590106 of `solve.surface_field`, from the operator of the films."""
    b = 1.5
    least = [
        minimize_scalar(
            lambda s, n=n: strip_level(b, s, n), bounds=(0.2, 1.5), method="bounded", options={"xatol": 1e-4}
        ).fun
        for n in (70, 140)
    ]
    extrapolated = (4 * least[1] - least[0]) / 3
    # what is left is of order (h/l)^4 ~ 1e-4 times a small factor
    assert extrapolated / b == pytest.approx(UPPER / on.solve.surface_field(MATERIAL), rel=1e-4)


def test_corners_nucleate_above_edges() -> None:
    """A film of 12 xi: its corners beat plane edges; the field found converges with h^2."""
    shape = on.model.rectangle(120.0, 120.0)
    fields = [
        on.response.nucleation_field(film(shape), spacing=h, tolerance=1e-5) / UPPER for h in (6.0, 4.0, 3.0)
    ]
    a, b, c = fields
    # second order: the differences are as 6^2 - 4^2 to 4^2 - 3^2
    assert (a - b) / (b - c) == pytest.approx(20 / 7, rel=0.25)
    assert (16 * c - 9 * b) / 7 > 1.1 * on.solve.surface_field(MATERIAL) / UPPER


@pytest.mark.slow
def test_field_of_a_right_corner() -> None:
    """1.961 Hc2.

    A Rayleigh-Ritz calculation in 46 x 46 Legendre polynomials on a quarter plane of 18 magnetic lengths gives the
    level 0.50991, an upper bound.
    """
    shape = on.model.rectangle(160.0, 160.0)
    fields = [
        on.response.nucleation_field(film(shape), spacing=h, tolerance=1e-6) / UPPER for h in (2.0, 1.0)
    ]
    assert (4 * fields[1] - fields[0]) / 3 == pytest.approx(1 / 0.50991, rel=1e-3)


def test_disk_level_against_the_radial_equation() -> None:
    """The levels of a disk solve a radial equation, here by finite volumes on 400 rings; the least over m counts."""
    radius, b = 4.0, 0.9
    n = 400
    r = radius * (np.arange(n) + 0.5) / n
    h = radius / n

    def radial(m: int) -> float:
        # finite volumes in r: (r f')' with closed ends
        faces = np.arange(1, n) * h / h
        kinetic = np.diag(np.append(faces, 0) + np.append(0, faces)) - np.diag(faces, 1) - np.diag(faces, -1)
        scale = 1 / np.sqrt(r * h)
        full = scale[:, None] * kinetic * scale + np.diag((m / r - b * r / 2) ** 2)
        return float(np.linalg.eigvalsh(full)[0])

    level, mode = on.response.normal_mode(film(on.model.disk(40.0, corners=1024)), b * UPPER, spacing=1.5)
    # h^2/8 b^2 ~ 2e-3 of the lattice, as in a periodic cell, and less from the edge
    assert level == pytest.approx(min(map(radial, range(6))) - 1, abs=4e-3)
    assert np.abs(mode).max() == pytest.approx(1.0)


def test_growth_rate_and_what_stops_it() -> None:
    """Uniform modes grow at eps/u over tau_0; a normal film has no nucleation field."""
    plain = film(on.model.rectangle(100.0, 60.0), strength=0.5)
    assert on.response.growth_rate(plain, 0.0, spacing=5.0) == pytest.approx(
        0.5 / 5.79 / MATERIAL.time, rel=1e-9
    )
    slow = film(on.model.rectangle(100.0, 60.0), relaxation=2.0)
    assert on.response.growth_rate(slow, 0.0, spacing=5.0) == pytest.approx(0.5 / MATERIAL.time, rel=1e-9)
    assert on.response.growth_rate(plain, 2 * UPPER, spacing=5.0) < 0
    with pytest.raises(NoSuperconductivity):
        on.response.nucleation_field(film(on.model.rectangle(100.0, 60.0), strength=-0.1), spacing=5.0)
    with pytest.raises(InvalidInput, match="3 points"):
        on.response.landau_level(0.5, 2)


def test_profiles_are_as_good_as_a_number() -> None:
    shape = film(on.model.rectangle(100.0, 60.0))
    field = on.model.Field(on.model.Uniform(centre=(300.0, -70.0)), on.model.steady(0.8 * UPPER))
    here, there = (on.response.normal_mode(shape, f, spacing=4.0)[0] for f in (0.8 * UPPER, field))
    assert here == pytest.approx(there, abs=1e-10)
