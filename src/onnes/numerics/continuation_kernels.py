"""Kernels from spectra to imaginary time: fermions, bosons of even correlations, and susceptibilities over energy.

A kernel K (time, energy) is a matrix that acts on weights of cells of an energy grid: data(t) = sum_j K(t, w_j) a_j
with a_j = A(w_j) width_j. Times are in 1/energy, 0 <= t <= beta. M. Jarrell and J. E. Gubernatis, Phys. Rep. 269,
133 (1996), section 2.
"""

import numpy as np

from onnes.errors import InvalidInput


def fermion_kernel(time: np.ndarray, energy: np.ndarray, beta: float) -> np.ndarray:
    """Return exp(-t w)/(1 + exp(-beta w)), so that <c(t) c+(0)> = integral dw K A(w); both signs of w.

    K(0) + K(beta) = 1: the weight of A is the sum of the data at both ends.
    """
    t, w = _arguments(time, energy, beta, signed=True)
    # one exponential, never positive: exp(-t w) for w > 0, exp((beta - t) w) for w < 0
    return np.exp(-np.where(w > 0, t * w, (t - beta) * w)) / (1 + np.exp(-beta * np.abs(w)))


def boson_kernel(time: np.ndarray, energy: np.ndarray, beta: float) -> np.ndarray:
    """Return [exp(-t w) + exp(-(beta - t) w)]/(1 + exp(-beta w)), w >= 0, which is 1 at t = 0.

    The spectrum is S(w) + S(-w) = S(w) [1 + exp(-beta w)], where <B(t) B+(0)> = integral over both signs of
    S(w) exp(-t w); its weight is the equal-time correlation.
    """
    t, w = _arguments(time, energy, beta, signed=False)
    return (np.exp(-t * w) + np.exp(-(beta - t) * w)) / (1 + np.exp(-beta * w))


def susceptibility_kernel(time: np.ndarray, energy: np.ndarray, beta: float) -> np.ndarray:
    """Return w [exp(-t w) + exp(-(beta - t) w)]/(1 - exp(-beta w)), w >= 0, which is 2/beta at w = 0.

    The spectrum is chi''(w)/(pi w); its weight is chi(0)/2, half the integral of the data over 0 < t < beta.
    """
    t, w = _arguments(time, energy, beta, signed=False)
    x = beta * w
    safe = np.where(x > 1e-8, x, 1.0)
    factor = np.where(x > 1e-8, safe / -np.expm1(-safe), 1 + x / 2) / beta
    return factor * (np.exp(-t * w) + np.exp(-(beta - t) * w))


def cell_widths(energy: np.ndarray) -> np.ndarray:
    """Return the widths of the cells around grid points, ends at midpoints and at the first and last point.

    Raises
    ------
    InvalidInput : fewer than 8 energies, not finite or not increasing.
    """
    edges = cell_edges(energy)
    return np.diff(edges)


def cell_edges(energy: np.ndarray) -> np.ndarray:
    """Return the n + 1 edges of the cells of `cell_widths`; errors as there."""
    grid = np.asarray(energy, float)
    if grid.ndim != 1 or len(grid) < 8 or not np.all(np.isfinite(grid)) or np.any(np.diff(grid) <= 0):
        raise InvalidInput(
            f"an energy grid of shape {grid.shape}", "give at least 8 finite energies in rising order"
        )
    return np.concatenate([grid[:1], (grid[1:] + grid[:-1]) / 2, grid[-1:]])


def window_share(energy: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the share of each cell that lies between ``low`` and ``high``.

    Raises
    ------
    InvalidInput : low not below high, or a window outside the grid.
    """
    edges = cell_edges(energy)
    if not low < high or high <= edges[0] or low >= edges[-1]:
        raise InvalidInput(
            f"a window from {low:g} to {high:g}",
            f"give low < high that meet the grid from {edges[0]:g} to {edges[-1]:g}",
        )
    inside = np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)
    return np.clip(inside, 0, None) / np.diff(edges)


def fold(time: np.ndarray, values: np.ndarray, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times up to beta/2 and ``values`` (..., time) averaged with their mirror images at beta - t.

    A time whose mirror image is not on the grid keeps its own value; times above beta/2 are then left out only
    where their image is present.
    """
    t = np.asarray(time, float)
    near = 1e-9 * beta
    found, kept = np.full(len(t), -1), []
    for i, own in enumerate(t):
        match = np.flatnonzero(np.abs(t - (beta - own)) < near)
        if len(match):
            found[i] = match[0]
        if own <= beta / 2 + near or not len(match):
            kept.append(i)
    partner = np.where(found[kept] >= 0, found[kept], kept)
    return t[kept], (values[..., kept] + values[..., partner]) / 2


def _arguments(
    time: np.ndarray, energy: np.ndarray, beta: float, *, signed: bool
) -> tuple[np.ndarray, np.ndarray]:
    t, w = np.asarray(time, float)[:, None], np.asarray(energy, float)[None, :]
    if not (np.isfinite(beta) and beta > 0):
        raise InvalidInput(f"an inverse temperature of {beta}", "give a positive number")
    if not np.all(np.isfinite(t)) or np.any(t < -1e-9 * beta) or np.any(t > beta * (1 + 1e-9)):
        raise InvalidInput("imaginary times outside 0 ... beta", f"give times from 0 to {beta:g}")
    if not np.all(np.isfinite(w)) or (not signed and np.any(w < 0)):
        raise InvalidInput("energies that are not finite, or negative for a boson", "give energies w >= 0")
    return np.clip(t, 0, beta), w
