r"""A film as a network of currents: stream function at the corners, phases along the links, loops that close.

The current through a face is the difference of the stream function g between its two ends, K = rot(g z). Corners that
no open face separates share one value of g: the outside (g = 0), and every hole, whose value is the current that
circulates around it. With the London equation on every link,

.. math:: \tfrac12\mu_0\Lambda K+A=\tfrac{\Phi_0}{2\pi}\nabla\theta,\qquad \Lambda=2\lambda^2/d(r),

the loop around each corner, and around each hole, says: kinetic part + flux = n Phi_0. The matrix of these loops is
symmetric and positive definite: g times it times g is twice the kinetic plus magnetic energy. Units: nm, uA, T nm^2.
"""

from dataclasses import dataclass, replace
from math import pi

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from onnes.errors import InvalidInput
from onnes.model.condensate.fields import Field, Magnet, Profile, Wire
from onnes.model.condensate.film import Film
from onnes.numerics.sheet import EvenConvolution, loop_kernel, rectangle_average
from onnes.response.condensate.mesh import FLUX, FilmMesh, film_mesh, link_phases
from onnes.units import MU_0

MU = MU_0 * 1e3
"""mu0 in T nm/uA."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One film as a network.

    ``labels`` (y+1, x+1): the loop that each corner belongs to, -1 outside; ``holes``: the loops of the holes of the
    shape, in their order. ``resist_x``, ``resist_y`` (y, x): T nm^2 for each uA through a face, infinite where closed.
    ``stiffness``: kinetic part of the loop matrix; ``geometry``: the same for a resistance of one.
    ``induced``: flux through the loops from g, by convolution.
    """

    film: Film
    mesh: FilmMesh
    height: float
    labels: np.ndarray
    holes: tuple[int, ...]
    resist_x: np.ndarray
    resist_y: np.ndarray
    stiffness: csr_matrix
    geometry: csr_matrix
    induced: EvenConvolution

    @property
    def count(self) -> int:
        """Number of loops."""
        return self.stiffness.shape[0]

    @property
    def steps(self) -> tuple[float, float]:
        """(hx, hy), nm."""
        xi = self.film.material.coherence_length
        return self.mesh.hx * xi, self.mesh.hy * xi

    def spread(self, g: np.ndarray) -> np.ndarray:
        """Return the values of the loops on all corners, float (y+1, x+1)."""
        return np.append(g, 0.0)[self.labels]

    def gather(self, corners: np.ndarray) -> np.ndarray:
        """Return the sums of corner values over each loop: the transpose of `spread`."""
        return np.bincount(self.labels.ravel() + 1, corners.ravel(), self.count + 1)[1:]

    def apply(self, g: np.ndarray) -> np.ndarray:
        """Return the fluxoid of each loop, T nm^2, for a stream function in uA."""
        return self.stiffness @ g + self.gather(self.induced(self.spread(g)))

    def loops(self, link_x: np.ndarray, link_y: np.ndarray) -> np.ndarray:
        """Return the sum of link values (y, x) anticlockwise around each loop."""
        return self.gather(circulation(link_x, link_y))

    def nearest(self, x: float, y: float) -> int:
        """Return the loop at the corner nearest to a point (nm); raise `InvalidInput` off the film or in a hole."""
        hx, hy = self.steps
        column = round((x - self.mesh.x[0]) / hx + 0.5)
        row = round((y - self.mesh.y[0]) / hy + 0.5)
        ny, nx = self.labels.shape
        label = self.labels[row, column] if 0 <= row < ny and 0 <= column < nx else -1
        if label < 0 or label in self.holes:
            raise InvalidInput(f"a vortex at ({x:g}, {y:g}) nm is not in the film", "put it on the film")
        return int(label)


def sheet_network(film: Film, spacing: float | None, height: float = 0.0) -> Sheet:
    """Build the network of ``film`` on cells of about ``spacing`` nm.

    Raises
    ------
    InvalidInput : a film that is normal somewhere (strength not positive), a hole smaller than the cells.
    """
    mesh = film_mesh(film, spacing)
    weak = mesh.inside & ~(mesh.strength > 0)
    if weak.any():
        row, column = np.argwhere(weak)[0]
        where = f"({mesh.x[column]:.4g}, {mesh.y[row]:.4g}) nm"
        raise InvalidInput(f"the film is normal at {where}", "cut the normal part out of the shape")
    resist = _resistances(film, mesh)
    labels, count = _labels(mesh)
    ny, nx = mesh.shape
    xi = film.material.coherence_length
    kernel = loop_kernel(
        rectangle_average(nx + 2, ny + 2, mesh.hx * xi, mesh.hy * xi), mesh.hx * xi, mesh.hy * xi
    )
    return Sheet(
        film,
        mesh,
        height,
        labels,
        _hole_loops(film, mesh, labels),
        *resist,
        _stiffness(labels, count, *resist),
        _stiffness(labels, count, *_uniform(mesh, resist)),
        EvenConvolution(MU / (4 * pi) * kernel),
    )


