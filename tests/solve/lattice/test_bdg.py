"""The self-consistent gap in momentum space against closed forms, the linearised equation and thermodynamics."""

import numpy as np
import pytest
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.errors import InvalidInput, InvalidModel, NoSuperconductivity, NotConverged
from onnes.numerics import brillouin
from onnes.numerics.fixedpoint import Anderson
from onnes.solve.lattice.gap_kernel import leading_channels
from onnes.units import K_B

MESH = (48, 48)
HALF_FILLED = model.square({(0, 0): 0.0, (1, 0): -100.0})
DOPED = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0})
ON_SITE = model.attraction({(0, 0): 300.0})
BONDS = model.attraction({(1, 0): 150.0})


def energies(bands):
    return bands.bloch(brillouin.mesh(MESH, 0.5))[:, 0, 0].real


@pytest.mark.parametrize("temperature", [0.0, 200.0])
def test_attractive_hubbard_at_half_filling(temperature):
    """1/U = (1/N) sum tanh(E/2kT)/2E: an independent root of a scalar equation."""
    xi, kt = energies(HALF_FILLED), K_B * temperature

    def equation(gap):
        e = np.hypot(xi, gap)
        return np.mean((np.tanh(e / (2 * kt)) if kt else 1.0) / (2 * e)) - 1 / 300.0

    state = solve.bdg(HALF_FILLED, ON_SITE, temperature, mesh=MESH)
    # the tolerance of the iteration, 1e-10, times its condition, of order one
    assert state.model.pairing.amplitude == pytest.approx(brentq(equation, 1.0, 150.0, xtol=1e-12), rel=1e-8)
    assert state["electrons"] == pytest.approx(1.0, abs=1e-12)
    assert state.model.pairing.irrep == "A1g (s)"
    assert all(check.passed for check in state.report.checks)


def test_strong_attraction_binds_half_of_it():
    """U >> t at half filling: Delta -> U/2 (1 - (4t/U)^2/...): within (W/U)^2 of it."""
    strong = model.attraction({(0, 0): 1e5})
    state = solve.bdg(HALF_FILLED, strong, 0.0, mesh=(8, 8))
    second = 2 * np.mean(energies(HALF_FILLED) ** 2) / 1e10  # E = U/2: sqrt(U^2/4 - xi^2) averaged
    assert state.model.pairing.amplitude / 5e4 == pytest.approx(1 - second, rel=10 * second**2)


def test_d_wave_wins_near_half_filling_and_extended_s_in_the_dilute_band():
    near = solve.bdg(DOPED, BONDS, 20.0, mesh=MESH)
    assert near.model.pairing.irrep == "B1g (d x2-y2)"
    k = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.13, 0.13, 0.0]])
    gap = near.model.pairing.at(k)[:, 0, 0]
    assert gap[0] == pytest.approx(-gap[1]) and abs(gap[2]) < 1e-12
    dilute = solve.bdg(HALF_FILLED, BONDS, 20.0, mesh=MESH, electrons=0.2)
    assert dilute.model.pairing.irrep == "A1g (s)"
    assert dilute["electrons"] == pytest.approx(0.2, abs=1e-9)


def test_where_both_channels_condense_the_lowest_branch_is_reported():
    """Between the two phases s and d mix; the winner's energy is below every named rival's."""
    state = solve.bdg(HALF_FILLED, model.attraction({(1, 0): 260.0}), 20.0, mesh=(32, 32), electrons=0.4)
    others = state.report.engine.split("others: ")[1].rstrip(")").split(", ")
    rivals = [float(text.split()[-2]) for text in others if text.endswith("meV")]
    assert len(rivals) >= 2
    assert all(float(state["condensation"]) <= value + 1e-5 * abs(value) for value in rivals)
    assert "broken time reversal" in state.model.pairing.irrep


def test_linearised_and_nonlinear_equations_agree_on_tc():
    """Delta^2 ~ (Tc - T): the extrapolation from two temperatures misses by their distance squared."""
    tc = solve.lattice_critical_temperature(DOPED, BONDS, mesh=MESH)
    t = tc * np.array([0.998, 0.999])
    square = [solve.bdg(DOPED, BONDS, x, mesh=MESH).model.pairing.amplitude ** 2 for x in t]
    zero = t[1] + square[1] * (t[1] - t[0]) / (square[0] - square[1])
    assert zero == pytest.approx(tc, rel=1e-5)
    assert solve.bdg(DOPED, BONDS, 1.0001 * tc, mesh=MESH).model.pairing.amplitude == 0.0
    assert solve.bdg(DOPED, BONDS, 0.9999 * tc, mesh=MESH).model.pairing.amplitude > 0.0
    values, names = leading_channels(DOPED, BONDS, tc, MESH)
    assert values[0] == pytest.approx(1.0, abs=1e-9) and names[0] == "B1g (d x2-y2)"


