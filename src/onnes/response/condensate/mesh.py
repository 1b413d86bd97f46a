"""A film on a mesh: weights of cells and faces, contacts, and the phases of the vector potential on the links.

The free energy in units of (B_c^2/mu0) d xi^2, with lengths in xi, is

    F = sum_cells w [-eps |psi|^2 + |psi|^4/2] hx hy + sum_faces_x a |U psi_E - psi|^2 hy/hx + (y likewise)
        + sum_cells loss |psi|^2 hx hy,

w and a being shares of open area and open face times the local thickness (and diffusion, on faces). Everything
that varies over a film enters through these weights, and curved edges too.
"""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.fields import FluxPattern, Profile
from onnes.model.condensate.film import Film
from onnes.model.condensate.patterns import evaluate
from onnes.numerics.cutcell import CutGrid, cut, lengths
from onnes.units import PHI_0

DEFAULT_SPACING = 0.35
"""Mesh spacing in units of the coherence length where none is given."""
FLUX = PHI_0 * 1e18
"""Flux quantum in T nm^2."""


@dataclass(frozen=True, slots=True)
class FilmMesh:
    """A film cut into cells; all arrays float64 (y, x), lengths in xi unless said otherwise.

    ``x``, ``y``: cell centres in nm. ``hx``, ``hy``: cell size. ``cell``: w. ``strength``: eps. ``face_x``, ``face_y``:
    a, the last column (row) being zero. ``loss``: rate at which contacts and lossy edges take |psi|^2 from a cell.
    ``contacts`` (terminal, y, x): length of each contact in a cell. ``relaxation``, ``inelastic``: u and gamma.
    """

    x: np.ndarray
    y: np.ndarray
    hx: float
    hy: float
    cell: np.ndarray
    strength: np.ndarray
    face_x: np.ndarray
    face_y: np.ndarray
    loss: np.ndarray
    contacts: np.ndarray
    relaxation: np.ndarray
    inelastic: np.ndarray

    @property
    def inside(self) -> np.ndarray:
        """bool (y, x): cells of the film."""
        return self.cell > 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.cell.shape

    @property
    def sites(self) -> int:
        """Number of cells in the film."""
        return int(np.count_nonzero(self.cell))


def film_mesh(film: Film, spacing: float | None = None) -> FilmMesh:
    """Cut ``film`` into cells of about ``spacing`` nm (default 0.35 xi).

    Raises `InvalidInput` where the film is narrower than two cells, or has negative weights.
    """
    xi = film.material.coherence_length
    grid = cut(film.shape.polygon, DEFAULT_SPACING * xi if spacing is None else spacing)
    x, y = np.meshgrid(grid.x, grid.y)
    thickness = _weights("thickness_ratio", evaluate(film.thickness_ratio, x, y), grid.inside)
    conduction = thickness * _weights("diffusion", evaluate(film.diffusion, x, y), grid.inside)
    contacts, loss = _contacts(film, grid)
    material = film.material
    return FilmMesh(
        x=grid.x,
        y=grid.y,
        hx=grid.hx / xi,
        hy=grid.hy / xi,
        cell=grid.area * thickness,
        strength=evaluate(film.strength, x, y),
        face_x=grid.face_x * _between(conduction, 1),
        face_y=grid.face_y * _between(conduction, 0),
        loss=loss * conduction,
        contacts=contacts,
        relaxation=evaluate(material.relaxation if film.relaxation is None else film.relaxation, x, y),
        inelastic=evaluate(material.inelastic if film.inelastic is None else film.inelastic, x, y),
    )


def link_phases(mesh: FilmMesh, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Return (2 pi/Phi_0) times the integral of A from each cell to the next along x and along y, float (y, x).

    For a profile of 1 (T, or as it is); the last column (row) is zero. Analytic vector potentials are integrated by
    Simpson's rule; a `FluxPattern` is built from the fluxes through the loops between four cells.
    """
    if isinstance(profile, FluxPattern):
        return _from_flux(mesh, profile)
    x, y = np.meshgrid(mesh.x, mesh.y)
    step_x, step_y = _steps(mesh)
    phases = (_simpson(profile, x, y, step_x, 0.0, 0), _simpson(profile, x, y, 0.0, step_y, 1))
    phases[0][:, -1] = 0.0
    phases[1][-1] = 0.0
    return phases


def _simpson(profile: Profile, x: np.ndarray, y: np.ndarray, dx: float, dy: float, axis: int) -> np.ndarray:
    ends = [profile.vector_potential(x + s * dx, y + s * dy)[..., axis] for s in (0.0, 0.5, 1.0)]
    return 2 * np.pi / FLUX * (dx + dy) * (ends[0] + 4 * ends[1] + ends[2]) / 6


def _from_flux(mesh: FilmMesh, profile: FluxPattern) -> tuple[np.ndarray, np.ndarray]:
    """A_y = 0, and A_x falls from row to row by the flux between them."""
    step_x, step_y = _steps(mesh)
    corner_x, corner_y = np.meshgrid(mesh.x[:-1] + step_x / 2, mesh.y[:-1] + step_y / 2)
    flux = 2 * np.pi / FLUX * step_x * step_y * profile.flux_density(corner_x, corner_y)
    along_x = np.zeros(mesh.shape)
    along_x[1:, :-1] = -np.cumsum(flux, axis=0)
    return along_x, np.zeros(mesh.shape)


def _steps(mesh: FilmMesh) -> tuple[float, float]:
    return tuple(float(v[1] - v[0]) if len(v) > 1 else 0.0 for v in (mesh.x, mesh.y))


def _contacts(film: Film, grid: CutGrid) -> tuple[np.ndarray, np.ndarray]:
    """Return contact lengths (terminal, y, x) in xi, and what contacts and lossy edges take from each cell.

    A wall at half a cell's distance with n.grad psi = -psi/b takes length/(b + h/2) of |psi|^2 per area.
    """
    from shapely import LineString

    xi = film.material.coherence_length
    edge = grid.inside & (grid.wall > 0)
    cell_area, half = grid.hx * grid.hy / xi**2, 0.5 * np.sqrt(grid.hx * grid.hy) / xi
    contacts = np.zeros((len(film.terminals), *grid.shape))
    for found, terminal in zip(contacts, film.terminals, strict=True):
        line = LineString([terminal.start, terminal.end])
        found[:] = lengths(line, grid.x, grid.y, grid.hx, grid.hy, edge) / xi
        if abs(found.sum() * xi / line.length - 1) > 1e-3:
            covered = f"{found.sum() * xi:.4g} nm of the mesh instead of {line.length:.4g} nm"
            raise InvalidInput(f"terminal {terminal.name!r} covers {covered}", "give a smaller spacing")
    bare = np.maximum(grid.wall / xi - contacts.sum(0), 0.0)
    loss = contacts.sum(0) / half + bare / (film.extrapolation / xi + half)
    return contacts, loss / cell_area


def _between(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the harmonic mean of neighbours: resistances in series."""
    following = np.roll(values, -1, axis)
    return 2 * values * following / (values + following)


def _weights(name: str, values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    if not (values[inside] > 0).all():
        raise InvalidInput(
            f"Film.{name} is {values[inside].min():.4g} somewhere on the film",
            "give a pattern that is positive",
        )
    return np.where(inside, values, 1.0)
