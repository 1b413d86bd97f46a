"""Order parameters to start from: the Meissner state, vortices placed at points or on lattices, noise.

Placed vortices carry their supercurrent with them: the phase is the sum of their polar angles plus the smooth part
chi that makes the current of the vortices and of the vector potential together free of sources, so that a start is
the same in every gauge.
"""

from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.film import Setup
from onnes.numerics import philox
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.applied import vortex_density
from onnes.response.condensate.flow import ahead
from onnes.response.condensate.mesh import FilmMesh

Start = str | int | Sequence[tuple[float, float]]
Links = tuple[np.ndarray, np.ndarray]
NOISE = 0.1
"""Size of a random order parameter; the first steps of a descent make it what it wants to be."""
ROWS = {"triangular": np.sqrt(3) / 2, "square": 1.0}


def starting_points(setup: Setup, mesh: FilmMesh, links: Links, starts: Sequence[Start]) -> list[np.ndarray]:
    """Return the order parameters (y, x) of all ``starts``.

    Parameters
    ----------
    links : link phases along x and y.
    starts : ``"meissner"``; ``"triangular"`` or ``"square"``, vortices on a lattice of the density of the applied flux
        at half a lattice spacing from the edge and more; points (nm), a vortex at each; a number, noise of that seed.
    """
    density = vortex_density(mesh, setup.fields)
    found = []
    for start in starts:
        if isinstance(start, int | np.integer):
            found.append(noise(mesh, int(start)))
        else:
            points = _points(setup, abs(density), start)
            found.append(placed(setup, mesh, links, points, 1 if density >= 0 else -1))
    return found


def _points(setup: Setup, density: float, start: str | Sequence[tuple[float, float]]) -> np.ndarray:
    if not isinstance(start, str):
        points = np.array(start, float)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise InvalidInput(f"vortices at an array of shape {points.shape}", "give points (x, y) in nm")
        return points
    if start == "meissner":
        return np.zeros((0, 2))
    if start in ROWS:
        return lattice_points(setup, density, start)
    raise InvalidInput(f"a start {start!r}", f"give meissner, {', '.join(ROWS)}, a seed, or points in nm")


def noise(mesh: FilmMesh, seed: int) -> np.ndarray:
    """Return a random order parameter, independent from cell to cell: what a sudden cooling starts from."""
    counters = np.zeros((2, *mesh.shape, 4), int)
    counters[..., 0] = np.arange(mesh.shape[0] * mesh.shape[1]).reshape(mesh.shape)
    counters[1, ..., 1] = 1
    real, imag = philox.normal(counters, seed)
    return NOISE * (real + 1j * imag)


def lattice_points(setup: Setup, density: float, form: str) -> np.ndarray:
    """Return lattice points (n, 2) in nm, ``density`` vortices per nm^2, clear of the edge by half their spacing."""
    import shapely

    row = ROWS[form]
    if density == 0:
        return np.zeros((0, 2))
    spacing = 1 / np.sqrt(density * row)
    polygon = setup.film.shape.polygon
    room = polygon.buffer(-spacing / 2)
    if room.is_empty:
        return np.zeros((0, 2))
    x0, y0, x1, y1 = polygon.bounds
    reach = int(np.ceil(np.hypot(x1 - x0, y1 - y0) / (spacing * row))) + 1
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
    shift = 0.5 * (j % 2) if form == "triangular" else 0.0
    x, y = (x0 + x1) / 2 + spacing * (i + shift), (y0 + y1) / 2 + spacing * row * j
    keep = shapely.contains_xy(room, x.ravel(), y.ravel())
    return np.stack([x.ravel()[keep], y.ravel()[keep]], 1)


def placed(setup: Setup, mesh: FilmMesh, links: Links, points: np.ndarray, sign: int) -> np.ndarray:
    """Return an order parameter with a vortex of winding ``sign`` at each of ``points`` (n, 2), nm."""
    x, y = np.meshgrid(mesh.x, mesh.y)
    angle, near = np.zeros(mesh.shape), np.full(mesh.shape, np.inf)
    steps = [-link for link in links]
    for px, py in points:
        polar = sign * np.arctan2(y - py, x - px)
        angle += polar
        # each vortex turns by less than pi along a link, all of them together perhaps by more
        steps = [
            step + _wrapped(ahead(polar, axis) - polar) for step, axis in zip(steps, (-1, -2), strict=True)
        ]
        near = np.minimum(near, np.hypot(x - px, y - py))
    size = np.sqrt(np.maximum(mesh.strength, 0.0)) * np.tanh(near / setup.film.material.coherence_length)
    return np.where(mesh.inside, size, 0.0) * np.exp(1j * (angle + _smooth_phase(mesh, steps)))


def _smooth_phase(mesh: FilmMesh, steps: list[np.ndarray]) -> np.ndarray:
    """Return chi with sum over faces of a (chi_j - chi_i + step)/h^2 = 0."""
    flow_x, flow_y = mesh.face_x * steps[0] / mesh.hx**2, mesh.face_y * steps[1] / mesh.hy**2
    out = flow_x + flow_y
    out[:, 1:] -= flow_x[:, :-1]
    out[1:] -= flow_y[:-1]
    cancelled = float(np.abs(flow_x).max() + np.abs(flow_y).max())
    # solved once: conjugate gradients are quicker than the preparation of a direct solution
    return Neumann(mesh.face_x, mesh.face_y, mesh.hx, mesh.hy, most_bonds=0).solve(-out, cancelled=cancelled)


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return angle - 2 * np.pi * np.rint(angle / (2 * np.pi))
