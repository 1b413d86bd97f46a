"""Weak-coupling thermodynamics, superfluid density and spectra: limits, identities, independent sums."""

import numpy as np
import pytest
from scipy.special import zeta

import onnes as on
from onnes.errors import CannotProbe, InvalidInput
from onnes.units import K_B

TC = 1.163
GAMMA_TC = 2 * np.pi**2 / 3 * K_B**2 * TC  # gamma Tc/N_0, meV^2/K
JUMP = {"s": 12 / (7 * zeta(3)), "d": 8 / (7 * zeta(3))}
"""12 <f^2>^2/(7 zeta(3) <f^4>)."""


def state(symmetry, temperature, rate=0.0):
    return on.solve.bcs(on.model.BCS(TC, symmetry).with_pair_breaking(rate), temperature)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_specific_heat_jump(symmetry):
    # next order in 1 - t = 1e-7 has a coefficient of order one (dC/dT is finite)
    assert on.response.bcs_specific_heat(state(symmetry, TC * (1 - 1e-7))) == pytest.approx(
        JUMP[symmetry], rel=1e-6
    )


@pytest.mark.parametrize(("symmetry", "moment"), [("s", 1.0), ("d", 0.5)])
def test_condensation_energy(symmetry, moment):
    cold = state(symmetry, 0.0)
    expected = -moment * cold["gap_amplitude"][0] ** 2 / 2
    assert on.response.bcs_free_energy(cold) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("symmetry", ["s", "d"])
@pytest.mark.parametrize("reduced", [0.2, 0.6, 0.95])
def test_entropy_is_the_slope_of_the_free_energy(symmetry, reduced):
    # quasiparticle formula against a five-point derivative of the Matsubara formula, two separate codes;
    # h^4 F'''''/30 ~ 1e-8 relative at h = 2e-3 Tc, rounding 1e-15 F/(h S) ~ 1e-12
    h, middle = 2e-3 * TC, reduced * TC
    free = [on.response.bcs_free_energy(state(symmetry, middle + k * h)) for k in (-2, -1, 1, 2)]
    slope = (free[0] - 8 * free[1] + 8 * free[2] - free[3]) / (12 * h)
    # scale gamma Tc: near Tc the entropy difference itself is small
    assert on.response.bcs_entropy(state(symmetry, middle)) == pytest.approx(-slope, abs=1e-7 * GAMMA_TC)


@pytest.mark.parametrize("symmetry", ["s", "d"])
@pytest.mark.parametrize("reduced", [0.2, 0.6, 0.95])
def test_specific_heat_is_the_slope_of_the_entropy(symmetry, reduced):
    h, middle = 2e-3 * TC, reduced * TC
    entropy = [on.response.bcs_entropy(state(symmetry, middle + k * h)) for k in (-2, -1, 1, 2)]
    slope = (entropy[0] - 8 * entropy[1] + 8 * entropy[2] - entropy[3]) / (12 * h)
    assert on.response.bcs_specific_heat(state(symmetry, middle)) == pytest.approx(
        middle * slope / GAMMA_TC, abs=1e-6
    )


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_entropy_balance_at_tc(symmetry):
    # int_0^Tc (C_s - C_n)/T dT = 0: the transition has no latent heat. The integrand is smooth; Gauss-Legendre
    # with 40 points errs most at low T, where the s wave's exp(-Delta/T) has its essential singularity: 1e-8
    nodes, weights = np.polynomial.legendre.leggauss(40)
    reduced = (nodes + 1) / 2
    integrand = [on.response.bcs_specific_heat(state(symmetry, t * TC)) / t for t in reduced]
    assert weights @ integrand / 2 == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("t", [0.05, 0.1])
def test_s_wave_specific_heat_is_exponential(t):
    # C_s/(gamma Tc) -> (3/pi^2) sqrt(2 pi) (Delta/kTc)^{5/2} t^{-3/2} exp(-Delta/T) [1 + O(T/Delta)]
    cold = state("s", t * TC)
    x = cold["gap_amplitude"][0] / (K_B * TC)
    leading = 3 / np.pi**2 * np.sqrt(2 * np.pi) * x**2.5 * t**-1.5 * np.exp(-x / t)
    assert on.response.bcs_specific_heat(cold) + t == pytest.approx(leading, rel=2 * t / x)


