"""Interactions over a distance: exchange J(R), repulsion V(R), and the static attraction that phonons make.

All are tables of the vectors between cells, with the momentum-space vertex

    J_ab(q) = sum_R J_ab(R) exp(+2 pi i q.R),    J_ab(R) = (1/N) sum_q J_ab(q) exp(-2 pi i q.R),

where a sits in the home cell and b in cell R. In the random-phase approximation only the direct (ring) part of a
coupling at q enters, which acts between pairs aa and cc of orbitals; what is left out is its exchange (ladder) part,
which would depend on k.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput, InvalidModel


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """H = sum over bonds of J S.S = (1/2) sum_{r,R,ab} J_ab(R) S_{r,a}.S_{r+R,b}; J > 0 is antiferromagnetic.

    The object is the function J(q) that `onnes.response.rpa` accepts: with the transverse chi0 (twice
    <<S^z; S^z>>) it adds -J(q)/2 to U_s, so that one orbital has chi = chi0/(1 - [U - J(q)/2] chi0). The
    same is chi_zz = chi0_zz/(1 + J(q) chi0_zz) at U = 0.

    Parameters
    ----------
    cells : int array (n, 3).
    strength : float array (n, orbital, orbital), meV; J(-R) = J(R)^T. A spin does not act on itself: no
        J_aa(0).

    Raises
    ------
    InvalidModel : NaN, repeated cells, a table that is not symmetric, or an on-site term.
    """

    cells: np.ndarray
    strength: np.ndarray

    def __post_init__(self) -> None:
        _store(self, "J")
        _refuse_local(self.cells, self.strength, "J", "S.S is a constant and a part of the repulsion U")

    @property
    def n_orbitals(self) -> int:
        return self.strength.shape[1]

    def at(self, q: ArrayLike) -> np.ndarray:
        """Return J_ab(q), complex (..., orbital, orbital), meV, at q (..., 3) in reciprocal lattice units."""
        return _fourier(self.cells, self.strength, q)

    def __call__(self, q: ArrayLike) -> np.ndarray:
        return self.at(q)

    def spin_vertex(self, q: ArrayLike) -> np.ndarray:
        """Return what is added to U_s, -J_ac(q)/2 between aa and cc, complex (..., n^2, n^2), meV."""
        return _between_densities(-self.at(q) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Repulsion:
    """H = (1/2) sum_{r,R,ab} V_ab(R) n_{r,a} n_{r+R,b}, n of both spins: the extended Hubbard model.

    V acts on charges: it adds 2 V(q) to U_c, so that one orbital has chi_c = chi0/(1 + [U + 2 V(q)] chi0). A
    negative V is an attraction.

    Parameters
    ----------
    cells : int array (n, 3).
    strength : float array (n, orbital, orbital), meV; V(-R) = V(R)^T. What acts within one orbital of one
        cell is U: no V_aa(0).

    Raises
    ------
    InvalidModel : NaN, repeated cells, a table that is not symmetric, or an on-site term.
    """

    cells: np.ndarray
    strength: np.ndarray

    def __post_init__(self) -> None:
        _store(self, "V")
        _refuse_local(
            self.cells, self.strength, "V", "it belongs into U: electrons of equal spin do not meet"
        )

    @property
    def n_orbitals(self) -> int:
        return self.strength.shape[1]

    def at(self, q: ArrayLike) -> np.ndarray:
        """Return V_ab(q), complex (..., orbital, orbital), meV, at q (..., 3) in reciprocal lattice units."""
        return _fourier(self.cells, self.strength, q)

    def charge_vertex(self, q: ArrayLike) -> np.ndarray:
        """Return what is added to U_c, 2 V_ac(q) between aa and cc, complex (..., n^2, n^2), meV."""
        return _between_densities(2 * self.at(q))


@dataclass(frozen=True, slots=True, eq=False)
class DensityPhonons:
    """The static attraction between densities that phonons make, H = -(1/2) sum g_ab(R) n_{r,a} n_{r+R,b}.

    g(q) = 2 |M(q)|^2/w(q) with the matrix element M of H = sum M(q) n_q (b_-q + b†_q)/sqrt(N) and the energy w.
    The phonons are slow compared with the bands: their attraction enters the rings and not the ladders, also
    within one orbital, and adds -2 g(q) to the charge vertex and nothing to the spin vertex. Local phonons that
    couple to quadrupoles are `QuadrupolePhonons`.

    Parameters
    ----------
    cells : int array (n, 3).
    strength : float array (n, orbital, orbital), g(R), meV; g(-R) = g(R)^T.

    Raises
    ------
    InvalidModel : NaN, repeated cells, a table that is not symmetric, or one that is a repulsion at some q.
    """

    cells: np.ndarray
    strength: np.ndarray

    def __post_init__(self) -> None:
        _store(self, "g")
        reach = np.max(np.abs(self.cells), axis=0, initial=0)
        # |M|^2 has no harmonic above the reach: a mesh three times finer leaves no negative lobe between its points.
        axes = [np.arange(6 * n + 1) / (6 * n + 1) for n in reach]
        q = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        lowest = float(np.min(np.linalg.eigvalsh(self.at(q))))
        if lowest < -1e-9 * float(np.max(np.abs(self.strength), initial=0.0)):
            raise InvalidModel("g(q)", lowest, "not negative: 2 |M(q)|^2/w(q)", "meV")

    @property
    def n_orbitals(self) -> int:
        return self.strength.shape[1]

    def at(self, q: ArrayLike) -> np.ndarray:
        """Return g_ab(q), complex (..., orbital, orbital), meV, at q (..., 3) in reciprocal lattice units."""
        return _fourier(self.cells, self.strength, q)

    def charge_vertex(self, q: ArrayLike) -> np.ndarray:
        """Return what is added to U_c, -2 g_ac(q) between aa and cc, complex (..., n^2, n^2), meV."""
        return _between_densities(-2 * self.at(q))


def exchange(shells: Mapping[tuple[int, int], float]) -> Exchange:
    """Return the exchange of one orbital on a square lattice from {(1, 0): J, (1, 1): J', ...}, meV.

    Each value is repeated over the 4mm images of its vector; nearest neighbours give J(q) = 2 J (cos qx + cos qy).
    """
    return Exchange(*_square(shells))


def repulsion(shells: Mapping[tuple[int, int], float]) -> Repulsion:
    """Return the repulsion of one orbital on a square lattice from {(1, 0): V, (1, 1): V', ...}, meV."""
    return Repulsion(*_square(shells))


def breathing_phonons(coupling: float) -> DensityPhonons:
    """Return g(q) = g [sin^2(qx/2) + sin^2(qy/2)]: oxygen between the atoms of a square lattice moves along the bonds.

    A displacement of the oxygen lowers one neighbour's level and raises the other's; the mode at (pi, pi)
    breathes and couples most, with 2g.

    Parameters
    ----------
    coupling : g, meV, not negative.
    """
    if not (np.isfinite(coupling) and coupling >= 0):
        raise InvalidInput(f"coupling = {coupling!r}", "give a number of meV that is not negative")
    return DensityPhonons(*_square({(0, 0): coupling, (1, 0): -coupling / 4}))


# --- tables ------------------------------------------------------------------------------------


def _square(shells: Mapping[tuple[int, int], float]) -> tuple[np.ndarray, np.ndarray]:
    table: dict[tuple[int, int, int], float] = {}
    for (x, y), value in shells.items():
        images = {(sx * u, sy * v, 0) for u, v in ((x, y), (y, x)) for sx in (1, -1) for sy in (1, -1)}
        table |= dict.fromkeys(images, float(value))
    return np.array(list(table)).reshape(-1, 3), np.array(list(table.values())).reshape(-1, 1, 1)


def _store(model: Exchange | Repulsion | DensityPhonons, symbol: str) -> None:
    """Check the table of a coupling and keep it read-only."""
    cells, strength = np.array(model.cells, int), np.array(model.strength, float)
    if cells.ndim != 2 or cells.shape[1:] != (3,) or strength.ndim != 3 or len(strength) != len(cells):
        raise InvalidModel("strength", strength.shape, "one square matrix for each lattice vector")
    if strength.shape[1] != strength.shape[2] or not np.all(np.isfinite(strength)):
        raise InvalidModel("strength", strength.shape, "finite square matrices", "meV")
    place = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    if len(place) < len(cells):
        raise InvalidModel("cells", "a repeated cell", "each lattice vector once")
    for cell, i in place.items():
        opposite = place.get(tuple(-x for x in cell))
        if opposite is None or not np.allclose(strength[i], strength[opposite].T, rtol=1e-12, atol=0):
            raise InvalidModel(
                f"{symbol} at R = {cell}", f"not {symbol}(-R)^T", "the same seen from both ends"
            )
    for name, array in (("cells", cells), ("strength", strength)):
        array.setflags(write=False)
        object.__setattr__(model, name, array)


def _refuse_local(cells: np.ndarray, strength: np.ndarray, symbol: str, why: str) -> None:
    home = np.all(cells == 0, axis=1)
    local = np.diagonal(strength[home], axis1=1, axis2=2)
    if np.any(local != 0):
        raise InvalidModel(f"{symbol}_aa(R = 0)", float(np.max(np.abs(local))), f"zero: {why}", "meV")


def _fourier(cells: np.ndarray, strength: np.ndarray, q: ArrayLike) -> np.ndarray:
    phase = np.exp(2j * np.pi * (np.asarray(q, float) @ cells.T))
    return np.tensordot(phase, strength.astype(complex), axes=1)


def _between_densities(coupling: np.ndarray) -> np.ndarray:
    """Place (..., n, n) between the pairs aa and cc of (..., n^2, n^2)."""
    n = coupling.shape[-1]
    found = np.zeros((*coupling.shape[:-2], n * n, n * n), complex)
    found[..., :: n + 1, :: n + 1] = coupling
    return found
