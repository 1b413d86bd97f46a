"""Rightmost eigenvalues, and Lorentzians against piecewise linear functions."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from onnes.numerics.linalg import rightmost_eigenpair
from onnes.numerics.piecewise import lorentzian_integrals


@pytest.mark.parametrize("size", [3, 15, 60])
def test_rightmost_eigenvalue_of_matrix_and_function(size: int) -> None:
    """The largest eigenvalue, not the largest in magnitude: one at -10 must not win."""
    rng = np.random.default_rng(size)
    q, _ = np.linalg.qr(rng.normal(size=(size, size)))
    values = np.concatenate([[-10.0, 1.5], rng.uniform(-1, 1, size - 2)])
    matrix = (q * values) @ q.T
    for operator in (matrix, lambda x: matrix @ x):
        value, vector = rightmost_eigenpair(operator, np.ones(size))
        assert np.isclose(value, 1.5, atol=1e-9)
        assert np.allclose(matrix @ vector, 1.5 * vector, atol=1e-7)


def test_lorentzian_integrals_against_quadrature() -> None:
    knots, heights = np.array([-50.0, -3.0, 0.5, 20.0, 90.0]), np.array([0.2, 1.5, 0.7, 2.0, 0.1])
    center, width = np.array([0.3, -10.0]), np.array([0.05, 7.0])
    even, odd = lorentzian_integrals(knots, heights, center, width)
    for k in range(2):
        for got, power in ((even[k], 0), (odd[k], 1)):

            def integrand(e: float, c: float = center[k], w: float = width[k], p: int = power) -> float:
                return np.interp(e, knots, heights) * (e - c) ** p / ((e - c) ** 2 + w**2)

            cuts = sorted({*knots, center[k] - 5 * width[k], center[k], center[k] + 5 * width[k]})
            exact = sum(quad(integrand, a, b, epsabs=1e-12, limit=200)[0] for a, b in pairwise(cuts))
            assert np.isclose(got, exact, rtol=1e-8, atol=1e-10)
