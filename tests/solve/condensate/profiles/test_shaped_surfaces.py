"""Nucleation at edges and on tilted planes: known levels, limits and another method."""

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import InvalidInput
from onnes.solve.condensate.profiles import shaped_surfaces

MATERIAL = model.GinzburgLandau(10.0, 20.0)
UPPER = MATERIAL.upper_critical_field


def test_right_edge():
    """The level 0.50991 of polynomials in x and y on a quarter plane; both are upper bounds, within 2e-4."""
    assert UPPER / solve.wedge_field(MATERIAL, 90.0) == pytest.approx(0.50991, abs=2e-4)


def test_thin_wedges():
    """Across a thin wedge psi is constant and <A^2> = (alpha r/2)^2/3: mu = alpha/sqrt 3, corrections in alpha^2."""
    excess = [solve.wedge_field(MATERIAL, a) / UPPER * np.radians(a) / np.sqrt(3) - 1 for a in (6.0, 12.0)]
    assert 0 < excess[0] < 0.01 and excess[1] / excess[0] == pytest.approx(4, rel=0.1)


def test_sharper_edges_nucleate_first():
    fields = [solve.wedge_field(MATERIAL, a) for a in (45.0, 90.0, 120.0)]
    assert (np.diff(fields) < 0).all() and fields[-1] > solve.surface_field(MATERIAL)


def test_a_wedge_as_a_film():
    """The finite volumes of an equilateral triangle of 14 xi, whose corners hardly know one another at their field.

    Its mesh of xi/4 leaves h^2/8 b^2 ~ 1 %, and the neighbours exp(-14/3) squared of it.
    """
    side = 140.0
    triangle = model.polygon(((0.0, 0.0), (side, 0.0), (side / 2, side * np.sqrt(3) / 2)))
    film = model.Film(triangle, 10.0, MATERIAL)
    found = response.nucleation_field(film, spacing=2.5, tolerance=1e-4)
    assert found == pytest.approx(solve.wedge_field(MATERIAL, 60.0), rel=0.02)


def test_tilted_fields():
    """From the plane's down to Hc2, and the slope at small angles."""
    tilts = np.array([5.0, 10.0, 30.0, 60.0])
    fields = np.array([solve.tilted_surface_field(MATERIAL, t) for t in tilts]) / UPPER
    assert (np.diff(fields) < 0).all() and fields[-1] > 1.0
    assert fields[0] < solve.surface_field(MATERIAL) / UPPER
    # the level rises as sin(theta) at first: a sheath that spreads along s costs half a quantum of its confinement
    levels = 1 / fields[:2] - UPPER / solve.surface_field(MATERIAL)
    assert levels[1] / levels[0] == pytest.approx(2, rel=0.05)


def test_a_larger_basis_changes_nothing(monkeypatch):
    before = solve.tilted_surface_field(MATERIAL, 30.0)
    monkeypatch.setattr(shaped_surfaces, "ALONG", 64)
    assert solve.tilted_surface_field(MATERIAL, 30.0) == pytest.approx(before, rel=1e-5)


def test_angles_out_of_range():
    with pytest.raises(InvalidInput, match="wedge of 150"):
        solve.wedge_field(MATERIAL, 150.0)
    with pytest.raises(InvalidInput, match="tilt of 80"):
        solve.tilted_surface_field(MATERIAL, 80.0)
