"""A sparse matrix of one spin species applied to all configurations of the other, tile by tile.

Eight rows (or columns) of psi[I, J] are copied side by side, so that the sparse matrix moves eight neighbouring
numbers at a time and the copy stays in the cache. Every element of the result is one sum in a fixed order, whatever
rows a thread was given.
"""

import numpy as np
from numba import njit

from onnes.numerics.rows import Rows

WIDTH = 8
_FAST = {"cache": True, "error_model": "numpy", "nogil": True, "fastmath": {"contract", "nsz"}}


def hop(out: np.ndarray, psi: np.ndarray, up: tuple, down: tuple, level: tuple, scale: float) -> None:  # type: ignore[type-arg]
    """Write out = T_up psi + psi T_dn^T + level psi + scale out.

    Parameters
    ----------
    out, psi : (I, J). up, down : (start, index, value) of compressed sparse rows. level : (left, right), float, two
    narrow matrices whose product is the diagonal. scale : 0 ignores what ``out`` held.
    """
    share = Rows(psi.size)
    share(_along_rows, (0, psi.shape[0]), out, psi, *down, *level, scale)
    share(_along_columns, (0, psi.shape[1]), out, psi, *up)


def hop_rows(out: np.ndarray, psi: np.ndarray, down: tuple, level: tuple, scale: float) -> None:  # type: ignore[type-arg]
    """Write out = psi T_dn^T + level psi + scale out: what does not mix rows."""
    Rows(psi.size)(_along_rows, (0, psi.shape[0]), out, psi, *down, *level, scale)


@njit(**_FAST)
def _multiply(result, tile, start, index, value):  # type: ignore[no-untyped-def]
    for b in range(len(start) - 1):
        for j in range(WIDTH):
            result[b, j] = 0.0
        for k in range(start[b], start[b + 1]):
            v, other = value[k], np.uint64(index[k])
            for j in range(WIDTH):
                result[b, j] += v * tile[other, j]


@njit(**_FAST)
def _along_rows(first, last, out, psi, start, index, value, left, right, scale):  # type: ignore[no-untyped-def]
    columns, terms = psi.shape[1], left.shape[1]
    tile, result = np.zeros((columns, WIDTH), psi.dtype), np.zeros((columns, WIDTH), psi.dtype)
    for a in range(first, last, WIDTH):
        width = min(WIDTH, last - a)
        for j in range(width):
            for b in range(columns):
                tile[b, j] = psi[a + j, b]
        _multiply(result, tile, start, index, value)
        for j in range(width):
            for b in range(columns):
                level = 0.0
                for s in range(terms):
                    level += left[a + j, s] * right[b, s]
                total = level * psi[a + j, b] + result[b, j]
                if scale != 0.0:
                    total += scale * out[a + j, b]
                out[a + j, b] = total


@njit(**_FAST)
def _along_columns(first, last, out, psi, start, index, value):  # type: ignore[no-untyped-def]
    rows = psi.shape[0]
    tile, result = np.zeros((rows, WIDTH), psi.dtype), np.zeros((rows, WIDTH), psi.dtype)
    for b in range(first, last, WIDTH):
        width = min(WIDTH, last - b)
        for a in range(rows):
            for j in range(width):
                tile[a, j] = psi[a, b + j]
        _multiply(result, tile, start, index, value)
        for a in range(rows):
            for j in range(width):
                out[a, b + j] += result[a, j]
