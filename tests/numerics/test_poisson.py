"""The potential equation: exact on rectangles and cut meshes, and of second order at curved edges."""

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.model.condensate.shapes import antidots, disk, polygon, rectangle, ring
from onnes.numerics.cutcell import cut
from onnes.numerics.poisson import Neumann, Rectangle

SHAPES = {
    "rectangle": rectangle(30, 20),
    "disk": disk(12),
    "ring": ring(12, 5),
    "L": polygon([(0, 0), (24, 0), (24, 9), (9, 9), (9, 24), (0, 24)]),
    "antidots": antidots(rectangle(24, 24), 1.6, 4, 4),
    "slot": rectangle(24, 24).minus(rectangle(1.1, 16)),
}


def solver(shape, spacing=0.5, **options):
    grid = cut(shape.polygon, spacing)
    return grid, Neumann(grid.face_x, grid.face_y, grid.hx, grid.hy, **options)


def source(neumann, seed=0):
    """Random numbers inside, of sum zero."""
    inside = neumann.inside.reshape(neumann.shape)
    rhs = np.where(inside, np.random.default_rng(seed).normal(size=neumann.shape), 0.0)
    rhs[inside] -= rhs[inside].mean()
    return rhs


@pytest.mark.parametrize("name", SHAPES)
def test_solution_fulfils_the_equation(name):
    _, neumann = solver(SHAPES[name])
    assert neumann.method == ("direct" if name == "rectangle" else "capacitance")
    rhs = source(neumann)
    # two direct solves of condition (n/pi)^2 ~ 500: rounding of 1e-16 leaves some 1e-13
    assert neumann.residual(neumann.solve(rhs), rhs) < 1e-11
    x = neumann.solve(rhs)
    assert np.all(x[~neumann.inside.reshape(x.shape)] == 0) and abs(x.sum()) < 1e-9


@pytest.mark.parametrize("name", ["ring", "antidots"])
def test_conjugate_gradients_find_the_same(name):
    _, exact = solver(SHAPES[name])
    _, iterated = solver(SHAPES[name], most_bonds=0, tolerance=1e-12)
    assert iterated.method == "conjugate gradients"
    rhs = source(exact)
    x = exact.solve(rhs)
    # the error of x is at most the condition (~1e3) times the residual
    assert np.abs(iterated.solve(rhs) - x).max() < 1e-9 * np.abs(x).max()
    cold = iterated.iterations
    iterated.solve(rhs, guess=x * (1 + 1e-6))
    assert iterated.iterations < 0.7 * cold


def test_weights_that_vary_everywhere():
    """A current through layers in series: the drop across each face is the current over its weight."""
    wx = np.exp(np.sin(np.arange(40)))[None, :] * np.ones((1000, 1))
    neumann = Neumann(wx, np.ones((1000, 40)), 0.5, 0.5)
    assert neumann.method == "conjugate gradients"
    rhs = np.zeros((1000, 40))
    rhs[:, 0], rhs[:, -1] = -1.0, 1.0
    x = neumann.solve(rhs)
    drop = np.diff(x, axis=1)
    # residual 1e-10 of the right side, times the condition 40^2
    assert np.allclose(drop * wx[:, :-1] / 0.25, -1.0, atol=1e-6)


def test_separate_parts_have_their_own_zero():
    """Blocks of 2 x 2 cells without connection: each is a ring of four resistors."""
    face_x, face_y = np.zeros((12, 12)), np.zeros((12, 12))
    face_x[:, ::2], face_y[::2] = 1.0, 1.0
    neumann = Neumann(face_x, face_y, 1.0, 1.0)
    rhs = np.zeros((12, 12))
    rhs[4, 6], rhs[4, 7] = 1.0, -1.0
    x = neumann.solve(rhs)
    # between neighbours of a ring of four unit resistors 3/4 of a unit
    assert np.isclose(x[4, 7] - x[4, 6], 0.75, atol=1e-12)
    assert np.count_nonzero(np.abs(x) > 1e-12) == 4 and abs(x[4:6, 6:8].sum()) < 1e-12
    assert neumann.residual(x, rhs) < 1e-11


def test_sources_and_sinks_on_different_parts_are_refused():
    face = np.zeros((12, 12))
    face[:, ::2] = 1.0
    rhs = np.zeros((12, 12))
    rhs[0, 0], rhs[8, 8] = 1.0, -1.0
    with pytest.raises(InvalidInput, match="flows in"):
        Neumann(face, np.zeros((12, 12)), 1.0, 1.0).solve(rhs)


@pytest.mark.parametrize("bad", [-1.0, np.nan, 0.0])
def test_impossible_weights_are_refused(bad):
    with pytest.raises(InvalidInput, match="weights"):
        Neumann(np.full((4, 4), bad), np.full((4, 4), bad), 1.0, 1.0)


@pytest.mark.parametrize("periodic", [(True, False), (False, True), (True, True)])
def test_periodic_axes(periodic):
    """Plane waves are eigenfunctions of a periodic axis; with faces closed the correction is exact too."""
    shape, h = (18, 20), (0.4, 0.5)
    rectangle_ = Rectangle(shape, *h, periodic)
    y, x = np.mgrid[:18, :20]
    wave = np.cos(2 * np.pi * 3 * x / 20) if periodic[1] else np.cos(2 * np.pi * 2 * y / 18)
    k = (2 * np.sin(np.pi * 3 / 20) / 0.4) ** 2 if periodic[1] else (2 * np.sin(np.pi * 2 / 18) / 0.5) ** 2
    found = rectangle_.solve(wave.copy())
    assert np.allclose(found - found.mean(), wave / k, atol=1e-13)
    face_x, face_y = np.ones(shape), np.ones(shape)
    face_x[3:9, 19], face_y[17, 2:5], face_x[5:9, 7] = 0.3, 0.0, 0.0
    neumann = Neumann(face_x, face_y, *h, periodic=periodic)
    rhs = source(neumann)
    assert neumann.method == "capacitance" and neumann.residual(neumann.solve(rhs), rhs) < 1e-11


def error_on_disk(spacing):
    """cos(pi r/R) has no normal derivative at R, and its Laplacian is known."""
    radius = 10.0
    grid, neumann = solver(disk(radius, corners=2000), spacing)
    x, y = np.meshgrid(grid.x, grid.y)
    z = np.pi * np.hypot(x, y) / radius
    exact = np.cos(z)
    rhs = -grid.area * (np.pi / radius) ** 2 * (np.cos(z) + np.sinc(z / np.pi))
    rhs -= grid.area * rhs.sum() / grid.area.sum()
    wrong = neumann.solve(rhs) - exact
    wrong -= (grid.area * wrong).sum() / grid.area.sum()
    return np.sqrt((grid.area * wrong**2).sum() / grid.area.sum())


def test_order_of_convergence_on_a_disk():
    errors = [error_on_disk(h) for h in (1.0, 0.5, 0.25)]
    # second order of the scheme; the cells at the edge vary from mesh to mesh
    assert np.log2(errors[0] / errors[2]) / 2 > 1.7
    assert errors[2] < 2e-3
