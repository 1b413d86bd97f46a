"""A film on a mesh: weights of cells and faces, contacts, and the phases of the vector potential on the links.

The free energy in units of (B_c^2/mu0) d xi^2, with lengths in xi, is

    F = sum_cells w [-eps |psi|^2 + |psi|^4/2] hx hy + sum_faces_x a |U psi_E - psi|^2 hy/hx + (y likewise)
        + sum_cells loss |psi|^2 hx hy,

w and a being shares of open area and open face times the local thickness (and diffusion, on faces). Everything
that varies over a film enters through these weights, and curved edges too.
"""

from dataclasses import dataclass, replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.fields import FluxPattern, Profile, Threading, Uniform
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
    ``periodic``: along (x, y); there the last column (row) of faces joins the ends.
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
    periodic: tuple[bool, bool] = (False, False)

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


def film_mesh(film: Film, spacing: float | None = None, *, repeats: bool = False) -> FilmMesh:
    """Cut ``film`` into cells of about ``spacing`` nm (default 0.35 xi).

    ``repeats``: whether who asks knows what to do with a periodic film and with edges that hold pairs (b < 0). Raises
    `InvalidInput` where the film is narrower than two cells, has negative weights, or is of these and must not be.
    """
    if film.repeats and not repeats:
        raise InvalidInput(
            "a periodic film, and this needs one with edges", "follow it in time with solve.tdgl"
        )
    if film.extrapolation < 0 and not repeats:
        raise InvalidInput(
            f"an extrapolation length of {film.extrapolation:.4g} nm, and this needs one that is not negative",
            "follow the film in time with solve.tdgl",
        )
    xi = film.material.coherence_length
    grid = cut(film.shape.polygon, DEFAULT_SPACING * xi if spacing is None else spacing)
    if film.repeats:
        grid = _closed(grid, film)
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
        periodic=film.periodic,
    )


def _closed(grid: CutGrid, film: Film) -> CutGrid:
    """Return the grid of a periodic film: open faces and no wall where it repeats."""
    from shapely import LineString

    x0, y0, x1, y1 = film.shape.bounds
    inside, wall, faces = grid.inside, grid.wall.copy(), [grid.face_x.copy(), grid.face_y.copy()]
    lines = (((x0, y0), (x0, y1)), ((x1, y0), (x1, y1))), (((x0, y0), (x1, y0)), ((x0, y1), (x1, y1)))
    for axis, face in enumerate(faces):
        if not film.periodic[axis]:
            continue
        for line in lines[axis]:
            wall -= lengths(LineString(line), grid.x, grid.y, grid.hx, grid.hy, inside & (grid.wall > 0))
        joined = inside & np.roll(inside, -1, 1 - axis)
        last = (slice(None), -1) if axis == 0 else (-1, slice(None))
        face[last] = joined[last]
    wall[wall < 1e-9 * min(grid.hx, grid.hy)] = 0.0
    return replace(grid, face_x=faces[0], face_y=faces[1], wall=wall)


