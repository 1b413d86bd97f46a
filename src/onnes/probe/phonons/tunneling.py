"""Quasiparticle tunneling between a normal metal and a superconductor.

G_s/G_n at bias V is the density of states N_s/N_0 seen through temperature, lifetime and modulation,
each a convolution; see `onnes.response.phonons.junction`. M. Tinkham, Introduction to
Superconductivity, section 3.8.
"""

import numpy as np
import xarray as xr

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.response.phonons.junction import junction_response, smear
from onnes.response.phonons.real_axis import real_axis
from onnes.state import State
from onnes.units import K_B

EDGE_CELLS, REACH_IN_GAPS = 4000, 50.0
TAIL_CELLS, TAIL_REACH = 100, 1e4


def tunneling(
    state: State,
    bias: tuple[float, float, int] | np.ndarray,
    *,
    broadening: float = 0.0,
    lockin: float = 0.0,
    temperature: float | None = None,
    band_weights: np.ndarray | None = None,
) -> xr.Dataset:
    """Return the differential conductance G_s/G_n of a normal-metal/insulator/superconductor junction.

    G(V) = int dE N_s(E)/N_0 K(E - eV), K the convolution of the three smearings.

    Parameters
    ----------
    state : carries ``energy`` and ``dos``, or the Matsubara gap they follow from (the exact
        continuation is then made here), or a ``gap_edge`` of a weak-coupling state.
    bias : e V in meV, an array or (low, high, n).
    broadening : Dynes Gamma, meV.
    lockin : rms modulation, meV.
    temperature : K, of the smearing; that of the state where not given.
    band_weights : share of each band in the current; by density of states where not given.

    Returns
    -------
    Dataset ``conductance`` (bias,), with the smearings in its attributes.

    Raises
    ------
    CannotProbe : a state with none of these fields, or with a gapless continuation only.
    InvalidInput : a negative smearing, or weights that do not fit the bands.
    """
    volts = np.linspace(*bias) if isinstance(bias, tuple) else np.atleast_1d(np.asarray(bias, float))
    kelvin = _temperature(state) if temperature is None else float(temperature)
    smearings = {"temperature_K": kelvin, "broadening_meV": broadening, "lockin_rms_meV": lockin}
    for name, value in smearings.items():
        if not (np.isfinite(value) and value >= 0):
            raise InvalidInput(f"{name} = {value}", "give a number that is zero or positive")
    if volts.ndim != 1 or not np.all(np.isfinite(volts)):
        raise InvalidInput(
            f"bias of shape {volts.shape}", "give a vector of energies in meV, or (low, high, n)"
        )
    edges, dos = _density_of_states(state, float(np.max(np.abs(volts), initial=0.0)))
    weights = _weights(state, len(dos), band_weights)
    response = junction_response(K_B * kelvin, broadening, lockin)
    conductance = 1 + smear(edges, weights @ dos - 1, volts, response)
    return schema.dataset(
        f"tunneling into {state.method}",
        {"bias": volts, "conductance": conductance},
        method=state.method,
        **smearings,
    )


def _temperature(state: State) -> float:
    if "temperature" not in state:
        raise CannotProbe("tunneling", "temperature", "give temperature= in K")
    return float(state["temperature"][0])


def _density_of_states(state: State, highest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return cell edges over both signs of energy and N_s/N_0 in each cell (band, cell)."""
    if "gap_matsubara" in state and ("dos" not in state or state["energy"][-1] < highest):
        state = real_axis(state)
    if "dos" in state and "energy" in state:
        return _extended(*_cells(state["energy"], state["dos"]))
    if "gap_edge" in state and "gap_matsubara" not in state:
        gaps = state["gap_edge"]
        return _extended(*_bcs_cells(gaps))
    raise CannotProbe(
        "tunneling",
        "a density of states (energy and dos), gap_matsubara, or gap_edge",
        "solve with onnes.solve.eliashberg or onnes.solve.bcs",
    )


def _cells(energy: np.ndarray, dos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells around the energies; a grid over positive energies only is mirrored."""
    middle = (energy[1:] + energy[:-1]) / 2
    low, high = 1.5 * energy[0] - 0.5 * energy[1], 1.5 * energy[-1] - 0.5 * energy[-2]
    if energy[0] < 0 < energy[-1]:
        return np.concatenate([[low], middle, [high]]), dos
    if not 0 <= energy[0] <= energy[1] - energy[0]:
        raise CannotProbe(
            "tunneling",
            f"a density of states down to zero energy (it starts at {energy[0]:.4g} meV)",
            "start the energies of response.real_axis at 0",
        )
    right = np.concatenate([[0.0], middle, [high]])
    return np.concatenate([-right[:0:-1], right]), np.concatenate([dos[:, ::-1], dos], axis=1)


def _bcs_cells(gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return cells dense near every edge; the states below E number sign(E) sqrt(E^2 - Delta^2), exactly."""
    positive = gaps[gaps > 0]
    if len(positive) == 0:
        return np.array([-1.0, 0.0, 1.0]), np.ones((len(gaps), 2))
    growth = np.cosh(np.linspace(0, np.arccosh(REACH_IN_GAPS), EDGE_CELLS))
    right = np.unique(np.concatenate([gap * growth for gap in positive]))
    edges = np.concatenate([-right[::-1], right])
    counted = np.sign(edges) * np.sqrt(np.maximum(edges**2 - gaps[:, None] ** 2, 0))
    return edges, np.diff(counted) / np.diff(edges)


def _extended(edges: np.ndarray, dos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Append cells in which N_s/N_0 - 1 falls like 1/E^2, its law at high energy."""
    factor = np.geomspace(1, TAIL_REACH, TAIL_CELLS + 1)
    # The mean of (E_0/E)^2 over [E_0 a, E_0 b] is 1/(a b).
    fall = 1 / (factor[1:] * factor[:-1])
    right, left = 1 + (dos[:, -1:] - 1) * fall, 1 + (dos[:, :1] - 1) * fall[::-1]
    return (
        np.concatenate([edges[0] * factor[:0:-1], edges, edges[-1] * factor[1:]]),
        np.concatenate([left, dos, right], axis=1),
    )


def _weights(state: State, n_bands: int, given: np.ndarray | None) -> np.ndarray:
    weights = np.asarray(
        getattr(state.model, "dos_weights", np.ones(n_bands)) if given is None else given, float
    )
    if weights.shape != (n_bands,) or np.any(weights < 0) or weights.sum() <= 0:
        raise InvalidInput(
            f"band_weights {weights.tolist()}", f"give {n_bands} non-negative numbers, one for each band"
        )
    return weights / weights.sum()
