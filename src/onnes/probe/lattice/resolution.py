"""Resolution of an instrument in momentum: Gaussian averages, converged and normalised."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput, InvalidModel

FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian over its standard deviation."""
STEP = 1.5
"""First step of the trapezoidal rule in standard deviations: 2 exp(-2 pi^2/STEP^2) = 3e-4 for a slow function."""
REACH = 3
"""Steps on either side, 4.5 standard deviations: 7e-6 lies beyond, and the rest is normalised."""
MOST = 20_000
"""Points for one momentum, after which an average is given up."""
BLOCK = 1024
"""Momenta that are handed over at once."""


@dataclass(frozen=True, slots=True)
class MomentumResolution:
    """Gaussian resolution in momentum about a cut, full widths at half maximum, 1/angstrom.

    Parameters
    ----------
    along : in the direction of the cut at each point (the mean of two where it has a corner).
    across : at right angles to the cut, in the plane of the first two reciprocal vectors.
    vertical : at right angles to both.
    """

    along: float = 0.0
    across: float = 0.0
    vertical: float = 0.0

    def __post_init__(self) -> None:
        for name in ("along", "across", "vertical"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InvalidModel(name, getattr(self, name), "zero or positive", "1/angstrom")

    def covariance(self, wavevectors: np.ndarray, reciprocal: np.ndarray) -> np.ndarray:
        """Return the covariance at each point of a cut, (n, 3, 3), r.l.u.^2."""
        if len(wavevectors) < 2:
            raise InvalidInput(
                "a resolution along a cut of one point", "give a path, or widths along the axes"
            )
        tangent = np.gradient(wavevectors @ reciprocal, axis=0)
        length = np.linalg.norm(tangent, axis=1)
        if np.any(length < 1e-9):
            raise InvalidInput("a cut that stands still or turns back", "give a path of distinct points")
        tangent /= length[:, None]
        normal = np.cross(reciprocal[0], reciprocal[1])
        vertical = _across(tangent, normal / np.linalg.norm(normal))
        # A cut along the normal itself: the plane is then the one that holds the first reciprocal vector.
        upright = np.linalg.norm(vertical, axis=1) < 1e-6
        vertical[upright] = _across(tangent[upright], reciprocal[0] / np.linalg.norm(reciprocal[0]))
        vertical /= np.linalg.norm(vertical, axis=1)[:, None]
        frame = np.stack([tangent, np.cross(vertical, tangent), vertical], axis=1)
        sigma = np.array([self.along, self.across, self.vertical]) / FWHM
        to_units = np.linalg.inv(reciprocal)
        spread = (sigma[:, None] * frame) @ to_units
        return np.swapaxes(spread, 1, 2) @ spread


def _across(tangent: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return direction - (tangent @ direction)[:, None] * tangent


Resolution = MomentumResolution | Sequence[float] | ArrayLike
"""About a cut; or three full widths along the reciprocal vectors, r.l.u.; or a covariance (3, 3), r.l.u.^2."""


def covariances(
    resolution: Resolution, wavevectors: np.ndarray, reciprocal: np.ndarray, name: str
) -> np.ndarray:
    """Return the covariance at each wavevector, (n, 3, 3), r.l.u.^2; ``name`` is that of the keyword in errors."""
    if isinstance(resolution, MomentumResolution):
        return resolution.covariance(wavevectors, reciprocal)
    given = np.asarray(resolution, float)
    if not np.all(np.isfinite(given)) or given.shape not in ((3,), (3, 3)):
        raise InvalidInput(
            f"{name} of shape {given.shape}",
            "give three widths, a covariance (3, 3), or a MomentumResolution",
        )
    if given.shape == (3,):
        if np.any(given < 0):
            raise InvalidInput(f"{name} {given.tolist()}", "give three widths that are zero or positive")
        given = np.diag((given / FWHM) ** 2)
    elif not np.allclose(given, given.T, rtol=1e-9, atol=0) or _lowest(given) < -1e-9 * np.abs(given).max():
        raise InvalidInput(
            f"{name} is not a covariance", "give a symmetric matrix without negative eigenvalues"
        )
    return np.broadcast_to(given, (len(wavevectors), 3, 3))


def _lowest(matrix: np.ndarray) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])


@dataclass(frozen=True, slots=True)
class Average:
    """A Gaussian average.

    Parameters
    ----------
    values : (centre, kind, ...).
    points : momenta for one centre.
    error : last change over the largest value, the largest of all kinds; 0 where nothing was averaged.
    """

    values: np.ndarray
    points: int
    error: float


