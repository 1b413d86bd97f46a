"""Configurations of one spin species as bits, and what fermion operators do to them.

Bit i is site i. A configuration stands for c+_i c+_j ... |0> with i < j < ...; c+_i c_j then carries the sign
(-1)^(electrons strictly between i and j).
"""

import numpy as np
from scipy.sparse import csr_matrix


def configurations(sites: int, electrons: int) -> np.ndarray:
    """Return int64 (n,): all ways to place ``electrons`` on ``sites``, in rising order."""
    found = np.zeros(1, dtype=np.int64)
    counts = np.zeros(1, dtype=np.int64)
    for i in range(sites):  # numbers stay sorted: those with bit i set are larger than all without it
        found = np.concatenate([found, found | (1 << i)])
        counts = np.concatenate([counts, counts + 1])
        keep = (counts <= electrons) & (counts + sites - 1 - i >= electrons)
        found, counts = found[keep], counts[keep]
    return found


def occupations(states: np.ndarray, sites: int) -> np.ndarray:
    """Return float (n, site): 1 where a configuration holds an electron."""
    return ((states[:, None] >> np.arange(sites)) & 1).astype(float)


def sign_before(states: np.ndarray, site: int) -> np.ndarray:
    """Return int (n,): (-1)^(electrons on sites below ``site``)."""
    return 1 - 2 * (np.bitwise_count(states & ((1 << site) - 1)).astype(np.int64) & 1)


def moved(states: np.ndarray, i: int, j: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Apply c+_i c_j (i and j differ): return numbers of the states that survive, new bits, signs."""
    source = np.flatnonzero(((states >> j) & 1 == 1) & ((states >> i) & 1 == 0))
    without = states[source] ^ (1 << j)
    signs = sign_before(states[source], j) * sign_before(without, i)
    return source, without | (1 << i), signs


def bond_operator(states: np.ndarray, i: int, j: int) -> csr_matrix:
    """Return c+_i c_j between the configurations of one number of electrons, sparse (n, n)."""
    source, bits, signs = moved(states, i, j)
    target = np.searchsorted(states, bits)
    return csr_matrix((signs.astype(float), (target, source)), shape=(len(states),) * 2)


def one_particle(states: np.ndarray, matrix: np.ndarray) -> csr_matrix:
    """Return sum_ij h_ij c+_i c_j without its diagonal, sparse (n, n)."""
    rows, columns, values = [], [], []
    for i, j in zip(*np.nonzero(matrix), strict=True):
        if i != j:
            source, bits, signs = moved(states, int(i), int(j))
            rows.append(np.searchsorted(states, bits))
            columns.append(source)
            values.append(signs * matrix[i, j])
    if not rows:
        return csr_matrix((len(states),) * 2, dtype=matrix.dtype)
    triplet = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return csr_matrix(triplet, shape=(len(states),) * 2)


def creation(lower: np.ndarray, upper: np.ndarray, site: int) -> csr_matrix:
    """Return c+_site from configurations of N electrons to those of N + 1, sparse (upper, lower)."""
    source = np.flatnonzero((lower >> site) & 1 == 0)
    target = np.searchsorted(upper, lower[source] | (1 << site))
    signs = sign_before(lower[source], site).astype(float)
    return csr_matrix((signs, (target, source)), shape=(len(upper), len(lower)))
