"""Films in time: the generalised time-dependent Ginzburg-Landau equation from a setup to a `State`."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.fields import Field, as_fields
from onnes.model.condensate.film import Film, Setup
from onnes.model.condensate.schedule import Schedule, as_schedule
from onnes.model.condensate.thermal import Thermal
from onnes.numerics import philox
from onnes.response.condensate.currents import A_PER_M, face_currents
from onnes.response.condensate.film_fields import film_fields
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films.banks import Banks
from onnes.solve.condensate.films.checkpoint import Checkpoint, digest, read_checkpoint, write_checkpoint
from onnes.solve.condensate.films.instant import NEAR, Moment, Stepping
from onnes.solve.condensate.films.observe import fields, sample, stacked
from onnes.solve.condensate.films.record import Frames, Recording, frame_bytes
from onnes.solve.condensate.films.self_field import Screening
from onnes.solve.condensate.films.stepper import TDGL
from onnes.solve.condensate.films.taps import Voltmeter
from onnes.state import Check, Outcome, Report, State

SEED_SIZE = 0.01
"""Size of the random order parameter of a seeded start."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: times in ps, sizes in bytes, wall time in seconds, ``error`` over its tolerance.

    ``remaining`` is what the run still needs at its mean speed, infinite before the first step.
    """

    time: float
    until: float
    steps: int
    step_size: float
    error: float
    memory: int
    frame_bytes: int
    seconds: float
    remaining: float


Monitor = Callable[[Progress], "bool | None"]
Start = tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray | None]
"""Order parameter, sheet current, temperature and phases of superconducting contacts at the beginning."""


def tdgl(
    film: Film | Setup,
    *,
    until: float,
    field: float | Schedule | Field | tuple[Field, ...] = 0.0,
    current: Mapping[str, float | Schedule] | None = None,
    voltage: float | Schedule | None = None,
    noise: float = 0.0,
    screening: bool | Screening = False,
    thermal: Thermal | None = None,
    circulating: Mapping[str, float | Schedule] | None = None,
    leads: bool = False,
    spacing: float | None = None,
    start: State | str = "superconducting",
    seed: int = 0,
    stepping: Stepping | None = None,
    recording: Recording | None = None,
    monitor: Monitor | None = None,
    throw: bool = True,
) -> State:
    """Follow a film in time, from 0 to ``until``, by the generalised time-dependent Ginzburg-Landau equation.

    Main arguments
    --------------
    film : a film, with the drive in the keywords, or a setup that holds its own drive.
    until : end of the run, ps.
    field : applied field: T along z, a schedule, or profiles in space times schedules.
    current : uA into the film at each named terminal, numbers or schedules; terminals left out carry none.
    voltage : mV between the first and the second terminal, instead of currents.
    noise : temperature of the thermal noise, K; it needs ``Stepping(fixed=)``.
    screening : whether the field of the film's own currents acts upon it, or how exactly. It starts with the current
        between its contacts, or with that of a start from a state.
    thermal : how the film heats and cools, and grows weaker where it is hot; the noise keeps its temperature.
    circulating : uA that flow along ``"x"`` or ``"y"`` through the cross-section of a film that repeats along it; where
        none is given no electromotive force acts but that of the fields (`model.Threading`).
    leads : whether the field of straight leads, which go on from the terminals to infinity, acts upon the film.

    Other arguments
    ---------------
    spacing : of the mesh, nm; 0.35 coherence lengths where not given.
    start : ``"superconducting"``, ``"normal"`` (psi = 0, which without noise never leaves it), ``"seeded"``
        (small random psi), or a state on the same mesh, whose order parameter is taken, and with screening its
        sheet current, with heat its temperature.
    seed : of a seeded start and of the noise.
    stepping, recording : tolerance and steps; samples, frames and checkpoints.
    monitor : called with a `Progress` before the first step and after each; returning True cancels.
    throw : raise `NotConverged` instead of returning a run that was cancelled or went wrong.

    Returns
    -------
    State ``"tdgl"`` of a `Setup` at the time ``until``, with the series of its samples.

    Raises
    ------
    InvalidInput : drives that are given twice or to unknown terminals, a start on another mesh, a checkpoint of
        another run, frames larger than allowed.
    NotConverged : the run was cancelled, or its numbers ceased to be finite; the last good state is in its ``.state``.
    """
    exact = screening if isinstance(screening, Screening) else None
    setup = _setup(film, field, current, voltage, (noise, bool(screening), thermal), (circulating, leads))
    if not 0 < until < float("inf"):
        raise InvalidInput(f"a run until {until} ps", "give a positive time")
    recording = recording or Recording()
    mesh = film_mesh(setup.film, spacing, repeats=True)
    engine = TDGL(setup, mesh, stepping, seed, exact)
    run = _Run(engine, _first(engine, start, seed), until, recording, seed)
    run.how = run.how or (start if isinstance(start, str) else "warm")
    outcome = run.go(monitor)
    state = run.state(outcome)
    if throw and not state.report.converged:
        error = NotConverged(state.report)
        error.state = state
        raise error
    return state


class _Run:
    """One run: the moment it is at, and what it has written down."""

    def __init__(self, engine: TDGL, first: Start, until: float, recording: Recording, seed: int) -> None:
        self.engine, self.recording, self.seed, self.how = engine, recording, seed, ""
        unit = engine.drive.unit_time
        self.until, self.until_ps = until / unit, until
        self.interval = (until / 100 if recording.sample is None else recording.sample) / unit
        self.frame_interval = (recording.frame_every or float("inf")) / unit
        self.frame_bytes = frame_bytes(engine, recording, until)
        self.begin, self.samples, self.series, written = time.perf_counter(), [], {}, 0
        self.meter = Voltmeter(engine, recording.taps)
        self.averaged = recording.means and self.meter.count > 0
        self.integral, self.sampled, self.mark = np.zeros(self.meter.count), 0.0, ""
        if recording.checkpoint is not None:
            written_down = self.interval, self.frame_interval, recording.taps, recording.means
            self.mark = digest(engine, first, written_down, seed)
        found = None if not self.mark else read_checkpoint(recording.checkpoint, self.mark)
        if found is None:
            self.moment = engine.init(*first)
        else:
            self.moment, self.series, written = found.moment, found.series, found.frames
            self.integral, self.sampled = found.integral, found.since
            self.how = "checkpoint"
        self.frames = None if recording.frames is None else Frames(engine, recording.frames, written)
        self.since = self.moment.time
        self.memory = memory(engine)
        if found is None:
            self._note()

    def go(self, monitor: Monitor | None) -> Outcome:
        """Step to the end and say how it went."""
        try:
            return self._march(monitor)
        finally:
            if self.frames is not None:
                self.frames.close()

    def _march(self, monitor: Monitor | None) -> Outcome:
        saved = time.perf_counter()
        if monitor is not None and monitor(self._progress()):
            return Outcome.CANCELLED
        while self.moment.time < self.until:
            stop = min(self._due())
            after = self.engine.step(self.moment, stop if stop < self.until - NEAR else self.until)
            if not after.finite:
                return Outcome.UNSTABLE
            if self.averaged:
                self.integral = self.integral + self.meter.integral(self.moment, after)
            self.moment = after
            self._note()
            if monitor is not None and monitor(self._progress()):
                self._save()
                return Outcome.CANCELLED
            if time.perf_counter() - saved > self.recording.checkpoint_every:
                self._save()
                saved = time.perf_counter()
        self._save()
        return Outcome.CONVERGED

    def _due(self) -> tuple[float, float]:
        """Return the next times of a sample and of a frame."""
        taken = len(self.series.get("sample_time", ())) + len(self.samples)
        frames = float("inf") if self.frames is None else self.frames.count * self.frame_interval
        return taken * self.interval, frames

    def _note(self) -> None:
        due, frame = self._due()
        if self.moment.time >= due - NEAR:
            self.samples.append(sample(self.engine, self.moment) | self._read())
        if self.moment.time >= frame - NEAR:
            self.frames.append(fields(self.engine, self.moment, {}))

    def _read(self) -> dict[str, np.ndarray]:
        """Return the samples of the voltmeter, and begin another mean."""
        mean, now = None, self.moment
        if self.averaged:
            mean = self.meter.read(now, self.engine.side(now))
            if now.time > self.sampled:
                mean = self.integral / (now.time - self.sampled)
        self.integral, self.sampled = np.zeros(self.meter.count), now.time
        return self.meter.sample(now, mean)

    def _history(self) -> dict[str, np.ndarray]:
        new = stacked(self.samples)
        if not self.series or not new:
            return self.series or new
        return {name: np.concatenate([self.series[name], new[name]]) for name in new}

    def _save(self) -> None:
        if self.mark:
            self.series, self.samples = self._history(), []
            count = self.frames.count if self.frames else 0
            now = Checkpoint(self.moment, self.series, self.integral, self.sampled, count)
            write_checkpoint(self.recording.checkpoint, self.mark, now)

    def _progress(self) -> Progress:
        unit, now = self.engine.drive.unit_time, self.moment
        spent, done = time.perf_counter() - self.begin, now.time - self.since
        left = (self.until - now.time) * spent / done if done > 0 else float("inf")
        return Progress(
            now.time * unit,
            self.until_ps,
            now.count,
            now.last * unit,
            now.error,
            self.memory,
            self.frame_bytes,
            spent,
            left,
        )

    def state(self, outcome: Outcome) -> State:
        """Return the state of the run as it is."""
        engine, now = self.engine, self.moment
        bound = 1e-8 if engine.poisson.iterations else 1e-10
        checks = (Check("charge conservation", _charge_residual(engine, now), bound),)
        fixed = engine.fixed is not None
        report = Report(
            outcome=outcome,
            engine=f"RKL2, {engine.poisson.method} potential" + (", own field" if engine.self_field else ""),
            residuals=() if fixed else (now.error * engine.stepping.tolerance,),
            target=0.0 if fixed else engine.stepping.tolerance,
            iterations=now.count,
            seed=self.seed,
            start=self.how,
            seconds=time.perf_counter() - self.begin,
            checks=checks,
        )
        found = fields(engine, now, self._history() | self.meter.fields())
        return State(engine.setup, "tdgl", found, report)


def _charge_residual(engine: TDGL, now: Moment) -> float:
    """Return the largest unbalanced current of a cell over its largest |psi|^2, in J_0/xi."""
    velocity = (now.velocity[0] + 1j * now.velocity[1])[1:-1, 1:-1]
    psi, mesh = now.order_parameter, engine.mesh
    # V turns the phase by (s/u m) Im(psi* G): the outflow of supercurrent is read back from it
    s = np.sqrt(1 + mesh.inelastic**2 * np.abs(psi) ** 2)
    charge = (np.conj(psi) * velocity).imag * mesh.relaxation * engine.mass / s
    scale = (np.abs(psi) ** 2).max()
    if now.sheet is not None:
        charge = charge - engine.self_field.outflow(now.sheet[2, 1])
        scale = max(scale, np.abs(charge).max())
    if isinstance(engine.drive.outer, Banks):
        charge = engine.drive.outer.centred(charge)
    return float(np.abs(engine.poisson.apply(now.potential) - charge).max() / scale) if scale else 0.0


def memory(engine: TDGL) -> int:
    """Return about how many bytes a run needs: 70 floats a cell, and the capacitance matrix of a cut mesh.

    Screening takes 200 more (Krylov vectors, padded transforms), heat 20.
    """
    bonds = engine.poisson.changed_bonds if engine.poisson.method == "capacitance" else 0
    floats = 70 + 200 * (engine.self_field is not None) + 20 * (engine.heating is not None)
    return 8 * (floats * int(np.prod(engine.mesh.shape)) + 2 * bonds**2)


def _first(engine: TDGL, start: State | str, seed: int) -> Start:
    """Return order parameter, sheet current (J_0 d), temperature, phases of banks; None where they are as usual."""
    psi = _first_psi(engine, start, seed)
    if not isinstance(start, State):
        return psi, None, None, None
    sheet, warm = None, start.fields.get("film_temperature")
    if engine.self_field is not None:
        seen = film_fields(start, "tdgl")
        unit = A_PER_M * seen.film.sheet_current
        sheet = np.stack(face_currents(seen, start, "tdgl").total) / unit
    banks = isinstance(engine.drive.outer, Banks) and "contact_phase" in start
    phases = start["contact_phase"][engine.drive.outer.which] if banks else None
    return psi, sheet, warm, phases


def _first_psi(engine: TDGL, start: State | str, seed: int) -> np.ndarray:
    mesh = engine.mesh
    if isinstance(start, State):
        same = all(np.array_equal(start[n], v) for n, v in (("film_x", mesh.x), ("film_y", mesh.y)))
        if not same:
            raise InvalidInput(
                "a start on another mesh", "give the film and the spacing with which that state was made"
            )
        return np.array(start["order_parameter"])
    if start == "superconducting":
        strength = mesh.strength
        if engine.heating is not None:
            strength = engine.heating.strength(engine.heating.start(None)[0])
        return np.sqrt(np.maximum(strength, 0.0)).astype(complex)
    if start == "normal":
        return np.zeros(mesh.shape, complex)
    if start == "seeded":
        counters = np.zeros((2, *mesh.shape, 4), int)
        counters[..., 0] = np.arange(mesh.shape[0] * mesh.shape[1]).reshape(mesh.shape)
        counters[..., 2] = 2 + np.arange(2)[:, None, None]
        real, imag = philox.normal(counters, seed)
        return SEED_SIZE * (real + 1j * imag)
    raise InvalidInput(f"start = {start!r}", "give 'superconducting', 'normal', 'seeded' or a state")


def _setup(
    film: Film | Setup,
    field: float | Schedule | Field | tuple[Field, ...],
    current: Mapping[str, float | Schedule] | None,
    voltage: float | Schedule | None,
    more: tuple[float, bool, Thermal | None],
    beyond: tuple[Mapping[str, float | Schedule] | None, bool],
) -> Setup:
    """Return the setup of a film, its drive, ``more``: noise, screening, heat; and ``beyond``: circulating, leads."""
    (noise, screening, thermal), (circulating, leads) = more, beyond
    if isinstance(film, Setup):
        beside = (field, current, voltage, noise, thermal, *beyond) != (
            0.0,
            None,
            None,
            0.0,
            None,
            None,
            False,
        )
        if beside or (screening and not film.screening):
            raise InvalidInput("a setup, and a drive beside it", "give the drive in the setup only")
        return film
    names = [t.name for t in film.terminals]
    unknown = [name for name in current or () if name not in names]
    if unknown:
        raise InvalidInput(
            f"a current into {unknown[0]!r}", f"give one of the terminals {', '.join(names) or '(none)'}"
        )
    currents = tuple(as_schedule((current or {}).get(name, 0.0)) for name in names) if current else ()
    fields = () if field == 0.0 else as_fields(field)
    drop = None if voltage is None else as_schedule(voltage)
    wrong = [axis for axis in circulating or () if axis not in ("x", "y")]
    if wrong:
        raise InvalidInput(f"a current around along {wrong[0]!r}", "give 'x' or 'y'")
    around = tuple(as_schedule(circulating[a]) if a in (circulating or ()) else None for a in ("x", "y"))
    return Setup(film, fields, currents, drop, noise, screening, thermal, circulating=around, leads=leads)
