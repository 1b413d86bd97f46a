"""One configuration for many values of its entries: restartable, and the same in one process or many.

Every point is stored under the hash of what decides it as soon as it is known. A sweep that was killed and
is started again finds what is there and computes the rest; a finer sweep reuses the points of a coarser one.
"""

import json
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, OnnesError, OnnesWarning
from onnes.state import read_dataset, write_dataset
from onnes.study import entries
from onnes.study.config import Run, RunConfig
from onnes.study.executors import Progress, completed, lost
from onnes.study.executors import workers as workers
from onnes.study.store import Store, canonical_json, digest

if TYPE_CHECKING:
    import xarray as xr

MEASURED = "measured"
"""Folder, inside that of the states, of what instruments showed and of single numbers."""
ALONG = ("path_length", "wavevector")
"""Quantities that are coordinates of others."""
LARGEST = 10**6
"""Points of one sweep."""


@dataclass(frozen=True, slots=True)
class Job:
    """One point: the whole configuration, the folder it is stored in, the file of its result."""

    given: Mapping[str, Any]
    folder: str
    result: str


def sweep(
    config: RunConfig,
    axes: Mapping[str, Sequence[Any]],
    *,
    executor: Any = None,
    store: Store | None = None,
    monitor: Callable[[Progress], None] | None = None,
) -> "xr.Dataset":
    """Return what a run gives at every combination of some of its entries.

    Parameters
    ----------
    config : what `onnes.study.config.read` or ``validate`` returned.
    axes : values by dotted path, such as ``{"solve.temperature": [1, 2, "4 K"]}``; the paths become
        dimensions of the result, in this order, before its own.
    executor : anything with ``submit`` or ``map``, such as `workers` or a ``dask.distributed.Client``; this process
        where not given.
    store : where points are kept and found again; a temporary one where not given.
    monitor : called after every point with a `Progress`.

    Returns
    -------
    Dataset of the instrument's quantities; without an instrument of the state's fields; or of Tc.
    Where a coordinate changes from point to point, its dimension is named ``<coordinate>_index``, the
    coordinate is a quantity like the others, and what is shorter is filled with NaN. A point without a
    solution is NaN, named in ``sweep_failures`` with its cause, and tried again by the next sweep; a
    warning gives the number of such points.

    Raises
    ------
    InvalidInput : an axis that is empty or names no entry, a value that is not possible there.
    OnnesError : no point has a solution; the first error is told.
    """
    if store is None:
        with tempfile.TemporaryDirectory(prefix="onnes-sweep-", ignore_cleanup_errors=True) as folder:
            return sweep(config, axes, executor=executor, store=Store(folder), monitor=monitor)
    values = _require_axes(axes)
    given = entries.plain(config)
    points = [dict(zip(axes, point, strict=True)) for point in product(*values)]
    runs = [entries.run_of(entries.changed(given, point)) for point in points]
    jobs = [_job(run, store) for run in runs]
    failures = _compute_missing(jobs, executor, monitor)
    if len(failures) == len({job.result for job in jobs}):
        raise next(iter(failures.values()))
    coordinates = _coordinates(runs, axes)
    return _assemble(config, jobs, coordinates, points, failures)


def compute(job: Job) -> OnnesError | None:
    """Compute one point and store it; return the error of a point without a solution."""
    try:
        run = entries.run_of(job.given)
        store = Store(job.folder)
        measured = entries.observe(run, lambda described: _solved(described, store))
        if not _is_state(run):
            path = Path(job.result)
            path.parent.mkdir(exist_ok=True)
            config = run.canonical()
            measured = measured.assign_attrs(run_hash=digest(config))
            measured["onnes_config"] = ((), canonical_json(config))
            write_dataset(measured, path)
    except OnnesError as error:
        # The classes of other arguments do not survive the way between processes.
        return OnnesError(error.cause, error.remedy)
    return None


def _solved(run: Run, store: Store) -> Any:
    """The state from the store, or solved and put there; numbers are stored as what is measured."""
    if run.config.solve.gives != "a state":
        return run.solve()
    key = _state_key(run)
    state = store.get(key)
    if state is None:
        state = run.solve()
        store.put(key, state)
    return state


def _state_key(run: Run) -> dict[str, Any]:
    # The instrument does not decide the state: a sweep of its entries solves once.
    return run.canonical() | {"probe": None}


def _is_state(run: Run) -> bool:
    return run.config.probe is None and run.config.solve.gives == "a state"


def _job(run: Run, store: Store) -> Job:
    if _is_state(run):
        path = store.path(_state_key(run))
    else:
        path = store.folder / MEASURED / f"{digest(run.canonical())}.nc"
    return Job(entries.plain(run.config), str(store.folder.absolute()), str(path.absolute()))


def _compute_missing(
    jobs: Sequence[Job], executor: Any, monitor: Callable[[Progress], None] | None
) -> dict[str, OnnesError]:
    """Compute what is not stored; return the errors by the file that is missing."""
    unique = {job.result: job for job in jobs}
    missing = [job for job in unique.values() if not Path(job.result).is_file()]
    found, failures = len(unique) - len(missing), {}
    if monitor is not None:
        monitor(Progress(found, found, len(unique)))
    for done, (number, told, error) in enumerate(completed(compute, missing, executor), found + 1):
        if lost(error):
            raise OnnesError(
                "a worker of the sweep was ended from outside, perhaps for want of memory",
                "start it again with fewer workers: the points that are stored are kept",
            ) from None
        if error is not None:
            raise error
        if told is not None:
            failures[missing[number].result] = told
        if monitor is not None:
            monitor(Progress(done, found, len(unique)))
    # by point, whichever failed first
    return {job.result: failures[job.result] for job in missing if job.result in failures}


