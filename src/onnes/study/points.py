"""What a run predicts at the points of measured data, whether a curve or a map."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import RegularGridInterpolator, make_interp_spline

from onnes.compare import Data, DataMap
from onnes.errors import InvalidInput, OnnesError, UnitMismatch
from onnes.study import entries
from onnes.study.config import Run, RunConfig, validate
from onnes.study.store import digest

if TYPE_CHECKING:
    import xarray as xr

SAME = 1e-9
"""Relative distance within which a point of the data is one of the instrument."""
Axis = tuple[str, str, np.ndarray]
"""Name, unit and values of a coordinate at every point of the data."""
Changes = Mapping[str, Any]


class Unfit(InvalidInput):
    """The run does not give what was measured: told at once, since no value of a parameter helps."""


@dataclass(slots=True, eq=False)
class Memory:
    """States solved last: an entry of the instrument changes none of them."""

    size: int
    states: OrderedDict[str, Any] = field(default_factory=OrderedDict)

    def solve(self, run: Run) -> Any:
        """Return what the solver gives, from memory where it is there."""
        key = digest(run.canonical() | {"probe": None})
        if key not in self.states:
            self.states[key] = run.solve()
            if len(self.states) > self.size:
                self.states.popitem(last=False)
        self.states.move_to_end(key)
        return self.states[key]


def predicted(
    config: RunConfig, data: Data | DataMap, along: str | None, memory: Memory
) -> Callable[[Changes], np.ndarray]:
    """Return the function that predicts the data (n,) from changed entries of a configuration.

    The instrument measures at the coordinates of the data wherever its table names them. Where it has another grid,
    such as a path, its result is interpolated by cubic splines.

    Parameters
    ----------
    config : a run that names no data.
    along : the entry that a coordinate of the data is a value of: its values are runs of their own. Of a map, it is
        the coordinate that has the name of the entry's last key.

    Raises
    ------
    InvalidInput, UnitMismatch : an entry that is not there, or is in another unit than the data.
    """
    given = entries.plain(config)
    if along is None:
        table = _with_axes(given, data.axes)

        def at_once(changes: Changes) -> np.ndarray:
            run = entries.run_of(entries.changed(table, changes))
            return _at(entries.observe(run, memory.solve), data.y_name, data.axes)

        return at_once
    require_number(entries.at(given, along), along)
    number = _axis_along(data, along)
    name, unit, values = data.axes[number]
    _require_unit(config, name, unit, along)
    validate(entries.changed(given, {along: float(values[0])}))
    others = [axis for i, axis in enumerate(data.axes) if i != number]
    table = _with_axes(given, others)

    def one_by_one(changes: Changes) -> np.ndarray:
        found = np.empty(len(values))
        for value in np.unique(values):
            here = values == value
            run = entries.run_of(entries.changed(table, {**changes, along: float(value)}))
            measured = entries.observe(run, memory.solve)
            rest = [(n, u, v[here]) for n, u, v in others]
            found[here] = _at(measured, data.y_name, rest) if rest else _number(measured, data.y_name, along)
        return found

    return one_by_one


def require_number(entry: Any, path: str) -> None:
    """Raise `InvalidInput` where an entry is no number; None and "max" stand where a number may."""
    if isinstance(entry, bool | dict | list) or (isinstance(entry, str) and entry != "max"):
        raise InvalidInput(f"{path} is {entry!r} and not a number", "vary an entry that is a number")


def require_given(point: Callable[[Changes], np.ndarray], start: Changes) -> None:
    """Raise where the run at the start does not give what was measured."""
    try:
        point(start)
    except Unfit:
        raise
    except OnnesError:
        return  # a start without a solution, of which the fit makes what it can


# --- where the instrument measures ----------------------------------------------------------------------


def _with_axes(given: dict[str, Any], axes: Sequence[Axis]) -> dict[str, Any]:
    """Return the configuration whose instrument measures at the values of the data, where its table names them."""
    for name, _, values in axes:
        table = (given.get("probe") or {}).get(name)
        if not isinstance(table, dict) or not ({"from", "to", "points"} <= set(table) or "values" in table):
            continue
        points = np.unique(values)
        steps = np.diff(points)
        if len(points) > 1 and np.allclose(steps, steps[0], rtol=1e-6, atol=0):
            ends = {"from": float(points[0]), "to": float(points[-1]), "points": len(points)}
            given = entries.changed(given, {f"probe.{name}": ends})
            continue
        listed = entries.changed(given, {f"probe.{name}": {"values": points.tolist()}})
        try:
            validate(listed)
        except InvalidInput:
            continue  # an axis that knows even steps only: its own grid is interpolated
        given = listed
    return given


def _axis_along(data: Data | DataMap, along: str) -> int:
    if isinstance(data, Data):
        return 0
    key = along.rpartition(".")[2]
    if key not in data.x_names:
        raise InvalidInput(
            f"the data have the axes {', '.join(data.x_names)} and run along {along}",
            f"name one of them {key}",
        )
    return data.x_names.index(key)


def _require_unit(config: RunConfig, name: str, unit: str, path: str) -> None:
    own = entries.unit(config, path)
    if unit != own:
        raise UnitMismatch(
            f"the data run along {name} ({unit}), and {path} is in {own}",
            "name the column of abscissae by its quantity and unit",
        )


# --- what it shows there --------------------------------------------------------------------------------


def _variable(measured: "xr.Dataset", name: str) -> Any:
    if name not in measured:
        there = ", ".join(str(key) for key in measured.data_vars)
        raise Unfit(f"the run gives no {name!r}", f"it gives {there}; name the column of the data so")
    return measured[name]


def _number(measured: "xr.Dataset", name: str, path: str) -> float:
    number = _variable(measured, name)
    if number.size != 1:
        raise Unfit(f"{name} has {number.size} values at one {path}", "fit a quantity with one value")
    return float(number.values.reshape(-1)[0])


def _at(measured: "xr.Dataset", name: str, axes: Sequence[Axis]) -> np.ndarray:
    """Return a quantity at the points of the data, float array (n,)."""
    variable = _variable(measured, name)
    lines = [_line(measured, variable, axis) for axis, _, _ in axes]
    free = [d for d in variable.dims if d not in {dim for dim, _ in lines} and variable.sizes[d] > 1]
    if None in {dim for dim, _ in lines} or free or len({dim for dim, _ in lines}) < len(lines):
        raise Unfit(
            f"{name} is a function of ({', '.join(map(str, variable.dims))}), and the data of "
            f"{', '.join(axis for axis, _, _ in axes)}",
            "name the columns so, or say along which entry of the configuration the data run",
        )
    variable = variable.squeeze([d for d in variable.dims if d not in {dim for dim, _ in lines}])
    values = variable.transpose(*(dim for dim, _ in lines)).values
    if np.iscomplexobj(values):
        raise Unfit(f"{name} is complex", "fit a real quantity")
    places = [_places(grid, points) for (_, grid), (_, _, points) in zip(lines, axes, strict=True)]
    if all(place is not None for place in places):
        return np.asarray(values[tuple(places)], float)
    return _interpolated(values, lines, axes)


def _line(measured: "xr.Dataset", variable: Any, axis: str) -> tuple[Any, np.ndarray]:
    """Return the dimension that a coordinate lies along, and its values there; (None, empty) where there is none."""
    if axis in measured.variables and measured[axis].ndim == 1 and measured[axis].dims[0] in variable.dims:
        return measured[axis].dims[0], np.asarray(measured[axis].values, float)
    if axis in variable.dims:
        return axis, np.arange(variable.sizes[axis], dtype=float)
    return None, np.empty(0)


def _places(grid: np.ndarray, points: np.ndarray) -> np.ndarray | None:
    """Return the index of every point on a grid, None where one is not on it."""
    nearest = np.abs(grid[:, None] - points[None, :]).argmin(axis=0)
    tolerance = SAME * max(float(np.max(np.abs(grid))), 1e-3)
    return nearest if np.all(np.abs(grid[nearest] - points) <= tolerance) else None


def _interpolated(
    values: np.ndarray, lines: Sequence[tuple[Any, np.ndarray]], axes: Sequence[Axis]
) -> np.ndarray:
    grids = []
    for number, ((_, grid), (axis, unit, points)) in enumerate(zip(lines, axes, strict=True)):
        if points.min() < grid.min() - SAME or points.max() > grid.max() + SAME:
            raise Unfit(
                f"the instrument measures {axis} from {grid.min():g} to {grid.max():g} {unit}, the data reach beyond",
                "widen its range",
            )
        order = np.argsort(grid)
        if np.any(np.diff(grid[order]) <= 0):
            raise Unfit(
                f"{axis} has equal values along its dimension", "give the data along another coordinate"
            )
        grids.append(grid[order])
        values = np.take(values, order, axis=number)
    points = np.stack([axis[2] for axis in axes], axis=-1)
    if len(grids) == 1:
        return make_interp_spline(grids[0], values, k=min(3, len(grids[0]) - 1))(points[:, 0])
    if any(len(grid) < 2 for grid in grids):
        raise Unfit("a map whose instrument has one point along an axis", "give it more points")
    method = "cubic" if min(map(len, grids)) > 3 else "linear"
    clipped = np.clip(points, [g[0] for g in grids], [g[-1] for g in grids])
    return RegularGridInterpolator(tuple(grids), values, method=method)(clipped)
