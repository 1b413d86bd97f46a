"""A run as a TOML file: what nature is, how it is solved, what measures it.

::

    [model]
    kind = "phonon-glue"
    spectrum = {file = "Nb.a2F", column = 15}
    mu_star = {value = 0.12, cutoff = "max"}

    [solve]
    kind = "eliashberg"
    temperature = "2 K"

    [probe]
    kind = "tunneling"
    bias = {from = "-5 meV", to = "5 meV", points = 501}

Files are named relative to the folder of the TOML file. Every mistake is one line that names the key.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from math import isinf
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, ValidationError, model_validator

from onnes.errors import InvalidInput, UnreadableFile
from onnes.model import codec
from onnes.state import State
from onnes.study import lattice, phonons
from onnes.study.condensate import FilmEntry
from onnes.study.condensate_instruments import FILM_INSTRUMENTS
from onnes.study.condensate_solvers import FILM_SOLVERS
from onnes.study.correlated import CLUSTERS, CORRELATED_MODELS
from onnes.study.correlated_instruments import CORRELATED_INSTRUMENTS, Spectrum
from onnes.study.correlated_solvers import CORRELATED_SOLVERS
from onnes.study.instruments import INSTRUMENTS
from onnes.study.strict import File, Strict, explain, told

if TYPE_CHECKING:
    import xarray as xr

MODELS = (
    phonons.PhononGlueEntry,
    phonons.MultibandGlueEntry,
    phonons.BCSEntry,
    lattice.SuperconductorEntry,
    lattice.MetalEntry,
    lattice.AttractiveEntry,
    lattice.DirtyDWaveEntry,
    lattice.SquareMagnetEntry,
    lattice.SampleEntry,
    FilmEntry,
    *CORRELATED_MODELS,
)
SOLVERS = (
    phonons.CriticalTemperatureEntry,
    phonons.EliashbergEntry,
    phonons.TemperatureLadderEntry,
    phonons.BCSSolveEntry,
    lattice.GivenGapEntry,
    lattice.BandsSolveEntry,
    lattice.BdGEntry,
    lattice.BdGLadderEntry,
    lattice.LatticeCriticalTemperatureEntry,
    lattice.DirtyDWaveSolveEntry,
    lattice.DirtyDWaveLadderEntry,
    lattice.SpinwaveEntry,
    lattice.ImpuritySolveEntry,
    lattice.RealspaceEntry,
    *FILM_SOLVERS,
    *CORRELATED_SOLVERS,
)
PROBES: tuple[type[Strict], ...] = (
    phonons.TunnelingEntry,
    *INSTRUMENTS,
    *FILM_INSTRUMENTS,
    *CORRELATED_INSTRUMENTS,
)


def _one_of(entries: tuple[type[Strict], ...]) -> Any:
    """The entry whose ``kind`` is given; a table of one needs no discriminator but keeps its check."""
    return Annotated[reduce(or_, entries), Field(discriminator="kind")] if len(entries) > 1 else entries[0]


def _kind(entry: type[Strict]) -> str:
    return get_args(entry.model_fields["kind"].annotation)[0]


SolveEntry = _one_of(SOLVERS)
ProbeEntry = _one_of(PROBES)


class DataEntry(Strict):
    """One file of measured data, and how it was measured: what is not said here is that of the run.

    ``scale`` and ``background`` make ``scale*prediction + background`` of what the run gives; a fit may vary
    them as ``data.NAME.scale``. ``along`` names the entry that the abscissae are values of.
    """

    file: File
    x: tuple[str, ...] = ()
    y: str | None = None
    error: float | None = Field(default=None, gt=0)
    along: str | None = None
    scale: float = 1.0
    background: float = 0.0
    solve: SolveEntry | None = None  # type: ignore[valid-type]
    probe: ProbeEntry | None = None  # type: ignore[valid-type]


class RunConfig(Strict):
    """A validated run; every quantity is a number in the unit of its kind, every file a full path."""

    model: _one_of(MODELS)  # type: ignore[valid-type]
    solve: SolveEntry  # type: ignore[valid-type]
    probe: ProbeEntry | None = None  # type: ignore[valid-type]
    data: dict[str, DataEntry] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fit_together(self) -> "RunConfig":
        require_fitting(self.model, self.solve, self.probe, "")
        for name, one in self.data.items():
            where = f"data.{name}."
            require_fitting(self.model, one.solve or self.solve, one.probe or self.probe, where)
        return self

    def of_data(self, name: str) -> "RunConfig":
        """Return the run that one of the data was measured in; it names no data itself."""
        one = self.data[name]
        solver, instrument = one.solve or self.solve, one.probe or self.probe
        return self.model_copy(update={"solve": solver, "probe": instrument, "data": {}})

    def resolve(self) -> "Run":
        """Read the files that are named and return what is to be computed.

        Raises
        ------
        UnreadableFile, UnitMismatch : a file that is absent, damaged or without units.
        InvalidModel : values that no superconductor has.
        """
        return Run(self.model.build(), self)


def require_fitting(model: Strict, solver: Strict, instrument: Strict | None, where: str) -> None:
    """Raise the error of a solver that does not take the model, or an instrument that has nothing to measure."""
    if model.kind not in solver.takes:  # type: ignore[attr-defined]
        fitting = [_kind(s) for s in SOLVERS if model.kind in s.takes]  # type: ignore[attr-defined]
        cause = f"{where}solve.kind = {solver.kind!r} does not take model.kind = {model.kind!r}"  # type: ignore[attr-defined]
        raise told(cause, f"use one of {', '.join(fitting)}")
    gives = solver.gives  # type: ignore[attr-defined]
    if instrument is None and gives == "states":
        raise told(
            f"{where}solve.kind = {solver.kind!r} gives states and nothing measures them", "add [probe]"
        )  # type: ignore[attr-defined]
    if instrument is not None and gives not in instrument.measures:  # type: ignore[attr-defined]
        wanted = " or ".join(instrument.measures)  # type: ignore[attr-defined]
        cause = f"[{where}probe] measures {wanted}, and solve.kind = {solver.kind!r} gives {gives}"  # type: ignore[attr-defined]
        raise told(cause, "take [probe] out, or solve for a state")
    if isinstance(instrument, Spectrum):
        instrument.require(solver, where)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A model and what is done with it."""

    model: Any
    config: RunConfig

    def canonical(self) -> dict[str, Any]:
        """Return what decides the result, as JSON types: contents of files, not their names."""
        probe = None if self.config.probe is None else self.config.probe.model_dump(mode="json")
        return {
            "model": _hashable(codec.encode(self.model)),
            "solve": self.config.solve.model_dump(mode="json"),
            "probe": probe,
        }

    def solve(self) -> "State | tuple[State, ...] | float":
        """Call the solver: a state, several, or the number that was asked for."""
        return self.config.solve.run(self.model)

    def probe(self, state: "State | tuple[State, ...]") -> "xr.Dataset":
        """Call the instrument; raise `InvalidInput` where the configuration names none."""
        if self.config.probe is None:
            raise InvalidInput("this run names no instrument", 'add [probe] with kind = "tunneling"')
        return self.config.probe.run(state)


