r"""The field of sheet currents above a film, at points or averaged over a pick-up, by convolution in real space.

Each face current is spread evenly over one cell around its face. Above such a cell the law of Biot and Savart has
closed forms,

.. math:: \iint\frac{Y\,dX\,dY}{(X^2+Y^2+z^2)^{3/2}}=-\mathrm{asinh}\frac{X}{\sqrt{Y^2+z^2}},\qquad
          \iint\frac{dX\,dY}{\sqrt{X^2+Y^2+z^2}}=X\,\mathrm{asinh}\frac{Y}{\sqrt{X^2+z^2}}
          +Y\,\mathrm{asinh}\frac{X}{\sqrt{Y^2+z^2}}-z\arctan\frac{XY}{zR},

so that the convolution is exact at any height, without the images that a transform exp(-kz) of a padded sheet leaves.
The mean over a pick-up is the circulation of A around its edge over its area.
"""

from collections.abc import Callable
from math import asinh, ceil, log, pi, sqrt

import numpy as np

from onnes.response.condensate.film_fields import FilmFields
from onnes.units import MU_0

UNIT = MU_0 / (4 * pi)
Contour = tuple[np.ndarray, np.ndarray]


def circle(radius: float, height: float) -> Contour:
    """Return points (n, 2) and steps (n, 2) of a round loop; the trapezium rule converges as exp(-n asinh(z/a))."""
    count = max(12, ceil(20 / asinh(height / radius)))
    angle = 2 * pi * np.arange(count) / count
    along = np.stack([np.cos(angle), np.sin(angle)], -1)
    return radius * along, 2 * pi * radius / count * np.stack([-along[:, 1], along[:, 0]], -1)


def square(side: float, height: float) -> Contour:
    """Return points and steps of a square loop; Gauss's rule on each side converges as rho^(-2n)."""
    depth = 2 * height / side
    count = 2 + ceil(9 / log(depth + sqrt(1 + depth * depth)))
    nodes, weights = np.polynomial.legendre.leggauss(count)
    low = np.stack([nodes, np.full(count, -1.0)], -1) * side / 2
    step = np.stack([weights, np.zeros(count)], -1) * side / 2
    points, steps = [], []
    for turn in range(4):
        c, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[turn]
        rotation = np.array([[c, s], [-s, c]])
        points.append(low @ rotation)
        steps.append(step @ rotation)
    return np.concatenate(points), np.concatenate(steps)


def normal_field(
    seen: FilmFields,
    faces: tuple[np.ndarray, np.ndarray],
    height: float,
    margin: tuple[int, int] = (0, 0),
    contour: Contour | None = None,
    area: float = 1.0,
) -> np.ndarray:
    """Return B_z (T) at ``height`` nm above the cells and ``margin`` = (columns, rows) of cells around them.

    Parameters
    ----------
    faces : sheet currents through the faces, A/m. contour, area : edge of a pick-up centred at each point, and
        its area in nm^2; without them the field at the point.
    """
    from scipy.signal import fftconvolve

    (hx, hy), (ny, nx), (mx, my) = seen.step, seen.psi.shape, margin
    dx = hx * np.arange(-(nx - 1) - mx, nx + mx)
    dy = hy * np.arange(-(ny - 1) - my, ny + my)
    total = 0.0
    for axis, (face, shift) in enumerate(zip(faces, ((hx / 2, 0.0), (0.0, hy / 2)), strict=True)):
        kernel = _kernel(axis, dx - shift[0], dy - shift[1], (hx, hy), height, contour, area)
        total = total + fftconvolve(kernel, face, mode="valid")
    return UNIT * total


def _kernel(
    axis: int,
    dx: np.ndarray,
    dy: np.ndarray,
    step: tuple[float, float],
    height: float,
    contour: Contour | None,
    area: float,
) -> np.ndarray:
    """Return what a unit current along ``axis`` in a cell gives at (dx, dy) from it, (y, x)."""
    if contour is None:
        if axis == 0:
            return -_spread(lambda x, y: np.arcsinh(x / np.sqrt(y * y + height**2)), dx, dy, step)
        return _spread(lambda x, y: np.arcsinh(y / np.sqrt(x * x + height**2)), dx, dy, step)
    total = np.zeros((len(dy), len(dx)))
    for point, along in zip(*contour, strict=True):
        if along[axis] != 0:
            potential = _spread(
                lambda x, y: _inverse_distance(x, y, height), dx + point[0], dy + point[1], step
            )
            total += along[axis] / area * potential
    return total


def _spread(
    antiderivative: Callable[[np.ndarray, np.ndarray], np.ndarray],
    dx: np.ndarray,
    dy: np.ndarray,
    step: tuple[float, float],
) -> np.ndarray:
    """Return the integral over the cell of a source at distance (dx, dy), from its antiderivative at the corners."""
    (hx, hy) = step
    x = np.append(dx - hx / 2, dx[-1] + hx / 2)
    y = np.append(dy - hy / 2, dy[-1] + hy / 2)
    corner = antiderivative(x[None, :], y[:, None])
    return np.diff(np.diff(corner, axis=0), axis=1)


def _inverse_distance(x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
    distance = np.sqrt(x * x + y * y + z * z)
    along_x = x * np.arcsinh(y / np.sqrt(x * x + z * z))
    return along_x + y * np.arcsinh(x / np.sqrt(y * y + z * z)) - z * np.arctan(x * y / (z * distance))
