"""From the imaginary to the real axis: Pade approximants, and grids for an exact continuation.

The exact continuation of a convolution with a boson kernel couples a function at x to itself at
x - Omega and x + Omega. On the staggered grid x_j = (j + 1/2) h the origin is a cell edge, a shift by
a whole number of steps maps the grid onto itself, and both sums are correlations done by FFT.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from onnes.errors import InvalidInput


def pade(points: ArrayLike, values: ArrayLike, at: ArrayLike) -> np.ndarray:
    """Return the Pade approximant through (points, values), evaluated elsewhere in the complex plane.

    Thiele's continued fraction f(z) = a_0/(1 + a_1 (z - z_0)/(1 + a_2 (z - z_1)/(1 + ...)));
    it goes through every point in exact arithmetic. H. J. Vidberg and J. W. Serene, J. Low Temp.
    Phys. 29, 179 (1977). Rounding limits it to about 60 points in double precision.

    Parameters
    ----------
    points : complex array (n,), distinct.
    values : complex array (..., n): several functions are continued at once.
    at : complex array (m,).

    Returns
    -------
    complex array (..., m).

    Raises
    ------
    InvalidInput : shapes that do not fit, or two equal points.
    """
    z, f, x = np.asarray(points, complex), np.asarray(values, complex), np.asarray(at, complex)
    if z.ndim != 1 or f.shape[-1:] != z.shape or len(z) == 0:
        raise InvalidInput(
            f"points {z.shape} and values {f.shape}", "give as many values as points, on the last axis"
        )
    if len(np.unique(z)) < len(z):
        raise InvalidInput("two equal points of a Pade approximant", "give distinct points")
    coefficients = _thiele(z, f)
    shape = f.shape[:-1]
    previous, current = np.zeros((*shape, *x.shape), complex), np.empty((*shape, *x.shape), complex)
    current[...] = coefficients[..., :1] if x.ndim else coefficients[..., 0]
    below, above = np.ones_like(current), np.ones_like(current)
    for k in range(1, len(z)):
        a = coefficients[..., k, None] if x.ndim else coefficients[..., k]
        factor = a * (x - z[k - 1])
        previous, current = current, current + factor * previous
        below, above = above, above + factor * below
        # Only the ratio counts: rescaling keeps long fractions away from overflow.
        scale = np.maximum(np.abs(current), np.abs(above))
        scale = np.where((scale > 0) & np.isfinite(scale), scale, 1.0)
        previous, current, below, above = previous / scale, current / scale, below / scale, above / scale
    return current / above


def _thiele(z: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Return the coefficients a_k = g_k(z_k); the fraction ends where the reciprocal differences vanish."""
    g = f.copy()
    a = np.zeros_like(f)
    a[..., 0] = g[..., 0]
    scale = np.max(np.abs(f), axis=-1, keepdims=True)
    alive = np.ones(f.shape[:-1], bool)
    for k in range(1, len(z)):
        step = g[..., k - 1, None] - g[..., k:]
        # A rational function of low order is exhausted early: what remains is rounding, and is cut.
        alive &= np.max(np.abs(step), axis=-1) > 1e-15 * np.maximum(scale[..., 0], np.abs(g[..., k - 1]))
        denominator = (z[k:] - z[k - 1]) * g[..., k:]
        safe = np.where(np.abs(denominator) > 0, denominator, 1.0)
        g[..., k:] = np.where(alive[..., None] & (np.abs(denominator) > 0), step / safe, 0.0)
        a[..., k] = g[..., k]
    return a


def upper_root(square: np.ndarray) -> np.ndarray:
    """Return the square root in the upper half plane, the branch of a retarded function."""
    root = np.sqrt(square)
    return np.where(root.imag < 0, -root, root)


def mean_inverse_root(square: np.ndarray) -> np.ndarray:
    """Return the mean of 1/sqrt(q) over each cell, from q at the n + 1 cell edges (last axis).

    For q linear across the cell, integral dx/sqrt(q) = h 2/(sqrt(q_left) + sqrt(q_right)) exactly: an
    inverse square-root singularity inside a cell is integrated, not sampled.
    """
    root = upper_root(square)
    return 2 / (root[..., 1:] + root[..., :-1])


def deposit(nodes: np.ndarray, mass: np.ndarray, step: float, count: int, *, join: float) -> np.ndarray:
    """Spread a measure given on nodes onto the grid l*step, l = 0 ... count - 1.

    Neighbouring nodes nearer than ``join`` belong to one piecewise linear density: each node's mass is
    a hat that reaches to its neighbours. Other nodes are point masses. The result is the exact
    integral of that density against the hat functions of the grid, so that mass and first moment
    are kept exactly.
    """
    x = step * np.arange(-1, count + 1)
    doubled = np.zeros(len(x))
    gaps = np.diff(nodes)
    left = np.concatenate([[0.0], np.where(gaps <= join, gaps, 0.0)])
    right = np.concatenate([left[1:], [0.0]])
    both = left + right
    alone = both == 0
    for reach, sign, share in (
        (left, -1, np.divide(left, both, out=np.zeros_like(both), where=~alone)),
        (right, 1, np.divide(right, both, out=np.zeros_like(both), where=~alone)),
        (np.zeros_like(both), 1, alone.astype(float)),
    ):
        for block in np.array_split(np.flatnonzero(share > 0), max(1, len(nodes) // 256)):
            doubled += (mass * share)[block] @ _double_integral(
                x - nodes[block, None], reach[block, None], sign
            )
    return np.diff(doubled, 2) / step


def _double_integral(u: np.ndarray, reach: np.ndarray, sign: int) -> np.ndarray:
    """Twice-integrated unit half-hat 2/d (1 - |u|/d) on the ``sign`` side of u = 0, or a point mass for d = 0."""
    # Mirrored: r_left(u) = u + r_right(-u), because both integrate the same unit mass from either side.
    v = u if sign > 0 else -u
    inside = np.clip(v, 0, reach)
    d = np.where(reach > 0, reach, 1.0)
    value = np.where(v >= reach, np.maximum(v, 0) - reach / 3, inside**2 / d - inside**3 / (3 * d**2))
    return value if sign > 0 else value + u


@dataclass(frozen=True, slots=True, eq=False)
class ShiftedSums:
    """Sums over shifts down and up on the staggered grid x_j = (j + 1/2) step, by FFT.

    A function is held at j = -reach ... count + reach - 1; results come at j = 0 ... count - 1.
    """

    step: float
    count: int
    reach: int

    @property
    def x(self) -> np.ndarray:
        """The grid that functions are held on, (count + 2 reach,)."""
        return (np.arange(-self.reach, self.count + self.reach) + 0.5) * self.step

    @property
    def length(self) -> int:
        return fft.next_fast_len(self.count + 2 * self.reach)

    def kernel(self, weights: np.ndarray) -> np.ndarray:
        """Transform shift weights w_l (..., l <= reach), real."""
        return fft.fft(weights, self.length, axis=-1)

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Transform a function (..., count + 2 reach)."""
        return fft.fft(values, self.length, axis=-1)

    def result(self, transformed: np.ndarray) -> np.ndarray:
        """Return to the grid, at j = 0 ... count - 1.

        With ``kernel`` K and ``transform`` F: K F gives sum_l w_l f(x - l step), and conj(K) F gives
        sum_l w_l f(x + l step); neither wraps around within the returned range.
        """
        return fft.ifft(transformed, axis=-1)[..., self.reach : self.reach + self.count]
