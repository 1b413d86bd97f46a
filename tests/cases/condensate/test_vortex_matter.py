"""The case of vortex matter: what holds, what fails and is shown failing."""

import numpy as np
import pytest

from onnes.cases.condensate import vortex_figures, vortex_runs
from onnes.cases.condensate.vortex_matter import CASE, ONE_VORTEX
from onnes.compare.claim import Kind
from onnes.study.case import run_case


def test_counting_of_jumps():
    """Two rates that are exp(2) apart over 1 1/K give a slope of 2 K, with the error of the two counts."""
    counts = np.array([np.exp(2) * 50 - 0.5, 49.5])
    creep = vortex_runs.Creep(2.0, 0.1, np.array([1.0, 0.5]), counts, 1000.0, np.zeros(0), np.zeros(0))
    slope, error = creep.slope
    assert slope == pytest.approx(2.0)
    assert error == pytest.approx(np.sqrt(1 / (50 * np.exp(2)) + 1 / 50))


def test_critical_density():
    fields = np.array([0.0, 0.0005, 0.0025])
    assert vortex_runs.critical_density(np.array([0.1, 0.2, 0.3]), fields) == pytest.approx(0.225)
    assert np.isnan(vortex_runs.critical_density(np.array([0.1, 0.2]), np.zeros(2)))


def test_the_barrier_between_two_wells():
    """The saddle lies in the middle by symmetry; a finer mesh changes it by less than a tenth."""
    film = vortex_runs.wells()
    _, height = vortex_runs.barrier(film)
    assert vortex_runs.barrier(film, 3.5)[1] == pytest.approx(height, rel=0.1) and height > 0


def test_core_constant_at_the_bogomolny_point():
    """Hc1 = Hc2 there: alpha = 1 + ln sqrt 2."""
    assert vortex_figures.core_constant(2**-0.5) == pytest.approx(1 + np.log(2) / 2, abs=1e-6)


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


@pytest.mark.slow
def test_checks_pass(outcome):
    assert outcome.checks_passed


@pytest.mark.slow
def test_what_holds(outcome):
    failing = {c.name for c in outcome.result.claims if not c.holds}
    assert failing == {"Bc1 of niobium at T = 0", "rho_f/rho_n at 0.95 Bc2, the same estimate"}
    (rival,) = [c for c in outcome.result.claims if c.rival]
    assert rival.rival == ONE_VORTEX and all(c.kind is Kind.PREDICTED for c in outcome.result.claims)


@pytest.mark.slow
def test_three_states_are_drawn(outcome):
    assert sum(bool(f.maps) for f in outcome.result.figures) == 3
