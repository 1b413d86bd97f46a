"""One sweep through imaginary time, forwards or backwards, compiled as a whole.

The Green function of slice l belongs to the product that ends with the field of l, B_l = exp(-dt K) exp(V_l):
G(l) = (1 + B_(l-1)...B_0 B_(L-1)...B_l)^-1. Flips at l leave that form, and G(l+1) = B_l G(l) B_l^-1. At the ends
of clusters of slices G is computed afresh from the products on both sides; how far the wrapped one had drifted is
recorded.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.numerics.blas import ADJOINT, PLAIN, multiply
from onnes.solve.correlated.dqmc.stack import Scratch, Stack, extend, green_function
from onnes.solve.correlated.dqmc.trotter import ALONE, CONJUGATE, EQUAL
from onnes.solve.correlated.dqmc.updates import update_slice


class Bench(NamedTuple):
    """What a sweep works on: Green function, products and space. Nothing here outlives a rebuild from the field.

    ``green`` (site, spin, site); ``spare`` of the same shape; ``clusters`` (k, site, spin, site): products of the
    slices bounds[k] to bounds[k + 1]; ``before[k]``: clusters 0 to k - 1; ``after[k]``: adjoint of those from k.
    ``kept_green``, ``kept_clusters``, ``kept_after``: room for what a move may have to put back.
    """

    green: np.ndarray
    spare: np.ndarray
    clusters: np.ndarray
    before: Stack
    after: Stack
    bounds: np.ndarray
    columns: np.ndarray
    rows: np.ndarray
    space: Scratch
    kept_green: np.ndarray
    kept_clusters: np.ndarray
    kept_after: Stack


class Tally(NamedTuple):
    """Counters of a run, each an array of one number but ``refreshed``.

    ``drift``: largest |G wrapped - G fresh|; ``refreshed`` (2,): how often G was computed afresh, and how often it had
    drifted further than ``tolerance``. ``jump``: largest deviation of the phase carried along from the one computed
    afresh. ``flips``: accepted ones. ``phase``: of the weight now; ``weight``: log of the product of the determinants
    computed, without what depends on the field alone.
    """

    drift: np.ndarray
    refreshed: np.ndarray
    tolerance: np.ndarray
    jump: np.ndarray
    flips: np.ndarray
    phase: np.ndarray
    weight: np.ndarray


@njit(cache=True)
def build(field, tables, bench, tally):  # type: ignore[no-untyped-def]
    """Compute all products and the Green function of slice 0 from the field; return whether it went well."""
    good = True
    count = len(bench.bounds) - 1
    for k in range(count - 1, -1, -1):
        cluster_product(field, tables, bench, k)
        good &= _extend_after(bench, k)
    return _refresh(bench, tables, tally, 0) and good


@njit(cache=True)
def sweep(field, tables, bench, tally, forwards, every, samples, phases, rng):  # type: ignore[no-untyped-def]
    """Visit every site of every slice once; return (samples taken, whether all went well).

    Parameters
    ----------
    field : int8 (slice, site), changed. forwards : from slice 0 to the end, or back.
    every : Green functions are sampled at slices that are multiples of it, symmetric in the step; 0 for none.
    samples : (sample, spin 2, site, site), filled. phases : (sample,) of the weight.
    """
    bounds, taken, good = bench.bounds, 0, True
    count = len(bounds) - 1
    for visit in range(count):
        k = visit if forwards else count - 1 - visit
        for step in range(bounds[k + 1] - bounds[k]):
            l = bounds[k] + step if forwards else bounds[k + 1] - 1 - step
            if not forwards:
                wrap_back(bench, tables, field[l])
            phase, flips = update_slice(bench.green, field[l], tables, bench.columns, bench.rows, rng)
            tally.phase[0] *= phase
            tally.flips[0] += flips
            if forwards:
                wrap(bench, tables, field[l])
            now = l + 1 if forwards else l
            last = now == (bounds[k + 1] if forwards else bounds[k])
            if last:
                cluster_product(field, tables, bench, k)
                good &= _extend_before(bench, k) if forwards else _extend_after(bench, k)
                good &= _refresh(bench, tables, tally, k + 1 if forwards else k)
            if every > 0 and now % every == 0:
                sample(bench, tables, samples[taken])
                phases[taken] = tally.phase[0]
                taken += 1
    return taken, good


@njit(cache=True)
def wrap(bench, tables, field):  # type: ignore[no-untyped-def]
    """G = B G B^-1 with the slice of ``field`` (site,)."""
    green, spare = bench.green, bench.spare
    n, spins = green.shape[0], green.shape[1]
    _conjugate(green, tables, field, False)
    multiply(PLAIN, tables.forward, PLAIN, green.reshape(n, spins * n), 0, spare.reshape(n, spins * n))
    multiply(PLAIN, spare.reshape(n * spins, n), PLAIN, tables.backward, 0, green.reshape(n * spins, n))


@njit(cache=True)
def wrap_back(bench, tables, field):  # type: ignore[no-untyped-def]
    """G = B^-1 G B with the slice of ``field`` (site,)."""
    green, spare = bench.green, bench.spare
    n, spins = green.shape[0], green.shape[1]
    multiply(PLAIN, tables.backward, PLAIN, green.reshape(n, spins * n), 0, spare.reshape(n, spins * n))
    multiply(PLAIN, spare.reshape(n * spins, n), PLAIN, tables.forward, 0, green.reshape(n * spins, n))
    _conjugate(green, tables, field, True)


@njit(cache=True)
def _conjugate(green, tables, field, back):  # type: ignore[no-untyped-def]
    """G_ij = v_i G_ij/v_j, or the inverse of it."""
    n, spins = green.shape[0], green.shape[1]
    v = np.empty((spins, n))
    inverse = np.empty((spins, n))
    for s in range(spins):
        for i in range(n):
            v[s, i] = tables.factor[1 - field[i] if back else field[i], s, i]
            inverse[s, i] = tables.factor[field[i] if back else 1 - field[i], s, i]
    for i in range(n):
        for s in range(spins):
            left, row = v[s, i], green[i, s]
            for j in range(n):
                row[j] *= left * inverse[s, j]


@njit(cache=True)
def cluster_product(field, tables, bench, k):  # type: ignore[no-untyped-def]
    """Multiply the slices of cluster k, the earliest at the right."""
    first, last = bench.bounds[k], bench.bounds[k + 1]
    n, spins = bench.green.shape[0], bench.green.shape[1]
    result, spare = bench.clusters[k], bench.spare
    for i in range(n):
        for s in range(spins):
            for j in range(n):
                result[i, s, j] = tables.forward[i, j] * tables.factor[field[first, j], s, j]
    for l in range(first + 1, last):
        for i in range(n):
            for s in range(spins):
                v = tables.factor[field[l, i], s, i]
                for j in range(n):
                    spare[i, s, j] = v * result[i, s, j]
        multiply(PLAIN, tables.forward, PLAIN, spare.reshape(n, spins * n), 0, result.reshape(n, spins * n))


@njit(cache=True)
def _extend_before(bench, k):  # type: ignore[no-untyped-def]
    good = True
    for s in range(bench.green.shape[1]):
        good &= extend(bench.clusters[k][:, s], PLAIN, bench.before, k, k + 1, s, bench.space)
    return good


@njit(cache=True)
def _extend_after(bench, k):  # type: ignore[no-untyped-def]
    good = True
    for s in range(bench.green.shape[1]):
        good &= extend(bench.clusters[k][:, s], ADJOINT, bench.after, k + 1, k, s, bench.space)
    return good


@njit(cache=True)
def _refresh(bench, tables, tally, k):  # type: ignore[no-untyped-def]
    """Compute G, phase and weight afresh at the start of cluster k; record how far G and phase had drifted."""
    green, fresh = bench.green, bench.spare
    n, spins = green.shape[0], green.shape[1]
    phase, drift, size = green.dtype.type(1), 0.0, 0.0
    for s in range(spins):
        one, log = green_function(bench.before, k, bench.after, k, s, fresh[:, s], bench.space)
        phase *= one
        size += log
    good = phase != 0
    if tables.mirror == EQUAL:
        phase, size = phase * phase, 2 * size
    elif tables.mirror == CONJUGATE:  # the weights of the spins differ by a positive factor
        phase = phase * np.conj(phase)
    for i in range(n):
        for s in range(spins):
            for j in range(n):
                drift = max(drift, abs(fresh[i, s, j] - green[i, s, j]))
                green[i, s, j] = fresh[i, s, j]
    tally.drift[0] = max(tally.drift[0], drift)
    tally.refreshed[0] += 1
    if not drift <= tally.tolerance[0]:
        tally.refreshed[1] += 1
    tally.jump[0] = max(tally.jump[0], abs(phase - tally.phase[0]))
    tally.phase[0] = phase
    tally.weight[0] = size
    return good


@njit(cache=True)
def sample(bench, tables, out):  # type: ignore[no-untyped-def]
    """Write G of both spins, symmetric in the step: exp(dt K/2) G exp(-dt K/2), into ``out`` (spin 2, site, site)."""
    green, spare = bench.green, bench.spare
    n, spins = green.shape[0], green.shape[1]
    multiply(PLAIN, tables.half_back, PLAIN, green.reshape(n, spins * n), 0, spare.reshape(n, spins * n))
    for s in range(spins):
        multiply(PLAIN, spare[:, s], PLAIN, tables.half, 0, out[s])
    if tables.mirror == ALONE:
        return
    for i in range(n):
        for j in range(n):
            if tables.mirror == EQUAL:
                out[1, i, j] = out[0, i, j]
            else:
                out[1, i, j] = (1 if i == j else 0) - tables.sublattice[i] * tables.sublattice[j] * out[
                    0, j, i
                ]
