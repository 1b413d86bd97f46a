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


def count_within(cutoff: float, temperature: float) -> int:
    """Return the number of positive fermionic frequencies that stands for ``cutoff``: the nearest to cutoff/2 pi T."""
    return max(1, round(cutoff / (2 * np.pi * temperature)))


def span(count: int, temperature: float) -> float:
    """Return the continuous cutoff 2 pi T N that N frequencies stand for.

    2 pi T sum_{n<N} 1/w_n = ln(2 pi T N) + ln(2 e^gamma/pi T) up to 1/(24 N^2): N frequencies cut a
    logarithm at 2 pi T N, half way between the last one kept and the first one dropped. A coupling
    rescaled to this value makes sums smooth in temperature, where N jumps.
    """
    return 2 * np.pi * temperature * count


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
