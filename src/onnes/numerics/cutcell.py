"""Cells of a rectangular grid cut by the edge of a polygon: areas, open faces, lengths of wall.

A finite-volume scheme that uses them sees the true area and the true edge instead of a staircase.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from onnes.errors import InvalidInput

LEAST_AREA = 1e-3
"""Share of a cell below which it is left out."""


@dataclass(frozen=True, slots=True)
class CutGrid:
    """A polygon on a grid of ``nx`` x ``ny`` cells of size (hx, hy), arrays (y, x).

    ``x``, ``y``: centres of columns and rows. ``area``: share of each cell inside. ``face_x[j, i]``: open share of the
    face between the cells i and i+1 of row j, zero in the last column; ``face_y`` likewise between rows.
    ``wall``: length of edge in each cell, in the unit of the polygon.
    """

    x: np.ndarray
    y: np.ndarray
    hx: float
    hy: float
    area: np.ndarray
    face_x: np.ndarray
    face_y: np.ndarray
    wall: np.ndarray

    @property
    def inside(self) -> np.ndarray:
        """bool (y, x): cells that belong to the grid."""
        return self.area > 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.area.shape


def cut(polygon: Any, spacing: float) -> CutGrid:
    """Cut a shapely polygon into cells of about ``spacing``; the grid fits its bounding box exactly.

    Raises
    ------
    InvalidInput : a spacing that is not positive, or a part of the polygon narrower than two cells.
    """
    if not 0 < spacing < float("inf"):
        raise InvalidInput(f"a mesh spacing of {spacing}", "give a positive length")
    x0, y0, x1, y1 = polygon.bounds
    nx, ny = (max(1, ceil((b - a) / spacing - 1e-9)) for a, b in ((x0, x1), (y0, y1)))
    hx, hy = (x1 - x0) / nx, (y1 - y0) / ny
    _refuse_narrow(polygon, max(hx, hy))
    x, y = x0 + hx * (np.arange(nx) + 0.5), y0 + hy * (np.arange(ny) + 0.5)
    near = _near_edge(polygon, x0, y0, hx, hy, (ny, nx))
    area = _areas(polygon, x, y, hx, hy, near)
    face_x, face_y = _faces(polygon, x, y, hx, hy, near, area)
    wall = lengths(polygon.boundary, x, y, hx, hy, near & (area > 0))
    return CutGrid(x, y, hx, hy, area, face_x, face_y, wall)


def lengths(line: Any, x: np.ndarray, y: np.ndarray, hx: float, hy: float, among: np.ndarray) -> np.ndarray:
    """Return the length of a shapely ``line`` in each cell of ``among`` (bool), shared alike where it runs between two.

    A line along a face touches the cells on both sides; only cells of ``among`` count, and each piece counts once.
    """
    import shapely

    found = np.zeros(among.shape)
    rows, columns = np.nonzero(among)
    grown_x, grown_y = hx * (0.5 + 1e-7), hy * (0.5 + 1e-7)
    boxes = shapely.box(x[columns] - grown_x, y[rows] - grown_y, x[columns] + grown_x, y[rows] + grown_y)
    pieces = shapely.length(shapely.intersection(boxes, line))
    found[rows, columns] = np.where(pieces > 1e-5 * min(hx, hy), pieces, 0.0)
    total, whole = found.sum(), line.length
    if total > whole * (1 + 1e-3):
        found *= whole / total
    return found


def _refuse_narrow(polygon: Any, h: float) -> None:
    """Erode and grow again: what does not come back is narrower than two cells, tips smaller than a cell aside."""
    worn = polygon.buffer(-h, join_style="mitre")
    parts = sorted(getattr(worn, "geoms", [worn]), key=lambda part: part.area)
    lost = polygon.difference(worn.buffer(1.5 * h, join_style="mitre")) if not worn.is_empty else polygon
    scraps = list(getattr(lost, "geoms", [lost]))
    pieces = [piece for piece in scraps if piece.area > h * h]
    if not pieces and len(parts) > 1:  # a neck: short, but what it joins has come apart
        gap = min((parts[0].distance(other), k) for k, other in enumerate(parts[1:], 1))[1]
        pieces = [min(scraps, key=lambda piece: piece.distance(parts[0]) + piece.distance(parts[gap]))]
    if not pieces:
        return
    point = pieces[0].representative_point()
    raise InvalidInput(
        f"the film is narrower than two cells of {h:.4g} at ({point.x:.4g}, {point.y:.4g})",
        "give a smaller spacing or a wider film",
    )


def _near_edge(
    polygon: Any, x0: float, y0: float, hx: float, hy: float, shape: tuple[int, int]
) -> np.ndarray:
    """Return the cells that the edge may touch: those around points laid densely along it."""
    import shapely
    from scipy.ndimage import binary_dilation

    dense = shapely.segmentize(polygon.boundary, 0.5 * min(hx, hy))
    points = shapely.get_coordinates(dense)
    near = np.zeros(shape, bool)
    i = np.clip(((points[:, 0] - x0) / hx).astype(int), 0, shape[1] - 1)
    j = np.clip(((points[:, 1] - y0) / hy).astype(int), 0, shape[0] - 1)
    near[j, i] = True
    return binary_dilation(near, np.ones((3, 3), bool))


def _areas(polygon: Any, x: np.ndarray, y: np.ndarray, hx: float, hy: float, near: np.ndarray) -> np.ndarray:
    import shapely

    shapely.prepare(polygon)
    columns, rows = np.meshgrid(x, y)
    area = shapely.contains_xy(polygon, columns, rows).astype(float)
    j, i = np.nonzero(near)
    boxes = shapely.box(x[i] - hx / 2, y[j] - hy / 2, x[i] + hx / 2, y[j] + hy / 2)
    share = shapely.area(shapely.intersection(boxes, polygon)) / (hx * hy)
    area[j, i] = np.where(share < LEAST_AREA, 0.0, np.where(share > 1 - 1e-9, 1.0, share))
    return area


def _faces(
    polygon: Any, x: np.ndarray, y: np.ndarray, hx: float, hy: float, near: np.ndarray, area: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    inside = area > 0
    face_x, face_y = np.zeros(area.shape), np.zeros(area.shape)
    face_x[:, :-1] = inside[:, :-1] & inside[:, 1:]
    face_y[:-1] = inside[:-1] & inside[1:]
    j, i = np.nonzero(near & (face_x > 0))
    face_x[j, i] = _open(polygon, x[i] + hx / 2, y[j] - hy / 2, lambda a, b: (a, b + hy)) / hy
    j, i = np.nonzero(near & (face_y > 0))
    face_y[j, i] = _open(polygon, x[i] - hx / 2, y[j] + hy / 2, lambda a, b: (a + hx, b)) / hx
    for face in (face_x, face_y):
        face[face > 1 - 1e-9] = 1.0
        face[face < 1e-9] = 0.0
    return face_x, face_y


def _open(polygon: Any, x: np.ndarray, y: np.ndarray, end: Callable[..., tuple]) -> np.ndarray:
    """Return the length inside ``polygon`` of segments that start at (x, y)."""
    import shapely

    if not len(x):
        return np.zeros(0)
    x2, y2 = end(x, y)
    segments = shapely.linestrings(np.stack([np.stack([x, y], -1), np.stack([x2, y2], -1)], 1))
    return shapely.length(shapely.intersection(segments, polygon))
