"""Time-dependent Ginzburg-Landau dynamics of thin wires and rings: voltage, phase slips, decay of currents."""

import time
from math import pi

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.schedule import Schedule, as_schedule
from onnes.model.condensate.wire import ThinRing, ThinWire, ThreadSetup
from onnes.state import Check, Outcome, Report, State

TOLERANCE = 1e-4
"""Largest defect of a step in psi or in the phase of a link."""
LARGEST_STEP = 10.0
"""Largest step in units of tau_0."""
MOST_EVENTS = 200_000
"""Phase slips whose time and place are kept; all are counted."""


def thread_dynamics(
    thread: ThinWire | ThinRing | ThreadSetup,
    duration: float,
    *,
    current: float | Schedule = 0.0,
    flux: float | Schedule = 0.0,
    noise: float = 0.0,
    winding: int = 0,
    start: State | str = "superconducting",
    samples: int = 200,
    spacing: float | None = None,
    tolerance: float = TOLERANCE,
    seed: int = 0,
) -> State:
    r"""Follow a thin wire with a current, or a thin ring in a flux, through time.

    .. math:: \frac{u}{\sqrt{1+\gamma^2|\psi|^2}}[\partial_t+\tfrac{\gamma^2}2\partial_t|\psi|^2]\psi
              =(\epsilon-|\psi|^2)\psi+(\partial_x-iA)^2\psi,\qquad J=\mathrm{Im}\,\psi^*(\partial_x-iA)\psi-\partial_tA

    in the gauge without a scalar potential, J being the same everywhere. A ring with an inductance obeys
    sum A dx = 2 pi Phi_a/Phi_0 + (2 pi L/Phi_0) I.

    Parameters
    ----------
    thread : wire, ring, or a setup with its drive.
    duration : ps.
    current : uA through a wire. flux : through a ring, in flux quanta. noise : K.
    winding : of the ring at the start, when it starts superconducting.
    start : "superconducting", "normal" (psi = 0: it stays so without noise), "seeded" (small random psi) or a state
        of the same sites; its time is not carried on.
    samples : number of equal intervals, at whose ends the series are recorded.
    spacing : nm between the sites, 0.2 xi where none is given.
    tolerance : largest error of a step.
    seed : of the noise and of a seeded start.

    Returns
    -------
    State of method "thread_dynamics": ``thread_x``, ``thread_order_parameter``, ``thread_link``, ``thread_strength``,
    and the series on ``sample_time``: ``thread_current``, ``thread_voltage`` (mean since the sample before),
    ``ring_flux``, ``slip_count``, ``thread_energy``, ``electric_field``, ``least_amplitude``, ``step_size``; and
    ``slip_time``, ``slip_position``, ``slip_turns`` of each phase slip.

    Raises
    ------
    InvalidInput : a drive beside that of a setup, an unknown start, a duration or a count that is not positive.
    NotConverged : a number ceased to be finite.
    """
    setup = _setup(thread, current, flux, noise)
    if not (0 < duration < float("inf") and samples >= 1 and 0 < tolerance < 0.1):
        raise InvalidInput(
            f"duration {duration} ps, samples {samples}, tolerance {tolerance}",
            "give a positive time, one sample or more, and a tolerance below 0.1",
        )
    begin = time.perf_counter()
    line = Line(setup, spacing)
    y = line.first(start, winding, seed)
    instant = line.voltage_now(y)
    clock, rows, events, failed = line.run(y, duration, samples, tolerance, seed)
    report = Report(
        outcome=Outcome.UNSTABLE if failed else Outcome.CONVERGED,
        engine=f"RKL2 on a line of {y.shape[1]} sites",
        iterations=int(clock[2]),
        seed=seed,
        start=start if isinstance(start, str) else "warm",
        seconds=time.perf_counter() - begin,
        target=tolerance,
        checks=(Check("flux in the ring against that applied", line.flux_error(y, duration), 1e-9),),
    )
    if failed:
        raise NotConverged(report)
    return State(setup, "thread_dynamics", line.fields(y, rows, events, int(clock[4]), instant), report)


