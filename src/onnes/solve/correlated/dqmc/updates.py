"""Single flips of the field of one slice, with the Green function changed in blocks.

A flip at site i multiplies the slice by 1 + e_i e_i^T Delta, so that the weight of a spin changes by r = 1 + Delta
(1 - G_ii) and G' = G - (Delta/r) (e_i - G e_i)(e_i^T G). Changes wait as outer products until ``delay`` of them
are applied at once.
"""

import numpy as np
from numba import njit

from onnes.numerics.blas import PLAIN, TRANSPOSED, multiply
from onnes.solve.correlated.dqmc.trotter import CONJUGATE, EQUAL


@njit(cache=True)
def update_slice(green, field, tables, columns, rows, rng):  # type: ignore[no-untyped-def]
    """Try to flip every site of a slice once, by Metropolis on |ratio|; return (phase of all ratios, flips).

    Parameters
    ----------
    green : (site, spin, site), changed; one spin where the other mirrors it. field : int8 (site,), 0 or 1, changed.
    columns, rows : space for the waiting changes, (spin, delay, site).
    """
    n, spins = green.shape[0], green.shape[1]
    delay = columns.shape[1]
    diagonal = np.empty((spins, n), green.dtype)
    _read_diagonal(green, diagonal)
    phase = green.dtype.type(1)
    waiting, flips = 0, 0
    for i in range(n):
        x = field[i]
        up = 1 + tables.change[x, 0, i] * (1 - diagonal[0, i])
        down = _other_ratio(diagonal, tables, x, i, up)
        ratio = up * down * tables.boson[x, i]
        size = abs(ratio)
        if rng.random() >= size:
            continue
        phase *= ratio / size
        flips += 1
        field[i] = 1 - x
        _wait(green, diagonal, columns, rows, waiting, i, 0, tables.change[x, 0, i] / up)
        if spins == 2:
            _wait(green, diagonal, columns, rows, waiting, i, 1, tables.change[x, 1, i] / down)
        waiting += 1
        if waiting == delay:
            _apply(green, columns, rows, waiting)
            _read_diagonal(green, diagonal)
            waiting = 0
    if waiting:
        _apply(green, columns, rows, waiting)
    return phase, flips


@njit(cache=True, inline="always")
def _other_ratio(diagonal, tables, x, i, up):  # type: ignore[no-untyped-def]
    """Return the ratio of the down electrons."""
    if tables.mirror == EQUAL:
        return up
    if tables.mirror == CONJUGATE:
        return 1 + tables.change[x, 1, i] * diagonal[0, i]  # G_dn,ii = 1 - G_up,ii
    return 1 + tables.change[x, 1, i] * (1 - diagonal[1, i])


@njit(cache=True)
def _read_diagonal(green, diagonal):  # type: ignore[no-untyped-def]
    for i in range(green.shape[0]):
        for s in range(green.shape[1]):
            diagonal[s, i] = green[i, s, i]


@njit(cache=True)
def _wait(green, diagonal, columns, rows, waiting, i, s, share):  # type: ignore[no-untyped-def]
    """Append the outer product of one flip: column (G e_i - e_i) Delta/r, row e_i^T G, of G with all that waits."""
    n = green.shape[0]
    column, row = columns[s, waiting], rows[s, waiting]
    for j in range(n):
        column[j] = green[j, s, i]
        row[j] = green[i, s, j]
    for m in range(waiting):
        old_column, old_row = columns[s, m], rows[s, m]
        a, b = old_row[i], old_column[i]
        for j in range(n):
            column[j] += a * old_column[j]
            row[j] += b * old_row[j]
    column[i] -= 1
    for j in range(n):
        column[j] *= share
        diagonal[s, j] += column[j] * row[j]


@njit(cache=True)
def _apply(green, columns, rows, waiting):  # type: ignore[no-untyped-def]
    for s in range(green.shape[1]):
        multiply(TRANSPOSED, columns[s, :waiting], PLAIN, rows[s, :waiting], 1, green[:, s, :])
