"""A configuration fitted to measured data: any of its numbers, by dotted path."""

import warnings
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import make_interp_spline

from onnes import compare
from onnes.compare.vary import require_distinct
from onnes.errors import InvalidInput, OnnesError, OnnesWarning, UnitMismatch
from onnes.study import entries
from onnes.study.config import Run, RunConfig, validate
from onnes.study.store import digest

if TYPE_CHECKING:
    import xarray as xr

FINE = 0.05
"""Largest error of interpolating between the points of an instrument, in standard errors of the data."""
MOST_POINTS = 2**14


def fit(
    config: RunConfig,
    data: compare.Data,
    vary: Sequence[compare.Vary],
    *,
    along: str | None = None,
    starts: int = 1,
    seed: int = 0,
    profile: bool = False,
    level: float = 0.95,
    step: float = 1e-3,
    max_iterations: int = 200,
    throw: bool = True,
) -> compare.Fit:
    """Return the entries of a configuration that describe measured data best; see `onnes.compare.fit`.

    The instrument of the configuration measures at the abscissae of the data, or, where these are not
    evenly spaced, so densely that interpolation costs less than a twentieth of their errors.

    Main arguments
    --------------
    config : what `onnes.study.config.read` or ``validate`` returned.
    data : its ``y_name`` is a quantity that the run gives, its ``x_name`` the coordinate of that.
    vary : parameters named by dotted path, such as ``"model.mu_star.value"``; a parameter with a unit
        is read in that unit, one without in the unit of its kind.
    along : the entry that the abscissae of the data are values of, such as ``"solve.temperature"``;
        then every point is a run of its own, and y one of its numbers.

    Other arguments
    ---------------
    starts, seed, profile, level, step, max_iterations, throw : as in `onnes.compare.fit`.

    Raises
    ------
    InvalidInput : an entry that is not there or no number, or data that the run does not give.
    UnitMismatch : abscissae in another unit than the entry that they run along.
    NotConverged : no search ended at a minimum.
    """
    varied = require_distinct(vary)
    given = entries.plain(config)
    start = {one.name: _written(one.start, one) for one in varied}
    _require_entries(given, start, along)
    memory = _Memory(2 * len(data) + 8)
    if along is not None:
        _require_unit(config, data, along)
    point = _along(given, data, along, memory) if along else _on_grid(given, data, start, memory)

    _require_fitting(point, start)

    with_unit = {one.name: one for one in varied}

    def predict(parameters: Mapping[str, float]) -> np.ndarray:
        return point({path: _written(value, with_unit[path]) for path, value in parameters.items()})

    return compare.fit(
        predict,
        data,
        [replace(one, unit=one.unit or entries.unit(config, one.name)) for one in varied],
        starts=starts,
        seed=seed,
        profile=profile,
        level=level,
        step=step,
        max_iterations=max_iterations,
        throw=throw,
    )


def _require_entries(given: dict[str, Any], start: Mapping[str, Any], along: str | None) -> None:
    """What is no entry, or of a wrong kind, is told now; what has no solution is a rejected point later."""
    if along is not None and along in start:
        raise InvalidInput(f"{along} is varied, and the data run along it", "take it out of vary")
    for path in start:
        _require_number(entries.at(given, path), path)
    validate(entries.changed(given, start))


def _written(value: float, one: compare.Vary) -> float | str:
    return f"{value!r} {one.unit}" if one.unit else value


def _require_number(entry: Any, path: str) -> None:
    # None and "max" stand where a number may.
    if isinstance(entry, bool | dict | list) or (isinstance(entry, str) and entry != "max"):
        raise InvalidInput(f"{path} is {entry!r} and not a number", "vary an entry that is a number")


@dataclass(slots=True, eq=False)
class _Memory:
    """States solved last: an entry of the instrument changes none of them."""

    size: int
    states: OrderedDict[str, Any] = field(default_factory=OrderedDict)

    def solve(self, run: Run) -> Any:
        key = digest(run.canonical() | {"probe": None})
        if key not in self.states:
            self.states[key] = run.solve()
            if len(self.states) > self.size:
                self.states.popitem(last=False)
        self.states.move_to_end(key)
        return self.states[key]


