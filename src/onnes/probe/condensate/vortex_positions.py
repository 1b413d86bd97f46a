"""Where the vortices of a film are, how they turn, and how many quanta its holes hold."""

from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.response.condensate.film_fields import FilmFields, film_fields, unrolled
from onnes.response.condensate.loops import Loops, in_one_gauge, loops, zero
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

FAINT = 0.01
"""|psi| that one corner of a loop must exceed for the phase around it to count as that of a condensate."""


def vortices(state: State, *, faint: float = FAINT) -> "xr.Dataset":
    """Return positions and windings of the vortices of a film, and the windings around its holes.

    A vortex is a loop of four cells around which the phase turns; it sits where psi, bilinear between the four, is
    zero. Where the film is pinched a loop has more than four cells, and the vortex sits at its centre. Holes that no
    link of the mesh keeps apart share one number.

    Parameters
    ----------
    state : any state of a film.
    faint : loops whose four |psi| are all below it hold no vortex: the phase of what is normal is noise.

    Returns
    -------
    Dataset on ``vortex``: vortex_x, vortex_y (nm), vortex_winding, vortex_edge_distance (nm, to the nearest edge
    of film or hole); on ``hole``: hole_winding; and total_winding, around all of the film, holes included.

    Raises
    ------
    CannotProbe : the state is not of a film or lacks a field.
    """
    seen = unrolled(film_fields(state, "vortices"))
    around = loops(seen)
    holes = np.array([around.at(seen, *point) for point in hole_points(seen)], int)
    x, y, winding = positions(seen, around, set(holes.tolist()), faint)
    all_faces = np.delete(around.winding, around.outside)
    arrays = {
        "vortex": np.arange(len(x)),
        "vortex_x": x,
        "vortex_y": y,
        "vortex_winding": winding,
        "vortex_edge_distance": edge_distance(seen, x, y),
        "hole": np.arange(len(holes)),
        "hole_winding": around.winding[holes],
        "total_winding": all_faces.sum(),
    }
    return schema.dataset("vortices of a film", arrays)


def positions(
    seen: FilmFields, around: Loops, holes: set[int], faint: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y (nm) and winding of every vortex, rows of the mesh first."""
    turning = set(np.flatnonzero(around.winding).tolist()) - holes - {around.outside}
    found = []
    for face in turning:
        if around.size[face] > 1:
            found.append((*around.centre(seen, face), around.winding[face]))
            continue
        j, i = (int(v[0]) - 1 for v in np.nonzero(around.face == face))
        corners = in_one_gauge(seen, j, i)
        if np.abs(corners).max() > faint:
            s, t = zero(corners)
            place = _within(seen, (seen.x[i] + s * seen.step[0], seen.y[j] + t * seen.step[1]))
            found.append((*place, around.winding[face]))
    found.sort(key=lambda v: (v[1], v[0]))
    table = np.array(found, float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(int)


def _within(seen: FilmFields, place: tuple[float, float]) -> tuple[float, float]:
    """Return the image of a place (nm) inside the period, where the film repeats."""
    if not seen.film.repeats:
        return place
    low, high = np.reshape(seen.film.shape.bounds, (2, 2))
    images = np.where(np.array(place) > high, np.array(place) - (high - low), place)
    return tuple(float(v) for v in np.where(seen.film.periodic, images, place))


def hole_points(seen: FilmFields) -> list[tuple[float, float]]:
    """Return a point (nm) inside each hole of the film, in the order of ``film.shape.holes``."""
    from shapely import Polygon

    points = (Polygon(hole).representative_point() for hole in seen.film.shape.holes)
    return [(point.x, point.y) for point in points]


def edge_distance(seen: FilmFields, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the distance of points from the nearest edge of the film, nm; where it repeats there is no edge."""
    from shapely import LineString, distance, points, union_all

    film = seen.film
    edges = film.shape.polygon.boundary
    if film.repeats:
        x0, y0, x1, y1 = film.shape.bounds
        pairs = (((x0, y0), (x0, y1)), ((x1, y0), (x1, y1))), (((x0, y0), (x1, y0)), ((x0, y1), (x1, y1)))
        seams = [LineString(line) for axis in (0, 1) if film.periodic[axis] for line in pairs[axis]]
        edges = edges.difference(union_all(seams))
    found = np.asarray(distance(points(x, y), edges), float)
    return np.where(np.isnan(found), np.inf, found)