class Line:
    """A setup on its sites, in reduced units: lengths xi, times tau_0, currents I_0, link phases."""

    def __init__(self, setup: ThreadSetup, spacing: float | None) -> None:
        self.setup, thread = setup, setup.thread
        self.material, self.scale = thread.material, thread.thread
        self.x, self.h, self.strength = thread.sites(spacing)
        self.ring = isinstance(thread, ThinRing)
        self.screening = thread.screening if self.ring else 0.0
        self.mode = (2 if self.screening else 1) if self.ring else 0
        self.fixed = not self.ring and thread.ends == "superconducting"
        self.normal = not self.ring and thread.ends == "normal"
        loss = np.zeros(len(self.x))
        if self.normal:
            loss[[0, -1]] = 2 / self.h**2
        self.sites = np.array([self.strength, loss])
        self.links = len(self.x) - (not self.ring)
        self.unit_time = self.material.time

    def first(self, start: State | str, winding: int, seed: int) -> np.ndarray:
        """Return y (3, n) at the start; the links of a ring share the applied flux."""
        y, n = np.zeros((3, len(self.x))), len(self.x)
        if self.ring:
            y[2] = 2 * pi * self.setup.flux.at(0.0) / n
        if isinstance(start, State):
            if "thread_link" not in start or not np.array_equal(start["thread_x"], self.x):
                raise InvalidInput(
                    "a start on other sites", "give the thread and the spacing it was made with"
                )
            psi = start["thread_order_parameter"]
            y[0], y[1] = psi.real, psi.imag
            y[2] += start["thread_link"] - (start["thread_link"].mean() if self.mode == 1 else y[2])
        elif start == "superconducting":
            psi = np.sqrt(np.maximum(self.strength, 0.0)) * np.exp(2j * pi * winding * np.arange(n) / n)
            y[0], y[1] = psi.real, psi.imag
        elif start == "seeded":
            from onnes.numerics import philox

            counters = np.zeros((2, n, 4), int)
            counters[..., 0], counters[..., 2] = np.arange(n), 1000 + np.arange(2)[:, None]
            y[:2] = 1e-3 * philox.normal(counters, seed)
        elif start != "normal":
            raise InvalidInput(
                f"start = {start!r}",
                "give 'superconducting', 'normal', 'seeded' or a state of thread_dynamics",
            )
        if self.fixed:
            y[:2, [0, -1]] = [np.sqrt(np.maximum(self.strength[[0, -1]], 0.0)), [0.0, 0.0]]
        return y

    def drive(self) -> np.ndarray:
        """Return the schedule as the kernels read it: reduced current, or 2 pi times the applied flux."""
        schedule = self.setup.flux if self.ring else self.setup.current
        unit = 2 * pi if self.ring else 1 / self.scale.current
        wave = [schedule.amplitude * unit, 2 * pi / schedule.period * self.unit_time]
        times = np.array(schedule.times) / self.unit_time
        values = np.array(schedule.values) * unit
        return np.array([[*times, *wave], [*values, schedule.phase, 0.0]])

    def run(
        self, y: np.ndarray, duration: float, samples: int, tolerance: float, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """Advance y in place; return the clock, the samples, the slips and whether it failed."""
        from onnes.solve.condensate.wires import thin_wire_kernels as kernels

        until = duration / self.unit_time
        regular = np.linspace(0.0, until, samples + 1)
        kinks = np.array([t / self.unit_time for t in self.setup.events if 0 < t < duration])
        targets = np.unique(np.concatenate([regular, kinks]))
        clock = np.array([0.0, 1e-3, 0.0, 0.0, 0.0, 0.0, 0.0])
        rows, events = np.zeros((samples + 1, kernels.ROW)), np.zeros((MOST_EVENTS, 3))
        theta = self.scale.reduced_temperature(self.setup.noise)
        maps = np.array([self.material.relaxation, self.material.inelastic**2])
        key = np.array([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF], np.uint64)
        line = (self.h, self.sites, maps, self.ring, self.fixed, self.mode)
        failed = kernels.run(
            y,
            clock,
            targets,
            np.isin(targets, regular),
            line,
            self.drive(),
            self.screening,
            np.array([tolerance, LARGEST_STEP]),
            theta,
            key,
            kernels.stage_table(),
            rows,
            events,
        )
        return clock, rows, events[: min(int(clock[4]), MOST_EVENTS)], failed

    def voltage_now(self, y: np.ndarray) -> float:
        """Return -d(sum of links)/dt at the start, in V_0."""
        if self.mode == 1:
            return -2 * pi * self.setup.flux.rate(0.0) * self.unit_time
        psi = y[0] + 1j * y[1]
        flow = np.imag(np.conj(psi) * np.exp(-1j * y[2]) * np.roll(psi, -1))[: self.links].sum()
        length = self.links * self.h
        if self.ring:
            return length * (y[2].sum() - 2 * pi * self.setup.flux.at(0.0)) / self.screening - flow
        return (length + self.h * self.normal) * self.setup.current.at(0.0) / self.scale.current - flow

    def flux_error(self, y: np.ndarray, duration: float) -> float:
        """Return by how much the flux of a ring without inductance misses that applied; 0 otherwise."""
        if self.mode != 1:
            return 0.0
        return float(y[2].sum() / (2 * pi) - self.setup.flux.at(duration))

    def fields(
        self, y: np.ndarray, rows: np.ndarray, events: np.ndarray, seen: int, instant: float
    ) -> dict[str, np.ndarray]:
        """Return the fields of the state."""
        t, material = rows[:, 0] * self.unit_time, self.material
        voltage = np.empty(len(t))
        voltage[0] = instant
        voltage[1:] = -np.diff(rows[:, 2]) / np.diff(rows[:, 0])
        if self.normal:  # the half cells between the contacts and the outermost sites are normal
            voltage[1:] += self.h * (rows[1:, 1] + rows[:-1, 1]) / 2
        where = self.x[events[:, 1].astype(int)] + 0.5 * self.h * material.coherence_length
        return {
            "thread_x": self.x,
            "thread_order_parameter": y[0] + 1j * y[1],
            "thread_link": y[2],
            "thread_strength": self.strength,
            "sample_time": t,
            "thread_current": rows[:, 1] * self.scale.current,
            "thread_voltage": voltage * material.voltage,
            "ring_flux": rows[:, 2] / (2 * pi) if self.ring else np.zeros(len(t)),
            "slip_count": rows[:, 3].astype(int),
            "thread_energy": rows[:, 5] * self.scale.energy * 6.241509074e21,
            "electric_field": rows[:, 6] * material.voltage / material.coherence_length,
            "least_amplitude": rows[:, 7],
            "step_size": rows[:, 8] * self.unit_time,
            "slip": np.arange(len(events)),
            "slip_time": events[:, 0] * self.unit_time,
            "slip_position": where,
            "slip_turns": events[:, 2].astype(int),
        }


def _setup(
    thread: ThinWire | ThinRing | ThreadSetup, current: float | Schedule, flux: float | Schedule, noise: float
) -> ThreadSetup:
    if isinstance(thread, ThreadSetup):
        if (current, flux, noise) != (0.0, 0.0, 0.0):
            raise InvalidInput("a setup, and a drive beside it", "give the drive in the setup only")
        return thread
    return ThreadSetup(thread, as_schedule(current), as_schedule(flux), float(noise))
