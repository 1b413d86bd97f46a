"""Tight-binding bands with any number of orbitals, in one to three dimensions."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel

HERMITIAN = 1e-9
"""Largest |t(R) - t(-R)^dagger| over the largest |t|: published tables are symmetrised to every printed digit."""


@dataclass(frozen=True, slots=True, eq=False)
class TightBinding:
    """H = sum_{r,R} c†_{r,a} t_ab(R) c_{r+R,b}, so that H_ab(k) = sum_R t_ab(R) exp(+2 pi i k.R).

    The spin is not part of the matrix: every orbital holds two electrons.

    Parameters
    ----------
    vectors : float array (3, 3), angstrom: the primitive translations as rows.
    cells : int array (n, 3): lattice vectors R in units of the translations.
    hoppings : complex array (n, orbital, orbital), meV. Energies are counted from the chemical
        potential: H(k) = 0 is the Fermi surface.
    orbitals : names.
    positions : float array (orbital, 3), in units of the translations; at the origin where absent.
    electrons : nominal number of electrons in a cell, both spins, where known.
    source : provenance.

    Raises
    ------
    InvalidModel : shapes that do not fit, NaN, repeated cells, or a table that is not Hermitian
        (the message says by how much).
    """

    vectors: np.ndarray
    cells: np.ndarray
    hoppings: np.ndarray
    orbitals: tuple[str, ...] = ("s",)
    positions: np.ndarray | None = None
    electrons: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        vectors, cells = np.array(self.vectors, float), np.array(self.cells, int)
        hoppings, n = np.array(self.hoppings, complex), len(self.orbitals)
        positions = np.zeros((n, 3)) if self.positions is None else np.array(self.positions, float)
        if vectors.shape != (3, 3) or abs(np.linalg.det(vectors)) < 1e-12:
            raise InvalidModel(
                "vectors", vectors.shape, "three independent translations of three numbers", "angstrom"
            )
        if cells.ndim != 2 or cells.shape[1:] != (3,) or hoppings.shape != (len(cells), n, n):
            raise InvalidModel(
                "hoppings", hoppings.shape, f"one {n} x {n} matrix for each of the {len(cells)} cells"
            )
        if positions.shape != (n, 3):
            raise InvalidModel("positions", positions.shape, f"three numbers for each of the {n} orbitals")
        if not (np.all(np.isfinite(hoppings)) and np.all(np.isfinite(positions))):
            raise InvalidModel("hoppings", "NaN or infinite", "finite everywhere", "meV")
        if len(np.unique(cells, axis=0)) < len(cells):
            raise InvalidModel("cells", "a repeated cell", "each lattice vector once")
        _require_hermitian(cells, hoppings)
        for name, array in (
            ("vectors", vectors),
            ("cells", cells),
            ("hoppings", hoppings),
            ("positions", positions),
        ):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def n_orbitals(self) -> int:
        return len(self.orbitals)

    def bloch(self, k: ArrayLike) -> np.ndarray:
        """Return H(k), complex (..., orbital, orbital), meV, at k (..., 3) in reciprocal lattice units."""
        phase = np.exp(2j * np.pi * (np.asarray(k, float) @ self.cells.T))
        return np.tensordot(phase, self.hoppings, axes=1)

    def velocity(self, k: ArrayLike) -> np.ndarray:
        """Return dH/dk, complex (..., 3, orbital, orbital), meV angstrom, Cartesian, orbitals at their positions.

        The derivative is taken in the gauge in which H_ab(k) carries exp(ik.(R + tau_b - tau_a)) and
        handed back in the periodic gauge of `bloch`, so that it is the current operator over e/hbar.
        """
        phase = np.exp(2j * np.pi * (np.asarray(k, float) @ self.cells.T))
        tau = self.positions @ self.vectors
        reach = (self.cells @ self.vectors)[:, None, None, :] + tau[None, None, :, :] - tau[None, :, None, :]
        weighted = 1j * np.moveaxis(reach, -1, 1) * self.hoppings[:, None]
        return np.tensordot(phase, weighted, axes=1)

    def reciprocal(self) -> np.ndarray:
        """Return the reciprocal vectors as rows, 1/angstrom, with a_i.b_j = 2 pi delta_ij."""
        return 2 * np.pi * np.linalg.inv(self.vectors).T

    def shifted(self, energy: float) -> "TightBinding":
        """Return the same bands with the chemical potential raised by ``energy`` (meV)."""
        home = np.flatnonzero(np.all(self.cells == 0, axis=1))
        unit = np.eye(self.n_orbitals)
        if len(home):
            hoppings = self.hoppings.copy()
            hoppings[home[0]] -= energy * unit
            return replace(self, hoppings=hoppings)
        cells = np.concatenate([self.cells, np.zeros((1, 3), int)])
        return replace(self, cells=cells, hoppings=np.concatenate([self.hoppings, -energy * unit[None]]))

    def scaled(self, factor: float) -> "TightBinding":
        """Return the bands with every energy multiplied, such as by a band renormalisation."""
        return replace(self, hoppings=factor * self.hoppings)


def square(
    hoppings: dict[tuple[int, int], float],
    *,
    a: float = 1.0,
    c: float = 1.0,
    electrons: float | None = None,
    source: str = "",
) -> TightBinding:
    """Return one orbital on a square lattice from one hopping for each shell, spread over the point group.

    Parameters
    ----------
    hoppings : {(0, 0): on-site, (1, 0): t to the nearest, (1, 1): t', (2, 0): t'', ...}, meV, as they
        stand in H (a conventional -t is given as negative). Each is repeated over the 4mm images of its vector.
    a, c : lattice constants, angstrom.
    """
    table: dict[tuple[int, int, int], float] = {}
    for (x, y), value in hoppings.items():
        images = {(sx * u, sy * v, 0) for u, v in ((x, y), (y, x)) for sx in (1, -1) for sy in (1, -1)}
        table |= dict.fromkeys(images, value)
    cells = np.array(list(table))
    matrices = np.array(list(table.values()), complex)[:, None, None]
    return TightBinding(np.diag([a, a, c]), cells, matrices, ("d",), electrons=electrons, source=source)


def _require_hermitian(cells: np.ndarray, hoppings: np.ndarray) -> None:
    place = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    largest = max(float(np.max(np.abs(hoppings))), np.finfo(float).tiny)
    worst, where = 0.0, (0, 0, 0)
    for cell, i in place.items():
        opposite = place.get(tuple(-x for x in cell))
        mirror = hoppings[opposite].conj().T if opposite is not None else 0.0
        error = float(np.max(np.abs(hoppings[i] - mirror)))
        if error > worst:
            worst, where = error, cell
    if worst > HERMITIAN * largest:
        raise InvalidModel(
            f"hoppings at R = {where}",
            f"{worst:.3g} meV away from the conjugate of those at -R",
            "Hermitian: t(-R) = t(R)†",
        )
