"""The case of the resonance: which picture does what, and what does not decide."""

import numpy as np
import pytest

from onnes import model
from onnes.cases.lattice.cecoin5_resonance import (
    BANDS,
    CASE,
    DIAGONAL_HOPPING,
    EXCHANGE,
    EXCITON,
    HOPPING,
    OTHER_SHIFT,
    SHIFT,
    Q,
    exciton,
    gap_share,
    nearest_exchange,
    paramagnon,
    rise,
)
from onnes.compare.claim import Kind
from onnes.study.case import run_case


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


def claims(outcome, rival):
    return {c.name: c for c in outcome.result.claims if c.rival == rival}


def test_checks_pass(outcome):
    assert outcome.checks_passed


def test_the_numbers_of_the_case_are_those_of_the_set():
    bands = model.bands(BANDS)
    table = dict(zip(map(tuple, bands.cells.tolist()), bands.hoppings[:, 0, 0].real, strict=True))
    assert np.isclose(table[1, 0, 0], -HOPPING) and np.isclose(table[0, 0, 0], -SHIFT * HOPPING)
    assert np.isclose(table[1, 1, 0], DIAGONAL_HOPPING * HOPPING) and len(table) == 9
    assert model.band_set(BANDS).status == "illustrative"


def test_field_and_energy(outcome):
    own = claims(outcome, "")
    assert own["energy at (1/2, 1/2, 1/2)"].kind is Kind.FITTED
    field = own["field that closes the lower mode"]
    # 0.60/(0.96 mu_B) with mu_B = 0.0578838 meV/T
    assert field.holds and field.computed == pytest.approx(0.60 / (0.96 * 0.05788382), rel=1e-6)


def test_signs_of_the_dispersion(outcome):
    assert claims(outcome, "")["sign of the dispersion"].computed == 1
    assert claims(outcome, "")["sign of the dispersion"].kind is Kind.PHENOMENOLOGICAL
    assert claims(outcome, EXCITON)["sign of the dispersion"].computed == -1
    assert not claims(outcome, EXCITON)["sign of the dispersion"].holds


def test_an_exchange_lets_the_exciton_go_either_way(outcome):
    assert claims(outcome, EXCHANGE)["sign of the dispersion"].computed == 1
    assert exciton(nearest_exchange, 320, OTHER_SHIFT).rise < 0


def test_unexplained_width_is_said(outcome):
    assert not claims(outcome, "")["half width"].holds


def test_magnon_is_robust_and_follows_the_gap():
    magnon = paramagnon()
    assert all(rise(magnon.at_gap(share)) > 0 for share in (1.0, 0.85, 0.65))
    share = gap_share(np.array([0.1, 1.2, 1.8, 2.25, 2.299]))
    modes = [float(magnon.at_gap(s).resonance(Q)) for s in share]
    assert modes[0] > modes[1] > modes[2] and np.isnan(modes[-1])
