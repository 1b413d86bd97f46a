"""Calorimetry: entropy and specific heat across the transition, from a ladder of states."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, OnnesWarning
from onnes.response.phonons import thermodynamics
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

NEAR = 0.8
"""The jump at Tc is extrapolated from states above this fraction of Tc."""


def calorimetry(states: Sequence[State], tc: float) -> "xr.Dataset":
    """Return free energy, entropy and specific heat, superconducting minus normal, against temperature.

    Each number comes from one state alone (`onnes.response.phonons.thermodynamics`): no difference
    quotient between the rungs of the ladder. The jump at Tc is the extrapolation of
    Delta C/(gamma Tc) to T = Tc by a polynomial through the states between 0.8 and 1 Tc.

    Parameters
    ----------
    states : Eliashberg states of one glue, in any order (`onnes.solve.temperature_ladder`).
    tc : transition temperature, K.

    Returns
    -------
    Dataset on temperature (K, rising): free_energy (meV^2), entropy (meV^2/K), specific_heat
    (Delta C/gamma Tc). Attributes: critical_temperature (K), sommerfeld (gamma/N(0), meV^2/K^2), jump
    and jump_error (Delta C(Tc)/gamma Tc and the change that the highest order of the polynomial makes).

    Raises
    ------
    InvalidInput : no states, states of different glues, or a Tc that is not positive.

    Warns
    -----
    OnnesWarning : fewer than three states between 0.8 and 1 Tc; the jump is then NaN.
    """
    rising = sort_ladder(states, tc)
    gamma = thermodynamics.sommerfeld(rising[0].model)
    temperature = temperatures_of(rising)
    heat = np.array([thermodynamics.specific_heat(state) for state in rising]) / (gamma * tc)
    jump, error = _jump(temperature / tc, heat)
    return schema.dataset(
        "calorimetry, superconducting minus normal",
        {
            "temperature": temperature,
            "free_energy": np.array([thermodynamics.free_energy(state) for state in rising]),
            "entropy": np.array([thermodynamics.entropy(state) for state in rising]),
            "specific_heat": heat,
        },
        critical_temperature=float(tc),
        sommerfeld=gamma,
        jump=jump,
        jump_error=error,
    )


def sort_ladder(states: Sequence[State], tc: float) -> list[State]:
    """Return the states in the order of rising temperature; raise `InvalidInput` where they do not belong together."""
    if not states:
        raise InvalidInput("no states", "give the states of solve.temperature_ladder")
    if not (np.isfinite(tc) and tc > 0):
        raise InvalidInput(f"tc = {tc} K", "give the transition temperature of solve.critical_temperature")
    if any(state.model is not states[0].model for state in states):
        raise InvalidInput("states of different glues", "solve one glue on a ladder of temperatures")
    rising = sorted(states, key=lambda state: float(state["temperature"][0]))
    if np.any(np.diff(temperatures_of(rising)) == 0):
        raise InvalidInput("two states at one temperature", "give each temperature once")
    return rising


def temperatures_of(states: Sequence[State]) -> np.ndarray:
    """Return the temperatures of the states, K, (n,)."""
    return np.array([float(state["temperature"][0]) for state in states])


def _jump(t: np.ndarray, heat: np.ndarray) -> tuple[float, float]:
    use = (t > NEAR) & (t < 1) & (heat != 0)
    if use.sum() < 3:
        warnings.warn(
            OnnesWarning(
                f"{use.sum()} states between {NEAR} and 1 Tc: the jump at Tc is not determined; give three or more"
            ),
            stacklevel=3,
        )
        return float("nan"), float("nan")
    x, y = t[use] - 1, heat[use]
    order = min(len(x) - 1, 3)
    values = [float(np.polyfit(x, y, k)[-1]) for k in (order - 1, order)]
    return values[1], abs(values[1] - values[0])
