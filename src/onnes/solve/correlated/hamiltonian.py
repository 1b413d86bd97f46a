"""Hamiltonians as operators on the amplitudes of one sector (N_up, N_dn).

Hubbard: psi[I, J] with I, J configurations of up and down electrons; H = T_up x 1 + 1 x T_dn + diagonal, the diagonal
being a product of two narrow matrices, so that nothing of the size of psi is stored. The order of operators is all up
before all down, hence no signs between species. t-J: the amplitudes without doubly occupied sites, one sparse matrix.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.sparse import csr_matrix

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.solve.correlated import basis, tiles


@dataclass(frozen=True, slots=True, eq=False)
class Sector:
    """The Hamiltonian of a Hubbard model at fixed numbers of up and down electrons."""

    up: np.ndarray
    down: np.ndarray
    hop_up: csr_matrix
    hop_down: csr_matrix
    left: np.ndarray
    right: np.ndarray
    flips: tuple[tuple[float, csr_matrix, csr_matrix], ...]

    @property
    def dimension(self) -> int:
        return len(self.up) * len(self.down)

    @property
    def dtype(self) -> np.dtype:
        return np.promote_types(self.hop_up.dtype, self.hop_down.dtype)

    def apply(self, vector: np.ndarray, out: np.ndarray | None = None, scale: float = 0.0) -> np.ndarray:
        """Return H psi + scale out, written into ``out`` where given; psi flat, (dimension,)."""
        shape = (len(self.up), len(self.down))
        psi = np.ascontiguousarray(vector).reshape(shape)
        kind = np.promote_types(self.dtype, psi.dtype)
        image = np.empty(shape, kind) if out is None else out.reshape(shape)
        u, d = self.hop_up, self.hop_down
        hops = (u.indptr, u.indices, u.data), (d.indptr, d.indices, d.data)
        tiles.hop(image, psi, *hops, (self.left, self.right), scale if out is not None else 0.0)
        for strength, on_up, on_down in self.flips:
            image += strength * (on_down @ (on_up @ psi).T).T
        return image.ravel()

    def matrix(self, vector: np.ndarray) -> np.ndarray:
        """Return amplitudes as psi[I, J]."""
        return vector.reshape(len(self.up), len(self.down))

    def flat(self, psi: np.ndarray) -> np.ndarray:
        """Return psi[I, J] as a vector of the sector."""
        return np.ascontiguousarray(psi).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class ProjectedSector:
    """The Hamiltonian of a t-J model at fixed numbers of electrons, on configurations without double occupancy."""

    up: np.ndarray
    down: np.ndarray
    place: np.ndarray
    stored: csr_matrix

    @property
    def dimension(self) -> int:
        return len(self.place)

    @property
    def dtype(self) -> np.dtype:
        return self.stored.dtype

    def apply(self, vector: np.ndarray, out: np.ndarray | None = None, scale: float = 0.0) -> np.ndarray:
        """Return H psi + scale out, written into ``out`` where given; psi flat, (dimension,)."""
        return added(self.stored @ vector, out, scale)

    def matrix(self, vector: np.ndarray) -> np.ndarray:
        """Return amplitudes as psi[I, J], zero where a site is doubly occupied."""
        psi = np.zeros(len(self.up) * len(self.down), dtype=vector.dtype)
        psi[self.place] = vector
        return psi.reshape(len(self.up), len(self.down))

    def flat(self, psi: np.ndarray) -> np.ndarray:
        """Return the projected part of psi[I, J] as a vector of the sector."""
        return np.ascontiguousarray(psi).ravel()[self.place]


def added(image: np.ndarray, out: np.ndarray | None, scale: float) -> np.ndarray:
    """Return image + scale out, in ``out`` where given."""
    if out is None:
        return image
    if scale == 0.0:
        out[:] = image
    else:
        out *= scale
        out += image
    return out


def dimension(model: Hubbard | TJ, particles: tuple[int, int]) -> int:
    """Return the number of amplitudes of a sector; raise `InvalidInput` for numbers that do not fit the cluster."""
    n = model.cluster.sites
    up, down = particles
    most = n if isinstance(model, Hubbard) else n - max(up, 0)
    if not (0 <= up <= n and 0 <= down <= most):
        raise InvalidInput(
            f"{up} up and {down} down electrons on {n} sites", "give numbers that the cluster holds"
        )
    return comb(n, up) * comb(n if isinstance(model, Hubbard) else n - up, down)


def sector(model: Hubbard | TJ, particles: tuple[int, int]) -> Sector | ProjectedSector:
    """Return the Hamiltonian of ``model`` with (N_up, N_dn) electrons."""
    dimension(model, particles)
    up, down = (basis.configurations(model.cluster.sites, k) for k in particles)
    return _product(model, up, down) if isinstance(model, Hubbard) else _projected(model, up, down)


def _product(model: Hubbard, up: np.ndarray, down: np.ndarray) -> Sector:
    n, h = model.cluster.sites, model.cluster.hopping
    none = np.zeros((n, n))
    v = none if model.V is None else model.V
    j = none if model.J is None else model.J
    n_up, n_dn = basis.occupations(up, n), basis.occupations(down, n)
    # n_i n_j of equal and of opposite spins: V and S^z S^z = (n_up - n_dn)(n_up - n_dn)/4
    level = np.diag(h).real - model.chemical_potential - model.U / 2 - v.sum(axis=1)
    alone = [x @ level + 0.5 * np.einsum("ai,ij,aj->a", x, v + j / 4, x) for x in (n_up, n_dn)]
    constant = model.U.sum() / 4 + v.sum() / 2
    left = np.column_stack([n_up @ (np.diag(model.U) + v - j / 4), alone[0] + constant, np.ones(len(up))])
    right = np.column_stack([n_dn, np.ones(len(down)), alone[1]])
    flips = []
    for a, b in zip(*np.nonzero(j), strict=True):  # both orders: (J/2) S+_a S-_b, summed over ordered pairs
        pair = (basis.bond_operator(up, int(a), int(b)), basis.bond_operator(down, int(b), int(a)))
        flips.append((-0.5 * j[a, b], *pair))
    matrices = (basis.one_particle(up, h), basis.one_particle(down, h))
    return Sector(up, down, *matrices, left, np.ascontiguousarray(right), tuple(flips))


def _projected(model: TJ, up: np.ndarray, down: np.ndarray) -> ProjectedSector:
    n, h = model.cluster.sites, model.cluster.hopping
    place = np.flatnonzero((up[:, None] & down[None, :]).ravel() == 0)
    a, b = up[place // len(down)], down[place % len(down)]
    size = len(place)

    def number(new_up: np.ndarray, new_down: np.ndarray) -> np.ndarray:
        return np.searchsorted(
            place, np.searchsorted(up, new_up) * len(down) + np.searchsorted(down, new_down)
        )

    n_up, n_dn = basis.occupations(a, n), basis.occupations(b, n)
    spin, charge = (n_up - n_dn) / 2, n_up + n_dn
    diagonal = charge @ (np.diag(h).real - model.chemical_potential)
    diagonal += 0.5 * np.einsum("ai,ij,aj->a", spin, model.J, spin)
    diagonal -= 0.5 * model.density * np.einsum("ai,ij,aj->a", charge, model.J, charge)
    rows, columns, values = [np.arange(size)], [np.arange(size)], [diagonal.astype(h.dtype)]

    def add(target: np.ndarray, source: np.ndarray, value: np.ndarray) -> None:
        rows.append(target)
        columns.append(source)
        values.append(value)

    for i, j in ((int(i), int(j)) for i, j in zip(*np.nonzero(np.abs(h) + model.J != 0), strict=True)):
        if i == j:
            continue
        for moving, still in ((a, b), (b, a)):
            source, bits, signs = basis.moved(moving, i, j)
            free = bits & still[source] == 0
            source, bits, signs = source[free], bits[free], signs[free]
            pair = (bits, still[source]) if moving is a else (still[source], bits)
            add(number(*pair), source, signs * h[i, j])
        source, bits, signs = basis.moved(a, i, j)
        back, bits_dn, signs_dn = basis.moved(b[source], j, i)
        add(number(bits[back], bits_dn), source[back], -0.5 * model.J[i, j] * signs[back] * signs_dn)
    triplet = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return ProjectedSector(up, down, place, csr_matrix(triplet, shape=(size, size)))
