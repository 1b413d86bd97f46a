"""A bulk body on a staggered mesh: order parameter in cells, vector potential on faces, induction on loops of links.

Arrays are (z, y, x); a long body has one layer. With lengths in xi, fields in Bc2 and theta = A h the Gibbs energy in
units of (Bc^2/mu0) xi^3 (xi^2 for each length of a long body) is

    G = V { sum_cells w [-eps |psi|^2 + |psi|^4/2] + loss |psi|^2
            + sum_faces (a/h^2) |exp(-i theta) psi_next - psi|^2 + kappa^2 sum_loops |B - B_a|^2 },

V = hx hy hz. A loop of four links that stays in the superconductor has its own B, the flux through it over its area.
All loops in a hole share one, that of their total flux, since the field of a long hole is uniform. Every other loop has
B_a. The derivative by a link is then Ampere's law for the whole current through a face, whatever share of it is open.
"""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.bulk import Box, Bulk, space_pattern
from onnes.model.condensate.patterns import evaluate
from onnes.numerics.cutcell import CutGrid, cut
from onnes.response.condensate.mesh import DEFAULT_SPACING

Steps = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class BulkMesh:
    """A bulk body cut into cells; arrays (z, y, x), lengths in xi unless said otherwise.

    ``x``, ``y``, ``z``: cell centres, nm. ``steps``: (hx, hy, hz). ``deep``: whether links along z exist.
    ``periodic``: along (x, y, z). ``cell``: share w inside. ``strength``: eps. ``loss``: rate at which surfaces take
    |psi|^2. ``faces`` (3, z, y, x): open share of the face towards the next cell along each axis. ``loops`` bool
    (3, z, y, x): loops across each axis, named by their lowest cell, that have a B of their own. ``filled``: volume
    of the body with its holes. ``holes``: for each hole the numbers of its loops across z. ``quanta``: flux quanta
    through periodic planes.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    steps: Steps
    deep: bool
    periodic: tuple[bool, bool, bool]
    cell: np.ndarray
    strength: np.ndarray
    loss: np.ndarray
    faces: np.ndarray
    loops: np.ndarray
    filled: float
    holes: tuple[np.ndarray, ...] = ()
    quanta: tuple[int, int, int] = (0, 0, 0)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.cell.shape

    @property
    def inside(self) -> np.ndarray:
        """bool (z, y, x): cells of the body."""
        return self.cell > 0

    @property
    def volume(self) -> float:
        """Volume of a cell."""
        return float(np.prod(self.steps))


def bulk_mesh(body: Bulk | Box, spacing: float | None = None) -> BulkMesh:
    """Cut ``body`` into cells of about ``spacing`` nm, by default 0.35 of the smaller of xi and lambda.

    Raises
    ------
    InvalidInput : a spacing that is not positive, a wall narrower than two cells, a hole between two nodes.
    """
    material = body.material
    if spacing is None:
        spacing = DEFAULT_SPACING * min(material.coherence_length, material.penetration_depth)
    if not 0 < spacing < float("inf"):
        raise InvalidInput(f"a mesh spacing of {spacing}", "give a positive length")
    return _box(body, spacing) if isinstance(body, Box) else _long(body, spacing)


# --- long bodies -----------------------------------------------------------------------------


def _long(body: Bulk, spacing: float) -> BulkMesh:
    from shapely import Polygon

    xi = body.material.coherence_length
    grid = cut(body.shape.polygon, spacing)
    hx, hy = grid.hx / xi, grid.hy / xi
    columns, rows = np.meshgrid(grid.x, grid.y)
    loops, holes = _regions(body, grid)
    wall = grid.wall / xi / (body.extrapolation / xi + 0.5 * np.sqrt(hx * hy)) / (hx * hy)
    none = np.zeros((1, *grid.shape))
    return BulkMesh(
        x=grid.x,
        y=grid.y,
        z=np.zeros(1),
        steps=(hx, hy, 1.0),
        deep=False,
        periodic=(False, False, False),
        cell=grid.area[None],
        strength=np.where(grid.inside, evaluate(body.strength, columns, rows), 0.0)[None],
        loss=np.where(grid.inside, wall, 0.0)[None],
        faces=np.stack([grid.face_x[None], grid.face_y[None], none]),
        loops=np.stack([none, none, loops[None]]).astype(bool),
        filled=Polygon(body.shape.outline).area / xi**2,
        holes=holes,
    )


def _regions(body: Bulk, grid: CutGrid) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return the nodes (upper right corners of cells) with a B of their own, and those of each hole."""
    import shapely

    x, y = np.meshgrid(grid.x + grid.hx / 2, grid.y + grid.hy / 2)
    open_x, open_y = grid.face_x > 0, grid.face_y > 0
    whole = open_x & np.roll(open_x, -1, 0) & open_y & np.roll(open_y, -1, 1)
    whole[-1], whole[:, -1] = False, False
    own = whole & shapely.contains_xy(body.shape.polygon, x, y)
    fills = [shapely.Polygon(ring) for ring in body.shape.polygon.interiors]
    if not fills:
        return own, ()
    points = shapely.points(x, y)
    outside = shapely.box(*body.shape.bounds).buffer(grid.hx + grid.hy)
    outside = outside.difference(shapely.Polygon(body.shape.polygon.exterior))
    nearest = np.argmin([shapely.distance(points, part) for part in (outside, *fills)], axis=0)
    nearest[-1], nearest[:, -1] = 0, 0
    holes = tuple(np.flatnonzero(~own & (nearest == k + 1)) for k in range(len(fills)))
    for fill, found in zip(fills, holes, strict=True):
        if not len(found):
            raise InvalidInput(
                f"the hole at ({fill.centroid.x:.4g}, {fill.centroid.y:.4g}) nm falls between the nodes of the mesh",
                "give a smaller spacing",
            )
    return own | ((nearest > 0) & ~own), holes


