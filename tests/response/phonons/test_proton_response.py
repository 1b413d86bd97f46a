"""Susceptibility of a proton and the modes of a lattice of bonds: sum rules and closed forms."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput
from onnes.response.phonons.proton import kubo

G, J = 61500.0, 4914.0


@pytest.fixture(scope="module")
def state() -> on.State:
    return on.solve.proton(on.model.Proton(4500.0, G, J))


def test_kubo_of_two_levels() -> None:
    energies, elements = np.array([0.0, 10.0]), np.array([[0.0, 0.3], [0.3, 0.0]])
    assert kubo(energies, elements, 0.0) == pytest.approx(2 * 0.09 / 10)
    for temperature in (50.0, 300.0):
        factor = np.tanh(10.0 / (2 * on.units.K_B * temperature))
        assert kubo(energies, elements, temperature) == pytest.approx(2 * 0.09 / 10 * factor)


def test_kubo_of_degenerate_levels_is_curie() -> None:
    energies, elements = np.zeros(2), np.array([[0.0, 0.2], [0.2, 0.0]])
    # a free two-fold moment: chi = x^2/kT
    assert kubo(energies, elements, 100.0) == pytest.approx(0.04 / (on.units.K_B * 100.0))


def test_kubo_subtracts_the_mean() -> None:
    energies, elements = np.array([0.0, 5.0]), np.array([[0.4, 0.0], [0.0, -0.1]])
    # a diagonal moment: variance over kT
    weight = np.exp(-energies / (on.units.K_B * 80.0))
    weight /= weight.sum()
    variance = weight @ np.diag(elements) ** 2 - (weight @ np.diag(elements)) ** 2
    assert kubo(energies, elements, 80.0) == pytest.approx(variance / (on.units.K_B * 80.0))


def test_modes_obey_the_f_sum_and_the_static_sum(state: on.State) -> None:
    reach = np.linspace(-J, J, 7)
    energies, weights = on.response.proton_modes(state, reach)
    chi = on.response.proton_susceptibility(state)
    # both are algebraic identities of the kept levels; the f-sum of 60 levels is complete to 1e-12
    assert np.allclose(weights.sum(axis=1), state.model.kinetic, rtol=1e-9)
    assert np.allclose((weights / energies**2).sum(axis=1), 1 / (1 / chi - reach), rtol=1e-9)
    # Kramers-Kronig weight of the lowest pole: all but a few thousandths, which stretch_spectrum relies on
    assert np.all(weights[:, 0] / energies[:, 0] ** 2 * (1 / chi - reach) > 0.997)


def test_modes_of_an_oscillator_are_harmonic() -> None:
    model = on.model.Proton(5000.0, 1e-3, 4000.0)
    energies, _ = on.response.proton_modes(on.solve.proton(model), [-4000.0, 0.0, 4000.0])
    expected = [model.energy_of(5000.0 - j) for j in (-4000.0, 0.0, 4000.0)]
    # 3 g v/kappa = 1e-8
    assert np.allclose(energies[:, 0], expected, rtol=1e-6)


def test_soft_mode_vanishes_where_the_bond_becomes_symmetric() -> None:
    critical = on.solve.critical_stiffness(G, J, "H")
    squares = []
    for above in (1.0, 2.0):
        state = on.solve.proton(on.model.Proton(critical + above, G, J))
        squares.append(on.response.proton_modes(state, [J])[0][0, 0] ** 2)
    # omega^2 is analytic in the distance; the second order is 1/2000 of the first at 1 meV/angstrom^2
    assert squares[1] / squares[0] == pytest.approx(2.0, rel=5e-3)


def test_stretch_spectrum_has_the_closed_form_coupling(state: on.State) -> None:
    chi = on.response.proton_susceptibility(state)
    spectrum = on.response.stretch_spectrum(state, 2000.0)
    # the midpoint rule converges as exp(-2 N arccosh(1/(chi J))), N = 48: below rounding
    assert spectrum.lambda_ == pytest.approx(2000.0 / np.sqrt(chi**-2 - J**2), rel=1e-9)
    assert spectrum.frequency[0] > 0


def test_harmonic_stretch_spectrum_knows_the_mass_in_its_energies_only() -> None:
    light, heavy = (
        on.response.harmonic_stretch_spectrum(on.model.Proton(5500.0, G, J, m), 2000.0) for m in (1.0, 2.0)
    )
    assert light.lambda_ == pytest.approx(heavy.lambda_, rel=1e-12)
    assert light.omega_log / heavy.omega_log == pytest.approx(np.sqrt(2), rel=1e-12)
    assert light.lambda_ == pytest.approx(2000.0 / np.sqrt(5500.0**2 - J**2), rel=1e-9)


def test_anharmonic_coupling_is_smaller_and_larger_for_the_heavier_isotope() -> None:
    stiffness = 5200.0
    harmonic = on.response.harmonic_stretch_spectrum(on.model.Proton(stiffness, G, J), 2000.0).lambda_
    light, heavy = (
        on.response.stretch_spectrum(on.solve.proton(on.model.Proton(stiffness, G, J, m)), 2000.0).lambda_
        for m in (1.008, 2.014)
    )
    assert light < heavy < harmonic


def test_gaussian_susceptibility_is_its_stiffness() -> None:
    state = on.solve.scha(on.model.Proton(4500.0, G, 1000.0))
    assert on.response.proton_susceptibility(state) == pytest.approx(1 / float(state["bond_stiffness"]))


def test_refusals(state: on.State) -> None:
    ordered = on.solve.proton(on.model.Proton(1500.0, G, J))
    with pytest.raises(CannotProbe):
        on.response.proton_modes(ordered, [0.0])
    with pytest.raises(CannotProbe):
        on.response.proton_susceptibility(on.solve.scha(on.model.Proton(500.0, G, J)))
    with pytest.raises(InvalidInput, match="unstable"):
        on.response.proton_modes(state, [1e4])
    with pytest.raises(InvalidInput, match="harmonic crystal"):
        on.response.harmonic_stretch_spectrum(on.model.Proton(4000.0, G, J), 1.0)
