"""The case of the charged condensate: what holds, and which rival does not."""

import numpy as np
import pytest

from onnes.cases.condensate.charged_condensate import CASE, FREE, NORMAL
from onnes.study.case import run_case

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


def test_the_condensate_holds(outcome):
    own = [claim for claim in outcome.result.claims if not claim.rival]
    assert len(own) == 4 and all(claim.holds for claim in own)
    assert outcome.checks_passed


def test_bare_electrons_screen_too_well(outcome):
    depths = [claim for claim in outcome.result.claims if claim.rival == FREE]
    assert len(depths) == 3
    assert all(claim.computed < claim.published.value and not claim.holds for claim in depths)


def test_a_resistance_takes_the_current_away(outcome):
    (decay,) = [claim for claim in outcome.result.claims if claim.rival == NORMAL]
    assert decay.holds  # it decays, and as L/R says
    kept, lost = next(f for f in outcome.result.figures if "persists" in f.title).curves
    assert np.ptp(kept.y) < 1e-9 and lost.y[-1] < 0.03


def test_recalled_numbers_say_so_and_figures_are_finite(outcome):
    notes = {c.name: c.to_json()["note"] for c in outcome.result.claims if c.published.status == "recalled"}
    assert list(notes) == ["London depth of aluminium"] and "recalled, unverified" in next(
        iter(notes.values())
    )
    for figure in outcome.result.figures:
        assert all(np.all(np.isfinite(c.y)) for c in figure.curves if c.role != "reference")
    lifetimes = [float(row[2]) for row in outcome.result.tables[1][2]]
    assert np.all(np.diff(lifetimes) > 0) and lifetimes[-1] > 100
