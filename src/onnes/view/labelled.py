"""Any labelled Dataset as a figure: the labels come from the table of quantities, never retyped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.study.figure import Curve, Figure, Map
from onnes.view.paper import Scale, draw
from onnes.view.selection import require_drawable, select, sweep_axes, unit_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

MOST_CURVES = 8
"""More values than this along a second dimension are drawn as a map, or in colours along a sweep."""
MOST_COLOURS = 40
"""More values than this along a sweep are drawn as a map."""
ACROSS = ("momentum", "in_plane_momentum", "kx", "qx", "x")
"""First dimensions of maps that are drawn from left to right: wavevectors and places."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A figure, the colours of its curves where these tell a value, and named places of its horizontal axis."""

    figure: Figure
    scale: Scale | None = None
    ticks: tuple[tuple[float, str], ...] = ()


def dataset(
    ds: "xr.Dataset",
    name: str | None = None,
    ax: "Axes | None" = None,
    *,
    at: Mapping[str, float | str] | None = None,
    title: str | None = None,
) -> "Axes":
    """Draw one quantity of a Dataset: a curve, one curve for each value of a second coordinate, or a map.

    Vectors are points in the plane of their first two components. Complex curves show their real part as a line and
    their imaginary part dashed; complex maps show the modulus.

    Parameters
    ----------
    ds : a Dataset of a probe, a response, a state or a sweep.
    name : which quantity; not needed where there is only one.
    ax : axes to draw on; new ones where not given.
    at : coordinates that are held: value of the nearest point.
    title : in place of that of the Dataset.

    Raises
    ------
    InvalidInput : no such quantity, several to choose from, or more than two dimensions left.
    """
    chosen = _choose(ds, name)
    drawing = drawing_of(select(ds, at or {}), chosen)
    figure = drawing.figure if title is None else replace(drawing.figure, title=title)
    drawn = draw(figure, ax, scale=drawing.scale)
    if drawing.ticks:
        drawn.set_xticks([place for place, _ in drawing.ticks], [label for _, label in drawing.ticks])
    return drawn


def figure_of(ds: "xr.Dataset", name: str | None = None) -> Figure:
    """Return the figure that `dataset` draws."""
    return drawing_of(ds, _choose(ds, name)).figure


def drawing_of(ds: "xr.Dataset", name: str) -> Drawing:
    """Return the figure of one quantity, and what else its axes show."""
    require_drawable(ds, name)
    array = ds[name].squeeze()
    title = str(ds.attrs.get("title", schema.lookup(name).long_name))
    if array.ndim == 0:
        raise InvalidInput(f"{name} is a single number, {array.item():.6g}", "print it")
    if "axis" in array.dims and array.ndim == 2 and array.sizes["axis"] > 1:
        return Drawing(_vectors(array, title))
    if array.ndim == 2 and str(array.dims[0]) not in sweep_axes(ds) and str(array.dims[1]) in sweep_axes(ds):
        array = array.transpose()
    if array.ndim == 2 and _as_map(ds, array):
        return _map(ds, array, title)
    across = str(array.dims[-1])
    x, x_label, ticks = _coordinate(ds, across)
    rows = _shared_x(ds, array, x)
    figure = Figure(title, x_label, label_of(name), tuple(_curves(ds, array, rows)))
    return Drawing(figure, _scale(ds, array), ticks)


def _as_map(ds: "xr.Dataset", array: "xr.DataArray") -> bool:
    along, across = (str(d) for d in array.dims)
    if _own_x(ds, array) is not None or not _numeric(ds, along):
        return False
    swept = along in sweep_axes(ds) and across not in sweep_axes(ds) and not np.iscomplexobj(array.values)
    return array.shape[0] > (MOST_COLOURS if swept else MOST_CURVES)


def _vectors(array: "xr.DataArray", title: str) -> Figure:
    """Return the first component of vectors against their second as points."""
    values = array.transpose(..., "axis").values.real
    quantity = schema.lookup(str(array.name))
    labels = [f"{quantity.symbol}, {n} component ({quantity.unit})" for n in ("first", "second")]
    return Figure(title, *labels, (Curve(values[:, 0], values[:, 1], "", style="points"),))


def _map(ds: "xr.Dataset", array: "xr.DataArray", title: str) -> Drawing:
    if str(array.dims[0]) in ACROSS:
        array = array.transpose()
    y, y_label, _ = _coordinate(ds, str(array.dims[0]))
    x, x_label, ticks = _coordinate(ds, str(array.dims[1]))
    label, values = label_of(str(array.name)), array.values
    if np.iscomplexobj(values):
        label, values = f"modulus of {label}", np.abs(values)
    return Drawing(Figure(title, x_label, y_label, maps=(Map(x, y, values, label),)), None, ticks)


