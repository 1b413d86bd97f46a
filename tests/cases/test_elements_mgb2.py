"""The cases `elements` and `mgb2`: what they must say whatever the published numbers are."""

import math

import numpy as np
import pytest

from onnes import model, solve
from onnes.cases.phonons import element_solution, elements, mgb2
from onnes.compare.claim import Kind
from onnes.model.phonons.glue import MuStar, PhononGlue
from onnes.study.case import Quality, run_case
from onnes.units import K_B


@pytest.fixture(scope="module")
def mgb2_run():
    return run_case(mgb2.CASE)


@pytest.fixture(scope="module")
def lead():
    return element_solution.solve_element(model.material("Pb"))


def test_fit_of_mu_star_returns_the_value_that_made_tc():
    spectrum = model.material("Pb").spectrum()
    made = PhononGlue(spectrum, MuStar(0.1234, 12.0))
    tc = solve.critical_temperature(made)
    found = element_solution.fitted_to(spectrum, 12.0, tc)
    # dlnTc/dmu* is about -3 in lead and Tc is found to 1e-7
    assert found.mu_star.value == pytest.approx(0.1234, abs=1e-5)


def test_weak_coupling_gives_the_universal_numbers():
    """At kTc/omega_log = x = 0.0031 strong coupling adds 12.5, 53 and 12.2 times x^2 ln(1/3x) = 4.5e-5.

    Those are 6e-4, 2.4e-3 and 5e-4; the state at 0.2 Tc lies 2e-4 below the ground state's gap.
    """
    glue = PhononGlue(model.einstein(25.0, 0.3), MuStar(0.05, 25.0))
    assert K_B * solve.critical_temperature(glue) / 25.0 < 0.0032
    ratios = element_solution.dimensionless(glue)
    assert ratios.gap == pytest.approx(elements.BCS_GAP, rel=1.2e-3)
    assert ratios.jump == pytest.approx(elements.BCS_JUMP, rel=4e-3)
    assert ratios.field == pytest.approx(elements.BCS_FIELD, rel=1.2e-3)
    assert ratios.gap > 2 * math.pi * math.exp(-0.5772156649)
    assert ratios.jump > 12 / (7 * 1.2020569032)


def test_lead_is_strongly_coupled(lead):
    ratios = lead.ratios
    assert ratios.gap > 4.3
    assert ratios.jump > 2.4
    assert ratios.field < 0.14
    assert 0 < lead.isotope < 0.5  # repulsion lowers the exponent below one half
    assert lead.error.gap > 0 and lead.critical_field_error > 0


@pytest.mark.parametrize("name", ["Sn", "MgB2"])
def test_isotope_exponent_is_a_change_of_mass(name):
    """The exponent of the claims equals a change of every mass by 2 % with mu* at its electronic cutoff.

    The symmetric difference errs by the third derivative, about (0.01)^2.
    """
    glue = model.material(name).glue()
    temperatures = [solve.critical_temperature(_slowed(glue, f)) for f in (np.exp(0.01), np.exp(-0.01))]
    assert solve.isotope_exponent(glue) == pytest.approx(
        math.log(temperatures[0] / temperatures[1]) / 0.04, abs=5e-4
    )


def _slowed(glue, factor):
    if glue.n_bands == 1:
        return PhononGlue(glue.spectrum.scaled(frequency=factor), glue.mu_star)
    spectra = tuple(tuple(s.scaled(frequency=factor) for s in row) for row in glue.spectra)
    return mgb2.MultibandGlue(spectra, glue.mu_star, glue.dos_weights)


def test_deviation_function_of_lead_lies_above_the_parabola(lead):
    """D > 0 at every temperature, zero at both ends: near Tc it falls to 2 (1 - t) (|dh/dt|/2 - 1)."""
    t = np.linspace(0.1, 0.99, 7)
    d = element_solution.deviation(lead, t)
    assert np.all(d > 0)
    assert d.max() > 0.02
    assert d[0] < 0.1 * d.max() and d[-1] < 0.15 * d.max()


def test_sharpened_spectrum_keeps_coupling_and_logarithmic_average():
    material = model.material("Nb")
    sharp, given = element_solution.sharpened(material), material.spectrum()
    assert sharp.lambda_ == pytest.approx(given.lambda_, rel=1e-12)
    assert sharp.omega_log == pytest.approx(given.omega_log, rel=1e-12)
    assert len(sharp.frequency) == len(material.peaks[0][0])


@pytest.mark.slow
def test_elements_case():
    run = run_case(elements.CASE, Quality.QUICK)
    assert run.checks_passed, [c for c in run.result.checks if not c.passed]
    claims = {claim.name: claim for claim in run.result.claims}
    # Tc is never called a prediction, since mu* was fitted to it; nothing else is fitted
    for claim in run.result.claims:
        assert (claim.kind is Kind.FITTED) == claim.name.startswith("Tc of")
        assert math.isfinite(claim.computed) and claim.error > 0
    assert claims["2 Delta_0/kTc of Hg"].computed > claims["2 Delta_0/kTc of Sn"].computed > 3.528
    assert (
        claims["largest deviation of Hc(T) of Al"].computed
        < 0
        < claims["largest deviation of Hc(T) of Pb"].computed
    )
    assert len(run.result.figures) == 4
    run.to_json()


def test_mgb2_case(mgb2_run):
    assert mgb2_run.checks_passed, [c for c in mgb2_run.result.checks if not c.passed]
    own = {c.name: c for c in mgb2_run.result.claims if not c.rival}
    rival = {c.name: c for c in mgb2_run.result.claims if c.rival}
    assert own["Tc"].kind is Kind.FITTED and rival["Tc"].kind is Kind.FITTED
    sigma, pi = own["gap of the sigma bands"].computed, own["gap of the pi bands"].computed
    single = rival["gap, held against sigma"].computed
    # two gaps around the weak-coupling value, one on each side, and the rival's between them
    weak = 1.764 * K_B * own["Tc"].computed
    assert pi < weak < sigma
    assert pi < single < sigma
    assert own["Delta C/gamma Tc"].computed < 1.426 < rival["Delta C/gamma Tc"].computed
    mgb2_run.to_json()


def test_the_rival_has_the_averaged_coupling():
    two = model.material("MgB2").glue()
    one = mgb2.isotropic(two)
    shares = np.array(two.dos_weights) / sum(two.dos_weights)
    assert one.spectrum.lambda_ == pytest.approx(shares @ two.lambda_matrix.sum(axis=1), rel=1e-12)
    assert solve.critical_temperature(one) == pytest.approx(mgb2.PUBLISHED["Tc"].value, rel=1e-4)


def test_common_factor_of_mu_star_keeps_tc():
    two = model.material("MgB2").glue()
    stronger = mgb2.scaled(two, 1.05)
    assert solve.critical_temperature(stronger) > solve.critical_temperature(two)
    found = mgb2.with_transition(stronger, 39.0)
    assert solve.critical_temperature(found) == pytest.approx(39.0, rel=1e-4)
    ratio = np.array(found.mu_star.value) / np.array(two.mu_star.value)
    assert ratio == pytest.approx(ratio[0, 0] * np.ones((2, 2)))
    assert ratio[0, 0] > 1


def test_magnesium_share_counts_the_low_peaks():
    # 0.421 (0.071 + 0.02748) + 0.579 (0.02 + 0.0776) over the average coupling 0.867
    assert mgb2.magnesium_share() == pytest.approx(0.0980 / 0.867, rel=5e-3)
