"""The weak-coupling gap equation against its closed forms, and against a brute-force real-axis solution."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import digamma, expit, zeta

import onnes as on
from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.units import K_B

GAMMA = np.euler_gamma
TC = 1.163
GAP = {"s": np.pi * np.exp(-GAMMA), "d": 2 * np.exp(-0.5) * np.pi * np.exp(-GAMMA)}
"""Delta(0)/kTc; the d wave's is exp(-<f^2 ln|f|>/<f^2>) times the s wave's, <f^2 ln|f|> = (1/2)(1/2 - ln 2)."""
MOMENT = {"s": (1.0, 1.0), "d": (0.5, 0.375)}
"""<f^2>, <f^4>."""


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_zero_temperature_gap_ratio(symmetry):
    # 3.5278 and 4.2794; the quadrature is exact to rounding
    model = on.model.BCS(TC, symmetry)
    assert on.solve.bcs_gap(model, 0.0) / (K_B * TC) == pytest.approx(GAP[symmetry], rel=1e-12)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_gap_opens_as_ginzburg_landau_says(symmetry):
    # Delta = pi kTc sqrt(8 <f^2>(1-t)/(7 zeta(3) <f^4>)): 3.0633 for s. The next order is O(1-t) = 1e-8
    two, four = MOMENT[symmetry]
    slope = np.pi * np.sqrt(8 * two / (7 * zeta(3) * four))
    gap = on.solve.bcs_gap(on.model.BCS(TC, symmetry), TC * (1 - 1e-8))
    assert gap / (K_B * TC * 1e-4) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("reduced", [0.15, 0.5, 0.9, 0.99])
def test_s_wave_against_the_real_axis(reduced):
    # ln(Delta_0/Delta) = 2 int_0^inf n(E)/E dxi: another equation, another quadrature (abs. error 1e-13)
    model = on.model.BCS(TC)
    thermal, gap, full = K_B * TC * reduced, float(on.solve.bcs_gap(model, TC * reduced)), GAP["s"] * K_B * TC

    def integrand(xi):
        energy = np.hypot(xi, gap)
        return 2 * expit(-energy / thermal) / energy

    upper = 45 * thermal + gap
    value = quad(integrand, 0, upper, epsabs=1e-14, epsrel=1e-13, limit=500, points=[gap, 3 * thermal])[0]
    assert value == pytest.approx(np.log(full / gap), abs=1e-11)


def test_d_wave_against_a_brute_force_sum():
    # 400 angles and 20000 frequencies; the rest, the integral of Delta^2 <f^4>/(2 <f^2> w^3), is added
    reduced, two, four = 0.4, *MOMENT["d"]
    gap = float(on.solve.bcs_gap(on.model.BCS(TC, "d"), TC * reduced))
    thermal = K_B * TC * reduced
    square = np.cos(np.pi / 2 * (np.arange(400) + 0.5) / 400) ** 2
    total = 0.0
    for omega in np.array_split((2 * np.arange(20000) + 1) * np.pi * thermal, 20):
        total += np.sum(
            1 / omega - np.mean(square / np.hypot(omega[:, None], gap * np.sqrt(square)), axis=1) / two
        )
    beyond = 20000 * 2 * np.pi * thermal
    total = 2 * np.pi * thermal * total + gap**2 * four / (4 * two * beyond**2)
    # what is dropped: next power (Delta/beyond)^4 < 1e-15; rounding of 1/w - ... : 1e-16 sqrt(2e4) * 10
    assert total == pytest.approx(-np.log(reduced), abs=1e-12)


def test_d_wave_low_temperature_is_a_cube():
    # nodal quasiparticles, N(E) = E/Delta: Delta(T)/Delta(0) = 1 - 3 zeta(3) (kT/Delta)^3 + O(T^5)
    model = on.model.BCS(TC, "d")
    thermal, full = 0.01 * K_B * TC, float(on.solve.bcs_gap(model, 0.0))
    loss = 1 - float(on.solve.bcs_gap(model, 0.01 * TC)) / full
    assert loss == pytest.approx(3 * zeta(3) * (thermal / full) ** 3, rel=30 * (thermal / full) ** 2)


def test_law_of_corresponding_states():
    reduced = np.array([0.1, 0.5, 0.9])
    one = on.solve.bcs_gap(on.model.BCS(1.0), reduced)
    ten = on.solve.bcs_gap(on.model.BCS(10.0), 10 * reduced)
    np.testing.assert_allclose(ten, 10 * one, rtol=1e-12)


@pytest.mark.parametrize("coupling", [0.1, 0.18, 0.25])
def test_critical_temperature_of_the_square_well(coupling):
    # kTc = (2 e^gamma/pi) wc exp(-1/NV) up to exp(-wc/kTc), below 1e-10 for NV <= 0.25 (wc/kTc > 48)
    tc = on.solve.bcs_critical_temperature(on.model.SquareWell(coupling, 30.0))
    assert K_B * tc / 30.0 == pytest.approx(2 * np.exp(GAMMA) / np.pi * np.exp(-1 / coupling), rel=1e-11)


def test_square_well_gives_the_universal_gap_ratio():
    # Delta_0 = wc/sinh(1/NV) solves the gap equation at T = 0; sinh departs from the exponential by exp(-2/NV)
    well = on.model.SquareWell(0.12, 30.0)
    ratio = 30.0 / np.sinh(1 / 0.12) / (K_B * on.solve.bcs_critical_temperature(well))
    assert ratio == pytest.approx(GAP["s"], rel=2 * np.exp(-2 / 0.12))


def test_strong_square_well_against_quadrature():
    tc = on.solve.bcs_critical_temperature(on.model.SquareWell(2.0, 10.0))
    y = 10.0 / (2 * K_B * tc)
    assert quad(lambda x: np.tanh(x) / x, 0, y)[0] == pytest.approx(0.5, rel=1e-12)


def test_isotope_exponent_is_one_half():
    well = on.model.SquareWell(0.2, 20.0)
    heavy = on.solve.bcs_critical_temperature(well.with_mass(1.1))
    assert -np.log(heavy / on.solve.bcs_critical_temperature(well)) / np.log(1.1) == pytest.approx(
        0.5, abs=1e-12
    )


def test_pair_breaking_lowers_tc_by_the_universal_law():
    model = on.model.BCS(TC)
    limit = on.solve.critical_pair_breaking(model)
    assert limit == pytest.approx(on.solve.bcs_gap(model, 0.0) / 2, rel=1e-12)
    for fraction in (0.1, 0.5, 0.9, 0.999):
        tc = on.solve.bcs_critical_temperature(model.with_pair_breaking(fraction * limit))
        depairing = digamma(0.5 + fraction * limit / (2 * np.pi * K_B * tc)) - digamma(0.5)
        assert np.log(TC / tc) == pytest.approx(depairing, abs=1e-12)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_initial_slope_of_tc(symmetry):
    # d(kTc)/d(alpha) = -pi/4; the curvature makes an error of order alpha/kTc0
    model, rate = on.model.BCS(TC, symmetry), 1e-6
    tc = on.solve.bcs_critical_temperature(model.with_pair_breaking(rate))
    assert K_B * (tc - TC) / rate == pytest.approx(-np.pi / 4, rel=rate / (K_B * TC))


def test_tc_vanishes_as_a_square_root():
    # psi(1/2 + y) = ln y + 1/(24 y^2) gives ln(alpha_c/alpha) = (2 pi kTc/alpha)^2/24
    model = on.model.BCS(TC)
    limit = on.solve.critical_pair_breaking(model)
    tc = on.solve.bcs_critical_temperature(model.with_pair_breaking(limit * (1 - 1e-5)))
    assert (2 * np.pi * K_B * tc / limit) ** 2 / 24 == pytest.approx(1e-5, rel=1e-4)


def test_broken_pairs_at_zero_temperature():
    # Abrikosov and Gor'kov: ln(Delta/Delta_00) = -pi alpha/(4 Delta) while there is a gap edge
    model = on.model.BCS(TC)
    full, limit = float(on.solve.bcs_gap(model, 0.0)), on.solve.critical_pair_breaking(model)
    for fraction in (0.05, 0.5, 0.9):
        gap = float(on.solve.bcs_gap(model.with_pair_breaking(fraction * limit), 0.0))
        assert np.log(gap / full) == pytest.approx(-np.pi * fraction * limit / (4 * gap), abs=1e-11)


def test_gapless_window():
    # at T = 0 from 2 exp(-pi/4) = 0.912 of the critical rate on
    model = on.model.BCS(TC)
    limit = on.solve.critical_pair_breaking(model)
    assert on.solve.gapless_pair_breaking(model) / limit == pytest.approx(2 * np.exp(-np.pi / 4), rel=1e-10)
    # warming weakens the order parameter, so the window widens
    assert on.solve.gapless_pair_breaking(model, 0.8 * TC) < on.solve.gapless_pair_breaking(model, 0.2 * TC)


def test_gap_closes_where_tc_is():
    # Delta^2 ~ 1 - T/Tc(alpha): 1e-9 below gives a small gap, 1e-9 above none
    model = on.model.BCS(TC).with_pair_breaking(0.6 * on.solve.critical_pair_breaking(on.model.BCS(TC)))
    tc = on.solve.bcs_critical_temperature(model)
    below, above = on.solve.bcs_gap(model, [tc * (1 - 1e-9), tc * (1 + 1e-9)])
    assert above == 0.0
    assert 0 < below < 1e-3 * K_B * TC


def test_state_is_complete_and_stored(tmp_path):
    state = on.solve.bcs(on.model.BCS(TC), 0.3)
    assert state["gap_edge"] == state["gap_amplitude"]
    assert state.report.converged and all(check.passed for check in state.report.checks)
    again = on.state.load(on.state.save(state, tmp_path / "al.nc"))
    assert again.model == state.model
    np.testing.assert_array_equal(again["gap_edge"], state["gap_edge"])


def test_states_whose_edge_says_too_little_carry_their_spectrum():
    nodal = on.solve.bcs(on.model.BCS(TC, "d"), 0.3)
    assert "gap_edge" not in nodal
    assert nodal["dos"].shape == (1, nodal["energy"].size)
    broken = on.solve.bcs(on.model.BCS(TC).with_pair_breaking(0.03), 0.1)
    gap = broken["gap_amplitude"][0]
    assert broken["gap_edge"][0] == pytest.approx(gap * (1 - (0.03 / gap) ** (2 / 3)) ** 1.5)


def test_normal_above_tc():
    state = on.solve.bcs(on.model.BCS(TC), 1.2)
    assert state["gap_amplitude"][0] == 0.0 == state["gap_edge"][0]


def test_bad_requests_are_named():
    model = on.model.BCS(TC)
    with pytest.raises(InvalidInput, match="temperature = -1"):
        on.solve.bcs(model, -1.0)
    with pytest.raises(InvalidInput, match="not a BCS superconductor"):
        on.solve.bcs(on.model.SquareWell(0.2, 10.0), 1.0)
    with pytest.raises(InvalidInput, match="T-matrix"):
        on.solve.bcs(on.model.BCS(TC, "d").with_pair_breaking(0.01), 0.5)
    with pytest.raises(InvalidInput, match="nodes"):
        on.solve.gapless_pair_breaking(on.model.BCS(TC, "d"))
    with pytest.raises(NoSuperconductivity, match="not below Tc"):
        on.solve.gapless_pair_breaking(model, 2.0)
    with pytest.raises(NoSuperconductivity, match="leaves no transition"):
        on.solve.bcs_critical_temperature(model.with_pair_breaking(1.0))