def _hashable(plain: Any) -> Any:
    """Drop where a model came from: the same numbers from another path are the same input.

    An infinite number, such as the cotangent of a Born phase shift, is no number of JSON.
    """
    if isinstance(plain, dict):
        return {key: _hashable(value) for key, value in plain.items() if key != "source"}
    if isinstance(plain, float) and isinf(plain):
        return str(plain)
    return [_hashable(item) for item in plain] if isinstance(plain, list) else plain


def read(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> RunConfig:
    """Read and validate a TOML file.

    Parameters
    ----------
    path : the file.
    overrides : ``"solve.temperature=4 K"`` and the like, applied before validation; the value is TOML
        where it is valid TOML, and text otherwise. Entries of lists are numbered from 0.

    Raises
    ------
    UnreadableFile : absent, not text, or not TOML.
    InvalidInput : an unknown or missing key, or a value of a wrong kind; the key path is named.
    """
    source = Path(path)
    try:
        given = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error), "give the path of a .toml file") from None
    except UnicodeDecodeError:
        raise UnreadableFile(path, "it is not text", "give the path of a .toml file") from None
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(path, f"it is not TOML ({error})", "correct it there") from None
    for override in overrides:
        apply(given, override)
    return validate(given, source.parent, source.name)


def validate(given: Mapping[str, Any], folder: Path = Path(), source: str = "configuration") -> RunConfig:
    """Return the run that a mapping describes; raise `InvalidInput` naming the key path."""
    try:
        return RunConfig.model_validate(given, context={"folder": folder.absolute()})
    except ValidationError as error:
        tables = {"model": MODELS, "solve": SOLVERS, "probe": PROBES, "model.cluster": CLUSTERS}
        kinds = {name: [_kind(entry) for entry in entries] for name, entries in tables.items()}
        raise explain(error, source, given, kinds) from None


def apply(given: dict[str, Any], override: str) -> None:
    """Set one key of a nested mapping in place from ``"a.b=value"``."""
    path, equals, value = override.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        raise InvalidInput(f"--set {override!r} sets nothing", "write it as solve.temperature='4 K'")
    here: Any = given
    for key in keys[:-1]:
        here = _step(here, key, override)
    if isinstance(here, list):
        here[_index(here, keys[-1], override)] = _value(value)
    elif isinstance(here, dict):
        here[keys[-1]] = _value(value)
    else:
        raise _no_table(override, here)


def _step(here: Any, key: str, override: str) -> Any:
    if isinstance(here, list):
        return here[_index(here, key, override)]
    if isinstance(here, dict):
        return here.setdefault(key, {})
    raise _no_table(override, here)


def _no_table(override: str, here: Any) -> InvalidInput:
    return InvalidInput(f"--set {override!r} goes into the value {here!r}", "name a key of a table")


def _index(here: list[Any], key: str, override: str) -> int:
    if not key.isdecimal() or int(key) >= len(here):
        raise InvalidInput(
            f"--set {override!r}: {key!r} is not an entry of the list", f"use 0 to {len(here) - 1}"
        )
    return int(key)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a run, for editors and other programs."""
    return RunConfig.model_json_schema()
