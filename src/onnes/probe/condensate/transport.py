"""The voltmeter: mean voltages with their error, resistances, and the resistivity of flowing vortices."""

from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput, TooShort
from onnes.numerics.statistics import estimate
from onnes.response.condensate.film_fields import FilmFields, film_fields, require
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

Contacts = tuple[int, int] | tuple[str, str]


def voltage(state: State, *, between: Contacts = (0, 1), after: float = 0.0) -> "xr.Dataset":
    """Return the mean voltage between two contacts over the history of a run, and its error.

    The error is that of a correlated series (`numerics.statistics.estimate`).

    Parameters
    ----------
    state : a time-dependent state with its series.
    between : the two contacts, by number or name: the potential of the first minus that of the second.
    after : samples before this time (ps) are left out.

    Returns
    -------
    Dataset: mean_voltage, mean_voltage_error (mV). Attributes: correlation_time (ps), samples (effective number).

    Raises
    ------
    TooShort : the series holds fewer than 50 of its correlation times after ``after``.
    InvalidInput : no such contact; samples at unequal intervals.
    CannotProbe : the state is not of a film with contacts, or has no series.
    """
    seen = film_fields(state, "voltage")
    mean, error, attributes = _voltage(seen, state, "voltage", _pair(seen, between, "voltage"), after)
    arrays = {"mean_voltage": mean, "mean_voltage_error": error}
    return schema.dataset("voltage of a film", arrays, **attributes)


def resistance(state: State, *, between: Contacts = (0, 1), after: float = 0.0) -> "xr.Dataset":
    """Return the mean voltage between two contacts over the mean current into the first of them.

    Returns
    -------
    Dataset: mean_voltage, mean_voltage_error (mV), mean_current (uA), resistance, resistance_error (ohm).

    Raises
    ------
    InvalidInput : no mean current; no such contact; samples at unequal intervals.
    TooShort : the series is too short. CannotProbe : no contacts or no series.
    """
    return schema.dataset("resistance of a film", _resistance(state, "resistance", between, after))


def flow_resistivity(state: State, *, between: Contacts = (0, 1), after: float = 0.0) -> "xr.Dataset":
    """Return the resistivity of a strip between two contacts at its ends, such as that of flowing vortices.

    rho = R w d/L of a rectangle whose contacts cover opposite sides; the normal layers at the contacts are in it.

    Returns
    -------
    Dataset: those of `resistance`, and flow_resistivity, flow_resistivity_error (uOhm cm).

    Raises
    ------
    InvalidInput : contacts that do not cover opposite sides of a rectangle, and those of `resistance`.
    TooShort : the series is too short. CannotProbe : no contacts or no series.
    """
    found = _resistance(state, "flow_resistivity", between, after)
    seen = film_fields(state, "flow_resistivity")
    width, length = _strip(seen, _pair(seen, between, "flow_resistivity"))
    factor = width * seen.film.thickness / length * 0.1  # ohm nm = 1e-9 ohm m = 0.1 uOhm cm
    found |= {
        "flow_resistivity": found["resistance"] * factor,
        "flow_resistivity_error": found["resistance_error"] * factor,
    }
    return schema.dataset("resistivity of a strip", found)


def _resistance(state: State, probe: str, between: Contacts, after: float) -> dict[str, float]:
    seen = film_fields(state, probe)
    first, second = _pair(seen, between, probe)
    mean, error, _ = _voltage(seen, state, probe, (first, second), after)
    require(state, probe, "terminal_current")
    currents = state["terminal_current"][state["sample_time"] >= after]
    current = float(currents[:, first].mean())
    if abs(current) <= 1e-12 * seen.film.sheet_current * seen.step[0]:
        raise InvalidInput("no mean current through the contacts", "drive a current, or a voltage")
    return {
        "mean_voltage": mean,
        "mean_voltage_error": error,
        "mean_current": current,
        "resistance": 1e3 * mean / current,  # mV/uA = kohm
        "resistance_error": 1e3 * error / abs(current),
    }


def _voltage(
    seen: FilmFields, state: State, probe: str, pair: tuple[int, int], after: float
) -> tuple[float, float, dict[str, float]]:
    require(state, probe, "sample_time", "terminal_voltage")
    time = state["sample_time"]
    kept = time >= after
    if np.count_nonzero(kept) < 2:
        raise TooShort(
            f"{np.count_nonzero(kept)} samples after {after} ps", "run longer, or sample more often"
        )
    intervals = np.diff(time[kept])
    if np.abs(intervals - intervals.mean()).max() > 1e-6 * intervals.mean():
        raise InvalidInput("samples at unequal intervals", "give Recording(sample=)")
    walls = state["terminal_voltage"][kept]
    series = walls[:, pair[0]] - walls[:, pair[1]]
    # a voltage that rounding alone moves is a constant
    if np.ptp(series) <= 1e-9 * (np.abs(walls).max() + seen.film.material.voltage):
        return float(series.mean()), 0.0, {"correlation_time": 0.0, "samples": float(len(series))}
    found = estimate(series)
    attributes = {"correlation_time": found.tau * float(intervals.mean()), "samples": found.effective}
    return found.value, found.error, attributes


def _pair(seen: FilmFields, between: Contacts, probe: str) -> tuple[int, int]:
    names = [terminal.name for terminal in seen.film.terminals]
    if len(names) < 2:
        raise CannotProbe(probe, "two contacts", "give the film terminals")
    known = {**dict(enumerate(names)), **{name: name for name in names}}
    unknown = [contact for contact in between if contact not in known]
    if unknown or len(between) != 2 or known[between[0]] == known[between[1]]:
        raise InvalidInput(f"contacts {between}", f"give two different ones of {', '.join(names)}")
    return names.index(known[between[0]]), names.index(known[between[1]])


def _strip(seen: FilmFields, pair: tuple[int, int]) -> tuple[float, float]:
    """Return width and length (nm) of a rectangle with contacts on opposite sides."""
    ends = [np.array([seen.film.terminals[k].start, seen.film.terminals[k].end]) for k in pair]
    widths = [float(np.linalg.norm(e[1] - e[0])) for e in ends]
    way = ends[1].mean(0) - ends[0].mean(0)
    length = float(np.linalg.norm(way))
    slanted = max(abs((e[1] - e[0]) @ way) for e in ends) / (max(widths) * length)
    whole = widths[0] * length / seen.film.shape.area
    if slanted > 1e-6 or abs(widths[1] / widths[0] - 1) > 1e-6 or abs(whole - 1) > 1e-6:
        raise InvalidInput(
            "contacts that do not cover opposite sides of a rectangle",
            "use probe.resistance for other shapes",
        )
    return widths[0], length
