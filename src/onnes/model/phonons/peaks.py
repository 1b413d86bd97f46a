"""Spectra built from a few peaks: Einstein modes, cut-off Lorentzians, Debye, and moment-matched pairs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.model.phonons.spectrum import Spectrum

LORENTZ_NODES = 400
DEBYE_NODES = 400


def einstein(frequency: float, coupling: float) -> Spectrum:
    """Return alpha2F = (lambda Omega_E/2) delta(Omega - Omega_E): one mode of coupling lambda (meV, 1)."""
    _positive("frequency", frequency, "meV")
    _positive("coupling", coupling)
    return Spectrum([frequency], [coupling * frequency / 2], [1.0], f"Einstein {frequency:g} meV", True)


def lorentz(frequency: float, coupling: float, width: float, *, nodes: int = LORENTZ_NODES) -> Spectrum:
    """Return a Lorentzian of half width ``width`` cut to zero at three half widths, of coupling lambda.

    alpha2F ~ 1/((Omega-Omega_0)^2 + w^2) - 1/((3w)^2 + w^2) for |Omega - Omega_0| < 3w and Omega > 0.
    """
    _positive("width", width, "meV")
    reach = 3 * width
    if frequency <= reach:
        raise InvalidModel("width", width, f"below a third of the frequency ({frequency / 3:.4g})", "meV")
    grid = np.linspace(frequency - reach, frequency + reach, nodes)
    shape = 1 / ((grid - frequency) ** 2 + width**2) - 1 / (reach**2 + width**2)
    return Spectrum(
        grid, np.maximum(shape, 0), source=f"Lorentz {frequency:g}±{width:g} meV", parametrised=True
    ).with_lambda(coupling)


def debye(cutoff: float, coupling: float, *, nodes: int = DEBYE_NODES) -> Spectrum:
    """Return alpha2F = lambda (Omega/Omega_D)^2 for Omega < Omega_D: acoustic phonons, lambda exact."""
    _positive("cutoff", cutoff, "meV")
    grid = np.linspace(0, cutoff, nodes + 1)[1:]
    return Spectrum(
        grid, (grid / cutoff) ** 2, source=f"Debye {cutoff:g} meV", parametrised=True
    ).with_lambda(coupling)


def from_peaks(frequencies: ArrayLike, couplings: ArrayLike, widths: ArrayLike | None = None) -> Spectrum:
    """Return the sum of peaks: Einstein modes, or Lorentzians where ``widths`` (meV) are given."""
    place, strength = np.atleast_1d(frequencies).astype(float), np.atleast_1d(couplings).astype(float)
    spread = None if widths is None else np.broadcast_to(np.asarray(widths, float), place.shape)
    if place.shape != strength.shape or place.ndim != 1 or place.size == 0:
        raise InvalidModel(
            "couplings", strength.tolist(), f"one number for each of the {place.size} frequencies"
        )
    if spread is None:
        parts = [einstein(w, c) for w, c in zip(place, strength, strict=True)]
    else:
        parts = [lorentz(w, c, s) for w, c, s in zip(place, strength, spread, strict=True)]
    return total(parts)


def from_moments(coupling: float, omega_log: float, omega_2: float) -> Spectrum:
    """Return two equally coupled Einstein modes with the given lambda, omega_log and omega_2 (meV).

    With modes at omega_log e^{+s} and omega_log e^{-s}: omega_2^2 = omega_log^2 cosh(2s).
    """
    _positive("omega_log", omega_log, "meV")
    if omega_2 < omega_log:
        raise InvalidModel("omega_2", omega_2, f"at least omega_log ({omega_log:.4g})", "meV")
    split = np.arccosh((omega_2 / omega_log) ** 2) / 2
    if split < 1e-9:
        return einstein(omega_log, coupling)
    return from_peaks(omega_log * np.exp([-split, split]), [coupling / 2, coupling / 2])


def total(parts: Sequence[Spectrum]) -> Spectrum:
    """Return the sum of several spectra."""
    summed = parts[0]
    for part in parts[1:]:
        summed = summed + part
    return summed


def _positive(name: str, value: float, unit: str = "") -> None:
    if not (np.isfinite(value) and value > 0):
        raise InvalidModel(name, value, "positive", unit)
