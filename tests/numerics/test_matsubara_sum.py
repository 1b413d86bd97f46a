"""Sums over Matsubara frequencies against closed forms."""

import numpy as np
import pytest
from scipy.special import digamma

from onnes.errors import InvalidInput
from onnes.numerics.matsubara_sum import positive_sum


@pytest.mark.parametrize("temperature", [0.003, 0.1, 1.0, 30.0])
def test_lorentzian_sums_to_tanh(temperature):
    # 2 pi T sum 1/(w^2 + a^2) = (pi/2a) tanh(a/2T), exactly; tolerance: rounding of a few thousand terms
    a = 0.7
    found = positive_sum(lambda w: 1 / (w**2 + a**2), temperature, a, decay=2)
    assert found == pytest.approx(np.pi / (2 * a) * np.tanh(a / (2 * temperature)), rel=1e-13)


@pytest.mark.parametrize("temperature", [0.01, 0.2, 5.0])
def test_difference_of_poles_sums_to_digamma(temperature):
    a = 0.4
    found = positive_sum(lambda w: a / (w * (w + a)), temperature, a, decay=2)
    exact = digamma(0.5 + a / (2 * np.pi * temperature)) - digamma(0.5)
    assert found == pytest.approx(exact, rel=1e-12)


def test_zero_temperature_is_the_integral():
    # a logarithm at the origin and a slow tail: int_0^inf ln(1 + 1/w^2) dw = pi.
    # w > 1e17 holds less than 1e-16 of it
    assert positive_sum(lambda w: np.log1p(w**-2.0), 0.0, 1.0) == pytest.approx(np.pi, rel=1e-13)


def test_limit_of_low_temperature_joins_the_integral():
    # Euler-Maclaurin for the midpoint rule: sum = integral + (h^2/24) g'(0) + O(h^4), h = 2 pi T, g'(0) = -2;
    # the next term, 7 h^4/5760 times the third derivative 24, is below h^2 of this one
    step = 2 * np.pi * 1e-3
    found = positive_sum(lambda w: (1 + w) ** -2.0, 1e-3, 1.0, decay=2)
    assert 1 - found == pytest.approx(step**2 / 12, rel=step**2)


def test_temperature_too_low_to_tell_from_zero_is_refused():
    with pytest.raises(InvalidInput, match="give temperature 0"):
        positive_sum(lambda w: w**-3.0, 1e-9, 1.0)
