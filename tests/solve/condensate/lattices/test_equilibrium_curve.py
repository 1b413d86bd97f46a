"""M(H) in equilibrium, between Hc1 and Hc2."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.units import MU_0


def material(kappa: float) -> on.model.GinzburgLandau:
    return on.model.GinzburgLandau(10.0, 10.0 * kappa)


def test_the_curve_from_end_to_end() -> None:
    sample = material(2.0)
    curve = on.solve.magnetisation_curve(sample, points=10)
    b, h, m = curve["induction"], curve["curve_field"], curve["curve_magnetisation"]
    assert (
        b[0] == 0 and b[-1] == h[-1] == sample.upper_critical_field and h[0] == curve["lower_critical_field"]
    )
    assert (np.diff(h) > 0).all() and (np.diff(m) > 0).all() and (m[:-1] < 0).all()
    assert m == pytest.approx(b - h, abs=1e-9 * h[-1])
    assert all(c.passed for c in curve.report.checks) and curve.report.converged
    # Hc lies between Hc1 and Hc2
    assert h[0] < sample.thermodynamic_field < h[-1]


def test_area_under_the_curve_is_the_condensation_energy() -> None:
    """-int M dH from 0 to Hc2 = Bc^2/2 mu0, an identity of thermodynamics.

    With H = B - M the part above Hc1 is int M dB + Hc1^2/2. Below 0.01 Bc2 the field is Hc1 to 2e-5 (vortices 13 lambda
    apart), and above it Gauss's rule in sqrt B has converged.
    """
    sample = material(2.0)
    upper, least = sample.upper_critical_field, 0.1
    x, w = np.polynomial.legendre.leggauss(8)
    root = least + (1 - least) * (x + 1) / 2
    curve = on.solve.magnetisation_curve(sample, inductions=upper * root**2)
    m, lower = curve["curve_magnetisation"][1:-1], float(curve["lower_critical_field"])
    foot = least**2 * upper
    over_b = upper * ((1 - least) / 2 * w * 2 * root * m).sum() + foot**2 / 2 - lower * foot
    # M = -H below Hc1
    work = lower**2 / 2 - over_b - lower**2 / 2
    assert work / MU_0 == pytest.approx(sample.condensation_density / 2, rel=1e-4)


def test_bogomolny_material_jumps() -> None:
    """At kappa = 1/sqrt 2 all lattices stand in one field: Hc1 = Hc = Hc2."""
    sample = material(2**-0.5)
    curve = on.solve.magnetisation_curve(
        sample, "square", inductions=sample.upper_critical_field * np.array([0.2, 0.7])
    )
    assert curve["curve_field"] == pytest.approx(sample.upper_critical_field, rel=1e-5)


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="type I"):
        on.solve.magnetisation_curve(material(0.5))
    upper = material(2.0).upper_critical_field
    for bad in ([0.5 * upper, 0.2 * upper], [0.0, 0.5 * upper], [0.5 * upper, upper]):
        with pytest.raises(InvalidInput, match="increasing"):
            on.solve.magnetisation_curve(material(2.0), inductions=bad)
    with pytest.raises(InvalidInput, match="at least two"):
        on.solve.magnetisation_curve(material(2.0), points=1)
