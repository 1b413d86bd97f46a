"""The table of one-particle ratios, pivoted at each move (compiled).

X = V[rows] V[columns]^-1. Moving particle p to row a multiplies the determinant by X[a, p]; two moves at once by the
2x2 minor. Afterwards a is the row of the mode that p left: an exchange step of linear programming, one rank-one update.
"""

from numba import njit


@njit(cache=True, error_model="numpy", nogil=True)
def pivot(X, rows, columns, slot, a, p, line):  # type: ignore[no-untyped-def]
    """Move particle p to the mode of row a, in place. ``line`` is scratch of the length of a row."""
    n_rows, n_cols = X.shape
    inverse = 1.0 / X[a, p]
    for q in range(n_cols):
        line[q] = X[a, q] * inverse
    for e in range(n_rows):
        if e == a:
            continue
        weight = X[e, p]
        for q in range(n_cols):
            X[e, q] -= weight * line[q]
        X[e, p] = weight * inverse
    for q in range(n_cols):
        X[a, q] = -line[q]
    X[a, p] = inverse
    left, entered = columns[p], rows[a]
    columns[p], rows[a] = entered, left
    slot[entered], slot[left] = p, a


@njit(cache=True, error_model="numpy", nogil=True)
def up_ratio(X, slot, start, end):  # type: ignore[no-untyped-def]
    """Factor of the amplitude when an up electron hops from ``start`` to ``end``."""
    return X[slot[end], slot[start]]


@njit(cache=True, error_model="numpy", nogil=True)
def down_ratio(X, slot, start, end):  # type: ignore[no-untyped-def]
    """Factor when a down electron hops: its hole goes back, and c+_end c_start = -d+_start d_end."""
    n = slot.shape[0] // 2
    return -X[slot[n + start], slot[n + end]]


@njit(cache=True, error_model="numpy", nogil=True)
def exchange_minor(X, slot, i, j):  # type: ignore[no-untyped-def]
    """Factor of S+_j S-_i when site i holds one up and site j one down electron: both move as a pair, no sign."""
    n = slot.shape[0] // 2
    a, b, p, q = slot[j], slot[n + j], slot[i], slot[n + i]
    return X[a, p] * X[b, q] - X[a, q] * X[b, p]


@njit(cache=True, error_model="numpy", nogil=True)
def pair_ratio(X, slot, up_start, up_end, down_start, down_end):  # type: ignore[no-untyped-def]
    """Factor when an up and a down electron hop at once between four sites, all hops to free places."""
    n = slot.shape[0] // 2
    a, p = slot[up_end], slot[up_start]
    b, q = slot[n + down_start], slot[n + down_end]
    return -(X[a, p] * X[b, q] - X[a, q] * X[b, p])
