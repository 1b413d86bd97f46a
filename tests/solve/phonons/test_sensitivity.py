"""Functional derivative, isotope exponents and the jump at Tc against finite differences and exact statements."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.model import MultibandGlue, MuStar, PhononGlue, Spectrum, einstein, from_peaks
from onnes.solve.phonons.transition import pairing_eigenvalue
from onnes.units import K_B

GLUE = PhononGlue(from_peaks([10.0, 30.0], [0.5, 0.5]), MuStar(0.1))


def tc_with(glue, count):
    """Tc with a fixed number of Matsubara frequencies, so that finite differences never see it change."""
    from scipy.optimize import brentq

    def excess(t):
        kernel = on.solve.imaginary_axis_kernel(glue, t, cutoff=2 * np.pi * K_B * t * count)
        return pairing_eigenvalue(kernel)[0] - 1

    guess = on.solve.critical_temperature(glue)
    return brentq(excess, 0.98 * guess, 1.02 * guess, xtol=1e-11)


def count_of(glue):
    return round(20 * glue.omega_max / (2 * np.pi * K_B * on.solve.critical_temperature(glue)))


@pytest.mark.parametrize("omega", [2.0, 8.0, 20.0, 60.0])
def test_against_a_small_einstein_mode(omega):
    """Adding coupling 1e-4 lambda at one energy moves Tc by sensitivity * area."""
    cutoff, count = 20 * GLUE.omega_max, count_of(GLUE)
    area = 1e-4 * GLUE.spectrum.lambda_ * omega / 2

    def perturbed(change):
        modes = sorted([*zip(GLUE.spectrum.frequency, GLUE.spectrum.measure, strict=True), (omega, change)])
        return PhononGlue(Spectrum(*np.transpose(modes), np.ones(3)), GLUE.mu_star)

    difference = (tc_with(perturbed(area), count) - tc_with(perturbed(-area), count)) / (2 * area)
    found = on.solve.tc_sensitivity(GLUE, frequency=[omega], cutoff=cutoff)
    # Central difference: second order cancels, third is 1e-8; the root is good to 1e-11/1e-4 of dTc.
    assert float(found.sensitivity[0]) == pytest.approx(difference, rel=1e-5)


def test_it_vanishes_linearly_and_is_never_negative():
    found = on.solve.tc_sensitivity(GLUE, frequency=np.geomspace(1e-4, 300, 400))
    values, omega = found.sensitivity.values, found.frequency.values
    assert np.all(values > 0)
    slope = values / omega
    # Corrections to linear behaviour are (Omega/2 pi kTc)^2 ~ 1e-8 at the low end.
    assert slope[1] == pytest.approx(slope[0], rel=1e-6)
    # And it falls like 1/Omega far above: within (w/Omega)^2-like logarithms.
    assert values[-1] < 0.1 * values.max()


def test_it_peaks_where_bergmann_and_rainer_found_it():
    found = on.solve.tc_sensitivity(GLUE, frequency=np.linspace(1, 40, 400))
    peak = float(found.frequency[int(np.argmax(found.sensitivity.values))]) / (
        K_B * found.critical_temperature
    )
    assert 7 < peak < 8.5


def test_integral_over_the_spectrum_is_the_scaling_derivative():
    """dTc/dln(scale) of alpha2F at fixed mu*."""
    count, step = count_of(GLUE), 1e-4
    up, down = (
        tc_with(PhononGlue(GLUE.spectrum.scaled(coupling=1 + s), GLUE.mu_star), count) for s in (step, -step)
    )
    found = on.solve.tc_sensitivity(GLUE, frequency=GLUE.spectrum.frequency)
    total = float(np.sum(GLUE.spectrum.measure * found.sensitivity.values))
    assert total == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_derivative_with_mu_star():
    count, step = count_of(GLUE), 1e-5
    up, down = (
        tc_with(PhononGlue(GLUE.spectrum, MuStar(0.1 + s, GLUE.mu_star.cutoff)), count) for s in (step, -step)
    )
    found = on.solve.tc_sensitivity(GLUE, frequency=[1.0])
    assert found.mu_star_sensitivity == pytest.approx((up - down) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("coupling", [0.4, 1.0, 3.0])
def test_isotope_exponent_is_one_half_without_repulsion(coupling):
    glue = PhononGlue(einstein(20.0, coupling), MuStar(0.0))
    assert on.solve.isotope_exponent(glue) == 0.5
    doubled = PhononGlue(einstein(40.0, coupling), MuStar(0.0))
    ratio = on.solve.critical_temperature(doubled) / on.solve.critical_temperature(glue)
    # Tc scales exactly; the root of Tc has relative tolerance 1e-7.
    assert np.log(ratio) / np.log(2) / 2 == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("glue", [GLUE, PhononGlue(einstein(20.0, 0.8), MuStar(0.15))])
def test_isotope_exponent_against_scaled_spectra(glue):
    """The glue keeps its mu* at a cutoff in meV, so that scaling the spectrum fixes the bare repulsion."""
    step = 0.02
    up, down = (
        on.solve.critical_temperature(PhononGlue(glue.spectrum.scaled(frequency=np.exp(s)), glue.mu_star))
        for s in (step, -step)
    )
    # Third order of the difference ~ step^2/6 * 0.1; Tc to 1e-7/step.
    assert on.solve.isotope_exponent(glue) == pytest.approx(np.log(up / down) / (4 * step), abs=5e-5)


def test_isotope_exponent_against_allen_bergmann_rainer():
    """The closed formula for McMillan's Tc, derived from it: alpha = [1 - 1.04 (1+l)(1+0.62 l) (mu/d)^2]/2."""
    lam, mu = 0.8, 0.1
    glue = PhononGlue(einstein(20.0, lam), MuStar(mu))
    denominator = lam - mu * (1 + 0.62 * lam)
    closed = 0.5 * (1 - 1.04 * (1 + lam) * (1 + 0.62 * lam) * (mu / denominator) ** 2)
    # McMillan's formula itself is good to about 10 % in ln Tc.
    assert on.solve.isotope_exponent(glue) == pytest.approx(closed, abs=0.03)


