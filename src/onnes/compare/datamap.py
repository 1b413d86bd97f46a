"""A measured map: values against two or more coordinates, in the library's own units.

A CSV file in long format has one row for each point and names quantity and unit of each column; the last column
that is no error holds the values, and those before it the coordinates::

    path_length (r.l.u.), energy_transfer (meV), neutron_intensity (mbarn/meV/sr), error
    0.00, 5.0, 1.31, 0.05

A NetCDF file holds the values as an array with labelled dimensions, its error in ``<name>_error`` or ``error``; points
that are NaN were not measured.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes.compare import data as curves
from onnes.compare.data import Data
from onnes.errors import InvalidInput, UnreadableFile
from onnes.schema import QUANTITIES

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, slots=True, eq=False)
class DataMap:
    """Measured values at points of several coordinates.

    Parameters
    ----------
    x : where they were measured, float array (n, axis).
    y : what was measured, float array (n,).
    error : one standard error of y, float array (n,) or one number, > 0.
    x_names, y_name : names of the quantities, those of `onnes.schema` where they are known there.
    x_units, y_unit : their units; that of `onnes.schema` where not given, which is the only one allowed for a
        quantity that is known there.
    source : where the data come from.

    Raises
    ------
    InvalidInput : arrays that do not fit together, values that are not finite, errors that are not positive.
    UnitMismatch : a known quantity in another unit than its own.
    """

    x: np.ndarray
    y: np.ndarray
    error: np.ndarray
    x_names: tuple[str, ...]
    y_name: str = "y"
    x_units: tuple[str, ...] = ()
    y_unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        x = np.array(self.x, dtype=float)
        names = tuple(self.x_names)
        if x.ndim != 2 or x.shape[1] != len(names) or len(set(names)) < len(names) or not names:
            raise InvalidInput(
                f"a map with points {x.shape} and the axes {names}", "give points (n, axis), each axis named"
            )
        units = tuple(self.x_units) or ("",) * len(names)
        if len(units) != len(names):
            raise InvalidInput(f"{len(units)} units for {len(names)} axes", "give one unit for each axis")
        # The checks of a curve are those of every axis of a map.
        along = [
            Data(column, self.y, self.error, name, self.y_name, unit, self.y_unit)
            for column, name, unit in zip(x.T, names, units, strict=True)
        ]
        x.setflags(write=False)
        changes = {"x": x, "y": along[0].y, "error": along[0].error, "x_names": names}
        changes |= {"x_units": tuple(one.x_unit for one in along), "y_unit": along[0].y_unit}
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def axes(self) -> tuple[tuple[str, str, np.ndarray], ...]:
        """Name, unit and values (n,) of every coordinate."""
        return tuple(zip(self.x_names, self.x_units, self.x.T, strict=True))

    def between(self, name: str, low: float, high: float) -> "DataMap":
        """Return the points with low <= coordinate <= high; raise `InvalidInput` where there is none."""
        if name not in self.x_names:
            raise InvalidInput(f"the data have no axis {name!r}", f"they have {', '.join(self.x_names)}")
        values = self.x[:, self.x_names.index(name)]
        keep = (values >= low) & (values <= high)
        if not keep.any():
            raise InvalidInput(
                f"no point of the data lies between {name} = {low:g} and {high:g}",
                f"they lie between {values.min():g} and {values.max():g}",
            )
        labels = (self.x_names, self.y_name, self.x_units, self.y_unit, self.source)
        return DataMap(self.x[keep], self.y[keep], self.error[keep], *labels)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        x: Sequence[str] = (),
        y: str | None = None,
        error: float | None = None,
    ) -> "DataMap":
        """Read a map from a NetCDF file (``.nc``) or a CSV file in long format.

        Parameters
        ----------
        path : the file.
        x : names of the coordinates; those before the values (CSV) or the dimensions of these (NetCDF) where not given.
        y : name of the values; the last column that is no error, or the only quantity, where not given.
        error : one standard error for all points, in the unit of the table; from the file where not given.

        Raises
        ------
        UnreadableFile : absent, damaged, or without coordinates.
        UnitMismatch : a unit of another kind, or a missing one.
        InvalidInput : a name that is not there, or no errors.
        """
        if Path(path).suffix == ".nc":
            return _from_netcdf(cls, path, tuple(x), y, error)
        names, written, table = curves._table(path)
        values = [i for i, name in enumerate(names) if not curves._is_error(name)]
        y_at = curves._column(path, names, y, values[-1] if values else 0)
        x_at = [curves._column(path, names, name, 0) for name in x] or [i for i in values if i != y_at]
        if not x_at:
            raise UnreadableFile(path, "it has one column", "give columns of coordinates and one of values")
        scales = [curves._conversion(path, names[i], written[i]) for i in x_at]
        y_factor, y_unit = curves._conversion(path, names[y_at], written[y_at])
        return cls(
            table[:, x_at] * np.array([factor for factor, _ in scales]),
            y_factor * table[:, y_at],
            curves._errors(path, names, written, table, y_at, error),
            tuple(names[i] for i in x_at),
            names[y_at],
            tuple(unit for _, unit in scales),
            y_unit,
            Path(path).name,
        )


def measured(
    path: str | os.PathLike[str],
    *,
    x: Sequence[str] = (),
    y: str | None = None,
    error: float | None = None,
) -> "Data | DataMap":
    """Read a curve or a map: a map from a NetCDF file or where several coordinates are named.

    Arguments and errors as of `Data.read` and `DataMap.read`. A CSV file is a curve unless ``x`` names two or more
    of its columns, or its header names two or more coordinates of the table of quantities before the values.
    """
    if Path(path).suffix == ".nc" or len(x) > 1:
        return DataMap.read(path, x=x, y=y, error=error)
    if not x and y is None and _is_long(path):
        return DataMap.read(path, error=error)
    return Data.read(path, x=x[0] if x else None, y=y, error=error)


def _is_long(path: str | os.PathLike[str]) -> bool:
    """Whether all columns but the last are coordinates: quantities that are, or lie along, dimensions."""
    names = [name for name in curves._table(path)[0] if not curves._is_error(name)]
    dims = {dim for quantity in QUANTITIES.values() for dim in quantity.dims}
    return len(names) > 2 and all(name in dims or name in ALONG for name in names[:-1])


ALONG = ("path_length",)
"""Coordinates that lie along a dimension of another name."""


def _from_netcdf(
    kind: type[DataMap], path: Any, x: tuple[str, ...], y: str | None, error: float | None
) -> DataMap:
    ds = _opened(path)
    names = [str(n) for n in ds.data_vars if ds[n].ndim and not curves._is_error(str(n))]
    known = [n for n in names if n not in ALONG]
    if y is None and len(known) != 1:
        raise InvalidInput(f"{path} holds {', '.join(known) or 'no arrays'}", "say which one with y (--y)")
    name = known[0] if y is None else y
    if name not in ds.variables or not ds[name].ndim:
        raise InvalidInput(f"{path} has no array {name!r}", f"it has {', '.join(names)}")
    array = ds[name]
    columns, units = [], []
    for axis in x or tuple(map(str, array.dims)):
        if axis not in ds.variables or ds[axis].ndim != 1 or ds[axis].dims[0] not in array.dims:
            raise InvalidInput(
                f"{path} has no coordinate {axis!r} of {name}",
                f"its dimensions are {', '.join(map(str, array.dims))}",
            )
        factor, unit = curves._conversion(path, axis, _unit(ds[axis]))
        columns.append(factor * ds[axis].broadcast_like(array).transpose(*array.dims).values.ravel())
        units.append(unit)
    factor, unit = curves._conversion(path, name, _unit(array))
    values = factor * np.asarray(array.values, float).ravel()
    errors = _netcdf_errors(path, ds, name, error)
    seen = np.isfinite(values) & np.isfinite(errors)
    labels = (x or tuple(map(str, array.dims)), name, tuple(units), unit, Path(path).name)
    return kind(np.stack(columns, axis=-1)[seen], values[seen], errors[seen], *labels)


def _netcdf_errors(path: Any, ds: "xr.Dataset", name: str, given: float | None) -> np.ndarray:
    array = ds[name]
    if given is not None:
        return np.full(array.size, float(given))
    for key in (f"{name}_error", "error"):
        if key in ds.variables:
            unit = _unit(ds[key])
            unit = _unit(array) if unit is None else unit
            factor, _ = curves._conversion(path, name, unit, column=key)
            return factor * ds[key].broadcast_like(array).transpose(*array.dims).values.ravel()
    raise InvalidInput(
        f"{path} says no errors of {name}",
        f"add an array {name}_error, or give error= (--error) for all points",
    )


def _unit(array: "xr.DataArray") -> str | None:
    unit = array.attrs.get("units")
    return None if unit is None else str(unit)


def _opened(path: Any) -> "xr.Dataset":
    import xarray as xr

    if not Path(path).is_file():
        raise UnreadableFile(path, "no such file", "give the path of a .nc or .csv file")
    try:
        with xr.open_dataset(path, engine="h5netcdf") as handle:
            return handle.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UnreadableFile(
            path, f"not a NetCDF4 file ({type(error).__name__})", "give a .nc or .csv file"
        ) from None
