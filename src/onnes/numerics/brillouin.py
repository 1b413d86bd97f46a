"""Meshes and paths in the unit cell of reciprocal space, and thermal occupations."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import expit

from onnes.errors import InvalidInput


def mesh(shape: Sequence[int], shift: float = 0.0) -> np.ndarray:
    """Return k (n1*n2*n3, 3) in reciprocal lattice units, (i + shift)/n along each axis, last axis fastest."""
    return mesh_points(shape, 0, mesh_size(shape), shift)


def mesh_size(shape: Sequence[int]) -> int:
    """Return the number of points of a mesh; raises `InvalidInput` where it is none."""
    sizes = _sizes(shape)
    return sizes[0] * sizes[1] * sizes[2]


def mesh_points(shape: Sequence[int], start: int, stop: int, shift: float = 0.0) -> np.ndarray:
    """Return the points from number ``start`` to before ``stop`` of `mesh`, (stop - start, 3)."""
    sizes = _sizes(shape)
    steps = np.unravel_index(np.arange(start, stop), sizes)
    return np.stack([(i + (shift if n > 1 else 0.0)) / n for i, n in zip(steps, sizes, strict=True)], axis=-1)


def _sizes(shape: Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(int(n) for n in shape) + (1,) * (3 - len(shape))
    if any(n < 1 for n in sizes) or len(sizes) != 3:
        raise InvalidInput(f"a mesh of {tuple(shape)}", "give one to three positive numbers")
    return sizes


def path(corners: str, points: Mapping[str, Sequence[float]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (k (count, 3), distance (count,)) along ``"G-X-M-G"`` through named points (reciprocal lattice units).

    Raises `InvalidInput` on a label that is not among ``points``.
    """
    labels = corners.split("-")
    for label in labels:
        if label not in points:
            raise InvalidInput(
                f"{label!r} in the path {corners!r} is not a known point", f"use {', '.join(points)}"
            )
    if len(labels) < 2 or count < 2:
        raise InvalidInput(f"a path {corners!r} of {count} points", "give at least two labels and two points")
    ends = np.array(
        [np.pad(np.asarray(points[label], float), (0, 3 - len(points[label]))) for label in labels]
    )
    lengths = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    marks = np.concatenate([[0.0], np.cumsum(lengths)])
    distance = np.linspace(0, marks[-1], count)
    return np.array([np.interp(distance, marks, ends[:, i]) for i in range(3)]).T, distance


def fermi(energy: np.ndarray, kt: float) -> np.ndarray:
    """Return the Fermi function of energy (meV from the chemical potential) at kT (meV); a step at kT = 0."""
    if kt == 0:
        return np.where(energy < 0, 1.0, np.where(energy > 0, 0.0, 0.5))
    return expit(-energy / kt)


def emission(energy: np.ndarray, kt: float) -> np.ndarray:
    """Return 1 + n = 1/(1 - exp(-energy/kT)), the weight of losing ``energy`` (meV) to a bath; a step at kT = 0."""
    if kt == 0:
        return np.where(energy > 0, 1.0, 0.0)
    with np.errstate(over="ignore"):
        return -1 / np.expm1(-energy / kt)
