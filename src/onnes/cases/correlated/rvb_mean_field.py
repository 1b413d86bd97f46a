"""Renormalised mean-field theory of valence bonds over doping: amplitudes, order, stiffness, two temperatures."""

from dataclasses import dataclass

import numpy as np

from onnes import model, solve
from onnes.errors import NoSuperconductivity
from onnes.model.correlated.valence_bonds import SquareTJ
from onnes.study.case import Quality

HOPPING = 300.0
"""meV; t and the two J are those quoted for cuprates, none is adjusted."""
EXCHANGE, WEAKER = 120.0, 90.0
"""meV: J/t = 0.4, and 0.3 whose difference is the error that the inputs leave."""
SMALL = (0.002, 0.004)
"""Dopings where powers of x are read off."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the theory gives along a line of dopings; temperatures in K (nan: below what the mesh resolves)."""

    model: SquareTJ
    doping: np.ndarray
    bond: np.ndarray
    singlet: np.ndarray
    order: np.ndarray
    stiffness: np.ndarray
    singlet_temperature: np.ndarray
    phase_temperature: np.ndarray
    worst: float


def line(exchange: float, quality: Quality) -> Line:
    """Return the theory at t = 300 meV and this J (meV)."""
    tj, mesh = model.SquareTJ(t=HOPPING, J=exchange), mesh_of(quality)
    dopings = np.arange(0.0, 0.321, 0.02 if quality is Quality.QUICK else 0.01)
    cold = [solve.renormalised_mean_field(tj, float(x), 0.0, mesh=mesh) for x in dopings]
    warm = np.array([temperatures(tj, float(x), mesh) for x in dopings])
    return Line(
        tj,
        dopings,
        np.array([s["valence_bond"][0].real for s in cold]),
        np.array([s["singlet_amplitude"][0].real for s in cold]),
        np.array([float(s["projected_pairing"]) for s in cold]),
        np.array([float(s["layer_stiffness"][0]) for s in cold]),
        warm[:, 0],
        warm[:, 1],
        max(abs(c.value) for s in cold for c in s.report.checks),
    )


def mesh_of(quality: Quality) -> int:
    """Return the points along each axis of the zone."""
    return 80 if quality is Quality.QUICK else 400


def temperatures(tj: SquareTJ, doping: float, mesh: int) -> tuple[float, float]:
    """Return (K, K): where singlets form, and where their phases order."""
    try:
        return (
            solve.valence_bond_temperature(tj, doping, mesh=mesh),
            solve.phase_ordering_temperature(tj, doping, mesh=mesh),
        )
    except NoSuperconductivity:
        return np.nan, np.nan


def powers(exchange: float, quality: Quality) -> tuple[float, float]:
    """Return d ln/d ln x of the order parameter and of the stiffness at small x."""
    tj, mesh = model.SquareTJ(t=HOPPING, J=exchange), mesh_of(quality)
    pair = [solve.renormalised_mean_field(tj, x, 0.0, mesh=mesh) for x in SMALL]
    step = np.log(SMALL[1] / SMALL[0])
    return tuple(
        float(np.log(pair[1][name].item() / pair[0][name].item()) / step)
        for name in ("projected_pairing", "layer_stiffness")
    )


def top(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return (place, height) of the maximum: parabola through the three highest neighbouring points."""
    i = int(np.clip(np.nanargmax(y), 1, len(x) - 2))
    a, b, c = np.polyfit(x[i - 1 : i + 2] - x[i], y[i - 1 : i + 2], 2)
    return float(x[i] - b / (2 * a)), float(c - b**2 / (4 * a))
