"""Where an instrument measures: wavevectors along a path, and energies with their resolution."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput
from onnes.numerics import brillouin
from onnes.probe.lattice.resolution import FWHM

REACH = 4.0
"""Standard deviations of the energy resolution that are kept: 6e-5 is lost, and the rest normalised."""
POINTS: dict[str, tuple[float, ...]] = {
    "G": (0, 0),
    "X": (0.5, 0),
    "Y": (0, 0.5),
    "M": (0.5, 0.5),
    "Z": (0, 0, 0.5),
}
"""Named points of a tetragonal zone, reciprocal lattice units."""


def path_or_points(
    q: str | ArrayLike, points: Mapping[str, Sequence[float]], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return Q (q, 3) and the length of the path up to each, reciprocal lattice units."""
    if isinstance(q, str):
        return _path(q, points, count)
    vectors = np.atleast_2d(np.asarray(q, float))
    if vectors.ndim != 2 or vectors.shape[1] not in (2, 3) or not np.all(np.isfinite(vectors)):
        raise InvalidInput(f"q of shape {vectors.shape}", "give finite vectors (q, 3), or a path 'G-X-M'")
    vectors = np.pad(vectors, ((0, 0), (0, 3 - vectors.shape[1])))
    steps = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    return vectors, np.concatenate([[0.0], np.cumsum(steps)])


def _path(text: str, points: Mapping[str, Sequence[float]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Read ``"G-X"`` or ``"(0,0)-(0.5,-0.5)"``."""
    known, labels = dict(points), []
    for token in re.findall(r"\([^()]*\)|[^-]+", text):
        label = token.strip()
        if label.startswith("("):
            try:
                known[label] = tuple(float(x) for x in label.strip("()").split(","))
            except ValueError:
                known[label] = ()
            if len(known[label]) not in (2, 3):
                raise InvalidInput(f"{label!r} in the path {text!r} is not a wavevector", "write (0.5, 0)")
            # A path is cut at hyphens; the name of a vector must not hold one.
            name = label.replace("-", "\N{MINUS SIGN}")
            known[name] = known.pop(label)
            label = name
        labels.append(label)
    return brillouin.path("-".join(labels), known, count)


def energy_kernel(
    omega: np.ndarray, resolution: float, broadening: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the energies at which chi is needed, and the matrix (omega, inner) that convolves, None for none."""
    if not (np.isfinite(resolution) and resolution >= 0):
        raise InvalidInput(f"resolution {resolution} meV", "give a width that is zero or positive")
    if omega.ndim != 1 or len(omega) == 0 or not np.all(np.isfinite(omega)):
        raise InvalidInput(
            f"energy of shape {omega.shape}", "give a vector of finite energies, or (low, high, n)"
        )
    if resolution == 0:
        return _not_zero(omega, broadening), None
    sigma = resolution / FWHM
    # The trapezoidal rule on a Gaussian converges like exp(-2 pi^2 sigma^2/step^2): 1e-8 at this step.
    step = min(sigma, broadening) / 2
    inner = np.arange(omega.min() - REACH * sigma, omega.max() + REACH * sigma + step, step)
    weights = np.exp(-0.5 * ((omega[:, None] - inner) / sigma) ** 2)
    return _not_zero(inner, broadening), weights / weights.sum(axis=1, keepdims=True)


def _not_zero(omega: np.ndarray, broadening: float) -> np.ndarray:
    """Move energies away from zero, where [1 + n] Im chi is the limit of 0 times infinity."""
    least = 1e-3 * broadening
    return np.where(np.abs(omega) < least, np.where(omega < 0, -least, least), omega)
