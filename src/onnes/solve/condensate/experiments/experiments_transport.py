"""Experiments with a current, in one call: voltage against current in both directions, and critical currents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, TooShort
from onnes.model.condensate.fields import Field, Profile
from onnes.model.condensate.film import Film
from onnes.model.condensate.schedule import Schedule, steady
from onnes.model.condensate.schedule import ramp as ramped
from onnes.model.condensate.shapes import Point
from onnes.numerics.statistics import estimate
from onnes.solve.condensate.experiments.experiments import (
    Course,
    Steps,
    finished,
    require_times,
    require_values,
)
from onnes.solve.condensate.experiments.experiments_magnetic import ALONG_Z, start_mark, static_fields
from onnes.solve.condensate.films.record import Recording
from onnes.state import State
from onnes.units import PHI_0

SETTLE, HOLD, SAMPLE = 100.0, 200.0, 1.0
"""Default durations: until the voltage is read, of reading it, and between its samples, tau_0."""
FLUX_QUANTUM = PHI_0 * 1e15
"""mV ps."""
NEAR_CRITERION = 0.3
"""Share of the criterion from which on a voltage that is left below the critical current is told."""


@dataclass(frozen=True, slots=True)
class Leads:
    """Where a current flows and where its voltage is read.

    Parameters
    ----------
    source, drain : terminals, by name or number: the current flows into the first and out of the second.
    taps : two points (nm) of the film between which the voltage is read; where not given, those at one and three
        quarters of the line between the middles of source and drain. The normal layers at the contacts are then
        left out, as with four leads.
    """

    source: str | int = 0
    drain: str | int = 1
    taps: tuple[Point, Point] | None = None

    def numbers(self, film: Film) -> tuple[int, int]:
        """Return the numbers of source and drain; raise `InvalidInput` where there are no such terminals."""
        names = [terminal.name for terminal in film.terminals]
        known: dict[str | int, int] = {
            **{n: i for i, n in enumerate(names)},
            **{i: i for i in range(len(names))},
        }
        for contact in (self.source, self.drain):
            if contact not in known:
                raise InvalidInput(
                    f"a current through {contact!r}",
                    f"give two of the terminals {', '.join(names) or '(none)'}",
                )
        if known[self.source] == known[self.drain]:
            raise InvalidInput(f"a current from {self.source!r} to itself", "give two different terminals")
        return known[self.source], known[self.drain]

    def points(self, film: Film) -> tuple[Point, Point]:
        """Return the two points between which the voltage is read."""
        if self.taps is not None:
            return self.taps
        ends = [np.add(t.start, t.end) / 2 for t in (film.terminals[i] for i in self.numbers(film))]
        return tuple(tuple(((1 - s) * ends[0] + s * ends[1]).tolist()) for s in (0.25, 0.75))


def current_voltage(
    film: Film,
    currents: Sequence[float],
    *,
    field: float | Field | tuple[Field, ...] = 0.0,
    leads: Leads | None = None,
    both_directions: bool = True,
    settle: float | None = None,
    hold: float | None = None,
    sample: float | None = None,
    start: State | str = "superconducting",
    course: Course | None = None,
) -> State:
    """Take a film through one current after another, and back, and read the mean voltage at each.

    Each step starts where the one before ended: the way up and the way down differ where there is hysteresis. A
    current is reached in a straight line within the first half of ``settle``.

    Main arguments
    --------------
    film : a film with two terminals or more.
    currents : uA, in the order of the experiment; the first one is reached from zero.
    field : applied field that does not change. leads : where the current flows and the voltage is read.
    both_directions : whether the currents are taken back again from the last to the first.

    Other arguments
    ---------------
    settle, hold : ps at each current before and while the voltage is averaged; 100 and 200 tau_0 where not given.
    sample : ps over which a sample of the voltage is averaged; tau_0 where not given.
    start : ``"superconducting"``, ``"normal"``, ``"seeded"`` or a state on the same mesh.
    course : mesh, steps, seed, checkpoint and monitor.

    Returns
    -------
    State ``"current_voltage"`` of the film at the end, with ``sweep_current`` (uA), ``sweep_voltage`` and
    ``sweep_voltage_error`` (mV, between the taps), ``sweep_terminal_voltage`` (mV, with the normal layers at the
    contacts) on ``sweep_point``. The error is one standard error of a correlated series; where the series holds fewer
    than 50 of its correlation times it is half its range, and the report warns of it where that is not less than
    Phi_0/hold, one vortex while it is read.

    Raises
    ------
    InvalidInput : no current, no such terminals, taps off the film, another's checkpoint.
    NotConverged : a run went wrong, or the monitor cancelled.
    """
    course, leads = course or Course(), leads or Leads()
    values = require_values("currents", currents, "uA")
    values += values[-2::-1] if both_directions else []
    fields = static_fields(field)
    plan = _Plan.of(film, leads, fields, (settle, hold, sample))
    facts = (values, fields, plan, start_mark(start))
    steps = Steps("current_voltage", film, [f.profile for f in fields], facts, course, len(values))
    rows, state, before = [], start, 0.0
    for value in values:
        state, row = plan.step(steps, state, fields, before, value)
        rows.append(row)
        before = value
    series = {
        "sweep_point": np.arange(len(values)),
        "sweep_current": np.array(values),
        "sweep_voltage": np.array([row["voltage"] for row in rows]),
        "sweep_voltage_error": np.array([row["error"] for row in rows]),
        "sweep_terminal_voltage": np.array([row["terminals"] for row in rows]),
    }
    warnings = [
        f"at {value:.4g} uA (point {k}) {row['samples']:.0f} samples are too few: the error is half the range"
        for k, (value, row) in enumerate(zip(values, rows, strict=True))
        if not row["enough"]
    ]
    return finished(state, series, steps.report(_word(start), warnings), "current_voltage")


def critical_current(
    film: Film,
    field: float | Sequence[float] = 0.0,
    *,
    profile: Profile = ALONG_Z,
    leads: Leads | None = None,
    criterion: float | None = None,
    resolution: float = 0.02,
    highest: float | None = None,
    settle: float | None = None,
    hold: float | None = None,
    sample: float | None = None,
    start: State | str = "superconducting",
    course: Course | None = None,
) -> State:
    r"""Find the largest current without voltage, by bisection, in one field or in one after another: Jc(B).

    Every current is approached from below, from the state of the largest one that gave no voltage, so that it is the
    way up of a hysteresis that is found. The voltage takes longer to appear the closer the current is to the critical
    one, as :math:`(I-I_c)^{-1/2}` where a stationary state ends: ``settle`` limits what can be resolved. Within some xi
    of a contact normal current is left, and with it a voltage: taps so near are told by the report.

    Main arguments
    --------------
    film : a film with two terminals or more.
    field : T, one or several in the order of the experiment; each is reached from the one before without current.
    profile : in space, the field being the profile times each number. leads : where current and voltage are.
    criterion : mV between the taps; Phi_0/hold where not given, one vortex (or phase slip) while it is read.
    resolution : of the bisection, over the critical current.
    highest : uA that surely gives a voltage; where not given, the depairing current of the smaller contact's width
        and 20 % more, below which no film of epsilon = 1 and its full thickness remains without voltage.

    Other arguments
    ---------------
    settle, hold : ps at each current before and while the voltage is averaged; 100 and 200 tau_0 where not given.
    sample : ps over which a sample of the voltage is averaged; tau_0 where not given.
    start : the state without field and current. course : mesh, steps, seed, checkpoint and monitor.

    Returns
    -------
    State ``"critical_current"`` of the film at the last current without voltage, with ``sweep_field`` (T),
    ``sweep_critical_current`` and ``sweep_critical_current_error`` (uA, middle and half of the last interval),
    ``sweep_critical_density`` (A/m^2, over the smaller contact's width times the thickness) on ``sweep_point``.

    Raises
    ------
    InvalidInput : no voltage at ``highest``; a resolution out of range; no such terminals; another's checkpoint.
    NotConverged : a run went wrong, or the monitor cancelled.
    """
    course, leads = course or Course(), leads or Leads()
    values = require_values("field", field, "T")
    if not 0 < resolution < 1:
        raise InvalidInput(f"a resolution of {resolution}", "give one between 0 and 1")
    plan = _Plan.of(film, leads, (), (settle, hold, sample))
    section = _section(film, leads)
    top = 1.2 * film.material.depairing_current_density * section * 1e-12 if highest is None else highest
    limit = FLUX_QUANTUM / plan.hold if criterion is None else criterion
    for name, number in (("highest", top), ("criterion", limit)):
        if not 0 < number < float("inf"):
            raise InvalidInput(f"{name} = {number}", "give a positive number")
    each = 2 + int(np.ceil(2 * np.log2(1 / resolution))) + 1
    facts = (values, profile, plan, limit, resolution, top, start_mark(start))
    steps = Steps("critical_current", film, (profile,), facts, course, each * len(values))
    rows, rest, before, warnings = [], start, 0.0, []
    for value in values:
        schedule = steady(value) if value == before else ramped(before, value, plan.settle / 2)
        rest, _ = plan.step(steps, rest, (Field(profile, schedule),), 0.0, 0.0)
        steady_fields = (Field(profile, steady(value)),)
        low, high, state, left = _bisected(plan, steps, rest, steady_fields, top, limit, resolution)
        rows.append((low, high))
        if left > NEAR_CRITERION * limit:
            warnings.append(
                f"at {value:.4g} T {left:.3g} mV remain below the critical current, {left / limit:.0%} of the "
                "criterion: move the taps away from the contacts, or raise the criterion"
            )
        before = value
    low, high = np.array(rows).T
    middle = (low + high) / 2
    series = {
        "sweep_point": np.arange(len(values)),
        "sweep_field": np.array(values),
        "sweep_critical_current": middle,
        "sweep_critical_current_error": (high - low) / 2,
        "sweep_critical_density": middle / section * 1e12,
    }
    return finished(state, series, steps.report(_word(start), warnings), "critical_current")


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a voltage is read: contacts, taps and times in ps."""

    source: int
    drain: int
    taps: tuple[Point, Point]
    settle: float
    hold: float
    sample: float

    @classmethod
    def of(
        cls, film: Film, leads: Leads, fields: tuple[Field, ...], times: tuple[float | None, ...]
    ) -> "_Plan":
        contacts, points = leads.numbers(film), leads.points(film)
        given = dict(
            zip(("settle", "hold", "sample"), zip(times, (SETTLE, HOLD, SAMPLE), strict=True), strict=True)
        )
        settle, hold, sample = require_times(film, **given)
        if sample > hold / 2:
            raise InvalidInput(
                f"samples of {sample:g} ps while {hold:g} ps are read", "give a smaller sample="
            )
        return cls(*contacts, points, settle, hold, sample)

    def step(
        self, steps: Steps, start: State | str, fields: tuple[Field, ...], before: float, value: float
    ) -> tuple[State, dict[str, float]]:
        """Return the state after one current, and its voltage."""
        drive = steady(value) if value == before else ramped(before, value, self.settle / 2)
        currents = [steady(0.0) for _ in steps.film.terminals]
        currents[self.source], currents[self.drain] = drive, _minus(drive)
        recording = Recording(sample=self.sample, taps=self.taps)
        setup = steps.setup(fields, tuple(currents))
        return steps.run(setup, self.settle + self.hold, start, recording, self._read)

    def _read(self, state: State) -> dict[str, float]:
        kept = state["sample_time"] > self.settle + 1e-9 * self.hold
        taps, walls = state["mean_tap_voltage"][kept], state["mean_terminal_voltage"][kept]
        series = taps[:, 0] - taps[:, 1]
        between = float((walls[:, self.source] - walls[:, self.drain]).mean())
        found = {"voltage": float(series.mean()), "terminals": between, "samples": len(series)}
        noise = 1e-9 * (np.abs(walls).max() + state.model.film.material.voltage)
        if np.ptp(series) <= noise:  # a voltage that rounding alone moves is a constant
            return found | {"error": 0.0, "enough": True}
        try:
            return found | {"error": estimate(series).error, "enough": True}
        except TooShort:
            drift = float(np.ptp(series)) / 2
            return found | {"error": drift, "enough": drift < FLUX_QUANTUM / self.hold}


def _bisected(
    plan: _Plan,
    steps: Steps,
    rest: State,
    fields: tuple[Field, ...],
    top: float,
    limit: float,
    resolution: float,
) -> tuple[float, float, State, float]:
    """Return the largest current without voltage, the smallest with one, state and voltage (mV) at the former."""
    low, high, state, left = 0.0, top, rest, 0.0
    _, row = plan.step(steps, rest, fields, 0.0, top)
    if not abs(row["voltage"]) > limit:
        raise InvalidInput(
            f"{top:.4g} uA give {row['voltage']:.3g} mV between the taps, and {limit:.3g} mV are the criterion",
            "give a larger highest=, a longer settle=, or a smaller criterion=",
        )
    while high - low > resolution * high and high > resolution * top:
        middle = (low + high) / 2
        after, row = plan.step(steps, state, fields, low, middle)
        if abs(row["voltage"]) > limit:
            high = middle
        else:
            low, state, left = middle, after, abs(row["voltage"])
    return low, high, state, left


def _section(film: Film, leads: Leads) -> float:
    """Return the width of the smaller contact times the thickness, nm^2."""
    widths = [
        np.hypot(*np.subtract(t.end, t.start)) for t in (film.terminals[i] for i in leads.numbers(film))
    ]
    return float(min(widths)) * film.thickness


def _minus(schedule: Schedule) -> Schedule:
    return Schedule(tuple(-v for v in schedule.values), schedule.times)


def _word(start: State | str) -> str:
    return start if isinstance(start, str) else "warm"
