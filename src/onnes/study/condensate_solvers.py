"""Configuration entries of what is done with films: in time, in equilibrium, and experiments in one call."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from onnes import model, solve
from onnes.state import State
from onnes.study.condensate import (
    Current,
    CurrentDrive,
    FieldDrive,
    FilmScales,
    Induction,
    Length,
    Point,
    Time,
    Voltage,
    VoltageDrive,
    schedule,
)
from onnes.study.strict import File, Strict, Temperature, told

FILM: tuple[str, ...] = ("film",)
Start = Literal["superconducting", "normal", "seeded"]


def _maybe(scale: FilmScales, given: float | str | None) -> float | None:
    return None if given is None else scale(given)


# --- axes ------------------------------------------------------------------------------------------------


class _Range(Strict):
    points: int = Field(ge=2)

    def array(self, scale: FilmScales) -> np.ndarray:
        """Return the points, in the unit of their kind."""
        return np.linspace(scale(self.from_), scale(self.to), self.points)  # type: ignore[attr-defined]


class _Values(Strict):
    def array(self, scale: FilmScales) -> np.ndarray:
        """Return the points, in the unit of their kind."""
        return np.array([scale(value) for value in self.values])  # type: ignore[attr-defined]


class FieldRange(_Range):
    """``{from = 0, to = "0.8 Bc2", points = 9}``."""

    from_: Induction = Field(alias="from")
    to: Induction


class FieldValues(_Values):
    """``{values = [0, "10 mT", "0.5 Bc2"]}``."""

    values: tuple[Induction, ...] = Field(min_length=1)


class CurrentRange(_Range):
    """``{from = 0, to = "1.2 Idep", points = 13}``."""

    from_: Current = Field(alias="from")
    to: Current


class CurrentValues(_Values):
    """``{values = ["5 uA", "10 uA"]}``."""

    values: tuple[Current, ...] = Field(min_length=1)


def _shape(given: Any) -> str:
    values = "values" in given if isinstance(given, dict) else hasattr(given, "values")
    return "<values" if values else "<from"


FieldAxis = Annotated[
    Annotated[FieldRange, Tag("<from")] | Annotated[FieldValues, Tag("<values")], Discriminator(_shape)
]
CurrentAxis = Annotated[
    Annotated[CurrentRange, Tag("<from")] | Annotated[CurrentValues, Tag("<values")], Discriminator(_shape)
]

# --- in time ------------------------------------------------------------------------------------------------


class TdglEntry(Strict):
    """A film followed in time; ``frames`` is a file that `onnes plot` makes a moving picture of.

    ``circulating = {x = "5 uA"}``: currents around a film that repeats; ``leads``: whether the field of the leads acts.
    Over a film that repeats along x and y give ``quanta``, flux quanta to a period, instead of ``field``.
    """

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["tdgl"]
    until: Time
    field: FieldDrive = 0.0
    current: dict[str, CurrentDrive] = Field(default_factory=dict)
    voltage: VoltageDrive | None = None
    noise: Temperature = 0.0
    screening: bool = False
    circulating: dict[Literal["x", "y"], CurrentDrive] = Field(default_factory=dict)
    leads: bool = False
    quanta: int | None = None
    spacing: Length | None = None
    start: Start = "superconducting"
    seed: int = 0
    tolerance: float = Field(default=1e-3, gt=0)
    step: Time | None = None
    sample: Time | None = None
    frames: File | None = None
    frame_every: Time | None = None
    checkpoint: File | None = None

    @model_validator(mode="after")
    def _whole(self) -> "TdglEntry":
        if (self.frames is None) != (self.frame_every is None):
            raise told(
                "has frames or frame_every alone", 'give both: frames = "run.h5", frame_every = "5 tau0"'
            )
        if self.quanta is not None and self.field != 0.0:
            raise told("has a field and quanta", "give one of them")
        return self

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        recording = solve.Recording(
            sample=_maybe(scale, self.sample),
            frames=self.frames,
            frame_every=_maybe(scale, self.frame_every),
            checkpoint=self.checkpoint,
        )
        field = schedule(self.field, scale) if self.quanta is None else described.induction(self.quanta)
        return solve.tdgl(
            described,
            until=scale(self.until),
            field=field,
            current={name: schedule(one, scale) for name, one in self.current.items()} or None,
            voltage=None if self.voltage is None else schedule(self.voltage, scale),
            noise=self.noise,
            screening=self.screening,
            circulating={axis: schedule(one, scale) for axis, one in self.circulating.items()} or None,
            leads=self.leads,
            spacing=_maybe(scale, self.spacing),
            start=self.start,
            seed=self.seed,
            stepping=solve.Stepping(tolerance=self.tolerance, fixed=_maybe(scale, self.step)),
            recording=recording,
        )


class _Course(Strict):
    """How the steps of an experiment are computed; ``checkpoint`` is the folder from which it goes on."""

    spacing: Length | None = None
    seed: int = 0
    seeding: float = Field(default=1e-3, ge=0, lt=1)
    noise: Temperature = 0.0
    screening: bool = False
    tolerance: float = Field(default=1e-3, gt=0)
    step: Time | None = None
    checkpoint: File | None = None

    def course(self, scale: FilmScales) -> "solve.Course":
        return solve.Course(
            spacing=_maybe(scale, self.spacing),
            seed=self.seed,
            seeding=self.seeding,
            stepping=solve.Stepping(tolerance=self.tolerance, fixed=_maybe(scale, self.step)),
            noise=self.noise,
            screening=self.screening,
            checkpoint=self.checkpoint,
        )


class _Transport(_Course):
    """Contacts by name, taps in nm, and how long the voltage settles and is read."""

    source: str | int = 0
    drain: str | int = 1
    taps: tuple[Point, Point] | None = None
    settle: Time | None = None
    hold: Time | None = None
    sample: Time | None = None

    def options(self, scale: FilmScales) -> dict[str, Any]:
        taps = None if self.taps is None else (scale.point(self.taps[0]), scale.point(self.taps[1]))
        return {
            "leads": solve.Leads(self.source, self.drain, taps),
            "settle": _maybe(scale, self.settle),
            "hold": _maybe(scale, self.hold),
            "sample": _maybe(scale, self.sample),
            "course": self.course(scale),
        }


class CurrentVoltageEntry(_Transport):
    """The voltage at one current after another, and back."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["current-voltage"]
    currents: CurrentAxis
    field: Induction = 0.0
    both_directions: bool = True
    start: Start = "superconducting"

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        return solve.current_voltage(
            described,
            self.currents.array(scale),
            field=scale(self.field),
            both_directions=self.both_directions,
            start=self.start,
            **self.options(scale),
        )


