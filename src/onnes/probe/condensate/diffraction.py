"""Small-angle neutrons on vortices: structure factor, Bragg peaks, the lattice they tell, form factors, bond order."""

from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.condensate.vortex_positions import vortices
from onnes.response.condensate.currents import face_currents
from onnes.response.condensate.film_fields import film_fields
from onnes.state import State
from onnes.units import MU_0

if TYPE_CHECKING:
    import xarray as xr

PER_WIDTH = 5
"""Points of the grid of momenta across the width 2 pi/sqrt(area) of a Bragg peak."""
CENTRAL = 1.5
"""Widths around q = 0 that belong to the beam which goes straight on."""
LEAST = 0.3
"""Share of the number of vortices that a Bragg peak has at least."""
MOST_POINTS = 2001


def bragg(state: State, *, reach: float = 2.5, least: float = LEAST) -> "xr.Dataset":
    r"""Return the structure factor of the vortices of a film, its Bragg peaks, and their lattice and bond order.

    .. math:: S(q)=\frac{|\sum_jn_je^{-iq\cdot r_j}|^2}{\sum_jn_j^2},\qquad
              \Psi_m=\langle\sum_k\frac{\ell_{jk}}{\ell_j}e^{im\theta_{jk}}\rangle_j

    psi_m of a vortex is the sum over its neighbours in the Voronoi diagram, weighted with the lengths of their common
    sides (a neighbour across a corner counts nothing); vortices whose cell is cut by the edge are left out.

    Parameters
    ----------
    state : any state of a film.
    reach : largest momentum transfer in units of 2 pi sqrt(N/A).
    least : smallest share S/N of a peak.

    Returns
    -------
    Dataset on bragg_qy, bragg_qx (1/nm): vortex_structure_factor; on ``peak`` (one of each pair G, -G, shortest first):
    peak_qx, peak_qy (1/nm), peak_height; vortex_lattice_angle, _aspect, _spacing, of the reduced cell, NaN where no two
    peaks span a lattice; hexatic_order, tetratic_order, local_hexatic_order, local_tetratic_order, NaN where every
    vortex is at the edge.

    Raises
    ------
    InvalidInput : fewer than three vortices; a reach or a share that is not positive; too large a grid.
    CannotProbe : the state is not of a film or lacks a field.
    """
    found = vortices(state)
    seen = film_fields(state, "bragg")
    place = np.stack([found["vortex_x"].values, found["vortex_y"].values], -1)
    return diffraction(place, found["vortex_winding"].values, seen.film.shape.polygon, reach, least)


def diffraction(
    place: np.ndarray, winding: np.ndarray, region: object, reach: float = 2.5, least: float = LEAST
) -> "xr.Dataset":
    """Return what `bragg` returns, of vortices at ``place`` (vortex, 2) in nm within a shapely polygon ``region``."""
    if len(place) < 3:
        raise InvalidInput(f"{len(place)} vortices", "diffraction needs three at least")
    if not (reach > 0 and least > 0):
        raise InvalidInput(f"reach = {reach}, least = {least}", "give positive numbers")
    width = 2 * np.pi / np.sqrt(region.area)
    q = _grid(reach * 2 * np.pi * np.sqrt(len(place) / region.area), width / PER_WIDTH)
    waves = [np.exp(-1j * np.outer(q, place[:, axis])) for axis in (0, 1)]
    factor = np.abs((waves[1] * winding) @ waves[0].T) ** 2 / (winding**2).sum()
    peaks, heights = _peaks(factor, q, place, winding, CENTRAL * width, least)
    arrays = {
        "bragg_qx": q,
        "bragg_qy": q,
        "vortex_structure_factor": factor,
        "peak": np.arange(len(peaks)),
        "peak_qx": peaks[:, 0],
        "peak_qy": peaks[:, 1],
        "peak_height": heights,
        **_lattice(peaks),
        **bond_order(place, region),
    }
    return schema.dataset("structure factor of vortices", arrays)


