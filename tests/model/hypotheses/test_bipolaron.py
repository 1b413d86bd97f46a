"""The TI-bipolaron gas as a description: units, derived scales, refusals, storage."""

import math

import pytest

from onnes.errors import InvalidModel
from onnes.model import BipolaronGas, codec
from onnes.units import E_CHARGE, HBAR_SI, K_B, K_B_SI, M_E, MU_0


def test_quantum_energy_in_si_units():
    gas = BipolaronGas(1e19, 5.0, band_mass=1.3)
    kelvin = 2 * math.pi * HBAR_SI**2 * 1e25 ** (2 / 3) / (2.6 * M_E) / K_B_SI
    assert gas.quantum_energy / K_B == pytest.approx(kelvin, rel=1e-9)  # constants of ten digits


def test_reduced_constant_is_the_density_in_thermal_volumes_of_the_scale():
    gas = BipolaronGas(3e20, 5.0)
    wavelength = math.sqrt(2 * math.pi * HBAR_SI**2 / (2 * M_E * 5.0e-3 * E_CHARGE))
    assert gas.reduced_constant(5.0) == pytest.approx(3e26 * wavelength**3, rel=1e-8)


def test_london_depth_of_ordinary_pairs_is_that_of_their_electrons():
    # n pairs of mass 2m and charge 2e screen as 2n electrons of mass m: M/(n 4e^2) = 2m/(4 n e^2)
    gas = BipolaronGas(1e21, 0.0, band_mass=1.0)
    electrons = math.sqrt(M_E / (MU_0 * 2e27 * E_CHARGE**2))
    assert gas.london_depth == pytest.approx(1e9 * electrons, rel=1e-12)


def test_overlap_counts_pairs_in_the_volume_of_a_pair():
    assert BipolaronGas(1e21, 0.0, 1.0, correlation_length=1.0).overlap == pytest.approx(1.0)
    assert not BipolaronGas(1e21, 0.0, 1.0, correlation_length=1.0).dilute
    assert BipolaronGas(1e18, 0.0, 1.0, correlation_length=1.0).dilute
    assert BipolaronGas(1e18, 0.0).dilute is None


def test_whole_pairs_have_no_gap_and_their_own_mass():
    rival = BipolaronGas(1e19, 20.0, 1.0).moving_pairs(10.0)
    assert (rival.gap, rival.pair_mass, rival.density_cm3) == (0.0, 10.0, 1e19)


@pytest.mark.parametrize(
    "arguments",
    [(0.0, 5.0), (1e19, -1.0), (1e19, 5.0, 0.0), (1e19, 5.0, 1.0, -2.0), (math.nan, 5.0), (1e19, math.inf)],
)
def test_refuses_impossible_gases(arguments):
    with pytest.raises(InvalidModel):
        BipolaronGas(*arguments)


def test_refuses_a_scale_of_zero():
    with pytest.raises(InvalidModel):
        BipolaronGas(1e19, 5.0).reduced_constant(0.0)


def test_survives_storage():
    gas = BipolaronGas(1.1e19, 5.3, 0.7, 1.6)
    assert codec.decode(codec.encode(gas)) == gas
