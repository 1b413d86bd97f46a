"""Superfluid density and London depth of an Eliashberg state, from the clean to the dirty limit.

Local (London) electrodynamics, isotropic bands, Born scattering off non-magnetic impurities, which
leave Delta_n as it is and add 1/(2 tau) to the renormalisation (S. B. Nam, Phys. Rev. 156, 470 (1967);
F. Marsiglio, J. P. Carbotte and J. Blezius, Phys. Rev. B 41, 6457 (1990))::

    lambda_L^2(bare, T = 0)/lambda^2(T) = pi T sum_n Delta_n^2 / [R_n^2 (Z_n R_n + 1/(2 tau))],  all n

R = (w^2 + Delta^2)^(1/2). Clean with Z = 1 this is 1 - Y(T) with Yosida's function; clean at T = 0 it is
about 1/(1 + lambda); dirty, with a constant gap, (pi tau/hbar) Delta tanh(Delta/2kT).
"""

from collections.abc import Sequence

import numpy as np

from onnes.errors import CannotProbe, InvalidInput
from onnes.state import State
from onnes.units import E_CHARGE, HBAR_SI, K_B, LIGHT


def superfluid_density(
    state: State, *, scattering: float | Sequence[float] = 0.0, plasma_weights: Sequence[float] | None = None
) -> float:
    """Return the superfluid density lambda_L^2(bare, T = 0)/lambda^2(T), dimensionless.

    Parameters
    ----------
    state : any state with matsubara (n,) meV, gap_matsubara and Z_matsubara (band, n).
    scattering : hbar/tau of impurities, meV: the full width of the normal metal's Drude peak with the
        bare band mass (half of it enters the sum); one number, or one for each band.
    plasma_weights : share of each band in the squared plasma frequency, any norm; needed for
        several bands.

    Raises
    ------
    CannotProbe : a field is missing.
    InvalidInput : a negative scattering rate, or weights that do not fit the bands.
    """
    for name in ("temperature", "matsubara", "gap_matsubara", "Z_matsubara"):
        if name not in state:
            raise CannotProbe("superfluid", name, "give a state of solve.eliashberg")
    if getattr(state.model, "dos", None) is not None:
        raise CannotProbe("superfluid", "a constant density of states", "solve the same glue without dos=")
    omega, gap = state["matsubara"], state["gap_matsubara"]
    rate = _rates(scattering, len(gap))
    root = np.hypot(omega, gap)
    terms = gap**2 / (root**2 * (state["Z_matsubara"] * root + rate[:, None] / 2))
    beyond = _tail(omega, gap[:, -1], rate)
    sums = 2 * np.pi * K_B * float(state["temperature"][0]) * terms.sum(axis=1) + beyond
    return float(_shares(plasma_weights, len(gap)) @ sums)


def bare_london_depth(plasma_energy: float) -> float:
    """Return lambda_L = hbar c/(hbar omega_p), nm, of the bare band from its plasma energy, meV.

    Raises
    ------
    InvalidInput : not positive.
    """
    if not (np.isfinite(plasma_energy) and plasma_energy > 0):
        raise InvalidInput(
            f"plasma energy {plasma_energy} meV", "give a positive number, typically 2000 to 15000 meV"
        )
    return HBAR_SI * LIGHT / (plasma_energy * 1e-3 * E_CHARGE) * 1e9


def _rates(scattering: float | Sequence[float], n_bands: int) -> np.ndarray:
    rates = np.atleast_1d(np.asarray(scattering, dtype=float))
    if rates.shape not in ((1,), (n_bands,)) or not np.all(np.isfinite(rates) & (rates >= 0)):
        raise InvalidInput(
            f"scattering {scattering} meV for {n_bands} band(s)", "give hbar/tau >= 0, once or for each band"
        )
    return np.broadcast_to(rates, (n_bands,))


def _tail(omega: np.ndarray, gap: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the sum beyond the cutoff W with the gap kept at its last value and Z = 1, (band,).

    Integral over |w| > W of Delta^2/[w^2 (w + g/2)]/2 per side, g = hbar/tau: only the dirty limit
    notices, where the summand falls like 1/w^2.
    """
    edge = omega[-1] + (omega[1] - omega[0]) / 2 if len(omega) > 1 else 2 * omega[-1]
    x = rate / (2 * edge)
    # (1/W^2) [1/x - ln(1+x)/x^2] -> 1/(2 W^2) for x -> 0
    small = x < 1e-4
    safe = np.where(small, 1.0, x)
    shape = np.where(small, 0.5 - x / 3, 1 / safe - np.log1p(safe) / safe**2)
    return gap**2 * shape / edge**2


def _shares(weights: Sequence[float] | None, n_bands: int) -> np.ndarray:
    if weights is None:
        if n_bands > 1:
            raise InvalidInput(
                f"the superfluid density of {n_bands} bands", "give plasma_weights=, one share for each band"
            )
        return np.ones(1)
    shares = np.asarray(weights, dtype=float)
    if shares.shape != (n_bands,) or np.any(shares < 0) or not shares.sum() > 0:
        raise InvalidInput(
            f"plasma_weights {weights} for {n_bands} band(s)", "give one non-negative share for each band"
        )
    return shares / shares.sum()
