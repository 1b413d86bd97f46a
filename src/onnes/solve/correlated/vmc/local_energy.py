"""Local energy of a configuration (compiled): E_L(x) = sum_x' <x|H|x'> psi(x')/psi(x), in its parts."""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.model.correlated.translations import pair_classes
from onnes.solve.correlated.vmc.factors import factor_exchange, factor_two
from onnes.solve.correlated.vmc.tableau import down_ratio, exchange_minor, up_ratio

KINETIC, EXCHANGE, DENSITY, ONSITE, EXTENDED, LEVEL, AXES = 0, 1, 2, 3, 4, 5, 6
"""Parts: hopping; sum J S.S; sum J n n; U, V about half filling; site energies and -mu N; then curvatures by axis."""


class Hamiltonian(NamedTuple):
    """Tables of a model. ``total`` (3 + ...) are the weights of the parts in the energy."""

    hop: np.ndarray  # (ordered pair, 2): start, end
    amplitude: np.ndarray  # (ordered pair,): h[start, end]
    stretch: np.ndarray  # (ordered pair, axis): squared distance along each axis
    exchange: np.ndarray  # (bond, 2)
    J: np.ndarray  # (bond,)
    U: np.ndarray  # (site,)
    V: np.ndarray  # (site, site)
    level: np.ndarray  # (site,)
    weights: np.ndarray  # (part,)
    moves: np.ndarray  # (bond, 2): bonds along which the walk moves electrons


def hamiltonian_of(model: Hubbard | TJ, geometry: np.ndarray, dtype: np.dtype) -> Hamiltonian:
    """Return the tables of a model; ``geometry`` (site, site, axis) are distances to the nearest image."""
    h, n = model.cluster.hopping, model.cluster.sites
    off = h - np.diag(np.diag(h))
    start, end = np.nonzero(off)
    j = np.zeros((n, n)) if model.J is None else model.J
    first, second = np.nonzero(np.triu(j, 1))
    tj = isinstance(model, TJ)
    v = np.zeros((n, n)) if tj or model.V is None else model.V
    weights = np.ones(AXES)
    weights[DENSITY] = -model.density if isinstance(model, TJ) else 0.0
    joined = np.argwhere(np.triu((off != 0) | (j != 0), 1))
    return Hamiltonian(
        np.ascontiguousarray(np.stack([start, end], axis=1)),
        off[start, end].astype(dtype),
        geometry[start, end] ** 2,
        np.ascontiguousarray(np.stack([first, second], axis=1)),
        j[first, second].astype(float),
        np.zeros(n) if isinstance(model, TJ) else np.array(model.U),
        np.array(v),
        np.diag(h).real - model.chemical_potential,
        weights,
        np.ascontiguousarray(joined),
    )


def distances(trial_cluster) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Return float (site, site, axis): from i to the nearest image of j."""
    classes = pair_classes(trial_cluster)
    return classes.displacement[classes.index]


@njit(cache=True, error_model="numpy", nogil=True)
def local_parts(X, sites, slot, local, ham, fac, out):  # type: ignore[no-untyped-def]
    """Write the parts of the local energy into ``out`` (6 + axis,)."""
    out[:] = 0.0
    for b in range(ham.hop.shape[0]):
        i, j = ham.hop[b, 0], ham.hop[b, 1]  # <x|h_ij c+_i c_j|x'>: x' has the electron at j instead of i
        si, sj = sites[i], sites[j]
        for spin in (1, 2):
            if si & spin and not sj & spin:
                ratio = up_ratio(X, slot, i, j) if spin == 1 else down_ratio(X, slot, i, j)
                ratio *= factor_two(local, sites, i, si ^ spin, j, sj ^ spin, fac)
                out[KINETIC] += ham.amplitude[b] * ratio
                for a in range(ham.stretch.shape[1]):
                    out[AXES + a] -= ham.amplitude[b] * ratio * ham.stretch[b, a]
    active, w = fac.active, fac.w
    for b in range(ham.exchange.shape[0]):
        i, j = ham.exchange[b, 0], ham.exchange[b, 1]
        si, sj = sites[i], sites[j]
        out[EXCHANGE] += ham.J[b] * 0.25 * ((si & 1) - (si >> 1)) * ((sj & 1) - (sj >> 1))
        if si == 1 and sj == 2:
            out[EXCHANGE] += ham.J[b] * spin_flip(X, slot, local, active, w, i, j)
        elif si == 2 and sj == 1:
            out[EXCHANGE] += ham.J[b] * spin_flip(X, slot, local, active, w, j, i)
        out[DENSITY] += ham.J[b] * ((si & 1) + (si >> 1)) * ((sj & 1) + (sj >> 1))
    for i in range(sites.shape[0]):
        up, down = sites[i] & 1, sites[i] >> 1
        out[ONSITE] += ham.U[i] * (up - 0.5) * (down - 0.5)
        out[LEVEL] += ham.level[i] * (up + down)
        for j in range(i):
            out[EXTENDED] += ham.V[i, j] * (up + down - 1.0) * ((sites[j] & 1) + (sites[j] >> 1) - 1.0)


@njit(cache=True, error_model="numpy", nogil=True)
def spin_flip(X, slot, local, active, w, i, j):  # type: ignore[no-untyped-def]
    """Local value of (S+_i S-_j + S-_i S+_j)/2 where site i holds one up and site j one down electron."""
    return 0.5 * exchange_minor(X, slot, i, j) * factor_exchange(active, local, w, i, j)
