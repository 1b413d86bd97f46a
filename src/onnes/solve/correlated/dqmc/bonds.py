"""Bonds of the hopping matrix: their kinetic energies and currents, and the correlations of two bonds.

A bond (i -> j) carries the kinetic energy ``K = sum_s (h_ij c+_i c_j + h_ji c+_j c_i)`` and the current from i to j
``J = i sum_s (h_ij c+_i c_j - h_ji c+_j c_i)``, so that hbar dn_i/dt = -sum_j J(i -> j) (meV). With a vector potential
that turns h_ij into h_ij exp(i A.(r_i - r_j)), dH/dA = -sum d J and d2H/dA2 = -sum d^2 K, with d = r_j - r_i.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.model.correlated.hubbard import Cluster
from onnes.model.correlated.translations import PairClasses

FAST = {"cache": True, "error_model": "numpy", "nogil": True}
"""Sums in the order in which they are written: what LLVM may reorder or contract depends on what it inlines, and
then a run that compiles differs in its last bits from one that finds the compiled code."""


class Bonds(NamedTuple):
    """Classes of bonds under translations; every pair of sites that the hopping joins is one bond.

    Parameters
    ----------
    ends : int64 (bond class, 2), sites i, j of one bond of each class.
    hop : (bond class,), h_ij, meV.
    count : int64 (bond class,), bonds of the class on the cluster.
    displacement : float (bond class, axis), place of j less that of i.
    """

    ends: np.ndarray
    hop: np.ndarray
    count: np.ndarray
    displacement: np.ndarray


def bond_classes(cluster: Cluster, classes: PairClasses) -> Bonds:
    """Return the classes of bonds of ``cluster``; of the two directions the one with the larger displacement.

    A bond that a translation turns round (a side of two cells) is one class; its count is half the pairs.
    """
    linked = np.abs(cluster.hopping) > 0
    np.fill_diagonal(linked, False)
    reverse, chosen = classes.reverse, []
    for d in np.unique(classes.index[linked]):
        there, back = (tuple(classes.displacement[c]) for c in (d, reverse[d]))
        if (there, -d) >= (back, -reverse[d]):
            chosen.append(int(d))
    ends = np.array([np.argwhere(classes.index == d)[0] for d in chosen], dtype=np.int64).reshape(-1, 2)
    halves = [2 if reverse[d] == d else 1 for d in chosen]
    return Bonds(
        ends,
        cluster.hopping[ends[:, 0], ends[:, 1]].copy(),
        (classes.size[chosen] // np.array(halves, dtype=np.int64)).astype(np.int64),
        classes.displacement[chosen],
    )


@njit(**FAST)
def add_bond_energies(green, sign, moves, ends, hop, out):
    """Add sign <K> of each bond class, mean over translations, to ``out`` (bond class,)."""
    weight = sign / len(moves)
    for b in range(len(hop)):
        forward, backward = hop[b], np.conj(hop[b])
        value = hop.dtype.type(0.0) * green[0, 0, 0]
        for t in range(len(moves)):
            i, j = moves[t, ends[b, 0]], moves[t, ends[b, 1]]
            value -= forward * (green[0, j, i] + green[1, j, i]) + backward * (
                green[0, i, j] + green[1, i, j]
            )
        out[b] += weight * value


@njit(**FAST)
def add_bond_pairs(green, sign, moves, ends, hop, out_energy, out_current):
    """Add sign <K_b K_b'> and sign <J_b J_b'> to two arrays (bond class, bond class, cell).

    Entry (b, b', c) is the mean over translations T of the bond T b and the bond T T_c b'. With D = <c+ c>, G = <c c+>
    of one spin, <c+_i c_j c+_k c_l> = D_ij D_kl + D_il G_jk; the first product also mixes the spins.
    """
    cells, sites, n_bonds = len(moves), moves.shape[1], len(hop)
    weight = sign / cells
    mean_energy = np.empty((n_bonds, cells), green.dtype)
    mean_current = np.empty((n_bonds, cells), green.dtype)
    rows = np.empty((4, 2, sites), green.dtype)
    for t in range(cells):
        move = moves[t]
        for e in range(n_bonds):
            for c in range(cells):
                k, m = move[moves[c, ends[e, 0]]], move[moves[c, ends[e, 1]]]
                there = hop[e] * (green[0, m, k] + green[1, m, k])
                back = np.conj(hop[e]) * (green[0, k, m] + green[1, k, m])
                mean_energy[e, c] = -(there + back)
                mean_current[e, c] = -(there - back)
        for b in range(n_bonds):
            i, j = move[ends[b, 0]], move[ends[b, 1]]
            _rows(green, move, i, j, rows)
            there = hop[b] * (green[0, j, i] + green[1, j, i])
            back = np.conj(hop[b]) * (green[0, i, j] + green[1, i, j])
            for e in range(n_bonds):
                _add_pairs_of_classes(
                    rows, moves, ends[e], hop[b], hop[e], weight, out_energy[b, e], out_current[b, e]
                )
                for c in range(cells):
                    out_energy[b, e, c] -= weight * (there + back) * mean_energy[e, c]
                    out_current[b, e, c] += weight * (there - back) * mean_current[e, c]


@njit(**FAST)
def _rows(green, move, i, j, rows):
    """Fill D_i, D_j, G_i, G_j of both spins, for the second site in the order of ``move``."""
    for s in range(2):
        for x in range(len(move)):
            y = move[x]
            rows[0, s, x] = -green[s, y, i]
            rows[1, s, x] = -green[s, y, j]
            rows[2, s, x] = green[s, i, y]
            rows[3, s, x] = green[s, j, y]
            if y == i:
                rows[0, s, x] += 1.0
            if y == j:
                rows[1, s, x] += 1.0


@njit(**FAST)
def _add_pairs_of_classes(rows, moves, ends, first, second, weight, energy, current):
    """Add the connected part of one bond with all bonds of one class: ``energy``, ``current`` (cell,)."""
    both, mixed = weight * first * second, weight * first * np.conj(second)
    both_back, mixed_back = weight * np.conj(first * second), weight * np.conj(first) * second
    for c in range(len(moves)):
        k, m = moves[c, ends[0]], moves[c, ends[1]]
        alike = both * (rows[0, 0, m] * rows[3, 0, k] + rows[0, 1, m] * rows[3, 1, k])
        alike += both_back * (rows[1, 0, k] * rows[2, 0, m] + rows[1, 1, k] * rows[2, 1, m])
        turned = mixed * (rows[0, 0, k] * rows[3, 0, m] + rows[0, 1, k] * rows[3, 1, m])
        turned += mixed_back * (rows[1, 0, m] * rows[2, 0, k] + rows[1, 1, m] * rows[2, 1, k])
        energy[c] += turned + alike
        current[c] += turned - alike
