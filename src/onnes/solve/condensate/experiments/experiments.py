"""What experiments in one call share: runs one after another, each from an earlier one, none lost when killed.

Every step of an experiment is a run of `tdgl` whose result is written to a folder before the next one begins. The
sequence is deterministic: an experiment that is started again reads the steps that are there and computes the rest.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onnes.errors import InvalidInput, NotConverged, UnreadableFile
from onnes.files import replacing
from onnes.model.condensate.fields import Profile
from onnes.model.condensate.film import Film, Setup
from onnes.model.condensate.thermal import Thermal
from onnes.numerics import philox
from onnes.response.condensate.mesh import film_mesh, link_phases
from onnes.solve.condensate.films.instant import Stepping
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.self_field import Screening
from onnes.solve.condensate.films.time_dependent import tdgl
from onnes.state import Check, Outcome, Report, State

KEPT = (
    "time",
    "order_parameter",
    "electric_potential",
    "link_x",
    "link_y",
    "link_rate_x",
    "link_rate_y",
    "pair_strength",
)
"""Fields of a step that its file holds; the others are those of the mesh."""
WHERE_HOT = "film_temperature"
OF_MESH = (
    "film_x",
    "film_y",
    "cell_weight",
    "face_weight_x",
    "face_weight_y",
    "edge_loss",
)
PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class ExperimentProgress:
    """How far an experiment is: steps done, of which found in the checkpoint, and the most there can be.

    ``seconds`` of wall time so far, and an estimate of what remains at the mean speed, infinite before the first step.
    """

    done: int
    found: int
    most: int
    seconds: float
    remaining: float


Monitor = Callable[[ExperimentProgress], "bool | None"]


@dataclass(frozen=True, slots=True)
class Course:
    """How every step of an experiment is computed and remembered.

    Parameters
    ----------
    spacing : of the mesh, nm; 0.35 coherence lengths where not given.
    seed : of a seeded start, of the noise and of the seeding.
    seeding : size of the random psi that is added, when a step begins, wherever psi is smaller; without it, and without
        noise, a film that has become normal would stay so for ever at any current and in any field.
    stepping : time steps and their tolerance.
    noise : temperature of the thermal noise, K; it needs ``Stepping(fixed=)``.
    screening : whether the field of the film's own currents acts upon it, or how exactly.
    thermal : how the film heats and cools.
    checkpoint : folder of one small file for each step, from which the same call goes on after it was killed.
    monitor : called with an `ExperimentProgress` before the first step and after each; returning True cancels.
    """

    spacing: float | None = None
    seed: int = 0
    seeding: float = 1e-3
    stepping: Stepping | None = None
    noise: float = 0.0
    screening: bool | Screening = False
    thermal: Thermal | None = None
    checkpoint: PathLike | None = None
    monitor: Monitor | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seeding < 1:
            raise InvalidInput(f"Course.seeding = {self.seeding}", "give a number from 0 to below 1")


class Steps:
    """The steps of one experiment on one film.

    Parameters
    ----------
    name : of the experiment. facts : everything besides film, profiles and course that decides its steps.
    most : the number of steps that there can be.
    """

    def __init__(
        self, name: str, film: Film, profiles: Sequence[Profile], facts: object, course: Course, most: int
    ) -> None:
        self.film, self.course, self.most = film, course, most
        self.mesh = film_mesh(film, course.spacing)
        self.begin, self.done, self.found, self.iterations = time.perf_counter(), 0, 0, 0
        self.checks: dict[str, Check] = {}
        self.folder = None if course.checkpoint is None else Path(course.checkpoint)
        self.mark = self._digest(name, profiles, facts) if self.folder else ""
        if self.folder:
            _make(self.folder)
        self._tell()

    def run(
        self,
        setup: Setup,
        until: float,
        start: State | str,
        recording: Recording,
        measure: Callable[[State], dict[str, float]],
    ) -> tuple[State, dict[str, float]]:
        """Return the state after ``until`` ps and what ``measure`` finds in it; from the checkpoint if it is there."""
        path = None if self.folder is None else self.folder / f"{self.done:04d}.npz"
        known = None if path is None else self._read(path, setup)
        if known is None:
            course = self.course
            state = tdgl(
                setup,
                until=until,
                start=self._seeded(start),
                spacing=course.spacing,
                seed=course.seed + self.done,
                stepping=course.stepping,
                screening=course.screening,
                recording=recording,
            )
            self.iterations += state.report.iterations
            self._worst(state.report.checks)
            known = state, measure(state)
            if path is not None:
                self._write(path, *known)
        else:
            self.found += 1
        self.done += 1
        self._tell()
        return known

    def report(self, start: str, warnings: Sequence[str] = ()) -> Report:
        """Return the report of the experiment as it is: steps in time of this call, and the worst of their checks."""
        return Report(
            outcome=Outcome.CONVERGED,
            engine=f"{self.done} runs of tdgl, {self.found} of them from the checkpoint",
            iterations=self.iterations,
            seed=self.course.seed,
            start=start,
            seconds=time.perf_counter() - self.begin,
            checks=tuple(self.checks.values()),
            warnings=tuple(warnings),
        )

    def setup(self, fields: tuple, currents: tuple = ()) -> Setup:
        """Return the film with a drive, and what the course says of noise, screening and heat."""
        course = self.course
        return Setup(self.film, fields, currents, None, course.noise, bool(course.screening), course.thermal)

    def _seeded(self, start: State | str) -> State | str:
        size = self.course.seeding
        if isinstance(start, str) or not size:
            return start
        psi = start["order_parameter"]
        counters = np.zeros((2, *psi.shape, 4), int)
        counters[..., 0] = np.arange(psi.size).reshape(psi.shape)
        counters[..., 1] = self.done
        counters[..., 2] = 4 + np.arange(2)[:, None, None]  # apart from those of a seeded start
        real, imag = philox.normal(counters, self.course.seed)
        faint = self.mesh.inside & (
            np.abs(psi) < size
        )  # elsewhere currents, and their conservation, stay as they are
        return start.with_fields(order_parameter=psi + size * faint * (real + 1j * imag))

    def _tell(self) -> None:
        if self.course.monitor is None:
            return
        spent, fresh = time.perf_counter() - self.begin, self.done - self.found
        left = spent / fresh * (self.most - self.done) if fresh else float("inf")
        if self.course.monitor(ExperimentProgress(self.done, self.found, self.most, spent, left)):
            kept = ("the steps are kept in the checkpoint",) if self.folder else ()
            raise NotConverged(
                Report(
                    Outcome.CANCELLED,
                    f"{self.done} of at most {self.most} runs",
                    iterations=self.iterations,
                    warnings=kept,
                )
            )

    def _worst(self, checks: tuple[Check, ...]) -> None:
        for check in checks:
            before = self.checks.get(check.name)
            if before is None or abs(check.value) / check.bound > abs(before.value) / before.bound:
                self.checks[check.name] = check

    # --- files of steps ------------------------------------------------------------------------

    def _digest(self, name: str, profiles: Sequence[Profile], facts: object) -> str:
        film, course, found = self.film, self.course, hashlib.sha256()
        links = [link for profile in profiles for link in link_phases(self.mesh, profile)]
        for array in [getattr(self.mesh, n) for n in type(self.mesh).__slots__] + links:
            found.update(np.ascontiguousarray(array).tobytes())
        decisive = (
            name,
            film.material,
            film.thickness,
            course.seed,
            course.stepping,
            course.noise,
            course.seeding,
        )
        decisive += (course.screening, course.thermal, facts)
        found.update(repr(decisive).encode())
        return found.hexdigest()

    def _write(self, path: Path, state: State, row: dict[str, float]) -> None:
        text = json.dumps({"digest": self.mark, "row": row})
        arrays = {name: state[name] for name in (*KEPT, WHERE_HOT) if name in state}
        with replacing(path, "name a folder that can be written") as partial, open(partial, "wb") as handle:
            np.savez(handle, onnes_step=np.array(text), **arrays)

    def _read(self, path: Path, setup: Setup) -> tuple[State, dict[str, float]] | None:
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                told = json.loads(str(file["onnes_step"]))
                fields = {name: file[name] for name in (*KEPT, WHERE_HOT) if name in file or name in KEPT}
        except (OSError, ValueError, KeyError, EOFError) as error:
            cause = f"not a step of an experiment ({type(error).__name__})"
            raise UnreadableFile(path, cause, "name another folder, or remove this file") from None
        if told["digest"] != self.mark:
            raise InvalidInput(
                f"{path} is a step of another experiment", "name another folder, or remove this one"
            )
        mesh = self.mesh
        of_mesh = (mesh.x, mesh.y, mesh.cell, mesh.face_x, mesh.face_y, mesh.loss)
        fields |= dict(zip(OF_MESH, of_mesh, strict=True))
        return State(setup, "tdgl", fields, Report(Outcome.CONVERGED, f"step {self.done}")), told["row"]


def finished(last: State, series: dict[str, np.ndarray], report: Report, name: str) -> State:
    """Return the state of an experiment: its last film, without the samples of that run, and its series."""
    kept = {n: v for n, v in last.fields.items() if n in (*KEPT, *OF_MESH, WHERE_HOT)}
    return State(last.model, name, kept | series, report)


def require_times(film: Film, **times: float | None) -> tuple[float, ...]:
    """Return times in ps, each given or a number of tau_0 where it is a pair (given, number)."""
    found = []
    for name, (given, number) in times.items():
        value = number * film.material.time if given is None else given
        if not 0 < value < float("inf"):
            raise InvalidInput(f"{name} = {value} ps", "give a positive time")
        found.append(float(value))
    return tuple(found)


def require_values(name: str, values: Sequence[float], unit: str) -> list[float]:
    """Return finite numbers, at least one."""
    found = np.atleast_1d(np.asarray(values, float))
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise InvalidInput(f"{name} = {values}", f"give finite numbers in {unit}, at least one")
    return found.tolist()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"cannot make the folder {folder} ({error.strerror or error})",
            "name a folder that can be written",
        ) from None
