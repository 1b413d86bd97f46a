"""Bands that tell the two spins apart: spin-orbit coupling and a Zeeman field on a lattice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.angular import PAULI
from onnes.model.lattice.pointgroup import Symmetry
from onnes.model.lattice.sets.checks import EXACT, BandCheck, check_bands
from onnes.model.lattice.tightbinding import HERMITIAN, TightBinding
from onnes.units import MU_B

Cell = tuple[int, ...]


class Spinless:
    """A name of `TightBinding` that bands with spin must not answer to: whoever asks would count one spin twice."""

    def __init__(self, instead: str) -> None:
        self.instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> "Spinless":
        if instance is None:
            return self
        raise InvalidInput(
            f"a calculation for two equal spins asked a {type(instance).__name__} for {self.name}",
            f"use one that handles spin (quasiparticles, spin_susceptibility, chern_number); {self.instead}",
        )


@dataclass(frozen=True, slots=True, eq=False)
class SpinfulBands:
    """H(k) = H_0(k) + sum_R e^{2 pi i k.R} sigma.w(R) + (g mu_B/2) B.sigma; the spin is the outer index.

    Rows are (up, every orbital), then (down, every orbital). Orbitals are real functions, so that time
    reversal is i sigma_y K and asks for a real H_0(R) and an imaginary w(R). The field acts on the spins
    alone: neither on the orbital moments nor on the phase of the hoppings.

    Parameters
    ----------
    spinless : H_0, the same for both spins. Energies are counted from the chemical potential.
    spin_cells : int array (m, 3).
    spin_hoppings : complex array (m, 3, orbital, orbital), meV: w_x, w_y, w_z at each R.
    field : B, float array (3,), T.
    g_factor : of the electron's moment -g mu_B S.

    Raises
    ------
    InvalidModel : shapes, NaN, a repeated cell, w(-R) other than w(R)†, or terms besides the field that break
        time reversal (the message says by how much).
    """

    spinless: TightBinding
    spin_cells: np.ndarray | None = None
    spin_hoppings: np.ndarray | None = None
    field: ArrayLike = (0.0, 0.0, 0.0)
    g_factor: float = 2.0

    bloch = Spinless("H(k) with spin is .hamiltonian(k)")
    hoppings = Spinless("the part without spin is .spinless")
    cells = Spinless("the part without spin is .spinless")
    n_orbitals = Spinless("the part without spin is .spinless")
    orbitals = Spinless("the part without spin is .spinless")
    velocity = Spinless("the part without spin is .spinless")

    def __post_init__(self) -> None:
        n = self.spinless.n_orbitals
        cells = np.zeros((0, 3), int) if self.spin_cells is None else np.array(self.spin_cells, int)
        table = np.zeros((0, 3, n, n)) if self.spin_hoppings is None else self.spin_hoppings
        table, field = np.array(table, complex), np.array(self.field, float)
        cells = cells.reshape(-1, 3) if cells.size == 0 else cells
        table = table.reshape(-1, 3, n, n) if table.size == 0 else table
        if cells.ndim != 2 or cells.shape[1:] != (3,) or table.shape != (len(cells), 3, n, n):
            raise InvalidModel(
                "spin_hoppings", table.shape, f"three {n} x {n} matrices for each of the {len(cells)} cells"
            )
        if field.shape != (3,) or not np.all(np.isfinite(field)):
            raise InvalidModel("field", self.field, "three finite numbers", "T")
        if not (np.all(np.isfinite(table)) and np.isfinite(self.g_factor)):
            raise InvalidModel("spin_hoppings or g_factor", "NaN or infinite", "finite everywhere")
        if len(np.unique(cells, axis=0)) < len(cells):
            raise InvalidModel("spin_cells", "a repeated cell", "each lattice vector once")
        for name, array in (("spin_cells", cells), ("spin_hoppings", table), ("field", field)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        _require_symmetric(self)

    @property
    def size(self) -> int:
        """Spins times orbitals: the number of rows of H(k)."""
        return 2 * self.spinless.n_orbitals

    def zeeman(self) -> np.ndarray:
        """Return (g mu_B/2) B.sigma on every orbital, complex (size, size), meV."""
        spin = np.einsum("i,iab->ab", 0.5 * self.g_factor * MU_B * self.field, PAULI)
        return np.kron(spin, np.eye(self.spinless.n_orbitals))

    def hamiltonian(self, k: ArrayLike) -> np.ndarray:
        """Return H(k), complex (..., size, size), meV, at k (..., 3) in reciprocal lattice units."""
        k = np.asarray(k, float)
        phase = np.exp(2j * np.pi * (k @ self.spin_cells.T))
        w = np.tensordot(phase, self.spin_hoppings, axes=1)
        spin = np.einsum("ist,...iab->...satb", PAULI, w).reshape(*k.shape[:-1], self.size, self.size)
        h = spin + self.zeeman()
        n = self.spinless.n_orbitals
        same = self.spinless.bloch(k)
        h[..., :n, :n] += same
        h[..., n:, n:] += same
        return h

    def spin_operators(self) -> np.ndarray:
        """Return S = sigma/2 on every orbital, complex (3, size, size)."""
        return np.array([np.kron(s / 2, np.eye(self.spinless.n_orbitals)) for s in PAULI])

    def in_field(self, field: ArrayLike, g_factor: float | None = None) -> "SpinfulBands":
        """Return the same bands in the Zeeman field B (3,), T."""
        g = self.g_factor if g_factor is None else float(g_factor)
        return replace(self, field=field, g_factor=g)

    def shifted(self, energy: float) -> "SpinfulBands":
        """Return the same bands with the chemical potential raised by ``energy`` (meV)."""
        return replace(self, spinless=self.spinless.shifted(energy))


def with_spin(
    bands: TightBinding | SpinfulBands, *, field: ArrayLike | None = None, g_factor: float | None = None
) -> SpinfulBands:
    """Return bands with their spin index, in a Zeeman field where one is given (T)."""
    spinful = bands if isinstance(bands, SpinfulBands) else SpinfulBands(bands)
    if field is None and g_factor is None:
        return spinful
    return spinful.in_field(spinful.field if field is None else field, g_factor)


def with_spin_orbit(bands: TightBinding | SpinfulBands, table: Mapping[Cell, ArrayLike]) -> SpinfulBands:
    """Return bands with the terms i v(R).sigma e^{2 pi i k.R} added, one for each lattice vector of the table.

    Parameters
    ----------
    table : {R: v}, R of two or three whole numbers, v real (3,) for every orbital alike, or (3, orbital, orbital),
        meV. The term at -R, v(-R) = -v(R)^T, is added where the table leaves it out.

    Raises
    ------
    InvalidModel : a v that is not real, of another shape, or that contradicts the one given at -R.
    """
    spinful = with_spin(bands)
    n = spinful.spinless.n_orbitals
    given = {(*(int(x) for x in cell), 0, 0, 0)[:3]: _vector(cell, v, n) for cell, v in table.items()}
    opposite = {tuple(-x for x in cell): -np.swapaxes(v, 1, 2) for cell, v in given.items()}
    total = {
        tuple(c): w.copy() for c, w in zip(spinful.spin_cells.tolist(), spinful.spin_hoppings, strict=True)
    }
    for cell, v in (opposite | given).items():
        total[cell] = total.get(cell, 0) + 1j * v
    return replace(
        spinful, spin_cells=np.array(list(total)).reshape(-1, 3), spin_hoppings=np.array(list(total.values()))
    )


def with_rashba(
    bands: TightBinding | SpinfulBands, strength: float, cells: Sequence[Cell] = ((1, 0), (0, 1))
) -> SpinfulBands:
    """Return bands with lambda (sin ky sigma_x - sin kx sigma_y) added: the Rashba coupling of a broken mirror z.

    On other lattices it is lambda sum_R sin(2 pi k.R) (R/|R| x z).sigma, the same for every orbital.

    Parameters
    ----------
    strength : lambda, meV.
    cells : one of each pair of opposite bonds R; the default is the square lattice. A triangular lattice with
        60 degrees between its translations has (1, 0), (0, 1), (-1, 1).
    """
    vectors, table = with_spin(bands).spinless.vectors, {}
    for cell in cells:
        reach = np.array((*cell, 0)[:3]) @ vectors
        table[tuple(cell)] = -0.5 * float(strength) * np.cross(reach / np.linalg.norm(reach), [0.0, 0.0, 1.0])
    return with_spin_orbit(bands, table)


def with_atomic_spin_orbit(
    bands: TightBinding | SpinfulBands, strength: float, momentum: ArrayLike
) -> SpinfulBands:
    """Return bands with lambda L.S added on every site, S = sigma/2.

    Parameters
    ----------
    strength : lambda, meV.
    momentum : L of the orbitals, complex (3, orbital, orbital), such as `orbital_momentum` returns;
        imaginary, since the orbitals are real.

    Raises
    ------
    InvalidModel : an L of another shape, or that is not imaginary.
    """
    l = np.asarray(momentum, complex)
    if np.any(np.abs(l.real) > 1e-12):
        raise InvalidModel("momentum", "not imaginary", "L of real orbitals, see orbital_momentum")
    return with_spin_orbit(bands, {(0, 0, 0): 0.5 * float(strength) * l.imag})


def check_spinful(
    bands: SpinfulBands, *, inversion: ArrayLike | None = None
) -> tuple[BandCheck, BandCheck, BandCheck]:
    """Return by how much H(k) misses Hermiticity, time reversal and inversion, meV; nothing is raised.

    Time reversal: max |sigma_y H(-k)* sigma_y - H(k)| over the table of hoppings; a Zeeman field breaks it by
    its own size. Inversion about the origin leaves the spin as it is; Rashba coupling breaks it.

    Parameters
    ----------
    inversion : matrix (orbital, orbital) that inversion acts with on the orbitals; by default each orbital is even.
    """
    doubled = _doubled(bands)
    n = bands.spinless.n_orbitals
    scale = max(float(np.max(np.abs(doubled.hoppings))), np.finfo(float).tiny)
    flip = np.kron(PAULI[1], np.eye(n))
    reversed_ = flip @ doubled.hoppings.conj() @ flip
    parity = np.eye(n) if inversion is None else np.asarray(inversion, complex)
    symmetry = Symmetry("inversion", -np.eye(3), np.kron(np.eye(2), parity))
    checks = {c.name: c for c in check_bands(doubled, symmetries=(symmetry,))}
    breach = float(np.max(np.abs(reversed_ - doubled.hoppings)))
    return checks["Hermiticity"], BandCheck("time reversal", breach, EXACT * scale), checks["inversion"]


def _doubled(bands: SpinfulBands) -> TightBinding:
    """Return the same table with each spin as an orbital of its own; it never leaves this file."""
    n, spinless = bands.spinless.n_orbitals, bands.spinless
    table = {
        tuple(c): np.kron(np.eye(2), t)
        for c, t in zip(spinless.cells.tolist(), spinless.hoppings, strict=True)
    }
    for cell, w in zip(bands.spin_cells.tolist(), bands.spin_hoppings, strict=True):
        term = sum(np.kron(s, part) for s, part in zip(PAULI, w, strict=True))
        table[tuple(cell)] = table.get(tuple(cell), np.zeros((2 * n, 2 * n))) + term
    home = (0, 0, 0)
    table[home] = table.get(home, np.zeros((2 * n, 2 * n))) + bands.zeeman()
    names = tuple(f"{name} {spin}" for spin in ("up", "down") for name in spinless.orbitals)
    positions = np.tile(spinless.positions, (2, 1))
    return TightBinding(
        spinless.vectors, np.array(list(table)), np.array(list(table.values())), names, positions
    )


def _vector(cell: Sequence[int], v: ArrayLike, n: int) -> np.ndarray:
    if len(cell) not in (2, 3):
        raise InvalidModel("a lattice vector of the table", tuple(cell), "two or three whole numbers")
    array = np.asarray(v)
    if np.iscomplexobj(array) or array.shape not in ((3,), (3, n, n)):
        raise InvalidModel(f"v at R = {tuple(cell)}", array.shape, f"real, (3,) or (3, {n}, {n})", "meV")
    array = array.astype(float)
    return array[:, None, None] * np.eye(n) if array.ndim == 1 else array


def _require_symmetric(bands: SpinfulBands) -> None:
    table = bands.spin_hoppings
    place = {tuple(cell): i for i, cell in enumerate(bands.spin_cells.tolist())}
    largest = max(float(np.max(np.abs(table), initial=0.0)), float(np.max(np.abs(bands.spinless.hoppings))))
    for cell, i in place.items():
        j = place.get(tuple(-x for x in cell))
        mirror = 0.0 if j is None else np.swapaxes(table[j], 1, 2).conj()
        error = float(np.max(np.abs(table[i] - mirror)))
        if error > HERMITIAN * largest:
            raise InvalidModel(
                f"spin_hoppings at R = {cell}",
                f"{error:.3g} meV away from the conjugate of those at -R",
                "Hermitian: w(-R) = w(R)†",
            )
    parts = {"spin_hoppings": (table.real, "imaginary"), "hoppings": (bands.spinless.hoppings.imag, "real")}
    for name, (wrong, right) in parts.items():
        error = float(np.max(np.abs(wrong), initial=0.0))
        if error > HERMITIAN * largest:
            raise InvalidModel(
                name,
                f"off time reversal by {error:.3g} meV",
                f"{right}: only the Zeeman field may break time reversal (field=, T)",
            )
