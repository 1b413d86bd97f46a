"""The solved thing, how it was solved, and its file.

A `State` is a model, named arrays and a `Report`. It doubles as warm start and as checkpoint.
It never plots and never pickles: files are NetCDF4 (HDF5) through h5netcdf, complex included,
with the model as JSON text inside.
"""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, UnreadableFile
from onnes.files import replacing
from onnes.model import codec
from onnes.numerics.fixedpoint import FixedPoint

if TYPE_CHECKING:
    import xarray as xr


class Outcome(Enum):
    """How a solver ended. The value is the remedy."""

    CONVERGED = "nothing to do"
    MAX_ITERATIONS = (
        "raise max_iterations, start from a nearby state (start=), or loosen the tolerance knowingly"
    )
    STALLED = "the residual no longer falls: use fewer mixing vectors, or start from a nearby state (start=)"
    UNSTABLE = "the iteration left the range of finite numbers: check the input's magnitude and units"
    CANCELLED = "resume with start= the last state"

    @classmethod
    def of(cls, found: FixedPoint) -> "Outcome":
        """Translate how a fixed-point iteration stopped."""
        if found.converged:
            return cls.CONVERGED
        if found.cancelled:
            return cls.CANCELLED
        if not found.finite:
            return cls.UNSTABLE
        tail = found.residuals[-20:]
        stalled = len(tail) == 20 and min(tail[10:]) > 0.5 * min(tail[:10])
        return cls.STALLED if stalled else cls.MAX_ITERATIONS


@dataclass(frozen=True, slots=True)
class Check:
    """An internal test of one result: |value| must stay within bound."""

    name: str
    value: float
    bound: float

    @property
    def passed(self) -> bool:
        return bool(abs(self.value) <= self.bound)


