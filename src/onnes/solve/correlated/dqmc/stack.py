"""Long products of slices kept as Q D X, and the Green function from the two of them that meet at a slice.

A product of many slices has scales that double precision cannot hold side by side. It is kept as Q D X with unitary Q,
positive D and a well-conditioned X, extended by QR with columns sorted beforehand (A. Tomas et al., IEEE IPDPS 2012,
doi:10.1109/IPDPS.2012.37). With P_0 = Q_0 D_0 X_0 of all that lies before a slice and P_1 = (Q_1 D_1 X_1)^H of all that
comes after, both D split into scales above and below one, D = max(D, 1) min(D, 1) (E. Y. Loh et al. 1989):
1 + P_0 P_1 = Q_0 max(D_0, 1) M max(D_1, 1) Q_1^H,
M = max(D_0, 1)^-1 Q_0^H Q_1 max(D_1, 1)^-1 + min(D_0, 1) X_0 X_1^H min(D_1, 1).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.numerics.blas import ADJOINT, PLAIN, multiply, multiply_upper, qr_in_place, solve_from_right


class Stack(NamedTuple):
    """Products by number of clusters k and spin s: ``q`` and ``x`` (k, s, N, N), ``d`` (k, s, N) > 0, ``phase``
    (k, s) of Q.
    """

    q: np.ndarray
    d: np.ndarray
    x: np.ndarray
    phase: np.ndarray


class Scratch(NamedTuple):
    """Space for one factorisation: four matrices (N, N), vectors of LAPACK, pivots and the order of columns."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    e: np.ndarray
    tau: np.ndarray
    work: np.ndarray
    pivots: np.ndarray


def empty_stack(clusters: int, spins: int, n: int, dtype: type) -> Stack:
    """Return a stack whose products are all one."""
    q, x = (np.zeros((clusters + 1, spins, n, n), dtype) for _ in range(2))
    q[...] = np.eye(n)
    x[...] = np.eye(n)
    return Stack(q, np.ones((clusters + 1, spins, n)), x, np.ones((clusters + 1, spins), dtype))


def scratch(n: int, dtype: type) -> Scratch:
    """Return space for matrices of n rows."""
    a, b, c, e = (np.zeros((n, n), dtype) for _ in range(4))
    return Scratch(a, b, c, e, np.zeros(n, dtype), np.zeros(64 * n, dtype), np.zeros(n, np.int32))


@njit(cache=True)
def extend(factor, op, stack, source, target, spin, space):  # type: ignore[no-untyped-def]
    """Set stack[target] = op(factor) stack[source] for one spin. Return False where the factorisation failed."""
    n = factor.shape[0]
    product, sorted_x = space.a, space.b
    multiply(op, factor, PLAIN, stack.q[source, spin], 0, product)
    d, q = stack.d[source, spin], stack.q[target, spin]
    norm = np.zeros(n)
    for i in range(n):
        for j in range(n):
            product[i, j] *= d[j]
            norm[j] += product[i, j].real ** 2 + product[i, j].imag ** 2
    order = np.argsort(-norm)
    for i in range(n):
        for j in range(n):
            q[i, j] = product[i, order[j]]
    r, scale = space.c, stack.d[target, spin]
    phase = qr_in_place(q, r, space.tau, space.work)
    stack.phase[target, spin] = phase
    for i in range(n):
        scale[i] = abs(r[i, i])
        if not (scale[i] > 0 and np.isfinite(scale[i])):
            return False
        inverse = 1 / scale[i]
        for j in range(i, n):
            r[i, j] *= inverse
        sorted_x[i] = stack.x[source, spin, order[i]]
    multiply_upper(r, sorted_x)
    stack.x[target, spin] = sorted_x
    return phase != 0


@njit(cache=True)
def green_function(before, k, after, m, spin, out, space):  # type: ignore[no-untyped-def]
    """Set out = (1 + before[k] after[m]^H)^-1 of one spin; ``after`` holds adjoints.

    Return (phase, log of the magnitude) of det(1 + P_0 P_1), the weight of that spin; phase 0 where it is singular.
    """
    n = out.shape[0]
    p0, p1, core, y = space.a, space.b, space.c, space.e
    d0, d1 = before.d[k, spin], after.d[m, spin]
    q0, q1, x0, x1 = before.q[k, spin], after.q[m, spin], before.x[k, spin], after.x[m, spin]
    for i in range(n):
        small0, small1 = min(d0[i], 1.0), min(d1[i], 1.0)
        for j in range(n):
            p0[i, j] = small0 * x0[i, j]
            p1[i, j] = small1 * x1[i, j]
    multiply(PLAIN, p0, ADJOINT, p1, 0, core)
    large0, large1 = 1 / np.maximum(d0, 1.0), 1 / np.maximum(d1, 1.0)
    for i in range(n):
        for j in range(n):
            p0[i, j] = q0[i, j] * large0[j]
            p1[i, j] = q1[i, j] * large1[j]
            y[i, j] = p1[i, j]
    multiply(ADJOINT, p0, PLAIN, p1, 1, core)
    phase, size = solve_from_right(core, y, space.pivots)
    multiply(PLAIN, y, ADJOINT, p0, 0, out)
    size -= np.log(large0).sum() + np.log(large1).sum()
    return phase * before.phase[k, spin] * np.conj(after.phase[m, spin]), size
