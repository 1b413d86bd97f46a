"""A `study.figure.Figure` on matplotlib axes, for papers and notebooks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onnes.study.figure import Curve, Figure, Map
from onnes.view import style
from onnes.view.labels import mathtext

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """A value of each curve, (curve,), told by its colour and a colour bar in place of a legend."""

    values: np.ndarray
    label: str


DARKEST_SHARE = 0.8
"""Share of the sequential colours that lines take: the palest are lost on white paper."""
DASHES = {"line": "-", "dashed": "--", "dotted": ":"}


def draw(
    figure: Figure, ax: "Axes | None" = None, *, theme: style.Theme = style.LIGHT, scale: Scale | None = None
) -> "Axes":
    """Draw every curve and map of ``figure`` and return the axes.

    Parameters
    ----------
    figure : what is to be seen.
    ax : axes to draw on; a new figure (6 x 4 inches) where not given.
    theme : colours; `onnes.view.style.LIGHT` or ``DARK``.
    scale : values of the curves; they are then told by colour, not by role.

    Raises
    ------
    InvalidInput : a curve of an unknown role or style.
    """
    ax = ax if ax is not None else new_axes(theme)
    turns = style.Turns()
    for drawn in figure.maps:
        _map(ax, drawn)
    colours = None if scale is None else _colours(ax, scale)
    for number, curve in enumerate(figure.curves):
        turn = turns.next(curve.role)
        if colours is not None:
            style.check_style(curve.style)
            _curve(ax, curve, colours[number], curve.style)
            continue
        _curve(ax, curve, theme.colour(curve.role, turn), theme.line(curve.style, curve.role, turn))
    ax.set_title(mathtext(figure.title), loc="left", fontsize="medium", color=theme.ink)
    ax.set_xlabel(mathtext(figure.x_label))
    ax.set_ylabel(mathtext(figure.y_label))
    if figure.log_x:
        ax.set_xscale("log")
    if figure.log_y:
        ax.set_yscale("log")
    if figure.x_range is not None:
        ax.set_xlim(figure.x_range)
    if figure.y_range is not None:
        ax.set_ylim(figure.y_range)
    if not figure.maps:
        ax.grid(color=theme.faint, linewidth=0.6)
        ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if scale is None:
        _legend(ax, figure)
    return ax


def new_axes(theme: style.Theme = style.LIGHT) -> "Axes":
    """Return fresh axes in the colours of ``theme``."""
    from matplotlib import pyplot

    _, ax = pyplot.subplots(figsize=(6.0, 4.0), layout="constrained", facecolor=theme.paper)
    ax.set_facecolor(theme.paper)
    ax.tick_params(colors=theme.ink, which="both")
    for spine in ax.spines.values():
        spine.set_color(theme.ink)
    ax.xaxis.label.set_color(theme.ink)
    ax.yaxis.label.set_color(theme.ink)
    return ax


def _curve(ax: "Axes", curve: Curve, colour: str, drawn_as: str) -> None:
    points = curve.style == "points"
    line = "none" if points else DASHES[drawn_as]
    if curve.error is not None and not points:
        ax.fill_between(
            curve.x, curve.y - curve.error, curve.y + curve.error, color=colour, alpha=0.18, linewidth=0
        )
    ax.errorbar(
        curve.x,
        curve.y,
        yerr=curve.error if points else None,
        fmt="o" if points else "",
        linestyle=line,
        markersize=4.5,
        linewidth=1.8,
        elinewidth=1.2,
        capsize=2.5,
        color=colour,
        label=mathtext(curve.label),
    )


def _map(ax: "Axes", drawn: Map) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    finite = drawn.values[np.isfinite(drawn.values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    signed = style.both_signs(low, high)
    if signed:
        low, high = -max(-low, high), max(-low, high)
    colours = LinearSegmentedColormap.from_list("onnes", style.DIVERGING if signed else style.SEQUENTIAL)
    mesh = ax.pcolormesh(
        drawn.x, drawn.y, drawn.values, cmap=colours, vmin=low, vmax=high, shading="nearest", rasterized=True
    )
    bar = ax.figure.colorbar(mesh, ax=ax)
    bar.set_label(mathtext(drawn.label))


def _colours(ax: "Axes", scale: Scale) -> list[str]:
    """Return the colour of every curve and draw their bar."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize, to_hex

    whole = LinearSegmentedColormap.from_list("onnes", style.SEQUENTIAL)
    shades = LinearSegmentedColormap.from_list("onnes lines", whole(np.linspace(0, DARKEST_SHARE, 64)))
    span = Normalize(float(np.min(scale.values)), float(np.max(scale.values)))
    bar = ax.figure.colorbar(ScalarMappable(span, shades), ax=ax)
    bar.set_label(mathtext(scale.label))
    return [to_hex(shades(span(value))) for value in scale.values]


def _legend(ax: "Axes", figure: Figure) -> None:
    if not any(curve.label for curve in figure.curves):
        return
    ax.legend(frameon=False, fontsize="small", labelcolor="linecolor")