class CriticalCurrentEntry(_Transport):
    """The critical current in one field after another."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["critical-current"]
    fields: FieldAxis = FieldValues(values=(0.0,))
    resolution: float = Field(default=0.02, gt=0, lt=1)
    criterion: Voltage | None = None
    highest: Current | None = None

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        return solve.critical_current(
            described,
            self.fields.array(scale),
            resolution=self.resolution,
            criterion=_maybe(scale, self.criterion),
            highest=_maybe(scale, self.highest),
            **self.options(scale),
        )


class MagnetisationLoopEntry(_Course):
    """The magnetisation in one field after another; ``cycle`` goes on to minus the last one and back to it."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["magnetisation-loop"]
    fields: FieldAxis
    cycle: bool = False
    ramp: Time | None = None
    hold: Time | None = None

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        up = self.fields.array(scale)
        whole = np.concatenate([up, up[-2::-1], -up[1:], -up[-2::-1], up[1:]]) if self.cycle else up
        return solve.magnetisation_loop(
            described,
            whole,
            ramp=_maybe(scale, self.ramp),
            hold=_maybe(scale, self.hold),
            course=self.course(scale),
        )


class FieldCooledEntry(_Course):
    """A film cooled in a field, at once or in ``cooling``."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["field-cooled"]
    field: Induction
    cooling: Time | None = None
    stages: int = Field(default=20, ge=1)
    hold: Time | None = None

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        return solve.field_cooled(
            described,
            scale(self.field),
            cooling=_maybe(scale, self.cooling),
            stages=self.stages,
            hold=_maybe(scale, self.hold),
            course=self.course(scale),
        )


class ZeroFieldCooledEntry(_Course):
    """A film cooled without field, upon which the field is raised."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["zero-field-cooled"]
    field: Induction
    ramp: Time | None = None
    hold: Time | None = None

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        return solve.zero_field_cooled(
            described,
            scale(self.field),
            ramp=_maybe(scale, self.ramp),
            hold=_maybe(scale, self.hold),
            course=self.course(scale),
        )


# --- in equilibrium -------------------------------------------------------------------------------------------


class EnergyEntry(Strict):
    """The minimum of the free energy, the lowest found from ``starts``: lattices by name, noise by its seed."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["energy"]
    field: Induction = 0.0
    spacing: Length | None = None
    starts: tuple[Literal["meissner", "triangular", "square"] | int, ...] | None = Field(
        default=None, min_length=1
    )
    tolerance: float = Field(default=1e-6, gt=0, lt=1)

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        return solve.energy(
            described,
            field=scale(self.field),
            spacing=_maybe(scale, self.spacing),
            starts=self.starts,
            tolerance=self.tolerance,
        )


class EnergyLadderEntry(Strict):
    """Minima in one field after another, each the lowest of ``starts`` and of the one before."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "states"
    kind: Literal["energy-ladder"]
    fields: FieldAxis
    spacing: Length | None = None
    starts: tuple[Literal["meissner", "triangular", "square"] | int, ...] = ()
    tolerance: float = Field(default=1e-6, gt=0, lt=1)

    def run(self, described: model.Film) -> tuple[State, ...]:
        scale = FilmScales(described)
        found: list[State] = []
        for value in self.fields.array(scale):
            found.append(
                solve.energy(
                    described,
                    field=float(value),
                    spacing=_maybe(scale, self.spacing),
                    starts=self.starts or (None if found else ("meissner",)),
                    start=found[-1] if found else None,
                    tolerance=self.tolerance,
                )
            )
        return tuple(found)


class LondonEntry(Strict):
    """The static currents of the London limit, with flux quanta in the holes and vortices at given places."""

    takes: ClassVar[tuple[str, ...]] = FILM
    gives: ClassVar[str] = "a state"
    kind: Literal["london"]
    field: Induction = 0.0
    fluxoids: tuple[int, ...] | None = None
    vortices: tuple[tuple[Length, Length, int], ...] = ()
    spacing: Length | None = None

    def run(self, described: model.Film) -> State:
        scale = FilmScales(described)
        return solve.london(
            described,
            field=scale(self.field),
            fluxoids=self.fluxoids,
            vortices=tuple((scale(x), scale(y), n) for x, y, n in self.vortices),
            spacing=_maybe(scale, self.spacing),
        )


FILM_SOLVERS: tuple[type[Strict], ...] = (
    TdglEntry,
    CurrentVoltageEntry,
    CriticalCurrentEntry,
    MagnetisationLoopEntry,
    FieldCooledEntry,
    ZeroFieldCooledEntry,
    EnergyEntry,
    EnergyLadderEntry,
    LondonEntry,
)
