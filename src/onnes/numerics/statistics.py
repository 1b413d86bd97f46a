"""Means and errors of correlated series: autocorrelation time, jackknife over bins.

Every stochastic value carries its standard error, its integrated autocorrelation time and its
effective number of samples, and is refused when the series is too short to give them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, TooShort

WINDOW = 6.0
"""Sokal's window: the sum over lags stops at this many autocorrelation times."""
SHORTEST = 50.0
"""Autocorrelation times a series must hold before its error is believed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A stochastic value: mean, standard error, integrated autocorrelation time, effective samples."""

    value: float
    error: float
    tau: float
    effective: float


def autocorrelation(series: np.ndarray) -> np.ndarray:
    """Return the normalised autocorrelation function rho(lag) of a float series (n,), by FFT."""
    x = np.asarray(series, float) - np.mean(series)
    n = len(x)
    power = np.abs(np.fft.rfft(x, 2 * n)) ** 2
    covariance = np.fft.irfft(power)[:n]
    if covariance[0] <= 0:
        return np.concatenate([[1.0], np.zeros(n - 1)])
    return covariance / covariance[0]


def autocorrelation_time(series: np.ndarray) -> float:
    """Return the integrated autocorrelation time tau = 1/2 + sum rho(lag), in samples; 1/2 is uncorrelated.

    The sum is cut at the first lag beyond 6 tau (A. Sokal, Monte Carlo Methods in Statistical
    Mechanics (1996)).
    """
    rho = autocorrelation(series)
    tau = 0.5 + np.concatenate([[0.0], np.cumsum(rho[1:])])
    lags = np.arange(len(tau))
    stop = np.flatnonzero(lags >= WINDOW * tau)
    return float(max(tau[stop[0]] if len(stop) else tau[-1], 0.5))


def estimate(series: np.ndarray) -> Estimate:
    """Return the mean of a correlated series (n,) with its error.

    Raises
    ------
    TooShort : the series holds fewer than 50 autocorrelation times.
    """
    x = _series(series)
    tau = autocorrelation_time(x)
    if len(x) < SHORTEST * tau:
        raise TooShort(
            f"{len(x)} samples hold only {len(x) / tau:.0f} autocorrelation times (tau = {tau:.1f})",
            f"run at least {int(SHORTEST * tau) + 1} samples",
        )
    effective = len(x) / (2 * tau)
    return Estimate(float(x.mean()), float(x.std(ddof=1) / np.sqrt(effective)), tau, effective)


def jackknife(
    bins: np.ndarray, function: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (value, standard error) of a function of means, bias removed to first order.

    Parameters
    ----------
    bins : float array (bin, ...): independent bin means of the basic observables.
    function : takes the mean over bins (...) and returns a number or an array, such as a ratio.

    Raises
    ------
    TooShort : fewer than 4 bins.
    """
    data = np.asarray(bins, float)
    n = len(data)
    if n < 4:
        raise TooShort(f"{n} bins", "give at least 4 independent bins")
    whole = np.asarray(function(data.mean(axis=0)))
    total = data.sum(axis=0)
    left_out = np.array([function((total - row) / (n - 1)) for row in data])
    mean = left_out.mean(axis=0)
    error = np.sqrt((n - 1) * np.mean(np.abs(left_out - mean) ** 2, axis=0))
    return n * whole - (n - 1) * mean, error


def _series(series: np.ndarray) -> np.ndarray:
    x = np.asarray(series, float)
    if x.ndim != 1 or not np.all(np.isfinite(x)):
        raise InvalidInput(f"a series of shape {x.shape}", "give one vector of finite numbers")
    if len(x) < 2:
        raise TooShort(f"{len(x)} samples", "run at least 2 samples")
    return x
