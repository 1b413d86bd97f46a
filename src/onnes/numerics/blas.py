"""BLAS and LAPACK inside compiled functions: products, QR and LU of row-major matrices, real or complex.

The routines are those that SciPy hands out as Cython pointers. They are bound to names when this module is imported, so
that compiled functions which call them can be cached. Matrices are float64 or complex128 with unit stride along a
row; rows may lie further apart than their length. LAPACK stores by columns, so that it sees every matrix transposed:
the QR of a row-major matrix is LAPACK's LQ.

Set the threads of BLAS to one (`one_thread`) where several processes share the cores: matrices here are small.
"""

from contextlib import AbstractContextManager

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.typing.templates import Signature
from numba.extending import get_cython_function_address, intrinsic, overload
from threadpoolctl import threadpool_limits

from onnes.numerics.tiles import tiled_product

_BLAS = ("gemm", "trmm")
_LAPACK = ("gelqf", "orglq", "getrf", "getrs")


def _full_name(name: str, real: bool) -> str:
    """Return the name with its letter; what is orthogonal for real matrices is called unitary for complex ones."""
    return "d" + name if real else "z" + name.replace("orglq", "unglq")


for _name in (*_BLAS, *_LAPACK):
    for _real in (True, False):
        _full = _full_name(_name, _real)
        _library = "blas" if _name in _BLAS else "lapack"
        _address = get_cython_function_address(f"scipy.linalg.cython_{_library}", _full)
        llvmlite.binding.add_symbol(f"onnes_{_full}", _address)

