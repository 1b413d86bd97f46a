"""Any labelled Dataset as a figure: the labels come from the table of quantities, never retyped."""

from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.study.figure import Curve, Figure, Map
from onnes.view.paper import draw

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

MOST_CURVES = 8
"""More values than this along a second dimension are drawn as a map."""


def dataset(ds: "xr.Dataset", name: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw one quantity of a Dataset: curves against its last dimension, or a map.

    Complex quantities show their real part as a line and their imaginary part dashed.

    Parameters
    ----------
    ds : a Dataset of a probe, a response or a state.
    name : which quantity; not needed where there is only one.
    ax : axes to draw on; new ones where not given.

    Raises
    ------
    InvalidInput : no such quantity, several to choose from, or more than two dimensions.
    """
    return draw(figure_of(ds, name), ax)


def figure_of(ds: "xr.Dataset", name: str | None = None) -> Figure:
    """Return the figure that `dataset` draws."""
    array = ds[_choose(ds, name)].squeeze()
    quantity = schema.lookup(str(array.name))
    title = str(ds.attrs.get("title", quantity.long_name))
    if array.ndim == 0:
        raise InvalidInput(f"{array.name} is a single number, {array.item():.6g}", "print it")
    if array.ndim > 2:
        raise InvalidInput(
            f"{array.name} has the dimensions {array.dims}", "select all but two with .isel or .sel"
        )
    across = str(array.dims[-1])
    x = _coordinate(ds, across)
    if array.ndim == 2 and array.shape[0] > MOST_CURVES and not np.iscomplexobj(array.values):
        along = str(array.dims[0])
        maps = (Map(x, _coordinate(ds, along), array.values, label_of(str(array.name))),)
        return Figure(title, label_of(across), label_of(along), maps=maps)
    return Figure(title, label_of(across), label_of(str(array.name)), tuple(_curves(ds, array, x)))


def _curves(ds: "xr.Dataset", array: "xr.DataArray", x: np.ndarray) -> list[Curve]:
    rows = np.atleast_2d(array.values)
    names = (
        [""] if array.ndim == 1 else [f"{array.dims[0]} {v:g}" for v in _coordinate(ds, str(array.dims[0]))]
    )
    drawn = []
    for row, label in zip(rows, names, strict=True):
        if np.iscomplexobj(row):
            drawn.append(Curve(x, row.real, f"Re {label}".strip()))
            drawn.append(Curve(x, row.imag, f"Im {label}".strip(), style="dashed"))
        else:
            drawn.append(Curve(x, row, label))
    return drawn


def _coordinate(ds: "xr.Dataset", dim: str) -> np.ndarray:
    """Values along a dimension; its index where it has none."""
    return np.asarray(ds[dim].values, float) if dim in ds.coords else np.arange(ds.sizes[dim], dtype=float)


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
