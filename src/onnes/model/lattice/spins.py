"""Local moments on a lattice, their exchange, anisotropy and field; expansion about an ordered state."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.units import MU_B

LEVI_CIVITA = np.zeros((3, 3, 3))
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    LEVI_CIVITA[_i, _j, _k], LEVI_CIVITA[_j, _i, _k] = 1.0, -1.0


@dataclass(frozen=True, slots=True, eq=False)
class Bond:
    """One bond S_start(r).M.S_end(r + cell), counted once.

    Parameters
    ----------
    start, end : site numbers.
    cell : three integers, the cell of ``end`` relative to that of ``start``.
    exchange : float array (3, 3), meV; see `heisenberg` for J and the Dzyaloshinskii-Moriya vector.
    """

    start: int
    end: int
    cell: tuple[int, int, int]
    exchange: np.ndarray

    def __post_init__(self) -> None:
        exchange = np.array(self.exchange, float)
        if exchange.shape != (3, 3) or not np.all(np.isfinite(exchange)):
            raise InvalidModel("exchange", exchange.shape, "a finite 3 x 3 matrix", "meV")
        cell = tuple(int(x) for x in self.cell)
        if len(cell) != 3:
            raise InvalidModel("cell", self.cell, "three integers")
        if self.start == self.end and not any(cell):
            raise InvalidModel(
                "bond", "a site with itself", "between two sites (single-site terms are `anisotropy`)"
            )
        exchange.setflags(write=False)
        object.__setattr__(self, "exchange", exchange)
        object.__setattr__(self, "cell", cell)


def heisenberg(J: float, dm: ArrayLike = (0.0, 0.0, 0.0)) -> np.ndarray:
    """Return the matrix M of J S_1.S_2 + D.(S_1 x S_2): M = J 1 + eps.D, float (3, 3), meV."""
    return J * np.eye(3) + np.einsum("abc,a->bc", LEVI_CIVITA, np.asarray(dm, float))


@dataclass(frozen=True, slots=True, eq=False)
class SpinLattice:
    """H = sum_bonds S.M.S + sum_i S_i.A_i.S_i + mu_B sum_i g_i B.S_i, each bond once.

    J > 0 is antiferromagnetic. The moment is -g mu_B S, so that a field along z prefers spins down.

    Parameters
    ----------
    vectors : float array (3, 3), angstrom: the translations as rows.
    positions : float array (site, 3), in units of the translations.
    moments : float array (site,): spin quantum numbers S.
    bonds : each pair of sites at most once, in either direction.
    anisotropy : float array (site, 3, 3), meV, symmetric; A = -D zz is an easy axis. None: absent.
    g : float array (site,); 2 where absent.
    field : float array (3,), T, along Cartesian axes.
    source : provenance.

    Raises
    ------
    InvalidModel : shapes that do not fit, S not a multiple of one half, a bond to an unknown site, a
        bond counted twice, an anisotropy that is not symmetric.
    """

    vectors: np.ndarray
    positions: np.ndarray
    moments: np.ndarray
    bonds: tuple[Bond, ...]
    anisotropy: np.ndarray | None = None
    g: np.ndarray | None = None
    field: np.ndarray | None = None
    source: str = ""

    def __post_init__(self) -> None:
        n = len(np.atleast_1d(self.moments))
        given = {
            "vectors": (self.vectors, (3, 3), None),
            "positions": (self.positions, (n, 3), None),
            "moments": (np.atleast_1d(self.moments), (n,), None),
            "anisotropy": (self.anisotropy, (n, 3, 3), np.zeros((n, 3, 3))),
            "g": (self.g, (n,), np.full(n, 2.0)),
            "field": (self.field, (3,), np.zeros(3)),
        }
        for name, (value, shape, default) in given.items():
            array = np.array(default if value is None else value, float)
            if array.shape != shape or not np.all(np.isfinite(array)):
                raise InvalidModel(name, array.shape, f"finite numbers of shape {shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if abs(np.linalg.det(self.vectors)) < 1e-12:
            raise InvalidModel("vectors", "dependent", "three independent translations", "angstrom")
        if np.any(self.moments <= 0) or np.any(np.abs(2 * self.moments - np.round(2 * self.moments)) > 1e-9):
            raise InvalidModel("moments", self.moments.tolist(), "positive multiples of one half")
        if not np.allclose(self.anisotropy, np.swapaxes(self.anisotropy, 1, 2), atol=1e-12):
            raise InvalidModel("anisotropy", "not symmetric", "a symmetric matrix for each site", "meV")
        object.__setattr__(self, "bonds", tuple(self.bonds))
        _require_single_bonds(self.bonds, n)

    @property
    def n_sites(self) -> int:
        return len(self.moments)

    def in_field(self, field: ArrayLike) -> "SpinLattice":
        """Return the same magnet in a field (3,), T."""
        return replace(self, field=np.asarray(field, float))

    def energy(self, directions: ArrayLike) -> float:
        """Return the classical energy of one cell, meV, for unit vectors (site, 3) repeated in every cell."""
        spins = self.moments[:, None] * np.asarray(directions, float)
        total = MU_B * float(self.g @ (spins @ self.field))
        total += float(np.einsum("ia,iab,ib->", spins, self.anisotropy, spins))
        return total + sum(float(spins[b.start] @ b.exchange @ spins[b.end]) for b in self.bonds)

    def molecular_field(self, directions: ArrayLike) -> np.ndarray:
        """Return dE/dS_i, float (site, 3), meV; a stationary state has it along +-n_i."""
        spins = self.moments[:, None] * np.asarray(directions, float)
        field = MU_B * self.g[:, None] * self.field[None, :]
        field = field + 2 * np.einsum("iab,ib->ia", self.anisotropy, spins)
        for bond in self.bonds:
            field[bond.start] += bond.exchange @ spins[bond.end]
            field[bond.end] += spins[bond.start] @ bond.exchange
        return field

    def quadratic(self, directions: ArrayLike, k: ArrayLike) -> np.ndarray:
        """Return the matrix of the harmonic Hamiltonian, complex (..., 2 site, 2 site), meV.

        H_2 = (1/2) sum_k (b†_k, b_-k) [[A(k), B(k)], [B(-k)*, A(-k)*]] (b_k, b†_-k)^T with Holstein-Primakoff
        bosons S_i = sqrt(S/2)(u_i* b_i + u_i b†_i) + n_i (S - b†_i b_i), u = e1 + i e2, (e1, e2, n)
        right-handed, and b_k = N^(-1/2) sum_r exp(-ik.r) b_r over cells.

        Parameters
        ----------
        directions : float array (site, 3), unit vectors of <S>.
        k : float array (..., 3), reciprocal lattice units of this cell.
        """
        k = np.asarray(k, float)
        n, u = np.asarray(directions, float), transverse(directions)
        size = self.n_sites
        matrix = np.zeros((*k.shape[:-1], 2 * size, 2 * size), complex)
        hop = np.zeros((*k.shape[:-1], size, size), complex)
        pair, mirrored = np.zeros_like(hop), np.zeros_like(hop)
        onsite = MU_B * self.g * (n @ self.field)
        onsite = onsite + 2 * self.moments * np.einsum("ia,iab,ib->i", n, self.anisotropy, n)
        # b†b of site i appears in A(k) and in A(-k)*: each holds the whole coefficient.
        diagonal = (-onsite + self.moments * np.einsum("ia,iab,ib->i", u, self.anisotropy, u.conj())).astype(
            complex
        )
        anomalous = self.moments * np.einsum("ia,iab,ib->i", u, self.anisotropy, u)
        for bond in self.bonds:
            i, j, M = bond.start, bond.end, bond.exchange
            phase = np.exp(2j * np.pi * (k @ np.array(bond.cell, float)))
            root = np.sqrt(self.moments[i] * self.moments[j]) / 2
            aligned = n[i] @ M @ n[j]
            diagonal[i] -= self.moments[j] * aligned
            diagonal[j] -= self.moments[i] * aligned
            t, p = root * (u[i] @ M @ u[j].conj()), root * (u[i] @ M @ u[j])
            hop[..., i, j] += t * phase
            hop[..., j, i] += (t * phase).conj()
            pair[..., i, j] += p * phase
            pair[..., j, i] += p * phase.conj()
            # A(-k)*: the phase is that of k again, the amplitude conjugated.
            mirrored[..., i, j] += np.conj(t) * phase
            mirrored[..., j, i] += t * phase.conj()
        eye = np.eye(size)
        matrix[..., :size, :size] = hop + diagonal * eye
        matrix[..., size:, size:] = mirrored + diagonal.conj() * eye
        matrix[..., :size, size:] = pair + anomalous * eye
        matrix[..., size:, :size] = np.swapaxes(matrix[..., :size, size:], -1, -2).conj()
        return matrix


def transverse(directions: ArrayLike) -> np.ndarray:
    """Return u = e1 + i e2, complex (site, 3), with (e1, e2, n) right-handed and orthonormal."""
    n = np.asarray(directions, float)
    helper = np.where(np.abs(n[:, 2:]) < 0.9, np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, 0.0, 0.0]]))
    e1 = np.cross(helper, n)
    e1 /= np.linalg.norm(e1, axis=1, keepdims=True)
    return e1 + 1j * np.cross(n, e1)


def ring_exchange(spin: float, Jc: float) -> tuple[float, float]:
    """Return the changes of J and J' that four-spin exchange makes in the harmonic spectrum of the Neel state.

    Jc sum over squares of (S_i.S_j)(S_k.S_l) + (S_i.S_l)(S_k.S_j) - (S_i.S_k)(S_j.S_l), i to l around the
    square. In a collinear state each product S_i.S_j has no term linear in bosons, so that to second order
    a product of two is <a> b + a <b>: exactly J -> J - 2 Jc S^2 (two squares share a bond) and
    J' -> J' - Jc S^2 (one square has a diagonal). The same is not true of a non-collinear state.
    """
    return -2 * Jc * spin**2, -Jc * spin**2


def square_antiferromagnet(
    J: float,
    Jp: float = 0.0,
    Jpp: float = 0.0,
    Jc: float = 0.0,
    *,
    spin: float = 0.5,
    a: float = 1.0,
    c: float = 1.0,
    source: str = "",
) -> SpinLattice:
    """Return the two-sublattice square lattice with J, J' (diagonal), J'' (two steps along an axis) and ring exchange.

    The cell is the magnetic one, with translations (a, a) and (a, -a): reciprocal lattice units of the
    square lattice (h, k) are (h + k, h - k) of it, see `square_to_magnetic`. The state is ordered along +-x
    by `neel`. Ring exchange enters as in `ring_exchange`, which holds for the Neel state only.
    """
    change, change_p = ring_exchange(spin, Jc)
    bonds = []
    for (x, y), value in {
        (1, 0): J + change,
        (0, 1): J + change,
        (1, 1): Jp + change_p,
        (1, -1): Jp + change_p,
        (2, 0): Jpp,
        (0, 2): Jpp,
    }.items():
        if value:
            bonds += [_square_bond(site, x, y, value) for site in (0, 1)]
    vectors = np.array([[a, a, 0.0], [a, -a, 0.0], [0.0, 0.0, c]])
    positions = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    return SpinLattice(vectors, positions, np.full(2, float(spin)), tuple(bonds), source=source)


def _square_bond(site: int, x: int, y: int, value: float) -> Bond:
    """Return the bond from a site of the square lattice to the one (x, y) away; site 1 lies at (1, 0)."""
    end = (site + x + y) % 2
    column, row = x + site - end, y
    return Bond(site, end, ((column + row) // 2, (column - row) // 2, 0), heisenberg(value))


def neel(axis: ArrayLike = (1.0, 0.0, 0.0)) -> np.ndarray:
    """Return the directions (2, 3) of the two-sublattice antiferromagnet along an axis."""
    unit = np.asarray(axis, float) / np.linalg.norm(axis)
    return np.array([unit, -unit])


def square_to_magnetic(q: ArrayLike) -> np.ndarray:
    """Return (h + k, h - k, l) of q = (h, k, l), the wavevector in the cell of `square_antiferromagnet`."""
    q = np.asarray(q, float)
    return np.stack([q[..., 0] + q[..., 1], q[..., 0] - q[..., 1], q[..., 2]], axis=-1)


ZC_SQUARE = 1.18
"""Quantum renormalisation of spin-wave energies of the S = 1/2 square lattice, as in Coldea et al."""

COLDEA = {10: (146.3, 2.0, 2.0, 61.0), 295: (138.3, 2.0, 2.0, 38.0)}
"""(J, J', J'', Jc), meV, at 10 K and 295 K: R. Coldea et al., Phys. Rev. Lett. 86, 5377 (2001)."""


def la2cuo4(temperature: int = 10) -> SpinLattice:
    """Return the exchanges of La2CuO4 measured by neutrons at 10 K or 295 K (energies still without Z_c = 1.18).

    J, J', J'' and ring exchange Jc of R. Coldea et al., Phys. Rev. Lett. 86, 5377 (2001), fitted by their
    authors to the dispersion. Raises `InvalidModel` for another temperature.
    """
    if temperature not in COLDEA:
        raise InvalidModel("temperature", temperature, f"one of {sorted(COLDEA)}", "K")
    J, Jp, Jpp, Jc = COLDEA[temperature]
    source = f"Coldea et al., Phys. Rev. Lett. 86, 5377 (2001), {temperature} K"
    return square_antiferromagnet(J, Jp, Jpp, Jc, spin=0.5, a=3.8, c=13.2, source=source)


def _require_single_bonds(bonds: tuple[Bond, ...], n: int) -> None:
    seen = set()
    for bond in bonds:
        if not (0 <= bond.start < n and 0 <= bond.end < n):
            raise InvalidModel("bond", (bond.start, bond.end), f"between sites 0 to {n - 1}")
        forward = (bond.start, bond.end, bond.cell)
        backward = (bond.end, bond.start, tuple(-x for x in bond.cell))
        if forward in seen or backward in seen:
            raise InvalidModel(f"bond {forward}", "given twice", "given once, in one direction")
        seen |= {forward, backward}
