"""Off-diagonal order of a many-electron state: density matrices of singlet pairs and of pair fields.

Delta+_ij = (c+_i,up c+_j,dn + c+_j,up c+_i,dn)/sqrt(2) creates a singlet on two sites, Delta+_ii = c+_i,up c+_i,dn
one on a single site. <Delta+_a Delta_b> is a density matrix of pairs: where one of its eigenvalues grows with the
number of electrons, the state has off-diagonal long-range order (C. N. Yang, Rev. Mod. Phys. 34, 694 (1962)).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import TJ, Cluster
from onnes.model.correlated.translations import pair_classes
from onnes.solve.correlated import basis
from onnes.solve.correlated.observables import BLOCK
from onnes.state import State

Form = Literal["s", "extended_s", "d"]


def pair_density(state: State, pairs: Sequence[tuple[int, int]] | None = None) -> State:
    """Return the state with its density matrix of singlet pairs, rho_ab = <Delta+_a Delta_b>, and its eigenvalues.

    ``singlet_density_uncorrelated`` is what the same one-particle densities give without correlations of two electrons,
    <c+_i,up c_k,up><c+_j,dn c_l,dn>; the difference is what pairing, or repulsion, adds.

    Parameters
    ----------
    state : of method ``"exact"`` with its wave function.
    pairs : sites (i, j) of each pair, i = j for a pair on one site; all sites and nearest bonds where absent.

    Returns
    -------
    The state with ``singlet_sites``, ``singlet_density``, ``singlet_density_uncorrelated``, ``singlet_occupation``
    (eigenvalues, the largest first) and ``singlet_wave`` (the eigenvector of the largest).

    Raises
    ------
    InvalidInput : a state without wave function, or pairs that are none or are given twice.
    """
    psi, up, down = _wave(state)
    sites = state.model.cluster.sites
    chosen = _default_pairs(state.model.cluster) if pairs is None else _checked(pairs, sites)
    rho = _gram(psi, up, down, sites, chosen)
    free = _uncorrelated(psi, up, down, sites, chosen)
    values, vectors = np.linalg.eigh(rho)
    return state.with_fields(
        singlet_pair=np.arange(len(chosen)),
        singlet_pair_to=np.arange(len(chosen)),
        singlet_end=np.arange(2),
        singlet_sites=chosen,
        singlet_density=rho,
        singlet_density_uncorrelated=free,
        singlet_mode=np.arange(len(chosen)),
        singlet_occupation=values[::-1],
        singlet_wave=vectors[:, -1],
    )


def pair_field(state: State, form: Form) -> State:
    """Return the state with correlations of the pair field of one symmetry at each site.

    Delta_i = c_i,up c_i,dn of ``"s"``; otherwise Delta_i = sum_d f_d (c_i,up c_i+d,dn - c_i,dn c_i+d,up)/2 over nearest
    neighbours, f = 1 of ``"extended_s"``, and of ``"d"`` f = 1 along the first axis, -1 along the second. A bond that
    is closed around a side of two cells counts once. ``pair_field_correlation`` is <Delta+_i Delta_j>,
    ``pair_field_addition`` <Delta_i Delta+_j> (of a t-J model with projected operators), ``pair_field_uncorrelated``
    what the one-particle densities alone give for the former.

    Raises
    ------
    InvalidInput : a state without wave function; a d wave where bonds do not run along two axes.
    """
    psi, up, down = _wave(state)
    cluster = state.model.cluster
    chosen, weights = _form(cluster, form)
    rho = weights.T @ _gram(psi, up, down, cluster.sites, chosen) @ weights
    projected = isinstance(state.model, TJ)
    more = weights.T @ _gram(psi, up, down, cluster.sites, chosen, +1, projected=projected) @ weights
    free = weights.T @ _uncorrelated(psi, up, down, cluster.sites, chosen) @ weights
    return state.with_fields(
        cluster_site_to=np.arange(cluster.sites),
        pair_field_correlation=rho,
        pair_field_addition=more,
        pair_field_uncorrelated=free,
    )


def nearest_pairs(cluster: Cluster) -> tuple[np.ndarray, np.ndarray]:
    """Return sites (bond, 2), i < j, of the shortest bonds that the hopping joins, and displacements (bond, axis)."""
    classes = pair_classes(cluster)
    apart = classes.displacement[classes.index]
    length = np.round(np.linalg.norm(apart, axis=-1), 9)
    linked = (np.abs(cluster.hopping) > 0) & ~np.eye(cluster.sites, dtype=bool)
    if not np.any(linked):
        raise InvalidInput("a cluster without bonds", "give the pairs, or a cluster that hops")
    chosen = np.argwhere(np.triu(linked & (length == length[linked].min()), 1))
    return chosen, apart[chosen[:, 0], chosen[:, 1]]


def _default_pairs(cluster: Cluster) -> np.ndarray:
    local = np.repeat(np.arange(cluster.sites), 2).reshape(-1, 2)
    return np.concatenate([local, nearest_pairs(cluster)[0]])


def _checked(pairs: Sequence[tuple[int, int]], sites: int) -> np.ndarray:
    chosen = np.atleast_2d(np.array(pairs, dtype=int))
    if chosen.ndim != 2 or chosen.shape[1] != 2 or chosen.min() < 0 or chosen.max() >= sites:
        raise InvalidInput("pairs that are no pairs of sites", f"give pairs of numbers from 0 to {sites - 1}")
    if len(np.unique(np.sort(chosen, axis=1), axis=0)) < len(chosen):
        raise InvalidInput(
            "a pair given twice", "give each pair of sites once: (i, j) and (j, i) are the same"
        )
    return chosen


def _form(cluster: Cluster, form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of a symmetry and the weight of each in the field of every site, (pair, site)."""
    n = cluster.sites
    if form == "s":
        return np.repeat(np.arange(n), 2).reshape(-1, 2), np.eye(n)
    if form not in ("extended_s", "d"):
        raise InvalidInput(f"a pair field of form {form!r}", "take 's', 'extended_s' or 'd'")
    chosen, apart = nearest_pairs(cluster)
    sign = np.ones(len(chosen))
    if form == "d":
        if apart.shape[1] != 2 or np.any(np.count_nonzero(np.round(apart, 6), axis=1) != 1):
            raise InvalidInput("a d wave on bonds that do not run along two axes", "take a square cluster")
        sign = np.where(np.abs(apart[:, 0]) > np.abs(apart[:, 1]), 1.0, -1.0)
    weights = np.zeros((len(chosen), n))
    for end in (0, 1):
        weights[np.arange(len(chosen)), chosen[:, end]] = sign / np.sqrt(
            2
        )  # Delta_b holds 1/sqrt(2), the field 1/2
    return chosen, weights


