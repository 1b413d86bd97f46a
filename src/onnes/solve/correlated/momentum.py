"""Sectors of total momentum: translations of a cluster as symmetries of its many-electron states.

A translation g carries c+_r to c+_{r+R} and a configuration to another one, with the sign of putting its
operators back in order. States of wavevector q obey T_R psi = exp(-2 pi i q.R) psi, as c+_q = sum_r
exp(2 pi i q.r) c+_r does. Of each orbit one representative is kept, so that a sector is smaller by the
number of cells.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import TJ, Cluster, Hubbard

ROUND = 1e-9
"""Rounding of phases: characters closer than this are equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What the translations do to the configurations of one spin: g |I> = sign[g, I] |target[g, I]>.

    Parameters
    ----------
    target : int64 (translation, configuration). sign : float (translation, configuration).
    """

    target: np.ndarray
    sign: np.ndarray

    @property
    def inverse(self) -> "Moves":
        """g^-1 |I> in the same form: numbers and signs of where each configuration came from."""
        source = np.argsort(self.target, axis=1)
        return Moves(source, np.take_along_axis(self.sign, source, axis=1))


def moves(states: np.ndarray, translations: np.ndarray) -> Moves:
    """Return how ``translations`` (cell, site) act on the configurations ``states`` of one spin, in rising order."""
    sites = translations.shape[1]
    filled = [(states >> i) & 1 for i in range(sites)]
    target, sign = [], []
    for move in translations:
        bits, swaps = np.zeros_like(states), np.zeros_like(states)
        for i in range(sites):
            bits |= filled[i] << int(move[i])
            for j in range(i):
                if move[j] > move[i]:
                    swaps += filled[i] & filled[j]
        target.append(np.searchsorted(states, bits))
        sign.append(1.0 - 2.0 * (swaps & 1))
    return Moves(np.array(target), np.array(sign))


def characters(cluster: Cluster, momentum: int) -> np.ndarray:
    """Return chi(g) = exp(-2 pi i q.R_g) of each translation, float where all are +-1.

    Raises
    ------
    InvalidInput : a number of no wavevector; translations that are no group with these characters.
    """
    waves, shifts = cluster.wavevectors, cluster.translations
    if int(momentum) != momentum or not 0 <= momentum < len(waves):
        raise InvalidInput(f"momentum {momentum}", f"give the number of a wavevector, 0 to {len(waves) - 1}")
    step = cluster.positions[shifts[:, 0]] - cluster.positions[0]
    chi = np.exp(-2j * np.pi * step @ waves[int(momentum)])
    known = {tuple(move): g for g, move in enumerate(shifts.tolist())}
    for g, move in enumerate(shifts):
        for h, other in enumerate(shifts):
            product = known.get(tuple(move[other].tolist()))
            if product is None or abs(chi[product] - chi[g] * chi[h]) > ROUND:
                raise InvalidInput(
                    "translations that are no group with phases exp(-2 pi i q.R)",
                    "give all translations of the cluster, and its allowed wavevectors",
                )
    return np.round(chi.real) if np.abs(chi.imag).max() < ROUND else chi


def check_invariant(model: Hubbard | TJ) -> None:
    """Raise `InvalidInput` where an interaction differs from cell to cell: momentum is not conserved then."""
    local = (model.J,) if isinstance(model, TJ) else (np.diag(model.U), model.V, model.J)
    for matrix in (m for m in local if m is not None):
        for move in model.cluster.translations:
            if np.abs(matrix[np.ix_(move, move)] - matrix).max() > ROUND * max(np.abs(matrix).max(), 1e-300):
                raise InvalidInput(
                    "an interaction that the translations of the cluster change",
                    "leave momentum out, or give U, V and J the symmetry of the cluster",
                )


def isometry(target: np.ndarray, sign: np.ndarray, chi: np.ndarray) -> csr_matrix:
    """Return orthonormal columns of momentum chi, sparse (configuration, orbit).

    A column is sum_g chi(g)* g |r>, normalised, of a representative r; orbits where the sum vanishes have none.

    Parameters
    ----------
    target, sign : (translation, configuration), g |i> = sign[g, i] |target[g, i]>. chi : (translation,).
    """
    first = np.unique(target.min(axis=0))
    rows = target[:, first]
    columns = np.broadcast_to(np.arange(len(first)), rows.shape)
    values = np.conj(chi)[:, None] * sign[:, first]
    shape = (target.shape[1], len(first))
    table = csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape)  # equal places add up
    norm = np.sqrt(np.asarray(abs(table).power(2).sum(axis=0)).ravel())
    keep = norm > 0.5  # a sum over a stabiliser is zero or a whole number
    kept = table.tocsc()[:, keep].tocsr()
    kept.data = kept.data / norm[keep][kept.indices]
    kept.data[np.abs(kept.data) < ROUND] = 0
    kept.eliminate_zeros()
    return kept