def form_factor(state: State, momentum: float, points: int = 101) -> "xr.Dataset":
    r"""Return the Fourier transforms, over the area A of the film, of its pair density and of the field in its plane.

    .. math:: F_\psi(q)=\frac1A\int|\psi|^2e^{-iq\cdot r}d^2r,\qquad
              F_B(q)=\frac1A\,\frac{\mu_0}{2}\,\frac{i(q_xK_y-q_yK_x)}{|q|}

    The field is that of the film's own sheet currents at z = 0; at a height z it is smaller by exp(-|q|z).

    Parameters
    ----------
    momentum : largest q along each axis, 1/nm. points : number of q along each axis, odd.

    Returns
    -------
    Dataset on bragg_qy, bragg_qx (1/nm), complex: pair_form_factor, field_form_factor (T).

    Raises
    ------
    InvalidInput : a momentum that is not positive, an even number of points.
    CannotProbe : the state is not of a film or lacks a field.
    """
    seen = film_fields(state, "form_factor")
    if not momentum > 0 or points < 3 or points % 2 == 0:
        raise InvalidInput(
            f"momentum = {momentum}, points = {points}", "give a positive one and an odd number"
        )
    q = np.linspace(-momentum, momentum, points)
    q[points // 2] = 0.0
    (hx, hy), area = seen.step, seen.film.shape.area
    share = hx * hy / area

    def transform(values: np.ndarray, dx: float = 0.0, dy: float = 0.0) -> np.ndarray:
        across, along = np.exp(-1j * np.outer(q, seen.y + dy)), np.exp(-1j * np.outer(q, seen.x + dx))
        return share * across @ values @ along.T

    kx, ky = face_currents(seen, state, "form_factor").total
    qx, qy = np.meshgrid(q, q)
    curl = 1j * (qx * transform(ky, 0.0, hy / 2) - qy * transform(kx, hx / 2, 0.0))
    size = np.hypot(qx, qy)
    field = MU_0 / 2 * np.divide(curl, size, out=np.zeros_like(curl), where=size > 0)
    arrays = {
        "bragg_qx": q,
        "bragg_qy": q,
        "pair_form_factor": transform(seen.cell * np.abs(seen.psi) ** 2),
        "field_form_factor": field,
    }
    return schema.dataset("form factors of a film", arrays)


def bond_order(place: np.ndarray, region: object) -> dict[str, float]:
    """Return global and local six- and four-fold bond order of points (n, 2) within a shapely polygon."""
    names = ("hexatic_order", "tetratic_order", "local_hexatic_order", "local_tetratic_order")
    if len(place) < 4 or np.linalg.matrix_rank(place - place.mean(0)) < 2:
        return dict.fromkeys(names, np.nan)
    from scipy.spatial import Voronoi
    from shapely import contains_xy

    cells = Voronoi(place)
    ends = np.array(cells.ridge_vertices)
    pairs = cells.ridge_points
    good = contains_xy(region, cells.vertices[:, 0], cells.vertices[:, 1])
    whole = (ends >= 0).all(1) & good[ends[:, 0]] & good[ends[:, 1]]
    inner = np.ones(len(place), bool)
    inner[pairs[~whole].ravel()] = False
    if not inner.any():
        return dict.fromkeys(names, np.nan)
    pairs, ends = pairs[whole], ends[whole]
    length = np.linalg.norm(cells.vertices[ends[:, 0]] - cells.vertices[ends[:, 1]], axis=1)
    bond = (place[pairs[:, 1]] - place[pairs[:, 0]]) @ [1, 1j]
    perimeter = np.bincount(pairs.ravel(), np.repeat(length, 2), len(place))
    found = []
    for fold in (6, 4):
        wave = length * (bond / np.abs(bond)) ** fold  # of even fold: the same seen from both ends
        total = np.bincount(pairs.ravel(), np.repeat(wave.real, 2), len(place)) + 1j * np.bincount(
            pairs.ravel(), np.repeat(wave.imag, 2), len(place)
        )
        each = total[inner] / perimeter[inner]
        found.append((abs(each.mean()), np.abs(each).mean()))
    (whole6, local6), (whole4, local4) = found
    return dict(zip(names, (whole6, whole4, local6, local4), strict=True))


def _grid(largest: float, step: float) -> np.ndarray:
    count = int(np.ceil(largest / step))
    if 2 * count + 1 > MOST_POINTS:
        raise InvalidInput(
            f"{2 * count + 1} momenta along each axis", f"lower reach=; {MOST_POINTS} are allowed"
        )
    return step * np.arange(-count, count + 1)


def _peaks(
    factor: np.ndarray, q: np.ndarray, place: np.ndarray, winding: np.ndarray, central: float, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Bragg peaks of half of the plane, shortest first, and S/N at them."""
    from scipy.ndimage import maximum_filter
    from scipy.optimize import minimize

    total = float((winding**2).sum())
    qx, qy = np.meshgrid(q, q)
    half = (qy > 1e-9 * q[-1]) | ((np.abs(qy) <= 1e-9 * q[-1]) & (qx > 0))
    top = (factor == maximum_filter(factor, 2 * PER_WIDTH - 1)) & half & (np.hypot(qx, qy) > central)
    # the nearest point of the grid lies within half a step: a peak has lost less than a tenth of its height there
    top &= factor > 0.9 * least * total

    def minus(at: np.ndarray) -> tuple[float, np.ndarray]:
        waves = winding * np.exp(-1j * place @ at)
        amplitude = waves.sum()
        slope = 2 * np.real(np.conj(amplitude) * (-1j) * (waves @ place))
        return -(abs(amplitude) ** 2) / total**2, -slope / total**2

    found = []
    for start in zip(qx[top], qy[top], strict=True):
        result = minimize(minus, start, jac=True, method="BFGS", options={"gtol": 1e-12})
        if -result.fun >= least:
            found.append((*result.x, -result.fun))
    table = np.array(sorted(found, key=lambda p: np.hypot(p[0], p[1]))).reshape(-1, 3)
    return table[:, :2], table[:, 2]


def _lattice(peaks: np.ndarray) -> dict[str, float]:
    """Return angle, aspect and spacing of the lattice that the two shortest independent peaks span."""
    names = ("vortex_lattice_angle", "vortex_lattice_aspect", "vortex_lattice_spacing")
    if len(peaks) < 2:
        return dict.fromkeys(names, np.nan)
    first = peaks[0]
    turned = np.abs(first[0] * peaks[:, 1] - first[1] * peaks[:, 0])
    independent = turned > 0.2 * np.linalg.norm(first) * np.linalg.norm(peaks, axis=1)
    if not independent.any():
        return dict.fromkeys(names, np.nan)
    second = peaks[np.argmax(independent)]
    a, b = 2 * np.pi * np.linalg.inv(np.stack([first, second], 1))
    while True:  # Lagrange's and Gauss's reduction
        if a @ a > b @ b:
            a, b = b, a
        times = np.rint(a @ b / (a @ a))
        if times == 0:
            break
        b = b - times * a
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    angle = np.arccos(min(abs(a @ b) / (lengths[0] * lengths[1]), 1.0))
    return dict(zip(names, (angle, lengths[1] / lengths[0], lengths[0]), strict=True))
