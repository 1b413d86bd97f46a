"""A computed Dataset and a measurement in one figure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.compare.data import Data
from onnes.compare.datamap import DataMap
from onnes.errors import InvalidInput, UnitMismatch
from onnes.study.figure import Curve, Figure, Map
from onnes.view.labelled import label_of
from onnes.view.paper import draw

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def beside(
    ds: "xr.Dataset",
    measured: "Data | DataMap | Mapping[float, Data]",
    name: str | None = None,
    *,
    along: str | None = None,
    scaled: bool = False,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw a quantity of a Dataset with measured data.

    A curve gets the points of one `onnes.compare.Data`. A quantity of two dimensions is drawn as cuts where each cut
    has its own data, ``{value: data}``, and as a map where the data are points of its plane, such as a dispersion.

    Parameters
    ----------
    ds : a Dataset of a probe, a response or a state, all but two of its dimensions selected.
    measured : abscissae named ``x_name`` must be a coordinate of the Dataset, or a quantity over one dimension such as
        ``path_length``; values named ``y_name`` the quantity itself, or, for points of a plane, its other coordinate.
    name : which quantity; not needed where there is only one.
    along : what the keys of ``measured`` are values of; the coordinate of the other dimension, or its index where it
        has none. The cut is interpolated linearly.
    scaled : the data have arbitrary units, and all of them are multiplied by one factor, that of least squares in units
        of their errors; the legend says which.
    ax : axes to draw on; new ones where not given.

    Raises
    ------
    InvalidInput : no such quantity or coordinate, a cut or data outside the computed range, data of another shape.
    UnitMismatch : values of another quantity, without ``scaled``.
    """
    return draw(figure_beside(ds, measured, name, along=along, scaled=scaled), ax)


def figure_beside(
    ds: "xr.Dataset",
    measured: "Data | DataMap | Mapping[float, Data]",
    name: str | None = None,
    *,
    along: str | None = None,
    scaled: bool = False,
) -> Figure:
    """Return the figure that `beside` draws."""
    array = ds[_chosen(ds, name)].squeeze()
    if array.ndim not in (1, 2) or np.iscomplexobj(array.values):
        raise InvalidInput(
            f"{array.name} of dimensions {array.dims}", "select a real quantity of one or two dimensions"
        )
    if isinstance(measured, DataMap):
        measured, along = _split(measured, along)
    if array.ndim == 1:
        if not isinstance(measured, Data):
            raise InvalidInput(
                f"several data for {array.name} over {array.dims[0]}", "give one onnes.compare.Data"
            )
        return _curves(ds, array, {"": measured}, {"": array.values}, scaled)
    if isinstance(measured, Data):
        return _points(ds, array, measured, scaled)
    if not measured:
        raise InvalidInput("no data", "give {value: data} for at least one cut")
    return _cuts(ds, array, measured, along, scaled)


def _chosen(ds: "xr.Dataset", name: str | None) -> str:
    names = [str(n) for n in ds.data_vars]
    if name in names:
        return str(name)
    if name is None and len(names) == 1:
        return names[0]
    cause = "several quantities to choose from" if name is None else f"no quantity {name!r} in this dataset"
    raise InvalidInput(cause, f"name one of {', '.join(names)}")


def _split(measured: DataMap, along: str | None) -> tuple[dict[float, Data], str]:
    """Return one curve for each value of the first coordinate of a measured map, and the name of that coordinate."""
    if len(measured.x_names) != 2 or along not in (None, measured.x_names[0]):
        raise InvalidInput(
            f"measured values over {', '.join(measured.x_names)}",
            "give two coordinates, the first that of the cuts",
        )
    first, second = measured.x_names
    cuts = {}
    for at in np.unique(measured.x[:, 0]):
        own = measured.x[:, 0] == at
        points = measured.x[own, 1], measured.y[own], measured.error[own]
        cuts[float(at)] = Data(*points, second, measured.y_name, source=measured.source)
    return cuts, first


def _cuts(
    ds: "xr.Dataset", array: "xr.DataArray", measured: Mapping[float, Data], along: str | None, scaled: bool
) -> Figure:
    across = _dimension(ds, array, next(iter(measured.values())).x_name)
    other = next(d for d in array.dims if d != across)
    values = array.transpose(other, across).values
    axis = _abscissa(ds, array, along or str(other))
    if axis.shape != (len(values),) or np.any(np.diff(axis) <= 0):
        raise InvalidInput(
            f"{along or other} does not run along {other} in ascending order", "name another along="
        )
    rows = {}
    for at in measured:
        if not axis[0] <= at <= axis[-1]:
            raise InvalidInput(
                f"a cut at {along or other} = {at:g}", f"give a value from {axis[0]:g} to {axis[-1]:g}"
            )
        right = int(np.clip(np.searchsorted(axis, at), 1, len(axis) - 1)) if len(axis) > 1 else 0
        share = (at - axis[right - 1]) / (axis[right] - axis[right - 1]) if len(axis) > 1 else 1.0
        rows[f"{along or other} {at:g}"] = (1 - share) * values[right - 1] + share * values[right]
    return _curves(ds, array, dict(zip(rows, measured.values(), strict=True)), rows, scaled)


