"""Photoemission: resolution in momentum, matrix elements that depend on k, distribution curves."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.state import Outcome, Report, State

A = 4.0
BANDS = on.model.square({(0, 0): 190.0, (1, 0): -100.0}, a=A, c=10.0)
CUT = np.stack([np.linspace(0.1, 0.2, 5), np.full(5, 0.15)], axis=1)
OMEGA = np.linspace(-120, 40, 81)
UNIT = 2 * np.pi / A


def metal(bands=BANDS, kelvin: float = 20.0) -> State:
    return State(bands, "bands", {"temperature": np.array([kelvin])}, Report(Outcome.CONVERGED))


def intensity(k, **options):
    return on.probe.photoemission(metal(), k, OMEGA, broadening=3.0, **options)[
        "photoemission_intensity"
    ].values


@pytest.mark.parametrize("direction", ["along", "across"])
def test_momentum_resolution_is_a_gaussian_average(direction: str) -> None:
    """Beside a dense sum; it commutes with the resolution in energy, and both come after the Fermi function."""
    fwhm = 0.02
    instrument = on.probe.MomentumResolution(**{direction: fwhm * UNIT})
    found = on.probe.photoemission(
        metal(), CUT, OMEGA, broadening=3.0, resolution=8.0, k_resolution=instrument
    )
    x = np.linspace(-6, 6, 601)
    share = np.exp(-0.5 * x**2)
    step = np.eye(2)[0 if direction == "along" else 1] * fwhm / np.sqrt(8 * np.log(2))
    expected = np.array([share @ intensity(k + x[:, None] * step, resolution=8.0) / share.sum() for k in CUT])
    # The last change is below 1e-3, what is left below it; 7e-6 of the Gaussian is cut off.
    assert np.allclose(found["photoemission_intensity"], expected, atol=1e-3 * expected.max())
    assert found.attrs["k_resolution_points"] >= 13 and found.attrs["k_resolution_change"] <= 1e-3
    sharp = intensity(CUT, resolution=8.0)
    assert np.max(np.abs(expected - sharp)) > 0.05 * sharp.max()


def test_vertical_resolution_of_a_plane_changes_nothing() -> None:
    seen = intensity(CUT, k_resolution=on.probe.MomentumResolution(vertical=0.5))
    assert np.allclose(seen, intensity(CUT), rtol=1e-12)


def test_a_map_in_momentum_is_broadened() -> None:
    """Electrons are kept: the mean over the zone of the occupied weight does not change."""
    options = {"broadening": 60.0, "energy": -50.0}
    sharp = on.probe.fermi_surface_map(metal(), (32, 32), **options)["fermi_map"].values
    broad = on.probe.fermi_surface_map(metal(), (32, 32), k_resolution=(0.1, 0.1, 0), **options)[
        "fermi_map"
    ].values
    # Levels are 200 2 pi/32 = 40 meV apart at most: the sharp mean errs by exp(-2 pi 60/40) = 8e-5.
    assert np.isclose(broad.mean(), sharp.mean(), rtol=1e-3) and broad.max() < 0.9 * sharp.max()
    with pytest.raises(InvalidInput, match="a map has no cut"):
        on.probe.fermi_surface_map(metal(), (4, 4), k_resolution=on.probe.MomentumResolution(0.1), **options)


def test_matrix_element_of_the_wavevector() -> None:
    """|M(k)|^2 stands before the intensity of one orbital, inside the resolution."""
    seen = intensity(CUT, matrix_element=lambda k: np.exp(1j * k[:, :1]) * np.sin(2 * np.pi * k[:, :1]))
    factor = np.sin(2 * np.pi * CUT[:, 0]) ** 2
    assert np.allclose(seen, factor[:, None] * intensity(CUT), rtol=1e-12)
    two = on.model.TightBinding(
        np.eye(3) * A,
        [[0, 0, 0]],
        np.array([[[-20.0, 5.0], [5.0, -30.0]]]),
        ("a", "b"),
        [[0, 0, 0], [0.5, 0, 0]],
    )
    constant, called = (
        on.probe.photoemission(metal(two), CUT, OMEGA, broadening=3.0, matrix_element=m)
        for m in ([1.0, 0.5j], lambda k: np.tile([1.0, 0.5j], (len(k), 1)))
    )
    assert np.allclose(constant["photoemission_intensity"], called["photoemission_intensity"], rtol=1e-12)
    with pytest.raises(InvalidInput, match="matrix element"):
        intensity(CUT, matrix_element=lambda k: np.ones(3))


def test_distribution_curves() -> None:
    spectra = on.probe.photoemission(metal(), CUT, OMEGA, broadening=3.0)
    values = spectra["photoemission_intensity"].values
    edc = on.probe.energy_distribution(spectra, -1)
    assert edc["energy_distribution"].dims == ("energy",) and edc.attrs["wavevector_rlu"][:2] == [0.2, 0.15]
    assert np.array_equal(edc["energy_distribution"], values[-1])
    mdc = on.probe.momentum_distribution(spectra, -41.0)  # halfway between -42 and -40
    assert np.allclose(mdc["momentum_distribution"], (values[:, 39] + values[:, 40]) / 2, rtol=1e-12)
    assert np.allclose(mdc["path_length"], CUT[:, 0] - 0.1)
    # The peak of a momentum distribution curve far below the Fermi level lies where the band is.
    fine = np.stack([np.linspace(0.05, 0.2, 301), np.full(301, 0.15)], axis=1)
    curve = on.probe.momentum_distribution(
        on.probe.photoemission(metal(), fine, OMEGA, broadening=3.0), -90.0
    )
    at = fine[np.argmax(curve["momentum_distribution"].values)]
    # The mesh is 5e-4 r.l.u.; the band moves 2 pi 200 sin(...) = 900 meV per r.l.u. here, half a step is 0.3 meV.
    assert abs(BANDS.bloch(np.append(at, 0.0))[0, 0].real + 90.0) < 0.5


def test_what_is_refused() -> None:
    spectra = on.probe.photoemission(metal(), CUT, OMEGA, broadening=3.0)
    with pytest.raises(InvalidInput, match="wavevector 9"):
        on.probe.energy_distribution(spectra, 9)
    with pytest.raises(InvalidInput, match="curve at 99"):
        on.probe.momentum_distribution(spectra, 99.0)
    with pytest.raises(InvalidInput, match="k_resolution"):
        intensity(CUT, k_resolution=(0.1, -0.1, 0.0))
