"""From measured blocks to values with errors: bins, jackknife of ratios, autocorrelation times, sign.

Every mean is <s O>/<s> with the sign or phase s of a configuration; its error is a jackknife over bins of blocks
that are at least `BIN` autocorrelation times long, so that bins are independent whatever the chain.
"""

from collections.abc import Callable

import numpy as np

from onnes.errors import TooShort
from onnes.numerics.statistics import SHORTEST, autocorrelation_time
from onnes.solve.correlated.dqmc.chain import WATCHED
from onnes.solve.correlated.dqmc.record import Record

BIN = 8.0
"""Autocorrelation times in a bin; what is left of the correlation lowers an error by about 1/(2 BIN)."""
SHORTEST_CHAIN = 10.0
"""Autocorrelation times that each chain must hold."""
LEAST_BINS = 8
SURE = 3.0
"""Standard errors by which the mean sign must differ from zero for a ratio to be quoted."""

Fields = dict[str, np.ndarray]


def correlation_times(record: Record) -> np.ndarray:
    """Return the autocorrelation time, mean over chains, in sweeps, of the sign and of each watched sum.

    Raises
    ------
    TooShort : fewer than fifty of the longest of these times in all chains, or than ten in a chain.
    """
    numbers = np.unique(record.chain)
    found = np.full((len(numbers), 1 + len(WATCHED)), 0.5)
    lengths = np.empty(len(numbers))
    for row, number in enumerate(numbers):
        series = record.series[record.chain == number]
        series = series.reshape(-1, series.shape[-1])
        lengths[row] = len(series)
        for k, column in enumerate(np.column_stack([series[:, 0], series[:, 2:]]).real.T):
            if np.ptp(column) > 1e-9 * max(np.abs(column).max(), 1e-300):
                found[row, k] = autocorrelation_time(column)
    times = np.average(found, axis=0, weights=lengths)
    longest = times.max()
    if lengths.sum() < SHORTEST * longest or lengths.min() < SHORTEST_CHAIN * longest:
        raise TooShort(
            f"{int(lengths.sum())} sweeps in {len(numbers)} chains with an autocorrelation time of {longest:.0f}",
            f"measure at least {int(SHORTEST * longest) + 1} in all and {int(SHORTEST_CHAIN * longest) + 1} in each",
        )
    return times


def bins(record: Record, sums: np.ndarray, time: float) -> np.ndarray:
    """Return ``sums`` (block, ...) added up to bins that are long against ``time`` (sweeps): (bin, ...).

    Raises
    ------
    TooShort : fewer than eight bins.
    """
    sweeps = record.series.shape[1]
    width = max(1, int(np.ceil(BIN * time / sweeps)))
    found = []
    for number in np.unique(record.chain):
        rows = sums[record.chain == number]
        whole = len(rows) // width * width
        if whole:
            found.append(rows[:whole].reshape(-1, width, *rows.shape[1:]).sum(axis=1))
    if sum(map(len, found)) < LEAST_BINS:
        raise TooShort(
            f"{sum(map(len, found))} independent bins of {width * sweeps} sweeps",
            f"measure at least {LEAST_BINS * width} blocks of {sweeps} sweeps",
        )
    return np.concatenate(found)


def mean_sign(signs: np.ndarray, samples: np.ndarray) -> tuple[complex, float]:
    """Return the mean sign (or phase) and the standard error of its magnitude, from bins (bin,)."""
    total = signs.sum() / samples.sum()
    left = (signs.sum() - signs) / (samples.sum() - samples)
    count = len(signs)
    along = (left * np.conj(total) / max(abs(total), 1e-300)).real
    return complex(total), float(np.sqrt((count - 1) * along.var()))


def jackknifed(data: np.ndarray, function: Callable[[np.ndarray], Fields]) -> tuple[Fields, Fields]:
    """Return values (bias removed) and standard errors of all named functions of the sums ``data`` (bin, size).

    An error of a complex number is that of its real and imaginary part, added in quadrature.
    """
    count, total = len(data), data.sum(axis=0)
    whole, left = function(total), function(total - data)
    values, errors = {}, {}
    for name, value in whole.items():
        each = left[name]
        values[name] = count * value - (count - 1) * each.mean(axis=0)
        spread = each - each.mean(axis=0)
        errors[name] = np.sqrt((count - 1) * np.mean(np.abs(spread) ** 2, axis=0))
    return values, errors


def sure(sign: complex, error: float) -> bool:
    """Whether a mean sign is far enough from zero for a ratio to it."""
    return abs(sign) > SURE * error