def test_d_wave_specific_heat_is_quadratic():
    # N(E) = E/Delta gives C_s = 4 N_0 (9 zeta(3)/2) T^2/Delta, that is (27 zeta(3)/pi^2) t^2 kTc/Delta of gamma Tc
    t = 0.01
    cold = state("d", t * TC)
    expected = 27 * zeta(3) / np.pi**2 * t**2 * K_B * TC / cold["gap_amplitude"][0]
    # next order (T/Delta)^2 = 2e-5 times a coefficient of a few tens
    assert on.response.bcs_specific_heat(cold) + t == pytest.approx(expected, rel=1e-3)


def test_superfluid_density_of_the_d_wave_is_linear():
    # 1 - 2 ln 2 kT/Delta_0; corrections (T/Delta)^3
    cold = state("d", 0.005 * TC)
    x = 0.005 * K_B * TC / cold["gap_amplitude"][0]
    assert 1 - on.response.bcs_superfluid_density(cold) == pytest.approx(2 * np.log(2) * x, rel=100 * x**2)


def test_superfluid_density_of_the_s_wave_is_exponential():
    # Y -> sqrt(2 pi Delta/T) exp(-Delta/T)(1 - T/8Delta ... ) within T/Delta
    cold = state("s", 0.08 * TC)
    x = cold["gap_amplitude"][0] / (0.08 * K_B * TC)
    assert on.response.yosida(cold) == pytest.approx(np.sqrt(2 * np.pi * x) * np.exp(-x), rel=1 / x)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_superfluid_density_vanishes_with_slope_two(symmetry):
    # 1 - Y = 7 zeta(3) <f^2> Delta^2/(4 pi^2 T^2) with the Ginzburg-Landau gap: 2 (1-t) for s, and
    # 2 <f^2>^2/<f^4> = 4/3 (1-t) for d
    slope = {"s": 2.0, "d": 4 / 3}[symmetry]
    found = on.response.bcs_superfluid_density(state(symmetry, TC * (1 - 1e-6)))
    assert found / 1e-6 == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_yosida_against_its_matsubara_sum(symmetry):
    # 1 - Y = 2 pi T sum Delta^2 f^2/R^3, 40000 terms, and the rest Delta^2 <f^2>/(2 w^2): error (Delta/w)^4
    hot = state(symmetry, 0.5 * TC)
    gap, thermal = hot["gap_amplitude"][0], 0.5 * K_B * TC
    square = np.ones(1) if symmetry == "s" else np.cos(np.pi / 2 * (np.arange(200) + 0.5) / 200) ** 2
    omega = (2 * np.arange(20000) + 1) * np.pi * thermal
    terms = sum(gap**2 * f / np.hypot(omega, gap * np.sqrt(f)) ** 3 for f in square) / square.size
    beyond = 2 * np.pi * thermal * 20000
    total = 2 * np.pi * thermal * np.sum(terms) + gap**2 * square.mean() / (2 * beyond**2)
    assert 1 - on.response.yosida(hot) == pytest.approx(total, abs=1e-12)


def test_dirty_limit_closed_form():
    hot, full = state("s", 0.7 * TC), state("s", 0.0)["gap_amplitude"][0]
    gap = hot["gap_amplitude"][0]
    expected = gap / full * np.tanh(gap / (2 * 0.7 * K_B * TC))
    assert on.response.bcs_superfluid_density(hot, "dirty") == pytest.approx(expected, rel=1e-12)
    assert on.response.bcs_superfluid_density(state("s", 0.0), "dirty") == pytest.approx(1.0, rel=1e-12)


def test_critical_field_curve():
    temperatures = TC * np.concatenate([[0.0], np.linspace(0.02, 0.98, 49), [1 - 1e-7]])
    curves = on.response.bcs_thermodynamics([state("s", t) for t in temperatures])
    field = curves.critical_field.values
    # gamma Tc^2/Hc0^2 = e^{2 gamma_E}/6 pi = 0.1683 in Gaussian units
    assert GAMMA_TC * TC / field[0] ** 2 == pytest.approx(np.exp(2 * np.euler_gamma) / (6 * np.pi), rel=1e-12)
    # dh/dt at 1 = -e^{gamma_E} sqrt(8/7 zeta(3)) = -1.7367; next order 1e-7
    slope = np.exp(np.euler_gamma) * np.sqrt(8 / (7 * zeta(3)))
    assert field[-1] / field[0] / 1e-7 == pytest.approx(slope, rel=1e-6)
    # low T: F_s is constant up to exp(-Delta/T), F_n = -gamma T^2/2: h^2 = 1 - (2/3) e^{2 gamma_E} t^2
    cold = np.sqrt(1 - 2 / 3 * np.exp(2 * np.euler_gamma) * 0.02**2) - (1 - 0.02**2)
    assert curves.deviation.values[1] == pytest.approx(cold, rel=1e-9)
    assert -0.04 < curves.deviation.values.min() < -0.035


