"""Polylogarithms of exp(-a) against their integral, their recursion and the zeta function."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma, zeta

from onnes.errors import InvalidInput
from onnes.numerics.polylog import SWITCH, polylog_exp

ORDERS = (0.5, 1.5, 2.5, 3.5)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("a", [1e-3, 0.2, 0.99, 1.01, 5.0])
def test_equals_the_bose_integral(order, a):
    # x = y^2 removes the endpoint singularity; quad reaches 1e-10
    integral = quad(lambda y: 2 * y ** (2 * order - 1) / np.expm1(y * y + a), 0, 25, limit=400, epsabs=1e-13)[
        0
    ]
    assert polylog_exp(order, a) == pytest.approx(integral / gamma(order), rel=1e-8)


@pytest.mark.parametrize("order", (1.5, 2.5, 3.5))
def test_is_the_zeta_function_at_the_origin(order):
    assert polylog_exp(order, 0.0) == pytest.approx(zeta(order), rel=1e-15)


def test_diverges_at_the_origin_like_the_root_of_pi_over_a():
    assert np.isinf(polylog_exp(0.5, 0.0))
    assert polylog_exp(0.5, 1e-12) * np.sqrt(1e-12 / np.pi) == pytest.approx(
        1, abs=2e-6
    )  # next term: zeta(1/2)


@pytest.mark.parametrize("order", ORDERS)
def test_the_two_expansions_meet(order):
    step = 1e-12
    below, above = polylog_exp(order, np.array([SWITCH - step, SWITCH + step]))
    # the function itself changes by at most 2 step Li_{s-1}(1/e) < 3 step across the switch
    assert abs(below - above) < 3 * step + 4e-15


@pytest.mark.parametrize("order", (1.5, 2.5))
def test_derivative_lowers_the_order(order):
    a, h = np.array([0.3, 0.9, 2.0]), 1e-5
    slope = (polylog_exp(order, a + h) - polylog_exp(order, a - h)) / (2 * h)
    assert slope == pytest.approx(-polylog_exp(order - 1, a), rel=1e-8)  # h^2 and rounding/h, both 1e-10


@pytest.mark.parametrize(("order", "a"), [(1.0, 0.5), (1.5, -0.1), (1.5, np.nan), (0.7, 1.0)])
def test_refuses_what_it_cannot_do(order, a):
    with pytest.raises(InvalidInput):
        polylog_exp(order, a)