def _strength(pairs: np.ndarray) -> np.ndarray:
    """Return w of Delta+ = w (c+_i,up c+_j,dn + c+_j,up c+_i,dn)."""
    return np.where(pairs[:, 0] == pairs[:, 1], 0.5, np.sqrt(0.5))


def _gram(
    psi: np.ndarray,
    up: np.ndarray,
    down: np.ndarray,
    sites: int,
    pairs: np.ndarray,
    change: Literal[-1, 1] = -1,
    *,
    projected: bool = False,
) -> np.ndarray:
    """Return overlaps of the vectors Delta_b psi (change -1), or of Delta+_b psi (+1).

    Blocks of rows at a time. The sign (-1)^N_up of a down operator behind the up ones is common to all.
    """
    counts = [int(np.bitwise_count(states[0])) + change for states in (up, down)]
    rho = np.zeros((len(pairs), len(pairs)), dtype=psi.dtype)
    if min(counts) < 0 or max(counts) > sites:
        return rho
    new_up, new_dn = (basis.configurations(sites, k) for k in counts)
    act_up = [_one_operator(up, new_up, i, change) for i in range(sites)]
    act_dn = [_one_operator(down, new_dn, i, change) for i in range(sites)]
    step = max(1, BLOCK // ((sites + len(pairs)) * max(len(down), len(new_dn))))
    strength = _strength(pairs)
    for first in range(0, len(new_up), step):
        part = slice(first, min(first + step, len(new_up)))
        left = [np.ascontiguousarray((act[part] @ psi).T) for act in act_up]
        rows = [
            w * (act_dn[j] @ left[i] + act_dn[i] @ left[j]) for (i, j), w in zip(pairs, strength, strict=True)
        ]
        stack = np.array(rows)
        if projected:
            stack[:, (new_dn[:, None] & new_up[None, part]) != 0] = 0
        stack = stack.reshape(len(pairs), -1)
        rho += stack.conj() @ stack.T
    return rho


def _one_operator(old: np.ndarray, new: np.ndarray, site: int, change: int) -> csr_matrix:
    """Return c_site (change -1) or c+_site (+1) from configurations ``old`` to ``new``, sparse (new, old)."""
    return basis.creation(new, old, site).T.tocsr() if change < 0 else basis.creation(old, new, site)


def one_particle_density(psi: np.ndarray, rows: np.ndarray, sites: int) -> np.ndarray:
    """Return <c+_i c_j> (site, site) of the species whose configurations number the rows of ``psi``."""
    count, found = int(np.bitwise_count(rows[0])), np.zeros((sites, sites), dtype=psi.dtype)
    if count == 0:
        return found
    fewer = basis.configurations(sites, count - 1)
    take = [basis.creation(fewer, rows, i).T.tocsr() for i in range(sites)]
    step = max(1, BLOCK // (sites * psi.shape[1]))
    for first in range(0, len(fewer), step):
        part = slice(first, min(first + step, len(fewer)))
        stack = np.array([(t[part] @ psi).ravel() for t in take])
        found += stack.conj() @ stack.T
    return found


def _uncorrelated(
    psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int, pairs: np.ndarray
) -> np.ndarray:
    g_up = one_particle_density(psi, up, sites)
    g_dn = one_particle_density(np.ascontiguousarray(psi.T), down, sites)
    total = np.zeros((len(pairs), len(pairs)), dtype=psi.dtype)
    for i, j in (pairs.T, pairs.T[::-1]):
        for k, m in (pairs.T, pairs.T[::-1]):
            total += g_up[np.ix_(i, k)] * g_dn[np.ix_(j, m)]
    strength = _strength(pairs)
    return strength[:, None] * total * strength


def _wave(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if state.method != "exact" or "many_body_amplitudes" not in state:
        raise InvalidInput(
            f"a {state.method} state without wave function",
            "solve.exact_diagonalisation(keep_wavefunction=True)",
        )
    return state["many_body_amplitudes"], state["configuration_up"], state["configuration_down"]
