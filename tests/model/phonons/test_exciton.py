"""The exciton metal as a description: refusals, its reading as alpha2F, storage."""

import math

import pytest

from onnes.errors import InvalidModel
from onnes.model import ExcitonMetal, Filament, codec

GOOD = {
    "lambda_ph": 0.3,
    "omega_ph": 20.0,
    "lambda_ex": 0.4,
    "omega_ex": 500.0,
    "mu": 0.2,
    "fermi_energy": 5000.0,
}


def test_glue_carries_both_peaks_and_the_repulsion_at_the_fermi_energy():
    glue = ExcitonMetal(**GOOD).glue()
    assert glue.spectrum.lambda_ == pytest.approx(0.7)
    assert glue.omega_max == 500.0
    assert (glue.mu_star.value, glue.mu_star.cutoff) == (0.2, 5000.0)
    # two delta functions: lambda omega_2^2 = 0.3 20^2 + 0.4 500^2
    assert glue.spectrum.moment(2) == pytest.approx(0.3 * 400 + 0.4 * 250000)


def test_glue_without_excitons_is_the_phonon_alone():
    glue = ExcitonMetal(**{**GOOD, "lambda_ex": 0.0}).glue()
    assert glue.omega_max == 20.0
    assert glue.spectrum.lambda_ == pytest.approx(0.3)


def test_well_is_cut_at_the_band():
    assert ExcitonMetal(**{**GOOD, "omega_ex": 9000.0}).exciton_edge == 5000.0


@pytest.mark.parametrize(
    "change",
    [
        {"lambda_ph": -0.1},
        {"mu": math.nan},
        {"omega_ph": 0.0},
        {"omega_ex": 20.0},
        {"fermi_energy": 10.0},
        {"lambda_ph": 0.0, "lambda_ex": 0.0},
    ],
)
def test_refuses_impossible_metals(change):
    with pytest.raises(InvalidModel):
        ExcitonMetal(**{**GOOD, **change})


@pytest.mark.parametrize("arguments", [(0.0, 1.0), (1000.0, -1.0), (1000.0, 1.0, 0), (1000.0, 1.0, 1.5)])
def test_refuses_impossible_filaments(arguments):
    with pytest.raises(InvalidModel):
        Filament(*arguments)


def test_survives_storage():
    metal = ExcitonMetal(**GOOD, filament=Filament(1000.0, 50.0, 3))
    assert codec.decode(codec.encode(metal)) == metal
