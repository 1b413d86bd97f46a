"""A stored Dataset as a picture file: one panel for each quantity in it."""

import io
import os
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from onnes import schema
from onnes.errors import InvalidInput
from onnes.view.atomic import write_bytes
from onnes.view.labelled import figure_of
from onnes.view.paper import draw

if TYPE_CHECKING:
    import xarray as xr

FORMATS = ("png", "pdf", "svg")
PANEL = (6.0, 4.0)
"""Inches."""


def save_dataset(ds: "xr.Dataset", path: str | os.PathLike[str]) -> Path:
    """Draw every quantity of one or two dimensions in a panel of its own and write the picture.

    Parameters
    ----------
    ds : a Dataset of a state or a probe.
    path : its suffix says the format: ``.png``, ``.pdf`` or ``.svg``.

    Raises
    ------
    InvalidInput : nothing to draw, another suffix, or a file that cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Sheet

    target = Path(path)
    suffix = target.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise InvalidInput(f"a picture named {target.name}", "end its name in .png, .pdf or .svg")
    names = drawable(ds)
    if not names:
        raise InvalidInput("this dataset holds nothing but single numbers", "print it with onnes show")
    columns = min(2, len(names))
    rows = ceil(len(names) / columns)
    sheet = Sheet(figsize=(PANEL[0] * columns, PANEL[1] * rows), layout="constrained")
    for place, name in enumerate(names, 1):
        figure = replace(figure_of(ds, name), title=_sentence(schema.lookup(name).long_name))
        draw(figure, sheet.add_subplot(rows, columns, place))
    buffer = io.BytesIO()
    # No date and no random names in the file: the same data give the same bytes.
    dateless = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[suffix]
    with rc_context({"svg.hashsalt": "onnes"}):
        sheet.savefig(buffer, format=suffix, dpi=160, metadata=dateless)
    return write_bytes(target, buffer.getvalue())


def drawable(ds: "xr.Dataset") -> list[str]:
    """Return the quantities of the table that have one or two dimensions longer than one."""
    names = [str(name) for name in ds.data_vars if str(name) in schema.QUANTITIES]
    return [name for name in names if 1 <= ds[name].squeeze().ndim <= 2]


def _sentence(text: str) -> str:
    """Capitalise, and cut a long name at its first comma or semicolon."""
    short = text if len(text) <= 80 else text.split(";")[0].split(",")[0]
    return short[:1].upper() + short[1:]
