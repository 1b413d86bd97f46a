"""Lattices below Hc2: the ratio of moments, its symmetries, and the slope of the magnetisation."""

import numpy as np
import pytest

import onnes as on

MATERIAL = on.model.GinzburgLandau(10.0, 20.0)


def ratio(angle: float, aspect: float = 1.0) -> float:
    return on.response.abrikosov_ratio(on.model.VortexLattice(MATERIAL, 1.0, angle, aspect))


def test_triangular_and_square() -> None:
    """The square lattice is a product of two theta functions of e^-pi, known in closed form: pi^(1/4)/Gamma(3/4)."""
    from scipy.special import gamma

    assert ratio(90.0) == pytest.approx((np.pi**0.25 / gamma(0.75)) ** 2, abs=1e-14)
    assert ratio(60.0) == pytest.approx(1.159595, abs=5e-7)
    # the same lattice from other vectors: a2 + a1, and the cell seen from a2
    assert ratio(120.0) == pytest.approx(ratio(60.0), abs=1e-14)
    assert ratio(45.0, np.sqrt(2)) == pytest.approx(ratio(90.0), abs=1e-14)
    assert ratio(70.0, 1.3) == pytest.approx(ratio(70.0, 1 / 1.3), abs=1e-14)


def test_the_triangular_lattice_is_the_least() -> None:
    others = [ratio(a, r) for a in np.linspace(40, 90, 11) for r in (0.8, 1.0, 1.25) if (a, r) != (60.0, 1.0)]
    assert min(others) > ratio(60.0)


def test_both_forms_of_the_magnetisation_are_one() -> None:
    lattice = on.model.VortexLattice(MATERIAL, 0.9 * MATERIAL.upper_critical_field)
    m, upper = on.response.upper_magnetisation(lattice), MATERIAL.upper_critical_field
    field = lattice.induction - m
    assert -m == pytest.approx((upper - field) / (on.response.abrikosov_ratio(lattice) * 7.0), rel=1e-12)
