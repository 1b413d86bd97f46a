"""The films of the case on vortex matter: what flows, hops, creeps and is pinned in them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onnes import model, probe, solve
from onnes.model.condensate.film import Film
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.response.condensate.flow import phase_step
from onnes.state import State
from onnes.study.case import Quality
from onnes.units import K_B_SI, PHI_0

FLUX = PHI_0 * 1e15 / (2 * np.pi)
"""Phi_0/2 pi, mV ps."""
MOVING = GinzburgLandau(10.0, 200.0, resistivity=20.0, inelastic=0.0)
"""A dirty film at a temperature where both lengths are these (nm); u = 5.79, without inelastic delay."""
FLOATING = GinzburgLandau(10.0, 1000.0, resistivity=200.0, inelastic=0.0)
"""A dirtier one of few pairs, 4 nm thin: its vortices cost a few kelvin, and heat moves them."""
MESH = 5.0
"""nm: half a coherence length."""
TAU, UPPER = MOVING.time, MOVING.upper_critical_field


@dataclass(frozen=True)
class Run:
    """A state and the frames that led to it."""

    state: State
    frames: tuple[State, ...]

    @property
    def time(self) -> np.ndarray:
        """ps."""
        return np.array([s["time"][0] for s in self.frames])


def strip(length: float, width: float, pins: model.Spots | float = 1.0) -> Film:
    """Return a strip along x with contacts at its ends, nm."""
    shape = model.rectangle(length, width)
    ends = (model.side(shape, "left"), model.side(shape, "right"))
    return Film(shape, 10.0, MOVING, terminals=ends, strength=pins)


def drive(
    film: Film,
    width: float,
    field: float,
    density: float,
    until: float,
    every: float,
    *,
    rising: bool = False,
    start: State | str = "superconducting",
    spacing: float = MESH,
) -> Run:
    """Drive a current of mean ``density`` (J_0) through a strip, times in tau_0; ``rising``: from zero on."""
    top = density * film.sheet_current * width
    flow = {
        name: model.ramp(0.0, sign * top, until * TAU) if rising else sign * top
        for name, sign in (("left", 1), ("right", -1))
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        recording = solve.Recording(sample=every * TAU, frames=path, frame_every=every * TAU)
        state = solve.tdgl(
            film,
            until=until * TAU,
            field=field * UPPER,
            current=flow,
            spacing=spacing,
            start=start,
            recording=recording,
        )
        return Run(state, tuple(probe.frames(path, state)))


# --- flow ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Josephson:
    """Voltage (of the potential, of the phase) over that of moving vortices, at several pairs of taps (nm)."""

    taps: np.ndarray
    potential: np.ndarray
    phase: np.ndarray
    crossings: int
    place_error: float
    """Relative: a vortex between the points of the mesh is placed to h^2/12 xi at each end of its way."""


def josephson(quality: Quality) -> Josephson:
    """Let vortices flow through a strip and hold the voltmeter against n_v v Phi_0."""
    length, width, begin = 320.0, 80.0, 150.0
    until, every, spacing = (400.0, 1.0, MESH) if quality is Quality.QUICK else (1200.0, 0.5, MESH / 2)
    run = drive(strip(length, width), width, 0.3, 0.15, until, every, spacing=spacing)
    late = [s for s in run.frames if s["time"][0] >= begin * TAU]
    time, x = np.array([s["time"][0] for s in late]), late[0]["film_x"]
    followed = probe.tracks(late, reach=20.0)
    potential = np.array([s["electric_potential"].mean(0) for s in late])
    angles = np.unwrap([np.angle(s["order_parameter"]) for s in late], axis=0)
    turned = (angles[-1] - angles[0]).mean(0)
    taps = np.arange(60.0, length / 2 - 30.0, 10.0)
    rows = []
    for tap in taps:
        low, high = np.argmin(np.abs(x + length / 2 - tap)), np.argmin(np.abs(x - length / 2 + tap))
        # what the strip between the taps holds in its phase at the ends of the time
        first, last = (
            phase_step(s["order_parameter"], s["link_x"], -1)[:, low:high].sum(1).mean()
            for s in (late[0], late[-1])
        )
        span = time[-1] - time[0]
        moved = probe.josephson_voltage(followed, width, within=(x[low], x[high]))
        moved += FLUX * (last - first) / span
        volts = np.trapezoid(potential[:, low] - potential[:, high], time) / span
        rows.append((volts / moved, FLUX * (turned[high] - turned[low]) / span / moved))
    ratios = np.array(rows)
    crossings = int(np.isin(followed["event_kind"].values, ("entry", "exit")).sum())
    return Josephson(
        taps, ratios[:, 0], ratios[:, 1], crossings, spacing**2 / 6 / MOVING.coherence_length / width
    )


def drift() -> tuple[float, float]:
    """Return the speed of one vortex in the middle of a strip over the current density (xi/tau_0 over J_0).

    In the field b = (pi xi/w)^2/2 the edges pull it out as strongly as the screening current pushes it in. The error
    is what another range of places makes.
    """
    width, density = 240.0, 0.02
    film, field = strip(width, width), (np.pi * MOVING.coherence_length / width) ** 2 / 2
    first = solve.energy(
        film,
        field=field * UPPER,
        starts=(((0.0, 0.0),),),
        spacing=MESH,
        tolerance=1e-2,
        throw=False,  # a saddle: the descent is stopped on it
    )
    run = drive(film, width, field, density, 80.0, 2.0, start=first)
    seen = [(t, probe.vortices(s)["vortex_y"].values) for t, s in zip(run.time, run.frames, strict=True)]
    path = np.array(
        [(t / TAU, y[0] / MOVING.coherence_length) for t, y in seen if len(y) == 1 and t > 15 * TAU]
    )
    speeds = []
    for reach in (0.7, 1.0):
        kept = path[np.abs(path[:, 1]) < reach]
        speeds.append(-np.polyfit(kept[:, 0], kept[:, 1], 1)[0] / density)
    return float(speeds[0]), float(
        abs(speeds[1] - speeds[0]) + MESH**2 / 12 / MOVING.coherence_length**2 * speeds[0]
    )


# --- pinning -------------------------------------------------------------------------------------


def pin_rows(width: float) -> model.Spots:
    """Return normal spots at the spacing of a square vortex lattice at 0.3 Bc2, clear of the edges."""
    spacing = 46.0
    rows = [y for y in spacing * np.arange(-3, 4) if abs(y) < width / 2 - 20]
    return model.Spots(
        tuple((x, y) for x in spacing * np.arange(-2, 3) for y in rows), radius=6.0, value=0.0, edge=2.0
    )


def current_voltage(pinned: bool, quality: Quality) -> tuple[np.ndarray, np.ndarray]:
    """Return current densities (J_0) and fields E (J_0/sigma) between taps, raised step by step."""
    length, width = 240.0, 160.0
    film = strip(length, width, pin_rows(width) if pinned else 1.0)
    densities, hold = np.array([0.03, 0.05, 0.07, 0.09, 0.11]), 120.0
    if quality is Quality.FULL:
        densities, hold = np.linspace(0.02, 0.13, 12), 600.0
    state: State = solve.energy(film, field=0.3 * UPPER, spacing=MESH, starts=("triangular", 1))
    fields = []
    for density in densities:
        run = drive(film, width, 0.3, density, hold, 3.0, start=state)
        state = run.state
        x = state["film_x"]
        low, high = np.argmin(np.abs(x + 60)), np.argmin(np.abs(x - 60))
        late = [s["electric_potential"].mean(0) for s in run.frames if s["time"][0] >= hold / 2 * TAU]
        drop = np.mean([p[low] - p[high] for p in late]) / MOVING.voltage
        fields.append(drop * MOVING.coherence_length / (x[high] - x[low]))
    return densities, np.array(fields)


def critical_density(densities: np.ndarray, fields: np.ndarray) -> float:
    """Return the current density (J_0) at which E exceeds 1e-3 J_0/sigma, interpolated; NaN where it never does."""
    limit = 1e-3
    above = int(np.argmax(fields > limit))
    if not fields[above] > limit:
        return float("nan")
    if above == 0:
        return float(densities[0])
    return float(np.interp(limit, fields[above - 1 : above + 1], densities[above - 1 : above + 1]))


# --- hops ------------------------------------------------------------------------------------------


def hop_track() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return time (tau_0), mean current density (J_0) and place (nm) of a vortex that is torn from pin to pin."""
    width, top, until = 140.0, 0.12, 400.0
    pins = model.Spots(((0.0, -35.0), (0.0, 0.0), (0.0, 35.0)), radius=6.0, value=-1.0, edge=2.0)
    film = strip(140.0, width, pins)
    first = solve.energy(film, field=0.08 * UPPER, starts=(((0.0, 0.0),),), spacing=MESH)
    run = drive(film, width, 0.08, top, until, 4.0, rising=True, start=first)
    followed = probe.tracks(run.frames, reach=20.0)
    time = followed["frame_time"].values / TAU
    return time, top * time / until, followed["track_y"].values[0]