def _curves(
    ds: "xr.Dataset",
    array: "xr.DataArray",
    measured: Mapping[str, Data],
    rows: Mapping[str, np.ndarray],
    scaled: bool,
) -> Figure:
    first = next(iter(measured.values()))
    x = _abscissa(ds, array, first.x_name)
    for data in measured.values():
        if data.x_name != first.x_name:
            raise InvalidInput(f"cuts over {first.x_name} and over {data.x_name}", "give one kind of cut")
        if not scaled and data.y_name != array.name:
            raise UnitMismatch(
                f"{data.y_name} ({data.y_unit}) is measured and {array.name} computed",
                f"name the data {array.name}, or give scaled=True for arbitrary units",
            )
    factor = _factor(x, rows, measured) if scaled else 1.0
    drawn = []
    for label, data in measured.items():
        drawn.append(Curve(x, rows[label], label or "computed"))
        told = " ".join(filter(None, [data.source or "measured", label, f"x {factor:.3g}" if scaled else ""]))
        drawn.append(
            Curve(data.x, factor * data.y, told, style="points", role="measured", error=factor * data.error)
        )
    return Figure(_title(ds, array), label_of(first.x_name), label_of(str(array.name)), tuple(drawn))


def _points(ds: "xr.Dataset", array: "xr.DataArray", data: Data, scaled: bool) -> Figure:
    """Return a map with points in its plane."""
    if scaled:
        raise InvalidInput(
            "scaled=True for points of a map", "leave it out: both of their values are coordinates"
        )
    across, up = _dimension(ds, array, data.x_name), _dimension(ds, array, data.y_name)
    if across == up:
        raise InvalidInput(
            f"data of {data.y_name} over {data.x_name} for a map of {array.dims}",
            "give one coordinate of each dimension",
        )
    x, y = _abscissa(ds, array, data.x_name), _abscissa(ds, array, data.y_name)
    drawn = Map(x, y, array.transpose(up, across).values, label_of(str(array.name)))
    points = Curve(
        data.x, data.y, data.source or "measured", style="points", role="measured", error=data.error
    )
    return Figure(_title(ds, array), label_of(data.x_name), label_of(data.y_name), (points,), (drawn,))


def _factor(x: np.ndarray, rows: Mapping[str, np.ndarray], measured: Mapping[str, Data]) -> float:
    """Return the factor of the data with the least squared distance to the curves in units of their errors."""
    order = np.argsort(x)
    upper = lower = 0.0
    for label, data in measured.items():
        if data.x.min() < x.min() or data.x.max() > x.max():
            raise InvalidInput(
                f"data of {data.x_name} from {data.x.min():g} to {data.x.max():g} beyond the computed curve",
                f"keep those from {x.min():g} to {x.max():g} (Data.between)",
            )
        model = np.interp(data.x, x[order], rows[label][order])
        # The curve is brought to the data (y = m/factor): errors are theirs.
        upper += float(np.sum((model / data.error) ** 2))
        lower += float(np.sum(model * data.y / data.error**2))
    if lower <= 0:
        raise InvalidInput(
            "data that no positive factor brings to the curve", "compare with another quantity"
        )
    return upper / lower


def _dimension(ds: "xr.Dataset", array: "xr.DataArray", name: str) -> str:
    """Return the dimension that a coordinate or quantity runs along."""
    if name in array.dims:
        return name
    if name in ds and len(ds[name].dims) == 1 and ds[name].dims[0] in array.dims:
        return str(ds[name].dims[0])
    known = [
        str(n)
        for n in ds.variables
        if len(ds[n].dims) == 1 and ds[n].dims[0] in array.dims and n != array.name
    ]
    raise InvalidInput(
        f"{name!r} does not run along {array.name}", f"use one of {', '.join(known) or array.dims}"
    )


def _abscissa(ds: "xr.Dataset", array: "xr.DataArray", name: str) -> np.ndarray:
    dim = _dimension(ds, array, name)
    return (
        np.asarray(ds[name].values, float) if name in ds.variables else np.arange(ds.sizes[dim], dtype=float)
    )


def _title(ds: "xr.Dataset", array: "xr.DataArray") -> str:
    return str(ds.attrs.get("title", schema.lookup(str(array.name)).long_name))
