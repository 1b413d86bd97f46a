"""The case of the overdoped films: what each explanation gives, and what it does not."""

import numpy as np
import pytest

from onnes.cases.lattice.lsco_superfluid_density import CASE, CLEAN, PHASE
from onnes.compare.claim import Kind
from onnes.study.case import run_case

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


def by_rival(outcome, rival):
    return {claim.name: claim for claim in outcome.result.claims if claim.rival == rival}


def test_weak_disorder_meets_the_line_and_the_exponent(outcome):
    weak = by_rival(outcome, "dirty d wave, Born")
    assert weak["offset T0"].holds and weak["offset T0"].kind is Kind.FITTED
    assert weak["slope a"].fitted and weak["slope a"].holds
    exponent = weak["exponent of Tc against rho_s below 15 K"]
    assert exponent.holds and exponent.kind is Kind.PREDICTED


def test_no_strength_of_the_scatterers_meets_everything(outcome):
    for rival in ("dirty d wave, Born", "dirty d wave, c = 1"):
        assert not all(claim.holds for claim in by_rival(outcome, rival).values())


def test_single_layers_fail_at_the_end_of_the_dome(outcome):
    phase = by_rival(outcome, PHASE)
    end = phase["exponent of Tc against rho_s at its end"]
    assert 0.9 < end.computed < 1.0 and not end.holds


def test_a_clean_metal_keeps_its_superfluid(outcome):
    (claim,) = by_rival(outcome, CLEAN).values()
    assert claim.computed > 0.8 and not claim.holds


def test_unchecked_numbers_say_so(outcome):
    recalled = [c for c in outcome.result.claims if c.published.status == "recalled"]
    assert recalled and all("recalled, unverified" in c.to_json()["note"] for c in recalled)


def test_checks_pass_and_figures_are_there(outcome):
    assert outcome.checks_passed
    assert len(outcome.result.figures) == 2
    for figure in outcome.result.figures:
        assert all(np.all(np.isfinite(curve.y)) for curve in figure.curves)
