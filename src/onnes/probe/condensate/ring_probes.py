"""What is measured on thin wires and rings: currents against flux, phase slips, voltages, transition temperatures."""

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.condensate.wire import ThinRing, ThreadSetup
from onnes.numerics.statistics import estimate
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

DYNAMICS = "solve one with onnes.solve.thread_dynamics"


def ring_current(state: State) -> "xr.Dataset":
    """Return the current around a ring against the applied flux, in every fluxoid state and in that of least energy.

    Parameters
    ----------
    state : of onnes.solve.fluxoid_states.

    Returns
    -------
    Dataset on flux (quanta) and winding: fluxoid_current, fluxoid_energy, fluxoid_flux, equilibrium_current (uA) and
    equilibrium_winding.

    Raises
    ------
    CannotProbe : a state without fluxoid states. InvalidInput : a flux at which no state of the windings exists.
    """
    if "fluxoid_energy" not in state:
        raise CannotProbe("ring_current", "fluxoid_energy", "solve one with onnes.solve.fluxoid_states")
    energy = state["fluxoid_energy"]
    if np.isnan(energy).all(axis=0).any():
        raise InvalidInput("no winding of this state exists at some flux", "solve it with more windings")
    lowest = np.nanargmin(energy, axis=0)
    names = ("flux", "winding", "fluxoid_current", "fluxoid_energy", "fluxoid_flux")
    arrays = {name: state[name] for name in names}
    arrays["equilibrium_current"] = state["fluxoid_current"][lowest, np.arange(len(lowest))]
    arrays["equilibrium_winding"] = state["winding"][lowest]
    return schema.dataset("Current around a ring", arrays)


def fluxoid(state: State) -> float:
    r"""Return the fluxoid of a ring in flux quanta: a whole number, whatever the flux.

    .. math:: \frac1{2\pi}[\sum_i\arg(\bar\psi_ie^{-i\theta_i}\psi_{i+1})+\sum_i\theta_i]

    Raises `CannotProbe` for a state that is not of a ring on its sites.
    """
    thread = state.model.thread if isinstance(state.model, ThreadSetup) else state.model
    if "thread_link" not in state or not isinstance(thread, ThinRing):
        raise CannotProbe("fluxoid", "thread_link of a ring", "solve one with onnes.solve.ring_state")
    psi, links = state["thread_order_parameter"], state["thread_link"]
    steps = np.angle(np.conj(psi) * np.exp(-1j * links) * np.roll(psi, -1))
    return float((steps.sum() + links.sum()) / (2 * pi))


def phase_slips(state: State) -> "xr.Dataset":
    """Return the phase slips of a run: time (ps), place (nm) and turns of each.

    Raises `CannotProbe` for a state without dynamics.
    """
    if "slip_time" not in state:
        raise CannotProbe("phase_slips", "slip_time", DYNAMICS)
    names = ("slip", "slip_time", "slip_position", "slip_turns")
    return schema.dataset("Phase slips", {name: state[name] for name in names})


def thread_voltage(state: State, *, after: float = 0.0) -> "xr.Dataset":
    """Return the mean voltage along a wire with its error, and the voltage that its phase slips account for.

    The error is that of the mean of a correlated series. What slips account for differs from the mean by at most one
    turn, Phi_0 over the time; of a periodic voltage that difference is the better error.

    Parameters
    ----------
    state : of onnes.solve.thread_dynamics.
    after : ps; the time before is left out.

    Returns
    -------
    Dataset: mean_voltage, mean_voltage_error, slip_voltage (mV).

    Raises
    ------
    CannotProbe : a state without dynamics. TooShort : too few samples for an error.
    InvalidInput : nothing is left after ``after``.
    """
    if "thread_voltage" not in state:
        raise CannotProbe("thread_voltage", "thread_voltage", DYNAMICS)
    t = state["sample_time"]
    kept = np.flatnonzero(t >= after)
    if len(kept) < 3:
        raise InvalidInput(f"{len(kept)} samples after {after} ps", "start earlier or record more samples")
    series, span = state["thread_voltage"][kept[1:]], t[kept[-1]] - t[kept[0]]
    found = estimate(series) if np.ptp(series) > 1e-12 * np.abs(series).max() else None
    turns = state["slip_count"][kept[-1]] - state["slip_count"][kept[0]]
    thread = state.model.thread if isinstance(state.model, ThreadSetup) else state.model
    quantum = 2 * pi * thread.material.voltage * thread.material.time
    arrays = {
        "mean_voltage": np.array(series.mean()),
        "mean_voltage_error": np.array(found.error if found else 0.0),
        "slip_voltage": np.array(-turns * quantum / span),
    }
    return schema.dataset("Voltage along a thin wire", arrays)


def little_parks_resistance(state: State, slope: float) -> "xr.Dataset":
    """Return how the resistance in the middle of the transition follows the flux, -slope times the shift of Tc.

    Parameters
    ----------
    state : of onnes.solve.little_parks.
    slope : dR/dT of the transition without flux, Ohm/K.

    Returns
    -------
    Dataset on flux: ring_resistance (Ohm over that without flux), ring_transition (K), nucleated_winding.

    Raises
    ------
    CannotProbe : another state. InvalidInput : a slope that is not positive.
    """
    if "ring_transition" not in state:
        raise CannotProbe(
            "little_parks_resistance", "ring_transition", "solve one with onnes.solve.little_parks"
        )
    if not 0 < slope < float("inf"):
        raise InvalidInput(f"a slope of {slope} Ohm/K", "give the positive dR/dT of the transition")
    tc = state["ring_transition"]
    shift = state.model.material.critical_temperature - tc
    arrays = {
        "flux": state["flux"],
        "ring_resistance": slope * shift,
        "ring_transition": tc,
        "nucleated_winding": state["nucleated_winding"],
    }
    return schema.dataset("Little-Parks oscillations", arrays)
