"""Pairing functions on a lattice, and the superconductor made of bands and pairs."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.model.lattice.tightbinding import TightBinding


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """A singlet gap function Delta_ab(k) = amplitude * sum_R f_ab(R) exp(2 pi i k.R).

    It stands in the reduced Nambu matrix of (c_k,up, c†_-k,dn). A singlet has f(-R) = f(R)^T.

    Parameters
    ----------
    amplitude : meV, at the temperature at which the model is used (see `onnes.solve.bdg`).
    cells : int array (n, 3).
    form : complex array (n, orbital, orbital), dimensionless.
    irrep : name of the irreducible representation, such as ``"B1g (d x2-y2)"``.
    """

    amplitude: float
    cells: np.ndarray
    form: np.ndarray
    irrep: str = ""

    def __post_init__(self) -> None:
        cells, form = np.array(self.cells, int), np.array(self.form, complex)
        if cells.ndim != 2 or cells.shape[1:] != (3,) or form.shape[:1] != (len(cells),) or form.ndim != 3:
            raise InvalidModel("form", form.shape, "one square matrix for each lattice vector")
        if not np.isfinite(self.amplitude):
            raise InvalidModel("amplitude", self.amplitude, "finite", "meV")
        place = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
        for cell, i in place.items():
            opposite = place.get(tuple(-x for x in cell))
            if opposite is None or not np.allclose(form[i], form[opposite].T, atol=1e-9):
                raise InvalidModel(f"form at R = {cell}", "not f(-R)^T", "even: f(-R) = f(R)^T, a singlet")
        for name, array in (("cells", cells), ("form", form)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def at(self, k: ArrayLike) -> np.ndarray:
        """Return Delta(k), complex (..., orbital, orbital), meV, at k (..., 3) in reciprocal lattice units."""
        phase = np.exp(2j * np.pi * (np.asarray(k, float) @ self.cells.T))
        return self.amplitude * np.tensordot(phase, self.form, axes=1)

    def with_amplitude(self, amplitude: float) -> "Pairing":
        return replace(self, amplitude=amplitude)


def orbital_diagonal(
    amplitude: float, shells: dict[tuple[int, int], float], n_orbitals: int, irrep: str
) -> Pairing:
    """Return a gap that is the same for every orbital, from weights {(x, y): f(R)}; f(-R) = f(R) is added."""
    table = {(x, y, 0): value for (x, y), value in shells.items()}
    table |= {(-x, -y, 0): value for (x, y), value in shells.items()}
    form = np.array([value * np.eye(n_orbitals) for value in table.values()])
    return Pairing(amplitude, np.array(list(table)), form, irrep)


def s_wave(amplitude: float, n_orbitals: int = 1) -> Pairing:
    """Return Delta(k) = Delta_0 (A1g, s++)."""
    return orbital_diagonal(amplitude, {(0, 0): 1.0}, n_orbitals, "A1g (s)")


def d_wave(amplitude: float, n_orbitals: int = 1) -> Pairing:
    """Return Delta(k) = (Delta_0/2)(cos kx - cos ky) (B1g); Delta_0 is the largest value."""
    return orbital_diagonal(amplitude, {(1, 0): 0.25, (0, 1): -0.25}, n_orbitals, "B1g (d x2-y2)")


def s_plus_minus(amplitude: float, n_orbitals: int = 1) -> Pairing:
    """Return Delta(k) = Delta_0 cos kx cos ky (A1g, s+-) in the one-iron cell: it changes sign between pockets."""
    return orbital_diagonal(amplitude, {(1, 1): 0.25, (1, -1): 0.25}, n_orbitals, "A1g (s+-)")


@dataclass(frozen=True, slots=True, eq=False)
class Superconductor:
    """Bands and a gap function: H_BdG(k) = [[H(k), Delta(k)], [Delta(k)†, -H(-k)^T]] of (c_k,up, c†_-k,dn)."""

    bands: TightBinding
    pairing: Pairing

    def __post_init__(self) -> None:
        if self.pairing.form.shape[1] != self.bands.n_orbitals:
            raise InvalidModel(
                "pairing",
                f"{self.pairing.form.shape[1]} orbitals",
                f"a matrix of the bands' {self.bands.n_orbitals} orbitals",
            )

    def bogoliubov(self, k: ArrayLike, scale: float = 1.0) -> np.ndarray:
        """Return H_BdG(k), complex (..., 2 orbital, 2 orbital), meV, with the gap multiplied by ``scale``."""
        k = np.asarray(k, float)
        n = self.bands.n_orbitals
        matrix = np.zeros((*k.shape[:-1], 2 * n, 2 * n), complex)
        gap = scale * self.pairing.at(k)
        matrix[..., :n, :n] = self.bands.bloch(k)
        matrix[..., n:, n:] = -np.swapaxes(self.bands.bloch(-k), -1, -2)
        matrix[..., :n, n:] = gap
        matrix[..., n:, :n] = np.swapaxes(gap, -1, -2).conj()
        return matrix
