"""The case of weak coupling: which claims hold, which do not, and what excludes the rival."""

import pytest

from onnes.cases.phonons.bcs import CASE
from onnes.study.case import run_case


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


def test_every_closed_form_comes_out_of_the_solver(outcome):
    derived = [claim for claim in outcome.result.claims if claim.published.status == "derived"]
    assert len(derived) == 12
    assert [claim.name for claim in derived if not claim.holds] == []
    assert all(claim.error < 1e-4 for claim in derived)


def test_weak_coupling_metals_are_met_and_strong_coupling_ones_are_not(outcome):
    own = {claim.name: claim for claim in outcome.result.claims if not claim.rival}
    for metal in ("tin", "vanadium", "titanium"):
        assert own[f"2Δ(0)/kTc, {metal}"].holds
    for metal in ("mercury", "lead"):
        assert own[f"2Δ(0)/kTc, {metal}"].deviation < -2
    assert own["isotope exponent, lead"].holds
    assert not own["isotope exponent, tin"].holds  # the Coulomb repulsion that is left out


def test_nodes_are_excluded_in_aluminium(outcome):
    rivals = [claim for claim in outcome.result.claims if claim.rival]
    assert rivals and not any(claim.holds for claim in rivals)
    off = {
        bool(c.rival): abs(c.deviation)
        for c in outcome.result.claims
        if c.name.startswith("exponent of C_es")
    }
    assert off[False] < off[True] / 5


def test_checks_pass_and_the_record_is_complete(outcome):
    assert outcome.checks_passed
    assert len(outcome.result.figures) == 6
    assert outcome.to_json()["case"] == "bcs"
