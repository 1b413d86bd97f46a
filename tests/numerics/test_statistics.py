"""Errors of correlated series have the right size, and are refused when they cannot be known."""

import numpy as np
import pytest

from onnes.errors import InvalidInput, TooShort
from onnes.numerics import statistics


def autoregressive(n: int, memory: float, rng: np.random.Generator) -> np.ndarray:
    x = np.empty(n)
    x[0] = rng.normal() / np.sqrt(1 - memory**2)
    noise = rng.normal(size=n)
    for i in range(1, n):
        x[i] = memory * x[i - 1] + noise[i]
    return x


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.9])
def test_autocorrelation_time_of_an_autoregressive_series(memory: float) -> None:
    """tau = 1/2 + memory/(1-memory). Its own relative error is sqrt(2(2W+1)/n), W = 6 tau: 3 sigma are allowed."""
    exact = 0.5 + memory / (1 - memory)
    n = 40_000
    tau = statistics.autocorrelation_time(autoregressive(n, memory, np.random.default_rng(3)))
    assert abs(tau / exact - 1) < 3 * np.sqrt(2 * (2 * 6 * exact + 1) / n)


def test_error_bars_cover() -> None:
    """The true mean 0 lies within one standard error in 68 % of 300 series, within 4 binomial errors."""
    inside = 0
    for seed in range(300):
        found = statistics.estimate(autoregressive(2000, 0.5, np.random.default_rng(seed)))
        inside += abs(found.value) < found.error
    spread = np.sqrt(0.683 * 0.317 / 300)
    assert abs(inside / 300 - 0.683) < 4 * spread


def test_short_series_are_refused() -> None:
    with pytest.raises(TooShort, match="autocorrelation times"):
        statistics.estimate(autoregressive(300, 0.97, np.random.default_rng(0)))
    with pytest.raises(TooShort, match="run at least 2"):
        statistics.estimate(np.ones(1))
    with pytest.raises(TooShort, match="at least 4"):
        statistics.jackknife(np.ones((3, 2)), lambda m: m[0])
    with pytest.raises(InvalidInput, match="finite"):
        statistics.estimate(np.array([1.0, np.nan, 2.0]))


def test_jackknife_of_a_ratio() -> None:
    """Bias of a ratio of means is O(1/n) and removed; the error agrees with propagation to 10 %."""
    rng = np.random.default_rng(7)
    bins = np.column_stack([2 + 0.3 * rng.normal(size=400), 4 + 0.3 * rng.normal(size=400)])
    value, error = statistics.jackknife(bins, lambda m: m[0] / m[1])
    propagated = 0.5 * np.hypot(0.3 / 2, 0.3 / 4) / np.sqrt(400)
    assert abs(value - 0.5) < 4 * propagated
    assert abs(error / propagated - 1) < 0.1


def test_jackknife_of_a_mean_is_the_standard_error() -> None:
    x = np.random.default_rng(1).normal(size=(50, 1))
    value, error = statistics.jackknife(x, lambda m: m[0])
    assert np.isclose(value, x.mean()) and np.isclose(error, x.std(ddof=1) / np.sqrt(50))
