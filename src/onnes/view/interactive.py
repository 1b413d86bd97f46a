"""A `study.figure.Figure` as plotly JSON: plain dictionaries, no plotly import.

The colours written here are those of the light theme, so that the JSON is complete by itself. Every
trace also says in ``meta`` which role and shade it has (or that its map is signed): the atlas repaints
it from its style sheet when the reader's screen is dark.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from onnes.errors import InvalidInput
from onnes.study.figure import Curve, Figure, Map
from onnes.view import style
from onnes.view.labels import html

DIGITS = 6
"""Significant digits kept: a hundred times finer than a screen can show, and a third of the bytes."""
DASHES = {"line": "solid", "dashed": "dash", "dotted": "dot"}
"""Styles of curves in plotly's words."""
MANY_DECADES = (2.0, 8.0)
"""Logarithmic axes with this many decades label each power of ten and nothing between."""


def figure_json(figure: Figure) -> dict[str, Any]:
    """Return ``{"data": [...], "layout": {...}}`` for plotly.js; NaN and infinities become gaps.

    Raises
    ------
    InvalidInput : a curve of an unknown role or style, or a logarithmic axis through zero.
    """
    turns = style.Turns()
    data: list[dict[str, Any]] = [_map(drawn) for drawn in figure.maps]
    for curve in figure.curves:
        data += _curve(curve, turns.next(curve.role))
    return {"data": data, "layout": _layout(figure)}


def _curve(curve: Curve, turn: int) -> list[dict[str, Any]]:
    colour, drawn_as = style.LIGHT.colour(curve.role, turn), style.LIGHT.line(curve.style, curve.role, turn)
    meta = {"role": curve.role, "turn": turn % len(style.LIGHT.roles[curve.role])}
    trace: dict[str, Any] = {
        "type": "scatter",
        "x": numbers(curve.x),
        "y": numbers(curve.y),
        "name": text(curve.label),
        "showlegend": bool(curve.label),
        "meta": meta,
    }
    if curve.style == "points":
        trace |= {"mode": "markers", "marker": {"color": colour, "size": 7}}
        if curve.error is not None:
            bars = {
                "type": "data",
                "array": numbers(_as_vector(curve)),
                "color": colour,
                "thickness": 1.3,
                "width": 3,
            }
            trace["error_y"] = bars
        return [trace]
    trace |= {"mode": "lines", "line": {"color": colour, "width": 2.2, "dash": DASHES[drawn_as]}}
    return [trace] if curve.error is None else [_band(curve, colour, meta), trace]


def _band(curve: Curve, colour: str, meta: dict[str, Any]) -> dict[str, Any]:
    """One standard error around a line, as a closed shape."""
    error = _as_vector(curve)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(np.concatenate([curve.x, curve.x[::-1]])),
        "y": numbers(np.concatenate([curve.y + error, (curve.y - error)[::-1]])),
        "fill": "toself",
        "fillcolor": colour + "2e",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "meta": meta | {"band": True},
    }


def _as_vector(curve: Curve) -> np.ndarray:
    """A single error counts for every point."""
    return np.broadcast_to(curve.error, curve.y.shape)


def _map(drawn: Map) -> dict[str, Any]:
    finite = drawn.values[np.isfinite(drawn.values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    signed = style.both_signs(low, high)
    if signed:
        low, high = -max(-low, high), max(-low, high)
    colours = style.DIVERGING if signed else style.SEQUENTIAL
    return {
        "type": "heatmap",
        "x": numbers(drawn.x),
        "y": numbers(drawn.y),
        "z": [numbers(row) for row in drawn.values],
        "zmin": low,
        "zmax": high,
        "colorscale": [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)],
        "colorbar": {
            "title": {"text": text(drawn.label), "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
        },
        "meta": {"map": True},
    }


def _layout(figure: Figure) -> dict[str, Any]:
    return {
        "xaxis": _axis(figure.x_label, figure.log_x, figure.x_range, [c.x for c in figure.curves]),
        "yaxis": _axis(figure.y_label, figure.log_y, figure.y_range, [c.y for c in figure.curves]),
        "margin": {"l": 64, "r": 16, "t": 12, "b": 52},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "hovermode": "closest",
    }


def _axis(
    label: str, log: bool, limits: tuple[float, float] | None, shown: Sequence[np.ndarray]
) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "title": {"text": text(label), "standoff": 8},
        "automargin": True,
        "zeroline": False,
    }
    if log:
        axis |= {"type": "log", "exponentformat": "power"}
        decades = _decades(limits, shown)
        if MANY_DECADES[0] <= decades <= MANY_DECADES[1]:
            axis |= {"dtick": 1, "minor": {"ticks": "outside", "ticklen": 2}}
        elif 1 <= decades < MANY_DECADES[0]:
            # plotly's name for 1, 2 and 5 of each decade
            axis["dtick"] = "D2"
    if limits is not None:
        if log and min(limits) <= 0:
            raise InvalidInput(f"the range {limits} of a logarithmic axis", "give two positive numbers")
        axis["range"] = [float(v) for v in (np.log10(limits) if log else limits)]
    return axis


def _decades(limits: tuple[float, float] | None, shown: Sequence[np.ndarray]) -> float:
    """Powers of ten that a logarithmic axis spans; what is not positive is not on it."""
    values = np.concatenate([np.asarray(limits)] if limits is not None else [np.empty(0), *shown])
    positive = values[np.isfinite(values) & (values > 0)]
    return float(np.log10(positive.max() / positive.min())) if positive.size else 0.0


def numbers(values: np.ndarray) -> list[float | None]:
    """Return a vector as JSON numbers of six significant digits, with null where it is not finite."""
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in np.asarray(values, float).tolist()]


def text(label: str) -> str:
    """Return a label for plotly: its mark-up characters escaped, ``ω_log`` with a real subscript."""
    return html(escape(label, quote=False))