def test_d_wave_lies_further_below_the_parabola():
    temperatures = TC * np.linspace(0, 0.95, 20)
    lowest = {
        f: on.response.bcs_thermodynamics([state(f, t) for t in temperatures]).deviation.values.min()
        for f in "sd"
    }
    assert lowest["d"] < lowest["s"] < 0


def test_broken_pairs_keep_the_thermodynamic_identity():
    # S = -dF/dT, with the entropy from its own sum
    rate, h, middle = 0.03, 2e-3 * TC, 0.4 * TC
    free = [on.response.bcs_free_energy(state("s", middle + k * h, rate)) for k in (-2, -1, 1, 2)]
    slope = (free[0] - 8 * free[1] + 8 * free[2] - free[3]) / (12 * h)
    assert on.response.bcs_entropy(state("s", middle, rate)) == pytest.approx(-slope, abs=1e-7 * GAMMA_TC)


def test_weak_pair_breaking_joins_the_clean_limit():
    # everything is linear in alpha at first: a relative change of order alpha/kTc = 1e-7
    clean, weak = state("s", 0.5 * TC), state("s", 0.5 * TC, 1e-8)
    for quantity in (on.response.bcs_free_energy, on.response.bcs_entropy):
        assert quantity(weak) == pytest.approx(quantity(clean), rel=2e-6)


def test_broken_free_energy_is_the_functional():
    # F = Delta^2 ln(T/Tc0) + 2 pi T sum [Delta^2/w + 2 w (1-c) - 2 Delta s + alpha s^2], summed to w ~ 1e4 Delta;
    # the summand falls as alpha Delta^2/w^2: the rest, alpha Delta^2/beyond, is added
    rate, middle = 0.04, 0.3 * TC
    broken = state("s", middle, rate)
    gap, thermal = broken["gap_amplitude"][0], K_B * middle
    omega = (2 * np.arange(400000) + 1) * np.pi * thermal
    dressed = omega + rate
    for _ in range(200):
        dressed = omega + rate * dressed / np.hypot(dressed, gap)
    cosine, sine = dressed / np.hypot(dressed, gap), gap / np.hypot(dressed, gap)
    terms = gap**2 / omega + 2 * omega * sine**2 / (1 + cosine) - 2 * gap * sine + rate * sine**2
    beyond = 2 * np.pi * thermal * len(omega)
    total = 2 * np.pi * thermal * np.sum(terms) + rate * gap**2 / beyond
    functional = gap**2 * np.log(middle / TC) + total
    # dropped: (alpha/beyond)^2 relative, rounding 1e-16 * 4e5^(1/2) * gap^2
    assert on.response.bcs_free_energy(broken) == pytest.approx(functional, abs=1e-9 * gap**2)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_no_states_are_lost(symmetry):
    # int (N - 1) dE = 0: up to L it is <sqrt(L^2 - Delta^2 f^2)> - L = -<f^2> Delta^2/2L; a Dynes width makes
    # the integrand smooth and leaves the sum as it is up to Gamma^2/L
    cold = state(symmetry, 0.1)
    gap = cold["gap_amplitude"][0]
    width, last = 0.02 * gap, 400 * gap
    energy = gap * (np.sinh(np.linspace(0, np.arcsinh(400 * 50), 60001)) / 50)
    density = on.response.bcs_density_of_states(cold, energy, broadening=width)
    moment = {"s": 1.0, "d": 0.5}[symmetry]
    assert np.trapezoid(density, energy) - last == pytest.approx(
        -moment * gap**2 / (2 * last), abs=1e-5 * gap
    )


