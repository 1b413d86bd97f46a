"""The case of surface superconductivity: shapes that are met, two measurements that are not."""

import numpy as np
import pytest

from onnes.cases.condensate import surface_superconductivity as case
from onnes.study.case import run_case


def test_coatings_lower_the_field():
    lengths, ratios = case.coatings()
    assert (np.diff(lengths) > 0).all() and (np.diff(ratios) > 0).all()
    assert ratios[0] == pytest.approx(1.0, abs=1e-3) and 1.6 < ratios[-1] < case.plane()


def test_flux_of_the_first_vortex():
    """Second order in the mesh: halving it moves the flux by less than a per cent."""
    assert case.first_vortex(5.0) == pytest.approx(case.first_vortex(2.5), rel=0.01)


@pytest.fixture(scope="module")
def outcome():
    return run_case(case.CASE)


@pytest.mark.slow
def test_checks_pass(outcome):
    assert outcome.checks_passed


@pytest.mark.slow
def test_what_holds(outcome):
    failing = {c.name for c in outcome.result.claims if not c.holds}
    assert failing == {
        "Hc3/Hc2 of a plane, against niobium",
        "nucleation in a field across the surface over Hc2",
    }
    own, rival = (
        next(c for c in outcome.result.claims if "niobium" in c.name and c.rival == name)
        for name in ("", case.RIVAL)
    )
    assert abs(rival.deviation) > 3 * abs(own.deviation)
