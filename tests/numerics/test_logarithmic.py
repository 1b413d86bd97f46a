"""Sums of poles on the imaginary axis from a few hundred points."""

import numpy as np

from onnes.numerics import logarithmic


def test_pole_sums_over_seven_decades() -> None:
    """Clenshaw's recurrence amplifies rounding by at most 140^2/2 ulp of the largest term of a piece."""
    poles = np.geomspace(0.03, 300.0, 57)
    weights = np.random.default_rng(2).normal(size=(2, 57)) * poles**2

    def exact(x: np.ndarray) -> np.ndarray:
        return weights @ (1 / (x**2 + poles[:, None] ** 2))

    points = np.geomspace(1e-4, 1e4, 5001)
    found, true = logarithmic.interpolate(exact, points), exact(points)
    assert found.shape == true.shape
    assert np.max(np.abs(found - true)) < 1e4 * np.finfo(float).eps * np.max(np.abs(true))


def test_one_point() -> None:
    assert np.isclose(logarithmic.interpolate(lambda x: 1 / (1 + x**2), np.array([2.0]))[0], 0.2, rtol=1e-12)
