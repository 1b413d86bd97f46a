"""Bose condensation with a gap: quadrature, limits, thermodynamic identities, a sum over momenta."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import zeta

from onnes import solve, state
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import BipolaronGas
from onnes.solve.hypotheses.bipolaron import (
    bipolaron_heat_jump,
    bipolaron_isotope_exponent,
    bipolaron_thermodynamics,
    bipolaron_transition_heat,
    condensation_density,
    condensation_temperature,
)
from onnes.units import HBAR_SI, K_B, K_B_SI, M_E

GAPS = (0.0, 0.5, 5.0, 50.0)


def _tc_by_quadrature(gas):
    """Tc from n = (M kT/2 pi hbar^2)^(3/2) (2/sqrt pi) int x^(1/2) dx/(e^(x+a) - 1), in SI, with x = y^2."""

    def excess(kelvin):
        a = gas.gap / (K_B * kelvin)
        bose = (
            4
            / np.sqrt(np.pi)
            * quad(lambda y: y * y / np.expm1(y * y + a), 1e-12, 23, limit=400, epsabs=1e-13)[0]
        )
        waves = (gas.pair_mass * M_E * K_B_SI * kelvin / (2 * np.pi * HBAR_SI**2)) ** 1.5
        return waves * bose / (gas.density_cm3 * 1e6) - 1

    return brentq(excess, 5.0, 1e5, xtol=1e-9)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("density", [1e18, 1e20])
def test_tc_by_an_independent_quadrature_in_si(gap, density):
    gas = BipolaronGas(density, gap, 1.0)
    assert condensation_temperature(gas) == pytest.approx(
        _tc_by_quadrature(gas), rel=1e-8
    )  # quad and constants: 1e-9


def test_reduced_table_at_constant_ten():
    # T in units of w* for C_bp = 10; four digits of the field notes' own, independent, computation
    scale = BipolaronGas(1e21, 0.0).quantum_energy / 10 ** (2 / 3)
    gaps = np.array([0, 0.2, 1, 2, 10, 15, 20])
    found = [condensation_temperature(BipolaronGas(1e21, g * scale)) * K_B / scale for g in gaps]
    assert found == pytest.approx([2.447, 3.127, 4.087, 4.888, 8.949, 10.888, 12.643], abs=6e-4)


def test_no_gap_is_the_ideal_bose_gas():
    gas = BipolaronGas(2e19, 0.0, 1.5)
    ideal = 2 * np.pi * HBAR_SI**2 / (3 * M_E) * (2e25 / zeta(1.5)) ** (2 / 3) / K_B_SI
    assert condensation_temperature(gas) == pytest.approx(ideal, rel=1e-9)
    assert ideal * K_B_SI * 3 * M_E / (HBAR_SI**2 * 2e25 ** (2 / 3)) == pytest.approx(3.3125, abs=1e-4)
    # the gap enters as its square root: F(a) = zeta(3/2) - 2 sqrt(pi a), so that dT/T = (2/3) 2 sqrt(pi a)/2.612
    small = 1e-6
    a = small / (K_B * condensation_temperature(gas))
    rise = condensation_temperature(BipolaronGas(2e19, small, 1.5)) / condensation_temperature(gas) - 1
    assert rise == pytest.approx(4 / 3 * np.sqrt(np.pi * a) / zeta(1.5), rel=1e-2)


def test_wide_gap_is_the_classical_gas():
    gas = BipolaronGas(1e12, 400.0, 1.0)
    energy = K_B * condensation_temperature(gas)
    # Li_{3/2}(x) = x(1 + x/2.8): here x = 1e-8
    assert (energy / gas.quantum_energy) ** 1.5 * np.exp(-gas.gap / energy) == pytest.approx(1, rel=1e-7)


def test_tc_rises_with_density_gap_and_lightness():
    base = condensation_temperature(BipolaronGas(1e19, 5.0, 1.0))
    assert base < condensation_temperature(BipolaronGas(2e19, 5.0, 1.0))
    assert base < condensation_temperature(BipolaronGas(1e19, 6.0, 1.0))
    assert base < condensation_temperature(BipolaronGas(1e19, 5.0, 0.9))


@pytest.mark.parametrize("gap", (0.0, 5.0, 200.0))
def test_density_and_temperature_are_inverse(gap):
    density = condensation_density(250.0, gap, 1.2)
    assert condensation_temperature(BipolaronGas(density, gap, 1.2)) == pytest.approx(250.0, rel=1e-9)


def test_condensate_by_a_sum_over_momenta_in_a_box():
    gas, kelvin = BipolaronGas(1e19, 20.0, 1.0), 120.0
    energy = K_B * kelvin
    side = (
        24.0  # nm: periodic images of the smooth occupation contribute exp(-pi side^2/wavelength^2) < 1e-40
    )
    kinetic = 2 * np.pi**2 * HBAR_SI**2 / (gas.pair_mass * M_E * (side * 1e-9) ** 2) / K_B_SI * K_B
    index = np.arange(-40, 41) ** 2
    squares = index[:, None, None] + index[None, :, None] + index[None, None, :]
    excited = np.sum(1 / np.expm1((gas.gap + kinetic * squares) / energy)) / (1e19 * 1e-21 * side**3)
    found = bipolaron_thermodynamics(gas, [kelvin])["condensate_fraction"][0]
    assert 1 - found == pytest.approx(excited, rel=1e-6)  # the sum stops at exp(-40^2 kinetic/energy) = 1e-8


@pytest.mark.parametrize("gap", GAPS)
def test_heat_capacity_is_the_slope_of_the_energy(gap):
    gas = BipolaronGas(1e19, gap, 1.0)
    tc, h = condensation_temperature(gas), 1e-5
    for t in tc * np.array([0.2, 0.6, 0.98, 1.05, 2.0]):
        e = bipolaron_thermodynamics(gas, [t * (1 - h), t * (1 + h)])["pair_energy"]
        slope = (e[1] - e[0]) / (2 * h * t * K_B)
        # central difference: h^2 c'' and 1e-16/h are both below 1e-8 of c; sharper curvature near Tc costs two digits
        assert bipolaron_thermodynamics(gas, [t])["pair_heat_capacity"][0] == pytest.approx(
            slope, rel=1e-6, abs=1e-9
        )


@pytest.mark.parametrize("gap", (0.0, 5.0, 50.0))
def test_entropy_at_tc_is_the_transition_heat_over_tc(gap):
    gas = BipolaronGas(1e19, gap, 1.0)
    tc = condensation_temperature(gas)
    # every pair has left the condensate at Tc, each with q/Tc; S = int c dT/T from 0
    t = tc * (0.5 * (np.polynomial.legendre.leggauss(60)[0] + 1)) ** 2
    weights = np.polynomial.legendre.leggauss(60)[1] * np.sqrt(t / tc) * tc
    entropy = np.sum(weights * bipolaron_thermodynamics(gas, t)["pair_heat_capacity"] / t)
    assert entropy == pytest.approx(bipolaron_transition_heat(gas) / (K_B * tc), rel=1e-8)


def test_transition_heat_without_a_gap():
    gas = BipolaronGas(1e19, 0.0)
    tc = condensation_temperature(gas)
    assert bipolaron_transition_heat(gas) / (K_B * tc) == pytest.approx(
        2.5 * zeta(2.5) / zeta(1.5), rel=1e-12
    )


@pytest.mark.parametrize("gap", (0.5, 5.0, 50.0))
def test_jump_is_the_difference_of_both_sides(gap):
    gas = BipolaronGas(1e19, gap)
    tc = condensation_temperature(gas)
    c = bipolaron_thermodynamics(gas, tc * np.array([1 - 1e-10, 1 + 1e-10]))["pair_heat_capacity"]
    assert c[0] - c[1] == pytest.approx(
        bipolaron_heat_jump(gas), rel=1e-6
    )  # 1e-10 times a slope of order 10/a


def test_no_jump_without_a_gap_and_classical_gas_far_above():
    gas = BipolaronGas(1e19, 0.0)
    tc = condensation_temperature(gas)
    run = bipolaron_thermodynamics(gas, tc * np.array([1 - 1e-9, 1 + 1e-9, 1e4]))
    c = run["pair_heat_capacity"]
    assert bipolaron_heat_jump(gas) == 0
    assert c[0] == pytest.approx(15 / 4 * zeta(2.5) / zeta(1.5), rel=1e-8)
    assert c[1] == pytest.approx(c[0], rel=1e-6)
    assert c[2] == pytest.approx(1.5, abs=2e-6)  # 3/2 (1 + 0.09 zeta(3/2) (Tc/T)^(3/2))
    assert run["condensate_fraction"][1] == 0


@pytest.mark.parametrize("gap", (1.0, 20.0, 300.0))
def test_isotope_exponent_is_the_logarithmic_slope(gap):
    ratio = 1.0001
    light, heavy = BipolaronGas(1e19, gap), BipolaronGas(1e19, gap * ratio**-0.5)
    slope = -np.log(condensation_temperature(heavy) / condensation_temperature(light)) / np.log(ratio)
    assert bipolaron_isotope_exponent(light) == pytest.approx(slope, rel=1e-4)  # first-order difference
    assert 0 < bipolaron_isotope_exponent(light) < 0.5


def test_isotope_exponent_limits():
    assert bipolaron_isotope_exponent(BipolaronGas(1e19, 0.0)) == 0
    assert bipolaron_isotope_exponent(BipolaronGas(1e5, 500.0)) == pytest.approx(
        0.5, abs=0.03
    )  # 0.75/a, a = 37


def test_state_is_labelled_stored_and_marked_contested(tmp_path):
    gas = BipolaronGas(1e21, 5.0, 1.0, correlation_length=1.5)
    run = bipolaron_thermodynamics(gas, [50.0, 100.0])
    assert "contested" in run.report.warnings[0]
    assert not run.report.checks[1].passed  # n l^3 = 3.4: the gas breaks its own condition
    again = state.load(state.save(run, tmp_path / "gas.nc"))
    assert again.model == gas
    assert np.array_equal(again["pair_energy"], run["pair_energy"])


@pytest.mark.parametrize("temperature", ([], [0.0, 1.0], [2.0, 1.0], [np.nan], [[1.0, 2.0]]))
def test_refuses_bad_temperatures(temperature):
    with pytest.raises(InvalidInput):
        bipolaron_thermodynamics(BipolaronGas(1e19, 5.0), temperature)


def test_refuses_bad_requirements():
    with pytest.raises(InvalidInput):
        condensation_density(-1.0, 5.0, 1.0)
    with pytest.raises(InvalidModel):
        condensation_density(100.0, -5.0, 1.0)


def test_public_names():
    assert solve.condensation_temperature is condensation_temperature
