r"""When the normal state gives way: the lowest mode of the linearised Ginzburg-Landau equation.

.. math:: -(\nabla-iA)^2\psi-\epsilon\psi=E\,\psi

in units of xi. A mode of E < 0 grows at the rate -E/u (over tau_0); in the bulk E = B/Bc2 - 1, at a plane edge
0.59 B/Bc2 - 1, and in a corner less.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import eigsh

from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.model.condensate.fields import Field, Uniform, as_fields
from onnes.model.condensate.film import Film
from onnes.numerics import philox
from onnes.response.condensate.applied import static_links
from onnes.response.condensate.mesh import FilmMesh, film_mesh

Links = tuple[np.ndarray, np.ndarray]


def normal_mode(
    film: Film, field: float | Field | tuple[Field, ...] = 0.0, *, spacing: float | None = None
) -> tuple[float, np.ndarray]:
    """Return E and the order parameter (y, x), of largest modulus 1, of the lowest mode of a normal film.

    Parameters
    ----------
    field : T along z, or profiles, taken at t = 0. spacing : of the mesh, nm; 0.35 coherence lengths where not given.
    """
    mesh = film_mesh(film, spacing)
    return _lowest(mesh, static_links(mesh, as_fields(field)), mesh.cell)


def growth_rate(
    film: Film, field: float | Field | tuple[Field, ...] = 0.0, *, spacing: float | None = None
) -> float:
    """Return the rate (1/ps) at which the fastest small order parameter grows in a normal film, negative if it decays.

    By the time-dependent Ginzburg-Landau equation, u d psi/dt = -E psi over tau_0, with the local u.

    Raises
    ------
    InvalidInput : a material without resistivity.
    """
    mesh = film_mesh(film, spacing)
    level, _ = _lowest(mesh, static_links(mesh, as_fields(field)), mesh.cell * mesh.relaxation)
    return -level / film.material.time


def nucleation_field(film: Film, *, spacing: float | None = None, tolerance: float = 1e-8) -> float:
    """Return the uniform field along z (T) below which the normal state of a film is unstable.

    Hc3 of the film with all its edges and corners, under a stable field and over an unstable one, each found in steps
    of a factor of two; in a ring, where stability alternates, one crossing of several.

    Raises
    ------
    NoSuperconductivity : the normal state is stable without a field.
    """
    mesh, upper = film_mesh(film, spacing), film.material.upper_critical_field
    unit = static_links(mesh, (Field(Uniform()),))

    def level(ratio: float) -> float:
        return _lowest(mesh, tuple(ratio * upper * part for part in unit), mesh.cell)[0]

    if level(0.0) >= 0:
        raise NoSuperconductivity(
            "the film is normal without a field", "give it more strength, less contact or a larger size"
        )
    low, high = 1.0, 2.0
    while level(low) >= 0:
        low, high = low / 2, low
    while level(high) < 0:
        low, high = high, 2 * high
    return upper * float(brentq(level, low, high, xtol=tolerance))


def landau_level(reduced: float, points: int, quanta: int = 1) -> float:
    """Return the lowest eigenvalue of -(nabla - iA)^2 in a square periodic cell of ``quanta`` flux quanta.

    The links are those of the films, on ``points`` x ``points`` cells, with quasi-periodic ends. ``reduced`` is b =
    B/Bc2; the value is b less an error of second order in the spacing, and the normal state grows at the rate
    (1 - b)/u.
    """
    if not reduced > 0 or points < 3 or quanta < 1:
        raise InvalidInput(
            f"b = {reduced}, {points} points and {quanta} quanta",
            "give b > 0, 3 points and 1 quantum or more",
        )
    h = np.sqrt(2 * np.pi * quanta / reduced) / points
    flux = 2 * np.pi * quanta / points**2
    rows = np.arange(points)[:, None] * np.ones(points)
    along_x, along_y = -flux * rows, np.zeros((points, points))
    # the last row meets the first one a full period higher, where psi has turned by the flux up to x
    along_y[-1] = flux * points * np.arange(points)
    weights = np.ones((points, points)) / h**2
    matrix = _laplacian(weights, weights, along_x, along_y)
    return _least_eigenvalue(matrix, np.ones(points**2), -0.1 * reduced)[0]


def _lowest(mesh: FilmMesh, links: Links, metric: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the least E of (H - E metric) psi = 0 and its psi on the whole mesh."""
    inside = mesh.inside.ravel()
    matrix = _laplacian(mesh.face_x / mesh.hx**2, mesh.face_y / mesh.hy**2, *links)
    matrix = (matrix + diags((mesh.loss - mesh.cell * mesh.strength).ravel())).tocsc()[inside][:, inside]
    weight = metric.ravel()[inside]
    # no mode lies below that of the strongest spot
    floor = -np.max(mesh.cell.ravel()[inside] * mesh.strength.ravel()[inside] / weight)
    level, found = _least_eigenvalue(matrix, weight, floor - 0.1 * max(abs(floor), 0.1))
    psi = np.zeros(inside.size, complex)
    psi[inside] = found / np.abs(found).max()
    return level, psi.reshape(mesh.shape)


def _laplacian(face_x: np.ndarray, face_y: np.ndarray, link_x: np.ndarray, link_y: np.ndarray) -> csc_matrix:
    """Return minus the covariant Laplacian: sum over faces of weight (psi - exp(-i theta) psi_next)."""
    cells = np.arange(face_x.size).reshape(face_x.shape)
    rows, columns, values = [], [], []
    for face, link, axis in ((face_x, link_x, 1), (face_y, link_y, 0)):
        here, following = cells.ravel(), np.roll(cells, -1, axis).ravel()
        weight = face.ravel()
        turn = -weight * np.exp(-1j * link.ravel())
        rows += [here, following, here, following]
        columns += [here, following, following, here]
        values += [weight, weight, turn, turn.conj()]
    entries = np.concatenate([v.astype(complex) for v in values])
    return csc_matrix((entries, (np.concatenate(rows), np.concatenate(columns))))


def _least_eigenvalue(matrix: csc_matrix, weight: np.ndarray, below: float) -> tuple[float, np.ndarray]:
    """Return the least E of matrix x = E weight x and its x, by Lanczos on the inverse about ``below``."""
    scale = diags(1 / np.sqrt(weight))
    hermitian = (scale @ matrix @ scale).tocsc()
    counters = np.zeros((weight.size, 4), int)
    counters[:, 0] = np.arange(weight.size)
    count = min(4, weight.size - 2)
    first = philox.normal(counters, 0).astype(complex)
    values, vectors = eigsh(hermitian, k=count, sigma=below, which="LM", v0=first, tol=1e-12)
    least = int(np.argmin(values))
    return float(values[least]), scale @ vectors[:, least]