@dataclass(frozen=True, slots=True)
class Report:
    """How a state was obtained: outcome, residual history, engine, start, checks, versions."""

    outcome: Outcome
    engine: str = ""
    residuals: tuple[float, ...] = ()
    target: float = 0.0
    iterations: int = 0
    seed: int | None = None
    start: str = "cold"
    seconds: float = 0.0
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=lambda: versions())

    @property
    def converged(self) -> bool:
        return self.outcome is Outcome.CONVERGED

    def summary(self) -> str:
        """Return one line: outcome, iterations, last residual against its target."""
        last = f": residual {self.residuals[-1]:.2e} (target {self.target:.1e})" if self.residuals else ""
        word = self.outcome.name.lower().replace("_", " ")
        return f"{word} after {self.iterations} iterations{last} [{self.engine}, {self.start} start]"


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    found = {"python": platform.python_version()}
    for name in ("onnes", "numpy", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


@dataclass(frozen=True, slots=True)
class State:
    """A solved model.

    Parameters
    ----------
    model : the physics that was solved (a frozen dataclass of `onnes.model`).
    method : the solver's name, such as ``"eliashberg"``; responses dispatch on it.
    fields : named arrays; names, units and dimensions are those of `onnes.schema`.
    report : how it was solved.
    """

    model: Any
    method: str
    fields: Mapping[str, np.ndarray]
    report: Report

    def __post_init__(self) -> None:
        frozen = {}
        for name, values in self.fields.items():
            quantity = schema.lookup(name)
            array = np.array(values)
            if array.ndim != len(quantity.dims):
                raise InvalidInput(
                    f"field {name} has shape {array.shape}", f"it must have dimensions {quantity.dims}"
                )
            array.setflags(write=False)
            frozen[name] = array
        object.__setattr__(self, "fields", MappingProxyType(frozen))

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.fields:
            raise InvalidInput(
                f"this {self.method} state has no field {name!r}", f"it has {', '.join(self.fields)}"
            )
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def with_fields(self, **extra: np.ndarray) -> "State":
        """Return a copy that carries more fields."""
        return replace(self, fields={**self.fields, **extra})

    def to_dataset(self) -> "xr.Dataset":
        """Return the fields as a labelled Dataset."""
        return schema.dataset(
            f"{self.method} of {type(self.model).__name__}", self.fields, method=self.method
        )


def save(
    state: State,
    path: str | os.PathLike[str],
    attributes: Mapping[str, str | int | float] | None = None,
    documents: Mapping[str, str] | None = None,
) -> Path:
    """Write ``state`` to a NetCDF4 file, all or nothing, and return the path.

    The file is written beside its destination, flushed to the disk and renamed over it, so that
    a process killed at any moment leaves either the old file or the new one.

    Parameters
    ----------
    attributes : further facts written on the file, such as its provenance; short.
    documents : longer texts, stored as scalars ``onnes_<name>`` (HDF5 attributes end at 64 kB).
    """
    ds = state.to_dataset().assign_attrs(attributes or {})
    texts = {
        "model": json.dumps(codec.encode(state.model)),
        "report": json.dumps(_report_to_json(state.report)),
    }
    for name, text in {**(documents or {}), **texts}.items():
        ds[f"onnes_{name}"] = ((), text)
    return write_dataset(ds, path)


def write_dataset(ds: "xr.Dataset", path: str | os.PathLike[str]) -> Path:
    """Write any Dataset (complex included) atomically to a NetCDF4 file."""
    with replacing(path) as partial:
        ds.to_netcdf(partial, engine="h5netcdf", invalid_netcdf=True)
    return Path(path)


def load(path: str | os.PathLike[str]) -> State:
    """Read a state written by `save`.

    Raises
    ------
    UnreadableFile : absent, not NetCDF4, not written by onnes, or from a newer schema.
    """
    ds = read_dataset(path)
    for name in ("onnes_model", "onnes_report"):
        if name not in ds:
            raise UnreadableFile(
                path, "it holds a dataset but no solved state", "open it with onnes.state.read_dataset"
            )
    model = codec.decode(json.loads(_text(ds["onnes_model"])))
    report = _report_from_json(json.loads(_text(ds["onnes_report"])))
    fields = {
        str(k): np.asarray(v.values) for k, v in ds.variables.items() if not str(k).startswith("onnes_")
    }
    return State(model, str(ds.attrs["method"]), fields, report)


def read_dataset(path: str | os.PathLike[str]) -> "xr.Dataset":
    """Read a Dataset written by onnes into memory; raise `UnreadableFile` otherwise."""
    import xarray as xr

    if not Path(path).is_file():
        raise UnreadableFile(path, "no such file", "give the path of a .nc file")
    try:
        with xr.open_dataset(path, engine="h5netcdf") as handle:
            ds = handle.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UnreadableFile(
            path, f"not a NetCDF4 file ({type(error).__name__})", "give a .nc file written by onnes"
        ) from None
    found = ds.attrs.get("onnes_schema")
    if found is None:
        raise UnreadableFile(path, "it was not written by onnes", "give a .nc file written by onnes")
    if int(found) > schema.VERSION:
        raise UnreadableFile(path, f"it has schema {found}, newer than {schema.VERSION}", "upgrade onnes")
    return ds


def _text(variable: Any) -> str:
    value = variable.values.item()
    return value.decode() if isinstance(value, bytes) else str(value)


def _report_to_json(report: Report) -> dict[str, Any]:
    plain = {name: getattr(report, name) for name in Report.__dataclass_fields__}
    plain |= {
        "outcome": report.outcome.name,
        "checks": [asdict(c) for c in report.checks],
        "versions": dict(report.versions),
    }
    return plain


def _report_from_json(plain: dict[str, Any]) -> Report:
    known = {k: v for k, v in plain.items() if k in Report.__dataclass_fields__}
    known["outcome"] = Outcome[known["outcome"]]
    known["checks"] = tuple(Check(**c) for c in known.get("checks", ()))
    known["residuals"] = tuple(known.get("residuals", ()))
    known["warnings"] = tuple(known.get("warnings", ()))
    return Report(**known)
