"""Plane shapes: any polygon with any holes, in nm."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes.errors import InvalidModel

if TYPE_CHECKING:
    from shapely import Polygon

Point = tuple[float, float]
Outline = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A connected plane region: one outline and any number of holes, nm.

    Parameters
    ----------
    outline : corners of the outer edge, in either sense, not repeated at the end.
    holes : one tuple of corners for each hole.

    Raises
    ------
    InvalidModel : an outline that crosses itself, a hole that leaves the shape or overlaps another; the
        coordinates are named.
    """

    outline: Outline
    holes: tuple[Outline, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "outline", _ring("outline", self.outline))
        object.__setattr__(self, "holes", tuple(_ring("hole", hole) for hole in self.holes))
        _check_holes(self.outline, self.holes)

    @property
    def polygon(self) -> "Polygon":
        """The shape as a shapely polygon."""
        return _polygon(self.outline, self.holes)

    @property
    def area(self) -> float:
        """Area, nm^2."""
        return float(self.polygon.area)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(x_min, y_min, x_max, y_max), nm."""
        return self.polygon.bounds

    def minus(self, *others: "Shape") -> "Shape":
        """Return the shape without the regions of ``others``: holes, notches, slits."""
        region = self.polygon
        for other in others:
            region = region.difference(other.polygon)
        return _from_region(region)

    def plus(self, *others: "Shape") -> "Shape":
        """Return the union with ``others``; it must be connected."""
        region = self.polygon
        for other in others:
            region = region.union(other.polygon)
        return _from_region(region)

    def moved(self, dx: float, dy: float) -> "Shape":
        """Return the shape moved by (dx, dy) nm."""
        return self._mapped(lambda p: p + np.array([dx, dy]))

    def turned(self, angle: float) -> "Shape":
        """Return the shape turned anticlockwise about the origin by ``angle`` in radians."""
        turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
        return self._mapped(lambda p: p @ turn.T)

    def _mapped(self, function: Any) -> "Shape":
        rings = [tuple(map(tuple, function(np.array(ring)))) for ring in (self.outline, *self.holes)]
        return Shape(rings[0], tuple(rings[1:]))


def polygon(points: Sequence[Point]) -> Shape:
    """Return the region inside ``points`` (nm)."""
    return Shape(tuple(points))


def rectangle(width: float, height: float, centre: Point = (0.0, 0.0)) -> Shape:
    """Return a rectangle of ``width`` along x and ``height`` along y, nm."""
    _positive("rectangle", "width", width)
    _positive("rectangle", "height", height)
    (x, y), w, h = centre, width / 2, height / 2
    return Shape(((x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)))


def ellipse(half_width: float, half_height: float, centre: Point = (0.0, 0.0), corners: int = 240) -> Shape:
    """Return an ellipse as a polygon of ``corners`` corners whose area is exactly that of the ellipse."""
    _positive("ellipse", "half_width", half_width)
    _positive("ellipse", "half_height", half_height)
    if corners < 8:
        raise InvalidModel("ellipse.corners", corners, "8 or more")
    swell = sqrt(2 * pi / corners / sin(2 * pi / corners))
    angle = 2 * pi * np.arange(corners) / corners
    x = centre[0] + swell * half_width * np.cos(angle)
    y = centre[1] + swell * half_height * np.sin(angle)
    return Shape(tuple(zip(x.tolist(), y.tolist(), strict=True)))


def disk(radius: float, centre: Point = (0.0, 0.0), corners: int = 240) -> Shape:
    """Return a disk as a polygon of exactly its area, nm."""
    return ellipse(radius, radius, centre, corners)


def ring(outer: float, inner: float, centre: Point = (0.0, 0.0), corners: int = 240) -> Shape:
    """Return a ring between the radii ``inner`` and ``outer``, nm."""
    if not 0 < inner < outer:
        raise InvalidModel("ring.inner", inner, f"between 0 and the outer radius {outer:g}", "nm")
    return disk(outer, centre, corners).minus(disk(inner, centre, corners))


def antidots(shape: Shape, radius: float, columns: int, rows: int) -> Shape:
    """Return ``shape`` with a regular array of ``columns`` x ``rows`` round holes of ``radius`` nm."""
    x0, y0, x1, y1 = shape.bounds
    xs = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    ys = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    return shape.minus(*(disk(radius, (float(x), float(y)), 48) for y in ys for x in xs))


def _ring(what: str, points: Any) -> Outline:
    try:
        array = np.array([tuple(p) for p in points], float).reshape(len(points), 2)
    except (TypeError, ValueError):
        raise InvalidModel(f"Shape.{what}", points, "a sequence of points (x, y)", "nm") from None
    if len(array) > 1 and np.array_equal(array[0], array[-1]):
        array = array[:-1]
    if len(array) < 3 or not np.isfinite(array).all():
        raise InvalidModel(f"Shape.{what}", array.tolist(), "three or more finite points (x, y)", "nm")
    corners = tuple((float(x), float(y)) for x, y in array)
    _check_simple(what, corners)
    return corners


def _check_simple(what: str, corners: Outline) -> None:
    from shapely import Polygon
    from shapely.validation import explain_validity

    region = Polygon(corners)
    if region.area == 0 or not region.is_valid:
        flat = region.convex_hull.area == 0
        why = "all points on one line" if flat else explain_validity(region)
        raise InvalidModel(f"Shape.{what}", why, "an edge that does not cross itself")


def _check_holes(outline: Outline, holes: tuple[Outline, ...]) -> None:
    from shapely import Polygon

    outer, seen = Polygon(outline), []
    for hole in map(Polygon, holes):
        if not outer.contains_properly(hole):
            point = hole.difference(outer.buffer(-1e-9 * sqrt(outer.area))).representative_point()
            raise InvalidModel("Shape.holes", _named(point), "a hole wholly inside the outline")
        for other in seen:
            if hole.intersects(other):
                point = hole.intersection(other).representative_point()
                raise InvalidModel("Shape.holes", f"two holes that share {_named(point)}", "holes apart")
        seen.append(hole)


def _named(point: Any) -> str:
    return f"the point ({point.x:.4g}, {point.y:.4g}) nm"


@lru_cache(maxsize=64)
def _polygon(outline: Outline, holes: tuple[Outline, ...]) -> "Polygon":
    from shapely import Polygon

    return Polygon(outline, holes)


def _from_region(region: Any) -> Shape:
    if region.geom_type != "Polygon" or region.is_empty:
        where = "nothing" if region.is_empty else f"{len(region.geoms)} separate pieces"
        raise InvalidModel("Shape", where, "one connected region")
    return Shape(
        tuple(map(tuple, region.exterior.coords)),
        tuple(tuple(map(tuple, r.coords)) for r in region.interiors),
    )


def _positive(shape: str, name: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise InvalidModel(f"{shape}.{name}", value, "positive and finite", "nm")
