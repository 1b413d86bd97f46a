"""1/r between cells: closed form, quadrature, transforms, and the sum rule of Brandt's kernel."""

import numpy as np
import pytest
from scipy.integrate import dblquad

from onnes.numerics.sheet import NEAR, EvenConvolution, loop_kernel, rectangle_average


def test_self_term_of_a_square():
    # four integrations of 1/r over the unit square: 4 [ln(1 + sqrt2) + (1 - sqrt2)/3]
    closed = 4 * (np.log(1 + np.sqrt(2)) + (1 - np.sqrt(2)) / 3)
    assert np.isclose(rectangle_average(1, 1, 1.0, 1.0)[0, 0], closed, rtol=1e-13)


@pytest.mark.parametrize("column, row, height", [(2, 0, 0.0), (1, 2, 0.0), (0, 0, 0.9), (3, 1, 2.0)])
def test_average_against_direct_integration(column, row, height):
    hx, hy = 1.0, 0.7

    def weighted(v, u):
        density = (1 - abs(u) / hx) * (1 - abs(v) / hy) / (hx * hy)
        return density / np.sqrt((column * hx + u) ** 2 + (row * hy + v) ** 2 + height**2)

    pieces = [
        dblquad(weighted, *u, *v, epsabs=1e-10)[0] for u in ((-hx, 0), (0, hx)) for v in ((-hy, 0), (0, hy))
    ]
    # four Gauss points a side of half a tent: (1/4)^8 of the nearest distance in cells, 1e-5 at a height of one cell
    tolerance = 1e-9 if height == 0 else 1e-4
    assert np.isclose(rectangle_average(4, 3, hx, hy, height)[row, column], sum(pieces), rtol=tolerance)


def test_the_quadrature_joins_the_closed_form():
    whole = rectangle_average(2 * NEAR, 2 * NEAR, 1.0, 1.3)
    # fourth differences of r^3 ~ NEAR^3 lose NEAR^4 of 16 digits
    bend = np.diff(np.log(whole[0]), 4)
    assert abs(bend[NEAR - 4 : NEAR + 1]).max() < 1.05 * abs(bend[NEAR - 5])
    x, y = np.meshgrid(np.arange(2 * NEAR), 1.3 * np.arange(2 * NEAR))
    far = np.s_[NEAR:, NEAR:]
    # averaging adds (hx^2 d_xx + hy^2 d_yy)/12 of 1/r, of the order (1/17)^2/12 of it
    assert np.allclose(whole[far], 1 / np.hypot(x, y)[far], rtol=2e-3)


@pytest.mark.parametrize("shape", [(5, 7), (1, 6), (4, 1), (1, 1), (2, 2)])
def test_convolution_equals_the_dense_sum(shape):
    rng = np.random.default_rng(3)
    kernel, values = rng.normal(size=shape), rng.normal(size=(2, *shape))
    j, i = np.arange(shape[0]), np.arange(shape[1])
    dense = kernel[abs(j[:, None] - j)[:, None, :, None], abs(i[:, None] - i)[None, :, None, :]]
    expected = np.einsum("jiab,nab->nji", dense, values)
    assert np.allclose(EvenConvolution(kernel)(values), expected, atol=1e-12)


def test_the_potential_kernel_is_positive_definite():
    convolution = EvenConvolution(rectangle_average(9, 8, 1.0, 0.8))
    dense = np.array([convolution(e.reshape(8, 9)).ravel() for e in np.eye(72)])
    assert np.allclose(dense, dense.T, atol=1e-14) and np.linalg.eigvalsh(dense)[0] > 0


def test_brandt_kernel_is_the_curl_of_the_curl():
    """Currents of a stream function, their potential, and its circulation around corners."""
    hx, hy, shape = 1.0, 0.7, (6, 9)
    average = rectangle_average(shape[1] + 1, shape[0] + 1, hx, hy)
    g = np.random.default_rng(5).normal(size=shape)
    padded = np.pad(g, 1)
    current_x, current_y = np.diff(padded, axis=0)[:, 1:-1], -np.diff(padded, axis=1)[1:-1]
    wide_x, wide_y = (
        EvenConvolution(rectangle_average(c.shape[1], c.shape[0], hx, hy))(c) for c in (current_x, current_y)
    )
    around = hx**2 * (wide_x[:-1] - wide_x[1:]) + hy**2 * (wide_y[:, 1:] - wide_y[:, :-1])
    assert np.allclose(EvenConvolution(loop_kernel(average, hx, hy))(g), around, atol=1e-12)


def test_brandt_kernel_sums_to_zero():
    """All flux that goes up through a plane comes down: what a square of half width n misses falls as 1/n."""
    hx, hy = 1.0, 1.0
    kernel = loop_kernel(rectangle_average(402, 402, hx, hy), hx, hy)
    assert kernel[0, 0] > 0 and kernel[0, 1] < 0

    def within(n):
        quadrant = kernel[:n, :n].copy()
        quadrant[0] *= 0.5
        quadrant[:, 0] *= 0.5
        return 4 * quadrant.sum()

    # -1/r^3 outside a square of half side a = n - 1/2 integrates to -4 sqrt2/a, up to (1/n)^2
    for n in (50, 100, 400):
        assert np.isclose(within(n), 4 * np.sqrt(2) / (n - 0.5), rtol=10 / n**2 + 1e-5)
    assert np.isclose(kernel[0, 200], -1 / 200**3, rtol=1e-3)  # the field of a dipole in its plane
