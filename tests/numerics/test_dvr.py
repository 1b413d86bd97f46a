"""Sinc DVR against closed forms and against an independent basis."""

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.numerics import dvr


def test_harmonic_oscillator_has_equidistant_levels() -> None:
    x = dvr.grid(9.0, 81)
    energies, _ = dvr.eigenstates(x, x**2 / 2, 0.5, 8)
    # exact: n + 1/2. The grid resolves k up to pi/h = 14 and ends at 9 widths: both tails are below exp(-40).
    assert np.allclose(energies, np.arange(8) + 0.5, rtol=0, atol=1e-10)


def test_quartic_oscillator_against_a_harmonic_basis() -> None:
    n = 200
    lower = np.diag(np.sqrt(np.arange(1, n)), 1)
    position, momentum_squared = (lower + lower.T) / np.sqrt(2), -((lower - lower.T) @ (lower - lower.T)) / 2
    oracle = np.linalg.eigvalsh(
        momentum_squared / 2 - 2 * position @ position + np.linalg.matrix_power(position, 4)
    )[:5]
    x = dvr.grid(5.5, 111)
    energies, _ = dvr.eigenstates(x, -2 * x**2 + x**4, 0.5, 5)
    # both bases are converged far beyond this; the rounding of 200-state matrix powers (1e-16 * 200^2) is the limit
    assert np.allclose(energies, oracle, rtol=0, atol=1e-9)


def test_vectors_are_orthonormal_with_alternating_parity_and_a_fixed_sign() -> None:
    x = dvr.grid(6.0, 91)
    _, vectors = dvr.eigenstates(x, -3 * x**2 + x**4, 0.5, 6)
    assert np.allclose(vectors.T @ vectors, np.eye(6), atol=1e-12)
    signs = (-1.0) ** np.arange(6)
    assert np.allclose(vectors[::-1], signs * vectors, atol=1e-7)
    assert np.all(
        vectors[np.argmax(np.abs(vectors) > 0.3 * np.abs(vectors).max(axis=0), axis=0), range(6)] * signs > 0
    )


def test_convergence_is_faster_than_any_power() -> None:
    errors = []
    for points in (21, 31, 41):
        x = dvr.grid(7.0, points)
        errors.append(abs(dvr.eigenstates(x, x**2 / 2, 0.5, 1)[0][0] - 0.5))
    # an algebraic method of order p would gain (31/21)^p, then the smaller (41/31)^p; here each step gains 100 or more
    assert errors[1] < errors[0] / 100 and errors[2] < max(errors[1] / 100, 1e-13)


def test_second_derivative_of_a_sinc_at_its_own_node() -> None:
    matrix = dvr.second_derivative(31, 0.2)
    assert np.allclose(matrix, matrix.T)
    # -sinc''(0) = pi^2/3 in units of the spacing
    assert matrix[5, 5] == pytest.approx(np.pi**2 / 3 / 0.04)
    assert np.linalg.eigvalsh(matrix).max() <= (np.pi / 0.2) ** 2


@pytest.mark.parametrize("extent, points", [(1.0, 4), (0.0, 11), (np.inf, 11)])
def test_grid_refuses(extent: float, points: int) -> None:
    with pytest.raises(InvalidInput):
        dvr.grid(extent, points)


def test_eigenstates_refuse_what_cannot_be_right() -> None:
    x = dvr.grid(5.0, 41)
    with pytest.raises(InvalidInput, match="equidistant"):
        dvr.eigenstates(x**3, x**2, 0.5, 1)
    with pytest.raises(InvalidInput, match="kinetic scale"):
        dvr.eigenstates(x, x**2, 0.0, 1)
    with pytest.raises(InvalidInput, match="edge"):
        dvr.eigenstates(dvr.grid(0.5, 41), dvr.grid(0.5, 41) ** 2 / 2, 0.5, 1)
