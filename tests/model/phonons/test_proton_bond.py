"""The description of a hydrogen bond: units, limits, and what it refuses."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec
from onnes.model.phonons.proton import HBAR2, MASSES, mass_of
from onnes.units import E_CHARGE, HBAR_SI, M_U


def test_quantum_of_motion_from_si_constants() -> None:
    assert pytest.approx(HBAR_SI**2 / M_U / E_CHARGE * 1e23, rel=1e-9) == HBAR2
    # a 1216.39 cm^-1 hydrogen mode is 150.8 meV: the conversion used for the published lattice
    stiffness = on.model.h3s_lattice().mode_stiffness(1216.39)
    assert on.model.Proton(0.0, 1.0, 0.0).energy_of(stiffness) == pytest.approx(
        1216.39 * 0.123984198, rel=1e-7
    )


def test_imaginary_modes_are_negative() -> None:
    proton = on.model.Proton(-100.0, 1.0, 0.0)
    assert proton.energy_of(-100.0) == -proton.energy_of(100.0) < 0


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.5, -1.0])
def test_curve_and_its_inverse(exponent: float) -> None:
    curve = on.model.StiffnessCurve(175.0, 4900.0, 17.0, exponent)
    pressures = np.array([90.0, 120.0, 175.0, 230.0])
    assert curve.at(175.0) == pytest.approx(4900.0)
    assert [curve.pressure_at(curve.at(p)) for p in pressures] == pytest.approx(list(pressures), rel=1e-12)
    slope = (curve.at(120.0 + 1e-4) - curve.at(120.0 - 1e-4)) / 2e-4
    # central difference: relative error (1e-4/120)^2 and rounding 1e-12/1e-4
    assert slope == pytest.approx(17.0 * (120 / 175) ** -exponent, rel=1e-6)


def test_isotopes_share_the_potential() -> None:
    bond = on.model.HydrogenBond(on.model.StiffnessCurve(175.0, 4900.0, 17.0, 2.0), 6e4, 4900.0)
    light, heavy = bond.proton(120.0, "H"), bond.proton(120.0, "D")
    assert (light.stiffness, light.quartic, light.coupling) == (
        heavy.stiffness,
        heavy.quartic,
        heavy.coupling,
    )
    assert heavy.mass == MASSES["D"] and bond.proton(120.0, 5.0).mass == 5.0
    assert bond.proton(120.0, "classical").is_classical and bond.proton(120.0, "classical").kinetic == 0


def test_models_survive_the_codec() -> None:
    bond = on.model.HydrogenBond(on.model.StiffnessCurve(175.0, 4900.0, 17.0, 2.0), 6e4, 4900.0)
    assert codec.decode(codec.encode(bond)) == bond
    assert codec.decode(codec.encode(bond.proton(100.0, "T"))) == bond.proton(100.0, "T")


@pytest.mark.parametrize(
    "arguments",
    [
        (np.nan, 1.0, 1.0, 1.0),
        (1.0, 0.0, 1.0, 1.0),
        (1.0, np.inf, 1.0, 1.0),
        (1.0, 1.0, -1.0, 1.0),
        (1.0, 1.0, 1.0, 0.0),
        (1.0, 1.0, 1.0, np.nan),
    ],
)
def test_impossible_protons(arguments: tuple[float, ...]) -> None:
    with pytest.raises(InvalidModel):
        on.model.Proton(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [(0.0, 1.0, 1.0, 1.0), (1.0, np.inf, 1.0, 1.0), (1.0, 1.0, 0.0, 1.0), (1.0, 1.0, 1.0, np.nan)],
)
def test_impossible_curves(arguments: tuple[float, ...]) -> None:
    with pytest.raises(InvalidModel):
        on.model.StiffnessCurve(*arguments)


def test_bad_questions() -> None:
    with pytest.raises(InvalidInput, match="isotope"):
        mass_of("He")
    curve = on.model.StiffnessCurve(175.0, 4900.0, 17.0, 2.5)
    with pytest.raises(InvalidInput, match="pressure"):
        curve.at(0.0)
    with pytest.raises(InvalidInput, match="never reached"):
        curve.pressure_at(
            4900.0 + 17.0 * 175.0
        )  # the curve saturates at 175/1.5 GPa times the slope above its reference