def gaussian_average(
    evaluate: Callable[[np.ndarray], np.ndarray],
    centres: np.ndarray,
    covariance: np.ndarray,
    *,
    tolerance: float,
) -> Average:
    """Return the mean of a function over Gaussians about each centre.

    The trapezoidal rule on a Gaussian converges exponentially once its step is below the width of what is averaged.
    The step along each principal axis is halved, keeping the old points, until that changes nothing by more than
    ``tolerance``.

    Parameters
    ----------
    evaluate : momenta (n, 3) -> values (n, kind, ...).
    centres : (centre, 3), r.l.u.
    covariance : (centre, 3, 3), r.l.u.^2, some directions of which may have no width.
    tolerance : change over the largest value of each kind.

    Raises
    ------
    InvalidInput : a tolerance that is not positive; no convergence with `MOST` points.
    """
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise InvalidInput(f"tolerance {tolerance}", "give a positive number")
    values, vectors = np.linalg.eigh(covariance)
    wide = values > 1e-12 * max(float(values.max(initial=0.0)), 1e-300)
    rank = int(np.max(np.sum(wide, axis=1)))
    if rank == 0:
        return Average(_evaluate(evaluate, centres), 1, 0.0)
    roots = (vectors * np.sqrt(np.where(wide, values, 0.0))[:, None, :])[:, :, 3 - rank :]
    grid, settled, changes = _Grid(evaluate, centres, roots), [False] * rank, [np.inf] * rank
    mean = grid.add(_offsets([0] * rank))
    while not all(settled):
        for axis in range(rank):
            if settled[axis]:
                continue
            finer = list(grid.levels)
            finer[axis] += 1
            if _count(finer) > MOST:
                raise InvalidInput(
                    f"an average over momentum still changes by {max(changes):.2g} with {_count(grid.levels)} points",
                    "broaden the lines, narrow the momentum resolution, or loosen tolerance=",
                )
            before, grid.levels = mean, finer
            mean = grid.add(_offsets(finer, axis))
            changes[axis] = relative_change(before, mean)
            settled[axis] = changes[axis] <= tolerance
    return Average(mean, _count(grid.levels), max(changes))


class _Grid:
    """A weighted sum over points that grows, direction by direction."""

    def __init__(
        self, evaluate: Callable[[np.ndarray], np.ndarray], centres: np.ndarray, roots: np.ndarray
    ) -> None:
        self.evaluate, self.centres, self.roots = evaluate, centres, roots
        self.levels = [0] * roots.shape[-1]
        self.total: np.ndarray | float = 0.0
        self.weight = 0.0

    def add(self, offsets: np.ndarray) -> np.ndarray:
        """Add points (n, rank), standard deviations, and return the mean so far."""
        shares = np.exp(-0.5 * np.sum(offsets**2, axis=1))
        self.total = self.total + _weighted(self.evaluate, self.centres, self.roots, offsets, shares)
        self.weight += float(shares.sum())
        return self.total / self.weight


def _count(levels: Sequence[int]) -> int:
    return int(np.prod([2 * REACH * 2**level + 1 for level in levels]))


def _offsets(levels: Sequence[int], axis: int | None = None) -> np.ndarray:
    """Return the points of a grid, (n, rank), standard deviations; only those that a finer ``axis`` has added."""
    steps = [np.arange(-REACH * 2**level, REACH * 2**level + 1) for level in levels]
    if axis is not None:
        steps[axis] = steps[axis][steps[axis] % 2 != 0]
    lines = [s * (STEP / 2**level) for s, level in zip(steps, levels, strict=True)]
    return np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, len(levels))


def _weighted(
    evaluate: Callable[[np.ndarray], np.ndarray],
    centres: np.ndarray,
    roots: np.ndarray,
    offsets: np.ndarray,
    shares: np.ndarray,
) -> np.ndarray:
    size, total = max(BLOCK // len(centres), 1), 0.0
    for start in range(0, len(offsets), size):
        part = offsets[start : start + size]
        points = centres[:, None, :] + np.einsum("car,or->coa", roots, part)
        found = _evaluate(evaluate, points.reshape(-1, 3))
        total = total + np.einsum(
            "co...,o->c...",
            found.reshape(len(centres), len(part), *found.shape[1:]),
            shares[start : start + size],
        )
    return total


def _evaluate(evaluate: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    return np.concatenate([evaluate(points[i : i + BLOCK]) for i in range(0, len(points), BLOCK)])


def relative_change(before: np.ndarray, after: np.ndarray) -> float:
    """Return the largest change over the largest value, the worst of all kinds (axis 1)."""
    axes = (0, *range(2, after.ndim))
    size = np.max(np.abs(after), axis=axes)
    return float(np.max(np.max(np.abs(after - before), axis=axes) / np.where(size > 0, size, 1.0)))
