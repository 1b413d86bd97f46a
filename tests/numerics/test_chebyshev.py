"""Chebyshev expansion against diagonalisation: the resolvent is exact, kernels act as the polynomials they are."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from onnes.errors import InvalidInput
from onnes.numerics import chebyshev


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(4)
    m = rng.normal(size=(60, 60)) + 1j * rng.normal(size=(60, 60))
    matrix = csr_matrix(m + m.conj().T)
    energies, vectors = np.linalg.eigh(matrix.toarray())
    starts = np.eye(60, dtype=complex)[:, [3, 40]]
    return matrix, energies, np.abs(vectors[[3, 40]]) ** 2, starts


def test_interval_holds_the_spectrum(problem) -> None:
    matrix, energies, _, _ = problem
    centre, half = chebyshev.spectral_interval(matrix)
    assert centre - half < energies[0] and energies[-1] < centre + half
    assert half < 1.03 * (energies[-1] - energies[0]) / 2


@pytest.mark.parametrize("count", [2, 7, 64, 65])
def test_moments(problem, count: int) -> None:
    matrix, energies, weights, starts = problem
    centre, half = chebyshev.spectral_interval(matrix)
    mu = chebyshev.moments(matrix, starts, count, centre, half)
    exact = weights @ np.cos(np.outer(np.arange(count), np.arccos((energies - centre) / half))).T
    # Rounding of the recursion grows no faster than the number of steps.
    assert np.max(np.abs(mu - exact)) < 1e-14 * 10 * count


def test_resolvent_is_a_lorentzian(problem) -> None:
    matrix, energies, weights, starts = problem
    centre, half = chebyshev.spectral_interval(matrix)
    eta = 0.05 * half
    count = chebyshev.moments_needed(half, eta, 1e-10)
    mu = chebyshev.moments(matrix, starts, count, centre, half)
    omega = np.linspace(centre - 1.2 * half, centre + 1.2 * half, 50)
    found = chebyshev.resolvent_density(mu, omega, centre, half, eta)
    exact = weights @ (eta / np.pi / ((omega[:, None] - energies) ** 2 + eta**2)).T
    # What is left out is the geometric tail: 1e-10 of the prefactor 1/eta-like largest value, summed, 1/(1-e^-0.05).
    assert np.max(np.abs(found - exact)) < 1e-10 * 20 * np.max(exact) * 2


@pytest.mark.parametrize("kernel", [chebyshev.jackson, chebyshev.lorentz])
def test_kernels(problem, kernel) -> None:
    """The density is the sum of the kernel's own peaks, holds all states, and smears no state beyond its width."""
    matrix, energies, weights, starts = problem
    centre, half = chebyshev.spectral_interval(matrix)
    count = 200
    mu = chebyshev.moments(matrix, starts, count, centre, half)
    # Gauss-Chebyshev nodes integrate the density exactly: it is a polynomial over sqrt(1 - x^2).
    nodes = centre + half * np.cos(np.pi * (np.arange(count) + 0.5) / count)
    measure = np.pi / count * half * np.sqrt(1 - ((nodes - centre) / half) ** 2)
    density = chebyshev.kernel_density(mu, nodes, centre, half, kernel(count))
    assert np.allclose(density @ measure, 1.0, atol=1e-12)
    # Integrated states against the exact staircase: all within the kernel's width but what its tails hold.
    width = np.pi * half / count if kernel is chebyshev.jackson else 4.0 * half / count
    tail = (
        1e-3 if kernel is chebyshev.jackson else 0.07
    )  # Gaussian at 4 sigma; Lorentzian beyond 4 widths, both sides /2
    cut = np.array([-0.5, 0.0, 0.5]) * half + centre
    for c in cut:
        states = density[:, nodes < c] @ measure[nodes < c]
        low, high = (weights @ (energies < c + s * 4 * width) for s in (-1, 1))
        # One node may fall on either side of the cut.
        node = np.max(density * measure, axis=1)
        assert np.all(states > low - tail - node) and np.all(states < high + tail + node)


def test_jackson_is_positive() -> None:
    mu = np.cos(np.arange(100) * np.arccos(0.3))[None]
    assert (
        chebyshev.kernel_density(mu, np.linspace(-0.99, 0.99, 999), 0.0, 1.0, chebyshev.jackson(100)).min()
        > -1e-12
    )


def test_outside_the_interval_there_is_nothing() -> None:
    assert np.all(chebyshev.kernel_density(np.ones((1, 4)), np.array([-2.0, 2.0]), 0.0, 1.0, np.ones(4)) == 0)


def test_too_few_moments() -> None:
    with pytest.raises(InvalidInput, match="moments leave out"):
        chebyshev.resolvent_density(np.ones((1, 10)), np.zeros(1), 0.0, 100.0, 0.1)
    with pytest.raises(InvalidInput, match="at least two"):
        chebyshev.moments(csr_matrix(np.eye(2)), np.eye(2), 1, 0.0, 1.0)


def test_small_matrix_interval() -> None:
    centre, half = chebyshev.spectral_interval(csr_matrix(np.diag([1.0, 3.0])))
    assert np.isclose(centre, 2.0) and 1.0 < half < 1.1
