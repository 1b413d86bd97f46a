"""Calorimetry and the critical field: BCS limits, the jump from an independent theory, SI units."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, OnnesWarning
from onnes.model import MuStar, PhononGlue, einstein
from onnes.units import E_CHARGE, MU_0

LADDER = np.array(
    [0.08, 0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.85, 0.9, 0.94, 0.97, 0.99]
)
ZETA_3 = 1.2020569031595942
BCS_JUMP = 12 / (7 * ZETA_3)
BCS_GAP = np.pi * np.exp(-0.5772156649015329)
"""Delta(0)/kTc."""


def ladder(glue):
    tc = on.solve.critical_temperature(glue)
    return tc, on.solve.temperature_ladder(glue, LADDER * tc)


@pytest.fixture(scope="module")
def weak():
    # Tc/omega_log = 0.0037: strong-coupling corrections of the ratios are 53 x^2 ln(1/3x) ~ 0.3 %.
    return ladder(PhononGlue(einstein(20.0, 0.24), MuStar(0.0)))


@pytest.fixture(scope="module")
def strong():
    return ladder(PhononGlue(einstein(20.0, 1.0), MuStar(0.15)))


def test_weak_coupling_specific_heat_jump(weak):
    tc, states = weak
    data = on.probe.calorimetry(states, tc)
    assert data.jump == pytest.approx(BCS_JUMP, rel=0.005)
    assert data.jump_error < 0.002


def test_jump_agrees_with_the_landau_expansion_at_tc(strong):
    """Extrapolated from solved states against u^2/2b of the linearised equation: no common code path."""
    tc, states = strong
    data = on.probe.calorimetry(states, tc)
    exact = on.solve.specific_heat_jump(states[0].model)
    # Cubic through 0.85 ... 0.99: the residual is about its last order.
    assert data.jump == pytest.approx(exact, rel=2e-3)
    assert abs(data.jump - exact) < 5 * max(data.jump_error, 1e-4)
    # The fit of Marsiglio and Carbotte is within a few per cent at x = 0.05.
    x = on.response.coupling_ratio(states[0].model, tc)
    assert exact == pytest.approx(on.response.specific_heat_ratio(x), rel=0.05)


def test_entropy_balances_the_specific_heat(strong):
    """The area under C/T from 0 to Tc vanishes: both phases have one entropy at Tc (second order)."""
    tc, states = strong
    data = on.probe.calorimetry(states, tc)
    t = np.concatenate([[0.0], data.temperature.values / tc, [1.0]])
    ratio = np.concatenate([[-1.0], data.specific_heat.values / (data.temperature.values / tc), [data.jump]])
    from scipy.interpolate import CubicSpline

    # Spline of a smooth function on a grid of 0.05-0.1: error ~ 1e-3 of the areas, which are ~ 0.4.
    assert CubicSpline(t, ratio).integrate(0, 1) == pytest.approx(0.0, abs=2e-3)


def test_weak_coupling_critical_field(weak):
    tc, states = weak
    data = on.probe.critical_field(states, tc)
    # gamma Tc^2/Hc(0)^2 = (2/3) pi^2/(4 pi (Delta/kTc)^2) = 0.1682 and D(t) of BCS, minimum about -0.037.
    assert data.gamma_tc2_over_hc2 == pytest.approx(np.pi / 6 / BCS_GAP**2, rel=0.003)
    assert float(data.deviation.min()) == pytest.approx(-0.037, abs=0.001)
    near = data.isel(temperature=-1)
    slope = float(near.critical_field) / data.critical_field_zero / (1 - float(near.temperature) / tc)
    # -dh/dt at 1 = 1.737; at t = 0.99 the chord is lower by about (1-t)/2 of itself.
    assert slope == pytest.approx(1.737, rel=0.01)


def test_strong_coupling_critical_field(strong):
    tc, states = strong
    data = on.probe.critical_field(states, tc)
    x = on.response.coupling_ratio(states[0].model, tc)
    assert data.gamma_tc2_over_hc2 == pytest.approx(on.response.condensation_ratio(x), rel=0.03)
    # Strong coupling raises D(t) towards lead's positive values.
    assert -0.03 < float(data.deviation.min()) < 0


def test_critical_field_in_tesla(strong):
    """Energy per volume rebuilt by hand from N(0) in states/eV/atom."""
    tc, states = strong
    gamma, volume = 7.8, 10.8
    data = on.probe.critical_field(states, tc, gamma=gamma, molar_volume=volume)
    kb_ev = 8.617333262e-5
    # gamma = (2/3) pi^2 kB^2 N(0) (1+lambda), N(0) per spin, eV and atom
    per_atom = gamma * 1e-3 / 6.02214076e23 / E_CHARGE
    dos = per_atom * 3 / (2 * np.pi**2 * kb_ev**2 * 2.0)
    energy = -on.response.free_energy(states[-1]) * 1e-6 * dos * E_CHARGE * 6.02214076e23 / (volume * 1e-6)
    assert float(data.critical_field_tesla[0]) == pytest.approx(np.sqrt(2 * MU_0 * energy), rel=1e-6)


def test_normal_states_show_nothing(strong):
    tc, states = strong
    above = on.solve.eliashberg(states[0].model, 1.1 * tc)
    data = on.probe.critical_field((*states, above), tc)
    assert float(data.critical_field[-1]) == 0 and float(data.deviation[-1]) == 0
    assert float(on.probe.calorimetry((*states, above), tc).specific_heat[-1]) == 0


def test_bad_ladders_are_refused(strong):
    tc, states = strong
    with pytest.raises(InvalidInput, match="no states"):
        on.probe.calorimetry((), tc)
    with pytest.raises(InvalidInput, match="tc = "):
        on.probe.calorimetry(states, -1.0)
    with pytest.raises(InvalidInput, match="two states"):
        on.probe.calorimetry((*states, states[3]), tc)
    with pytest.raises(InvalidInput, match="different glues"):
        on.probe.calorimetry(
            (*states, on.solve.eliashberg(PhononGlue(einstein(20.0, 1.1), MuStar(0.15)), 3.0)), tc
        )
    with pytest.raises(InvalidInput, match="molar_volume"):
        on.probe.critical_field(states, tc, gamma=7.8)
    with pytest.raises(InvalidInput, match="positive"):
        on.probe.critical_field(states, tc, gamma=7.8, molar_volume=-1.0)
    with pytest.raises(InvalidInput, match="without superconductivity"), pytest.warns(OnnesWarning):
        on.probe.critical_field((on.solve.eliashberg(states[0].model, 2 * tc),), tc)


def test_thin_ladders_warn(strong):
    tc, states = strong
    with pytest.warns(OnnesWarning, match="jump"):
        assert np.isnan(on.probe.calorimetry(states[-4:], tc).jump)
    with pytest.warns(OnnesWarning, match="coldest"):
        on.probe.critical_field(states[:4], tc)


def test_ladder_refuses_equal_temperatures():
    with pytest.raises(InvalidInput, match="ladder"):
        on.solve.temperature_ladder(PhononGlue(einstein(20.0, 1.0), MuStar(0.1)), [2.0, 2.0])
    with pytest.raises(InvalidInput, match="ladder"):
        on.solve.temperature_ladder(PhononGlue(einstein(20.0, 1.0), MuStar(0.1)), [])


def test_ladder_is_warm_and_independent_of_its_path():
    glue = PhononGlue(einstein(20.0, 1.0), MuStar(0.1))
    states = on.solve.temperature_ladder(glue, [3.0, 30.0, 8.0])
    assert [float(s["temperature"][0]) for s in states] == [30.0, 8.0, 3.0]
    assert not np.any(states[0]["gap_matsubara"])
    assert states[2].report.start == "warm"
    cold = on.solve.eliashberg(glue, 3.0)
    # Both are converged to 1e-9 of the gap.
    assert np.max(np.abs(states[2]["gap_matsubara"] - cold["gap_matsubara"])) < 1e-7


def test_penetration_depth_dataset():
    glue = PhononGlue(einstein(20.0, 1.0), MuStar(0.1))
    states = on.solve.temperature_ladder(glue, [3.0, 30.0, 8.0])
    data = on.probe.superfluid(states, scattering=1.0, bare_depth=40.0)
    assert np.all(np.diff(data.temperature) > 0)
    assert np.all(np.diff(data.stiffness) < 0)
    assert float(data.stiffness[-1]) == 0 and np.isinf(data.penetration_depth[-1])
    assert float(data.penetration_depth[0] ** 2 * data.stiffness[0]) == pytest.approx(1600.0)
    assert data.penetration_depth.attrs["units"] == "nm"
    with pytest.raises(InvalidInput, match="bare_depth"):
        on.probe.superfluid(states, bare_depth=-1.0)
    with pytest.raises(InvalidInput, match="no states"):
        on.probe.superfluid(())
