"""Shapes of plane lattices."""

import numpy as np
import pytest

from onnes import response
from onnes.errors import InvalidInput
from onnes.response.condensate.lattice_geometry import half_lattice

HEXAGON = np.exp(1j * np.pi / 3)


@pytest.mark.parametrize("tau", [HEXAGON, 1j, 0.31 + 1.2j])
def test_every_basis_of_a_lattice_gives_the_same_triangle(tau):
    vectors = response.cell_vectors(50.0, tau, 0.4)
    first = response.lattice_triangle(vectors)
    assert np.isclose(sum(first.angles), 180.0) and max(first.angles) < 90 + 1e-6
    for change in ([[1, 3], [0, 1]], [[2, 1], [1, 1]], [[-5, 2], [2, -1]]):
        other = response.lattice_triangle(np.array(change) @ vectors)
        assert np.allclose(other.sides, first.sides, rtol=1e-12)
        assert np.isclose(
            other.apex, first.apex, atol=1e-5
        )  # arccos near a right angle: rounding of 1e-15/1e-10


def test_triangle_and_square():
    triangle = response.lattice_triangle(response.cell_vectors(50.0, HEXAGON, 0.1))
    assert np.isclose(triangle.apex, 60.0) and triangle.inequality < 1e-12
    square = response.lattice_triangle(response.cell_vectors(50.0, 1j, np.pi / 6))
    assert np.isclose(square.apex, 90.0) and square.inequality < 1e-12
    assert np.isclose(square.orientation % 90, 30.0) and np.isclose(square.base_orientation % 90, 75.0)


@pytest.mark.parametrize("apex", [52.0, 71.0])
def test_the_apex_of_a_rhombus(apex):
    tau = np.exp(1j * np.radians(apex))
    # sides at 90 -+ apex/2 degrees: the base lies along e1
    found = response.lattice_triangle(response.cell_vectors(50.0, tau, np.pi / 2 - np.radians(apex) / 2))
    assert np.isclose(found.apex, apex) and found.inequality < 1e-12
    assert np.isclose(np.sin(np.radians(found.base_orientation)), 0, atol=1e-9)


def test_reciprocal_vectors_and_spots():
    vectors = response.cell_vectors(50.0, HEXAGON, 0.2)
    assert np.allclose(vectors @ response.reciprocal_vectors(vectors).T, 2 * np.pi * np.eye(2))
    spots = response.lattice_bragg_spots(vectors, shells=1.9)
    lengths = np.linalg.norm(spots, axis=1)
    # triangular: six spots of 4 pi/(sqrt3 a), and six sqrt3 farther out
    side = np.linalg.norm(vectors[0])
    assert len(spots) == 12
    assert np.allclose(lengths[:6], 4 * np.pi / (np.sqrt(3) * side))
    assert np.allclose(lengths[6:] / lengths[0], np.sqrt(3))
    assert len(response.lattice_bragg_spots(response.cell_vectors(50.0, 1j), shells=1.5)) == 8


def test_half_of_a_lattice_is_complete():
    basis = np.array([[1.0, 0.2], [0.3, 1.4]])
    metric = np.array([[1.0, 0.3], [0.3, 2.0]])
    m, n = np.meshgrid(np.arange(-30, 31), np.arange(-30, 31))
    every = np.stack([m.ravel(), n.ravel()], -1) @ basis
    square = np.einsum("gi,ij,gj->g", every, metric, every)
    assert 2 * len(half_lattice(basis, metric, 40.0)) == np.sum((square <= 40) & (square > 0))


def test_what_is_no_lattice_is_refused():
    with pytest.raises(InvalidInput, match="parallel"):
        response.reduced_vectors(np.array([[1.0, 2.0], [2.0, 4.0]]))
    with pytest.raises(InvalidInput, match="Im tau"):
        response.cell_vectors(1.0, -1j)
