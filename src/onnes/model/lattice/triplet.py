"""Gap functions with a spin structure, and the superconductor of bands with spin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.model.lattice.angular import PAULI
from onnes.model.lattice.pairing import Pairing, Superconductor
from onnes.model.lattice.spinful import SpinfulBands, Spinless, with_spin
from onnes.model.lattice.tightbinding import TightBinding

SINGLET = 1j * PAULI[1]
"""i sigma_y."""
TRIPLET = PAULI @ SINGLET
"""sigma_x i sigma_y, sigma_y i sigma_y, sigma_z i sigma_y."""
PAULI_PRINCIPLE = 1e-9
"""Largest |Delta(R) + Delta(-R)^T| over the largest |Delta|."""

OUT_OF_PLANE = (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class SpinPairing:
    """Delta(k) = amplitude [psi(k) + d(k).sigma] i sigma_y, with psi, d = sum_R (...)(R) exp(2 pi i k.R).

    The Hamiltonian contains 1/2 sum Delta_st(k) c†_k,s c†_-k,t + h.c., so that Delta(k) = -Delta(-k)^T in spin and
    orbital together: psi(-R) = psi(R)^T and d(-R) = -d(R)^T.

    Parameters
    ----------
    amplitude : meV, at the temperature at which the model is used.
    cells : int array (n, 3).
    singlet : psi(R), complex array (n, orbital, orbital), dimensionless.
    vector : d(R), complex array (n, 3, orbital, orbital), Cartesian, dimensionless.
    irrep : name, such as ``"Eu (px + ipy)"``.

    Raises
    ------
    InvalidModel : shapes, NaN, or a Delta(k) that Pauli's principle forbids (the message says by how much).
    """

    amplitude: float
    cells: np.ndarray
    singlet: np.ndarray
    vector: np.ndarray
    irrep: str = ""

    def __post_init__(self) -> None:
        cells = np.array(self.cells, int)
        singlet, vector = np.array(self.singlet, complex), np.array(self.vector, complex)
        n, o = len(cells), singlet.shape[-1] if singlet.ndim else 0
        if (
            cells.ndim != 2
            or cells.shape[1:] != (3,)
            or singlet.shape != (n, o, o)
            or vector.shape != (n, 3, o, o)
        ):
            raise InvalidModel(
                "singlet and vector",
                f"of shapes {singlet.shape} and {vector.shape}",
                f"({n}, orbital, orbital) and ({n}, 3, orbital, orbital)",
            )
        if not (np.isfinite(self.amplitude) and np.all(np.isfinite(singlet)) and np.all(np.isfinite(vector))):
            raise InvalidModel("amplitude, singlet or vector", "NaN or infinite", "finite everywhere")
        if len(np.unique(cells, axis=0)) < n:
            raise InvalidModel("cells", "a repeated cell", "each lattice vector once")
        for name, array in (("cells", cells), ("singlet", singlet), ("vector", vector)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        self._require_antisymmetric()

    def _require_antisymmetric(self) -> None:
        matrices = self._matrices()
        largest = float(np.max(np.abs(matrices), initial=0.0))
        place = {tuple(cell): i for i, cell in enumerate(self.cells.tolist())}
        for cell, i in place.items():
            j = place.get(tuple(-x for x in cell))
            error = float(np.max(np.abs(matrices[i] + (0.0 if j is None else matrices[j].T))))
            if error > PAULI_PRINCIPLE * largest:
                raise InvalidModel(
                    f"Delta(R) at R = {cell}",
                    f"{error:.3g} of the amplitude away from -Delta(-R)^T",
                    "antisymmetric, Delta(k) = -Delta(-k)^T: psi(-R) = psi(R)^T and d(-R) = -d(R)^T",
                )

    @property
    def n_orbitals(self) -> int:
        return self.singlet.shape[-1]

    def _matrices(self) -> np.ndarray:
        """Return Delta(R)/amplitude, complex (n, 2 orbital, 2 orbital), spin outside."""
        size = 2 * self.n_orbitals
        full = np.einsum("st,nab->nsatb", SINGLET, self.singlet)
        full = full + np.einsum("ist,niab->nsatb", TRIPLET, self.vector)
        return full.reshape(len(self.cells), size, size)

    def at(self, k: ArrayLike) -> np.ndarray:
        """Return Delta(k), complex (..., 2 orbital, 2 orbital), meV, at k (..., 3) in reciprocal lattice units."""
        phase = np.exp(2j * np.pi * (np.asarray(k, float) @ self.cells.T))
        return self.amplitude * np.tensordot(phase, self._matrices(), axes=1)

    def d_vector(self, k: ArrayLike) -> np.ndarray:
        """Return d(k), complex (..., 3, orbital, orbital), meV."""
        phase = np.exp(2j * np.pi * (np.asarray(k, float) @ self.cells.T))
        return self.amplitude * np.tensordot(phase, self.vector, axes=1)

    def with_amplitude(self, amplitude: float) -> "SpinPairing":
        return replace(self, amplitude=amplitude)


# --- how gap functions are made ------------------------------------------------------------------


def singlet(pairing: Pairing) -> SpinPairing:
    """Return a singlet gap function with its spin matrix, psi(k) i sigma_y."""
    n, o = len(pairing.cells), pairing.form.shape[-1]
    return SpinPairing(pairing.amplitude, pairing.cells, pairing.form, np.zeros((n, 3, o, o)), pairing.irrep)


def triplet(
    amplitude: float, table: Mapping[tuple[int, ...], ArrayLike], n_orbitals: int = 1, irrep: str = ""
) -> SpinPairing:
    """Return a triplet gap that is the same for every orbital, d(k) = amplitude sum_R d(R) exp(2 pi i k.R).

    Parameters
    ----------
    amplitude : meV.
    table : {R: d}, R of two or three whole numbers, d complex (3,), Cartesian; d(-R) = -d(R) is added where absent.

    Raises
    ------
    InvalidModel : a d of another shape, or an even one.
    """
    given = {(*(int(x) for x in cell), 0, 0, 0)[:3]: np.array(d, complex) for cell, d in table.items()}
    for cell, d in given.items():
        if d.shape != (3,):
            raise InvalidModel(f"d at R = {cell}", d.shape, "three numbers")
    full = {tuple(-x for x in cell): -d for cell, d in given.items()} | given
    vector = np.array(list(full.values()))[:, :, None, None] * np.eye(n_orbitals)
    zero = np.zeros((len(full), n_orbitals, n_orbitals))
    return SpinPairing(amplitude, np.array(list(full)), zero, vector, irrep)


def mixed(first: Pairing | SpinPairing, second: Pairing | SpinPairing) -> SpinPairing:
    """Return the sum of two gap functions, such as a singlet and a triplet where inversion is broken.

    The amplitude of the sum is that of the first (of the second where the first is zero).

    Raises
    ------
    InvalidModel : gap functions of different numbers of orbitals.
    """
    a, b = (singlet(p) if isinstance(p, Pairing) else p for p in (first, second))
    if a.n_orbitals != b.n_orbitals:
        raise InvalidModel("the second gap function", f"of {b.n_orbitals} orbitals", f"of {a.n_orbitals}")
    unit = a.amplitude or b.amplitude or 1.0
    table: dict[tuple[int, ...], np.ndarray] = {}
    for part in (a, b):
        whole = np.concatenate([part.singlet[:, None], part.vector], axis=1) * (part.amplitude / unit)
        for cell, block in zip(part.cells.tolist(), whole, strict=True):
            table[tuple(cell)] = table.get(tuple(cell), 0) + block
    forms = np.array(list(table.values()))
    name = " + ".join(p.irrep for p in (a, b) if p.irrep)
    amplitude = unit if (a.amplitude or b.amplitude) else 0.0
    return SpinPairing(amplitude, np.array(list(table)), forms[:, 0], forms[:, 1:], name)


# --- the superconductor --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class SpinfulSuperconductor:
    """Bands with spin and a gap function: H_BdG(k) = [[H(k), Delta(k)], [Delta(k)†, -H(-k)^T]] of (c_k, c†_-k).

    Rows: (up, down) particles, then (up, down) holes, each with every orbital. Each excitation appears twice,
    at E(k) and at -E(-k): H = 1/2 sum_k Psi† H_BdG Psi + 1/2 sum_k Tr H(k).

    Raises
    ------
    InvalidModel : bands and gap function of different numbers of orbitals.
    """

    bands: SpinfulBands
    pairing: SpinPairing

    bloch = Spinless("H_BdG with spin is .bogoliubov(k)")
    hoppings = Spinless("the bands are .bands")
    cells = Spinless("the bands are .bands")
    n_orbitals = Spinless("the part without spin is .bands.spinless")

    def __post_init__(self) -> None:
        bands = with_spin(self.bands)
        pairing = singlet(self.pairing) if isinstance(self.pairing, Pairing) else self.pairing
        if pairing.n_orbitals != bands.spinless.n_orbitals:
            raise InvalidModel(
                "pairing",
                f"{pairing.n_orbitals} orbitals",
                f"a matrix of the bands' {bands.spinless.n_orbitals} orbitals",
            )
        object.__setattr__(self, "bands", bands)
        object.__setattr__(self, "pairing", pairing)

    def bogoliubov(self, k: ArrayLike, scale: float = 1.0) -> np.ndarray:
        """Return H_BdG(k), complex (..., 4 orbital, 4 orbital), meV, with the gap multiplied by ``scale``."""
        k = np.asarray(k, float)
        n = self.bands.size
        matrix = np.zeros((*k.shape[:-1], 2 * n, 2 * n), complex)
        gap = scale * self.pairing.at(k)
        matrix[..., :n, :n] = self.bands.hamiltonian(k)
        matrix[..., n:, n:] = -np.swapaxes(self.bands.hamiltonian(-k), -1, -2)
        matrix[..., :n, n:] = gap
        matrix[..., n:, :n] = np.swapaxes(gap, -1, -2).conj()
        return matrix

    def spin_operators(self) -> np.ndarray:
        """Return the matrices of S in the rows of H_BdG, diag(s, -s^T), complex (3, 4 orbital, 4 orbital)."""
        s, n = self.bands.spin_operators(), self.bands.size
        full = np.zeros((3, 2 * n, 2 * n), complex)
        full[:, :n, :n], full[:, n:, n:] = s, -np.swapaxes(s, 1, 2)
        return full


def spinful(model: Superconductor | TightBinding) -> SpinfulSuperconductor | SpinfulBands:
    """Return the same physics with the spin written out, of bands or of a singlet superconductor."""
    if isinstance(model, Superconductor):
        return SpinfulSuperconductor(with_spin(model.bands), singlet(model.pairing))
    return with_spin(model)


def unit_vector(d: Sequence[complex] | ArrayLike) -> np.ndarray:
    """Return d/|d|, complex (3,); raise `InvalidModel` for another shape or a zero."""
    vector = np.array(d, complex)
    if vector.shape != (3,) or not np.all(np.isfinite(vector)) or np.linalg.norm(vector) == 0:
        raise InvalidModel("d", d, "three finite numbers, not all zero")
    return vector / np.linalg.norm(vector)