def test_parts_sum_to_the_whole():
    low, high = einstein(10.0, 0.5), einstein(30.0, 0.5)
    parts = [on.solve.isotope_exponent(GLUE, part=p) for p in (low, high)]
    assert sum(parts) == pytest.approx(on.solve.isotope_exponent(GLUE), rel=1e-6)
    spectrum = on.solve.isotope_spectrum(GLUE)
    assert np.asarray(spectrum.isotope_density * GLUE.spectrum.weights) == pytest.approx(parts, rel=1e-9)
    # One mode shifted alone, finite difference:
    count, step = count_of(GLUE), 1e-4
    up, down = (
        tc_with(PhononGlue(from_peaks([10.0, 30.0 * np.exp(s)], [0.5, 0.5]), GLUE.mu_star), count)
        for s in (step, -step)
    )
    assert parts[1] == pytest.approx(np.log(up / down) / (4 * step), rel=1e-5)


def test_two_bands_isotope_exponent():
    glue = MultibandGlue(
        ((einstein(60.0, 1.0), einstein(60.0, 0.2)), (einstein(60.0, 0.15), einstein(60.0, 0.4))),
        MuStar(((0.12, 0.04), (0.03, 0.08))),
        (0.75, 1.0),
    )

    def scaled(factor):
        spectra = tuple(tuple(s.scaled(frequency=factor) for s in row) for row in glue.spectra)
        return on.solve.critical_temperature(MultibandGlue(spectra, glue.mu_star, glue.dos_weights))

    step = 0.02
    difference = np.log(scaled(np.exp(step)) / scaled(np.exp(-step))) / (4 * step)
    assert on.solve.isotope_exponent(glue) == pytest.approx(difference, abs=5e-5)


def test_jump_in_weak_coupling():
    glue = PhononGlue(einstein(20.0, 0.24), MuStar(0.0))
    # BCS: 12/(7 zeta(3)); strong-coupling correction 0.3 % at x = 0.004.
    assert on.solve.specific_heat_jump(glue) == pytest.approx(1.42613, rel=0.005)


def test_jump_of_two_equal_bands_is_that_of_one():
    single = PhononGlue(einstein(20.0, 1.0), MuStar(0.1))
    half = einstein(20.0, 0.5)
    # lambda_ij = 1/2 each: every electron feels lambda = 1 in total; mu* likewise.
    pair = MultibandGlue(((half, half), (half, half)), MuStar(((0.05, 0.05), (0.05, 0.05))), (1.0, 1.0))
    assert on.solve.critical_temperature(pair) == pytest.approx(
        on.solve.critical_temperature(single), rel=1e-6
    )
    assert on.solve.specific_heat_jump(pair) == pytest.approx(on.solve.specific_heat_jump(single), rel=1e-5)


def test_errors():
    pair = MultibandGlue(
        ((einstein(20.0, 1.0), einstein(20.0, 0.1)), (einstein(20.0, 0.1), einstein(20.0, 1.0))),
        MuStar(0.1),
        (1.0, 1.0),
    )
    with pytest.raises(InvalidInput, match="2 bands"):
        on.solve.tc_sensitivity(pair)
    with pytest.raises(InvalidInput, match="2 bands"):
        on.solve.isotope_spectrum(pair)
    with pytest.raises(InvalidInput, match="2 bands"):
        on.solve.isotope_exponent(pair, part=einstein(20.0, 1.0))
    with pytest.raises(InvalidInput, match="positive"):
        on.solve.tc_sensitivity(GLUE, frequency=[-1.0, 2.0])
    flat = on.model.DensityOfStates(np.array([-1.0, 1.0]), np.ones(2))
    with pytest.raises(InvalidInput, match="density of states"):
        on.solve.isotope_exponent(PhononGlue(GLUE.spectrum, GLUE.mu_star, flat))
