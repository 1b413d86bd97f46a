"""The loops of a mesh: which links bound a piece of film without a hole, and how often the phase turns around them.

The open links of a mesh form a planar graph. Its faces are the loops between four cells where all four links are open,
and larger ones around holes, outside the film, and where the film is pinched. The winding around each face is an
integer to rounding, and all links count twice, so that no path need be followed.
"""

from dataclasses import dataclass

import numpy as np

from onnes.response.condensate.film_fields import FilmFields
from onnes.response.condensate.flow import loop_flux, phase_step

TINY = 1e-100
"""What stands for psi = 0 exactly, whose phase is then some phase, the same in all loops."""


@dataclass(frozen=True, slots=True)
class Loops:
    """Faces of the open links. Loops are named by their lower left cell of the mesh padded by one cell all around.

    ``face``: number of the face of each loop, int (ny + 1, nx + 1). ``winding``, ``flux``, ``turn``: of each face, the
    winding, 2 pi times the flux in Phi_0, and the sum of the gauge-invariant phase steps around; ``size``: number of
    loops in it. ``outside``: the face around the film. All open links of a face have |psi| of at least ``least``.
    """

    face: np.ndarray
    winding: np.ndarray
    flux: np.ndarray
    turn: np.ndarray
    size: np.ndarray
    outside: int
    least: np.ndarray

    def at(self, seen: FilmFields, x: float, y: float) -> int:
        """Return the face in which a point (nm) lies."""
        i = int(np.floor((x - seen.x[0]) / seen.step[0])) + 1
        j = int(np.floor((y - seen.y[0]) / seen.step[1])) + 1
        rows, columns = self.face.shape
        return int(self.face[min(max(j, 0), rows - 1), min(max(i, 0), columns - 1)])

    def centre(self, seen: FilmFields, face: int) -> tuple[float, float]:
        """Return the mean position (nm) of the loops of a face."""
        rows, columns = np.nonzero(self.face == face)
        return (
            float(seen.x[0] + seen.step[0] * (columns.mean() - 0.5)),
            float(seen.y[0] + seen.step[1] * (rows.mean() - 0.5)),
        )


def loops(seen: FilmFields) -> Loops:
    """Return the faces of the open links of a film, and the windings around them."""
    psi, sure = np.pad(seen.psi, 1), np.pad(np.where(seen.psi == 0, TINY, seen.psi), 1)
    links = [np.pad(link, 1) for link in seen.links]
    open_links = [np.pad(face > 0, 1) for face in seen.faces]
    steps = [
        np.where(free, phase_step(sure, link, axis), 0.0)
        for free, link, axis in zip(open_links, links, (-1, -2), strict=True)
    ]
    shape = psi.shape[0] - 1, psi.shape[1] - 1
    face = _faces(*open_links, shape)
    around = steps[0] + np.roll(steps[1], -1, -1) - np.roll(steps[0], -1, -2) - steps[1]
    count = face.max() + 1

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(face.ravel(), values[:-1, :-1].ravel(), count)

    turn, flux = total(around), total(loop_flux(*links))
    winding = np.rint((turn + flux) / (2 * np.pi)).astype(int)
    size = np.bincount(face.ravel(), minlength=count)
    return Loops(face, winding, flux, turn, size, int(face[0, 0]), _least(psi, open_links, face, count))


def _faces(open_x: np.ndarray, open_y: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Join loops across closed links; return the number of the face of each."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = np.arange(shape[0] * shape[1]).reshape(shape)
    # the loop (j, i) lies right of the y-link (j, i) and above the x-link (j, i)
    beside = ~open_y[: shape[0], 1 : shape[1]]
    above = ~open_x[1 : shape[0], : shape[1]]
    first = np.concatenate([number[:, :-1][beside], number[:-1][above]])
    second = np.concatenate([number[:, 1:][beside], number[1:][above]])
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(number.size, number.size))
    return connected_components(graph, directed=False)[1].reshape(shape)


def _least(psi: np.ndarray, open_links: list[np.ndarray], face: np.ndarray, count: int) -> np.ndarray:
    """Return the least |psi| at the ends of the open links around each face."""
    least = np.full(count, np.inf)
    size = np.abs(psi)
    for free, axis in zip(open_links, (1, 0), strict=True):
        ends = np.where(free, np.minimum(size, np.roll(size, -1, axis)), np.inf)
        here = ends[:-1, :-1]
        behind = np.roll(ends, -1, 1 - axis)[:-1, :-1]
        for values in (here, behind):
            np.minimum.at(least, face.ravel(), values.ravel())
    return least


def zero(corners: np.ndarray) -> tuple[float, float]:
    """Return where in the unit square the bilinear function of four corner values vanishes.

    Parameters
    ----------
    corners : complex (2, 2), [row, column], in one gauge. Where no zero lies inside, the nearest point of the square to
        one is returned (the phase then turns more than once).
    """
    (a, e), (n, d) = corners
    p, q, r = e - a, n - a, d - e - n + a
    # a + p s + q t + r s t = 0 for real s, t: t = -(a + p s)/(q + r s) is real where Im[(a + p s) conj(q + r s)] = 0
    polynomial = np.array(
        [(p * np.conj(r)).imag, (a * np.conj(r) + p * np.conj(q)).imag, (a * np.conj(q)).imag]
    )
    best, found = np.inf, (0.5, 0.5)
    for s in np.roots(polynomial) if polynomial[:2].any() else ():
        s, below = float(s.real), q + r * s.real
        if below == 0:
            continue
        t = float((-(a + p * s) / below).real)
        outside = max(abs(s - 0.5), abs(t - 0.5))
        if outside < best:
            best, found = outside, (min(max(s, 0.0), 1.0), min(max(t, 0.0), 1.0))
    return found


def in_one_gauge(seen: FilmFields, j: int, i: int) -> np.ndarray:
    """Return psi of the cells (j, i) to (j + 1, i + 1), complex (2, 2), carried to the lower left one along the links.

    The far corner is carried halfway between the two ways, whose phases differ by the flux between them.
    """
    link_x, link_y = seen.links
    east, north = link_x[j, i], link_y[j, i]
    far = (east + link_y[j, i + 1] + north + link_x[j + 1, i]) / 2
    return seen.psi[j : j + 2, i : i + 2] * np.exp(-1j * np.array([[0.0, east], [north, far]]))
