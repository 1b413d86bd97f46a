"""The phonon-mediated interaction on the imaginary axis, lambda(i nu) = 2 int dOmega Omega alpha2F/(Omega^2 + nu^2)."""

from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike

from onnes.model.phonons.spectrum import Spectrum

DEGREE = 140
"""Chebyshev degree in ln(nu). lambda has its poles at ln(Omega) ± i pi/2, so the error falls like
rho^-degree with rho > 1.3 for a range of up to ten e-folds: below rounding."""
DIRECT = 400_000
"""Kernel evaluations below which the plain sum is as fast as the interpolation."""


def interaction(spectrum: Spectrum, nu: ArrayLike) -> np.ndarray:
    """Return lambda(i nu) at boson energies ``nu`` (meV, any sign or shape), dimensionless.

    lambda(i nu) = 2 * integral dOmega Omega alpha2F(Omega) / (Omega^2 + nu^2); lambda(0) is lambda.
    """
    points = np.abs(np.asarray(nu, dtype=float))
    flat = points.ravel()
    if flat.size * len(spectrum.frequency) <= DIRECT:
        return _sum(spectrum, flat).reshape(points.shape)
    positive = flat > 0
    low, high = np.log(flat[positive].min()), np.log(flat[positive].max())
    pieces = max(1, int(np.ceil((high - low) / 10)))
    edges = np.linspace(low, high, pieces + 1)
    result = np.full(flat.shape, spectrum.lambda_)
    logs = np.log(flat, where=positive, out=np.full(flat.shape, -np.inf))
    for left, right in pairwise(edges):
        here = (logs >= left) & (logs <= right)
        result[here] = _interpolate(spectrum, logs[here], left, right)
    return result.reshape(points.shape)


def _interpolate(spectrum: Spectrum, logs: np.ndarray, left: float, right: float) -> np.ndarray:
    middle, half = (left + right) / 2, max((right - left) / 2, 1e-12)
    nodes = chebyshev.chebpts1(DEGREE + 1)
    values = _sum(spectrum, np.exp(middle + half * nodes))
    coefficients = chebyshev.chebvander(nodes, DEGREE).T @ values * (2 / (DEGREE + 1))
    coefficients[0] /= 2
    return chebyshev.chebval((logs - middle) / half, coefficients)


def _sum(spectrum: Spectrum, nu: np.ndarray) -> np.ndarray:
    omega = spectrum.frequency
    return (1 / (omega**2 + nu[:, None] ** 2)) @ (2 * omega * spectrum.measure)
