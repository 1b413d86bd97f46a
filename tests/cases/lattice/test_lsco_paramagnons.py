"""The case of the paramagnons: what follows from the exchanges, what is put in, where each picture fails."""

import pytest

from onnes.cases.lattice.lsco_paramagnons import ANTINODE, CASE, DIAGONAL, ITINERANT, NEAREST, mode, parent
from onnes.compare.claim import Kind
from onnes.model.lattice.spins import la2cuo4, square_antiferromagnet
from onnes.study.case import run_case


@pytest.fixture(scope="module")
def outcome():
    return run_case(CASE)


def claims(outcome, rival):
    return {c.name: c for c in outcome.result.claims if c.rival == rival}


def test_band_tops_are_those_of_the_closed_form():
    """2 Z_c sqrt(A^2 - B^2) by hand at (1/2, 0), B = 0 and A = J - Jc/2 - 2(J' - Jc/4), and at (1/4, 1/4)."""
    for kelvin, J, Jc in ((10, 146.3, 61.0), (295, 138.3, 38.0)):
        state = parent(la2cuo4(kelvin))
        j, jp = J - Jc / 2, 2.0 - Jc / 4
        assert mode(state, ANTINODE) == pytest.approx(2 * 1.18 * (j - 2 * jp), rel=1e-9)
        assert mode(state, DIAGONAL) == pytest.approx(2 * 1.18 * (j - jp - 2 * 2.0), rel=1e-9)
    assert mode(parent(la2cuo4(10)), ANTINODE) == pytest.approx(335.8, abs=0.1)


def test_one_exchange_is_flat():
    for J, energy in ((143.0, 337.5), (120.0, 283.2)):
        state = parent(square_antiferromagnet(J))
        assert mode(state, ANTINODE) == pytest.approx(energy, abs=0.1)
        assert mode(state, DIAGONAL) == pytest.approx(mode(state, ANTINODE), rel=1e-9)


def test_checks_pass(outcome):
    assert outcome.checks_passed


def test_fitted_exchanges_are_not_called_predictions(outcome):
    own = claims(outcome, "")
    for name in ("spin wave at (1/2, 0)", "spin wave at (1/4, 1/4)"):
        assert own[name].kind is Kind.FITTED and own[name].holds
    persistence = [c for c in own.values() if "x = 0.4" in c.name]
    assert persistence and all(c.kind is Kind.PHENOMENOLOGICAL for c in persistence)
    assert persistence[0].computed == pytest.approx(2 / 3.14159, rel=0.01)


def test_a_single_exchange_of_120_mev_fails(outcome):
    near = claims(outcome, NEAREST)
    assert not near["spin wave at (1/2, 0), J = 120 meV"].holds
    assert not near["(1/2, 0) over (1/4, 1/4)"].holds
    assert claims(outcome, "")["zero-point reduction of the staggered spin"].holds


def test_itinerant_picture_persists_at_the_wrong_energy(outcome):
    rival = claims(outcome, ITINERANT)
    assert rival["peak at (1/2, 0), x = 0.32 over x = 0.12"].holds
    assert not rival["peak at (1/2, 0), x = 0.24"].holds
    assert not rival["sign of the change at (1/4, 1/4), x = 0.24 against 0.12"].holds