# --- boxes -----------------------------------------------------------------------------------


def _box(body: Box, spacing: float) -> BulkMesh:
    xi = body.material.coherence_length
    counts = [max(1, int(np.ceil(side / spacing - 1e-9))) for side in body.lengths]
    for axis, (count, periodic) in enumerate(zip(counts, body.periodic, strict=True)):
        if count < 2 and not periodic:
            raise InvalidInput(
                f"the box is narrower than two cells of {spacing:.4g} nm along {'xyz'[axis]}",
                "give a smaller spacing",
            )
    width = [side / count for side, count in zip(body.lengths, counts, strict=True)]
    x, y, z = (h * (np.arange(n) + 0.5 - n / 2) for h, n in zip(width, counts, strict=True))
    shape = tuple(reversed(counts))
    faces, loops, loss = np.ones((3, *shape)), np.ones((3, *shape), bool), np.zeros(shape)
    for axis, h in enumerate(width):
        if body.periodic[axis]:
            continue
        last, first = _at(axis, -1), _at(axis, 0)
        faces[axis][last] = 0.0
        for across in range(3):
            if across != axis:
                loops[across][last] = False
        for end in (first, last):
            loss[end] += 1 / (body.extrapolation / xi + 0.5 * h / xi) / (h / xi)
    strength = space_pattern(body.strength, x, y[:, None], z[:, None, None])
    steps = tuple(h / xi for h in width)
    quanta = tuple(map(int, body.quanta))
    return BulkMesh(
        *(x, y, z, steps, True, body.periodic, np.ones(shape), strength, loss, faces, loops),
        filled=body.volume / xi**3,
        quanta=quanta,
    )


def _at(axis: int, index: int) -> tuple:
    """Return the indices of a layer of (z, y, x) across ``axis`` (0 for x)."""
    return tuple(index if a == axis else slice(None) for a in (2, 1, 0))


# --- vector potentials -----------------------------------------------------------------------


def uniform_links(mesh: BulkMesh, field: np.ndarray) -> np.ndarray:
    """Return link phases (3, z, y, x) of a uniform field (Bx, By, Bz) in Bc2, and of the quanta of the mesh.

    A = (0, Bz x, 0) and so on where the axis of the coordinate is open, and (-Bz y, 0, 0) where only the other one is.
    """
    xi_steps = mesh.steps
    found = np.zeros((3, *mesh.shape))
    places = _places(mesh)
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        if not mesh.periodic[first]:
            found[second] += field[axis] * places[first] * xi_steps[second]
        elif not mesh.periodic[second]:
            found[first] -= field[axis] * places[second] * xi_steps[first]
        if mesh.quanta[axis]:
            _add_quanta(found, mesh, axis, first, second)
    return np.where(mesh.faces > 0, found, 0.0)


def _places(mesh: BulkMesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y, z of the cells in xi from the middle, ready to broadcast."""
    centred = [
        (np.arange(n) + 0.5 - n / 2) * h for n, h in zip(reversed(mesh.shape), mesh.steps, strict=True)
    ]
    return centred[0], centred[1][:, None], centred[2][:, None, None]


def _add_quanta(found: np.ndarray, mesh: BulkMesh, axis: int, first: int, second: int) -> None:
    """Add a uniform flux through a periodic plane: the last column of links takes what is gained along a row."""
    counts = tuple(reversed(mesh.shape))
    n = mesh.quanta[axis]
    numbers = [np.arange(counts[0]), np.arange(counts[1])[:, None], np.arange(counts[2])[:, None, None]]
    found[second] += 2 * np.pi * n * numbers[first] / (counts[first] * counts[second])
    last = numbers[first] == counts[first] - 1
    found[first] -= np.where(last, 2 * np.pi * n * numbers[second] / counts[second], 0.0)