def _require_axes(axes: Mapping[str, Sequence[Any]]) -> list[list[Any]]:
    if not axes:
        raise InvalidInput("a sweep without an axis", "name an entry and its values")
    values = []
    for path, given in axes.items():
        if isinstance(given, str) or np.ndim(given) == 0:
            raise InvalidInput(f"the axis {path} is {given!r}", "give a list of values")
        # Arrays hold numbers of numpy, which no configuration does.
        listed = [v.item() if isinstance(v, np.generic) else v for v in given]
        if not listed or not all(
            isinstance(v, int | float | str) and not isinstance(v, bool) for v in listed
        ):
            raise InvalidInput(
                f"the axis {path} has the values {listed}", "give numbers or texts, at least one"
            )
        values.append(listed)
    total = int(np.prod([len(v) for v in values], dtype=float))
    if total > LARGEST:
        raise InvalidInput(f"a sweep of {total} points", f"stay below {LARGEST}")
    return values


def _coordinates(runs: Sequence[Run], axes: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """Return the values as validated: numbers in the unit of their kind."""
    shape = tuple(len(values) for values in axes.values())
    coordinates = {}
    for number, path in enumerate(axes):
        first = [0] * len(shape)
        along = []
        for i in range(shape[number]):
            first[number] = i
            run = runs[int(np.ravel_multi_index(tuple(first), shape))]
            along.append(entries.at(entries.plain(run.config), path))
        coordinates[path] = np.array(along)
    return coordinates


def _assemble(
    config: RunConfig,
    jobs: Sequence[Job],
    coordinates: Mapping[str, np.ndarray],
    points: Sequence[Mapping[str, Any]],
    failures: Mapping[str, OnnesError],
) -> "xr.Dataset":
    import xarray as xr

    shape = tuple(len(values) for values in coordinates.values())
    results = [None if job.result in failures else _stored(job.result) for job in jobs]
    known = [one for one in results if one is not None]
    shared = {str(name): known[0].coords[name] for name in known[0].coords if _same(known, str(name))}
    variables, left_out = {}, []
    for name in map(str, known[0].variables):
        if name in shared:
            continue
        stacked = _stacked(results, name, shape)
        if stacked is None:
            left_out.append(name)
            continue
        inner = [
            str(d) if _same_dimension(known, str(d), shared) else f"{d}_index" for d in known[0][name].dims
        ]
        variables[name] = ((*coordinates, *inner), stacked, known[0][name].attrs)
    axes = {p: ((p,), v, {"units": entries.unit(config, p), "long_name": p}) for p, v in coordinates.items()}
    told = [
        {"point": dict(point), "cause": str(failures[job.result])}
        for point, job in zip(points, jobs, strict=True)
        if job.result in failures
    ]
    if told:
        warnings.warn(
            f"{len(told)} of {len(jobs)} points have no solution and are NaN: {told[0]['cause']}",
            OnnesWarning,
            stacklevel=3,
        )
    attributes = {key: value for key, value in known[0].attrs.items() if _same_attribute(known, str(key))}
    attributes |= {
        "title": f"{known[0].attrs.get('title', '')} against {', '.join(coordinates)}",
        "onnes_schema": schema.VERSION,
        "sweep_axes": json.dumps(list(coordinates)),
        "sweep_failures": json.dumps(told),
        "sweep_left_out": json.dumps(left_out),
    }
    return xr.Dataset(variables, {**{n: c.variable for n, c in shared.items()}, **axes}, attributes)


def _stored(path: str) -> "xr.Dataset":
    """Return what one point gave, without the documents of its file."""
    ds = read_dataset(path)
    # Along a path the coordinates of its points have other names than their dimension.
    ds = ds.set_coords([name for name in ALONG if name in ds.variables])
    return ds.drop_vars([name for name in ds.variables if str(name).startswith("onnes_")])


def _same(known: Sequence["xr.Dataset"], name: str) -> bool:
    first = known[0][name].values
    return all(name in one.coords and np.array_equal(one[name].values, first) for one in known)


def _same_attribute(known: Sequence["xr.Dataset"], key: str) -> bool:
    """What holds at every point holds for the sweep; the origin of a single point does not."""
    first = known[0].attrs[key]
    same = all(key in one.attrs and np.array_equal(one.attrs[key], first) for one in known)
    return same and not key.startswith("run_")


def _same_dimension(known: Sequence["xr.Dataset"], name: str, shared: Mapping[str, Any]) -> bool:
    """A dimension is that of every point where its coordinate is, or where it has none and one length."""
    if name in shared:
        return True
    return all(name not in one.coords and one.sizes.get(name) == known[0].sizes[name] for one in known)


def _stacked(results: Sequence["xr.Dataset | None"], name: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return one quantity at all points, NaN where there is none; None where its dimensions change."""
    arrays = [None if one is None or name not in one.variables else one[name].values for one in results]
    present = [a for a in arrays if a is not None]
    if len({a.ndim for a in present}) != 1 or len(present) < sum(one is not None for one in results):
        return None
    longest = tuple(int(n) for n in np.max([a.shape for a in present], axis=0)) if present[0].ndim else ()
    stacked = np.full((len(arrays), *longest), np.nan, dtype=np.result_type(*present, float))
    for number, array in enumerate(arrays):
        if array is not None:
            stacked[(number, *(slice(0, n) for n in array.shape))] = array
    return stacked.reshape(shape + longest)
