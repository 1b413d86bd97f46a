"""Bose condensation and thermodynamics of the TI-bipolaron gas (contested model).

With a = w0/kT, F_s(a) = Li_s(e^-a), tau = kT/(2 pi hbar^2 n^(2/3)/M), per pair and energies from E_bp::

    Tc:      tau^(3/2) F_{3/2}(a) = 1             [Lakhno: (T/w*)^(3/2) F_{3/2}(w0/T) = C_bp]
    T < Tc:  N'/N = tau^(3/2) F_{3/2}(a),   e = (N'/N) w0 + (3/2) kT tau^(3/2) F_{5/2}(a)
             c/k  = tau^(3/2) [ (15/4) F_{5/2} + 3 a F_{3/2} + a^2 F_{1/2} ]
    T > Tc:  a -> b = (w0 - mu)/kT with tau^(3/2) F_{3/2}(b) = 1
             e = w0 + (3/2) kT F_{5/2}(b)/F_{3/2}(b),   c/k = (15/4) F_{5/2}/F_{3/2} - (9/4) F_{3/2}/F_{1/2}
    jump:    [c(Tc-) - c(Tc+)]/k = (F_{1/2}/F_{3/2}) [a + (3/2) F_{3/2}/F_{1/2}]^2

The jump vanishes at w0 = 0 (the cusp of the ideal Bose gas) and is a true jump for any gap.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from onnes.errors import InvalidInput
from onnes.model.hypotheses.bipolaron import BipolaronGas
from onnes.numerics.polylog import polylog_exp
from onnes.state import Check, Outcome, Report, State
from onnes.units import HBAR2_2ME, K_B


def condensation_temperature(gas: BipolaronGas) -> float:
    """Return the Bose condensation temperature of the TI-bipolaron gas, K.

    tau^(3/2) Li_{3/2}(e^(-w0/kT)) = 1; at w0 = 0 the ideal gas, kT = 3.3125 hbar^2 n^(2/3)/M. The left
    side rises with T, so that the root is unique: it lies above the ideal gas and above w0/ln(...) of
    the classical limit.
    """
    scale = gas.quantum_energy
    ideal = scale / polylog_exp(1.5, 0.0) ** (2 / 3)
    if gas.gap == 0:
        return float(ideal / K_B)

    def excess(log_energy: float) -> float:
        energy = np.exp(log_energy)
        return 1.5 * np.log(energy / scale) + _log_occupation(gas.gap / energy)

    low = np.log(ideal)
    high = np.log(ideal + gas.gap + scale)
    while excess(high) < 0:
        high += 1.0
    return float(np.exp(brentq(excess, low, high, xtol=1e-13)) / K_B)


def condensation_density(temperature: float, gap: float, band_mass: float) -> float:
    """Return the density of pairs, cm^-3, that condenses at ``temperature`` (K): n = (M kT/2 pi hbar^2)^(3/2) F_{3/2}.

    Parameters
    ----------
    gap : w0, meV. band_mass : electron masses, M = 2 m.

    Raises
    ------
    InvalidInput : a temperature that is not positive. InvalidModel : as `BipolaronGas`.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidInput(f"temperature {temperature} K", "give a positive temperature")
    gas = BipolaronGas(1.0, gap, band_mass)  # validates
    energy = K_B * temperature
    waves = (gas.pair_mass * energy / (4 * np.pi * HBAR2_2ME)) ** 1.5  # 1/angstrom^3
    return float(waves * np.exp(_log_occupation(gap / energy)) * 1e24)


def bipolaron_isotope_exponent(gas: BipolaronGas) -> float:
    """Return alpha = -d ln Tc/d ln M_ion for a gap that is a phonon of the substituted ion, w0 ~ M_ion^(-1/2).

    Density and band mass are electronic and do not change, so that
    alpha = (1/2) d ln Tc/d ln w0 = (1/2) a r/(3/2 + a r), r = F_{1/2}(a)/F_{3/2}(a). Below 1/2 always.
    """
    if gas.gap == 0:
        return 0.0
    a = gas.gap / (K_B * condensation_temperature(gas))
    ratio = a * _ratio(a)
    return float(0.5 * ratio / (1.5 + ratio))


def bipolaron_transition_heat(gas: BipolaronGas) -> float:
    """Return q = w0 + (5/2) kTc F_{5/2}/F_{3/2}, meV: heat that moves one pair from condensate to gas at Tc."""
    energy = K_B * condensation_temperature(gas)
    a = gas.gap / energy
    return float(gas.gap + 2.5 * energy * _scaled(2.5, a) / _scaled(1.5, a))