def link_phases(mesh: FilmMesh, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Return (2 pi/Phi_0) times the integral of A from each cell to the next along x and along y, float (y, x).

    For a profile of 1 (T, or as it is); the last column (row) is zero but where the film repeats. Analytic vector
    potentials are integrated by Simpson's rule; a `FluxPattern` is built from the fluxes through the loops between
    four cells, and so is a uniform field over a periodic film (`periodic_links`).

    Raises
    ------
    InvalidInput : a profile over a periodic film that does not repeat with it.
    """
    if any(mesh.periodic):
        return periodic_links(mesh, profile)
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


def periodic_links(mesh: FilmMesh, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Return the link phases of a profile over a film that repeats along an axis or both.

    A field is given by the fluxes through the loops. Where one axis repeats, A lies along it, with mean zero over the
    film. Where both do, A_y = B x of the mean field, and what is gained along a row is taken back in the last column:
    links that repeat up to a magnetic translation, for whole numbers of flux quanta. The rest is a curl.
    """
    x, y = np.meshgrid(mesh.x, mesh.y)
    step_x, step_y = _steps(mesh)
    if not isinstance(profile, Uniform | FluxPattern):
        _must_repeat(mesh, profile, (step_x, step_y))
        links = _simpson(profile, x, y, step_x, 0.0, 0), _simpson(profile, x, y, 0.0, step_y, 1)
        for axis in (0, 1):
            if not mesh.periodic[axis]:
                links[axis][(slice(None), -1) if axis == 0 else (-1, slice(None))] = 0.0
        return links
    flux = 2 * np.pi / FLUX * step_x * step_y * profile.flux_density(x + step_x / 2, y + step_y / 2)
    none = np.zeros(mesh.shape)
    if mesh.periodic == (True, True):
        return _over_torus(flux)
    if mesh.periodic[0]:
        along = -np.concatenate([none[:1], np.cumsum(flux[:-1], axis=0)])
        return along - along.mean(), none
    along = np.concatenate([none[:, :1], np.cumsum(flux[:, :-1], axis=1)], axis=1)
    return none, along - along.mean()


def _over_torus(flux: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return link phases around whose loops ``flux`` (y, x) is found; around the last, less by all of it."""
    (ny, nx), mean = flux.shape, flux.mean()
    along_x, along_y = np.zeros(flux.shape), mean * np.arange(nx) + np.zeros(flux.shape)
    along_x[:, -1] = -mean * nx * np.arange(ny)
    rest = flux - mean
    if np.abs(rest).max() > 1e-14 * np.abs(flux).max():
        waves = [(2 * np.sin(np.pi * np.arange(n) / n)) ** 2 for n in (ny, nx)]
        total = waves[0][:, None] + waves[1]
        total[0, 0] = np.inf
        stream = -np.fft.ifft2(np.fft.fft2(rest) / total).real
        along_x = along_x - stream + np.roll(stream, 1, 0)
        along_y = along_y + stream - np.roll(stream, 1, 1)
    return along_x, along_y


def _must_repeat(mesh: FilmMesh, profile: Profile, step: tuple[float, float]) -> None:
    x, y = np.meshgrid(mesh.x, mesh.y)
    here = profile.vector_potential(x, y)[..., :2]
    size = max(float(np.abs(here).max()), 1e-300)
    for axis, count in enumerate((mesh.shape[1], mesh.shape[0])):
        away = [0.0, 0.0]
        away[axis] = count * step[axis]
        gained = np.abs(profile.vector_potential(x + away[0], y + away[1])[..., :2] - here).max()
        if mesh.periodic[axis] and gained > 1e-9 * size:
            raise InvalidInput(
                f"a {type(profile).__name__} over a film that repeats along {'xy'[axis]}, as its field does not",
                "give a FluxPattern of the field with all its repetitions",
            )
    if isinstance(profile, Threading):
        axis = "xy".index(profile.axis)
        period = (mesh.shape[1] * step[0], mesh.shape[0] * step[1])[axis]
        if mesh.periodic[axis] and abs(profile.length - period) > 1e-9 * period:
            raise InvalidInput(
                f"a flux threading a period of {profile.length:.6g} nm",
                f"the film has one of {period:.6g} nm",
            )


def _steps(mesh: FilmMesh) -> tuple[float, float]:
    return tuple(float(v[1] - v[0]) if len(v) > 1 else 0.0 for v in (mesh.x, mesh.y))


def _contacts(film: Film, grid: CutGrid) -> tuple[np.ndarray, np.ndarray]:
    """Return contact lengths (terminal, y, x) in xi, and what contacts and lossy edges take from each cell.

    A wall at half a cell's distance with n.grad psi = -psi/b takes length/(b + h/2) of |psi|^2 per area; one with
    b < 0 gives, and b + h/2 must be negative too.
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
    if film.extrapolation < 0 and film.extrapolation / xi + half > -half:
        raise InvalidInput(
            f"an extrapolation length of {film.extrapolation:.4g} nm on cells of {2 * half * xi:.4g} nm",
            f"give a spacing below {-film.extrapolation:.4g} nm",
        )
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
