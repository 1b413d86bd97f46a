"""The Fermi surface of a superconductor as points with weight, gap and velocity, in two or three dimensions.

Quasiparticles of weak coupling live within a few kT of the Fermi surface: a sum over k becomes an integral over the
normal energy xi, done for each point, and a sum over points. Each plane of constant k3 is cut into triangles in which
a band is linear; a segment of its zero line of length l at the velocity v weighs l/|v|.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from onnes.errors import CannotProbe, InvalidModel
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.state import State

POINTS = 256
"""Mesh along either axis of a plane: energies of neighbours are linear to (2 pi/POINTS)^2/8 = 1e-4 of a band width."""
SLICES = 16
"""Planes along k3 where anything depends on it; the trapezoidal rule of a periodic function."""


@dataclass(frozen=True, slots=True, eq=False)
class FermiSheets:
    """Points of a Fermi surface.

    Parameters
    ----------
    weight : float (point,), 1/meV: share in the density of states of one spin and one cell; their sum is N(0).
    gap : float (point,), |Delta| of the band at the point, meV; zero in a normal metal.
    velocity : float (point, 3), dE/dk, meV angstrom, Cartesian.
    """

    weight: np.ndarray
    gap: np.ndarray
    velocity: np.ndarray

    @property
    def dos(self) -> float:
        """Return N(0), states of one spin and one cell, 1/meV."""
        return float(self.weight.sum())

    @property
    def largest(self) -> float:
        """Return the largest gap, meV."""
        return float(np.max(self.gap))


def cylinder(
    dos: float, gap: float, velocity: float = 0.0, *, symmetry: str = "d", points: int = 512
) -> FermiSheets:
    """Return a cylindrical Fermi surface with one velocity and the gap Delta or Delta |cos 2 phi|.

    Parameters
    ----------
    dos : N(0) for one spin and one cell, 1/meV.
    gap : Delta, meV.
    velocity : hbar v_F, meV angstrom, in the plane.
    symmetry : ``"s"`` or ``"d"``.
    points : on the circle, half a step off the nodes; a multiple of 8 keeps every symmetry of the square.

    Raises
    ------
    InvalidModel : another symmetry, or numbers that are not positive.
    """
    if symmetry not in ("s", "d"):
        raise InvalidModel("symmetry", symmetry, "'s' or 'd'")
    if not (dos > 0 and gap >= 0 and velocity >= 0 and points >= 8):
        raise InvalidModel(
            "cylinder", f"dos {dos}, gap {gap}, velocity {velocity}", "positive, 8 points or more"
        )
    phi = 2 * np.pi * (np.arange(points) + 0.5) / points
    form = np.abs(np.cos(2 * phi)) if symmetry == "d" else np.ones(points)
    direction = np.stack([np.cos(phi), np.sin(phi), np.zeros(points)], axis=1)
    return FermiSheets(np.full(points, dos / points), gap * form, velocity * direction)


def fermi_sheets(state: State, *, points: int = POINTS, slices: int = SLICES) -> FermiSheets:
    """Return the Fermi surface of a state with the gap of each band, |u_k† Delta(k) u*_-k|.

    A gap that mixes bands counts with its part within each, right where bands lie further apart than the gap.

    Parameters
    ----------
    state : of solve.given_gap, solve.weak_coupling, solve.bdg, or of a normal metal.
    points : of the mesh along either axis of a plane.
    slices : planes along k3, one where nothing depends on it.

    Raises
    ------
    CannotProbe : a state without lattice bands.
    InvalidModel : bands without a Fermi surface.
    """
    model = state.model
    if not isinstance(model, Superconductor | TightBinding):
        raise CannotProbe("lattice_calorimetry", "lattice bands", "give a state of onnes.solve.weak_coupling")
    paired = isinstance(model, Superconductor)
    bands = model.bands if paired else model
    cells = np.vstack([bands.cells, model.pairing.cells]) if paired else bands.cells
    planes = slices if np.any(cells[:, 2] != 0) else 1
    k, band, weight, velocity = _surface(bands, points, planes)
    gap = _band_gap(model, k, band) if paired else np.zeros(len(k))
    return FermiSheets(weight, gap, velocity)


def _band_gap(model: Superconductor, k: np.ndarray, band: np.ndarray) -> np.ndarray:
    rows = np.arange(len(k))
    up = np.linalg.eigh(model.bands.bloch(k))[1][rows, :, band]
    down = np.linalg.eigh(model.bands.bloch(-k))[1][rows, :, band]
    return np.abs(np.einsum("ka,kab,kb->k", up.conj(), model.pairing.at(k), down.conj()))


@lru_cache(maxsize=8)
def _surface(bands: TightBinding, points: int, planes: int) -> tuple[np.ndarray, ...]:
    """Return k (n, 3), band (n,), weight (n,) 1/meV and velocity (n, 3) of the segments."""
    found = [_plane(bands, points, (i + 0.5) / planes if planes > 1 else 0.0) for i in range(planes)]
    k, band, length = (np.concatenate([part[i] for part in found]) for i in range(3))
    if not len(k):
        raise InvalidModel("bands", "no band crosses zero energy", "metallic at the chemical potential")
    vectors = np.linalg.eigh(bands.bloch(k))[1][np.arange(len(k)), :, band]
    velocity = np.einsum("ka,kxab,kb->kx", vectors.conj(), bands.velocity(k), vectors).real
    # dE over a step along the reciprocal vectors b1, b2: the gradient in r.l.u., in which the zone has the area one
    gradient = velocity @ bands.reciprocal()[:2].T
    speed = np.maximum(np.linalg.norm(gradient, axis=1), 1e-12 * np.max(np.abs(bands.hoppings)))
    return k, band, length / speed / planes, velocity


def _plane(bands: TightBinding, points: int, k3: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return middles (n, 3), bands (n,) and lengths (n,), r.l.u., of the zero lines in one plane."""
    axis = np.arange(points + 1) / points
    corner = np.stack([*np.meshgrid(axis, axis, indexing="ij"), np.full((points + 1,) * 2, k3)], axis=-1)
    energy = np.linalg.eigvalsh(bands.bloch(corner))
    i, j = np.indices((points, points)).reshape(2, -1)
    middles, numbers, lengths = [], [], []
    for band in range(energy.shape[-1]):
        for third in ((1, 0), (0, 1)):
            # the squares are halved along the diagonal from (0, 0) to (1, 1)
            place = [(i, j), (i + third[0], j + third[1]), (i + 1, j + 1)]
            k = np.stack([corner[p][:, :2] for p in place], axis=1)
            e = np.stack([energy[p][:, band] for p in place], axis=1)
            first, second = _cut(k, e)
            middles.append((first + second) / 2)
            lengths.append(np.linalg.norm(second - first, axis=1))
            numbers.append(np.full(len(first), band))
    middle = np.concatenate(middles)
    k = np.column_stack([middle, np.full(len(middle), k3)])
    return k, np.concatenate(numbers), np.concatenate(lengths)


def _cut(k: np.ndarray, e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (m, 2) of the zero lines of linear functions with values e (n, 3) at the corners k (n, 3, 2)."""
    above = e > 0
    count = above.sum(axis=1)
    crossed = (count == 1) | (count == 2)
    k, e, above, count = k[crossed], e[crossed], above[crossed], count[crossed]
    alone = np.where(count == 1, np.argmax(above, axis=1), np.argmin(above, axis=1))
    row, ends = np.arange(len(alone)), []
    for step in (1, 2):
        other = (alone + step) % 3
        share = (e[row, alone] / (e[row, alone] - e[row, other]))[:, None]
        ends.append(k[row, alone] * (1 - share) + k[row, other] * share)
    return ends[0], ends[1]
