"""Parity-respecting FFT convolutions against the plain double sum."""

import numpy as np
import pytest

from onnes.numerics import matsubara


@pytest.mark.parametrize("count", [1, 2, 3, 17, 64])
def test_convolution_equals_the_double_sum(count: int) -> None:
    rng = np.random.default_rng(count)
    kernel, values = rng.normal(size=2 * count), rng.normal(size=count)
    n, m = np.arange(count)[:, None], np.arange(count)[None, :]
    near, far = kernel[np.abs(n - m)], kernel[n + m + 1]
    convolution = matsubara.EvenKernelConvolution(kernel)
    # Rounding of an FFT of length 4N: a few ulp times sqrt(N) times the norm.
    bound = 1e-14 * count * np.abs(kernel).max() * np.abs(values).max() + 1e-15
    assert np.max(np.abs(convolution.even(values) - (near + far) @ values)) < bound * 10
    assert np.max(np.abs(convolution.odd(values) - (near - far) @ values)) < bound * 10


def test_frequencies_and_their_number() -> None:
    w = matsubara.fermionic(0.5, 4)
    assert np.allclose(w, np.pi * 0.5 * np.array([1, 3, 5, 7]))
    assert [matsubara.count_within(c, 0.5) for c in (0.1, 3.2, 33.3)] == [1, 1, 11]


def test_frequencies_cut_a_logarithm_at_their_span() -> None:
    """2 pi T sum 1/w_n = ln(span) + ln(2 e^gamma/(pi T)) + 1/(24 N^2)."""
    t, gamma = 0.37, 0.5772156649015329
    for n in (5, 50, 500):
        total = 2 * np.pi * t * np.sum(1 / matsubara.fermionic(t, n))
        exact = np.log(matsubara.span(n, t)) + np.log(2 * np.exp(gamma) / (np.pi * t))
        assert abs(total - exact) < 1.05 / (24 * n**2)
