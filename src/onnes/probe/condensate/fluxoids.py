r"""Fluxoids: what a superconductor quantises, around a hole or along any closed path inside the film."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.condensate.vortex_positions import hole_points
from onnes.response.condensate.film_fields import FilmFields, film_fields
from onnes.response.condensate.flow import phase_step
from onnes.response.condensate.loops import loops
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

Point = tuple[float, float]


def film_fluxoid(
    state: State, *, hole: int | None = None, path: Sequence[Point] | None = None
) -> "xr.Dataset":
    r"""Return the fluxoid of a closed path, in flux quanta, and its two parts.

    .. math:: \Phi'=\Phi+\mu_0\lambda^2\oint\frac{J_s}{|\psi|^2}\cdot dl=n\Phi_0

    On the links of the mesh the second part is the sum of the gauge-invariant phase differences over 2 pi, so that
    the sum of both is an integer to rounding, whatever the field and however coarse the mesh.

    Parameters
    ----------
    state : any state of a film.
    hole : number of a hole, in the order of ``film.shape.holes``: the path is the shortest one around it.
    path : corners (nm) of a polygon inside the film, moved to the nearest cells; taken anticlockwise.

    Returns
    -------
    Dataset: fluxoid, path_flux and path_current, in Phi_0; path_amplitude, the least |psi| along the path.

    Raises
    ------
    InvalidInput : not exactly one of hole and path; no such hole; a path that leaves the film or meets psi = 0.
    CannotProbe : the state is not of a film or lacks a field.
    """
    seen = film_fields(state, "film_fluxoid")
    if (hole is None) == (path is None):
        raise InvalidInput("a fluxoid needs one path", "give either hole= or path=")
    flux, current, least = _around_hole(seen, hole) if path is None else _along(seen, path)
    if least == 0:
        raise InvalidInput("psi = 0 on the path: its phase is not defined", "give a path around that point")
    arrays = {
        "fluxoid": flux + current,
        "path_flux": flux,
        "path_current": current,
        "path_amplitude": least,
    }
    return schema.dataset("fluxoid of a closed path", arrays)


def _around_hole(seen: FilmFields, hole: int) -> tuple[float, float, float]:
    points = hole_points(seen)
    if not 0 <= hole < len(points):
        raise InvalidInput(f"hole {hole} of a film with {len(points)} holes", "count the holes from 0")
    around = loops(seen)
    face = around.at(seen, *points[hole])
    return (
        float(around.flux[face] / (2 * np.pi)),
        float(around.turn[face] / (2 * np.pi)),
        float(around.least[face]),
    )


def _along(seen: FilmFields, path: Sequence[Point]) -> tuple[float, float, float]:
    cells = _cells(seen, _anticlockwise(path))
    steps = [phase_step(seen.psi, link, axis) for link, axis in zip(seen.links, (-1, -2), strict=True)]
    flux = current = 0.0
    for (j, i), (j2, i2) in zip(cells, cells[1:] + cells[:1], strict=True):
        axis, sign = (0, i2 - i) if j == j2 else (1, j2 - j)
        here = min(j, j2), min(i, i2)
        if not seen.faces[axis][here] > 0:
            where = f"({seen.x[i]:.4g}, {seen.y[j]:.4g}) nm"
            raise InvalidInput(f"the path leaves the film at {where}", "keep it inside")
        flux += sign * seen.links[axis][here]
        current += sign * steps[axis][here]
    least = min(float(np.abs(seen.psi[cell])) for cell in cells)
    return flux / (2 * np.pi), current / (2 * np.pi), least


def _anticlockwise(path: Sequence[Point]) -> np.ndarray:
    corners = np.asarray(path, float)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise InvalidInput(f"a path of shape {corners.shape}", "give three or more corners (x, y) in nm")
    x, y = corners.T
    turned = (x * np.roll(y, -1) - y * np.roll(x, -1)).sum()
    return corners if turned > 0 else corners[::-1]


def _cells(seen: FilmFields, corners: np.ndarray) -> list[tuple[int, int]]:
    """Return the closed chain of neighbouring cells (row, column) nearest to a polygon."""
    at = (corners - [seen.x[0], seen.y[0]]) / seen.step
    if (np.rint(at) < 0).any() or (np.rint(at) > [len(seen.x) - 1, len(seen.y) - 1]).any():
        raise InvalidInput("the path leaves the mesh of the film", "keep it inside")
    chain: list[tuple[int, int]] = []
    for start, end in zip(at, np.roll(at, -1, 0), strict=True):
        count = int(np.ceil(4 * np.abs(end - start).max())) + 1
        for share in np.arange(count) / count:
            i, j = (int(v) for v in np.rint(start + share * (end - start)))
            _extend(chain, (j, i))
    _extend(chain, chain[0])
    chain = chain[:-1]
    if len(chain) < 4:
        raise InvalidInput("a path smaller than a cell", "give a larger one")
    return chain


def _extend(chain: list[tuple[int, int]], cell: tuple[int, int]) -> None:
    """Append a cell, and one between where the step is diagonal."""
    if chain and chain[-1] == cell:
        return
    if chain and chain[-1][0] != cell[0] and chain[-1][1] != cell[1]:
        chain.append((chain[-1][0], cell[1]))
    chain.append(cell)
