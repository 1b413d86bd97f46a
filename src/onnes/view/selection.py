"""Which part of a Dataset is drawn: values of its coordinates, and how many dimensions are left."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from onnes.errors import InvalidInput

if TYPE_CHECKING:
    import xarray as xr


def parse(texts: Iterable[str]) -> dict[str, str]:
    """Read ``"energy=3"`` and the like; raise `InvalidInput` on another form or a coordinate given twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InvalidInput(
                f"--at {text!r} selects nothing", "write coordinate=value, such as --at energy=3"
            )
        if name in found:
            raise InvalidInput(f"--at {name} is given twice", "give each coordinate once")
        found[name] = value
    return found


def select(ds: "xr.Dataset", at: Mapping[str, float | str]) -> "xr.Dataset":
    """Return the Dataset at one value of some coordinates: the nearest point, and its value in the title.

    Parameters
    ----------
    ds : what is drawn.
    at : values by coordinate, in its unit; the number of the point, from 0, where a dimension has no coordinate.

    Raises
    ------
    InvalidInput : no such coordinate, or a value beyond it.
    """
    told = []
    for name, value in at.items():
        dim, values = _line(ds, name)
        index = _index(name, values, value)
        shown = values[index].item()
        told.append(f"{name} = {shown:.6g}" if isinstance(shown, float | int) else f"{name} = {shown}")
        unit = unit_of(ds, name)
        told[-1] += f" {unit}" if unit else ""
        ds = ds.isel({dim: index})
    if not told:
        return ds
    return ds.assign_attrs(title=", ".join([str(ds.attrs.get("title", "")), *told]).lstrip(", "))


def require_drawable(ds: "xr.Dataset", name: str) -> None:
    """Raise `InvalidInput` that lists coordinates and sizes where more than two dimensions are left."""
    array = ds[name].squeeze()
    if array.ndim > 2:
        sizes = ", ".join(_size(ds, str(d)) for d in array.dims)
        first = str(array.dims[0])
        raise InvalidInput(
            f"{name} has {array.ndim} dimensions: {sizes}",
            f"select all but two, as in --at {first}={_first(ds, first)}",
        )


def sweep_axes(ds: "xr.Dataset") -> tuple[str, ...]:
    """Return the dimensions that a sweep added."""
    return tuple(json.loads(ds.attrs.get("sweep_axes", "[]")))


def unit_of(ds: "xr.Dataset", name: str) -> str:
    """Return the unit of a coordinate, empty for pure numbers."""
    unit = str(ds[name].attrs.get("units", "")) if name in ds.variables else ""
    return "" if unit == "1" else unit


def _line(ds: "xr.Dataset", name: str) -> tuple[str, np.ndarray]:
    """Return the dimension that a coordinate lies along and its values."""
    if name in ds.variables and ds[name].ndim == 1:
        return str(ds[name].dims[0]), ds[name].values
    if name in ds.sizes:
        return name, np.arange(ds.sizes[name])
    sizes = ", ".join(_size(ds, str(d)) for d in ds.sizes)
    raise InvalidInput(f"--at {name}: there is no such coordinate", f"there are {sizes or 'none left'}")


def _index(name: str, values: np.ndarray, value: float | str) -> int:
    if not np.issubdtype(values.dtype, np.number):
        names = [str(v) for v in values]
        if str(value) not in names:
            raise InvalidInput(f"--at {name}={value}: no such value", f"use one of {', '.join(names)}")
        return names.index(str(value))
    try:
        number = float(value)
    except ValueError:
        raise InvalidInput(f"--at {name}={value}: not a number", f"it goes {_extent(values)}") from None
    # Half a step beyond the ends is still nearest to the last point.
    steps = np.diff(np.sort(values))
    reach = 0.5 * float(steps.max()) if len(steps) else 1e-9 * abs(float(values[0]))
    if not values.min() - reach <= number <= values.max() + reach:
        raise InvalidInput(f"--at {name}={value} lies outside", f"it goes {_extent(values)}")
    return int(np.argmin(np.abs(values - number)))


def _extent(values: np.ndarray) -> str:
    return f"from {np.min(values):.6g} to {np.max(values):.6g}"


def _size(ds: "xr.Dataset", dim: str) -> str:
    values = ds[dim].values if dim in ds.variables else np.arange(ds.sizes[dim])
    extent = _extent(values) if np.issubdtype(values.dtype, np.number) else " ".join(map(str, values[:8]))
    unit = unit_of(ds, dim)
    return f"{dim} ({ds.sizes[dim]} values {extent}{f' {unit}' if unit else ''})"


def _first(ds: "xr.Dataset", dim: str) -> str:
    value = ds[dim].values[0] if dim in ds.variables else 0
    return str(value) if isinstance(value, str) else f"{value:.6g}"
