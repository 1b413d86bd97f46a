"""The case of levitation: which description meets which measurement."""

import pytest

from onnes.cases.condensate.levitation import CASE, EXPULSION
from onnes.compare.claim import Kind
from onnes.study.case import run_case

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


def named(outcome, name, rival=""):
    (claim,) = [c for c in outcome.result.claims if c.name == name and c.rival == rival]
    return claim


def test_closed_forms_hold(outcome):
    derived = [c for c in outcome.result.claims if c.published.status == "derived"]
    assert len(derived) == 8 and all(c.holds for c in derived)


def test_frozen_flux_predicts_the_disc_and_expulsion_does_not(outcome):
    name = "force on the field-cooled disc at 5 mm"
    own = named(outcome, name)
    assert own.holds and own.kind is Kind.PREDICTED
    assert not named(outcome, name, EXPULSION).holds


def test_the_bulk_near_and_far(outcome):
    # two fitted, the third follows; the two farthest are smaller than any such magnet allows, and the case says so
    holds = [named(outcome, f"force on the bulk at {gap} mm").holds for gap in (5, 10, 15, 20, 25)]
    assert holds == [True, True, True, False, False]
    assert named(outcome, "force on the bulk at 15 mm").kind is Kind.PREDICTED
    assert not named(outcome, "force on the bulk at 10 mm", EXPULSION).holds


def test_checks_pass(outcome):
    assert outcome.checks_passed


def test_weights_rest_on_both_sides(outcome):
    rows = outcome.result.tables[0][2]
    assert rows[0][1] != "-" != rows[0][2] and rows[-1][2] == "-"