# --- creep -----------------------------------------------------------------------------------------

WELLS = 20.0
"""nm: two normal spots, each this far from the middle."""


def wells() -> Film:
    """Return a small film in which one vortex has two places."""
    pins = model.Spots(((-WELLS, 0.0), (WELLS, 0.0)), radius=8.0, value=0.0, edge=2.0)
    return Film(model.rectangle(140.0, 80.0), 4.0, FLOATING, strength=pins)


def barrier(film: Film, spacing: float = MESH) -> tuple[State, float]:
    """Return the state with the vortex on the left, and the energy (K) of the saddle above it.

    The saddle keeps the mirror symmetry of the film: a descent from a vortex in the middle stops there.
    """
    field = 0.15 * FLOATING.upper_critical_field
    left = solve.energy(film, field=field, spacing=spacing, starts=(((-WELLS, 0.0),),))
    middle = solve.energy(film, field=field, spacing=spacing, starts=(((0.0, 0.0),),), tolerance=1e-3)
    volume = film.shape.area * film.thickness * 1e-27
    per_kelvin = FLOATING.condensation_density * volume / K_B_SI
    return left, float(middle["candidate_energy"][0] - left["candidate_energy"][0]) * per_kelvin


@dataclass(frozen=True)
class Creep:
    """Jumps of a vortex between two wells against temperature."""

    barrier: float
    """K, by the saddle."""
    barrier_error: float
    """K, by the mesh."""
    temperature: np.ndarray
    hops: np.ndarray
    until: float
    """tau_0."""
    place: np.ndarray
    """nm, of the coldest run."""
    time: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """Jumps for each tau_0, half a jump added."""
        return (self.hops + 0.5) / self.until

    @property
    def slope(self) -> tuple[float, float]:
        """-d ln(rate)/d(1/T) (K) and its error by counting."""
        inverse, weight = 1 / self.temperature, self.hops + 0.5
        mean = np.average(inverse, weights=weight)
        spread = float(weight @ (inverse - mean) ** 2)
        return -float(weight @ ((inverse - mean) * np.log(self.rate))) / spread, spread**-0.5


