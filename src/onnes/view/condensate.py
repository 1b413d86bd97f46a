"""Plots of films: the order parameter, its vortices, and the streams of the current, x to the right and y up."""

from typing import TYPE_CHECKING

import numpy as np

from onnes import probe, schema
from onnes.errors import InvalidInput
from onnes.state import State
from onnes.study.figure import Figure, Map
from onnes.view import style
from onnes.view.labels import mathtext
from onnes.view.paper import draw

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

PARTS = ("density", "phase")
FEWEST_PAIRS = 0.02
"""|psi|^2 below which a phase is not drawn: that of what is normal is noise."""


def order_parameter(
    given: "State | xr.Dataset", ax: "Axes | None" = None, *, part: str = "density"
) -> "Axes":
    """Draw the pair density |psi|^2 over a film, or the phase of psi; what lies outside is left blank.

    Parameters
    ----------
    given : a state of a film, or a Dataset with order_parameter and, to know the outside, cell_weight.
    part : ``"density"`` or ``"phase"`` (over pi; it depends on the gauge).

    Raises
    ------
    InvalidInput : no order parameter over a film, another part.
    """
    if part not in PARTS:
        raise InvalidInput(f"part = {part!r} of an order parameter", f"use one of {', '.join(PARTS)}")
    x, y, psi = _film(given)
    density = np.abs(psi) ** 2
    if part == "density":
        return _draw(given, Map(x, y, density, "|ψ|²"), _title(given, "Pair density"), ax)
    phase = np.where(density > FEWEST_PAIRS, np.angle(psi) / np.pi, np.nan)
    drawn = _draw(
        given, Map(x, y, phase, "phase of ψ over π"), _title(given, "Phase of the order parameter"), ax
    )
    mesh = drawn.collections[-1]
    mesh.set_cmap("twilight")  # a circle: both ends are the same phase
    mesh.set_clim(-1, 1)
    return drawn


def vortex_map(state: State, ax: "Axes | None" = None) -> "Axes":
    """Draw the pair density of a film and a mark on each vortex: a dot where it turns anticlockwise, else a cross.

    The holes are labelled with their windings. Raises `CannotProbe` where the state is not of a film.
    """
    found = probe.vortices(state)
    drawn = order_parameter(state, ax)
    winding = found["vortex_winding"].values
    x, y = found["vortex_x"].values, found["vortex_y"].values
    measured, rival = style.LIGHT.colour("measured"), style.LIGHT.colour("rival")
    edge = {"s": 34, "linewidths": 1.2, "zorder": 3}
    drawn.scatter(x[winding > 0], y[winding > 0], facecolors=measured, edgecolors="white", **edge)
    drawn.scatter(x[winding < 0], y[winding < 0], c=rival, marker="x", **edge)
    for number, corners in zip(found["hole_winding"].values, state.model.film.shape.holes, strict=True):
        cx, cy = (np.ptp(c) / 2 + np.min(c) for c in np.array(corners).T)
        drawn.text(cx, cy, f"{number:+d}", ha="center", va="center", fontsize="small", color=style.LIGHT.ink)
    drawn.set_title(
        _title(state, f"{len(winding)} vortices, {winding.sum():+d} in sum,"), loc="left", fontsize="medium"
    )
    return drawn


def current_map(
    state: State, ax: "Axes | None" = None, *, kind: str = "film", density: float = 1.4
) -> "Axes":
    """Draw the sheet current of a film: its size in colours, its streams as lines with arrows.

    Parameters
    ----------
    kind : ``"film"`` (all of it), ``"pair"`` or ``"normal"``.
    density : of the lines, 1 being about thirty along each axis.

    Raises
    ------
    InvalidInput : another kind. CannotProbe : the state is not of a film or lacks a field.
    """
    if kind not in ("film", "pair", "normal"):
        raise InvalidInput(f"kind = {kind!r} of a current", "use film, pair or normal")
    found = probe.sheet_current(state)
    x, y = found["film_x"].values, found["film_y"].values
    kx, ky = (found[f"{kind}_current_{axis}"].values for axis in "xy")
    outside = state["cell_weight"] == 0
    size = np.where(outside, np.nan, np.hypot(kx, ky))
    title = {"film": "Sheet current", "pair": "Current of pairs", "normal": "Normal current"}[kind]
    drawn = _draw(
        state, Map(x, y, size, f"|K| ({schema.lookup('film_current_x').unit})"), _title(state, title), ax
    )
    drawn.streamplot(
        x,
        y,
        np.where(outside, np.nan, kx),
        np.where(outside, np.nan, ky),
        density=density,
        color="white",
        linewidth=0.8,
        arrowsize=0.8,
    )
    return drawn


def _film(given: "State | xr.Dataset") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    missing = [name for name in ("film_x", "film_y", "order_parameter") if name not in given]
    if missing:
        raise InvalidInput(f"there is no {missing[0]} to draw", "give a state of a film (solve.tdgl)")
    x, y, psi = (np.asarray(given[name]) for name in ("film_x", "film_y", "order_parameter"))
    if psi.ndim != 2:
        raise InvalidInput(f"an order parameter of shape {psi.shape}", "choose one frame")
    if "cell_weight" in given:
        psi = np.where(np.asarray(given["cell_weight"]) > 0, psi, np.nan)
    return x, y, psi


def _title(given: "State | xr.Dataset", what: str) -> str:
    if "time" not in given:
        return what
    return f"{what} at {float(np.ravel(given['time'])[0]):.4g} ps"


def _draw(given: "State | xr.Dataset", drawn: Map, title: str, ax: "Axes | None") -> "Axes":
    labels = [f"{schema.lookup(name).symbol} ({schema.lookup(name).unit})" for name in ("film_x", "film_y")]
    ax = draw(Figure(mathtext(title), *labels, maps=(drawn,)), ax)
    ax.set_aspect("equal")
    if isinstance(given, State):  # the true edge, which the cells only follow
        shape = given.model.film.shape
        for corners in (shape.outline, *shape.holes):
            ax.plot(*np.array([*corners, corners[0]]).T, color=style.LIGHT.ink, linewidth=0.9, zorder=2)
    return ax
