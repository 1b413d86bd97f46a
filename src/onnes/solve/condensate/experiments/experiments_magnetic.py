"""Experiments in a field, in one call: magnetisation loops, cooling in a field and without."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.fields import Field, Profile, Uniform, as_fields
from onnes.model.condensate.film import Film
from onnes.model.condensate.patterns import FunctionPattern, Pattern, evaluate
from onnes.model.condensate.schedule import ramp as ramped
from onnes.model.condensate.schedule import steady
from onnes.response.condensate.currents import face_currents, moment
from onnes.response.condensate.film_fields import film_fields
from onnes.solve.condensate.experiments.experiments import (
    Course,
    Steps,
    finished,
    require_times,
    require_values,
)
from onnes.solve.condensate.films.record import Recording
from onnes.state import State
from onnes.units import MU_0

ALONG_Z = Uniform()
RAMP, HOLD = 50.0, 50.0
"""Default durations of a ramp between two fields and of the rest after it, tau_0."""


def magnetisation_loop(
    film: Film,
    fields: Sequence[float],
    *,
    profile: Profile = ALONG_Z,
    ramp: float | None = None,
    hold: float | None = None,
    start: State | str = "superconducting",
    course: Course | None = None,
) -> State:
    """Take a film through one field after another and read its magnetisation at each: M(H) with its history.

    The field is ramped in a straight line, rests, and the moment m, half the integral of r x K, is read at the end of
    the rest. mu0 M is mu0 m over the volume. Each step starts where the one before ended.

    Parameters
    ----------
    film : a film; its currents change the field in it where the course says so.
    fields : T, in the order of the experiment; the first one is reached from zero.
    profile : in space, the field being the profile times each number; uniform along z where not given.
    ramp : ps from one field to the next; 50 tau_0 where not given.
    hold : ps of rest before the moment is read; 50 tau_0 where not given.
    start : ``"superconducting"``, ``"normal"``, ``"seeded"`` or a state without field on the same mesh.
    course : mesh, steps, seed, checkpoint and monitor.

    Returns
    -------
    State ``"magnetisation_loop"`` of the film at the end, with ``history_time`` (ps), ``history_field`` (T, along z at
    the middle of the film), ``history_moment`` (A m^2) and ``history_magnetisation`` (mu0 M, T) on ``sweep_point``.

    Raises
    ------
    InvalidInput : no field, times that are not positive, a checkpoint of another experiment.
    NotConverged : a run went wrong, or the monitor cancelled.
    """
    course = course or Course()
    values = require_values("fields", fields, "T")
    rise, rest = require_times(film, ramp=(ramp, RAMP), hold=(hold, HOLD))
    facts = (values, profile, rise, rest, start_mark(start))
    steps = Steps("magnetisation_loop", film, (profile,), facts, course, len(values))
    rows, state, before = [], start, 0.0
    for value in values:
        schedule = ramped(before, value, rise) if value != before else steady(value)
        setup = steps.setup((Field(profile, schedule),))
        recording = Recording(sample=rise + rest)
        state, row = steps.run(setup, rise + rest, state, recording, _moment)
        rows.append(row["moment"])
        before = value
    moments, count = np.array(rows), len(values)
    series = {
        "sweep_point": np.arange(count),
        "history_time": (rise + rest) * np.arange(1, count + 1),
        "history_field": np.array(values) * _at_the_middle(film, profile),
        "history_moment": moments,
        "history_magnetisation": MU_0 * moments / (film.shape.area * film.thickness * 1e-27),
    }
    return finished(state, series, steps.report(_word(start)), "magnetisation_loop")


def field_cooled(
    film: Film,
    field: float | Field | tuple[Field, ...],
    *,
    cooling: float | None = None,
    stages: int = 20,
    hold: float | None = None,
    course: Course | None = None,
) -> State:
    """Cool a film in a static field from small random psi, the seed of the course, to its own strength.

    Where ``cooling`` is given, epsilon(r) - delta is lowered to epsilon(r) in ``stages`` equal steps of delta from 1:
    a temperature that falls from Tc in a straight line. Otherwise the film is quenched, epsilon(r) at once.

    Parameters
    ----------
    field : T along z, or profiles in space; none that changes in time.
    cooling : ps from Tc to the working temperature. hold : ps of rest at the end; 200 tau_0 where not given.
    course : mesh, steps, seed, checkpoint and monitor.

    Returns
    -------
    State ``"tdgl"`` of the film at the end.

    Raises
    ------
    InvalidInput : a field that changes, times that are not positive, fewer than one stage, another's checkpoint.
    NotConverged : a run went wrong, or the monitor cancelled.
    """
    course = course or Course()
    fields = static_fields(field)
    (rest,) = require_times(film, hold=(hold, 200.0))
    if stages < 1 or (cooling is not None and not 0 < cooling < float("inf")):
        raise InvalidInput(
            f"{stages} stages of cooling in {cooling} ps", "give at least one, and a positive time"
        )
    number = 0 if cooling is None else stages
    facts = (fields, cooling, number, rest)
    steps = Steps("field_cooled", film, [f.profile for f in fields], facts, course, number + 1)
    state: State | str = "seeded"
    for stage in range(number):
        warm = replace(film, strength=_lowered(film.strength, 1 - (stage + 0.5) / number))
        setup = replace(steps.setup(fields), film=warm)
        state, _ = steps.run(setup, cooling / number, state, Recording(sample=cooling / number), _nothing)
    state, _ = steps.run(steps.setup(fields), rest, state, Recording(sample=rest), _nothing)
    return finished(state, {}, steps.report("seeded"), "tdgl")


def zero_field_cooled(
    film: Film,
    field: float | Field | tuple[Field, ...],
    *,
    ramp: float | None = None,
    hold: float | None = None,
    course: Course | None = None,
) -> State:
    """Cool a film without field, then raise the field upon it from zero in a straight line and let it rest.

    Parameters
    ----------
    field : T along z, or profiles in space; none that changes in time.
    ramp, hold : ps; 200 tau_0 each where not given.
    course : mesh, steps, seed, checkpoint and monitor.

    Returns
    -------
    State ``"tdgl"`` of the film at the end.

    Raises
    ------
    InvalidInput : a field that changes, times that are not positive, another's checkpoint.
    NotConverged : a run went wrong, or the monitor cancelled.
    """
    course = course or Course()
    fields = static_fields(field)
    rise, rest = require_times(film, ramp=(ramp, 200.0), hold=(hold, 200.0))
    facts = (fields, rise, rest)
    steps = Steps("zero_field_cooled", film, [f.profile for f in fields], facts, course, 2)
    rising = tuple(Field(f.profile, ramped(0.0, f.schedule.at(0.0), rise)) for f in fields)
    state, _ = steps.run(steps.setup(rising), rise, "superconducting", Recording(sample=rise), _nothing)
    state, _ = steps.run(steps.setup(fields), rest, state, Recording(sample=rest), _nothing)
    return finished(state, {}, steps.report("superconducting"), "tdgl")


def static_fields(given: float | Field | tuple[Field, ...]) -> tuple[Field, ...]:
    """Return fields; raise `InvalidInput` where one of them changes in time."""
    fields = as_fields(given)
    if not all(f.schedule.constant for f in fields):
        raise InvalidInput(
            "a field that changes in time", "give numbers, or profiles with constant schedules"
        )
    return fields


def _moment(state: State) -> dict[str, float]:
    seen = film_fields(state, "magnetic_moment")
    return {"moment": moment(seen, face_currents(seen, state, "magnetic_moment").total)}


def _nothing(state: State) -> dict[str, float]:
    return {}


def _at_the_middle(film: Film, profile: Profile) -> float:
    x0, y0, x1, y1 = film.shape.bounds
    return float(profile.flux_density(np.array([(x0 + x1) / 2]), np.array([(y0 + y1) / 2]))[0])


def _lowered(strength: Pattern | float, by: float) -> Pattern | float:
    """Return epsilon(r) - by."""
    if isinstance(strength, int | float):
        return strength - by
    return FunctionPattern(lambda x, y: evaluate(strength, x, y) - by)


def start_mark(start: State | str) -> str:
    """Return what tells one start from another in a checkpoint."""
    if isinstance(start, str):
        return start
    return hashlib.sha256(np.ascontiguousarray(start["order_parameter"]).tobytes()).hexdigest()


def _word(start: State | str) -> str:
    return start if isinstance(start, str) else "warm"
