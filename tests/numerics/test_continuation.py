"""Pade approximants, square roots and shifted sums against closed forms and plain sums."""

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.numerics.continuation import ShiftedSums, deposit, mean_inverse_root, pade, upper_root


def test_pade_is_exact_for_a_rational_function() -> None:
    # Two poles are a fraction of four levels: from 5 points on, every approximant is the function itself.
    def f(z: np.ndarray) -> np.ndarray:
        return 1 / (z - 1.3 + 0.2j) + 0.5 / (z + 2.1 + 0.1j)

    z, w = 1j * (2 * np.arange(6) + 1.0), np.linspace(-3, 3, 31) + 0.05j
    assert np.allclose(pade(z, f(z), w), f(w), rtol=1e-8)


def test_pade_ends_early_where_the_function_is_exhausted() -> None:
    z = 1j * (2 * np.arange(30) + 1.0)
    assert np.allclose(pade(z, np.full(30, 2.5), [0.3, 4.0]), 2.5, rtol=1e-12)
    assert np.allclose(pade(z, 1 / (z + 3j), [0.3 + 0.1j]), 1 / (0.3 + 3.1j), rtol=1e-9)


def test_pade_goes_through_its_points_and_takes_several_functions() -> None:
    z = 1j * (2 * np.arange(12) + 1.0)
    values = np.array([np.sqrt(z**2 - 4), np.log(z + 1j)])
    together = pade(z, values, z)
    assert together.shape == (2, 12)
    # Rounding grows by about a digit for every two levels of the fraction: 1e-16 * 10^6.
    assert np.allclose(together, values, rtol=1e-9)
    assert np.array_equal(pade(z, values, z)[1], pade(z, values[1], z))


def test_pade_names_what_does_not_fit() -> None:
    with pytest.raises(InvalidInput, match="as many values"):
        pade([1j, 2j], [1.0], [0.0])
    with pytest.raises(InvalidInput, match="distinct"):
        pade([1j, 1j], [1.0, 2.0], [0.0])


def test_upper_root_is_the_retarded_branch() -> None:
    x = np.linspace(-3, 3, 60) + 1e-9j
    root = upper_root(x**2 - 1)
    assert np.all(root.imag >= 0)
    assert np.all(np.sign(root.real[np.abs(x) > 1.1]) == np.sign(x.real[np.abs(x) > 1.1]))


def test_mean_inverse_root_integrates_the_bcs_edge() -> None:
    # int_0^3 x/sqrt(x^2-1) dx = sqrt(8) with the edge inside a cell. The rule is exact for a linear square;
    # what is left is the curvature of x^2, of order step^(3/2) at the edge and step^2 elsewhere.
    for count in (300, 3000):
        edges = np.linspace(0, 3, count + 1) + 1e-12j
        middle = (edges[1:] + edges[:-1]) / 2
        states = np.sum((middle * mean_inverse_root(edges**2 - 1)).real) * 3 / count
        assert states == pytest.approx(np.sqrt(8), abs=2 * (3 / count) ** 1.5)


def test_deposit_keeps_mass_and_first_moment() -> None:
    random = np.random.default_rng(3)
    nodes, mass = np.sort(random.uniform(1, 9, 40)), random.uniform(0, 1, 40)
    for join in (0.0, 0.3, np.inf):
        weights = deposit(nodes, mass, 0.05, 202, join=join)
        grid = 0.05 * np.arange(202)
        assert weights.sum() == pytest.approx(mass.sum(), rel=1e-10)
        if join == 0:
            assert weights @ grid == pytest.approx(mass @ nodes, rel=1e-10)


def test_deposit_rebuilds_the_piecewise_linear_density() -> None:
    # Trapezoidal masses joined: the density between nodes is the straight line through the heights.
    nodes, step = np.linspace(1, 3, 11), 0.01
    heights = np.sin(nodes)
    mass = heights * 0.2
    mass[[0, -1]] /= 2
    grid = step * np.arange(401)
    inside = (grid > 1.02) & (grid < 2.98)
    density = deposit(nodes, mass, step, 401, join=1.0)[inside] / step
    # A hat-weighted mean of a line is the line; at a kink it is off by step * change of slope / 6.
    assert np.allclose(density, np.interp(grid[inside], nodes, heights), atol=step * 0.2 / 6)


def test_shifted_sums_are_the_plain_sums() -> None:
    sums = ShiftedSums(0.1, 50, 7)
    random = np.random.default_rng(0)
    weights, values = random.normal(size=8), random.normal(size=64) + 1j * random.normal(size=64)
    down = sums.result(sums.kernel(weights) * sums.transform(values))
    up = sums.result(sums.kernel(weights).conj() * sums.transform(values))
    for j in (0, 20, 49):
        assert down[j] == pytest.approx(sum(weights[m] * values[7 + j - m] for m in range(8)), abs=1e-12)
        assert up[j] == pytest.approx(sum(weights[m] * values[7 + j + m] for m in range(8)), abs=1e-12)