def _along(given: dict[str, Any], data: compare.Data, path: str, memory: _Memory) -> Any:
    """One run for each point of the data."""
    _require_number(entries.at(given, path), path)
    validate(entries.changed(given, {path: float(data.x[0])}))

    def values(changes: Mapping[str, Any]) -> np.ndarray:
        found = []
        for x in data.x:
            run = entries.run_of(entries.changed(given, {**changes, path: float(x)}))
            number = _variable(entries.observe(run, memory.solve), data.y_name)
            if number.size != 1:
                raise _Unfit(
                    f"{data.y_name} has {number.size} values at one {path}", "fit a quantity with one value"
                )
            found.append(float(number.values.reshape(-1)[0]))
        return np.array(found)

    return values


def _on_grid(given: dict[str, Any], data: compare.Data, start: Mapping[str, Any], memory: _Memory) -> Any:
    """One run for all points of the data."""

    def values_on(table: dict[str, Any]) -> Any:
        def values(changes: Mapping[str, Any]) -> np.ndarray:
            run = entries.run_of(entries.changed(table, changes))
            return _at_points(entries.observe(run, memory.solve), data)

        return values

    axis = f"probe.{data.x_name}"
    table = (given.get("probe") or {}).get(data.x_name)
    if not (isinstance(table, dict) and {"from", "to", "points"} <= set(table)):
        return values_on(given)
    steps = np.diff(data.x)
    if len(data) > 1 and np.allclose(steps, steps[0], rtol=1e-6, atol=0):
        ends = {"from": float(data.x[0]), "to": float(data.x[-1]), "points": len(data)}
        return values_on(entries.changed(given, {axis: ends}))
    low, high = float(data.x.min()), float(data.x.max())
    if low == high:
        low, high = low - 1e-3 * (abs(low) + 1), high + 1e-3 * (abs(high) + 1)

    def grid(points: int) -> Any:
        ends = {"from": low, "to": high, "points": points}
        return values_on(entries.changed(given, {axis: ends}))

    return _refined(grid, data, start)


def _refined(grid: Any, data: compare.Data, start: Mapping[str, Any]) -> Any:
    """Double the points of the instrument until interpolation between them no longer matters."""
    points, worst = 2 * len(data) + 63, np.inf
    try:
        before = grid(points)(start)
        while 2 * points <= MOST_POINTS:
            points *= 2
            after = grid(points)(start)
            worst = float(np.max(np.abs(after - before) / data.error))
            if worst < FINE:
                return grid(points)
            before = after
    except _Unfit:
        raise
    except OnnesError:
        # The start has no solution, and the fit will say so; another start may have one.
        return grid(MOST_POINTS // 8)
    warnings.warn(
        f"interpolating between {points} points of the instrument costs {worst:.2g} standard errors: "
        "give data at evenly spaced abscissae",
        OnnesWarning,
        stacklevel=2,
    )
    return grid(points)


class _Unfit(InvalidInput):
    """The run does not give what was measured: told at once, since no value of a parameter helps."""


def _require_unit(config: RunConfig, data: compare.Data, path: str) -> None:
    entries.at(entries.plain(config), path)
    own = entries.unit(config, path)
    if data.x_unit != own:
        raise UnitMismatch(
            f"the data run along {data.x_name} ({data.x_unit}), and {path} is in {own}",
            "name the column of abscissae by its quantity and unit",
        )


def _require_fitting(point: Any, start: Mapping[str, Any]) -> None:
    """Raise where the run at the start does not give what was measured."""
    try:
        point(start)
    except _Unfit:
        raise
    except OnnesError:
        return  # a start without a solution, of which the fit makes what it can


def _variable(measured: "xr.Dataset", name: str) -> Any:
    if name not in measured:
        there = ", ".join(str(key) for key in measured.data_vars)
        raise _Unfit(f"the run gives no {name!r}", f"it gives {there}; name the column of the data so")
    return measured[name]


def _at_points(measured: "xr.Dataset", data: compare.Data) -> np.ndarray:
    variable = _variable(measured, data.y_name)
    if variable.dims != (data.x_name,):
        raise _Unfit(
            f"{data.y_name} is a function of ({', '.join(map(str, variable.dims))}), and the data of {data.x_name}",
            "name the columns so, or say along which entry of the configuration the data run",
        )
    x, y = variable[data.x_name].values, variable.values
    if len(x) == len(data) and np.allclose(x, data.x, rtol=1e-9, atol=1e-12):
        return y
    if data.x.min() < x.min() or data.x.max() > x.max():
        raise _Unfit(
            f"the instrument measures {data.x_name} from {x.min():g} to {x.max():g}, the data reach beyond",
            "widen its range",
        )
    order = np.argsort(x)
    return make_interp_spline(x[order], y[order], k=min(3, len(x) - 1))(data.x)