def creep(quality: Quality) -> Creep:
    """Count the jumps at several temperatures of the thermal noise."""
    shares, until = ((1.2, 2.0), 5000.0) if quality is Quality.QUICK else ((1.2, 1.7, 2.2, 2.7), 40000.0)
    film = wells()
    left, height = barrier(film)
    finer = barrier(film, 3.5)[1]
    temperature, counted, place, time = height / np.array(shares), [], np.zeros(0), np.zeros(0)
    for kelvin in temperature:
        time, place = _noisy(film, left, kelvin, until)
        side = np.where(np.abs(place) > 0.4 * WELLS, np.sign(place), 0)
        side = side[side != 0]
        counted.append(np.count_nonzero(np.diff(side)))
    return Creep(height, abs(finer - height), temperature, np.array(counted), until, place, time)


def _noisy(film: Film, left: State, kelvin: float, until: float) -> tuple[np.ndarray, np.ndarray]:
    """Return time (tau_0) and place (nm) of the vortex: the sum over windings, pairs cancel."""
    tau = FLOATING.time
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "noise.h5"
        run = solve.tdgl(
            film,
            until=until * tau,
            field=0.15 * FLOATING.upper_critical_field,
            noise=kelvin,
            spacing=MESH,
            start=left,
            seed=3,
            stepping=solve.Stepping(fixed=0.3 * tau),
            recording=solve.Recording(sample=until / 20 * tau, frames=path, frame_every=6 * tau),
        )
        rows = []
        for frame in probe.frames(path, run):
            found = probe.vortices(frame)
            rows.append((frame["time"][0] / tau, (found["vortex_x"] * found["vortex_winding"]).values.sum()))
    table = np.array(rows)
    return table[:, 0], table[:, 1]