def test_ratios_of_weak_coupling():
    """On-site attraction, a density of states that is smooth on the scale of Tc: 2 Delta/kTc = 3.528.

    Corrections go as (pi kTc)^2 N''/N and as (Delta/distance to the band edge)^2, here 1 %.
    """
    bands = model.square({(0, 0): 180.0, (1, 0): -100.0})
    weak = model.attraction({(0, 0): 230.0})
    mesh = (128, 128)
    tc = solve.lattice_critical_temperature(bands, weak, mesh=mesh)
    gap = solve.bdg(bands, weak, 0.0, mesh=mesh).model.pairing.amplitude
    assert 2 * gap / (K_B * tc) == pytest.approx(3.528, rel=0.015)
    # Delta(T)^2 -> 9.4 (kTc)^2 (1 - T/Tc): 8 pi^2/7 zeta(3), the next order is 1 - T/Tc
    near = solve.bdg(bands, weak, 0.99 * tc, mesh=mesh).model.pairing.amplitude
    assert near**2 / (K_B * tc) ** 2 / 0.01 == pytest.approx(9.38, rel=0.03)


def test_free_energy_is_negative_and_its_slope_is_the_entropy():
    t = np.array([100.0, 100.5, 101.0])
    states = [solve.bdg(DOPED, BONDS, x, mesh=MESH) for x in t]
    energy = [response.condensation_energy(s, BONDS, mesh=MESH) for s in states]
    assert max(energy) < 0
    assert energy[1] == pytest.approx(float(states[1]["condensation"]), rel=1e-9)
    middle = states[1]
    difference = response.lattice_entropy(middle, mesh=MESH) - response.lattice_entropy(
        middle, mesh=MESH, normal=True
    )
    assert difference < 0
    # central difference over 0.5 K: its error is (0.5/100)^2 of the slope's own scale
    assert -(energy[2] - energy[0]) / 1.0 == pytest.approx(difference, rel=1e-4)


def test_free_energy_is_stationary_in_the_gap():
    state = solve.bdg(DOPED, BONDS, 50.0, mesh=MESH)
    gap = BONDS.on_bonds(state.model.pairing)
    from onnes.response.lattice.energetics import occupied

    low, here, high = (
        occupied(DOPED, BONDS, gap * x, 50.0, MESH).grand_potential for x in (0.999, 1.0, 1.001)
    )
    assert here < min(low, high)
    assert abs(high - low) < 1e-3 * (high + low - 2 * here)


def test_particles_and_holes_are_alike():
    for electrons in (0.7, 1.3):
        state = solve.bdg(HALF_FILLED, BONDS, 20.0, mesh=(32, 32), electrons=electrons)
        if electrons < 1:
            first = state
    assert state["chemical_potential"] == pytest.approx(-float(first["chemical_potential"]), rel=1e-8)
    assert state.model.pairing.amplitude == pytest.approx(first.model.pairing.amplitude, rel=1e-8)
    assert state["condensation"] == pytest.approx(float(first["condensation"]), rel=1e-7)


def test_two_uncoupled_orbitals_are_two_copies():
    """The batched engine against the closed form: an orbital-diagonal model is the one-orbital model twice."""
    cells, hoppings = DOPED.cells, DOPED.hoppings
    two = model.TightBinding(DOPED.vectors, cells, hoppings * np.eye(2), ("a", "b"))
    one = solve.bdg(DOPED, BONDS, 50.0, mesh=(24, 24))
    start = model.d_wave(10.0, 2)
    pair = solve.bdg(two, model.attraction({(1, 0): 150.0}, 2), 50.0, mesh=(24, 24), starts=[start])
    assert pair.model.pairing.amplitude == pytest.approx(one.model.pairing.amplitude, rel=1e-7)
    assert pair["condensation"] == pytest.approx(2 * float(one["condensation"]), rel=1e-7)
    assert pair["electrons"] == pytest.approx(2 * float(one["electrons"]), rel=1e-9)


def test_what_is_refused():
    with pytest.raises(InvalidInput, match="0 K or more"):
        solve.bdg(DOPED, BONDS, -1.0)
    with pytest.raises(InvalidInput, match="electrons"):
        solve.bdg(DOPED, BONDS, 10.0, electrons=2.5)
    with pytest.raises(InvalidModel, match="orbitals"):
        solve.bdg(DOPED, model.attraction({(1, 0): 1.0}, 2), 10.0)
    with pytest.raises(InvalidInput, match="vanishes on every bond"):
        solve.bdg(DOPED, BONDS, 10.0, mesh=(8, 8), starts=[model.s_wave(1.0)])
    with pytest.raises(NoSuperconductivity, match="stable down to"):
        solve.lattice_critical_temperature(DOPED, model.attraction({(1, 0): 1.0}), mesh=(16, 16))
    with pytest.raises(NotConverged):
        solve.bdg(
            HALF_FILLED,
            model.attraction({(0, 0): 100.0, (1, 0): 260.0}),
            20.0,
            mesh=(8, 8),
            electrons=0.5,
            method=Anderson(max_iterations=1, tolerance=1e-15),
        )
