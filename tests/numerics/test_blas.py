"""Products, QR and LU inside compiled code, against NumPy."""

import numpy as np
import pytest

from onnes.numerics import blas

SIZES = (1, 7, 16, 21, 64)


def matrix(rng: np.random.Generator, dtype: type, rows: int, columns: int) -> np.ndarray:
    a = rng.standard_normal((rows, columns))
    return a + 1j * rng.standard_normal((rows, columns)) if dtype is complex else a


def applied(op: int, a: np.ndarray) -> np.ndarray:
    return {blas.PLAIN: a, blas.TRANSPOSED: a.T, blas.ADJOINT: a.conj().T}[op]


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(1, 1, 1), (8, 3, 16), (21, 13, 35), (64, 64, 64), (9, 16, 15)])
def test_products(dtype: type, shape: tuple[int, int, int]) -> None:
    """Every combination of transpositions, into a matrix whose rows lie apart, set or added; rounding grows as the
    inner dimension."""
    rng, (m, k, n) = np.random.default_rng(1), shape
    for left in (blas.PLAIN, blas.TRANSPOSED, blas.ADJOINT):
        for right in (blas.PLAIN, blas.TRANSPOSED, blas.ADJOINT):
            a = matrix(rng, dtype, m, k) if left == blas.PLAIN else matrix(rng, dtype, k, m)
            b = matrix(rng, dtype, k, n) if right == blas.PLAIN else matrix(rng, dtype, n, k)
            wide = np.zeros((m, 2, n), dtype)
            exact = applied(left, a) @ applied(right, b)
            blas.multiply(left, a, right, b, 0, wide[:, 1])
            bound = 4 * k * np.finfo(float).eps * np.abs(a).max() * np.abs(b).max()
            assert np.abs(wide[:, 1] - exact).max() <= bound
            blas.multiply(left, a, right, b, 1, wide[:, 1])
            assert np.abs(wide[:, 1] - 2 * exact).max() <= 3 * bound
            assert not wide[:, 0].any()


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", SIZES)
def test_qr(dtype: type, n: int) -> None:
    a = matrix(np.random.default_rng(n), dtype, n, n)
    q, r = a.copy(), np.zeros((n, n), dtype)
    determinant = blas.qr_in_place(q, r, np.zeros(n, dtype), np.zeros(64 * n, dtype))
    bound = 20 * n * np.finfo(float).eps
    assert np.abs(q @ np.triu(r) - a).max() < bound * np.abs(a).max()
    assert np.abs(q.conj().T @ q - np.eye(n)).max() < bound
    assert abs(determinant - np.linalg.det(q)) < bound


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", SIZES)
def test_solution_and_determinant(dtype: type, n: int) -> None:
    rng = np.random.default_rng(n)
    m, x = matrix(rng, dtype, n, n), matrix(rng, dtype, n, n)
    found, factors = x.copy(), m.copy()
    phase, size = blas.solve_from_right(factors, found, np.zeros(n, np.int32))
    sign, log = np.linalg.slogdet(m)
    condition = np.linalg.cond(m)
    assert np.abs(found @ m - x).max() < 100 * n * np.finfo(float).eps * condition * np.abs(x).max()
    assert abs(phase - sign) < 1e-12 * n and abs(size - log) < 1e-12 * n * condition


def test_a_singular_matrix_has_no_phase() -> None:
    m = np.zeros((3, 3))
    assert blas.solve_from_right(m, np.eye(3), np.zeros(3, np.int32)) == (0.0, -np.inf)


@pytest.mark.parametrize("dtype", [float, complex])
def test_only_the_upper_triangle_is_read(dtype: type) -> None:
    rng = np.random.default_rng(5)
    r, x = matrix(rng, dtype, 11, 11), matrix(rng, dtype, 11, 4)
    exact = np.triu(r) @ x
    r[np.tril_indices(11, -1)] = np.nan
    blas.multiply_upper(r, x)
    assert np.abs(x - exact).max() < 1e-13
