"""Constants against each other and against the SI; quantities as text."""

# ruff: noqa: SIM300 (what is tested stands on the left)
from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from onnes import units
from onnes.errors import UnitMismatch
from onnes.units import factor, parse


def test_constants_are_those_of_the_si() -> None:
    """The constants are exact in the SI; those written out here have ten digits, so 1e-9 relative."""
    milli = 1e-3 * constants.e
    assert units.K_B == pytest.approx(constants.k / milli, rel=1e-9)
    assert units.HBAR == pytest.approx(constants.hbar / milli * 1e12, rel=1e-9)
    assert units.PLANCK_THZ == pytest.approx(constants.h / milli * 1e12, rel=1e-9)
    assert units.PHI_0 == pytest.approx(constants.h / (2 * constants.e), rel=1e-9)
    assert (units.E_CHARGE, units.K_B_SI, units.N_A) == (constants.e, constants.k, constants.N_A)


def test_measured_constants() -> None:
    """CODATA 2018 against whichever adjustment SciPy has: they moved by less than 1e-8 relative."""
    for own, theirs in (
        (units.M_E, constants.m_e),
        (units.M_U, constants.atomic_mass),
        (units.MU_0, constants.mu_0),
        (units.BOHR, constants.physical_constants["Bohr radius"][0] * 1e10),
        (units.RYDBERG, constants.physical_constants["Rydberg constant times hc in eV"][0] * 1e3),
    ):
        assert own == pytest.approx(theirs, rel=1e-8)


def test_constants_fit_together() -> None:
    assert 2 * pi * units.HBAR == pytest.approx(units.PLANCK_THZ, rel=1e-9)
    assert units.K_B_SI / units.E_CHARGE * 1e3 == pytest.approx(units.K_B, rel=1e-9)
    # hbar^2/(2 m a_0^2) is the Rydberg energy
    assert units.HBAR2_2ME / units.BOHR**2 == pytest.approx(units.RYDBERG, rel=1e-8)


def test_upper_critical_field_and_coherence_length() -> None:
    """Hc2 = Phi_0/(2 pi xi^2): 10 nm belong to 3.291 T."""
    field = units.flux_quantum_T_nm2() / (2 * pi * 10.0**2)
    assert field == pytest.approx(3.291, abs=5e-4)
    assert units.coherence_length(field) == pytest.approx(10.0, rel=1e-12)


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("77 K", "temperature", 77.0),
        ("  50mK ", "temperature", 0.05),
        ("50 mT", "field", 0.05),
        ("1e4 G", "field", 1.0),
        ("-2.5e-1 eV", "energy", -250.0),
        (".5 THz", "energy", 0.5 * units.PLANCK_THZ),
        ("8.065543937 cm-1", "energy", 1.0),
        ("1 Ha", "energy", 2 * units.RYDBERG),
        ("2 Mbar", "pressure", 200.0),
        ("1 bohr", "crystal length", units.BOHR),
        ("1 angstrom", "condensate length", 0.1),
        ("3 um", "device length", 3.0),
        ("1 A", "current", 1e6),
        ("1 V", "voltage", 1e3),
        ("1 u", "mass", 1.0),
        ("2 s", "time", 2e12),
        (3, "temperature", 3.0),
        (2.5, "energy", 2.5),
    ],
)
def test_quantities(text: str | float, kind: str, value: float) -> None:
    assert parse(text, kind) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "text", ["77", "K", "", "77 K K", "1.2.3 K", "77 °C", "nan K", "1e K", True, None, [1], "-"]
)
def test_what_is_no_quantity(text: object) -> None:
    with pytest.raises(UnitMismatch, match=r"such as '1.5 K'|is not a unit"):
        parse(text, "temperature")


@pytest.mark.parametrize("unit", ["T", "degC", "k", "apples"])
def test_units_of_another_kind(unit: str) -> None:
    with pytest.raises(UnitMismatch, match=f"'{unit}' is not a unit of temperature; use one of K, mK"):
        parse(f"1 {unit}", "temperature")


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100),
    st.sampled_from(sorted(units.UNIT_OF)),
)
def test_own_unit_changes_nothing(value: float, kind: str) -> None:
    assert factor(units.UNIT_OF[kind], kind) == 1.0
    assert parse(f"{value!r} {units.UNIT_OF[kind]}", kind) == value


def test_energy_and_temperature_are_inverse_scales() -> None:
    assert parse("1 K", "energy") * parse("1 meV", "temperature") == pytest.approx(1.0, rel=1e-14)