def currents(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the currents through the faces along x and y, float (y, x), from the stream function at the corners."""
    return np.diff(corners, axis=0)[:, 1:], -np.diff(corners, axis=1)[1:]


def circulation(link_x: np.ndarray, link_y: np.ndarray) -> np.ndarray:
    """Return the anticlockwise sum around every corner, float (y+1, x+1): the transpose of `currents`."""
    ny, nx = link_x.shape
    around = np.zeros((ny + 1, nx + 1))
    around[1:, 1:] = link_x - link_y
    around[:-1, 1:] -= link_x
    around[1:, :-1] += link_y
    return around


def applied_links(sheet: Sheet, fields: tuple[Field, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the line integrals of the applied A along the links at time 0, T nm^2."""
    total = [np.zeros(sheet.mesh.shape), np.zeros(sheet.mesh.shape)]
    for field in fields:
        for links, part in zip(
            total, link_phases(sheet.mesh, lowered(field.profile, sheet.height)), strict=True
        ):
            links += FLUX / (2 * pi) * field.schedule.at(0.0) * part
    return tuple(total)


def lowered(profile: Profile, height: float) -> Profile:
    """The profile as a film at ``height`` sees it from its own plane."""
    if height == 0 or not isinstance(profile, Magnet | Wire):
        return profile
    x, y, z = profile.position
    return replace(profile, position=(x, y, z - height))


def _resistances(film: Film, mesh: FilmMesh) -> tuple[np.ndarray, np.ndarray]:
    """mu0 Lambda/2 times length over width; the superfluid density on a face is the geometric mean of its cells."""
    root = np.sqrt(np.where(mesh.inside, mesh.strength, 1.0))
    found = []
    for face, axis, aspect in ((mesh.face_x, 1, mesh.hx / mesh.hy), (mesh.face_y, 0, mesh.hy / mesh.hx)):
        weight = face * root * np.roll(root, -1, axis)
        with np.errstate(divide="ignore"):
            found.append(MU * film.pearl_length / 2 * aspect / weight)
    return tuple(found)


def _uniform(mesh: FilmMesh, resist: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Length over width of every open face, infinite where closed."""
    aspects = mesh.hx / mesh.hy, mesh.hy / mesh.hx
    return tuple(np.where(np.isfinite(r), aspect, np.inf) for r, aspect in zip(resist, aspects, strict=True))


def _labels(mesh: FilmMesh) -> tuple[np.ndarray, int]:
    """Number the loops: corners that a closed face joins are one; the loop of the outermost corners is -1."""
    ny, nx = mesh.shape
    names = np.arange((ny + 1) * (nx + 1)).reshape(ny + 1, nx + 1)
    shut_x, shut_y = mesh.face_x == 0, mesh.face_y == 0
    border = np.concatenate([names[0], names[-1], names[:, 0], names[:, -1]])
    start = np.concatenate([names[:-1, 1:][shut_x], names[1:, :-1][shut_y], border])
    end = np.concatenate([names[1:, 1:][shut_x], names[1:, 1:][shut_y], np.zeros_like(border)])
    graph = coo_matrix((np.ones(len(start)), (start, end)), shape=(names.size, names.size))
    count, found = connected_components(graph, directed=False)
    order = np.where(np.arange(count) < found[0], np.arange(count), np.arange(count) - 1)
    order[found[0]] = -1
    return order[found].reshape(names.shape), count - 1


def _hole_loops(film: Film, mesh: FilmMesh, labels: np.ndarray) -> tuple[int, ...]:
    from shapely import Polygon, contains_xy

    xi = film.material.coherence_length
    x = np.append(mesh.x, mesh.x[-1] + mesh.hx * xi) - mesh.hx * xi / 2
    y = np.append(mesh.y, mesh.y[-1] + mesh.hy * xi) - mesh.hy * xi / 2
    size, found = np.bincount(labels.ravel() + 1), []
    for hole in film.shape.holes:
        region = Polygon(hole)
        inside = labels[contains_xy(region, *np.meshgrid(x, y))]
        inside = inside[inside >= 0]
        label = int(np.bincount(inside).argmax()) if inside.size else -1
        if label < 0 or size[label + 1] < 2 or label in found:
            point = region.representative_point()
            raise InvalidInput(
                f"the hole at ({point.x:.4g}, {point.y:.4g}) nm is smaller than the cells",
                "give a smaller spacing",
            )
        found.append(label)
    return tuple(found)


def _stiffness(labels: np.ndarray, count: int, resist_x: np.ndarray, resist_y: np.ndarray) -> csr_matrix:
    ends = ((labels[1:, 1:], labels[:-1, 1:], resist_x), (labels[1:, :-1], labels[1:, 1:], resist_y))
    rows, columns, values = [], [], []
    for one, other, resist in ends:
        use = np.isfinite(resist) & (one != other)
        i, j, r = one[use], other[use], resist[use]
        rows += [i, j, i, j]
        columns += [i, j, j, i]
        values += [r, r, -r, -r]
    rows, columns, values = (np.concatenate(v) for v in (rows, columns, values))
    keep = (rows >= 0) & (columns >= 0)
    return coo_matrix((values[keep], (rows[keep], columns[keep])), shape=(count, count)).tocsr()
