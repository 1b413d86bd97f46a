"""The two hydrogen cases: what they must say whatever the numbers, and that they do not hide what fails."""

import numpy as np
import pytest

from onnes.cases.phonons import h3s, metallic_hydrogen
from onnes.compare.claim import Kind
from onnes.study.case import CaseRun, run_case


@pytest.fixture(scope="module")
def sulphur() -> CaseRun:
    return run_case(h3s.CASE)


@pytest.fixture(scope="module")
def metal() -> CaseRun:
    return run_case(metallic_hydrogen.CASE)


def test_checks_pass(sulphur: CaseRun, metal: CaseRun) -> None:
    assert sulphur.checks_passed and metal.checks_passed


def test_only_the_calibrating_pressures_are_called_fitted(sulphur: CaseRun) -> None:
    fitted = {c.name for c in sulphur.result.claims if c.kind is Kind.FITTED}
    assert fitted == {"symmetrisation pressure, H", "symmetrisation pressure, D"}


def test_the_straight_line_is_shown_failing(sulphur: CaseRun) -> None:
    (line,) = [c for c in sulphur.result.claims if "straight" in c.name]
    assert line.rival and not line.holds and 119 < line.computed < 125


def test_anharmonicity_reduces_lambda_and_deuterium_lowers_tc(sulphur: CaseRun) -> None:
    claims = {c.name: c.computed for c in sulphur.result.claims}
    assert claims["anharmonic lambda at 200 GPa"] < 2.64
    # a harmonic hydride has at most 1/2; the hardening of the lighter isotope lowers it
    assert 0 < claims["isotope exponent H to D at 155 GPa"] < 0.5


def test_quantiles_weigh_publications_not_samples() -> None:
    many, few = np.full(1000, 100.0), np.full(10, 300.0)
    low, _, high = metallic_hydrogen._quantiles([many, few])
    assert (low, high) == (100.0, 300.0)


def test_molecular_inputs_lie_below_atomic_ones(metal: CaseRun) -> None:
    (_, _, rows) = metal.result.tables[1]
    median = {row[0]: float(row[2]) for row in rows}
    assert median["molecular"] < median["all"] < median["atomic"]
    areas = [np.trapezoid(c.y, c.x) for c in metal.result.figures[0].curves[:3]]
    # a density over the whole range: the histogram of all inputs has unit area, and its parts add up to it
    assert areas[0] == pytest.approx(1.0, abs=1e-2) and areas[1] + areas[2] == pytest.approx(
        areas[0], abs=1e-9
    )
