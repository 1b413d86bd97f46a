"""The Fermi line of a band in two dimensions, as points with weights."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.lattice.tightbinding import TightBinding


@dataclass(frozen=True, slots=True, eq=False)
class FermiLine:
    """Points of a Fermi line.

    ``weights`` (n,) sum to one, each in proportion to dk/|v|; ``form`` (n,) the d-wave form factor,
    normalised to <f^2> = 1; ``velocity`` (n,) the share of each point in <v_x^2 + v_y^2>, sum of
    weights*velocity = 1; ``peak`` the largest |f|; ``dos`` states of one spin for each cell, 1/meV, and
    ``weight`` D_00 = <(v_x^2 + v_y^2)/2> 2 dos, meV angstrom^2, the superfluid weight of the clean metal at
    T = 0 (both 0 for a circle, which has no scale).
    """

    weights: np.ndarray
    form: np.ndarray
    velocity: np.ndarray
    peak: float
    dos: float = 0.0
    weight: float = 0.0


@lru_cache(maxsize=4)
def circle(points: int = 96) -> FermiLine:
    """Return f = sqrt 2 cos 2 phi on a circle; the points crowd at the node as the cube of their number.

    x = (pi/4) u^3 from the node turns the logarithms of a d wave into smooth functions of u; Gauss-Legendre
    in u.
    """
    nodes, w = np.polynomial.legendre.leggauss(points)
    u, w = (nodes + 1) / 2, w / 2
    x = np.pi / 4 * u**3
    weights = 3 * u**2 * w
    form = np.sqrt(2) * np.sin(2 * x)
    return FermiLine(weights, form, np.ones(points), float(np.sqrt(2)))


@lru_cache(maxsize=64)
def fermi_line(bands: TightBinding, points: int = 512) -> FermiLine:
    """Return the Fermi line of one orbital on a square lattice, f ~ cos kx - cos ky.

    The wedge 0 < ky < kx < pi is cut into triangles, the energy is linear in each, and a segment of its zero
    line is weighted by its length over |v|; right to the second order of the mesh.

    Parameters
    ----------
    bands : one orbital with the symmetry 4mm.
    points : of the mesh along the whole zone; even.

    Raises
    ------
    InvalidModel : bands without a Fermi line, of several orbitals, or without the square's symmetry.
    """
    _require_square(bands)
    first, second = _segments(bands, points)
    if not len(first):
        raise InvalidModel("bands", "no Fermi line", "partly filled")
    middle = np.pad((first + second) / 2, ((0, 0), (0, 1)))
    step = np.pad(second - first, ((0, 0), (0, 1))) @ bands.reciprocal()
    v = bands.velocity(middle)[:, :2, 0, 0].real
    speed = np.linalg.norm(v, axis=1)
    density = 8 * np.linalg.norm(step, axis=1) / speed
    zone = abs(np.linalg.det(bands.reciprocal()[:2, :2]))
    weights = density / density.sum()
    form = np.cos(2 * np.pi * middle[:, 0]) - np.cos(2 * np.pi * middle[:, 1])
    norm = np.sqrt(weights @ form**2)
    square = weights @ speed**2
    dos = float(density.sum() / zone)
    peak = float(np.max(np.abs(form)) / norm)
    return FermiLine(weights, form / norm, speed**2 / square, peak, dos, dos * float(square))


def _require_square(bands: TightBinding) -> None:
    if bands.n_orbitals != 1:
        raise InvalidModel("bands", f"{bands.n_orbitals} orbitals", "one orbital")
    k = np.array([[0.11, 0.23, 0.0], [0.23, 0.11, 0.0], [-0.11, 0.23, 0.0], [0.11, 0.23, 0.31]])
    energy = bands.bloch(k)[:, 0, 0].real
    if np.ptp(energy) > 1e-9 * np.max(np.abs(bands.hoppings)):
        raise InvalidModel("bands", "other energies at images of k", "of a square lattice, without kz")


def _segments(bands: TightBinding, points: int) -> tuple[np.ndarray, np.ndarray]:
    """End points (n, 2) of the segments of the zero line in the wedge, in reciprocal lattice units."""
    half = points // 2
    i, j = np.meshgrid(np.arange(half + 1), np.arange(half + 1), indexing="ij")
    corner = np.stack([i, j, 0 * i], axis=-1) / points
    energy = bands.bloch(corner)[..., 0, 0].real
    x, y = np.nonzero(j[:-1, :-1] <= i[:-1, :-1])
    off = x > y
    triangles = [((x, y), (x + 1, y), (x + 1, y + 1))]
    triangles.append(((x[off], y[off]), (x[off], y[off] + 1), (x[off] + 1, y[off] + 1)))
    ends = [_cut(corner[..., :2], energy, t) for t in triangles]
    return np.concatenate([e[0] for e in ends]), np.concatenate([e[1] for e in ends])


def _cut(corner: np.ndarray, energy: np.ndarray, triangle: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the zero lines of triangles given by the indices of their corners."""
    place = np.stack([corner[at] for at in triangle], axis=1)
    value = np.stack([energy[at] for at in triangle], axis=1)
    positive = value > 0
    count = positive.sum(axis=1)
    cut = (count == 1) | (count == 2)
    place, value, positive, count = place[cut], value[cut], positive[cut], count[cut]
    # the corner that lies alone on its side; the line crosses the two edges from it
    alone = np.where(count == 1, np.argmax(positive, axis=1), np.argmin(positive, axis=1))
    row = np.arange(len(alone))
    ends = []
    for other in ((alone + 1) % 3, (alone + 2) % 3):
        e0, e1 = value[row, alone], value[row, other]
        share = (e0 / (e0 - e1))[:, None]
        ends.append(place[row, alone] * (1 - share) + place[row, other] * share)
    return ends[0], ends[1]
