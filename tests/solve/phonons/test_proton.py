"""The quantum proton: limits, the classical particle, mean-field criticality, calibration."""

from math import inf

import numpy as np
import pytest
from scipy.integrate import quad

import onnes as on
from onnes.errors import InvalidInput
from onnes.model.phonons.proton import MASSES
from onnes.solve.phonons.proton import static_susceptibility
from onnes.units import K_B

G, J = 61500.0, 4914.0


@pytest.fixture(scope="module")
def bond() -> on.model.HydrogenBond:
    return on.solve.calibrated_bond(G, J, 175.0, {"H": 103.0, "D": 115.0})


def test_harmonic_limit_has_chi_one_over_kappa_at_any_mass_and_temperature() -> None:
    # first order: chi kappa = 1 - 3 g v/kappa, v the variance; g is chosen so that this is below 1e-6
    for mass, temperature in ((1.0, 0.0), (2.0, 300.0), (inf, 300.0)):
        model = on.model.Proton(4000.0, 1e-2, 0.0, mass)
        assert static_susceptibility(model, temperature) * 4000.0 == pytest.approx(1.0, abs=1e-6)


def test_first_anharmonic_correction_is_the_same_for_every_temperature_formula() -> None:
    # chi = 1/kappa - 3 g v/kappa^2 + O(g^2), v = variance of the oscillator; 3 g v/kappa = 4e-4 here, squared 1.6e-7
    for temperature in (0.0, 400.0):
        model = on.model.Proton(4000.0, 40.0, 0.0, 1.0)
        omega = model.energy_of(4000.0)
        coth = 1.0 if temperature == 0 else 1 / np.tanh(omega / (2 * K_B * temperature))
        variance = model.kinetic / (2 * omega) * coth
        expected = 1 - 3 * 40.0 * variance / 4000.0
        assert static_susceptibility(model, temperature) * 4000.0 == pytest.approx(expected, abs=1e-6)


def test_pure_quartic_levels_scale_as_the_cube_root() -> None:
    gap = []
    for g, mass in ((1e4, 1.0), (8e4, 1.0), (1e4, 8.0)):
        energies = on.solve.proton(on.model.Proton(0.0, g, 0.0, mass))["level_energy"]
        gap.append(energies[1] - energies[0])
    # E ~ (g hbar^4/m^2)^(1/3): exact scaling, so only the eigensolver's rounding remains
    assert gap[1] / gap[0] == pytest.approx(2.0, rel=1e-8)
    assert gap[2] / gap[0] == pytest.approx(0.25, rel=1e-8)


@pytest.mark.parametrize("stiffness", [3000.0, -2000.0])
def test_heavy_particle_becomes_classical(stiffness: float) -> None:
    temperature, mass = 900.0, 400.0
    quantum = static_susceptibility(on.model.Proton(stiffness, G, 0.0, mass), temperature, nodes=801)
    classical = static_susceptibility(on.model.Proton(stiffness, G, 0.0, inf), temperature)
    # Wigner and Kirkwood: corrections of relative order (hbar omega/kT)^2/12, omega from the largest curvature around
    omega = on.model.Proton(0.0, G, 0.0, mass).energy_of(4000.0)
    assert quantum == pytest.approx(classical, rel=(omega / (K_B * temperature)) ** 2 / 6)


def test_classical_susceptibility_against_adaptive_quadrature() -> None:
    model, kt = on.model.Proton(-1000.0, G, 0.0, inf), K_B * 250.0
    weight = lambda x: np.exp(-(-500.0 * x**2 + G * x**4 / 4) / kt)  # noqa: E731
    norm = quad(weight, -1, 1, epsabs=0, epsrel=1e-10, points=[-0.13, 0.13])[0]
    second = quad(lambda x: x * x * weight(x), -1, 1, epsabs=0, epsrel=1e-10, points=[-0.13, 0.13])[0]
    assert static_susceptibility(model, 250.0) == pytest.approx(second / norm / kt, rel=1e-8)


def test_classical_limit_at_zero_temperature() -> None:
    assert on.solve.critical_stiffness(G, J, "classical") == J
    assert static_susceptibility(on.model.Proton(-1.0, G, J, inf)) == inf
    state = on.solve.proton(on.model.Proton(J - 600.0, G, J, inf))
    assert float(state["off_centring"]) == pytest.approx(np.sqrt(600.0 / G))
    # bound stiffness at the new minimum: kappa + 3 g x0^2
    assert on.response.proton_susceptibility(state) == pytest.approx(1 / (J - 600.0 + 1800.0))
    # T -> 0 of the Boltzmann integral: corrections of order 3 g kT/kappa^2 = 0.05 % at 1 K
    cold = static_susceptibility(on.model.Proton(5000.0, G, 0.0, inf), 1.0)
    assert cold == pytest.approx(1 / 5000.0, rel=1e-3)


def test_symmetrisation_is_a_continuous_mean_field_transition(bond: on.model.HydrogenBond) -> None:
    squares = []
    for below in (0.1, 0.2, 0.4):
        squares.append(float(on.solve.proton(bond.proton(103.0 - below))["off_centring"]) ** 2 / below)
    # <x>^2/d is analytic in the distance d: extrapolated linearly from 0.2 and 0.4, the next order is below 1 %
    assert squares[0] == pytest.approx(squares[1] - (squares[2] - squares[1]) / 2, rel=1e-2)
    assert squares[0] > 0
    assert float(on.solve.proton(bond.proton(103.01))["off_centring"]) == 0.0


