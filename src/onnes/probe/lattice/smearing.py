"""What a tunnelling spectrometer blurs: temperature and the modulation of the bias.

dI/dV(V) = int d omega rho(omega) K(omega - eV), where K is the thermal window -f'(x) of a tip of constant density of
states, convolved with that of a lock-in amplifier that modulates the bias by A cos: (2/pi A^2) sqrt(A^2 - x^2),
which is what the first harmonic of I(V + A cos t) over A sees of dI/dV.
"""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import InvalidInput
from onnes.units import K_B

LOST = 1e-6
"""Share of a window that may lie beyond the energies of a map."""
STEEP = 300.0
"""Largest modulation over pi kT: 5000 nodes."""
NAMES = {
    "ldos": ("tunnelling_conductance", ("x", "y")),
    "tunnelling_map": ("tunnelling_conductance", ("x", "y")),
    "ldos_entry": ("tunnelling_conductance_entry", ("sampled_entry",)),
}


def conductance_map(
    maps: xr.Dataset, temperature: float, *, modulation: float = 0.0, bias: ArrayLike | None = None
) -> xr.Dataset:
    """Return dI/dV as it is measured at a temperature and with a modulated bias.

    The density of states is taken as linear between the energies of the maps, and the integrals are then exact: steps
    finer than the features of the density of states are enough, however cold it is.

    Parameters
    ----------
    maps : Dataset of `ldos` or, for a feedback loop, of `setpoint`.
    temperature : K, of tip and sample, which the occupations have; the gap has that of its state.
    modulation : amplitude A of the modulation of e V, meV (sqrt(2) times its rms value).
    bias : meV (n,); where not given, the energies of the maps whose windows the maps hold.

    Returns
    -------
    Dataset ``tunnelling_conductance`` (bias, x, y), 1/meV, or ``tunnelling_conductance_entry`` (bias, sampled_entry).

    Raises
    ------
    InvalidInput : no map; negative widths; a bias whose window reaches beyond the energies.
    """
    source = next((name for name in NAMES if name in maps), None)
    if source is None:
        raise InvalidInput("a dataset without maps", "give one of probe.ldos or probe.setpoint")
    for name, value in (("temperature", temperature), ("modulation", modulation)):
        if not (np.isfinite(value) and value >= 0):
            raise InvalidInput(f"{name} {value}", "give zero or a positive number")
    energy, values = maps["energy"].values, maps[source].values
    order = np.argsort(energy)
    energy, values = energy[order], values[order]
    if len(energy) < 2:
        raise InvalidInput("maps at a single energy", "compute maps at energies around the bias")
    at = energy if bias is None else np.atleast_1d(np.asarray(bias, float))
    window = smearing(at, energy, K_B * temperature, modulation)
    kept = np.abs(window.sum(axis=1) - 1) < LOST
    if (bias is not None and not np.all(kept)) or not np.any(kept):
        raise InvalidInput(
            f"a window about {at[~kept][0]:.4g} meV that reaches beyond {energy[0]:.4g} to {energy[-1]:.4g} meV",
            f"compute maps some {14 * K_B * temperature + modulation:.3g} meV further",
        )
    name, dims = NAMES[source]
    arrays = {d: maps[d].values for d in dims}
    seen = np.tensordot(window[kept], values, axes=1)
    attrs = {key: value for key, value in maps.attrs.items() if key not in ("title", "onnes_schema")}
    return schema.dataset(
        "tunnelling conductance",
        {"bias": at[kept], **arrays, name: seen},
        **attrs,
        tunnelling_temperature_K=float(temperature),
        modulation_meV=float(modulation),
    )


def smearing(bias: np.ndarray, energy: np.ndarray, kt: float, modulation: float) -> np.ndarray:
    """Return the matrix (bias, energy) that integrates a function, linear between ``energy``, over the window.

    A hat function integrates to the second divided difference of the double integral of the window.
    """
    distance = energy - bias[:, None]
    if kt == 0 and modulation == 0:
        double = np.maximum(distance, 0.0)
    elif kt == 0:
        double = _modulated(distance, modulation)
    else:
        nodes, weights = _second_kind(modulation / (np.pi * kt))
        double = sum(
            w * kt * np.logaddexp(0.0, (distance + modulation * x) / kt)
            for x, w in zip(nodes, weights, strict=True)
        )
    slopes = np.diff(double, axis=1) / np.diff(energy)
    # Half a hat at either end: the window beyond is left out.
    before, beyond = (
        _cumulated(distance[:, 0], kt, modulation, 0.0),
        _cumulated(distance[:, -1], kt, modulation, 1.0),
    )
    edges = np.concatenate([before[:, None], slopes, beyond[:, None]], axis=1)
    return np.diff(edges, axis=1)


def _second_kind(ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss nodes and weights of (2/pi) sqrt(1 - x^2).

    The integrand is analytic up to x = i/ratio, the first pole of the Fermi function: N nodes err by rho^(-2N), with
    rho = 1/ratio + sqrt(1 + 1/ratio^2); here 1e-14.
    """
    if ratio == 0:
        return np.zeros(1), np.ones(1)
    if ratio > STEEP:
        raise InvalidInput(
            f"a temperature that is negligible beside the modulation (A/pi kT = {ratio:.3g})",
            "give temperature 0",
        )
    count = int(np.ceil(16 / np.arcsinh(1 / ratio))) + 1
    angle = np.arange(1, count + 1) * np.pi / (count + 1)
    return np.cos(angle), 2 / (count + 1) * np.sin(angle) ** 2


def _modulated(x: np.ndarray, amplitude: float) -> np.ndarray:
    """Return the double integral of (2/pi A^2) sqrt(A^2 - x^2)."""
    t = np.clip(x / amplitude, -1, 1)
    root = np.sqrt(1 - t**2)
    inside = amplitude * (t * np.arcsin(t) + root - root**3 / 3) / np.pi + amplitude * t / 2
    return np.where(x > amplitude, x, np.where(x < -amplitude, 0.0, inside))


def _cumulated(x: np.ndarray, kt: float, amplitude: float, at_zero: float) -> np.ndarray:
    """Return the integral of the window up to x; of a delta function it is ``at_zero`` at 0."""
    if kt > 0:
        nodes, weights = _second_kind(amplitude / (np.pi * kt))
        return sum(
            w * (0.5 + 0.5 * np.tanh((x + amplitude * n) / (2 * kt)))
            for n, w in zip(nodes, weights, strict=True)
        )
    if amplitude == 0:
        return np.heaviside(x, at_zero)
    t = np.clip(x / amplitude, -1, 1)
    return 0.5 + (np.arcsin(t) + t * np.sqrt(1 - t**2)) / np.pi
