"""Hc2: the pair propagator, the weak-coupling limits of Helfand and Werthamer, Anderson's theorem, errors."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import dawsn, digamma

import onnes as on
from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.model import MultibandGlue, MuStar, PhononGlue, einstein
from onnes.solve.phonons import upper_field
from onnes.solve.phonons.transition import pairing_eigenvalue
from onnes.units import E_CHARGE, HBAR_SI, K_B

GLUE = PhononGlue(einstein(20.0, 1.0), MuStar(0.1))


@pytest.mark.parametrize("x", [1e-5, 0.3, 1.0, 10.0, 300.0])
def test_pair_propagator_against_its_time_integral(x):
    """chi = int_0^inf ds exp(-w s) <exp(-alpha s^2 sin^2(theta)/4)>, averaged over the Fermi sphere.

    That is the lowest Landau level's expectation of exp(-s v.Pi/2) for the straight path of a pair
    during s; the average is Dawson's function of sqrt(alpha) s/2.
    """
    a = x / 2

    def integrand(s):
        u = a * s
        return np.exp(-s) * (dawsn(u) / u if u > 0 else 1.0)

    knee = min(1 / a, 1.0)
    expected = (
        quad(integrand, 0, knee, epsrel=1e-12)[0] + quad(integrand, knee, 60, epsrel=1e-12, limit=500)[0]
    )
    assert float(upper_field.pair_propagator(np.array(x))) == pytest.approx(expected, rel=1e-9)


def bcs_field(t, rate):
    """alpha/(kTc)^2 of a BCS superconductor from ln(1/t) = 2 pi t sum [1/w - X], energies in kTc.

    The first 2000 terms are summed, the rest integrated over ln(w): midpoint error 1/(24 * 2000^2).
    """
    count = 2000
    nodes, weights = np.polynomial.legendre.leggauss(120)
    low, high = np.log(2 * np.pi * t * count), np.log(1e4 * (10 + rate) * count)
    log_omega = (low + high) / 2 + (high - low) / 2 * nodes
    omega = np.concatenate([(2 * np.arange(count) + 1) * np.pi * t, np.exp(log_omega)])
    measure = np.concatenate([np.full(count, 2 * np.pi * t), (high - low) / 2 * weights * np.exp(log_omega)])
    dressed = omega + rate / 2

    def excess(alpha):
        chi = upper_field.pair_propagator(np.sqrt(alpha) / dressed) / dressed
        return np.sum(measure * (1 / omega - 1 / (1 / chi - rate / 2))) + np.log(t)

    return brentq(excess, 1e-9, 10 * (100 + rate), xtol=1e-14, rtol=1e-12)


@pytest.mark.parametrize("rate, reduced", [(0.0, 0.7273), (1e4, np.pi**2 / (8 * np.exp(np.euler_gamma)))])
def test_reduced_field_at_zero_temperature(rate, reduced):
    """h* = Hc2(0)/(-Tc dHc2/dT): 0.727 clean (Helfand, Werthamer), pi^2/(8 e^gamma) = 0.693 dirty."""
    slope = bcs_field(0.9999, rate) / 1e-4
    # t = 0.02 is the ground state to t^2 ln t ~ 1e-3; the slope's curvature is 1e-4; the dirty rate 1e-4.
    assert bcs_field(0.02, rate) / slope == pytest.approx(reduced, rel=2e-3)


@pytest.mark.parametrize("t", [0.2, 0.6, 0.9])
def test_dirty_limit_is_digamma(t):
    """ln(1/t) = psi(1/2 + eDB/2 pi kT) - psi(1/2), eDB = alpha * 2 tau/3 hbar: Maki and de Gennes."""
    rate = 1e5
    depairing = bcs_field(t, rate) * 2 / (3 * rate)
    # The next term is (pi kTc tau/hbar) ln(hbar/tau kTc) ~ 3e-5 * 10.
    assert digamma(0.5 + depairing / (2 * np.pi * t)) - digamma(0.5) == pytest.approx(-np.log(t), rel=5e-4)


def test_weak_coupling_slope_at_tc():
    """Clean: -Tc d(alpha)/dT = 12 pi^2 (kTc)^2 (1+lambda)^2/(7 zeta(3)), alpha = e hbar B v^2/2."""
    glue = PhononGlue(einstein(20.0, 0.3), MuStar(0.0))
    tc = on.solve.critical_temperature(glue)
    field = on.solve.upper_critical_field(glue, 0.995 * tc, fermi_velocity=1e6)
    alpha = 0.5 * HBAR_SI * 1e12 * field / E_CHARGE * 1e6
    expected = 12 * np.pi**2 / (7 * 1.2020569) * (K_B * tc * 1.3) ** 2 * 0.005
    # Strong coupling x^2 ln ~ 1 %, curvature (1-t)/2.
    assert alpha == pytest.approx(expected, rel=0.015)


def test_anderson_theorem():
    """Without field, impurities leave Tc alone: X is exactly 1/(w Z)."""
    kernel = on.solve.imaginary_axis_kernel(GLUE, 5.0)
    dirty = upper_field.in_field(kernel, 0.0, np.array([1e6]), np.array([50.0]))
    assert pairing_eigenvalue(dirty)[0] == pytest.approx(pairing_eigenvalue(kernel)[0], rel=1e-10)


def test_vanishes_at_tc_and_falls_with_temperature():
    tc = on.solve.critical_temperature(GLUE)
    fields = [
        on.solve.upper_critical_field(GLUE, t * tc, fermi_velocity=5e5) for t in (0.05, 0.3, 0.6, 0.9, 0.9999)
    ]
    assert np.all(np.diff(fields) < 0)
    assert fields[-1] < 3e-4 * fields[0]


def test_scaling_with_velocity_and_dirt():
    clean = on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=5e5)
    # alpha ~ B v^2: exactly inverse square.
    assert on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=1e6) == pytest.approx(clean / 4, rel=1e-7)
    # A long mean free path changes nothing; a short one raises Hc2 like 1/(v l).
    long = on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=5e5, mean_free_path=1e7)
    assert long == pytest.approx(clean, rel=1e-3)
    short, shorter = (
        on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=5e5, mean_free_path=p) for p in (0.02, 0.01)
    )
    assert shorter == pytest.approx(2 * short, rel=0.01)
    assert short > 50 * clean


def test_engines_agree():
    options = {"fermi_velocity": 5e5, "mean_free_path": 10.0}
    compact = on.solve.upper_critical_field(GLUE, 3.0, **options)
    # DLR is built for the zero-field kernel's scales; the field adds one of the same order.
    assert on.solve.upper_critical_field(GLUE, 3.0, engine="fft", **options) == pytest.approx(
        compact, rel=1e-5
    )


def test_two_equal_bands_are_one():
    half = einstein(20.0, 0.5)
    pair = MultibandGlue(((half, half), (half, half)), MuStar(((0.05, 0.05), (0.05, 0.05))), (1.0, 1.0))
    one = on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=5e5, mean_free_path=20.0)
    two = on.solve.upper_critical_field(pair, 4.0, fermi_velocity=(5e5, 5e5), mean_free_path=20.0)
    assert two == pytest.approx(one, rel=1e-6)


def test_errors():
    with pytest.raises(NoSuperconductivity, match="above Tc"):
        on.solve.upper_critical_field(GLUE, 40.0, fermi_velocity=1e6)
    with pytest.raises(InvalidInput, match="fermi_velocity"):
        on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=-1.0)
    with pytest.raises(InvalidInput, match="mean_free_path"):
        on.solve.upper_critical_field(GLUE, 4.0, fermi_velocity=1e6, mean_free_path=(1.0, 2.0))
    flat = on.model.DensityOfStates(np.array([-1.0, 1.0]), np.ones(2))
    with pytest.raises(InvalidInput, match="density of states"):
        on.solve.upper_critical_field(PhononGlue(GLUE.spectrum, GLUE.mu_star, flat), 4.0, fermi_velocity=1e6)
