"""The Hamiltonian of one sector (N_up, N_dn, momentum) as an operator on representatives.

Hubbard: representatives of the *up* configurations, each with a whole row of down configurations. What moves a
down electron stays in its row; what moves an up electron leads to g |r> of another row r, whose amplitudes are those
of r with the down configurations carried by g. Rows that some translations leave in place hold each amplitude several
times; these are stored once. Models with J and t-J models: the sparse matrix between orbits of pairs (I, J).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import block_diag, csr_matrix, diags_array, identity, kron

from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.numerics.rows import Rows
from onnes.solve.correlated import momentum, tiles
from onnes.solve.correlated.hamiltonian import ProjectedSector, Sector, added, dimension, sector


@dataclass(frozen=True, slots=True, eq=False)
class RowSector:
    """A Hubbard model without J at fixed numbers of electrons and fixed momentum.

    Parameters
    ----------
    up, down : all configurations. rows : int64 (row,), up representatives, those without stabiliser first.
    free : number of rows without stabiliser. fold : sparse, amplitudes of the other rows from stored ones.
    hop_up : (start, row, translation, factor) of the up electrons' hops between rows.
    hop_down, level : as in `tiles.hop_rows`. source, sign : (translation, J), g |source> = sign |J>.
    unfold : (row, translation, factor) of every up configuration, psi[I, J] = factor sign[g, J] phi[row, source[g, J]].
    """

    up: np.ndarray
    down: np.ndarray
    rows: np.ndarray
    free: int
    fold: csr_matrix
    hop_up: tuple[np.ndarray, ...]
    hop_down: tuple[np.ndarray, ...]
    level: tuple[np.ndarray, np.ndarray]
    source: np.ndarray
    sign: np.ndarray
    unfold: tuple[np.ndarray, ...]

    @property
    def dimension(self) -> int:
        return self.free * len(self.down) + self.fold.shape[1]

    @property
    def dtype(self) -> np.dtype:
        return np.result_type(self.hop_up[3], self.hop_down[2], self.fold.dtype)

    def apply(self, vector: np.ndarray, out: np.ndarray | None = None, scale: float = 0.0) -> np.ndarray:
        """Return H psi + scale out, written into ``out`` where given; psi flat, (dimension,)."""
        phi = self._rows(vector)
        image = np.empty_like(phi)
        tiles.hop_rows(image, phi, self.hop_down, self.level, 0.0)
        Rows(phi.size)(_up_hops, (0, len(self.rows)), image, phi, *self.hop_up, self.source, self.sign)
        return added(self._folded(image), out, scale)

    def matrix(self, vector: np.ndarray) -> np.ndarray:
        """Return all amplitudes psi[I, J]."""
        psi = np.empty((len(self.up), len(self.down)), dtype=self.dtype)
        phi = self._rows(vector)
        Rows(psi.size)(_unfold, (0, len(psi)), psi, phi, *self.unfold, self.source, self.sign)
        return psi

    def _rows(self, vector: np.ndarray) -> np.ndarray:
        whole = np.empty(len(self.rows) * len(self.down), dtype=np.result_type(self.dtype, vector))
        cut = self.free * len(self.down)
        whole[:cut] = vector[:cut]
        whole[cut:] = self.fold @ vector[cut:]
        return whole.reshape(len(self.rows), len(self.down))

    def _folded(self, phi: np.ndarray) -> np.ndarray:
        whole, cut = phi.ravel(), self.free * len(self.down)
        return np.concatenate([whole[:cut], self.fold.conj().T @ whole[cut:]])


@dataclass(frozen=True, slots=True, eq=False)
class OrbitSector:
    """Any model at fixed numbers and momentum: the matrix between orbits, and the whole sector it came from."""

    whole: Sector | ProjectedSector
    orbits: csr_matrix
    stored: csr_matrix

    @property
    def up(self) -> np.ndarray:
        return self.whole.up

    @property
    def down(self) -> np.ndarray:
        return self.whole.down

    @property
    def dimension(self) -> int:
        return self.stored.shape[0]

    @property
    def dtype(self) -> np.dtype:
        return self.stored.dtype

    def apply(self, vector: np.ndarray, out: np.ndarray | None = None, scale: float = 0.0) -> np.ndarray:
        """Return H psi + scale out, written into ``out`` where given; psi flat, (dimension,)."""
        return added(self.stored @ vector, out, scale)

    def matrix(self, vector: np.ndarray) -> np.ndarray:
        """Return all amplitudes psi[I, J]."""
        return self.whole.matrix(self.orbits @ vector)


def momentum_sector(model: Hubbard | TJ, particles: tuple[int, int], number: int) -> RowSector | OrbitSector:
    """Return the Hamiltonian of ``model`` with (N_up, N_dn) electrons and wavevector ``number`` of its cluster.

    Raises
    ------
    InvalidInput : numbers that do not fit; a wavevector that is none; an interaction without the translations.
    """
    dimension(model, particles)
    momentum.check_invariant(model)
    chi = momentum.characters(model.cluster, number)
    whole = sector(model, particles)
    if isinstance(whole, Sector) and not whole.flips:
        return _by_rows(whole, model.cluster.translations, chi)
    return _by_orbits(whole, model.cluster.translations, chi)


def row_bytes(model: Hubbard | TJ, particles: tuple[int, int], word: int) -> int:
    """Return the bytes that a sector of one momentum needs for a Lanczos run, without any whole wave function."""
    size, cells = dimension(model, particles), len(model.cluster.translations)
    if isinstance(model, Hubbard) and model.J is None:
        return 8 * word * size // cells
    bonds = np.count_nonzero(np.abs(model.cluster.hopping) + np.abs(model.J)) + model.cluster.sites
    product = (
        dimension(Hubbard(model.cluster, 0.0), particles) if isinstance(model, TJ) else 0
    )  # of both bases
    return size * (2 * bonds + cells) * (word + 8) + 9 * product


def _by_rows(whole: Sector, translations: np.ndarray, chi: np.ndarray) -> RowSector:
    up = momentum.moves(whole.up, translations)
    down = momentum.moves(whole.down, translations)
    leader = up.target.min(axis=0)
    still = (up.target == np.arange(len(whole.up))).sum(axis=0)  # size of each stabiliser
    reps = np.unique(leader)
    rows = reps[np.argsort(still[reps] > 1, kind="stable")]
    row_of = np.empty(len(whole.up), dtype=np.int64)
    row_of[rows] = np.arange(len(rows))
    reach = np.empty(
        len(whole.up), dtype=np.int64
    )  # translation that carries the leader to each configuration
    for g in range(len(chi) - 1, -1, -1):
        reach[up.target[g, rows]] = g
    weight = 1 / np.sqrt(still)  # square root of an orbit's size, up to a factor that all share
    factor = np.conj(chi)[reach] * up.sign[reach, leader]
    hops = whole.hop_up[rows].tocsr()
    target, start = hops.indices, hops.indptr
    origin = np.repeat(rows, np.diff(start))
    value = hops.data * factor[target] * weight[origin] / weight[target]
    hop_up = (start, row_of[leader[target]], reach[target], value)
    inverse = down.inverse
    free = int((still[rows] == 1).sum())
    hop_down = (whole.hop_down.indptr, whole.hop_down.indices, whole.hop_down.data)
    spread = factor / (np.sqrt(len(chi)) * weight)
    return RowSector(
        whole.up,
        whole.down,
        rows,
        free,
        _fold(rows[free:], up, down, chi),
        hop_up,
        hop_down,
        (whole.left[rows], whole.right),
        inverse.target.astype(np.int32),
        inverse.sign,
        (row_of[leader], reach, spread),
    )


def _fold(rows: np.ndarray, up: momentum.Moves, down: momentum.Moves, chi: np.ndarray) -> csr_matrix:
    """Return the isometry from stored amplitudes to rows that a stabiliser leaves in place."""
    blocks = []
    for r in rows:
        keep = np.flatnonzero(up.target[:, r] == r)
        blocks.append(
            momentum.isometry(down.target[keep], up.sign[keep, r][:, None] * down.sign[keep], chi[keep])
        )
    if not blocks:
        return csr_matrix((0, 0), dtype=chi.dtype)
    return block_diag(blocks, format="csr")


def _by_orbits(whole: Sector | ProjectedSector, translations: np.ndarray, chi: np.ndarray) -> OrbitSector:
    up, down = (momentum.moves(states, translations) for states in (whole.up, whole.down))
    n = len(whole.down)
    if isinstance(whole, ProjectedSector):
        place, matrix = whole.place, whole.stored
    else:
        place, matrix = np.arange(whole.dimension), _stored(whole)
    a, b = place // n, place % n
    target = np.searchsorted(place, up.target[:, a] * n + down.target[:, b])
    orbits = momentum.isometry(target, up.sign[:, a] * down.sign[:, b], chi)
    stored = csr_matrix(orbits.conj().T @ (matrix @ orbits))
    return OrbitSector(whole, orbits, stored)


def _stored(whole: Sector) -> csr_matrix:
    """Return the Hamiltonian of a whole Hubbard sector as one sparse matrix."""
    n_up, n_dn = len(whole.up), len(whole.down)
    matrix = kron(whole.hop_up, identity(n_dn)) + kron(identity(n_up), whole.hop_down)
    matrix = matrix + diags_array((whole.left @ whole.right.T).ravel())
    for strength, on_up, on_down in whole.flips:
        matrix = matrix + strength * kron(on_up, on_down)
    return csr_matrix(matrix)


@njit(cache=True, error_model="numpy", nogil=True)
def _up_hops(first, last, out, phi, start, row, carry, value, source, sign):  # type: ignore[no-untyped-def]
    """Add the hops of the up electrons to rows first to last of ``out``."""
    for a in range(first, last):
        for k in range(start[a], start[a + 1]):
            v, r, g = value[k], row[k], carry[k]
            for b in range(phi.shape[1]):
                out[a, b] += v * sign[g, b] * phi[r, np.uint64(source[g, b])]


@njit(cache=True, error_model="numpy", nogil=True)
def _unfold(first, last, psi, phi, row, carry, factor, source, sign):  # type: ignore[no-untyped-def]
    for a in range(first, last):
        v, r, g = factor[a], row[a], carry[a]
        for b in range(phi.shape[1]):
            psi[a, b] = v * sign[g, b] * phi[r, np.uint64(source[g, b])]
