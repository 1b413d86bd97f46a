"""Photoemission: number of electrons, the Fermi edge, resolution as a convolution, the gap from spectra."""

import numpy as np
import pytest
from scipy.special import wofz

import onnes as on
from onnes.errors import CannotProbe, InvalidInput
from onnes.probe.lattice.photoemission import FWHM
from onnes.units import K_B

BANDS = on.model.square({(0, 0): 100.0, (1, 0): -100.0, (1, 1): 30.0})
HOST = on.model.Superconductor(BANDS, on.model.d_wave(40.0))


def metal(bands: on.model.TightBinding, kelvin: float = 10.0):
    state = on.solve.given_gap(HOST, kelvin)
    return on.state.State(bands, "bands", {"temperature": np.array([kelvin])}, state.report)


def test_occupation() -> None:
    """int I d omega is the occupation v^2 (1 - f) + u^2 f of the state k at low temperature."""
    state, k = on.solve.given_gap(HOST, 0.0), np.array([[0.1, 0.05], [0.2, 0.33], [0.45, 0.1]])
    width = 0.5
    # omega = E - s sinh(x): dense near the lines, far into the Lorentzian's tail.
    x = np.linspace(-14, 14, 40001)
    omega = 3 * np.sinh(x)
    found = on.probe.photoemission(state, k, omega, broadening=width)["photoemission_intensity"].values
    total = np.trapezoid(found, omega, axis=1)
    xi = BANDS.bloch(np.column_stack([k, np.zeros(3)]))[:, 0, 0].real
    e = np.hypot(xi, HOST.pairing.at(np.column_stack([k, np.zeros(3)]))[:, 0, 0].real)
    weights = (1 - xi / e) / 2, (1 + xi / e) / 2
    # The part of a Lorentzian below zero: 1/2 -+ arctan(E/width)/pi.
    exact = weights[0] * (0.5 + np.arctan(e / width) / np.pi) + weights[1] * (
        0.5 - np.arctan(e / width) / np.pi
    )
    # Left out beyond 3 sinh(14): width/(pi 1.8e6); the step at zero is hit by a node to one part in 4e4.
    assert np.allclose(total, exact, atol=2e-6)


def test_spectral_weight_of_all_orbitals_is_one_each() -> None:
    bands = on.model.TightBinding(np.eye(3), [[0, 0, 0]], np.array([[[10.0, 4.0], [4.0, -20.0]]]), ("a", "b"))
    omega = 3 * np.sinh(np.linspace(-14, 14, 20001))
    for element, count in ((None, 2.0), ([1.0, 0.0], 1.0), ([1.0, 1.0j], 2.0)):
        # Far below all states everything is occupied: a shifted chemical potential.
        deep = on.probe.photoemission(
            metal(bands.shifted(1e5)), [[0.1, 0.2]], omega - 1e5, broadening=0.5, matrix_element=element
        )["photoemission_intensity"].values
        assert np.isclose(np.trapezoid(deep, omega, axis=1)[0], count, atol=1e-5)


def test_resolution_of_an_occupied_line_is_a_voigt_profile() -> None:
    """Deep below the Fermi level the line is the convolution of a Lorentzian with a Gaussian: a Voigt profile."""
    level, width, resolution = -400.0, 3.0, 12.0
    bands = on.model.square({(0, 0): level})
    omega = np.linspace(-460, -340, 61)
    found = on.probe.photoemission(metal(bands), [[0.0, 0.0]], omega, broadening=width, resolution=resolution)
    sigma = resolution / FWHM
    exact = wofz((omega - level + 1j * width) / (sigma * np.sqrt(2))).real / (sigma * np.sqrt(2 * np.pi))
    # The Fermi function is one to exp(-300/kT); the Gaussian is cut at six standard deviations, 2e-9.
    assert np.allclose(found["photoemission_intensity"].values[0], exact, rtol=1e-6)


