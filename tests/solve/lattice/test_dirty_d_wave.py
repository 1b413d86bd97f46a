"""Point impurities in a d wave against brute-force sums, closed limits and published laws."""

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import CannotProbe, InvalidInput, NoSuperconductivity
from onnes.model import DirtyDWave, PointScatterers
from onnes.units import K_B

TC0 = 50.0
SCALE = K_B * TC0
CRITICAL = np.pi / (2 * np.exp(np.euler_gamma))
"""Gamma/kTc0 at which a d wave ends, 0.8819."""


def dirty(rate, cotangent=np.inf, bands=None):
    return DirtyDWave(TC0, PointScatterers(rate * SCALE, cotangent), bands)


def brute_force(gap, omega, rate, cotangent, angles=20001):
    """w~ by plain iteration on a uniform grid of angles, pair average and superfluid summand."""
    phi = (np.arange(angles) + 0.5) * np.pi / angles
    f = np.sqrt(2) * np.cos(2 * phi)
    w = omega + rate
    for _ in range(4000):
        g = np.mean(w / np.sqrt(w**2 + gap**2 * f**2))
        born = np.isinf(cotangent)
        new = omega + rate * (g if born else (1 + cotangent**2) * g / (cotangent**2 + g**2))
        if abs(new - w) < 1e-14 * w:
            break
        w = (w + new) / 2
    root = np.sqrt(w**2 + gap**2 * f**2)
    return np.mean(f**2 / root), np.mean(gap**2 * f**2 / root**3)


@pytest.mark.parametrize("cotangent", [np.inf, 1.0, 0.0])
def test_the_state_solves_the_equations_summed_by_brute_force(cotangent):
    """ln(Tc0/T) = 2 pi T sum (1/w - <f^2/R>) over 4000 terms; the tail, (Gamma + ...)/w^2, by its integral."""
    rate, t = 0.4, 0.3
    state = solve.dirty_d_wave(dirty(rate, cotangent), t * TC0)
    gap = float(state["gap_amplitude"][0]) / np.sqrt(2)
    kt, count = t * SCALE, 300
    omega = (2 * np.arange(count) + 1) * np.pi * kt
    pairs, density = np.array([brute_force(gap, w, rate * SCALE, cotangent, 401) for w in omega]).T
    edge = 2 * np.pi * kt * count
    # beyond the edge <f^2/R> = 1/(w + Gamma): 1/w - 1/(w + Gamma) integrates to ln(1 + Gamma/edge)
    total = 2 * np.pi * kt * np.sum(1 / omega - pairs) + np.log1p(rate * SCALE / edge)
    # midpoint error of the tail and the w^-3 terms: (kTc0/edge)^2 of order 1e-5
    assert total == pytest.approx(np.log(1 / t), abs=5e-5)
    summed = 2 * np.pi * kt * density.sum()
    tail = gap**2 / (2 * edge**2)
    assert float(state["superfluid_fraction"]) == pytest.approx(summed + tail, abs=2e-5)


@pytest.mark.parametrize("cotangent", [np.inf, 1.0, 0.0])
def test_zero_temperature_is_the_limit_of_low_temperatures(cotangent):
    """The integrals of T = 0 share no code with the sums; impurities make what is left quadratic in T."""
    cold = [solve.dirty_d_wave(dirty(0.6, cotangent), t * TC0) for t in (0.002, 0.004)]
    zero = solve.dirty_d_wave(dirty(0.6, cotangent), 0.0)
    for name in ("superfluid_fraction", "gap_amplitude"):
        a, b, c = (float(np.squeeze(s[name])) for s in (cold[0], cold[1], zero))
        assert a + (a - b) / 3 == pytest.approx(c, rel=1e-4)


def test_clean_limit():
    """2 Delta/kTc = 4.28, all electrons condensed at T = 0, and linear in T from the nodes with 2 ln 2 kT/Delta."""
    cold = solve.dirty_d_wave(dirty(0.0), 0.0)
    gap = float(cold["gap_amplitude"][0])
    assert gap / SCALE == pytest.approx(2.13969, abs=1e-5)
    assert float(cold["superfluid_fraction"]) == pytest.approx(1.0, abs=1e-6)
    t = 0.03
    low = solve.dirty_d_wave(dirty(0.0), t * TC0)
    slope = (1 - float(low["superfluid_fraction"])) / (t * SCALE / gap)
    assert slope == pytest.approx(2 * np.log(2), rel=0.01)


@pytest.mark.parametrize("cotangent", [np.inf, 0.7, 0.0])
def test_tc_depends_on_the_rate_alone(cotangent):
    """The nonlinear gap closes at Abrikosov and Gor'kov's Tc whatever the strength of the scatterers."""
    for rate, ratio in ((0.2, 0.839), (0.6, 0.473), (0.85, 0.136)):
        tc = solve.dirty_critical_temperature(dirty(rate, cotangent))
        assert tc / TC0 == pytest.approx(ratio, abs=5e-4)
        below = [
            solve.dirty_d_wave(dirty(rate, cotangent), x * tc)["gap_amplitude"][0] for x in (0.998, 0.999)
        ]
        assert 2 * below[1] ** 2 - below[0] ** 2 == pytest.approx(0, abs=2e-2 * below[1] ** 2)
        assert solve.dirty_d_wave(dirty(rate, cotangent), 1.0001 * tc)["gap_amplitude"][0] == 0.0
    slope = (1 - solve.dirty_critical_temperature(dirty(1e-4, cotangent)) / TC0) / 1e-4
    assert slope == pytest.approx(np.pi / 4, rel=1e-3)