def _scale(ds: "xr.Dataset", array: "xr.DataArray") -> Scale | None:
    """Return the colours of a family of curves that is too large for a legend."""
    if array.ndim == 1 or array.shape[0] <= MOST_CURVES or not _numeric(ds, str(array.dims[0])):
        return None
    values, label, _ = _coordinate(ds, str(array.dims[0]))
    repeated = np.repeat(values, 2) if np.iscomplexobj(array.values) else values
    return Scale(repeated, label)


def _curves(ds: "xr.Dataset", array: "xr.DataArray", x: np.ndarray) -> list[Curve]:
    rows = np.atleast_2d(array.values)
    names = [""] if array.ndim == 1 else _names(ds, str(array.dims[0]))
    text = not _numeric(ds, str(array.dims[-1]))
    drawn = []
    for row, at, label in zip(rows, x, names, strict=True):
        if np.iscomplexobj(row):
            drawn.append(Curve(at, row.real, f"Re {label}".strip()))
            drawn.append(Curve(at, row.imag, f"Im {label}".strip(), style="dashed"))
        else:
            drawn.append(Curve(at, row, label, style="points" if text else "line"))
    return drawn


def _names(ds: "xr.Dataset", dim: str) -> list[str]:
    values = ds[dim].values if dim in ds.coords else np.arange(ds.sizes[dim])
    unit = unit_of(ds, dim) if dim in sweep_axes(ds) else ""
    equals = " = " if dim in sweep_axes(ds) else " "
    shown = [f"{v:g}" if np.issubdtype(values.dtype, np.number) else str(v) for v in values]
    return [f"{dim}{equals}{v}{f' {unit}' if unit else ''}" for v in shown]


def _own_x(ds: "xr.Dataset", array: "xr.DataArray") -> str | None:
    """Return the coordinate that a sweep found changing from point to point; None where there is one for all."""
    across = str(array.dims[-1])
    base = across.removesuffix("_index")
    if base == across or base not in ds.variables:
        return None
    return base if set(ds[base].squeeze().dims) <= set(array.dims) else None


def _shared_x(ds: "xr.Dataset", array: "xr.DataArray", x: np.ndarray) -> np.ndarray:
    """Return the abscissae of every curve, (curve, n)."""
    own = _own_x(ds, array)
    rows = array.shape[0] if array.ndim == 2 else 1
    if own is None:
        return np.broadcast_to(x, (rows, len(x)))
    values = ds[own].squeeze().broadcast_like(array).transpose(*array.dims).values
    return np.atleast_2d(np.asarray(values, float))


def _numeric(ds: "xr.Dataset", dim: str) -> bool:
    return dim not in ds.coords or bool(np.issubdtype(ds[dim].dtype, np.number))


def _coordinate(ds: "xr.Dataset", dim: str) -> tuple[np.ndarray, str, tuple[tuple[float, str], ...]]:
    """Return values along a dimension, their label and named places; the number of the point where it has none."""
    if "path_length" in ds.variables and ds["path_length"].dims == (dim,):
        marks = json.loads(ds.attrs.get("path_marks", "[]"))
        names = ["Γ" if n == "G" else n for n in json.loads(ds.attrs.get("path_labels", "[]"))]
        label = "k" if names else label_of("path_length")
        return np.asarray(ds["path_length"].values, float), label, tuple(zip(marks, names, strict=True))
    base = dim.removesuffix("_index")
    label = label_of(base if base in ds.variables and dim != base else dim)
    if dim not in ds.coords:
        return np.arange(ds.sizes[dim], dtype=float), label, ()
    if not _numeric(ds, dim):
        places = np.arange(ds.sizes[dim], dtype=float)
        return places, label, tuple(zip(places.tolist(), map(str, ds[dim].values), strict=True))
    values = np.asarray(ds[dim].values, float)
    if len(values) > 1 and not (np.all(np.diff(values) > 0) or np.all(np.diff(values) < 0)):
        return np.arange(len(values), dtype=float), f"number of {dim}", ()
    if dim not in schema.QUANTITIES:
        unit = unit_of(ds, dim)
        label = f"{dim} ({unit})" if unit else dim
    return values, label, ()


def _choose(ds: "xr.Dataset", name: str | None) -> str:
    names = [str(n) for n in ds.data_vars if not str(n).startswith("onnes_")]
    if name is None and len(names) == 1:
        return names[0]
    if name is None or name not in names:
        cause = (
            "several quantities to choose from" if name is None else f"no quantity {name!r} in this dataset"
        )
        raise InvalidInput(cause, f"name one of {', '.join(names)}")
    return name


def label_of(name: str) -> str:
    """Return an axis label from the table of quantities: symbol and unit; the bare name of others."""
    if name not in schema.QUANTITIES:
        return name
    quantity = schema.QUANTITIES[name]
    return quantity.symbol if quantity.unit == "1" else f"{quantity.symbol} ({quantity.unit})"
