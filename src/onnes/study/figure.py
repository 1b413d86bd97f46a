"""What a figure shows, without saying who draws it.

A `Figure` is data: curves, points with error bars, and maps, with labelled axes. `onnes.view`
draws it with matplotlib (papers) or plotly (the atlas), so that both show the same thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Curve:
    """One line or set of points. ``style`` is ``"line"``, ``"dashed"``, ``"dotted"`` or ``"points"``.

    ``role`` says what it is: ``"computed"``, ``"measured"``, ``"rival"`` or ``"reference"``.
    """

    x: np.ndarray
    y: np.ndarray
    label: str
    style: str = "line"
    role: str = "computed"
    error: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y", "error"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, np.atleast_1d(np.asarray(given, dtype=float)))
        if self.x.shape != self.y.shape or self.x.ndim != 1:
            raise InvalidInput(
                f"curve {self.label!r} has x {self.x.shape} and y {self.y.shape}",
                "give two vectors of one length",
            )


@dataclass(frozen=True, slots=True)
class Map:
    """A colour map of ``values`` (len(y), len(x))."""

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One panel: a title that states the message, axes with units, what is drawn, a caption."""

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve] = ()
    maps: Sequence[Map] = ()
    caption: str = ""
    log_x: bool = False
    log_y: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
