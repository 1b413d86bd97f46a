"""Singlet pairs on neighbouring sites: extended-s and d-wave form factors and their correlations.

``Delta_f(i) = 1/2 sum_d f(d) (c_i,up c_i+d,dn - c_i,dn c_i+d,up)``, d over the steps +-1 along each axis between
orbitals of one kind; f = 1 for extended s, and +1 along the first axis, -1 along the second for d. Then sum_i
Delta_d(i) = sum_k 2 (cos kx - cos ky) c_k,up c_-k,dn.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.errors import InvalidModel
from onnes.model.correlated.hubbard import Cluster
from onnes.model.correlated.translations import PairClasses, neighbours
from onnes.solve.correlated.dqmc.bonds import FAST


class PairForms(NamedTuple):
    """Form factors of pair fields.

    Parameters
    ----------
    partner : int64 (site, step), second site of a pair. weight : float (form, site, step), f(d), zero where a step
        leads out of an open cluster. names : one for each form.
    """

    partner: np.ndarray
    weight: np.ndarray
    names: tuple[str, ...]


NO_FORMS = PairForms(np.zeros((0, 0), np.int64), np.zeros((0, 0, 0)), ())
"""Where no pairs of neighbours are measured."""


def pair_forms(cluster: Cluster, classes: PairClasses) -> PairForms:
    """Return extended s, and on clusters of two axes also d.

    Raises
    ------
    InvalidModel : a cluster in which no site has a neighbour one step away.
    """
    axes = cluster.positions.shape[1]
    steps = [sign * row for row in np.eye(axes) for sign in (1, -1)]
    found = np.stack([neighbours(cluster, classes, step) for step in steps], axis=1)
    if np.all(found < 0):
        raise InvalidModel("positions", "no site one step from another", "in units of the translations")
    signs = [np.ones(len(steps))] + ([np.array([1.0, 1.0, -1.0, -1.0])] if axes == 2 else [])
    weight = np.array([np.where(found >= 0, sign, 0.0) for sign in signs])
    return PairForms(np.maximum(found, 0), weight, ("extended_s", "d_wave")[: len(signs)])


@njit(**FAST)
def add_pair_fields(green, sign, forward, backward, partner, weight, out):
    """Add sign <Delta_f(i) Delta_f(j)+>, mean over each class, to ``out`` (form, class).

    With F_ij = f(j - i), per configuration and before the factor 1/4: G_up (F G_dn F^T) + (G_up F^T)(F G_dn), and the
    same with the spins exchanged, products element by element.
    """
    sites, cells = green.shape[1], forward.shape[1]
    scale = sign / (4.0 * cells)
    right = np.empty((2, sites, sites), green.dtype)  # transpose of G F^T
    left = np.empty((2, sites, sites), green.dtype)
    both = np.empty((2, sites, sites), green.dtype)  # transpose of F G F^T
    turned = np.empty((3, sites, sites), green.dtype)
    for s in range(2):
        _transpose(green[s], turned[s])
    for f in range(len(weight)):
        for s in range(2):
            _combine(green[s], partner, weight[f], left[s])
            _combine(turned[s], partner, weight[f], right[s])
            _transpose(left[s], turned[2])
            _combine(turned[2], partner, weight[f], both[s])
        _add_products(green, left, right, both, forward, backward, scale, out[f])


@njit(**FAST)
def _add_products(green, left, right, both, forward, backward, scale, out):
    up, down = green[0].reshape(-1), green[1].reshape(-1)
    left_up, left_down = left[0].reshape(-1), left[1].reshape(-1)
    right_up, right_down = right[0].reshape(-1), right[1].reshape(-1)
    both_up, both_down = both[0].reshape(-1), both[1].reshape(-1)
    for d in range(len(forward)):
        value = green.dtype.type(0.0)
        for t in range(forward.shape[1]):
            p, q = forward[d, t], backward[d, t]
            value += up[p] * both_down[q] + down[p] * both_up[q]
            value += right_up[q] * left_down[p] + right_down[q] * left_up[p]
        out[d] += scale * value


@njit(**FAST)
def _combine(matrix, partner, weight, out):
    """Rows of F M: out_i = sum_d f(d) M_(i + d)."""
    for i in range(len(matrix)):
        out[i] = 0.0
        for m in range(partner.shape[1]):
            w, k = weight[i, m], partner[i, m]
            for j in range(len(matrix)):
                out[i, j] += w * matrix[k, j]


@njit(**FAST)
def _transpose(matrix, out):
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            out[j, i] = matrix[i, j]
