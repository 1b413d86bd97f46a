"""Pictures of films on one sheet: a snapshot with all that a moment shows, and many moments side by side."""

import io
import os
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes import probe, schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.state import State
from onnes.study.figure import Curve, Figure
from onnes.view import style
from onnes.view.atomic import write_bytes
from onnes.view.condensate import current_map, order_parameter, vortex_map
from onnes.view.paper import draw

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure as Sheet

FORMATS = ("png", "pdf", "svg")
PANEL, DPI = 5.2, 110
"""Width of a panel in inches, and dots to the inch."""
MOST_PANELS = 36
"""More moments than this on one sheet are too small to be seen."""
CURVES = {
    "current_voltage": ("sweep_current", "sweep_voltage"),
    "critical_current": ("sweep_field", "sweep_critical_current"),
    "magnetisation_loop": ("history_field", "history_magnetisation"),
}
"""What an experiment measured, against what."""


def snapshot(given: "State | xr.Dataset", path: str | os.PathLike[str]) -> Path:
    """Draw one moment of a film and write the picture: pair density with its vortices, phase, sheet current.

    Parameters
    ----------
    given : a state of a film, or a Dataset with its order parameter; a Dataset shows neither vortices nor current.
        The state of an experiment, such as `solve.current_voltage`, shows its curve too.
    path : its suffix says the format: ``.png``, ``.pdf`` or ``.svg``.

    Raises
    ------
    InvalidInput : no order parameter over a film, another suffix, or a file that cannot be written.
    """
    target, suffix = Path(path), suffix_of(path, FORMATS)
    whole = isinstance(given, State)
    curve = CURVES.get(given.method) if whole else None
    panels = (3 if whole else 2) + (curve is not None)
    sheet = new_sheet(panels, 1, aspect(given) if curve is None else max(aspect(given), 0.6))
    axes = [sheet.add_subplot(1, panels, k + 1) for k in range(panels)]
    if whole:
        vortex_map(given, axes[0])
        _current(given, axes[2])
    else:
        order_parameter(given, axes[0])
    order_parameter(given, axes[1], part="phase")
    if curve is not None:
        _curve(given, curve, axes[3])
    return write_bytes(target, rendered(sheet, suffix))


def moments(given: "Sequence[State | xr.Dataset]", path: str | os.PathLike[str]) -> Path:
    """Draw the pair density of several moments of a film side by side in one scale and write the picture.

    Parameters
    ----------
    given : states, or Datasets with time and order_parameter. path : ending in ``.png``, ``.pdf`` or ``.svg``.

    Raises
    ------
    InvalidInput : no moment, more than 36, another suffix, or a file that cannot be written.
    """
    target, suffix = Path(path), suffix_of(path, FORMATS)
    if not 0 < len(given) <= MOST_PANELS:
        step = ceil(len(given) / MOST_PANELS)
        raise InvalidInput(
            f"{len(given)} moments on one sheet", f"show 1 to {MOST_PANELS}: every = {max(step, 1)}"
        )
    columns = min(6, ceil(np.sqrt(len(given))))
    rows = ceil(len(given) / columns)
    sheet = new_sheet(columns, rows, aspect(given[0]), 2.2)
    axes = [sheet.add_subplot(rows, columns, k + 1) for k in range(len(given))]
    mesh, top = None, largest(given)
    for ax, one in zip(axes, given, strict=True):
        mesh = _bare(ax, one, top)
        ax.set_title(f"{time_of(one):.4g} ps", fontsize="small")
    sheet.colorbar(mesh, ax=axes, shrink=0.7, label="|ψ|²")
    return write_bytes(target, rendered(sheet, suffix))


