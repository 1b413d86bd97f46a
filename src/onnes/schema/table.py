"""The table of named quantities: symbol, unit, dimensions, meaning, sign convention.

Every array that a state or a probe hands out has a name from this table, and `dataset` writes the
labels when the Dataset is born. Labels are never trusted after arithmetic (xarray keeps wrong
units through products). One line per quantity, in the file of its subject.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes.errors import InvalidInput
from onnes.schema import condensate, correlated, general, lattice, levitation, phonons, rings
from onnes.schema.quantity import Quantity

if TYPE_CHECKING:
    import xarray as xr

VERSION = 1
"""Version of the file layout; raised when a stored name, unit or dimension changes meaning."""

SUBJECTS = (general, phonons, lattice, condensate, rings, levitation, correlated)
QUANTITIES: dict[str, Quantity] = {name: q for subject in SUBJECTS for name, q in subject.TABLE.items()}


def dataset(title: str, arrays: Mapping[str, Any], **attrs: Any) -> "xr.Dataset":
    """Build a labelled `xarray.Dataset` from named arrays.

    Parameters
    ----------
    title : one line that says what the data are.
    arrays : name -> array with the dimensions that the table states, or name -> (dims, array)
        where a sweep adds dimensions. Names that are their own dimension become coordinates.
    attrs : provenance written on the Dataset.

    Raises
    ------
    InvalidInput : a name outside the table, or a shape that does not fit its dimensions.
    """
    import xarray as xr

    variables, coords = {}, {}
    for name, given in arrays.items():
        quantity = lookup(name)
        dims, values = given if isinstance(given, tuple) else (quantity.dims, given)
        values = np.asarray(values)
        if values.ndim != len(dims):
            raise InvalidInput(
                f"{name} has shape {values.shape}", f"it must have the dimensions {tuple(dims)}"
            )
        labels = {"units": quantity.unit, "long_name": quantity.long_name, "symbol": quantity.symbol}
        (coords if tuple(dims) == (name,) else variables)[name] = (tuple(dims), values, labels)
    try:
        return xr.Dataset(variables, coords, {"title": title, "onnes_schema": VERSION, **attrs})
    except ValueError as error:
        raise InvalidInput(
            f"arrays of {title!r} do not fit together ({error})", "give arrays of matching length"
        ) from None


def lookup(name: str) -> Quantity:
    """Return the table's entry for ``name``; raise `InvalidInput` with the nearest names."""
    if name not in QUANTITIES:
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(name, QUANTITIES, 3)) or "a name of onnes.schema.QUANTITIES"
        raise InvalidInput(f"{name!r} is not a named quantity", f"did you mean {near}")
    return QUANTITIES[name]