PLAIN, TRANSPOSED, ADJOINT = np.uint8(ord("N")), np.uint8(ord("T")), np.uint8(ord("C"))
_LOWER, _RIGHT = np.uint8(ord("L")), np.uint8(ord("R"))


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS uses one thread."""
    return threadpool_limits(1, user_api="blas")


@intrinsic(prefer_literal=True)
def _fortran(typing, name, arguments):  # type: ignore[no-untyped-def]
    """Call a Fortran routine: numbers go onto the stack and their addresses are passed, arrays as their data.

    ``name`` is a literal without the letter d or z, which follows from the type of the first array. Integers become
    32 bits wide, but for uint8, which is a character.
    """
    arrays = [t for t in arguments.types if isinstance(t, types.Array)]
    full = _full_name(name.literal_value, arrays[0].dtype == types.float64)

    def generate(context, builder, signature: Signature, values):  # type: ignore[no-untyped-def]
        pointers = []
        for index, kind in enumerate(signature.args[1].types):
            value = builder.extract_value(values[1], index)
            if isinstance(kind, types.Array):
                pointer = context.make_array(kind)(context, builder, value).data
            else:
                if isinstance(kind, types.Integer) and kind is not types.uint8:
                    value = builder.trunc(value, ir.IntType(32)) if kind.bitwidth > 32 else value
                pointer = cgutils.alloca_once_value(builder, value)
            pointers.append(builder.bitcast(pointer, ir.IntType(8).as_pointer()))
        kind = ir.FunctionType(ir.VoidType(), [p.type for p in pointers])
        routine = cgutils.get_or_insert_function(builder.module, kind, f"onnes_{full}")
        builder.call(routine, pointers)
        return context.get_dummy_value()

    return types.none(name, arguments), generate


@njit(cache=True, inline="always")
def _rows(a):  # type: ignore[no-untyped-def]
    """Return the distance of two rows in numbers, at least their length (a matrix of one row may report anything)."""
    return max(a.strides[0] // a.itemsize, a.shape[1])


@njit(cache=True)
def multiply(left, a, right, b, keep, c):  # type: ignore[no-untyped-def]
    """Set c = op(a) op(b), or add to it with ``keep`` = 1; ``left``, ``right`` are PLAIN, TRANSPOSED or ADJOINT.

    Real products run in register tiles (`onnes.numerics.tiles`), 2.5 times as fast as packed ones at 64 rows, and what
    the tiles leave over, like complex products, in BLAS.
    """
    _multiply(left, a, right, b, keep, c)


def _multiply(left, a, right, b, keep, c):  # type: ignore[no-untyped-def]
    raise NotImplementedError  # exists in compiled code only


@overload(_multiply)
def _multiply_by_type(left, a, right, b, keep, c):  # type: ignore[no-untyped-def]
    if a.dtype == types.float64:
        return lambda left, a, right, b, keep, c: _multiply_real(left, a, right, b, keep, c)
    return lambda left, a, right, b, keep, c: _gemm(left, a, right, b, keep, c)


@njit(cache=True)
def _gemm(left, a, right, b, keep, c):  # type: ignore[no-untyped-def]
    m, n = c.shape
    k = a.shape[1] if left == PLAIN else a.shape[0]
    one = a.dtype.type(1)
    if m > 0 and n > 0:
        _fortran("gemm", (right, left, n, m, k, one, b, _rows(b), a, _rows(a), keep * one, c, _rows(c)))


@njit(cache=True)
def _multiply_real(left, a, right, b, keep, c):  # type: ignore[no-untyped-def]
    if right != PLAIN:
        turned = np.empty((b.shape[1], b.shape[0]))
        _transpose(b, turned)
        _multiply_plain(left, a, turned, keep, c)
    else:
        _multiply_plain(left, a, b, keep, c)


@njit(cache=True)
def _multiply_plain(left, a, b, keep, c):  # type: ignore[no-untyped-def]
    """Multiply by tiles, then the last columns and the last rows by BLAS."""
    m, n = c.shape
    rows, columns = tiled_product(a, left != PLAIN, b, c, keep)
    if columns < n:
        _gemm(left, a, PLAIN, b[:, columns:], keep, c[:, columns:])
    if rows < m and columns > 0:
        rest = a[rows:] if left == PLAIN else a[:, rows:]
        _gemm(left, rest, PLAIN, b[:, :columns], keep, c[rows:, :columns])


@njit(cache=True)
def _transpose(b, turned):  # type: ignore[no-untyped-def]
    """Write the transpose, eight rows at a time so that lines of the cache are used up."""
    rows, columns = b.shape
    for first in range(0, rows, 8):
        last = min(first + 8, rows)
        for j in range(columns):
            for i in range(first, last):
                turned[j, i] = b[i, j]


@njit(cache=True)
def multiply_upper(r, x):  # type: ignore[no-untyped-def]
    """Set x = r x with the upper triangle of the square matrix ``r``; what lies below it is not read."""
    one = r.dtype.type(1)
    n, m = x.shape
    _fortran("trmm", (_RIGHT, _LOWER, PLAIN, PLAIN, m, n, one, r, _rows(r), x, _rows(x)))


@njit(cache=True)
def qr_in_place(a, r, tau, work):  # type: ignore[no-untyped-def]
    """Factor a = Q R: ``a`` becomes Q, ``r`` gets R in its upper triangle. Return the determinant of Q, or 0 on
    failure.

    ``tau`` (n,), ``work`` (at least 32 n) of the type of ``a``. The determinant is exact up to rounding: each
    reflection 1 - tau v v^H has -tau/conj(tau).
    """
    n = a.shape[0]
    info = np.zeros(1, np.int32)
    _fortran("gelqf", (n, n, a, _rows(a), tau, work, work.size, info))
    for i in range(n):
        for j in range(i, n):
            r[i, j] = a[i, j]
    bad = info[0]
    determinant = a.dtype.type(1)
    for i in range(n):
        if tau[i] != 0:
            determinant *= -np.conj(tau[i]) / tau[i]
    _fortran("orglq", (n, n, n, a, _rows(a), tau, work, work.size, info))
    return determinant if bad == 0 and info[0] == 0 else a.dtype.type(0)


@njit(cache=True)
def solve_from_right(m, x, pivots):  # type: ignore[no-untyped-def]
    """Set x = x m^-1; ``m`` is overwritten by its factors. Return (phase of det m, log |det m|); phase 0 if singular.

    ``pivots`` int32 (n,).
    """
    n = m.shape[0]
    info = np.zeros(1, np.int32)
    _fortran("getrf", (n, n, m, _rows(m), pivots, info))
    phase, size = m.dtype.type(1), 0.0
    for i in range(n):
        magnitude = abs(m[i, i])
        if magnitude == 0 or not np.isfinite(magnitude):
            return m.dtype.type(0), -np.inf
        phase *= m[i, i] / magnitude * (1 if pivots[i] == i + 1 else -1)
        size += np.log(magnitude)
    _fortran("getrs", (PLAIN, n, x.shape[0], m, _rows(m), pivots, x, _rows(x), info))
    return phase, size