def _bare(ax: Any, one: "State | xr.Dataset", top: float) -> Any:
    """Draw a pair density without labels, and dots on its vortices."""
    x, y = (np.asarray(one[name]) for name in ("film_x", "film_y"))
    mesh = ax.pcolormesh(
        x, y, density_of(one), cmap=colours(), vmin=0, vmax=top, shading="nearest", rasterized=True
    )
    if isinstance(one, State):
        ax.scatter(*marks(one).T, s=6, color=style.LIGHT.colour("measured"), zorder=3)
    ax.set(aspect="equal", xticks=(), yticks=())
    return mesh


def _curve(state: State, names: tuple[str, str], ax: Any) -> None:
    (x, y), (across, up) = (state[name] for name in names), (schema.lookup(name) for name in names)
    curve = Curve(x, y, "")
    labels = f"{across.symbol} ({across.unit})", f"{up.symbol} ({up.unit})"
    draw(Figure(state.method.replace("_", " ").capitalize(), *labels, (curve,)), ax)
    ax.plot(x, y, ".", color=style.LIGHT.colour("computed"))


def _current(state: State, ax: Any) -> None:
    try:
        current_map(state, ax)
    except CannotProbe as error:  # a frame whose links hold a field of their own has no rates
        ax.text(0.5, 0.5, error.cause, ha="center", va="center", wrap=True, fontsize="small")
        ax.set_axis_off()


# --- what a moving picture shares ------------------------------------------------------------


def suffix_of(path: str | os.PathLike[str], allowed: Sequence[str]) -> str:
    """Return the suffix of a file without its dot; raise `InvalidInput` where it is not one of ``allowed``."""
    suffix = Path(path).suffix.lower().lstrip(".")
    if suffix not in allowed:
        names = ", ".join(f".{one}" for one in allowed)
        raise InvalidInput(f"a picture named {Path(path).name}", f"end its name in one of {names}")
    return suffix


def new_sheet(columns: int, rows: int, ratio: float, width: float = PANEL) -> "Sheet":
    """Return an empty figure for panels of a film whose height is ``ratio`` of its width."""
    from matplotlib.figure import Figure as Sheet

    height = width * min(max(0.75 * ratio, 0.2), 2.0) + 0.2 * width
    return Sheet(figsize=(columns * width, rows * height), dpi=DPI, layout="constrained")


def rendered(sheet: "Sheet", suffix: str) -> bytes:
    """Return a figure as the bytes of a file; the same figure gives the same bytes."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    dateless = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[suffix]
    with rc_context({"svg.hashsalt": "onnes"}):
        sheet.savefig(buffer, format=suffix, metadata=dateless)
    return buffer.getvalue()


def density_of(given: "State | xr.Dataset") -> np.ndarray:
    """Return |psi|^2 over a film, NaN outside."""
    density = np.abs(np.asarray(given["order_parameter"])) ** 2
    if "cell_weight" in given:
        density = np.where(np.asarray(given["cell_weight"]) > 0, density, np.nan)
    return density


def largest(given: "Sequence[State | xr.Dataset]") -> float:
    """Return the top of a scale of |psi|^2 for all moments: 1 at least."""
    return max(1.0, *(float(np.nanmax(density_of(one), initial=0.0)) for one in given))


def marks(state: State) -> np.ndarray:
    """Return the places of the vortices of a state, float (n, 2) in nm."""
    found = probe.vortices(state)
    return np.stack([found["vortex_x"].values, found["vortex_y"].values], axis=-1)


def time_of(given: "State | xr.Dataset") -> float:
    """Return the time of a moment, ps."""
    return float(np.ravel(np.asarray(given["time"]))[0])


def aspect(given: "State | xr.Dataset") -> float:
    """Return height over width of a film."""
    if "film_x" not in given or "film_y" not in given:
        raise InvalidInput("there is no film_x or film_y to draw over", "give a state of a film (solve.tdgl)")
    x, y = (np.asarray(given[name]) for name in ("film_x", "film_y"))
    return float(np.ptp(y) / max(np.ptp(x), 1e-300))


def colours() -> Any:
    """Return the colours of values of one sign, as a colour map."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("onnes", style.SEQUENTIAL)
