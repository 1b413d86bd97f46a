"""Magnetometry of type-I behaviour: the thermodynamic critical field and its deviation function."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, OnnesWarning
from onnes.probe.phonons.calorimetry import sort_ladder, temperatures_of
from onnes.response.phonons import thermodynamics
from onnes.state import State
from onnes.units import MU_0

if TYPE_CHECKING:
    import xarray as xr

COLD = 0.25
"""Below this fraction of Tc the entropy of the superconductor is negligible (2 exp(-1.76/0.25) = 2e-3)."""


def critical_field(
    states: Sequence[State], tc: float, *, gamma: float | None = None, molar_volume: float | None = None
) -> "xr.Dataset":
    """Return the thermodynamic critical field Hc(T) and the deviation function D(t) = Hc/Hc(0) - (1 - t^2).

    Hc^2/8 pi = -Delta F. Hc(0) follows from the coldest state, whose entropy is that of the normal
    metal with the opposite sign: Delta F(0) = Delta F(T) + T Delta S(T)/2.

    Parameters
    ----------
    states : Eliashberg states of one glue, in any order; the coldest below Tc/4.
    tc : transition temperature, K.
    gamma : Sommerfeld coefficient of the normal metal, mJ/mol/K^2 (electron-phonon enhancement
        included); with ``molar_volume`` it fixes N(0) = 3 gamma/[2 pi^2 k^2 (1 + lambda)] per spin.
    molar_volume : cm^3/mol.

    Returns
    -------
    Dataset on temperature (K, rising): critical_field (Hc/sqrt(N(0)), meV), deviation, and where gamma
    and molar_volume are given critical_field_tesla. Attributes: critical_field_zero (Hc(0)/sqrt(N(0)),
    meV), gamma_tc2_over_hc2 (gamma Tc^2/Hc(0)^2, Gaussian; 0.168 in weak coupling), and
    critical_field_zero_tesla.

    Raises
    ------
    InvalidInput : states that do not belong together; only one of gamma and molar_volume.

    Warns
    -----
    OnnesWarning : the coldest state lies above Tc/4.
    """
    if (gamma is None) != (molar_volume is None):
        raise InvalidInput("only one of gamma and molar_volume", "give both for tesla, or neither")
    rising = sort_ladder(states, tc)
    temperature = temperatures_of(rising)
    energy = np.array([thermodynamics.free_energy(state) for state in rising])
    if temperature[0] > COLD * tc:
        warnings.warn(
            OnnesWarning(
                f"the coldest state lies at {temperature[0] / tc:.2f} Tc: Hc(0) needs one below {COLD} Tc"
            ),
            stacklevel=2,
        )
    ground = energy[0] + temperature[0] * thermodynamics.entropy(rising[0]) / 2
    if not ground < 0:
        raise InvalidInput("states without superconductivity", "give states below Tc")
    reduced, zero = np.sqrt(8 * np.pi * np.maximum(-energy, 0)), float(np.sqrt(-8 * np.pi * ground))
    sommerfeld = thermodynamics.sommerfeld(rising[0].model)
    arrays = {
        "temperature": temperature,
        "critical_field": reduced,
        "deviation": np.where(temperature <= tc, reduced / zero - (1 - (temperature / tc) ** 2), 0.0),
    }
    attrs = {
        "critical_temperature": float(tc),
        "critical_field_zero": zero,
        "gamma_tc2_over_hc2": sommerfeld * tc**2 / zero**2,
    }
    if gamma is not None and molar_volume is not None:
        scale = _tesla(gamma, molar_volume, sommerfeld)
        arrays["critical_field_tesla"] = scale * reduced
        attrs["critical_field_zero_tesla"] = scale * zero
    return schema.dataset("thermodynamic critical field", arrays, **attrs)


def _tesla(gamma: float, molar_volume: float, sommerfeld: float) -> float:
    """Return mu0 Hc in T for Hc/sqrt(N(0)) = 1 meV.

    mu0 Hc = (2 mu0 |Delta F|)^(1/2), |Delta F| = N(0) h^2/(8 pi), and N(0) is gamma per volume over
    gamma/N(0): J/m^3/K^2 over meV^2/K^2.
    """
    if not (gamma > 0 and molar_volume > 0):
        raise InvalidInput(
            f"gamma = {gamma} mJ/mol/K^2, molar_volume = {molar_volume} cm^3/mol", "give positive numbers"
        )
    per_volume = gamma * 1e-3 / (molar_volume * 1e-6)  # J/m^3/K^2
    return float(np.sqrt(2 * MU_0 * per_volume / sommerfeld / (8 * np.pi)))
