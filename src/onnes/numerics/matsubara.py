"""Matsubara frequencies, and convolutions with an even kernel that respect parity.

With fermionic frequencies w_m = (2m+1) pi T, m = -N ... N-1, and a kernel k(n-m) even in its
argument, a function of definite parity needs only its values at m >= 0::

    even f:  sum_m k(n-m) f_m = sum_{m>=0} [k(n-m) + k(n+m+1)] f_m
    odd  f:  sum_m k(n-m) f_m = sum_{m>=0} [k(n-m) - k(n+m+1)] f_m
"""

import numpy as np
from scipy import fft


def fermionic(temperature: float, count: int) -> np.ndarray:
    """Return the first ``count`` positive frequencies (2n+1) pi T, in the unit of ``temperature``."""
    return (2 * np.arange(count) + 1) * np.pi * temperature


def count_below(cutoff: float, temperature: float) -> int:
    """Return how many positive fermionic frequencies lie below ``cutoff`` (at least one)."""
    return max(1, int(np.floor((cutoff / (np.pi * temperature) + 1) / 2)))


class EvenKernelConvolution:
    """Convolution of functions on N positive fermionic frequencies with an even kernel, by FFT.

    Exact to rounding; O(N log N). ``kernel`` holds k(0) ... k(2N-1).
    """

    def __init__(self, kernel: np.ndarray) -> None:
        self.count = len(kernel) // 2
        self._length = fft.next_fast_len(4 * self.count, real=True)
        wrapped = np.zeros(self._length)
        wrapped[: len(kernel)] = kernel
        wrapped[-len(kernel) + 1 :] = kernel[:0:-1]
        self._transform = fft.rfft(wrapped)

    def even(self, values: np.ndarray) -> np.ndarray:
        """Return sum_m k(n-m) f_m for n >= 0 and an even f given at m >= 0."""
        return self._convolve(np.concatenate([values[::-1], values]))

    def odd(self, values: np.ndarray) -> np.ndarray:
        """Return sum_m k(n-m) f_m for n >= 0 and an odd f given at m >= 0."""
        return self._convolve(np.concatenate([-values[::-1], values]))

    def _convolve(self, full: np.ndarray) -> np.ndarray:
        product = fft.rfft(full, self._length) * self._transform
        return fft.irfft(product, self._length)[self.count : 2 * self.count]
