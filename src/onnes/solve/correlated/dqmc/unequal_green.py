"""Green functions of one configuration between time 0 and every later slice, for both spins.

Slices are taken symmetric, S_l = exp(-dt K/2) diag(v_l) exp(-dt K/2). With P_0 = S_(l-1)...S_0 of what lies before
the time tau = l dt and P_1 = S_(L-1)...S_l of what comes after, both kept as products of separated scales (`stack`),
G(tau,tau) = (1 + P_0 P_1)^-1, G(tau,0) = G(tau,tau) P_0, G(0,tau) = -P_1 G(tau,tau).
With the scales of P_0 = Q_0 D_0 X_0 and P_1 = X_1^H D_1 Q_1^H split at one, D = max(D,1) min(D,1), no large number
survives (E. Y. Loh et al. 1989). This is done at the ends of clusters of slices; in between G is carried from the
nearer end.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.errors import InvalidInput
from onnes.numerics.blas import ADJOINT, PLAIN, multiply, solve_from_right
from onnes.solve.correlated.dqmc.stack import Scratch, Stack, empty_stack, extend, scratch
from onnes.solve.correlated.dqmc.trotter import CONJUGATE, EQUAL, Slices
from onnes.solve.correlated.dqmc.unequal_simd import aligned_zeros


class UnequalGreen(NamedTuple):
    """Green functions of all slices l and the space in which they are computed.

    ``t0``, ``ot``, ``tt`` (L, spin 2, N, N): <c_i(tau) c+_j(0)>, -<c+_j(tau) c_i(0)> and <c_i(tau) c+_j(tau)> at
    [l, s, i, j], in the frame symmetric in the step. The rest is scratch: slices ``forward`` (L, spin, N, N), products
    of ``clusters`` (k, spin, N, N), ``half`` = exp(-dt K/2) and its inverse ``half_back``, ``bounds`` of clusters.
    """

    t0: np.ndarray
    ot: np.ndarray
    tt: np.ndarray
    forward: np.ndarray
    clusters: np.ndarray
    half: np.ndarray
    half_back: np.ndarray
    bounds: np.ndarray
    before: Stack
    after: Stack
    space: Scratch
    pair: np.ndarray
    spare: np.ndarray


def unequal_green_space(tables: Slices, steps: int, interval: int) -> UnequalGreen:
    """Return space for the Green functions of ``steps`` slices, stabilised every ``interval`` slices.

    Parameters
    ----------
    tables : of the time step, from `trotter.slices`; one spin is computed where the other mirrors it.
    steps : L. interval : slices of a cluster; the last cluster may be shorter.

    Raises
    ------
    InvalidInput : numbers below one.
    """
    if steps < 1 or interval < 1:
        raise InvalidInput(f"{steps} slices in clusters of {interval}", "both are at least 1")
    n, dtype = len(tables.half), tables.half.dtype
    spins = 1 if tables.mirror in (EQUAL, CONJUGATE) else 2
    bounds = np.append(np.arange(0, steps, interval), steps)
    count = len(bounds) - 1
    return UnequalGreen(
        *(aligned_zeros((steps, 2, n, n), dtype) for _ in range(3)),
        aligned_zeros((steps, spins, n, n), dtype),
        aligned_zeros((count, spins, n, n), dtype),
        tables.half,
        tables.half_back,
        bounds,
        *(empty_stack(count, spins, n, dtype) for _ in range(2)),
        scratch(n, dtype),
        aligned_zeros((2 * n, n), dtype),
        aligned_zeros((4, n, n), dtype),
    )


@njit(cache=True)
def slice_factors(field, tables, v):  # type: ignore[no-untyped-def]
    """Set v (L, spin, site) to what the interaction multiplies, from the field int8 (L, site) of 0 and 1."""
    for l in range(v.shape[0]):
        for s in range(v.shape[1]):
            for i in range(v.shape[2]):
                v[l, s, i] = tables.factor[field[l, i], s, i]


@njit(cache=True)
def compute_unequal_green(v, tables, green):  # type: ignore[no-untyped-def]
    """Fill ``green`` (`UnequalGreen`) from the factors v > 0 (L, spin, site); return whether it went well.

    False tells that a factorisation met zero or a number that is not finite. ``tables`` : `trotter.Slices`; with a
    mirror only the factors of spin 0 are read.
    """
    count = len(green.bounds) - 1
    _slices_and_clusters(v, green)
    good = True
    for s in range(green.forward.shape[1]):
        for k in range(count - 1):
            good &= extend(green.clusters[k, s], PLAIN, green.before, k, k + 1, s, green.space)
        for k in range(count - 1, -1, -1):
            good &= extend(green.clusters[k, s], ADJOINT, green.after, k + 1, k, s, green.space)
        for k in range(count):
            good &= _at_end(green, k, s)
        for k in range(count):
            _carry_forwards(v, green, k, s)
            _carry_backwards(v, green, k, s)
    if tables.mirror == EQUAL:
        _copy_spin(green)
    elif tables.mirror == CONJUGATE:
        _conjugate_spin(green, tables.sublattice)
    return good


@njit(cache=True)
def _slice_matrix(v, half, out, spare, inverse):  # type: ignore[no-untyped-def]
    """Set out = half diag(v) half, or with 1/v."""
    for i in range(len(v)):
        factor = 1 / v[i] if inverse else v[i]
        for j in range(half.shape[1]):
            spare[i, j] = factor * half[i, j]
    multiply(PLAIN, half, PLAIN, spare, 0, out)


@njit(cache=True)
def _slices_and_clusters(v, green):  # type: ignore[no-untyped-def]
    spare, other = green.spare[0], green.spare[1]
    for s in range(green.forward.shape[1]):
        for k in range(len(green.bounds) - 1):
            result = green.clusters[k, s]
            for l in range(green.bounds[k], green.bounds[k + 1]):
                _slice_matrix(v[l, s], green.half, green.forward[l, s], spare, False)
                if l == green.bounds[k]:
                    result[:] = green.forward[l, s]
                else:
                    multiply(PLAIN, green.forward[l, s], PLAIN, result, 0, other)
                    result[:] = other


@njit(cache=True)
def _at_end(green, k, s):  # type: ignore[no-untyped-def]
    """Compute the three functions of slice bounds[k] and spin s from the products before and after it."""
    before, after, space, pair = green.before, green.after, green.space, green.pair
    n, l = pair.shape[1], green.bounds[k]
    small, large, other, core = space.a, space.b, space.c, space.e
    d0, d1 = before.d[k, s], after.d[k, s]
    q0, q1, x0, x1 = before.q[k, s], after.q[k, s], before.x[k, s], after.x[k, s]
    for i in range(n):
        for j in range(n):
            small[i, j] = min(d0[i], 1.0) * x0[i, j]
            other[i, j] = min(d1[i], 1.0) * x1[i, j]
            large[i, j] = q0[i, j] / max(d0[j], 1.0)
            pair[i, j] = q1[i, j] / max(d1[j], 1.0)
    for i in range(n):
        for j in range(n):
            pair[n + i, j] = np.conj(other[j, i])
    multiply(PLAIN, small, PLAIN, pair[n:], 0, core)
    multiply(ADJOINT, large, PLAIN, pair[:n], 1, core)
    phase, _ = solve_from_right(core, pair, space.pivots)
    for i in range(n, 2 * n):
        for j in range(n):
            pair[i, j] = -pair[i, j]
    multiply(PLAIN, pair[:n], ADJOINT, large, 0, green.tt[l, s])
    multiply(PLAIN, pair[:n], PLAIN, small, 0, green.t0[l, s])
    multiply(PLAIN, pair[n:], ADJOINT, large, 0, green.ot[l, s])
    return phase != 0


@njit(cache=True)
def _carry_forwards(v, green, k, s):  # type: ignore[no-untyped-def]
    """Carry the functions from the start of cluster k to its middle."""
    spare, back = green.spare[0], green.spare[1]
    first = green.bounds[k]
    for l in range(first, (first + green.bounds[k + 1]) // 2):
        _slice_matrix(v[l, s], green.half_back, back, spare, True)
        multiply(PLAIN, green.forward[l, s], PLAIN, green.t0[l, s], 0, green.t0[l + 1, s])
        multiply(PLAIN, green.ot[l, s], PLAIN, back, 0, green.ot[l + 1, s])
        multiply(PLAIN, green.forward[l, s], PLAIN, green.tt[l, s], 0, spare)
        multiply(PLAIN, spare, PLAIN, back, 0, green.tt[l + 1, s])


@njit(cache=True)
def _carry_backwards(v, green, k, s):  # type: ignore[no-untyped-def]
    """Carry the functions from the end of cluster k back to its middle."""
    spare, back = green.spare[0], green.spare[1]
    first, last = green.bounds[k], green.bounds[k + 1]
    t0, ot, tt = green.t0[last % len(v), s], green.ot[last % len(v), s], green.tt[last % len(v), s]
    if last == len(v):  # the functions at beta follow from those at zero
        t0, ot, tt = green.spare[2], green.spare[3], green.tt[0, s]
        for i in range(green.pair.shape[1]):
            for j in range(green.pair.shape[1]):
                ot[i, j] = -tt[i, j]
                t0[i, j] = (1 if i == j else 0) - tt[i, j]
    for l in range(last - 1, (first + last) // 2, -1):
        _slice_matrix(v[l, s], green.half_back, back, spare, True)
        multiply(PLAIN, back, PLAIN, t0, 0, green.t0[l, s])
        multiply(PLAIN, ot, PLAIN, green.forward[l, s], 0, green.ot[l, s])
        multiply(PLAIN, back, PLAIN, tt, 0, spare)
        multiply(PLAIN, spare, PLAIN, green.forward[l, s], 0, green.tt[l, s])
        t0, ot, tt = green.t0[l, s], green.ot[l, s], green.tt[l, s]


@njit(cache=True)
def _copy_spin(green):  # type: ignore[no-untyped-def]
    for l in range(green.t0.shape[0]):
        green.t0[l, 1] = green.t0[l, 0]
        green.ot[l, 1] = green.ot[l, 0]
        green.tt[l, 1] = green.tt[l, 0]


@njit(cache=True)
def _conjugate_spin(green, sign):  # type: ignore[no-untyped-def]
    """Down electrons as holes: c_i = s_i c+_i(up)."""
    n = green.pair.shape[1]
    for l in range(green.t0.shape[0]):
        for i in range(n):
            for j in range(n):
                both = sign[i] * sign[j]
                green.t0[l, 1, i, j] = -both * green.ot[l, 0, j, i]
                green.ot[l, 1, i, j] = -both * green.t0[l, 0, j, i]
                green.tt[l, 1, i, j] = (1 if i == j else 0) - both * green.tt[l, 0, j, i]