def bipolaron_heat_jump(gas: BipolaronGas) -> float:
    """Return c(Tc-) - c(Tc+) per pair, in units of k: (F_{1/2}/F_{3/2}) [a + (3/2) F_{3/2}/F_{1/2}]^2."""
    if gas.gap == 0:
        return 0.0
    a = gas.gap / (K_B * condensation_temperature(gas))
    return float(_ratio(a) * (a + 1.5 / _ratio(a)) ** 2)


def bipolaron_thermodynamics(gas: BipolaronGas, temperature: ArrayLike) -> State:
    """Return condensate fraction, energy and heat capacity of the TI-bipolaron gas.

    Parameters
    ----------
    temperature : float array (n,), K, positive and strictly increasing.

    Returns
    -------
    State of method ``"bipolaron"`` with ``temperature`` (n,), K, ``condensate_fraction`` (n,),
    ``pair_energy`` (n,), meV per pair from the ground state, ``pair_heat_capacity`` (n,), k per pair.

    Raises
    ------
    InvalidInput : temperatures that are not positive and increasing.
    """
    t = np.atleast_1d(np.asarray(temperature, dtype=float))
    if t.ndim != 1 or not t.size or not np.all(np.isfinite(t)) or t[0] <= 0 or np.any(np.diff(t) <= 0):
        raise InvalidInput(
            "temperatures that are not positive and increasing", "give a rising vector of positive K"
        )
    critical = condensation_temperature(gas)
    rows = np.array([_below(gas, K_B * x) if x <= critical else _above(gas, K_B * x) for x in t])
    fields = {
        "temperature": t,
        "condensate_fraction": rows[:, 0],
        "pair_energy": rows[:, 1],
        "pair_heat_capacity": rows[:, 2],
    }
    checks = [Check("condensate at Tc", float(_below(gas, K_B * critical)[0]), 1e-9)]
    if gas.overlap is not None:
        checks.append(Check("pairs in the volume of one pair, n l^3", gas.overlap, 0.1))
    note = "contested model: the branch of pairs moving as a whole is left out"
    return State(
        gas,
        "bipolaron",
        fields,
        Report(Outcome.CONVERGED, "polylogarithms", checks=tuple(checks), warnings=(note,)),
    )


def _below(gas: BipolaronGas, energy: float) -> tuple[float, float, float]:
    a, volume = gas.gap / energy, (energy / gas.quantum_energy) ** 1.5
    decay = np.exp(-a)
    f3, f5 = _scaled(1.5, a), _scaled(2.5, a)
    excited = volume * decay * f3
    # a^2 F_{1/2} -> sqrt(pi) a^(3/2) -> 0 at a = 0, where F_{1/2} itself diverges
    f1 = _scaled(0.5, a) if a > 0 else 0.0
    capacity = volume * decay * (3.75 * f5 + 3 * a * f3 + a * a * f1)
    return 1 - excited, excited * gas.gap + 1.5 * energy * volume * decay * f5, capacity


def _above(gas: BipolaronGas, energy: float) -> tuple[float, float, float]:
    target = -1.5 * np.log(energy / gas.quantum_energy)
    least, most = gas.gap / energy, max(1.0, gas.gap / energy, -target) + 1.0
    saturated = _log_occupation(least) <= target  # at Tc itself, to rounding
    b = least if saturated else brentq(lambda x: _log_occupation(x) - target, least, most, xtol=1e-15)
    f1, f3, f5 = (_scaled(s, b) for s in (0.5, 1.5, 2.5))
    capacity = 3.75 * f5 / f3 - (2.25 * f3 / f1 if np.isfinite(f1) else 0.0)
    return 0.0, gas.gap + 1.5 * energy * f5 / f3, capacity


def _scaled(order: float, a: float) -> float:
    """Li_s(e^-a) e^a, finite where the polylogarithm itself underflows."""
    return float(polylog_exp(order, a) * np.exp(a)) if a < 30 else 1.0


def _log_occupation(a: float) -> float:
    """ln Li_{3/2}(e^-a) without underflow."""
    return float(np.log(_scaled(1.5, a)) - a)


def _ratio(a: float) -> float:
    """F_{1/2}(a)/F_{3/2}(a)."""
    return _scaled(0.5, a) / _scaled(1.5, a)