def test_sharp_spectra():
    s, d = state("s", 0.0), state("d", 0.0)
    gap, node = s["gap_amplitude"][0], d["gap_amplitude"][0]
    np.testing.assert_allclose(
        on.response.bcs_density_of_states(s, np.array([0.0, 0.5, -2.0]) * gap),
        [0, 0, 2 / np.sqrt(3)],
        rtol=1e-14,
    )
    assert on.response.bcs_density_of_states(d, 1e-4 * node) == pytest.approx(1e-4, rel=1e-8)  # N = E/Delta
    assert on.response.bcs_density_of_states(d, 1e3 * node) == pytest.approx(1 + 0.25e-6, rel=1e-9)
    # the closed form against the angular average at 30 % above the gap, where the average converges fast
    angles = np.pi * (np.arange(400) + 0.5) / 400
    plain = np.mean(1.3 / np.sqrt(1.3**2 - np.cos(angles) ** 2))
    assert on.response.bcs_density_of_states(d, 1.3 * node) == pytest.approx(plain, rel=1e-13)


def test_broken_spectrum():
    model = on.model.BCS(TC)
    limit = on.solve.critical_pair_breaking(model)
    gapped, gapless = state("s", 0.0, 0.3 * limit), state("s", 0.0, 0.95 * limit)
    edge = gapped["gap_edge"][0]
    below, near, far = on.response.bcs_density_of_states(gapped, edge * (1 + np.array([-1e-6, 1e-5, 4e-5])))
    assert below == 0
    assert far / near == pytest.approx(2, rel=1e-3)  # square-root onset
    # N(0) = sqrt(1 - (Delta/alpha)^2) in the gapless region
    ratio = gapless["gap_amplitude"][0] / (0.95 * limit)
    assert ratio < 1
    assert on.response.bcs_density_of_states(gapless, 0.0) == pytest.approx(np.sqrt(1 - ratio**2), rel=1e-7)
    # no states are lost: int_0^L (N - 1) -> -Delta^2/2L; the trapezoid errs by h^(3/2) at the square-root edge
    energy = np.linspace(0, 200 * limit, 200001)
    for case in (gapped, gapless):
        total = np.trapezoid(on.response.bcs_density_of_states(case, energy), energy)
        gap = case["gap_amplitude"][0]
        assert total - energy[-1] == pytest.approx(-(gap**2) / (2 * energy[-1]), abs=3e-5 * limit)


def test_broken_spectrum_solves_the_dyson_equation():
    # an independent route: iterate w~ at w = 1e-5 Delta - iE; that width sets the tolerance away from the edge
    model = on.model.BCS(TC)
    rate = 0.5 * on.solve.critical_pair_breaking(model)
    cold = state("s", 0.0, rate)
    gap = cold["gap_amplitude"][0]
    for energy in np.array([0.8, 1.2, 2.5]) * gap:
        omega = 1e-5 * gap - 1j * energy
        dressed = omega + rate
        for _ in range(20000):
            dressed = 0.5 * dressed + 0.5 * (omega + rate * dressed / np.sqrt(dressed**2 + gap**2))
        plain = (dressed / np.sqrt(dressed**2 + gap**2)).real
        assert on.response.bcs_density_of_states(cold, energy) == pytest.approx(plain, rel=1e-3, abs=1e-4)


def test_normal_state_has_no_difference():
    normal = state("s", 1.5 * TC)
    assert on.response.bcs_free_energy(normal) == on.response.bcs_entropy(normal) == 0
    assert on.response.bcs_superfluid_density(normal) == 0
    assert on.response.yosida(normal) == pytest.approx(1.0, abs=1e-14)
    assert np.all(on.response.bcs_density_of_states(normal, [0.0, 1.0]) == 1)


def test_bad_requests_are_named():
    clean, broken = state("s", 0.5), state("s", 0.5, 0.02)
    for quantity in (on.response.yosida, on.response.bcs_specific_heat, on.response.bcs_superfluid_density):
        with pytest.raises(CannotProbe, match="unbroken"):
            quantity(broken)
    with pytest.raises(CannotProbe, match="dirty"):
        on.response.bcs_superfluid_density(state("d", 0.5), "dirty")
    with pytest.raises(InvalidInput, match="'clean' or 'dirty'"):
        on.response.bcs_superfluid_density(clean, "local")
    with pytest.raises(InvalidInput, match="broadening"):
        on.response.bcs_density_of_states(clean, 0.1, broadening=-1.0)
    with pytest.raises(InvalidInput, match="broadening"):
        on.response.bcs_density_of_states(broken, 0.1, broadening=0.01)
    with pytest.raises(InvalidInput, match="one model"):
        on.response.bcs_thermodynamics([clean, broken])
    with pytest.raises(InvalidInput, match=r"onnes\.solve\.bcs"):
        on.response.bcs_free_energy(on.State(clean.model, "eliashberg", dict(clean.fields), clean.report))