def test_mean_field_is_self_consistent_and_lowers_the_energy(bond: on.model.HydrogenBond) -> None:
    model = bond.proton(85.0)
    state = on.solve.proton(model)
    order = float(state["off_centring"])
    assert float(state["position_element"][0, 0]) == pytest.approx(order, rel=1e-8)
    free = on.solve.proton(on.model.Proton(model.stiffness, model.quartic, 0.0, model.mass))["level_energy"][
        0
    ]
    # energy of the lattice per bond: <H> in the field plus J m^2/2 against the centred one
    assert state["level_energy"][0] + model.coupling * order**2 / 2 < free
    assert all(check.passed for check in state.report.checks)


def test_warm_state_against_cold_and_order_melts_with_temperature(bond: on.model.HydrogenBond) -> None:
    orders = [
        float(on.solve.proton(bond.proton(100.0), t)["off_centring"]) for t in (0.0, 20.0, 300.0, 1200.0)
    ]
    # kT at 20 K is 1.7 meV against a level spacing above 100 meV: exp(-60)
    assert orders[1] == pytest.approx(orders[0], rel=1e-8)
    assert orders[0] > orders[2] > orders[3] == 0.0
    classical = [
        float(on.solve.proton(bond.proton(140.0, "classical"), t)["off_centring"])
        for t in (0.0, 100.0, 400.0)
    ]
    assert classical[0] > classical[1] > classical[2] == 0.0


def test_heavier_isotopes_need_more_pressure_up_to_the_classical_one(bond: on.model.HydrogenBond) -> None:
    pressures = [on.solve.symmetrisation_pressure(bond, m) for m in ("H", "D", "T", 30.0, 3e4, "classical")]
    assert pressures == sorted(pressures)
    assert pressures[0] == pytest.approx(103.0, abs=1e-6) and pressures[1] == pytest.approx(115.0, abs=1e-6)
    assert pressures[-1] == pytest.approx(175.0)
    # the quantum shift of kappa is 3 g v ~ m^-1/2, the next order (3 g v/J) = 1 % of it
    shifts = [J - on.solve.critical_stiffness(G, J, mass) for mass in (3e3, 1.2e4)]
    assert shifts[0] / shifts[1] == pytest.approx(2.0, rel=0.01)


def test_quantum_transition_hardly_feels_temperature_while_the_classical_one_does(
    bond: on.model.HydrogenBond,
) -> None:
    quantum = [on.solve.symmetrisation_pressure(bond, "H", t) for t in (0.0, 300.0)]
    classical = [on.solve.symmetrisation_pressure(bond, "classical", t) for t in (0.0, 300.0)]
    assert 0 < quantum[0] - quantum[1] < 1 < 30 < classical[0] - classical[1]


@pytest.mark.parametrize("factor", [0.02, 1.0, 10.0])
def test_no_straight_line_gives_the_published_deuterium_pressure(factor: float) -> None:
    line = on.solve.calibrated_bond(G, factor * J, 175.0, {"H": 103.0})
    assert line.curve.exponent == 0.0
    # between the stiff limit, shift ~ m^-1/2 (124.1 GPa), and the deep double well
    assert (
        119.5
        < on.solve.symmetrisation_pressure(line, "D")
        < 175 - 72 * np.sqrt(MASSES["H"] / MASSES["D"]) + 0.1
    )


def test_gaussian_and_exact_agree_to_first_order_in_g() -> None:
    differences = []
    for g in (500.0, 1000.0):
        exact, gauss = (on.solve.critical_stiffness(g, J, "H", 0.0, m) for m in ("exact", "gaussian"))
        differences.append(exact - gauss)
    # the first order 3 g v is common, so that what differs scales as g^2; cubic terms are (3 g v/J) = 1 % of it
    assert differences[1] / differences[0] == pytest.approx(4.0, rel=0.03)
    assert differences[0] > 0


def test_static_susceptibility_is_the_slope_of_the_mean(bond: on.model.HydrogenBond) -> None:
    from onnes.solve.phonons.proton import _mean, levels

    model, step = bond.proton(110.0), 0.5
    for temperature in (0.0, 500.0):
        up, down = (_mean(*levels(model, f, temperature)[:2], temperature) for f in (step, -step))
        # central difference: next order chi_3 f^2, relative (f chi / 0.1 angstrom)^2 ~ 1e-6
        assert (up - down) / (2 * step) == pytest.approx(static_susceptibility(model, temperature), rel=1e-5)


def test_too_few_levels_are_refused_rather_than_summed() -> None:
    with pytest.raises(InvalidInput, match="too few levels"):
        static_susceptibility(on.model.Proton(3000.0, G, 0.0, 400.0), 900.0)


def test_refusals(bond: on.model.HydrogenBond) -> None:
    with pytest.raises(InvalidInput, match="temperature"):
        on.solve.proton(bond.proton(120.0), -1.0)
    with pytest.raises(InvalidInput, match="temperature"):
        on.solve.symmetrisation_pressure(bond, "H", np.nan)
    with pytest.raises(InvalidInput, match="way to treat"):
        on.solve.symmetrisation_pressure(bond, "H", method="path")
    with pytest.raises(InvalidInput, match="anchors"):
        on.solve.calibrated_bond(G, J, 175.0, {})
    with pytest.raises(InvalidInput, match="monotonic"):
        on.solve.calibrated_bond(G, J, 175.0, {"H": 115.0, "D": 103.0})


def test_state_survives_the_disk(bond: on.model.HydrogenBond, tmp_path) -> None:
    state = on.solve.proton(bond.proton(95.0, "D"))
    back = on.load(on.save(state, tmp_path / "bond.nc"))
    assert back.model == state.model and np.array_equal(back["level_energy"], state["level_energy"])
