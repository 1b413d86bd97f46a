"""Entropy, specific heat and gap equation of quasiparticles on a Fermi surface, in weak coupling.

For each point, of weight w (one spin), gap D and energy shift d (Doppler, Zeeman; zero without a field), the Bogoliubov
energies d +- E, E = (xi^2 + D^2)^1/2, give with x = (E +- d)/kT and g = 1/4 cosh^2(x/2)::

    S = k w int dxi sum_+- s(x),             s = ln(1 + e^-x) + x/(e^x + 1)
    C = k w int dxi sum_+- g [x^2 - x (dE/dT)/k],   dE/dT = (dD^2/dT)/2E

The gap function is Delta(T) phi. In a separable attraction its amplitude obeys, <...> the average over the surface,

    <phi^2> ln(Tc/T) = 2 pi T sum_n>=0 <phi^2 [1/w_n - 1/(w_n^2 + Delta^2 phi^2)^1/2]>,

so that T dDelta^2/dT = -2 Delta^2 <phi^2 Y>/<phi^2 (1 - Y)> with Yosida's Y = int dxi (-df/dE).
"""

from collections.abc import Callable

import numpy as np

from onnes.numerics.matsubara_sum import positive_sum
from onnes.response.lattice.sheets import FermiSheets
from onnes.units import K_B

REACH = 40.0
"""Energies up to REACH kT above the gap and the shift are kept: exp(-40) is left."""
STEP = 0.75
"""Step of xi over kT. The integrand is analytic for |Im xi| < pi kT: the midpoint rule errs by exp(-8 pi^2/3) = 4e-12
times the strength of the double pole, some 1e-9."""
BLOCK = 4_000_000
"""Entries of the largest array."""

Summand = Callable[[np.ndarray, np.ndarray], np.ndarray]


def sommerfeld_coefficient(sheets: FermiSheets) -> float:
    """Return gamma = (2 pi^2/3) k^2 N(0), meV/K^2 for each cell, N(0) of one spin."""
    return 2 / 3 * np.pi**2 * K_B**2 * sheets.dos


def sheet_entropy(sheets: FermiSheets, temperature: float) -> float:
    """Return the entropy of the quasiparticles, meV/K for each cell."""
    kt = K_B * temperature
    return float(sheets.weight @ thermal(sheets.gap, np.zeros_like(sheets.gap), kt)[0])


def sheet_specific_heat(sheets: FermiSheets, temperature: float, slope: float) -> float:
    """Return the specific heat of the quasiparticles, meV/K for each cell.

    Parameters
    ----------
    sheets : with the gap at ``temperature``.
    temperature : K, positive.
    slope : d ln Delta^2/dT, 1/K: of `weak_coupling_slope`, or of a gap that is given; 0 leaves the term out.
    """
    _, carried, opening = thermal(sheets.gap, np.zeros_like(sheets.gap), K_B * temperature)
    return float(sheets.weight @ (carried - slope * sheets.gap**2 * opening))


def thermal(gap: np.ndarray, shift: np.ndarray, kt: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for a density of one state for each meV and spin, S, C at a fixed gap, and -dC/d(dD^2/dT).

    Units meV/K over 1/meV for the first two (meV^2/K); the third is dimensionless, and Yosida's Y
    where there is no shift.

    Parameters
    ----------
    gap, shift : D and d of each point, meV (n,).
    kt : meV, positive.
    """
    top = max(float(np.max(np.abs(shift), initial=0.0)), float(np.max(gap, initial=0.0))) + REACH * kt
    xi = (np.arange(int(np.ceil(top / (STEP * kt)))) + 0.5) * STEP * kt
    found = np.empty((3, len(gap)))
    for part in np.array_split(np.arange(len(gap)), max(1, len(gap) * len(xi) // BLOCK)):
        energy = np.hypot(xi, gap[part, None])
        entropy, carried, opening = (np.zeros(len(part)) for _ in range(3))
        for sign in (1, -1):
            x = (energy + sign * shift[part, None]) / kt
            size = np.abs(x)
            decay = np.exp(-size)
            slope = decay / (1 + decay) ** 2
            entropy += np.sum(np.log1p(decay) + size * decay / (1 + decay), axis=1)
            carried += np.sum(slope * x**2, axis=1)
            opening += np.sum(slope * x / energy, axis=1)
        # both signs of xi
        found[:, part] = 2 * STEP * kt * np.stack([K_B * entropy, K_B * carried, opening / 2])
    return found[0], found[1], found[2]


def weak_coupling_slope(sheets: FermiSheets, temperature: float) -> float:
    """Return d ln Delta^2/dT in 1/K of a separable attraction, -(2/T) <phi^2 Y>/<phi^2 (1 - Y)>; 0 without a gap."""
    if sheets.largest == 0:
        return 0.0
    kt, moment = K_B * temperature, sheets.weight * sheets.gap**2
    # 1 - Y = 2 pi T sum D^2/R^3 keeps its digits near Tc, the integral of Y far below
    condensed = positive_sum(
        lambda omega: _averaged(omega, sheets.gap, moment, lambda w, d: d**2 / np.hypot(w, d) ** 3),
        kt,
        sheets.largest,
    )
    thermal_part = moment @ thermal(sheets.gap, np.zeros_like(sheets.gap), kt)[2]
    return float(-2 / temperature * thermal_part / condensed)


def gap_equation(sheets: FermiSheets, scale: float, temperature: float, tc: float) -> float:
    """Return 2 pi T sum <phi^2 (1/w - 1/R)>/<phi^2> - ln(Tc/T) with the gap multiplied by ``scale``; rises with it.

    Parameters
    ----------
    sheets : any amplitude.
    scale : factor of the gap, positive.
    temperature, tc : K, positive.
    """
    gap, moment = scale * sheets.gap, sheets.weight * sheets.gap**2

    def summand(w: np.ndarray, d: np.ndarray) -> np.ndarray:
        root = np.hypot(w, d)
        return d**2 / (w * root * (w + root))

    total = positive_sum(
        lambda omega: _averaged(omega, gap, moment, summand), K_B * temperature, float(np.max(gap))
    )
    return total / float(moment.sum()) - np.log(tc / temperature)


def _averaged(omega: np.ndarray, gap: np.ndarray, weight: np.ndarray, function: Summand) -> np.ndarray:
    """Return sum over the points of weight function(omega, gap), (frequency,)."""
    parts = np.array_split(omega, max(1, omega.size * gap.size // BLOCK))
    return np.concatenate([function(part[:, None], gap) @ weight for part in parts])
