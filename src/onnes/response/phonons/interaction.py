"""The phonon-mediated interaction on the imaginary axis, lambda(i nu) = 2 int dOmega Omega alpha2F/(Omega^2 + nu^2)."""

import numpy as np
from numpy.typing import ArrayLike

from onnes.model.phonons.spectrum import Spectrum
from onnes.numerics import logarithmic

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
    result = np.full(flat.shape, spectrum.lambda_)
    positive = flat > 0
    result[positive] = logarithmic.interpolate(lambda x: _sum(spectrum, x), flat[positive])
    return result.reshape(points.shape)


def _sum(spectrum: Spectrum, nu: np.ndarray) -> np.ndarray:
    omega = spectrum.frequency
    return (1 / (omega**2 + nu[:, None] ** 2)) @ (2 * omega * spectrum.measure)