@pytest.mark.parametrize("cotangent", [np.inf, 1.0, 0.0])
def test_superfluid_goes_as_the_square_of_tc_at_the_end(cotangent):
    """rho_s(0) ~ (sigma_dc Tc)^2 in the dirty limit (D. M. Broun et al., arXiv:2502.13351), Tc ~ (1 - Gamma)^1/2."""
    rates = CRITICAL * (1 - np.array([1e-4, 1e-5]))
    tc = [solve.dirty_critical_temperature(dirty(r, cotangent)) for r in rates]
    rho = [float(solve.dirty_d_wave(dirty(r, cotangent), 0.0)["superfluid_fraction"]) for r in rates]
    exponent = np.log(tc[0] / tc[1]) / np.log(rho[0] / rho[1])
    # the next order is (Delta/Gamma)^2, some 1e-3 here, with a logarithm
    assert exponent == pytest.approx(0.5, abs=0.005)


def test_strong_scatterers_take_more_superfluid_than_weak_ones_at_one_tc():
    rho = [float(solve.dirty_d_wave(dirty(0.4, c), 0.0)["superfluid_fraction"]) for c in (np.inf, 1.0, 0.0)]
    assert rho[0] > rho[1] > rho[2]


def test_density_of_states():
    """Symmetric, states conserved, and at E = 0 the Matsubara root: N(0) = g(w~_0)."""
    state = solve.dirty_d_wave(dirty(0.1, 0.0), 0.0)
    energy = np.linspace(0.0, 60.0, 401)
    n = response.dirty_density_of_states(state, energy)
    gap = float(state["gap_amplitude"][0])
    assert np.allclose(response.dirty_density_of_states(state, -energy[:5]), n[:5])
    # N - 1 -> +Delta^2 <cos^2 2phi>/2E^2 beyond: the integral to 60 meV misses Delta^2/4E
    assert np.trapezoid(n - 1, energy) == pytest.approx(-(gap**2) / (4 * 60.0), abs=0.02)
    from onnes.response.lattice.tmatrix import line_of, renormalised

    line = line_of(state.model)
    w0 = float(renormalised(np.array([0.0]), gap / line.peak, line, state.model.scatterers)[0])
    g = line.weights @ (w0 / np.hypot(w0, gap / line.peak * line.form))
    assert n[0] == pytest.approx(g, rel=1e-8) and g > 0.1
    assert n.max() > 1.2 and abs(energy[n.argmax()] - gap) < 0.15 * gap
    # unitary: w~_0 fills in as sqrt(Gamma Delta); weak scatterers leave exponentially little
    weak = solve.dirty_d_wave(dirty(0.1, np.inf), 0.0)
    assert response.dirty_density_of_states(weak, np.array([0.0]))[0] < 1e-3


def test_a_fermi_line_of_bands_keeps_tc_and_changes_the_superfluid():
    bands = model.square({(0, 0): 100.0, (1, 0): -100.0, (1, 1): 25.0}, a=3.8)
    dirty_bands = dirty(0.4, 1.0, bands)
    tc = solve.dirty_critical_temperature(dirty_bands)
    near = [solve.dirty_d_wave(dirty_bands, x * tc)["gap_amplitude"][0] ** 2 for x in (0.998, 0.999)]
    assert 2 * near[1] == pytest.approx(near[0], rel=1e-2)
    fraction = float(solve.dirty_d_wave(dirty_bands, 0.0)["superfluid_fraction"])
    assert 0.3 < fraction < 0.9


def test_what_is_refused():
    with pytest.raises(NoSuperconductivity, match="leaves no d wave"):
        solve.dirty_critical_temperature(dirty(0.9))
    assert solve.dirty_d_wave(dirty(0.9), 1.0)["superfluid_fraction"] == 0.0
    with pytest.raises(InvalidInput, match="0 K or more"):
        solve.dirty_d_wave(dirty(0.1), -1.0)
    with pytest.raises(InvalidInput, match="rate above zero"):
        response.dirty_density_of_states(solve.dirty_d_wave(dirty(0.0), 1.0), np.array([0.0]))
    bands = model.square({(0, 0): 0.0, (1, 0): -100.0})
    plain = solve.given_gap(model.Superconductor(bands, model.d_wave(1.0)), 1.0)
    with pytest.raises(CannotProbe):
        response.dirty_density_of_states(plain, np.array([0.0]))
    with pytest.raises(CannotProbe):
        response.dirty_superfluid_density(plain)
