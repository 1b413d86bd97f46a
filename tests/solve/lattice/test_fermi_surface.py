"""Points on the Fermi line: weights, symmetry, errors."""

import numpy as np
import pytest
from scipy.special import ellipk

from onnes import model, solve
from onnes.errors import InvalidInput, InvalidModel


@pytest.mark.parametrize("mu", [-390.0, -200.0, -50.0])
def test_weights_are_the_density_of_states(mu: float) -> None:
    """N(mu) = K(1 - (mu/4t)^2)/(2 pi^2 t); chords and midpoints err by the square of the mesh step."""
    t = 100.0
    bands = model.square({(0, 0): -mu, (1, 0): -t})
    exact = ellipk(1 - (mu / (4 * t)) ** 2) / (2 * np.pi**2 * t)
    errors = [solve.fermi_surface(bands, grid=g).weight.sum() / exact - 1 for g in (96, 192)]
    assert abs(errors[1]) < 1e-3
    assert abs(errors[1]) < 0.5 * abs(errors[0])


def test_points_lie_on_the_line_and_are_permuted_by_the_group() -> None:
    bands = model.square({(0, 0): 90.0, (1, 0): -100.0, (1, 1): 20.0})
    surface = solve.fermi_surface(bands, points=80)
    assert len(surface.operations) == 8
    assert abs(len(surface.k) - 80) <= 16
    assert np.max(np.abs(bands.bloch(surface.k))) < 1e-9
    for operation, image in zip(surface.operations, surface.images, strict=True):
        moved = surface.k[:, :2] @ operation - surface.k[image, :2]
        assert np.max(np.abs(moved - np.round(moved))) < 1e-12
        assert np.allclose(surface.weight[image], surface.weight)


def test_sheets_of_the_five_bands() -> None:
    """Two hole lines around the origin and two equivalent electron lines: three kinds, whose weights add to N."""
    surface = solve.fermi_surface(model.bands("Graser"), points=96)
    assert surface.sheet.max() == 2
    centre = [np.max(np.abs(surface.k[surface.sheet == s]), axis=1).max() for s in range(3)]
    assert sum(c < 0.25 for c in centre) == 2


@pytest.mark.parametrize("anisotropy, order", [(1.0, 8), (1.3, 4)])
def test_point_group_follows_the_bands(anisotropy: float, order: int) -> None:
    cells = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    t = -100.0 * np.array([1, 1, anisotropy, anisotropy])[:, None, None]
    assert len(solve.point_group(model.TightBinding(np.eye(3), cells, t))) == order


def test_hexagonal_group_has_twelve_operations() -> None:
    vectors = np.array([[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, 1]])
    cells = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [-1, 0, 0], [0, -1, 0], [-1, -1, 0]])
    bands = model.TightBinding(vectors, cells, np.full((6, 1, 1), -100.0)).shifted(-550.0)
    surface = solve.fermi_surface(bands)
    assert len(surface.operations) == 12
    # E = -6t + (3/2) t k^2 (1 - k^2/16): N = area/(2 pi 3t) (1 + k^2/8) with k^2 = 1/3 and the area sqrt(3)/2.
    assert surface.weight.sum() == pytest.approx(np.sqrt(0.75) / (2 * np.pi * 300) * 25 / 24, rel=0.01)


def test_errors() -> None:
    square = model.square({(1, 0): -100.0})
    with pytest.raises(InvalidModel, match="no band crosses"):
        solve.fermi_surface(square.shifted(-500.0))
    with pytest.raises(InvalidInput, match="points"):
        solve.fermi_surface(square, points=2)
    cells = np.array([[0, 0, 1], [0, 0, -1]])
    with pytest.raises(InvalidModel, match="third component"):
        solve.fermi_surface(model.TightBinding(np.eye(3), cells, np.full((2, 1, 1), -1.0)))
    cells = np.array([[1, 0, 0], [-1, 0, 0]])
    with pytest.raises(InvalidModel, match="time reversal"):
        solve.fermi_surface(model.TightBinding(np.eye(3), cells, np.array([1j, -1j])[:, None, None]))
