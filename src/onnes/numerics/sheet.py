"""Sheets of current on a grid: 1/r averaged over pairs of cells, applied by fast Fourier transform.

A sheet current K makes the vector potential (mu0/4 pi) int K(r') d2r'/|r - r'|. With currents spread evenly over
rectangles and the potential averaged over rectangles the kernel is a symmetric, positive definite convolution. Its
discrete Laplacian is the kernel of E. H. Brandt, PRB 72, 024529 (2005), doi:10.1103/PhysRevB.72.024529, between a
stream function and the normal field, and sums to zero exactly: what goes up through the sheet comes down.
"""

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2

NEAR = 12
"""Distance in cells up to which the average is exact; beyond it a quadrature of it is good to 1e-10."""
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(4)


def rectangle_average(nx: int, ny: int, hx: float, hy: float, height: float = 0.0) -> np.ndarray:
    r"""Return 1/|r-r'| averaged over two rectangles (hx, hy) that lie (i hx, j hy) apart, float (ny, nx).

    In one plane the integral is the second difference along both axes of

    .. math:: F=\tfrac12x^2y\,\mathrm{arsinh}\frac{y}{|x|}+\tfrac12xy^2\,\mathrm{arsinh}\frac{x}{|y|}-\tfrac16r^3,
              \qquad\partial_x^2\partial_y^2F=\frac1r .

    Parameters
    ----------
    height : distance between the planes; other than zero it must not be small against hx and hy, because the
        average is then taken by quadrature everywhere.
    """
    x, y = hx * np.arange(nx)[None, :], hy * np.arange(ny)[:, None]
    average = _tent_average(x, y, hx, hy, height)
    if height == 0:
        mx, my = min(nx, NEAR), min(ny, NEAR)
        average[:my, :mx] = _exact_average(mx, my, hx, hy)
    return average


def _tent_average(x: np.ndarray, y: np.ndarray, hx: float, hy: float, height: float) -> np.ndarray:
    """Gauss quadrature over the distance between two points of the rectangles, whose density is a tent."""
    share = (_POINTS + 1) / 2
    offsets = np.concatenate([-share[::-1], share])
    density = np.concatenate([(_WEIGHTS / 2 * (1 - share))[::-1], _WEIGHTS / 2 * (1 - share)])
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    for v, dv in zip(offsets, density, strict=True):
        across = (y + v * hy) ** 2 + height**2
        for u, du in zip(offsets, density, strict=True):
            total += du * dv / np.sqrt((x + u * hx) ** 2 + across)
    return total


def _exact_average(nx: int, ny: int, hx: float, hy: float) -> np.ndarray:
    x, y = hx * np.arange(-1, nx + 1)[None, :], hy * np.arange(-1, ny + 1)[:, None]
    r = np.hypot(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(x == 0, 0.0, x**2 * y * np.arcsinh(y / np.abs(x)))
        second = np.where(y == 0, 0.0, x * y**2 * np.arcsinh(x / np.abs(y)))
    f = (first + second) / 2 - r**3 / 6
    return np.diff(np.diff(f, 2, axis=0), 2, axis=1) / (hx * hy) ** 2


class EvenConvolution:
    """Apply sum_r' k(|x-x'|, |y-y'|) v(r') on a (ny, nx) grid by zero-padded transforms, O(N log N).

    Parameters
    ----------
    kernel : float (ny, nx), k at distances of 0, 1, ... cells along both axes.
    """

    def __init__(self, kernel: np.ndarray) -> None:
        self.shape = kernel.shape
        self.padded = tuple(next_fast_len(2 * n - 1, real=True) for n in kernel.shape)
        whole = np.zeros(self.padded)
        ny, nx = kernel.shape
        whole[:ny, :nx] = kernel
        whole[-(ny - 1) or ny :, :nx] = kernel[:0:-1]
        whole[:, -(nx - 1) or nx :] = whole[:, nx - 1 : 0 : -1]
        self.symbol = rfft2(whole).real
        """Eigenvalues of the periodic convolution on the padded grid, real because the kernel is even."""

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the convolution of float (..., ny, nx)."""
        ny, nx = self.shape
        return irfft2(rfft2(values, s=self.padded) * self.symbol, s=self.padded)[..., :ny, :nx]


def loop_kernel(average: np.ndarray, hx: float, hy: float) -> np.ndarray:
    """Return Brandt's kernel between grid corners from ``average`` (ny+1, nx+1): float (ny, nx).

    ``sum kernel g`` is the sum of A.dl anticlockwise around a corner for the currents g_top - g_bottom through the
    faces along x and g_left - g_right through those along y, where A is the average kernel times current per length
    times face area hx hy, as in `rectangle_average`: -hx^2 and -hy^2 times its second differences.
    """
    inner = average[:-1, :-1]
    ahead_x, ahead_y = average[:-1, 1:], average[1:, :-1]
    behind_x = np.concatenate([average[:-1, 1:2], inner[:, :-1]], axis=1)
    behind_y = np.concatenate([average[1:2, :-1], inner[:-1]], axis=0)
    second_x, second_y = ahead_x - 2 * inner + behind_x, ahead_y - 2 * inner + behind_y
    return -(hx**2) * second_y - hy**2 * second_x
