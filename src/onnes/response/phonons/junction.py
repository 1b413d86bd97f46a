"""How a tunnel junction smears the density of states: three convolutions, as one cumulative distribution.

    thermal    -df/dE at the temperature of the normal electrode, 3.5 kT wide
    Dynes      N_s(E + i Gamma): a Lorentzian of half width Gamma, since N_s(z) is analytic above the axis
    lock-in    a sinusoidal modulation of peak V_p = sqrt(2) V_rms weighs V + V_p u with (2/pi) sqrt(1-u^2)

The first two together have the distribution 1/2 + Im psi(1/2 + (Gamma + iE)/(2 pi kT))/pi. R. C. Dynes,
V. Narayanamurti and J. P. Garno, Phys. Rev. Lett. 41, 1509 (1978).
"""

import numpy as np
from scipy.special import digamma

SPAN = 45.0
"""Width of the tabulated response in units of kT: exp(-45) is rounding."""
TABLE = 20001
NODES = 64
"""Quadrature nodes over the lock-in modulation."""

Response = tuple[np.ndarray, np.ndarray] | None
"""(E, cumulative distribution) of the junction's response; None for a perfectly sharp one."""


def smear(edges: np.ndarray, values: np.ndarray, at: np.ndarray, response: Response) -> np.ndarray:
    """Convolve a function constant over cells, zero outside them, with the response."""
    return np.array([cell_shares(edges, v, response) @ values for v in at])


def cell_shares(edges: np.ndarray, at: float, response: Response) -> np.ndarray:
    """Return the share of each energy cell in the conductance at one bias."""
    if response is None:
        return ((edges[:-1] <= at) & (at < edges[1:])).astype(float)
    return np.diff(np.interp(edges - at, *response, left=0.0, right=1.0))


def junction_response(kt: float, gamma: float, rms: float) -> Response:
    """Return the junction's cumulative response, tabulated densely where it rises.

    Parameters
    ----------
    kt : k T of the normal electrode, meV.
    gamma : Dynes broadening, meV.
    rms : lock-in modulation, meV rms.
    """
    peak, width = np.sqrt(2) * rms, max(kt, gamma)
    if width == 0:
        u = np.sin(np.linspace(-np.pi / 2, np.pi / 2, TABLE))
        return None if peak == 0 else (peak * u, _modulation(u))
    # Lorentzian wings fall like 1/E: the table reaches far, on a sinh grid.
    reach = np.arcsinh((SPAN * kt + 1e5 * gamma) / width)
    energy = width * np.sinh(np.linspace(-reach, reach, TABLE))
    if peak == 0:
        return energy, _distribution(energy, kt, gamma)
    near = np.linspace(-peak - 4 * width, peak + 4 * width, TABLE // 4)
    at = np.unique(np.concatenate([energy[::4], near]))
    if peak < 8 * width:
        # The other response is smooth on the scale of the modulation: Gauss-Chebyshev nodes of sqrt(1 - u^2).
        angle = np.arange(1, NODES + 1) * np.pi / (NODES + 1)
        terms = (np.sin(t) ** 2 * _distribution(at - peak * np.cos(t), kt, gamma) for t in angle)
        return at, 2 / (NODES + 1) * sum(terms)
    # Otherwise the modulation is the smooth one: equal shares of the other response.
    level = (np.arange(4 * NODES) + 0.5) / (4 * NODES)
    shift = np.interp(level, _distribution(energy, kt, gamma), energy)
    return at, sum(_modulation((at - e) / peak) for e in shift) / len(shift)


def _modulation(u: np.ndarray) -> np.ndarray:
    """Return the cumulative distribution of (2/pi) sqrt(1 - u^2)."""
    u = np.clip(u, -1, 1)
    return 0.5 + (u * np.sqrt(1 - u**2) + np.arcsin(u)) / np.pi


def _distribution(energy: np.ndarray, kt: float, gamma: float) -> np.ndarray:
    """Return 1/2 + Im psi(1/2 + (Gamma + iE)/(2 pi kT))/pi, or its limits for kT or Gamma zero."""
    if kt == 0:
        return 0.5 + np.arctan(energy / gamma) / np.pi
    return 0.5 + digamma(0.5 + (gamma + 1j * energy) / (2 * np.pi * kt)).imag / np.pi
