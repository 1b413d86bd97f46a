"""The field of a film's own currents in reduced units."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.response.condensate.flow import free_energy, loop_flux
from onnes.response.condensate.induction import Induction, field_energy, sheet_currents
from onnes.response.condensate.mesh import film_mesh
from onnes.units import MU_0


def rectangle(width=300.0, height=200.0):
    shape = on.model.rectangle(width, height)
    return on.model.Film(shape, 20.0, on.model.GinzburgLandau(10.0, 100.0))


def square_loop(mesh, half):
    """Unit current anticlockwise around a square of 2 half cells a side: the curl of a step."""
    ny, nx = mesh.shape
    step = np.zeros((ny + 1, nx + 1))
    cy, cx = ny // 2, nx // 2
    step[cy - half + 1 : cy + half, cx - half + 1 : cx + half] = 1.0
    return np.diff(step, axis=0)[:, 1:] / mesh.hy, -np.diff(step, axis=1)[1:] / mesh.hx


def test_field_of_a_square_loop_in_tesla():
    film = rectangle(800.0, 800.0)
    mesh = film_mesh(film, 5.0)
    induction = Induction(mesh, film.pearl_length / 10.0)
    half = 40
    sheet = square_loop(mesh, half)
    field = induction.field(*sheet)[79, 79] * film.material.upper_critical_field
    # one unit of current is J_0 d xi; a square of side a makes 2 sqrt2 mu0 I/(pi a) in its middle, and a band of one
    # cell is as good as a wire up to (h/a)^2
    current = film.sheet_current * 1e-6 * 10.0
    side = (2 * half - 1) * 5e-9
    assert np.isclose(field, 2 * np.sqrt(2) * MU_0 * current / (np.pi * side), rtol=1e-3)


def test_far_field_is_that_of_a_dipole():
    film = rectangle(2000.0, 100.0)
    mesh = film_mesh(film, 5.0)
    induction = Induction(mesh, film.pearl_length / 10.0)
    sheet = square_loop(mesh, 4)
    field = induction.field(*sheet)[9]
    distance = (mesh.x - mesh.x[199]) / 10.0
    moment = (7 * mesh.hx) * (7 * mesh.hy)
    far = distance > 50
    # B_z = -(2/Lambda) m/4 pi r^3 in reduced units; a square of side a departs by (9/8)(a/r)^2 at most
    expected = -2 / induction.pearl_length * moment / (4 * np.pi * distance[far] ** 3)
    assert np.allclose(field[far], expected, rtol=9 / 8 * (3.5 / 50) ** 2)


def test_links_are_symmetric_and_agree_with_the_field():
    mesh = film_mesh(rectangle(), 10.0)
    induction = Induction(mesh, 20.0)
    rng = np.random.default_rng(1)
    one, other = ([rng.normal(size=mesh.shape) for _ in range(2)] for _ in range(2))
    for sheet in (one, other):
        sheet[0][:, -1] = 0.0
        sheet[1][-1] = 0.0

    def mutual(a, b):
        x, y = induction.links(*b)
        return mesh.hy * (a[0] * x).sum() + mesh.hx * (a[1] * y).sum()

    assert np.isclose(mutual(one, other), mutual(other, one), rtol=1e-10)
    assert field_energy(mesh, one, induction.links(*one)) > 0
    links = induction.links(*one)
    flux = loop_flux(*links)[:-1, :-1]
    assert np.allclose(induction.field(*one)[:-1, :-1] * mesh.hx * mesh.hy, flux, atol=1e-13)
    assert (links[0][:, -1] == 0).all() and (links[1][-1] == 0).all()
    stacked = induction.links(np.stack([one[0], other[0]]), np.stack([one[1], other[1]]))
    assert np.allclose(stacked[0][0], links[0], atol=1e-14)


def test_supercurrent_is_minus_half_the_derivative_of_the_energy():
    """Which makes the film's energy plus `field_energy` stationary at the links that the currents induce."""
    mesh = film_mesh(rectangle(120.0, 80.0), 10.0)
    rng = np.random.default_rng(2)
    psi = mesh.inside * np.exp(1j * rng.normal(0, 0.3, mesh.shape))
    links = [rng.normal(0, 0.2, mesh.shape) for _ in range(2)]
    change = [rng.normal(0, 1.0, mesh.shape) for _ in range(2)]

    def energy(step):
        moved = tuple(a + step * c for a, c in zip(links, change, strict=True))
        weights = (mesh.cell, mesh.face_x, mesh.face_y)
        return free_energy(psi, moved, weights, mesh.strength, mesh.loss, (mesh.hx, mesh.hy))

    slope = (energy(1e-5) - energy(-1e-5)) / 2e-5
    sheet = sheet_currents(mesh, psi, *links)
    assert np.isclose(slope, -2 * field_energy(mesh, sheet, tuple(change)), rtol=1e-8)


def test_pearl_length_must_be_positive():
    with pytest.raises(InvalidInput, match="Pearl length"):
        Induction(film_mesh(rectangle(), 10.0), 0.0)
