"""Two-site correlators and the weight of double occupancy (compiled): change of the logarithm of the amplitude.

States of a site: 0 empty, 1 up, 2 down, 3 both. ``local`` (4, site) holds what a site feels from all others: sum v n,
sum w m, sum x h (acts on d) and sum x d (acts on h).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.model.correlated.gutzwiller import ProjectedBCS


class Factors(NamedTuple):
    """``full``: 1 where double occupancy is forbidden; ``active``: 1 where there is any two-site factor."""

    full: int
    active: int
    log_g: float
    v: np.ndarray
    w: np.ndarray
    x: np.ndarray


def factors_of(trial: ProjectedBCS) -> Factors:
    """Return the summed correlators of a trial state."""
    n = trial.cluster.sites
    total = {kind: np.zeros((n, n)) for kind in ("density", "spin", "doublon-holon")}
    for correlator, strength in zip(trial.correlators, trial.strengths, strict=True):
        total[correlator.kind] += strength * correlator.pattern
    log_g = 0.0 if trial.log_gutzwiller is None else float(trial.log_gutzwiller)
    return Factors(int(trial.log_gutzwiller is None), int(len(trial.correlators) > 0), log_g, *total.values())


@njit(cache=True, error_model="numpy", nogil=True)
def charges(state):  # type: ignore[no-untyped-def]
    """Return n, m, d, h of a site."""
    up, down = state & 1, state >> 1
    return up + down, up - down, up * down, (1 - up) * (1 - down)


@njit(cache=True, error_model="numpy", nogil=True)
def fill_local(local, sites, fac):  # type: ignore[no-untyped-def]
    """Compute ``local`` from the states of all sites."""
    local[:] = 0.0
    if fac.active == 0:
        return
    for i in range(sites.shape[0]):
        for j in range(sites.shape[0]):
            n, m, d, h = charges(sites[j])
            local[0, i] += fac.v[i, j] * n
            local[1, i] += fac.w[i, j] * m
            local[2, i] += fac.x[i, j] * h
            local[3, i] += fac.x[i, j] * d


@njit(cache=True, error_model="numpy", nogil=True)
def update_local(local, i, before, after, fac):  # type: ignore[no-untyped-def]
    """Change ``local`` when site i goes from state ``before`` to ``after``."""
    if fac.active == 0:
        return
    n0, m0, d0, h0 = charges(before)
    n1, m1, d1, h1 = charges(after)
    for k in range(local.shape[1]):
        local[0, k] += fac.v[i, k] * (n1 - n0)
        local[1, k] += fac.w[i, k] * (m1 - m0)
        local[2, k] += fac.x[i, k] * (h1 - h0)
        local[3, k] += fac.x[i, k] * (d1 - d0)


@njit(cache=True, error_model="numpy", nogil=True)
def single_change(local, sites, i, after, fac):  # type: ignore[no-untyped-def]
    """Change of ln psi when one site goes to state ``after``, all others as they are."""
    n0, m0, d0, h0 = charges(sites[i])
    n1, m1, d1, h1 = charges(after)
    total = fac.log_g * (d1 - d0)
    if fac.active:
        total += (n1 - n0) * local[0, i] + (m1 - m0) * local[1, i]
        total += (d1 - d0) * local[2, i] + (h1 - h0) * local[3, i]
    return total


@njit(cache=True, error_model="numpy", nogil=True)
def cross_change(sites, i, after_i, j, after_j, fac):  # type: ignore[no-untyped-def]
    """What two sites that change together add beyond their single changes."""
    if fac.active == 0:
        return 0.0
    n0, m0, d0, h0 = charges(sites[i])
    n1, m1, d1, h1 = charges(after_i)
    k0, l0, e0, g0 = charges(sites[j])
    k1, l1, e1, g1 = charges(after_j)
    total = fac.v[i, j] * (n1 - n0) * (k1 - k0) + fac.w[i, j] * (m1 - m0) * (l1 - l0)
    return total + fac.x[i, j] * ((d1 - d0) * (g1 - g0) + (h1 - h0) * (e1 - e0))


@njit(cache=True, error_model="numpy", nogil=True)
def factor_two(local, sites, i, after_i, j, after_j, fac):  # type: ignore[no-untyped-def]
    """Ratio of the factors when sites i and j change; 0 where a double occupancy is forbidden."""
    if fac.full and (after_i == 3 or after_j == 3):
        return 0.0
    if fac.active == 0 and fac.log_g == 0.0:
        return 1.0
    total = single_change(local, sites, i, after_i, fac) + single_change(local, sites, j, after_j, fac)
    return np.exp(total + cross_change(sites, i, after_i, j, after_j, fac))


@njit(cache=True, error_model="numpy", nogil=True)
def factor_four(local, sites, where, after, fac):  # type: ignore[no-untyped-def]
    """Ratio of the factors when four different sites change; 0 where a double occupancy is forbidden."""
    total = 0.0
    for a in range(4):
        if fac.full and after[a] == 3:
            return 0.0
        total += single_change(local, sites, where[a], after[a], fac)
        for b in range(a):
            total += cross_change(sites, where[a], after[a], where[b], after[b], fac)
    return np.exp(total)


@njit(cache=True, error_model="numpy", nogil=True)
def factor_exchange(active, local, w, i, j):  # type: ignore[no-untyped-def]
    """Ratio of the factors when an up spin at i and a down spin at j change places: only spin correlators feel it."""
    if active == 0:
        return 1.0
    return np.exp(2.0 * (local[1, j] - local[1, i]) - 4.0 * w[i, j])
