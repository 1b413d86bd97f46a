"""Several figures on one sheet, as a picture file."""

import io
import os
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from onnes.errors import InvalidInput
from onnes.study.correlated_figures import Panel
from onnes.view.atomic import write_bytes
from onnes.view.labels import mathtext
from onnes.view.paper import draw
from onnes.view.picture import FORMATS, PANEL


def save_panels(panels: Sequence[Panel], path: str | os.PathLike[str], *, title: str = "") -> Path:
    """Draw every figure in a panel of its own and write the picture; the same figures give the same bytes.

    Parameters
    ----------
    panels : figures with the named places of their horizontal axes.
    path : its suffix says the format: ``.png``, ``.pdf`` or ``.svg``.
    title : above all of them.

    Raises
    ------
    InvalidInput : no panel, another suffix, or a file that cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Sheet

    target = Path(path)
    suffix = target.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise InvalidInput(f"a picture named {target.name}", "end its name in .png, .pdf or .svg")
    if not panels:
        raise InvalidInput("this state holds nothing but single numbers", "print it with onnes show")
    columns = min(2, len(panels))
    rows = ceil(len(panels) / columns)
    sheet = Sheet(figsize=(PANEL[0] * columns, PANEL[1] * rows), layout="constrained")
    for place, panel in enumerate(panels, 1):
        drawn = draw(panel.figure, sheet.add_subplot(rows, columns, place))
        if panel.ticks:
            drawn.set_xticks([place for place, _ in panel.ticks], [label for _, label in panel.ticks])
    if title:
        sheet.suptitle(mathtext(title), fontsize="medium", wrap=True)
    buffer = io.BytesIO()
    dateless = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[suffix]
    with rc_context({"svg.hashsalt": "onnes"}):
        sheet.savefig(buffer, format=suffix, dpi=160, metadata=dateless)
    return write_bytes(target, buffer.getvalue())