@pytest.mark.parametrize("kelvin", [0.0, 30.0])
def test_resolution_comes_after_the_fermi_function(kelvin: float) -> None:
    """Beside a brute-force convolution on a fine grid; a broad level seen across the Fermi edge."""
    bands = on.model.square({(0, 0): 5.0})
    omega, width, resolution = np.linspace(-30, 40, 15), 8.0, 10.0
    found = on.probe.photoemission(
        metal(bands, kelvin), [[0.0, 0.0]], omega, broadening=width, resolution=resolution
    )
    fine = (np.arange(-200000, 200000) + 0.5) * 5e-4
    spectral = width / np.pi / ((fine - 5.0) ** 2 + width**2)
    occupied = (fine < 0) if kelvin == 0 else 1 / (1 + np.exp(fine / (K_B * kelvin)))
    sigma = resolution / FWHM
    gauss = np.exp(-0.5 * ((omega[:, None] - fine) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    exact = gauss @ (spectral * occupied) * 5e-4
    # Midpoints: (5e-4)^2/24 times second derivatives, 1e-9; cut of the Gaussian 2e-9.
    assert np.allclose(found["photoemission_intensity"].values[0], exact, atol=1e-8 * exact.max() + 1e-10)


def test_nothing_is_seen_far_above_the_fermi_level() -> None:
    state = metal(on.model.square({(0, 0): 0.0}), 0.0)
    found = on.probe.photoemission(state, [[0.0, 0.0]], [100.0, 200.0], broadening=2.0, resolution=5.0)
    assert np.all(found["photoemission_intensity"].values == 0)


def test_symmetrised_spectra_show_the_gap() -> None:
    """At Fermi wavevectors f(omega) + f(-omega) = 1: the symmetrised spectrum is A(k, omega), at any temperature."""
    angle = np.linspace(-3 * np.pi / 4, -np.pi / 2, 7)
    k = on.response.fermi_wavevectors(HOST, angle)
    omega = np.linspace(-60, 60, 2401)
    gap = np.abs(HOST.pairing.at(np.column_stack([k, np.zeros(7)]))[:, 0, 0])
    state = on.solve.given_gap(HOST, 90.0)
    curves = on.probe.symmetrised(on.probe.photoemission(state, k, omega, broadening=1.0))
    values = curves["photoemission_intensity"].values
    lines = sum(0.5 / np.pi / ((omega - s * gap[:, None]) ** 2 + 1.0) for s in (1, -1))
    assert np.allclose(values, lines, atol=1e-9)
    found = np.abs(omega[np.argmax(values, axis=1)])
    # Two Lorentzians of half width 1 pull each other's peak by less than 1/(2 gap)^3; the grid is 0.05 meV.
    assert np.all(np.abs(found[gap > 5] - gap[gap > 5]) < 0.06)
    assert found[0] < 0.06


def test_map() -> None:
    """The window counts electrons: the mean over the zone is the number of states below it, within the tails."""
    state = metal(BANDS, 10.0)
    fermi = on.probe.fermi_surface_map(state, (20, 20), broadening=2.0)
    assert fermi["fermi_map"].dims == ("kx", "ky") and fermi["kx"].values[0] == -0.5
    # Brightest where the band is nearest to the Fermi level.
    kx, ky = np.meshgrid(fermi["kx"], fermi["ky"], indexing="ij")
    energies = BANDS.bloch(np.stack([kx, ky, 0 * kx], axis=-1))[..., 0, 0].real
    assert np.argmax(fermi["fermi_map"].values) == np.argmin(np.abs(energies))
    window = on.probe.fermi_surface_map(state, (20, 20), broadening=2.0, energy=-200.0, window=200.0)
    inside = (np.arctan((-100 - energies) / 2.0) - np.arctan((-300 - energies) / 2.0)) / np.pi
    # Trapezoids of an eighth of the full width: exp(-2 pi 4) for the interior, 1/(12 16) (slope at the ends) outside.
    assert np.allclose(window["fermi_map"].values, inside, atol=2e-3)


def test_what_is_refused() -> None:
    state = on.solve.given_gap(HOST, 4.0)
    for k in (np.zeros((2, 4)), np.array([[np.nan, 0.0]])):
        with pytest.raises(InvalidInput, match="wavevectors"):
            on.probe.photoemission(state, k, [0.0], broadening=1.0)
    with pytest.raises(InvalidInput, match="broadening"):
        on.probe.photoemission(state, [[0.0, 0.0]], [0.0], broadening=0.0)
    with pytest.raises(InvalidInput, match="temperature"):
        on.probe.photoemission(state, [[0.0, 0.0]], [0.0], broadening=1.0, temperature=-1.0)
    with pytest.raises(InvalidInput, match="matrix element"):
        on.probe.photoemission(state, [[0.0, 0.0]], [0.0], broadening=1.0, matrix_element=[1.0, 2.0])
    with pytest.raises(InvalidInput, match="window"):
        on.probe.fermi_surface_map(state, (4, 4), broadening=1.0, window=-1.0)
    with pytest.raises(InvalidInput, match="symmetric about zero"):
        on.probe.symmetrised(on.probe.photoemission(state, [[0.0, 0.0]], [0.0, 1.0], broadening=1.0))
    bare = on.state.State(HOST, "bdg", {}, state.report)
    with pytest.raises(CannotProbe, match="temperature"):
        on.probe.photoemission(bare, [[0.0, 0.0]], [0.0], broadening=1.0)
    with pytest.raises(CannotProbe, match="bands"):
        on.probe.photoemission(
            on.solve.bcs(on.model.BCS(9.0), 1.0), [[0.0, 0.0]], [0.0], broadening=1.0, temperature=1.0
        )
