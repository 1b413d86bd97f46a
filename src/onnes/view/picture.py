"""A stored Dataset as a picture file: one panel for each quantity in it."""

import io
import os
import warnings
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from onnes import schema
from onnes.errors import InvalidInput, OnnesWarning
from onnes.view.atomic import write_bytes
from onnes.view.labelled import dataset
from onnes.view.labels import mathtext
from onnes.view.selection import require_drawable, select

if TYPE_CHECKING:
    import xarray as xr

FORMATS = ("png", "pdf", "svg")
PANEL = (6.0, 4.0)
"""Inches."""


def save_dataset(
    ds: "xr.Dataset",
    path: str | os.PathLike[str],
    *,
    at: Mapping[str, float | str] | None = None,
    names: Sequence[str] = (),
) -> Path:
    """Draw every quantity of one or two dimensions in a panel of its own and write the picture.

    What has more dimensions is left out with a warning where something else can be drawn.

    Parameters
    ----------
    ds : a Dataset of a state, a probe or a sweep.
    path : its suffix says the format: ``.png``, ``.pdf`` or ``.svg``.
    at : coordinates that are held, each at the point nearest to a value.
    names : quantities; all where not given.

    Raises
    ------
    InvalidInput : nothing to draw, a quantity or value that is not there, more than two dimensions left (the message
        lists coordinates and sizes), another suffix, or a file that cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Sheet

    target = Path(path)
    suffix = target.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise InvalidInput(f"a picture named {target.name}", "end its name in .png, .pdf or .svg")
    chosen = _chosen(ds, names)
    ds = select(ds, at or {})
    shown = _shown(ds, chosen, all_wanted=bool(names))
    columns = min(2, len(shown))
    rows = ceil(len(shown) / columns)
    sheet = Sheet(figsize=(PANEL[0] * columns, PANEL[1] * rows), layout="constrained")
    for place, name in enumerate(shown, 1):
        dataset(
            ds, name, sheet.add_subplot(rows, columns, place), title=_sentence(schema.lookup(name).long_name)
        )
    if at:
        sheet.suptitle(mathtext(str(ds.attrs["title"])), fontsize="medium")
    buffer = io.BytesIO()
    # No date and no random names in the file: the same data give the same bytes.
    dateless = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[suffix]
    with rc_context({"svg.hashsalt": "onnes"}):
        sheet.savefig(buffer, format=suffix, dpi=160, metadata=dateless)
    return write_bytes(target, buffer.getvalue())


def drawable(ds: "xr.Dataset") -> list[str]:
    """Return the quantities of the table that have one or two dimensions longer than one."""
    return [name for name in _quantities(ds) if 1 <= _ndim(ds, name) <= 2]


def _ndim(ds: "xr.Dataset", name: str) -> int:
    """Return how many dimensions are longer than one; a single vector has none."""
    array = ds[name].squeeze()
    return 0 if array.dims == ("axis",) else array.ndim


def _quantities(ds: "xr.Dataset") -> list[str]:
    """Return the quantities of the table that are no coordinates of others."""
    support = {"path_length", "wavevector"} | {str(d).removesuffix("_index") for d in ds.dims}
    return [str(n) for n in ds.data_vars if str(n) in schema.QUANTITIES and str(n) not in support]


def _chosen(ds: "xr.Dataset", names: Sequence[str]) -> list[str]:
    known = [str(name) for name in ds.data_vars if not str(name).startswith("onnes_")]
    for name in names:
        if name not in known:
            raise InvalidInput(f"no quantity {name!r} in this file", f"name one of {', '.join(known)}")
    return list(names) or _quantities(ds)


def _shown(ds: "xr.Dataset", chosen: Sequence[str], *, all_wanted: bool) -> list[str]:
    """Return what is drawn; warn of, or raise for, what has too many dimensions."""
    sizes = {name: _ndim(ds, name) for name in chosen}
    shown = [name for name, ndim in sizes.items() if 1 <= ndim <= 2]
    for name, ndim in sizes.items():
        if ndim <= 2:
            continue
        try:
            require_drawable(ds, name)
        except InvalidInput as error:
            if all_wanted or not shown:
                raise
            warnings.warn(OnnesWarning(f"left out: {error}"), stacklevel=3)
    if not shown:
        raise InvalidInput("this dataset holds nothing but single numbers", "print it with onnes show")
    return shown


def _sentence(text: str) -> str:
    """Capitalise, and cut a long name at its first comma or semicolon."""
    short = text if len(text) <= 80 else text.split(";")[0].split(",")[0]
    return short[:1].upper() + short[1:]
